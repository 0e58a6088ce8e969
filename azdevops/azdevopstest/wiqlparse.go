package azdevopstest

import (
	"fmt"
	"strings"
	"time"
)

// wiql is a query about work items, or about the links between them.
type wiql struct {
	columns []field
	links   bool
	where   []condition // all of them
	order   []sortKey
	asOf    time.Time
	mode    string // of links: MustContain, MayContain or DoesNotContain
	// recursive is the mode of links that follows them through all levels;
	// childrenFirst selects the items below before those above.
	recursive, childrenFirst bool
}

type sortKey struct {
	field      field
	descending bool
}

// wiqlScope is what a query's macros and dates are resolved with.
type wiqlScope struct {
	s       *Server
	user    *User
	project *project
	now     time.Time
	precise bool // times count by the second, not by the day
}

// wiqlParser reads a query from left to right.
type wiqlParser struct {
	scope wiqlScope
	rest  []lexeme
	links bool
	depth int
}

// maxNesting bounds the parentheses of a query.
const maxNesting = 100

// wrong is a query that cannot be read. The service ends its words with what it
// stumbled over.
func (p *wiqlParser) wrong(format string, args ...any) error {
	at := p.peek().text
	if p.peek().kind == endOfQuery {
		at = "end of query"
	}
	return refusal("TF51006: %s The error is caused by «%s».", fmt.Sprintf(format, args...), at)
}

func (p *wiqlParser) peek() lexeme { return p.rest[0] }

func (p *wiqlParser) next() lexeme {
	l := p.rest[0]
	if l.kind != endOfQuery {
		p.rest = p.rest[1:]
	}
	return l
}

// take goes on when the next words are these.
func (p *wiqlParser) take(words ...string) bool {
	for i, w := range words {
		if i >= len(p.rest) || !p.rest[i].is(w) {
			return false
		}
	}
	p.rest = p.rest[len(words):]
	return true
}

func (p *wiqlParser) need(words ...string) error {
	if p.take(words...) {
		return nil
	}
	return p.wrong("Expecting %s.", strings.Join(words, " "))
}

// parseWIQL reads a query.
func parseWIQL(text string, scope wiqlScope) (*wiql, error) {
	lexemes, err := lexemesOf(text)
	if err != nil {
		return nil, err
	}
	p := &wiqlParser{scope: scope, rest: lexemes}
	return p.query()
}

func (p *wiqlParser) query() (*wiql, error) {
	q := &wiql{mode: "MustContain"}
	if err := p.need("SELECT"); err != nil {
		return nil, err
	}
	for more := true; more; more = p.take(",") {
		f, _, err := p.field()
		if err != nil {
			return nil, err
		}
		q.columns = append(q.columns, f)
	}
	if err := p.need("FROM"); err != nil {
		return nil, err
	}
	switch {
	case p.take("WorkItems"):
	case p.take("WorkItemLinks"):
		q.links, p.links = true, true
	default:
		return nil, p.wrong("Expecting WorkItems or WorkItemLinks.")
	}
	if p.take("WHERE") {
		where, err := p.or()
		if err != nil {
			return nil, err
		}
		q.where = conjuncts(where)
	}
	if err := p.clauses(q); err != nil {
		return nil, err
	}
	if p.peek().kind != endOfQuery {
		return nil, p.wrong("Expecting end of string.")
	}
	// The documentation forbids ORDER BY too, and shows it in its example; the
	// service's own editor writes it.
	if q.recursive && !q.asOf.IsZero() {
		return nil, p.wrong("ASOF does not go with the mode Recursive.")
	}
	return q, nil
}

