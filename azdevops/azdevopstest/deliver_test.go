package azdevopstest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// answers is a receiver that answers with one status after the other, the last
// one again and again; 0 is a connection that dies.
type answers struct {
	statuses []int
	calls    []*http.Request
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.calls = append(a.calls, r)
	status := a.statuses[0]
	if len(a.statuses) > 1 {
		a.statuses = a.statuses[1:]
	}
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func subscribe(t testing.TB, server *azdevopstest.Server, event, filter string) string {
	t.Helper()
	publisher := "tfs"
	if strings.HasPrefix(event, "ms.vss-pipeline") {
		publisher = "pipelines"
	}
	_, text := exchange(t, server, "POST", "/acme/_apis/hooks/subscriptions?api-version=7.1",
		`{"publisherId":"`+publisher+`","eventType":"`+event+`","consumerId":"webHooks","consumerActionId":"httpRequest","publisherInputs":`+filter+`,"consumerInputs":{"url":"`+receives+`","basicAuthUsername":"azure","basicAuthPassword":"pw","httpHeaders":"X-Key: k\nX-Other:o"}}`)
	id, _ := decode(t, text).(map[string]any)["id"].(string)
	if id == "" {
		t.Fatal(text)
	}
	return id
}

func add(t testing.TB, server *azdevopstest.Server) {
	t.Helper()
	if _, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Title": "x"}); err != nil {
		t.Fatal(err)
	}
}

func statusOf(t testing.TB, server *azdevopstest.Server, id string) string {
	t.Helper()
	_, text := exchange(t, server, "GET", "/acme/_apis/hooks/subscriptions/"+id, "")
	status, _ := decode(t, text).(map[string]any)["status"].(string)
	return status
}

// results are those of a subscription's notifications, the oldest first.
func results(t testing.TB, server *azdevopstest.Server, id string) []string {
	t.Helper()
	_, text := exchange(t, server, "GET", "/acme/_apis/hooks/subscriptions/"+id+"/notifications", "")
	list, _ := decode(t, text).(map[string]any)["value"].([]any)
	var out []string
	for _, value := range slices.Backward(list) {
		n, _ := value.(map[string]any)
		out = append(out, fmt.Sprint(n["status"], " ", n["result"]))
	}
	return out
}

// attempts delivers whenever something is due, and returns after how long each
// request was made.
func attempts(t testing.TB, server *azdevopstest.Server, clock *azdevopstest.ManualClock, to *answers) []time.Duration {
	t.Helper()
	began := clock.Now()
	var after []time.Duration
	for next := server.NextDelivery(); !next.IsZero(); next = server.NextDelivery() {
		if next.After(clock.Now()) {
			clock.Set(next)
		}
		sent, err := server.Deliver(t.Context(), &http.Client{Transport: to})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range sent {
			after = append(after, d.Time.Sub(began))
		}
		if len(after) > 100 {
			t.Fatal("no end")
		}
	}
	return after
}

