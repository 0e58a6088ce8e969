package servicenow

import (
	"errors"
	"fmt"
	"strings"
)

// maxBranches bounds what And may make out of nested Or conditions: every
// branch of an encoded query is a whole query of its own.
const maxBranches = 64

// Condition is a filter on the rows of a table. The zero Condition filters
// nothing. Conditions are made by [Eq], [In], [And], [Or] and the other
// constructors; they are immutable values and safe for concurrent use.
//
// The platform's encoded query knows three levels only: queries joined by ^NQ,
// made of clauses joined by ^, made of terms joined by ^OR. Any nesting of And
// and Or is brought into that form. A mistake (an invalid field name, a value
// that cannot be written) is kept inside the condition and reported by
// [Condition.Encode] and by every verb that uses it, before any request.
type Condition struct {
	branches []branch // joined by ^NQ
	order    []Order  // ORDERBY terms met in Raw
	err      error
}

type (
	branch []clause // joined by ^
	clause []string // encoded terms joined by ^OR
)

// And matches rows that match every given condition. Zero conditions are left
// out; And() filters nothing.
func And(conditions ...Condition) Condition {
	var out Condition
	for _, c := range conditions {
		if c.err != nil {
			return Condition{err: c.err}
		}
		out.order = append(out.order, c.order...)
		if len(c.branches) == 0 {
			continue
		}
		if len(out.branches) == 0 {
			out.branches = c.branches
			continue
		}
		if len(out.branches)*len(c.branches) > maxBranches {
			return failed("And of nested alternatives needs more than %d ^NQ branches: simplify the condition or split the query", maxBranches)
		}
		product := make([]branch, 0, len(out.branches)*len(c.branches))
		for _, left := range out.branches {
			for _, right := range c.branches {
				product = append(product, append(append(branch{}, left...), right...))
			}
		}
		out.branches = product
	}
	return out
}

// Or matches rows that match at least one given condition. Single comparisons
// are joined by ^OR, anything larger by ^NQ. A zero condition matches every
// row and so makes the whole Or match every row, which is refused: it is
// nearly always a forgotten value.
func Or(conditions ...Condition) Condition {
	var out Condition
	var flat clause
	for _, c := range conditions {
		if c.err != nil {
			return Condition{err: c.err}
		}
		out.order = append(out.order, c.order...)
		switch {
		case len(c.branches) == 0:
			return failed("Or with an empty condition would match every row: leave the Or out instead")
		case len(c.branches) == 1 && len(c.branches[0]) == 1:
			flat = append(flat, c.branches[0][0]...)
		default:
			out.branches = append(out.branches, c.branches...)
		}
	}
	if len(conditions) == 0 {
		return failed("Or needs at least one condition")
	}
	if len(flat) > 0 {
		out.branches = append([]branch{{flat}}, out.branches...)
	}
	return out
}

// AnyOf matches rows that match at least one given condition, each written as
// an independent query joined by ^NQ. It selects the same rows as [Or].
func AnyOf(conditions ...Condition) Condition {
	var out Condition
	if len(conditions) == 0 {
		return failed("AnyOf needs at least one condition")
	}
	for _, c := range conditions {
		if c.err != nil {
			return Condition{err: c.err}
		}
		if len(c.branches) == 0 {
			return failed("AnyOf with an empty condition would match every row: leave it out instead")
		}
		out.order = append(out.order, c.order...)
		out.branches = append(out.branches, c.branches...)
	}
	return out
}

