package servicenow

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Value is one field of a record in any of the three display modes. It decodes
// from a string, from {"value","link"}, from {"display_value","value"}, from
// {"display_value","link"} and from null; numbers and booleans are taken as
// their text. It encodes as the value alone, the form in which the platform
// takes it back.
type Value struct {
	// Value is what the database holds: a sys_id for a reference, the choice's
	// value, times in UTC. Empty when the server told the display value only.
	// A plain string is always taken as the value, also in [DisplayText] mode,
	// where the wire does not tell the two apart.
	Value string
	// Display is what a person sees, in the language, format and time zone of
	// the authenticated user. Empty unless asked for.
	Display string
	// Link is the URL of the referenced record; empty by default, see
	// [Query.ReferenceLinks].
	Link string
}

// Text answers with the display value, or the value when there is none.
func (v Value) Text() string {
	if v.Display != "" {
		return v.Display
	}
	return v.Value
}

// ID answers with the sys_id of a reference: the value or, where the server
// told the display value and link only, the last element of the link.
func (v Value) ID() string {
	if v.Value != "" || v.Link == "" {
		return v.Value
	}
	return v.Link[strings.LastIndexByte(v.Link, '/')+1:]
}

// Bool reads the value as a boolean; anything but true and 1 is false.
func (v Value) Bool() bool { b, _ := parseBool(v.Value); return b }

// Int reads the value as a whole number. "" is 0.
func (v Value) Int() (int64, error) { return parseInt(v.Value) }

// DateTime reads the value as a date and time in UTC. "" is the zero DateTime.
func (v Value) DateTime() (DateTime, error) { return parseDateTime(v.Value) }

// Date reads the value as a calendar date. "" is the zero Date.
func (v Value) Date() (Date, error) { return parseDate(v.Value) }

// Duration reads the value as a duration. "" is 0.
func (v Value) Duration() (Duration, error) { return parseDuration(v.Value) }

// IsZero reports whether the field is empty in every form.
func (v Value) IsZero() bool { return v == Value{} }

// MarshalJSON encodes the value as a JSON string, without display and link.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.Value) }

// UnmarshalJSON decodes every form in which the platform sends a field.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := parseField(data, reflect.TypeFor[Value]())
	if err == nil {
		*v = parsed
	}
	return err
}

func (v Value) text() (string, error) { return v.Value, nil } //nolint:unparam // a texter may fail

// Record is a row of any table: field name to value, as the server sent it.
// Use it as the T of [TableOf] when the columns are not known beforehand.
type Record map[string]Value

// Get answers with the value of a field, "" when the record does not hold it.
func (r Record) Get(field string) string { return r[field].Value }

// SysID answers with the record's sys_id.
func (r Record) SysID() string { return r["sys_id"].Value }

// parseField reads one field in any of its wire forms. It accepts any input and
// never panics; target names the Go type in the error.
func parseField(data []byte, target reflect.Type) (Value, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return Value{}, &json.UnmarshalTypeError{Value: "nothing", Type: target}
	}
	if data[0] != '{' {
		text, err := parseScalar(data, target)
		return Value{Value: text}, err
	}
	var members struct {
		Value   *scalar `json:"value"`
		Display *scalar `json:"display_value"`
		Link    *scalar `json:"link"`
	}
	if err := json.Unmarshal(data, &members); err != nil {
		return Value{}, &json.UnmarshalTypeError{Value: "object with an unexpected shape", Type: target}
	}
	if members.Value == nil && members.Display == nil && members.Link == nil && len(data) > 2 && bytes.IndexByte(data, ':') > 0 && !hasKnownMember(data) {
		return Value{}, &json.UnmarshalTypeError{Value: "object without value and display_value", Type: target}
	}
	return Value{Value: members.Value.get(), Display: members.Display.get(), Link: members.Link.get()}, nil
}

// hasKnownMember tells {"value":null} from an object that is no field at all.
func hasKnownMember(data []byte) bool {
	return bytes.Contains(data, []byte(`"value"`)) || bytes.Contains(data, []byte(`"display_value"`)) || bytes.Contains(data, []byte(`"link"`))
}

type scalar string

func (s *scalar) get() string {
	if s == nil {
		return ""
	}
	return string(*s)
}

// UnmarshalJSON reads a text, number or boolean as its text.
func (s *scalar) UnmarshalJSON(data []byte) error {
	text, err := parseScalar(data, reflect.TypeFor[Value]())
	*s = scalar(text)
	return err
}

// parseScalar reads a JSON string, null, number or boolean as text.
func parseScalar(data []byte, target reflect.Type) (string, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return "", &json.UnmarshalTypeError{Value: "nothing", Type: target}
	}
	switch data[0] {
	case '"':
		if n := len(data); n >= 2 && data[n-1] == '"' && plain(data[1:n-1]) {
			return string(data[1 : n-1]), nil
		}
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return "", &json.UnmarshalTypeError{Value: "string", Type: target}
		}
		return text, nil
	case '[':
		return "", &json.UnmarshalTypeError{Value: "array", Type: target}
	case '{':
		return "", &json.UnmarshalTypeError{Value: "object", Type: target}
	}
	if !json.Valid(data) {
		return "", &json.UnmarshalTypeError{Value: "invalid JSON", Type: target}
	}
	if data[0] == 'n' {
		return "", nil
	}
	return string(data), nil
}

// plain reports whether the inside of a JSON string can be copied as it is.
func plain(inside []byte) bool {
	for _, ch := range inside {
		if ch < 0x20 || ch == '"' || ch == '\\' {
			return false
		}
	}
	return utf8.Valid(inside)
}
