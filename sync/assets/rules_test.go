package assets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// find returns an operation of a plan by type and name.
func find(t *testing.T, p *reconcile.Plan, typ, name string) reconcile.Operation {
	t.Helper()
	for _, op := range p.Operations {
		if op.Type == typ && op.Name == name {
			return op
		}
	}
	t.Fatalf("the plan does not mention %s %q", typ, name)
	return reconcile.Operation{}
}

func wantOp(t *testing.T, op reconcile.Operation, kind reconcile.Kind, code string) {
	t.Helper()
	if op.Kind != kind || op.Code != code {
		t.Errorf("%s %q: got %s %s (%s), want %s %s", op.ID, op.Name, op.Kind, op.Code, op.Reason, kind, code)
	}
	if code != "" && op.Reason == "" {
		t.Errorf("%s %q: no reason in words", op.ID, op.Name)
	}
}

// insert adds a record to the CMDB by hand.
func (w *world) insert(t *testing.T, table string, row map[string]string) string {
	t.Helper()
	id, err := w.cmdb.Insert(table, row)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) change(t *testing.T, kind, name string, fields map[string]any) int64 {
	t.Helper()
	field := "name"
	if kind == "dcim/device-types" {
		field = "model"
	}
	id := w.one(t, kind, field, name)
	if err := w.netbox.Update(kind, id, fields); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSelection(t *testing.T) {
	t.Run("001-20 a type that is off is not read and its references are left alone", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Types = []cmdb.ObjectType{cmdb.TypeManufacturer, cmdb.TypeDeviceType, cmdb.TypeDevice}
		p := w.plan(t)
		for _, call := range w.netbox.Journal() {
			if strings.Contains(call.Path, "/sites/") || strings.Contains(call.Path, "/regions/") {
				t.Errorf("%s was read", call.Path)
			}
		}
		for _, c := range find(t, p, "device", "basel-router").Changes {
			if c.Field == "location" {
				t.Errorf("got %v", c)
			}
		}
	})
	t.Run("001-20 what does not carry the tag is not imported", func(t *testing.T) {
		w := smallWorld(t)
		w.change(t, "dcim/devices", "basel-router", map[string]any{"tags": []any{}})
		for _, op := range w.plan(t).Operations {
			if op.Name == "basel-router" {
				t.Errorf("got %+v", op)
			}
		}
	})
	t.Run("001-20 one of several tags suffices, and nothing comes twice", func(t *testing.T) {
		w := smallWorld(t)
		if _, err := w.netbox.Create("extras/tags", map[string]any{"name": "other", "slug": "other"}); err != nil {
			t.Fatal(err)
		}
		tag := func(slugs ...string) map[string]any {
			list := make([]any, len(slugs))
			for n, slug := range slugs {
				list[n] = map[string]any{"slug": slug}
			}
			return map[string]any{"tags": list}
		}
		want := w.plan(t).Total()
		w.change(t, "dcim/devices", "basel-router", tag("other"))
		w.change(t, "dcim/devices", "basel-server", tag("other", cmdb.SyncTagSlug))
		w.flow.Tags = []string{cmdb.SyncTagSlug, "other"}
		if got := w.plan(t).Total(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("001-20 an unknown tag is named", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Tags = []string{"nonsense"}
		_, err := w.flow.Plan(t.Context())
		if err == nil || !strings.Contains(err.Error(), `no tag with the slug "nonsense"`) || !errors.Is(err, netbox.ErrInvalid) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-30 a dependency without the tag, with the path", func(t *testing.T) {
		w := smallWorld(t)
		id := w.change(t, "dcim/regions", "Switzerland", map[string]any{"tags": []any{}})
		p := w.plan(t)
		op := find(t, p, "device", "basel-router")
		wantOp(t, op, reconcile.Skip, string(cmdb.DependencyNotTagged))
		want := `needs site:1 "Basel" needs ` + cmdb.Object{Type: cmdb.TypeRegion, ID: id}.String() + ` "Switzerland", which does not carry the tag`
		if !strings.HasSuffix(op.Reason, want) {
			t.Errorf("got %s\nwant it to end in %s", op.Reason, want)
		}
		wantOp(t, find(t, p, "site", "Basel"), reconcile.Skip, string(cmdb.DependencyNotTagged))
		wantOp(t, find(t, p, "site", "Berlin"), reconcile.Create, "")
	})
	t.Run("001-09 a class that is not registered", func(t *testing.T) {
		w := smallWorld(t)
		only, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_ip_switch", Label: "IP Switch"})
		if err != nil {
			t.Fatal(err)
		}
		w.flow.Classifier = &cmdb.Classifier{Mode: cmdb.Bulk, Classes: only}
		p := w.plan(t)
		wantOp(t, find(t, p, "device", "basel-router"), reconcile.Skip, assets.CodeClassUnregistered)
		wantOp(t, find(t, p, "device", "berlin-switch"), reconcile.Create, "")
	})
	t.Run("001-08 the strict mode takes the custom field only", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Classifier = &cmdb.Classifier{}
		wantOp(t, find(t, w.plan(t), "device", "basel-pdu"), reconcile.Skip, assets.CodeClassMissing)
	})
}

func TestTenants(t *testing.T) {
	t.Run("001-17 both kinds need two groups, before any request", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Tenants.DepartmentGroup = w.flow.Tenants.CustomerGroup
		if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "two different groups") {
			t.Errorf("got %v", err)
		}
		if n := w.wire.sent; n > 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
	t.Run("001-18 customers only: every tenant is one", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Tenants = cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ImportCustomers: true}}
		p := w.plan(t)
		wantOp(t, find(t, p, "customer", "Finance"), reconcile.Create, "")
		if c := counts(p, "department"); c != (reconcile.Count{}) {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("001-18 none: tenants are left alone", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Tenants = cmdb.Tenants{}
		p := w.plan(t)
		if c := counts(p, "customer"); c != (reconcile.Count{}) {
			t.Errorf("got %+v", c)
		}
		for _, c := range find(t, p, "device", "basel-router").Changes {
			if c.Field == "company" {
				t.Errorf("got %v", c)
			}
		}
	})
	t.Run("001-18 in neither group: skipped, and the device goes without", func(t *testing.T) {
		w := smallWorld(t)
		w.change(t, "tenancy/tenants", "Acme", map[string]any{"group": nil})
		p := w.plan(t)
		wantOp(t, find(t, p, "tenant", "Acme"), reconcile.Skip, assets.CodeUnclassified)
		wantOp(t, find(t, p, "device", "basel-router"), reconcile.Create, "")
	})
}

