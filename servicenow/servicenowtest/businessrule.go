package servicenowtest

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"time"
)

// When is the moment at which a business rule runs.
type When string

// The moments of business rules.
const (
	// Before runs ahead of the write, within it: it may change values and abort.
	Before When = "before"
	// After runs when the record is written, still within the request.
	After When = "after"
)

// BusinessRule is a rule of the instance, written in Go. It runs for every write
// to its table, whichever API, rule or workflow makes it, and for the writes of
// Server.Insert, Update and Delete too.
type BusinessRule struct {
	// Name is the rule's name, as the text of an abort tells it.
	Name string
	// Table is the table that the rule is about, together with the tables that
	// extend it.
	Table string
	// When is the moment; empty means Before.
	When When
	// On lists the operations among OpInsert, OpUpdate and OpDelete; empty means
	// insert and update. An update that changes nothing is none.
	On []Operation
	// Order is when the rule runs among those of the same moment: the lowest
	// number first, equal ones as they are listed. Zero means 100, as in the
	// product.
	Order int
	// Run is the rule. It must be quick and must not call the server, which
	// waits for it. The error of a Before rule aborts the write: 403, "Operation
	// Failed" and a detail that names table, rule and error; that of an After
	// rule changes nothing and is listed by RuleErrors, as the product only logs
	// it.
	Run func(*RuleCall) error
}

// RuleCall is one write that a business rule or a webhook looks at. It is only
// valid while the rule runs.
type RuleCall struct {
	store   *store
	op      Operation
	class   *class
	old     *row
	values  []string // of the record as it is about to be, or is
	entries []setting
	by      actor
	locked  bool // nothing may be set any more
}

// Operation is OpInsert, OpUpdate or OpDelete.
func (c *RuleCall) Operation() Operation { return c.op }

// Table is the record's own table.
func (c *RuleCall) Table() string { return c.class.name }

// SysID is the record's sys_id.
func (c *RuleCall) SysID() string { return c.values[colID] }

// User is the user name of who writes; "system" for the methods of Server.
func (c *RuleCall) User() string { return c.by.name }

// Get returns the value of a column: the new one of an insert or update, the
// last one of a delete; of a journal column what is being added. It is "" for an
// unknown column.
func (c *RuleCall) Get(column string) string {
	col := c.class.column(column)
	switch {
	case col == nil:
		return ""
	case col.Type == Journal:
		text := ""
		for _, entry := range c.entries {
			if entry.at == col.at {
				text = entry.value
			}
		}
		return text
	case col.at < len(c.values):
		return c.values[col.at]
	}
	return ""
}

// Display returns what people read for Get's value: the label of a choice, the
// name of a referenced record, a time in UTC.
func (c *RuleCall) Display(column string) string {
	col := c.class.column(column)
	if col == nil || col.Type == Journal {
		return c.Get(column)
	}
	return c.store.displayOf(nil, col, c.Get(column), &account{zone: time.UTC})
}

// Previous returns the value of a column before the write; "" for an insert.
func (c *RuleCall) Previous(column string) string {
	if c.old == nil {
		return ""
	}
	if col := c.old.class.column(column); col != nil {
		return c.old.get(col.at)
	}
	return ""
}

// Changed reports whether the write changes a column.
func (c *RuleCall) Changed(column string) bool {
	if col := c.class.column(column); col != nil && col.Type == Journal {
		return c.Get(column) != ""
	}
	return c.op != OpDelete && c.Get(column) != c.Previous(column)
}

// Set changes a value of the record that is about to be written; to a journal
// column it adds an entry. It returns an error for an unknown column, for sys_id
// and sys_class_name, for a delete, and in an After rule.
func (c *RuleCall) Set(column, value string) error {
	col := c.class.column(column)
	switch {
	case c.locked:
		return fmt.Errorf("servicenowtest: set %s: only a Before rule of an insert or update may set values", column)
	case col == nil:
		return fmt.Errorf("servicenowtest: set %s: table %s has no such column", column, c.class.name)
	case col.at == colID || col.at == c.class.className:
		return fmt.Errorf("servicenowtest: set %s: the record keeps its identity", column)
	case col.Type == Journal:
		c.entries = append(c.entries, setting{col.at, value})
	default:
		c.values[col.at] = normalise(col, value)
	}
	return nil
}

// booked are the tables in which the server keeps its own books: a rule may not
// stand in the way of that.
var booked = []string{
	"sys_journal_field", auditDelete, "sys_import_set", "sys_multi_import_set", "sys_import_set_run", "chg_mgt_worker",
}

