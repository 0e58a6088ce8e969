package azdevopstest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// decideGate sends what a gate's receiver says, for its call.
func decideGate(t *testing.T, server *azdevopstest.Server, call *http.Request, result string) {
	t.Helper()
	h := call.Header
	body := `{"name":"TaskCompleted","taskId":"` + h.Get("TaskInstanceId") + `","jobId":"` + h.Get("JobId") + `","result":"` + result + `"}`
	if answer, text := exchange(t, server, "POST", callbackPath(h)+"/events?api-version=7.1", body, "Authorization", "Bearer "+h.Get("AuthToken")); answer.StatusCode != 204 {
		t.Fatal(answer.Status, text)
	}
}

// TestGatesAreAskedAgain plays gates by the rules of the documentation: all are
// asked in rounds until all have succeeded in one of them, or the time is over.
func TestGatesAreAskedAgain(t *testing.T) {
	options := azdevopstest.Options{ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{Name: "rounds", Stages: []azdevopstest.ReleaseStage{{
		Name: "Production", Gates: []azdevopstest.Gate{{Name: "Change", URL: receives}, {Name: "Health", URL: receives}},
		GateTiming: azdevopstest.GateTiming{Delay: time.Minute, Interval: 5 * time.Minute, Timeout: 20 * time.Minute},
	}}}}}
	start := func() (*azdevopstest.Server, *azdevopstest.ManualClock, func(want int) []*http.Request, func() string) {
		server, clock := newServer(t, options)
		id, err := server.CreateRelease("Fabrikam", "rounds")
		if err != nil {
			t.Fatal(err)
		}
		round := func(want int) []*http.Request {
			t.Helper()
			to := &answers{statuses: []int{200}}
			if _, err := server.Deliver(t.Context(), &http.Client{Transport: to}); err != nil || len(to.calls) != want {
				t.Fatalf("%d gates were asked, want %d: %v", len(to.calls), want, err)
			}
			return to.calls
		}
		return server, clock, round, func() string { return server.ReleaseStages(id)["Production"] }
	}

	t.Run("until all succeed at once", func(t *testing.T) {
		server, clock, round, stage := start()
		round(0) // the delay is not over
		clock.Advance(time.Minute)
		calls := round(2)
		decideGate(t, server, calls[0], "failed")
		decideGate(t, server, calls[1], "succeeded")
		round(0)
		clock.Advance(5 * time.Minute)
		calls = round(2) // the one that has succeeded as well
		decideGate(t, server, calls[0], "succeeded")
		decideGate(t, server, calls[1], "failed")
		clock.Advance(5 * time.Minute)
		calls = round(2)
		decideGate(t, server, calls[0], "succeeded")
		if got := stage(); got != "inProgress" {
			t.Error(got)
		}
		decideGate(t, server, calls[1], "succeeded")
		clock.Advance(10 * time.Second)
		if got := stage(); got != "succeeded" {
			t.Error(got)
		}
	})
	t.Run("until the time is over", func(t *testing.T) {
		server, clock, round, stage := start()
		clock.Advance(time.Minute)
		for range 4 {
			calls := round(2)
			decideGate(t, server, calls[0], "succeeded")
			decideGate(t, server, calls[1], "failed")
			clock.Advance(5*time.Minute - time.Second)
			if got := stage(); got != "inProgress" {
				t.Error(got)
			}
			clock.Advance(time.Second)
		}
		round(0)
		if got := stage(); got != "rejected" {
			t.Error(got)
		}
		if _, text := exchange(t, server, "GET", "/acme/Fabrikam/_apis/release/deployments", ""); !within(decode(t, `{"value":[{"deploymentStatus":"notDeployed","operationStatus":"GateFailed"}]}`), decode(t, text)) {
			t.Error(text)
		}
	})
	t.Run("without the one that is passed over", func(t *testing.T) {
		server, clock, round, stage := start()
		clock.Advance(time.Minute)
		calls := round(2)
		decideGate(t, server, calls[0], "failed")
		decideGate(t, server, calls[1], "failed")
		if answer, text := exchange(t, server, "PATCH", "/acme/Fabrikam/_apis/release/gates/1001?api-version=7.1", `{"gatesToIgnore":["Change"],"comment":"it is late"}`, "Content-Type", "application/json"); answer.StatusCode != 200 {
			t.Fatal(text)
		}
		clock.Advance(5 * time.Minute)
		decideGate(t, server, round(1)[0], "succeeded")
		clock.Advance(10 * time.Second)
		if got := stage(); got != "succeeded" {
			t.Error(got)
		}
	})
}