func TestFailuresOfReceivers(t *testing.T) {
	const s, m, h = time.Second, time.Minute, time.Hour
	passing := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 31 * s, 63 * s, 123 * s, 183 * s}
	probation := []time.Duration{0, 20 * m, 60 * m, 140 * m, 5 * h, 620 * m, 21 * h, 36 * h}
	for name, tt := range map[string]struct {
		statuses []int
		after    []time.Duration
		status   string
		result   string
	}{
		"taken":                        {[]int{202}, probation[:1], "enabled", "completed succeeded"},
		"passing, then taken":          {[]int{503, 502, 504, 408, 200}, passing[:5], "enabled", "completed succeeded"},
		"lasting, then taken":          {[]int{500, 200}, probation[:2], "enabled", "completed succeeded"},
		"no answer, then taken":        {[]int{0, 404, 200}, probation[:3], "enabled", "completed succeeded"},
		"gone":                         {[]int{410}, probation[:1], "disabledBySystem", "completed failed"},
		"gone on probation":            {[]int{500, 410}, probation[:2], "disabledBySystem", "completed failed"},
		"lasting for ever":             {[]int{500}, probation, "disabledBySystem", "completed failed"},
		"passing for long, then taken": {[]int{503, 503, 503, 503, 503, 503, 503, 503, 503, 200}, append(passing[:9:9], 183*s+20*m), "enabled", "completed succeeded"},
	} {
		t.Run(name, func(t *testing.T) {
			server, clock := newServer(t, azdevopstest.Options{})
			id := subscribe(t, server, "workitem.created", `{}`)
			add(t, server)
			to := &answers{statuses: tt.statuses}
			if diff := cmp.Diff(tt.after, attempts(t, server, clock, to)); diff != "" {
				t.Error(diff)
			}
			if got := statusOf(t, server, id); got != tt.status {
				t.Errorf("the subscription is %s, want %s", got, tt.status)
			}
			if diff := cmp.Diff([]string{tt.result}, results(t, server, id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEventsOnProbationAreLost(t *testing.T) {
	server, clock := newServer(t, azdevopstest.Options{})
	id := subscribe(t, server, "workitem.created", `{}`)
	to := &answers{statuses: []int{500, 200}}
	client := &http.Client{Transport: to}
	add(t, server)
	add(t, server) // raised before, and taken up when the subscription is on probation
	if sent, err := server.Deliver(t.Context(), client); err != nil || len(sent) != 1 {
		t.Fatal(sent, err)
	}
	if got := statusOf(t, server, id); got != "onProbation" {
		t.Error(got)
	}
	add(t, server)
	clock.Advance(20 * time.Minute)
	if sent, err := server.Deliver(t.Context(), client); err != nil || len(sent) != 1 || statusOf(t, server, id) != "enabled" {
		t.Fatal(sent, err)
	}
	add(t, server)
	if sent, err := server.Deliver(t.Context(), client); err != nil || len(sent) != 1 {
		t.Fatal(sent, err)
	}
	want := []string{"completed succeeded", "completed failed", "completed succeeded"}
	if diff := cmp.Diff(want, results(t, server, id)); diff != "" {
		t.Error(diff)
	}
	r := to.calls[0]
	if user, password, _ := r.BasicAuth(); user != "azure" || password != "pw" || r.Header.Get("X-Key") != "k" || r.Header.Get("X-Other") != "o" || r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%v", r.Header)
	}
}

func TestFiltersOfSubscriptions(t *testing.T) {
	server, _ := newServer(t, withPipelines(azdevopstest.Options{Projects: []azdevopstest.Project{{Name: "Fabrikam"}, {Name: "Other"}}}))
	other := ""
	if _, text := exchange(t, server, "GET", "/acme/_apis/projects/Other", ""); true {
		other, _ = decode(t, text).(map[string]any)["id"].(string)
	}
	ids := map[string]string{}
	for name, filter := range map[string][2]string{
		"everything":        {"workitem.updated", `{}`},
		"a type":            {"workitem.updated", `{"workItemType":"bug"}`},
		"another type":      {"workitem.updated", `{"workItemType":"Task"}`},
		"a field":           {"workitem.updated", `{"changedFields":"System.State"}`},
		"another field":     {"workitem.updated", `{"changedFields":"System.Title"}`},
		"another project":   {"workitem.updated", `{"projectId":"` + other + `"}`},
		"an area above":     {"workitem.updated", `{"areaPath":"Fabrikam"}`},
		"another area":      {"workitem.updated", `{"areaPath":"Fab"}`},
		"a failed build":    {"build.complete", `{"buildStatus":"Failed","definitionName":"broken"}`},
		"a good build":      {"build.complete", `{"buildStatus":"Succeeded"}`},
		"stages that ended": {"ms.vss-pipelines.stage-state-changed-event", `{"stageStateId":"completed","pipelineId":"3"}`},
	} {
		ids[subscribe(t, server, filter[0], filter[1])] = name
	}
	add(t, server)
	if err := server.UpdateWorkItem(1, map[string]any{"System.State": "Active", "System.AreaPath": `Fabrikam\Web`}); err != nil {
		t.Fatal(err)
	}
	id, err := server.StartBuild("Fabrikam", "broken")
	if err != nil || !server.Step(id) || server.Step(id) {
		t.Fatal(err)
	}
	sent, err := server.Deliver(t.Context(), &http.Client{Transport: &answers{statuses: []int{200}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, d := range sent {
		got[ids[d.Subscription]]++
	}
	want := map[string]int{"everything": 1, "a type": 1, "a field": 1, "an area above": 1, "a failed build": 1, "stages that ended": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// suppressNotifications mutes service hooks too.
	exchange(t, server, "PATCH", "/acme/_apis/wit/workitems/1?api-version=7.1&suppressNotifications=true", `[{"op":"add","path":"/fields/System.Title","value":"y"}]`)
	if next := server.NextDelivery(); !next.IsZero() {
		t.Error("told all the same")
	}
}

func TestDeliverIsInterrupted(t *testing.T) {
	server, _ := newServer(t, withPipelines(azdevopstest.Options{}))
	subscribe(t, server, "workitem.created", `{}`)
	add(t, server)
	if _, err := server.StartBuild("Fabrikam", "gated"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if sent, err := server.Deliver(ctx, server.Client()); !errors.Is(err, context.Canceled) || len(sent) != 0 {
		t.Error(sent, err)
	}
	to := &answers{statuses: []int{200}}
	if sent, err := server.Deliver(t.Context(), &http.Client{Transport: to}); err != nil || len(sent) != 2 {
		t.Error(sent, err)
	}
	if _, err := server.Deliver(t.Context(), nil); err == nil {
		t.Error("without a client")
	}
}

// callbackPath is where a check's decision goes, made of its headers as the
// documentation of checks says.
func callbackPath(h http.Header) string {
	return "/acme/" + h.Get("ProjectId") + "/_apis/distributedtask/hubs/" + h.Get("HubName") + "/plans/" + h.Get("PlanId")
}

func TestChecksCallAndAreDecidedOnce(t *testing.T) {
	server, clock := newServer(t, withPipelines(azdevopstest.Options{}))
	id, err := server.StartBuild("Fabrikam", "gated")
	if err != nil {
		t.Fatal(err)
	}
	to := &answers{statuses: []int{200}}
	sent, err := server.Deliver(t.Context(), &http.Client{Transport: to})
	if err != nil || len(sent) != 1 || sent[0].Header.Get("AuthToken") != "REDACTED" || string(sent[0].Body) != `{"number":"CHG0030001"}` {
		t.Fatal(sent, err)
	}
	h := to.calls[0].Header
	for _, name := range []string{"PlanUrl", "ProjectId", "HubName", "PlanId", "JobId", "TimelineId", "TaskInstanceId", "AuthToken", "BuildId", "X-Stage"} {
		if h.Get(name) == "" {
			t.Errorf("no header %s", name)
		}
	}
	token := []string{"Authorization", "Bearer " + h.Get("AuthToken")}
	post := func(path, body string, headers ...string) (int, string) {
		answer, text := exchange(t, server, "POST", callbackPath(h)+path+"?api-version=7.1", body, append(headers, token...)...)
		return answer.StatusCode, text
	}
	event := func(name, job, result string) string {
		return `{"name":"` + name + `","taskId":"` + h.Get("TaskInstanceId") + `","jobId":"` + job + `","result":"` + result + `"}`
	}
	if status, text := post("/logs", `{"path":"logs\\x"}`); status != 200 || !within(decode(t, `{"id":1}`), decode(t, text)) {
		t.Error(status, text)
	}
	if status, text := post("/logs/1", "a line\n", "Content-Type", "application/octet-stream"); status != 200 {
		t.Error(status, text)
	}
	if status, _ := post("/logs/1", "a line\n"); status != 415 {
		t.Error(status)
	}
	if status, _ := post("/logs/2", "a line\n", "Content-Type", "application/octet-stream"); status != 404 {
		t.Error(status)
	}
	records := callbackPath(h) + "/timelines/" + h.Get("TimelineId") + "/records"
	if answer, text := exchange(t, server, "PATCH", records+"?api-version=7.1", `{"count":1,"value":[{"id":"`+h.Get("TaskInstanceId")+`","log":{"id":1},"currentOperation":"waiting"}]}`, token...); answer.StatusCode != 200 ||
		!within(decode(t, `{"count":2,"value":[{"type":"Job"},{"log":{"id":1},"currentOperation":"waiting","state":"inProgress"}]}`), decode(t, text)) {
		t.Error(text)
	}
	if answer, _ := exchange(t, server, "GET", callbackPath(h)+"/timelines/"+h.Get("TimelineId"), "", token...); answer.StatusCode != 200 {
		t.Error(answer.Status)
	}
	if answer, _ := exchange(t, server, "GET", callbackPath(h)+"/timelines/"+h.Get("PlanId")+"/records", "", token...); answer.StatusCode != 404 {
		t.Error(answer.Status)
	}
	if got := server.Callbacks()[0]; got.Log != "a line\n" || got.Operation != "waiting" || got.State != "inProgress" || got.Build != id {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct {
		body string
		want int
	}{
		{event("TaskStarted", h.Get("JobId"), ""), 204},
		{event("TaskCompleted", h.Get("TaskInstanceId"), "succeeded"), 404},
		{event("TaskExploded", h.Get("JobId"), ""), 400},
		{event("TaskCompleted", h.Get("JobId"), "maybe"), 400},
		{`"x`, 400},
		{event("TaskCompleted", h.Get("JobId"), "succeeded"), 204},
		{event("TaskCompleted", h.Get("JobId"), "succeeded"), 400},
		{event("TaskCompleted", h.Get("JobId"), "failed"), 400},
	} {
		if status, text := post("/events", tt.body); status != tt.want {
			t.Errorf("%s: %d %s", tt.body, status, text)
		}
	}
	clock.Advance(time.Minute)
	if b, _ := server.Build(id); b.Result != "succeeded" {
		t.Errorf("%+v", b)
	}
	// Another job's token decides nothing here, and an old one nothing at all.
	if _, err := server.StartBuild("Fabrikam", "gated"); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Deliver(t.Context(), &http.Client{Transport: to}); err != nil {
		t.Fatal(err)
	}
	h = to.calls[1].Header
	if status, _ := post("/events", event("TaskCompleted", h.Get("JobId"), "succeeded")); status != 403 {
		t.Error(status)
	}
	token[1] = "Bearer " + h.Get("AuthToken")
	h.Set("HubName", "gates")
	if status, _ := post("/events", event("TaskCompleted", h.Get("JobId"), "succeeded")); status != 404 {
		t.Error(status)
	}
	clock.Advance(48 * time.Hour)
	if status, _ := post("/events", event("TaskCompleted", h.Get("JobId"), "succeeded")); status != 203 {
		t.Error(status)
	}
}

func TestChecksWithoutAGoodAnswerFail(t *testing.T) {
	server, clock := newServer(t, withPipelines(azdevopstest.Options{}))
	id, err := server.StartBuild("Fabrikam", "gated")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Deliver(t.Context(), &http.Client{Transport: &answers{statuses: []int{500}}}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	if b, _ := server.Build(id); b.Result != "failed" || b.Stages[0].State != "completed" {
		t.Errorf("%+v", b)
	}
}

func TestOptionsOfPipelines(t *testing.T) {
	stage := func(s azdevopstest.Stage) azdevopstest.Options {
		return azdevopstest.Options{Definitions: []azdevopstest.Definition{{Name: "a", Stages: []azdevopstest.Stage{s}}}}
	}
	release := func(s azdevopstest.ReleaseStage) azdevopstest.Options {
		return azdevopstest.Options{ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{Name: "a", Stages: []azdevopstest.ReleaseStage{s}}}}
	}
	for want, o := range map[string]azdevopstest.Options{
		"Definitions[0]: the name is empty":                 {Definitions: []azdevopstest.Definition{{}}},
		`Definitions[0]: there is no project "x"`:           {Definitions: []azdevopstest.Definition{{Name: "a", Project: "x"}}},
		`Definitions[1]: there is a definition "A" already`: {Definitions: []azdevopstest.Definition{{Name: "a"}, {Name: "A"}}},
		"Definitions[0]: field Queue is negative":           {Definitions: []azdevopstest.Definition{{Name: "a", Queue: -1}}},
		"stage 0: field For is negative":                    stage(azdevopstest.Stage{For: -1}),
		`stage 0: the result is "good"`:                     stage(azdevopstest.Stage{Result: "good"}),
		"no Environment to which they belong":               stage(azdevopstest.Stage{Approval: &azdevopstest.Approval{}}),
		"Min is more than there are approvers":              stage(azdevopstest.Stage{Environment: "e", Approval: &azdevopstest.Approval{Min: 2}}),
		"check 0: the URL is no address":                    stage(azdevopstest.Stage{Environment: "e", Checks: []azdevopstest.Check{{URL: "x"}}}),
		`there is a stage "B" already`:                      {Definitions: []azdevopstest.Definition{{Name: "a", Stages: []azdevopstest.Stage{{Name: "b"}, {Name: "B"}}}}},
		"ReleaseDefinitions[0]: it has no stage":            {ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{Name: "a"}}},
		"ReleaseDefinitions[0]: stage 0 has no name":        release(azdevopstest.ReleaseStage{}),
		`stage 0: the result is "failed"; use succeeded`:    release(azdevopstest.ReleaseStage{Name: "a", Result: "failed"}),
		"stage 0: a time of GateTiming":                     release(azdevopstest.ReleaseStage{Name: "a", GateTiming: azdevopstest.GateTiming{Delay: -1}}),
		"stage 0: a gate has no name":                       release(azdevopstest.ReleaseStage{Name: "a", Gates: []azdevopstest.Gate{{URL: receives}}}),
	} {
		if _, err := azdevopstest.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	server, _ := newServer(t, withPipelines(azdevopstest.Options{}))
	createRelease := func(project, definition string) (int, error) { return server.CreateRelease(project, definition) }
	for _, call := range []func(string, string) (int, error){server.StartBuild, createRelease} {
		if _, err := call("No", "shop"); err == nil {
			t.Error("in a project that is not there")
		}
		if _, err := call("Fabrikam", "no"); err == nil {
			t.Error("a definition that is not there")
		}
	}
	if _, there := server.Build(9); there || server.Step(9) || server.Associate(9, nil) || server.ReleaseStages(9) != nil || server.CheckSuite(9) != "" {
		t.Error("something is there")
	}
	if _, err := server.CreateRelease("Fabrikam", "classic", 9); err == nil {
		t.Error("a release of a build that is not there")
	}
	// What waits for people is not ended by hand.
	id, err := server.StartBuild("Fabrikam", "deploy")
	if err != nil || server.Step(id) {
		t.Error("stepped over an approval", err)
	}
}
