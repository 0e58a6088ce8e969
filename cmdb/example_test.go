package cmdb_test

import (
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

func ExampleClassifier_Classify() {
	bulk := cmdb.Classifier{Mode: cmdb.Bulk}
	fmt.Println(bulk.Classify(cmdb.Device{RoleName: "Access Switch", RoleSlug: "access-switch"}).Detail)
	// Output: role keyword "switch" gives cmdb_ci_ip_switch
}

func ExampleClassifier_Classify_realTime() {
	var strict cmdb.Classifier
	got := strict.Classify(cmdb.Device{RoleName: "Access Switch"})
	fmt.Println(got.Valid, got.Reason)
	// Output: false missing
}

func ExampleClasses_Batches() {
	classes, err := cmdb.NewClasses()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, batch := range classes.Batches() {
		fmt.Println(len(batch))
	}
	// Output:
	// 6
	// 3
}

func ExampleLocations_Classify() {
	results, err := cmdb.Locations{}.Classify([]cmdb.Location{
		{ID: "Room 1", Parent: "Berlin"},
		{ID: "Berlin", Parent: "Germany", Class: "site"},
		{ID: "Germany"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Printf("%s is a %s at level %d: %s\n", r.ID, r.Class, r.Level, r.Reason)
	}
	// Output:
	// Room 1 is a location at level 2: it is below the Site Berlin
	// Berlin is a site at level 1: nb_class says so
	// Germany is a region at level 0: it is above the Site Berlin
}

func ExampleLocations_Classify_cycle() {
	_, err := cmdb.Locations{}.Classify([]cmdb.Location{{ID: "a", Parent: "b"}, {ID: "b", Parent: "a"}})
	fmt.Println(err)
	// Output: cmdb: locations a, b are above one another in a cycle: correct the parents or read all locations
}

func ExampleTenants() {
	flags, _ := cmdb.TenantsBoth.Flags()
	tenants := cmdb.Tenants{TenantFlags: flags, CustomerGroup: 3, DepartmentGroup: 4}
	if err := tenants.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tenants.Classify(cmdb.Import, cmdb.Tenant{Group: 4}).Kind)
	fmt.Println(tenants.Classify(cmdb.Import, cmdb.Tenant{}).Detail)
	// Output:
	// department
	// the tenant is in no group
}

func ExampleIdentifier_Identify() {
	bySerial := map[string][]string{"FDO1": {"ci1"}, "DUP": {"ci2", "ci3"}}
	find := func(rule cmdb.Rule, values []string) []string {
		if rule.Name == "serial number" {
			return bySerial[values[0]]
		}
		return nil
	}
	var rules cmdb.Identifier
	for _, serial := range []string{"FDO1", "DUP", "NEW"} {
		fmt.Println(rules.Identify(map[string]string{"serial_number": serial}, find).Detail)
	}
	// Output:
	// rule "serial number" finds ci1
	// rule "serial number" finds 2 records: ci2, ci3
	// no rule finds a record
}

func ExampleIdentifier_Match() {
	// Device 7 is linked to ci1, but its serial number is ci2's.
	source := cmdb.Source{ID: "device:7", Links: []string{"ci1"}, Values: map[string]string{"serial_number": "FDO1"}}
	find := func(rule cmdb.Rule, values []string) []string {
		if rule.Name == "serial number" && values[0] == "FDO1" {
			return []string{"ci2"}
		}
		return nil
	}
	m := cmdb.Identifier{}.Match(source, find, nil)
	fmt.Println(m.Outcome)
	fmt.Println(m.Detail)
	// Output:
	// mismatch
	// ci1 is linked, but rule "serial number" finds ci2
}

func ExampleTagCheck_Check() {
	region := cmdb.Object{Type: cmdb.TypeRegion, ID: 1}
	site := cmdb.Object{Type: cmdb.TypeSite, ID: 3}
	device := cmdb.Object{Type: cmdb.TypeDevice, ID: 7}
	graph := map[cmdb.Object]cmdb.TagFacts{
		device: {Tagged: true, Needs: []cmdb.Object{site}},
		site:   {Tagged: true, Needs: []cmdb.Object{region}},
		region: {},
	}
	check := cmdb.NewTagCheck(func(o cmdb.Object) (cmdb.TagFacts, bool) {
		facts, there := graph[o]
		return facts, there
	})
	fmt.Println(check.Check(device).Detail)
	// Output: region:1 is not tagged: device:7 needs site:3 needs region:1
}

func ExampleImportOrder() {
	order, err := cmdb.ImportOrder(cmdb.TypeDevice, cmdb.TypeDeviceType, cmdb.TypeManufacturer)
	fmt.Println(order, err)
	// Output: [manufacturer devicetype device] <nil>
}

func ExampleAttributes_Payload() {
	row := cmdb.Attributes{RecordTable: "cmn_location", RecordID: "4f1c", ID: "5", Class: cmdb.TypeSite, Level: cmdb.Known(1), Ready: true}
	fmt.Println(row.Payload())
	// Output: map[nb_class:site nb_id:5 nb_sync:false record_sys_id:4f1c record_table:cmn_location sn_location_level:1]
}

func ExampleFromEvent() {
	event, err := cmdb.ParseEvent([]byte(`{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "create", "resource_name": "web-1"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ci, err := cmdb.FromEvent(event, seen, cmdb.EventOptions{Classes: map[string]string{"ec2": "cmdb_ci_vm_instance"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ci.Class)
	for _, column := range ci.ColumnNames() {
		fmt.Printf("%s=%s\n", column, ci.Columns[column])
	}
	// Output:
	// cmdb_ci_vm_instance
	// asset_tag=i-0a1b
	// discovery_source=Infrastructure Automation
	// install_status=1
	// last_discovered=2026-03-01 12:00:00
	// metadata={}
	// name=web-1
	// u_cloud_provider=AWS
}
