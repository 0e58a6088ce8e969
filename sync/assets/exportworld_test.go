package assets_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// An outWorld is a CMDB with a flagged estate, and a NetBox that has little more than
// what an export needs.
type outWorld struct {
	*world
	flow assets.Export
}

// newOutWorld has an empty CMDB and a NetBox that is made ready.
func newOutWorld(t testing.TB) *outWorld {
	t.Helper()
	return newOutWorldOf(t, "")
}

// newOutWorldOf has a NetBox of a release, such as "4.2".
func newOutWorldOf(t testing.TB, version string) *outWorld {
	t.Helper()
	w := newWorld(t)
	nb, err := netboxtest.New(netboxtest.Options{Clock: still{}, Version: version})
	if err != nil {
		t.Fatal(err)
	}
	w.netbox = nb
	w.flow.NetBox, err = netbox.New(netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: w.wire.to(nb.Transport())},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := &outWorld{world: w}
	role := o.make(t, "dcim/device-roles", map[string]any{"name": "Generic", "slug": "generic"})
	o.make(t, "extras/tags", map[string]any{"name": "ServiceNowSyncFrom", "slug": "servicenowsyncfrom"})
	o.make(t, "extras/tags", map[string]any{"name": "ServiceNowSyncTo", "slug": "servicenowsyncto"})
	choices := [][2]string{}
	for _, c := range cmdb.DefaultClasses() {
		choices = append(choices, [2]string{c.Table, c.Label})
	}
	set := o.make(t, "extras/custom-field-choice-sets", map[string]any{"name": "ServiceNow CI Classes", "extra_choices": choices})
	o.make(t, "extras/custom-fields", map[string]any{"name": cmdb.ClassField, "type": "select", "object_types": []string{"dcim.device"}, "choice_set": set})
	o.flow = assets.Export{NetBox: w.flow.NetBox, CMDB: w.flow.CMDB, Role: role}
	return o
}

