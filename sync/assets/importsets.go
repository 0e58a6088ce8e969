package assets

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
)

// The staging tables of the NetBox Labs app, without the prefix. Their names are the
// documented ones, irregular as they are.
const (
	StagingDevices          = "devices_import_set"
	StagingDeviceTypes      = "device_types_import_set"
	StagingDeviceAttributes = "netbox_device_attributes_import"
	StagingSites            = "netbox_sites_import"
	StagingRegions          = "netbox_regions_import"
	StagingLocations        = "netbox_locations_import"
	StagingCustomers        = "netbox_clients_import"
	StagingDepartments      = "netbox_departments_imports"
	StagingManufacturers    = "netbox_manufacturers_import"
)

// StagingPrefix begins the names of the app's staging tables.
const StagingPrefix = "x_nbl_cmdb_"

// ImportSets says how rows are staged by [ThroughImportSets]. The zero value is
// [DefaultImportSets]; any other one has to name the prefix, so start from that.
//
// The app documents the names of its staging tables, and in words what they hold, but
// not their columns. The columns here are NetBox's own names for the fields, with
// <field>_id and <field>_name for an object that another one refers to. They are not
// verified on a real instance: compare them with the field maps of the transform maps,
// and rename what is called otherwise.
type ImportSets struct {
	// Prefix begins the names of the staging tables. It must not be empty.
	Prefix string
	// Columns renames columns, by table without the prefix and then by the name in
	// [StagingColumns]. The name "" leaves the column out, and what only it would say
	// of the record is left as it is: do so with columns that no transform map reads,
	// for else what they say is planned again by every run.
	Columns map[string]map[string]string
	// Labels says that the staging tables take the labels of columns as keys, which
	// is the platform's default; Columns then gives labels. By default they take
	// names: give each table a record of sys_rest_insert_multiple with the column
	// mapping "Column name". An instance that is set otherwise drops every key
	// without a word, so this is looked at before the first row is staged, and a row
	// of each table is read back.
	Labels bool
	// Attributes are custom fields of devices that are staged too, a row for each,
	// whenever their device is created or updated. They are not compared with
	// anything: a field that changes alone, and one that was lost with the process,
	// is staged with the next change of its device. By default there are none.
	Attributes []string
	// ChunkSize is the most rows in one request; 0 means 1000. Requests are kept below
	// 8 MB besides.
	ChunkSize int
	// Poll is how the transformations are waited for.
	Poll servicenow.Poll
}

// DefaultImportSets are the tables of the app.
func DefaultImportSets() ImportSets { return ImportSets{Prefix: StagingPrefix} }

// A stagedTable is a staging table with its columns.
type stagedTable struct {
	name    string
	typ     cmdb.ObjectType // "" for the attributes of devices
	columns []stagedColumn
}

// A stagedColumn is a column of a staging table, with the columns of the record that
// it is about: it is staged where the plan says something of one of them, or always
// where there is none.
type stagedColumn struct {
	name string
	says []string
}

// Columns of staging tables that the flow looks at itself.
const (
	stagedID    = "id"
	stagedLevel = "level" // a location's depth, 0 for a root
	stagedClass = cmdb.ClassField
	stagedState = "status"

	attributeDevice = "device_id"
)

// nested are the two columns of an object that another one refers to.
func nested(field, name string, says ...string) []stagedColumn {
	return []stagedColumn{{field + "_id", says}, {field + "_" + name, says}}
}

func staged(name string, says ...string) []stagedColumn { return []stagedColumn{{name, says}} }

// stagedTables are in the order of their needs.
var stagedTables = []stagedTable{
	{StagingRegions, cmdb.TypeRegion, slices.Concat(
		staged(stagedID), staged("name", "name"), nested("parent", "name", "parent"), staged(stagedLevel, linkLevel),
	)},
	{StagingManufacturers, cmdb.TypeManufacturer, slices.Concat(staged(stagedID), staged("name", "name"))},
	{StagingCustomers, cmdb.TypeCustomer, slices.Concat(
		staged(stagedID), staged("name", "name"), nested("group", "name"), staged("description"),
	)},
	{StagingDepartments, cmdb.TypeDepartment, slices.Concat(
		staged(stagedID), staged("name", "name"), nested("group", "name"), staged("description", "description"), staged("company", "company"),
	)},
	{StagingSites, cmdb.TypeSite, slices.Concat(
		staged(stagedID), staged("name", "name"), nested("region", "name", "parent"), nested("tenant", "name", "company"),
		staged("physical_address", "street"), staged("latitude", "latitude"), staged("longitude", "longitude"),
		staged("time_zone", "time_zone"), staged(stagedLevel, linkLevel),
	)},
	{StagingLocations, cmdb.TypeLocation, slices.Concat(
		staged(stagedID), staged("name", "name"), nested("site", "name", "parent"), nested("parent", "name", "parent"),
		nested("tenant", "name", "company"), staged(stagedLevel, linkLevel),
	)},
	{StagingDeviceTypes, cmdb.TypeDeviceType, slices.Concat(
		staged(stagedID), staged("model", "name"), nested("manufacturer", "name", "manufacturer"),
		staged("u_height", "rack_units"), staged("description", "short_description"),
	)},
	{StagingDevices, cmdb.TypeDevice, slices.Concat(
		staged(stagedID), staged("name", "name"), staged("serial", "serial_number"), staged("asset_tag", "asset_tag"),
		nested("device_type", "model", "model_id"), nested("manufacturer", "name", "manufacturer"),
		staged("role_name"), staged("role_slug"),
		nested("site", "name", "location"), nested("location", "name", "location"), nested("tenant", "name", "company", "department"),
		staged(stagedState, "install_status", "operational_status"), staged("primary_ip", "ip_address"),
		staged("description", "short_description"), staged(stagedClass),
	)},
	{StagingDeviceAttributes, "", slices.Concat(
		nested("device", "name"), staged("name"), staged("value"), staged("type"),
	)},
}

