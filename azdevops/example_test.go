package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// demo is an organization in memory with the project Fabrikam.
func demo() (*azdevopstest.Server, *azdevops.Client) {
	server, err := azdevopstest.New(azdevopstest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, err := azdevops.New(azdevops.Config{
		BaseURL:    "https://dev.azure.com/acme",
		Project:    "Fabrikam",
		Auth:       azdevops.PAT(azdevopstest.DefaultToken),
		HTTPClient: server.Client(), // leave this out to talk to the service
	})
	if err != nil {
		log.Fatal(err)
	}
	return server, client
}

// A bug for an incident, made once, whoever asks and however often.
func Example() {
	ctx := context.Background()
	_, client := demo()

	incident := azdevops.Link{Field: "Custom.ServiceNowId", Key: "46e3d5a1c0a80164"}
	bug, err := client.WorkItems.Ensure(ctx, "Bug", incident, azdevops.Patch{
		Set: map[string]any{
			azdevops.FieldTitle:      "[INC0010001] Checkout is down",
			azdevops.FieldReproSteps: "Customers see <500>\nsince 10:15",
			azdevops.FieldPriority:   1,
		},
		AddTags: []string{"ServiceNow", "INC0010001"},
	})
	if err != nil {
		log.Fatal(err)
	}
	again, err := client.WorkItems.Ensure(ctx, "Bug", incident, azdevops.Patch{
		Set: map[string]any{azdevops.FieldTitle: "[INC0010001] Checkout is down"},
	})
	fmt.Println(bug.Item.ID, bug.Created, bug.Item.Fields.Text(azdevops.FieldReproSteps))
	fmt.Println(again.Item.ID, again.Created, err)
	// Output:
	// 1 true Customers see &lt;500&gt;<br>since 10:15
	// 1 false <nil>
}

// Only what differs is sent, and nothing when nothing does.
func ExampleWorkItemService_Update() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "Checkout is down"})
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		item, changed, err := client.WorkItems.Update(ctx, id, azdevops.Patch{
			Set:     map[string]any{azdevops.FieldState: "Resolved"},
			AddTags: []string{"INC0010001"},
		})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(item.Rev, changed)
	}
	// Output:
	// 2 true
	// 2 false
}

// A patch with the item as it was read is refused when somebody else was
// faster.
func ExamplePatch() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Task", map[string]any{azdevops.FieldTitle: "Restart the node"})
	if err != nil {
		log.Fatal(err)
	}
	read, err := client.WorkItems.Get(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldState: "Closed"}); err != nil {
		log.Fatal(err)
	}
	_, _, err = client.WorkItems.Update(ctx, id, azdevops.Patch{
		Base:    &read,
		Set:     map[string]any{azdevops.FieldState: "Active"},
		Comment: "Somebody is at it",
	})
	fmt.Println(errors.Is(err, azdevops.ErrRevision))
	// Output: true
}

// What a rule of the process refuses is told field by field.
func ExampleError() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "Checkout is down"})
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = client.WorkItems.Update(ctx, id, azdevops.Patch{Set: map[string]any{azdevops.FieldState: "Done"}})
	if refused, ok := errors.AsType[*azdevops.Error](err); ok && errors.Is(err, azdevops.ErrRule) {
		for _, rule := range refused.Rules {
			fmt.Println(rule.Field+":", rule.Message)
		}
	}
	// Output: System.State: The field 'State' contains the value 'Done' that is not in the list of supported values
}

// Conditions are made of values, so that none of them can end its term.
func ExampleWorkItemService_IDs() {
	ctx := context.Background()
	server, client := demo()
	for _, title := range []string{"Checkout is down", "It's slow"} {
		if _, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: title}); err != nil {
			log.Fatal(err)
		}
	}
	where := azdevops.And(
		azdevops.Is(azdevops.FieldTitle, "It's slow"),
		azdevops.IsNot(azdevops.FieldState, "Closed"),
	)
	fmt.Println(where)
	for id, err := range client.WorkItems.IDs(ctx, azdevops.Query{Where: where}) {
		fmt.Println(id, err)
	}
	// Output:
	// ([System.Title] = 'It''s slow' AND [System.State] <> 'Closed')
	// 2 <nil>
}

// The feed of changes is read on from where the last reading ended.
func ExampleWorkItemService_Changes() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "Checkout is down"})
	if err != nil {
		log.Fatal(err)
	}
	watermark := "" // kept in a file or a table between two runs
	read := func() {
		for change, err := range client.WorkItems.Changes(ctx, azdevops.Feed{After: watermark}) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(change.ID, change.Rev, change.Fields.Text(azdevops.FieldState))
			if change.Watermark != "" {
				watermark = change.Watermark
			}
		}
	}
	read()
	if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldState: "Active"}); err != nil {
		log.Fatal(err)
	}
	read()
	// Output:
	// 1 1 New
	// 1 2 Active
}