func (o *outWorld) make(t testing.TB, kind string, fields map[string]any) int64 {
	t.Helper()
	id, err := o.netbox.Create(kind, fields)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// insert adds a record with a flagged link row; nb_class is left empty unless given.
func (o *outWorld) insert(t testing.TB, table string, values servicenowtest.Row, more ...servicenowtest.Row) string {
	t.Helper()
	id, err := o.cmdb.Insert(table, values)
	if err != nil {
		t.Fatal(err)
	}
	row := servicenowtest.Row{cmdb.ColumnRecordTable: table, cmdb.ColumnRecordID: id, cmdb.ColumnSync: "true"}
	for _, m := range more {
		maps.Copy(row, m)
	}
	if _, err := o.cmdb.Insert(cmdb.AttributesTable, row); err != nil {
		t.Fatal(err)
	}
	return id
}

// An outEstate names the records of the estate that fill makes.
type outEstate struct {
	region, site, room, maker, model, customer, department, device string
}

// fill makes one flagged record of each type.
func (o *outWorld) fill(t testing.TB) outEstate {
	t.Helper()
	class := func(c cmdb.ObjectType) servicenowtest.Row { return servicenowtest.Row{cmdb.ColumnClass: string(c)} }
	var e outEstate
	e.region = o.insert(t, "cmn_location", servicenowtest.Row{"name": "Europe"}, class(cmdb.TypeRegion))
	e.customer = o.insert(t, "core_company", servicenowtest.Row{"name": "Acme", "customer": "true"})
	e.site = o.insert(t, "cmn_location", servicenowtest.Row{"name": "Zürich 1", "parent": e.region, "street": "Hauptstr. 1", "latitude": "47.37688", "time_zone": "Europe/Zurich", "company": e.customer}, class(cmdb.TypeSite))
	e.room = o.insert(t, "cmn_location", servicenowtest.Row{"name": "Room 7", "parent": e.site})
	e.maker = o.insert(t, "core_company", servicenowtest.Row{"name": "Cisco", "manufacturer": "true"})
	e.model = o.insert(t, "cmdb_hardware_product_model", servicenowtest.Row{"name": "C9300", "manufacturer": e.maker, "rack_units": "1"})
	e.department = o.insert(t, "cmn_department", servicenowtest.Row{"name": "Networks", "description": "cables"})
	e.device = o.insert(t, "cmdb_ci_ip_switch", servicenowtest.Row{
		"name": "sw-1", "serial_number": "S1", "asset_tag": "A1", "model_id": e.model, "location": e.room, "company": e.customer,
		"install_status": "1", "operational_status": "1", "short_description": "core",
	})
	return e
}

// both exports customers and departments, told apart by two groups.
func (o *outWorld) both(t testing.TB) {
	t.Helper()
	o.flow.Tenants = cmdb.Tenants{
		TenantFlags:     cmdb.TenantFlags{ExportCustomers: true, ExportDepartments: true},
		CustomerGroup:   o.make(t, "tenancy/tenant-groups", map[string]any{"name": "Customers", "slug": "customers"}),
		DepartmentGroup: o.make(t, "tenancy/tenant-groups", map[string]any{"name": "Departments", "slug": "departments"}),
	}
}

func (o *outWorld) plan(t testing.TB) *reconcile.Plan {
	t.Helper()
	p, err := o.flow.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run plans and applies, and wants everything that is planned to be written.
func (o *outWorld) run(t testing.TB) reconcile.Summary {
	t.Helper()
	s, err := o.flow.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Total(); l.Failed+l.Stale+l.NotTried > 0 {
		t.Fatalf("not everything was written: %+v %+v", l, s.Problems)
	}
	return s
}

// row returns the link row of a record.
func (o *outWorld) row(t testing.TB, record string) servicenowtest.Row {
	t.Helper()
	for _, row := range o.cmdb.Rows(cmdb.AttributesTable) {
		if row[cmdb.ColumnRecordID] == record {
			return row
		}
	}
	t.Fatalf("record %s has no link row", record)
	return nil
}

// linked returns the id of the object that a record is linked to, 0 for none.
func (o *outWorld) linked(t testing.TB, record string) (id int64) {
	t.Helper()
	if text := o.row(t, record)[cmdb.ColumnID]; text != "" {
		if _, err := fmt.Sscan(text, &id); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// outKinds are the endpoints that an export writes.
var outKinds = []string{
	"dcim/regions", "dcim/sites", "dcim/locations", "dcim/manufacturers", "dcim/device-types", "tenancy/tenants", "dcim/devices",
}

// objects returns every object that an export may write, one on a line, relations by
// name: ids differ when a run was cut off in between.
func (o *outWorld) objects() string {
	var b strings.Builder
	for _, kind := range outKinds {
		var lines []string
		for _, x := range o.netbox.Objects(kind) {
			lines = append(lines, flat(x))
		}
		slices.Sort(lines)
		fmt.Fprintf(&b, "%s: %d\n", kind, len(lines))
		for _, line := range lines {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

func flat(x map[string]any) string {
	for _, field := range []string{"id", "url", "display_url", "created", "last_updated"} {
		delete(x, field)
	}
	for field, v := range x {
		switch v := v.(type) {
		case nil, int64:
			delete(x, field)
		case map[string]any:
			if name := cmp.Or(v["name"], v["model"], v["value"]); name != nil {
				x[field] = name
			}
		case []any:
			var names []string
			for _, e := range v {
				if m, ok := e.(map[string]any); ok {
					names = append(names, fmt.Sprint(m["slug"]))
				}
			}
			x[field] = names
		}
	}
	line, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(line)
}

// links returns what the link rows say, objects by name.
func (o *outWorld) links() string {
	var lines []string
	for _, row := range o.cmdb.Rows(cmdb.AttributesTable) {
		name := ""
		if endpoint, ok := cmdb.ObjectType(row[cmdb.ColumnClass]).Info(); ok && row[cmdb.ColumnID] != "" {
			var id int64
			_, _ = fmt.Sscan(row[cmdb.ColumnID], &id)
			x, there := o.netbox.Object(endpoint.Endpoint, id)
			name = fmt.Sprintf("%v %v", there, x["display"])
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s", row[cmdb.ColumnRecordID], row[cmdb.ColumnClass], row[cmdb.ColumnSync], name))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func itoa(n int64) string { return fmt.Sprint(n) }
