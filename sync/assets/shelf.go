package assets

import (
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A shelf is what the flow remembers of one CMDB table: enough to find the
// record of a NetBox object and to see whether it differs, but not the record.
// A row takes about 50 bytes, and 8 for each mapped column.
type shelf struct {
	target  *target
	rows    []row
	shares  []uint64 // digests of the values, len(target.columns) of them a row
	byID    map[sysID]int32
	keys    []keyIndex
	scopeAt int
	classes []string
	hidden  int // rows that the table counts and does not show
}

type row struct {
	id    sysID
	scope sysID  // the record within which the name means something
	class uint16 // in shelf.classes
}

// keyIndex finds rows by a column that identifies: the last row of a value, and
// from each row the one before with the same value.
type keyIndex struct {
	column int
	last   map[uint64]int32
	before []int32
}

// A record is a row as it was read.
type record struct {
	id     sysID
	class  string            // its table
	values []reconcile.Value // by column of the target
}

func newShelf(t *target) *shelf {
	s := &shelf{target: t, byID: map[sysID]int32{}, scopeAt: -1}
	for i, c := range t.columns {
		switch c.role {
		case isKey:
			s.keys = append(s.keys, keyIndex{column: i, last: map[uint64]int32{}})
		case isScope:
			s.scopeAt = i
		case isValue:
		}
	}
	return s
}

func (s *shelf) add(r record) {
	at := int32(len(s.rows))
	own := row{id: r.id, class: s.class(r.class)}
	for i := range s.target.columns {
		s.shares = append(s.shares, s.share(i, r.values[i]))
	}
	if s.scopeAt >= 0 {
		own.scope, _ = parseSysID(r.values[s.scopeAt].Text())
	}
	for i := range s.keys {
		s.keys[i].add(identity(r.values[s.keys[i].column].Text()), at)
	}
	s.byID[r.id] = at
	s.rows = append(s.rows, own)
}

func (k *keyIndex) add(hash uint64, at int32) {
	before := int32(-1)
	if hash != 0 {
		if there, ok := k.last[hash]; ok {
			before = there
		}
		k.last[hash] = at
	}
	k.before = append(k.before, before)
}

// with returns the rows whose column has a value, the first of the table first.
// A column that does not identify finds nothing.
func (s *shelf) with(column, value string) (found []int32) {
	for i := range s.keys {
		k := &s.keys[i]
		if s.target.columns[k.column].name != column {
			continue
		}
		at, ok := k.last[identity(value)]
		for ; ok && at >= 0; at = k.before[at] {
			found = append(found, at)
		}
	}
	slices.Reverse(found)
	return found
}

func (s *shelf) class(name string) uint16 {
	at := slices.Index(s.classes, name)
	if at < 0 {
		at = len(s.classes)
		s.classes = append(s.classes, name)
	}
	return uint16(at)
}

// classOf returns the table of a row.
func (s *shelf) classOf(at int32) string { return s.classes[s.rows[at].class] }

// digest is the digest of a record as it was read.
func (s *shelf) digest(values []reconcile.Value) uint64 {
	var sum uint64
	for i := range s.target.columns {
		sum += s.share(i, values[i])
	}
	return sum
}

// wanted is the digest that the row would have with these values. Where a value
// is absent, the object says nothing and the row keeps its own.
func (s *shelf) wanted(at int32, values []reconcile.Value) uint64 {
	n := len(s.target.columns)
	own := s.shares[int(at)*n:][:n]
	var sum uint64
	for i, v := range values {
		if v.IsAbsent() {
			sum += own[i]
		} else {
			sum += s.share(i, v)
		}
	}
	return sum
}

// share is a column's part of the digest. Parts are added up, so that one can be
// left out; each is bound to its column.
func (s *shelf) share(column int, v reconcile.Value) uint64 {
	c := &s.target.columns[column]
	return reconcile.NewDigest(uint64(column)).Field(c.name, c.form(v)).Sum()
}

// identity is a digest of what identifies a record. Case does not count, as in
// ServiceNow's own comparison, nor does space around the value. An empty value
// identifies nothing and is 0.
func identity(value string) uint64 {
	value = strings.ToLower(strings.TrimSpace(value))
	if value == "" {
		return 0
	}
	return max(1, reconcile.NewDigest(0).Text("identity", value).Sum())
}
