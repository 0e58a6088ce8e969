package azdevopstest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]azdevopstest.Options{
		"Users[0]":                      {Users: []azdevopstest.User{{}}},
		"Users[1]":                      {Users: []azdevopstest.User{{Token: "a"}, {Token: "a"}}},
		"Projects[0]":                   {Projects: []azdevopstest.Project{{}}},
		`a project "A" already`:         {Projects: []azdevopstest.Project{{Name: "a"}, {Name: "A"}}},
		"use Agile, Basic, Scrum, CMMI": {Projects: []azdevopstest.Project{{Name: "a", Process: "Kanban"}}},
		"QueryLimit is negative":        {QueryLimit: -1},
		"Load has a negative":           {Load: azdevopstest.Load{Budget: -1}},
	} {
		_, err := azdevopstest.New(o)
		if err == nil || !strings.HasPrefix(err.Error(), "azdevopstest: ") || !strings.Contains(strings.ReplaceAll(err.Error(), " or ", ", "), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestWorkItemsFromGo(t *testing.T) {
	server, _ := newServer(t, azdevopstest.Options{})
	for want, err := range map[string]error{
		`no project "X"`:          second(server.AddWorkItem("X", "Bug", nil)),
		"VS402323":                second(server.AddWorkItem("Fabrikam", "Issues", nil)),
		"TF401320":                second(server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Tags": "a"})),
		"TF51535":                 second(server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Title": "a", "Custom.X": "b"})),
		"there is no work item 7": server.UpdateWorkItem(7, map[string]any{"System.Title": "a"}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, there := server.WorkItem(1); there || len(server.WorkItems()) != 0 {
		t.Error("work items that were refused are there")
	}
	due := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Title": "a", "System.AssignedTo": "Integration", "Custom.ServiceNowId": "x"})
	if err != nil {
		t.Fatal(err)
	}
	item, _ := server.WorkItem(id)
	if item.Fields["System.AssignedTo"] != "integration@example.com" || item.Fields["System.CreatedDate"] == due || item.Project != "Fabrikam" {
		t.Errorf("%+v", item)
	}
	if err := server.UpdateWorkItem(id, map[string]any{"System.AssignedTo": "Nobody Known"}); err == nil {
		t.Error("a person that is not known is assigned")
	}
}

func second[T any](_ T, err error) error { return err }

func TestOverTCP(t *testing.T) {
	server := azdevopstest.NewServer(t, azdevopstest.Options{Organization: "tfs/Main", OnPremises: true})
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/_apis/projects", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("any", azdevopstest.DefaultToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || !strings.HasSuffix(server.URL, "/tfs/Main") || strings.Contains(server.Journal()[0].Header.Get("Authorization"), "YW55") {
		t.Error(answer.Status, server.URL, server.Journal()[0].Header)
	}
	server.LimitBodies(3)
	server.SetClock(nil)
	server.ClearFaults()
	server.ResetJournal()
	if server.Requests() != 0 || time.Since(server.Now()) > time.Minute {
		t.Error("not reset")
	}
}

// TestFaults are the answers of the service that are no answers.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		fault  azdevopstest.Fault
		status int
		text   string
	}{
		{azdevopstest.RateLimited(1500 * time.Millisecond), 429, "TF400733"},
		{azdevopstest.SignInPage(), 203, "Sign In"},
		{azdevopstest.Broken(), 500, "TF400898"},
		{azdevopstest.Misfit("no"), 400, `{"count":1,"value":{"Message":"no"}}`},
		{azdevopstest.PlainText(418, "tea"), 418, "tea"},
		{azdevopstest.Unavailable(), 503, "<!DOCTYPE html>"},
		{azdevopstest.WithBOM(), 200, "\ufeff{"},
	} {
		server, _ := newServer(t, azdevopstest.Options{})
		server.Fail(tt.fault)
		answer, text := exchange(t, server, "GET", "/acme/_apis/projects", "")
		if answer.StatusCode != tt.status || !strings.Contains(text, tt.text) {
			t.Errorf("%d %s, want %d %s", answer.StatusCode, text, tt.status, tt.text)
		}
		if tt.status == 429 && answer.Header.Get("Retry-After") != "2" {
			t.Error(answer.Header)
		}
	}
	server, _ := newServer(t, azdevopstest.Options{})
	server.Fail(azdevopstest.SignInRedirect())
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://azdevops.test/acme/_apis/projects", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 302 || !strings.Contains(answer.Header.Get("Location"), "_signin") {
		t.Error(answer.Status)
	}
}
