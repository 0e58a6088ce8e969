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
	c, _ := scripted(t, "4.7", nil)
	notRead := map[string]bool{"changelog_message": true, "add_tags": true, "remove_tags": true, "password": true}
	for _, e := range netbox.Endpoints(c) {
		filter := reflect.TypeOf(e.Filter)
		for field := range filter.Fields() {
			if tag := field.Tag.Get("url"); !strings.HasSuffix(tag, ",omitempty") {
				t.Errorf("%s.%s has url tag %q", filter.Name(), field.Name, tag)
			}
		}
		if e.ReadOnly {
			continue
		}
		typ := writeOf(t, e)
		read := wireNames(reflect.Zero(e.Row).Interface())
		for field := range typ.Fields() {
			name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
			if option != "omitzero" && option != "omitempty" {
				t.Errorf("%s.%s is sent unset", typ.Name(), field.Name)
			}
			if !read[name] && !notRead[name] {
				t.Errorf("%s.%s writes %q, which is not read", typ.Name(), field.Name, name)
			}
		}
	}
}

// writeOf returns the struct with which objects of an endpoint are written.
func writeOf(t *testing.T, e netbox.Endpoint) reflect.Type {
	t.Helper()
	for _, v := range writes {
		if typ := reflect.TypeOf(v); typ.Name() == e.Row.Name()+"Write" {
			return typ
		}
	}
	t.Fatalf("no write struct of %s is listed", e.Path)
	return nil
}

// writes are all write structs.
var writes = []any{
	netbox.RegionWrite{}, netbox.SiteGroupWrite{}, netbox.SiteWrite{}, netbox.LocationWrite{},
	netbox.RackWrite{}, netbox.ManufacturerWrite{}, netbox.DeviceTypeWrite{}, netbox.DeviceRoleWrite{},
	netbox.PlatformWrite{}, netbox.DeviceWrite{}, netbox.TenantGroupWrite{}, netbox.TenantWrite{},
	netbox.TagWrite{}, netbox.CustomFieldWrite{}, netbox.ChoiceSetWrite{}, netbox.InterfaceWrite{},
	netbox.MACAddressWrite{}, netbox.CableWrite{}, netbox.RackRoleWrite{}, netbox.ModuleTypeWrite{},
	netbox.InventoryItemWrite{}, netbox.VirtualChassisWrite{}, netbox.PowerPanelWrite{},
	netbox.PowerFeedWrite{}, netbox.VRFWrite{}, netbox.VLANGroupWrite{}, netbox.VLANWrite{},
	netbox.PrefixWrite{}, netbox.IPRangeWrite{}, netbox.IPAddressWrite{}, netbox.ServiceWrite{},
	netbox.ClusterTypeWrite{}, netbox.ClusterGroupWrite{}, netbox.ClusterWrite{}, netbox.VirtualMachineWrite{},
	netbox.VMInterfaceWrite{}, netbox.VirtualDiskWrite{}, netbox.ContactGroupWrite{}, netbox.ContactRoleWrite{},
	netbox.ContactWrite{}, netbox.ContactAssignmentWrite{}, netbox.JournalEntryWrite{},
	netbox.ConfigContextWrite{}, netbox.WebhookWrite{}, netbox.EventRuleWrite{}, netbox.DataSourceWrite{},
	netbox.UserWrite{}, netbox.APITokenWrite{},
}
