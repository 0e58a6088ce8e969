package servicenowtest

// demoItem is a configuration item of OutOfBox.
type demoItem struct {
	class, name, model, location, address, serial, status string
}

var demoItemList = []demoItem{
	{"cmdb_ci_linux_server", "lnux100", "PowerEdge R740", "San Diego Room 101", "10.1.1.10", "SN-LNX-100", "1"},
	{"cmdb_ci_linux_server", "lnux101", "PowerEdge R740", "San Diego Room 101", "10.1.1.11", "SN-LNX-101", "1"},
	{"cmdb_ci_linux_server", "lnux102", "ProLiant DL380 Gen10", "Frankfurt Data Center", "10.2.1.10", "SN-LNX-102", "1"},
	{"cmdb_ci_linux_server", "lnux103", "ProLiant DL380 Gen10", "Frankfurt Data Center", "", "SN-LNX-103", "6"},
	{"cmdb_ci_win_server", "PS-NA-DB01", "PowerEdge R740", "San Diego Room 101", "10.1.1.20", "SN-WIN-001", "1"},
	{"cmdb_ci_win_server", "PS-NA-WEB01", "PowerEdge R740", "San Diego Room 101", "10.1.1.21", "SN-WIN-002", "1"},
	{"cmdb_ci_win_server", "OWA-SD-01", "ProLiant DL380 Gen10", "San Diego Room 101", "10.1.1.22", "SN-WIN-003", "3"},
	{"cmdb_ci_virtualization_server", "esx-sd-01", "PowerEdge R740", "San Diego Room 101", "10.1.1.5", "SN-ESX-001", "1"},
	{"cmdb_ci_ip_router", "rtr-sd-01", "ISR 4451", "San Diego Data Center", "10.1.0.1", "SN-RTR-001", "1"},
	{"cmdb_ci_ip_router", "rtr-fra-01", "ISR 4451", "Frankfurt Data Center", "10.2.0.1", "SN-RTR-002", "1"},
	{"cmdb_ci_ip_switch", "sw-sd-01", "Catalyst 9300", "San Diego Room 101", "10.1.0.2", "SN-SW-001", "1"},
	{"cmdb_ci_ip_switch", "sw-sd-02", "Catalyst 9300", "San Diego Room 101", "10.1.0.3", "SN-SW-002", "3"},
	{"cmdb_ci_ip_switch", "sw-fra-01", "Catalyst 9300", "Frankfurt Data Center", "10.2.0.2", "SN-SW-003", "1"},
	{"cmdb_ci_ip_firewall", "fw-sd-01", "PA-3220", "San Diego Data Center", "10.1.0.254", "SN-FW-001", "1"},
	{"cmdb_ci_wap_network", "ap-sd-01", "Aironet 2802i", "San Diego", "10.1.9.1", "SN-AP-001", "1"},
	{"cmdb_ci_power_eq", "pdu-sd-01", "Rack PDU AP8959", "San Diego Room 101", "10.1.0.60", "SN-PDU-001", "1"},
	{"cmdb_ci_computer", "LT-ABEL", "ThinkPad T14", "San Diego", "", "SN-LT-001", "1"},
	{"cmdb_ci_computer", "LT-JOE", "ThinkPad T14", "London", "", "SN-LT-002", "1"},
	{"cmdb_ci_computer", "LT-SPARE", "ThinkPad T14", "San Diego", "", "SN-LT-003", "6"},
	{"cmdb_ci_service", "Email", "", "", "", "", "1"},
	{"cmdb_ci_service", "SAP Enterprise Services", "", "", "", "", "1"},
	{"cmdb_ci_service", "Client Services", "", "", "", "", "1"},
	{"cmdb_ci_appl", "Outlook Web Access", "", "", "", "", "1"},
	{"cmdb_ci_appl", "SAP ERP", "", "", "", "", "1"},
	{"cmdb_ci_appl", "MSSQL@PS-NA-DB01", "", "", "", "", "1"},
}

