package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A deployment under a standard change, which its template has approved: to
// Implement before, to Closed with its result after.
func Example_deployment() {
	ctx := context.Background()
	_, client := instance()
	change, err := client.Changes.Standard.Create(ctx, servicenowtest.StandardTemplate, servicenow.ChangeFields{CorrelationID: "build-4711"})
	if err != nil {
		log.Fatal(err)
	}
	walk, err := client.Changes.Walk(ctx, change.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(walk.Change.Number(), walk.Outcome, walk.Change.State().Label())
	// ... deploy ...
	walk, err = client.Changes.Walk(ctx, change.ID(), servicenow.ChangeClosed, servicenow.WalkOptions{
		CloseCode: servicenow.CloseSuccessful, CloseNotes: "Deployed by build 4711",
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, state := range walk.Entered {
		fmt.Println("entered", state.Label())
	}
	// Output:
	// CHG0030001 arrived Implement
	// entered Review
	// entered Closed
}

// A normal change stops at people. The walk says so, and waiting ends when they
// have decided.
func ExampleChangeService_Walk() {
	ctx := context.Background()
	server, client := instance()
	change, err := client.Changes.Normal.Create(ctx, servicenow.ChangeFields{ShortDescription: "Upgrade the router"})
	if err != nil {
		log.Fatal(err)
	}
	for {
		walk, err := client.Changes.Walk(ctx, change.ID(), servicenow.ChangeImplement, servicenow.WalkOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(walk.Change.State().Label()+":", walk.Outcome)
		if walk.Outcome != servicenow.WalkWaitingApproval {
			break
		}
		if err := server.Approve(change.ID(), servicenowtest.DefaultUser); err != nil { // somebody, some time
			log.Fatal(err)
		}
	}
	// Output:
	// Assess: waiting for approval
	// Authorize: waiting for approval
	// Implement: arrived
}

func ExampleChangeService_WaitForApproval() {
	ctx := context.Background()
	server, client := instance()
	change, err := client.Changes.Emergency.Create(ctx, servicenow.ChangeFields{ShortDescription: "Hotfix"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Changes.Walk(ctx, change.ID(), servicenow.ChangeScheduled, servicenow.WalkOptions{}); err != nil {
		log.Fatal(err)
	}
	if err := server.Reject(change.ID(), servicenowtest.DefaultUser, "not without a backout plan"); err != nil {
		log.Fatal(err)
	}
	wait, err := client.Changes.WaitForApproval(ctx, change.ID(), servicenow.Poll{Min: 10 * time.Second, Max: 5 * time.Minute, Timeout: 4 * time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(wait.Ending, "in", wait.Change.State().Label())
	// Output:
	// rejected in New
}

// The state models are data: paths can be checked without an instance.
func ExampleChangePath() {
	path, err := servicenow.ChangePath(servicenow.StandardChange, servicenow.ChangeNew, servicenow.ChangeReview)
	fmt.Println(len(path), "steps", err)
	for _, state := range path {
		fmt.Println(" ", state.Label())
	}
	_, err = servicenow.ChangePath(servicenow.NormalChange, servicenow.ChangeReview, servicenow.ChangeCanceled)
	var bad *servicenow.TransitionError
	fmt.Println(errors.As(err, &bad), bad.Reason)
	fmt.Println(servicenow.NeedsApproval(servicenow.NormalChange, servicenow.ChangeNew, servicenow.ChangeImplement))
	// Output:
	// 3 steps <nil>
	//   Scheduled
	//   Implement
	//   Review
	// true too late
	// true
}

// Configuration items are associated by a worker, after the answer.
func ExampleChangeService_AddCIs() {
	ctx := context.Background()
	server, err := servicenowtest.New(servicenowtest.Options{Changes: servicenowtest.ChangeOptions{WorkerTime: -1}})
	if err != nil {
		log.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "acme", Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword), HTTPClient: server.Client(),
	})
	if err != nil {
		log.Fatal(err)
	}
	ci, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"})
	if err != nil {
		log.Fatal(err)
	}
	change, err := client.Changes.Normal.Create(ctx, servicenow.ChangeFields{ShortDescription: "Patch"})
	if err != nil {
		log.Fatal(err)
	}
	worker, err := client.Changes.AddCIs(ctx, change.ID(), servicenow.AffectedCI, []string{ci}, false)
	if err != nil {
		log.Fatal(err)
	}
	worker, err = client.Changes.WaitForWorker(ctx, worker.ID, servicenow.Poll{Timeout: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("errors:", len(worker.Errors))
	for row, err := range client.Changes.CIs(ctx, change.ID(), servicenow.AffectedCI, servicenow.Query{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("affected:", row.Fields["ci_item"].Display)
	}
	// Output:
	// errors: 0
	// affected: web-01
}

// A unit test with canned answers needs no instance.
func ExampleChangeService_NextStates() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://acme.service-now.com/api/sn_chg_rest/change/ca000000000000000000000000000001/nextstates",
		httpmock.NewBytesResponder(http.StatusOK, servicenowtest.Fixture("change-next-states")))
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: &http.Client{Transport: mock}})
	if err != nil {
		log.Fatal(err)
	}
	next, err := client.Changes.NextStates(context.Background(), "ca000000000000000000000000000001")
	if err != nil {
		log.Fatal(err)
	}
	for _, state := range next.Available {
		fmt.Println(state, next.Labels[state])
	}
	fmt.Println("approved:", next.Offers(servicenow.ChangeAuthorize))
	// Output:
	// 4 Canceled
	// -5 New
	// -4 Assess
	// approved: false
}
