package netbox

import (
	"encoding/json"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Values as NetBox sends them are compared with values as they are written.
// Both are decoded JSON whose numbers are json.Number.

// sameField compares one field of an object.
func sameField(name string, have, want any) bool {
	switch name {
	case "tags":
		return sameSet(have, want)
	case "address", "prefix", "start_address", "end_address":
		if a, ok := netText(have); ok {
			if b, ok := netText(want); ok {
				if name == "prefix" {
					return a.Masked() == b.Masked()
				}
				return a == b
			}
		}
	case "mac_address":
		a, err1 := net.ParseMAC(plainText(have))
		b, err2 := net.ParseMAC(plainText(want))
		if err1 == nil && err2 == nil {
			return a.String() == b.String()
		}
	case "object_types", "content_types", "event_types":
		return sameSet(have, want)
	case "local_context_data", "data", "conditions", "extra_choices", "choice_colors", "constraints", "parameters":
		return sameJSONValue(have, want)
	}
	return sameAny(have, want)
}

// sameCustom compares one custom field.
func sameCustom(have, want any) bool {
	if isChoice(have) && isChoice(want) {
		return reflect.DeepEqual(have, want)
	}
	return sameAny(have, want)
}

func isChoice(v any) bool {
	m, _ := v.(map[string]any)
	_, ok := choiceValue(m)
	return ok
}

func sameAny(have, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		if h, ok := have.(map[string]any); ok {
			return refersTo(h, w) || sameJSONValue(h, w)
		}
		return false
	case []any:
		return sameList(have, w)
	}
	if h, ok := have.(map[string]any); ok {
		value, found := choiceValue(h)
		if !found {
			if value, found = h["id"]; !found {
				return false
			}
		}
		return sameScalar(value, want)
	}
	if list, ok := have.([]any); ok {
		return want == nil && len(list) == 0
	}
	return sameScalar(have, want)
}

// choiceValue returns the value of a choice as read.
func choiceValue(m map[string]any) (any, bool) {
	value, ok := m["value"]
	if !ok {
		return nil, false
	}
	_, labelled := m["label"]
	return value, labelled
}

// refersTo reports whether a reference, an id or a dictionary of attributes,
// names the related object.
func refersTo(have, ref any) bool {
	object, isObject := have.(map[string]any)
	attributes, isDict := ref.(map[string]any)
	if !isDict {
		if isObject {
			have = plainValue("", object)
		}
		return sameScalar(have, ref)
	}
	if !isObject || len(attributes) == 0 {
		return false
	}
	for name, want := range attributes {
		got, ok := object[name]
		if !ok || !sameAny(got, want) {
			return false
		}
	}
	return true
}

// sameList compares lists of objects and of choices as sets, and those of bare
// values, whose meaning is not known, in their order.
func sameList(have any, want []any) bool {
	list, ok := have.([]any)
	if have == nil || ok && len(list) == 0 {
		return len(want) == 0
	}
	if slices.ContainsFunc(list, func(v any) bool { _, object := v.(map[string]any); return object }) {
		return sameSet(have, want)
	}
	return ok && slices.EqualFunc(list, want, inList)
}

// sameSet compares lists whose order means nothing.
func sameSet(have, want any) bool {
	h, ok1 := have.([]any)
	w, ok2 := want.([]any)
	if !ok1 && have != nil || !ok2 && want != nil {
		return false
	}
	return all(w, h, func(want, have any) bool { return inList(have, want) }) &&
		all(h, w, inList)
}

// inList compares elements: references, choices, or any JSON value.
func inList(have, want any) bool {
	if refersTo(have, want) {
		return true
	}
	switch want.(type) {
	case map[string]any, []any:
		return sameJSONValue(have, want)
	}
	return false
}

// all reports whether each element of a has its like in b.
func all(a, b []any, like func(x, y any) bool) bool {
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y any) bool { return like(x, y) }) {
			return false
		}
	}
	return true
}

// sameScalar compares texts, numbers, booleans and null. Two texts are never
// compared as numbers: "007" and "7" are different serial numbers.
func sameScalar(have, want any) bool {
	_, number1 := have.(json.Number)
	_, number2 := want.(json.Number)
	a, b := plainText(have), plainText(want)
	if a == b {
		_, bool1 := have.(bool)
		_, bool2 := want.(bool)
		return bool1 == bool2
	}
	if number1 || number2 {
		return sameNumber(a, b)
	}
	if t, err := time.Parse(time.RFC3339, a); err == nil {
		if u, err := time.Parse(time.RFC3339, b); err == nil {
			return t.Equal(u)
		}
	}
	return false
}

// sameNumber compares decimals exactly.
func sameNumber(a, b string) bool {
	const longest = 40 // keeps 1e999999999 from being written out
	if len(a) > longest || len(b) > longest || strings.ContainsAny(a+b, "eE/_xX") {
		return false
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) == 0
}

// plainText is the text of a scalar as NetBox stores it; "" for null.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// netText reads an address with or without its prefix length.
func netText(v any) (netip.Prefix, bool) {
	text := plainText(v)
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// sameJSONValue compares JSON values, numbers by value, lists in order.
func sameJSONValue(have, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok || len(h) != len(w) {
			return false
		}
		for name := range w {
			got, ok := h[name]
			if !ok || !sameJSONValue(got, w[name]) {
				return false
			}
		}
		return true
	case []any:
		h, ok := have.([]any)
		return ok && slices.EqualFunc(h, w, sameJSONValue)
	case json.Number:
		h, ok := have.(json.Number)
		return ok && (h == w || sameNumber(h.String(), w.String()))
	}
	return reflect.DeepEqual(have, want)
}