// StagingColumns returns the columns of a staging table, which is named without its
// prefix, as they are called unless [ImportSets] renames them. An unknown table has none.
func StagingColumns(table string) []string {
	t := stagedTableNamed(table)
	if t == nil {
		return nil
	}
	names := make([]string, len(t.columns))
	for n, c := range t.columns {
		names[n] = c.name
	}
	return names
}

func stagedTableNamed(name string) *stagedTable {
	for n := range stagedTables {
		if stagedTables[n].name == name {
			return &stagedTables[n]
		}
	}
	return nil
}

func stagedTableOf(typ cmdb.ObjectType) *stagedTable {
	for n := range stagedTables {
		if stagedTables[n].typ == typ && typ != "" {
			return &stagedTables[n]
		}
	}
	return nil
}

// index returns the place of a column, -1 where the table has none of that name.
func (t *stagedTable) index(name string) int {
	return slices.IndexFunc(t.columns, func(c stagedColumn) bool { return c.name == name })
}

// tablePrefix is what may begin the name of a table, and columnName what one may be
// called.
var (
	tablePrefix = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	columnName  = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)
)

// complete fills in the defaults, and refuses what would be dropped without a word.
func (s ImportSets) complete() (ImportSets, error) {
	if reflect.ValueOf(s).IsZero() {
		return DefaultImportSets(), nil
	}
	switch {
	case s.Prefix == "":
		return s, fmt.Errorf("assets: ImportSets.Prefix is empty: start from DefaultImportSets, or name what your staging tables begin with, such as %q", StagingPrefix)
	case !tablePrefix.MatchString(s.Prefix):
		return s, fmt.Errorf("assets: ImportSets.Prefix %q begins no table's name: give lower-case letters, digits and underscores, such as %q", s.Prefix, StagingPrefix)
	case s.ChunkSize < 0:
		return s, fmt.Errorf("assets: ImportSets.ChunkSize is %d: use 0 for 1000", s.ChunkSize)
	case slices.Contains(s.Attributes, ""):
		return s, errors.New("assets: ImportSets.Attributes holds an empty name: name custom fields")
	}
	for _, table := range slices.Sorted(maps.Keys(s.Columns)) {
		t := stagedTableNamed(table)
		if t == nil {
			return s, fmt.Errorf("assets: ImportSets.Columns: %q is no staging table: name it without the prefix, such as %q", table, StagingDevices)
		}
		if err := s.checkNames(t); err != nil {
			return s, err
		}
	}
	return s, nil
}

// checkNames looks at what the columns of a table are renamed to.
func (s ImportSets) checkNames(t *stagedTable) error {
	renamed := s.Columns[t.name]
	for _, column := range slices.Sorted(maps.Keys(renamed)) {
		name := renamed[column]
		switch {
		case t.index(column) < 0:
			return fmt.Errorf("assets: ImportSets.Columns: %s has no column %q: rename one of %s", t.name, column, strings.Join(StagingColumns(t.name), ", "))
		case name == "" && (column == stagedID || column == attributeDevice):
			return fmt.Errorf("assets: ImportSets.Columns: %s.%s cannot be left out: without it a row is about nothing", t.name, column)
		case name == "" && slices.Equal(t.columns[t.index(column)].says, []string{"name"}):
			return fmt.Errorf("assets: ImportSets.Columns: %s.%s cannot be left out: records are found by it", t.name, column)
		case !s.Labels && name != "" && !columnName.MatchString(name):
			return fmt.Errorf("assets: ImportSets.Columns: %q, for %s.%s, is no name of a column: if it is a label, set Labels", name, t.name, column)
		}
	}
	taken := map[string]string{}
	for _, c := range t.columns {
		name := s.column(t.name, c.name)
		if other, twice := taken[name]; twice && name != "" {
			return fmt.Errorf("assets: ImportSets.Columns: %s and %s of %s are both called %q: give each a name of its own", other, c.name, t.name, name)
		}
		taken[name] = c.name
	}
	return nil
}

// column is what a column is called on the instance, "" for one that is left out.
func (s ImportSets) column(table, name string) string {
	if renamed, ok := s.Columns[table][name]; ok {
		return renamed
	}
	return name
}

// table is what a staging table is called on the instance.
func (s ImportSets) table(t *stagedTable) string { return s.Prefix + t.name }

// errFieldStaged refuses links that no transform map of the app's knows.
var errFieldStaged = errors.New("assets: Link.Field does not go with ThroughImportSets: transform maps link records by rows of a table, so name Link.Table, or choose another path")
