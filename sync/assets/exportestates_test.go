package assets_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// An exportEstate is an estate whose plan goes from the CMDB to NetBox: one folder in
// testdata/exports. Links are link rows without a flag.
type exportEstate struct {
	estateFile
	// Flagged are link rows with the flag: from a record to what it is in NetBox, as
	// "device", "device:42" where it is linked, or "".
	Flagged map[string]string `json:"flagged"`
	Export  exportOptions     `json:"export"`
}

type exportOptions struct {
	Types           []cmdb.ObjectType        `json:"types"`
	Tenants         string                   `json:"tenants"` // a preset, by its name
	CustomerGroup   int64                    `json:"customerGroup"`
	DepartmentGroup int64                    `json:"departmentGroup"`
	Role            int64                    `json:"role"`
	EnforceRole     bool                     `json:"enforceRole"`
	Classes         []string                 `json:"classes"`
	Linked          bool                     `json:"linked"`
	Force           bool                     `json:"force"`
	ClearEmpty      bool                     `json:"clearEmpty"`
	AllowHidden     bool                     `json:"allowHidden"`
	Owners          map[string]mapping.Owner `json:"owners"`
	Missing         string                   `json:"missing"` // "", "relink" or "recreate"
}

// TestExportEstates does for the way from the CMDB to NetBox what TestEstates does for
// the other one.
func TestExportEstates(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*/estate.json")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d estates, %v", len(files), err)
	}
	for _, file := range files {
		e := new(exportEstate)
		decodeEstate(t, file, e)
		e.checkTitle(t, file)
		t.Run(filepath.Base(filepath.Dir(file))+"/"+e.Title, func(t *testing.T) {
			golden := filepath.Join(filepath.Dir(file), "plan.txt")
			w := e.build(t)
			flow := e.flow(t, w)
			w.wire.noWrite = true
			plan, err := flow.Plan(t.Context())
			w.wire.noWrite = false
			if e.Refused {
				if err == nil {
					t.Fatal("it was not refused")
				}
				e.golden(t, golden, requestID.ReplaceAllString(err.Error(), "")+"\n")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e.golden(t, golden, e.show(t, plan))
			e.apply(t, plan, flow.Apply)
			again, err := flow.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !again.Empty() {
				t.Errorf("a second pass would write:\n%s", e.show(t, again))
			}
		})
	}
}

// build makes the world of the estate, with the flags and the tag of an export.
func (e *exportEstate) build(t *testing.T) *world {
	t.Helper()
	w := e.estateFile.build(t)
	for _, from := range slices.Sorted(maps.Keys(e.Flagged)) {
		table, record, _ := strings.Cut(from, " ")
		class, id, _ := strings.Cut(e.Flagged[from], ":")
		w.insert(t, cmdb.AttributesTable, map[string]string{
			cmdb.ColumnRecordTable: table, cmdb.ColumnRecordID: record, cmdb.ColumnClass: class, cmdb.ColumnID: id, cmdb.ColumnSync: "true",
		})
	}
	if len(w.netbox.Find("extras/tags", "slug", assets.SyncFromTagSlug)) == 0 {
		if _, err := w.netbox.Create("extras/tags", map[string]any{"name": "ServiceNowSyncFrom", "slug": assets.SyncFromTagSlug}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// flow is the export with the options of the estate.
func (e *exportEstate) flow(t *testing.T, w *world) assets.Export {
	t.Helper()
	o := e.Export
	flow := assets.Export{
		NetBox: w.flow.NetBox, CMDB: w.flow.CMDB,
		Types: o.Types, Role: o.Role, EnforceRole: o.EnforceRole, Linked: o.Linked, Force: o.Force,
		ClearEmpty: o.ClearEmpty, AllowHidden: o.AllowHidden, Owners: assets.Owners(o.Owners),
	}
	policies := map[string]assets.MissingPolicy{"": assets.ReportMissing, "relink": assets.RelinkMissing, "recreate": assets.RecreateMissing}
	policy, known := policies[o.Missing]
	if !known {
		t.Fatalf("missing is %q", o.Missing)
	}
	flow.Missing = policy
	if len(o.Classes) > 0 {
		flow.Classes = new(cmdb.Classes)
		for _, table := range o.Classes {
			if err := flow.Classes.Register(cmdb.Class{Table: table}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if o.Tenants != "" {
		flags, known := cmdb.TenantPreset(o.Tenants).Flags()
		if !known {
			t.Fatalf("tenants are %q", o.Tenants)
		}
		flow.Tenants = cmdb.Tenants{TenantFlags: flags, CustomerGroup: o.CustomerGroup, DepartmentGroup: o.DepartmentGroup}
	}
	return flow
}
