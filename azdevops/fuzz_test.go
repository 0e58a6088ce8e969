package azdevops_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// FuzzFields reads anything as the fields of an item: nothing panics, and a
// field has one value however it is asked for.
func FuzzFields(f *testing.F) {
	f.Add(`{"System.Title":"x","system.title":1}`, "System.Title")
	f.Add(`{"A.B":null}`, "A.B")
	f.Add(`[1`, "A")
	f.Add(`{"A":"9999-01-01T00:00:00Z","B":{"displayName":1}}`, "B")
	f.Fuzz(func(t *testing.T, text, name string) {
		fields := azdevops.Fields(text)
		for key, value := range fields.All() {
			if !json.Valid(value) {
				t.Fatalf("%q: %q", key, value)
			}
		}
		if at := fields.Time(name); !at.IsZero() && fields.Text(name) == "" {
			t.Fatal(at)
		}
		_, _, _, _ = fields.Int(name), fields.Float(name), fields.Identity(name), fields.Tags()
		var object map[string]json.RawMessage
		if err := fields.Decode(&object); err == nil && text != "" {
			if value, there := object[name]; there && string(value) != "null" && fields.Get(name) == nil {
				t.Fatalf("%q has no %q", text, name)
			}
		}
	})
}

// FuzzAnswersToPatches answers a change with anything: it is an item or an
// error, and never a change that was not made.
func FuzzAnswersToPatches(f *testing.F) {
	f.Add(200, `{"id":1,"rev":2,"fields":{}}`)
	f.Add(412, `{"typeKey":"TestPatchOperationFailedException"}`)
	f.Add(400, `{"customProperties":{"RuleValidationErrors":[{"fieldStatusCode":"x"}]}}`)
	f.Add(203, `<html>`)
	f.Add(200, "\ufeff{}")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		server, _ := newWorld(t)
		client := newClient(t, server.Client(), func(c *azdevops.Config) { c.MaxRetries = -1 })
		id := bug(t, server, "one")
		server.Fail(azdevopstest.Fault{Method: "PATCH", Status: status, Body: body})
		item, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "two"}})
		if changed != (err == nil) || err == nil && item.ID != id {
			t.Fatalf("%d %q: %+v %v %v", status, body, item, changed, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "azdevops: ") {
			t.Fatal(err)
		}
	})
}

// FuzzLiterals asks for any text: either it is refused, or the server finds the
// item that has it, and no other.
func FuzzLiterals(f *testing.F) {
	for _, seed := range []string{"x", "'", "''", `"`, `' OR '1'='1`, "\\'", "ß", "\x00", "\u2028", "‘", "@Me"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || !utf8.ValidString(text) || len(text) > 200 {
			return
		}
		server, client := newWorld(t)
		bug(t, server, "hidden")
		id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "x", linkField: text})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for got, err := range client.WorkItems.IDs(t.Context(), azdevops.Query{Where: azdevops.Is(linkField, text)}) {
			if err != nil {
				if !strings.Contains(err.Error(), "control character") || server.Requests() != 0 {
					t.Fatalf("%q: %v", text, err)
				}
				return
			}
			if found++; got != id {
				t.Fatalf("%q finds %d", text, got)
			}
		}
		if found != 1 {
			t.Fatalf("%q finds %d items", text, found)
		}
	})
}
