package servicenow

import (
	"encoding/json"
	"reflect"
	"strings"
)

// journals are the columns of a patch whose writing appends something.
func (b body) journals(patch any) map[string]bool {
	names := map[string]bool{}
	var columns map[string]json.RawMessage
	if !b.journal || json.Unmarshal(b.data, &columns) != nil {
		return names
	}
	typed := map[string]bool{}
	journalTags(reflect.ValueOf(patch), typed)
	for name, raw := range columns {
		if (journalFields[name] || typed[name]) && string(raw) != `""` && string(raw) != "null" {
			names[name] = true
		}
	}
	return names
}

// journalTags collects the tags of a struct's fields of type Journal.
func journalTags(v reflect.Value, names map[string]bool) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case f.Type == reflect.TypeFor[Journal](), f.Type == reflect.TypeFor[Opt[Journal]]():
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names[name] = true
		case f.Anonymous:
			journalTags(v.Field(i), names)
		}
	}
}
