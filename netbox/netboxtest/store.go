package netboxtest

import (
	"cmp"
	"slices"
	"time"
)

// row is one object. A row is never changed once it is in a table: a write
// puts another one in its place, so that a snapshot is a copy of pointers and
// a change log entry is two of them.
type row struct {
	res     *resource
	id      int64
	vals    []any // by field.slot; nil is null
	tags    []int64
	custom  []customValue
	created int64 // microseconds since 1970
	updated int64
	made    string // request id of the create
	touched string // request id of the last write
}

// customValue is one stored custom field value.
type customValue struct {
	name  string
	value any
}

func (r *row) clone() *row {
	c := *r
	c.vals = slices.Clone(r.vals)
	c.tags = slices.Clone(r.tags)
	c.custom = slices.Clone(r.custom)
	return &c
}

func (r *row) get(name string) any {
	f := r.res.byName[name]
	if f == nil || f.slot < 0 {
		return nil
	}
	return r.vals[f.slot]
}
func (r *row) text(f *field) string {
	if f == nil || f.slot < 0 {
		return ""
	}
	s, _ := r.vals[f.slot].(string)
	return s
}
func (r *row) str(name string) string { s, _ := r.get(name).(string); return s }

// ref is the id that a reference holds, 0 for null.
func (r *row) ref(f *field) int64 {
	if f == nil || f.slot < 0 {
		return 0
	}
	id, _ := r.vals[f.slot].(int64)
	return id
}
func (r *row) to(name string) int64 { return r.ref(r.res.byName[name]) }
func (r *row) set(name string, v any) {
	if f := r.res.byName[name]; f != nil && f.slot >= 0 {
		r.vals[f.slot] = v
	}
}

func (r *row) customAt(name string) (any, bool) {
	for _, c := range r.custom {
		if c.name == name {
			return c.value, true
		}
	}
	return nil, false
}

func (r *row) setCustom(name string, v any) {
	for i, c := range r.custom {
		if c.name == name {
			r.custom[i].value = v
			return
		}
	}
	r.custom = append(r.custom, customValue{name, v})
	slices.SortFunc(r.custom, func(a, b customValue) int { return cmp.Compare(a.name, b.name) })
}

func (r *row) dropCustom(name string) bool {
	n := len(r.custom)
	r.custom = slices.DeleteFunc(r.custom, func(c customValue) bool { return c.name == name })
	return len(r.custom) < n
}

// table holds the rows of one type.
type table struct {
	res    *resource
	rows   map[int64]*row
	ids    []int64 // ascending
	last   int64   // the highest id ever given
	keys   []map[string]int64
	refs   map[*field]map[int64]int // per reference: target id -> rows
	sorted *sortedIDs               // default order, when it was asked for
}

type sortedIDs struct {
	gen uint64
	ids []int64
}

func newTable(r *resource) *table {
	t := &table{res: r, rows: map[int64]*row{}, refs: map[*field]map[int64]int{}}
	for range r.uniques {
		t.keys = append(t.keys, map[string]int64{})
	}
	for _, f := range r.fields {
		if f.kind == kindRef {
			t.refs[f] = map[int64]int{}
		}
	}
	return t
}

// put stores a row, or with nil takes the row away, and answers what was there.
func (t *table) put(id int64, r *row) *row {
	old := t.rows[id]
	if old != nil {
		t.unindex(old)
	}
	if r == nil {
		delete(t.rows, id)
		if i, ok := slices.BinarySearch(t.ids, id); ok {
			t.ids = slices.Delete(t.ids, i, i+1)
		}
		return old
	}
	t.rows[id] = r
	if old == nil {
		if n := len(t.ids); n == 0 || t.ids[n-1] < id {
			t.ids = append(t.ids, id)
		} else if i, ok := slices.BinarySearch(t.ids, id); !ok {
			t.ids = slices.Insert(t.ids, i, id)
		}
	}
	t.last = max(t.last, id)
	t.index(r)
	return old
}

func (t *table) index(r *row) {
	for i := range t.res.uniques {
		if k, ok := t.res.uniques[i].key(r); ok {
			t.keys[i][k] = r.id
		}
	}
	for f, m := range t.refs {
		if id := r.ref(f); id != 0 {
			m[id]++
		}
	}
}

func (t *table) unindex(r *row) {
	for i := range t.res.uniques {
		if k, ok := t.res.uniques[i].key(r); ok && t.keys[i][k] == r.id {
			delete(t.keys[i], k)
		}
	}
	for f, m := range t.refs {
		if id := r.ref(f); id != 0 {
			if m[id]--; m[id] <= 0 {
				delete(m, id)
			}
		}
	}
}

func (s *Server) table(r *resource) *table { return s.tables[r.at] }

func (s *Server) tableOf(model string) *table {
	if r := s.schema.byModel[model]; r != nil {
		return s.tables[r.at]
	}
	return nil
}

// target is the row that a reference points to, nil for null.
func (s *Server) target(r *row, f *field) *row {
	if f == nil {
		return nil
	}
	id := r.ref(f)
	if id == 0 {
		return nil
	}
	t := s.tableOf(f.to)
	if t == nil {
		return nil
	}
	return t.rows[id]
}

// follow walks references by name.
func (s *Server) follow(r *row, path ...string) *row {
	for _, name := range path {
		if r == nil {
			return nil
		}
		r = s.target(r, r.res.byName[name])
	}
	return r
}

// depth is how many ancestors a row of a tree has.
func (s *Server) depth(r *row) int {
	n := 0
	for p := s.follow(r, "parent"); p != nil && n < 1000; p = s.follow(p, "parent") {
		n++
	}
	return n
}

// below is the ids given and all their descendants.
func (s *Server) below(res *resource, ids map[int64]bool) map[int64]bool {
	parent := res.byName["parent"]
	if parent == nil {
		return ids
	}
	t, out := s.table(res), map[int64]bool{}
	known := map[int64]bool{}
	var in func(id int64, n int) bool
	in = func(id int64, n int) bool {
		if ids[id] {
			return true
		}
		if v, ok := known[id]; ok {
			return v
		}
		r := t.rows[id]
		if r == nil || n > 1000 {
			return false
		}
		v := r.ref(parent) != 0 && in(r.ref(parent), n+1)
		known[id] = v
		return v
	}
	for _, id := range t.ids {
		if in(id, 0) {
			out[id] = true
		}
	}
	return out
}

// stamp is the present time in microseconds, never the same twice, so that
// every write changes last_updated even when the clock stands still.
func (s *Server) stamp() int64 {
	if s.fixed > 0 {
		s.fixed += 1009
		return s.fixed
	}
	now := s.Now().UnixMicro()
	if now <= s.lastStamp {
		now = s.lastStamp + 1
	}
	s.lastStamp = now
	return now
}

func stampTime(us int64) time.Time { return time.UnixMicro(us).UTC() }
