package servicenow_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// The platform says that an ACL refused, not which, nor which role lacks. The
// error names what commonly does.
func TestForbiddenNamesRolesAndACLs(t *testing.T) {
	const acl = `{"error":{"message":"Operation Failed","detail":"ACL Exception Update Failed due to security constraints"},"status":"failure"}`
	const plain = `{"error":{"message":"User Not Authorized","detail":null},"status":"failure"}`
	tests := []struct {
		name         string
		method, path string
		body         string
		want         []string
		not          string
	}{
		{"003-36 write an incident", "PATCH", "/api/now/table/incident/" + ann, acl,
			[]string{"lacks itil;", "incident.* or incident.<field>, operation write", "rest_service", "REST_Endpoint"}, "sn_incident_read"},
		{"003-36 read an incident", "GET", "/api/now/v2/table/incident", plain, []string{"itil (sn_incident_read is enough to read, snc_read_only grants nothing)", "operation read"}, ""},
		{"003-36 a change", "POST", "/api/now/table/change_request", acl, []string{"change_manager", "operation create"}, ""},
		{"003-36 the change API", "PATCH", "/api/sn_chg_rest/change/" + ann, acl, []string{"itil", "change_manager", "change_request"}, ""},
		{"delete", "DELETE", "/api/now/table/problem/" + ann, acl, []string{"to delete mostly admin", "operation delete"}, ""},
		{"platform table", "GET", "/api/now/table/sys_dictionary", plain, []string{"lacks admin", "sys_dictionary"}, ""},
		{"a CI", "POST", "/api/now/identifyreconcile", plain, []string{"itil", "sn_cmdb_editor"}, ""},
		{"an import set", "POST", "/api/now/import/u_staging", plain, []string{"import_set_loader", "staging table"}, ""},
		{"counting", "GET", "/api/now/stats/cmdb_ci", plain, []string{"itil", "sn_cmdb_user"}, ""},
		{"a field of the query", "GET", "/api/now/table/sys_choice", `{"error":{"message":"Insufficient rights to query records","detail":"Field(s) present in the query do not have permission to be read"},"status":"failure"}`,
			[]string{"sys_choice.<field>, operation read", "leave it out"}, ""},
		{"another API", "GET", "/api/x_acme/v1/thing", plain, []string{"rest_service"}, "lacks"},
		{"a business rule speaks for itself", "POST", "/api/now/table/incident", `{"error":{"message":"Operation Failed","detail":"Operation against file 'incident' was aborted by Business Rule 'No'"},"status":"failure"}`, nil, "lacks"},
		{"a data policy speaks for itself", "POST", "/api/now/table/incident", `{"error":{"message":"Data Policy Exception: The following fields are mandatory: Resolution code","detail":""},"status":"failure"}`, nil, "lacks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, client := start(t, servicenowtest.Options{})
			server.Fail(servicenowtest.Fault{Status: 403, Body: tt.body})
			err := client.Do(t.Context(), tt.method, tt.path, url.Values{}, nil, nil)
			var e *servicenow.Error
			if !errors.As(err, &e) || !errors.Is(err, servicenow.ErrForbidden) {
				t.Fatal(err)
			}
			if e.Hint != "" && !strings.Contains(e.Error(), e.Hint) || len(tt.want) > 0 && e.Hint == "" {
				t.Errorf("hint %q is not in %q", e.Hint, e)
			}
			for _, part := range tt.want {
				if !strings.Contains(e.Hint, part) {
					t.Errorf("%q lacks %q", e.Hint, part)
				}
			}
			if tt.not != "" && strings.Contains(e.Hint, tt.not) {
				t.Errorf("%q has %q", e.Hint, tt.not)
			}
		})
	}
}

// A refusal of a batch item is explained as well; other errors are not.
func TestForbiddenHintOfABatchItem(t *testing.T) {
	options := things
	options.ACLs = []servicenowtest.ACL{{Table: "u_thing", Allow: func(op servicenowtest.Operation, _ func(string) string) bool {
		return op != servicenowtest.OpDelete
	}}}
	server, client := start(t, options)
	ids := fill(t, server, 1, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	results, err := client.Batch(context.Background(), []servicenow.BatchItem{table.BatchDelete(ids[0]), table.BatchGet(ann)})
	if err != nil {
		t.Fatal(err)
	}
	var e *servicenow.Error
	if !errors.As(results[0].Err, &e) || !errors.Is(e, servicenow.ErrACL) || !strings.Contains(e.Hint, "u_thing.<field>, operation delete") {
		t.Errorf("%v", results[0].Err)
	}
	if !errors.As(results[1].Err, &e) || e.Hint != "" {
		t.Errorf("%v", results[1].Err)
	}
}
