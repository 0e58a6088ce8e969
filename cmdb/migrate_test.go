package cmdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestV1Columns(t *testing.T) {
	t.Run("001-04 the prefixes, documented and real", func(t *testing.T) {
		if got := cmdb.V1Prefixes(); !slices.Equal(got, []string{"x_nbl_cmdb_", "x_990381_netbox_cl_"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-04 the columns", func(t *testing.T) {
		want := []string{"p_netbox_correlation_id", "p_netbox_synchronize", "p_netbox_level", "p_level", "p_netbox_class", "p_class"}
		if got := cmdb.V1Columns("p_"); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

func TestMigrate(t *testing.T) {
	const documented, actual = "x_nbl_cmdb_", "x_990381_netbox_cl_"
	type columns map[string]string
	row := func(change func(*cmdb.Attributes)) *cmdb.Attributes {
		a := cmdb.Attributes{RecordTable: "cmn_location", RecordID: "r1", ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1)}
		change(&a)
		return &a
	}
	site := columns{actual + "netbox_correlation_id": "5", actual + "netbox_synchronize": "true", actual + "level": "1", actual + "netbox_class": "Site"}
	for _, c := range []struct {
		name    string
		table   string
		columns columns
		row     *cmdb.Attributes
		action  cmdb.MigrationAction
		want    cmdb.Attributes // id, class, level and sync
		detail  string
	}{
		{"001-04 every column", "cmn_location", site, nil, "create", cmdb.Attributes{ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1), Sync: true}, "a row is made"},
		{"001-04 the documented prefix", "cmn_location", columns{documented + "netbox_correlation_id": " 5 ", documented + "netbox_level": "2"}, nil, "create", cmdb.Attributes{ID: "5", Level: cmdb.Known(2)}, ""},
		{"001-04 both prefixes that agree", "cmdb_ci_server", columns{documented + "netbox_correlation_id": "5", actual + "netbox_correlation_id": "5"}, nil, "create", cmdb.Attributes{ID: "5", Class: cmdb.TypeDevice}, ""},
		{"001-04 both prefixes that disagree", "cmdb_ci_server", columns{documented + "netbox_correlation_id": "5", actual + "netbox_correlation_id": "6"}, nil, "conflict", cmdb.Attributes{},
			"x_nbl_cmdb_netbox_correlation_id says 5, x_990381_netbox_cl_netbox_correlation_id says 6: make them agree"},
		{"001-04 true and 1 agree", "cmdb_ci", columns{documented + "netbox_synchronize": "1", actual + "netbox_synchronize": "True"}, nil, "create", cmdb.Attributes{Class: cmdb.TypeDevice, Sync: true}, ""},
		{"001-04 true and false do not", "cmdb_ci", columns{documented + "netbox_synchronize": "1", actual + "netbox_synchronize": "0"}, nil, "conflict", cmdb.Attributes{}, "says true"},
		{"001-04 nothing set", "cmdb_ci", columns{}, nil, "nothing", cmdb.Attributes{}, "no column"},
		{"001-04 not to be synchronized says nothing", "cmdb_ci", columns{actual + "netbox_synchronize": "false"}, nil, "nothing", cmdb.Attributes{}, "no column"},
		{"001-04 an id that is no number", "cmdb_ci", columns{actual + "netbox_correlation_id": "dev-5"}, nil, "conflict", cmdb.Attributes{}, `the NetBox id "dev-5" is no positive number`},
		{"001-04 a class that is no type", "cmn_location", columns{actual + "class": "rack"}, nil, "conflict", cmdb.Attributes{}, `the class "rack" is none of the object types`},
		{"001-04 a department by its table", "cmn_department", columns{actual + "netbox_correlation_id": "7"}, nil, "create", cmdb.Attributes{ID: "7", Class: cmdb.TypeDepartment}, ""},
		{"001-04 a model by its table", "cmdb_hardware_product_model", columns{actual + "netbox_correlation_id": "7"}, nil, "create", cmdb.Attributes{ID: "7", Class: cmdb.TypeDeviceType}, ""},
		{"001-04 manufacturer or customer: not guessed", "core_company", columns{actual + "netbox_correlation_id": "7"}, nil, "create", cmdb.Attributes{ID: "7"}, ""},
		{"001-04 the row says it already", "cmn_location", site, row(func(*cmdb.Attributes) {}), "done", cmdb.Attributes{ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1)}, "already"},
		{"001-04 the row is the source of truth about nb_sync", "cmn_location", site, row(func(a *cmdb.Attributes) { a.Sync = false }), "done", cmdb.Attributes{ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1)}, ""},
		{"001-04 the row lacks the link", "cmn_location", site, row(func(a *cmdb.Attributes) { a.ID, a.Level = "", cmdb.Number{} }), "update", cmdb.Attributes{ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1)}, "takes over"},
		{"001-04 the row has another id", "cmn_location", site, row(func(a *cmdb.Attributes) { a.ID = "12" }), "conflict", cmdb.Attributes{ID: "12", Class: cmdb.TypeSite, Level: cmdb.Known(1)}, "the row has the NetBox id 12, the record 5: the row stays"},
		{"001-04 the row has another class", "cmn_location", site, row(func(a *cmdb.Attributes) { a.Class = cmdb.TypeRegion }), "conflict", cmdb.Attributes{ID: "5", Class: cmdb.TypeRegion, Level: cmdb.Known(1)}, "the row says region, the record site"},
		{"001-04 a level of 0 is known", "cmn_location", columns{actual + "level": "0"}, nil, "create", cmdb.Attributes{Level: cmdb.Known(0)}, ""},
		{"001-04 a level that is no number says nothing", "cmn_location", columns{actual + "level": "top"}, nil, "nothing", cmdb.Attributes{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			read := func(name string) string { return c.columns[name] }
			m := cmdb.Migrator{}.Migrate(cmdb.V1Record{Table: c.table, ID: "r1", Column: read, Row: c.row})
			c.want.RecordTable, c.want.RecordID = c.table, "r1"
			if m.Action != c.action || m.Row != c.want || m.Detail == "" || !strings.Contains(m.Detail, c.detail) {
				t.Errorf("got %+v, want %s %+v", m, c.action, c.want)
			}
			if m.Action != cmdb.MigrateCreate && m.Action != cmdb.MigrateUpdate {
				return
			}
			if again := (cmdb.Migrator{}).Migrate(cmdb.V1Record{Table: c.table, ID: "r1", Column: read, Row: &m.Row}); again.Action != cmdb.MigrateDone || again.Row != m.Row {
				t.Errorf("the second time: %+v", again)
			}
		})
	}
	t.Run("001-04 a prefix of one's own", func(t *testing.T) {
		m := cmdb.Migrator{Prefixes: []string{"u_"}}.Migrate(cmdb.V1Record{Table: "cmdb_ci", ID: "r1", Column: func(name string) string {
			return columns{"u_netbox_correlation_id": "5", actual + "netbox_correlation_id": "6"}[name]
		}})
		if m.Action != cmdb.MigrateCreate || m.Row.ID != "5" {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("001-04 a record without columns", func(t *testing.T) {
		if m := (cmdb.Migrator{}).Migrate(cmdb.V1Record{Table: "cmdb_ci"}); m.Action != cmdb.MigrateNothing {
			t.Errorf("got %+v", m)
		}
	})
}

// Whatever the columns and the row hold: a row that is there never loses a value, and
// migrating twice is migrating once.
func FuzzMigrate(f *testing.F) {
	f.Add("5", "", "true", "1", "site", "", uint8(0))
	f.Add("5", "6", "1", "x", "rack", "12", uint8(3))
	f.Fuzz(func(t *testing.T, id, other, sync, level, class, rowID string, bits uint8) {
		columns := map[string]string{
			"x_nbl_cmdb_netbox_correlation_id": id, "x_990381_netbox_cl_netbox_correlation_id": other,
			"x_nbl_cmdb_netbox_synchronize": sync, "x_nbl_cmdb_level": level, "x_990381_netbox_cl_class": class,
		}
		record := cmdb.V1Record{Table: []string{"cmn_location", "cmdb_ci_server"}[bits&1], ID: "r1", Column: func(name string) string { return columns[name] }}
		if bits&2 != 0 {
			record.Row = &cmdb.Attributes{RecordTable: record.Table, RecordID: "r1", ID: rowID, Sync: bits&4 != 0}
		}
		m := cmdb.Migrator{}.Migrate(record)
		if record.Row != nil && (m.Row.Sync != record.Row.Sync || rowID != "" && m.Row.ID != rowID) {
			t.Errorf("the row lost something: %+v", m)
		}
		if m.Action != cmdb.MigrateCreate && m.Action != cmdb.MigrateUpdate {
			return
		}
		record.Row = &m.Row
		if again := (cmdb.Migrator{}).Migrate(record); again.Action != cmdb.MigrateDone {
			t.Errorf("first %+v, then %+v", m, again)
		}
	})
}

// The order of prefixes that agree does not matter.
func TestMigrateRandom(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 104))
		columns := map[string]string{}
		for _, prefix := range cmdb.V1Prefixes() {
			for _, name := range cmdb.V1Columns(prefix) {
				columns[name] = []string{"", "", "1", "2", "site"}[r.IntN(5)]
			}
		}
		record := cmdb.V1Record{Table: "cmn_location", ID: "r1", Column: func(name string) string { return columns[name] }}
		prefixes := cmdb.V1Prefixes()
		a := cmdb.Migrator{}.Migrate(record)
		slices.Reverse(prefixes)
		b := cmdb.Migrator{Prefixes: prefixes}.Migrate(record)
		if a.Action != b.Action || a.Row != b.Row {
			t.Fatalf("001-04 seed %d: %+v, %+v", seed, a, b)
		}
	}
}

func ExampleMigrator_Migrate() {
	old := map[string]string{"x_990381_netbox_cl_netbox_correlation_id": "42", "x_990381_netbox_cl_netbox_synchronize": "true"}
	m := cmdb.Migrator{}.Migrate(cmdb.V1Record{Table: "cmdb_ci_server", ID: "4f1c", Column: func(name string) string { return old[name] }})
	fmt.Println(m.Action, m.Row.Class, m.Row.ID, m.Row.Sync)
	// Output: create device 42 true
}
