package cmdb

import (
	"fmt"
	"slices"
	"strconv"
)

// ObjectType is one of the eight kinds of object that travel between NetBox and
// the CMDB. Its text is also the value of the attributes column nb_class, so
// that a customer and a department, both tenants in NetBox, stay apart.
type ObjectType string

// The object types.
const (
	TypeRegion       ObjectType = "region"
	TypeSite         ObjectType = "site"
	TypeLocation     ObjectType = "location"
	TypeManufacturer ObjectType = "manufacturer"
	TypeDeviceType   ObjectType = "devicetype"
	TypeCustomer     ObjectType = "customer"
	TypeDepartment   ObjectType = "department"
	TypeDevice       ObjectType = "device"
)

// TypeInfo describes an object type.
type TypeInfo struct {
	// Type is the type that is described.
	Type ObjectType
	// Name is the name in the application's log markers, such as "DeviceType".
	Name string
	// Plural is the name in the application's parameters, such as "Device Types".
	Plural string
	// Endpoint is the NetBox path below /api/, without slashes around it.
	Endpoint string
	// Table is the ServiceNow table whose rows the records are. For devices it
	// is the base table; the class decides the table that is written.
	Table string
	// Needs are the other types that must be there first. Optional references
	// across this order, such as a site's tenant, are a plan's concern: it
	// orders records by what each of them refers to.
	Needs []ObjectType
	// Nested says that objects of the type form trees: parents first.
	Nested bool
}

var objectTypes = [...]TypeInfo{
	{TypeRegion, "Region", "Regions", "dcim/regions", "cmn_location", nil, true},
	{TypeSite, "Site", "Sites", "dcim/sites", "cmn_location", []ObjectType{TypeRegion}, false},
	{TypeLocation, "Location", "Locations", "dcim/locations", "cmn_location", []ObjectType{TypeSite}, true},
	{TypeManufacturer, "Manufacturer", "Manufacturers", "dcim/manufacturers", "core_company", nil, false},
	{TypeDeviceType, "DeviceType", "Device Types", "dcim/device-types", "cmdb_hardware_product_model", []ObjectType{TypeManufacturer}, false},
	{TypeCustomer, "Customer", "Customers", "tenancy/tenants", "core_company", nil, false},
	{TypeDepartment, "Department", "Departments", "tenancy/tenants", "cmn_department", nil, false},
	{TypeDevice, "Device", "Devices", "dcim/devices", "cmdb_ci", []ObjectType{TypeSite, TypeLocation, TypeDeviceType, TypeCustomer, TypeDepartment}, false},
}

// ObjectTypes returns the eight types in the documented order. The slice and
// everything in it is the caller's own.
func ObjectTypes() []TypeInfo {
	all := slices.Clone(objectTypes[:])
	for i := range all {
		all[i].Needs = slices.Clone(all[i].Needs)
	}
	return all
}

// Info describes the type. It reports false for a type that is none of the eight.
func (t ObjectType) Info() (TypeInfo, bool) {
	for _, info := range objectTypes {
		if info.Type == t {
			info.Needs = slices.Clone(info.Needs)
			return info, true
		}
	}
	return TypeInfo{}, false
}

// ImportParameter is the name of the application parameter that switches the
// import of the type on, such as "Import NetBox Device Types".
func (i TypeInfo) ImportParameter() string { return importPrefix + i.Plural }

// ExportParameter is the name of the application parameter that switches the
// export of the type on, such as "Export NetBox Device Types".
func (i TypeInfo) ExportParameter() string { return exportPrefix + i.Plural }

const (
	importPrefix = "Import NetBox "
	exportPrefix = "Export NetBox "
)

// The tag that people set in NetBox on what is to be imported. NetBox filters
// by the slug, which it derives from the name in lower case.
const (
	SyncTagName = "ServiceNowSyncTo"
	SyncTagSlug = "servicenowsyncto"
)

// Object names one object: its type and its NetBox id. NetBox ids are unique
// within a type only, so that device 5 and site 5 are two objects.
type Object struct {
	Type ObjectType
	ID   int64
}

// String gives the object as "device:42".
func (o Object) String() string { return string(o.Type) + ":" + strconv.FormatInt(o.ID, 10) }

// ImportOrder returns the given types, or all eight without any, in an order in
// which every type comes after those that it needs. The order of the arguments
// does not matter and a repeated type counts once. It is computed from
// TypeInfo.Needs. An unknown type is an error.
func ImportOrder(types ...ObjectType) ([]ObjectType, error) {
	needs := make(map[ObjectType][]ObjectType, len(objectTypes))
	for _, info := range objectTypes {
		needs[info.Type] = info.Needs
	}
	for _, t := range types {
		if _, known := needs[t]; !known {
			return nil, fmt.Errorf("cmdb: object type %q is unknown: use one of the Type constants, such as TypeDevice", string(t))
		}
	}
	order, err := OrderTypes(needs)
	if err != nil || len(types) == 0 {
		return order, err
	}
	return slices.DeleteFunc(order, func(t ObjectType) bool { return !slices.Contains(types, t) }), nil
}
