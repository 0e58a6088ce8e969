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
