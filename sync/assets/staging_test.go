package assets_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestImportSets(t *testing.T) {
	t.Run("001-01 the nine names", func(t *testing.T) {
		ours := []string{
			assets.StagingRegions, assets.StagingSites, assets.StagingLocations, assets.StagingManufacturers, assets.StagingDeviceTypes,
			assets.StagingCustomers, assets.StagingDepartments, assets.StagingDevices, assets.StagingDeviceAttributes,
		}
		for n := range ours {
			ours[n] = assets.StagingPrefix + ours[n]
			if len(assets.StagingColumns(strings.TrimPrefix(ours[n], assets.StagingPrefix))) == 0 {
				t.Errorf("%s has no columns", ours[n])
			}
		}
		if want, got := slices.Sorted(maps.Values(stagingNames)), slices.Sorted(slices.Values(ours)); !slices.Equal(want, got) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	tables := smallWorld(t)
	tables.flow.Through = assets.ThroughTables
	tables.run(t)
	for name, a := range map[string]*app{
		"maps that write link rows after their records": {},
		"maps that write link rows first":               {linkFirst: true},
		"maps that know nothing of links":               {linkless: true},
		"a prefix of one's own":                         {prefix: "x_acme_nb_"},
	} {
		t.Run(name, func(t *testing.T) {
			w := stagingWorld(t, a)
			if a.prefix != assets.StagingPrefix {
				w.flow.ImportSets = assets.ImportSets{Prefix: a.prefix}
			}
			s := w.run(t)
			if want, got := tables.export(), w.export(); got != want {
				t.Error(difference(want, got))
			}
			if made := s.Total().Created; made != 40 {
				t.Errorf("%d records were created", made)
			}
			w.wire.noWrite = true
			defer func() { w.wire.noWrite = false }()
			if p := w.plan(t); !p.Empty() {
				t.Errorf("a second pass would write %+v", p.Total())
			}
		})
	}
	t.Run("001-01 what is sent, byte by byte, every table after those that it refers to", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Attributes = []string{cmdb.ClassField}
		w.cmdb.LimitBodies(-1)
		w.run(t)
		var b strings.Builder
		for _, call := range w.cmdb.Journal() {
			if strings.Contains(call.Path, "/import/") {
				b.WriteString(call.Method + " " + call.Path + "\n" + strings.ReplaceAll(string(call.Body), "},{", "},\n{") + "\n")
			}
		}
		golden(t, "staging.txt", b.String())
	})
}

func TestImportSetOutcomes(t *testing.T) {
	refuse := func(which string, v servicenowtest.TransformVerdict) *app {
		return &app{verdict: func(object string, _ servicenowtest.Row) servicenowtest.TransformVerdict {
			if object == which {
				return v
			}
			return servicenowtest.TransformVerdict{}
		}}
	}
	for _, c := range []struct {
		name    string
		verdict servicenowtest.TransformVerdict
		want    string
	}{
		{"an error", servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "the serial number is taken"}, "the serial number is taken"},
		{"skipped", servicenowtest.TransformVerdict{Status: servicenowtest.ImportSkipped, StatusMessage: "not on a Sunday"}, "skipped its row: not on a Sunday"},
		{"ignored", servicenowtest.TransformVerdict{Status: servicenowtest.ImportIgnored}, "no row of x_nbl_cmdb_netbox_attributes leads to the record"},
	} {
		t.Run("one row: "+c.name+", and the others land", func(t *testing.T) {
			a := refuse("device:1", c.verdict)
			w := stagingWorld(t, a)
			s, err := w.flow.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if l := s.Total(); l.Failed != 1 || l.Created != 39 || s.Problems[0].Operation.ID != "device:1" || !strings.Contains(s.Problems[0].Reason, c.want) {
				t.Errorf("got %+v: %+v", l, s.Problems)
			}
			a.verdict = nil
			if s := w.run(t); s.Total().Created != 1 {
				t.Errorf("then %+v", s.Total())
			}
		})
	}
	t.Run("what needs a refused record waits for it", func(t *testing.T) {
		a := refuse("region:1", servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "no"})
		w := stagingWorld(t, a)
		s, err := w.flow.Run(t.Context())
		if l := s.Total(); err != nil || l.Failed != 1 || l.Blocked == 0 || l.Created == 0 {
			t.Errorf("got %+v, %v", l, err)
		}
		a.verdict = nil
		w.run(t)
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
	})
	t.Run("a table without a transform map", func(t *testing.T) {
		a := new(app)
		w := stagingWorld(t, a)
		err := w.cmdb.SetTransformMaps(slices.DeleteFunc(a.maps(), func(m servicenowtest.TransformMap) bool { return m.Source == stagingNames["device"] })...)
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.flow.Run(t.Context())
		if l := s.Total(); err != nil || l.Failed != 11 || !strings.Contains(s.Problems[0].Reason, "no transform map ran for the row") {
			t.Errorf("got %+v, %v: %+v", l, err, s.Problems)
		}
	})
	t.Run("a record that the maps find is told, and linked", func(t *testing.T) {
		a := &app{linkless: true}
		w := stagingWorld(t, a)
		record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "found by a rule of the instance"})
		a.known["device:1"] = record
		var found []string
		sink := &assets.CMDBSink{Client: w.flow.CMDB, Through: assets.ThroughImportSets, Found: func(op reconcile.Operation, sysID string) { found = append(found, op.ID+" "+sysID) }}
		p := w.plan(t)
		if _, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: p.Target}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(found, []string{"device:1 " + record}) {
			t.Errorf("got %v", found)
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
	})
	t.Run("a record of another object that the maps write is not taken from it", func(t *testing.T) {
		a := &app{linkless: true}
		w := stagingWorld(t, a)
		w.run(t)
		theirs := w.subject(t, "device")
		id, err := w.netbox.Create("dcim/devices", map[string]any{
			"name": "newcomer", "site": w.one(t, "dcim/sites", "name", "Basel"), "status": "active", "tags": []map[string]any{{"slug": cmdb.SyncTagSlug}},
			"device_type": w.netbox.Find("dcim/device-types", "u_height", 1)[0], "role": w.netbox.Find("dcim/device-roles", "slug", "server")[0],
		})
		if err != nil {
			t.Fatal(err)
		}
		a.known["device:"+itoa(id)] = theirs.record
		s, err := w.flow.Run(t.Context())
		if l := s.Total(); err != nil || l.Failed != 1 || !strings.Contains(s.Problems[0].Reason, "which is linked to device:") {
			t.Errorf("got %+v, %v: %+v", l, err, s.Problems)
		}
		for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
			if row[cmdb.ColumnRecordID] == theirs.record && row[cmdb.ColumnID] != itoa(theirs.id) {
				t.Errorf("the link row became %v", row)
			}
		}
	})
	t.Run("an update that the maps leave undone is told", func(t *testing.T) {
		a := &app{}
		w := stagingWorld(t, a)
		w.run(t)
		w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "edited", "asset_tag": "A-9"})
		var kept []string
		p := w.plan(t)
		a.verdict = func(_ string, source servicenowtest.Row) servicenowtest.TransformVerdict {
			source["description"] = ""
			return servicenowtest.TransformVerdict{Status: servicenowtest.ImportIgnored}
		}
		sink := &assets.CMDBSink{Client: w.flow.CMDB, Through: assets.ThroughImportSets, NotKept: func(_ reconcile.Operation, column, wrote, _ string) { kept = append(kept, column+" "+wrote) }}
		s, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: p.Target})
		if err != nil || s.Total().Failed != 1 || !strings.Contains(s.Problems[0].Reason, "left the record as it is") {
			t.Errorf("got %+v, %v", s.Problems, err)
		}
		if slices.Sort(kept); !slices.Equal(kept, []string{"asset_tag A-9", "short_description edited"}) {
			t.Errorf("got %v", kept)
		}
		a.verdict = nil
		if s := w.run(t); s.Total().Updated != 1 {
			t.Errorf("then %+v", s.Total())
		}
	})
}

