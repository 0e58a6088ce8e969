package servicenowtest

import "maps"

// demoTasks are the incidents, problems, changes and approvals of OutOfBox.
func demoTasks() []Record {
	var records []Record
	for _, i := range []struct {
		number, text, caller, state, impact, urgency, category, group, assigned, item string
		more                                                                          Row
	}{
		{"INC0000015", "I can't launch my VPN client", "abel.tuter", "1", "3", "3", "software", "Service Desk", "", "LT-ABEL", nil},
		{"INC0000016", "Rain is leaking on main DNS server", "david.loo", "2", "1", "2", "hardware", "Hardware", "itil", "lnux102", nil},
		{"INC0000017", "How do I create a sub-folder", "abel.tuter", "3", "3", "3", "inquiry", "Service Desk", "david.loo", "", Row{"hold_reason": "1"}},
		{"INC0000025", "Email is slow when an attachment is involved", "employee", "2", "2", "2", "software", "Service Desk", "itil", "OWA-SD-01", nil},
		{"INC0000031", "EMAIL is slow when an attachment is involved", "abel.tuter", "2", "2", "3", "software", "Service Desk", "itil", "OWA-SD-01",
			Row{"problem_id": DemoID("problem", "PRB0000005")}},
		{"INC0000039", "Trouble getting to Oregon mail server", "employee", "1", "3", "3", "network", "Network", "", "OWA-SD-01", nil},
		{"INC0000041", "My desk phone doesn't work", "abel.tuter", "2", "3", "2", "hardware", "Hardware", "itil", "", nil},
		{"INC0000044", "Seem to have an issue with my hard drive", "employee", "3", "3", "3", "hardware", "Hardware", "itil", "LT-JOE", Row{"hold_reason": "4"}},
		{"INC0000046", "Can't access SFA software", "abel.tuter", "3", "2", "2", "software", "Service Desk", "david.loo", "", Row{"hold_reason": "3"}},
		{"INC0000047", "Issue with email", "employee", "1", "2", "2", "software", "Service Desk", "", "Email", nil},
		{"INC0000048", "Need Oracle 10GR2 installed", "david.loo", "2", "3", "3", "database", "Database", "david.loo", "lnux101", nil},
		{"INC0000049", "Network storage unavailable", "employee", "2", "1", "1", "network", "Network", "beth.anglin", "sw-sd-02",
			Row{"problem_id": DemoID("problem", "PRB0000007"), "work_notes": "Port 12 of sw-sd-02 is flapping"}},
		{"INC0000050", "Can't access Exchange server - is it down?", "abel.tuter", "3", "1", "2", "software", "Service Desk", "itil", "OWA-SD-01", Row{"hold_reason": "5"}},
		{"INC0000052", "SAP Financial Accounting application appears to be down", "employee", "2", "1", "1", "software", "Service Desk", "david.loo", "SAP ERP",
			Row{"comments": "We are looking into it"}},
		{"INC0000054", "SAP Materials Management is slow", "abel.tuter", "3", "1", "1", "software", "Database", "david.loo", "SAP ERP", Row{"hold_reason": "3"}},
		{"INC0000055", "SAP Sales app is not accessible", "employee", "6", "1", "1", "software", "Service Desk", "itil", "SAP ERP",
			Row{"close_code": "Workaround provided", "close_notes": "Restarted the application server", "resolved_by": DemoID("sys_user", "itil"), "resolved_at": "2026-01-06 15:02:00"}},
		{"INC0000057", "Performance problems with wifi", "abel.tuter", "1", "3", "3", "network", "Network", "", "ap-sd-01", nil},
		{"INC0000060", "Unable to connect to email", "employee", "7", "2", "2", "network", "Network", "beth.anglin", "Email",
			Row{"close_code": "Solution provided", "close_notes": "Reset the password", "closed_at": "2026-01-07 09:00:00", "closed_by": DemoID("sys_user", "beth.anglin")}},
		{"INC0000061", "Switch occasionally drops connections", "david.loo", "8", "2", "2", "network", "Network", "", "sw-sd-01", nil},
		{"INC0007001", "Employee payroll application server is down", "david.loo", "1", "1", "1", "hardware", "Hardware", "", "lnux100", nil},
	} {
		values := Row{
			"short_description": i.text, "caller_id": DemoID("sys_user", i.caller), "opened_by": DemoID("sys_user", i.caller), "opened_at": "2026-01-05 08:12:00",
			"state": i.state, "impact": i.impact, "urgency": i.urgency, "category": i.category, "assignment_group": DemoID("sys_user_group", i.group),
			"cmdb_ci": demoItemID(i.item), "company": DemoID("core_company", "ACME North America"), "location": DemoID("cmn_location", "San Diego"),
		}
		if i.assigned != "" {
			values["assigned_to"] = DemoID("sys_user", i.assigned)
		}
		maps.Copy(values, i.more)
		records = append(records, demo("incident", i.number, values))
	}
	for _, p := range []struct{ number, text, state, item string }{
		{"PRB0000005", "Email slows down with large attachments", "103", "OWA-SD-01"},
		{"PRB0000007", "Switch sw-sd-02 drops connections", "104", "sw-sd-02"},
		{"PRB0000009", "SAP loses its connection to the database", "101", "SAP ERP"},
		{"PRB0000011", "Backup of lnux102 fails each Sunday", "107", "lnux102"},
	} {
		records = append(records, demo("problem", p.number, Row{
			"short_description": p.text, "state": p.state, "cmdb_ci": demoItemID(p.item), "impact": "2", "urgency": "2", "opened_at": "2026-01-05 10:30:00",
			"opened_by": DemoID("sys_user", "david.loo"), "assignment_group": DemoID("sys_user_group", "Network"),
		}))
	}
	return append(records, demoChanges()...)
}

