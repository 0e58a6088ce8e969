package netbox_test

import (
	"bufio"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
)

// Every filter that the client lets pass is one that NetBox 4.7.3 documents for
// the endpoint: any other would be ignored and give the whole table.
func TestKnownFiltersExist(t *testing.T) {
	file, err := os.Open("testdata/filters-4.7.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	documented := map[string]map[string]bool{}
	var path string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasSuffix(line, ":"):
			path = strings.TrimSuffix(line, ":")
			documented[path] = map[string]bool{}
		default:
			words := strings.Fields(line)
			documented[path][words[0]] = true
			for _, op := range words[1:] {
				documented[path][words[0]+"__"+op] = true
			}
		}
	}
	c, _ := scripted(t, "4.7", nil)
	known := netbox.KnownFilters(c)
	if len(known) != len(documented) || len(known) < 49 {
		t.Fatalf("%d endpoints, %d recorded", len(known), len(documented))
	}
	n := 0
	for path, names := range known {
		for _, name := range names {
			if n++; !documented[path][name] {
				t.Errorf("%s has no filter %s", path, name)
			}
		}
	}
	t.Logf("%d filters", n)
}

// Every field of every filter struct reaches the wire under its own name.
func TestFilterFields(t *testing.T) {
	c, s := scripted(t, "4.7", func(*http.Request, []byte) (int, string) { return 200, emptyList })
	if _, err := c.APIVersion(t.Context()); err != nil {
		t.Fatal(err)
	}
	tryFields(t, s, c.DCIM.Regions, func(f netbox.RegionFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.SiteGroups, func(f netbox.SiteGroupFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Sites, func(f netbox.SiteFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Locations, func(f netbox.LocationFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Racks, func(f netbox.RackFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Manufacturers, func(f netbox.ManufacturerFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.DeviceTypes, func(f netbox.DeviceTypeFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.DeviceRoles, func(f netbox.DeviceRoleFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Platforms, func(f netbox.PlatformFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Devices, func(f netbox.DeviceFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.TenantGroups, func(f netbox.TenantGroupFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.Tenants, func(f netbox.TenantFilter) netbox.Filter { return f })
	tryFields(t, s, c.Extras.Tags, func(f netbox.TagFilter) netbox.Filter { return f })
	tryFields(t, s, c.Extras.CustomFields, func(f netbox.CustomFieldFilter) netbox.Filter { return f })
	tryFields(t, s, c.Extras.ChoiceSets, func(f netbox.ChoiceSetFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Interfaces, func(f netbox.InterfaceFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.MACAddresses, func(f netbox.MACAddressFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.Cables, func(f netbox.CableFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.RackRoles, func(f netbox.RackRoleFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.ModuleTypes, func(f netbox.ModuleTypeFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.InventoryItems, func(f netbox.InventoryItemFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.VirtualChassis, func(f netbox.VirtualChassisFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.PowerPanels, func(f netbox.PowerPanelFilter) netbox.Filter { return f })
	tryFields(t, s, c.DCIM.PowerFeeds, func(f netbox.PowerFeedFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.VRFs, func(f netbox.VRFFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.VLANGroups, func(f netbox.VLANGroupFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.VLANs, func(f netbox.VLANFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.Prefixes, func(f netbox.PrefixFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.IPRanges, func(f netbox.IPRangeFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.IPAddresses, func(f netbox.IPAddressFilter) netbox.Filter { return f })
	tryFields(t, s, c.IPAM.Services, func(f netbox.ServiceFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.ClusterTypes, func(f netbox.ClusterTypeFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.ClusterGroups, func(f netbox.ClusterGroupFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.Clusters, func(f netbox.ClusterFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.VirtualMachines, func(f netbox.VirtualMachineFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.Interfaces, func(f netbox.VMInterfaceFilter) netbox.Filter { return f })
	tryFields(t, s, c.Virtualization.Disks, func(f netbox.VirtualDiskFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.ContactGroups, func(f netbox.ContactGroupFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.ContactRoles, func(f netbox.ContactRoleFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.Contacts, func(f netbox.ContactFilter) netbox.Filter { return f })
	tryFields(t, s, c.Tenancy.ContactAssignments, func(f netbox.ContactAssignmentFilter) netbox.Filter { return f })
	tryFields(t, s, c.Extras.JournalEntries, func(f netbox.JournalEntryFilter) netbox.Filter { return f })
	tryFields(t, s, c.Extras.ConfigContexts, func(f netbox.ConfigContextFilter) netbox.Filter { return f })
}

func tryFields[T, F any](t *testing.T, s *script, r *netbox.Resource[T], where func(F) netbox.Filter) {
	t.Helper()
	typ := reflect.TypeFor[F]()
	yes := true
	for i := range typ.NumField() {
		var filter F
		field := reflect.ValueOf(&filter).Elem().Field(i)
		want := "5"
		switch v := field.Addr().Interface().(type) {
		case *netbox.IDs:
			*v = []int64{5}
		case *netbox.Numbers:
			*v = []int64{5}
		case *netbox.Texts:
			*v = []string{"5"}
		case *string:
			*v = "5"
		case **bool:
			*v, want = &yes, "true"
		default:
			t.Fatalf("%s.%s is a %T", typ.Name(), typ.Field(i).Name, v)
		}
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("url"), ",")
		if _, err := r.List(t.Context(), netbox.Query{Where: where(filter)}); err != nil {
			t.Errorf("%s.%s: %v", typ.Name(), typ.Field(i).Name, err)
			continue
		}
		if got := s.requests[len(s.requests)-1].Query.Get(name); got != want {
			t.Errorf("%s.%s sent %s=%q", typ.Name(), typ.Field(i).Name, name, got)
		}
	}
}
