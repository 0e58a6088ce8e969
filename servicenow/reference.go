package servicenow

import (
	"encoding/json"
	"reflect"
)

// Ref is a reference field. It decodes from every wire form and is written as
// the sys_id alone. The zero Ref is an empty reference.
type Ref struct {
	// ID is the sys_id of the referenced record. In [DisplayText] mode the
	// server sends it as part of the link only, and with links excluded it
	// does not send it at all: the field's text is then all there is, and it
	// stands here. Ask for [DisplayBoth] when both are needed.
	ID string
	// Display is the referenced record's display value, where asked for.
	Display string
	// Link is the URL of the referenced record, where asked for.
	Link string
}

// IsZero reports whether the reference is empty.
func (r Ref) IsZero() bool { return r == Ref{} }

// MarshalJSON encodes the reference as its sys_id.
func (r Ref) MarshalJSON() ([]byte, error) { return json.Marshal(r.ID) }

// UnmarshalJSON decodes every form in which the platform sends a field.
func (r *Ref) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Ref]())
	if err == nil {
		*r = Ref{ID: v.ID(), Display: v.Display, Link: v.Link}
	}
	return err
}

func (r Ref) text() (string, error) { return r.ID, nil } //nolint:unparam // a texter may fail
