package netbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

const (
	exportPrefix  = "itsmkit-export"
	exportDevices = 1000
)

// Flagged records of a CMDB go into a real NetBox: once, and the second pass leaves
// nothing to do. What the test makes carries a prefix and is taken away again.
func TestNetBoxExport(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox: eval "$(internal/conformance/netbox/up)"`)
	}
	live := client(t, netbox.Config{BaseURL: address, Auth: netbox.Token(token)})
	sweepExport(t.Context(), t, live)
	t.Cleanup(func() { sweepExport(context.WithoutCancel(t.Context()), t, live) })
	var classes []netbox.Choice
	for _, c := range cmdb.DefaultClasses() {
		classes = append(classes, netbox.Choice{Value: c.Table, Label: c.Label})
	}
	if _, err := live.Provision(t.Context(), netbox.ServiceNowProvisioning(classes, netbox.WebhookWrite{})); err != nil {
		t.Fatal(err)
	}
	role, err := live.DCIM.DeviceRoles.Create(t.Context(), map[string]any{"name": exportPrefix, "slug": exportPrefix})
	if err != nil {
		t.Fatal(err)
	}
	flow := assets.Export{
		NetBox: live, CMDB: flaggedRecords(t), Role: role.ID, Linked: true,
		Tenants: cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ExportCustomers: true}},
	}
	begun := time.Now()
	p, err := flow.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if total := p.Total(); total.Create != exportDevices+6 || total.Blocked+total.Skip+total.Update != 0 {
		t.Fatalf("the plan has %+v", total)
	}
	planned := time.Since(begun)
	s, err := flow.Apply(t.Context(), p)
	if err != nil || !s.Clean() {
		t.Fatalf("%v: %+v", err, s.Problems)
	}
	t.Logf("first pass: %+v, planned in %s, written in %s", assets.Count(s), planned.Round(time.Millisecond), (time.Since(begun) - planned).Round(time.Millisecond))

	if again, err := flow.Plan(t.Context()); err != nil || !again.Empty() || again.Total().Unchanged != exportDevices+6 {
		t.Errorf("the second pass would write %+v: %v", again.Total(), err)
	}
	device, err := live.DCIM.Devices.List(t.Context(), netbox.Query{Where: netbox.DeviceFilter{Name: []string{exportPrefix + "-0007"}}})
	if err != nil || len(device.Items) != 1 {
		t.Fatalf("%d devices: %v", len(device.Items), err)
	}
	d := device.Items[0]
	if d.Role.ID != role.ID || d.CustomFields.Text(cmdb.ClassField) != "cmdb_ci_server" || !d.Tags.Has(assets.SyncFromTagSlug) || d.Status.Value != netbox.DeviceActive || d.Location == nil || d.Tenant == nil {
		t.Errorf("got %+v", d)
	}
	// The same plan once more makes nothing twice.
	if s, err := flow.Apply(t.Context(), p); err != nil || s.Total().Written() != 0 {
		t.Errorf("the plan was applied twice: %+v: %v", s.Total(), err)
	}
}

// flaggedRecords is an instance with devices to export and all that they need.
func flaggedRecords(t *testing.T) *servicenow.Client {
	t.Helper()
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(table, class string, row servicenowtest.Row) string {
		row["name"] = exportPrefix + row["name"]
		id, err := instance.Insert(table, row)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := instance.Insert(cmdb.AttributesTable, servicenowtest.Row{
			cmdb.ColumnRecordTable: table, cmdb.ColumnRecordID: id, cmdb.ColumnClass: class, cmdb.ColumnSync: "true",
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	customer := add("core_company", "", servicenowtest.Row{"customer": "true"})
	maker := add("core_company", "", servicenowtest.Row{"manufacturer": "true"})
	region := add("cmn_location", "region", servicenowtest.Row{})
	site := add("cmn_location", "site", servicenowtest.Row{"parent": region, "latitude": "47.3768812", "longitude": "8.541", "time_zone": "Europe/Zurich", "company": customer})
	room := add("cmn_location", "", servicenowtest.Row{"parent": site})
	model := add("cmdb_hardware_product_model", "", servicenowtest.Row{"manufacturer": maker, "rack_units": "2", "short_description": "two units"})
	for i := range exportDevices {
		add("cmdb_ci_server", "", servicenowtest.Row{
			"name": fmt.Sprintf("-%04d", i), "serial_number": fmt.Sprintf("%s-%04d", exportPrefix, i), "asset_tag": fmt.Sprintf("%s-%04d", exportPrefix, i),
			"model_id": model, "location": room, "company": customer, "install_status": "1", "operational_status": "1", "short_description": "Zürich & more",
		})
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	return sn
}

// sweepExport deletes what an export made, the last first. Deleting a thousand devices
// takes the API as long as making them, so a NetBox beside this test does it itself.
func sweepExport(ctx context.Context, t *testing.T, nb *netbox.Client) {
	t.Helper()
	for _, kind := range []string{"devices", "device-types", "manufacturers", "locations", "sites", "regions", "device-roles", "tenants"} {
		path, filter := "dcim/"+kind, "name__isw"
		switch kind {
		case "tenants":
			path = "tenancy/tenants"
		case "device-types":
			filter = "model__isw"
		}
		of := netbox.ResourceOf[numbered](nb, path, "name", "model")
		ids, err := carrying(ctx, of, filter)
		if err == nil && len(ids) > exportDevices/10 {
			out, err := exec.CommandContext(ctx, "./sweep", exportPrefix).CombinedOutput()
			t.Logf("sweep: %s %v", strings.TrimSpace(string(out)), err)
			if ids, err = carrying(ctx, of, filter); err != nil {
				t.Error(err)
				return
			}
		}
		switch {
		case err != nil:
			t.Error(err)
			return
		case len(ids) > exportDevices+10:
			t.Fatalf("%d %s carry the prefix: the filter was ignored", len(ids), kind)
		case len(ids) == 0:
			continue
		}
		if _, err := of.DeleteMany(ctx, ids, netbox.BulkOptions{ItemsPerRequest: 25}); err != nil {
			t.Error(err)
		}
	}
}

type numbered struct {
	ID int64 `json:"id"`
}

// carrying returns the objects whose names begin with the prefix.
func carrying(ctx context.Context, of *netbox.Resource[numbered], filter string) (ids []int64, err error) {
	for x, err := range of.All(ctx, netbox.Query{Where: netbox.Raw(filter, exportPrefix), Fields: []string{"id"}}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, x.ID)
	}
	return ids, nil
}