// Raw takes an encoded query as it is, for example one copied from a list in
// the platform's own interface, and for operators that this package has no
// constructor for. Nothing in it is escaped, so never build it from input.
// ^EQ markers are dropped; ^ORDERBY and ^ORDERBYDESC terms are moved into the
// query's order. ^GROUPBY and line breaks are refused.
func Raw(encoded string) Condition {
	if strings.ContainsAny(encoded, "\r\n") {
		return failed("Raw: line breaks are not allowed in an encoded query")
	}
	var out Condition
	var current branch
	flush := func() {
		if len(current) > 0 {
			out.branches = append(out.branches, current)
			current = nil
		}
	}
	for _, term := range splitTerms(encoded) {
		switch {
		case term == "" || term == "EQ":
		case strings.HasPrefix(term, "ORDERBYDESC"):
			out.order = append(out.order, Desc(term[len("ORDERBYDESC"):]))
		case strings.HasPrefix(term, "ORDERBY"):
			out.order = append(out.order, Asc(term[len("ORDERBY"):]))
		case strings.HasPrefix(term, "GROUPBY"):
			return failed("Raw: ^GROUPBY has no meaning for rows: remove it")
		case strings.HasPrefix(term, "NQ"):
			flush()
			if rest := term[len("NQ"):]; rest != "" {
				current = append(current, clause{rest})
			}
		case strings.HasPrefix(term, "OR") && len(current) > 0:
			last := len(current) - 1
			current[last] = append(current[last], term[len("OR"):])
		default:
			current = append(current, clause{term})
		}
	}
	flush()
	return out
}

// splitTerms cuts an encoded query at its single carets. A doubled caret is a
// literal one, and the terms of an RLQUERY stay together with it.
func splitTerms(encoded string) []string {
	var terms []string
	start, inRelated := 0, false
	cut := func(end int) {
		term := encoded[start:end]
		switch {
		case inRelated:
			terms[len(terms)-1] += "^" + term
			inRelated = term != "ENDRLQUERY"
		default:
			terms = append(terms, term)
			inRelated = strings.HasPrefix(term, "RLQUERY") || strings.HasPrefix(term, "NQRLQUERY") || strings.HasPrefix(term, "ORRLQUERY")
		}
		start = end + 1
	}
	for i := 0; i < len(encoded); i++ {
		if encoded[i] != '^' {
			continue
		}
		if i+1 < len(encoded) && encoded[i+1] == '^' {
			i++
			continue
		}
		cut(i)
	}
	cut(len(encoded))
	return terms
}

// IsZero reports whether the condition filters nothing.
func (c Condition) IsZero() bool { return len(c.branches) == 0 && c.err == nil }

// Encode answers with the condition in the platform's encoded query language,
// not yet percent-encoded, or with the first mistake made while building it.
func (c Condition) Encode() (string, error) {
	if c.err != nil {
		return "", c.err
	}
	var b strings.Builder
	for i, br := range c.branches {
		if i > 0 {
			b.WriteString("^NQ")
		}
		br.write(&b)
	}
	return b.String(), nil
}

// String answers with the encoded query, or with the mistake in brackets.
func (c Condition) String() string {
	text, err := c.Encode()
	if err != nil {
		return "[" + err.Error() + "]"
	}
	return text
}

func (b branch) write(w *strings.Builder) {
	for i, cl := range b {
		if i > 0 {
			w.WriteByte('^')
		}
		for j, term := range cl {
			if j > 0 {
				w.WriteString("^OR")
			}
			w.WriteString(term)
		}
	}
}

// and adds one more clause to every branch: a term appended to the text would
// bind to the last ^NQ branch only.
func (c Condition) and(extra Condition) Condition { return And(c, extra) }

func failed(format string, args ...any) Condition {
	return Condition{err: fmt.Errorf("servicenow: "+format, args...)}
}

func failedBy(field string, err error) Condition {
	return Condition{err: fmt.Errorf("servicenow: condition on %q: %w", field, err)}
}

func term(text string) Condition { return Condition{branches: []branch{{{text}}}} }

var errFieldName = errors.New("a field name is lower-case letters, digits and underscores, dot-walked with points; use Raw for anything else")

// checkField refuses what could end the field's name early: the platform's
// names are lower case, its operators upper case or symbols.
func checkField(field string) error {
	start := true
	for i := range len(field) {
		ch := field[i]
		switch {
		case ch == '.':
			if start {
				return errFieldName
			}
			start = true
		case ch >= 'a' && ch <= 'z', ch == '_', ch >= '0' && ch <= '9' && !start:
			start = false
		default:
			return errFieldName
		}
	}
	if start {
		return errFieldName
	}
	return nil
}
