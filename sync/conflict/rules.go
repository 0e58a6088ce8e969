package conflict

import (
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Ownership says what it means that a side owns a field. The zero value is
// Enforced.
type Ownership int

const (
	// Enforced lets only the owner's edits flow. What the other side edits alone,
	// or outside the window of an edit by the owner, is drift and is healed from
	// the owner. Edits of both sides within the window are a conflict as always,
	// and the strategy decides; OwnershipPriority lets the owner win there too.
	Enforced Ownership = iota
	// Advisory lets both sides' edits flow; the owner counts in conflicts only.
	Advisory
)

// Field is how one field is merged. The zero value, but for its name, flows both
// ways and belongs to nobody.
type Field struct {
	// Name is the field's name in all three records.
	Name string
	// Form brings values into the form in which they are compared, such as
	// reconcile.EmptyIsNull; nil compares them as they are.
	Form reconcile.Form
	// Owner is the side that is right about the field.
	Owner mapping.Owner
	// PlatformPriority and ExternalPriority are the sides' ownership priorities.
	// The higher wins under OwnershipPriority.
	PlatformPriority, ExternalPriority int
	// Direction restricts the flow. Where it has one way only, the side from
	// which the field flows is always right.
	Direction mapping.Direction
	// Strategy settles conflicts of this field; nil means that of the Rules.
	Strategy Strategy
	// Journal marks a list of entries. Merge leaves it alone: see MergeJournal.
	Journal bool
}

func (f Field) same(a, b reconcile.Value) bool {
	return reconcile.Field{Form: f.Form}.Same(a, b)
}

// Rules is all that a merge depends on beside the records. The zero value merges
// every field that a record has, without owners, by LastWriteWins within 5 s.
type Rules struct {
	// Ours is the role of the side that Merge is given as ours. NoOwner means
	// Platform.
	Ours mapping.Owner
	// Fields are the fields to merge, in the order of the decisions. Empty means
	// every name that one of the records has, sorted, each as a zero Field.
	Fields []Field
	// Ownership says what owners mean. The default is Enforced.
	Ownership Ownership
	// Strategy settles conflicts; nil means LastWriteWins.
	Strategy Strategy
	// Window says which edits are simultaneous. The default is 5 s, on clocks
	// that are exact.
	Window Window
	// Reviews are the reviews so far, by field. A pending one freezes its field.
	Reviews map[string]Review
}

// ours returns the role of our side.
func (r Rules) ours() mapping.Owner {
	if r.Ours == mapping.External {
		return mapping.External
	}
	return mapping.Platform
}

// Validate returns an error that names the field for a name that is empty or stands
// twice, an unknown owner or direction, or a negative priority. Merge answers for
// such rules too: of two fields with one name it takes the first, and it takes what
// it does not know for none.
func (r Rules) Validate() error {
	if !known(r.Ours) {
		return fmt.Errorf("conflict: our side has the role %q: use platform or external", r.Ours)
	}
	for i, f := range r.Fields {
		switch {
		case f.Name == "":
			return fmt.Errorf("conflict: field %d has no name", i)
		case slices.IndexFunc(r.Fields, func(g Field) bool { return g.Name == f.Name }) != i:
			return fmt.Errorf("conflict: field %q stands twice: remove one", f.Name)
		case !known(f.Owner):
			return fmt.Errorf("conflict: field %q has the owner %q: use platform, external or none", f.Name, f.Owner)
		case f.PlatformPriority < 0 || f.ExternalPriority < 0:
			return fmt.Errorf("conflict: field %q has a negative priority: use 0 or more", f.Name)
		case f.Direction != mapping.Both && f.Direction != mapping.Neither && source(f.Direction) == mapping.NoOwner:
			return fmt.Errorf("conflict: field %q has the direction %q: use inbound, outbound, none or leave it empty", f.Name, f.Direction)
		}
	}
	return nil
}

func known(o mapping.Owner) bool {
	return o == mapping.NoOwner || o == mapping.Platform || o == mapping.External
}

// source is the side from which a field flows that has one way only.
func source(d mapping.Direction) mapping.Owner {
	switch d {
	case mapping.Inbound:
		return mapping.External
	case mapping.Outbound:
		return mapping.Platform
	default:
		return mapping.NoOwner
	}
}

// FieldsOf makes merge rules of field maps: their names, owners with priority,
// directions and journals.
func FieldsOf(set mapping.Fields) []Field {
	maps := set.All()
	fields := make([]Field, len(maps))
	for i, m := range maps {
		fields[i] = Field{Name: m.Name, Owner: m.Owner, Direction: m.Direction, Journal: m.Journal}
		switch m.Owner {
		case mapping.Platform:
			fields[i].PlatformPriority = m.Priority
		case mapping.External:
			fields[i].ExternalPriority = m.Priority
		}
	}
	return fields
}

// Claim is one ownership rule: a side's priority for a field.
type Claim struct {
	Field    string
	Owner    mapping.Owner
	Priority int
}

// Claimed returns the fields with the claims applied. A field has at most one claim
// of each side; a side without one has priority 0. The owner is the side with the
// higher priority; where they are equal, the only side with a claim; where both
// have one, nobody. A field without a claim keeps its owner and priorities.
//
// A claim of an unknown field or side, a negative priority, or a second claim of one
// side is an error that names it.
func Claimed(fields []Field, claims ...Claim) ([]Field, error) {
	fields = slices.Clone(fields)
	type sides struct{ platform, external *int }
	all := make(map[string]sides)
	for _, c := range claims {
		s := all[c.Field]
		mine := &s.platform
		if c.Owner == mapping.External {
			mine = &s.external
		}
		switch {
		case !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == c.Field }):
			return nil, fmt.Errorf("conflict: %q is claimed but no such field is merged", c.Field)
		case c.Owner != mapping.Platform && c.Owner != mapping.External:
			return nil, fmt.Errorf("conflict: %q is claimed by %q: use platform or external", c.Field, c.Owner)
		case c.Priority < 0:
			return nil, fmt.Errorf("conflict: %q is claimed with priority %d: use 0 or more", c.Field, c.Priority)
		case *mine != nil:
			return nil, fmt.Errorf("conflict: %q is claimed twice by %s: remove one", c.Field, c.Owner)
		}
		*mine = &c.Priority
		all[c.Field] = s
	}
	for i := range fields {
		s, there := all[fields[i].Name]
		if !there {
			continue
		}
		f := &fields[i]
		f.PlatformPriority, f.ExternalPriority = 0, 0
		if s.platform != nil {
			f.PlatformPriority = *s.platform
		}
		if s.external != nil {
			f.ExternalPriority = *s.external
		}
		switch {
		case f.PlatformPriority > f.ExternalPriority || f.PlatformPriority == f.ExternalPriority && s.external == nil:
			f.Owner = mapping.Platform
		case f.ExternalPriority > f.PlatformPriority || s.platform == nil:
			f.Owner = mapping.External
		default:
			f.Owner = mapping.NoOwner
		}
	}
	return fields, nil
}
