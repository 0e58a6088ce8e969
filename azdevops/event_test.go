package azdevops_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
)

func eventFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var ada = azdevops.Identity{ID: "dddddddd-0000-4000-8000-000000000001", DisplayName: "Ada Example", UniqueName: "ada@example.com"}

// brief is what an event says, for comparison.
type brief struct {
	Kind       azdevops.EventKind
	Detail     azdevops.EventDetail
	Item       int
	State      string
	Build      *azdevops.BuildEvent
	Deployment *azdevops.DeploymentEvent
	Run        *azdevops.RunEvent
}

func briefOf(e azdevops.Event) brief {
	b := brief{Kind: e.Kind, Detail: e.Detail, Build: e.Build, Deployment: e.Deployment, Run: e.Run}
	if e.WorkItem != nil {
		b.Item, b.State = e.WorkItem.ID, e.WorkItem.Fields.Text(azdevops.FieldState)
	}
	return b
}

func TestParseEvent(t *testing.T) {
	const all, minimal, none = azdevops.DetailAll, azdevops.DetailMinimal, azdevops.DetailNone
	build := func(result azdevops.BuildResult, by azdevops.Identity) *azdevops.BuildEvent {
		return &azdevops.BuildEvent{
			ID: 9, Number: "20260301.1", Result: result, DefinitionID: 3, Definition: "shop", Branch: "refs/heads/main",
			Version: "0123456789012345678901234567890123456789", Requester: by,
			Started: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), Finished: time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC),
		}
	}
	production := func(status string) *azdevops.DeploymentEvent {
		return &azdevops.DeploymentEvent{ReleaseID: 1, ReleaseName: "Release-1", EnvironmentID: 5, EnvironmentName: "Production", EnvironmentStatus: status, Project: "Fabrikam"}
	}
	release := &azdevops.DeploymentEvent{ReleaseID: 1, ReleaseName: "Release-1", Project: "Fabrikam"}
	pending := production("succeeded")
	pending.Approval = &azdevops.ReleaseApproval{ID: 12, Type: "preDeploy", Status: azdevops.ApprovalPending, Approver: ada}
	approval := func(status azdevops.ApprovalStatus) *azdevops.Approval {
		return &azdevops.Approval{
			ID: "eeeeeeee-0000-4000-8000-000000000001", Status: status, Created: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC), MinApprovers: 1,
			Steps: []azdevops.ApprovalStep{{Approver: ada, Status: status, Comment: "go"}}, Pipeline: "shop", RunID: 9,
		}
	}
	run := azdevops.RunEvent{RunID: 9, RunName: "20260301.1", PipelineID: 3, PipelineName: "shop"}
	with := func(change func(*azdevops.RunEvent)) *azdevops.RunEvent {
		r := run
		change(&r)
		return &r
	}
	ended := with(func(r *azdevops.RunEvent) { r.State, r.Result = "completed", "succeeded" })
	tests := map[string]brief{
		"workitem-updated":                 {azdevops.EventWorkItemUpdated, all, 42, "Resolved", nil, nil, nil},
		"workitem-updated-other-publisher": {azdevops.EventWorkItemUpdated, all, 42, "Resolved", nil, nil, nil},
		"workitem-updated-by-text":         {azdevops.EventWorkItemUpdated, all, 42, "Resolved", nil, nil, nil},
		"workitem-updated-minimal":         {azdevops.EventWorkItemUpdated, minimal, 42, "", nil, nil, nil},
		"workitem-updated-none":            {azdevops.EventWorkItemUpdated, none, 0, "", nil, nil, nil},
		"workitem-created":                 {azdevops.EventWorkItemCreated, all, 42, "Resolved", nil, nil, nil},
		"workitem-created-minimal":         {azdevops.EventWorkItemCreated, minimal, 42, "", nil, nil, nil},
		"workitem-deleted":                 {azdevops.EventWorkItemDeleted, all, 42, "Resolved", nil, nil, nil},
		"workitem-restored":                {azdevops.EventWorkItemRestored, all, 42, "Resolved", nil, nil, nil},
		"workitem-commented":               {azdevops.EventWorkItemCommented, all, 42, "", nil, nil, nil},

		"build-complete-1":         {azdevops.EventBuildComplete, all, 0, "", build(azdevops.BuildPartiallySucceeded, azdevops.Identity{DisplayName: "Ada Example", UniqueName: "ada@example.com"}), nil, nil},
		"build-complete-1-stopped": {azdevops.EventBuildComplete, all, 0, "", build(azdevops.BuildCanceled, ada), nil, nil},
		"build-complete-2":         {azdevops.EventBuildComplete, all, 0, "", build(azdevops.BuildFailed, ada), nil, nil},
		"build-complete-minimal":   {azdevops.EventBuildComplete, minimal, 0, "", &azdevops.BuildEvent{ID: 9}, nil, nil},

		"release-created":                      {azdevops.EventReleaseCreated, all, 0, "", nil, release, nil},
		"release-abandoned":                    {azdevops.EventReleaseAbandoned, all, 0, "", nil, release, nil},
		"deployment-started":                   {azdevops.EventDeploymentStarted, all, 0, "", nil, production("inProgress"), nil},
		"deployment-completed":                 {azdevops.EventDeploymentComplete, all, 0, "", nil, production("succeeded"), nil},
		"deployment-completed-other-publisher": {azdevops.EventDeploymentComplete, all, 0, "", nil, production("succeeded"), nil},
		"deployment-completed-minimal":         {azdevops.EventDeploymentComplete, minimal, 0, "", nil, &azdevops.DeploymentEvent{ReleaseID: 1, EnvironmentID: 5}, nil},
		"deployment-approval-pending":          {azdevops.EventDeploymentApproval, all, 0, "", nil, pending, nil},

		"run-state":             {azdevops.EventRunState, all, 0, "", nil, nil, ended},
		"run-state-no-pipeline": {azdevops.EventRunState, all, 0, "", nil, nil, ended},
		"stage-state":           {azdevops.EventStageState, all, 0, "", nil, nil, with(func(r *azdevops.RunEvent) { r.Stage, r.State, r.Result = "Deploy", "completed", "failed" })},
		"job-state":             {azdevops.EventJobState, all, 0, "", nil, nil, with(func(r *azdevops.RunEvent) { r.Stage, r.Job, r.State = "Deploy", "Deploy job", "inProgress" })},
		"approval-pending": {azdevops.EventApproval, all, 0, "", nil, nil, &azdevops.RunEvent{
			RunID: 9, PipelineName: "shop", Stage: "Deploy", Environment: "production", State: "pending", Approval: approval(azdevops.ApprovalPending),
		}},
		"approval-completed": {azdevops.EventApproval, all, 0, "", nil, nil, with(func(r *azdevops.RunEvent) {
			r.Stage, r.State, r.Approval = "Deploy", "approved", approval(azdevops.ApprovalApproved)
		})},
		"other": {azdevops.EventOther, all, 0, "", nil, nil, nil},
	}
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) != len(tests) {
		t.Errorf("%d files, %d tests, %v", len(files), len(tests), err)
	}
	for name, want := range tests {
		rule := "003-13 "
		if strings.HasPrefix(name, "workitem-updated") {
			rule = "003-11 "
		}
		t.Run(rule+name, func(t *testing.T) {
			e, err := azdevops.ParseEvent(eventFile(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, briefOf(e)); diff != "" {
				t.Error(diff)
			}
			if e.SubscriptionID != "11111111-2222-4333-8444-555555555555" || e.NotificationID != 7 || e.ID != "aaaaaaaa-0000-4000-8000-000000000001" ||
				e.ProjectID != "babababa-0000-4000-8000-000000000001" || e.ProjectURL != "https://dev.azure.com/acme/" ||
				!e.Created.Equal(time.Date(2026, 3, 1, 12, 0, 0, 123456700, time.UTC)) {
				t.Errorf("envelope %+v", e)
			}
		})
	}
}

