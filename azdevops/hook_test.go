package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const secret = "hook-secret-0123456789"

// subscribed makes a subscription of work item updates.
func subscription(t testing.TB, publisher, event string, filter map[string]string) azdevops.Subscription {
	t.Helper()
	sub, err := azdevops.WebHook{URL: receives, User: "azure", Password: secret, Headers: map[string]string{"X-Key": secret}}.Subscribe(publisher, event, filter)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func TestHooksEnsure(t *testing.T) {
	server, client := newPipes(t)
	sub := subscription(t, "tfs", "workitem.updated", map[string]string{"workItemType": "Bug"})
	made, wrote, err := client.Hooks.Ensure(t.Context(), sub)
	if err != nil || !wrote || made.Status != azdevops.SubscriptionEnabled {
		t.Fatal(made, wrote, err)
	}
	if made.Inputs["basicAuthPassword"] != "********" || made.Inputs["httpHeaders"] != "********" || made.Inputs["basicAuthUsername"] != "azure" {
		t.Errorf("%q", made.Inputs)
	}
	// With secrets it is written each time, and stays one.
	again, wrote, err := client.Hooks.Ensure(t.Context(), sub)
	if err != nil || !wrote || again.ID != made.ID {
		t.Error(again, wrote, err)
	}
	open := sub
	open.Inputs = map[string]string{"url": receives + "/open", "resourceDetailsToSend": ""}
	for i, want := range []bool{true, false, false} {
		if _, wrote, err := client.Hooks.Ensure(t.Context(), open); err != nil || wrote != want {
			t.Error(i, wrote, err)
		}
	}
	// One that hears of less, or more, is another.
	wider := open
	wider.Filter = map[string]string{}
	if other, wrote, err := client.Hooks.Ensure(t.Context(), wider); err != nil || !wrote || other.ID == made.ID {
		t.Error(other, wrote, err)
	}
	list, err := client.Hooks.List(t.Context())
	if err != nil || len(list) != 3 {
		t.Error(len(list), err)
	}
	found, err := client.Hooks.Query(t.Context(), azdevops.SubscriptionQuery{Publisher: "tfs", Event: "workitem.updated", Consumer: "webHooks", Filter: map[string]string{"workItemType": "Bug"}})
	if err != nil || len(found) != 2 {
		t.Error(len(found), err)
	}
	if err := client.Hooks.Delete(t.Context(), made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Hooks.Get(t.Context(), made.ID); !errors.Is(err, azdevops.ErrNotFound) {
		t.Error(err)
	}
	// A creation whose answer is lost is found.
	synctest.Test(t, func(t *testing.T) {
		server, err := azdevopstest.New(pipes())
		if err != nil {
			t.Fatal(err)
		}
		server.Fail(azdevopstest.Fault{Method: "POST", Call: 1, DropAfter: true})
		client := newClient(t, server.Client(), nil)
		if made, wrote, err := client.Hooks.Ensure(t.Context(), sub); err != nil || !wrote || made.ID == "" {
			t.Error(made, wrote, err)
		}
		if list, err := client.Hooks.List(t.Context()); err != nil || len(list) != 1 {
			t.Error(len(list), err)
		}
	})
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", sub, sub, sub), slog.AnyValue(sub).Resolve().String(), fmt.Sprintf("%+v", azdevops.WebHook{URL: receives, Password: secret})} {
		if strings.Contains(text, secret) {
			t.Error(text)
		}
	}
	_ = server
}

func TestHooksRefuse(t *testing.T) {
	server, client := newPipes(t)
	for want, hook := range map[string]azdevops.WebHook{
		"WebHook.URL is no address": {URL: "itsm.example.com"},
		"holds credentials":         {URL: "https://a:b@itsm.example.com"},
		"over https only":           {URL: "http://itsm.example.com", User: "a", Password: "b"},
		"1 to 256 characters":       {URL: receives, Password: "b"},
		"WebHook.Headers":           {URL: receives, Headers: map[string]string{"X": "a\nEvil: b"}},
	} {
		if _, err := hook.Subscribe("tfs", "workitem.updated", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := (azdevops.WebHook{URL: receives}).Subscribe("", "x", nil); err == nil {
		t.Error("no publisher")
	}
	read, err := client.Hooks.Create(t.Context(), subscription(t, "tfs", "workitem.created", nil))
	if err != nil {
		t.Fatal(err)
	}
	n := server.Requests()
	if _, err := client.Hooks.Replace(t.Context(), read); err == nil || !strings.Contains(err.Error(), "the input basicAuthPassword is masked; set its secret again") {
		t.Error("masked secrets written:", err)
	}
	for name, call := range map[string]func() error{
		"no publisher, event or url": func() error { _, err := client.Hooks.Create(t.Context(), azdevops.Subscription{}); return err },
		"Ensure: the subscription":   func() error { _, _, err := client.Hooks.Ensure(t.Context(), azdevops.Subscription{}); return err },
		"is no GUID":                 func() error { return client.Hooks.Delete(t.Context(), "x") },
		"Notifications":              func() error { _, err := client.Hooks.Notifications(t.Context(), "x"); return err },
		"HookWatch.Inputs is nil":    func() error { return client.Hooks.Watch(t.Context(), azdevops.HookWatch{}) },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), name) {
			t.Error(err)
		}
	}
	if server.Requests() != n {
		t.Error("something was sent")
	}
	bad := subscription(t, "tfs", "workitem.created", nil)
	bad.Event = "workitem.exploded"
	if _, err := client.Hooks.Create(t.Context(), bad); !errors.Is(err, azdevops.ErrInvalid) {
		t.Error(err)
	}
	for publisher, version := range map[string]string{"tfs": "1.0", "rm": "3.0-preview.1", "pipelines": "5.1-preview.1"} {
		if sub := subscription(t, publisher, "x", nil); sub.Version != version {
			t.Error(publisher, sub.Version)
		}
	}
}

func TestHooksWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		sub := subscription(t, "tfs", "workitem.created", nil)
		made, err := client.Hooks.Create(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		gone := &receiver{status: http.StatusGone}
		bug(t, server, "lost")
		if _, err := server.Deliver(t.Context(), gone.client()); err != nil {
			t.Fatal(err)
		}
		list, err := client.Hooks.Disabled(t.Context())
		if err != nil || len(list) != 1 || list[0].Status != azdevops.SubscriptionBySystem {
			t.Fatal(list, err)
		}
		if _, err := client.Hooks.Enable(t.Context(), made.ID, nil); err == nil || !strings.Contains(err.Error(), "is masked") {
			t.Error("enabled without its secrets:", err)
		}
		server.Fail(azdevopstest.Fault{Method: "GET", Status: 403, Body: "{}", Call: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 11*time.Minute)
		defer cancel()
		var told []string
		err = client.Hooks.Watch(ctx, azdevops.HookWatch{
			Inputs: func(s azdevops.Subscription) (map[string]string, bool) { return sub.Inputs, s.ID == made.ID },
			Report: func(s azdevops.Subscription, err error) { told = append(told, fmt.Sprint(s.Status, " ", err == nil)) },
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{" false", "enabled true"}, told); diff != "" {
			t.Error(diff)
		}
		well := &receiver{}
		bug(t, server, "told")
		if _, err := server.Deliver(t.Context(), well.client()); err != nil || len(well.calls) != 1 {
			t.Fatal(len(well.calls), err)
		}
		if user, password, _ := well.calls[0].BasicAuth(); user != "azure" || password != secret || well.calls[0].Header.Get("X-Key") != secret {
			t.Error("the secrets were not kept")
		}
		notes, err := client.Hooks.Notifications(t.Context(), made.ID)
		if err != nil || len(notes) != 2 || notes[0].Result != "succeeded" || notes[1].Result != "failed" {
			t.Errorf("%+v %v", notes, err)
		}
	})
}

// TestEventsAreWhatIsDelivered subscribes to all events, has all of them happen,
// and parses what is delivered.
func TestEventsAreWhatIsDelivered(t *testing.T) {
	for _, detail := range []azdevops.EventDetail{azdevops.DetailAll, azdevops.DetailMinimal, azdevops.DetailNone} {
		t.Run("003-37 "+string(detail), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { deliverAll(t, detail) })
		})
	}
}

