package servicenowtest

import "iter"

// indexFrom is the size from which a table is worth an index.
const indexFrom = 64

// index finds the rows with a value, compared without case.
type index struct{ rows map[string]*ordered }

func (x *index) add(r *row, at int) {
	value := fold(r.get(at))
	list := x.rows[value]
	if list == nil {
		list = new(ordered)
		x.rows[value] = list
	}
	list.put(r)
}

func (x *index) drop(r *row, at int) {
	value := fold(r.get(at))
	if list := x.rows[value]; list != nil {
		if list.remove(r.key); list.size == 0 {
			delete(x.rows, value)
		}
	}
}

// indexed reports whether equality in a column can be looked up: it is a small
// table or the index exists.
func (s *store) indexed(c *class, at int) bool {
	return s.rows[c].size < indexFrom || s.indexes[c][at] != nil
}

// makeIndex builds the index of a column. The caller holds the lock for
// writing.
func (s *store) makeIndex(c *class, at int) {
	if s.indexed(c, at) {
		return
	}
	x := &index{rows: map[string]*ordered{}}
	for r := range s.rows[c].from("") {
		x.add(r, at)
	}
	if s.indexes[c] == nil {
		s.indexes[c] = map[int]*index{}
	}
	s.indexes[c][at] = x
}

// equal yields the rows of a class that have a value, compared without case,
// in the order of their sys_ids.
func (s *store) equal(c *class, at int, value string) iter.Seq[*row] {
	value = fold(value)
	if at == colID {
		return s.pick(c, []string{value})
	}
	if x := s.indexes[c][at]; x != nil {
		if list := x.rows[value]; list != nil {
			return list.from("")
		}
		return func(func(*row) bool) {}
	}
	return func(yield func(*row) bool) {
		for r := range s.rows[c].from("") {
			if fold(r.get(at)) == value && !yield(r) {
				return
			}
		}
	}
}
