package servicenow

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// inventedField is a column that no table has: what a query on it counts shows
// what the instance makes of terms that it does not understand.
const inventedField = "itsmkit_no_such_column"

// provable are the operators whose terms bind when their column exists. Longer
// ones come before those that they begin with.
var provable = []string{
	opGreaterEqField, opLessEqField, opGreaterField, opLessField, opNotContains, opNotIn, opStartsWith, opEndsWith,
	opContains, opIsNotEmpty, opIsEmpty, opEmptyString, opBetween, opInstanceOf,
	opIn, opNotEq, opLessEq, opGreaterEq, opEq, opLess, opGreater,
}

// proof shows that every term of a condition binds. The platform answers an
// unknown column with every row and not with an error (measured on a public
// developer instance; property glide.invalid_query.returns_no_rows turns that
// around), so a count alone proves nothing.
//
//   - A column is empty or it is not: of a column that exists, the rows with
//     ISEMPTY and with ISNOTEMPTY add up to the table; of one that does not, both
//     counts are the whole table. The middle between the two decides, so that
//     rows which come and go meanwhile do not matter.
//   - A term of [Raw] that has no such column and operator must leave out a tenth
//     of the table at least.
type proof struct {
	count      func(ctx context.Context, where Condition) (int, error)
	unfiltered int
	probes     int
}

// run answers with the column or term that it cannot prove, "" for none.
func (p *proof) run(ctx context.Context, where Condition) (unproven string, err error) {
	if p.unfiltered == 0 {
		return "", nil
	}
	invented, err := p.probe(ctx, term(inventedField+opEq+"1"))
	if err != nil {
		return "", err
	}
	if invented == 0 {
		return "", nil // here, what is not understood finds nothing
	}
	columns, others := where.parts()
	for _, column := range columns {
		bound, err := p.column(ctx, column)
		if err != nil || !bound {
			return column, err
		}
	}
	for _, text := range others {
		n, err := p.probe(ctx, term(text))
		if err != nil || n > p.unfiltered-max(1, p.unfiltered/10) {
			return text, err
		}
	}
	return "", nil
}

func (p *proof) column(ctx context.Context, column string) (bool, error) {
	empty, err := p.probe(ctx, IsEmpty(column))
	if err != nil {
		return false, err
	}
	filled, err := p.probe(ctx, IsNotEmpty(column))
	return 2*(empty+filled) <= 3*p.unfiltered, err
}

func (p *proof) probe(ctx context.Context, where Condition) (int, error) {
	p.probes++
	return p.count(ctx, where)
}

// parts are the columns that a condition compares by operators that are known,
// and the terms that are anything else; each once.
func (c Condition) parts() (columns, others []string) {
	for _, b := range c.branches {
		for _, cl := range b {
			for _, text := range cl {
				names, ok := columnsOf(text)
				if !ok {
					others = append(others, text)
				}
				columns = append(columns, names...)
			}
		}
	}
	slices.Sort(columns)
	slices.Sort(others)
	return slices.Compact(columns), slices.Compact(others)
}

// columnsOf reads the columns of a term: the one compared, and the one that it
// is compared with.
func columnsOf(text string) (columns []string, ok bool) {
	end := 0
	for end < len(text) && (text[end] >= 'a' && text[end] <= 'z' || text[end] >= '0' && text[end] <= '9' || text[end] == '_' || text[end] == '.') {
		end++
	}
	column, after := text[:end], text[end:]
	if checkField(column) != nil {
		return nil, false
	}
	for _, op := range provable {
		value, found := strings.CutPrefix(after, op)
		if !found {
			continue
		}
		switch op {
		case opGreaterEqField, opLessEqField, opGreaterField, opLessField:
			if checkField(value) != nil {
				return nil, false
			}
			return []string{column, value}, true
		case opEq:
			if strings.HasPrefix(value, opEq) {
				return nil, false
			}
		}
		return []string{column}, true
	}
	return nil, false
}

var errNoFilter = errors.New("the condition is empty: it would match every row of the table")