func TestImportSetUpdates(t *testing.T) {
	w := stagingWorld(t, new(app))
	w.run(t)
	t.Run("a whole row is staged for what has changed, and nothing else", func(t *testing.T) {
		w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "edited"})
		w.cmdb.ResetJournal()
		if s := w.run(t); s.Total().Updated != 1 {
			t.Errorf("got %+v", s.Total())
		}
		if tables, _ := w.insertedRows(); !slices.Equal(tables, []string{stagingNames["device"]}) {
			t.Errorf("got %v", tables)
		}
		rows := w.cmdb.Rows(stagingNames["device"])
		last := rows[slices.IndexFunc(rows, func(r servicenowtest.Row) bool { return r["description"] == "edited" })]
		if last["serial"] != "S-0001" || last["site_id"] == "" || last["id"] != "1" {
			t.Errorf("got %v", last)
		}
	})
	t.Run("a column that is the CMDB's is in no row", func(t *testing.T) {
		owned := *w
		owned.flow.Owners = assets.Owners{"device.serial_number": mapping.External}
		w.change(t, "dcim/devices", "basel-router", map[string]any{"serial": "S-other", "description": "edited again"})
		owned.run(t)
		for _, row := range w.cmdb.Rows(stagingNames["device"]) {
			if row["serial"] == "S-other" {
				t.Errorf("got %v", row)
			}
		}
	})
	t.Run("what is left out is not planned either", func(t *testing.T) {
		a := &app{linkFirst: true}
		w := stagingWorld(t, a)
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Columns = map[string]map[string]string{
			assets.StagingDevices: {"description": "", "location_id": "", "location_name": "", "site_id": "", "site_name": ""},
		}
		w.run(t)
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
		for _, row := range w.cmdb.Rows("cmdb_ci_hardware") {
			if row["location"]+row["short_description"] != "" || row["serial_number"]+row["name"] == "" {
				t.Errorf("got %v", row)
			}
		}
	})
	t.Run("a link row alone is no row's business", func(t *testing.T) {
		w := stagingWorld(t, &app{linkless: true})
		w.run(t)
		row := w.cmdb.Rows(cmdb.AttributesTable)[0]
		if err := w.cmdb.Delete(cmdb.AttributesTable, row["sys_id"]); err != nil {
			t.Fatal(err)
		}
		w.cmdb.ResetJournal()
		if s := w.run(t); s.Total().Updated != 1 {
			t.Errorf("got %+v", s.Total())
		}
		if tables, _ := w.insertedRows(); len(tables) > 0 {
			t.Errorf("got %v", tables)
		}
	})
	t.Run("a plan of another path is refused, row by row", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.flow.Through = assets.ThroughTables
		w.flow.BesideApp = true
		p := w.plan(t)
		w.flow.Through = assets.ThroughImportSets
		s, err := w.flow.Apply(t.Context(), p)
		if err != nil || s.Total().Created > 0 || !strings.Contains(s.Problems[0].Reason, "it was made for another path, so plan again") {
			t.Errorf("got %+v, %v", s.Total(), err)
		}
	})
}

