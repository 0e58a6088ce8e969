package azdevops_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestBuildsRunTheirCourse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		b, err := client.Builds.Queue(t.Context(), azdevops.QueueBuild{
			Definition: 1, Branch: "refs/heads/release", Version: "abc", Parameters: map[string]string{"change": "CHG1"}, Variables: map[string]string{"a": `"1"`},
		})
		if err != nil || b.Status != azdevops.BuildNotStarted || b.Branch != "refs/heads/release" || b.Queued.IsZero() || !b.Started.IsZero() || b.Definition != "shop" || b.RequestedFor.UniqueName != "integration@example.com" {
			t.Fatalf("%+v %v", b, err)
		}
		if kept, _ := server.Build(b.ID); kept.Parameters["change"] != "CHG1" || kept.Variables["a"] != `"1"` || kept.Version != "abc" {
			t.Errorf("%+v", kept)
		}
		if records, err := client.Builds.Timeline(t.Context(), b.ID); err != nil || records != nil {
			t.Error("a timeline before the start", records, err)
		}
		server.Associate(b.ID, []azdevopstest.Change{{ID: "c1", Message: "Mend it", Author: "Ada Example"}}, 7, 8)
		wait(12 * time.Second)
		records, err := client.Builds.Timeline(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		log := 0
		var states []string
		for _, r := range records {
			states = append(states, r.Type+" "+r.Name+" "+string(r.State)+" "+string(r.Result))
			if r.LogID == 1 {
				log = r.LogID
			}
		}
		want := []string{
			"Stage Build completed succeeded", "Job Build job completed succeeded", "Task Script completed succeeded",
			"Stage Test inProgress ", "Job Test job inProgress ", "Task Script inProgress ",
		}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Error(diff)
		}
		stream, err := client.Builds.Log(t.Context(), b.ID, log)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(stream)
		if err := errors.Join(err, stream.Close()); err != nil || !strings.HasSuffix(string(text), "Z done\n") || strings.Count(string(text), "\n") != 2 {
			t.Errorf("%q %v", text, err)
		}
		b, err = client.Builds.Wait(t.Context(), b.ID, azdevops.Poll{})
		if err != nil || b.Result != azdevops.BuildSucceeded || b.Finished.Sub(b.Started) != 30*time.Second {
			t.Errorf("%+v %v", b, err)
		}
		artifacts, err := client.Builds.Artifacts(t.Context(), b.ID)
		if err != nil || len(artifacts) != 1 || artifacts[0].Name != "drop" || artifacts[0].Resource.DownloadURL == "" {
			t.Errorf("%+v %v", artifacts, err)
		}
		if ids, err := client.Builds.WorkItems(t.Context(), b.ID); err != nil || !cmp.Equal(ids, []int{7, 8}) {
			t.Error(ids, err)
		}
		next := start(t, server, "shop")
		server.Associate(next, nil, 8, 9)
		if ids, err := client.Builds.WorkItemsBetween(t.Context(), b.ID, next); err != nil || !cmp.Equal(ids, []int{8, 9}) {
			t.Error(ids, err)
		}
		for c, err := range client.Builds.Changes(t.Context(), b.ID) {
			if err != nil || c.ID != "c1" || c.Author.DisplayName != "Ada Example" || c.Time.IsZero() {
				t.Errorf("%+v %v", c, err)
			}
		}
		run, err := client.Pipelines.GetRun(t.Context(), 1, b.ID)
		if err != nil || run.State != azdevops.RunCompleted || run.Result != "succeeded" || run.Name != b.Number || run.Pipeline.Name != "shop" {
			t.Errorf("%+v %v", run, err)
		}
	})
}

func TestBuildsAreRetriedAndCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := start(t, server, "broken")
		b, err := client.Builds.Wait(t.Context(), id, azdevops.Poll{})
		if err != nil || b.Result != azdevops.BuildFailed {
			t.Fatal(b, err)
		}
		if kept, _ := server.Build(id); kept.Stages[1].Result != "skipped" {
			t.Errorf("%+v", kept)
		}
		if b, err = client.Builds.Retry(t.Context(), id); err != nil || b.Status != azdevops.BuildInProgress {
			t.Error(b, err)
		}
		wait(time.Minute)
		if err := client.Builds.RetryStage(t.Context(), id, "build"); err != nil {
			t.Error(err)
		}
		if kept, _ := server.Build(id); kept.Stages[0].Attempt != 3 || kept.Status != "inProgress" {
			t.Errorf("%+v", kept)
		}
		if b, err = client.Builds.Cancel(t.Context(), id); err != nil || b.Status != azdevops.BuildCancelling {
			t.Error(b, err)
		}
		writes := server.Requests("PATCH")
		if b, err = client.Builds.Cancel(t.Context(), id); err != nil || b.Status != azdevops.BuildCancelling || server.Requests("PATCH") != writes {
			t.Error(b, err)
		}
		if b, err = client.Builds.Wait(t.Context(), id, azdevops.Poll{}); err != nil || b.Result != azdevops.BuildCanceled {
			t.Error(b, err)
		}
		if _, err := client.Builds.Retry(t.Context(), start(t, server, "shop")); !errors.Is(err, azdevops.ErrInvalid) {
			t.Error("one that has not failed:", err)
		}
		// It ends between looking and cancelling.
		done := start(t, server, "shop")
		wait(time.Minute)
		server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: func(body []byte) []byte {
			return []byte(strings.Replace(string(body), `"status":"completed"`, `"status":"inProgress"`, 1))
		}})
		if b, err := client.Builds.Cancel(t.Context(), done); err != nil || b.Result != azdevops.BuildSucceeded {
			t.Error(b, err)
		}
	})
}

func TestWaitsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := start(t, server, "deploy")
		began := time.Now()
		_, err := client.Builds.Wait(t.Context(), id, azdevops.Poll{Timeout: 10 * time.Minute})
		if !errors.Is(err, azdevops.ErrStillWaiting) || time.Since(began) != 10*time.Minute || !strings.Contains(err.Error(), `build 1 is "inProgress"`) {
			t.Error(time.Since(began), err)
		}
		if n := server.Requests(); n > 60 {
			t.Errorf("%d requests in ten minutes", n)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := client.Pipelines.WaitRun(ctx, 2, id, azdevops.Poll{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		server.Fail(azdevopstest.Fault{Status: 503, Times: 12})
		if _, err := client.Pipelines.WaitRun(t.Context(), 2, id, azdevops.Poll{Timeout: -1}); err != nil { // until its approval times out
			t.Error(err)
		}
		if _, err := client.Builds.Wait(t.Context(), id, azdevops.Poll{Min: -1}); err == nil || !strings.Contains(err.Error(), "field Min of Poll is negative") {
			t.Error(err)
		}
		if _, err := client.Builds.Wait(t.Context(), 99, azdevops.Poll{}); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestListsOfBuilds(t *testing.T) {
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	options := pipes()
	options.Clock = clock
	server, err := azdevopstest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, server.Client(), nil)
	for i := range 7 {
		id := start(t, server, []string{"shop", "broken"}[i%2])
		if i < 3 {
			if tags, err := client.Builds.AddTags(t.Context(), id, []string{"CHG 1", "x/y"}); err != nil || len(tags) != 2 {
				t.Fatal(tags, err)
			}
		}
		clock.Advance(time.Hour)
	}
	if tags, err := client.Builds.RemoveTag(t.Context(), 3, "x/y"); err != nil || !cmp.Equal(tags, []string{"CHG 1"}) {
		t.Error(tags, err)
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		query azdevops.BuildQuery
		want  []int
	}{
		"003-32 all, page by page": {azdevops.BuildQuery{PageSize: 2}, []int{7, 6, 5, 4, 3, 2, 1}},
		"ahead":                    {azdevops.BuildQuery{PageSize: 3, Prefetch: true}, []int{7, 6, 5, 4, 3, 2, 1}},
		"of a definition":          {azdevops.BuildQuery{Definitions: []int{4}}, []int{6, 4, 2}},
		"by result":                {azdevops.BuildQuery{Result: azdevops.BuildFailed, Status: azdevops.BuildCompleted}, []int{6, 4, 2}},
		"by number":                {azdevops.BuildQuery{Number: "20260301.2"}, []int{4, 3}},
		"by the start of it":       {azdevops.BuildQuery{Number: "20260301*", Definitions: []int{1}, PageSize: 1}, []int{7, 5, 3, 1}},
		"by tags":                  {azdevops.BuildQuery{Tags: []string{"CHG 1", "x/y"}}, []int{2, 1}},
		"by time":                  {azdevops.BuildQuery{From: noon.Add(2 * time.Hour), To: noon.Add(3 * time.Hour)}, []int{4, 3}},
		"by branch":                {azdevops.BuildQuery{Branch: "refs/heads/none"}, nil},
		"by id":                    {azdevops.BuildQuery{IDs: []int{2, 5}}, []int{5, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []int
			for b, err := range client.Builds.All(t.Context(), tt.query) {
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, b.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Error(diff)
			}
		})
	}
	page, err := client.Builds.List(t.Context(), azdevops.BuildQuery{PageSize: 5})
	if err != nil || len(page.Items) != 5 || page.Next == "" {
		t.Fatal(len(page.Items), page.Next, err)
	}
	if page, err = client.Builds.List(t.Context(), azdevops.BuildQuery{PageSize: 5, After: page.Next}); err != nil || len(page.Items) != 2 || page.Next != "" {
		t.Error(len(page.Items), page.Next, err)
	}
	runs, err := client.Pipelines.Runs(t.Context(), 4)
	if err != nil || len(runs) != 3 || runs[0].ID != 6 {
		t.Error(runs, err)
	}
	var names []string
	for d, err := range client.Builds.Definitions(t.Context(), "b*") {
		names = append(names, d.Name)
		if err != nil || d.ID != 4 || d.Path != `\` {
			t.Errorf("%+v %v", d, err)
		}
	}
	for p, err := range client.Pipelines.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"broken", "broken", "deploy", "gated", "shop", "two"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		run, err := client.Pipelines.Run(t.Context(), 1, azdevops.StartRun{
			Branch: "refs/heads/release", Version: "abc", Parameters: map[string]string{"a": "b"}, Skip: []string{"Test"},
			Variables: map[string]azdevops.RunVariable{"open": {Value: "1"}, "hidden": {Value: "s3cret", Secret: true}},
		})
		if err != nil || run.State != azdevops.RunInProgress {
			t.Fatal(run, err)
		}
		if b, _ := server.Build(run.ID); len(b.Stages) != 1 || b.Variables["hidden"] != "s3cret" || b.Branch != "refs/heads/release" || b.Version != "abc" {
			t.Errorf("%+v", b)
		}
		if run, err = client.Pipelines.WaitRun(t.Context(), 1, run.ID, azdevops.Poll{}); err != nil || run.Result != "succeeded" || run.Finished.Sub(run.Created) != 11*time.Second {
			t.Errorf("%+v %v", run, err)
		}
		if _, err := client.Pipelines.Run(t.Context(), 1, azdevops.StartRun{Skip: []string{"No"}}); !errors.Is(err, azdevops.ErrInvalid) {
			t.Error(err)
		}
		n := len(server.Journal())
		server.Fail(azdevopstest.Fault{Method: "POST", Call: 1, DropAfter: true})
		if _, err := client.Pipelines.Run(t.Context(), 1, azdevops.StartRun{}); !errors.Is(err, azdevops.ErrAmbiguous) || len(server.Journal()) != n+1 {
			t.Error("repeated:", err)
		}
	})
}

func TestBuildsRefuseBadInput(t *testing.T) {
	server, client := newPipes(t)
	ctx := t.Context()
	for want, call := range map[string]func() error{
		"the build id is 0":      func() error { _, err := client.Builds.Get(ctx, 0); return err },
		"the build id is -1":     func() error { _, err := client.Builds.Artifacts(ctx, -1); return err },
		"the definition id is 0": func() error { _, err := client.Builds.Queue(ctx, azdevops.QueueBuild{}); return err },
		"no tag is named":        func() error { _, err := client.Builds.AddTags(ctx, 1, nil); return err },
		"holds a comma":          func() error { _, err := client.Builds.AddTags(ctx, 1, []string{"a,b"}); return err },
		"the tag is empty":       func() error { _, err := client.Builds.RemoveTag(ctx, 1, ""); return err },
		"the log id is 0":        func() error { _, err := client.Builds.Log(ctx, 1, 0); return err },
		"To is before From": func() error {
			_, err := client.Builds.List(ctx, azdevops.BuildQuery{From: time.Unix(2, 0), To: time.Unix(1, 0)})
			return err
		},
		"PageSize is 5001":          func() error { _, err := client.Builds.List(ctx, azdevops.BuildQuery{PageSize: 5001}); return err },
		"the stage is empty":        func() error { return client.Builds.RetryStage(ctx, 1, "") },
		"the earlier build id is 0": func() error { _, err := client.Builds.WorkItemsBetween(ctx, 0, 1); return err },
		"the run id is 0":           func() error { _, err := client.Pipelines.GetRun(ctx, 1, 0); return err },
		"the pipeline id is 0":      func() error { _, err := client.Pipelines.Run(ctx, 0, azdevops.StartRun{}); return err },
		"the definition id is -2": func() error {
			_, err := client.Builds.List(ctx, azdevops.BuildQuery{Definitions: []int{-2}})
			return err
		},
		"Changes: the build id is 0": func() error {
			for _, err := range client.Builds.Changes(ctx, 0) {
				return err
			}
			return nil
		},
		"All: BuildQuery.PageSize is -1": func() error {
			for _, err := range client.Builds.All(ctx, azdevops.BuildQuery{PageSize: -1}) {
				return err
			}
			return nil
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "azdevops: ") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
	// A sign-in page is no log.
	if _, err := as(t, server, "wrong").Builds.Log(ctx, start(t, server, "shop"), 1); !errors.Is(err, azdevops.ErrSignIn) {
		t.Error(err)
	}
	if _, err := client.Builds.Log(ctx, 1, 9); !errors.Is(err, azdevops.ErrNotFound) {
		t.Error(err)
	}
}
