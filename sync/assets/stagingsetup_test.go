package assets_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// An instance that would drop the keys of rows is found out before it makes records of
// empty ones.
func TestImportSetKeys(t *testing.T) {
	labels := func(t *testing.T) *world {
		w := stagingWorld(t, new(app))
		for _, row := range w.cmdb.Rows("sys_rest_insert_multiple") {
			if err := w.cmdb.Delete("sys_rest_insert_multiple", row["sys_id"]); err != nil {
				t.Fatal(err)
			}
		}
		return w
	}
	t.Run("labels where names are sent", func(t *testing.T) {
		w := labels(t)
		_, err := w.flow.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "rows are taken by the labels of columns") {
			t.Errorf("got %v", err)
		}
		if tables, _ := w.insertedRows(); len(tables) > 0 {
			t.Errorf("%v were staged", tables)
		}
	})
	t.Run("nobody may see which", func(t *testing.T) {
		w := labels(t)
		if err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "sys_rest_insert_multiple", Closed: true}); err != nil {
			t.Fatal(err)
		}
		_, err := w.flow.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), `has dropped "id" without a word`) {
			t.Errorf("got %v", err)
		}
		if tables, _ := w.insertedRows(); len(tables) != 1 {
			t.Errorf("%v were staged", tables)
		}
	})
	t.Run("labels where labels are sent", func(t *testing.T) {
		w := labels(t)
		sets := assets.DefaultImportSets()
		sets.Labels, sets.Columns = true, map[string]map[string]string{}
		for _, name := range stagingNames {
			name = strings.TrimPrefix(name, assets.StagingPrefix)
			sets.Columns[name] = map[string]string{}
			for _, column := range assets.StagingColumns(name) {
				sets.Columns[name][column] = "Label of " + column
			}
		}
		w.flow.ImportSets = sets
		w.run(t)
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
	})
	t.Run("names where labels are sent", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Labels = true
		_, err := w.flow.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "ImportSets.Labels says by their labels") {
			t.Errorf("got %v", err)
		}
	})
}

func TestImportSetsRefused(t *testing.T) {
	change := func(do func(*assets.ImportSets)) func(*assets.Import) {
		return func(i *assets.Import) {
			i.ImportSets = assets.DefaultImportSets()
			do(&i.ImportSets)
		}
	}
	rename := func(table, column, name string) func(*assets.Import) {
		return change(func(s *assets.ImportSets) { s.Columns = map[string]map[string]string{table: {column: name}} })
	}
	for name, c := range map[string]struct {
		spoil func(*assets.Import)
		want  string
	}{
		"an empty prefix":        {func(i *assets.Import) { i.ImportSets.ChunkSize = 5 }, "assets: ImportSets.Prefix is empty: start from DefaultImportSets"},
		"a prefix of no table":   {change(func(s *assets.ImportSets) { s.Prefix = "X Y" }), `assets: ImportSets.Prefix "X Y" begins no table's name`},
		"an unknown table":       {rename("x_nbl_cmdb_devices_import_set", "id", "u_id"), "is no staging table: name it without the prefix"},
		"an unknown column":      {rename(assets.StagingDevices, "serial_number", "u_serial"), `devices_import_set has no column "serial_number": rename one of id, name, serial,`},
		"a row about nothing":    {rename(assets.StagingDevices, "id", ""), "devices_import_set.id cannot be left out"},
		"no name":                {rename(assets.StagingDeviceTypes, "model", ""), "device_types_import_set.model cannot be left out: records are found by it"},
		"a label for a name":     {rename(assets.StagingDevices, "serial", "Serial number"), "if it is a label, set Labels"},
		"one name twice":         {rename(assets.StagingDevices, "serial", "asset_tag"), `serial and asset_tag of devices_import_set are both called "asset_tag"`},
		"a negative chunk":       {change(func(s *assets.ImportSets) { s.ChunkSize = -1 }), "assets: ImportSets.ChunkSize is -1"},
		"an attribute sans name": {change(func(s *assets.ImportSets) { s.Attributes = []string{""} }), "assets: ImportSets.Attributes holds an empty name"},
		"links on records":       {func(i *assets.Import) { i.Link.Field = "correlation_id" }, "assets: Link.Field does not go with ThroughImportSets"},
	} {
		t.Run(name, func(t *testing.T) {
			w := stagingWorld(t, new(app))
			p := w.plan(t)
			w.wire.heal()
			c.spoil(&w.flow)
			if _, err := w.flow.Plan(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("planning: got %v", err)
			}
			if _, err := w.flow.Apply(t.Context(), p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("applying: got %v", err)
			}
			if w.wire.sent > 0 {
				t.Errorf("%d requests", w.wire.sent)
			}
		})
	}
}

func TestImportSetsSetup(t *testing.T) {
	check := func(t *testing.T, w *world) []string {
		t.Helper()
		found, err := assets.Setup{Import: w.flow}.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lines := make([]string, len(found))
		for n, f := range found {
			lines[n] = f.String()
		}
		return lines
	}
	t.Run("nothing is missing", func(t *testing.T) {
		if found := check(t, stagingWorld(t, new(app))); len(found) > 0 {
			t.Errorf("got %q", found)
		}
	})
	t.Run("nothing of it is looked at for another path", func(t *testing.T) {
		w := smallWorld(t)
		for _, line := range check(t, w) {
			if strings.Contains(line, "import") {
				t.Errorf("got %q", line)
			}
		}
	})
	t.Run("001-01 each table that is missing, or that nothing transforms", func(t *testing.T) {
		for typ, table := range stagingNames {
			needed := "needed: table "
			if typ == "" {
				needed = "note: table "
			} else {
				w := stagingWorld(t, &app{skip: table})
				if found := check(t, w); len(found) != 1 || !strings.HasPrefix(found[0], needed+table+": there is no such staging table: install the NetBox Labs app") {
					t.Errorf("got %q", found)
				}
			}
			a := new(app)
			w := stagingWorld(t, a)
			maps := a.maps()
			for n := range maps {
				maps[n].Inactive = maps[n].Source == table
			}
			if err := w.cmdb.SetTransformMaps(maps...); err != nil {
				t.Fatal(err)
			}
			if found := check(t, w); len(found) != 1 || !strings.HasPrefix(found[0], needed+table+": it has no active transform map") {
				t.Errorf("got %q", found)
			}
		}
	})
	t.Run("keys of the other kind", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Labels = true
		if found := check(t, w); len(found) != 9 || !strings.Contains(found[0], "needed: table x_nbl_cmdb_") || !strings.Contains(found[0], "it takes keys of the other kind: rows are taken by the names of columns") {
			t.Errorf("got %q", found)
		}
	})
	t.Run("a column that the table calls otherwise", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		w.run(t) // an empty table tells nothing of its columns
		w.flow.ImportSets = assets.DefaultImportSets()
		w.flow.ImportSets.Columns = map[string]map[string]string{assets.StagingDevices: {"serial": "u_serial"}}
		if found := check(t, w); len(found) != 1 || !strings.Contains(found[0], "it lacks columns, or hides them: u_serial: see what its columns are called") {
			t.Errorf("got %q", found)
		}
	})
	t.Run("what may not be read is said", func(t *testing.T) {
		w := stagingWorld(t, new(app))
		if err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "sys_transform_map", Closed: true}); err != nil {
			t.Fatal(err)
		}
		if found := check(t, w); len(found) != 1 || !strings.HasPrefix(found[0], "note: staging tables: it cannot be seen whether they are transformed") {
			t.Errorf("got %q", found)
		}
	})
}
