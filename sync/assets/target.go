package assets

import (
	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A target is a CMDB table that the flow fills, with the columns that it maps.
type target struct {
	table   string
	types   []cmdb.ObjectType // what becomes records of it, in the order of their needs
	columns []column
	rules   func() []cmdb.Rule
}

// A column is a mapped column of a target.
type column struct {
	name string
	form reconcile.Form // how its values compare
	role role           // what else it says of the record
}

type role uint8

const (
	isValue role = iota
	isKey        // rules may find the record by it
	isScope      // the record within which the name means something
)

// How the columns of ServiceNow compare: an empty value is none, space around a
// value does not count.
var (
	text   = reconcile.Forms(reconcile.Trimmed, reconcile.EmptyIsNull)
	number = reconcile.Forms(reconcile.Trimmed, reconcile.EmptyIsNull, reconcile.Decimal)
	truth  = reconcile.Forms(reconcile.Trimmed, reconcile.EmptyIsNull, reconcile.Boolean)
)

// The five tables of the eight types, each after those that it refers to.
var (
	companies = target{
		table: "core_company",
		types: []cmdb.ObjectType{cmdb.TypeManufacturer, cmdb.TypeCustomer},
		rules: cmdb.FoundationRules,
		columns: []column{
			{"name", text, isKey},
			{"manufacturer", truth, isValue},
			{"customer", truth, isValue},
		},
	}
	departments = target{
		table: "cmn_department",
		types: []cmdb.ObjectType{cmdb.TypeDepartment},
		rules: cmdb.FoundationRules,
		columns: []column{
			{"name", text, isKey},
			{"description", text, isValue},
			{"company", text, isValue},
		},
	}
	models = target{
		table: "cmdb_hardware_product_model",
		types: []cmdb.ObjectType{cmdb.TypeDeviceType},
		rules: cmdb.FoundationRules,
		columns: []column{
			{"name", text, isKey},
			{"model_number", text, isValue},
			{"manufacturer", text, isScope},
			{"short_description", text, isValue},
			{"rack_units", number, isValue},
		},
	}
	locations = target{
		table: "cmn_location",
		types: []cmdb.ObjectType{cmdb.TypeRegion, cmdb.TypeSite, cmdb.TypeLocation},
		rules: cmdb.FoundationRules,
		columns: []column{
			{"name", text, isKey},
			{"parent", text, isScope},
			{"company", text, isValue},
			{"street", text, isValue},
			{"latitude", number, isValue},
			{"longitude", number, isValue},
			{"time_zone", text, isValue},
			{linkLevel, number, isValue},
		},
	}
	configurationItems = target{
		table: "cmdb_ci_hardware",
		types: []cmdb.ObjectType{cmdb.TypeDevice},
		rules: cmdb.HardwareRules,
		columns: []column{
			{"name", text, isKey},
			{"asset_tag", text, isKey},
			{"serial_number", text, isKey},
			{"model_id", text, isValue},
			{"manufacturer", text, isValue},
			{"location", text, isValue},
			{"company", text, isValue},
			{"department", text, isValue},
			{"ip_address", text, isValue},
			{"short_description", text, isValue},
			{"install_status", text, isValue},
			{"operational_status", text, isValue},
		},
	}
)

// targets are in the order in which they are planned.
var targets = []*target{&companies, &departments, &models, &locations, &configurationItems}

// index returns the place of a column, -1 where the target has none of that name.
func (t *target) index(name string) int {
	for i, c := range t.columns {
		if c.name == name {
			return i
		}
	}
	return -1
}

// fields describes the columns to reconcile.Compare.
func (t *target) fields() []reconcile.Field {
	fields := make([]reconcile.Field, len(t.columns))
	for i, c := range t.columns {
		fields[i] = reconcile.Field{Name: c.name, Form: c.form}
	}
	return fields
}
