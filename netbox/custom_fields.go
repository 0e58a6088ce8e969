package netbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// CustomFields holds an object's custom fields by name, each value as the
// bytes that NetBox sent. It is nil when the object has none or they were not
// asked for. The helpers read every shape that releases 3.7 to 4.7 use:
// selections are bare strings up to 4.6 and {"value","label"} objects from
// 4.7, object fields are nested objects.
//
// On writes NetBox merges the given keys into the stored ones; send only those
// to be changed, selections as their bare value, nil to clear one.
type CustomFields map[string]json.RawMessage

// Has reports whether the field exists on the object, with a value or null.
func (c CustomFields) Has(name string) bool { _, ok := c[name]; return ok }

// IsNull reports whether the field is absent or null.
func (c CustomFields) IsNull(name string) bool {
	raw := c[name]
	return len(raw) == 0 || isNull(raw)
}

// Text returns the field's value as text: strings unquoted, numbers and
// booleans as written, a selection's value in either shape, the id of an
// object, several values joined by commas, and "" for null or an absent field.
func (c CustomFields) Text(name string) string {
	raw := c[name]
	if len(raw) > 0 && raw[0] == '[' {
		return strings.Join(c.Texts(name), ",")
	}
	return fieldText(raw)
}

// Texts returns the values of a multi-value field, each as Text does. A single
// value gives one element, null or an absent field none.
func (c CustomFields) Texts(name string) []string {
	raw := c[name]
	if len(raw) == 0 || isNull(raw) {
		return nil
	}
	if raw[0] != '[' {
		return []string{fieldText(raw)}
	}
	var texts []string
	s := scanner{data: raw}
	for first := true; ; first = false {
		value, done, err := s.element(first)
		if done || err != nil {
			return texts
		}
		texts = append(texts, fieldText(value))
	}
}

// Label returns the display text of a selection where the server sends one
// (from 4.7), the display name of an object field, and Text otherwise.
func (c CustomFields) Label(name string) string {
	for _, key := range [...]string{"label", "display"} {
		if raw, ok := memberOf(c[name], key); ok {
			return text(raw)
		}
	}
	return c.Text(name)
}

// ID returns the id of an object field, 0 for null, an absent field, or one
// that holds no object.
func (c CustomFields) ID(name string) int64 {
	if raw, ok := memberOf(c[name], "id"); ok {
		return number(raw)
	}
	return 0
}

// Decode stores the field's value in v as json.Unmarshal does. An absent field
// leaves v as it is.
func (c CustomFields) Decode(name string, v any) error {
	raw, ok := c[name]
	if !ok {
		return nil
	}
	return json.Unmarshal(raw, v)
}

// Names returns the names of all fields in alphabetical order.
func (c CustomFields) Names() []string { return slices.Sorted(maps.Keys(c)) }

// UnmarshalJSON keeps one copy of the whole object and lets all values be
// parts of it; all names share one allocation, too.
func (c *CustomFields) UnmarshalJSON(data []byte) error {
	*c = nil
	s := scanner{data: bytes.Clone(data)} // the caller owns data
	if s.peek() != '{' {
		raw, ok := s.value()
		if !ok || !isNull(raw) {
			return errSyntax
		}
		return nil
	}
	var keyBuf [256]byte
	var nameBuf [16]span
	var valueBuf [16]json.RawMessage
	keys, names, values := packer{buf: keyBuf[:0]}, nameBuf[:0], valueBuf[:0]
	for first := true; ; first = false {
		key, value, done, err := s.member(first)
		if err != nil {
			return err
		}
		if done {
			break
		}
		var name span
		keys, name = keys.addKey(key)
		names = append(names, name)
		values = append(values, slices.Clip(value))
	}
	if len(names) == 0 {
		return nil
	}
	all := string(keys.buf)
	fields := make(CustomFields, len(names))
	for i, name := range names {
		fields[name.of(all)] = values[i]
	}
	*c = fields
	return nil
}

// fieldText is Text for one value.
func fieldText(raw []byte) string {
	if len(raw) == 0 || isNull(raw) {
		return ""
	}
	switch raw[0] {
	case '{':
		for _, key := range [...]string{"value", "id"} {
			if inner, ok := memberOf(raw, key); ok {
				return text(inner)
			}
		}
		return string(raw)
	case '[':
		return string(raw)
	}
	return text(raw)
}

// memberOf returns a member of a JSON object.
func memberOf(raw []byte, name string) ([]byte, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, false
	}
	s := scanner{data: raw}
	for first := true; ; first = false {
		key, value, done, err := s.member(first)
		if done || err != nil {
			return nil, false
		}
		if string(key) == name {
			return value, true
		}
	}
}
