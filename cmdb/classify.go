package cmdb

import (
	"fmt"
	"slices"
	"strings"
)

// Mode says which facts may decide a device's class. The zero value is RealTime.
type Mode int

const (
	// RealTime counts the device's own class field only.
	RealTime Mode = iota
	// Bulk counts the class field and, where it is empty, the device role.
	Bulk
)

// ClassMethod says what decided a class.
type ClassMethod string

// What can decide a class.
const (
	ByField   ClassMethod = "field"   // the device's custom field
	ByRole    ClassMethod = "role"    // a keyword in the device role
	ByDefault ClassMethod = "default" // no keyword matched
)

// ClassReason says why a device has no valid class. It is empty for a valid one.
type ClassReason string

// Why a device has no valid class.
const (
	ClassMissing      ClassReason = "missing"      // the class field is empty
	ClassUnregistered ClassReason = "unregistered" // the class is not registered
)

// Device is what classification looks at.
type Device struct {
	Class    string // the value of ClassField; "" when it is not set
	RoleName string // the role's name; "" without a role
	RoleSlug string // the role's slug; "" without a role
}

// Keyword leads from a text in a device role to a class.
type Keyword struct {
	Text  string // looked for in the lower-cased name and slug of the role
	Table string // the class
}

// fallbackTable is the class of a role without any keyword.
const fallbackTable = "cmdb_ci_hardware"

// The order matters: virtualization-server comes before the server in it.
var roleKeywords = [...]Keyword{
	{"router", "cmdb_ci_ip_router"},
	{"switch", "cmdb_ci_ip_switch"},
	{"vsphere", "cmdb_ci_virtualization_server"},
	{"virtualization-server", "cmdb_ci_virtualization_server"},
	{"server", "cmdb_ci_server"},
	{"wireless-access-point", "cmdb_ci_wap_network"},
	{"wap", "cmdb_ci_wap_network"},
	{"pdu", "cmdb_ci_power_eq"},
	{"firewall", "cmdb_ci_ip_firewall"},
	{"patch-panel", "cmdb_ci_facility_hardware"},
}

// RoleKeywords returns the keywords in the order in which they are tried. The
// slice is the caller's own.
func RoleKeywords() []Keyword { return slices.Clone(roleKeywords[:]) }

// ClassResult is a decided class.
type ClassResult struct {
	Valid  bool        // whether the device may be written to the CMDB
	Table  string      // the class; also set when it is unregistered, "" when missing
	Method ClassMethod // what decided; "" when nothing did
	Reason ClassReason // why the device is not valid; "" when it is
	Detail string      // the decision in words
}

// Classifier decides the class of devices. The zero value is strict (RealTime)
// and knows the default classes. It may be used by several goroutines as long
// as nobody changes Classes.
type Classifier struct {
	// Mode says which facts count. The default is RealTime.
	Mode Mode
	// Classes are the registered classes. Nil means DefaultClasses.
	Classes *Classes
	// UnregisteredToRole lets Bulk look at the role when the class field names
	// an unregistered class. The default is that such a device is not valid.
	UnregisteredToRole bool
}

// Classify decides the class of a device. It answers for every input.
func (c Classifier) Classify(d Device) ClassResult {
	set := strings.TrimSpace(d.Class)
	if set != "" && (c.registered(set) || c.Mode != Bulk || !c.UnregisteredToRole) {
		return c.judge(set, ByField, "custom field "+ClassField)
	}
	if c.Mode != Bulk {
		return ClassResult{Reason: ClassMissing, Detail: "custom field " + ClassField + " is empty"}
	}
	name, slug := strings.ToLower(d.RoleName), strings.ToLower(d.RoleSlug)
	for _, k := range roleKeywords {
		if strings.Contains(name, k.Text) || strings.Contains(slug, k.Text) {
			return c.judge(k.Table, ByRole, fmt.Sprintf("role keyword %q", k.Text))
		}
	}
	return c.judge(fallbackTable, ByDefault, "no role keyword")
}

func (c Classifier) judge(table string, by ClassMethod, detail string) ClassResult {
	r := ClassResult{Valid: true, Table: table, Method: by, Detail: detail + " gives " + table}
	if !c.registered(table) {
		r.Valid, r.Reason = false, ClassUnregistered
		r.Detail += ", which is not registered"
	}
	return r
}

func (c Classifier) registered(table string) bool {
	if c.Classes != nil {
		return c.Classes.Has(table)
	}
	for _, class := range defaultClasses {
		if class.Table == table {
			return true
		}
	}
	return false
}
