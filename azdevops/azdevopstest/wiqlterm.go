package azdevopstest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// condition is what a query asks of a row.
type condition interface {
	holds(r row) bool
	sides() []side
}

// row is a work item, or a link with its two ends, at the time that the query is
// about.
type row struct {
	item, target *workItem
	rev, other   int    // their revisions
	link         string // reference name
}

// side says which part of a row a field is of.
type side byte

const (
	ofItem side = iota
	ofSource
	ofTarget
	ofLink
)

// linkType is the one field of links.
var linkType = field{name: "Link Type", ref: "System.Links.LinkType", kind: "string"}

type (
	allOf   []condition
	anyOf   []condition
	negated struct{ condition }
)

func (a allOf) holds(r row) bool {
	return !slices.ContainsFunc(a, func(c condition) bool { return !c.holds(r) })
}
func (a anyOf) holds(r row) bool {
	return slices.ContainsFunc(a, func(c condition) bool { return c.holds(r) })
}
func (n negated) holds(r row) bool { return !n.condition.holds(r) }

func (a allOf) sides() []side { return sidesOf(a) }
func (a anyOf) sides() []side { return sidesOf(a) }

func sidesOf(all []condition) []side {
	var sides []side
	for _, c := range all {
		sides = append(sides, c.sides()...)
	}
	return sides
}

// conjuncts are the conditions that have to hold all.
func conjuncts(c condition) []condition {
	all, ok := c.(allOf)
	if !ok {
		return []condition{c}
	}
	var flat []condition
	for _, part := range all {
		flat = append(flat, conjuncts(part)...)
	}
	return flat
}

// term is one comparison.
type term struct {
	at       side
	field    field
	operator string // "=", "<", "IN", "CONTAINS", ...
	not      bool
	ever     bool
	values   []any // nil for no value, float64, bool, string, time.Time
	with     *field
	precise  bool
}

func (t *term) sides() []side { return []side{t.at} }

// operators by their words; those with two words come first.
var wiqlOperators = [][]string{
	{"<>"}, {"<="}, {">="}, {"="}, {"<"}, {">"}, {"IN", "GROUP"}, {"IN"}, {"CONTAINS", "WORDS"}, {"CONTAINS"}, {"UNDER"}, {"EVER"},
}

func (p *wiqlParser) comparison() (condition, error) {
	f, at, err := p.field()
	if err != nil {
		return nil, err
	}
	t := &term{at: at, field: f, precise: p.scope.precise}
	if p.take("IS") {
		t.operator, t.not = "EMPTY", p.take("NOT")
		return t, p.need("EMPTY")
	}
	t.not = p.take("NOT")
	i := slices.IndexFunc(wiqlOperators, func(words []string) bool { return p.take(words...) })
	if i < 0 {
		return nil, p.wrong("Expecting an operator.")
	}
	t.operator = strings.Join(wiqlOperators[i], " ")
	switch t.operator {
	case "IN GROUP":
		return p.group(t)
	case "EVER":
		t.operator, t.ever = "=", true
	case "<>":
		t.operator, t.not = "=", !t.not
	}
	if err := t.allowed(); err != nil {
		return nil, err
	}
	return t, p.operands(t)
}

// allowed refuses operators that a kind of field does not have (documentation,
// "Query fields, operators, and macros").
func (t *term) allowed() error {
	var good bool
	switch t.field.kind {
	case "html", "plainText", "history":
		good = strings.HasPrefix(t.operator, "CONTAINS")
	case "treePath":
		good = t.operator == "UNDER" || t.operator == "=" || t.operator == "IN"
	case "string", "identity":
		good = t.operator != "UNDER"
	default:
		good = t.operator != "UNDER" && !strings.HasPrefix(t.operator, "CONTAINS")
	}
	if !good {
		return refusal("TF51011: The specified operator cannot be used with the field. The error is caused by «[%s] %s».", t.field.ref, t.operator)
	}
	return nil
}

// operands reads the values of a comparison.
func (p *wiqlParser) operands(t *term) error {
	if t.operator != "IN" {
		return p.operand(t)
	}
	if err := p.need("("); err != nil {
		return err
	}
	for more := true; more; more = p.take(",") {
		if err := p.operand(t); err != nil {
			return err
		}
	}
	return p.need(")")
}

func (p *wiqlParser) operand(t *term) error {
	l := p.peek()
	if l.kind == bracketed && t.operator != "IN" {
		other, at, err := p.field()
		if err != nil || at != t.at {
			return p.wrong("Expecting a field of the same work item.")
		}
		t.with = &other
		return nil
	}
	p.next()
	text := l.text
	var value any
	good := true
	switch l.kind {
	case quoted:
		value, good = t.convert(text)
	case numeral:
		value, good = t.number(text)
	case sign: // of a number
		text += p.peek().text
		if l.text != "-" || p.next().kind != numeral {
			return p.wrong("Expecting a value.")
		}
		value, good = t.number(text)
	case word:
		value, good = strings.EqualFold(text, "true"), t.field.kind == "boolean" && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false"))
	case macro:
		var err error
		if value, err = p.macro(text); err != nil {
			return err
		}
	default:
		return p.wrong("Expecting a value.")
	}
	if d, ok := value.(dated); ok && good {
		if d.timed && !t.precise {
			return refusal("You cannot supply a time with the date when running a query using date precision. The error is caused by «[%s] %s '%s'».", t.field.ref, t.operator, text)
		}
		value = d.at
	}
	if !good {
		return refusal("TF51007: The value does not fit the field: expecting %s value. The error is caused by «[%s] %s %s».", t.field.kind, t.field.ref, t.operator, text)
	}
	t.values = append(t.values, value)
	return nil
}

