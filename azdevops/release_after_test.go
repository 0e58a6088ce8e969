package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// newAfter makes an organization whose release waits for a gate and an approval
// behind its deployment.
func newAfter(t testing.TB) (*azdevopstest.Server, *azdevops.Client) {
	t.Helper()
	options := pipes()
	options.ReleaseDefinitions = append(options.ReleaseDefinitions, azdevopstest.ReleaseDefinition{Name: "after", Stages: []azdevopstest.ReleaseStage{
		{Name: "Production", GatesAfter: []azdevopstest.Gate{{Name: "Health", URL: receives}}, ApproversAfter: []string{"integration@example.com"}}, {Name: "Later"},
	}})
	server, err := azdevopstest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return server, newClient(t, server.Client(), nil)
}

// waiting is the one approval that waits, after a minute.
func waiting(t testing.TB, client *azdevops.Client) azdevops.ReleaseApproval {
	t.Helper()
	wait(time.Minute)
	var found []azdevops.ReleaseApproval
	for a, err := range client.Releases.Approvals(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, a)
	}
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	return found[0]
}

func TestReleasesAreSignedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newAfter(t)
		id := created(t, server, "after")
		wait(time.Minute)
		r, err := client.Releases.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		e := r.Environments[0]
		if diff := cmp.Diff([]azdevops.ReleaseGate{{Name: "Health", Status: "inProgress"}}, e.GatesAfter); diff != "" || e.GateStepAfter == 0 || e.GateStepAfter == e.GateStep || e.Gates != nil {
			t.Error(e, diff)
		}
		if err := client.Releases.IgnoreGates(t.Context(), e.GateStepAfter, []string{"Health"}, "the monitor is down"); err != nil {
			t.Fatal(err)
		}
		a := waiting(t, client)
		if a.Type != "postDeploy" || a.Environment != "Production" {
			t.Errorf("%+v", a)
		}
		if _, err := client.Releases.Approve(t.Context(), a.ID, "CHG0030001"); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute)
		if got := server.ReleaseStages(id); got["Production"] != "succeeded" || got["Later"] != "succeeded" {
			t.Error(got)
		}
	})
}

func TestApprovalsAreReassigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newPipes(t)
		id := created(t, server, "classic")
		a := waiting(t, client)
		ada := secondUser(t, server)
		server.Fail(azdevopstest.Fault{Method: "PATCH", Call: 1, DropAfter: true})
		got, err := client.Releases.Reassign(t.Context(), a.ID, ada.ID, "on holiday")
		if err != nil || got.Approver.UniqueName != "ada.example@example.com" || got.Status != azdevops.ApprovalPending {
			t.Fatalf("%+v %v", got, err)
		}
		want := []azdevops.Reassignment{{From: a.Approver, By: a.Approver, Comments: "on holiday", At: time.Now().UTC()}}
		if diff := cmp.Diff(want, got.History); diff != "" {
			t.Error(diff)
		}
		writes := server.Requests("PATCH")
		if _, err := client.Releases.Reassign(t.Context(), a.ID, strings.ToUpper(ada.ID), "again"); err != nil || server.Requests("PATCH") != writes {
			t.Error("who is asked already is not asked again:", err)
		}
		if _, err := client.Releases.Approve(t.Context(), a.ID, "too late"); !errors.Is(err, azdevops.ErrForbidden) {
			t.Error(err)
		}
		if _, err := as(t, server, "second").Releases.Approve(t.Context(), a.ID, "CHG0030001"); err != nil {
			t.Error(err)
		}
		if _, err := client.Releases.Reassign(t.Context(), a.ID, ada.ID, ""); !errors.Is(err, azdevops.ErrConflict) {
			t.Error(err)
		}
		wait(time.Minute)
		if got := server.ReleaseStages(id)["Production"]; got != "succeeded" {
			t.Error(got)
		}
		// A service that calls it reassigned means one that is open.
		created(t, server, "classic")
		a = waiting(t, client)
		server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: func(body []byte) []byte {
			return []byte(strings.Replace(string(body), `"status":"pending"`, `"status":"reassigned"`, 1))
		}})
		if got, err := client.Releases.Reject(t.Context(), a.ID, "no"); err != nil || got.Status != azdevops.ApprovalRejected {
			t.Error(got, err)
		}
	})
	_, client := newPipes(t)
	if _, err := client.Releases.Reassign(t.Context(), 1, "ada.example@example.com", ""); err == nil || !strings.Contains(err.Error(), `Releases.Reassign: the approver's id "ada.example@example.com" is no GUID`) {
		t.Error(err)
	}
}

// secondUser is the identity of the second user.
func secondUser(t testing.TB, server *azdevopstest.Server) azdevops.Identity {
	t.Helper()
	item, err := as(t, server, "second").WorkItems.Create(t.Context(), "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	return item.Fields.Identity(azdevops.FieldCreatedBy)
}

// An approval that waits for somebody on holiday is passed on.
func ExampleReleaseService_Reassign() {
	ctx := context.Background()
	server, err := azdevopstest.New(azdevopstest.Options{
		Users: []azdevopstest.User{{Token: azdevopstest.DefaultToken, Name: "Ada Example"}, {Token: "other", Name: "Bob Example"}},
		ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{Name: "shop", Stages: []azdevopstest.ReleaseStage{
			{Name: "Production", Approvers: []string{"ada.example@example.com"}},
		}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := azdevops.New(azdevops.Config{
		BaseURL: "https://dev.azure.com/acme", Project: "Fabrikam", Auth: azdevops.PAT(azdevopstest.DefaultToken), HTTPClient: server.Client(),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.CreateRelease("Fabrikam", "shop"); err != nil {
		log.Fatal(err)
	}
	const bob = "4896e2cf-8dd8-4fc1-ab1a-8fbef6721c45"
	for a, err := range client.Releases.Approvals(ctx, azdevops.ApprovalPending) {
		if err != nil {
			log.Fatal(err)
		}
		a, err = client.Releases.Reassign(ctx, a.ID, bob, "Ada is on holiday")
		fmt.Println(a.Environment, "waits for", a.Approver.DisplayName, err)
	}
	// Output: Production waits for Bob Example <nil>
}
