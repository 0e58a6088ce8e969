package codefresh_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

func TestRunOnTheWire(t *testing.T) {
	server, client := newWorld(t)
	yes := true
	id, err := client.Builds.Run(t.Context(), "shop/deploy", codefresh.Run{
		Branch: "main", SHA: "abc", Trigger: "manual", RequestID: "8d1f",
		Variables:   []codefresh.Variable{{Key: "B", Value: "2=3"}, {Key: "A", Value: "1"}},
		Annotations: map[string]string{"CR_NUMBER": "CHG1"},
		Options:     &codefresh.RunOptions{NoCache: &yes, Skip: []string{"lint"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	call := server.Journal()[0]
	if call.Method != "POST" || call.Path != "/api/pipelines/run/shop/deploy" || call.Query != "reqId=8d1f" {
		t.Errorf("%s %s?%s", call.Method, call.Path, call.Query)
	}
	want := `{"branch":"main","sha":"abc","trigger":"manual","variables":[{"key":"B","value":"2=3"},{"key":"A","value":"1"}],"contexts":[],"annotations":{"CR_NUMBER":"CHG1"},"options":{"noCache":true,"skip":["lint"]}}`
	if diff := cmp.Diff(want, string(call.Body)); diff != "" {
		t.Error(diff)
	}
	b, _ := server.Build(id)
	if b.Branch != "main" || b.Variables["B"] != "2=3" || server.Annotations(id)["CR_NUMBER"] != "CHG1" {
		t.Errorf("started %+v", b)
	}
}

func TestRunTwiceIsOneBuild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		server.Fail(codefreshtest.Fault{DropAfter: true, Call: 1}, codefreshtest.BadGateway().OnCall(2))
		id, err := client.Builds.Run(t.Context(), "shop/deploy", codefresh.Run{})
		if err != nil || len(server.Builds()) != 1 || server.Builds()[0] != id {
			t.Errorf("%q %v, builds %v", id, err, server.Builds())
		}
		ids := map[string]bool{}
		for _, call := range server.Journal() {
			ids[call.Query] = true
		}
		if len(ids) != 1 {
			t.Errorf("request ids %v", ids)
		}
		for range 2 {
			if again, err := client.Builds.Run(t.Context(), "shop/deploy", codefresh.Run{RequestID: "event-1"}); err != nil || again == id {
				t.Error(again, err)
			}
		}
		if len(server.Builds()) != 2 {
			t.Errorf("builds %v", server.Builds())
		}
	})
}

func TestRebuildIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		server.Fail(codefreshtest.Fault{DropAfter: true, Call: 1})
		_, err := client.Builds.Rebuild(t.Context(), id)
		var failed *codefresh.Error
		if !errors.Is(err, codefresh.ErrAmbiguous) || !errors.As(err, &failed) || !failed.MaybeApplied() || len(server.Builds()) != 2 {
			t.Errorf("%v, builds %v", err, server.Builds())
		}
		again, err := client.Builds.Rebuild(t.Context(), id)
		if err != nil || again == id || len(server.Builds()) != 3 {
			t.Errorf("%q %v", again, err)
		}
	})
}

func TestActingCallsFollowNoRedirect(t *testing.T) {
	server, client := newWorld(t)
	id := start(t, server, "shop/deploy")
	server.SetStatus(id, "pending-approval")
	redirect := codefreshtest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"/api/elsewhere"}}}
	server.Fail(redirect.On("GET", "/api/workflow/*/pending-approval/*"))
	if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); err == nil {
		t.Error("a redirected approval counts as given")
	}
	away := codefreshtest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {"https://evil.example.com/api/user"}}}
	server.Fail(away.On("GET", "/api/user"))
	if _, err := client.CurrentUser(t.Context()); err == nil {
		t.Error("a redirect to another host is followed")
	}
	for _, call := range server.Journal() {
		if strings.Contains(call.Path, "elsewhere") || call.Header.Get("Host") == "evil.example.com" {
			t.Errorf("%s %s was sent", call.Method, call.Path)
		}
	}
}

