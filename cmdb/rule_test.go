package cmdb_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestRules(t *testing.T) {
	hardware := []cmdb.Rule{
		{Name: "serial number and type", Priority: 100, Table: "cmdb_serial_number", Fields: []string{"serial_number", "serial_number_type"}},
		{Name: "serial number", Priority: 200, Fields: []string{"serial_number"}},
		{Name: "NetBox id", Priority: 250, Table: "x_nbl_cmdb_netbox_attributes", Fields: []string{"nb_class", "nb_id"}, Link: true},
		{Name: "name", Priority: 300, Fields: []string{"name"}, OnlyUnlinked: true},
	}
	foundation := []cmdb.Rule{
		{Name: "NetBox id", Priority: 100, Table: "x_nbl_cmdb_netbox_attributes", Fields: []string{"nb_class", "nb_id"}, Link: true},
		{Name: "name", Priority: 200, Fields: []string{"name"}, OnlyUnlinked: true},
	}
	t.Run("001-34 hardware", func(t *testing.T) {
		if diff := cmp.Diff(hardware, cmdb.HardwareRules()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-22 records that are no CIs", func(t *testing.T) {
		if diff := cmp.Diff(foundation, cmdb.FoundationRules()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-34 each call gives a fresh copy", func(t *testing.T) {
		spoiled := cmdb.HardwareRules()
		spoiled[0].Priority, spoiled[1].Fields[0] = 1, "spoiled"
		cmdb.FoundationRules()[1].Fields[0] = "spoiled"
		if diff := cmp.Diff(hardware, cmdb.HardwareRules()) + cmp.Diff(foundation, cmdb.FoundationRules()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPlaceholderSerial(t *testing.T) {
	for _, value := range []string{
		"n/a", "na", "none", "null", "unknown", "not specified", "not available", "not applicable",
		"default string", "system serial number", "serial number", "to be filled by o.e.m.",
		" N/A ", "To Be Filled By O.E.M.", "0", "00000000",
	} {
		t.Run("001-35 "+value, func(t *testing.T) {
			if !cmdb.PlaceholderSerial("serial_number", value) {
				t.Error("taken for a serial number")
			}
			if cmdb.PlaceholderSerial("name", value) {
				t.Error("looks at names too")
			}
		})
	}
	for _, value := range []string{"", "FDO1234", "0001", "nax"} {
		t.Run("001-35 a serial number "+value, func(t *testing.T) {
			if cmdb.PlaceholderSerial("serial_number", value) {
				t.Error("taken for a placeholder")
			}
		})
	}
}
