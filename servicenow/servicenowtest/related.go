package servicenowtest

import (
	"cmp"
	"strconv"
	"strings"
)

// related is a condition on records of another table that refer to a record:
// RLQUERYtable.field,>=1^condition^ENDRLQUERY, and JOINt.f=table.field!condition.
type related struct {
	class   *class
	column  *column // refers to the record, or equals a field of it
	local   []*column
	compare string // how many there must be
	number  int
	query   *query
}

// relatedList reads an RLQUERY term and the conditions up to its end. It
// returns how many terms that were.
func (b *binder) relatedList(terms []Term) (cond *related, used int, err *apiError) {
	used = 1
	for used < len(terms) && terms[used].Operator != "ENDRLQUERY" {
		used++
	}
	inner := terms[1:used]
	if used < len(terms) {
		used++
	}
	head := terms[0]
	cond, err = b.relatedOf(head.Field, inner)
	if cond == nil || err != nil {
		return nil, used, err
	}
	count, _, _ := strings.Cut(head.Value, ",") // a third part, m2m, changes nothing here
	cond.compare = strings.TrimRight(count, "0123456789")
	digits := strings.TrimPrefix(count, cond.compare)
	if digits == "" {
		return nil, used, nil
	}
	cond.number, _ = strconv.Atoi(digits) // a number that is too long counts as the largest
	cond.local = []*column{&b.class.columns[colID]}
	return cond, used, nil
}

// join reads a JOIN term.
func (b *binder) join(term Term) (*related, *apiError) {
	_, local, ok := strings.Cut(term.Field, ".")
	path := b.path(local)
	if !ok || path == nil {
		return nil, nil
	}
	foreign, condition, _ := strings.Cut(term.Value, "!")
	cond, err := b.relatedOf(foreign, ParseQuery(condition))
	if cond == nil || err != nil {
		return nil, err
	}
	cond.local, cond.compare, cond.number = path, ">=", 1
	return cond, nil
}

// relatedOf resolves table.field and the conditions on its records; nil when
// there is no such field.
func (b *binder) relatedOf(name string, conditions []Term) (*related, *apiError) {
	table, field, _ := strings.Cut(name, ".")
	c := b.classes[table]
	if c == nil || c.column(field) == nil {
		return nil, nil
	}
	inner := *b
	inner.class = c
	q, err := inner.bindTerms(conditions)
	if err != nil {
		return nil, err
	}
	return &related{class: c, column: c.column(field), query: q}, nil
}

// holdsRelated counts the related records of a row.
func (s *store) holdsRelated(cond *related, r *row) bool {
	_, value := s.follow(r, cond.local)
	n := 0
	if value != "" {
		for other := range s.equal(cond.class, cond.column.at, value) {
			if s.matches(cond.query, other) {
				n++
			}
		}
	}
	order := cmp.Compare(n, cond.number)
	switch cond.compare {
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "!=":
		return order != 0
	default: // "=", and none
		return order == 0
	}
}

// below reports whether a record is another one, or hangs below it by the
// column parent.
func (s *store) below(c *class, id, ancestor string) bool {
	return s.belowAny(c, id, func(id string) bool { return id == ancestor })
}

// belowAny reports whether a record is one of those that among accepts, or hangs
// below one.
func (s *store) belowAny(c *class, id string, among func(id string) bool) bool {
	parent := c.column("parent")
	for depth := 0; id != "" && depth < 64; depth++ {
		if among(fold(id)) {
			return true
		}
		r := s.find(c, id)
		if r == nil || parent == nil {
			return false
		}
		id = r.get(parent.at)
	}
	return false
}
