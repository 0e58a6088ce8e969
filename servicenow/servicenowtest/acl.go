package servicenowtest

import (
	"fmt"
	"slices"
)

// Operation is what an access rule is asked about.
type Operation string

// The operations of access rules.
const (
	OpRead   Operation = "Read"
	OpInsert Operation = "Insert"
	OpUpdate Operation = "Update"
	OpDelete Operation = "Delete"
)

// ACL is an access rule: it names what it is about and keeps that from
// everybody, except from those who hold one of its Roles and except for what
// Allow permits. Every rule that applies to a request must let it through.
//
//	{Table: "u_secret", Roles: []string{"u_keeper"}}                              // one table, one role
//	{Table: "incident", Operations: []Operation{OpDelete}, Roles: []string{"admin"}}
//	{Table: "incident", Where: "opened_by!=javascript:gs.getUserID()", Roles: []string{"itil"}} // others' records
//	{Table: "incident", Field: "work_notes", Roles: []string{"itil"}}             // a column
//	{Table: "sys_db_object", Closed: true, Roles: []string{"itil"}}               // 403 instead of no rows
//
// On the platform a rule grants and what no rule grants is denied; here rules
// deny, so that an instance without any is open. OutOfBox has the usual ones.
type ACL struct {
	// Table is the table that the rule is about, together with the tables that
	// extend it; empty means every table.
	Table string
	// Field is the column that the rule is about, in place of whole records.
	// One that may not be read is missing from records, also where it is
	// reached over a reference, and a query that filters, sorts or groups by
	// it answers 403 (measured for sys_choice), unless the rule depends on the
	// record. One that may not be written keeps its value without a word, as
	// documented for columns that are not writable; what identification and
	// transform maps write is not held to such rules.
	Field string
	// Operations are what the rule forbids; empty means all.
	Operations []Operation
	// Where is an encoded query that narrows the rule to some records; it may
	// ask for the caller by javascript:gs.getUserID(). It needs a Table.
	Where string
	// User is the user name that the rule is about; empty means every user.
	User string
	// Roles are the names of roles whose holders the rule does not bind. Who
	// holds admin holds every role.
	Roles []string
	// Closed denies the table altogether: 403 User Not Authorized. It goes
	// with neither Field, Operations, Where nor Allow.
	Closed bool
	// Allow permits what the rule is about, record by record; nil permits
	// nothing. A record that may not be read is missing from lists, though it
	// counts, and is not found by its sys_id; one that may not be written
	// answers 403. For OpInsert the record is the one to be. get returns the
	// record's value in a column, "" for an unknown one. Allow must be quick,
	// safe for concurrent use, and must not call the server.
	Allow func(op Operation, get func(column string) string) bool
}

