// Quickstart reads a NetBox, decides what its devices and all that they need are
// in a ServiceNow CMDB, writes that, and shows that a second pass finds nothing
// left to write. Without flags both sides are in-memory servers on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	o, err := parseFlags("quickstart", os.Args[1:])
	if err == nil {
		err = run(ctx, o)
	}
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "quickstart:", advise(err))
		os.Exit(1)
	}
}

// report is what -report writes.
type report struct {
	Devices int           `json:"devices"` // in the NetBox
	First   assets.Counts `json:"first"`
	Second  assets.Counts `json:"second"`
}

func run(ctx context.Context, o options) (err error) {
	s, err := connect(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	fmt.Printf("NetBox      %s\nServiceNow  %s\n\n", s.netboxAt, s.serviceNowAt)

	tenants, err := tenantGroups(ctx, s.netbox)
	if err != nil {
		return err
	}
	flow := assets.Import{
		NetBox: s.netbox, CMDB: s.serviceNow, Tags: []string{o.tag}, Tenants: tenants,
		Progress: assets.PrintProgress(os.Stdout, isTerminal(os.Stdout)),
	}
	var r report
	if r.First, err = pass(ctx, "First pass", flow, s, o.writes(), o.plan); err != nil {
		return err
	}
	if r.Devices, err = s.netbox.DCIM.Devices.Count(ctx, netbox.Query{}); err != nil {
		return err
	}
	if !o.writes() {
		fmt.Println("Nothing was written: give -apply to write to", o.serviceNowURL)
		return writeJSON(o.report, r)
	}
	if r.Second, err = pass(ctx, "Second pass", flow, s, true, ""); err != nil {
		return err
	}
	if n := r.Second.Written(); n > 0 {
		return fmt.Errorf("the second pass wrote %d records; it should have found nothing to write", n)
	}
	fmt.Println("The second pass found nothing to write.")
	return writeJSON(o.report, r)
}

// pass plans, and applies the plan where it may write.
func pass(ctx context.Context, title string, flow assets.Import, s *sides, write bool, planFile string) (assets.Counts, error) {
	fmt.Println(title)
	begin, before := time.Now(), s.requests()
	plan, err := flow.Plan(ctx)
	if err != nil {
		return assets.Counts{}, err
	}
	if err := writePlan(planFile, plan); err != nil {
		return assets.Counts{}, err
	}
	summary := plan.Preview()
	if write {
		if summary, err = flow.Apply(ctx, plan); err != nil {
			return assets.Counts{}, err
		}
	}
	counts := assets.Count(summary)
	counts.Requests = s.requests().Sub(before)
	fmt.Println()
	if err := summary.WriteText(os.Stdout); err != nil {
		return counts, err
	}
	fmt.Printf("%d requests to NetBox, %d to ServiceNow, %.1f s\n\n",
		counts.Requests.NetBox, counts.Requests.ServiceNow, time.Since(begin).Seconds())
	return counts, nil
}

// tenantGroups tells customers from departments by the tenant groups with these
// two slugs. Where a NetBox has neither, its tenants are left alone.
func tenantGroups(ctx context.Context, nb *netbox.Client) (cmdb.Tenants, error) {
	t := cmdb.Tenants{Descendants: true}
	groups := netbox.TenantGroupFilter{Slug: []string{"customers", "departments"}}
	for g, err := range nb.Tenancy.TenantGroups.All(ctx, netbox.Query{Where: groups}) {
		switch {
		case err != nil:
			return t, err
		case g.Slug == "customers":
			t.CustomerGroup, t.ImportCustomers = g.ID, true
		default:
			t.DepartmentGroup, t.ImportDepartments = g.ID, true
		}
	}
	return t, nil
}