// SetBusinessRules replaces the business rules. It returns an error that names
// the rule for an unknown table, moment or operation, and for a Before rule on a
// table of the server's own books (journal entries, deleted records, import sets
// and their runs, workers of changes); then nothing changes.
func (s *Server) SetBusinessRules(rules ...BusinessRule) error {
	rules = slices.Clone(rules)
	for i := range rules {
		rule := &rules[i]
		rule.When = cmp.Or(rule.When, Before)
		rule.Order = cmp.Or(rule.Order, 100)
		if err := s.checkHook(rule.Name, rule.Table, rule.On); err != nil {
			return fmt.Errorf("servicenowtest: BusinessRules[%d]: %w", i, err)
		}
		switch {
		case rule.Run == nil:
			return fmt.Errorf("servicenowtest: BusinessRules[%d]: Run is missing", i)
		case rule.When != Before && rule.When != After:
			return fmt.Errorf("servicenowtest: BusinessRules[%d]: When is %q, not Before or After", i, rule.When)
		case rule.When == Before && slices.Contains(booked, rule.Table):
			return fmt.Errorf("servicenowtest: BusinessRules[%d]: the server keeps its books in %s: use an After rule", i, rule.Table)
		}
		rule.On = operationsOf(rule.On)
	}
	slices.SortStableFunc(rules, func(a, b BusinessRule) int { return a.Order - b.Order })
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.hooks.rules = rules
	return nil
}

func (s *Server) checkHook(name, table string, on []Operation) error {
	switch {
	case name == "":
		return errors.New("the Name is empty")
	case s.store.classes[table] == nil:
		return fmt.Errorf("no table %q", table)
	}
	for _, op := range on {
		if op != OpInsert && op != OpUpdate && op != OpDelete {
			return fmt.Errorf("operation %q is not one of Insert, Update and Delete", op)
		}
	}
	return nil
}

func operationsOf(on []Operation) []Operation {
	if len(on) == 0 {
		return []Operation{OpInsert, OpUpdate}
	}
	return slices.Clone(on)
}

// RuleErrors returns what After rules and the payloads of webhooks have failed
// with, in order.
func (s *Server) RuleErrors() []error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return slices.Clone(s.store.hooks.failures)
}

// hooks are the business rules and webhooks of an instance, and what the latter
// have to send. They are guarded by the store's lock.
type hooks struct {
	rules    []BusinessRule
	webhooks []Webhook
	failures []error

	events  int        // that there have been
	waiting []Delivery // to be sent
	sent    []Delivery
	plan    DeliveryPlan
}

// applies reports whether a rule for a table and operations is about a write.
func (s *store) applies(table string, on []Operation, c *class, op Operation) bool {
	return slices.Contains(on, op) && c.is(s.classes[table])
}

// before runs the Before rules of a write: they may change the values, to which
// the platform's own rules are then applied again. It returns the journal
// entries to be written. The caller holds the lock.
func (s *store) before(op Operation, c *class, old *row, v []string, entries []setting, by actor) ([]setting, *apiError) {
	if len(s.hooks.rules) == 0 {
		return entries, nil
	}
	call := &RuleCall{store: s, op: op, class: c, old: old, values: v, entries: entries, by: by, locked: op == OpDelete}
	ran := false
	for i := range s.hooks.rules {
		rule := &s.hooks.rules[i]
		if rule.When != Before || !s.applies(rule.Table, rule.On, c, op) {
			continue
		}
		ran = true
		if err := rule.Run(call); err != nil {
			return nil, abortedBy(c.name, rule.Name, err)
		}
	}
	if ran && op != OpDelete {
		s.derive(c, old, v, by)
	}
	return call.entries, nil
}

// after runs the After rules of a write and lists what the webhooks have to
// send. The caller holds the lock.
func (s *store) after(op Operation, old, made *row, entries []setting, by actor) {
	if len(s.hooks.rules) == 0 && len(s.hooks.webhooks) == 0 {
		return
	}
	call := &RuleCall{store: s, op: op, class: made.class, old: old, values: made.v, entries: entries, by: by, locked: true}
	for i := range s.hooks.rules {
		rule := &s.hooks.rules[i]
		if rule.When != After || !s.applies(rule.Table, rule.On, made.class, op) {
			continue
		}
		if err := rule.Run(call); err != nil {
			s.hooks.failures = append(s.hooks.failures, fmt.Errorf("servicenowtest: business rule %s: %w", rule.Name, err))
		}
	}
	for i := range s.hooks.webhooks {
		hook := &s.hooks.webhooks[i]
		if !s.applies(hook.Table, hook.On, made.class, op) || hook.Condition != nil && !hook.Condition(call) {
			continue
		}
		s.enqueue(hook, call)
	}
}

// abortedBy is the answer to a write that a Before rule aborted. The text up to
// the rule's id, and the stack behind it, are quoted by support articles
// (KB0813377); that the error's own text comes last is this server's doing.
func abortedBy(table, rule string, err error) *apiError {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(rule)) // never fails
	detail := fmt.Sprintf("Operation against file '%s' was aborted by Business Rule '%s^%016x%016x'. Business Rule Stack:%s",
		table, rule, mix(sum.Sum64()), mix(sum.Sum64()+1), rule)
	if text := err.Error(); text != "" {
		detail += ". Error: " + text
	}
	return &apiError{http.StatusForbidden, "Operation Failed", detail}
}