// clauses are what may follow the condition.
func (p *wiqlParser) clauses(q *wiql) error {
	for {
		var err error
		switch {
		case p.take("ORDER", "BY"):
			err = p.orderBy(q)
		case p.take("ASOF"):
			err = p.moment(q)
		case q.links && p.take("MODE"):
			err = p.modeOf(q)
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *wiqlParser) orderBy(q *wiql) error {
	for more := true; more; more = p.take(",") {
		f, _, err := p.field()
		if err != nil {
			return err
		}
		key := sortKey{field: f}
		if p.take("DESC") {
			key.descending = true
		} else {
			p.take("ASC")
		}
		q.order = append(q.order, key)
	}
	return nil
}

func (p *wiqlParser) moment(q *wiql) error {
	l := p.next()
	at, _, good := timeOf(l.text)
	if l.kind != quoted || !good {
		return p.wrong("Expecting a date after ASOF.")
	}
	q.asOf = at
	return nil
}

func (p *wiqlParser) modeOf(q *wiql) error {
	if err := p.need("("); err != nil {
		return err
	}
	for more := true; more; more = p.take(",") {
		name := p.next().text
		switch strings.ToLower(name) {
		case "mustcontain", "maycontain", "doesnotcontain":
			q.mode = name
		case "recursive":
			q.recursive = true
		case "returnmatchingchildren":
			q.childrenFirst = true
		default:
			return p.wrong("The mode %s is not known.", name)
		}
	}
	if q.childrenFirst && !q.recursive {
		return p.wrong("The mode ReturnMatchingChildren goes with Recursive.")
	}
	return p.need(")")
}

// field reads the name of a field, for links with its side in front.
func (p *wiqlParser) field() (field, side, error) {
	at := ofItem
	if p.links {
		at = p.side()
	}
	l := p.peek()
	if l.kind != bracketed && l.kind != word {
		return field{}, at, p.wrong("Expecting a field name.")
	}
	if p.links && strings.EqualFold(l.text, linkType.ref) {
		p.next()
		return linkType, ofLink, nil
	}
	f, known := p.scope.s.fieldOf(l.text)
	for _, named := range p.scope.s.allFields() {
		if !known && strings.EqualFold(named.name, l.text) {
			f, known = named, true
		}
	}
	if !known {
		return field{}, at, refusal("TF51005: The query references a field that does not exist. The error is caused by «[%s]».", l.text)
	}
	p.next()
	return f, at, nil
}

// side reads "[Source]." or "[Target]." in front of a field.
func (p *wiqlParser) side() side {
	for _, at := range []side{ofSource, ofTarget} {
		name := map[side]string{ofSource: "Source", ofTarget: "Target"}[at]
		if len(p.rest) > 1 && strings.EqualFold(p.rest[0].text, name) && p.rest[1].is(".") {
			p.rest = p.rest[2:]
			return at
		}
		// Without brackets, the scanner takes the side and the field for one word.
		if head, tail, ok := strings.Cut(p.rest[0].text, "."); ok && p.rest[0].kind == word && strings.EqualFold(head, name) && tail != "" {
			p.rest[0].text = tail
			return at
		}
	}
	return ofItem
}

func (p *wiqlParser) or() (condition, error) {
	first, err := p.and()
	if err != nil {
		return nil, err
	}
	all := anyOf{first}
	for p.take("OR") {
		c, err := p.and()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 1 {
		return first, nil
	}
	return all, nil
}

func (p *wiqlParser) and() (condition, error) {
	first, err := p.not()
	if err != nil {
		return nil, err
	}
	all := allOf{first}
	for p.take("AND") {
		c, err := p.not()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 1 {
		return first, nil
	}
	return all, nil
}

func (p *wiqlParser) not() (condition, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, p.wrong("The query is nested too deep.")
	}
	defer func() { p.depth-- }()
	switch {
	case p.take("NOT"):
		c, err := p.not()
		return negated{c}, err
	case p.take("("):
		c, err := p.or()
		if err != nil {
			return nil, err
		}
		return c, p.need(")")
	case p.take("EVER"):
		c, err := p.not()
		if t, ok := c.(*term); ok {
			t.ever = true
			return t, err
		}
		return nil, p.wrong("EVER is about one comparison.")
	}
	return p.comparison()
}
