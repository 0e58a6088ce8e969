package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// pending is the only approval that waits.
func pending(t testing.TB, client *azdevops.Client) azdevops.Approval {
	t.Helper()
	list, err := client.Approvals.List(t.Context(), azdevops.ApprovalPending)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0]
}

func TestApprovalsEnd(t *testing.T) {
	type act func(*azdevops.ApprovalService, context.Context, string, string, ...azdevops.CallOption) (azdevops.Approval, error)
	approve, reject := act((*azdevops.ApprovalService).Approve), act((*azdevops.ApprovalService).Reject)
	patch := azdevopstest.Fault{Method: "PATCH", Call: 1}
	lostAfter, lostBefore := patch, patch
	lostAfter.DropAfter, lostBefore.DropBefore = true, true
	for name, tt := range map[string]struct {
		act    act
		before func(*testing.T, *azdevopstest.Server, *azdevops.Client, string)
		want   error
		status azdevops.ApprovalStatus
		result string // of the build
		writes int
	}{
		"approved":         {act: approve, status: "approved", result: "succeeded", writes: 1},
		"rejected":         {act: reject, status: "rejected", result: "failed", writes: 1},
		"approved already": {act: approve, status: "approved", result: "succeeded", before: decide(approve)},
		"rejected already": {act: reject, status: "rejected", result: "failed", before: decide(reject)},
		"approved, and now rejected": {
			act: reject, status: "approved", result: "succeeded", before: decide(approve), want: azdevops.ErrConflict,
		},
		"timed out before": {act: approve, status: "timedOut", result: "canceled", want: azdevops.ErrConflict, before: func(*testing.T, *azdevopstest.Server, *azdevops.Client, string) {
			wait(2 * time.Hour)
		}},
		"the build was canceled": {act: approve, status: "canceled", result: "canceled", want: azdevops.ErrConflict, before: func(t *testing.T, _ *azdevopstest.Server, c *azdevops.Client, _ string) {
			if _, err := c.Builds.Cancel(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			wait(time.Minute)
		}},
		"approved, the answer was lost": {act: approve, status: "approved", result: "succeeded", writes: 1, before: fail(lostAfter)},
		"rejected, the answer was lost": {act: reject, status: "rejected", result: "failed", writes: 1, before: fail(lostAfter)},
		"not taken, the answer was lost": {
			act: approve, status: "pending", want: azdevops.ErrAmbiguous, writes: 1, before: fail(lostBefore),
		},
		"approved by somebody else between looking and writing": {
			act: approve, status: "approved", result: "succeeded", writes: 1, before: fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: waits}, decide(approve)),
		},
		"rejected by somebody else between looking and writing": {
			act: approve, status: "rejected", result: "failed", want: azdevops.ErrConflict, writes: 1, before: fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: waits}, decide(reject)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := newPipes(t)
				id := start(t, server, "deploy")
				a := pending(t, client)
				if a.RunID != id || a.Pipeline != "deploy" || a.Instructions != "CAB" || a.MinApprovers != 1 || len(a.Steps) != 1 || a.Steps[0].Approver.UniqueName != "integration@example.com" {
					t.Errorf("%+v", a)
				}
				if tt.before != nil {
					tt.before(t, server, newClient(t, server.Client(), nil), a.ID)
				}
				server.ResetJournal()
				got, err := tt.act(client.Approvals, t.Context(), a.ID, "CHG0030001")
				if !errors.Is(err, tt.want) || got.Status != tt.status {
					t.Errorf("%q %v", got.Status, err)
				}
				if n := server.Requests("PATCH"); n != tt.writes {
					t.Errorf("%d writes, want %d", n, tt.writes)
				}
				wait(time.Minute)
				if b, _ := server.Build(id); b.Result != tt.result {
					t.Errorf("the build is %q, want %q", b.Result, tt.result)
				}
			})
		})
	}
}

func decide(act func(*azdevops.ApprovalService, context.Context, string, string, ...azdevops.CallOption) (azdevops.Approval, error)) func(*testing.T, *azdevopstest.Server, *azdevops.Client, string) {
	return func(t *testing.T, _ *azdevopstest.Server, c *azdevops.Client, id string) {
		if _, err := act(c.Approvals, t.Context(), id, "before"); err != nil {
			t.Fatal(err)
		}
	}
}

// fail does something and then adds a fault.
func fail(f azdevopstest.Fault, first ...func(*testing.T, *azdevopstest.Server, *azdevops.Client, string)) func(*testing.T, *azdevopstest.Server, *azdevops.Client, string) {
	return func(t *testing.T, server *azdevopstest.Server, c *azdevops.Client, id string) {
		for _, act := range first {
			act(t, server, c, id)
		}
		server.Fail(f)
	}
}

// waits makes an approval look as it did before it was decided.
func waits(body []byte) []byte {
	return []byte(strings.NewReplacer(`"status":"approved"`, `"status":"pending"`, `"status":"rejected"`, `"status":"pending"`).Replace(string(body)))
}

func TestApprovalsOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := start(t, server, "two")
		a := pending(t, client)
		server.Fail(azdevopstest.Fault{Method: "PATCH", Call: 1, DropAfter: true})
		first, err := client.Approvals.Approve(t.Context(), a.ID, "one of two")
		if err != nil || first.Status != azdevops.ApprovalPending || first.Steps[0].Status != azdevops.ApprovalApproved || first.Steps[0].Actual.UniqueName != "integration@example.com" {
			t.Errorf("%+v %v", first, err)
		}
		if _, err := client.Approvals.Approve(t.Context(), a.ID, "once more"); !errors.Is(err, azdevops.ErrForbidden) {
			t.Error("decided twice by one:", err)
		}
		second, err := as(t, server, "second").Approvals.Approve(t.Context(), a.ID, "two of two")
		if err != nil || second.Status != azdevops.ApprovalApproved {
			t.Errorf("%+v %v", second, err)
		}
		wait(time.Minute)
		if b, _ := server.Build(id); b.Result != "succeeded" {
			t.Errorf("%+v", b)
		}
	})
}

func TestApprovalsRefuse(t *testing.T) {
	server, client := newPipes(t)
	start(t, server, "deploy")
	a := pending(t, client)
	if _, err := as(t, server, "second").Approvals.Approve(t.Context(), a.ID, "x"); !errors.Is(err, azdevops.ErrForbidden) {
		t.Error("nobody asked:", err)
	}
	if _, err := as(t, server, "reader").Approvals.Reject(t.Context(), a.ID, "x"); !errors.Is(err, azdevops.ErrForbidden) {
		t.Error("a reader:", err)
	}
	if _, err := client.Approvals.Get(t.Context(), "00000000-0000-4000-8000-000000000000"); !errors.Is(err, azdevops.ErrNotFound) {
		t.Error(err)
	}
	n := server.Requests()
	if _, err := client.Approvals.Approve(t.Context(), "1", "x"); err == nil || !strings.HasPrefix(err.Error(), "azdevops: Approvals.Approve: the approval id") || server.Requests() != n {
		t.Error(err)
	}
	server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: func([]byte) []byte { return []byte(`{"id":"x","status":"approved"}`) }})
	if _, err := client.Approvals.Approve(t.Context(), a.ID, "x"); err == nil || server.Requests("PATCH") != 2 {
		t.Error("an answer about another approval:", err)
	}
	for range 1000 {
		start(t, server, "deploy")
	}
	if _, err := client.Approvals.List(t.Context(), azdevops.ApprovalPending); !errors.Is(err, azdevops.ErrTooMany) {
		t.Error(err)
	}
}

func TestChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		configs, err := client.Checks.Configurations(t.Context(), "environment", server.EnvironmentID("production"))
		if err != nil || len(configs) != 3 {
			t.Fatal(len(configs), err)
		}
		var check azdevops.CheckConfiguration
		for _, c := range configs {
			if c.Type.ID == azdevops.TaskCheck {
				check = c
			}
		}
		if check.Timeout != 72*60 || check.Resource.Name != "production" || !strings.Contains(string(check.Settings), `"displayName":"ServiceNow"`) {
			t.Errorf("%+v %s", check, check.Settings)
		}
		call := server.Journal()[0]
		if want := "%24expand=settings&api-version=7.1-preview.1&resourceId=" + server.EnvironmentID("production") + "&resourceType=environment"; call.Query != want {
			t.Error(call.Query)
		}
		id := start(t, server, "gated")
		states := func() string {
			suite, err := client.Checks.Suite(t.Context(), server.CheckSuite(id))
			if err != nil || len(suite.Runs) != 1 || suite.Runs[0].Configuration != check.ID || suite.Runs[0].Created.IsZero() {
				t.Fatalf("%+v %v", suite, err)
			}
			return fmt.Sprint(suite.Status, " ", suite.Runs[0].Status, " ", suite.Runs[0].Completed.IsZero())
		}
		got := []string{states()}
		callback := called(t, server)
		if err := callback.Complete(t.Context(), decider(t, server, callback), azdevops.TaskFailed); err != nil {
			t.Fatal(err)
		}
		got = append(got, states())
		id = start(t, server, "gated")
		wait(73 * time.Hour)
		got = append(got, states())
		if diff := cmp.Diff([]string{"running running true", "rejected rejected false", "timedOut timedOut false"}, got); diff != "" {
			t.Error(diff)
		}
		if b, _ := server.Build(id); b.Stages[0].Result != "skipped" {
			t.Errorf("%+v", b)
		}
		for name, call := range map[string]func() error{
			"resource type is empty": func() error { _, err := client.Checks.Configurations(t.Context(), "", "1"); return err },
			"resource id is empty":   func() error { _, err := client.Checks.Configurations(t.Context(), "x", ""); return err },
			"is no GUID":             func() error { _, err := client.Checks.Suite(t.Context(), "7"); return err },
		} {
			if err := call(); err == nil || !strings.Contains(err.Error(), name) {
				t.Error(err)
			}
		}
	})
}
