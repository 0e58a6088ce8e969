package azdevops_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestPipelinesOnTheWire holds each call about pipelines to its bytes: method,
// address, and body.
func TestPipelinesOnTheWire(t *testing.T) {
	server, client := newPipes(t)
	ctx := t.Context()
	var wire transcript
	const guid = "00000000-0000-4000-8000-000000000000"
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	sub, err := azdevops.WebHook{URL: receives, Headers: map[string]string{"B": "2", "A": "1"}}.Subscribe("tfs", "build.complete", map[string]string{"projectId": ""})
	if err != nil {
		t.Fatal(err)
	}
	put := sub
	put.ID, put.Status = guid, azdevops.SubscriptionEnabled
	for _, call := range []struct {
		name string
		do   func()
	}{
		{"Builds.List", func() {
			_, _ = client.Builds.List(ctx, azdevops.BuildQuery{
				Definitions: []int{1, 2}, Number: "2026*", IDs: []int{3}, Branch: "refs/heads/main", Status: azdevops.BuildCompleted, Result: azdevops.BuildFailed,
				Tags: []string{"a", "b c"}, From: at, To: at.Add(time.Hour), PageSize: 10, After: "x+y",
			})
		}},
		{"Builds.Get", func() { _, _ = client.Builds.Get(ctx, 1) }},
		{"Builds.Queue", func() {
			_, _ = client.Builds.Queue(ctx, azdevops.QueueBuild{Definition: 1, Branch: "b", Version: "v", Parameters: map[string]string{"p": "1"}, Variables: map[string]string{"v": `"`}})
		}},
		{"Builds.Cancel", func() { _, _ = client.Builds.Cancel(ctx, 1) }},
		{"Builds.Retry", func() { _, _ = client.Builds.Retry(ctx, 1) }},
		{"Builds.RetryStage", func() { _ = client.Builds.RetryStage(ctx, 1, "Stage 1") }},
		{"Builds.Definitions", func() {
			for range client.Builds.Definitions(ctx, "shop*") {
				break
			}
		}},
		{"Builds.Changes", func() {
			for range client.Builds.Changes(ctx, 1) {
				break
			}
		}},
		{"Builds.WorkItems", func() { _, _ = client.Builds.WorkItems(ctx, 1) }},
		{"Builds.WorkItemsBetween", func() { _, _ = client.Builds.WorkItemsBetween(ctx, 1, 2) }},
		{"Builds.Timeline", func() { _, _ = client.Builds.Timeline(ctx, 1) }},
		{"Builds.Log", func() {
			if log, err := client.Builds.Log(ctx, 1, 2); err == nil {
				_ = log.Close()
			}
		}},
		{"Builds.Artifacts", func() { _, _ = client.Builds.Artifacts(ctx, 1) }},
		{"Builds.AddTags", func() { _, _ = client.Builds.AddTags(ctx, 1, []string{"a", "b"}) }},
		{"Builds.RemoveTag", func() { _, _ = client.Builds.RemoveTag(ctx, 1, "a b") }},
		{"Pipelines.All", func() {
			for range client.Pipelines.All(ctx) {
				break
			}
		}},
		{"Pipelines.Run", func() {
			_, _ = client.Pipelines.Run(ctx, 1, azdevops.StartRun{
				Branch: "b", Version: "v", Parameters: map[string]string{"p": "1"}, Variables: map[string]azdevops.RunVariable{"s": {Value: "x", Secret: true}}, Skip: []string{"Test"},
			})
		}},
		{"Pipelines.Run as it is", func() { _, _ = client.Pipelines.Run(ctx, 1, azdevops.StartRun{}) }},
		{"Pipelines.GetRun", func() { _, _ = client.Pipelines.GetRun(ctx, 1, 2) }},
		{"Pipelines.Runs", func() { _, _ = client.Pipelines.Runs(ctx, 1) }},
		{"Approvals.List", func() { _, _ = client.Approvals.List(ctx, azdevops.ApprovalPending) }},
		{"Approvals.Get", func() { _, _ = client.Approvals.Get(ctx, guid) }},
		{"Checks.Suite", func() { _, _ = client.Checks.Suite(ctx, guid) }},
		{"Releases.Get", func() { _, _ = client.Releases.Get(ctx, 1) }},
		{"Releases.Approvals", func() {
			for range client.Releases.Approvals(ctx, azdevops.ApprovalRejected) {
				break
			}
		}},
		{"Releases.GetApproval", func() { _, _ = client.Releases.GetApproval(ctx, 1) }},
		{"Releases.IgnoreGates", func() { _ = client.Releases.IgnoreGates(ctx, 5, []string{"a"}, "why") }},
		{"Releases.Deployments", func() {
			for range client.Releases.Deployments(ctx, 3) {
				break
			}
		}},
		{"Hooks.List", func() { _, _ = client.Hooks.List(ctx) }},
		{"Hooks.Create", func() { _, _ = client.Hooks.Create(ctx, sub) }},
		{"Hooks.Query", func() {
			_, _ = client.Hooks.Query(ctx, azdevops.SubscriptionQuery{Publisher: "tfs", Filter: map[string]string{"b": "2", "a": "1"}})
		}},
		{"Hooks.Get", func() { _, _ = client.Hooks.Get(ctx, guid) }},
		{"Hooks.Replace", func() { _, _ = client.Hooks.Replace(ctx, put) }},
		{"Hooks.Notifications", func() { _, _ = client.Hooks.Notifications(ctx, guid) }},
		{"Hooks.Delete", func() { _ = client.Hooks.Delete(ctx, guid) }},
	} {
		server.ResetJournal()
		call.do()
		if server.Requests() == 0 {
			t.Errorf("%s sent nothing", call.name)
		}
		for _, c := range server.Journal() {
			wire.add(call.name, fmt.Sprintf("%s %s?%s", c.Method, c.Path, c.Query), string(c.Body))
		}
	}
	golden(t, "testdata/wire/pipelines.txt", wire.String())
}

// transcript collects requests.
type transcript struct{ strings.Builder }

func (w *transcript) add(name, line, body string) {
	w.WriteString(name + "\n  " + line + "\n")
	if body != "" {
		w.WriteString("  " + body + "\n")
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}
