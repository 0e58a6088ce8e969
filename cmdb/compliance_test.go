package cmdb_test

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestComplianceRules(t *testing.T) {
	want := []cmdb.ComplianceRule{
		{Name: "name", Check: "filled", Columns: []string{"name"}, RetiredToo: true},
		{Name: "class", Check: "registered", RetiredToo: true},
		{Name: "hardware", Class: "cmdb_ci_hardware", Check: "filled", Columns: []string{"serial_number", "manufacturer", "model_id"}},
		{Name: "server", Class: "cmdb_ci_server", Check: "filled", Columns: []string{"ip_address"}},
		{Name: "router", Class: "cmdb_ci_ip_router", Check: "filled", Columns: []string{"ip_address"}},
		{Name: "switch", Class: "cmdb_ci_ip_switch", Check: "filled", Columns: []string{"ip_address"}},
		{Name: "firewall", Class: "cmdb_ci_ip_firewall", Check: "filled", Columns: []string{"ip_address"}},
		{Name: "location", Check: "filled", Columns: []string{"location"}},
		{Name: "owner", Check: "any-filled", Columns: []string{"owned_by", "managed_by", "assigned_to", "support_group"}},
		{Name: "discovered", Check: "age", Columns: []string{"last_discovered"}, MaxAge: 720 * time.Hour},
	}
	t.Run("000-14 the rules", func(t *testing.T) {
		if got := cmdb.ComplianceRules(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v", got)
		}
		cmdb.ComplianceRules()[0].Columns[0] = "spoiled"
		if got := cmdb.ComplianceRules(); !reflect.DeepEqual(got, want) {
			t.Error("a call gives no fresh copy")
		}
		if err := (cmdb.Compliance{Rules: want}).Validate(); err != nil {
			t.Error(err)
		}
	})
}

func TestCompliance(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.FixedZone("CEST", 7200)) // 10:00 UTC
	whole := map[string]string{
		"name": "web-1", "serial_number": "S1", "manufacturer": "m1", "model_id": "d1", "ip_address": "10.0.0.1",
		"location": "l1", "support_group": "g1", "last_discovered": "2026-03-01 10:00:00",
	}
	with := func(changes ...string) map[string]string {
		m := maps.Clone(whole)
		for i := 0; i < len(changes); i += 2 {
			m[changes[i]] = changes[i+1]
		}
		return m
	}
	below := cmdb.Compliance{Above: map[string]string{"cmdb_ci_server": "cmdb_ci_hardware", "cmdb_ci_ip_router": "cmdb_ci_hardware", "cmdb_ci_ip_switch": "cmdb_ci_hardware", "cmdb_ci_ip_firewall": "cmdb_ci_hardware"}}
	printers, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_printer", Label: "Printer"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		by      cmdb.Compliance
		class   string
		columns map[string]string
		want    string // rule problem columns: words; ...
	}{
		{"000-14 all is there", below, "cmdb_ci_server", whole, ""},
		{"000-14 30 days to the second", below, "cmdb_ci_server", with("last_discovered", "2026-03-01 10:00:00"), ""},
		{"000-14 a second more", below, "cmdb_ci_server", with("last_discovered", "2026-03-01 09:59:59"), "discovered old [last_discovered]: last_discovered is 2026-03-01 09:59:59, 30 days ago; 30 are allowed"},
		{"000-14 never discovered", below, "cmdb_ci_server", with("last_discovered", ""), "discovered empty [last_discovered]: it has no last_discovered"},
		{"000-14 no time at all", below, "cmdb_ci_server", with("last_discovered", "yesterday"), `discovered unreadable [last_discovered]: last_discovered is "yesterday", which is no time such as 2006-01-02 15:04:05`},
		{"000-14 clocks may differ by five minutes", below, "cmdb_ci_server", with("last_discovered", "2026-03-31 10:05:00"), ""},
		{"000-14 but not by more", below, "cmdb_ci_server", with("last_discovered", "2026-03-31 10:05:01"), "discovered future [last_discovered]: last_discovered is 2026-03-31 10:05:01, which is still to come"},
		{"000-14 several columns of one rule", below, "cmdb_ci_server", with("serial_number", " ", "model_id", ""), "hardware empty [serial_number model_id]: it has no serial_number, model_id"},
		{"000-14 the class's own fields", below, "cmdb_ci_server", with("ip_address", ""), "server empty [ip_address]: it has no ip_address"},
		{"000-14 a router's address", below, "cmdb_ci_ip_router", with("ip_address", ""), "router empty [ip_address]: it has no ip_address"},
		{"000-14 a switch's address", below, "cmdb_ci_ip_switch", with("ip_address", ""), "switch empty [ip_address]: it has no ip_address"},
		{"000-14 a firewall's address", below, "cmdb_ci_ip_firewall", with("ip_address", ""), "firewall empty [ip_address]: it has no ip_address"},
		{"000-14 rules of another class do not count", below, "cmdb_ci_power_eq", with("ip_address", "", "serial_number", ""), ""},
		{"000-14 without the classes above, those of its own class alone", cmdb.Compliance{}, "cmdb_ci_server", with("serial_number", "", "ip_address", ""), "server empty [ip_address]: it has no ip_address"},
		{"000-14 no name", below, "cmdb_ci_server", with("name", ""), "name empty [name]: it has no name"},
		{"000-14 no location", below, "cmdb_ci_server", with("location", ""), "location empty [location]: it has no location"},
		{"000-14 no owner in any way", below, "cmdb_ci_server", with("support_group", ""), "owner empty [owned_by managed_by assigned_to support_group]: it has none of owned_by, managed_by, assigned_to, support_group"},
		{"000-14 one owner suffices", below, "cmdb_ci_server", with("support_group", "", "assigned_to", "u1"), ""},
		{"000-14 a class that is not registered", below, "cmdb_ci_printer", whole, `class unregistered []: the class "cmdb_ci_printer" is not registered`},
		{"000-14 classes of one's own", cmdb.Compliance{Classes: printers}, "cmdb_ci_printer", whole, ""},
		{"000-14 classes of one's own only", cmdb.Compliance{Classes: printers}, "cmdb_ci_server", whole, `class unregistered []: the class "cmdb_ci_server" is not registered`},
		{"000-14 a retired CI needs no owner, location or discovery", below, "cmdb_ci_server", map[string]string{"name": "x", "install_status": "7"}, ""},
		{"000-14 retired by its operational status", below, "cmdb_ci_server", map[string]string{"name": "x", "operational_status": "6"}, ""},
		{"000-14 a retired CI has a name and a class", below, "cmdb_ci_printer", map[string]string{"install_status": "7"}, `name empty [name]: it has no name; class unregistered []: the class "cmdb_ci_printer" is not registered`},
		{"000-14 no rules", cmdb.Compliance{Rules: []cmdb.ComplianceRule{}}, "", nil, ""},
		{"000-14 an unknown check asks nothing", cmdb.Compliance{Rules: []cmdb.ComplianceRule{{Name: "x", Check: "smell"}}}, "", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range c.by.Check(cmdb.CI{ID: "c1", Class: c.class, Columns: c.columns}, now) {
				if f.CI != "c1" {
					t.Errorf("got %+v", f)
				}
				got = append(got, fmt.Sprintf("%s %s %v: %s", f.Rule, f.Problem, f.Columns, f.Detail))
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("got %s\nwant %s", strings.Join(got, "; "), c.want)
			}
		})
	}
}

