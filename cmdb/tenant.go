package cmdb

import (
	"fmt"
	"slices"
)

// The names of the application parameters about tenants.
const (
	ParamImportCustomers   = "Import NetBox Customers"
	ParamImportDepartments = "Import NetBox Departments"
	ParamExportCustomers   = "Export NetBox Customers"
	ParamExportDepartments = "Export NetBox Departments"
	ParamCustomerGroup     = "NetBox Tenant Group ID for Customers"
	ParamDepartmentGroup   = "NetBox Tenant Group ID for Departments"
)

// Direction is the way that records travel. The zero value is Import.
type Direction int

const (
	// Import leads from NetBox to ServiceNow.
	Import Direction = iota
	// Export leads from ServiceNow to NetBox.
	Export
)

// String gives "import", "export", or the number of an unknown direction.
func (d Direction) String() string {
	switch d {
	case Import:
		return "import"
	case Export:
		return "export"
	}
	return fmt.Sprintf("Direction(%d)", int(d))
}

// TenantFlags says what tenants are used as, for each direction by itself. The
// zero value uses none.
type TenantFlags struct {
	ImportCustomers   bool
	ImportDepartments bool
	ExportCustomers   bool
	ExportDepartments bool
}

// TenantPreset is one of the documented settings of both directions.
type TenantPreset string

// The documented presets.
const (
	TenantsBoth            TenantPreset = "Both"
	TenantsCustomersOnly   TenantPreset = "Customers only"
	TenantsDepartmentsOnly TenantPreset = "Departments only"
	TenantsNone            TenantPreset = "None"
)

type presetFlags struct {
	preset TenantPreset
	flags  TenantFlags
}

var tenantPresets = [...]presetFlags{
	{TenantsBoth, TenantFlags{true, true, true, true}},
	{TenantsCustomersOnly, TenantFlags{true, false, true, false}},
	{TenantsDepartmentsOnly, TenantFlags{false, true, false, true}},
	{TenantsNone, TenantFlags{false, false, false, false}},
}

// TenantPresets returns the presets in their documented order. The slice is the
// caller's own.
func TenantPresets() []TenantPreset {
	names := make([]TenantPreset, len(tenantPresets))
	for i, p := range tenantPresets {
		names[i] = p.preset
	}
	return names
}

// Flags returns what the preset switches on. It reports false for an unknown
// preset.
func (p TenantPreset) Flags() (TenantFlags, bool) {
	for _, known := range tenantPresets {
		if known.preset == p {
			return known.flags, true
		}
	}
	return TenantFlags{}, false
}

// Tenants decides whether a NetBox tenant is a customer (a company) or a
// department. The zero value uses no tenants.
type Tenants struct {
	// TenantFlags says what tenants are used as: the flags of a preset, or any
	// combination.
	TenantFlags
	// CustomerGroup and DepartmentGroup are the ids of the NetBox tenant groups
	// that tell customers from departments. They must be given and differ when
	// a direction uses both; they are ignored where it does not.
	CustomerGroup, DepartmentGroup int64
	// Descendants also counts tenants in groups below the two. Where one of the
	// two groups lies below the other, the nearer one decides. The default is
	// that a tenant must be in the group itself.
	Descendants bool
}

// Validate returns an error when a direction uses both kinds and cannot tell
// them apart. Call it before anything is requested.
func (t Tenants) Validate() error {
	for _, d := range []Direction{Import, Export} {
		if customers, departments := t.uses(d); !customers || !departments {
			continue
		}
		switch {
		case t.CustomerGroup <= 0:
			return fmt.Errorf("cmdb: Tenants.CustomerGroup is %d, but %s uses customers and departments: give the id of the tenant group (parameter %q)", t.CustomerGroup, d, ParamCustomerGroup)
		case t.DepartmentGroup <= 0:
			return fmt.Errorf("cmdb: Tenants.DepartmentGroup is %d, but %s uses customers and departments: give the id of the tenant group (parameter %q)", t.DepartmentGroup, d, ParamDepartmentGroup)
		case t.CustomerGroup == t.DepartmentGroup:
			return fmt.Errorf("cmdb: Tenants.CustomerGroup and Tenants.DepartmentGroup are both %d, but %s uses customers and departments: give two different groups", t.CustomerGroup, d)
		}
	}
	return nil
}

func (t Tenants) uses(d Direction) (customers, departments bool) {
	switch d {
	case Import:
		return t.ImportCustomers, t.ImportDepartments
	case Export:
		return t.ExportCustomers, t.ExportDepartments
	}
	return false, false
}

// Tenant is what the decision looks at.
type Tenant struct {
	// Group is the id of the tenant's group; 0 without one.
	Group int64
	// Ancestors are the groups above Group, nearest first. They matter only
	// with Tenants.Descendants.
	Ancestors []int64
}

// TenantKind is what a tenant is used as.
type TenantKind string

// What a tenant can be.
const (
	TenantCustomer     TenantKind = "customer"
	TenantDepartment   TenantKind = "department"
	TenantUnused       TenantKind = "none"         // the direction uses no tenants
	TenantUnclassified TenantKind = "unclassified" // in neither group: to be skipped and reported
)

// Type returns the object type of a customer or a department. It reports false
// for tenants that are neither.
func (k TenantKind) Type() (ObjectType, bool) {
	switch k {
	case TenantCustomer:
		return TypeCustomer, true
	case TenantDepartment:
		return TypeDepartment, true
	}
	return "", false
}

// TenantResult is what a tenant is used as, and why.
type TenantResult struct {
	Kind   TenantKind
	Detail string // the decision in words
}

// Classify decides what a tenant is used as in one direction. It answers for
// every input; with settings that Validate refuses, no tenant can be told.
func (t Tenants) Classify(d Direction, tenant Tenant) TenantResult {
	switch customers, departments := t.uses(d); {
	case customers && departments:
		return t.byGroup(tenant)
	case customers:
		return TenantResult{TenantCustomer, d.String() + " uses every tenant as a customer"}
	case departments:
		return TenantResult{TenantDepartment, d.String() + " uses every tenant as a department"}
	}
	return TenantResult{TenantUnused, d.String() + " uses no tenants"}
}

func (t Tenants) byGroup(tenant Tenant) TenantResult {
	if err := t.Validate(); err != nil {
		return TenantResult{TenantUnclassified, "the settings are not valid: " + err.Error()}
	}
	if tenant.Group == 0 {
		return TenantResult{TenantUnclassified, "the tenant is in no group"}
	}
	groups := []int64{tenant.Group}
	if t.Descendants {
		groups = slices.Concat(groups, tenant.Ancestors)
	}
	for _, g := range groups {
		switch g {
		case t.CustomerGroup:
			return TenantResult{TenantCustomer, fmt.Sprintf("tenant group %d holds customers", g)}
		case t.DepartmentGroup:
			return TenantResult{TenantDepartment, fmt.Sprintf("tenant group %d holds departments", g)}
		}
	}
	return TenantResult{TenantUnclassified, fmt.Sprintf("tenant group %d is neither the customers' group %d nor the departments' group %d", tenant.Group, t.CustomerGroup, t.DepartmentGroup)}
}
