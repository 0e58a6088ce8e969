package netbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FieldChange is one field in which an object differs from what is wanted.
type FieldChange struct {
	// Field is the name on the wire, "custom_fields.owner" for a custom field.
	Field string
	// From is the present value as it would be written: a relation's id,
	// a choice's bare value, the slugs of tags; null where there is none.
	From json.RawMessage
	// To is the value wanted, as given.
	To json.RawMessage
}

// Changes are the differences between an object and what is wanted, in the
// order of the fields' names; none at all means that nothing is to be written.
// They may hold what is secret (a webhook's secret): print field names only.
type Changes []FieldChange

// Fields returns the names of the fields that differ.
func (c Changes) Fields() []string {
	names := make([]string, len(c))
	for i, change := range c {
		names[i] = change.Field
	}
	return names
}

// Patch returns the changes as the body that Update takes.
func (c Changes) Patch() map[string]any {
	patch := make(map[string]any, len(c))
	var custom map[string]any
	for _, change := range c {
		name, isCustom := strings.CutPrefix(change.Field, customPrefix)
		if !isCustom {
			patch[change.Field] = change.To
			continue
		}
		if custom == nil {
			custom = map[string]any{}
			patch["custom_fields"] = custom
		}
		custom[name] = change.To
	}
	return patch
}

const customPrefix = "custom_fields."

// Diff compares an object as read (a Device, a map, raw JSON) with the fields
// to have, given as a write struct or a map, and returns those that differ.
// Fields that want does not name are left alone. Values are compared as NetBox
// stores them:
//
//   - relations by id, or by the attributes of a {"slug": ...} reference;
//   - choices by their value, tags and other lists of relations as sets;
//   - custom fields by the keys given, selections in the shape of every release;
//   - numbers by their value (1, "1" and 1.00), "" as null, text without white
//     space at its ends, times as instants;
//   - addresses with their prefix length ("10.0.0.1" is "10.0.0.1/32").
//
// A field that have does not hold counts as null, so have must have been read
// with the fields that want names. changelog_message is no difference.
func Diff(have, want any) (Changes, error) {
	stored, err := decodeObject(have)
	if err != nil {
		return nil, fmt.Errorf("netbox: Diff: the object as read: %w", err)
	}
	wanted, raw, err := decodeBody(want)
	if err != nil {
		return nil, fmt.Errorf("netbox: Diff: the fields to have: %w", err)
	}
	return diff(stored, wanted, raw), nil
}

func diff(stored, wanted map[string]any, raw map[string]json.RawMessage) Changes {
	var changes Changes
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		want, have := wanted[name], stored[name]
		switch name {
		case "changelog_message":
		case "custom_fields":
			changes = append(changes, diffCustom(have, want)...)
		case "add_tags", "remove_tags":
			if refs := tagsToMove(stored["tags"], want, name == "add_tags"); len(refs) > 0 {
				changes = append(changes, FieldChange{Field: name, From: plainJSON("tags", stored["tags"]), To: mustJSON(refs)})
			}
		default:
			if !sameField(name, have, want) {
				changes = append(changes, FieldChange{Field: name, From: plainJSON(name, have), To: raw[name]})
			}
		}
	}
	return changes
}

// diffCustom compares the given custom fields.
func diffCustom(have, want any) Changes {
	stored, _ := have.(map[string]any)
	wanted, _ := want.(map[string]any)
	var changes Changes
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if !sameCustom(stored[name], wanted[name]) {
			changes = append(changes, FieldChange{Field: customPrefix + name, From: plainJSON("", stored[name]), To: mustJSON(wanted[name])})
		}
	}
	return changes
}

// tagsToMove returns those of the tags to add that an object lacks, or those to
// remove that it has.
func tagsToMove(have, refs any, add bool) []any {
	list, _ := refs.([]any)
	tags, _ := have.([]any)
	var move []any
	for _, ref := range list {
		has := slices.ContainsFunc(tags, func(tag any) bool { return refersTo(tag, ref) })
		if has != add {
			move = append(move, ref)
		}
	}
	return move
}

// plainJSON writes a value as read in the form in which it would be written.
func plainJSON(name string, v any) json.RawMessage { return mustJSON(plainValue(name, v)) }

func plainValue(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if value, ok := choiceValue(v); ok {
			return value
		}
		if slug, ok := v["slug"]; ok && name == "tags" {
			return slug
		}
		if id, ok := v["id"]; ok {
			return id
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainValue(name, v[i])
		}
		return list
	}
	return v
}

// mustJSON marshals what was decoded from JSON before, which cannot fail.
func mustJSON(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return data
}

// decodeObject turns anything that marshals to a JSON object into a map whose
// numbers are json.Number.
func decodeObject(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decodeFields(data)
}

func decodeFields(data []byte) (map[string]any, error) {
	var fields map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, errSyntax
	}
	return fields, nil
}

// decodeBody is decodeObject that also keeps the bytes of each member.
func decodeBody(v any) (map[string]any, map[string]json.RawMessage, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, nil, err
	}
	raw, err := topLevel(data)
	if err != nil {
		return nil, nil, fmt.Errorf("a %T does not marshal to a JSON object", v)
	}
	fields, err := decodeFields(data)
	return fields, raw, err
}
