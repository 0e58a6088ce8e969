package cmdb

import (
	"fmt"
	"slices"
	"strings"
)

// Class is a CI class: its ServiceNow table and the label that people read.
type Class struct {
	// Table is the class's table name, such as "cmdb_ci_server". It is also
	// the value of the NetBox custom field ClassField.
	Table string
	// Label is the class's name in English, such as "Server".
	Label string
}

// ClassField is the NetBox custom field that names a device's CI class. Its
// values are table names, its choices the registered classes.
const ClassField = "servicenow_ci_class"

// RegistrationBatch is how many classes are registered in NetBox at a time.
const RegistrationBatch = 6

var defaultClasses = [...]Class{
	{"cmdb_ci_hardware", "Hardware"},
	{"cmdb_ci_server", "Server"},
	{"cmdb_ci_ip_router", "IP Router"},
	{"cmdb_ci_ip_switch", "IP Switch"},
	{"cmdb_ci_ip_firewall", "IP Firewall"},
	{"cmdb_ci_wap_network", "Wireless Access Point"},
	{"cmdb_ci_virtualization_server", "Virtualization Server"},
	{"cmdb_ci_power_eq", "Power Equipment"},
	{"cmdb_ci_facility_hardware", "Facility Hardware"},
}

// DefaultClasses returns the nine classes that are registered unless the caller
// says otherwise, in their documented order. The slice is the caller's own.
func DefaultClasses() []Class { return slices.Clone(defaultClasses[:]) }

// Classes is a set of registered classes that keeps the order of registration.
// The zero value is an empty set. It is not safe for concurrent use while it is
// being changed.
type Classes struct{ list []Class }

// NewClasses returns a registry of the given classes. Without any it holds
// DefaultClasses. It returns an error for a class that Register refuses.
func NewClasses(classes ...Class) (*Classes, error) {
	if len(classes) == 0 {
		classes = defaultClasses[:]
	}
	set := new(Classes)
	return set, set.Register(classes...)
}

// Register adds classes. A table that is already registered takes the new
// label and keeps its place, so that registering twice changes nothing. When a
// table name is not one or more of a-z, 0-9 and "_", Register returns an error
// that names the class and changes nothing.
func (c *Classes) Register(classes ...Class) error {
	for i, class := range classes {
		if !isTableName(class.Table) {
			return fmt.Errorf("cmdb: class %d has the table name %q: use letters a-z, digits and _, such as cmdb_ci_server", i, class.Table)
		}
	}
	for _, class := range classes {
		if i := c.index(class.Table); i >= 0 {
			c.list[i] = class
		} else {
			c.list = append(c.list, class)
		}
	}
	return nil
}

// Deregister takes tables out of the set. Tables that are not in it are
// ignored. CIs that have the class stay as they are.
func (c *Classes) Deregister(tables ...string) {
	c.list = slices.DeleteFunc(c.list, func(class Class) bool { return slices.Contains(tables, class.Table) })
}

// Has reports whether a table is registered. Table names are case-sensitive.
func (c *Classes) Has(table string) bool { return c.index(table) >= 0 }

// All returns the registered classes in order of registration. The slice is
// the caller's own.
func (c *Classes) All() []Class {
	if c == nil {
		return nil
	}
	return slices.Clone(c.list)
}

// Batches cuts the registered classes into groups of RegistrationBatch at the
// most, in order: the calls that register them in NetBox.
func (c *Classes) Batches() [][]Class {
	return batches(c.All())
}

func (c *Classes) index(table string) int {
	if c == nil {
		return -1
	}
	return slices.IndexFunc(c.list, func(class Class) bool { return class.Table == table })
}

func isTableName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
