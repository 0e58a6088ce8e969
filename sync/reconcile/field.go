package reconcile

// Field describes how one field is compared.
type Field struct {
	// Name is the field's name on the target.
	Name string
	// Form brings values into the form in which they are compared; nil compares
	// them as they are.
	Form Form
	// Masked hides the values in texts, logs and plan files; see [Change].
	Masked bool
}

// Same reports whether two values mean the same in this field.
func (f Field) Same(a, b Value) bool {
	if a == b {
		return true
	}
	return f.Form != nil && f.Form(a) == f.Form(b)
}

// Compare returns the changes that make a target record say what the source says:
// one for each field whose values differ, in the order of fields. Values come
// from the two functions: from is the target's present value, to the source's.
//
// A field about which the source says nothing (to is absent) is never a change.
// The changes hold the values as given, not their compared form.
func Compare(fields []Field, from, to func(field string) Value) []Change {
	var changes []Change
	for _, f := range fields {
		want := to(f.Name)
		if want.IsAbsent() {
			continue
		}
		have := from(f.Name)
		if f.Same(have, want) {
			continue
		}
		changes = append(changes, Change{Field: f.Name, From: have, To: want, Masked: f.Masked})
	}
	return changes
}

// Fields adds the fields to a digest in their compared form, so that two records
// between which [Compare] finds no change have the same digest, as long as the
// source says something about every field.
func (d Digest) Fields(fields []Field, value func(field string) Value) Digest {
	for _, f := range fields {
		v := value(f.Name)
		if f.Form != nil {
			v = f.Form(v)
		}
		d = d.Field(f.Name, v)
	}
	return d
}
