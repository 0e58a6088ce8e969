// Serve runs one of the in-memory servers on loopback TCP until it is
// interrupted, for clients in other languages and for trying things by hand:
//
//	go run ./internal/conformance/serve servicenow
//	go run ./internal/conformance/serve servicenow -demo
//	go run ./internal/conformance/serve netbox -small
//
// It prints the variables that reach it as export lines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("serve: name a server: servicenow or netbox")
	}
	name := args[0]
	flags := flag.NewFlagSet("serve "+name, flag.ContinueOnError)
	address := flags.String("address", "127.0.0.1:0", "host and port to listen on; port 0 picks a free one")
	small := flags.Bool("small", false, "fill the NetBox with a small estate")
	demo := flags.Bool("demo", false, "fill the ServiceNow with demo data, users and access rules")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	var handler http.Handler
	var variables string
	switch name {
	case "servicenow":
		var options servicenowtest.Options
		if *demo {
			options = servicenowtest.OutOfBox()
		}
		server, err := servicenowtest.New(options)
		if err != nil {
			return err
		}
		handler = server
		variables = fmt.Sprintf("export SERVICENOW_URL=http://%%s\nexport SERVICENOW_USER=%s\nexport SERVICENOW_PASSWORD=%s\n",
			servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	case "netbox":
		server, err := netboxtest.New(netboxtest.Options{})
		if err != nil {
			return err
		}
		if *small {
			if err := server.FillSmallEstate(); err != nil {
				return err
			}
		}
		handler = server
		variables = fmt.Sprintf("export NETBOX_URL=http://%%s\nexport NETBOX_TOKEN=%s\n", netboxtest.AdminTokenV2)
	default:
		return fmt.Errorf("serve: no server %q: choose servicenow or netbox", name)
	}
	return serve(ctx, handler, *address, func(at string) error {
		_, err := fmt.Fprintf(out, variables, at)
		return err
	})
}

// serve listens until the context ends, after it has told the address.
func serve(ctx context.Context, handler http.Handler, address string, tell func(at string) error) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := tell(listener.Addr().String()); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
