package assets

import (
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A book holds the links of the CMDB: which record belongs to which NetBox
// object. An entry takes about 200 bytes.
type book struct {
	rows []linkEntry
	// The last entry about an object or a record; it leads on to the one before.
	byObject map[cmdb.Object]int32
	byRecord map[sysID]int32
	hidden   int // link rows that the table counts and does not show
}

type linkEntry struct {
	row    sysID // the link row; none where the link is on the record
	record sysID
	class  string      // as the row says it
	object cmdb.Object // no id where the row links nothing yet
	level  string
	seen   bool // the object was in the scan

	sameObject, sameRecord int32 // the entry before; -1 for none
}

func newBook() *book {
	return &book{byObject: map[cmdb.Object]int32{}, byRecord: map[sysID]int32{}}
}

func (b *book) add(e linkEntry) {
	if info, ok := e.object.Type.Info(); ok { // the page that it came from need not be kept
		e.object.Type = info.Type
		if e.class == string(info.Type) {
			e.class = string(info.Type)
		}
	}
	at := int32(len(b.rows))
	e.sameObject, e.sameRecord = -1, before(b.byRecord, e.record)
	b.byRecord[e.record] = at
	if e.object.ID > 0 {
		e.sameObject = before(b.byObject, e.object)
		b.byObject[e.object] = at
	}
	b.rows = append(b.rows, e)
}

func before[K comparable](last map[K]int32, key K) int32 {
	if at, ok := last[key]; ok {
		return at
	}
	return -1
}

// records returns the records that are linked to an object, whether they exist
// or not, and marks the links as seen.
func (b *book) records(o cmdb.Object) (found []sysID) {
	for at := before(b.byObject, o); at >= 0; at = b.rows[at].sameObject {
		e := &b.rows[at]
		e.seen = true
		if !slices.Contains(found, e.record) {
			found = append(found, e.record)
		}
	}
	return found
}

// objects returns the objects that a record is linked to: one, unless somebody
// has linked it twice.
func (b *book) objects(record sysID) (found []cmdb.Object) {
	for at := before(b.byRecord, record); at >= 0; at = b.rows[at].sameRecord {
		if o := b.rows[at].object; o.ID > 0 && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	return found
}

// entry returns the link row of a record: the one for the object, or else one
// that links nothing yet.
func (b *book) entry(record sysID, o cmdb.Object) (found linkEntry, ok bool) {
	for at := before(b.byRecord, record); at >= 0; at = b.rows[at].sameRecord {
		switch e := b.rows[at]; {
		case e.object == o:
			return e, true
		case e.object.ID == 0:
			found, ok = e, true
		}
	}
	return found, ok
}

// entryOf returns the link row of a record, and whether it links it to an object.
func (b *book) entryOf(record sysID) (entry linkEntry, linked bool) {
	for at := before(b.byRecord, record); at >= 0; at = b.rows[at].sameRecord {
		if entry = b.rows[at]; entry.object.ID > 0 {
			return entry, true
		}
	}
	return entry, false
}

// level returns the depth that the link row of a record says; absent where there
// is no link row.
func (b *book) level(record sysID) reconcile.Value {
	if at := before(b.byRecord, record); at >= 0 {
		return reconcile.Text(b.rows[at].level)
	}
	return reconcile.Absent()
}
