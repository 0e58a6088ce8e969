package netbox_test

import (
	"errors"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// again upserts a body twice: the first creates, the second adopts and changes
// the description only.
func again[T any](t *testing.T, r *netbox.Resource[T], body func(description string) any, id func(T) int64) int64 {
	t.Helper()
	first, done, err := r.Upsert(t.Context(), body("one"))
	if err != nil || !done.Created {
		t.Fatalf("first: %+v, %v", done, err)
	}
	second, done, err := r.Upsert(t.Context(), body("two"))
	if err != nil || done.Created || len(done.Changes) != 1 || id(second) != id(first) {
		t.Fatalf("second: %+v, %v", done, err)
	}
	return id(first)
}

// The types without a constraint of NetBox's own are adopted all the same.
func TestUpsertWithoutConstraints(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx, set := t.Context(), netbox.Set[string]
		group := again(t, c.Tenancy.ContactGroups, func(d string) any {
			return netbox.ContactGroupWrite{Name: set("People"), Slug: set("people"), Description: set(d)}
		}, func(v netbox.ContactGroup) int64 { return v.ID })
		again(t, c.Tenancy.ContactGroups, func(d string) any {
			return netbox.ContactGroupWrite{Name: set("Guards"), Slug: set("guards"), Parent: netbox.Set(group), Description: set(d)}
		}, func(v netbox.ContactGroup) int64 { return v.ID })
		again(t, c.Tenancy.Contacts, func(d string) any {
			return netbox.ContactWrite{Name: set("Ada"), Email: set("ada@example.com"), Description: set(d)}
		}, func(v netbox.Contact) int64 { return v.ID })
		// The mail address decides: a namesake is another contact, one without an
		// address is known by name, and may be either.
		if _, done, err := c.Tenancy.Contacts.Upsert(ctx, netbox.ContactWrite{Name: set("Ada"), Email: set("ada@example.org"), Groups: netbox.Set([]int64{group})}); err != nil || !done.Created {
			t.Errorf("a namesake: %+v, %v", done, err)
		}
		var several *netbox.SeveralError
		if _, _, err := c.Tenancy.Contacts.Upsert(ctx, netbox.ContactWrite{Name: set("Ada")}); !errors.As(err, &several) || len(several.IDs) != 2 {
			t.Errorf("by name alone: %v", err)
		}
		vrf := create(t, srv, "ipam/vrfs", map[string]any{"name": "blue"})
		again(t, c.IPAM.Prefixes, func(d string) any {
			return netbox.PrefixWrite{CIDR: set("10.0.0.0/24"), Description: set(d)}
		}, func(v netbox.Prefix) int64 { return v.ID })
		again(t, c.IPAM.Prefixes, func(d string) any {
			return netbox.PrefixWrite{CIDR: set("10.0.0.0/24"), VRF: netbox.Set(vrf), Description: set(d)}
		}, func(v netbox.Prefix) int64 { return v.ID })
		vlans := create(t, srv, "ipam/vlan-groups", map[string]any{"name": "campus", "slug": "campus"})
		site := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		again(t, c.IPAM.VLANs, func(d string) any {
			return netbox.VLANWrite{VID: netbox.Set[int64](10), Name: set("voice"), Group: netbox.Set(vlans), Description: set(d)}
		}, func(v netbox.VLAN) int64 { return v.ID })
		again(t, c.IPAM.VLANs, func(d string) any {
			return netbox.VLANWrite{VID: netbox.Set[int64](10), Name: set("voice"), Site: netbox.Set(site), Description: set(d)}
		}, func(v netbox.VLAN) int64 { return v.ID })
		if n := srv.Count("ipam/vlans"); n != 2 {
			t.Errorf("%d VLANs on %s", n, version)
		}
	})
}

// Components of devices and virtual machines, power and module types are known
// by their owner and name, data sources by their name.
func TestUpsertOfComponents(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		set := netbox.Set[string]
		site := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		maker := create(t, srv, "dcim/manufacturers", map[string]any{"name": "Cisco", "slug": "cisco"})
		kind := create(t, srv, "virtualization/cluster-types", map[string]any{"name": "KVM", "slug": "kvm"})
		cluster := create(t, srv, "virtualization/clusters", map[string]any{"name": "c1", "type": kind})
		var machines []int64
		for _, name := range []string{"vm1", "vm2"} {
			machines = append(machines, create(t, srv, "virtualization/virtual-machines", map[string]any{"name": name, "cluster": cluster}))
		}
		for _, machine := range machines { // the same name on each
			again(t, c.Virtualization.Interfaces, func(d string) any {
				return netbox.VMInterfaceWrite{VirtualMachine: netbox.Set(machine), Name: set("eth0"), Description: set(d)}
			}, func(v netbox.VMInterface) int64 { return v.ID })
			again(t, c.Virtualization.Disks, func(d string) any {
				return netbox.VirtualDiskWrite{VirtualMachine: netbox.Set(machine), Name: set("root"), Size: netbox.Set[int64](20), Description: set(d)}
			}, func(v netbox.VirtualDisk) int64 { return v.ID })
		}
		again(t, c.DCIM.ModuleTypes, func(d string) any {
			return netbox.ModuleTypeWrite{Manufacturer: netbox.Set(maker), Model: set("NM-8X10G"), Description: set(d)}
		}, func(v netbox.ModuleType) int64 { return v.ID })
		panel := again(t, c.DCIM.PowerPanels, func(d string) any {
			return netbox.PowerPanelWrite{Site: netbox.Set(site), Name: set("A"), Description: set(d)}
		}, func(v netbox.PowerPanel) int64 { return v.ID })
		again(t, c.DCIM.PowerFeeds, func(d string) any {
			return netbox.PowerFeedWrite{PowerPanel: netbox.Set(panel), Name: set("A1"), Description: set(d)}
		}, func(v netbox.PowerFeed) int64 { return v.ID })
		again(t, c.Core.DataSources, func(d string) any {
			return netbox.DataSourceWrite{Name: set("contexts"), Type: set("local"), SourceURL: set("/var/contexts"), Description: set(d)}
		}, func(v netbox.DataSource) int64 { return v.ID })
		again(t, c.Extras.ConfigContexts, func(d string) any {
			return netbox.ConfigContextWrite{Name: set("ntp"), Data: netbox.Set[any](map[string]any{"servers": []any{"192.0.2.1"}}), Description: set(d)}
		}, func(v netbox.ConfigContext) int64 { return v.ID })
		again(t, c.IPAM.VRFs, func(d string) any {
			return netbox.VRFWrite{Name: set("blue"), RD: set("65000:1"), Description: set(d)}
		}, func(v netbox.VRF) int64 { return v.ID })
		again(t, c.IPAM.VRFs, func(d string) any { // another one of that name, without a distinguisher
			return netbox.VRFWrite{Name: set("green"), Description: set(d)}
		}, func(v netbox.VRF) int64 { return v.ID })
		// A virtual machine's interface without one names nothing.
		if _, _, err := c.Virtualization.Interfaces.Upsert(t.Context(), netbox.VMInterfaceWrite{Name: set("eth9")}); err == nil {
			t.Error("an interface of no machine was taken")
		}
	})
}
