package servicenowtest

import (
	"net/http"
	"slices"
)

// errHidden is the answer to a query by a column that the caller may not read
// (measured on a public developer instance; the status is an assumption).
var errHidden = &apiError{http.StatusForbidden, "Insufficient rights to query records", "Field(s) present in the query do not have permission to be read"}

// hides reports whether the rules keep the caller from reading a field of a
// record, at any step of its path. That records behind a reference are not
// asked about as a whole is an assumption. The caller holds the lock.
func (g *guard) hides(s *store, r *row, path []*column) bool {
	if len(g.fields) == 0 {
		return false
	}
	for i, col := range path {
		for j := range g.fields {
			if rule := &g.fields[j]; rule.Field == col.Name && rule.forbids(s, OpRead, r) {
				return true
			}
		}
		if i == len(path)-1 {
			return false
		}
		if r = s.find(col.target, r.get(col.at)); r == nil {
			return g.conceals(col.target, path[i+1:])
		}
	}
	return false
}

// writable drops the settings of columns that the caller may not write, and
// names them. record is the one that is, or is to be, written; c is the class
// whose places the settings have. The caller holds the lock.
func (g *guard) writable(s *store, op Operation, record *row, c *class, settings []setting) (kept []setting, dropped []string) {
	if len(g.fields) == 0 {
		return settings, nil
	}
	for _, set := range settings {
		name := c.columns[set.at].Name
		if slices.ContainsFunc(g.fields, func(rule accessRule) bool { return rule.Field == name && rule.forbids(s, op, record) }) {
			dropped = append(dropped, name)
		} else {
			kept = append(kept, set)
		}
	}
	return kept, dropped
}

// conceals reports whether the rules keep the caller from reading a field of
// every record of a class.
func (g *guard) conceals(c *class, path []*column) bool {
	for _, col := range path {
		if c == nil {
			return false
		}
		for i := range g.fields {
			if rule := &g.fields[i]; rule.Field == col.Name && rule.Where == "" && rule.Allow == nil && rule.about(OpRead, c) {
				return true
			}
		}
		c = col.target
	}
	return false
}

// concealsQuery reports whether a query filters or sorts by a field that the
// caller may not read.
func (g *guard) concealsQuery(c *class, q *query) bool {
	if len(g.fields) == 0 {
		return false
	}
	for _, all := range q.alternatives {
		for _, either := range all {
			for _, cond := range either {
				switch {
				case cond.related != nil:
					if g.conceals(c, cond.related.local) || g.conceals(cond.related.class, []*column{cond.related.column}) ||
						g.concealsQuery(cond.related.class, cond.related.query) {
						return true
					}
				case !cond.everywhere && (g.conceals(c, cond.path) || g.conceals(c, cond.other)):
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(q.order, func(o ordering) bool { return g.conceals(c, o.path) })
}
