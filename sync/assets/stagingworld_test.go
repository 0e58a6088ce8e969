package assets_test

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// An app stands for the NetBox Labs app of an instance: nine staging tables, and
// transform maps that find a record by the NetBox id and write it with its link row.
type app struct {
	prefix    string
	linkless  bool   // the maps write no link rows
	linkFirst bool   // the link row is written before its record
	skip      string // a staging table that is missing

	departments map[string]bool // by NetBox id

	mu      sync.Mutex
	known   map[string]string // sys_ids of records that are not the app's own choice
	verdict func(object string, source servicenowtest.Row) servicenowtest.TransformVerdict
}

// stagingNames are the documented names, spelled out.
var stagingNames = map[string]string{
	"region":       "x_nbl_cmdb_netbox_regions_import",
	"site":         "x_nbl_cmdb_netbox_sites_import",
	"location":     "x_nbl_cmdb_netbox_locations_import",
	"manufacturer": "x_nbl_cmdb_netbox_manufacturers_import",
	"devicetype":   "x_nbl_cmdb_device_types_import_set",
	"customer":     "x_nbl_cmdb_netbox_clients_import",
	"department":   "x_nbl_cmdb_netbox_departments_imports",
	"device":       "x_nbl_cmdb_devices_import_set",
	"":             "x_nbl_cmdb_netbox_device_attributes_import",
}

// appTypes are in the order of the maps.
var appTypes = []string{"region", "site", "location", "manufacturer", "devicetype", "customer", "department", "device"}

func (a *app) table(typ string) string {
	return strings.Replace(stagingNames[typ], "x_nbl_cmdb_", a.prefix, 1)
}

// id is the sys_id of an object's record.
func (a *app) id(object string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id := a.known[object]; id != "" {
		return id
	}
	sum := md5.Sum([]byte(object))
	return hex.EncodeToString(sum[:])
}

// ref is the record of an object that a row refers to, "" where it refers to none.
func (a *app) ref(typ, id string) string {
	if id == "" {
		return ""
	}
	return a.id(typ + ":" + id)
}

func (a *app) tables() (tables []servicenowtest.Table) {
	for _, name := range stagingNames {
		t := servicenowtest.Table{Name: strings.Replace(name, "x_nbl_cmdb_", a.prefix, 1), Extends: "sys_import_set_row"}
		if t.Name == a.skip {
			continue
		}
		for _, column := range assets.StagingColumns(strings.TrimPrefix(name, "x_nbl_cmdb_")) {
			t.Columns = append(t.Columns, servicenowtest.Column{Name: column, Label: "Label of " + column})
		}
		tables = append(tables, t)
	}
	return append(tables, servicenowtest.Table{Name: "u_device_attribute", Columns: []servicenowtest.Column{
		{Name: "u_key"}, {Name: "u_device"}, {Name: "u_value"}, {Name: "u_type"},
	}})
}

func (a *app) maps() (maps []servicenowtest.TransformMap) {
	targets := map[string]string{
		"region": "cmn_location", "site": "cmn_location", "location": "cmn_location",
		"manufacturer": "core_company", "customer": "core_company", "department": "cmn_department",
		"devicetype": "cmdb_hardware_product_model", "device": "cmdb_ci_hardware",
	}
	for _, typ := range appTypes {
		if a.table(typ) == a.skip {
			continue
		}
		maps = append(maps, servicenowtest.TransformMap{
			Name: typ, Source: a.table(typ), Target: targets[typ], Order: 100,
			Fields: []servicenowtest.FieldMap{{Source: "id", Target: "sys_id", Coalesce: true}},
			Before: a.record(typ),
		})
		if !a.linkless {
			order := 200
			if a.linkFirst {
				order = 50
			}
			maps = append(maps, servicenowtest.TransformMap{
				Name: typ + " link", Source: a.table(typ), Target: cmdb.AttributesTable, Order: order,
				Fields: []servicenowtest.FieldMap{{Source: "id", Target: cmdb.ColumnRecordID, Coalesce: true}},
				Before: a.link(typ, targets[typ]),
			})
		}
	}
	return append(maps, servicenowtest.TransformMap{
		Name: "attribute", Source: a.table(""), Target: "u_device_attribute",
		Fields: []servicenowtest.FieldMap{
			{Source: "device_id", Target: "u_key", Coalesce: true}, {Source: "value", Target: "u_value"}, {Source: "type", Target: "u_type"},
		},
		Before: func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
			target["u_key"] = source["device_id"] + "/" + source["name"]
			target["u_device"] = a.ref("device", source["device_id"])
			return a.judge("attribute:"+source["name"], source)
		},
	})
}

func (a *app) judge(object string, source servicenowtest.Row) servicenowtest.TransformVerdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.verdict == nil {
		return servicenowtest.TransformVerdict{}
	}
	return a.verdict(object, source)
}

