package assets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// spread reads the objects that have changed, and those that depend on them: all the way
// where the change matters to them, and also on everything that the CMDB does not have,
// since that may be what they have been waiting for.
func (r *run) spread(ctx context.Context, c *changed) error {
	done := map[origin]bool{}
	for {
		if err := r.lookAtFresh(ctx, c); err != nil {
			return err
		}
		ids := map[string][]int64{}
		for _, o := range slices.SortedFunc(maps.Keys(c.origins), compareOrigins) {
			if !done[o] {
				done[o] = true
				ids[o.objectType] = append(ids[o.objectType], o.id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		for _, objectType := range slices.Sorted(maps.Keys(ids)) {
			for some := range slices.Chunk(ids[objectType], idsPerRequest) {
				found, err := r.dependents(ctx, objectType, some)
				if err != nil {
					return err
				}
				for _, o := range found {
					c.origins[origin{changeTypes[o.Type], o.ID}] = true
					if _, known := c.objects[o]; !known {
						c.objects[o] = false
					}
				}
			}
		}
	}
}

// lookAtFresh reads the objects that were not read yet.
func (r *run) lookAtFresh(ctx context.Context, c *changed) error {
	if len(c.objects) > mostSince {
		return fmt.Errorf("more than %d objects have changed, or depend on some that have: %w", mostSince, ErrFullPass)
	}
	var fresh []cmdb.Object
	for _, o := range c.sorted() {
		if !c.looked[o] {
			c.looked[o] = true
			fresh = append(fresh, o)
		}
	}
	if err := r.look(ctx, fresh); err != nil {
		return err
	}
	for _, o := range fresh {
		_, there := r.narrow.found[o]
		linked := slices.ContainsFunc(kinds(o), func(kind cmdb.Object) bool { return len(r.live(kind)) > 0 })
		if here := (origin{changeTypes[o.Type], o.ID}); !there {
			delete(c.origins, here) // NetBox would refuse to select by it
		} else if !linked {
			c.origins[here] = true
		}
	}
	return nil
}

// changeTypes are the types as the change log calls them.
var changeTypes = map[cmdb.ObjectType]string{
	cmdb.TypeRegion: "dcim.region", cmdb.TypeSite: "dcim.site", cmdb.TypeLocation: "dcim.location",
	cmdb.TypeManufacturer: "dcim.manufacturer", cmdb.TypeDeviceType: "dcim.devicetype",
	typeTenant: "tenancy.tenant", cmdb.TypeDevice: "dcim.device",
}

func compareOrigins(a, b origin) int {
	return cmp.Or(cmp.Compare(a.objectType, b.objectType), cmp.Compare(a.id, b.id))
}

// dependents returns the objects that refer to some others directly, as far as they are
// imported.
func (r *run) dependents(ctx context.Context, objectType string, ids []int64) (all []cmdb.Object, err error) {
	n := r.NetBox
	devices := func(where netbox.Filter) error {
		return collect(ctx, r, &all, cmdb.TypeDevice, n.DCIM.Devices, where, func(x netbox.Device) int64 { return x.ID })
	}
	sites := func(where netbox.Filter) error {
		return collect(ctx, r, &all, cmdb.TypeSite, n.DCIM.Sites, where, func(x netbox.Site) int64 { return x.ID })
	}
	locations := func(where netbox.Filter) error {
		return collect(ctx, r, &all, cmdb.TypeLocation, n.DCIM.Locations, where, func(x netbox.Location) int64 { return x.ID })
	}
	var steps []error
	switch objectType {
	case "dcim.region":
		steps = []error{
			collect(ctx, r, &all, cmdb.TypeRegion, n.DCIM.Regions, netbox.RegionFilter{ParentID: ids}, func(x netbox.Region) int64 { return x.ID }),
			sites(netbox.SiteFilter{RegionID: ids}),
		}
	case "dcim.site":
		steps = []error{locations(netbox.LocationFilter{SiteID: ids}), devices(netbox.DeviceFilter{SiteID: ids})}
	case "dcim.location":
		steps = []error{locations(netbox.LocationFilter{ParentID: ids}), devices(netbox.DeviceFilter{LocationID: ids})}
	case "dcim.manufacturer":
		steps = []error{
			collect(ctx, r, &all, cmdb.TypeDeviceType, n.DCIM.DeviceTypes, netbox.DeviceTypeFilter{ManufacturerID: ids}, func(x netbox.DeviceType) int64 { return x.ID }),
			devices(netbox.DeviceFilter{ManufacturerID: ids}),
		}
	case "dcim.devicetype":
		steps = []error{devices(netbox.DeviceFilter{DeviceTypeID: ids})}
	case "tenancy.tenant":
		steps = []error{sites(netbox.SiteFilter{TenantID: ids}), locations(netbox.LocationFilter{TenantID: ids}), devices(netbox.DeviceFilter{TenantID: ids})}
	case "tenancy.tenantgroup":
		steps = []error{collect(ctx, r, &all, typeTenant, n.Tenancy.Tenants, netbox.TenantFilter{GroupID: ids}, func(x netbox.Tenant) int64 { return x.ID })}
	case "dcim.devicerole":
		steps = []error{devices(netbox.DeviceFilter{RoleID: ids})}
	case "dcim.rack":
		steps = []error{devices(netbox.DeviceFilter{RackID: ids})}
	case "ipam.ipaddress":
		steps = []error{devices(netbox.Raw("primary_ip4_id", ids)), devices(netbox.Raw("primary_ip6_id", ids))}
	}
	err = errors.Join(steps...)
	return all, err
}

// collect adds the objects of one type that meet a filter, if the type is imported.
func collect[T any](ctx context.Context, r *run, all *[]cmdb.Object, typ cmdb.ObjectType, from *netbox.Resource[T], where netbox.Filter, id func(T) int64) error {
	if !r.handles(typ) {
		return nil
	}
	for x, err := range from.All(ctx, netbox.Query{Where: where, Fields: []string{"id"}}) {
		if err != nil {
			return err
		}
		*all = append(*all, cmdb.Object{Type: typ, ID: id(x)})
	}
	return nil
}
