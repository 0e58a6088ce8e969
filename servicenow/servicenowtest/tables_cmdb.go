package servicenowtest

// Choice lists of configuration items, as the configuration item module of
// the certified Ansible collection and the product documentation name them.
var (
	installStatus = []Choice{
		{"0", "Retired"}, {"1", "Installed"}, {"2", "On Order"}, {"3", "In Maintenance"}, {"4", "Pending Install"},
		{"5", "Pending Repair"}, {"6", "In Stock"}, {"7", "Retired"}, {"8", "Stolen"}, {"100", "Absent"},
	}
	operationalStatus = []Choice{
		{"1", "Operational"}, {"2", "Non-Operational"}, {"3", "Repair in Progress"}, {"4", "DR Standby"},
		{"5", "Ready"}, {"6", "Retired"}, {"7", "Pipeline"}, {"8", "Catalog"},
	}
	environment     = []Choice{{"production", "Production"}, {"development", "Development"}, {"test", "Test"}}
	discoverySource = []Choice{
		{"Manual Entry", "Manual Entry"}, {"ServiceNow", "ServiceNow"}, {"ImportSet", "ImportSet"},
		{"NetBox", "NetBox"}, {"Infrastructure Automation", "Infrastructure Automation"}, {"Other Automated", "Other Automated"},
	}
	serialNumberTypes = []Choice{{"system", "System"}, {"chassis", "Chassis"}, {"baseboard", "Baseboard"}, {"uuid", "UUID"}}
)

