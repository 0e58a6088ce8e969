package servicenowtest

import (
	"slices"
	"time"
)

// roleAdmin is the role that stands for every other.
const roleAdmin = "admin"

// builtInRoles are roles that the product ships, with those that they contain:
// the ones that documentation and integrations name. What a role contains is
// common knowledge, shortened, and not verified on a real instance.
var builtInRoles = []struct {
	name     string
	contains []string
}{
	{roleAdmin, nil},
	{"snc_internal", nil},
	{"snc_read_only", nil},
	{"snc_basic_auth_api_access", nil},
	{"snc_platform_rest_api_access", nil},
	{"rest_service", nil},
	{"web_service_admin", []string{"rest_service"}},
	{"user_admin", nil},
	{"personalize_dictionary", nil},
	{"sn_incident_read", nil},
	{"sn_incident_write", []string{"sn_incident_read"}},
	{"sn_problem_read", nil},
	{"sn_problem_write", []string{"sn_problem_read"}},
	{"sn_change_read", nil},
	{"sn_change_write", []string{"sn_change_read"}},
	{"sn_request_read", nil},
	{"sn_request_write", []string{"sn_request_read"}},
	{"sn_cmdb_user", nil},
	{"sn_cmdb_editor", []string{"sn_cmdb_user"}},
	{"asset", []string{"sn_cmdb_user"}},
	{"approver_user", nil},
	{"itil", []string{"sn_incident_write", "sn_problem_write", "sn_change_write", "sn_request_write", "sn_cmdb_editor"}},
	{"itil_admin", []string{"itil"}},
	{"change_manager", []string{"itil"}},
	{"problem_manager", []string{"itil"}},
	{"import_set_loader", nil},
	{"import_transformer", nil},
	{"import_admin", []string{"import_set_loader", "import_transformer"}},
}

// accessTables are the tables of roles and memberships. sys_user_has_role holds
// what was given to a user directly; what follows from groups and contained
// roles is worked out when it is asked for, where the platform keeps rows with
// inherited=true.
func accessTables() []Table {
	return []Table{
		{Name: "sys_user_role", Label: "Role", Display: "name", Columns: []Column{
			{Name: "name", MaxLength: 100, Unique: true},
			{Name: "description", MaxLength: 1000},
			{Name: "elevated_privilege", Type: Boolean, Default: "false"},
			{Name: "assignable_by", Type: Reference, Reference: "sys_user_role"},
		}},
		{Name: "sys_user_role_contains", Label: "Contained Role", Display: "contains", Columns: []Column{
			{Name: "role", Type: Reference, Reference: "sys_user_role"},
			{Name: "contains", Type: Reference, Reference: "sys_user_role"},
		}},
		{Name: "sys_user_has_role", Label: "User Role", Display: "role", Columns: []Column{
			{Name: "user", Type: Reference, Reference: "sys_user"},
			{Name: "role", Type: Reference, Reference: "sys_user_role"},
			{Name: "state", Default: "active", Choices: []Choice{{"active", "Active"}, {"suspended", "Suspended"}}},
			{Name: "inherited", Type: Boolean, Default: "false"},
		}},
		{Name: "sys_group_has_role", Label: "Group Role", Display: "role", Columns: []Column{
			{Name: "group", Type: Reference, Reference: "sys_user_group"},
			{Name: "role", Type: Reference, Reference: "sys_user_role"},
			{Name: "inherits", Type: Boolean, Default: "true"},
		}},
		{Name: "sys_user_grmember", Label: "Group Member", Display: "user", Columns: []Column{
			{Name: "user", Type: Reference, Reference: "sys_user"},
			{Name: "group", Type: Reference, Reference: "sys_user_group"},
		}},
	}
}

// addRoles fills sys_user_role and what the roles contain.
func (s *Server) addRoles() error {
	for _, role := range builtInRoles {
		if _, err := s.Insert("sys_user_role", Row{"sys_id": fixedID("sys_user_role/" + role.name), "name": role.name}); err != nil {
			return err
		}
		for _, inner := range role.contains {
			if err := s.join("sys_user_role_contains", "role", fixedID("sys_user_role/"+role.name), "contains", fixedID("sys_user_role/"+inner)); err != nil {
				return err
			}
		}
	}
	return nil
}

