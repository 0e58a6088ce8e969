package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), "", "", &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{
		"audit: created cmdb_ci_server", `200 {"class":"cmdb_ci_server","outcome":"created"`,
		`200 {"class":"cmdb_ci_server","outcome":"unchanged"`,
		"audit: updated cmdb_ci_server", `200 {"class":"cmdb_ci_server","outcome":"updated"`,
		`400 {"error":"cmdb: event: Missing required field: resource_id; Missing required field: resource_type; Missing required field: action"}`,
		"audit: updated cmdb_ci_server", `200 {"class":"cmdb_ci_server","outcome":"updated"`,
	}
	if len(lines) != len(want) {
		t.Fatalf("got %s", out.String())
	}
	for n, line := range lines {
		if !strings.HasPrefix(line, want[n]) {
			t.Errorf("got %s, want %s", line, want[n])
		}
	}
}

func TestHandle(t *testing.T) {
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(), MaxRetries: -1,
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	flow := &assets.Events{CMDB: client}
	body := []byte(`{"resource_id": "i-1", "resource_type": "ec2", "action": "create"}`)
	if status, answer := handle(t.Context(), flow, body, nil); status != http.StatusUnauthorized || string(answer) != `{"error":"Invalid signature"}` {
		t.Errorf("000-01: got %d %s", status, answer)
	}
	flow.Verifier = webhook.Unsigned()
	flow.Options.Classes = map[string]string{"ec2": "cmdb_ci_server"}
	instance.Fail(servicenowtest.BadGateway())
	if status, answer := handle(t.Context(), flow, body, nil); status != http.StatusServiceUnavailable {
		t.Errorf("got %d %s", status, answer)
	}
}