func TestUpdateIsADelta(t *testing.T) {
	e, err := azdevops.ParseEvent(append([]byte("\ufeff"), eventFile(t, "workitem-updated")...))
	if err != nil {
		t.Fatal(err)
	}
	if e.Update.ID != 4 || e.Update.WorkItem != 42 || e.Update.Rev != 5 || e.Update.By.UniqueName != "ada@example.com" || len(e.Update.Relations.Added) != 1 {
		t.Errorf("%+v", e.Update)
	}
	for field, want := range map[string][3]string{
		"System.State":        {`"Active"`, `"Resolved"`, "yes"},
		"system.assignedto":   {"", `"Ada Example <ada@example.com>"`, "yes"}, // set: nothing before
		"System.BoardColumn":  {`"Doing"`, "", "yes"},                         // cleared: nothing after
		"Custom.ServiceNowId": {"", "", ""},                                   // did not change, and is in the item
	} {
		before, after, changed := e.Changed(field)
		got := [3]string{string(before), string(after), map[bool]string{true: "yes"}[changed]}
		if got != want {
			t.Errorf("%s: %q", field, got)
		}
	}
	if e.WorkItem.Fields.Text("Custom.ServiceNowId") != "a1b2c3" || e.WorkItem.Fields.Identity(azdevops.FieldChangedBy).UniqueName != "ada@example.com" {
		t.Errorf("%s", e.WorkItem.Fields)
	}
	text, err := azdevops.ParseEvent(eventFile(t, "workitem-updated-by-text"))
	if err != nil || text.Update.By.UniqueName != "ada@example.com" || text.WorkItem.Fields.Identity(azdevops.FieldChangedBy).UniqueName != "ada@example.com" {
		t.Error(text.Update, err)
	}
	created, err := azdevops.ParseEvent(eventFile(t, "workitem-created"))
	if _, _, changed := created.Changed("System.State"); err != nil || changed {
		t.Error("a created item has changed", err)
	}
}

