package servicenowtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// matches reports whether a row is part of the query's result.
func (s *store) matches(q *query, r *row) bool {
	if q.nothing {
		return false
	}
	for _, all := range q.alternatives {
		if s.holds(all, r) {
			return true
		}
	}
	return false
}

func (s *store) holds(all clause, r *row) bool {
	for _, either := range all {
		if !slices.ContainsFunc(either, func(c condition) bool { return s.compare(&c, r) }) {
			return false
		}
	}
	return true
}

// follow returns the value at the end of a path, and the row that holds it;
// nil where a reference is empty or dangling.
func (s *store) follow(r *row, path []*column) (*row, string) {
	for _, col := range path[:len(path)-1] {
		id := r.get(col.at)
		if id == "" {
			return nil, ""
		}
		if r = s.find(col.target, id); r == nil {
			return nil, ""
		}
	}
	return r, r.get(path[len(path)-1].at)
}

func (s *store) compare(c *condition, r *row) bool {
	if c.never {
		return c.op == "!=" || c.op == "NOT IN" || c.op == "NOTON"
	}
	if c.related != nil {
		return s.holdsRelated(c.related, r)
	}
	_, value := s.follow(r, c.path)
	if c.dates != nil {
		return s.holdsDates(c, r, value)
	}
	switch c.op {
	case "IN_HIERARCHY":
		return s.below(c.path[len(c.path)-1].target, value, c.value)
	case "MY_GROUPS":
		return s.groupsOf(c.value, false)[fold(value)]
	case "BELOW_MY_GROUPS":
		groups := s.groupsOf(c.value, false)
		return s.belowAny(c.path[len(c.path)-1].target, value, func(id string) bool { return groups[id] })
	case "ANYTHING":
		return true
	case "ISEMPTY":
		return value == ""
	case "ISNOTEMPTY":
		return value != ""
	case "INSTANCEOF":
		return r.class.is(c.class)
	case "=":
		return c.order(value) == 0
	case "!=":
		return c.order(value) != 0
	case "IN":
		return c.among(value)
	case "NOT IN":
		return !c.among(value)
	case "STARTSWITH", "ENDSWITH", "LIKE", "NOT LIKE":
		return c.like(fold(s.text(c, value)))
	}
	if c.other != nil {
		_, other := s.follow(r, c.other)
		return c.fields(value, other)
	}
	if c.op == "NOTON" {
		return value == "" || !c.between(value)
	}
	if value == "" {
		return false
	}
	switch c.op {
	case "BETWEEN", "ON":
		return c.between(value)
	case "<":
		return c.order(value) < 0
	case "<=":
		return c.order(value) <= 0
	case ">":
		return c.order(value) > 0
	default: // ">="
		return c.order(value) >= 0
	}
}

// text is what LIKE and its kin look at: the display value of a reference, the
// value of anything else.
func (s *store) text(c *condition, value string) string {
	if c.textOnly {
		return s.display(c.path[len(c.path)-1].target, value)
	}
	return value
}

func (c *condition) like(text string) bool {
	switch c.op {
	case "STARTSWITH":
		return strings.HasPrefix(text, c.value)
	case "ENDSWITH":
		return strings.HasSuffix(text, c.value)
	case "LIKE":
		return strings.Contains(text, c.value)
	default:
		return !strings.Contains(text, c.value)
	}
}

// order compares a record's value with the condition's.
func (c *condition) order(value string) int {
	return c.orderOf(value, c.value, c.number)
}

func (c *condition) orderOf(value, operand string, number float64) int {
	if !c.numeric {
		return cmp.Compare(fold(value), operand)
	}
	if value == "" || operand == "" {
		return cmp.Compare(value, operand)
	}
	n, _ := strconv.ParseFloat(value, 64)
	return cmp.Compare(n, number)
}

func (c *condition) among(value string) bool {
	if c.set != nil {
		_, ok := c.set[fold(value)]
		return ok
	}
	for i, one := range c.values {
		if c.orderOf(value, one, c.numbers[i]) == 0 {
			return true
		}
	}
	return false
}

func (c *condition) between(value string) bool {
	return c.orderOf(value, c.values[0], c.numbers[0]) >= 0 && c.orderOf(value, c.values[1], c.numbers[1]) <= 0
}

// fields compares two fields of a record.
func (c *condition) fields(a, b string) bool {
	number, _ := strconv.ParseFloat(b, 64)
	order := c.orderOf(a, fold(b), number)
	switch c.op {
	case "SAMEAS":
		return order == 0
	case "NSAMEAS":
		return order != 0
	}
	if a == "" || b == "" {
		return false
	}
	switch c.op {
	case "GT_FIELD":
		return order > 0
	case "LT_FIELD":
		return order < 0
	case "GT_OR_EQUALS_FIELD":
		return order >= 0
	default: // LT_OR_EQUALS_FIELD
		return order <= 0
	}
}
