package netboxtest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The conditions of event rules, as NetBox's extras/conditions.py reads them.

// errCondition is NetBox's InvalidCondition: the rule does not fire.
var errCondition = errors.New("invalid condition")

// missing stands for a value that is not there.
type missing struct{}

// operators are what a value of a type may be compared by.
var operators = map[string]string{
	"str": " eq contains regex ", "bool": " eq contains ", "int": " eq gt gte lt lte contains ", "float": " eq gt gte lt lte contains ",
	"list": " eq in contains ", "NoneType": " eq ",
}

const allOperators = "eq, gt, gte, lt, lte, in, contains, regex"

// checkConditions says what is wrong with a rule's conditions, "" for nothing.
func (s *Server) checkConditions(v any) string {
	set, ok := v.(object)
	if !ok {
		return "Ruleset must be a dictionary, not <class '" + pythonType(v) + "'>."
	}
	if len(set) != 1 {
		if s.schema.v < 403 {
			return fmt.Sprintf("Ruleset must have exactly one logical operator (found %d)", len(set))
		}
		return s.checkCondition(set)
	}
	list, ok := logicOf(set)
	if !ok {
		return "Invalid logic type: must be 'AND' or 'OR'. Please check documentation."
	}
	for _, item := range list {
		rule, ok := item.(object)
		if !ok {
			return "Incorrect key(s) informed. Please check documentation."
		}
		text := s.checkRule(rule)
		if text != "" {
			return text
		}
	}
	return ""
}

func (s *Server) checkRule(rule object) string {
	if isRuleset(rule) {
		return s.checkConditions(rule)
	}
	return s.checkCondition(rule)
}

func (s *Server) checkCondition(rule object) string {
	value, given := rule.get("value")
	_, named := rule.get("attr")
	for _, m := range rule {
		if !slices.Contains([]string{"attr", "value", "op", "negate"}, m.key) {
			named = false
		}
	}
	if !named || !given && s.schema.v < v47 {
		return "Incorrect key(s) informed. Please check documentation."
	}
	op, known := operatorOf(rule), allOperators
	if s.schema.v >= v47 {
		known += ", changed, unchanged"
	}
	switch {
	case !slices.Contains(strings.Split(known, ", "), op):
		return "Unknown operator: " + op + ". Must be one of: " + known
	case op == "changed" || op == "unchanged":
		attr := plain(rule.value("attr"))
		switch {
		case given:
			return "The '" + op + "' operator compares snapshots and does not accept a value."
		case strings.HasPrefix(attr, "snapshots."):
			return "The '" + op + "' operator resolves '" + attr + "' within each snapshot dict, not the top-level condition context. " +
				"Use the bare attribute name (e.g. 'status') rather than a snapshot path (e.g. 'snapshots.prechange.status'), which is only valid with standard operators."
		}
		return ""
	case !given:
		return "A value is required for the '" + op + "' operator."
	}
	kind := pythonType(value)
	switch allowed := operators[kind]; {
	case allowed == "":
		return "Unsupported value type: <class '" + kind + "'>"
	case !strings.Contains(allowed, " "+op+" "):
		return "Invalid type for " + op + " operation: <class '" + kind + "'>"
	}
	return ""
}

// value is a member, nil where there is none.
func (o object) value(key string) any { v, _ := o.get(key); return v }

func operatorOf(rule object) string {
	if op, ok := rule.get("op"); ok {
		return plain(op)
	}
	return "eq"
}

func isRuleset(rule object) bool {
	return len(rule) == 1 && (rule[0].key == "and" || rule[0].key == "or")
}

func logicOf(set object) ([]any, bool) {
	logic := strings.ToLower(set[0].key)
	list, ok := set[0].value.([]any)
	return list, ok && (logic == "and" || logic == "or")
}

// meets evaluates conditions that were checked.
func (s *Server) meets(v any, data object) (bool, error) {
	set, _ := v.(object)
	if len(set) != 1 {
		return s.meetsOne(set, data)
	}
	list, _ := logicOf(set)
	either := strings.EqualFold(set[0].key, "or")
	for _, item := range list {
		rule, _ := item.(object)
		one := s.meetsOne
		if isRuleset(rule) {
			one = func(o, data object) (bool, error) { return s.meets(o, data) }
		}
		met, err := one(rule, data)
		if err != nil {
			return false, err
		}
		if met == either {
			return either, nil
		}
	}
	return !either, nil
}

