package servicenowtest

import "slices"

// OutOfBox returns the options of an instance as it is delivered with demo data:
// users with and without roles, the usual access rules, companies, locations,
// departments, groups, configuration items with their relations, and incidents,
// problems, changes and approvals in various states. It has the same records
// with the same sys_ids each time, see DemoID; change the options to taste
// before New.
//
// Everybody's password is their user name. admin holds admin, itil and david.loo
// hold itil, beth.anglin has it from her group Network, change.manager approves
// changes, integration may read and write what an integration does, reader has
// snc_read_only alone, which grants nothing (measured), and abel.tuter and
// employee hold no role: they see their own incidents.
//
// Names are those of the product's demo data as far as they are widely known,
// the rest is made up. The access rules are an excerpt: who reads and writes
// tasks, configuration items, people and the schema.
func OutOfBox() Options {
	return Options{
		Users: demoUsers(), ACLs: outOfBoxACLs(), Changes: ChangeOptions{Approvers: []string{"change.manager"}},
		Records: slices.Concat(demoFoundation(), demoItems(), demoRelations(), demoTasks()),
	}
}

// DemoID returns the sys_id of a record of OutOfBox, by its own table and by
// what it is displayed as: DemoID("incident", "INC0000015") and
// DemoID("cmdb_ci_linux_server", "lnux100"). People go by their user name.
func DemoID(table, name string) string { return fixedID(table + "/" + name) }

// demo makes a record that goes by a name.
func demo(table, name string, values Row) Record {
	column := "name"
	switch table {
	case "incident", "problem", "change_request", "change_task":
		column = "number"
	}
	if values == nil {
		values = Row{}
	}
	values[column], values["sys_id"] = name, DemoID(table, name)
	return Record{table, values}
}

// linkRecord makes a record that ties two others together.
func linkRecord(table, left, leftID, right, rightID string) Record {
	return Record{table, Row{"sys_id": fixedID(table + leftID + rightID), left: leftID, right: rightID}}
}

func demoUsers() []User {
	user := func(name, full, department string, roles ...string) User {
		return User{Name: name, Password: name, FullName: full, Roles: roles, Values: Row{
			"sys_id": DemoID("sys_user", name), "email": name + "@example.com", "department": DemoID("cmn_department", department),
			"company": DemoID("core_company", "ACME North America"), "location": DemoID("cmn_location", "San Diego"),
		}}
	}
	return []User{
		user("admin", "System Administrator", "IT", roleAdmin),
		user("itil", "ITIL User", "IT", "itil"),
		user("david.loo", "David Loo", "IT", "itil"),
		user("beth.anglin", "Beth Anglin", "IT"),
		user("change.manager", "Change Manager", "IT", "change_manager", "approver_user"),
		user("integration", "Integration User", "IT", "itil", "import_transformer", "import_set_loader", "rest_service", "snc_platform_rest_api_access"),
		user("reader", "Report Reader", "Finance", "snc_read_only"),
		user("abel.tuter", "Abel Tuter", "Product Management"),
		user("employee", "Joe Employee", "Finance"),
	}
}

// outOfBoxACLs are the access rules, after the product's roles: sn_*_read is the
// least that reads tasks, sys_choice hides what identifies a choice from all but
// admins, sys_dictionary is empty for them and sys_db_object closed below itil
// (all measured on a public developer instance).
func outOfBoxACLs() []ACL {
	const me = "javascript:gs.getUserID()"
	write := []Operation{OpInsert, OpUpdate}
	read := []Operation{OpRead}
	return slices.Concat([]ACL{
		{Table: "incident", Operations: read, Where: "caller_id!=" + me + "^opened_by!=" + me, Roles: []string{"sn_incident_read"}},
		{Table: "incident", Operations: write, Roles: []string{"sn_incident_write"}},
		{Table: "incident", Field: "work_notes", Roles: []string{"itil"}},
		{Table: "sys_journal_field", Where: "element=work_notes", Roles: []string{"itil"}},
		{Table: "problem", Operations: read, Roles: []string{"sn_problem_read"}},
		{Table: "problem", Operations: write, Roles: []string{"sn_problem_write"}},
		{Table: "change_request", Operations: read, Where: "requested_by!=" + me + "^opened_by!=" + me, Roles: []string{"sn_change_read"}},
		{Table: "change_request", Operations: write, Roles: []string{"sn_change_write"}},
		{Table: "change_task", Operations: read, Roles: []string{"sn_change_read"}},
		{Table: "change_task", Operations: write, Roles: []string{"sn_change_write"}},
		{Table: "sysapproval_approver", Where: "approver!=" + me, Roles: []string{"approver_user", "itil"}},
		{Table: "sys_import_set_row", Roles: []string{"import_set_loader", "import_transformer"}},
		{Table: "sys_user", Operations: write, Where: "sys_id!=" + me, Roles: []string{"user_admin"}},
		{Table: "sys_user", Field: "locked_out", Operations: write, Roles: []string{"user_admin"}},
		{Table: "sys_user_has_role", Operations: read, Where: "user!=" + me, Roles: []string{"user_admin"}},
		{Table: sysChoice, Field: "name", Roles: []string{roleAdmin}},
		{Table: sysChoice, Field: "element", Roles: []string{roleAdmin}},
		{Table: sysChoice, Field: "value", Roles: []string{roleAdmin}},
		{Table: sysDictionary, Roles: []string{roleAdmin}},
		{Table: sysDBObject, Closed: true, Roles: []string{"itil"}},
		{Table: auditDelete, Operations: read, Roles: []string{roleAdmin}},
	},
		eachTable(ACL{Operations: read, Roles: []string{"sn_cmdb_user"}}, "cmdb_ci", "cmdb_rel_ci"),
		eachTable(ACL{Operations: write, Roles: []string{"sn_cmdb_editor", "asset"}}, "cmdb_ci", "cmdb_rel_ci"),
		eachTable(ACL{Operations: []Operation{OpDelete}, Roles: []string{roleAdmin}},
			"task", "cmdb_ci", "cmdb_rel_ci", "sys_user", "core_company", "cmn_location", "cmn_department"),
		eachTable(ACL{Operations: write, Roles: []string{"user_admin"}}, "core_company", "cmn_location", "cmn_department", "sys_user_group", "sys_user_grmember"),
		eachTable(ACL{Operations: []Operation{OpInsert, OpUpdate, OpDelete}, Roles: []string{roleAdmin}},
			"sys_user_role", "sys_user_role_contains", "sys_user_has_role", "sys_group_has_role", sysChoice, auditDelete),
	)
}

// eachTable is the same rule for several tables.
func eachTable(rule ACL, tables ...string) []ACL {
	rules := make([]ACL, len(tables))
	for i, table := range tables {
		rules[i] = rule
		rules[i].Table = table
	}
	return rules
}