func TestWaitEndings(t *testing.T) {
	stage := func(status string, d time.Duration) codefreshtest.Stage {
		return codefreshtest.Stage{Status: status, For: d}
	}
	for _, tt := range []struct {
		stages []codefreshtest.Stage
		wait   codefresh.Wait
		want   codefresh.Ending
		err    error
	}{
		{[]codefreshtest.Stage{stage("running", time.Minute)}, codefresh.Wait{}, codefresh.EndSuccess, nil},
		{[]codefreshtest.Stage{stage("running", time.Minute), stage("error", 0)}, codefresh.Wait{}, codefresh.EndError, nil},
		{[]codefreshtest.Stage{stage("terminating", time.Minute), stage("terminated", 0)}, codefresh.Wait{}, codefresh.EndTerminated, nil},
		{[]codefreshtest.Stage{{Status: "pending-approval", For: time.Minute, Final: "denied"}}, codefresh.Wait{}, codefresh.EndDenied, nil},
		{[]codefreshtest.Stage{stage("pending-approval", time.Hour)}, codefresh.Wait{AtApproval: true}, codefresh.EndPendingApproval, nil},
		{[]codefreshtest.Stage{stage("hibernating", 24*time.Hour)}, codefresh.Wait{}, codefresh.EndUnknown, nil},
		{[]codefreshtest.Stage{stage("hibernating", time.Minute), stage("running", time.Minute)}, codefresh.Wait{}, codefresh.EndSuccess, nil},
		{[]codefreshtest.Stage{stage("running", 24*time.Hour)}, codefresh.Wait{}, codefresh.EndTimeout, codefresh.ErrStillWaiting},
	} {
		t.Run(string(tt.want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := newWorld(t, codefreshtest.Pipeline{Name: "p/q", Stages: tt.stages})
				id := start(t, server, "p/q")
				server.Fail(codefreshtest.Unavailable().OnCall(2))
				b, ending, err := client.Builds.Wait(t.Context(), id, tt.wait)
				if ending != tt.want || !errors.Is(err, tt.err) || b.ID != id {
					t.Errorf("%q %v for %q", ending, err, b.Status)
				}
				if n := server.Requests(); n > 150 {
					t.Errorf("%d requests in %v, budget 150", n, b.Updated)
				}
			})
		})
	}
	_, client := newWorld(t)
	if _, _, err := client.Builds.Wait(t.Context(), strings.Repeat("0", 24), codefresh.Wait{}); !errors.Is(err, codefresh.ErrNotFound) {
		t.Error(err)
	}
}

func TestListsAreReadSideBySide(t *testing.T) {
	server, client := newWorld(t)
	var want []string
	for range 57 {
		want = append(want, start(t, server, "shop/deploy"))
	}
	slices.Reverse(want)
	var got, inner []string
	for b, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{PageSize: 10}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b.ID)
		if len(got)%20 == 0 { // another list in between
			inner = nil
			for b, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{PageSize: 25}) {
				if err != nil {
					t.Fatal(err)
				}
				inner = append(inner, b.ID)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, inner); diff != "" {
		t.Error(diff)
	}
	first := server.Journal()[0]
	if first.Query != "limit=10&page=1&paginationReset=true" || first.Header.Get("X-Pagination-Session-Id") == "" {
		t.Errorf("first page: %s %v", first.Query, first.Header)
	}
}

func TestListSurvivesLostPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		var want []string
		for range 45 {
			want = append(want, start(t, server, "shop/deploy"))
		}
		slices.Reverse(want)
		server.Fail(
			codefreshtest.Fault{DropAfter: true, Call: 1}, codefreshtest.Fault{DropAfter: true, Call: 4},
			codefreshtest.BadGateway().OnCall(8), codefreshtest.RateLimited(time.Second).OnCall(9),
		)
		var got []string
		for b, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{PageSize: 10, Prefetch: true}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, b.ID)
			if len(got) == 15 {
				start(t, server, "shop/deploy") // newer than all that is read
			}
		}
		got = slices.DeleteFunc(got, func(id string) bool { return !slices.Contains(want, id) })
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		server.Fail(codefreshtest.BadGateway().On("GET", "/api/workflow"))
		for _, err := range client.Builds.All(t.Context(), codefresh.BuildQuery{}) {
			if !errors.Is(err, codefresh.ErrUnavailable) {
				t.Error(err)
			}
		}
	})
}

