package netboxtest

// kind is what a field holds. It decides how the field is read, written,
// checked and filtered.
type kind int

const (
	kindText     kind = iota
	kindSlug          // text of letters, digits, - and _
	kindZone          // the name of a time zone
	kindChoice        // {"value","label"} on read, the value on write
	kindRef           // a nested object on read; id or attributes on write
	kindInt           // whole number
	kindDecimal       // number with a bounded count of digits
	kindBool          //
	kindJSON          // anything
	kindTypes         // list of object types ("dcim.device")
	kindType          // one object type
	kindPairs         // list of [value, label]
	kindTags          // the row's tags
	kindCustom        // the row's custom field values
	kindStamp         // created, last_updated
	kindCount         // how many rows of another type point here
	kindComputed      // made by a function on read, ignored on write
	kindAlias         // the value of another field under an older name
	kindRefs          // a list of nested objects on read; of ids or attributes on write
	kindMAC           // the address of the primary MAC object; a write makes one (4.7)
	kindEnds          // a list of {object_type, object_id}: the ends of cables
)

// action is what happens to a row when the row that it points to is deleted.
type action int

const (
	protect action = iota // the delete is refused
	cascade               // the row goes too
	setNull               // the field becomes null
)

// field describes one field of a resource. Everything the server does with a
// field is read from here.
type field struct {
	span
	name string
	kind kind
	key  string // `,"name":`
	slot int    // where row.vals holds it; -1 when it is not stored

	required bool // a create must give it
	null     bool // null may be written
	noBlank  bool // "" is refused
	unique   bool // no two rows may share it
	clears   bool // a PUT without it sets the default
	letters  bool // a slug may have letters of every script
	iexact   bool // its plain filter ignores case
	readOnly bool
	hidden   bool // stored, and never read
	def      any  // the value of a create that does not give it

	max      int         // characters of a text
	choices  [][2]string // value, label
	blanks   bool        // null is kept as "" in the database
	numeric  bool        // the choice's value is a number on the wire
	lo, hi   float64     // bounds of a number (hi 0: none)
	digits   int         // of a decimal, in all
	places   int         // of a decimal, behind the point
	to       string      // model that a reference points to
	onDelete action
	nested   string // how the referenced row is shown: "" brief, "parent", "tag"
	label    string // name in error texts; "" is made from name

	countOf, countBy string // rows of countOf whose field countBy points here
	deep             bool   // rows that point to descendants count too
	lies             bool   // the count is 0 wherever the row is shown inside another
	compute          func(e *encoder, r *row)
	fixed            string // what a constant always reads
	alias            string
}

func text(name string, longest int) *field {
	return &field{name: name, kind: kindText, max: longest, def: ""}
}
func slugField() *field {
	return &field{name: "slug", kind: kindSlug, max: 100, required: true, noBlank: true}
}
func choiceField(name, def string, choices [][2]string) *field {
	f := &field{name: name, kind: kindChoice, choices: choices, def: def, noBlank: true}
	if def == "" {
		f.null, f.noBlank, f.def = true, false, nil
	}
	return f
}
func ref(name, to string, del action) *field {
	return &field{name: name, kind: kindRef, to: to, null: true, onDelete: del}
}
func integer(name string, lo, hi float64) *field {
	return &field{name: name, kind: kindInt, lo: lo, hi: hi, null: true}
}
func decimal(name string, digits, places int) *field {
	return &field{name: name, kind: kindDecimal, digits: digits, places: places, null: true}
}
func boolean(name string, def bool) *field {
	return &field{name: name, kind: kindBool, def: def}
}
func jsonField(name string) *field {
	return &field{name: name, kind: kindJSON, null: true}
}
func count(name, of, by string) *field {
	return &field{name: name, kind: kindCount, countOf: of, countBy: by, lies: true, readOnly: true}
}
func computed(name string, fn func(e *encoder, r *row)) *field {
	return &field{name: name, kind: kindComputed, compute: fn, readOnly: true}
}

// constant is a field of a part of NetBox that is not modelled: it always
// reads the same and swallows what is written.
func constant(name, json string) *field {
	f := computed(name, func(e *encoder, _ *row) { e.raw(json) })
	f.fixed = json
	return f
}

// constants makes several fields that always read the same.
func constants(json string, names ...string) []*field {
	out := make([]*field, len(names))
	for i, n := range names {
		out[i] = constant(n, json)
	}
	return out
}

func (f *field) within(x float64) *field { f.lo, f.hi = -x, x; return f }
func (f *field) need() *field            { f.required, f.null, f.noBlank = true, false, true; return f }
func (f *field) nullable() *field        { f.null, f.def = true, nil; return f }
func (f *field) once() *field            { f.unique = true; return f }
func (f *field) secret() *field          { f.hidden = true; return f }
func (f *field) locked() *field          { f.readOnly = true; return f }
func (f *field) from(v version) *field   { f.since = v; return f }
func (f *field) before(v version) *field { f.until = v; return f }
func (f *field) as(label string) *field  { f.label = label; return f }
func (f *field) shown(how string) *field { f.nested = how; return f }
func (f *field) puts() *field            { f.clears = true; return f }
func (f *field) folded() *field          { f.iexact = true; return f }
func (f *field) defaults(v any) *field   { f.def = v; return f }
func (f *field) blank() *field           { f.blanks = true; return f }
func (f *field) whole() *field           { f.deep = true; return f }
func (f *field) honest() *field          { f.lies = false; return f }
func (f *field) numbers() *field         { f.numeric = true; return f }
func spread(parts ...any) (out []*field) {
	for _, p := range parts {
		switch p := p.(type) {
		case *field:
			out = append(out, p)
		case []*field:
			out = append(out, p...)
		}
	}
	return out
}
