package servicenowtest

import (
	"cmp"
	"slices"
	"time"
)

// mayUpdate applies the reconciliation rules: rules that name the attribute
// beat rules for all, those of the nearest class beat its ancestors', and among
// them the lowest order wins. A source that ranks behind may write when the
// value is empty (property glide.reconciliation.override.null), or when no
// source before it has updated the CI within its rule's Effective time.
func (e *ireEngine) mayUpdate(r *row, attribute, current, value, source string) bool {
	rules := e.rulesFor(r.class, attribute)
	if len(rules) == 0 {
		return true
	}
	own := slices.IndexFunc(rules, func(rule ReconciliationRule) bool { return rule.Source == source })
	if value == "" && current != "" && (own < 0 || !slices.Contains(rules[own].OverwriteWithNull, attribute)) {
		return false
	}
	if current == "" || own == 0 {
		return true
	}
	before := rules
	if own > 0 {
		before = rules[:own]
	}
	for _, rule := range before {
		if rule.Source == source || rule.Effective <= 0 {
			continue
		}
		if seen := e.lastUpdate(r.get(colID), rule.Source); seen != nil {
			at, ok := parseTime(seen.get(seen.class.column("last_updated").at), time.UTC)
			if ok && e.by.now.Sub(at) < rule.Effective {
				return false
			}
		}
	}
	return true
}

// rulesFor are the rules that decide about an attribute, the strongest first.
func (e *ireEngine) rulesFor(c *class, attribute string) []ReconciliationRule {
	var named, all []ReconciliationRule
	for _, rule := range e.rules.Reconciliation {
		switch {
		case !c.is(e.store.classes[rule.Class]):
		case len(rule.Attributes) == 0:
			all = append(all, rule)
		case slices.Contains(rule.Attributes, attribute):
			named = append(named, rule)
		}
	}
	rules := named
	if len(rules) == 0 {
		rules = all
	}
	deepest := 0
	for _, rule := range rules {
		deepest = max(deepest, e.store.classes[rule.Class].depth)
	}
	rules = slices.DeleteFunc(rules, func(rule ReconciliationRule) bool { return e.store.classes[rule.Class].depth < deepest })
	slices.SortStableFunc(rules, func(a, b ReconciliationRule) int { return cmp.Compare(a.Order, b.Order) })
	return rules
}

// lastUpdate finds when a source last updated a CI.
func (e *ireEngine) lastUpdate(id, source string) *row {
	c := e.store.classes["cmdb_datasource_last_update"]
	for r := range e.equal(c, "cmdb_ci", id) {
		if r.get(c.column("data_source").at) == source {
			return r
		}
	}
	return nil
}
