package cmdb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestTenantPresets(t *testing.T) {
	want := []struct {
		preset cmdb.TenantPreset
		flags  cmdb.TenantFlags
	}{
		{"Both", cmdb.TenantFlags{ImportCustomers: true, ImportDepartments: true, ExportCustomers: true, ExportDepartments: true}},
		{"Customers only", cmdb.TenantFlags{ImportCustomers: true, ExportCustomers: true}},
		{"Departments only", cmdb.TenantFlags{ImportDepartments: true, ExportDepartments: true}},
		{"None", cmdb.TenantFlags{}},
	}
	var names []cmdb.TenantPreset
	for _, w := range want {
		names = append(names, w.preset)
		t.Run("001-17 "+string(w.preset), func(t *testing.T) {
			if got, ok := w.preset.Flags(); !ok || got != w.flags {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
	t.Run("001-17 the four", func(t *testing.T) {
		if got := cmdb.TenantPresets(); !slices.Equal(got, names) {
			t.Errorf("got %v", got)
		}
		if got, ok := cmdb.TenantPreset("Some").Flags(); ok || got != (cmdb.TenantFlags{}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-19 parameter names", func(t *testing.T) {
		got := []string{
			cmdb.ParamImportCustomers, cmdb.ParamImportDepartments, cmdb.ParamExportCustomers,
			cmdb.ParamExportDepartments, cmdb.ParamCustomerGroup, cmdb.ParamDepartmentGroup,
		}
		want := []string{
			"Import NetBox Customers", "Import NetBox Departments", "Export NetBox Customers",
			"Export NetBox Departments", "NetBox Tenant Group ID for Customers", "NetBox Tenant Group ID for Departments",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		customer, _ := cmdb.TypeCustomer.Info()
		department, _ := cmdb.TypeDepartment.Info()
		if customer.ImportParameter() != got[0] || department.ImportParameter() != got[1] || customer.ExportParameter() != got[2] || department.ExportParameter() != got[3] {
			t.Error("types and tenants name their parameters differently")
		}
	})
}

func TestTenantTruthTable(t *testing.T) {
	t.Run("001-17 and 001-18 all flags and groups", func(t *testing.T) {
		const customers, departments, neither = 7, 9, 11
		for combo := range 16 {
			flags := cmdb.TenantFlags{ImportCustomers: combo&1 > 0, ImportDepartments: combo&2 > 0, ExportCustomers: combo&4 > 0, ExportDepartments: combo&8 > 0}
			for _, ids := range [][2]int64{{0, 0}, {customers, 0}, {0, departments}, {customers, customers}, {-1, departments}, {customers, -1}, {customers, departments}} {
				tenants := cmdb.Tenants{TenantFlags: flags, CustomerGroup: ids[0], DepartmentGroup: ids[1]}
				good := ids == [2]int64{customers, departments}
				needed := combo&3 == 3 || combo&12 == 12
				err := tenants.Validate()
				if (err != nil) != (needed && !good) {
					t.Errorf("001-17 %+v gives %v", tenants, err)
				}
				if err != nil && !strings.Contains(err.Error(), "Group") {
					t.Errorf("001-17 %+v: the error does not name the argument: %v", tenants, err)
				}
				for _, d := range []struct {
					direction cmdb.Direction
					bits      int
				}{{cmdb.Import, combo & 3}, {cmdb.Export, combo >> 2}} {
					for group, both := range map[int64]cmdb.TenantKind{0: "unclassified", customers: "customer", departments: "department", neither: "unclassified"} {
						want := [...]cmdb.TenantKind{"none", "customer", "department", both}[d.bits]
						if d.bits == 3 && !good {
							want = "unclassified"
						}
						got := tenants.Classify(d.direction, cmdb.Tenant{Group: group})
						if got.Kind != want || got.Detail == "" {
							t.Errorf("001-18 %+v: %v of group %d gives %+v, want %s", tenants, d.direction, group, got, want)
						}
					}
				}
			}
		}
	})
}

func TestTenantClassify(t *testing.T) {
	both, _ := cmdb.TenantsBoth.Flags()
	direct := cmdb.Tenants{TenantFlags: both, CustomerGroup: 7, DepartmentGroup: 9}
	below := direct
	below.Descendants = true
	for _, c := range []struct {
		name    string
		tenants cmdb.Tenants
		tenant  cmdb.Tenant
		kind    cmdb.TenantKind
		detail  string
	}{
		{"001-18 no group", direct, cmdb.Tenant{}, "unclassified", "the tenant is in no group"},
		{"001-18 another group", direct, cmdb.Tenant{Group: 8}, "unclassified", "tenant group 8 is neither the customers' group 7 nor the departments' group 9"},
		{"001-18 customers' group", direct, cmdb.Tenant{Group: 7}, "customer", "tenant group 7 holds customers"},
		{"001-18 departments' group", direct, cmdb.Tenant{Group: 9}, "department", "tenant group 9 holds departments"},
		{"001-17 a group below does not count", direct, cmdb.Tenant{Group: 8, Ancestors: []int64{7}}, "unclassified", "tenant group 8 is neither the customers' group 7 nor the departments' group 9"},
		{"001-17 a group below counts when asked", below, cmdb.Tenant{Group: 8, Ancestors: []int64{3, 9}}, "department", "tenant group 9 holds departments"},
		{"001-17 the nearer group decides", below, cmdb.Tenant{Group: 8, Ancestors: []int64{9, 7}}, "department", "tenant group 9 holds departments"},
		{"001-17 the group itself is nearest", below, cmdb.Tenant{Group: 7, Ancestors: []int64{9}}, "customer", "tenant group 7 holds customers"},
		{"001-18 one kind ignores groups", cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ImportCustomers: true}, DepartmentGroup: 9}, cmdb.Tenant{Group: 9}, "customer", "import uses every tenant as a customer"},
		{"001-18 the zero value uses none", cmdb.Tenants{}, cmdb.Tenant{Group: 9}, "none", "import uses no tenants"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.tenants.Classify(cmdb.Import, c.tenant)
			if got.Kind != c.kind || got.Detail != c.detail {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("001-18 an unknown direction uses none", func(t *testing.T) {
		if got := direct.Classify(5, cmdb.Tenant{Group: 7}); got.Kind != cmdb.TenantUnused || got.Detail != "Direction(5) uses no tenants" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-41 the object type of a kind", func(t *testing.T) {
		for kind, want := range map[cmdb.TenantKind]cmdb.ObjectType{"customer": "customer", "department": "department", "none": "", "unclassified": ""} {
			if got, ok := kind.Type(); got != want || ok != (want != "") {
				t.Errorf("%s gives %q, %v", kind, got, ok)
			}
		}
	})
}
