// Package backstage_test runs the Table client that is generated inside
// Backstage's ServiceNow module against the in-memory ServiceNow.
package backstage_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestClientBackstage(t *testing.T) {
	node := foreign.Node(t, "backstage")
	server := servicenowtest.NewServer(t, servicenowtest.Options{
		Clock: servicenowtest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
	})
	caller := insert(t, server, "sys_user", servicenowtest.Row{"user_name": "abel.tuter", "first_name": "Abel", "last_name": "Tuter", "name": "Abel Tuter"})
	for _, text := range []string{"Network printer jams", "Wireless network drops", "NETWORK share full", "Mail bounces"} {
		insert(t, server, "incident", servicenowtest.Row{"short_description": text})
	}
	before := server.Count("incident")

	out := node.Run("table.js", "SERVICENOW_URL="+server.URL, "SERVICENOW_USER="+servicenowtest.DefaultUser,
		"SERVICENOW_PASSWORD="+servicenowtest.DefaultPassword, "CALLER="+caller)

	calls := server.Journal()
	made := made(t, calls)
	out = strings.NewReplacer(made, "<incident>", caller, "<caller>", server.URL, "<url>").Replace(out)
	foreign.Compare(t, "testdata/table.txt", out)

	// What the server was asked and what it holds.
	var asked []string
	for _, c := range calls {
		asked = append(asked, c.Method+" "+strings.ReplaceAll(c.Path, made, "<incident>")+" "+http.StatusText(c.Status))
	}
	if diff := cmp.Diff(wantCalls, asked); diff != "" {
		t.Errorf("the server was asked something else (-want +got):\n%s", diff)
	}
	if _, there := server.Row("incident", made); there || server.Count("incident") != before {
		t.Errorf("%d incidents afterwards, want the %d from before", server.Count("incident"), before)
	}
}

var wantCalls = []string{
	"POST /api/now/table/incident Created",
	"GET /api/now/table/incident/<incident> OK",
	"PATCH /api/now/table/incident/<incident> OK",
	"PUT /api/now/table/incident/<incident> OK",
	"GET /api/now/table/incident OK",
	"DELETE /api/now/table/incident/<incident> No Content",
	"GET /api/now/table/incident/<incident> Not Found",
	"GET /api/now/table/no_such_table Bad Request",
	"GET /api/now/table/incident Unauthorized",
}

// made returns the sys_id that the client read, changed and deleted.
func made(t *testing.T, calls []servicenowtest.Call) string {
	t.Helper()
	for _, c := range calls {
		if c.Method == http.MethodDelete {
			return c.Path[strings.LastIndexByte(c.Path, '/')+1:]
		}
	}
	t.Fatal("the client deleted nothing")
	return ""
}

func insert(t *testing.T, server *servicenowtest.Server, table string, row servicenowtest.Row) string {
	t.Helper()
	id, err := server.Insert(table, row)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
