package assets

import (
	"math"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A shape is what an export writes of one type of NetBox object.
type shape struct {
	typ      cmdb.ObjectType
	endpoint string
	fields   []shapeField
	name     string   // the field that names an object
	scope    []string // the relations within which NetBox wants the name to be unique
}

// A shapeField is one field of NetBox.
type shapeField struct {
	name   string // as operations call it
	column string // the CMDB's column that it says, "" for none; see Owners
	form   reconcile.Form
	wire   wireForm
	most   int  // characters that NetBox takes, 0 for any number
	once   bool // written on create only
	must   bool // NetBox demands a value
}

// wireForm is how a field's text becomes JSON.
type wireForm uint8

const (
	asText     wireForm = iota
	asNullable          // a text that is null when it is empty
	asRelation          // an id
	asNumber
	asChoice // a text that is left out when it is empty
	asTags
	asCustom // the custom field of the CI class
)

const (
	fieldTags  = "tags"
	fieldSlug  = "slug"
	fieldClass = "custom_fields." + cmdb.ClassField
)

func named(most int) shapeField {
	return shapeField{name: "name", column: "name", form: text, most: most, must: true}
}

func relation(name, column string) shapeField {
	return shapeField{name: name, column: column, form: text, wire: asRelation}
}

func needed(f shapeField) shapeField { f.must = true; return f }
func atFirst(f shapeField) shapeField {
	f.once, f.column = true, ""
	return f
}

var (
	slugged   = shapeField{name: fieldSlug, form: text, most: 100, once: true}
	taggedAs  = shapeField{name: fieldTags, form: text, wire: asTags}
	described = func(column string) shapeField {
		return shapeField{name: "description", column: column, form: text, most: 200}
	}
	located = func(column string) shapeField {
		return shapeField{name: column, column: column, form: number, wire: asNumber}
	}
)

// The shapes, each after those that it refers to.
var (
	regionShape = shape{typ: cmdb.TypeRegion, endpoint: "dcim/regions", name: "name", scope: []string{"parent"}, fields: []shapeField{
		named(100), slugged, relation("parent", "parent"), taggedAs,
	}}
	siteShape = shape{typ: cmdb.TypeSite, endpoint: "dcim/sites", name: "name", fields: []shapeField{
		named(100), slugged, relation("region", "parent"), relation("tenant", "company"),
		{name: "physical_address", column: "street", form: text, most: 200}, located("latitude"), located("longitude"),
		{name: "time_zone", column: "time_zone", form: text, wire: asNullable}, taggedAs,
	}}
	locationShape = shape{typ: cmdb.TypeLocation, endpoint: "dcim/locations", name: "name", scope: []string{"site", "parent"}, fields: []shapeField{
		named(100), slugged, needed(relation("site", "parent")), relation("parent", "parent"), relation("tenant", "company"), taggedAs,
	}}
	manufacturerShape = shape{typ: cmdb.TypeManufacturer, endpoint: "dcim/manufacturers", name: "name", fields: []shapeField{
		named(100), slugged, taggedAs,
	}}
	deviceTypeShape = shape{typ: cmdb.TypeDeviceType, endpoint: "dcim/device-types", name: "model", scope: []string{"manufacturer"}, fields: []shapeField{
		{name: "model", column: "name", form: text, most: 100, must: true}, slugged, needed(relation("manufacturer", "manufacturer")),
		{name: "u_height", column: "rack_units", form: number, wire: asNumber}, described("short_description"), taggedAs,
	}}
	customerShape = shape{typ: cmdb.TypeCustomer, endpoint: "tenancy/tenants", name: "name", scope: []string{"group"}, fields: []shapeField{
		named(100), slugged, atFirst(relation("group", "")), described(""), taggedAs, // as departments have them
	}}
	departmentShape = shape{typ: cmdb.TypeDepartment, endpoint: "tenancy/tenants", name: "name", scope: []string{"group"}, fields: []shapeField{
		named(100), slugged, atFirst(relation("group", "")), described("description"), taggedAs,
	}}
	deviceShape = shape{typ: cmdb.TypeDevice, endpoint: "dcim/devices", name: "name", scope: []string{"site", "tenant"}, fields: []shapeField{
		named(64), needed(relation("device_type", "model_id")), atFirst(relation("role", "")),
		needed(relation("site", "location")), relation("location", "location"), relation("tenant", "company"),
		{name: "serial", column: "serial_number", form: text, most: 50},
		{name: "asset_tag", column: "asset_tag", form: text, wire: asNullable, most: 50},
		{name: "status", column: "install_status", form: text, wire: asChoice},
		described("short_description"),
		{name: fieldClass, column: classColumn, form: text, wire: asCustom}, taggedAs,
	}}
)

// shapes are in the order in which they are planned.
var shapes = []*shape{
	&regionShape, &customerShape, &departmentShape, &siteShape, &locationShape,
	&manufacturerShape, &deviceTypeShape, &deviceShape,
}

func shapeOf(t cmdb.ObjectType) *shape {
	for _, s := range shapes {
		if s.typ == t {
			return s
		}
	}
	return nil
}

func (s *shape) index(field string) int {
	for i := range s.fields {
		if s.fields[i].name == field {
			return i
		}
	}
	return -1
}

// key is what NetBox keeps unique among the objects of an endpoint: what the
// object is called, and within what. An object without a name has none. Letters
// count the same in either case: NetBox tells most names apart by case, but not
// their slugs.
func (s *shape) key(value func(field string) string) string {
	name := strings.ToLower(strings.TrimSpace(value(s.name)))
	if name == "" {
		return ""
	}
	var b strings.Builder
	for _, f := range s.scope {
		b.WriteString(value(f))
		b.WriteByte(0)
	}
	return b.String() + name
}

// body makes the JSON of the fields of an operation.
func (s *shape) body(changes []reconcile.Change) map[string]any {
	body := map[string]any{}
	for _, c := range changes {
		at := s.index(c.Field)
		if at < 0 {
			continue // of the link row
		}
		value := strings.TrimSpace(c.To.Text())
		switch f := &s.fields[at]; f.wire {
		case asText:
			body[f.name] = value
		case asNullable:
			body[f.name] = orNull(value, value)
		case asRelation:
			id, _ := strconv.ParseInt(value, 10, 64)
			body[f.name] = orNull(value, id)
		case asNumber:
			n, _ := strconv.ParseFloat(value, 64)
			body[f.name] = orNull(value, n)
		case asChoice:
			if value != "" {
				body[f.name] = value
			}
		case asTags:
			tags := []map[string]string{}
			for slug := range strings.SplitSeq(value, ",") {
				if slug != "" {
					tags = append(tags, map[string]string{"slug": slug})
				}
			}
			body[f.name] = tags
		case asCustom:
			body["custom_fields"] = map[string]any{cmdb.ClassField: orNull(value, value)}
		}
	}
	return body
}

func orNull(text string, value any) any {
	if text == "" {
		return nil
	}
	return value
}

// sixDigits cuts a coordinate to what NetBox keeps.
func sixDigits(degrees string) string {
	d, err := strconv.ParseFloat(degrees, 64)
	if err != nil {
		return degrees
	}
	return strconv.FormatFloat(math.Round(d*1e6)/1e6, 'f', -1, 64)
}
