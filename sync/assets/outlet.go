package assets

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// A netObject is a NetBox object as far as an export maps it.
type netObject struct {
	id     int64
	name   string   // for people
	values []string // by field of the shape
}

// An outlet reads and writes one type of NetBox object, whatever its Go type.
type outlet interface {
	read(ctx context.Context, where netbox.Filter, visit func(netObject)) error
	create(ctx context.Context, bodies []any, o netbox.BulkOptions) ([]outcome, error)
	update(ctx context.Context, patches []netbox.Patch, o netbox.BulkOptions) ([]outcome, error)
	remove(ctx context.Context, ids []int64, o netbox.BulkOptions) ([]outcome, error)
}

// An outcome is what became of one object of a bulk write.
type outcome struct {
	state netbox.ItemState
	id    int64
	row   any // the object as stored, for Echoes
	err   error

	object netObject // what was made
}

type typedOutlet[T any] struct {
	resource *netbox.Resource[T]
	fields   []string
	convert  func(T) netObject
}

func (t typedOutlet[T]) read(ctx context.Context, where netbox.Filter, visit func(netObject)) error {
	for x, err := range t.resource.All(ctx, netbox.Query{Where: where, Fields: t.fields, Prefetch: where == nil}) {
		if err != nil {
			return err
		}
		visit(t.convert(x))
	}
	return nil
}

func (t typedOutlet[T]) create(ctx context.Context, bodies []any, o netbox.BulkOptions) ([]outcome, error) {
	items, err := t.resource.CreateMany(ctx, bodies, o)
	made := whole(outcomes(items), len(bodies), err)
	for i := range min(len(items), len(made)) {
		made[i].object = t.convert(items[i].Row)
	}
	return made, err
}

func (t typedOutlet[T]) update(ctx context.Context, patches []netbox.Patch, o netbox.BulkOptions) ([]outcome, error) {
	items, err := t.resource.UpdateMany(ctx, patches, o)
	return whole(outcomes(items), len(patches), err), err
}

func (t typedOutlet[T]) remove(ctx context.Context, ids []int64, o netbox.BulkOptions) ([]outcome, error) {
	items, err := t.resource.DeleteMany(ctx, ids, o)
	return whole(outcomes(items), len(ids), err), err
}

func outcomes[T any](items []netbox.ItemResult[T]) []outcome {
	if items == nil {
		return nil // nothing was sent
	}
	found := make([]outcome, len(items))
	for i, item := range items {
		found[i] = outcome{state: item.State, id: item.ID, row: item.Row, err: item.Err}
	}
	return found
}

// outletOf gives access to the objects of a shape. Values stand in the order of
// its fields.
func outletOf(c *netbox.Client, s *shape) outlet {
	d, t := c.DCIM, c.Tenancy
	switch s.typ {
	case cmdb.TypeRegion:
		return typedOutlet[netbox.Region]{d.Regions, []string{"name", "slug", "parent", "tags"}, func(x netbox.Region) netObject {
			return stored(x.ID, x.Name, x.Name, x.Slug, related(x.Parent), slugs(x.Tags))
		}}
	case cmdb.TypeSite:
		fields := []string{"name", "slug", "region", "tenant", "physical_address", "latitude", "longitude", "time_zone", "tags"}
		return typedOutlet[netbox.Site]{d.Sites, fields, func(x netbox.Site) netObject {
			return stored(x.ID, x.Name, x.Name, x.Slug, related(x.Region), related(x.Tenant), x.PhysicalAddress,
				degrees(x.Latitude), degrees(x.Longitude), x.TimeZone, slugs(x.Tags))
		}}
	case cmdb.TypeLocation:
		return typedOutlet[netbox.Location]{d.Locations, []string{"name", "slug", "site", "parent", "tenant", "tags"}, func(x netbox.Location) netObject {
			return stored(x.ID, x.Name, x.Name, x.Slug, related(x.Site), related(x.Parent), related(x.Tenant), slugs(x.Tags))
		}}
	case cmdb.TypeManufacturer:
		return typedOutlet[netbox.Manufacturer]{d.Manufacturers, []string{"name", "slug", "tags"}, func(x netbox.Manufacturer) netObject {
			return stored(x.ID, x.Name, x.Name, x.Slug, slugs(x.Tags))
		}}
	case cmdb.TypeDeviceType:
		fields := []string{"model", "slug", "manufacturer", "u_height", "description", "tags"}
		return typedOutlet[netbox.DeviceType]{d.DeviceTypes, fields, func(x netbox.DeviceType) netObject {
			return stored(x.ID, x.Model, x.Model, x.Slug, related(x.Manufacturer), degrees(&x.UHeight), x.Description, slugs(x.Tags))
		}}
	case cmdb.TypeCustomer, cmdb.TypeDepartment:
		return typedOutlet[netbox.Tenant]{t.Tenants, []string{"name", "slug", "group", "description", "tags"}, func(x netbox.Tenant) netObject {
			return stored(x.ID, x.Name, x.Name, x.Slug, related(x.Group), x.Description, slugs(x.Tags))
		}}
	default:
		fields := []string{"name", "display", "device_type", "role", "site", "location", "tenant", "serial", "asset_tag", "status", "description", "custom_fields", "tags"}
		return typedOutlet[netbox.Device]{d.Devices, fields, func(x netbox.Device) netObject {
			model := ""
			if x.DeviceType != nil {
				model = strconv.FormatInt(x.DeviceType.ID, 10)
			}
			return stored(x.ID, x.Display, x.Name, model, related(x.Role), related(x.Site), related(x.Location), related(x.Tenant),
				x.Serial, x.AssetTag, x.Status.Value, x.Description, x.CustomFields.Text(cmdb.ClassField), slugs(x.Tags))
		}}
	}
}

func stored(id int64, name string, texts ...string) netObject {
	return netObject{id: id, name: name, values: texts}
}

// related is the id of a related object, "" for none.
func related(n *netbox.Nested) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(n.ID, 10)
}

// slugs joins the slugs of tags in their order.
func slugs(tags netbox.Tags) string {
	list := tags.Slugs()
	slices.Sort(list)
	return strings.Join(list, ",")
}

// withTag adds a slug to such a list.
func withTag(list, slug string) string {
	all := strings.Split(list, ",")
	if list == "" {
		all = nil
	}
	if slices.Contains(all, slug) {
		return list
	}
	all = append(all, slug)
	slices.Sort(all)
	return strings.Join(all, ",")
}

func (o *netObject) value(s *shape, field string) string { return o.values[s.index(field)] }
