package assets

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// refer finds what each record refers to as an object of NetBox, and notes what it
// lacks of what NetBox demands.
func (x *exporting) refer(o *outgoing) {
	switch o.typ {
	case cmdb.TypeRegion:
		o.refer("parent", ofType(x.at(o, "parent"), cmdb.TypeRegion))
	case cmdb.TypeSite:
		o.refer("region", ofType(x.at(o, "parent"), cmdb.TypeRegion))
		o.refer("tenant", x.tenantOf(o))
	case cmdb.TypeLocation:
		o.refer("parent", ofType(x.at(o, "parent"), cmdb.TypeLocation))
		o.refer("site", x.siteOf(x.at(o, "parent")))
		o.refer("tenant", x.tenantOf(o))
	case cmdb.TypeDeviceType:
		o.refer("manufacturer", ofType(x.at(o, "manufacturer"), cmdb.TypeManufacturer))
	case cmdb.TypeDevice:
		place := x.at(o, "location")
		o.refer("location", ofType(place, cmdb.TypeLocation))
		o.refer("site", x.siteOf(place))
		o.refer("device_type", ofType(x.at(o, "model_id"), cmdb.TypeDeviceType))
		o.refer("tenant", x.tenantOf(o))
	}
	x.demand(o)
}

func ofType(o *outgoing, t cmdb.ObjectType) *outgoing {
	if o == nil || o.typ != t {
		return nil
	}
	return o
}

// siteOf returns the site that a location is, or is in.
func (x *exporting) siteOf(o *outgoing) *outgoing {
	for range len(x.records) {
		if o == nil || o.typ == cmdb.TypeSite {
			return o
		}
		o = x.at(o, "parent")
	}
	return nil // the locations go round in a circle
}

// tenantOf returns the record that is the tenant: the department, as the narrower of
// the two, or else the company.
func (x *exporting) tenantOf(o *outgoing) *outgoing {
	if x.Tenants.ExportDepartments && o.target == &configurationItems {
		if d := x.at(o, "department"); d != nil {
			return d
		}
	}
	if x.Tenants.ExportCustomers {
		return ofType(x.at(o, "company"), cmdb.TypeCustomer)
	}
	return nil
}

// demand notes what a record lacks of what NetBox demands.
func (x *exporting) demand(o *outgoing) {
	s := shapeOf(o.typ)
	if s == nil {
		return
	}
	for i := range s.fields {
		f := &s.fields[i]
		value := o.text(f.column)
		n := utf8.RuneCountInString(value)
		switch {
		case f.must && f.wire == asRelation && o.ref(f.name) == nil:
			o.refuse(CodeNotReady, "%s", x.lacks(o, f))
		case f.must && f.wire != asRelation && value == "":
			o.refuse(CodeNotReady, "%s is empty", f.column)
		case f.most > 0 && f.name != fieldSlug && n > f.most:
			o.refuse(CodeNotReady, "%s has %d characters and NetBox takes %d: shorten it", f.column, n, f.most)
		}
	}
}

// lacks says why a record has no value for a relation that NetBox demands.
func (x *exporting) lacks(o *outgoing, f *shapeField) string {
	for _, m := range o.missing {
		if m.column == f.column {
			return fmt.Sprintf("%s refers to %s, which is not there or cannot be seen", m.column, m.id)
		}
	}
	switch to := x.at(o, f.column); {
	case to == nil:
		return fmt.Sprintf("%s is empty, and NetBox demands a %s", f.column, strings.ReplaceAll(f.name, "_", " "))
	case to.code != "":
		return fmt.Sprintf("%s refers to %s, which cannot be exported: %s", f.column, to.label(), to.reason)
	default:
		return fmt.Sprintf("%s refers to %s, which is or has no %s", f.column, to.label(), strings.ReplaceAll(f.name, "_", " "))
	}
}

// check answers the question of dependencies that are neither flagged nor linked.
func (x *exporting) check() *cmdb.TagCheck {
	return cmdb.NewTagCheck(func(c cmdb.Object) (cmdb.TagFacts, bool) {
		if c.ID < 1 || c.ID > int64(len(x.records)) {
			return cmdb.TagFacts{}, false
		}
		o := x.records[c.ID-1]
		if o.isLinked() && !x.lost[o.id] {
			return cmdb.TagFacts{Tagged: true}, true
		}
		facts := cmdb.TagFacts{Tagged: o.code == "" && (o.asked || x.Force) && x.exports(o.typ)}
		for _, f := range shapeOf(o.typ).order() {
			if to := o.ref(f); to != nil {
				facts.Needs = append(facts.Needs, to.object())
			}
		}
		return facts, true
	})
}

// object names a record within the run, as checks of NetBox objects want it.
func (o *outgoing) object() cmdb.Object { return cmdb.Object{Type: o.typ, ID: o.number} }

func (s *shape) order() (fields []string) {
	if s == nil {
		return nil
	}
	for i := range s.fields {
		fields = append(fields, s.fields[i].name)
	}
	return fields
}

// unready says why a record cannot be exported, "" when it can.
func (x *exporting) unready(o *outgoing) (code, reason string) {
	if o.code != "" {
		return o.code, o.reason
	}
	result := x.tags.Check(o.object())
	if result.Valid {
		return "", ""
	}
	names := make([]string, len(result.Path))
	for i, step := range result.Path {
		names[i] = x.records[step.ID-1].label()
	}
	last := x.records[result.Path[len(result.Path)-1].ID-1]
	why := ", which is neither flagged nor linked"
	switch {
	case last.code != "":
		why = ": " + last.reason
	case !x.exports(last.typ):
		why = ", and that type is not exported"
	}
	return CodeNotReady, strings.Join(names, " needs ") + why
}

