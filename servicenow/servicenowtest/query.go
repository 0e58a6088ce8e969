package servicenowtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is an encoded query bound to a class.
type query struct {
	alternatives []clause
	order        []ordering
	nothing      bool // an invalid term, on an instance where that means no rows
}

// clause is a list of groups that must all hold.
type clause []group

// group is a list of conditions of which one must hold.
type group []condition

// condition compares one field, reached over references, with a value.
type condition struct {
	path     []*column // the last one is compared, the others are references
	op       string
	value    string
	values   []string            // of IN, BETWEEN and ON
	set      map[string]struct{} // of a long IN
	number   float64
	numbers  []float64
	numeric  bool
	never    bool // the value cannot be one of the column's type
	textOnly bool // compares the display value of a reference
	other    []*column
	class    *class
	related  *related // of RLQUERY and JOIN, which have no path
	dates    *dates
	// everywhere marks the conditions of a text search, which looks at every
	// column.
	everywhere bool
}

// ordering is one ORDERBY term.
type ordering struct {
	path []*column
	desc bool
}

// binder turns terms into a query for one class and caller.
type binder struct {
	classes     map[string]*class
	class       *class
	caller      *account
	invalidNone bool
	now         time.Time
}

// bind resolves the terms of an encoded query. A term with an unknown field or
// without an operator is dropped, which widens the result, unless the instance
// is set to return no rows for it (property
// glide.invalid_query.returns_no_rows).
func (b *binder) bind(encoded string) (*query, *apiError) { return b.bindTerms(ParseQuery(encoded)) }

func (b *binder) bindTerms(terms []Term) (*query, *apiError) {
	q := &query{}
	var all clause
	for i := 0; i < len(terms); {
		term := terms[i]
		if term.Operator == "ORDERBY" || term.Operator == "ORDERBYDESC" || term.Operator == "GROUPBY" {
			if path := b.path(term.Field); path != nil && term.Operator != "GROUPBY" {
				q.order = append(q.order, ordering{path, term.Operator == "ORDERBYDESC"})
			}
			i++
			continue
		}
		if term.Join == "^NQ" {
			q.alternatives = append(q.alternatives, all)
			all = nil
		}
		g, used, err := b.group(terms[i:])
		if err != nil {
			return nil, err
		}
		i += used
		q.nothing = q.nothing || b.invalidNone && len(g) == 0
		if term.Join == "^OR" && len(all) > 0 {
			all[len(all)-1] = append(all[len(all)-1], g...)
		} else {
			all = append(all, g) // also an empty one: it keeps the place for a following ^OR
		}
	}
	q.alternatives = append(q.alternatives, all)
	for i, all := range q.alternatives {
		q.alternatives[i] = slices.DeleteFunc(all, func(g group) bool { return len(g) == 0 })
	}
	return q, nil
}

// group reads the condition that the terms begin with, and tells how many of
// them it is made of. An empty group is a condition that cannot be read.
func (b *binder) group(terms []Term) (g group, used int, err *apiError) {
	term := terms[0]
	var cond *related
	used = 1
	switch term.Operator {
	case "RLQUERY":
		cond, used, err = b.relatedList(terms)
	case "JOIN":
		cond, err = b.join(term)
	default:
		if term.Field == "123TEXTQUERY321" {
			return b.text(term.Value), 1, nil
		}
		path := b.path(term.Field)
		if path == nil {
			return nil, 1, nil
		}
		c, err := b.condition(path, term)
		return group{c}, 1, err
	}
	if cond == nil || err != nil {
		return nil, used, err
	}
	return group{{op: "RELATED", related: cond}}, used, nil
}

// path resolves a field name, dot-walked or not; nil when there is no such
// field.
func (b *binder) path(name string) []*column { return resolve(b.class, name) }

func resolve(c *class, name string) []*column {
	var path []*column
	for part, rest, more := strings.Cut(name, "."); ; part, rest, more = strings.Cut(rest, ".") {
		col := c.column(part)
		if col == nil || len(path) > 8 {
			return nil
		}
		path = append(path, col)
		if !more {
			return path
		}
		if c = col.target; c == nil {
			return nil
		}
	}
}

// text is the group that searches every text column for a word.
func (b *binder) text(word string) group {
	var g group
	for i := range b.class.columns {
		if col := &b.class.columns[i]; col.Type == String && i >= sysColumns {
			g = append(g, condition{path: []*column{col}, op: "LIKE", value: fold(word), everywhere: true})
		}
	}
	return g
}

