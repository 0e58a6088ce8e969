package cmdb

import (
	"cmp"
	"slices"
	"strings"
)

// Rule is one way to find the record that a set of values means.
type Rule struct {
	// Name is for people; rules of equal priority are tried in its order.
	Name string
	// Priority orders the rules: lower numbers first.
	Priority int
	// Table is where the values are looked for; "" for the record's own table.
	Table string
	// Fields are the criteria. All of them must have a value.
	Fields []string
	// AllowNull lets the rule apply as soon as one of the fields has a value.
	// The others are looked for as empty.
	AllowNull bool
	// Link marks the rule that looks for the NetBox id. Rules before it may
	// contradict a link; rules after it may not.
	Link bool
	// OnlyUnlinked passes over records that are linked to another id, as a
	// match by name must. Identify knows no links and does not look at it.
	OnlyUnlinked bool
}

var hardwareRules = [...]Rule{
	{Name: "serial number and type", Priority: 100, Table: "cmdb_serial_number", Fields: []string{"serial_number", "serial_number_type"}},
	{Name: "serial number", Priority: 200, Fields: []string{"serial_number"}},
	{Name: "NetBox id", Priority: 250, Table: AttributesTable, Fields: []string{ColumnClass, ColumnID}, Link: true},
	{Name: "name", Priority: 300, Fields: []string{"name"}, OnlyUnlinked: true},
}

var foundationRules = [...]Rule{
	{Name: "NetBox id", Priority: 100, Table: AttributesTable, Fields: []string{ColumnClass, ColumnID}, Link: true},
	{Name: "name", Priority: 200, Fields: []string{"name"}, OnlyUnlinked: true},
}

// HardwareRules returns the rules for CIs below cmdb_ci_hardware: ServiceNow's
// own for serial number and name (CMDB Meta API documentation) and the NetBox
// id between them, at 250. The slice and everything in it is the caller's own.
func HardwareRules() []Rule { return cloneRules(hardwareRules[:]) }

// FoundationRules returns the rules for records that are no CIs, such as
// locations and companies: the NetBox id, else the name of a record that is not
// linked. The slice and everything in it is the caller's own.
func FoundationRules() []Rule { return cloneRules(foundationRules[:]) }

func cloneRules(rules []Rule) []Rule {
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i].Fields = slices.Clone(rules[i].Fields)
	}
	return rules
}

func compareRules(a, b Rule) int {
	return cmp.Or(
		cmp.Compare(a.Priority, b.Priority),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Table, b.Table),
		slices.Compare(a.Fields, b.Fields),
	)
}

var placeholderSerials = map[string]bool{
	"n/a":                    true,
	"na":                     true,
	"none":                   true,
	"null":                   true,
	"unknown":                true,
	"not specified":          true,
	"not available":          true,
	"not applicable":         true,
	"default string":         true,
	"system serial number":   true,
	"serial number":          true,
	"to be filled by o.e.m.": true,
}

// PlaceholderSerial reports serial numbers that makers leave where there is
// none, such as "N/A", "To be filled by O.E.M." and zeros only. It is meant for
// Identifier.IgnoreValue and looks at the field serial_number alone.
func PlaceholderSerial(field, value string) bool {
	if field != "serial_number" {
		return false
	}
	value = strings.ToLower(strings.TrimSpace(value))
	return value != "" && strings.Trim(value, "0") == "" || placeholderSerials[value]
}