// SetACLs replaces the access rules. It returns an error that names the rule
// for an unknown table, column, user or role and for fields that contradict one
// another, and then changes nothing.
func (s *Server) SetACLs(rules ...ACL) error {
	compiled := make([]accessRule, len(rules))
	for i, rule := range rules {
		one, err := s.compileACL(rule)
		if err != nil {
			return fmt.Errorf("servicenowtest: ACL %d: %w", i, err)
		}
		compiled[i] = one
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acls = compiled
	return nil
}

// accessRule is an ACL whose names are resolved.
type accessRule struct {
	ACL
	class *class // nil for every table
	query *query // of Where, bound to a caller
}

func (s *Server) compileACL(rule ACL) (accessRule, error) {
	one := accessRule{ACL: rule, class: s.store.classes[rule.Table]}
	one.Operations, one.Roles = slices.Clone(rule.Operations), slices.Clone(rule.Roles)
	switch {
	case rule.Table != "" && one.class == nil:
		return one, fmt.Errorf("no table %q", rule.Table)
	case rule.User != "" && s.accounts[rule.User] == nil:
		return one, fmt.Errorf("no user %q", rule.User)
	case rule.Closed && (rule.Field != "" || len(rule.Operations) > 0 || rule.Where != "" || rule.Allow != nil):
		return one, fmt.Errorf("a Closed rule is about whole tables: leave Field, Operations, Where and Allow out")
	case rule.Field != "" && one.class != nil && one.class.column(rule.Field) == nil:
		return one, fmt.Errorf("table %s has no column %q", rule.Table, rule.Field)
	case rule.Field != "" && slices.Contains(rule.Operations, OpDelete):
		return one, fmt.Errorf("a column cannot be deleted: leave OpDelete out")
	case rule.Where != "" && one.class == nil:
		return one, fmt.Errorf("the condition Where needs a Table")
	}
	for _, op := range rule.Operations {
		if op != OpRead && op != OpInsert && op != OpUpdate && op != OpDelete {
			return one, fmt.Errorf("no operation %q", op)
		}
	}
	for _, role := range rule.Roles {
		if s.store.named("sys_user_role", role) == "" {
			return one, fmt.Errorf("no role %q: give it to a user or add it to sys_user_role", role)
		}
	}
	for _, term := range ParseQuery(rule.Where) {
		if resolve(one.class, term.Field) == nil {
			return one, fmt.Errorf("where %q: table %s has no column %q", rule.Where, rule.Table, term.Field)
		}
	}
	if _, err := s.binder(one.class, &account{zone: s.options.TimeZone}).bind(rule.Where); err != nil {
		return one, err
	}
	return one, nil
}

// guard is what the access rules say about one user and the classes of one
// hierarchy.
type guard struct {
	rules  []accessRule // about records
	fields []accessRule // about columns, of every table
}

// guardOf collects the rules that bind a user, and tells whether one of them
// closes the table.
func (s *Server) guardOf(c *class, caller *account) (g guard, open bool) {
	s.mu.Lock()
	acls := s.acls
	s.mu.Unlock()
	for _, rule := range acls {
		if rule.User != "" && rule.User != caller.Name || caller.holdsAny(rule.Roles) {
			continue
		}
		switch {
		case rule.Field != "":
			g.fields = append(g.fields, s.bound(rule, caller))
		case rule.class != nil && rule.class.root != c.root:
		case !rule.Closed:
			g.rules = append(g.rules, s.bound(rule, caller))
		case rule.class == nil || c.is(rule.class):
			return g, false
		}
	}
	return g, true
}

// bound is a rule with its Where read for the caller.
func (s *Server) bound(rule accessRule, caller *account) accessRule {
	if rule.Where != "" {
		rule.query, _ = s.binder(rule.class, caller).bind(rule.Where) // SetACLs has tried it
	}
	return rule
}

// about reports whether a rule forbids an operation on records of a class.
func (r *accessRule) about(op Operation, c *class) bool {
	return (len(r.Operations) == 0 || slices.Contains(r.Operations, op)) && (r.class == nil || c.is(r.class))
}

// forbids asks a rule about a record. The caller holds the lock.
func (r *accessRule) forbids(s *store, op Operation, record *row) bool {
	if !r.about(op, record.class) || r.query != nil && !s.matches(r.query, record) {
		return false
	}
	return r.Allow == nil || !r.Allow(op, func(name string) string {
		if col := record.class.column(name); col != nil {
			return record.get(col.at)
		}
		return ""
	})
}

// allows asks the rules about a record, by its own class. The caller holds the
// lock of the store.
func (s *Server) allows(g guard, op Operation, r *row) bool {
	for i := range g.rules {
		if g.rules[i].forbids(s.store, op, r) {
			return false
		}
	}
	return true
}

// refuses reports whether the rules forbid an operation on any record of a
// class, whatever it holds.
func (g guard) refuses(op Operation, c *class) bool {
	return slices.ContainsFunc(g.rules, func(r accessRule) bool {
		return r.Where == "" && r.Allow == nil && r.about(op, c)
	})
}
