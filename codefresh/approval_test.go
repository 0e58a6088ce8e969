package codefresh_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

func TestApproveWaitsForTheBuildAndConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		d, err := client.Builds.Approve(t.Context(), id, "CHG0030001 is in Implement", codefresh.Approval{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Already || d.Verdict != codefresh.Approved || d.Build.Status != codefresh.StatusRunning {
			t.Errorf("decided %+v", d)
		}
		want := map[string]any{"Reason": "CHG0030001 is in Implement", "itsmkit_approval_1": "approved"}
		if diff := cmp.Diff(want, server.Annotations(id)); diff != "" {
			t.Error(diff)
		}
		if got := server.Decisions(id); len(got) != 1 || got[0].Verdict != "approved" {
			t.Errorf("decisions %+v", got)
		}
		acting := 0
		for _, r := range requests(server) {
			if strings.Contains(r, "/pending-approval/") {
				acting++
			}
		}
		if acting != 1 {
			t.Errorf("sent %d decisions, want one: %s", acting, requests(server))
		}
	})
}

func TestDecisionAgain(t *testing.T) {
	for name, play := range map[string]func(*testing.T, *codefreshtest.Server, *codefresh.Client){
		"004-04 the same decision again is a success": func(t *testing.T, server *codefreshtest.Server, client *codefresh.Client) {
			id := start(t, server, "shop/deploy")
			for i, already := range []bool{false, true, true} {
				d, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{})
				if err != nil || d.Already != already {
					t.Errorf("call %d: already %v, %v", i, d.Already, err)
				}
			}
			_, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{})
			if !errors.Is(err, codefresh.ErrAlreadyDecided) || !errors.Is(err, codefresh.ErrConflict) {
				t.Errorf("denied after an approval: %v", err)
			}
			if n := len(server.Decisions(id)); n != 1 {
				t.Errorf("%d decisions", n)
			}
		},
		"004-04 never approved after a denial": func(t *testing.T, server *codefreshtest.Server, client *codefresh.Client) {
			id := start(t, server, "shop/deploy")
			if d, err := client.Builds.Deny(t.Context(), id, "rejected", codefresh.Approval{}); err != nil || d.Build.Status != codefresh.StatusDenied {
				t.Fatal(d.Build.Status, err)
			}
			if d, err := client.Builds.Deny(t.Context(), id, "rejected", codefresh.Approval{}); err != nil || !d.Already {
				t.Error(d, err)
			}
			if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrAlreadyDecided) {
				t.Error(err)
			}
		},
		"004-04 decided by someone else": func(t *testing.T, server *codefreshtest.Server, client *codefresh.Client) {
			id := start(t, server, "shop/deploy")
			wait(6 * time.Second)
			get(t, server, "/api/workflow/"+id+"/pending-approval/deny")
			if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrAlreadyDecided) {
				t.Error(err)
			}
			if d, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{}); err != nil || !d.Already {
				t.Error(d, err)
			}
		},
		"004-04 a build that is not there": func(t *testing.T, _ *codefreshtest.Server, client *codefresh.Client) {
			if _, err := client.Builds.Approve(t.Context(), strings.Repeat("0", 24), "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrNotFound) {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := newWorld(t)
				play(t, server, client)
			})
		})
	}
}

func TestBuildsThatDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t, codefreshtest.Pipeline{Name: "shop/test"}, gated)
		id := start(t, server, "shop/test")
		if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrNotPending) {
			t.Errorf("a build that ended: %v", err)
		}
		server.SetStatus(id, "running")
		began := time.Now()
		_, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{Poll: codefresh.Poll{Timeout: 10 * time.Minute}})
		if !errors.Is(err, codefresh.ErrNotPending) || !errors.Is(err, codefresh.ErrStillWaiting) || time.Since(began) != 10*time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		// One whose approval timed out was ended by the pipeline itself.
		late := start(t, server, "shop/deploy")
		wait(3 * time.Hour)
		if _, err := client.Builds.Approve(t.Context(), late, "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrNotPending) {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := client.Builds.Approve(ctx, id, "go", codefresh.Approval{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// twice is a build that asks for two approvals.
var twice = codefreshtest.Pipeline{Name: "shop/twice", Stages: []codefreshtest.Stage{
	{Status: "pending-approval"}, {Status: "running", For: time.Second}, {Status: "pending-approval"}, {Status: "running", For: time.Second}, {Status: "success"},
}}

func TestEachApprovalOfABuildIsDecidedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t, twice)
		id := start(t, server, "shop/twice")
		if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{Step: 2}); !errors.Is(err, codefresh.ErrNotPending) {
			t.Errorf("the second step before the first: %v", err)
		}
		for range 3 {
			if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); err != nil {
				t.Fatal(err)
			}
			wait(time.Minute)
		}
		if n := len(server.Decisions(id)); n != 1 {
			t.Errorf("%d decisions for one step", n)
		}
		if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{Step: 2}); err != nil {
			t.Fatal(err)
		}
		if d := server.Decisions(id); len(d) != 2 || d[1].Step != 2 {
			t.Errorf("decisions %+v", d)
		}
	})
}

