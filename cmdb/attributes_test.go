package cmdb_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestAttributes(t *testing.T) {
	columns := []string{"record_table", "record_sys_id", "nb_id", "nb_class", "nb_sync", "nb_ready_exp", "nb_ready_msg", "sn_location_level", "record_updated"}
	readOnly := []string{"nb_ready_exp", "nb_ready_msg"}
	t.Run("001-02 table and columns", func(t *testing.T) {
		if cmdb.AttributesTable != "x_nbl_cmdb_netbox_attributes" || !slices.Equal(cmdb.AttributeColumns(), columns) {
			t.Errorf("got %s %v", cmdb.AttributesTable, cmdb.AttributeColumns())
		}
	})
	t.Run("001-03 read-only columns", func(t *testing.T) {
		if got := cmdb.ReadOnlyColumns(); !slices.Equal(got, readOnly) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-02 each call gives a fresh copy", func(t *testing.T) {
		cmdb.AttributeColumns()[0], cmdb.ReadOnlyColumns()[0] = "spoiled", "spoiled"
		if !slices.Equal(cmdb.AttributeColumns(), columns) || !slices.Equal(cmdb.ReadOnlyColumns(), readOnly) {
			t.Error("the caller's change is seen")
		}
	})

	full := cmdb.Attributes{
		RecordTable: "cmn_location", RecordID: "abc", ID: "5", Class: cmdb.TypeSite, Sync: true,
		Ready: true, ReadyMessage: "ready", Level: cmdb.Known(0),
		Updated: time.Date(2026, 3, 1, 1, 30, 0, 999, time.FixedZone("", 3600)),
	}
	wire := map[string]string{
		"record_table": "cmn_location", "record_sys_id": "abc", "nb_id": "5", "nb_class": "site",
		"nb_sync": "true", "sn_location_level": "0", "record_updated": "2026-03-01 00:30:00",
	}
	t.Run("001-03 what is set in read-only columns is not written", func(t *testing.T) {
		if diff := cmp.Diff(wire, full.Payload()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-02 unknown level and time are not written", func(t *testing.T) {
		want := map[string]string{"record_table": "", "record_sys_id": "", "nb_id": "", "nb_class": "", "nb_sync": "false"}
		if diff := cmp.Diff(want, cmdb.Attributes{}.Payload()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-02 a row is read back", func(t *testing.T) {
		row := maps.Clone(wire)
		row["nb_ready_exp"], row["nb_ready_msg"], row["nb_class"], row["nb_id"] = "1", "ready", " Site ", " 5 "
		got := cmdb.ReadAttributes(func(c string) string { return row[c] })
		want := full
		want.Updated = time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-02 an empty row is read as unset", func(t *testing.T) {
		got := cmdb.ReadAttributes(func(string) string { return "" })
		if diff := cmp.Diff(cmdb.Attributes{}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-02 nonsense is read as unset", func(t *testing.T) {
		got := cmdb.ReadAttributes(func(string) string { return "?" })
		if got.Sync || got.Ready || got.Level.Known || !got.Updated.IsZero() {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-02 the linked object", func(t *testing.T) {
		for _, c := range []struct {
			row  cmdb.Attributes
			want cmdb.Object
			ok   bool
		}{
			{cmdb.Attributes{ID: "5", Class: cmdb.TypeDevice}, cmdb.Object{Type: cmdb.TypeDevice, ID: 5}, true},
			{cmdb.Attributes{ID: "5", Class: cmdb.TypeSite}, cmdb.Object{Type: cmdb.TypeSite, ID: 5}, true},
			{cmdb.Attributes{ID: "5"}, cmdb.Object{}, false},
			{cmdb.Attributes{Class: cmdb.TypeSite}, cmdb.Object{}, false},
			{cmdb.Attributes{ID: "0", Class: cmdb.TypeSite}, cmdb.Object{}, false},
			{cmdb.Attributes{ID: "-1", Class: cmdb.TypeSite}, cmdb.Object{}, false},
			{cmdb.Attributes{ID: "five", Class: cmdb.TypeSite}, cmdb.Object{}, false},
		} {
			if got, ok := c.row.Object(); ok != c.ok || got != c.want {
				t.Errorf("%+v gives %v, %v", c.row, got, ok)
			}
		}
	})
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]cmdb.Number{
		"0": {Known: true}, " 200 ": {N: 200, Known: true}, "-1": {N: -1, Known: true},
		"": {}, "n/a": {}, "1.5": {}, "99999999999999999999": {},
	} {
		t.Run("001-14 "+text, func(t *testing.T) {
			if got := cmdb.ParseNumber(text); got != want {
				t.Errorf("got %+v", got)
			}
		})
	}
}
