package assets_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

func hook() netbox.WebhookWrite {
	return netbox.WebhookWrite{Name: netbox.Set("ServiceNow"), PayloadURL: netbox.Set("http://flows.example/netbox"), Secret: netbox.Set(hookSecret)}
}

func TestSetup(t *testing.T) {
	w := newWorld(t)
	w.appRule(t)
	s := assets.Setup{Import: w.flow, Webhook: hook()}
	report, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !report.Ready() || len(report.Findings) > 0 {
		t.Errorf("got %v", report.Findings)
	}
	t.Run("001-05 the custom field offers the registered classes", func(t *testing.T) {
		if got := report.NetBox.CustomField; got.Name != cmdb.ClassField || !slices.Contains(got.ObjectTypes, "dcim.device") {
			t.Errorf("got %+v", got)
		}
		var values []string
		for _, c := range report.NetBox.ChoiceSet.ExtraChoices {
			values = append(values, c.Value)
		}
		for _, c := range cmdb.DefaultClasses() {
			if !slices.Contains(values, c.Table) {
				t.Errorf("%s is no choice", c.Table)
			}
		}
	})
	t.Run("001-20 the tags are there, and a rule for what is imported", func(t *testing.T) {
		if len(report.NetBox.Tags) != 2 || report.NetBox.Tags[0].Slug != cmdb.SyncTagSlug {
			t.Errorf("got %+v", report.NetBox.Tags)
		}
		want := []string{"dcim.region", "dcim.site", "dcim.location", "dcim.manufacturer", "dcim.devicetype", "dcim.device"}
		got := slices.Clone(report.NetBox.EventRule.ObjectTypes)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a second run writes nothing, anywhere", func(t *testing.T) {
		w.wire.noWrite = true
		defer func() { w.wire.noWrite = false }()
		again, err := s.Run(t.Context())
		if err != nil || len(again.NetBox.Written) > 0 {
			t.Errorf("got %v, %v", again.NetBox.Written, err)
		}
	})
	t.Run("ServiceNow is never written", func(t *testing.T) {
		for _, call := range w.cmdb.Journal() {
			if call.Method != http.MethodGet && !strings.HasSuffix(call.Path, "/identifyreconcile/query") {
				t.Errorf("%s %s", call.Method, call.Path)
			}
		}
	})
}

// What an instance lacks is told in words, with what to do.
func TestSetupFindings(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  func(t *testing.T, w *world)
		needed bool
		want   string
	}{
		{"no app", func(_ *testing.T, w *world) { w.flow.Link = assets.Link{Table: "u_links"} }, true,
			"needed: table u_links: there is no such table"},
		{"001-34 no entry at 250", func(*testing.T, *world) {}, false,
			`note: identification rule "Hardware Rule": it does not look CIs up by their NetBox id: add a lookup by nb_id and nb_class of x_nbl_cmdb_netbox_attributes, with record_sys_id for the CI, at 250`},
		{"001-34 an entry elsewhere", func(t *testing.T, w *world) {
			entry := servicenowtest.IdentifierEntry{Order: 350, Table: cmdb.AttributesTable, Reference: cmdb.ColumnRecordID, Attributes: []string{cmdb.ColumnID}}
			if err := w.cmdb.AddIdentifierEntry("cmdb_ci_hardware", entry); err != nil {
				t.Fatal(err)
			}
		}, false, "its entry for the NetBox id stands at 350: give it the order 250"},
		{"000-10 an unknown source", func(_ *testing.T, w *world) { w.flow.DataSource = "Nobody" }, true,
			`the instance does not know the data source "Nobody"`},
		{"a column that is missing", func(t *testing.T, w *world) {
			if _, err := w.cmdb.Insert(cmdb.AttributesTable, servicenowtest.Row{cmdb.ColumnID: "1"}); err != nil {
				t.Fatal(err)
			}
			w.flow.Link = assets.Link{Table: cmdb.AttributesTable, Columns: assets.DefaultLinkColumns()}
			w.flow.Link.Columns.Level = "u_level"
		}, true, "table x_nbl_cmdb_netbox_attributes: it has no column u_level"},
		{"a closed table", func(t *testing.T, w *world) {
			if err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "cmn_location", Closed: true}); err != nil {
				t.Fatal(err)
			}
		}, true, "table cmn_location: table forbidden"},
		{"wrong credentials", func(t *testing.T, w *world) { w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, "wrong") }, true,
			"needed: the connection: not authenticated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.spoil(t, w)
			found, err := assets.Setup{Import: w.flow}.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(found, func(f assets.SetupFinding) bool { return strings.Contains(f.String(), c.want) })
			if at < 0 || found[at].Needed != c.needed {
				t.Errorf("want %q, got %v", c.want, found)
			}
			if got := (assets.SetupReport{Findings: found}).Ready(); got == c.needed {
				t.Errorf("ready is %v", got)
			}
		})
	}
}

func TestSetupOldReleases(t *testing.T) {
	for _, version := range []string{"3.7", "4.7"} {
		t.Run(version, func(t *testing.T) {
			server, err := netboxtest.New(netboxtest.Options{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			w.flow.NetBox, err = netbox.New(netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: server.Client()})
			if err != nil {
				t.Fatal(err)
			}
			report, err := assets.Setup{Import: w.flow, Webhook: hook()}.Run(t.Context())
			if err != nil || report.NetBox.EventRule.ID == 0 {
				t.Errorf("got %+v, %v", report.NetBox, err)
			}
		})
	}
}