// record writes what a row says of its record. Empty columns change nothing, as in a
// transform map that does not copy empty fields.
func (a *app) record(typ string) func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
	return func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
		values := map[string]string{"name": source["name"]}
		switch typ {
		case "region":
			values["parent"] = a.ref("region", source["parent_id"])
		case "site":
			values["parent"], values["company"] = a.ref("region", source["region_id"]), a.tenant(source)
			values["street"], values["time_zone"] = source["physical_address"], source["time_zone"]
			values["latitude"], values["longitude"] = source["latitude"], source["longitude"]
		case "location":
			values["parent"], values["company"] = a.ref("site", source["site_id"]), a.tenant(source)
			if source["parent_id"] != "" {
				values["parent"] = a.ref("location", source["parent_id"])
			}
		case "manufacturer", "customer":
			values[typ] = "true"
		case "department":
			values["description"], values["company"] = source["description"], source["company"]
		case "devicetype":
			values["name"], values["model_number"] = source["model"], source["model"]
			values["manufacturer"] = a.ref("manufacturer", source["manufacturer_id"])
			values["rack_units"], values["short_description"] = source["u_height"], source["description"]
		case "device":
			a.device(source, values)
		}
		object := typ + ":" + source["id"]
		values["sys_id"] = a.id(object)
		for column, value := range values {
			if value != "" {
				target[column] = value
			}
		}
		return a.judge(object, source)
	}
}

func (a *app) device(source, values map[string]string) {
	values["sys_class_name"] = source["servicenow_ci_class"]
	values["asset_tag"], values["serial_number"] = source["asset_tag"], source["serial"]
	values["model_id"] = a.ref("devicetype", source["device_type_id"])
	values["manufacturer"] = a.ref("manufacturer", source["manufacturer_id"])
	values["location"] = a.ref("site", source["site_id"])
	if source["location_id"] != "" {
		values["location"] = a.ref("location", source["location_id"])
	}
	values["ip_address"], values["short_description"] = source["primary_ip"], source["description"]
	if id := source["tenant_id"]; id != "" {
		values["company"] = a.tenant(source)
		if values["company"] == "" {
			values["department"] = a.id("department:" + id)
		}
	}
	if s := mapping.DeviceStatus().Get(source["status"]); s.OK() {
		values["install_status"], values["operational_status"] = s.Value.Install, s.Value.Operational
	}
}

// tenant is the company of a row's tenant, "" where that is a department.
func (a *app) tenant(source servicenowtest.Row) string {
	if a.departments[source["tenant_id"]] {
		return ""
	}
	return a.ref("customer", source["tenant_id"])
}

func (a *app) link(typ, table string) func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
	return func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
		object := typ + ":" + source["id"]
		target[cmdb.ColumnRecordID], target[cmdb.ColumnRecordTable] = a.id(object), table
		if class := source["servicenow_ci_class"]; class != "" {
			target[cmdb.ColumnRecordTable] = class
		}
		target[cmdb.ColumnID], target[cmdb.ColumnClass], target[cmdb.ColumnSync] = source["id"], typ, "true"
		if level := source["level"]; level != "" {
			target[cmdb.ColumnLevel] = level
		}
		return a.judge(object, source)
	}
}

// stagingWorld has the small estate, and an instance with the app.
func stagingWorld(t testing.TB, a *app) *world {
	t.Helper()
	w := emptyStagingWorld(t, a)
	if err := w.netbox.FillSmallEstate(); err != nil {
		t.Fatal(err)
	}
	a.setTenants(t, w)
	return w
}

// setTenants tells the flow and the app which tenants are departments.
func (a *app) setTenants(t testing.TB, w *world) {
	t.Helper()
	w.flow.Tenants = w.tenants(t)
	a.departments = map[string]bool{}
	for _, id := range w.netbox.Find("tenancy/tenants", "group", w.flow.Tenants.DepartmentGroup) {
		a.departments[itoa(id)] = true
	}
}

func emptyStagingWorld(t testing.TB, a *app) *world {
	t.Helper()
	if a.prefix == "" {
		a.prefix = assets.StagingPrefix
	}
	if a.known == nil {
		a.known = map[string]string{}
	}
	nb, err := netboxtest.New(netboxtest.Options{Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	sn, err := servicenowtest.New(servicenowtest.Options{Clock: still{}, Tables: a.tables()})
	if err != nil {
		t.Fatal(err)
	}
	if err := sn.SetTransformMaps(a.maps()...); err != nil {
		t.Fatal(err)
	}
	for typ := range stagingNames {
		if _, err := sn.Insert("sys_rest_insert_multiple", servicenowtest.Row{"source_table": a.table(typ), "column_mapping": "column_name"}); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{netbox: nb, cmdb: sn, wire: new(wire)}
	w.flow = assets.Import{
		NetBox: w.netboxClient(t), CMDB: w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
		Through: assets.ThroughImportSets,
	}
	return w
}

// insertedRows are the requests that stage rows: their tables and bodies.
func (w *world) insertedRows() (tables []string, calls int) {
	for _, call := range w.cmdb.Journal() {
		if table, ok := strings.CutSuffix(call.Path, "/insertMultiple"); ok && call.Method == http.MethodPost {
			tables = append(tables, strings.TrimPrefix(table, "/api/now/import/"))
			calls++
		}
	}
	return tables, calls
}