// demoItems are the configuration items of OutOfBox.
func demoItems() []Record {
	makers := map[string]string{
		"PowerEdge R740": "Dell Inc.", "ProLiant DL380 Gen10": "HPE", "Catalyst 9300": "Cisco", "ISR 4451": "Cisco", "Aironet 2802i": "Cisco",
		"PA-3220": "Palo Alto Networks", "Rack PDU AP8959": "APC", "ThinkPad T14": "Lenovo",
	}
	records := make([]Record, 0, len(demoItemList))
	for _, item := range demoItemList {
		values := Row{"ip_address": item.address, "serial_number": item.serial, "install_status": item.status, "company": DemoID("core_company", "ACME North America")}
		if item.model != "" {
			values["model_id"] = DemoID("cmdb_hardware_product_model", item.model)
			values["manufacturer"] = DemoID("core_company", makers[item.model])
			values["location"] = DemoID("cmn_location", item.location)
			values["support_group"] = DemoID("sys_user_group", "Hardware")
		}
		switch item.name {
		case "LT-ABEL":
			values["assigned_to"] = DemoID("sys_user", "abel.tuter")
		case "LT-JOE":
			values["assigned_to"] = DemoID("sys_user", "employee")
		}
		records = append(records, demo(item.class, item.name, values))
	}
	return records
}

// demoItemID is the sys_id of a configuration item, by its name.
func demoItemID(name string) string {
	for _, item := range demoItemList {
		if item.name == name {
			return DemoID(item.class, name)
		}
	}
	return ""
}

// demoRelations are the relations of the configuration items: parent, type and
// child.
func demoRelations() []Record {
	relations := [][3]string{
		{"Email", "Depends on::Used by", "Outlook Web Access"},
		{"Outlook Web Access", "Runs on::Runs", "OWA-SD-01"},
		{"SAP Enterprise Services", "Depends on::Used by", "SAP ERP"},
		{"SAP ERP", "Runs on::Runs", "lnux100"},
		{"SAP ERP", "Runs on::Runs", "lnux101"},
		{"SAP ERP", "Depends on::Used by", "MSSQL@PS-NA-DB01"},
		{"MSSQL@PS-NA-DB01", "Runs on::Runs", "PS-NA-DB01"},
		{"Client Services", "Depends on::Used by", "Email"},
		{"PS-NA-WEB01", "Virtualized by::Virtualizes", "esx-sd-01"},
		{"lnux100", "Connects to::Connected by", "sw-sd-01"},
		{"lnux101", "Connects to::Connected by", "sw-sd-01"},
		{"PS-NA-DB01", "Connects to::Connected by", "sw-sd-02"},
		{"esx-sd-01", "Connects to::Connected by", "sw-sd-02"},
		{"lnux102", "Connects to::Connected by", "sw-fra-01"},
		{"sw-sd-01", "Connects to::Connected by", "rtr-sd-01"},
		{"sw-sd-02", "Connects to::Connected by", "rtr-sd-01"},
		{"sw-fra-01", "Connects to::Connected by", "rtr-fra-01"},
		{"rtr-sd-01", "IP Connection::IP Connection", "rtr-fra-01"},
		{"rtr-sd-01", "Connects to::Connected by", "fw-sd-01"},
		{"ap-sd-01", "Connects to::Connected by", "sw-sd-01"},
	}
	records := make([]Record, 0, len(relations))
	for _, r := range relations {
		record := linkRecord("cmdb_rel_ci", "parent", demoItemID(r[0]), "child", demoItemID(r[2]))
		record.Values["type"] = relationTypeID(r[1])
		records = append(records, record)
	}
	return records
}

// relationTypeID is the sys_id of a relation that every instance has.
func relationTypeID(name string) string {
	for _, t := range relationTypes {
		if t.name == name {
			return t.id
		}
	}
	return ""
}