func TestLostAnswers(t *testing.T) {
	approve := codefreshtest.Fault{Path: "/api/workflow/*/pending-approval/approve"}
	lostAfter, lostBefore := approve, approve
	lostAfter.DropAfter, lostBefore.DropBefore = true, true
	for _, tt := range []struct {
		name     string
		pipeline codefreshtest.Pipeline
		fault    codefreshtest.Fault
		applied  int
		want     error
	}{
		{"applied, one step: seen in the build", gated, lostAfter.OnCall(1), 1, nil},
		{"not applied, one step: repeated", gated, lostBefore.OnCall(1), 1, nil},
		{"never answered, one step: given up", gated, lostBefore.Repeat(99), 0, codefresh.ErrAmbiguous},
		{"applied, two steps: not repeated", twice, lostAfter.OnCall(1), 1, nil},
		{"not applied, two steps: not repeated", twice, lostBefore.OnCall(1), 0, codefresh.ErrAmbiguous},
		{"a bad gateway: repeated once it was read", gated, codefreshtest.BadGateway().On("GET", approve.Path).OnCall(1), 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := newWorld(t, tt.pipeline)
				id := start(t, server, tt.pipeline.Name)
				server.Fail(tt.fault)
				_, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{})
				if !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
				if n := len(server.Decisions(id)); n != tt.applied {
					t.Errorf("%d decisions, want %d", n, tt.applied)
				}
			})
		})
	}
}

// TestDecidedAtMostOnce plays random schedules: several workers, the same
// orders delivered again, lost answers, crashes at any request, some orders to
// approve and some to deny.
func TestDecidedAtMostOnce(t *testing.T) {
	rounds := 400
	if testing.Short() || raceEnabled {
		rounds = 60
	}
	for seed := range rounds {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			// A second decision about a build with two approvals would let it past
			// the other one: that is where a repeat does harm.
			pipeline := []codefreshtest.Pipeline{gated, twice}[seed%2]
			server, _ := newWorld(t, pipeline)
			id := start(t, server, pipeline.Name)
			for range r.IntN(5) {
				fault := []codefreshtest.Fault{{DropBefore: true}, {DropAfter: true}, codefreshtest.BadGateway(), codefreshtest.RateLimited(0), codefreshtest.Broken()}[r.IntN(5)]
				server.Fail(fault.OnCall(1 + r.IntN(25)))
			}
			denied := false
			for order := range 1 + r.IntN(6) {
				// A worker of its own each time: what it knew is gone with it.
				client := newClient(t, server.Client(), nil)
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
				if r.IntN(3) == 0 { // crashes somewhere on its way
					left := 1 + r.IntN(10)
					server.Fail(codefreshtest.Fault{Call: left, DelayAfter: 48 * time.Hour})
				}
				act := client.Builds.Approve
				if r.IntN(4) == 0 {
					act = client.Builds.Deny
				}
				began := time.Now()
				d, err := act(ctx, id, fmt.Sprintf("order %d", order), codefresh.Approval{Poll: codefresh.Poll{Timeout: time.Hour}})
				if time.Since(began) > 4*time.Hour {
					t.Errorf("seed %d: took %v", seed, time.Since(began))
				}
				if denied && d.Verdict == codefresh.Approved && err == nil {
					t.Errorf("seed %d: approved after a denial", seed)
				}
				denied = denied || err == nil && d.Verdict == codefresh.Denied && !d.Already
				cancel()
			}
			decided := 0
			for _, d := range server.Decisions(id) {
				if !d.Timeout {
					decided++
				}
			}
			if decided > 1 {
				t.Errorf("seed %d: %d decisions: %+v", seed, decided, server.Decisions(id))
			}
		})
	}
}

func TestConcurrentDecisionsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t, twice)
		id := start(t, server, "shop/twice")
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := len(server.Decisions(id)); n != 1 {
			t.Errorf("%d decisions", n)
		}
	})
}

func TestDenialIsNotHeldUpByItsAnnotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		refused := codefreshtest.Fault{Status: 403, Body: `{"status":403,"message":"no scope"}`}
		server.Fail(refused.On("POST", "/api/annotations"))
		if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); !errors.Is(err, codefresh.ErrForbidden) {
			t.Errorf("approved without a mark: %v", err)
		}
		if n := len(server.Decisions(id)); n != 0 {
			t.Fatalf("%d decisions", n)
		}
		if d, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{}); err != nil || d.Build.Status != codefresh.StatusDenied {
			t.Error(d.Build.Status, err)
		}
	})
}

func TestDecisionsRefuseBadInput(t *testing.T) {
	server, client := newWorld(t)
	id := strings.Repeat("a", 24)
	for name, call := range map[string]func() error{
		"not 24 hexadecimal digits": func() error {
			_, err := client.Builds.Approve(t.Context(), "x", "go", codefresh.Approval{})
			return err
		},
		"the reason is empty": func() error { _, err := client.Builds.Deny(t.Context(), id, " ", codefresh.Approval{}); return err },
		"count from 1": func() error {
			_, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{Step: -1})
			return err
		},
		"field Min of Poll is negative": func() error {
			_, err := client.Builds.Deny(t.Context(), id, "no", codefresh.Approval{Poll: codefresh.Poll{Min: -1}})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), name) || !strings.HasPrefix(err.Error(), "codefresh: Builds.") {
			t.Errorf("%v, want %q", err, name)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
