package assets_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// operation returns what is planned for a record, without its type.
func operation(p *reconcile.Plan, record string) (op reconcile.Operation, ok bool) {
	for _, op := range p.Operations {
		if op.Key == record && !strings.HasPrefix(op.ID, "ready:") && op.Type != "link" {
			return op, true
		}
	}
	return op, false
}

// 001-32: what is not ready is left out, with the reason.
func TestExportReadiness(t *testing.T) {
	unflag := func(w *outWorld, t *testing.T, record string) {
		t.Helper()
		if err := w.cmdb.Update(cmdb.AttributesTable, w.row(t, record)["sys_id"], servicenowtest.Row{cmdb.ColumnSync: "false"}); err != nil {
			t.Fatal(err)
		}
	}
	update := func(w *outWorld, t *testing.T, table, record string, values servicenowtest.Row) {
		t.Helper()
		if err := w.cmdb.Update(table, record, values); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func(w *outWorld, t *testing.T, e outEstate)
		code   string
		reason string
	}{
		"a dependency without a flag": {
			func(w *outWorld, t *testing.T, e outEstate) { unflag(w, t, e.maker) },
			assets.CodeNotReady, `device "sw-1" needs devicetype "C9300" needs manufacturer "Cisco", which is neither flagged nor linked`,
		},
		"a site without a flag": {
			func(w *outWorld, t *testing.T, e outEstate) { unflag(w, t, e.site) },
			assets.CodeNotReady, `needs site "Zürich 1", which is neither flagged nor linked`,
		},
		"a type that is not exported": {
			func(w *outWorld, t *testing.T, e outEstate) {
				w.flow.Types = []cmdb.ObjectType{cmdb.TypeDevice, cmdb.TypeDeviceType, cmdb.TypeManufacturer, cmdb.TypeCustomer, cmdb.TypeLocation, cmdb.TypeRegion}
			},
			assets.CodeNotReady, "and that type is not exported",
		},
		"no place": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmdb_ci_ip_switch", e.device, servicenowtest.Row{"location": ""})
			},
			assets.CodeNotReady, "location is empty, and NetBox demands a site",
		},
		"a place in no site": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmdb_ci_ip_switch", e.device, servicenowtest.Row{"location": e.region})
			},
			assets.CodeNotReady, "which is or has no site",
		},
		"a model that is not there": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmdb_ci_ip_switch", e.device, servicenowtest.Row{"model_id": strings.Repeat("ab", 16)})
			},
			assets.CodeNotReady, "which is not there or cannot be seen",
		},
		"no name": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmdb_ci_ip_switch", e.device, servicenowtest.Row{"name": ""})
			},
			assets.CodeNotReady, "name is empty",
		},
		"a long name": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmdb_ci_ip_switch", e.device, servicenowtest.Row{"name": strings.Repeat("é", 65)})
			},
			assets.CodeNotReady, "name has 65 characters and NetBox takes 64",
		},
		"001-37 a class that is not registered": {
			func(w *outWorld, t *testing.T, e outEstate) {
				classes, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_server", Label: "Server"})
				if err != nil {
					t.Fatal(err)
				}
				w.flow.Classes = classes
			},
			assets.CodeClassUnregistered, "cmdb_ci_ip_switch, which is not registered",
		},
		"a location in a circle": {
			func(w *outWorld, t *testing.T, e outEstate) {
				update(w, t, "cmn_location", e.site, servicenowtest.Row{"parent": e.room})
			},
			assets.CodeNotReady, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newOutWorld(t)
			w.both(t)
			e := w.fill(t)
			c.change(w, t, e)
			p := w.plan(t)
			op, ok := operation(p, e.device)
			if !ok || op.Kind != reconcile.Skip || op.Code != c.code || !strings.Contains(op.Reason, c.reason) {
				t.Fatalf("got %v %s: %s", op.Kind, op.Code, op.Reason)
			}
			w.run(t) // whatever else is ready goes
			if n := w.netbox.Count("dcim/devices"); n != 0 {
				t.Errorf("%d devices were written", n)
			}
		})
	}
}

