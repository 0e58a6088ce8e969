package assets

import (
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
)

// A book holds the links of the CMDB: which record belongs to which NetBox
// object.
type book struct {
	rows     []linkEntry
	byObject map[cmdb.Object][]int32
	byRecord map[sysID][]int32
	hidden   int // link rows that the table counts and does not show
}

type linkEntry struct {
	row    sysID // the link row; none where the link is on the record
	record sysID
	class  string      // as the row says it
	object cmdb.Object // no id where the row links nothing yet
	level  string
	seen   bool // the object was in the scan
}

func newBook() *book {
	return &book{byObject: map[cmdb.Object][]int32{}, byRecord: map[sysID][]int32{}}
}

func (b *book) add(e linkEntry) {
	at := int32(len(b.rows))
	b.rows = append(b.rows, e)
	b.byRecord[e.record] = append(b.byRecord[e.record], at)
	if e.object.ID > 0 {
		b.byObject[e.object] = append(b.byObject[e.object], at)
	}
}

// records returns the records that are linked to an object, whether they exist
// or not, and marks the links as seen.
func (b *book) records(o cmdb.Object) []sysID {
	var found []sysID
	for _, at := range b.byObject[o] {
		b.rows[at].seen = true
		if r := b.rows[at].record; !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}

// objects returns the objects that a record is linked to: one, unless somebody
// has linked it twice.
func (b *book) objects(record sysID) []cmdb.Object {
	var found []cmdb.Object
	for _, at := range b.byRecord[record] {
		if o := b.rows[at].object; o.ID > 0 && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	return found
}

// entry returns the link row of a record, preferring the one for the object.
func (b *book) entry(record sysID, o cmdb.Object) (linkEntry, bool) {
	rows := b.byRecord[record]
	for _, at := range rows {
		if b.rows[at].object == o {
			return b.rows[at], true
		}
	}
	for _, at := range rows {
		if b.rows[at].object.ID == 0 {
			return b.rows[at], true
		}
	}
	return linkEntry{}, false
}

// level returns the depth that the link row of a record says, "" for none.
func (b *book) level(record sysID) string {
	for _, at := range b.byRecord[record] {
		return b.rows[at].level
	}
	return ""
}