func TestListQueries(t *testing.T) {
	server, client := newWorld(t, gated, codefreshtest.Pipeline{Name: "shop/test"})
	id := start(t, server, "shop/test")
	start(t, server, "shop/deploy")
	day := time.Date(2026, 3, 4, 23, 0, 0, 0, time.UTC)
	page, err := client.Builds.List(t.Context(), codefresh.BuildQuery{
		Status: []codefresh.Status{codefresh.StatusPending, codefresh.StatusRunning}, Pipeline: "shop/test", From: day.AddDate(-90, 0, 0), To: time.Now().AddDate(0, 0, 1),
	})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != id || page.Next != "" || page.Total != -1 {
		t.Errorf("%+v %v", page, err)
	}
	if b := page.Items[0]; b.PipelineName != "shop/test" || b.Created.IsZero() || b.ProgressID == "" || b.Approvals() != 0 {
		t.Errorf("%+v", b)
	}
	one, err := client.Builds.List(t.Context(), codefresh.BuildQuery{PageSize: 1})
	if err != nil || one.Next == "" {
		t.Fatal(one, err)
	}
	two, err := client.Builds.List(t.Context(), codefresh.BuildQuery{PageSize: 1, After: one.Next})
	if err != nil || two.Items[0].ID != id || two.Next != "" {
		t.Errorf("%+v %v", two, err)
	}
	server.ResetJournal()
	for name, q := range map[string]codefresh.BuildQuery{
		"PageSize is -1":         {PageSize: -1},
		"PageSize is 101":        {PageSize: 101},
		"no cursor":              {After: "x"},
		"To is before From":      {From: day, To: day.AddDate(0, 0, -1)},
		"name one state":         {Status: []codefresh.Status{"a,b"}},
		`"0:abc" is no cursor`:   {After: "0:abc"},
		`"1:a b" is no cursor o`: {After: "1:a b"},
	} {
		if _, err := client.Builds.List(t.Context(), q); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
		for _, err := range client.Builds.All(t.Context(), q) {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%v, want %q", err, name)
			}
		}
	}
	if server.Requests() != 0 {
		t.Error(requests(server))
	}
}

func TestTerminateAndLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		wait(2 * time.Second)
		if _, err := client.Builds.Logs(t.Context(), id); !errors.Is(err, codefresh.ErrUnavailable) {
			t.Errorf("the log of a build that runs: %v", err)
		}
		b, err := client.Builds.Terminate(t.Context(), id)
		if err != nil || b.Status != codefresh.StatusRunning {
			t.Fatal(b.Status, err)
		}
		if b, err := client.Builds.Terminate(t.Context(), id); err != nil || b.Status != codefresh.StatusTerminated {
			t.Error(b.Status, err)
		}
		if n := server.Requests("DELETE"); n != 1 {
			t.Errorf("ended %d times", n)
		}
		steps, err := client.Builds.Logs(t.Context(), id)
		want := []codefresh.StepLog{{Name: "running_1", Created: steps[0].Created, Lines: []string{"running of shop/deploy", "done"}}}
		if diff := cmp.Diff(want, steps); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	})
}

