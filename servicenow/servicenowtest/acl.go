package servicenowtest

import "fmt"

// Operation is what an access rule is asked about.
type Operation string

// The operations of access rules.
const (
	OpRead   Operation = "Read"
	OpInsert Operation = "Insert"
	OpUpdate Operation = "Update"
	OpDelete Operation = "Delete"
)

// ACL is an access rule. Every rule that applies to a request must allow it.
type ACL struct {
	// Table is the table that the rule is about, together with the tables that
	// extend it; empty means every table.
	Table string
	// User is the user name that the rule is about; empty means every user.
	User string
	// Closed denies the table altogether: 403 User Not Authorized.
	Closed bool
	// Allow decides about one record. A record that may not be read is missing
	// from lists, though it counts, and is not found by its sys_id; one that
	// may not be written answers 403. For OpInsert the record is the one to be.
	// get returns the record's value in a column, "" for an unknown one. Allow
	// must be quick, safe for concurrent use, and must not call the server.
	// Nil allows everything.
	Allow func(op Operation, get func(column string) string) bool
}

// SetACLs replaces the access rules. It returns an error that names the rule
// for an unknown table or user, and then changes nothing.
func (s *Server) SetACLs(rules ...ACL) error {
	for i, rule := range rules {
		if rule.Table != "" && s.store.classes[rule.Table] == nil {
			return fmt.Errorf("servicenowtest: ACL %d: no table %q", i, rule.Table)
		}
		if rule.User != "" && s.accounts[rule.User] == nil {
			return fmt.Errorf("servicenowtest: ACL %d: no user %q", i, rule.User)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acls = append([]ACL(nil), rules...)
	return nil
}

// guard is what the access rules say about one user and class.
type guard struct{ rules []ACL }

// guardOf collects the rules that apply to a user's requests to a table, and
// tells whether one of them closes the table.
func (s *Server) guardOf(c *class, user string) (guard, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var g guard
	for _, rule := range s.acls {
		if rule.User != "" && rule.User != user {
			continue
		}
		if rule.Table != "" && s.store.classes[rule.Table].root != c.root {
			continue
		}
		if rule.Closed && (rule.Table == "" || c.is(s.store.classes[rule.Table])) {
			return g, false
		}
		if rule.Allow != nil {
			g.rules = append(g.rules, rule)
		}
	}
	return g, true
}

// allows asks the rules about a record, by its own class.
func (s *Server) allows(g guard, op Operation, r *row) bool {
	for _, rule := range g.rules {
		if rule.Table != "" && !r.class.is(s.store.classes[rule.Table]) {
			continue
		}
		if !rule.Allow(op, func(name string) string {
			if col := r.class.column(name); col != nil {
				return r.get(col.at)
			}
			return ""
		}) {
			return false
		}
	}
	return true
}
