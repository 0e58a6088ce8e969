package netbox

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// When the answer to a conditional write is lost, its repeat meets an ETag that
// the first attempt itself has changed, and NetBox refuses it with 412. The
// object is then read again: if every field that was sent is in it, the write
// has succeeded.

// landed makes the question that the engine asks after such a refusal.
func (c *Client) landed(call *rest.Call) func(context.Context) (*rest.Answer, bool, error) {
	sent, err := topLevel(call.Body)
	if err != nil || len(sent) == 0 || call.Header.Get("If-Match") == "" {
		return nil
	}
	decode := call.Decode
	op, path := call.Op, call.Path
	return func(ctx context.Context) (*rest.Answer, bool, error) {
		ours := false
		read := &rest.Call{Op: op, Method: http.MethodGet, Path: path, Query: url.Values{}, Decode: func(a *rest.Answer) error {
			stored, err := topLevel(a.Body)
			if err != nil {
				return err
			}
			if ours = holds(stored, sent); ours && decode != nil {
				return decode(a)
			}
			return nil
		}}
		answer, err := c.rest.Do(ctx, read)
		return answer, ours, err
	}
}

// holds reports whether an object as read has every field as it was sent. What
// cannot be compared counts as different.
func holds(stored, sent map[string]json.RawMessage) bool {
	for name, want := range sent {
		if name == "changelog_message" {
			continue
		}
		have, ok := stored[name]
		if !ok {
			return false
		}
		switch name {
		case "custom_fields":
			fields, err := topLevel(want)
			all, err2 := topLevel(have)
			if err != nil || err2 != nil || !holds(all, fields) {
				return false
			}
		case "tags":
			if !sameTags(have, want) {
				return false
			}
		default:
			if !sameValue(have, want) {
				return false
			}
		}
	}
	return true
}

// sameValue compares a field as read with the same field as sent: relations by
// id, choices by value, numbers by their value, "" as null.
func sameValue(have, want json.RawMessage) bool {
	want = bytes.TrimSpace(want)
	if len(have) == 0 || len(want) == 0 {
		return false
	}
	if have[0] == '{' && want[0] != '{' {
		for _, key := range [...]string{"value", "id"} {
			if inner, ok := memberOf(have, key); ok {
				have = inner
				break
			}
		}
	}
	if have[0] == '{' || have[0] == '[' || want[0] == '{' || want[0] == '[' {
		return sameJSON(have, want)
	}
	a, b := text(have), text(want)
	if a == b {
		return true
	}
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err1 == nil && err2 == nil && x == y
}

func sameJSON(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// sameTags compares tags as read with references by id or slug, as sets.
func sameTags(have, want json.RawMessage) bool {
	var tags Tags
	var refs []json.RawMessage
	if json.Unmarshal(have, &tags) != nil || json.Unmarshal(want, &refs) != nil || len(tags) != len(refs) {
		return false
	}
	for _, ref := range refs {
		if !slices.ContainsFunc(tags, func(t NestedTag) bool {
			if slug, ok := memberOf(ref, "slug"); ok {
				return text(slug) == t.Slug
			}
			return number(ref) == t.ID
		}) {
			return false
		}
	}
	return true
}
