package assets_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// untagged takes the tags from some objects of the small estate that others need: a
// manufacturer, a tenant, a site, and the root of its regions.
func untagged(t *testing.T) *world {
	t.Helper()
	w := smallWorld(t)
	for _, o := range [][2]string{{"dcim/regions", "Europe"}, {"dcim/sites", "Basel"}, {"tenancy/tenants", "Acme"}, {"dcim/manufacturers", "Cisco"}} {
		w.change(t, o[0], o[1], map[string]any{"tags": []any{}})
	}
	return w
}

func TestForceDependencies(t *testing.T) {
	tagged := smallWorld(t)
	tagged.run(t)
	t.Run("001-30 by default what needs something untagged is left out", func(t *testing.T) {
		op, _ := untagged(t).plan(t).Operation("device:1")
		if op.Kind != reconcile.Skip || op.Code != string(cmdb.DependencyNotTagged) {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("001-30 by force it is imported as if it were tagged", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		w.run(t)
		if want, got := tagged.export(), w.export(); got != want {
			t.Error(difference(want, got))
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("a second pass would write %+v", p.Total())
		}
		for _, call := range w.netbox.Journal() {
			if call.Method != http.MethodGet {
				t.Errorf("%s %s in NetBox", call.Method, call.Path)
			}
		}
	})
	t.Run("001-30 by force where every tenant is a customer", func(t *testing.T) {
		want, got := smallWorld(t), untagged(t)
		for _, w := range []*world{want, got} {
			w.flow.Tenants = cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ImportCustomers: true}}
			w.flow.ForceDependencies = w == got
			w.run(t)
		}
		if want, got := want.export(), got.export(); got != want {
			t.Error(difference(want, got))
		}
	})
	t.Run("001-30 what nobody selected needs does not come along", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		for _, o := range [][2]string{{"dcim/manufacturers", "APC"}, {"dcim/device-types", "AP8853"}, {"dcim/devices", "basel-pdu"}} {
			w.change(t, o[0], o[1], map[string]any{"tags": []any{}})
		}
		p := w.plan(t)
		for _, op := range p.Operations {
			if op.Name == "APC" || op.Name == "AP8853" || op.Name == "basel-pdu" {
				t.Errorf("%s is in the plan", op.ID)
			}
		}
		if op, _ := p.Operation("manufacturer:1"); op.Kind != reconcile.Create {
			t.Errorf("what is needed: got %+v", op)
		}
	})
	t.Run("001-20 by force nothing of a type that is off", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		w.flow.Types = []cmdb.ObjectType{cmdb.TypeSite}
		w.change(t, "dcim/sites", "Basel", map[string]any{"tags": []any{}})
		w.plan(t)
		for _, call := range w.netbox.Journal() {
			if !strings.HasPrefix(call.Path, "/api/dcim/sites/") && strings.HasPrefix(call.Path, "/api/dcim/") {
				t.Errorf("%s was read", call.Path)
			}
		}
	})
	t.Run("001-30 without force again the records are left alone", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		w.run(t)
		before := w.export()
		w.flow.ForceDependencies = false
		p := w.plan(t)
		if op, _ := p.Operation("manufacturer:1"); op.Code != assets.CodeOutOfScope {
			t.Errorf("got %+v", op)
		}
		w.run(t)
		if got := w.export(); got != before {
			t.Error(difference(before, got))
		}
	})
	t.Run("001-30 by force in real time", func(t *testing.T) {
		w := untagged(t)
		w.flow.ForceDependencies = true
		r, _ := w.realtime(t)
		if got := deliver(t, r, w.event(t, "created", "dcim.device", 1)); got.Outcome != assets.RealtimeWritten {
			t.Errorf("got %+v", got)
		}
		for _, name := range []string{"Cisco", "Basel", "Europe"} {
			if !strings.Contains(w.export(), `name="`+name+`"`) {
				t.Errorf("%s did not come along", name)
			}
		}
		got := deliver(t, r, w.told(t, "dcim/manufacturers", "dcim.manufacturer", "Cisco", map[string]any{"description": "changed"}))
		if got.Outcome != assets.RealtimeInvalid || got.Code != string(cmdb.NotTagged) {
			t.Errorf("an event about an untagged object: got %+v", got)
		}
	})
}
