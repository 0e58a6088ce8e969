package assets

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// What a plan stages is in the plan: an operation on a record has the row as a change
// of its own, as JSON and under the columns' default names, beside the changes that it
// is to bring about. The row is a whole object, not what differs: transform maps are
// written for objects as NetBox shows them.
const (
	stagedPrefix     = "staged."
	stagedRow        = stagedPrefix + "row"
	stagedAttributes = stagedPrefix + "attributes"
)

// CodeNotStaged says that what is planned cannot be said by a row of a staging table.
const CodeNotStaged = "not-staged"

func isStaged(c reconcile.Change) bool { return strings.HasPrefix(c.Field, stagedPrefix) }

// A stagedAttribute is a custom field of a device.
type stagedAttribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// A draft is what NetBox says of an object, by column of its staging table.
type draft struct {
	table      *stagedTable
	values     []string
	attributes []stagedAttribute
}

func (d *draft) set(column, value string) {
	if at := d.table.index(column); at >= 0 {
		d.values[at] = value
	}
}

func (d *draft) nested(field string, to *netbox.Nested) {
	if to != nil {
		d.set(field+"_id", strconv.FormatInt(to.ID, 10))
		d.set(field+"_name", to.Name)
	}
}

// keepPlace notes where an object is, unless places of that kind are not imported.
func (r *run) keepPlace(d *draft, field string, typ cmdb.ObjectType, to *netbox.Nested) {
	if r.imports(typ) {
		d.nested(field, to)
	}
}

// keep notes what NetBox says of an object, where it is to be staged.
func (r *run) keep(o *object, from any) *object {
	t := stagedTableOf(o.Type)
	if r.Through != ThroughImportSets || t == nil {
		return o
	}
	d := &draft{table: t, values: make([]string, len(t.columns))}
	d.set(stagedID, strconv.FormatInt(o.ID, 10))
	d.set("name", o.name)
	switch x := from.(type) {
	case netbox.Region:
		r.keepPlace(d, "parent", cmdb.TypeRegion, x.Parent)
	case netbox.Site:
		r.keepPlace(d, "region", cmdb.TypeRegion, x.Region)
		d.nested("tenant", x.Tenant)
		d.set("physical_address", x.PhysicalAddress)
		d.set("latitude", degrees(x.Latitude))
		d.set("longitude", degrees(x.Longitude))
		d.set("time_zone", x.TimeZone)
	case netbox.Location:
		r.keepPlace(d, "site", cmdb.TypeSite, x.Site)
		r.keepPlace(d, "parent", cmdb.TypeLocation, x.Parent)
		d.nested("tenant", x.Tenant)
	case netbox.DeviceType:
		d.set("model", x.Model)
		d.nested("manufacturer", x.Manufacturer)
		d.set("u_height", strconv.FormatFloat(x.UHeight, 'f', -1, 64))
		d.set("description", x.Description)
	case netbox.Tenant:
		d.nested("group", x.Group)
		d.set("description", x.Description)
		d.set("company", r.Company)
	case netbox.Device:
		r.keepDevice(d, x)
	}
	o.draft = d
	r.leaveOut(o, t)
	return o
}

// leaveOut takes back what an object says that no column of its staging table says.
func (r *run) leaveOut(o *object, t *stagedTable) {
	said, left := map[string]bool{}, map[string]bool{}
	for _, c := range t.columns {
		out := r.ImportSets.column(t.name, c.name) == ""
		for _, name := range c.says {
			said[name], left[name] = said[name] || !out, true
		}
	}
	for at, c := range o.target.columns {
		if c.name == linkLevel || said[c.name] || !left[c.name] {
			continue
		}
		o.values[at] = reconcile.Absent()
		for n := range o.refs {
			if o.refs[n].column == at {
				o.refs[n].column = -1
			}
		}
	}
}

func (r *run) keepDevice(d *draft, x netbox.Device) {
	d.set("serial", x.Serial)
	d.set("asset_tag", x.AssetTag)
	if x.DeviceType != nil {
		d.set("device_type_id", strconv.FormatInt(x.DeviceType.ID, 10))
		d.set("device_type_model", x.DeviceType.Model)
		d.nested("manufacturer", x.DeviceType.Manufacturer)
	}
	d.set("role_name", nameOf(x.Role))
	d.set("role_slug", slugOf(x.Role))
	r.keepPlace(d, "site", cmdb.TypeSite, x.Site)
	r.keepPlace(d, "location", cmdb.TypeLocation, x.Location)
	d.nested("tenant", x.Tenant)
	d.set(stagedState, x.Status.Value)
	d.set("primary_ip", hostAddress(x.PrimaryIP))
	d.set("description", x.Description)
	for _, name := range r.ImportSets.Attributes {
		if x.CustomFields.Has(name) && !x.CustomFields.IsNull(name) {
			d.attributes = append(d.attributes, stagedAttribute{name, x.CustomFields.Text(name), attributeType(x.CustomFields, name)})
		}
	}
}

