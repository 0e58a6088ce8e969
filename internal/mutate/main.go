package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run checks the packages named in args. It returns the exit code: 0 when every
// change is noticed, 1 when one survives, 2 when nothing could be said.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	verbose := flags.Bool("v", false, "print each change and whether it was noticed")
	workers := flags.Int("p", 0, "how many test runs at a time; 0 means one for each CPU")
	flags.Usage = func() {
		fmt.Fprintln(errs, "usage: go run ./internal/mutate [-v] [-p n] package...\nfor example: go run ./internal/mutate ./cmdb")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2
	}
	code := 0
	for _, name := range flags.Args() {
		start := time.Now()
		report, err := check(ctx, name, *workers)
		if err != nil {
			fmt.Fprintf(errs, "mutate: %s: %v\n", name, err)
			return 2
		}
		killed := 0
		for _, v := range report {
			if v.killed {
				killed++
			}
			switch {
			case !v.killed:
				fmt.Fprintln(out, "SURVIVED", v.mutant)
				code = 1
			case *verbose:
				fmt.Fprintln(out, "killed  ", v.mutant)
			}
		}
		fmt.Fprintf(out, "%s: %d of %d changes noticed (%.0f s)\n", name, killed, len(report), time.Since(start).Seconds())
	}
	return code
}
