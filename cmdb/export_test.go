package cmdb_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestForExport(t *testing.T) {
	printers, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_printer", Label: "Printer"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		classes *cmdb.Classes
		table   string
		valid   bool
		reason  cmdb.ClassReason
	}{
		{"001-37 registered", nil, "cmdb_ci_server", true, ""},
		{"001-37 not registered: not exported", nil, "cmdb_ci_printer", false, cmdb.ClassUnregistered},
		{"001-37 registered by the caller", printers, "cmdb_ci_printer", true, ""},
		{"001-37 not by the caller", printers, "cmdb_ci_server", false, cmdb.ClassUnregistered},
		{"001-37 no class", nil, "", false, cmdb.ClassMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.classes.ForExport(c.table)
			if r.Valid != c.valid || r.Reason != c.reason || r.Detail == "" || c.table != r.Table {
				t.Errorf("got %+v", r)
			}
			if c.valid { // and back: what is exported is imported again
				if back := (cmdb.Classifier{Classes: c.classes}).Classify(cmdb.Device{Class: r.Table}); !back.Valid || back.Table != c.table {
					t.Errorf("got back %+v", back)
				}
			}
		})
	}
}

func TestRoleExport(t *testing.T) {
	generic, enforced := cmdb.RoleExport{Role: 7}, cmdb.RoleExport{Role: 7, Enforce: true}
	for _, c := range []struct {
		name  string
		got   cmdb.RoleResult
		write bool
		role  int64
	}{
		{"001-38 set on create", generic.OnCreate(), true, 7},
		{"001-38 a role that somebody has set survives", generic.OnUpdate(9), false, 9},
		{"001-38 the same role", generic.OnUpdate(7), false, 7},
		{"001-38 enforced", enforced.OnUpdate(9), true, 7},
		{"001-38 enforced, and there already", enforced.OnUpdate(7), false, 7},
		{"001-38 enforced where there is none", enforced.OnUpdate(0), true, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got.Write != c.write || c.got.Role != c.role || c.got.Detail == "" {
				t.Errorf("got %+v", c.got)
			}
		})
	}
	t.Run("001-38 a role is needed", func(t *testing.T) {
		if err := (cmdb.RoleExport{}).Validate(); err == nil || err.Error() != "cmdb: RoleExport.Role is 0: name the id of a device role in NetBox" {
			t.Errorf("got %v", err)
		}
		if err := generic.Validate(); err != nil {
			t.Error(err)
		}
	})
}

func ExampleRoleExport() {
	role := cmdb.RoleExport{Role: 7}
	fmt.Println(role.OnCreate().Write, role.OnUpdate(9).Write)
	// Output: true false
}
