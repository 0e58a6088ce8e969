package cmdb

import "fmt"

// ForExport decides which class a CI takes to NetBox: its own table, sys_class_name,
// which goes into the custom field ClassField (001-37). A class that is not registered
// is no choice of that field, so such a CI is not exported.
func (c *Classes) ForExport(table string) ClassResult {
	if table == "" {
		return ClassResult{Reason: ClassMissing, Detail: "sys_class_name is empty"}
	}
	return Classifier{Classes: c}.judge(table, ByField, "sys_class_name")
}

// RoleExport decides which device role a CI takes to NetBox (001-38). ServiceNow knows
// no roles, so that every device that is created gets the same one; what somebody has
// made of it in NetBox stays, unless Enforce is set.
type RoleExport struct {
	// Role is the NetBox id of the role that created devices get.
	Role int64
	// Enforce sets the role of devices that are updated, too.
	Enforce bool
}

// RoleResult is the answer about a device's role.
type RoleResult struct {
	// Write says that the role is written, Role which.
	Write bool
	Role  int64
	// Detail is the decision in words.
	Detail string
}

// Validate returns an error when no role is named, without which NetBox creates no
// device.
func (e RoleExport) Validate() error {
	if e.Role <= 0 {
		return fmt.Errorf("cmdb: RoleExport.Role is %d: name the id of a device role in NetBox", e.Role)
	}
	return nil
}

// OnCreate is the role of a device that is created.
func (e RoleExport) OnCreate() RoleResult {
	return RoleResult{true, e.Role, "a device that is created gets the role of the export"}
}

// OnUpdate is the role of a device that is there; present is the role that it has, 0
// for none.
func (e RoleExport) OnUpdate(present int64) RoleResult {
	switch {
	case present == e.Role:
		return RoleResult{false, present, "it has the role of the export"}
	case e.Enforce:
		return RoleResult{true, e.Role, "the role of the export is enforced"}
	default:
		return RoleResult{false, present, "the role is set when a device is created, and left alone afterwards"}
	}
}
