package assets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
)

// readFoundations reads the selected objects of every type but devices.
func (r *run) readFoundations(ctx context.Context) error {
	n := r.NetBox
	steps := []struct {
		typ  cmdb.ObjectType
		read func() error
	}{
		{cmdb.TypeManufacturer, func() error {
			return gather(ctx, r, string(cmdb.TypeManufacturer), n.DCIM.Manufacturers, manufacturerFields, manufacturerTag,
				r.manufacturer)
		}},
		{cmdb.TypeDeviceType, func() error {
			return gather(ctx, r, string(cmdb.TypeDeviceType), n.DCIM.DeviceTypes, deviceTypeFields, deviceTypeTag,
				r.deviceType)
		}},
		{typeTenant, func() error { return r.readTenants(ctx) }},
		{cmdb.TypeRegion, func() error {
			return gather(ctx, r, string(cmdb.TypeRegion), n.DCIM.Regions, regionFields, regionTag,
				r.region)
		}},
		{cmdb.TypeSite, func() error {
			return gather(ctx, r, string(cmdb.TypeSite), n.DCIM.Sites, siteFields, siteTag,
				r.site)
		}},
		{cmdb.TypeLocation, func() error {
			return gather(ctx, r, string(cmdb.TypeLocation), n.DCIM.Locations, locationFields, locationTag,
				r.location)
		}},
	}
	for _, s := range steps {
		if s.typ != typeTenant && !r.imports(s.typ) {
			continue
		}
		if err := s.read(); err != nil {
			return err
		}
	}
	return nil
}

func manufacturerTag(tag string) netbox.Filter { return netbox.ManufacturerFilter{Tag: []string{tag}} }
func deviceTypeTag(tag string) netbox.Filter   { return netbox.DeviceTypeFilter{Tag: []string{tag}} }
func tenantTag(tag string) netbox.Filter       { return netbox.TenantFilter{Tag: []string{tag}} }
func regionTag(tag string) netbox.Filter       { return netbox.RegionFilter{Tag: []string{tag}} }
func siteTag(tag string) netbox.Filter         { return netbox.SiteFilter{Tag: []string{tag}} }
func locationTag(tag string) netbox.Filter     { return netbox.LocationFilter{Tag: []string{tag}} }
func deviceTag(tag string) netbox.Filter       { return netbox.DeviceFilter{Tag: []string{tag}} }

