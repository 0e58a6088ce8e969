package servicenowtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// row is one record. It never changes once it is in the store: an update puts
// another row in its place, so that readers and snapshots may keep it.
type row struct {
	class *class
	key   string   // the sys_id without case: what orders and finds rows
	v     []string // by column; what is missing at the end is empty
}

func (r *row) get(at int) string {
	if at < len(r.v) {
		return r.v[at]
	}
	return ""
}

// setting is one value that is to be written.
type setting struct {
	at    int
	value string
}

// actor is who writes, and when.
type actor struct {
	name, id string
	now      time.Time
}

// store holds the records of every table.
type store struct {
	classes map[string]*class
	seed    uint64

	mu sync.RWMutex
	contents
	interned map[string]string
	hooks    hooks
}

// contents is what a snapshot keeps.
type contents struct {
	rows     map[*class]*ordered       // of each class, with those of its descendants
	indexes  map[*class]map[int]*index // by column
	counters map[*class]int            // last numbers given
	serial   uint64                    // sys_ids given
	files    map[string][]byte         // attachments, by key
	// described tells whether the tables of the schema are filled.
	described bool
}

func newStore(classes map[string]*class, seed uint64) *store {
	s := &store{classes: classes, seed: seed, interned: map[string]string{}}
	s.contents = contents{rows: map[*class]*ordered{}, indexes: map[*class]map[int]*index{}, counters: map[*class]int{}}
	for _, c := range classes {
		s.rows[c] = new(ordered)
	}
	return s
}

// clone copies what a snapshot keeps. Indexes are left out: they come back
// when they are needed.
func (c *contents) clone() contents {
	copied := contents{
		rows: make(map[*class]*ordered, len(c.rows)), indexes: map[*class]map[int]*index{},
		counters: maps.Clone(c.counters), serial: c.serial, files: maps.Clone(c.files), described: c.described,
	}
	for class, rows := range c.rows {
		list := rows.clone()
		copied.rows[class] = &list
	}
	return copied
}

// find returns the record of a class, or nil.
func (s *store) find(c *class, id string) *row {
	key := fold(id)
	list := s.rows[c]
	block, at := list.locate(key)
	if block == len(list.blocks) || list.blocks[block][at].key != key {
		return nil
	}
	return list.blocks[block][at]
}

// newID returns the next sys_id: 32 hex digits that depend only on the seed
// and on how many were given before.
func (s *store) newID() string {
	s.serial++
	var id [32]byte
	high, low := mix(s.seed+2*s.serial), mix(s.seed+2*s.serial+1)
	for i := range 16 {
		id[i] = hexDigits[high>>(60-4*i)&15]
		id[i+16] = hexDigits[low>>(60-4*i)&15]
	}
	return string(id[:])
}

const hexDigits = "0123456789abcdef"

