package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// factory is an organization in memory with three pipelines: one that builds, one
// that waits for an approval, one that waits for a check.
func factory() (*azdevopstest.Server, *azdevops.Client) {
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, err := azdevopstest.New(azdevopstest.Options{
		Clock: clock,
		Definitions: []azdevopstest.Definition{
			{Name: "build", Stages: []azdevopstest.Stage{{Name: "Build", Result: "failed"}}},
			{Name: "deploy", Stages: []azdevopstest.Stage{{Name: "Production", Environment: "production", Approval: &azdevopstest.Approval{}}}},
			{Name: "gated", Stages: []azdevopstest.Stage{{
				Name: "Production", Environment: "production", Checks: []azdevopstest.Check{{URL: "https://itsm.example.com/checks"}},
			}}},
		},
		ReleaseDefinitions: []azdevopstest.ReleaseDefinition{{Name: "classic", Stages: []azdevopstest.ReleaseStage{
			{Name: "Production", Approvers: []string{"integration@example.com"}},
		}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	client, err := azdevops.New(azdevops.Config{
		BaseURL: "https://dev.azure.com/acme", Project: "Fabrikam", Auth: azdevops.PAT(azdevopstest.DefaultToken),
		HTTPClient: server.Client(), // leave this out to talk to the service
	})
	if err != nil {
		log.Fatal(err)
	}
	return server, client
}

func ExampleBuildService_Queue() {
	ctx := context.Background()
	server, client := factory()

	build, err := client.Builds.Queue(ctx, azdevops.QueueBuild{Definition: 1, Parameters: map[string]string{"change": "CHG0030001"}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Builds.AddTags(ctx, build.ID, []string{"CHG0030001"}); err != nil {
		log.Fatal(err)
	}
	server.Step(build.ID) // the in-memory agent has finished
	build, err = client.Builds.Wait(ctx, build.ID, azdevops.Poll{})
	fmt.Println(build.Number, build.Result, build.Tags, err)
	// Output: 20260301.1 failed [CHG0030001] <nil>
}

func ExamplePipelineService_Run() {
	ctx := context.Background()
	_, client := factory()

	run, err := client.Pipelines.Run(ctx, 2, azdevops.StartRun{
		Branch:    "refs/heads/main",
		Variables: map[string]azdevops.RunVariable{"ServiceNow.ChangeNumber": {Value: "CHG0030001"}},
	})
	fmt.Println(run.Name, run.State, err)
	// Output: 20260301.1 inProgress <nil>
}

// The second decision about an approval changes nothing: the same one is a
// success, the opposite one a conflict.
func ExampleApprovalService_Approve() {
	ctx := context.Background()
	server, client := factory()
	id, _ := server.StartBuild("Fabrikam", "deploy")

	waiting, err := client.Approvals.List(ctx, azdevops.ApprovalPending)
	if err != nil {
		log.Fatal(err)
	}
	for _, approval := range waiting {
		if approval.RunID != id {
			continue
		}
		for range 2 {
			decided, err := client.Approvals.Approve(ctx, approval.ID, "CHG0030001 is in Implement")
			fmt.Println(decided.Status, err)
		}
		_, err := client.Approvals.Reject(ctx, approval.ID, "CHG0030001 was rejected")
		fmt.Println(errors.Is(err, azdevops.ErrConflict))
	}
	// Output:
	// approved <nil>
	// approved <nil>
	// true
}

func ExampleCheckService_Suite() {
	ctx := context.Background()
	server, client := factory()
	id, _ := server.StartBuild("Fabrikam", "gated")

	suite, err := client.Checks.Suite(ctx, server.CheckSuite(id))
	fmt.Println(suite.Status, len(suite.Runs), err)
	// Output: running 1 <nil>
}

func ExampleReleaseService_Approvals() {
	ctx := context.Background()
	server, client := factory()
	id, _ := server.CreateRelease("Fabrikam", "classic")

	for approval, err := range client.Releases.Approvals(ctx, azdevops.ApprovalPending) {
		if err != nil {
			log.Fatal(err)
		}
		decided, err := client.Releases.Approve(ctx, approval.ID, "CHG0030001 is in Implement")
		fmt.Println(decided.Release, decided.Environment, decided.Status, err)
	}
	release, err := client.Releases.Get(ctx, id)
	fmt.Println(release.Environments[0].Status, err)
	// Output:
	// Release-1 Production approved <nil>
	// inProgress <nil>
}

// What a deployment brings: from the release to its builds, from those to their
// commits and work items, which link back to the build.
func ExampleBuildService_Changes() {
	ctx := context.Background()
	server, client := factory()
	build, _ := server.StartBuild("Fabrikam", "build")
	bug, err := client.WorkItems.Create(ctx, "Bug", azdevops.Patch{
		Set: map[string]any{azdevops.FieldTitle: "Mail is down"}, AddRelations: []azdevops.Relation{azdevops.BuildLink(build, "Integrated in build")},
	})
	if err != nil {
		log.Fatal(err)
	}
	server.Associate(build, []azdevopstest.Change{{ID: "0a1b2c", Message: "Mend mail", Author: "Ada Example"}}, bug.ID)
	id, _ := server.CreateRelease("Fabrikam", "classic", build)

	release, err := client.Releases.Get(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	for _, build := range release.Builds {
		for change, err := range client.Builds.Changes(ctx, build) {
			fmt.Println("commit", change.ID, change.Message, err)
		}
		items, err := client.Builds.WorkItems(ctx, build)
		fmt.Println("work items", items, err)
	}
	item, err := client.WorkItems.Get(ctx, bug.ID)
	fmt.Println("build", item.Relations[0].Build(), item.Relations[0].Name, err)
	// Output:
	// commit 0a1b2c Mend mail <nil>
	// work items [1] <nil>
	// build 1 Integrated in build <nil>
}

// A check calls its receiver, which decides later. The callback's address is
// held against the organizations that it may come from before anything is sent.
func ExampleCallback() {
	ctx := context.Background()
	server, _ := factory()
	if _, err := server.StartBuild("Fabrikam", "gated"); err != nil {
		log.Fatal(err)
	}

	receiver := http.NewServeMux()
	receiver.HandleFunc("POST /checks", func(w http.ResponseWriter, r *http.Request) {
		// Authenticate the request here; see sync/webhook.
		callback, err := azdevops.ParseCallback(r.Header)
		if err != nil {
			http.Error(w, "no callback", http.StatusBadRequest)
			return
		}
		client, err := callback.Client(azdevops.Config{HTTPClient: server.Client()}, "https://dev.azure.com/acme")
		if err != nil {
			http.Error(w, "not for us", http.StatusForbidden)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		// Later, within azdevops.TokenLife:
		err = callback.Complete(ctx, client, azdevops.TaskSucceeded)
		fmt.Println(callback.Hub, err)
	})
	if _, err := server.Deliver(ctx, &http.Client{Transport: inMemory{receiver}}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(server.Callbacks()[0].Result)
	// Output:
	// checks <nil>
	// succeeded
}

// Ensure makes a subscription once; Disabled finds those that lose events.
func ExampleHookService_Ensure() {
	ctx := context.Background()
	_, client := factory()

	sub, err := azdevops.WebHook{
		URL: "https://itsm.example.com/azure", User: "azure", Password: "a-long-secret",
	}.Subscribe("tfs", "workitem.updated", map[string]string{"workItemType": "Bug"})
	if err != nil {
		log.Fatal(err)
	}
	made, wrote, err := client.Hooks.Ensure(ctx, sub)
	fmt.Println(made.Status, wrote, err)
	lost, err := client.Hooks.Disabled(ctx)
	fmt.Println(len(lost), err)
	// Output:
	// enabled true <nil>
	// 0 <nil>
}

// A changed work item comes as a delta beside the whole item.
func ExampleParseEvent() {
	event, err := azdevops.ParseEvent(azdevopstest.Fixture("event-workitem"))
	if err != nil {
		log.Fatal(err)
	}
	before, after, changed := event.Changed(azdevops.FieldState)
	fmt.Println(event.Kind, event.WorkItem.ID, changed, string(before), string(after))
	fmt.Println(event.WorkItem.Fields.Text(azdevops.FieldTitle))
	// Output:
	// workitem.updated 1 true "New" "Active"
	// Checkout is down
}

func ExampleSetChangeNumber() {
	lines, err := azdevops.SetChangeNumber("CHG0030001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(lines)
	// Output:
	// ##vso[task.setvariable variable=ServiceNow.ChangeNumber]CHG0030001
	// ##vso[task.setvariable variable=ServiceNow.ChangeNumber;isOutput=true]CHG0030001
}