func TestImportSetDeletes(t *testing.T) {
	gone := func(t *testing.T) *world {
		w := stagingWorld(t, new(app))
		w.run(t)
		if err := w.netbox.Delete("dcim/devices", w.one(t, "dcim/devices", "name", "basel-server")); err != nil {
			t.Fatal(err)
		}
		return w
	}
	t.Run("a CI is retired by its status", func(t *testing.T) {
		w := gone(t)
		w.flow.Deleted = assets.DeletedRetired
		if s := w.run(t); s.Total().Retired != 1 {
			t.Errorf("got %+v", s.Total())
		}
		retired := 0
		for _, row := range w.cmdb.Rows("cmdb_ci_hardware") {
			if row["name"] == "basel-server" {
				retired++
				if row["install_status"] != "7" || row["operational_status"] != "6" || row["serial_number"] == "" {
					t.Errorf("got %v", row)
				}
			}
		}
		if retired != 1 {
			t.Errorf("%d CIs of the name", retired)
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("then %+v", p.Total())
		}
	})
	t.Run("or not, where no device status means so", func(t *testing.T) {
		w := gone(t)
		w.flow.Deleted, w.flow.Retired.Install, w.flow.Retired.Operational = assets.DeletedRetired, "8", "2"
		op, _ := w.plan(t).Operation("device:4")
		wantOp(t, op, reconcile.Blocked, assets.CodeNotStaged)
		if op.Wanted != reconcile.Retire || !strings.Contains(op.Reason, "add one to Import.Status") {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("deleting is beyond a staging table", func(t *testing.T) {
		w := gone(t)
		w.flow.Deleted = assets.DeletedRemoved
		op, _ := w.plan(t).Operation("device:4")
		wantOp(t, op, reconcile.Blocked, assets.CodeNotStaged)
		if op.Wanted != reconcile.Delete {
			t.Errorf("got %+v", op)
		}
	})
}

func TestImportSetAttributes(t *testing.T) {
	a := new(app)
	w := stagingWorld(t, a)
	w.flow.ImportSets = assets.DefaultImportSets()
	w.flow.ImportSets.Attributes = []string{cmdb.ClassField, "no_such_field"}
	a.verdict = func(object string, source servicenowtest.Row) servicenowtest.TransformVerdict {
		if object == "attribute:"+cmdb.ClassField && source["device_name"] == "basel-router" {
			return servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "no such attribute"}
		}
		return servicenowtest.TransformVerdict{}
	}
	w.change(t, "dcim/devices", "basel-router", map[string]any{"custom_fields": map[string]any{cmdb.ClassField: "cmdb_ci_ip_router"}})
	s, err := w.flow.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Total(); l.Failed != 1 || !strings.Contains(s.Problems[0].Reason, `the CI was written, its attribute "servicenow_ci_class" was not`) || !strings.Contains(s.Problems[0].Reason, "no such attribute") {
		t.Errorf("got %+v: %+v", l, s.Problems)
	}
	rows := w.cmdb.Rows("u_device_attribute")
	if len(rows) == 0 {
		t.Fatal("there are none")
	}
	for _, row := range rows {
		if row["u_value"] == "" || row["u_type"] != "select" || row["u_device"] == "" {
			t.Errorf("got %v", row)
		}
	}
}

func TestImportSetsKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		how  cut
		app  *app
	}{
		{"before the server acts", before, &app{}},
		{"after it acted", after, &app{}},
		{"in mid-answer", midAnswer, &app{}},
		{"after it acted, and the maps write no links", after, &app{linkless: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			oneUnderRace(t, c.how)
			synctest.Test(t, func(t *testing.T) {
				w := stagingWorld(t, c.app)
				w.flow.Types = []cmdb.ObjectType{cmdb.TypeRegion, cmdb.TypeSite, cmdb.TypeManufacturer, cmdb.TypeDeviceType, cmdb.TypeDevice}
				killEverywhere(t, w, c.how)
			})
		})
	}
}

func TestImportSetsWaitObeysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.cmdb.DelayImports(time.Hour) // by a clock that stands still
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		s, err := w.flow.Run(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 2*time.Minute {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		if l := s.Total(); l.Created > 0 || l.Failed == 0 || l.NotTried == 0 {
			t.Errorf("got %+v", l)
		}
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Poll.Timeout = 30 * time.Second
		if _, err := w.flow.Run(t.Context()); !errors.Is(err, servicenow.ErrStillWaiting) || !strings.Contains(err.Error(), "staging table x_nbl_cmdb_") {
			t.Errorf("its own limit: got %v", err)
		}
	})
}