func TestLogsAreNotReadFromAnywhere(t *testing.T) {
	server, err := codefreshtest.New(codefreshtest.Options{Pipelines: []codefreshtest.Pipeline{gated}})
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, server.Client(), func(c *codefresh.Config) { c.BaseURL = "https://codefresh.test" })
	id := start(t, server, "shop/deploy")
	server.SetStatus(id, "success")
	for _, address := range []string{"http://store.test/log", "file:///etc/passwd", "https://user:pw@store.test/x", "log", "https:///x"} {
		body := `{"id":"` + strings.Repeat("a", 24) + `","location":{"type":"gcs","url":` + fmt.Sprintf("%q", address) + `}}`
		server.ClearFaults()
		server.Fail(codefreshtest.Fault{Path: "/api/progress/", Status: 200, Body: body})
		if _, err := client.Builds.Logs(t.Context(), id); !errors.Is(err, codefresh.ErrInvalid) || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestBuildDecoding(t *testing.T) {
	for _, tt := range []struct {
		body string
		want codefresh.Build
	}{
		{`{"_id":"x","status":"new word","created":null,"started":"","finished":1700000000000,"extra":{"a":[1]}}`,
			codefresh.Build{ID: "x", Status: "new word", Finished: time.UnixMilli(1700000000000).UTC()}},
		{`{"id":"x","created":"2026-03-04T05:06:07.089Z","updated":"yesterday","userYamlDescriptor":"steps:\n  a:\n    type: pending-approval\n  b:\n    \"type\": 'pending-approval' # now\n"}`,
			codefresh.Build{ID: "x", Created: time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC), YAML: "steps:\n  a:\n    type: pending-approval\n  b:\n    \"type\": 'pending-approval' # now\n"}},
	} {
		var b codefresh.Build
		if err := json.Unmarshal([]byte(tt.body), &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, b); diff != "" {
			t.Error(diff)
		}
		if want := strings.Count(b.YAML, "pending-approval"); b.YAML != "" && b.Approvals() != want {
			t.Errorf("%d approvals, want %d", b.Approvals(), want)
		}
	}
	if (codefresh.Build{}).Approvals() != -1 {
		t.Error("a build without YAML claims to know its approvals")
	}
}

func TestData(t *testing.T) {
	server, client := newWorld(t)
	id := start(t, server, "shop/deploy")
	if err := client.Builds.SetData(t.Context(), id, map[string]any{"change": "CHG1"}); err != nil {
		t.Fatal(err)
	}
	data, err := client.Builds.Data(t.Context(), id)
	if err != nil || data["change"] != "CHG1" {
		t.Error(data, err)
	}
	if client.Builds.SetData(t.Context(), id, nil) == nil || client.Builds.SetData(t.Context(), id, map[string]any{"": 1}) == nil {
		t.Error("nothing to set is set")
	}
}

func TestRunRefusesBadInput(t *testing.T) {
	server, client := newWorld(t)
	run := func(name string, r codefresh.Run) func() error {
		return func() error { _, err := client.Builds.Run(t.Context(), name, r); return err }
	}
	for want, call := range map[string]func() error{
		"the pipeline name is empty":             run("", codefresh.Run{}),
		"control characters":                     run("a\nb", codefresh.Run{}),
		`the key "" of Run.Variables[0]`:         run("p/q", codefresh.Run{Variables: []codefresh.Variable{{}}}),
		`the key "A" stands twice`:               run("p/q", codefresh.Run{Variables: []codefresh.Variable{{Key: "A"}, {Key: "A"}}}),
		"an annotation key starts with a letter": run("p/q", codefresh.Run{Annotations: map[string]string{"1": ""}}),
		"Run.RequestID holds a blank":            run("p/q", codefresh.Run{RequestID: "a b"}),
		"Run.YAML is empty":                      func() error { _, err := client.Builds.RunYAML(t.Context(), codefresh.Run{}); return err },
		"Rebuild: the build id":                  func() error { _, err := client.Builds.Rebuild(t.Context(), "../x"); return err },
		"Builds.Get: the build id":               func() error { _, err := client.Builds.Terminate(t.Context(), strings.Repeat("g", 24)); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(requests(server))
	}
}

func TestPipelineNamesAreEscaped(t *testing.T) {
	server, client := newWorld(t, codefreshtest.Pipeline{Name: "shop/größe v2/x"})
	if _, err := client.Builds.Run(t.Context(), "shop/größe v2/x", codefresh.Run{}); err != nil {
		t.Fatal(err)
	}
	if p := server.Journal()[0].Path; p != "/api/pipelines/run/shop/größe v2/x" {
		t.Error(p)
	}
	if len(server.Builds()) != 1 {
		t.Error("not started")
	}
}
