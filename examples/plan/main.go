// Plan reads a NetBox and a ServiceNow CMDB and puts down what an import would
// write, for somebody to approve: plan.html to read, plan.json to apply later, in
// another process, and plan.txt to compare. Neither system is written to. Without
// flags both are in-memory servers on which an import has run before.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/assets"
)

func main() {
	netboxURL := flag.String("netbox-url", "", "address of a real `NetBox`, with NETBOX_TOKEN; default: one in memory")
	serviceNowURL := flag.String("servicenow-url", "", "address of a real `ServiceNow`, with SERVICENOW_USER and SERVICENOW_PASSWORD; default: one in memory")
	dir := flag.String("dir", ".", "`folder` for plan.html, plan.json and plan.txt")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *netboxURL, *serviceNowURL, *dir)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "plan:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, netboxURL, serviceNowURL, dir string) error {
	flow, err := connect(ctx, netboxURL, serviceNowURL)
	if err != nil {
		return err
	}
	plan, err := flow.Plan(ctx)
	if err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{
		"plan.html": plan.WriteHTML, "plan.json": plan.WriteJSON, "plan.txt": plan.WriteText,
	} {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	total := plan.Total()
	fmt.Printf("%s -> %s: %d to create, %d to update, %d skipped, %d blocked, %d unchanged\n",
		plan.Source, plan.Target, total.Create, total.Update, total.Skip, total.Blocked, total.Unchanged)
	fmt.Println("Nothing was written. To be approved:", filepath.Join(dir, "plan.html"))
	fmt.Println("Digest:", plan.Digest)
	return nil
}

// connect makes the flow between two systems; both must be real, or neither.
func connect(ctx context.Context, netboxURL, serviceNowURL string) (assets.Import, error) {
	if netboxURL == "" && serviceNowURL == "" {
		return inMemory(ctx)
	}
	if netboxURL == "" || serviceNowURL == "" {
		return assets.Import{}, errors.New("give both -netbox-url and -servicenow-url, or neither")
	}
	nb, err := netbox.New(netbox.Config{BaseURL: netboxURL, Auth: netbox.Token(os.Getenv("NETBOX_TOKEN"))})
	if err != nil {
		return assets.Import{}, err
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: serviceNowURL, Auth: servicenow.BasicAuth(os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")),
	})
	return assets.Import{NetBox: nb, CMDB: sn}, err
}

func writeFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