// aliases are other spellings of operators.
var aliases = map[string]string{
	"*": "LIKE", "CONTAINS": "LIKE", "%": "ENDSWITH", "!*": "NOT LIKE", "NOTLIKE": "NOT LIKE",
	"DOES NOT CONTAIN": "NOT LIKE", "NOTIN": "NOT IN", "EMPTYSTRING": "ISEMPTY",
}

func (b *binder) condition(path []*column, term Term) (condition, *apiError) {
	col := path[len(path)-1]
	c := condition{path: path, op: term.Operator}
	if alias, ok := aliases[c.op]; ok {
		c.op = alias
	}
	raw, err := b.evaluate(term.Value, c.op)
	if err != nil {
		return c, err
	}
	c.numeric = col.Type == Integer || col.Type == Decimal || col.Type == Float
	switch c.op {
	case "=", "!=", "<", "<=", ">", ">=":
		c.value, c.number, c.never = c.operand(col, raw)
	case "IN", "NOT IN":
		c.list(col, strings.Split(raw, ","))
	case "BETWEEN", "ON", "NOTON":
		parts := strings.Split(raw, "@")
		if c.op != "BETWEEN" && len(parts) == 3 {
			parts = parts[1:] // the first is a label
		}
		if c.never = len(parts) != 2; !c.never {
			c.list(col, parts)
			c.never = len(c.values) != 2
		}
	case "STARTSWITH", "ENDSWITH", "LIKE", "NOT LIKE":
		c.value = fold(raw)
		c.textOnly = col.Type == Reference
	case "ISEMPTY", "ISNOTEMPTY", "ANYTHING":
	case "RELATIVE":
		b.relative(&c, col, raw)
	case "DATEPART":
		b.datePart(&c, col, raw)
	case "MORETHAN", "LESSTHAN":
		b.span(&c, col, raw)
	case "SAMEAS", "NSAMEAS", "GT_FIELD", "LT_FIELD", "GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD":
		if strings.Contains(raw, "@") {
			b.samePeriod(&c, col, raw)
			break
		}
		c.other = b.path(raw)
		c.never = c.other == nil
	case "INSTANCEOF":
		c.class = b.classes[raw]
		c.never = c.class == nil || col.Type != ClassName || len(path) > 1
	case "IN_HIERARCHY":
		c.value = fold(raw)
		c.never = col.Type != Reference
	case "DYNAMIC", "IN_HIERARCHY_DYNAMIC":
		c.dynamic(col, raw, b.caller)
	default:
		return c, &apiError{http.StatusNotImplemented, "servicenowtest: the query operator " + term.Operator + " is not supported", ""}
	}
	return c, nil
}

// Dynamic filter options that every instance has (rows of
// sys_filter_option_dynamic); their sys_ids are common knowledge.
const (
	dynamicMe       = "90d1921e5f510100a9ad2572f2b477fe"
	dynamicMyGroups = "d6435e965f510100a9ad2572f2b47744"
)

// dynamic reads DYNAMIC and IN_HIERARCHY_DYNAMIC: the sys_id of a dynamic filter
// option, which stands for the caller or for the caller's groups.
func (c *condition) dynamic(col *column, raw string, caller *account) {
	below := c.op == "IN_HIERARCHY_DYNAMIC"
	c.value = fold(caller.id)
	c.never = col.Type != Reference
	switch {
	case raw == dynamicMe && below:
		c.op = "IN_HIERARCHY"
	case raw == dynamicMe:
		c.op = "="
	case raw == dynamicMyGroups && below:
		c.op = "BELOW_MY_GROUPS"
	case raw == dynamicMyGroups:
		c.op = "MY_GROUPS"
	default:
		c.never = true
	}
}

// operand reads a value in the column's type. bad tells that no record can
// have it.
func (c *condition) operand(col *column, raw string) (value string, number float64, bad bool) {
	switch col.Type {
	case Integer, Decimal, Float:
		if raw == "" {
			return "", 0, false
		}
		number, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
		return raw, number, err != nil
	case Boolean, Date, DateTime, Duration:
		value = normalise(col, raw)
		return value, 0, value == "" && raw != ""
	}
	return fold(raw), 0, false
}

func (c *condition) list(col *column, raw []string) {
	for _, one := range raw {
		value, number, bad := c.operand(col, one)
		if bad {
			continue
		}
		c.values = append(c.values, value)
		c.numbers = append(c.numbers, number)
	}
	if len(c.values) > 8 && !c.numeric {
		c.set = make(map[string]struct{}, len(c.values))
		for _, value := range c.values {
			c.set[value] = struct{}{}
		}
	}
}