// Force flags what is needed and exports it along, records without a link row too.
func TestExportForce(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	for _, record := range []string{e.region, e.site, e.model} {
		if err := w.cmdb.Delete(cmdb.AttributesTable, w.row(t, record)["sys_id"]); err != nil {
			t.Fatal(err)
		}
	}
	// Of what has no link row nothing says what it is, but for its place in the tree.
	w.flow.Force = true
	w.run(t)
	for _, record := range []string{e.site, e.model, e.device} {
		if w.linked(t, record) == 0 || w.row(t, record)[cmdb.ColumnSync] != "true" {
			t.Errorf("got %v", w.row(t, record))
		}
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a second pass would write %+v", p.Operations)
	}
}

// 001-31: an object that is there already is adopted where it is provably the same,
// and nothing is written where that is in doubt.
func TestExportAdoption(t *testing.T) {
	for name, c := range map[string]struct {
		there func(w *outWorld, t *testing.T, e outEstate)
		code  string // "" where the device is adopted
		words string
	}{
		"same name and place": {func(w *outWorld, t *testing.T, e outEstate) { w.device(t, "SW-1", "", "") }, "", ""},
		"same asset tag":      {func(w *outWorld, t *testing.T, e outEstate) { w.device(t, "other", "A1", "S1") }, "", ""},
		"another serial number": {
			func(w *outWorld, t *testing.T, e outEstate) { w.device(t, "sw-1", "", "S2") },
			assets.CodeMismatch, "another serial",
		},
		"another asset tag": {
			func(w *outWorld, t *testing.T, e outEstate) { w.device(t, "sw-1", "A2", "") },
			assets.CodeMismatch, "another asset tag",
		},
		"two that may be meant": {
			func(w *outWorld, t *testing.T, e outEstate) {
				w.device(t, "sw-1", "", "")
				w.device(t, "other", "A1", "")
			},
			assets.CodeAmbiguous, "may be meant",
		},
		"the serial number alone": {
			func(w *outWorld, t *testing.T, e outEstate) { w.device(t, "other", "", "s1") },
			assets.CodeAmbiguous, "has the serial number already",
		},
		"linked to another record": {
			func(w *outWorld, t *testing.T, e outEstate) {
				id := w.device(t, "sw-1", "", "")
				w.link(t, id, strings.Repeat("cd", 16))
			},
			assets.CodeLinkedElsewhere, "belongs to record",
		},
		"linked to two records": {
			func(w *outWorld, t *testing.T, e outEstate) {
				id := w.device(t, "sw-1", "", "")
				if err := w.cmdb.Update(cmdb.AttributesTable, w.row(t, e.device)["sys_id"], servicenowtest.Row{cmdb.ColumnID: itoa(id), cmdb.ColumnClass: "device"}); err != nil {
					t.Fatal(err)
				}
				w.link(t, id, strings.Repeat("cd", 16))
				w.flow.Linked = true
			},
			assets.CodeAmbiguous, "as well",
		},
		"two records of one name": {
			func(w *outWorld, t *testing.T, e outEstate) {
				w.insert(t, "cmdb_ci_server", servicenowtest.Row{"name": "Sw-1", "model_id": e.model, "location": e.room, "company": e.customer})
			},
			assets.CodeAmbiguous, "would be one object",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newOutWorld(t)
			w.both(t)
			e := w.fill(t)
			// The device's surroundings are there already.
			flow := w.flow
			flow.Types = []cmdb.ObjectType{cmdb.TypeRegion, cmdb.TypeSite, cmdb.TypeLocation, cmdb.TypeManufacturer, cmdb.TypeDeviceType, cmdb.TypeCustomer, cmdb.TypeDepartment}
			if _, err := flow.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.there(w, t, e)
			count := w.netbox.Count("dcim/devices")
			p := w.plan(t)
			op, ok := operation(p, e.device)
			if c.code != "" {
				if !ok || op.Kind != reconcile.Blocked || op.Code != c.code || !strings.Contains(op.Reason, c.words) {
					t.Errorf("got %v %s: %s", op.Kind, op.Code, op.Reason)
				}
				w.run(t)
				if n := w.netbox.Count("dcim/devices"); n != count {
					t.Errorf("%d devices instead of %d", n, count)
				}
				return
			}
			if !ok || op.Kind != reconcile.Update || op.Target == "" {
				t.Fatalf("got %+v", op)
			}
			w.run(t)
			if n := w.netbox.Count("dcim/devices"); n != 1 || w.linked(t, e.device) != w.netbox.IDs("dcim/devices")[0] {
				t.Errorf("%d devices, the record is linked to %d", n, w.linked(t, e.device))
			}
			if again := w.plan(t); !again.Empty() {
				t.Errorf("a second pass would write %+v", again.Operations)
			}
		})
	}
}

