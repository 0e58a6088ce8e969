package azdevops_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// receiver is who checks and service hooks call: it keeps what it is sent and
// answers what it is told.
type receiver struct {
	calls  []*http.Request
	status int // 0 means 200
}

func (r *receiver) RoundTrip(call *http.Request) (*http.Response, error) {
	r.calls = append(r.calls, call)
	status := r.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: call}, nil
}

func (r *receiver) client() *http.Client { return &http.Client{Transport: r} }

const (
	address  = "https://dev.azure.com/acme" // where the in-memory organization says that it is
	receives = "https://itsm.example.com/azure"
)

// pipes are pipelines of Fabrikam: one that only builds, one that an approval and
// one that a check holds up, and a classic release with an approval and a gate.
func pipes() azdevopstest.Options {
	me := []string{"integration@example.com"}
	return azdevopstest.Options{
		Projects: []azdevopstest.Project{{Name: "Fabrikam", Fields: []string{"Custom.ServiceNowId"}}},
		Users: []azdevopstest.User{
			{Token: azdevopstest.DefaultToken}, {Token: "second", Name: "Ada Example"}, {Token: "reader", Name: "Reader", ReadOnly: true},
		},
		Definitions: []azdevopstest.Definition{
			{Name: "shop", Queue: time.Second, Artifacts: []string{"drop"}, Stages: []azdevopstest.Stage{
				{Name: "Build", Log: []string{"compiling", "done"}}, {Name: "Test", For: 20 * time.Second},
			}},
			{Name: "deploy", Stages: []azdevopstest.Stage{
				{Name: "Production", Environment: "production", Approval: &azdevopstest.Approval{Approvers: me, Timeout: time.Hour, Instructions: "CAB"}},
			}},
			{Name: "gated", Stages: []azdevopstest.Stage{
				{Name: "Production", Environment: "production", Checks: []azdevopstest.Check{{Name: "ServiceNow", URL: receives, Body: `{"a":1}`, Timeout: 72 * time.Hour}}},
			}},
			{Name: "broken", Stages: []azdevopstest.Stage{{Name: "Build", Result: "failed"}, {Name: "Deploy"}}},
			{Name: "two", Stages: []azdevopstest.Stage{
				{Name: "Production", Environment: "production", Approval: &azdevopstest.Approval{Approvers: []string{me[0], "ada.example@example.com"}}},
			}},
		},
		ReleaseDefinitions: []azdevopstest.ReleaseDefinition{
			{Name: "classic", Stages: []azdevopstest.ReleaseStage{{Name: "Test"}, {Name: "Production", Approvers: me}, {Name: "Later", Manual: true}}},
			{Name: "gates", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Gates: []azdevopstest.Gate{{Name: "ServiceNow", URL: receives}}}}},
			{Name: "old gates", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Gates: []azdevopstest.Gate{{Name: "ServiceNow", URL: receives, Old: true}}}}},
		},
	}
}

func newPipes(t testing.TB) (*azdevopstest.Server, *azdevops.Client) {
	t.Helper()
	server, err := azdevopstest.New(pipes())
	if err != nil {
		t.Fatal(err)
	}
	return server, newClient(t, server.Client(), nil)
}

// as is a client with another token.
func as(t testing.TB, server *azdevopstest.Server, token string) *azdevops.Client {
	t.Helper()
	return newClient(t, server.Client(), func(cfg *azdevops.Config) { cfg.Auth = azdevops.PAT(token) })
}

func start(t testing.TB, server *azdevopstest.Server, definition string) int {
	t.Helper()
	id, err := server.StartBuild("Fabrikam", definition)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// called starts what calls the receiver, and reads the callback from the call.
func called(t testing.TB, server *azdevopstest.Server) azdevops.Callback {
	t.Helper()
	var to receiver
	if _, err := server.Deliver(t.Context(), to.client()); err != nil || len(to.calls) != 1 {
		t.Fatal(len(to.calls), err)
	}
	callback, err := azdevops.ParseCallback(to.calls[0].Header)
	if err != nil {
		t.Fatal(err)
	}
	return callback
}

// inMemory calls a handler without sockets.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	m.handler.ServeHTTP(w, r)
	return w.Result(), nil
}
