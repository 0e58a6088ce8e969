package servicenow

import (
	"encoding/json"
	"errors"
)

// Opt is a field of a patch that tells four things apart: not touched, cleared,
// set to the zero value, set to another value. Tag such fields with omitzero:
//
//	type patch struct {
//		AssignedTo servicenow.Opt[string] `json:"assigned_to,omitzero"`
//		Impact     servicenow.Opt[int]    `json:"impact,omitzero"`
//	}
//
// The zero Opt is not touched and not sent. [Null] is sent as "", which is how
// the platform clears a field; for texts that is the same as setting "". The
// zero of a number is sent as "0" and that of a boolean as "false".
type Opt[T any] struct {
	value T
	state optState
}

type optState uint8

const (
	optUnset optState = iota
	optNull
	optSet
)

// Set makes an Opt that writes value.
func Set[T any](value T) Opt[T] { return Opt[T]{value: value, state: optSet} }

// Null makes an Opt that clears the field.
func Null[T any]() Opt[T] { return Opt[T]{state: optNull} }

// IsZero reports whether the field is not touched; encoding/json asks it for
// omitzero.
func (o Opt[T]) IsZero() bool { return o.state == optUnset }

// IsNull reports whether the field is to be cleared.
func (o Opt[T]) IsNull() bool { return o.state == optNull }

// Get answers with the value; ok is false when the Opt is unset or null.
func (o Opt[T]) Get() (value T, ok bool) { return o.value, o.state == optSet }

// MarshalJSON encodes null as "" and a value in the platform's form. An unset
// Opt cannot be encoded: its field needs the omitzero tag.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	switch o.state {
	case optUnset:
		return nil, errors.New(`servicenow: an unset Opt must not be sent: tag its field with omitzero`)
	case optNull:
		return []byte(`""`), nil
	}
	text, err := textOf(o.value)
	switch {
	case err == nil:
		return json.Marshal(text)
	case errors.Is(err, errNoText):
		return json.Marshal(o.value)
	}
	return nil, err
}

// UnmarshalJSON reads "" and null as null, anything else as a value of T.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	if string(data) == `""` || string(data) == "null" {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	*o = Set(value)
	return nil
}
