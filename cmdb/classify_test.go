package cmdb_test

import (
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestClassifyRealTime(t *testing.T) {
	t.Run("001-05 the field and the words", func(t *testing.T) {
		got := cmdb.Classifier{}.Classify(cmdb.Device{})
		if cmdb.ClassField != "servicenow_ci_class" || got.Detail != "custom field servicenow_ci_class is empty" {
			t.Errorf("got %q, %+v", cmdb.ClassField, got)
		}
	})
	for _, c := range []struct {
		name   string
		device cmdb.Device
		valid  bool
		table  string
		reason cmdb.ClassReason
	}{
		{"001-08 registered", cmdb.Device{Class: "cmdb_ci_server"}, true, "cmdb_ci_server", ""},
		{"001-08 unregistered", cmdb.Device{Class: "cmdb_ci_printer"}, false, "cmdb_ci_printer", "unregistered"},
		{"001-08 missing, no role fallback", cmdb.Device{RoleName: "Router"}, false, "", "missing"},
		{"001-05 spaces around", cmdb.Device{Class: " cmdb_ci_server "}, true, "cmdb_ci_server", ""},
		{"001-05 spaces only", cmdb.Device{Class: "  "}, false, "", cmdb.ClassMissing},
		{"001-05 a label is not a value", cmdb.Device{Class: "Server"}, false, "Server", cmdb.ClassUnregistered},
		{"001-05 case counts", cmdb.Device{Class: "CMDB_CI_SERVER"}, false, "CMDB_CI_SERVER", cmdb.ClassUnregistered},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := cmdb.Classifier{}.Classify(c.device)
			if got.Valid != c.valid || got.Table != c.table || got.Reason != c.reason || got.Detail == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRoleKeywords(t *testing.T) {
	want := []cmdb.Keyword{
		{Text: "router", Table: "cmdb_ci_ip_router"},
		{Text: "switch", Table: "cmdb_ci_ip_switch"},
		{Text: "vsphere", Table: "cmdb_ci_virtualization_server"},
		{Text: "virtualization-server", Table: "cmdb_ci_virtualization_server"},
		{Text: "server", Table: "cmdb_ci_server"},
		{Text: "wireless-access-point", Table: "cmdb_ci_wap_network"},
		{Text: "wap", Table: "cmdb_ci_wap_network"},
		{Text: "pdu", Table: "cmdb_ci_power_eq"},
		{Text: "firewall", Table: "cmdb_ci_ip_firewall"},
		{Text: "patch-panel", Table: "cmdb_ci_facility_hardware"},
	}
	t.Run("001-10 the keywords in order", func(t *testing.T) {
		if got := cmdb.RoleKeywords(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("001-10 each call gives a fresh copy", func(t *testing.T) {
		cmdb.RoleKeywords()[0].Text = "spoiled"
		if got := cmdb.RoleKeywords(); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

func TestClassifyBulk(t *testing.T) {
	for _, c := range []struct {
		name   string
		device cmdb.Device
		table  string
		method cmdb.ClassMethod
	}{
		{"001-09 the field wins over the role", cmdb.Device{Class: "cmdb_ci_server", RoleName: "Router"}, "cmdb_ci_server", "field"},
		{"001-10 router", cmdb.Device{RoleName: "Core Router"}, "cmdb_ci_ip_router", "role"},
		{"001-10 switch", cmdb.Device{RoleSlug: "access-switch"}, "cmdb_ci_ip_switch", cmdb.ByRole},
		{"001-10 vsphere", cmdb.Device{RoleName: "vSphere host"}, "cmdb_ci_virtualization_server", cmdb.ByRole},
		{"001-10 virtualization server by slug", cmdb.Device{RoleName: "Virtualization Server", RoleSlug: "virtualization-server"}, "cmdb_ci_virtualization_server", cmdb.ByRole},
		{"001-10 without the slug it is a server", cmdb.Device{RoleName: "Virtualization Server"}, "cmdb_ci_server", cmdb.ByRole},
		{"001-10 server", cmdb.Device{RoleName: "Console Server"}, "cmdb_ci_server", cmdb.ByRole},
		{"001-10 wireless-access-point", cmdb.Device{RoleSlug: "wireless-access-point"}, "cmdb_ci_wap_network", cmdb.ByRole},
		{"001-10 wap", cmdb.Device{RoleName: "WAP"}, "cmdb_ci_wap_network", cmdb.ByRole},
		{"001-10 pdu", cmdb.Device{RoleName: "Rack PDU"}, "cmdb_ci_power_eq", cmdb.ByRole},
		{"001-10 firewall", cmdb.Device{RoleName: "Firewall"}, "cmdb_ci_ip_firewall", cmdb.ByRole},
		{"001-10 patch-panel", cmdb.Device{RoleName: "PATCH-PANEL"}, "cmdb_ci_facility_hardware", cmdb.ByRole},
		{"001-10 the earlier rule wins", cmdb.Device{RoleName: "firewall", RoleSlug: "firewall-router"}, "cmdb_ci_ip_router", cmdb.ByRole},
		{"001-10 other", cmdb.Device{RoleName: "Camera"}, "cmdb_ci_hardware", "default"},
		{"001-10 no role", cmdb.Device{}, "cmdb_ci_hardware", cmdb.ByDefault},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := cmdb.Classifier{Mode: cmdb.Bulk}.Classify(c.device)
			if !got.Valid || got.Table != c.table || got.Method != c.method || got.Reason != "" {
				t.Errorf("got %+v", got)
			}
		})
	}
	odd := cmdb.Device{Class: "cmdb_ci_printer", RoleName: "Router"}
	t.Run("001-09 unregistered is not valid", func(t *testing.T) {
		got := cmdb.Classifier{Mode: cmdb.Bulk}.Classify(odd)
		if got.Valid || got.Table != "cmdb_ci_printer" || got.Reason != cmdb.ClassUnregistered {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-09 unregistered falls back when asked", func(t *testing.T) {
		got := cmdb.Classifier{Mode: cmdb.Bulk, UnregisteredToRole: true}.Classify(odd)
		if !got.Valid || got.Table != "cmdb_ci_ip_router" || got.Method != cmdb.ByRole {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-12 the fallback option does not soften real time", func(t *testing.T) {
		if got := (cmdb.Classifier{UnregisteredToRole: true}).Classify(odd); got.Valid {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-09 a role's class must be registered too", func(t *testing.T) {
		only, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_server"})
		if err != nil {
			t.Fatal(err)
		}
		got := cmdb.Classifier{Mode: cmdb.Bulk, Classes: only}.Classify(cmdb.Device{RoleName: "Router"})
		if got.Valid || got.Reason != cmdb.ClassUnregistered {
			t.Errorf("got %+v", got)
		}
	})
}

func FuzzClassify(f *testing.F) {
	f.Add("", "Virtualization Server", "virtualization-server")
	f.Add("cmdb_ci_server", "", "")
	tables := cmdb.DefaultClasses()
	f.Fuzz(func(t *testing.T, class, name, slug string) {
		got := cmdb.Classifier{Mode: cmdb.Bulk}.Classify(cmdb.Device{RoleName: name, RoleSlug: slug})
		if !got.Valid || !slices.ContainsFunc(tables, func(c cmdb.Class) bool { return c.Table == got.Table }) {
			t.Errorf("001-11 role %q, %q gives %+v", name, slug, got)
		}
		strict := cmdb.Classifier{}.Classify(cmdb.Device{Class: class, RoleName: name, RoleSlug: slug})
		if strict.Valid == (strict.Reason != "") || strict.Method == cmdb.ByRole {
			t.Errorf("001-12 class %q gives %+v", class, strict)
		}
	})
}
