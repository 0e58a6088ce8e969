package netbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
)

// The types that decode themselves agree with encoding/json on what both read.
func FuzzNested(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"display":"a","name":"a","slug":"a","description":"b","_depth":2}`,
		`{"id":12,"name":"M\u00fcller \ud83d\ude00 \ud800 \"x\\\n","slug":null}`,
		"{\"name\":\"\xff\xfe\",\"display\":\"\xc3\"}", `{"name":"\b\f\n\r\t\/\u00zz\"","display":"\ud83dx\udc00"}`, `{}`, `null`, `{"name":"a","name":"b"}`, `7`, `"x"`, `[]`, ` { "id" : 5 } `,
	} {
		f.Add([]byte(seed))
	}
	type plain struct {
		ID          int64  `json:"id"`
		Display     string `json:"display"`
		Name        string `json:"name"`
		Slug        string `json:"slug"`
		Description string `json:"description"`
		Depth       int    `json:"_depth"`
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var direct netbox.Nested
		_ = direct.UnmarshalJSON(data) // must not panic on anything
		_ = new(netbox.NestedDeviceType).UnmarshalJSON(data)
		_ = new(netbox.NestedIP).UnmarshalJSON(data)
		if !json.Valid(data) || !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			return
		}
		var want plain
		if json.Unmarshal(data, &want) != nil || foldedKeys(data) {
			return // wrong types and other spellings of keys are read in other ways
		}
		var got netbox.Nested
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if plain(got) != want {
			t.Errorf("%q:\n%+v, encoding/json reads\n%+v", data, got, want)
		}
	})
}

// foldedKeys reports keys that encoding/json matches in spite of their case, or
// that occur twice with null in between, or are written with escapes.
func foldedKeys(data []byte) bool {
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil {
		return true
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	seen := map[string]bool{}
	for depth, key := 0, false; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return true
		}
		if d, ok := token.(json.Delim); ok {
			if d == '{' || d == '[' {
				depth++
			} else {
				depth--
			}
			key = depth == 1
			continue
		}
		if depth != 1 {
			continue
		}
		if key {
			name, _ := token.(string)
			if seen[name] {
				return true
			}
			seen[name] = true
		}
		key = !key
	}
	for name := range keys {
		for _, known := range []string{"id", "display", "name", "slug", "description", "_depth"} {
			if name != known && strings.EqualFold(name, known) {
				return true
			}
		}
	}
	var numbers struct {
		ID    json.RawMessage `json:"id"`
		Depth json.RawMessage `json:"_depth"`
	}
	if json.Unmarshal(data, &numbers) != nil {
		return true
	}
	return len(numbers.ID) > 18 || len(numbers.Depth) > 18 || bytes.Contains(data, []byte(`\u00`)) && len(keys) > 0 && hasEscapedKey(data)
}

func hasEscapedKey(data []byte) bool {
	for part := range bytes.SplitSeq(data, []byte(":")) {
		if i := bytes.LastIndexByte(part[:max(0, len(part)-1)], '"'); i >= 0 && bytes.IndexByte(part[i:], '\\') >= 0 {
			return true
		}
	}
	return false
}

func FuzzCustomFields(f *testing.F) {
	for _, seed := range []string{
		`{"a":"x","b":{"value":"v","label":"L"},"c":[1,2],"d":null,"null":1,"\u00e4":2}`, `{}`, `null`, `[]`, `{"a":{"id":1}}`, `{"a"`, `{"a":[{"value":"x"},null]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c netbox.CustomFields
		err := c.UnmarshalJSON(bytes.Clone(data))
		for name := range c {
			_, _, _, _ = c.Text(name), c.Label(name), c.Texts(name), c.ID(name)
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(data, &want) != nil {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if len(want) == 0 {
			want = nil
		}
		if diff := cmp.Diff(want, map[string]json.RawMessage(c)); diff != "" {
			t.Errorf("%q: %s", data, diff)
		}
	})
}

func FuzzTagsAndChoices(f *testing.F) {
	for _, seed := range []string{
		`[{"id":1,"name":"A","slug":"a","color":"00ff00"},{"name":"B"}]`, `["A","B"]`, `[1,2]`, `null`, `[]`, `[null]`, `[{]`,
		`{"value":"active","label":"Active"}`, `{"value":19,"label":"19 inches"}`, `"active"`, `[["a","A"],["b"],[]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var tags netbox.Tags
		if tags.UnmarshalJSON(data) == nil {
			_ = tags.Slugs()
		}
		var choice netbox.Choice
		_ = choice.UnmarshalJSON(data)
		if again, err := json.Marshal(choice); err != nil || !json.Valid(again) {
			t.Errorf("%q: %s, %v", data, again, err)
		}
		var pairs netbox.ChoicePairs
		_ = json.Unmarshal(data, &pairs)
	})
}

// Whatever a server answers, a refusal is an *Error of bounded length.
func FuzzRefusals(f *testing.F) {
	for _, seed := range []string{
		`{"detail":"x"}`, `{"name":["a","b"],"__all__":["c"],"custom_fields":{"x":"y"}}`, `["a",{"b":["c"]},{}]`,
		`{"detail":"1 of 2","errors":[{"index":1,"errors":{"a":["b"]}},{"id":5}]}`, `{"error":"deadlock detected","exception":"OperationalError"}`,
		`<html><title>x</title>nginx`, ``, `{`, `{"errors":3,"detail":null}`, `[[["x"]]]`, `"text"`, `{"detail":["a"],"errors":[]}`,
	} {
		f.Add(400, []byte(seed))
		f.Add(500, []byte(seed))
		f.Add(403, []byte(seed))
		f.Add(503, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 400 || status > 599 {
			return
		}
		c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("x"), MaxRetries: -1,
			HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
			})}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.DCIM.Sites.BulkUpdate(t.Context(), []netbox.Patch{{ID: 1, Body: map[string]any{"name": "x"}}, {ID: 2, Body: map[string]any{"name": "y"}}})
		var e *netbox.Error
		if !errors.As(err, &e) || len(e.Error()) > 4000 || e.Status != status {
			t.Errorf("%d %q: %v", status, body, err)
		}
		for _, item := range e.Items {
			if item.Kind == nil || item.Error() == "" {
				t.Errorf("%d %q: item %+v", status, body, item)
			}
		}
	})
}
