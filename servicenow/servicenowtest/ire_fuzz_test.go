package servicenowtest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Whatever is sent, the engine answers with JSON and without panic, and the
// plain calls write all or nothing.
func FuzzIREPayload(f *testing.F) {
	for _, seed := range []string{
		`{"items":[{"className":"cmdb_ci_server","values":{"name":"a"}}]}`,
		`{"items":[{"className":"cmdb_ci_server","values":{"name":"a"},"lookup":[{"className":"cmdb_serial_number","values":{"serial_number":"s","serial_number_type":"uuid"}}],"related":[null]}]}`,
		`{"items":[{"className":"cmdb_ci_appl","values":{"config_file":"/"}},{"className":"cmdb_ci_server","values":{"name":"b"}}],"relations":[{"parent":0,"child":1,"type":"Runs on::Runs"},null,{"parent":-1,"child_id":"x"}]}`,
		`{"items":[{"internal_id":"x","className":"cmdb_ci_server","values":null}],"referenceItems":[{"referenced":"x","referencedBy":"x","referenceField":"location"}]}`,
		`{"items":[{"className":"cmdb_ci_server","values":{"sys_id":"1"},"settings":{"updateWithoutSwitch":1},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"1"}}]}`,
		`{"items":null}`, `[]`, `{"items":[null]}`, `{"items":[{}],"relations":[{"parent":0,"child":0,"type":""}]}`,
	} {
		f.Add(seed, uint8(0))
		f.Add(seed, uint8(2))
	}
	f.Fuzz(func(t *testing.T, payload string, kind uint8) {
		s := newIRE(t, nil)
		call := []string{"", "/query", "/enhanced", "/queryEnhanced"}[kind%4]
		for range 2 {
			status, body := sendJSON(t, s, "POST", "/api/now/identifyreconcile"+call+"?sysparm_data_source=NetBox", payload)
			if !json.Valid([]byte(body)) || status != http.StatusOK && status != http.StatusInternalServerError && status != http.StatusBadRequest {
				t.Fatalf("%d %s", status, body)
			}
			if strings.HasPrefix(call, "/query") && s.Count("cmdb_ci") != 0 {
				t.Fatalf("a dry run wrote")
			}
			if call == "" && strings.Contains(body, `"errors"`) && s.Count("cmdb_ci") != 0 {
				t.Fatalf("a payload with errors was written in part: %s", body)
			}
		}
	})
}