func TestParseEventRefuses(t *testing.T) {
	with := func(kind, resource string) string {
		return `{"id":"a","eventType":"` + kind + `","publisherId":"tfs","resource":` + resource + `}`
	}
	for name, tt := range map[string][2]string{
		"no JSON":                        {`<html>`, "cannot be read"},
		"nothing":                        {``, "cannot be read"},
		"no event":                       {`{"id":"a"}`, "no eventType or no id"},
		"no id":                          {`{"eventType":"workitem.updated"}`, "no eventType or no id"},
		"003-11 the sample of a push":    {with("workitem.updated", `{"commits":[{}],"pushId":14}`), "as an old sample of the documentation does"},
		"003-11 the sample with values":  {with("workitem.updated", `{"id":5,"rev":3,"fields":{"System.State":"New","System.Title":"x"}}`), "as the documentation's sample does"},
		"values, with the item's number": {with("workitem.updated", `{"id":5,"workItemId":5,"fields":{"System.State":"New"}}`), "as the documentation's sample does"},
		"no work item in an update":      {with("workitem.updated", `{"id":5}`), "names no work item"},
		"no work item":                   {with("workitem.created", `{"rev":5}`), "names no work item"},
		"no build":                       {with("build.complete", `{"status":"succeeded"}`), "names no build"},
		"a build of letters":             {with("build.complete", `{"id":"x"}`), "cannot be read"},
		"a release of letters":           {with("ms.vss-release.deployment-completed-event", `{"environment":5}`), "cannot be read"},
		"a run of letters":               {with("ms.vss-pipelines.run-state-changed-event", `{"run":"x"}`), "cannot be read"},
		"a resource of letters":          {with("workitem.updated", `"x"`), "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := azdevops.ParseEvent([]byte(tt[0]))
			if !errors.Is(err, azdevops.ErrEvent) || !strings.Contains(err.Error(), tt[1]) || !strings.HasPrefix(err.Error(), "azdevops: event: ") {
				t.Errorf("%v, want %q", err, tt[1])
			}
			if diff := cmp.Diff(azdevops.Event{}, e); diff != "" {
				t.Error("an event beside the error", diff)
			}
		})
	}
}

func FuzzParseEvent(f *testing.F) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"id":"a","eventType":"workitem.updated","resource":{"workItemId":1,"fields":{"a":null},"revision":{}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := azdevops.ParseEvent(body)
		if err != nil {
			if !errors.Is(err, azdevops.ErrEvent) {
				t.Fatal(err)
			}
			return
		}
		if e.ID == "" || e.Type == "" {
			t.Errorf("accepted without id or type: %s", body)
		}
		switch e.Kind {
		case azdevops.EventWorkItemUpdated, azdevops.EventWorkItemCreated:
			if e.Detail != azdevops.DetailNone && (e.WorkItem == nil) {
				t.Errorf("no work item: %s", body)
			}
		case azdevops.EventBuildComplete:
			if e.Detail != azdevops.DetailNone && e.Build.ID <= 0 {
				t.Errorf("no build: %s", body)
			}
		}
		e.Changed("System.State")
	})
}

// What was parsed is the caller's, also when the body's buffer is used again.
func TestParseEventKeepsItsOwnCopy(t *testing.T) {
	body := eventFile(t, "workitem-updated")
	e, err := azdevops.ParseEvent(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if _, after, _ := e.Changed("System.State"); string(after) != `"Resolved"` || e.WorkItem.Fields.Text("System.Title") == "" || e.Resource[0] != '{' {
		t.Error(string(after), e.WorkItem)
	}
}

// Names and texts with escapes, and letters outside of ASCII.
func TestParseEventEscapes(t *testing.T) {
	e, err := azdevops.ParseEvent([]byte(` {"id":"a","event\u0054ype":"workitem.updated" , "publisherId":"tf\"s","resource":{"workItemId":1,"fields":{"Custom.\u00dcber\"":{"oldValue":"{\"a\":[1,\"}\"]}","newValue":["x",{"y":null}]},"Leer":{}}, "revisedBy":"Ädä \u003cä@example.com>"}}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	before, after, changed := e.Changed(`Custom.Über"`)
	if e.Publisher != `tf"s` || string(before) != `"{\"a\":[1,\"}\"]}"` || string(after) != `["x",{"y":null}]` || !changed ||
		e.Update.By.DisplayName != "Ädä" || e.Update.By.UniqueName != "ä@example.com" {
		t.Errorf("%q %s %s %v %+v", e.Publisher, before, after, changed, e.Update)
	}
}
