package netboxtest

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// natural compares texts as NetBox orders names (the Unicode collation with
// numbers): without case and accents, punctuation before digits before
// letters, and runs of digits as numbers, so that sw2 comes before sw10.
func natural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		if digit(x[0]) && digit(y[0]) {
			m, restX := digits(x)
			n, restY := digits(y)
			if c := cmp.Compare(len(m), len(n)); c != 0 {
				return c
			}
			if c := strings.Compare(m, n); c != 0 {
				return c
			}
			x, y = restX, restY
			continue
		}
		r, n := utf8.DecodeRuneInString(x)
		q, m := utf8.DecodeRuneInString(y)
		if r != q {
			if c := cmp.Compare(weight(r), weight(q)); c != 0 {
				return c
			}
		}
		x, y = x[n:], y[m:]
	}
	if c := cmp.Compare(len(x), len(y)); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// punctuation in the order of the Unicode collation.
const punctuation = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"

// accents and the letters that they stand on.
const accents, letters = "àáâãäåāăąçćĉċčďđèéêëēĕėęěĝğġģĥħìíîïĩīĭįĵķĺļľłñńņňòóôõöøōŏőŕŗřśŝşšţťŧùúûüũūŭůűųŵýÿŷźżž",
	"aaaaaaaaacccccddeeeeeeeeegggghhiiiiiiiijkllllnnnnooooooooorrrssssstttuuuuuuuuuuwyyyzzz"

var weights = func() map[rune]int32 {
	m := map[rune]int32{}
	for i, r := range []rune(punctuation) {
		m[r] = int32(i + 1)
	}
	base := []rune(letters)
	for i, r := range []rune(accents) {
		m[r] = 1000 + base[i]
	}
	return m
}()

// weight places a character among all others.
func weight(r rune) int32 {
	if r >= 'a' && r <= 'z' {
		return 1000 + r
	}
	r = unicode.ToLower(r)
	if w, ok := weights[r]; ok {
		return w
	}
	if r >= 0x2000 && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return 500 // symbols come before digits
	}
	return 1000 + r
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits cuts a number off a text, without its leading zeros.
func digits(s string) (number, rest string) {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	return strings.TrimLeft(s[:n], "0"), s[n:]
}

// key is what a list is ordered by.
type orderKey struct {
	f    *field
	id   bool
	desc bool
}

// orderKeys reads an ordering parameter. Unknown fields are dropped without error.
func (r *resource) orderKeys(names []string) []orderKey {
	var out []orderKey
	for _, n := range names {
		n, desc := strings.CutPrefix(strings.TrimSpace(n), "-")
		switch f := r.byName[n]; {
		case n == "id" || n == "pk":
			out = append(out, orderKey{id: true, desc: desc})
		case f != nil && (f.slot >= 0 || f.kind == kindStamp || f.kind == kindCount):
			out = append(out, orderKey{f: f, desc: desc})
		}
	}
	return out
}

// compare orders two rows; null comes last, as PostgreSQL has it. Rows that
// are equal in all keys go by id.
func (s *Server) compare(a, b *row, keys []orderKey) int {
	if c := s.compareKeys(a, b, keys); c != 0 {
		return c
	}
	return cmp.Compare(a.id, b.id)
}

func (s *Server) compareKeys(a, b *row, keys []orderKey) int {
	for _, k := range keys {
		var c int
		if k.id {
			c = cmp.Compare(a.id, b.id)
		} else {
			c = s.compareField(a, b, k.f)
		}
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (s *Server) compareField(a, b *row, f *field) int {
	switch f.kind {
	case kindStamp:
		if f.name == "created" {
			return cmp.Compare(a.created, b.created)
		}
		return cmp.Compare(a.updated, b.updated)
	case kindRef:
		x, y := s.target(a, f), s.target(b, f)
		if x == nil || y == nil {
			return cmp.Compare(b2i(x == nil), b2i(y == nil))
		}
		if x == y {
			return 0
		}
		return s.compareKeys(x, y, x.res.orderKeys(x.res.order))
	}
	x, y := a.vals[f.slot], b.vals[f.slot]
	if x == nil || y == nil {
		return cmp.Compare(b2i(x == nil), b2i(y == nil))
	}
	switch x := x.(type) {
	case string:
		t, _ := y.(string)
		switch {
		case f.name == "address" || f.name == "prefix" || f.name == "start_address":
			return compareAddresses(x, t)
		case a.res.tree: // the paths of trees are plain text
			return strings.Compare(x, t)
		}
		return natural(x, t)
	case int64:
		n, _ := y.(int64)
		return cmp.Compare(x, n)
	case float64:
		n, _ := y.(float64)
		return cmp.Compare(x, n)
	case bool:
		t, _ := y.(bool)
		return cmp.Compare(b2i(x), b2i(t))
	}
	return 0
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inOrder is the ids of a table in its default order; trees go branch by branch.
func (s *Server) inOrder(t *table) []int64 {
	s.sortMu.Lock()
	defer s.sortMu.Unlock()
	if t.sorted != nil && t.sorted.gen == s.gen {
		return t.sorted.ids
	}
	ids := slices.Clone(t.ids)
	keys := t.res.orderKeys(t.res.order)
	if t.res.tree {
		ids = s.branches(t, keys)
	} else {
		slices.SortFunc(ids, func(a, b int64) int { return s.compare(t.rows[a], t.rows[b], keys) })
	}
	t.sorted = &sortedIDs{s.gen, ids}
	return ids
}

// branches lists a tree depth first, siblings by name.
func (s *Server) branches(t *table, keys []orderKey) []int64 {
	parent := t.res.byName["parent"]
	children := map[int64][]int64{}
	for _, id := range t.ids {
		up := t.rows[id].ref(parent)
		if t.rows[up] == nil {
			up = 0
		}
		children[up] = append(children[up], id)
	}
	out := make([]int64, 0, len(t.ids))
	var walk func(up int64)
	walk = func(up int64) {
		list := children[up]
		delete(children, up) // a loop is walked once
		slices.SortFunc(list, func(a, b int64) int { return s.compare(t.rows[a], t.rows[b], keys) })
		for _, id := range list {
			out = append(out, id)
			walk(id)
		}
	}
	walk(0)
	return out
}