// enrolAll gives the accounts their roles and groups, which are made where there
// are none of that name.
func (s *Server) enrolAll() error {
	for _, user := range s.options.Users {
		if err := s.enrol(s.accounts[user.Name].id, user.Roles, "sys_user_role", "sys_user_has_role", "role"); err != nil {
			return err
		}
		if err := s.enrol(s.accounts[user.Name].id, user.Groups, "sys_user_group", "sys_user_grmember", "group"); err != nil {
			return err
		}
	}
	return nil
}

// enrol ties a user to records of a table by their names.
func (s *Server) enrol(user string, names []string, table, ties, column string) error {
	for _, name := range names {
		id := s.store.named(table, name)
		if id == "" {
			var err error
			if id, err = s.Insert(table, Row{"sys_id": fixedID(table + "/" + name), "name": name}); err != nil {
				return err
			}
		}
		if err := s.join(ties, "user", user, column, id); err != nil {
			return err
		}
	}
	return nil
}

// join makes the record that ties two others together.
func (s *Server) join(table, left, leftID, right, rightID string) error {
	_, err := s.Insert(table, linkRecord(table, left, leftID, right, rightID).Values)
	return err
}

// named returns the sys_id of the record with a name, "" for none.
func (s *store) named(table, name string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.classes[table]
	for r := range s.equal(c, c.column("name").at, name) {
		return r.get(colID)
	}
	return ""
}

// current is the account of a request as the tables have it now, nil when its
// user is gone, not active or locked out. Its zone is that of sys_user.time_zone,
// the instance's when that is empty. What roles it holds is found out when a rule
// asks for roles.
func (s *Server) current(a *account) *account {
	if a == nil {
		return nil
	}
	s.mu.Lock()
	asked := slices.ContainsFunc(s.acls, func(r accessRule) bool { return len(r.Roles) > 0 })
	s.mu.Unlock()
	asked = asked || s.rates.askRoles()
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	users := s.store.classes["sys_user"]
	record := s.store.find(users, a.id)
	if record == nil || !truth(record.get(users.column("active").at)) || truth(record.get(users.column("locked_out").at)) {
		return nil
	}
	zone := a.zone
	if name := record.get(users.column("time_zone").at); name == "" {
		zone = s.options.TimeZone
	} else if name != zone.String() {
		if changed, err := time.LoadLocation(name); err == nil {
			zone = changed
		}
	}
	if !asked && zone == a.zone {
		return a
	}
	now := *a
	now.zone = zone
	if asked {
		now.roles = s.store.rolesOf(a.id)
	}
	return &now
}

// holdsAny reports whether an account holds one of some roles.
func (a *account) holdsAny(roles []string) bool {
	return len(roles) > 0 && (a.roles[roleAdmin] || slices.ContainsFunc(roles, func(role string) bool { return a.roles[role] }))
}

// rolesOf returns the names of the roles that a user holds: its own, those of
// its active groups and of the groups above them, and what all these contain.
// The caller holds the lock.
func (s *store) rolesOf(user string) map[string]bool {
	roles := s.classes["sys_user_role"]
	held := map[string]bool{}
	var hold func(id string)
	hold = func(id string) {
		record := s.find(roles, id)
		if record == nil || held[record.get(roles.column("name").at)] {
			return
		}
		held[record.get(roles.column("name").at)] = true
		s.tied("sys_user_role_contains", "role", id, "contains", hold)
	}
	s.tied("sys_user_has_role", "user", user, "role", hold)
	for group := range s.groupsOf(user, true) {
		s.tied("sys_group_has_role", "group", group, "role", hold)
	}
	return held
}

// groupsOf returns the sys_ids of the active groups that a user is a member of,
// and with above those of the groups that they belong to. The caller holds the
// lock.
func (s *store) groupsOf(user string, above bool) map[string]bool {
	groups := s.classes["sys_user_group"]
	found := map[string]bool{}
	var join func(id string)
	join = func(id string) {
		record := s.find(groups, id)
		if record == nil || found[record.key] || !truth(record.get(groups.column("active").at)) {
			return
		}
		found[record.key] = true
		if above {
			join(record.get(groups.column("parent").at))
		}
	}
	s.tied("sys_user_grmember", "user", user, "group", join)
	return found
}

// tied yields what records of a table tie to one side. Suspended ones do not
// count.
func (s *store) tied(table, left, id, right string, yield func(id string)) {
	c := s.classes[table]
	state := c.column("state")
	for r := range s.equal(c, c.column(left).at, id) {
		if state == nil || r.get(state.at) != "suspended" {
			yield(r.get(c.column(right).at))
		}
	}
}