func TestComplianceValidate(t *testing.T) {
	for _, c := range []struct {
		rules []cmdb.ComplianceRule
		want  string
	}{
		{[]cmdb.ComplianceRule{{}}, "Rules[0] has no Name"},
		{[]cmdb.ComplianceRule{{Name: "a", Check: cmdb.CheckRegistered}, {Name: "a", Check: cmdb.CheckRegistered}}, `Rules[1] is called "a" as Rules[0] is`},
		{[]cmdb.ComplianceRule{{Name: "a", Check: "smell"}}, `Rules[0] (a) has the unknown Check "smell"`},
		{[]cmdb.ComplianceRule{{Name: "a", Check: cmdb.CheckFilled}}, "Rules[0] (a) has no columns"},
		{[]cmdb.ComplianceRule{{Name: "a", Check: cmdb.CheckAnyFilled, Columns: []string{""}}}, "Rules[0] (a) has no columns"},
		{[]cmdb.ComplianceRule{{Name: "a", Check: cmdb.CheckAge, Columns: []string{"x"}}}, "Rules[0] (a) has the MaxAge 0s"},
	} {
		t.Run("000-14 "+c.want, func(t *testing.T) {
			if err := (cmdb.Compliance{Rules: c.rules}).Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestComplianceReport(t *testing.T) {
	var r cmdb.ComplianceReport
	t.Run("000-14 nothing was checked", func(t *testing.T) {
		if r.Share() != 1 {
			t.Errorf("got %v", r.Share())
		}
	})
	r.Add(nil)
	r.Add([]cmdb.Finding{{Rule: "owner"}, {Rule: "age"}, {Rule: "age"}})
	r.Add([]cmdb.Finding{{Rule: "age"}})
	r.Add(nil)
	t.Run("000-14 counts by rule, each CI once", func(t *testing.T) {
		if r.CIs != 4 || r.Compliant != 2 || r.Share() != 0.5 || !maps.Equal(r.Rules, map[string]int{"owner": 1, "age": 2}) {
			t.Errorf("got %+v", r)
		}
	})
}

// A CI with nothing wrong stays so when a column more is filled, and every finding
// names a rule and says why.
func FuzzCompliance(f *testing.F) {
	f.Add("cmdb_ci_server", "web", "2026-03-01 10:00:00", "7")
	f.Add("", "", "x", "")
	f.Fuzz(func(t *testing.T, class, name, seen, status string) {
		ci := cmdb.CI{Class: class, Columns: map[string]string{"name": name, "last_discovered": seen, "install_status": status}}
		now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
		before := cmdb.Compliance{}.Check(ci, now)
		for _, f := range before {
			if f.Rule == "" || f.Detail == "" || f.Problem == "" {
				t.Errorf("got %+v", f)
			}
		}
		ci.Columns["owned_by"] = "u1"
		if after := (cmdb.Compliance{}).Check(ci, now); len(after) > len(before) {
			t.Errorf("got %v, then %v", before, after)
		}
	})
}

func ExampleCompliance_Check() {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	ci := cmdb.CI{ID: "4f1c", Class: "cmdb_ci_server", Columns: map[string]string{
		"name": "web-1", "ip_address": "10.0.0.1", "location": "l1", "last_discovered": "2026-01-01 00:00:00",
	}}
	for _, f := range (cmdb.Compliance{}).Check(ci, now) {
		fmt.Println(f.Rule+":", f.Detail)
	}
	// Output:
	// owner: it has none of owned_by, managed_by, assigned_to, support_group
	// discovered: last_discovered is 2026-01-01 00:00:00, 89 days ago; 30 are allowed
}
