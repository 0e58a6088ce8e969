package cmdb_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestObjectTypes(t *testing.T) {
	want := []cmdb.TypeInfo{
		{Type: "region", Name: "Region", Plural: "Regions", Endpoint: "dcim/regions", Table: "cmn_location", Nested: true},
		{Type: "site", Name: "Site", Plural: "Sites", Endpoint: "dcim/sites", Table: "cmn_location", Needs: []cmdb.ObjectType{"region"}},
		{Type: "location", Name: "Location", Plural: "Locations", Endpoint: "dcim/locations", Table: "cmn_location", Needs: []cmdb.ObjectType{"site"}, Nested: true},
		{Type: "manufacturer", Name: "Manufacturer", Plural: "Manufacturers", Endpoint: "dcim/manufacturers", Table: "core_company"},
		{Type: "devicetype", Name: "DeviceType", Plural: "Device Types", Endpoint: "dcim/device-types", Table: "cmdb_hardware_product_model", Needs: []cmdb.ObjectType{"manufacturer"}},
		{Type: "customer", Name: "Customer", Plural: "Customers", Endpoint: "tenancy/tenants", Table: "core_company"},
		{Type: "department", Name: "Department", Plural: "Departments", Endpoint: "tenancy/tenants", Table: "cmn_department"},
		{Type: "device", Name: "Device", Plural: "Devices", Endpoint: "dcim/devices", Table: "cmdb_ci", Needs: []cmdb.ObjectType{"site", "location", "devicetype", "customer", "department"}},
	}
	t.Run("001-41 the eight types", func(t *testing.T) {
		if diff := cmp.Diff(want, cmdb.ObjectTypes()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-41 each call gives a fresh copy", func(t *testing.T) {
		spoiled := cmdb.ObjectTypes()
		spoiled[0].Name, spoiled[7].Needs[0] = "spoiled", "spoiled"
		info, _ := cmdb.TypeDevice.Info()
		info.Needs[0] = "spoiled"
		if diff := cmp.Diff(want, cmdb.ObjectTypes()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("001-41 one type", func(t *testing.T) {
		info, ok := cmdb.TypeDeviceType.Info()
		if diff := cmp.Diff(want[4], info); !ok || diff != "" {
			t.Error(ok, diff)
		}
		if info, ok := cmdb.ObjectType("rack").Info(); ok || info.Name != "" {
			t.Errorf("got %+v", info)
		}
	})
	t.Run("001-20 parameter names", func(t *testing.T) {
		info, _ := cmdb.TypeDeviceType.Info()
		if got := info.ImportParameter(); got != "Import NetBox Device Types" {
			t.Errorf("got %q", got)
		}
		if got := info.ExportParameter(); got != "Export NetBox Device Types" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("001-20 the tag", func(t *testing.T) {
		if cmdb.SyncTagName != "ServiceNowSyncTo" || cmdb.SyncTagSlug != "servicenowsyncto" {
			t.Errorf("got %q, %q", cmdb.SyncTagName, cmdb.SyncTagSlug)
		}
	})
	t.Run("001-02 ids are unique within a type only", func(t *testing.T) {
		device, site := cmdb.Object{Type: cmdb.TypeDevice, ID: 5}, cmdb.Object{Type: cmdb.TypeSite, ID: 5}
		if device == site || device.String() != "device:5" || site.String() != "site:5" {
			t.Errorf("got %v, %v", device, site)
		}
	})
}

func TestImportOrder(t *testing.T) {
	want := []cmdb.ObjectType{"region", "site", "location", "manufacturer", "devicetype", "customer", "department", "device"}
	t.Run("001-21 all types", func(t *testing.T) {
		got, err := cmdb.ImportOrder()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("001-21 shuffled and repeated", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 21))
		for range 50 {
			in := append(slices.Clone(want), cmdb.TypeSite)
			r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
			got, err := cmdb.ImportOrder(in...)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v gives %v, %v", in, got, err)
			}
		}
	})
	t.Run("001-21 some types", func(t *testing.T) {
		got, err := cmdb.ImportOrder(cmdb.TypeDevice, cmdb.TypeManufacturer)
		if err != nil || !slices.Equal(got, []cmdb.ObjectType{"manufacturer", "device"}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("001-21 an unknown type is refused", func(t *testing.T) {
		if got, err := cmdb.ImportOrder(cmdb.TypeSite, "rack"); err == nil || !strings.Contains(err.Error(), `"rack"`) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestOrderTypes(t *testing.T) {
	t.Run("001-21 a cycle is named", func(t *testing.T) {
		_, err := cmdb.OrderTypes(map[cmdb.ObjectType][]cmdb.ObjectType{"top": {"b"}, "a": {"b"}, "b": {"c"}, "c": {"a"}})
		if err == nil || !strings.Contains(err.Error(), "b needs c needs a needs b") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-21 a cycle that nothing leads to is named", func(t *testing.T) {
		_, err := cmdb.OrderTypes(map[cmdb.ObjectType][]cmdb.ObjectType{"a": {"a"}})
		if err == nil || !strings.Contains(err.Error(), "a needs a") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("001-21 nothing before what it needs, on random graphs", func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 21))
		for range 200 {
			names := []cmdb.ObjectType{"a", "b", "c", "d", "e", "f", "g", "h"}
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
			needs := make(map[cmdb.ObjectType][]cmdb.ObjectType)
			for i, n := range names {
				needs[n] = nil
				for _, earlier := range names[:i] {
					if r.IntN(3) == 0 {
						needs[n] = append(needs[n], earlier)
					}
				}
			}
			got, err := cmdb.OrderTypes(needs)
			if err != nil || len(got) != len(names) {
				t.Fatalf("%v gives %v, %v", needs, got, err)
			}
			for i, n := range got {
				for _, need := range needs[n] {
					if !slices.Contains(got[:i], need) {
						t.Errorf("%v gives %v", needs, got)
					}
				}
			}
		}
	})
}