// macro is the value of a word that the service replaces.
func (p *wiqlParser) macro(name string) (any, error) {
	switch strings.ToLower(name) {
	case "@me":
		return p.scope.user.Mail, nil
	case "@project":
		if p.scope.project == nil {
			return nil, p.wrong("The macro @Project needs a project in the address.")
		}
		return p.scope.project.Name, nil
	case "@today":
		day := p.scope.now.UTC().Truncate(24 * time.Hour)
		for _, direction := range []struct {
			sign string
			by   int
		}{{"-", -1}, {"+", 1}} {
			if p.take(direction.sign) {
				n, err := strconv.Atoi(p.next().text)
				if err != nil {
					return nil, p.wrong("Expecting a number of days.")
				}
				day = day.AddDate(0, 0, direction.by*n)
			}
		}
		return day, nil
	}
	return nil, p.wrong("The macro %s is not known.", name)
}

// dated is a date literal; timed says that it has a time of day.
type dated struct {
	at    time.Time
	timed bool
}

// convert makes a quoted literal a value of the field's kind.
func (t *term) convert(text string) (any, bool) {
	if text == "" {
		return nil, true
	}
	switch t.field.kind {
	case "integer", "double":
		n, err := strconv.ParseFloat(text, 64)
		return n, err == nil
	case "boolean":
		b, err := strconv.ParseBool(strings.ToLower(text))
		return b, err == nil
	case "dateTime":
		at, timed, good := timeOf(text)
		return dated{at, timed}, good
	}
	return text, true
}

func (t *term) number(text string) (any, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && (t.field.kind == "integer" || t.field.kind == "double")
}

// timeOf reads a date; timed says whether it has a time of day other than
// midnight. Dates without a zone are in UTC.
func timeOf(text string) (at time.Time, timed, good bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "1/2/2006", "1/2/2006 15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			at = at.UTC()
			return at, !at.Equal(at.Truncate(24 * time.Hour)), true
		}
	}
	return time.Time{}, false, false
}

func (t *term) holds(r row) bool {
	w, rev := r.item, r.rev
	switch t.at {
	case ofTarget:
		w, rev = r.target, r.other
	case ofLink:
		return t.matches(r.link, nil) != t.not
	}
	if w == nil {
		return false
	}
	first := rev
	if t.ever {
		first = 1
	}
	for ; first <= rev; first++ {
		var other any
		if t.with != nil {
			other = w.valueAt(first, t.with.ref)
		}
		if t.matches(w.valueAt(first, t.field.ref), other) {
			return !t.not
		}
	}
	return t.not
}

// valueAt is the value of a field at a revision, as queries see it.
func (w *workItem) valueAt(rev int, ref string) any {
	if ref == "System.History" {
		said := make([]string, rev)
		for i, r := range w.revisions[:rev] {
			said[i] = r.comment
		}
		return strings.Join(said, "\n")
	}
	switch v := w.revisions[rev-1].fields[ref].(type) {
	case int:
		return float64(v)
	case string:
		if v == "" {
			return nil
		}
		return v
	default:
		return v
	}
}

func (t *term) matches(value, other any) bool {
	values := t.values
	if t.with != nil {
		values = []any{other}
	}
	switch t.operator {
	case "EMPTY":
		return value == nil || value == ""
	case "=", "IN":
		return slices.ContainsFunc(values, func(v any) bool { return t.same(value, v) })
	case "CONTAINS", "CONTAINS WORDS", "UNDER":
		have, want := strings.ToLower(textOf(value)), strings.ToLower(textOf(values[0]))
		return t.within(have, want)
	}
	if value == nil || values[0] == nil {
		return false
	}
	order := t.compare(value, values[0])
	switch t.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default: // ">="
		return order >= 0
	}
}

// within decides the operators on texts, which are in lower case.
func (t *term) within(have, want string) bool {
	switch {
	case t.operator == "UNDER":
		return have == want || strings.HasPrefix(have, want+`\`)
	case t.field.ref == "System.Tags":
		return slices.ContainsFunc(strings.Split(have, ";"), func(tag string) bool { return strings.TrimSpace(tag) == want })
	case t.operator == "CONTAINS":
		return strings.Contains(have, want)
	}
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	words := strings.FieldsFunc(have, between)
	return !slices.ContainsFunc(strings.FieldsFunc(want, between), func(w string) bool { return !slices.Contains(words, w) })
}

// same reports whether a value is the wanted one. A person is known by name, by
// unique name or by both.
func (t *term) same(value, want any) bool {
	if who, ok := value.(map[string]any); ok {
		name, mail := textOf(who["displayName"]), textOf(who["uniqueName"])
		for _, form := range []string{name, mail, name + " <" + mail + ">"} {
			if strings.EqualFold(form, textOf(want)) {
				return true
			}
		}
		return false
	}
	if value == nil || want == nil {
		return value == want
	}
	return t.compare(value, want) == 0
}

// compare orders two values of one kind; texts ignoring case, times by the day
// unless the query is precise.
func (t *term) compare(a, b any) int {
	x, isTime := a.(time.Time)
	y, both := b.(time.Time)
	if isTime && both && !t.precise {
		return x.Truncate(24 * time.Hour).Compare(y.Truncate(24 * time.Hour))
	}
	return compareValues(a, b)
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		name, _ := v["displayName"].(string)
		return name
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}
