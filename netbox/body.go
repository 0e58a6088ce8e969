package netbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unicode/utf8"
)

// maxChangelogMessage is the longest changelog_message, in characters; NetBox
// answers 500 to a longer one.
const maxChangelogMessage = 200

// writeOnly are fields of a write that objects as read do not have.
var writeOnly = []string{"add_tags", "remove_tags", "changelog_message"}

// readOnly are fields that NetBox sets itself and ignores in a write.
var readOnly = []string{"id", "url", "display_url", "display", "created", "last_updated", "primary_ip", "config_context", "_depth"}

// body checks and marshals the body of a write.
func (r *Resource[T]) body(ctx context.Context, op string, body any) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("netbox: %s: body: %w", op, err) }
	if body == nil {
		return fail(errors.New("is nil; give the fields to write"))
	}
	if t := reflect.TypeOf(body); t.Kind() != reflect.Map && (t == r.s.row || t.Kind() == reflect.Pointer && t.Elem() == r.s.row) {
		return fail(fmt.Errorf("is a %s as read, which NetBox refuses; give a %[1]sWrite or a map with the fields to write", r.s.row.Name()))
	}
	data, err := json.Marshal(body)
	if err != nil {
		return fail(err)
	}
	fields, err := topLevel(data)
	if err != nil {
		return fail(fmt.Errorf("a %T does not marshal to a JSON object", body))
	}
	if len(fields) == 0 {
		return fail(errors.New("names no field; NetBox would take that as a change all the same"))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := r.s.checkValue(name, fields[name]); err != nil {
			return fail(err)
		}
	}
	if err := r.checkBody(ctx, fields); err != nil {
		return fail(err)
	}
	for _, rename := range r.s.renamed {
		if _, ok := fields[rename.now]; !ok {
			continue
		}
		known, err := r.c.APIVersion(ctx)
		if err != nil {
			return nil, err
		}
		if known.AtLeast(rename.since.Major, rename.since.Minor) {
			continue
		}
		fields[rename.was] = fields[rename.now]
		delete(fields, rename.now)
		if data, err = json.Marshal(fields); err != nil {
			return fail(err)
		}
	}
	return r.reshape(ctx, data, fields, fail)
}

// reshape brings fields into the form of the server's release.
func (r *Resource[T]) reshape(ctx context.Context, data []byte, fields map[string]json.RawMessage, fail func(error) ([]byte, error)) ([]byte, error) {
	for i := range r.s.reshaped {
		shape := &r.s.reshaped[i]
		if !shape.wanted(fields) {
			continue
		}
		known, err := r.c.APIVersion(ctx)
		if err != nil {
			return nil, err
		}
		if !shape.holds(known) {
			continue
		}
		if err := shape.apply(fields); err != nil {
			return fail(err)
		}
		if data, err = json.Marshal(fields); err != nil {
			return fail(err)
		}
	}
	return data, nil
}

// checkBody refuses what NetBox would ignore in silence or choke on.
func (r *Resource[T]) checkBody(ctx context.Context, fields map[string]json.RawMessage) error {
	for name := range fields {
		switch {
		case slices.Contains(readOnly, name):
			return fmt.Errorf("%s is set by NetBox and cannot be written", name)
		case r.s.fields == nil, slices.Contains(r.s.fields, name), slices.Contains(writeOnly, name), name == "password" && r.s.path == userSpec.path:
		default:
			return fmt.Errorf("a %s has no field %q; NetBox would ignore it (fields of plugins go by Client.Do)", r.s.row.Name(), name)
		}
	}
	_, tags := fields["tags"]
	for _, name := range [...]string{"add_tags", "remove_tags"} {
		if _, ok := fields[name]; !ok {
			continue
		}
		if tags {
			return fmt.Errorf("%s does not go with tags, which replaces all of them", name)
		}
		known, err := r.c.APIVersion(ctx)
		if err != nil {
			return err
		}
		if !known.AtLeast(4, 6) {
			return fmt.Errorf("%s exists since NetBox 4.6, and the server is %s, which would ignore it; read the tags and write them all", name, known)
		}
	}
	if err := r.checkSince(ctx, fields); err != nil {
		return err
	}
	if raw, ok := fields["changelog_message"]; ok {
		if n := utf8.RuneCountInString(text(raw)); n > maxChangelogMessage {
			return fmt.Errorf("changelog_message has %d characters, and NetBox takes %d", n, maxChangelogMessage)
		}
	}
	return nil
}

// topLevel splits a JSON object into its members.
func topLevel(data []byte) (map[string]json.RawMessage, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return nil, errSyntax
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(data, &fields)
	return fields, err
}
