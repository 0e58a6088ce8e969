package azdevops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestTrees(t *testing.T) {
	server, client := newWorld(t)
	family(t, server) // a story with the tasks 2 and 3, of which 3 is closed, and the bug 4
	open := azdevops.IsNot(azdevops.FieldState, "Closed")
	story := azdevops.InGroup(azdevops.FieldType, azdevops.RequirementCategory)
	for name, tt := range map[string]struct {
		query azdevops.TreeQuery
		want  []azdevops.TreeItem
	}{
		"all":     {azdevops.TreeQuery{}, []azdevops.TreeItem{{ID: 1, Children: []azdevops.TreeItem{{ID: 2}, {ID: 3}}}, {ID: 4}}},
		"open":    {azdevops.TreeQuery{Source: story, Target: open}, []azdevops.TreeItem{{ID: 1, Children: []azdevops.TreeItem{{ID: 2}}}}},
		"below":   {azdevops.TreeQuery{Source: story, Target: azdevops.Is(azdevops.FieldState, "Closed"), FromBelow: true}, []azdevops.TreeItem{{ID: 1, Children: []azdevops.TreeItem{{ID: 3}}}}},
		"nothing": {azdevops.TreeQuery{Source: azdevops.Is(azdevops.FieldTitle, "none")}, nil},
	} {
		got, err := client.WorkItems.Tree(t.Context(), tt.query)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Error(name, diff, err)
		}
	}
	server.ResetJournal()
	if _, err := client.WorkItems.Tree(t.Context(), azdevops.TreeQuery{Source: azdevops.Is(azdevops.FieldTitle, "it's"), Target: open, FromBelow: true, Precise: true}); err != nil {
		t.Fatal(err)
	}
	want := `{"query":"SELECT [System.Id] FROM WorkItemLinks WHERE ([Source].[System.TeamProject] = @project AND ([Source].[System.Id] \u003e 0 AND [Source].[System.Title] = 'it''s')) AND [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward' AND [Target].[System.State] \u003c\u003e 'Closed' MODE (Recursive, ReturnMatchingChildren)"}`
	call := server.Journal()[0]
	if diff := cmp.Diff(want, string(call.Body)); diff != "" || !strings.Contains(call.Query, "timePrecision=true") {
		t.Error(diff, call.Query)
	}
}

func TestTreesThatAreRefused(t *testing.T) {
	server, client := newWorld(t)
	for want, q := range map[string]azdevops.TreeQuery{
		"TreeQuery.Source: ": {Source: azdevops.In("A.B")},
		"TreeQuery.Target: ": {Target: azdevops.Is("x", 1)},
		"32000 characters":   {Target: azdevops.Is(azdevops.FieldTitle, strings.Repeat("x", 33_000))},
	} {
		if _, err := client.WorkItems.Tree(t.Context(), q); err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.Tree: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Requests(), "requests")
	}
	for name, body := range map[string]string{
		"a parent that is not there": `{"workItemRelations":[{"source":{"id":7},"target":{"id":8}}]}`,
		"a circle":                   `{"workItemRelations":[{"target":{"id":1}},{"source":{"id":2},"target":{"id":3}},{"source":{"id":3},"target":{"id":2}}]}`,
	} {
		server.Fail(azdevopstest.Fault{Method: "POST", Call: 1, Status: 200, Body: body})
		if items, err := client.WorkItems.Tree(t.Context(), azdevops.TreeQuery{}); err == nil || !strings.Contains(err.Error(), "hang together") {
			t.Error(name, items, err)
		}
	}
	few, err := azdevopstest.New(azdevopstest.Options{QueryLimit: 2})
	if err != nil {
		t.Fatal(err)
	}
	family(t, few)
	if _, err := newClient(t, few.Client(), nil).WorkItems.Tree(t.Context(), azdevops.TreeQuery{}); !errors.Is(err, azdevops.ErrTooMany) {
		t.Error(err)
	}
}

// TestTreesOfAnyShape compares what is read with the rule itself: from above an
// item is there when it is a source, or a target below one that is there; from
// below when it is a target, or a source above one that is there.
func TestTreesOfAnyShape(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		_, client := newWorld(t)
		n := 1 + random.IntN(14)
		parent, source, target := make([]int, n+1), make([]bool, n+1), make([]bool, n+1)
		for id := 1; id <= n; id++ {
			parent[id], source[id], target[id] = random.IntN(id), random.IntN(2) == 0, random.IntN(3) > 0
			patch := azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: fmt.Sprint("item ", source[id], " ", target[id])}}
			if parent[id] > 0 {
				patch.AddRelations = []azdevops.Relation{{Kind: azdevops.RelationParent, URL: fmt.Sprint("http://azdevops.test/acme/_apis/wit/workItems/", parent[id])}}
			}
			if _, err := client.WorkItems.Create(t.Context(), "Task", patch); err != nil {
				t.Fatal(err)
			}
		}
		for _, below := range []bool{false, true} {
			kept, joined := make([]bool, n+1), make([]bool, n+1)
			for range n { // until nothing is added any more
				for id := 1; id <= n; id++ {
					if below {
						kept[id] = kept[id] || target[id]
						kept[parent[id]] = parent[id] > 0 && (kept[parent[id]] || kept[id] && source[parent[id]])
					} else {
						kept[id] = kept[id] || source[id] || target[id] && kept[parent[id]]
					}
				}
			}
			for id := 1; id <= n; id++ {
				joined[id] = kept[parent[id]] && (below || target[id])
			}
			var grow func(at int) []azdevops.TreeItem
			grow = func(at int) []azdevops.TreeItem {
				var items []azdevops.TreeItem
				for id := 1; id <= n; id++ {
					if kept[id] && (at == 0 && !joined[id] || at > 0 && joined[id] && parent[id] == at) {
						items = append(items, azdevops.TreeItem{ID: id, Children: grow(id)})
					}
				}
				return items
			}
			got, err := client.WorkItems.Tree(t.Context(), azdevops.TreeQuery{
				Source: azdevops.Contains(azdevops.FieldTitle, "item true"), Target: azdevops.Or(azdevops.Is(azdevops.FieldTitle, "item true true"), azdevops.Is(azdevops.FieldTitle, "item false true")), FromBelow: below,
			})
			if diff := cmp.Diff(grow(0), got); diff != "" || err != nil {
				t.Fatalf("seed %d, from below %v: %s %v", seed, below, diff, err)
			}
		}
	}
}

// What a team plans, with all that is below it, in every process.
func ExampleWorkItemService_Tree() {
	ctx := context.Background()
	_, client := demo()
	child := func(title string, of int) azdevops.Patch {
		return azdevops.Patch{
			Set:          map[string]any{azdevops.FieldTitle: title},
			AddRelations: []azdevops.Relation{{Kind: azdevops.RelationParent, URL: azdevops.TemporaryURL(of)}},
		}
	}
	_, err := client.WorkItems.Batch(ctx, []azdevops.BatchItem{
		azdevops.BatchCreate("Epic", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "New shop"}}, -1),
		azdevops.BatchCreate("User Story", child("Move the shop", -1), -2),
		azdevops.BatchCreate("Task", child("Order a rack", -2), 0),
	})
	if err != nil {
		log.Fatal(err)
	}
	trees, err := client.WorkItems.Tree(ctx, azdevops.TreeQuery{
		Source: azdevops.InGroup(azdevops.FieldType, azdevops.RequirementCategory),
		Target: azdevops.IsNot(azdevops.FieldState, "Closed"),
	})
	fmt.Println(trees, err)
	// Output: [{2 [{3 []}]}] <nil>
}