// A wish is what an object should say.
type wish struct {
	values []reconcile.Value // by field of the shape; absent where the CMDB says nothing
	refs   []string          // the operations whose objects relations lead to
}

func (w *wish) text(s *shape) func(field string) string {
	return func(field string) string {
		at := s.index(field)
		if w.refs[at] != "" && w.values[at].Text() == "" {
			return w.refs[at]
		}
		return w.values[at].Text()
	}
}

// wish says what the object of a record should be, given the one that it has now;
// have is nil when it is to be made.
func (x *exporting) wish(o *outgoing, s *shape, have *netObject) wish {
	w := wish{values: make([]reconcile.Value, len(s.fields)), refs: make([]string, len(s.fields))}
	for i := range s.fields {
		f := &s.fields[i]
		switch {
		case f.name == fieldTags:
			present := ""
			if have != nil {
				present = have.values[i]
			}
			w.values[i] = reconcile.Text(withTag(present, x.Tag))
		case f.name == fieldSlug:
		case f.name == "role":
			w.values[i] = x.wishRole(i, have)
		case f.once && have != nil:
		case f.name == "group":
			w.values[i] = idText(x.groupOf(o.typ))
		case f.column == "": // the CMDB knows nothing of it
		case f.wire == asRelation:
			x.wishRelation(o, &w, i, f, have)
		default:
			w.values[i] = x.wishValue(o, f, have)
		}
	}
	return w
}

func (x *exporting) wishRole(at int, have *netObject) reconcile.Value {
	roles := cmdb.RoleExport{Role: x.Role, Enforce: x.EnforceRole}
	role := roles.OnCreate()
	if have != nil {
		present, _ := strconv.ParseInt(have.values[at], 10, 64)
		role = roles.OnUpdate(present)
	}
	if !role.Write {
		return reconcile.Absent()
	}
	return idText(role.Role)
}

func (x *exporting) groupOf(t cmdb.ObjectType) int64 {
	switch {
	case !x.Tenants.ExportCustomers || !x.Tenants.ExportDepartments:
		return 0 // groups tell the two apart, and do not count otherwise
	case t == cmdb.TypeCustomer:
		return x.Tenants.CustomerGroup
	}
	return x.Tenants.DepartmentGroup
}

func idText(id int64) reconcile.Value {
	if id == 0 {
		return reconcile.Text("")
	}
	return reconcile.Text(strconv.FormatInt(id, 10))
}

func (x *exporting) wishRelation(o *outgoing, w *wish, i int, f *shapeField, have *netObject) {
	to := o.ref(f.name)
	if f.name == "tenant" && have != nil {
		to = x.keptTenant(o, have.values[i], to)
	}
	switch {
	case to == nil && f.name == "tenant" && !x.usesTenants(o):
	case to == nil && x.leads(o, f): // to something that NetBox has no such field for
		w.values[i] = reconcile.Text("")
	case to == nil:
		w.values[i] = x.empty()
	default:
		at := x.places[to.id]
		w.values[i], w.refs[i] = at.value(), at.op
	}
}

// leads reports whether the column behind a relation has a value all the same: a
// device whose place is a site stands in no location.
func (x *exporting) leads(o *outgoing, f *shapeField) bool {
	return f.name != "tenant" && x.at(o, f.column) != nil && (f.name != "location" || x.exports(cmdb.TypeLocation))
}

func (x *exporting) usesTenants(o *outgoing) bool {
	return x.Tenants.ExportCustomers || x.Tenants.ExportDepartments && o.target == &configurationItems
}

// keptTenant keeps the tenant that an object has where it is the record's company or
// department: both may be set, and NetBox knows one.
func (x *exporting) keptTenant(o *outgoing, present string, to *outgoing) *outgoing {
	for _, column := range []string{"company", "department"} {
		if other := x.at(o, column); other != nil && other.isLinked() && present == strconv.FormatInt(other.linked.ID, 10) {
			return other
		}
	}
	return to
}

// empty is the wish for a field about which the CMDB says nothing.
func (x *exporting) empty() reconcile.Value {
	if x.ClearEmpty {
		return reconcile.Text("")
	}
	return reconcile.Absent()
}

func (x *exporting) wishValue(o *outgoing, f *shapeField, have *netObject) reconcile.Value {
	value := o.text(f.column)
	present := ""
	if have != nil {
		present = have.value(shapeOf(o.typ), f.name)
	}
	switch f.name {
	case "status":
		a := mapping.DeviceStatusOf(x.Status, mapping.CIStatus{Install: value, Operational: o.text("operational_status")}, present)
		if !a.OK() {
			return reconcile.Absent()
		}
		return reconcile.Text(a.Value)
	case fieldClass:
		return reconcile.Text(o.class)
	case "latitude", "longitude":
		value = sixDigits(value)
	case "serial":
		if cmdb.PlaceholderSerial("serial_number", value) {
			value = ""
		}
	case "u_height":
		if n, err := strconv.ParseFloat(present, 64); value == "" || err == nil && n != float64(int64(n)) {
			return reconcile.Absent() // the CMDB knows no halves, and NetBox no emptiness
		}
	}
	if value == "" {
		return x.empty()
	}
	return reconcile.Text(value)
}
