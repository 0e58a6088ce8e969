package servicenowtest

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
)

// window is the part of a result that a page shows.
type window struct {
	offset, limit int
	count         bool // whether the whole result is counted
}

// search returns the rows of a window and, when asked, how many rows match in
// all. The caller holds the lock for reading.
func (s *store) search(c *class, q *query, w window) (page []*row, total int) {
	source, filtered := s.source(c, q)
	if q.nothing {
		return nil, 0
	}
	if len(q.order) > 0 && !byID(q.order) {
		rows := make([]*row, 0, 64)
		for r := range source.rows {
			if !filtered || s.matches(q, r) {
				rows = append(rows, r)
			}
		}
		s.sort(rows, q.order, w.offset)
		from := min(w.offset, len(rows))
		return rows[from:min(from+w.limit, len(rows))], len(rows)
	}
	if !filtered && source.list != nil { // a stretch of the table as it is
		if w.limit > 0 {
			for r := range source.list.skip(source.start, w.offset) {
				if page = append(page, r); len(page) == w.limit {
					break
				}
			}
		}
		return page, source.list.count(source.start)
	}
	for r := range source.rows {
		if filtered && !s.matches(q, r) {
			continue
		}
		if total++; total > w.offset && len(page) < w.limit {
			page = append(page, r)
		}
		if !w.count && len(page) >= w.limit {
			break
		}
	}
	return page, total
}

// byID reports whether an order is that of the sys_ids, whatever follows.
func byID(order []ordering) bool {
	first := order[0]
	return len(first.path) == 1 && first.path[0].at == colID && !first.desc
}

// candidates are rows that may match, in the order of their sys_ids.
type candidates struct {
	rows  iter.Seq[*row]
	list  *ordered // when they are what list holds from start on
	start string
}

// source finds a small set of candidates. filtered tells that they still have
// to be compared with the query.
func (s *store) source(c *class, q *query) (found candidates, filtered bool) {
	list := s.rows[c]
	if len(q.alternatives) != 1 {
		return candidates{rows: list.from("")}, true
	}
	all := q.alternatives[0]
	start, ranges := "", 0
	best := -1
	var bestRows []*ordered
	for _, g := range all {
		if from, ok := keyset(g); ok {
			start = max(start, from)
			ranges++
			continue
		}
		at, values, ok := lookup(g)
		if !ok {
			continue
		}
		if at == colID {
			return candidates{rows: s.pick(c, values)}, true
		}
		x := s.indexes[c][at]
		if x == nil {
			continue
		}
		size := 0
		var lists []*ordered
		for _, value := range values {
			if l := x.rows[value]; l != nil {
				lists = append(lists, l)
				size += l.size
			}
		}
		if best < 0 || size < best {
			best, bestRows = size, lists
		}
	}
	switch {
	case best >= 0 && len(bestRows) == 1:
		return candidates{rows: bestRows[0].from(start)}, true
	case best >= 0:
		return candidates{rows: union(bestRows, start)}, true
	}
	return candidates{rows: list.from(start), list: list, start: start}, ranges < len(all)
}

// keyset reads a group that is sys_id>value or sys_id>=value, as the smallest
// key that satisfies it.
func keyset(g group) (string, bool) {
	if len(g) != 1 || len(g[0].path) != 1 || g[0].path[0].at != colID || g[0].never {
		return "", false
	}
	switch g[0].op {
	case ">":
		return g[0].value + "\x00", true
	case ">=":
		return g[0].value, true
	}
	return "", false
}

// lookup reads a group that asks for certain values of one column.
func lookup(g group) (at int, values []string, ok bool) {
	at = -1
	for i := range g {
		c := &g[i]
		if len(c.path) != 1 || c.never || c.numeric || c.op != "=" && c.op != "IN" || at >= 0 && at != c.path[0].at {
			return 0, nil, false
		}
		at = c.path[0].at
		if c.op == "=" {
			values = append(values, c.value)
		} else {
			values = append(values, c.values...)
		}
	}
	slices.Sort(values)
	return at, slices.Compact(values), at >= 0
}

// place is a column of a class.
type place struct {
	class *class
	at    int
}

// wanted returns the columns whose indexes would help a query.
func wanted(c *class, q *query) []place {
	var columns []place
	for _, all := range q.alternatives {
		for _, g := range all {
			if at, _, ok := lookup(g); ok && at != colID && len(q.alternatives) == 1 {
				columns = append(columns, place{c, at})
			}
			for _, c := range g {
				if c.related != nil && c.related.column.at != colID {
					columns = append(columns, place{c.related.class, c.related.column.at})
				}
			}
		}
	}
	return columns
}

// pick yields the rows with the given keys, which are sorted.
func (s *store) pick(c *class, keys []string) iter.Seq[*row] {
	return func(yield func(*row) bool) {
		for _, key := range keys {
			if r := s.find(c, key); r != nil && !yield(r) {
				return
			}
		}
	}
}

// union yields the rows of several lists from a key on, by key.
func union(lists []*ordered, start string) iter.Seq[*row] {
	var rows []*row
	for _, list := range lists {
		rows = slices.AppendSeq(rows, list.from(start))
	}
	slices.SortFunc(rows, compareRows)
	return slices.Values(rows)
}

// sortKey is what a row is ordered by, for one ORDERBY term.
type sortKey struct {
	text   string
	number float64
}

// sort orders rows. Rows that are equal in every term come in an order that
// differs from one page to the next, as it may on the platform: only an order
// that ends with sys_id is stable.
func (s *store) sort(rows []*row, order []ordering, page int) {
	type keyed struct {
		row  *row
		keys []sortKey
		tie  uint64
	}
	all := make([]keyed, len(rows))
	for i, r := range rows {
		keys := make([]sortKey, len(order))
		for j, o := range order {
			keys[j] = s.sortKey(r, o.path)
		}
		all[i] = keyed{r, keys, mix(hash(r.key) + uint64(page))}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		for i, o := range order {
			c := cmp.Or(cmp.Compare(a.keys[i].number, b.keys[i].number), cmp.Compare(a.keys[i].text, b.keys[i].text))
			if o.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.tie, b.tie), compareRows(a.row, b.row))
	})
	for i := range all {
		rows[i] = all[i].row
	}
}

func (s *store) sortKey(r *row, path []*column) sortKey {
	_, value := s.follow(r, path)
	switch col := path[len(path)-1]; col.Type {
	case Integer, Decimal, Float:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return sortKey{} // empty comes like zero, before the text of none
		}
		return sortKey{number: n}
	case Reference:
		return sortKey{text: fold(s.display(col.target, value))}
	}
	return sortKey{text: fold(value)}
}

// hash is FNV-1a.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
