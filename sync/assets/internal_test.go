package assets

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// The tables and columns are quoted here once, so that no entry changes unseen.
func TestTargets(t *testing.T) {
	want := []string{
		"core_company of [manufacturer customer]: name! manufacturer customer",
		"cmn_department of [department]: name! description company",
		"cmdb_hardware_product_model of [devicetype]: name! model_number manufacturer^ short_description rack_units",
		"cmn_location of [region site location]: name! parent^ company street latitude longitude time_zone link.level",
		"cmdb_ci_hardware of [device]: name! asset_tag! serial_number! model_id manufacturer location company department ip_address short_description install_status operational_status",
	}
	for n, target := range targets {
		var columns []string
		for _, c := range target.columns {
			columns = append(columns, c.name+map[role]string{isValue: "", isKey: "!", isScope: "^"}[c.role])
		}
		got := target.table + " of [" + strings.Join(typeNames(target), " ") + "]: " + strings.Join(columns, " ")
		if got != want[n] {
			t.Errorf("got  %s\nwant %s", got, want[n])
		}
	}
}

func TestColumnForms(t *testing.T) {
	for _, c := range []struct {
		target *target
		column string
		a, b   string
		same   bool
	}{
		{&locations, "latitude", "47.50", "47.5", true},
		{&locations, "latitude", "47.51", "47.5", false},
		{&locations, "longitude", "08.1", "8.1", true},
		{&locations, "name", " Basel ", "Basel", true},
		{&locations, "name", "basel", "Basel", false},
		{&locations, linkLevel, "2", "02", true},
		{&models, "rack_units", "2", "2.0", true},
		{&companies, "manufacturer", "1", "true", true},
		{&companies, "customer", "false", "true", false},
		{&configurationItems, "install_status", "1", "01", false},
	} {
		form := c.target.columns[c.target.index(c.column)].form
		if got := form(reconcile.Text(c.a)) == form(reconcile.Text(c.b)); got != c.same {
			t.Errorf("%s.%s: %q and %q: same is %v", c.target.table, c.column, c.a, c.b, got)
		}
	}
}

func TestChosenID(t *testing.T) {
	device := cmdb.Object{Type: cmdb.TypeDevice, ID: 5}
	id := chosenID("netbox", device, forRecord)
	if again := chosenID("netbox", device, forRecord); again != id {
		t.Errorf("got %s, then %s", id, again)
	}
	if len(id.String()) != 32 {
		t.Errorf("got %q, want 32 hex digits", id)
	}
	for name, other := range map[string]sysID{
		"another source":  chosenID("netbox2", device, forRecord),
		"another type":    chosenID("netbox", cmdb.Object{Type: cmdb.TypeSite, ID: 5}, forRecord),
		"another id":      chosenID("netbox", cmdb.Object{Type: cmdb.TypeDevice, ID: 55}, forRecord),
		"another purpose": chosenID("netbox", device, forLink),
	} {
		if other == id {
			t.Errorf("%s gives the same sys_id", name)
		}
	}
}

func TestSysID(t *testing.T) {
	const text = "5eba9afe0aa2eed456dc0f3a51a567a9"
	id, ok := parseSysID(text)
	if !ok || id.String() != text {
		t.Errorf("got %s, %v", id, ok)
	}
	for _, bad := range []string{"", "5eba", strings.Repeat("x", 32), text + "0"} {
		if id, ok := parseSysID(bad); ok || id.String() != "" {
			t.Errorf("%q was read as %s", bad, id)
		}
	}
}

func TestParseObject(t *testing.T) {
	if o, ok := parseObject(" device:42 "); !ok || o != (cmdb.Object{Type: cmdb.TypeDevice, ID: 42}) {
		t.Errorf("got %v, %v", o, ok)
	}
	for _, bad := range []string{"", "42", "device", "device:", "device:x", "device:0", "device:-1", "rack:4", ":4"} {
		if o, ok := parseObject(bad); ok {
			t.Errorf("%q was read as %v", bad, o)
		}
	}
}

func TestShelf(t *testing.T) {
	s := newShelf(&configurationItems)
	add := func(id byte, name, serial string) {
		values := make([]reconcile.Value, len(configurationItems.columns))
		for n := range values {
			values[n] = reconcile.Text("")
		}
		values[configurationItems.index("name")] = reconcile.Text(name)
		values[configurationItems.index("serial_number")] = reconcile.Text(serial)
		s.add(record{id: sysID{id}, class: "cmdb_ci_server", values: values})
	}
	add(1, "a", "S1")
	add(2, "A ", "S2")
	add(3, "b", "")
	for _, c := range []struct {
		column, value string
		want          int
	}{
		{"name", "a", 2}, {"name", " A", 2}, {"name", "b", 1}, {"name", "c", 0},
		{"serial_number", "s1", 1}, {"serial_number", "", 0},
		{"short_description", "", 0}, {"no_such_column", "a", 0},
	} {
		if got := s.with(c.column, c.value); len(got) != c.want {
			t.Errorf("%s=%q finds rows %v, want %d of them", c.column, c.value, got, c.want)
		}
	}
	if got := s.with("name", "a"); got[0] != 0 || got[1] != 1 {
		t.Errorf("rows come as %v, want the order of the table", got)
	}

	silent := make([]reconcile.Value, len(configurationItems.columns))
	if s.wanted(0, silent) == s.wanted(1, silent) {
		t.Error("an object that says nothing does not keep the row's own digest")
	}
	silent[configurationItems.index("serial_number")] = reconcile.Text("S1 ")
	if keep := make([]reconcile.Value, len(silent)); s.wanted(0, silent) != s.wanted(0, keep) {
		t.Error("the row's own value makes a difference")
	}
	if keep := make([]reconcile.Value, len(silent)); s.wanted(1, silent) == s.wanted(1, keep) {
		t.Error("another value makes none")
	}
}

func TestLinkComplete(t *testing.T) {
	if l, err := (Link{}).complete(); err != nil || l.Table != cmdb.AttributesTable || l.Columns != DefaultLinkColumns() {
		t.Errorf("got %+v, %v", l, err)
	}
	for name, l := range map[string]Link{
		"both places":     {Field: "correlation_id", Table: "u_links"},
		"a column missed": {Table: "u_links", Columns: LinkColumns{Record: "u_record", ID: "u_id", Class: "u_class"}},
	} {
		if _, err := l.complete(); err == nil || !strings.Contains(err.Error(), "assets: Link.") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
