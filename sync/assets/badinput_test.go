package assets_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// tampered lets a test change what NetBox lists of a kind, for what a sound NetBox never
// says.
func (w *world) tampered(t *testing.T, kind string, change func(rows []map[string]any) []map[string]any) {
	t.Helper()
	base := w.netbox.Transport()
	c, err := netbox.New(netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			resp, err := base.RoundTrip(req)
			if err != nil || req.URL.Path != "/api/"+kind+"/" || resp.StatusCode != http.StatusOK {
				return resp, err
			}
			var page map[string]any
			if err := errors.Join(json.NewDecoder(resp.Body).Decode(&page), resp.Body.Close()); err != nil {
				return nil, err
			}
			var rows []map[string]any
			for _, row := range page["results"].([]any) {
				rows = append(rows, row.(map[string]any))
			}
			page["results"] = change(rows)
			body, err := json.Marshal(page)
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			resp.Header.Del("Content-Length")
			return resp, err
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.flow.NetBox = c
}

// set sets a field of the row with a name.
func setOf(name, field string, value any) func([]map[string]any) []map[string]any {
	return func(rows []map[string]any) []map[string]any {
		for _, row := range rows {
			if row["name"] == name {
				row[field] = value
			}
		}
		return rows
	}
}

// Whatever either side says, it ends as a blocked or skipped entry with words, or as an
// error before anything is written: never as a panic, and never by halves.
func TestBadEstates(t *testing.T) {
	planned := func(t *testing.T, w *world) *reconcile.Plan {
		t.Helper()
		p := w.plan(t)
		if s, err := w.flow.Apply(t.Context(), p); err != nil || s.Total().Failed+s.Total().Stale+s.Total().NotTried > 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		return p
	}
	wantWords := func(t *testing.T, p *reconcile.Plan, id string, kind reconcile.Kind, code, words string) {
		t.Helper()
		op, _ := p.Operation(id)
		if op.Kind != kind || op.Code != code || !strings.Contains(op.Reason, words) {
			t.Errorf("%s: got %s %s (%s), want %s %s (%s)", id, op.Kind, op.Code, op.Reason, kind, code, words)
		}
	}
	t.Run("cycles", func(t *testing.T) {
		w := smallWorld(t)
		w.tampered(t, "dcim/regions", setOf("Europe", "parent", map[string]any{"id": 2, "name": "Switzerland"}))
		p := planned(t, w)
		wantWords(t, p, "region:1", reconcile.Skip, assets.CodeCycle, `region 1 "Europe" is above itself: give it another parent in NetBox`)
		wantWords(t, p, "region:2", reconcile.Skip, assets.CodeCycle, "is above itself")
		if op, _ := p.Operation("site:1"); op.Kind.Writes() {
			t.Errorf("what is below the ring is written: %+v", op)
		}
		if op, _ := p.Operation("site:4"); op.Kind != reconcile.Create {
			t.Errorf("what has nothing to do with it is not: %+v", op)
		}
	})
	t.Run("an object that is its own parent", func(t *testing.T) {
		w := smallWorld(t)
		w.tampered(t, "dcim/locations", setOf("Building 2", "parent", map[string]any{"id": 4, "name": "Building 2"}))
		wantWords(t, planned(t, w), "location:4", reconcile.Skip, assets.CodeCycle, "is above itself")
	})
	t.Run("dangling parents", func(t *testing.T) {
		w := smallWorld(t)
		w.tampered(t, "dcim/sites", setOf("Basel", "region", map[string]any{"id": 4711, "name": "Nowhere"}))
		p := planned(t, w)
		wantWords(t, p, "site:1", reconcile.Skip, string(cmdb.DependencyNotTagged), `site:1 "Basel" needs region:4711 "Nowhere"`)
		wantWords(t, p, "device:1", reconcile.Skip, string(cmdb.DependencyNotTagged), `region:4711 "Nowhere"`)
	})
	t.Run("dangling parents by force", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.ForceDependencies = true
		w.tampered(t, "dcim/sites", setOf("Basel", "region", map[string]any{"id": 4711, "name": "Nowhere"}))
		wantWords(t, planned(t, w), "site:1", reconcile.Skip, string(cmdb.DependencyNotTagged), `region:4711 "Nowhere"`)
	})
	t.Run("one object listed twice", func(t *testing.T) {
		w := smallWorld(t)
		twice := false
		w.tampered(t, "dcim/devices", func(rows []map[string]any) []map[string]any {
			if twice || len(rows) == 0 {
				return rows
			}
			twice = true
			return append(rows[:1:1], rows...)
		})
		if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), "the server sent id 1 after id 1") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("two records with one id: both name one asset tag and serial number", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "x", "serial_number": "S-0001"})
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "y", "serial_number": "S-0001"})
		wantWords(t, planned(t, w), "device:1", reconcile.Blocked, assets.CodeAmbiguous, "finds 2 records")
	})
	t.Run("two records with one id: both are linked to one object", func(t *testing.T) {
		w := smallWorld(t)
		for _, name := range []string{"x", "y"} {
			w.linkTo(t, w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": name}), "cmdb_ci_ip_router", "device", "1")
		}
		wantWords(t, planned(t, w), "device:1", reconcile.Blocked, assets.CodeAmbiguous, "the link finds 2 records")
	})
	t.Run("empty names", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "cmn_location", map[string]string{"name": ""})
		w.tampered(t, "dcim/sites", setOf("Berlin", "name", " "))
		p := planned(t, w)
		wantWords(t, p, "site:3", reconcile.Blocked, assets.CodeNameless, "has no name")
		wantWords(t, p, "device:9", reconcile.Blocked, reconcile.CodeNeeds, "site:3")
	})
	t.Run("empty names never clear the name of a record", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.ClearEmpty = true
		w.run(t)
		before := w.export()
		w.tampered(t, "dcim/devices", func(rows []map[string]any) []map[string]any {
			for _, row := range rows {
				if row["id"] == float64(1) {
					row["name"], row["display"] = nil, ""
				}
			}
			return rows
		})
		wantWords(t, planned(t, w), "device:1", reconcile.Blocked, assets.CodeNameless, "has no name")
		if got := w.export(); got != before {
			t.Error(difference(before, got))
		}
	})
	t.Run("ids of another type", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		w.linkTo(t, record, "core_company", "device", "1") // a company that says to be a device
		p := planned(t, w)
		if op, _ := p.Operation("device:1"); op.Target == record || op.Kind.Writes() && op.Class == "core_company" {
			t.Errorf("the device was written into a company: %+v", op)
		}
		if op, _ := p.Operation("manufacturer:1"); op.Target == record && op.Kind.Writes() {
			t.Errorf("a record that is linked to another id was taken over by its name: %+v", op)
		}
	})
	t.Run("ids that are none, and types that are none", func(t *testing.T) {
		w := smallWorld(t)
		for n, link := range [][2]string{{"device", "abc"}, {"device", "-1"}, {"device", "99999999999999999999"}, {"rack", "1"}, {"", "1"}} {
			record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "odd " + string(rune('a'+n))})
			w.linkTo(t, record, "cmdb_ci_ip_router", link[0], link[1])
		}
		p := planned(t, w)
		if total := p.Total(); total.Create != 40 || total.Blocked > 0 {
			t.Errorf("got %+v", total)
		}
	})
	t.Run("zero rows", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		before := w.export()
		for _, deleted := range []assets.Deleted{assets.DeletedDefault, assets.DeletedRetired, assets.DeletedRemoved} {
			w.flow.Deleted = deleted
			for _, kind := range []string{"dcim/devices", "dcim/sites"} {
				w.tampered(t, kind, func([]map[string]any) []map[string]any { return []map[string]any{} })
				planned(t, w)
				if got := w.export(); got != before {
					t.Fatalf("no rows of %s were taken for deletions: %s", kind, difference(before, got))
				}
			}
		}
	})
	t.Run("early end", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.flow.Deleted = assets.DeletedRemoved
		w.delete(t, "dcim/devices", 1)
		before := w.export()
		w.wire.heal()
		w.plan(t)
		for n := 1; n <= w.wire.sent; n++ {
			requests := w.wire.sent
			w.wire.kill(n, midAnswer)
			p, err := w.flow.Plan(t.Context())
			w.wire.heal()
			w.wire.sent = requests
			if p != nil || err == nil {
				t.Fatalf("a plan was made of a scan that ended at request %d: %v", n, err)
			}
		}
		if got := w.export(); got != before {
			t.Error(difference(before, got))
		}
	})
	t.Run("a plan for another instance", func(t *testing.T) {
		w, other := smallWorld(t), smallWorld(t)
		p := w.plan(t)
		other.flow.Target = "other.example"
		if _, err := other.flow.Apply(t.Context(), p); !errors.Is(err, reconcile.ErrOtherTarget) || !strings.Contains(err.Error(), "other.example") {
			t.Errorf("got %v", err)
		}
		for _, table := range cmdbTables {
			if n := other.cmdb.Count(table); n > 0 {
				t.Errorf("%s has %d records", table, n)
			}
		}
	})
}