// selected reads the objects that carry one of the tags. An object with several
// of them comes several times.
func selected[T any](ctx context.Context, r *run, from *netbox.Resource[T], fields []string, by func(tag string) netbox.Filter) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, tag := range r.Tags {
			for x, err := range from.All(ctx, netbox.Query{Where: by(tag), Fields: fields, Prefetch: true}) {
				if err != nil {
					yield(x, explainTag(tag, err))
					return
				}
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

// explainTag says what to do when NetBox does not know a tag: it answers 400
// then, and would otherwise have to be asked for the whole table.
func explainTag(tag string, err error) error {
	if e, ok := errors.AsType[*netbox.Error](err); ok && len(e.Fields["tag"]) > 0 {
		return fmt.Errorf("NetBox has no tag with the slug %q: create it and set it on what is to be imported, or name another one: %w", tag, err)
	}
	return err
}

// gather reads the selected objects of one type into the registry.
func gather[T any](ctx context.Context, r *run, subject string, from *netbox.Resource[T], fields []string, by func(tag string) netbox.Filter, convert func(T) *object) error {
	done := 0
	for x, err := range selected(ctx, r, from, fields, by) {
		if err != nil {
			return err
		}
		r.enter(func() *object { return convert(x) })
		done++
	}
	r.Progress(Progress{Stage: StageNetBox, Subject: subject, Done: done, Total: done})
	return nil
}

// typeTenant stands for a tenant of which it is not known whether it is a
// customer or a department.
const typeTenant cmdb.ObjectType = "tenant"

// readTenants reads the tenants and tells customers from departments.
func (r *run) readTenants(ctx context.Context) error {
	if !r.Tenants.ImportCustomers && !r.Tenants.ImportDepartments {
		return nil
	}
	above, err := r.groups(ctx)
	if err != nil {
		return err
	}
	err = gather(ctx, r, string(typeTenant), r.NetBox.Tenancy.Tenants, tenantFields, tenantTag,
		func(t netbox.Tenant) *object { return r.tenant(t, above) })
	for key, o := range r.registry {
		if key.Type == typeTenant { // of no table, so that nobody else reports it
			r.skip(o, "", sysID{}, o.code, o.reason)
		}
	}
	return err
}

// groups returns the group above each group of tenants, when that matters.
func (r *run) groups(ctx context.Context) (map[int64]int64, error) {
	above := map[int64]int64{}
	if !r.Tenants.Descendants {
		return above, nil
	}
	for g, err := range r.NetBox.Tenancy.TenantGroups.All(ctx, netbox.Query{Fields: []string{"parent"}}) {
		if err != nil {
			return nil, err
		}
		above[g.ID] = idOf(g.Parent)
	}
	return above, nil
}

func (r *run) manufacturer(m netbox.Manufacturer) *object {
	o := newObject(&companies, cmdb.TypeManufacturer, m.ID, m.Name)
	o.set("name", m.Name, true)
	o.set("manufacturer", "true", true)
	return r.keep(o, m)
}

func (r *run) deviceType(t netbox.DeviceType) *object {
	o := newObject(&models, cmdb.TypeDeviceType, t.ID, t.Model)
	o.set("name", t.Model, true)
	o.set("model_number", t.Model, true)
	o.set("short_description", t.Description, r.ClearEmpty)
	if t.UHeight == math.Trunc(t.UHeight) { // the column takes whole units only
		o.set("rack_units", strconv.FormatFloat(t.UHeight, 'f', -1, 64), true)
	}
	r.refer(o, "manufacturer", cmdb.TypeManufacturer, t.Manufacturer)
	return r.keep(o, t)
}

func (r *run) tenant(t netbox.Tenant, above map[int64]int64) *object {
	group := idOf(t.Group)
	kind := r.Tenants.Classify(cmdb.Import, cmdb.Tenant{Group: group, Ancestors: ancestors(above, group)})
	switch typ, ok := kind.Kind.Type(); {
	case !ok:
		o := newObject(&companies, typeTenant, t.ID, t.Name)
		o.skip(CodeUnclassified, kind.Detail)
		return o
	case typ == cmdb.TypeDepartment:
		o := newObject(&departments, typ, t.ID, t.Name)
		o.set("name", t.Name, true)
		o.set("description", t.Description, r.ClearEmpty)
		o.set("company", r.Company, false)
		return r.keep(o, t)
	}
	o := newObject(&companies, cmdb.TypeCustomer, t.ID, t.Name)
	o.set("name", t.Name, true)
	o.set("customer", "true", true)
	return r.keep(o, t)
}

// ancestors returns the groups above a group, nearest first.
func ancestors(above map[int64]int64, group int64) (groups []int64) {
	for g := above[group]; g != 0 && len(groups) < len(above); g = above[g] {
		groups = append(groups, g)
	}
	return groups
}

func (r *run) region(x netbox.Region) *object {
	o := newObject(&locations, cmdb.TypeRegion, x.ID, x.Name)
	o.set("name", x.Name, true)
	r.place(o, cmdb.TypeRegion, x.Parent)
	return r.keep(o, x)
}

func (r *run) site(x netbox.Site) *object {
	o := newObject(&locations, cmdb.TypeSite, x.ID, x.Name)
	o.set("name", x.Name, true)
	o.set("street", x.PhysicalAddress, r.ClearEmpty)
	o.set("latitude", degrees(x.Latitude), r.ClearEmpty)
	o.set("longitude", degrees(x.Longitude), r.ClearEmpty)
	o.set("time_zone", x.TimeZone, r.ClearEmpty)
	r.place(o, cmdb.TypeRegion, x.Region)
	r.owned(o, x.Tenant, "company", "")
	return r.keep(o, x)
}

func (r *run) location(x netbox.Location) *object {
	o := newObject(&locations, cmdb.TypeLocation, x.ID, x.Name)
	o.set("name", x.Name, true)
	if x.Parent != nil {
		r.place(o, cmdb.TypeLocation, x.Parent)
		r.needs(o, cmdb.TypeSite, x.Site)
	} else {
		r.place(o, cmdb.TypeSite, x.Site)
	}
	r.owned(o, x.Tenant, "company", "")
	return r.keep(o, x)
}

// The fields that the flow reads of each type.
var (
	manufacturerFields = []string{"name"}
	deviceTypeFields   = []string{"manufacturer", "model", "u_height", "description"}
	tenantFields       = []string{"name", "group", "description"}
	regionFields       = []string{"name", "parent"}
	siteFields         = []string{"name", "region", "tenant", "physical_address", "latitude", "longitude", "time_zone"}
	locationFields     = []string{"name", "site", "parent", "tenant"}
	deviceFields       = []string{
		"name", "display", "device_type", "role", "tenant", "serial", "asset_tag", "site", "location",
		"status", "primary_ip", "description", "custom_fields",
	}
)

// devices reads the selected devices, page by page.
func (r *run) devices(ctx context.Context) iter.Seq2[*object, error] {
	return func(yield func(*object, error) bool) {
		done := 0
		seen := map[int64]struct{}{}
		for d, err := range selected(ctx, r, r.NetBox.DCIM.Devices, deviceFields, deviceTag) {
			if err != nil {
				yield(nil, err)
				return
			}
			if len(r.Tags) > 1 { // one tag repeats nothing
				if _, twice := seen[d.ID]; twice {
					continue
				}
				seen[d.ID] = struct{}{}
			}
			if done++; done%progressStep == 0 {
				r.Progress(Progress{Stage: StageNetBox, Subject: string(cmdb.TypeDevice), Done: done, Total: -1})
			}
			if !yield(r.device(d), nil) {
				return
			}
		}
		r.Progress(Progress{Stage: StageNetBox, Subject: string(cmdb.TypeDevice), Done: done, Total: done})
	}
}

// progressStep is how many records pass between two calls of Import.Progress.
const progressStep = 1000

func (r *run) device(d netbox.Device) *object {
	name := d.Name
	if name == "" {
		name = d.Display // NetBox's own name for a nameless device
	}
	o := newObject(&configurationItems, cmdb.TypeDevice, d.ID, name)
	class := r.Classifier.Classify(cmdb.Device{
		Class: d.CustomFields.Text(cmdb.ClassField), RoleName: nameOf(d.Role), RoleSlug: slugOf(d.Role),
	})
	o.class = class.Table
	if !class.Valid {
		o.skip(map[cmdb.ClassReason]string{cmdb.ClassMissing: CodeClassMissing, cmdb.ClassUnregistered: CodeClassUnregistered}[class.Reason], class.Detail)
	}
	o.set("name", name, true)
	o.set("asset_tag", d.AssetTag, r.ClearEmpty)
	if !r.Identifier.IgnoreValue("serial_number", d.Serial) { // "N/A" is no serial number
		o.set("serial_number", d.Serial, r.ClearEmpty)
	}
	o.set("ip_address", hostAddress(d.PrimaryIP), r.ClearEmpty)
	o.set("short_description", d.Description, r.ClearEmpty)
	if s := r.Status.Get(d.Status.Value); s.OK() {
		o.set("install_status", s.Value.Install, false)
		o.set("operational_status", s.Value.Operational, false)
	}
	if d.DeviceType != nil {
		r.refer(o, "model_id", cmdb.TypeDeviceType, &netbox.Nested{ID: d.DeviceType.ID, Name: d.DeviceType.Model})
		r.refer(o, "manufacturer", cmdb.TypeManufacturer, d.DeviceType.Manufacturer)
	}
	if d.Location != nil && r.imports(cmdb.TypeLocation) { // the narrower of the two
		r.refer(o, "location", cmdb.TypeLocation, d.Location)
		r.needs(o, cmdb.TypeSite, d.Site)
	} else {
		r.refer(o, "location", cmdb.TypeSite, d.Site)
	}
	r.owned(o, d.Tenant, "company", "department")
	return r.keep(o, d)
}

// place puts a location below another one.
func (r *run) place(o *object, typ cmdb.ObjectType, above *netbox.Nested) {
	if above != nil && r.imports(typ) {
		o.parent = cmdb.Object{Type: typ, ID: above.ID}
	}
	r.refer(o, "parent", typ, above)
}

// refer makes a column point to another object, unless its type is not imported.
func (r *run) refer(o *object, column string, typ cmdb.ObjectType, to *netbox.Nested) {
	switch {
	case !r.imports(typ):
	case to != nil:
		o.refer(column, r.mention(typ, to))
	default:
		o.set(column, "", r.ClearEmpty)
	}
}

func (r *run) needs(o *object, typ cmdb.ObjectType, to *netbox.Nested) {
	if to != nil && r.imports(typ) {
		o.need(r.mention(typ, to))
	}
}

// mention notes what an object that others refer to is called.
func (r *run) mention(typ cmdb.ObjectType, to *netbox.Nested) cmdb.Object {
	o := cmdb.Object{Type: typ, ID: to.ID}
	if r.registry[o] == nil {
		r.names[o] = to.Name
	}
	return o
}

// owned makes the columns for company and department say whose the object is. A
// column without a name has no place in the record.
func (r *run) owned(o *object, tenant *netbox.Nested, company, department string) {
	if tenant == nil {
		if r.imports(cmdb.TypeCustomer) {
			o.set(company, "", r.ClearEmpty)
		}
		if department != "" && r.imports(cmdb.TypeDepartment) {
			o.set(department, "", r.ClearEmpty)
		}
		return
	}
	customer := cmdb.Object{Type: cmdb.TypeCustomer, ID: tenant.ID}
	dept := cmdb.Object{Type: cmdb.TypeDepartment, ID: tenant.ID}
	switch {
	case r.has(customer):
		o.refer(company, customer)
	case r.has(dept) && department != "":
		o.refer(department, dept)
	case r.has(dept), r.has(cmdb.Object{Type: typeTenant, ID: tenant.ID}):
		// a department where only companies count, or neither of the two
	case r.imports(cmdb.TypeCustomer) && r.imports(cmdb.TypeDepartment):
		o.need(r.mention(typeTenant, tenant))
	case r.imports(cmdb.TypeCustomer):
		o.need(r.mention(cmdb.TypeCustomer, tenant))
	case r.imports(cmdb.TypeDepartment) && department != "":
		o.need(r.mention(cmdb.TypeDepartment, tenant))
	}
}

// has reports whether an object is among those to import, or in the CMDB already.
func (r *run) has(o cmdb.Object) bool { return r.registry[o] != nil || r.present[o] }

// hostAddress is an address without its prefix length.
func hostAddress(ip *netbox.NestedIP) string {
	if ip == nil {
		return ""
	}
	address, _, _ := strings.Cut(ip.Address, "/")
	return address
}

func degrees(d *float64) string {
	if d == nil {
		return ""
	}
	return strconv.FormatFloat(*d, 'f', -1, 64)
}

func idOf(n *netbox.Nested) int64 {
	if n == nil {
		return 0
	}
	return n.ID
}

func nameOf(n *netbox.Nested) string {
	if n == nil {
		return ""
	}
	return n.Name
}

func slugOf(n *netbox.Nested) string {
	if n == nil {
		return ""
	}
	return n.Slug
}