func counts(p *reconcile.Plan, typ string) reconcile.Count {
	for _, c := range p.Counts() {
		if c.Type == typ {
			c.Type, c.Class = "", ""
			return c
		}
	}
	return reconcile.Count{}
}

func TestScope(t *testing.T) {
	w := smallWorld(t)
	w.run(t)
	w.change(t, "dcim/devices", "basel-router", map[string]any{"tags": []any{}, "description": "no business of ours"})
	gone := w.one(t, "dcim/devices", "name", "basel-pdu")
	if err := w.netbox.Delete("dcim/devices", gone); err != nil {
		t.Fatal(err)
	}
	before := w.export()
	p := w.plan(t)
	t.Run("a record whose object lost its tag is out of scope", func(t *testing.T) {
		op, ok := p.Operation("device:1")
		if !ok || !strings.HasPrefix(op.Name, "basel-router") {
			t.Fatalf("got %+v", op)
		}
		wantOp(t, op, reconcile.Skip, assets.CodeOutOfScope)
	})
	t.Run("001-29 a record whose object is gone is reported", func(t *testing.T) {
		op, ok := p.Operation(cmdb.Object{Type: cmdb.TypeDevice, ID: gone}.String())
		if !ok {
			t.Fatal("it is not")
		}
		wantOp(t, op, reconcile.Skip, assets.CodeGone)
	})
	if _, err := w.flow.Apply(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := w.export(); got != before {
		t.Error("something was written: " + difference(before, got))
	}
}

func TestHiddenRows(t *testing.T) {
	w := smallWorld(t)
	w.insert(t, "cmn_location", map[string]string{"name": "secret"})
	err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "cmn_location", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op != servicenowtest.OpRead || get("name") != "secret"
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := w.plan(t)
	t.Run("creates into a table with hidden rows are blocked", func(t *testing.T) {
		op := find(t, p, "region", "Europe")
		wantOp(t, op, reconcile.Blocked, assets.CodeHidden)
		if op.Wanted != reconcile.Create || !strings.Contains(op.Reason, "1 rows of cmn_location") {
			t.Errorf("got %+v", op)
		}
		wantOp(t, find(t, p, "device", "basel-router"), reconcile.Blocked, reconcile.CodeNeeds)
	})
	t.Run("other tables are not concerned", func(t *testing.T) {
		wantOp(t, find(t, p, "manufacturer", "Cisco"), reconcile.Create, "")
	})
	t.Run("unless they are allowed", func(t *testing.T) {
		w.flow.AllowHidden = true
		wantOp(t, find(t, w.plan(t), "region", "Europe"), reconcile.Create, "")
	})
}

func TestApp(t *testing.T) {
	w := smallWorld(t)
	active := servicenowtest.Table{Name: "sys_store_app", Columns: []servicenowtest.Column{{Name: "scope"}, {Name: "active"}}}
	sn, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{active}})
	if err != nil {
		t.Fatal(err)
	}
	w.cmdb = sn
	w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	app := w.insert(t, "sys_store_app", map[string]string{"scope": "x_nbl_cmdb", "active": "false"})
	w.plan(t)
	if err := sn.Update("sys_store_app", app, map[string]string{"active": "true"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "NetBox Labs app is active") {
		t.Errorf("got %v", err)
	}
	w.flow.BesideApp = true
	w.plan(t)
	w.flow.BesideApp, w.flow.Link = false, assets.Link{Field: "correlation_id"}
	if _, err := w.flow.Plan(t.Context()); err != nil {
		t.Errorf("another link does not clash with the app: %v", err)
	}
}

