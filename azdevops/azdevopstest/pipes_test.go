package azdevopstest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const receives = "https://itsm.example.com/azure"

// withPipelines adds pipelines to a server: one that only builds, one with an
// approval, one that fails, one with a check, and two classic releases.
func withPipelines(o azdevopstest.Options) azdevopstest.Options {
	me := []string{"integration@example.com"}
	o.Definitions = []azdevopstest.Definition{
		{Name: "shop", Queue: 1e9, Artifacts: []string{"drop"}, Stages: []azdevopstest.Stage{{Name: "Build", Log: []string{"compiling", "done"}}}},
		{Name: "deploy", Stages: []azdevopstest.Stage{
			{Name: "Production", Environment: "production", Approval: &azdevopstest.Approval{Approvers: me, Timeout: 3600e9, Instructions: "CAB"}},
		}},
		{Name: "broken", Stages: []azdevopstest.Stage{{Name: "Build", Result: "failed"}}},
		{Name: "gated", Stages: []azdevopstest.Stage{
			{Name: "Production", Environment: "production", Checks: []azdevopstest.Check{{Name: "ServiceNow", URL: receives, Body: `{"number":"CHG0030001"}`, Headers: map[string]string{"X-Stage": "Production"}}}},
		}},
	}
	o.ReleaseDefinitions = []azdevopstest.ReleaseDefinition{
		{Name: "classic", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Approvers: me}, {Name: "Later", Manual: true}}},
		{Name: "gates", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Gates: []azdevopstest.Gate{{Name: "ServiceNow", URL: receives}}}}},
		{Name: "after", Stages: []azdevopstest.ReleaseStage{
			{Name: "Production", ApproversAfter: me, GatesAfter: []azdevopstest.Gate{{Name: "ServiceNow", URL: receives}}}, {Name: "Later"},
		}},
	}
	return o
}

// pipelineFixtures are the answers about pipelines, and what is sent about them.
func pipelineFixtures(t *testing.T) map[string]string {
	server, clock := newServer(t, withPipelines(azdevopstest.Options{}))
	send := func(method, path, body string) string {
		_, text := exchange(t, server, method, "/acme"+path, body)
		return text
	}
	id := func(text, name string) string {
		value := decode(t, text)
		if m, ok := value.(map[string]any); ok {
			if list, ok := m["value"].([]any); ok {
				m, _ = list[0].(map[string]any)
			}
			found, _ := m[name].(string)
			return found
		}
		return ""
	}
	sub := func(publisher, event, version string) string {
		return id(send("POST", "/_apis/hooks/subscriptions?api-version=7.1", `{"publisherId":"`+publisher+`","eventType":"`+event+`","resourceVersion":"`+version+
			`","consumerId":"webHooks","consumerActionId":"httpRequest","publisherInputs":{},"consumerInputs":{"url":"`+receives+`","basicAuthUsername":"azure","basicAuthPassword":"pw"}}`), "id")
	}
	kinds := map[string]string{}
	first := sub("tfs", "workitem.updated", "1.0")
	kinds[first] = "event-workitem"
	kinds[sub("tfs", "build.complete", "2.0")] = "event-build"
	kinds[sub("tfs", "build.complete", "1.0")] = "event-build-1"
	kinds[sub("pipelines", "ms.vss-pipelinechecks-events.approval-pending", "5.1-preview.1")] = "event-approval"
	kinds[sub("rm", "ms.vss-release.deployment-completed-event", "3.0-preview.1")] = "event-deployment"

	send("POST", "/Fabrikam/_apis/build/builds?api-version=7.1", `{"definition":{"id":1}}`)
	clock.Advance(5 * time.Second)
	want := map[string]string{"build-timeline": send("GET", "/Fabrikam/_apis/build/builds/1/timeline", "")}
	clock.Advance(10 * time.Second)
	send("POST", "/Fabrikam/_apis/build/builds?api-version=7.1", `{"definition":{"id":2}}`)
	send("POST", "/Fabrikam/_apis/build/builds?api-version=7.1", `{"definition":{"id":4}}`)
	approval := id(send("GET", "/Fabrikam/_apis/pipelines/approvals", ""), "id")
	want["approval"] = send("GET", "/Fabrikam/_apis/pipelines/approvals/"+approval+"?$expand=steps", "")
	decision := `[{"approvalId":"` + approval + `","status":"approved","comment":"CHG0030001"}]`
	want["approvals-decided"] = send("PATCH", "/Fabrikam/_apis/pipelines/approvals?api-version=7.1", decision)
	want["error-decided"] = send("PATCH", "/Fabrikam/_apis/pipelines/approvals?api-version=7.1", decision)
	want["build"] = send("GET", "/Fabrikam/_apis/build/builds/1", "")
	want["run"] = send("GET", "/Fabrikam/_apis/pipelines/1/runs/1", "")
	want["build-list"] = send("GET", "/Fabrikam/_apis/build/builds?$top=2", "")
	want["check-suite"] = send("GET", "/Fabrikam/_apis/pipelines/checks/runs/"+server.CheckSuite(3), "")
	send("POST", "/Fabrikam/_apis/release/releases?api-version=7.1", `{"definitionId":1}`)
	want["release"] = send("GET", "/Fabrikam/_apis/release/releases/1", "")
	want["release-approvals"] = send("GET", "/Fabrikam/_apis/release/approvals", "")
	send("PATCH", "/Fabrikam/_apis/release/approvals/1?api-version=7.1", `{"status":"approved","comments":"CHG0030001"}`)
	send("POST", "/Fabrikam/_apis/wit/workitems/$Bug?api-version=7.1", `[{"op":"add","path":"/fields/System.Title","value":"Checkout is down"}]`)
	send("PATCH", "/_apis/wit/workitems/1?api-version=7.1", `[{"op":"add","path":"/fields/System.State","value":"Active"}]`)
	clock.Advance(time.Minute)
	want["subscription"] = send("GET", "/_apis/hooks/subscriptions/"+first, "")
	to := &answers{statuses: []int{200}}
	sent, err := server.Deliver(t.Context(), &http.Client{Transport: to})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range sent {
		if d.Plan != "" {
			h := to.calls[i].Header
			want["plan-records"] = send("GET", callbackPath(h)[len("/acme"):]+"/timelines/"+h.Get("TimelineId")+"/records", "")
		} else if want[kinds[d.Subscription]] == "" {
			want[kinds[d.Subscription]] = string(d.Body)
		}
	}
	return want
}