func (s *Server) meetsOne(rule, data object) (bool, error) {
	op, attr := operatorOf(rule), plain(rule.value("attr"))
	negate := truth(rule.value("negate"))
	if op == "changed" || op == "unchanged" {
		differs, err := snapshotsDiffer(attr, data)
		return (differs == (op == "changed")) != negate, err
	}
	value, absent := any(nil), s.schema.v >= v47 && absentSnapshot(attr, data)
	if !absent {
		var err error
		value, err = walkPath(data, strings.Split(attr, "."), false)
		switch _, gone := value.(missing); {
		case s.schema.v < 403 && (err != nil || gone):
			value = nil // up to 4.2 what is not there is null
		case err != nil || gone:
			return false, errCondition
		}
	}
	met, err := compares(op, value, rule.value("value"))
	if err != nil {
		if !absent {
			return false, err
		}
		met = false
	}
	return met != negate, nil
}

// walkPath follows names through objects, and through the members of lists.
// What is not there or null on the way is missing; a plain value on the way is
// an error.
func walkPath(v any, names []string, emptyIsMissing bool) (any, error) {
	for _, name := range names {
		switch at := v.(type) {
		case nil:
			return missing{}, nil
		case []any:
			if len(at) == 0 && emptyIsMissing {
				return missing{}, nil
			}
			found := make([]any, 0, len(at))
			for _, item := range at {
				o, ok := item.(object)
				if !ok {
					return nil, errCondition
				}
				one, ok := o.get(name)
				if !ok {
					return missing{}, nil
				}
				found = append(found, one)
			}
			v = found
		case object:
			next, ok := at.get(name)
			if !ok {
				return missing{}, nil
			}
			v = next
		default:
			return nil, errCondition
		}
	}
	return v, nil
}

// absentSnapshot tells that a path names a snapshot that is null, where the
// other one has the value: it is compared as null.
func absentSnapshot(attr string, data object) bool {
	rest, ok := strings.CutPrefix(attr, "snapshots.")
	if !ok {
		return false
	}
	snapshots, _ := data.value("snapshots").(object)
	which, rest, _ := strings.Cut(rest, ".")
	other := map[string]string{"prechange": "postchange", "postchange": "prechange"}[which]
	if other == "" || snapshots.value(which) != nil {
		return false
	}
	there := snapshots.value(other)
	if rest == "" || there == nil {
		return true
	}
	v, err := walkPath(there, strings.Split(rest, "."), true)
	_, gone := v.(missing)
	return err == nil && !gone
}

// snapshotsDiffer compares a value before and after.
func snapshotsDiffer(attr string, data object) (bool, error) {
	snapshots, _ := data.value("snapshots").(object)
	var sides [2]any
	found := false
	for i, which := range []string{"prechange", "postchange"} {
		sides[i] = missing{}
		snapshot := snapshots.value(which)
		if snapshot == nil {
			continue
		}
		v, err := walkPath(snapshot, strings.Split(attr, "."), true)
		if _, gone := v.(missing); err == nil && !gone {
			sides[i], found = v, true
		}
	}
	if !found {
		return false, errCondition
	}
	return !same(sides[0], sides[1]), nil
}

// compares is one comparison of Python; what Python calls a TypeError is an error.
func compares(op string, have, want any) (bool, error) {
	switch op {
	case "eq":
		return same(have, want), nil
	case "in":
		list, ok := want.([]any)
		if !ok {
			return false, errCondition
		}
		return slices.ContainsFunc(list, func(v any) bool { return same(v, have) }), nil
	case "contains":
		switch have := have.(type) {
		case []any:
			return slices.ContainsFunc(have, func(v any) bool { return same(v, want) }), nil
		case object:
			_, ok := have.get(plain(want))
			return ok, nil
		case string:
			if want, ok := want.(string); ok {
				return strings.Contains(have, want), nil
			}
		}
		return false, errCondition
	case "regex":
		text, ok := have.(string)
		if !ok {
			return false, errCondition
		}
		re, err := regexp.Compile("^(?:" + plain(want) + ")")
		if err != nil {
			return false, errCondition
		}
		return re.MatchString(text), nil
	}
	a, okA := numeric(have)
	b, okB := numeric(want)
	if !okA || !okB {
		return false, errCondition
	}
	switch op {
	case "gt":
		return a > b, nil
	case "gte":
		return a >= b, nil
	case "lt":
		return a < b, nil
	}
	return a <= b, nil
}

// numeric is a number or boolean as Python calculates with it.
func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case number:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// same is Python's ==.
func same(a, b any) bool {
	if x, ok := numeric(a); ok {
		y, ok := numeric(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case nil, string, missing:
		return a == b
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case object:
		b, ok := b.(object)
		if !ok || len(a) != len(b) {
			return false
		}
		for _, m := range a {
			if v, ok := b.get(m.key); !ok || !same(m.value, v) {
				return false
			}
		}
		return true
	}
	return false
}

// truth is Python's bool().
func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case object:
		return len(v) > 0
	}
	n, ok := numeric(v)
	return !ok || n != 0
}
