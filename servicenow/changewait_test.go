package servicenow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// waiting starts an emergency change that waits for its approval.
func waiting(t *testing.T) (*servicenowtest.Server, *servicenow.Client, string) {
	t.Helper()
	server, client := start(t, servicenowtest.Options{})
	c := makeChange(t, client, servicenow.EmergencyChange)
	if _, err := client.Changes.Walk(t.Context(), c.ID(), servicenow.ChangeScheduled, servicenow.WalkOptions{}); err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
	return server, client, c.ID()
}

func TestApprovalOfEveryState(t *testing.T) {
	t.Run("003-22", testApprovalOfEveryState)
}

func testApprovalOfEveryState(t *testing.T) {
	const (
		pending, done = servicenow.ApprovalPending, servicenow.ApprovalDone
	)
	for _, c := range []struct {
		kind     servicenow.ChangeType
		state    string
		approval servicenow.ApprovalState
		want     servicenow.ApprovalEnding
	}{
		{"normal", "N", "not requested", pending}, {"normal", "A", "requested", pending}, {"normal", "A", "approved", pending},
		{"normal", "U", "requested", pending}, {"normal", "U", "approved", done}, {"normal", "U", "not_required", done},
		{"normal", "S", "approved", done}, {"normal", "S", "requested", done}, {"normal", "I", "", done}, {"normal", "R", "", done},
		{"normal", "C", "approved", servicenow.ApprovalClosed}, {"normal", "X", "rejected", servicenow.ApprovalCanceled},
		{"normal", "N", "rejected", servicenow.ApprovalRefused}, {"normal", "U", "rejected", servicenow.ApprovalRefused},
		{"emergency", "U", "approved", done}, {"emergency", "N", "approved", pending}, {"standard", "N", "approved", pending}, {"standard", "S", "", done},
		{"expedited", "U", "approved", pending}, {"", "", "", pending}, {"normal", "?", "approved", pending},
	} {
		if got := servicenow.ApprovalOf(c.kind, letters[c.state], c.approval); got != c.want {
			t.Errorf("%s in %s, %s: %s, want %s", c.kind, c.state, c.approval, got, c.want)
		}
	}
}

// TestWaitForApproval_003_22: the first poll is at once, pauses lie between Min
// and Max and grow, and the approval ends it.
func TestWaitForApproval(t *testing.T) {
	t.Run("003-22", testWaitForApproval)
}

func testWaitForApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client, id := waiting(t)
		began := time.Now()
		time.AfterFunc(10*time.Minute, func() {
			if err := server.Approve(id, servicenowtest.DefaultUser); err != nil {
				t.Error(err)
			}
		})
		poll := servicenow.Poll{Min: 5 * time.Second, Max: time.Minute}
		w, err := client.Changes.WaitForApproval(t.Context(), id, poll)
		if err != nil || w.Ending != servicenow.ApprovalDone || w.Change.State() != servicenow.ChangeScheduled {
			t.Fatalf("%+v, %v", w, err)
		}
		journal := server.Journal()
		if len(journal) != w.Polls || w.Waited < 10*time.Minute || w.Waited > 11*time.Minute+time.Second {
			t.Errorf("%d requests, %d polls in %v", len(journal), w.Polls, w.Waited)
		}
		if !journal[0].Time.Equal(began) {
			t.Errorf("the first poll after %v", journal[0].Time.Sub(began))
		}
		limit := poll.Min
		for i := 1; i < len(journal); i++ {
			pause := journal[i].Time.Sub(journal[i-1].Time)
			if pause < poll.Min || pause > limit {
				t.Errorf("pause %d is %v, not between %v and %v", i, pause, poll.Min, limit)
			}
			limit = min(2*limit, poll.Max)
		}
		synctest.Wait()
	})
}

func TestWaitForApprovalEndings(t *testing.T) {
	t.Run("003-22", testWaitForApprovalEndings)
}

func testWaitForApprovalEndings(t *testing.T) {
	for ending, act := range map[servicenow.ApprovalEnding]func(*servicenowtest.Server, string) error{
		servicenow.ApprovalRefused: func(s *servicenowtest.Server, id string) error {
			return s.Reject(id, servicenowtest.DefaultUser, "no")
		},
		servicenow.ApprovalCanceled: func(s *servicenowtest.Server, id string) error {
			return s.Update("change_request", id, servicenowtest.Row{"state": "4"})
		},
		servicenow.ApprovalClosed: func(s *servicenowtest.Server, id string) error {
			return s.Update("change_request", id, servicenowtest.Row{"state": "3"})
		},
		servicenow.ApprovalTimeout: func(*servicenowtest.Server, string) error { return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			server, client, id := waiting(t)
			time.AfterFunc(time.Minute, func() {
				if err := act(server, id); err != nil {
					t.Error(err)
				}
			})
			began := time.Now()
			w, err := client.Changes.WaitForApproval(t.Context(), id, servicenow.Poll{Timeout: 5 * time.Minute})
			if err != nil || w.Ending != ending || w.Change.ID() != id {
				t.Errorf("%s: %+v, %v", ending, w, err)
			}
			if ending == servicenow.ApprovalTimeout && time.Since(began) != 5*time.Minute {
				t.Errorf("ended after %v", time.Since(began))
			}
			synctest.Wait()
		})
	}
}

// TestWaitForApprovalBearsFaults: a fault that may pass does not end the waiting,
// one that will not does, and so does the context.
func TestWaitForApprovalBearsFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client, id := waiting(t)
		server.Fail(servicenowtest.Fault{Call: 2, Times: 12, Status: 503, Body: "down"})
		failures := 0
		poll := servicenow.Poll{Timeout: 3 * time.Minute, OnPoll: func(_ int, err error) {
			if err != nil {
				failures++
			}
		}}
		w, err := client.Changes.WaitForApproval(t.Context(), id, poll)
		if err != nil || w.Ending != servicenow.ApprovalTimeout || failures == 0 {
			t.Errorf("%+v, %v, %d failures", w, err, failures)
		}
		server.Fail(servicenowtest.Fault{Status: 503, Body: "down"})
		if w, err = client.Changes.WaitForApproval(t.Context(), id, servicenow.Poll{Timeout: time.Minute}); w.Ending != servicenow.ApprovalTimeout || !errors.Is(err, servicenow.ErrUnavailable) {
			t.Errorf("down to the end: %+v, %v", w, err)
		}
		server.ClearFaults()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if w, err = client.Changes.WaitForApproval(ctx, id, servicenow.Poll{}); !errors.Is(err, context.DeadlineExceeded) || w.Ending != servicenow.ApprovalPending {
			t.Errorf("cancelled: %+v, %v", w, err)
		}
		if _, err = client.Changes.WaitForApproval(t.Context(), strings.Repeat("0", 32), servicenow.Poll{}); !errors.Is(err, servicenow.ErrNotFound) {
			t.Errorf("no such change: %v", err)
		}
	})
}
