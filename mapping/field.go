package mapping

import (
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Owner is one of the two sides: the platform, or the external system (ServiceNow).
type Owner string

// The two sides. A field without an owner belongs to neither.
const (
	Platform Owner = "platform"
	External Owner = "external"
	NoOwner  Owner = ""
)

// Other returns the other side; NoOwner's is NoOwner.
func (o Owner) Other() Owner {
	switch o {
	case Platform:
		return External
	case External:
		return Platform
	default:
		return NoOwner
	}
}

// Direction says which ways a field flows. The zero value is both.
type Direction string

// The directions of a field, and of an integration as a whole.
const (
	Both     Direction = ""         // both ways
	Inbound  Direction = "inbound"  // from the external system to the platform only
	Outbound Direction = "outbound" // from the platform to the external system only
	Neither  Direction = "none"     // compared and shown, never written
)

// From reports whether a change that a side made may flow to the other.
func (d Direction) From(side Owner) bool {
	return d == Both || d == Inbound && side == External || d == Outbound && side == Platform
}

// Path is how a field stands on the external side: in which columns, and through
// which codecs they become the platform's value, the external one first.
type Path struct {
	Columns []string
	Via     []Codec
}

// Field maps one field of the platform to columns of the external record.
type Field struct {
	// Name is the platform's name of the field.
	Name string
	// Read is how the field is read from the external record.
	Read Path
	// Write is how it is written. Without columns it is Read. They differ where
	// the external system computes what is read: severity is read from priority
	// and written to impact and urgency.
	Write Path
	// Owner is the side that is right about the field; see sync/conflict.
	Owner Owner
	// Priority is the owner's: the higher wins under ownership priority.
	Priority int
	// Direction restricts the flow. The default is both ways.
	Direction Direction
	// Journal marks a list of entries, such as work notes. It is never compared
	// or written as one value: see conflict.MergeJournal.
	Journal bool
}

func (f Field) write() Path {
	if len(f.Write.Columns) > 0 {
		return f.Write
	}
	return f.Read
}

// Fields is a set of field maps in their order. The zero value maps nothing. It
// does not change once it is made; safe for concurrent use.
type Fields struct {
	list   []Field
	ignore []string
}

// NewFields makes a set of field maps. It returns an error that names the field
// for a name that is empty or stands twice, a path without columns or with one
// twice, two fields that write one column, a journal column that another field
// reads, a negative priority, and an unknown owner or direction.
func NewFields(fields ...Field) (Fields, error) {
	set := Fields{list: slices.Clone(fields)}
	written := make(map[string]string)
	for i, f := range set.list {
		if err := f.check(); err != nil {
			return Fields{}, err
		}
		if set.index(f.Name) != i {
			return Fields{}, fmt.Errorf("mapping: field %q stands twice: give one of them another name", f.Name)
		}
		for _, c := range f.write().Columns {
			if other, there := written[c]; there {
				return Fields{}, fmt.Errorf("mapping: fields %q and %q both write column %q: one column has one field", other, f.Name, c)
			}
			written[c] = f.Name
		}
	}
	for _, f := range set.list {
		if !f.Journal {
			continue
		}
		for _, g := range set.list {
			if g.Name != f.Name && slices.Contains(g.Read.Columns, f.Read.Columns[0]) {
				return Fields{}, fmt.Errorf("mapping: field %q reads column %q, the journal of field %q: one journal has one field", g.Name, f.Read.Columns[0], f.Name)
			}
		}
	}
	return set, nil
}

func (f Field) check() error {
	switch {
	case f.Name == "":
		return fmt.Errorf("mapping: a field that reads %v has no name", f.Read.Columns)
	case f.Owner != NoOwner && f.Owner != Platform && f.Owner != External:
		return fmt.Errorf("mapping: field %q has the owner %q: use platform, external or none", f.Name, f.Owner)
	case f.Direction != Both && f.Direction != Inbound && f.Direction != Outbound && f.Direction != Neither:
		return fmt.Errorf("mapping: field %q has the direction %q: use inbound, outbound, none or leave it empty", f.Name, f.Direction)
	case f.Priority < 0:
		return fmt.Errorf("mapping: field %q has the priority %d: use 0 or more", f.Name, f.Priority)
	case f.Journal && (len(f.Read.Columns) != 1 || len(f.Write.Columns) > 0):
		return fmt.Errorf("mapping: journal %q needs exactly one column, which is read and written", f.Name)
	case f.Journal && len(f.Read.Via) > 0:
		return fmt.Errorf("mapping: journal %q has a codec: its entries are carried one by one, as they are", f.Name)
	case len(f.Read.Columns) == 0:
		return fmt.Errorf("mapping: field %q reads no column: name one", f.Name)
	}
	for _, p := range []Path{f.Read, f.Write} {
		for i, c := range p.Columns {
			if c == "" || slices.Index(p.Columns, c) != i {
				return fmt.Errorf("mapping: field %q has column %q empty or twice in one path", f.Name, c)
			}
		}
	}
	return nil
}

// Ignoring returns the set with columns that are not fields and need no report,
// such as sys_id, number and sys_updated_on.
func (f Fields) Ignoring(columns ...string) Fields {
	f.ignore = append(slices.Clone(f.ignore), columns...)
	return f
}

// All returns the fields in their order. The slice is the caller's own; the paths
// in it are not.
func (f Fields) All() []Field { return slices.Clone(f.list) }

// Field returns the field of the platform's name, and whether there is one.
func (f Fields) Field(name string) (Field, bool) {
	if i := f.index(name); i >= 0 {
		return f.list[i], true
	}
	return Field{}, false
}

func (f Fields) index(name string) int {
	return slices.IndexFunc(f.list, func(g Field) bool { return g.Name == name })
}

// Columns returns the external columns that are read or written, sorted: what to
// ask the external system for.
func (f Fields) Columns() []string {
	var all []string
	for _, g := range f.list {
		all = append(append(all, g.Read.Columns...), g.Write.Columns...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Owned returns the set with another owner and priority for a field (002-07,
// 002-10). A field that the set has not is an error.
func (f Fields) Owned(name string, owner Owner, priority int) (Fields, error) {
	i := f.index(name)
	if i < 0 {
		return f, fmt.Errorf("mapping: no field %q is mapped, so nobody can own it", name)
	}
	f.list = slices.Clone(f.list)
	f.list[i].Owner, f.list[i].Priority = owner, priority
	return f, f.list[i].check()
}

// Record holds the values of one record by name. A name that it lacks is absent.
type Record = map[string]reconcile.Value