// device makes a device in the exported room.
func (o *outWorld) device(t *testing.T, name, tag, serial string) int64 {
	t.Helper()
	role := o.netbox.Find("dcim/device-roles", "slug", "old-role")
	if len(role) == 0 {
		role = []int64{o.make(t, "dcim/device-roles", map[string]any{"name": "Old role", "slug": "old-role"})}
	}
	fields := map[string]any{
		"name": name, "serial": serial, "role": role[0], "device_type": o.netbox.IDs("dcim/device-types")[0],
		"site": o.netbox.IDs("dcim/sites")[0], "tenant": o.one(t, "tenancy/tenants", "name", "Acme"),
	}
	if tag != "" {
		fields["asset_tag"] = tag
	}
	return o.make(t, "dcim/devices", fields)
}

// link links another record to a device.
func (o *outWorld) link(t *testing.T, id int64, record string) {
	t.Helper()
	if _, err := o.cmdb.Insert("cmdb_ci_server", servicenowtest.Row{"sys_id": record, "name": "another"}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.cmdb.Insert(cmdb.AttributesTable, servicenowtest.Row{
		cmdb.ColumnRecordTable: "cmdb_ci_server", cmdb.ColumnRecordID: record, cmdb.ColumnID: itoa(id), cmdb.ColumnClass: "device",
	}); err != nil {
		t.Fatal(err)
	}
}

// What NetBox gets between the plan and the write is adopted, too, and a slug that is
// taken by then is not in the way.
func TestExportMeetsOthers(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	other := w.insert(t, "core_company", servicenowtest.Row{"name": "A B", "manufacturer": "true"})
	p := w.plan(t)
	site := w.make(t, "dcim/sites", map[string]any{"name": "Zürich 1", "slug": "zurich-one", "status": "planned"})
	w.make(t, "dcim/manufacturers", map[string]any{"name": "A-B", "slug": "a-b"})
	s, err := w.flow.Apply(t.Context(), p)
	if err != nil || !s.Clean() {
		t.Fatal(err, s.Problems)
	}
	if w.linked(t, e.site) != site || w.netbox.Count("dcim/sites") != 1 {
		t.Errorf("the site is linked to %d, %d are there", w.linked(t, e.site), w.netbox.Count("dcim/sites"))
	}
	if x, _ := w.netbox.Object("dcim/sites", site); x["physical_address"] != "Hauptstr. 1" || x["slug"] != "zurich-one" {
		t.Errorf("got %v", x)
	}
	if x, _ := w.netbox.Object("dcim/manufacturers", w.linked(t, other)); x["name"] != "A B" || !strings.HasPrefix(x["slug"].(string), "a-b-") {
		t.Errorf("got %v", x)
	}
	if again := w.plan(t); !again.Empty() {
		t.Errorf("a second pass would write %+v", again.Operations)
	}
}

// 001-38: the role of devices that are there is theirs, unless it is enforced; edits
// of linked records arrive with Linked.
func TestExportUpdates(t *testing.T) {
	w := newOutWorld(t)
	w.both(t)
	e := w.fill(t)
	w.run(t)
	role := w.make(t, "dcim/device-roles", map[string]any{"name": "Edited", "slug": "edited"})
	device := w.linked(t, e.device)
	if err := w.netbox.Update("dcim/devices", device, map[string]any{"role": role, "description": "by hand", "tags": []map[string]any{{"slug": "servicenowsyncto"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.cmdb.Update("cmdb_ci_ip_switch", e.device, servicenowtest.Row{
		"name": "sw-2", "install_status": "7", "operational_status": "6", "asset_tag": "", "serial_number": "", "company": "", "department": e.department,
	}); err != nil {
		t.Fatal(err)
	}
	w.flow.Linked = true
	w.run(t)
	x, _ := w.netbox.Object("dcim/devices", device)
	got := flat(x)
	for _, want := range []string{`"sw-2"`, `"decommissioning"`, `"core"`, `"asset_tag":"A1"`, `"serial":"S1"`, `"tenant":"Networks"`, `"role":"Edited"`, "servicenowsyncfrom", "servicenowsyncto"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	w.flow.EnforceRole, w.flow.ClearEmpty = true, true
	w.run(t)
	x, _ = w.netbox.Object("dcim/devices", device)
	if got := flat(x); !strings.Contains(got, `"role":"Generic"`) || !strings.Contains(got, `"serial":""`) {
		t.Errorf("got %s", got)
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a further pass would write %+v", p.Operations)
	}
	// A state that no device status means leaves the status as it is.
	if err := w.cmdb.Update("cmdb_ci_ip_switch", e.device, servicenowtest.Row{"install_status": "8"}); err != nil {
		t.Fatal(err)
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a stolen device would write %+v", p.Operations)
	}
}

// Decision 6 and 001-33: what becomes of a linked record whose object is gone.
func TestExportMissing(t *testing.T) {
	for policy, want := range map[assets.MissingPolicy]int{assets.ReportMissing: 0, assets.RelinkMissing: 0, assets.RecreateMissing: 1} {
		w := newOutWorld(t)
		e := w.fill(t)
		w.run(t)
		if err := w.netbox.Delete("dcim/devices", w.linked(t, e.device)); err != nil {
			t.Fatal(err)
		}
		w.flow.Linked, w.flow.Missing = true, policy
		p := w.plan(t)
		if op, _ := operation(p, e.device); want == 0 && (op.Kind != reconcile.Skip || op.Code != assets.CodeGone) {
			t.Errorf("policy %d: got %+v", policy, op)
		}
		w.run(t)
		if n := w.netbox.Count("dcim/devices"); n != want {
			t.Errorf("policy %d: %d devices, want %d", policy, n, want)
		}
		if want == 1 && w.linked(t, e.device) != w.netbox.IDs("dcim/devices")[0] {
			t.Error("the new device is not linked")
		}
		if policy == assets.RelinkMissing {
			id := w.make(t, "dcim/devices", map[string]any{
				"name": "sw-1", "role": w.flow.Role, "device_type": w.netbox.IDs("dcim/device-types")[0], "site": w.netbox.IDs("dcim/sites")[0],
			})
			w.run(t)
			if w.linked(t, e.device) != id {
				t.Errorf("the record is linked to %d, want %d", w.linked(t, e.device), id)
			}
		}
	}
}

// Where an import runs too, each side keeps what it owns.
func TestExportOwners(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	w.run(t)
	w.flow.Linked = true
	w.flow.Owners = assets.Owners{"device.name": mapping.External, "device.serial_number": mapping.Platform}
	if err := w.netbox.Update("dcim/devices", w.linked(t, e.device), map[string]any{"name": "n", "serial": "N", "description": ""}); err != nil {
		t.Fatal(err)
	}
	w.run(t)
	x, _ := w.netbox.Object("dcim/devices", w.linked(t, e.device))
	if x["name"] != "sw-1" || x["serial"] != "N" || x["description"] != "core" {
		t.Errorf("got %v %v %v", x["name"], x["serial"], x["description"])
	}
}

// 001-03: whether a record is ready is written to columns of one's own, never to the
// computed ones.
func TestExportWritesReadiness(t *testing.T) {
	sn, err := servicenowtest.New(servicenowtest.Options{Clock: still{}, Tables: []servicenowtest.Table{{
		Name: cmdb.AttributesTable, Columns: []servicenowtest.Column{
			{Name: "u_ready", Type: servicenowtest.Boolean}, {Name: "u_ready_message"},
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	w := newOutWorld(t)
	w.cmdb = sn
	w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	e := w.fill(t)
	if err := sn.Update("cmdb_ci_ip_switch", e.device, servicenowtest.Row{"location": ""}); err != nil {
		t.Fatal(err)
	}
	w.flow.Link.Columns = assets.DefaultLinkColumns()
	w.flow.Link.Columns.Ready, w.flow.Link.Columns.Message = "u_ready", "u_ready_message"
	w.run(t)
	if row := w.row(t, e.device); row["u_ready"] == "true" || !strings.Contains(row["u_ready_message"], "location is empty") {
		t.Errorf("got %v", row)
	}
	if row := w.row(t, e.site); row["u_ready"] != "true" || row["u_ready_message"] != "" {
		t.Errorf("got %v", row)
	}
	if err := sn.Update("cmdb_ci_ip_switch", e.device, servicenowtest.Row{"location": e.site}); err != nil {
		t.Fatal(err)
	}
	w.run(t)
	if row := w.row(t, e.device); row["u_ready"] != "true" || row["u_ready_message"] != "" {
		t.Errorf("got %v", row)
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a further pass would write %+v", p.Operations)
	}
	w.flow.Link.Columns.Ready = cmdb.ColumnReady
	if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), cmdb.ColumnReady) {
		t.Errorf("a computed column was taken: %v", err)
	}
}

// Settings that cannot work are refused before anything is asked.
func TestExportRefuses(t *testing.T) {
	w := newOutWorld(t)
	for want, change := range map[string]func(*assets.Export){
		"Export.NetBox is nil":       func(e *assets.Export) { e.NetBox = nil },
		"Export.CMDB is nil":         func(e *assets.Export) { e.CMDB = nil },
		"Export.Link.Field":          func(e *assets.Export) { e.Link.Field = "correlation_id" },
		"Export.Missing is 7":        func(e *assets.Export) { e.Missing = 7 },
		"Export.Role is missing":     func(e *assets.Export) { e.Role = 0 },
		"Export.Types":               func(e *assets.Export) { e.Types = []cmdb.ObjectType{"rack"} },
		"group":                      func(e *assets.Export) { e.Tenants.ExportCustomers, e.Tenants.ExportDepartments = true, true },
		`Owners holds "device.rack"`: func(e *assets.Export) { e.Owners = assets.Owners{"device.rack": mapping.Platform} },
		"unknown":                    func(e *assets.Export) { e.Owners = assets.Owners{"device.name": "us"} },
	} {
		flow := w.flow
		change(&flow)
		w.wire.heal()
		if _, err := flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), want) || w.wire.sent > 0 {
			t.Errorf("want %q: got %v after %d requests", want, err, w.wire.sent)
		}
	}
	// What the NetBox lacks is said, not tried.
	w.fill(t)
	for want, kind := range map[string]string{"no custom field": "extras/custom-fields", "no tag": "extras/tags"} {
		snapshot := w.netbox.Snapshot()
		for _, id := range w.netbox.IDs(kind) {
			if err := w.netbox.Delete(kind, id); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
		if err := w.netbox.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
	}
}
