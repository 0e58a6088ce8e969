package servicenowtest

// demoFoundation are the companies, places, departments and groups of OutOfBox.
func demoFoundation() []Record {
	var records []Record
	for _, c := range []struct {
		name string
		role string // a flag of core_company
	}{
		{"ACME North America", "primary"}, {"ACME EMEA", "customer"}, {"Cisco", "manufacturer"}, {"Dell Inc.", "manufacturer"},
		{"HPE", "manufacturer"}, {"Palo Alto Networks", "manufacturer"}, {"APC", "manufacturer"}, {"Lenovo", "manufacturer"}, {"Iron Mountain", "vendor"},
	} {
		records = append(records, demo("core_company", c.name, Row{c.role: "true"}))
	}
	for _, l := range []struct{ name, kind, parent, city, country string }{
		{"Americas", "region", "", "", ""},
		{"United States", "country", "Americas", "", "USA"},
		{"San Diego", "site", "United States", "San Diego", "USA"},
		{"San Diego Data Center", "building", "San Diego", "San Diego", "USA"},
		{"San Diego Room 101", "room", "San Diego Data Center", "San Diego", "USA"},
		{"EMEA", "region", "", "", ""},
		{"Germany", "country", "EMEA", "", "Germany"},
		{"Frankfurt", "site", "Germany", "Frankfurt", "Germany"},
		{"Frankfurt Data Center", "building", "Frankfurt", "Frankfurt", "Germany"},
		{"London", "site", "EMEA", "London", "United Kingdom"},
	} {
		values := Row{"cmn_location_type": l.kind, "city": l.city, "country": l.country, "company": DemoID("core_company", "ACME North America")}
		if l.parent != "" {
			values["parent"] = DemoID("cmn_location", l.parent)
		}
		records = append(records, demo("cmn_location", l.name, values))
	}
	for _, name := range []string{"IT", "Finance", "HR", "Product Management"} {
		records = append(records, demo("cmn_department", name, Row{"company": DemoID("core_company", "ACME North America")}))
	}
	for _, g := range []struct {
		name, parent, role string
		members            []string
	}{
		{"IT Operations", "", "", nil},
		{"Service Desk", "IT Operations", "", []string{"itil", "david.loo"}},
		{"Network", "IT Operations", "itil", []string{"beth.anglin", "itil"}},
		{"Database", "IT Operations", "", []string{"david.loo"}},
		{"Hardware", "IT Operations", "", []string{"itil"}},
		{"Change Management", "", "", []string{"change.manager"}},
		{"CAB Approval", "", "approver_user", []string{"change.manager", "david.loo"}},
	} {
		values := Row{"manager": DemoID("sys_user", "david.loo"), "email": "it@example.com"}
		if g.parent != "" {
			values["parent"] = DemoID("sys_user_group", g.parent)
		}
		id := DemoID("sys_user_group", g.name)
		records = append(records, demo("sys_user_group", g.name, values))
		if g.role != "" {
			records = append(records, linkRecord("sys_group_has_role", "group", id, "role", fixedID("sys_user_role/"+g.role)))
		}
		for _, member := range g.members {
			records = append(records, linkRecord("sys_user_grmember", "user", DemoID("sys_user", member), "group", id))
		}
	}
	for _, m := range []struct{ name, maker, number, class string }{
		{"PowerEdge R740", "Dell Inc.", "R740", "cmdb_ci_server"}, {"ProLiant DL380 Gen10", "HPE", "DL380", "cmdb_ci_server"},
		{"Catalyst 9300", "Cisco", "C9300-48P", "cmdb_ci_ip_switch"}, {"ISR 4451", "Cisco", "ISR4451", "cmdb_ci_ip_router"},
		{"Aironet 2802i", "Cisco", "AIR-AP2802I", "cmdb_ci_wap_network"}, {"PA-3220", "Palo Alto Networks", "PA-3220", "cmdb_ci_ip_firewall"},
		{"Rack PDU AP8959", "APC", "AP8959", "cmdb_ci_power_eq"}, {"ThinkPad T14", "Lenovo", "20S0", "cmdb_ci_computer"},
	} {
		records = append(records, demo("cmdb_hardware_product_model", m.name, Row{
			"display_name": m.maker + " " + m.name, "manufacturer": DemoID("core_company", m.maker), "model_number": m.number, "cmdb_ci_class": m.class,
		}))
	}
	return records
}