func TestBadInput(t *testing.T) {
	w := smallWorld(t)
	for _, c := range []struct {
		name  string
		spoil func(*assets.Import)
		want  string
	}{
		{"no NetBox", func(i *assets.Import) { i.NetBox = nil }, "Import.NetBox is nil"},
		{"no CMDB", func(i *assets.Import) { i.CMDB = nil }, "Import.CMDB is nil"},
		{"an unknown type", func(i *assets.Import) { i.Types = []cmdb.ObjectType{"rack"} }, `Import.Types: cmdb: object type "rack" is unknown`},
		{"an empty tag", func(i *assets.Import) { i.Tags = []string{""} }, "Import.Tags holds an empty slug"},
		{"a company that is no sys_id", func(i *assets.Import) { i.Company = "Acme" }, `Import.Company "Acme" is no sys_id`},
		{"two places for the link", func(i *assets.Import) { i.Link = assets.Link{Field: "a", Table: "b"} }, "Link.Field excludes"},
		{"a link table without its columns", func(i *assets.Import) {
			i.Link = assets.Link{Table: "u_links", Columns: assets.LinkColumns{Record: "u_record"}}
		}, "Link.Columns.RecordTable is empty"},
		{"a rule over an unknown column", func(i *assets.Import) {
			i.Identifier.Rules = []cmdb.Rule{{Name: "mac", Fields: []string{"mac_address"}}}
		}, "Import.Identifier.Rules[0] (mac) looks at [mac_address]"},
		{"a rule without columns", func(i *assets.Import) { i.Identifier.Rules = []cmdb.Rule{{Name: "x"}} }, "Rules[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			flow := w.flow
			c.spoil(&flow)
			if _, err := flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("apply without a CMDB", func(t *testing.T) {
		if _, err := (assets.Import{}).Apply(t.Context(), nil); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a plan for another instance", func(t *testing.T) {
		p := w.plan(t)
		flow := w.flow
		flow.Target = "other.example"
		if _, err := flow.Apply(t.Context(), p); !errors.Is(err, reconcile.ErrOtherTarget) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a sink without a client", func(t *testing.T) {
		var s assets.CMDBSink
		if _, err := s.Read(t.Context(), nil); err == nil {
			t.Error("Read: no error")
		}
		if _, err := s.Write(t.Context(), nil); err == nil {
			t.Error("Write: no error")
		}
	})
	t.Run("a missing link table", func(t *testing.T) {
		flow := w.flow
		flow.Link = assets.Link{Table: "u_no_such_table"}
		_, err := flow.Plan(t.Context())
		if !errors.Is(err, servicenow.ErrInvalid) || !strings.Contains(err.Error(), "u_no_such_table cannot be read") {
			t.Errorf("got %v", err)
		}
	})
	for _, table := range cmdbTables {
		if n := w.cmdb.Count(table); n > 0 {
			t.Errorf("%s has %d records", table, n)
		}
	}
}
