// Export brings the flagged records of a ServiceNow CMDB into a NetBox: what is new is
// made or adopted, what is linked is brought up to date, what is not ready is told with
// the reason. Without flags both are in-memory servers with a small estate.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func main() {
	netboxURL := flag.String("netbox-url", "", "address of a real `NetBox`, with NETBOX_TOKEN; default: one in memory")
	serviceNowURL := flag.String("servicenow-url", "", "address of a real `ServiceNow`, with SERVICENOW_USER and SERVICENOW_PASSWORD; default: one in memory")
	role := flag.Int64("role", 0, "`id` of the NetBox device role that new devices get")
	dryRun := flag.Bool("dry-run", false, "show the plan and write nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *netboxURL, *serviceNowURL, *role, *dryRun)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, netboxURL, serviceNowURL string, role int64, dryRun bool) error {
	flow, err := connect(ctx, netboxURL, serviceNowURL, role)
	if err != nil {
		return err
	}
	plan, err := flow.Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Println("Drift:", assets.Drift(plan))
	if dryRun {
		return plan.WriteText(os.Stdout)
	}
	summary, err := flow.Apply(ctx, plan)
	if err != nil {
		return err
	}
	return report(plan, summary)
}

// report prints what became of the plan. What was to be written and was not is an
// error; what is not ready is for people to mend in the CMDB.
func report(plan *reconcile.Plan, summary reconcile.Summary) error {
	if err := summary.WriteText(os.Stdout); err != nil {
		return err
	}
	for _, op := range plan.Operations {
		if op.Kind == reconcile.Skip || op.Kind == reconcile.Blocked {
			fmt.Printf("not exported: %s %q: %s\n", op.Type, op.Name, op.Reason)
		}
	}
	if left := summary.Total(); left.Failed+left.Stale+left.NotTried > 0 {
		return fmt.Errorf("%d records were not written: run the export again", left.Failed+left.Stale+left.NotTried)
	}
	return nil
}

// connect makes the flow between two systems; both must be real, or neither.
func connect(ctx context.Context, netboxURL, serviceNowURL string, role int64) (assets.Export, error) {
	if netboxURL == "" && serviceNowURL == "" {
		return inMemory(ctx)
	}
	if netboxURL == "" || serviceNowURL == "" {
		return assets.Export{}, errors.New("give both -netbox-url and -servicenow-url, or neither")
	}
	nb, err := netbox.New(netbox.Config{BaseURL: netboxURL, Auth: netbox.Token(os.Getenv("NETBOX_TOKEN"))})
	if err != nil {
		return assets.Export{}, err
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: serviceNowURL, Auth: servicenow.BasicAuth(os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")),
	})
	return assets.Export{
		NetBox: nb, CMDB: sn, Role: role, Linked: true,
		Tenants: cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ExportCustomers: true}},
	}, err
}