// mix is the finaliser of the splitmix64 generator.
func mix(n uint64) uint64 {
	n *= 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// insert makes a record. The caller holds the lock.
func (s *store) insert(c *class, settings []setting, by actor) (*row, *apiError) {
	c, settings = s.placed(c, settings)
	v := make([]string, len(c.columns))
	for i := range c.columns {
		if d := c.columns[i].Default; d != "" {
			v[i] = d
		}
	}
	stamp := wireTime(by.now)
	v[colCreatedOn], v[colUpdatedOn] = stamp, stamp
	v[colCreatedBy], v[colUpdatedBy] = by.name, by.name
	var entries []setting
	for _, set := range settings {
		if col := &c.columns[set.at]; col.Type == Journal {
			entries = append(entries, set)
		} else if set.value != "" || len(col.Choices) == 0 {
			v[set.at] = set.value
		}
	}
	if c.className >= 0 {
		v[c.className] = c.name
	}
	if !isID(v[colID]) {
		v[colID] = s.newID()
	} else if s.find(c.root, v[colID]) != nil {
		return nil, duplicateKey(c.root.name, "PRIMARY", v[colID])
	}
	if c.number != nil && v[c.number.column] == "" {
		v[c.number.column] = s.nextNumber(c)
	}
	s.derive(c, nil, v, by)
	entries, failure := s.before(OpInsert, c, nil, v, entries, by)
	if failure != nil {
		return nil, failure
	}
	r := s.pack(c, v)
	if err := s.checkUnique(r, nil); err != nil {
		return nil, err
	}
	s.place(r)
	s.append(r, entries, by)
	s.after(OpInsert, nil, r, entries, by)
	return r, nil
}

// update changes a record, which becomes one of the class moved; the settings
// are in that class's places. Without a difference nothing is written, and the
// update count stays. The caller holds the lock.
func (s *store) update(old *row, moved *class, settings []setting, by actor) (*row, *apiError) {
	c := old.class
	v := make([]string, len(moved.columns))
	if moved == c {
		copy(v, old.v)
	} else {
		for i := range moved.columns {
			if col := c.column(moved.columns[i].Name); col != nil {
				v[i] = old.get(col.at)
			} else {
				v[i] = moved.columns[i].Default
			}
		}
		v[moved.className] = moved.name
	}
	changed := moved != c
	stamped := false
	var entries []setting
	for _, set := range settings {
		col := &moved.columns[set.at]
		switch {
		case set.at == colID || set.at == moved.className:
		case col.Type == Journal:
			entries = append(entries, set)
			changed = changed || set.value != ""
		case v[set.at] != set.value && (set.value != "" || len(col.Choices) == 0):
			v[set.at] = set.value
			changed = true
			stamped = stamped || set.at == colUpdatedOn
		}
	}
	if !changed {
		return old, nil
	}
	if s.derive(moved, old, v, by); !stamped {
		v[colUpdatedOn] = wireTime(by.now)
	}
	v[colUpdatedBy] = by.name
	count, _ := strconv.Atoi(old.get(colModCount))
	v[colModCount] = strconv.Itoa(count + 1)
	entries, failure := s.before(OpUpdate, moved, old, v, entries, by)
	if failure != nil {
		return nil, failure
	}
	r := s.pack(moved, v)
	if err := s.checkUnique(r, old); err != nil {
		return nil, err
	}
	s.displace(old)
	s.place(r)
	s.append(r, entries, by)
	s.after(OpUpdate, old, r, entries, by)
	return r, nil
}

// placed finds the class that a record is to have when its sys_class_name is
// among the settings, and the settings' places in it. A table of another
// hierarchy, or one that does not exist, is ignored. That an insert through an
// ancestor's path takes the class from sys_class_name is not documented.
func (s *store) placed(c *class, settings []setting) (*class, []setting) {
	if c.className < 0 {
		return c, settings
	}
	for _, set := range settings {
		if set.at != c.className {
			continue
		}
		to := s.classes[set.value]
		if to == nil || to == c || to.root != c.root {
			return c, settings
		}
		kept := make([]setting, 0, len(settings))
		for _, set := range settings {
			if col := to.column(c.columns[set.at].Name); col != nil {
				kept = append(kept, setting{col.at, set.value})
			}
		}
		return to, kept
	}
	return c, settings
}

// pack makes a row of values, without the empty ones at the end.
func (s *store) pack(c *class, v []string) *row {
	n := len(v)
	for n > 0 && v[n-1] == "" {
		n--
	}
	kept := make([]string, n)
	size := 0
	for i := range kept {
		if i == colID || !shared(&c.columns[i]) {
			size += len(v[i])
		} else if v[i] != "" {
			kept[i] = s.intern(v[i])
		}
	}
	var own strings.Builder // one string for all values of this record alone
	own.Grow(size)
	for i := range kept {
		if i == colID || !shared(&c.columns[i]) {
			own.WriteString(v[i])
		}
	}
	rest := own.String()
	for i := range kept {
		if i == colID || !shared(&c.columns[i]) {
			kept[i], rest = rest[:len(v[i])], rest[len(v[i]):]
		}
	}
	return &row{class: c, key: fold(kept[colID]), v: kept}
}

// shared reports whether many records have the same values in a column.
func shared(col *column) bool {
	return col.Type != String && col.Type != Journal || len(col.Choices) > 0 || col.at < sysColumns
}

func (s *store) intern(value string) string {
	if known, ok := s.interned[value]; ok {
		return known
	}
	value = strings.Clone(value)
	s.interned[value] = value
	return value
}

func (s *store) place(r *row) {
	for c := r.class; c != nil; c = c.parent {
		s.rows[c].put(r)
		for at, index := range s.indexes[c] {
			index.add(r, at)
		}
	}
	s.noticed(r)
}

// noticed reads the choice lists again when a choice came or went.
func (s *store) noticed(r *row) {
	if s.described && r.class.name == sysChoice {
		s.readChoices()
	}
}

func (s *store) displace(r *row) {
	for c := r.class; c != nil; c = c.parent {
		s.rows[c].remove(r.key)
		for at, index := range s.indexes[c] {
			index.drop(r, at)
		}
	}
	s.noticed(r)
}

// append writes journal entries of a record.
func (s *store) append(r *row, entries []setting, by actor) {
	journal := s.classes["sys_journal_field"]
	if journal == nil {
		return
	}
	for _, entry := range entries {
		if entry.value == "" {
			continue
		}
		var settings []setting
		for name, value := range map[string]string{
			"element_id": r.get(colID), "element": r.class.columns[entry.at].Name, "name": r.class.name, "value": entry.value,
		} {
			if col := journal.column(name); col != nil {
				settings = append(settings, setting{col.at, value})
			}
		}
		_, _ = s.insert(journal, settings, by) // has a new sys_id and nothing unique
	}
}

// nextNumber counts up the class's own number, skipping those in use.
func (s *store) nextNumber(c *class) string {
	n := max(s.counters[c]+1, c.number.start)
	s.counters[c] = n
	return fmt.Sprintf("%s%07d", c.number.prefix, n)
}

// checkUnique refuses a row whose unique columns clash with another row.
func (s *store) checkUnique(r, old *row) *apiError {
	for _, at := range r.class.unique {
		value := r.get(at)
		if value == "" {
			continue
		}
		for other := range s.equal(r.class.root, at, value) {
			if old == nil || other.key != old.key {
				return duplicateKey(r.class.root.name, r.class.columns[at].Name, value)
			}
		}
	}
	return nil
}

// export returns the rows of a class in the order of their sys_ids.
func (s *store) export(c *class) []*row {
	return slices.AppendSeq(make([]*row, 0, s.rows[c].size), s.rows[c].from(""))
}

// display returns what stands for the record that a reference points to: ""
// when it does not exist.
func (s *store) display(c *class, id string) string {
	seen := 0
	for id != "" && seen < 8 {
		r := s.find(c, id)
		if r == nil {
			return ""
		}
		col := &c.columns[c.display]
		if col.Type != Reference {
			return r.get(c.display)
		}
		c, id = col.target, r.get(c.display)
		seen++
	}
	return ""
}

func compareRows(a, b *row) int { return cmp.Compare(a.key, b.key) }
