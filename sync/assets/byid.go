package assets

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// A found is a NetBox object that was read by its id.
type found struct {
	// key is the object; of type tenant until it is known to be a customer or a
	// department.
	key     cmdb.Object
	name    string
	tagged  bool
	updated time.Time
	// needs are the objects that NetBox says it refers to, of types that are
	// imported.
	needs   []cmdb.Object
	convert func() *object
}

// typeOf tells which of the flow's types a NetBox type is, such as "dcim.device".
// Tenants are typeTenant.
func typeOf(objectType string) (cmdb.ObjectType, bool) {
	switch objectType {
	case "dcim.region":
		return cmdb.TypeRegion, true
	case "dcim.site":
		return cmdb.TypeSite, true
	case "dcim.location":
		return cmdb.TypeLocation, true
	case "dcim.manufacturer":
		return cmdb.TypeManufacturer, true
	case "dcim.devicetype":
		return cmdb.TypeDeviceType, true
	case "tenancy.tenant":
		return typeTenant, true
	case "dcim.device":
		return cmdb.TypeDevice, true
	}
	return "", false
}

// handles reports whether objects of a type are imported, tenants as either kind.
func (r *run) handles(t cmdb.ObjectType) bool {
	if t == typeTenant {
		return r.imports(cmdb.TypeCustomer) || r.imports(cmdb.TypeDepartment)
	}
	return r.imports(t)
}

// kinds are the objects as which a NetBox object may be linked.
func kinds(o cmdb.Object) []cmdb.Object {
	if o.Type == typeTenant {
		return []cmdb.Object{{Type: cmdb.TypeCustomer, ID: o.ID}, {Type: cmdb.TypeDepartment, ID: o.ID}}
	}
	return []cmdb.Object{o}
}

// readObjects reads objects by their ids, one request for each type. What NetBox does not
// have is not in the answer.
func (r *run) readObjects(ctx context.Context, objects []cmdb.Object) (all []found, err error) {
	ids := map[cmdb.ObjectType][]int64{}
	for _, o := range objects {
		ids[o.Type] = append(ids[o.Type], o.ID)
	}
	for _, typ := range slices.Sorted(maps.Keys(ids)) {
		for asked := range slices.Chunk(ids[typ], idsPerRequest) {
			some, err := r.readType(ctx, typ, asked)
			if err != nil {
				return nil, err
			}
			r.Logger.Info("GET", "component", markerREST, "type", string(typ), "asked", len(asked), "found", len(some))
			all = append(all, some...)
		}
	}
	return all, nil
}

func (r *run) readType(ctx context.Context, typ cmdb.ObjectType, ids []int64) ([]found, error) {
	n := r.NetBox
	switch typ {
	case cmdb.TypeRegion:
		return readByID(ctx, n.DCIM.Regions, regionFields, netbox.RegionFilter{ID: ids}, func(x netbox.Region) found {
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.region(x) }, ref{cmdb.TypeRegion, x.Parent})
		})
	case cmdb.TypeSite:
		return readByID(ctx, n.DCIM.Sites, siteFields, netbox.SiteFilter{ID: ids}, func(x netbox.Site) found {
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.site(x) },
				ref{cmdb.TypeRegion, x.Region}, ref{typeTenant, x.Tenant})
		})
	case cmdb.TypeLocation:
		return readByID(ctx, n.DCIM.Locations, locationFields, netbox.LocationFilter{ID: ids}, func(x netbox.Location) found {
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.location(x) },
				ref{cmdb.TypeSite, x.Site}, ref{cmdb.TypeLocation, x.Parent}, ref{typeTenant, x.Tenant})
		})
	case cmdb.TypeManufacturer:
		return readByID(ctx, n.DCIM.Manufacturers, manufacturerFields, netbox.ManufacturerFilter{ID: ids}, func(x netbox.Manufacturer) found {
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.manufacturer(x) })
		})
	case cmdb.TypeDeviceType:
		return readByID(ctx, n.DCIM.DeviceTypes, deviceTypeFields, netbox.DeviceTypeFilter{ID: ids}, func(x netbox.DeviceType) found {
			return r.found(typ, x.ID, x.Model, x.Tags, x.LastUpdated, func() *object { return r.deviceType(x) }, ref{cmdb.TypeManufacturer, x.Manufacturer})
		})
	case typeTenant:
		above, err := r.groups(ctx)
		if err != nil {
			return nil, err
		}
		return readByID(ctx, n.Tenancy.Tenants, tenantFields, netbox.TenantFilter{ID: ids}, func(x netbox.Tenant) found {
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.tenant(x, above) })
		})
	default:
		return readByID(ctx, n.DCIM.Devices, deviceFields, netbox.DeviceFilter{ID: ids}, func(x netbox.Device) found {
			needs := []ref{{cmdb.TypeSite, x.Site}, {cmdb.TypeLocation, x.Location}, {typeTenant, x.Tenant}}
			if x.DeviceType != nil {
				needs = append(needs, ref{cmdb.TypeDeviceType, &netbox.Nested{ID: x.DeviceType.ID, Name: x.DeviceType.Model}}, ref{cmdb.TypeManufacturer, x.DeviceType.Manufacturer})
			}
			return r.found(typ, x.ID, x.Name, x.Tags, x.LastUpdated, func() *object { return r.device(x) }, needs...)
		})
	}
}

// A ref is a reference as NetBox shows it.
type ref struct {
	typ cmdb.ObjectType
	to  *netbox.Nested
}

func (r *run) found(typ cmdb.ObjectType, id int64, name string, tags netbox.Tags, updated time.Time, convert func() *object, refs ...ref) found {
	f := found{key: cmdb.Object{Type: typ, ID: id}, name: name, updated: updated, convert: convert}
	f.tagged = slices.ContainsFunc(r.Tags, tags.Has)
	for _, ref := range refs {
		if ref.to != nil && r.handles(ref.typ) {
			f.needs = append(f.needs, cmdb.Object{Type: ref.typ, ID: ref.to.ID})
			r.names[f.needs[len(f.needs)-1]] = ref.to.Name
		}
	}
	return f
}

// readByID reads the objects of one type with some ids.
func readByID[T any](ctx context.Context, from *netbox.Resource[T], fields []string, ids netbox.Filter, read func(T) found) (all []found, err error) {
	q := netbox.Query{Where: ids, Fields: append([]string{"tags", "last_updated"}, fields...)}
	for x, err := range from.All(ctx, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, read(x))
	}
	return all, nil
}

func idsOf(objects []cmdb.Object) (texts []any) {
	seen := map[int64]bool{}
	for _, o := range objects {
		if !seen[o.ID] {
			seen[o.ID] = true
			texts = append(texts, strconv.FormatInt(o.ID, 10))
		}
	}
	return texts
}

func typesOf(objects []cmdb.Object) (texts []any) {
	for _, o := range objects {
		if !slices.Contains(texts, any(string(o.Type))) {
			texts = append(texts, string(o.Type))
		}
	}
	return texts
}