// cmdbTables are the configuration items down to the classes that device
// inventories use. Names and nesting of the classes below cmdb_ci_netgear and
// of the two facility classes are from common knowledge, not from a public
// source.
func cmdbTables() []Table {
	return []Table{
		{Name: "cmdb_ci", Label: "Configuration Item", Display: "name", Columns: []Column{
			{Name: "sys_class_name", Label: "Class", Type: ClassName},
			{Name: "name", MaxLength: 255},
			{Name: "asset_tag", MaxLength: 100},
			{Name: "serial_number", MaxLength: 255},
			{Name: "model_id", Label: "Model ID", Type: Reference, Reference: "cmdb_hardware_product_model"},
			{Name: "manufacturer", Type: Reference, Reference: "core_company"},
			{Name: "location", Type: Reference, Reference: "cmn_location"},
			{Name: "company", Type: Reference, Reference: "core_company"},
			{Name: "department", Type: Reference, Reference: "cmn_department"},
			{Name: "install_status", Label: "Status", Type: Integer, Default: "1", Choices: installStatus},
			{Name: "operational_status", Type: Integer, Default: "1", Choices: operationalStatus},
			{Name: "ip_address", Label: "IP Address", MaxLength: 255},
			{Name: "short_description", Label: "Description", MaxLength: 1000},
			{Name: "discovery_source", MaxLength: 40, Choices: discoverySource},
			{Name: "correlation_id", Label: "Correlation ID", MaxLength: 100},
			{Name: "correlation_display", MaxLength: 100},
			{Name: "first_discovered", Type: DateTime},
			{Name: "last_discovered", Label: "Most recent discovery", Type: DateTime},
			{Name: "mac_address", Label: "MAC Address", MaxLength: 18},
			{Name: "fqdn", Label: "Fully qualified domain name", MaxLength: 255},
			{Name: "dns_domain", Label: "DNS Domain", MaxLength: 255},
			{Name: "environment", Choices: environment},
			{Name: "category", MaxLength: 40},
			{Name: "subcategory", MaxLength: 40},
			{Name: "model_number", MaxLength: 100},
			{Name: "vendor", Type: Reference, Reference: "core_company"},
			{Name: "assigned_to", Type: Reference, Reference: "sys_user"},
			{Name: "managed_by", Type: Reference, Reference: "sys_user"},
			{Name: "owned_by", Type: Reference, Reference: "sys_user"},
			{Name: "supported_by", Type: Reference, Reference: "sys_user"},
			{Name: "assignment_group", Label: "Change Group", Type: Reference, Reference: "sys_user_group"},
			{Name: "support_group", Type: Reference, Reference: "sys_user_group"},
			{Name: "managed_by_group", Type: Reference, Reference: "sys_user_group"},
			{Name: "comments", MaxLength: 4000},
			{Name: "attributes", MaxLength: 65000},
			{Name: "cost", Type: Decimal},
			{Name: "fault_count", Type: Integer, Default: "0"},
			{Name: "monitor", Type: Boolean, Default: "false"},
			{Name: "can_print", Type: Boolean, Default: "false"},
			{Name: "skip_sync", Type: Boolean, Default: "false"},
			{Name: "unverified", Label: "Requires verification", Type: Boolean, Default: "false"},
			{Name: "duplicate_of", Type: Reference, Reference: "cmdb_ci"},
			{Name: "install_date", Label: "Installed", Type: DateTime},
			{Name: "purchase_date", Label: "Purchased", Type: Date},
			{Name: "warranty_expiration", Type: Date},
			{Name: "po_number", Label: "PO number", MaxLength: 40},
			{Name: "life_cycle_stage", MaxLength: 100},
			{Name: "life_cycle_stage_status", MaxLength: 100},
		}},
		{Name: "cmdb_ci_hardware", Label: "Hardware", Extends: "cmdb_ci", Columns: []Column{
			{Name: "hardware_status", MaxLength: 40},
			{Name: "hardware_substatus", MaxLength: 40},
			{Name: "default_gateway", MaxLength: 255},
		}},
		{Name: "cmdb_ci_computer", Label: "Computer", Extends: "cmdb_ci_hardware", Columns: []Column{
			{Name: "host_name", MaxLength: 255},
			{Name: "os", Label: "Operating System", MaxLength: 255},
			{Name: "os_version", Label: "OS Version", MaxLength: 255},
			{Name: "cpu_count", Label: "CPU count", Type: Integer},
			{Name: "cpu_core_count", Label: "CPU core count", Type: Integer},
			{Name: "ram", Label: "RAM (MB)", Type: Integer},
			{Name: "disk_space", Label: "Disk space (GB)", Type: Decimal},
			{Name: "virtual", Label: "Is Virtual", Type: Boolean, Default: "false"},
		}},
		{Name: "cmdb_ci_server", Label: "Server", Extends: "cmdb_ci_computer", Columns: []Column{
			{Name: "classification", MaxLength: 40},
			{Name: "used_for", Choices: []Choice{{"Production", "Production"}, {"Staging", "Staging"}, {"QA", "QA"}, {"Test", "Test"}, {"Development", "Development"}}},
			{Name: "firewall_status", MaxLength: 40},
		}},
		{Name: "cmdb_ci_linux_server", Label: "Linux Server", Extends: "cmdb_ci_server", Columns: []Column{{Name: "kernel_release", MaxLength: 255}}},
		{Name: "cmdb_ci_win_server", Label: "Windows Server", Extends: "cmdb_ci_server"},
		{Name: "cmdb_ci_virtualization_server", Label: "Virtualization Server", Extends: "cmdb_ci_server"},
		{Name: "cmdb_ci_netgear", Label: "Network Gear", Extends: "cmdb_ci_hardware", Columns: []Column{
			{Name: "device_type", MaxLength: 40},
			{Name: "firmware_version", MaxLength: 255},
			{Name: "ports", Type: Integer},
			{Name: "can_switch", Type: Boolean, Default: "false"},
			{Name: "can_route", Type: Boolean, Default: "false"},
		}},
		{Name: "cmdb_ci_ip_router", Label: "IP Router", Extends: "cmdb_ci_netgear"},
		{Name: "cmdb_ci_ip_switch", Label: "IP Switch", Extends: "cmdb_ci_netgear"},
		{Name: "cmdb_ci_ip_firewall", Label: "IP Firewall", Extends: "cmdb_ci_netgear"},
		{Name: "cmdb_ci_wap_network", Label: "Wireless Access Point", Extends: "cmdb_ci_netgear"},
		{Name: "cmdb_ci_power_eq", Label: "Power Equipment", Extends: "cmdb_ci_hardware", Columns: []Column{{Name: "rated_power", Type: Decimal}}},
		{Name: "cmdb_ci_facility_hardware", Label: "Facility Hardware", Extends: "cmdb_ci_hardware"},
		{Name: "cmdb_ci_service", Label: "Business Service", Extends: "cmdb_ci", Columns: []Column{
			//nolint:misspell // the product's own name
			{Name: "busines_criticality", Label: "Business criticality", Choices: []Choice{
				{"1 - most critical", "1 - most critical"}, {"2 - somewhat critical", "2 - somewhat critical"},
				{"3 - less critical", "3 - less critical"}, {"4 - not critical", "4 - not critical"},
			}},
		}},
		{Name: "cmdb_ci_appl", Label: "Application", Extends: "cmdb_ci", Columns: []Column{
			{Name: "version", MaxLength: 40},
			{Name: "tcp_port", Label: "TCP port(s)", MaxLength: 255},
		}},
		{Name: "cmdb_serial_number", Label: "Serial Number", Display: "serial_number", Columns: []Column{
			{Name: "cmdb_ci", Label: "Configuration item", Type: Reference, Reference: "cmdb_ci"},
			{Name: "serial_number", MaxLength: 255},
			{Name: "serial_number_type", Choices: serialNumberTypes},
			{Name: "valid", Type: Boolean, Default: "true"},
			{Name: "absent", Type: Boolean, Default: "false"},
		}},
		{Name: "cmdb_hardware_product_model", Label: "Hardware Model", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 255},
			{Name: "display_name", MaxLength: 255},
			{Name: "model_number", MaxLength: 100},
			{Name: "manufacturer", Type: Reference, Reference: "core_company"},
			{Name: "short_description", MaxLength: 1000},
			{Name: "description", MaxLength: 4000},
			{Name: "rack_units", Type: Integer},
			{Name: "status", Choices: []Choice{{"In Production", "In Production"}, {"Retired", "Retired"}, {"Sold", "Sold"}}},
			{Name: "cmdb_ci_class", Label: "CI class", MaxLength: 80},
			{Name: "correlation_id", Label: "Correlation ID", MaxLength: 100},
		}},
		{Name: "x_nbl_cmdb_netbox_attributes", Label: "NetBox Attributes", Display: "record_sys_id", Columns: []Column{
			{Name: "record_table", MaxLength: 80},
			{Name: "record_sys_id", Label: "Record", MaxLength: 32},
			{Name: "nb_id", Label: "NetBox ID", MaxLength: 40},
			{Name: "nb_class", Label: "NetBox class", MaxLength: 40},
			{Name: "nb_sync", Label: "Synchronize", Type: Boolean, Default: "false"},
			{Name: "nb_ready_exp", Label: "Ready for export", Type: Boolean, Default: "false", ReadOnly: true},
			{Name: "nb_ready_msg", Label: "Ready message", MaxLength: 4000, ReadOnly: true},
			{Name: "sn_location_level", Label: "Location level", Type: Integer},
			{Name: "record_updated", Type: DateTime},
		}},
	}
}