func deliverAll(t *testing.T, detail azdevops.EventDetail) {
	server, client := newPipes(t)
	kinds := map[string]azdevops.EventKind{
		"workitem.created": azdevops.EventWorkItemCreated, "workitem.updated": azdevops.EventWorkItemUpdated, "workitem.deleted": azdevops.EventWorkItemDeleted,
		"workitem.restored": azdevops.EventWorkItemRestored, "workitem.commented": azdevops.EventWorkItemCommented, "build.complete": azdevops.EventBuildComplete,
		"ms.vss-release.release-created-event": azdevops.EventReleaseCreated, "ms.vss-release.release-abandoned-event": azdevops.EventReleaseAbandoned,
		"ms.vss-release.deployment-started-event": azdevops.EventDeploymentStarted, "ms.vss-release.deployment-completed-event": azdevops.EventDeploymentComplete,
		"ms.vss-release.deployment-approval-pending-event": azdevops.EventDeploymentApproval, "ms.vss-release.deployment-approval-completed-event": azdevops.EventDeploymentApproval,
		"ms.vss-pipelines.run-state-changed-event": azdevops.EventRunState, "ms.vss-pipelines.stage-state-changed-event": azdevops.EventStageState,
		"ms.vss-pipelines.job-state-changed-event": azdevops.EventJobState, "ms.vss-pipelinechecks-events.approval-pending": azdevops.EventApproval,
		"ms.vss-pipelinechecks-events.approval-completed": azdevops.EventApproval,
	}
	for kind := range kinds {
		publisher := "tfs"
		switch {
		case strings.HasPrefix(kind, "ms.vss-release"):
			publisher = "rm"
		case strings.HasPrefix(kind, "ms.vss-pipeline"):
			publisher = "pipelines"
		}
		sub, err := azdevops.WebHook{URL: receives, Detail: detail}.Subscribe(publisher, kind, nil)
		if err != nil {
			t.Fatal(err)
		}
		versions := []string{sub.Version}
		if kind == "build.complete" {
			versions = append(versions, "1.0")
		}
		for _, sub.Version = range versions {
			if _, err := client.Hooks.Create(t.Context(), sub); err != nil {
				t.Fatal(err)
			}
		}
	}
	id := bug(t, server, "Mail is down")
	if _, _, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{azdevops.FieldState: "Resolved"}, Comment: "done"}); err != nil {
		t.Fatal(err)
	}
	if err := client.WorkItems.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := client.Do(t.Context(), "PATCH", fmt.Sprintf("/Fabrikam/_apis/wit/recyclebin/%d", id), nil, map[string]bool{"isDeleted": false}, nil); err != nil {
		t.Fatal(err)
	}
	start(t, server, "deploy")
	if _, err := client.Approvals.Approve(t.Context(), pending(t, client).ID, "go"); err != nil {
		t.Fatal(err)
	}
	release, err := server.CreateRelease("Fabrikam", "classic")
	if err != nil {
		t.Fatal(err)
	}
	wait(time.Minute)
	for a, err := range client.Releases.Approvals(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Releases.Approve(t.Context(), a.ID, "go"); err != nil {
			t.Fatal(err)
		}
	}
	wait(time.Minute)
	if err := client.Do(t.Context(), "PATCH", fmt.Sprintf("/Fabrikam/_apis/release/releases/%d", release), nil, map[string]string{"status": "abandoned"}, nil); err != nil {
		t.Fatal(err)
	}
	var to receiver
	sent, err := server.Deliver(t.Context(), to.client())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	results := map[azdevops.BuildResult]int{}
	for _, d := range sent {
		e, err := azdevops.ParseEvent(d.Body)
		if err != nil {
			t.Fatalf("%v: %s", err, d.Body)
		}
		seen[e.Type] = true
		if e.Kind != kinds[e.Type] || e.Detail != detail || e.SubscriptionID != d.Subscription || e.NotificationID != d.Notification || e.ProjectID == "" || e.Created.IsZero() {
			t.Errorf("%+v", e)
		}
		if detail == azdevops.DetailNone {
			continue
		}
		switch e.Kind {
		case azdevops.EventWorkItemUpdated:
			if e.WorkItem.ID != id || e.WorkItem.Rev != 2 {
				t.Errorf("%+v", e.WorkItem)
			}
			if _, after, changed := e.Changed(azdevops.FieldState); detail == azdevops.DetailAll && (!changed || string(after) != `"Resolved"` || e.WorkItem.Fields.Identity(azdevops.FieldChangedBy).UniqueName != "integration@example.com") {
				t.Errorf("%s", d.Body)
			}
		case azdevops.EventBuildComplete:
			results[e.Build.Result]++
		case azdevops.EventDeploymentStarted, azdevops.EventDeploymentComplete, azdevops.EventDeploymentApproval:
			if e.Deployment.ReleaseID != release || e.Deployment.EnvironmentID == 0 {
				t.Errorf("%+v", e.Deployment)
			}
		case azdevops.EventRunState, azdevops.EventStageState, azdevops.EventApproval:
			if e.Run.RunID != 1 {
				t.Errorf("%+v %s", e.Run, d.Body)
			}
		}
	}
	if len(seen) != len(kinds) {
		t.Errorf("of %d kinds only these came: %v", len(kinds), seen)
	}
	if want := map[azdevops.BuildResult]int{azdevops.BuildSucceeded: 2}; detail == azdevops.DetailAll && !cmp.Equal(want, results) {
		t.Errorf("builds ended as %v", results)
	}
}