// attributeType is what kind of value a custom field has, in NetBox's words, as far as the
// value shows: a date is text, and up to 4.6 so is a selection.
func attributeType(fields netbox.CustomFields, name string) string {
	switch text := strings.TrimSpace(string(fields[name])); {
	case text == "true", text == "false":
		return "boolean"
	case strings.HasPrefix(text, `"`):
		return "text"
	case strings.HasPrefix(text, "{") && fields.ID(name) != 0:
		return "object"
	case strings.HasPrefix(text, "{"):
		return "select"
	case strings.HasPrefix(text, "[") && strings.Contains(text, `"id"`):
		return "multiobject"
	case strings.HasPrefix(text, "["):
		return "multiselect"
	case strings.ContainsAny(text, ".eE"):
		return "decimal"
	}
	return "integer"
}

// stage gives an operation the row that brings it about. What the plan leaves as it is,
// because it is the CMDB's or NetBox says nothing of it, is not in the row.
func (r *run) stage(op *reconcile.Operation, it item) {
	if r.Through != ThroughImportSets || it.draft == nil || !changesRecord(*op) {
		return
	}
	row := map[string]string{}
	for n, c := range it.draft.table.columns {
		value := it.draft.values[n]
		switch c.name {
		case stagedLevel:
			value = it.value(linkLevel)
		case stagedClass:
			value = it.class
		}
		if r.says(it.object, c) {
			row[c.name] = value
		}
	}
	op.Changes = append(op.Changes, stagedChange(stagedRow, row))
	if len(it.draft.attributes) > 0 {
		op.Changes = append(op.Changes, stagedChange(stagedAttributes, it.draft.attributes))
	}
}

// says reports whether the plan says something of what a column is about.
func (r *run) says(o *object, c stagedColumn) bool {
	for _, name := range c.says {
		if at := o.target.index(name); at >= 0 && o.values[at].IsText() {
			return true
		}
	}
	return len(c.says) == 0
}

// stageRetired gives an operation that takes a CI out of service the row of its device
// with nothing but the status that means so. It reports false where NetBox has none.
func (r *run) stageRetired(op *reconcile.Operation) bool {
	status := r.Status.Back(r.Retired)
	if !status.OK() {
		return false
	}
	op.Changes = append(op.Changes, stagedChange(stagedRow, map[string]string{
		stagedID: op.Key, "name": op.Name, stagedState: status.Value, stagedClass: op.Class,
	}))
	return true
}

func stagedChange(field string, content any) reconcile.Change {
	data, _ := json.Marshal(content) //nolint:errchkjson // maps and lists of texts, which cannot fail
	return reconcile.Change{Field: field, To: reconcile.Text(string(data))}
}

// changesRecord reports whether an operation changes the record itself, and not its link
// row alone.
func changesRecord(op reconcile.Operation) bool {
	for _, c := range op.Changes {
		if !isLink(c) && !isStaged(c) {
			return true
		}
	}
	return op.Kind == reconcile.Create
}

// stagedRowOf reads the row that an operation stages.
func stagedRowOf(op reconcile.Operation) (row map[string]string, attributes []stagedAttribute, err error) {
	for _, c := range op.Changes {
		switch c.Field {
		case stagedRow:
			err = json.Unmarshal([]byte(c.To.Text()), &row)
		case stagedAttributes:
			err = json.Unmarshal([]byte(c.To.Text()), &attributes)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("assets: operation %s: %s is no row: plan again: %w", op.ID, c.Field, err)
		}
	}
	return row, attributes, nil
}

// stagedTypeOf is the staging table of an operation.
func stagedTypeOf(op reconcile.Operation) *stagedTable {
	return stagedTableOf(cmdb.ObjectType(op.Type))
}

// withoutRows leaves out what operations stage: it is in no table that can be read.
func withoutRows(ops []reconcile.Operation) []reconcile.Operation {
	if !slices.ContainsFunc(ops, func(op reconcile.Operation) bool { return slices.ContainsFunc(op.Changes, isStaged) }) {
		return ops
	}
	without := slices.Clone(ops)
	for n, op := range ops {
		without[n].Changes = slices.DeleteFunc(slices.Clone(op.Changes), isStaged)
	}
	return without
}
