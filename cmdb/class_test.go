package cmdb_test

import (
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestDefaultClasses(t *testing.T) {
	want := []cmdb.Class{
		{Table: "cmdb_ci_hardware", Label: "Hardware"},
		{Table: "cmdb_ci_server", Label: "Server"},
		{Table: "cmdb_ci_ip_router", Label: "IP Router"},
		{Table: "cmdb_ci_ip_switch", Label: "IP Switch"},
		{Table: "cmdb_ci_ip_firewall", Label: "IP Firewall"},
		{Table: "cmdb_ci_wap_network", Label: "Wireless Access Point"},
		{Table: "cmdb_ci_virtualization_server", Label: "Virtualization Server"},
		{Table: "cmdb_ci_power_eq", Label: "Power Equipment"},
		{Table: "cmdb_ci_facility_hardware", Label: "Facility Hardware"},
	}
	t.Run("001-07 the nine classes and their labels", func(t *testing.T) {
		if got := cmdb.DefaultClasses(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-07 each call gives a fresh copy", func(t *testing.T) {
		cmdb.DefaultClasses()[0].Table = "spoiled"
		if got := cmdb.DefaultClasses(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

func TestClasses(t *testing.T) {
	t.Run("001-06 registering twice changes nothing", func(t *testing.T) {
		set, err := cmdb.NewClasses()
		if err != nil {
			t.Fatal(err)
		}
		if err := set.Register(cmdb.DefaultClasses()...); err != nil {
			t.Fatal(err)
		}
		if got := set.All(); !slices.Equal(got, cmdb.DefaultClasses()) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-06 seven classes are two calls", func(t *testing.T) {
		set, err := cmdb.NewClasses(cmdb.DefaultClasses()[:7]...)
		if err != nil {
			t.Fatal(err)
		}
		batches := set.Batches()
		if len(batches) != 2 || len(batches[0]) != 6 || len(batches[1]) != 1 {
			t.Errorf("got %v", batches)
		}
	})
	t.Run("001-06 deregister", func(t *testing.T) {
		set, err := cmdb.NewClasses()
		if err != nil {
			t.Fatal(err)
		}
		set.Deregister("cmdb_ci_server", "cmdb_ci_never_there")
		if set.Has("cmdb_ci_server") || !set.Has("cmdb_ci_hardware") || len(set.All()) != 8 {
			t.Errorf("got %v", set.All())
		}
	})
	t.Run("001-06 a bad table name is refused and nothing changes", func(t *testing.T) {
		var set cmdb.Classes
		for _, bad := range []string{"", "cmdb ci", "CMDB_CI", "cmdb_ci^x", "cmdb ci server"} {
			if err := set.Register(cmdb.Class{Table: "cmdb_ci_server"}, cmdb.Class{Table: bad}); err == nil {
				t.Errorf("%q was accepted", bad)
			}
		}
		if len(set.All()) != 0 {
			t.Errorf("got %v", set.All())
		}
	})
	t.Run("001-06 a nil set is empty", func(t *testing.T) {
		var set *cmdb.Classes
		if set.Has("cmdb_ci_server") || len(set.All()) != 0 || len(set.Batches()) != 0 {
			t.Error("not empty")
		}
	})
}
