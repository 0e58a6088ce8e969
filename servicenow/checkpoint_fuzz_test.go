package servicenow_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
)

// What is read as a checkpoint is written the same each time, and nothing panics.
func FuzzCheckpoint(f *testing.F) {
	for _, seed := range []string{
		`{"version":1}`, `{"version":1,"query":"x","rows":{"mark":"2026-03-12 12:00:00","since":"2026-03-12 11:00:00","seen":[{"sys_id":"a","sys_mod_count":3,"at":"2026-03-12 12:00:00"}]}}`,
		`{"version":1,"deletes":{"mark":"","seen":[{"sys_id":"a","at":""},{"sys_id":"a","at":"2026-01-01 00:00:00"}]}}`, `{"version":2}`, `null`, `[]`, `{"version":1,"rows":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c servicenow.Checkpoint
		if json.Unmarshal(data, &c) != nil {
			return
		}
		first, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var again servicenow.Checkpoint
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		second, err := json.Marshal(again)
		if err != nil || !bytes.Equal(first, second) || !c.Mark().Equal(again.Mark()) {
			t.Fatalf("%s\n%s %v", first, second, err)
		}
	})
}