// A story with a task, in one request.
func ExampleWorkItemService_Batch() {
	ctx := context.Background()
	server, client := demo()
	results, err := client.WorkItems.Batch(ctx, []azdevops.BatchItem{
		azdevops.BatchCreate("User Story", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "Move the shop"}}, -1),
		azdevops.BatchCreate("Task", azdevops.Patch{
			Set:          map[string]any{azdevops.FieldTitle: "Order a rack"},
			AddRelations: []azdevops.Relation{{Kind: azdevops.RelationParent, URL: azdevops.TemporaryURL(-1)}},
		}, 0),
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		fmt.Println(r.Item.ID, r.Item.Fields.Text(azdevops.FieldTitle), "parent:", r.Item.Fields.Int(azdevops.FieldParent), r.Err)
	}
	fmt.Println(server.Requests(), "request")
	// Output:
	// 1 Move the shop parent: 0 <nil>
	// 2 Order a rack parent: 1 <nil>
	// 1 request
}

func ExampleWorkItemService_AddComment() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "Checkout is down"})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.WorkItems.AddComment(ctx, id, azdevops.Escape("INC0010001: p95 > 3 s")); err != nil {
		log.Fatal(err)
	}
	for comment, err := range client.WorkItems.Comments(ctx, id) {
		fmt.Println(comment.By.DisplayName+":", comment.Text, err)
	}
	// Output: Integration: INC0010001: p95 &gt; 3 s <nil>
}

// States have other names in each process; what they mean is their category.
func ExampleStateOf() {
	ctx := context.Background()
	_, client := demo()
	states, err := client.WorkItems.States(ctx, "Bug")
	fmt.Println(azdevops.StateOf(states, azdevops.InProgress), azdevops.StateOf(states, azdevops.Completed), err)
	// Output: Active Closed <nil>
}

func ExampleWorkItemService_Upload() {
	ctx := context.Background()
	server, client := demo()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: "Checkout is down"})
	if err != nil {
		log.Fatal(err)
	}
	const text = "GET /checkout 500\n"
	file, err := client.WorkItems.Upload(ctx, "access.log", int64(len(text)), func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	item, _, err := client.WorkItems.Update(ctx, id, azdevops.Patch{AddRelations: []azdevops.Relation{file}})
	if err != nil {
		log.Fatal(err)
	}
	body, err := client.WorkItems.Download(ctx, item.Relations[0])
	if err != nil {
		log.Fatal(err)
	}
	content, err := io.ReadAll(body)
	_ = body.Close()
	fmt.Printf("%s: %q %v\n", item.Relations[0].Name, content, err)
	// Output: access.log: "GET /checkout 500\n" <nil>
}

func ExampleProjectService_All() {
	ctx := context.Background()
	_, client := demo()
	for project, err := range client.Projects.All(ctx) {
		fmt.Println(project.Name, project.State, err)
	}
	// Output: Fabrikam wellFormed <nil>
}

// Clients of one identity share a limiter, since the service counts identities.
func ExampleNewRateLimiter() {
	limiter, err := azdevops.NewRateLimiter(azdevops.RateLimits{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = azdevops.New(azdevops.Config{BaseURL: "https://dev.azure.com/acme", Auth: azdevops.PAT("token"), Limiter: limiter})
	limiter.Observe(http.StatusOK, http.Header{
		"Retry-After": {"12"}, "X-Ratelimit-Limit": {"200"}, "X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Delay": {"11.504"},
	})
	state := limiter.State()
	fmt.Println(state.Remaining, "of", state.Limit, "units left, held for", state.Delay, err)
	// Output: 0 of 200 units left, held for 11.504s <nil>
}

// Anything that has no method of its own.
func ExampleClient_Do() {
	ctx := context.Background()
	_, client := demo()
	var types struct {
		Value []struct {
			Name string `json:"name"`
		} `json:"value"`
	}
	err := client.Do(ctx, http.MethodGet, "/_apis/wit/workitemrelationtypes", nil, nil, &types)
	fmt.Println(types.Value[0].Name, err)
	// Output: Child <nil>
}

// A unit test with httpmock and a canned answer.
func ExampleNew_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://dev.azure.com/acme/Fabrikam/_apis/wit/workitems/1",
		httpmock.NewBytesResponder(http.StatusOK, azdevopstest.Fixture("workitem")))

	client, err := azdevops.New(azdevops.Config{
		BaseURL: "https://dev.azure.com/acme", Project: "Fabrikam", Auth: azdevops.PAT("token"),
		HTTPClient: &http.Client{Transport: mock},
	})
	if err != nil {
		log.Fatal(err)
	}
	item, err := client.WorkItems.Get(context.Background(), 1)
	fmt.Println(item.Fields.Text(azdevops.FieldTitle), item.Fields.Tags(), err)
	// Output: Checkout is down [INC0010001 ServiceNow] <nil>
}
