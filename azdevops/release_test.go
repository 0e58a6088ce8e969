package azdevops_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func created(t testing.TB, server *azdevopstest.Server, definition string) int {
	t.Helper()
	id, err := server.CreateRelease("Fabrikam", definition)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := created(t, server, "classic")
		wait(time.Minute)
		r, err := client.Releases.Get(t.Context(), id)
		if err != nil || r.Name != "Release-1" || r.Definition != "classic" || len(r.Environments) != 3 || r.Environments[1].Status != "inProgress" {
			t.Fatalf("%+v %v", r, err)
		}
		var approvals []azdevops.ReleaseApproval
		for a, err := range client.Releases.Approvals(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			approvals = append(approvals, a)
		}
		if len(approvals) != 1 || approvals[0].Environment != "Production" || approvals[0].ReleaseID != id || approvals[0].Approver.UniqueName != "integration@example.com" {
			t.Fatalf("%+v", approvals)
		}
		server.Fail(azdevopstest.Fault{Method: "PATCH", Call: 1, DropAfter: true})
		a, err := client.Releases.Approve(t.Context(), approvals[0].ID, "CHG0030001")
		if err != nil || a.Status != azdevops.ApprovalApproved || a.Comments != "CHG0030001" || a.ApprovedBy.DisplayName != "Integration" {
			t.Errorf("%+v %v", a, err)
		}
		writes := server.Requests("PATCH")
		if a, err = client.Releases.Approve(t.Context(), a.ID, "again"); err != nil || a.Comments != "CHG0030001" {
			t.Error(a, err)
		}
		if _, err = client.Releases.Reject(t.Context(), a.ID, "no"); !errors.Is(err, azdevops.ErrConflict) || server.Requests("PATCH") != writes {
			t.Error(err)
		}
		wait(time.Minute)
		// The last one is deployed to by hand, once.
		server.Fail(azdevopstest.Fault{Method: "PATCH", Call: 1, DropAfter: true})
		later := r.Environments[2].ID
		for range 2 {
			e, err := client.Releases.Deploy(t.Context(), id, later, "CHG0030001")
			if err != nil || e.Status != "inProgress" || e.Name != "Later" {
				t.Errorf("%+v %v", e, err)
			}
		}
		wait(time.Minute)
		var states []string
		for d, err := range client.Releases.Deployments(t.Context(), 1) {
			if err != nil || d.ReleaseID != id || d.DefinitionID != 1 || d.EnvironmentID == 0 || d.Completed.Sub(d.Started) != 10*time.Second {
				t.Fatalf("%+v %v", d, err)
			}
			states = append(states, d.Environment+" "+d.Status)
		}
		if diff := cmp.Diff([]string{"Later succeeded", "Production succeeded", "Test succeeded"}, states); diff != "" {
			t.Error(diff)
		}
	})
}

func TestReleasesAreRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		for _, before := range []string{"", "approved", "rejected"} {
			id := created(t, server, "classic")
			wait(time.Minute)
			approval := id // one each
			var want error
			if before != "" {
				// Decided between looking and writing.
				act := client.Releases.Approve
				if before == "rejected" {
					act = client.Releases.Reject
				} else {
					want = azdevops.ErrConflict
				}
				if _, err := act(t.Context(), approval, "first"); err != nil {
					t.Fatal(err)
				}
				server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: waits})
			}
			if _, err := client.Releases.Reject(t.Context(), approval, "CHG0030001 was rejected"); !errors.Is(err, want) {
				t.Error(before, err)
			}
			wait(time.Minute)
			if got := server.ReleaseStages(id)["Production"]; (got == "rejected") != (want == nil) {
				t.Error(before, got)
			}
		}
	})
}

func TestGatesAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := created(t, server, "gates")
		r, err := client.Releases.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		e := r.Environments[0]
		if diff := cmp.Diff([]azdevops.ReleaseGate{{Name: "ServiceNow", Status: "inProgress"}}, e.Gates); diff != "" || e.GateStep == 0 {
			t.Error(e.GateStep, diff)
		}
		if err := client.Releases.IgnoreGates(t.Context(), e.GateStep, []string{"Nothing"}, "x"); !errors.Is(err, azdevops.ErrInvalid) {
			t.Error(err)
		}
		if err := client.Releases.IgnoreGates(t.Context(), e.GateStep, []string{"ServiceNow"}, "ServiceNow is down"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		if got := server.ReleaseStages(id)["Production"]; got != "succeeded" {
			t.Error(got)
		}
		// A gate that nobody decides rejects the deployment.
		late := created(t, server, "gates")
		wait(25 * time.Hour)
		if got := server.ReleaseStages(late)["Production"]; got != "rejected" {
			t.Error(got)
		}
	})
}

// The service keeps releases under an address of their own, a server does not.
func TestReleasesHaveAnAddressOfTheirOwn(t *testing.T) {
	options := pipes()
	options.SplitReleases = true
	server, err := azdevopstest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	id := created(t, server, "classic")
	service := newClient(t, server.Client(), func(cfg *azdevops.Config) { cfg.BaseURL = address })
	if r, err := service.Releases.Get(t.Context(), id); err != nil || r.ID != id {
		t.Error(r, err)
	}
	if b, err := service.Builds.Get(t.Context(), start(t, server, "shop")); err != nil || b.ID != 1 {
		t.Error(b, err)
	}
	wrong := newClient(t, server.Client(), func(cfg *azdevops.Config) { cfg.BaseURL = address; cfg.ReleaseURL = address })
	if _, err := wrong.Releases.Get(t.Context(), id); !errors.Is(err, azdevops.ErrNotFound) {
		t.Error(err)
	}
	given := newClient(t, server.Client(), func(cfg *azdevops.Config) { cfg.ReleaseURL = "http://x.vsrm.test/acme" })
	if r, err := given.Releases.Get(t.Context(), id); err != nil || r.ID != id {
		t.Error(r, err)
	}
}

func TestReleasesRefuseBadInput(t *testing.T) {
	server, client := newPipes(t)
	ctx := t.Context()
	for want, call := range map[string]func() error{
		"the release id is 0":         func() error { _, err := client.Releases.Get(ctx, 0); return err },
		"the approval id is 0":        func() error { _, err := client.Releases.Approve(ctx, 0, ""); return err },
		"the gate step id is 0":       func() error { return client.Releases.IgnoreGates(ctx, 0, []string{"a"}, "b") },
		"name the gates, and say why": func() error { return client.Releases.IgnoreGates(ctx, 1, []string{"a"}, "") },
		"the environment id is -1":    func() error { _, err := client.Releases.Deploy(ctx, 1, -1, ""); return err },
		"Deployments: the definition id is -1": func() error {
			for _, err := range client.Releases.Deployments(ctx, -1) {
				return err
			}
			return nil
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
