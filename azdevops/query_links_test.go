package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// family makes a story with two tasks, of which one is closed, and a bug alone.
func family(t testing.TB, server *azdevopstest.Server) {
	t.Helper()
	parent := azdevops.Relation{Kind: azdevops.RelationParent, URL: "http://azdevops.test/acme/_apis/wit/workItems/1"}
	for _, kind := range []string{"User Story", "Task", "Task", "Bug"} {
		if _, err := server.AddWorkItem("Fabrikam", kind, map[string]any{azdevops.FieldTitle: "it's a " + kind}); err != nil {
			t.Fatal(err)
		}
	}
	client := newClient(t, server.Client(), nil)
	for _, id := range []int{2, 3} {
		if _, _, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{AddRelations: []azdevops.Relation{parent}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.UpdateWorkItem(3, map[string]any{azdevops.FieldState: "Closed"}); err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
}

func TestLinkedItems(t *testing.T) {
	server, client := newWorld(t)
	family(t, server)
	open := azdevops.IsNot(azdevops.FieldState, "Closed")
	children := []string{azdevops.RelationChild}
	for name, tt := range map[string]struct {
		query azdevops.LinkQuery
		want  []azdevops.LinkedItem
	}{
		"must":  {azdevops.LinkQuery{Kinds: children}, []azdevops.LinkedItem{{ID: 1, Links: []azdevops.ItemLink{{Kind: azdevops.RelationChild, ID: 2}, {Kind: azdevops.RelationChild, ID: 3}}}}},
		"open":  {azdevops.LinkQuery{Kinds: children, Target: open}, []azdevops.LinkedItem{{ID: 1, Links: []azdevops.ItemLink{{Kind: azdevops.RelationChild, ID: 2}}}}},
		"may":   {azdevops.LinkQuery{Source: azdevops.In(azdevops.FieldType, "Bug", "User Story"), Target: open, Mode: azdevops.MayHave}, []azdevops.LinkedItem{{ID: 1, Links: []azdevops.ItemLink{{Kind: azdevops.RelationChild, ID: 2}}}, {ID: 4}}},
		"none":  {azdevops.LinkQuery{Mode: azdevops.HasNone, Precise: true}, []azdevops.LinkedItem{{ID: 4}}},
		"empty": {azdevops.LinkQuery{Source: azdevops.And(azdevops.Is(azdevops.FieldTitle, "it's"), open)}, nil},
	} {
		got, err := client.WorkItems.Linked(t.Context(), tt.query)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Error(name, diff, err)
		}
	}
	server.ResetJournal()
	if _, err := client.WorkItems.Linked(t.Context(), azdevops.LinkQuery{Kinds: children, Source: azdevops.Is(azdevops.FieldTitle, "it's"), Target: open}); err != nil {
		t.Fatal(err)
	}
	want := `{"query":"SELECT [System.Id] FROM WorkItemLinks WHERE ([Source].[System.TeamProject] = @project AND ([Source].[System.Id] \u003e 0 AND [Source].[System.Title] = 'it''s')) AND [System.Links.LinkType] IN ('System.LinkTypes.Hierarchy-Forward') AND [Target].[System.State] \u003c\u003e 'Closed' ORDER BY [System.Id] ASC MODE (MustContain)"}`
	if diff := cmp.Diff(want, string(server.Journal()[0].Body)); diff != "" {
		t.Error(diff)
	}
	server.Fail(azdevopstest.Fault{Method: "POST", Status: 200, Body: `{"workItemRelations":[{"rel":"x","source":{"id":7},"target":{"id":8}}]}`})
	if _, err := client.WorkItems.Linked(t.Context(), azdevops.LinkQuery{}); err == nil || !strings.Contains(err.Error(), "work item 7") {
		t.Error(err)
	}
}

func TestLinkQueriesThatAreRefused(t *testing.T) {
	server, client := newWorld(t)
	for want, q := range map[string]azdevops.LinkQuery{
		"LinkQuery.Source: ": {Source: azdevops.In("A.B")},
		"LinkQuery.Target: ": {Target: azdevops.Is("x", 1)},
		"LinkQuery.Mode is":  {Mode: "Recursive"},
		"LinkQuery.Kinds[0]": {Kinds: []string{azdevops.RelationHyperlink}},
		"LinkQuery.Kinds: ":  {Kinds: []string{"System.LinkTypes.\n"}},
		"32000 characters":   {Target: azdevops.Is(azdevops.FieldTitle, strings.Repeat("x", 33_000))},
	} {
		if _, err := client.WorkItems.Linked(t.Context(), q); err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.Linked: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Requests(), "requests")
	}
	few, err := azdevopstest.New(azdevopstest.Options{QueryLimit: 2})
	if err != nil {
		t.Fatal(err)
	}
	family(t, few)
	if _, err := newClient(t, few.Client(), nil).WorkItems.Linked(t.Context(), azdevops.LinkQuery{}); !errors.Is(err, azdevops.ErrTooMany) {
		t.Error(err)
	}
}

// Stories with tasks that are open still.
func ExampleWorkItemService_Linked() {
	ctx := context.Background()
	_, client := demo()
	_, err := client.WorkItems.Batch(ctx, []azdevops.BatchItem{
		azdevops.BatchCreate("User Story", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "Move the shop"}}, -1),
		azdevops.BatchCreate("Task", azdevops.Patch{
			Set:          map[string]any{azdevops.FieldTitle: "Order a rack"},
			AddRelations: []azdevops.Relation{{Kind: azdevops.RelationParent, URL: azdevops.TemporaryURL(-1)}},
		}, 0),
	})
	if err != nil {
		log.Fatal(err)
	}
	stories, err := client.WorkItems.Linked(ctx, azdevops.LinkQuery{
		Source: azdevops.Is(azdevops.FieldType, "User Story"),
		Kinds:  []string{azdevops.RelationChild},
		Target: azdevops.IsNot(azdevops.FieldState, "Closed"),
	})
	fmt.Println(stories, err)
	// Output: [{1 [{System.LinkTypes.Hierarchy-Forward 2}]}] <nil>
}