// demoChanges are the changes, their tasks and affected items. Those that stand
// at a gate have been asked for by the instance; the others' approvals are
// added as they were given.
func demoChanges() []Record {
	var records []Record
	for _, c := range []struct {
		number, kind, text, state, risk, item string
		more                                  Row
	}{
		{"CHG0000001", "normal", "Roll back Windows Server patches", stateNew, "3", "PS-NA-WEB01", nil},
		{"CHG0000002", "normal", "Replace switch sw-sd-02", stateAssess, "2", "sw-sd-02", nil},
		{"CHG0000003", "normal", "Upgrade the firmware of rtr-sd-01", stateAuthorize, "2", "rtr-sd-01", nil},
		{"CHG0000004", "normal", "Move SAP to new storage", stateScheduled, "2", "SAP ERP", Row{"approval": "approved"}},
		{"CHG0000005", "normal", "Patch lnux100 and lnux101", stateImplement, "3", "lnux100", Row{"approval": "approved"}},
		{"CHG0000006", "standard", "Add network switch to datacenter cabinet", stateScheduled, "4", "sw-sd-01", nil},
		{"CHG0000007", "emergency", "Restart the firewall fw-sd-01", stateAuthorize, "2", "fw-sd-01", nil},
		{"CHG0000008", "standard", "Renew the certificate of Outlook Web Access", stateClosed, "4", "Outlook Web Access",
			Row{"approval": "approved", "close_code": "successful", "close_notes": "Renewed", "work_start": "2026-01-03 20:00:00", "work_end": "2026-01-03 20:20:00"}},
		{"CHG0000009", "normal", "Decommission lnux103", stateReview, "4", "lnux103", Row{"approval": "approved", "work_start": "2026-01-04 06:00:00"}},
		{"CHG0000010", "normal", "Open port 8080 to the world", stateCanceled, "1", "fw-sd-01", nil},
	} {
		values := Row{
			"type": c.kind, "short_description": c.text, "state": c.state, "risk": c.risk, "cmdb_ci": demoItemID(c.item), "category": "Network",
			"requested_by": DemoID("sys_user", "david.loo"), "opened_by": DemoID("sys_user", "david.loo"), "opened_at": "2026-01-02 09:00:00",
			"assignment_group": DemoID("sys_user_group", "Network"), "assigned_to": DemoID("sys_user", "beth.anglin"),
			"start_date": "2026-02-07 20:00:00", "end_date": "2026-02-07 23:00:00",
			"implementation_plan": "As described", "backout_plan": "Restore the former state", "test_plan": "Ask the service desk",
			"chg_model": map[string]string{"normal": modelNormal, "standard": modelStandard, "emergency": modelEmergency}[c.kind],
		}
		maps.Copy(values, c.more)
		records = append(records, demo("change_request", c.number, values),
			linkRecord("task_ci", "task", DemoID("change_request", c.number), "ci_item", demoItemID(c.item)))
		if values["approval"] == "approved" && c.kind != "standard" { // those are approved by their template
			given := linkRecord("sysapproval_approver", "sysapproval", DemoID("change_request", c.number), "approver", DemoID("sys_user", "change.manager"))
			maps.Copy(given.Values, Row{"state": "approved", "source_table": "change_request", "document_id": DemoID("change_request", c.number)})
			records = append(records, given)
		}
	}
	for _, t := range []struct{ number, change, text, state string }{
		{"CTASK0000001", "CHG0000005", "Patch lnux100", "3"}, {"CTASK0000002", "CHG0000005", "Patch lnux101", "1"},
		{"CTASK0000003", "CHG0000002", "Prepare the new switch", "-5"}, {"CTASK0000004", "CHG0000009", "Wipe the disks", "3"},
	} {
		records = append(records, demo("change_task", t.number, Row{
			"short_description": t.text, "state": t.state, "change_request": DemoID("change_request", t.change), "parent": DemoID("change_request", t.change),
			"assignment_group": DemoID("sys_user_group", "Network"),
		}))
	}
	return records
}
