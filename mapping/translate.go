package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// NoteCode says in one word why a field was not translated, or how.
type NoteCode string

// What is noted in a translation.
const (
	NoteUnmappedField NoteCode = "unmapped-field" // no field map has it
	NoteUnmappedValue NoteCode = "unmapped-value" // a codec does not know the value
	NoteAbsent        NoteCode = "absent"         // the record says nothing about it
	NoteDirection     NoteCode = "direction"      // the field does not flow this way
	NoteJournal       NoteCode = "journal"        // entries travel one by one
	NoteDefault       NoteCode = "default"        // the value is a map's default
	NoteKept          NoteCode = "kept"           // the present value means the same
)

// Note is one remark about a field, or about a name that no field maps.
type Note struct {
	Field  string
	Code   NoteCode
	Reason string
}

// Stopped reports whether the note says that the field was left out.
func (n Note) Stopped() bool { return n.Code != "" && n.Code != NoteDefault && n.Code != NoteKept }

// Translation is a record in the other side's names and values.
type Translation struct {
	// Values has only what could be translated; the rest is in Notes.
	Values Record
	// Notes stand in the order of the fields; names without a field follow,
	// sorted.
	Notes []Note
}

// In translates an external record into the platform's fields. A field of which a
// column is absent is left out; one whose columns are all null, or empty without a
// codec to read them, is null or empty. Nothing is guessed: what a codec does not
// know is left out and noted.
func (f Fields) In(external Record) Translation {
	t := Translation{Values: make(Record)}
	known := make(map[string]bool)
	for _, c := range f.Columns() {
		known[c] = true
	}
	for _, g := range f.list {
		v, note := g.in(external)
		if !note.Stopped() {
			t.Values[g.Name] = v
		}
		t.note(note)
	}
	t.leftOver(external, func(name string) bool { return known[name] || slices.Contains(f.ignore, name) })
	return t
}

// Out translates the platform's fields into columns of an external record. current
// is what the external record holds now; columns that mean the value already are
// kept as they are. Leave it nil for a record that is to be created.
func (f Fields) Out(platform, current Record) Translation {
	t := Translation{Values: make(Record)}
	for _, g := range f.list {
		values, note := g.out(platform, current)
		for i, c := range g.write().Columns {
			if values != nil {
				t.Values[c] = values[i]
			}
		}
		t.note(note)
	}
	t.leftOver(platform, func(name string) bool { return f.index(name) >= 0 })
	return t
}

func (t *Translation) note(n Note) {
	if n.Code != "" {
		t.Notes = append(t.Notes, n)
	}
}

func (t *Translation) leftOver(r Record, known func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if !known(name) && !r[name].IsAbsent() {
			t.note(Note{name, NoteUnmappedField, "no field map has " + show(name)})
		}
	}
}

func (f Field) in(external Record) (reconcile.Value, Note) {
	switch {
	case f.Journal:
		return reconcile.Absent(), Note{f.Name, NoteJournal, "the entries of a journal travel one by one"}
	case !f.Direction.From(External):
		return reconcile.Absent(), f.wrongWay(External)
	}
	texts, null, missing := f.Read.texts(external)
	if missing != "" {
		return reconcile.Absent(), Note{f.Name, NoteAbsent, "column " + show(missing) + " is not in the record"}
	}
	if null {
		return reconcile.Null(), Note{}
	}
	a := f.Read.forward(texts, len(f.Read.Via))
	if !a.OK() {
		return reconcile.Absent(), Note{f.Name, NoteUnmappedValue, a.Reason}
	}
	return reconcile.Text(strings.Join(a.Value, tupleSeparator)), f.how(a.Method, a.Reason)
}

func (f Field) out(platform, current Record) ([]reconcile.Value, Note) {
	path := f.write()
	v := platform[f.Name]
	switch {
	case f.Journal:
		return nil, Note{f.Name, NoteJournal, "the entries of a journal travel one by one"}
	case !f.Direction.From(Platform):
		return nil, f.wrongWay(Platform)
	case v.IsNull():
		return slices.Repeat([]reconcile.Value{reconcile.Null()}, len(path.Columns)), Note{}
	case !v.IsText():
		return nil, Note{f.Name, NoteAbsent, "field " + show(f.Name) + " is not in the record"}
	}
	a := path.backward(v.Text(), current)
	if !a.OK() {
		return nil, Note{f.Name, NoteUnmappedValue, a.Reason}
	}
	if len(a.Value) != len(path.Columns) {
		return nil, Note{f.Name, NoteUnmappedValue, fmt.Sprintf("the codecs give %d texts for %d columns", len(a.Value), len(path.Columns))}
	}
	values := make([]reconcile.Value, len(a.Value))
	for i, s := range a.Value {
		values[i] = reconcile.Text(s)
		if a.Method == Kept && current[path.Columns[i]].IsNull() {
			values[i] = reconcile.Null()
		}
	}
	return values, f.how(a.Method, a.Reason)
}

func (f Field) wrongWay(from Owner) Note {
	words := "not from the " + string(from) + " side"
	if f.Direction == Neither {
		words = "in no direction"
	}
	return Note{f.Name, NoteDirection, "field " + show(f.Name) + " flows " + words}
}

func (f Field) how(m Method, reason string) Note {
	switch m {
	case ByDefault:
		return Note{f.Name, NoteDefault, reason}
	case Kept:
		return Note{f.Name, NoteKept, reason}
	default:
		return Note{}
	}
}

// texts reads the columns of a record: their texts with "" for null, whether all
// are null, and the first that is absent.
func (p Path) texts(r Record) (texts []string, null bool, missing string) {
	null = true
	texts = make([]string, len(p.Columns))
	for i, c := range p.Columns {
		v := r[c]
		if !v.IsText() && !v.IsNull() {
			return nil, false, c
		}
		texts[i] = v.Text()
		null = null && v.IsNull()
	}
	return texts, null, ""
}

// forward sends texts through the first n codecs. The answer's method is the
// weakest on the way: a default anywhere makes it a default.
func (p Path) forward(texts []string, n int) Answer[[]string] {
	a := Answer[[]string]{texts, ByRule, ""}
	for _, c := range p.Via[:n] {
		next := c.in(a.Value)
		if !next.OK() {
			return next
		}
		if a.Method == ByDefault {
			next.Method, next.Reason = ByDefault, a.Reason
		}
		a = next
	}
	return a
}

// backward sends a value through the codecs in reverse. Each is told what the
// present record says at its place, so that it can keep it.
func (p Path) backward(value string, current Record) Answer[[]string] {
	present, _, missing := p.texts(current)
	known := current != nil && missing == ""
	a := Answer[[]string]{[]string{value}, ByRule, ""}
	for i, c := range slices.Backward(p.Via) {
		var now []string
		if known {
			if f := p.forward(present, i); f.OK() && f.Method != ByDefault {
				now = f.Value
			}
		}
		next := c.out(a.Value, now)
		if !next.OK() {
			return next
		}
		if a.Method == ByDefault {
			next.Method, next.Reason = ByDefault, a.Reason
		}
		a = next
	}
	return a
}
