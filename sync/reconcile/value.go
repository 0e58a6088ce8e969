package reconcile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

type state uint8

const (
	absent state = iota
	null
	text
	withheld
)

// Value is a field's value in one of three states that are never taken for one
// another: absent (the record says nothing about the field; the zero Value), null
// (the field is there without a value) and text, which may be empty. Numbers,
// booleans and ids are text: the sink knows what the field's type is.
//
// A fourth state exists only in plans that were read from a file: withheld, where
// a masked value was replaced by a digest (see [Change]).
//
// Values are comparable with ==.
type Value struct {
	text  string
	state state
}

// Text returns the value that holds s; Text("") is the empty text, not null.
func Text(s string) Value { return Value{text: s, state: text} }

// Null returns the null value.
func Null() Value { return Value{state: null} }

// Absent returns the zero Value.
func Absent() Value { return Value{} }

// IsAbsent reports whether the record says nothing about the field.
func (v Value) IsAbsent() bool { return v.state == absent }

// IsNull reports whether the field is there without a value.
func (v Value) IsNull() bool { return v.state == null }

// IsText reports whether the value is a text, the empty one included.
func (v Value) IsText() bool { return v.state == text }

// IsWithheld reports whether the value was masked and left out of the plan file
// that it was read from.
func (v Value) IsWithheld() bool { return v.state == withheld }

// Text returns the text, or "" in every other state.
func (v Value) Text() string {
	if v.state != text {
		return ""
	}
	return v.text
}

// String returns the value for people: a text in quotes, or (absent), (null) or
// (withheld).
func (v Value) String() string {
	switch v.state {
	case text:
		return strconv.Quote(v.text)
	case null:
		return "(null)"
	case withheld:
		return "(withheld)"
	default:
		return "(absent)"
	}
}

// withheldJSON is how a withheld value stands in a plan file.
type withheldJSON struct {
	Digest string `json:"digest"`
}

// MarshalJSON writes a text as a string, null as null, and a withheld value as an
// object with its digest. An absent value has no form of its own in JSON and is
// written as null; a struct field with `json:",omitzero"` leaves it out.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.state {
	case text:
		return quoted(v.text)
	case withheld:
		return json.Marshal(withheldJSON{v.text})
	default:
		return []byte("null"), nil
	}
}

// quoted leaves &, < and > as they are; whoever embeds JSON in HTML escapes it there.
func quoted(s string) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(s)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads what MarshalJSON writes. A number or a boolean is an error:
// plans hold text.
func (v *Value) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	switch {
	case bytes.Equal(data, []byte("null")):
		*v = Null()
		return nil
	case len(data) > 0 && data[0] == '"':
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("reconcile: value: %w", err)
		}
		*v = Text(s)
		return nil
	case len(data) > 0 && data[0] == '{':
		var w withheldJSON
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&w); err != nil {
			return fmt.Errorf("reconcile: value: %w", err)
		}
		if w.Digest == "" {
			return errors.New("reconcile: value: a withheld value needs its digest")
		}
		*v = Value{text: w.Digest, state: withheld}
		return nil
	default:
		return errors.New("reconcile: value: want a string, null or a withheld value")
	}
}
