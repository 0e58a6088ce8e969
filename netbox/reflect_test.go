package netbox_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
)

// nestedNames are the wire names that nested types keep.
var nestedNames = func() map[string]bool {
	all := map[string]bool{}
	for _, v := range []any{netbox.Nested{}, netbox.NestedDeviceType{}, netbox.NestedIP{}, netbox.NestedTag{}} {
		for name := range wireNames(v) {
			all[name] = true
		}
	}
	return all
}()

// wireNames lists a struct's JSON names.
func wireNames(v any) map[string]bool {
	names := map[string]bool{}
	typ := reflect.TypeOf(v)
	for field := range typ.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// Every field of every filter is tagged and left out when it is not set, and
// every field of every write is tagged so, too; otherwise one that nobody set
// would go out.
func TestTags(t *testing.T) {
	for _, v := range []any{
		netbox.RegionFilter{}, netbox.SiteGroupFilter{}, netbox.SiteFilter{}, netbox.LocationFilter{}, netbox.RackFilter{},
		netbox.ManufacturerFilter{}, netbox.DeviceTypeFilter{}, netbox.DeviceRoleFilter{}, netbox.PlatformFilter{}, netbox.DeviceFilter{},
		netbox.TenantGroupFilter{}, netbox.TenantFilter{}, netbox.TagFilter{}, netbox.CustomFieldFilter{}, netbox.ChoiceSetFilter{},
		netbox.InterfaceFilter{}, netbox.MACAddressFilter{}, netbox.CableFilter{}, netbox.RackRoleFilter{}, netbox.ModuleTypeFilter{},
		netbox.InventoryItemFilter{}, netbox.VirtualChassisFilter{}, netbox.PowerPanelFilter{}, netbox.PowerFeedFilter{}, netbox.VRFFilter{},
		netbox.VLANGroupFilter{}, netbox.VLANFilter{}, netbox.PrefixFilter{}, netbox.IPRangeFilter{}, netbox.IPAddressFilter{},
		netbox.ServiceFilter{}, netbox.ClusterTypeFilter{}, netbox.ClusterGroupFilter{}, netbox.ClusterFilter{}, netbox.VirtualMachineFilter{},
		netbox.VMInterfaceFilter{}, netbox.VirtualDiskFilter{}, netbox.ContactGroupFilter{}, netbox.ContactRoleFilter{}, netbox.ContactFilter{},
		netbox.ContactAssignmentFilter{}, netbox.JournalEntryFilter{}, netbox.ConfigContextFilter{},
	} {
		typ := reflect.TypeOf(v)
		for field := range typ.Fields() {
			if tag := field.Tag.Get("url"); !strings.HasSuffix(tag, ",omitempty") {
				t.Errorf("%s.%s has url tag %q", typ.Name(), field.Name, tag)
			}
		}
	}
	for v, read := range map[any]any{
		new(netbox.RegionWrite): netbox.Region{}, new(netbox.SiteGroupWrite): netbox.SiteGroup{}, new(netbox.SiteWrite): netbox.Site{},
		new(netbox.LocationWrite): netbox.Location{}, new(netbox.RackWrite): netbox.Rack{}, new(netbox.ManufacturerWrite): netbox.Manufacturer{},
		new(netbox.DeviceTypeWrite): netbox.DeviceType{}, new(netbox.DeviceRoleWrite): netbox.DeviceRole{}, new(netbox.PlatformWrite): netbox.Platform{},
		new(netbox.DeviceWrite): netbox.Device{}, new(netbox.TenantGroupWrite): netbox.TenantGroup{}, new(netbox.TenantWrite): netbox.Tenant{},
		new(netbox.TagWrite): netbox.Tag{}, new(netbox.CustomFieldWrite): netbox.CustomField{}, new(netbox.ChoiceSetWrite): netbox.ChoiceSet{},
		new(netbox.InterfaceWrite):         netbox.Interface{},
		new(netbox.MACAddressWrite):        netbox.MACAddress{},
		new(netbox.CableWrite):             netbox.Cable{},
		new(netbox.RackRoleWrite):          netbox.RackRole{},
		new(netbox.ModuleTypeWrite):        netbox.ModuleType{},
		new(netbox.InventoryItemWrite):     netbox.InventoryItem{},
		new(netbox.VirtualChassisWrite):    netbox.VirtualChassis{},
		new(netbox.PowerPanelWrite):        netbox.PowerPanel{},
		new(netbox.PowerFeedWrite):         netbox.PowerFeed{},
		new(netbox.VRFWrite):               netbox.VRF{},
		new(netbox.VLANGroupWrite):         netbox.VLANGroup{},
		new(netbox.VLANWrite):              netbox.VLAN{},
		new(netbox.PrefixWrite):            netbox.Prefix{},
		new(netbox.IPRangeWrite):           netbox.IPRange{},
		new(netbox.IPAddressWrite):         netbox.IPAddress{},
		new(netbox.ServiceWrite):           netbox.Service{},
		new(netbox.ClusterTypeWrite):       netbox.ClusterType{},
		new(netbox.ClusterGroupWrite):      netbox.ClusterGroup{},
		new(netbox.ClusterWrite):           netbox.Cluster{},
		new(netbox.VirtualMachineWrite):    netbox.VirtualMachine{},
		new(netbox.VMInterfaceWrite):       netbox.VMInterface{},
		new(netbox.VirtualDiskWrite):       netbox.VirtualDisk{},
		new(netbox.ContactGroupWrite):      netbox.ContactGroup{},
		new(netbox.ContactRoleWrite):       netbox.ContactRole{},
		new(netbox.ContactWrite):           netbox.Contact{},
		new(netbox.ContactAssignmentWrite): netbox.ContactAssignment{},
		new(netbox.JournalEntryWrite):      netbox.JournalEntry{},
		new(netbox.ConfigContextWrite):     netbox.ConfigContext{},
	} {
		typ := reflect.TypeOf(v).Elem()
		kept := wireNames(read)
		kept["changelog_message"], kept["add_tags"], kept["remove_tags"] = true, true, true
		for field := range typ.Fields() {
			name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
			if option != "omitzero" && option != "omitempty" {
				t.Errorf("%s.%s is sent unset", typ.Name(), field.Name)
			}
			if !kept[name] {
				t.Errorf("%s.%s writes %q, which is not read", typ.Name(), field.Name, name)
			}
		}
	}
}
