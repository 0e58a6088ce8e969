package azdevops_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestBatchOnTheWire(t *testing.T) {
	server, client := newWorld(t)
	bug(t, server, "one")
	same, err := client.WorkItems.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
	results, err := client.WorkItems.Batch(t.Context(), []azdevops.BatchItem{
		azdevops.BatchCreate("User Story", titled("story"), -1),
		azdevops.BatchCreate("Task", azdevops.Patch{
			Set:          map[string]any{azdevops.FieldTitle: "task"},
			AddRelations: []azdevops.Relation{{Kind: azdevops.RelationParent, URL: azdevops.TemporaryURL(-1)}},
		}, 0),
		azdevops.BatchUpdate(1, azdevops.Patch{Base: &same, Set: map[string]any{azdevops.FieldTitle: "one"}}),
		azdevops.BatchUpdate(1, azdevops.Patch{Base: &same, Set: map[string]any{azdevops.FieldTitle: "two"}}),
		azdevops.BatchUpdate(1, azdevops.Patch{Base: &same, Set: map[string]any{azdevops.FieldTitle: "three"}}),
		azdevops.BatchCreate("Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x", azdevops.FieldState: "Nope"}}, 0),
	})
	if err != nil || len(results) != 6 {
		t.Fatal(results, err)
	}
	want := `[{"method":"PATCH","uri":"/Fabrikam/_apis/wit/workitems/$User%20Story?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"add","path":"/id","value":-1},{"op":"add","path":"/fields/System.Title","value":"story"}]},` +
		`{"method":"PATCH","uri":"/Fabrikam/_apis/wit/workitems/$Task?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"add","path":"/fields/System.Title","value":"task"},{"op":"add","path":"/relations/-","value":{"rel":"System.LinkTypes.Hierarchy-Reverse","url":"http://azdevops.test/acme/_apis/wit/workitems/-1"}}]},` +
		`{"method":"PATCH","uri":"/_apis/wit/workitems/1?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/System.Title","value":"two"}]},` +
		`{"method":"PATCH","uri":"/_apis/wit/workitems/1?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/System.Title","value":"three"}]},` +
		`{"method":"PATCH","uri":"/Fabrikam/_apis/wit/workitems/$Bug?api-version=7.1","headers":{"Content-Type":"application/json-patch+json"},"body":[{"op":"add","path":"/fields/System.State","value":"Nope"},{"op":"add","path":"/fields/System.Title","value":"x"}]}]`
	calls := server.Journal()
	if diff := cmp.Diff(want, string(calls[0].Body)); diff != "" || len(calls) != 1 || calls[0].Path != "/acme/_apis/wit/$batch" {
		t.Error(diff, len(calls))
	}
	if results[0].Item.ID != 2 || results[1].Item.Fields.Int(azdevops.FieldParent) != 2 || !results[0].Changed {
		t.Errorf("%+v", results[:2])
	}
	if results[2].Changed || results[2].Err != nil || results[2].Item.ID != 1 || !results[3].Changed || results[3].Item.Rev != 2 {
		t.Errorf("%+v", results[2:4])
	}
	failed, ok := errors.AsType[*azdevops.Error](results[4].Err)
	if !ok || !errors.Is(failed, azdevops.ErrRevision) || failed.Status != 412 || failed.Op != "WorkItems.Batch" || failed.MaybeApplied() {
		t.Errorf("%+v", results[4])
	}
	if !errors.Is(results[5].Err, azdevops.ErrRule) || results[5].Changed {
		t.Errorf("%+v", results[5])
	}
}

// TestBatchesOfAnySize writes 401 items in three requests, of which one is lost.
func TestBatchesOfAnySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		server.Fail(azdevopstest.Fault{Path: "/acme/_apis/wit/$batch", DropAfter: true, Call: 2})
		var items []azdevops.BatchItem
		for i := range 401 {
			items = append(items, azdevops.BatchCreate("Task", titled(fmt.Sprint(i)), 0))
		}
		results, err := client.WorkItems.Batch(t.Context(), items)
		if err != nil || server.Requests() != 3 || len(server.WorkItems()) != 401 {
			t.Fatal(err, server.Requests())
		}
		for i, r := range results {
			if lost := i >= 200 && i < 400; lost != errors.Is(r.Err, azdevops.ErrAmbiguous) || lost == r.Changed || !lost && r.Item.Fields.Text(azdevops.FieldTitle) != fmt.Sprint(i) {
				t.Fatalf("%d: %+v", i, r)
			}
		}
	})
}

func TestBatchRefusesBadInput(t *testing.T) {
	server, client := newWorld(t)
	nowhere := newClient(t, server.Client(), func(c *azdevops.Config) { c.Project = "" })
	child := azdevops.BatchCreate("Task", azdevops.Patch{
		Set:          map[string]any{azdevops.FieldTitle: "task"},
		AddRelations: []azdevops.Relation{{Kind: azdevops.RelationParent, URL: azdevops.TemporaryURL(-1)}},
	}, 0)
	far := []azdevops.BatchItem{azdevops.BatchCreate("Task", titled("parent"), -1)}
	for range 199 {
		far = append(far, azdevops.BatchCreate("Task", titled("x"), 0))
	}
	base := azdevops.WorkItem{ID: 2, Rev: 1}
	for want, tt := range map[string]struct {
		via   *azdevops.Client
		items []azdevops.BatchItem
	}{
		"item 1: azdevops: WorkItems.Batch: the work item type": {client, []azdevops.BatchItem{azdevops.BatchCreate("Bug", titled("x"), 0), azdevops.BatchCreate("", titled("x"), 0)}},
		"needs a project":                              {nowhere, []azdevops.BatchItem{azdevops.BatchCreate("Bug", titled("x"), 0)}},
		"is below 0":                                   {client, []azdevops.BatchItem{azdevops.BatchCreate("Bug", titled("x"), 7)}},
		"needs Patch.Base, the item as it was":         {client, []azdevops.BatchItem{azdevops.BatchUpdate(1, titled("x"))}},
		"item 0: an update needs Patch.Base":           {client, []azdevops.BatchItem{azdevops.BatchUpdate(1, azdevops.Patch{Base: &base})}},
		"the id is -4":                                 {client, []azdevops.BatchItem{azdevops.BatchUpdate(-4, titled("x"))}},
		"item 0 has a relation to the temporary id -1": {client, []azdevops.BatchItem{child}},
		"item 200 has a relation":                      {client, append(far, child)},
		"item 1 has the temporary id -1 of":            {client, []azdevops.BatchItem{far[0], far[0]}},
	} {
		_, err := tt.via.WorkItems.Batch(t.Context(), tt.items)
		if err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.Batch: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if results, err := client.WorkItems.Batch(t.Context(), nil); err != nil || len(results) != 0 || server.Requests() != 0 {
		t.Error(results, err, server.Requests())
	}
}

// TestBatchAnswersThatDoNotFit are failures of their items.
func TestBatchAnswersThatDoNotFit(t *testing.T) {
	for want, body := range map[string]string{
		"1 writes were sent and 0 are answered": `{"count":0,"value":[]}`,
		"the answer to one item":                `{"count":1,"value":[{"code":200,"headers":{},"body":"no JSON"}]}`,
		"sign-in":                               `{"count":1,"value":[{"code":200,"headers":{},"body":"<html></html>"}]}`,
	} {
		server, client := newWorld(t)
		server.Fail(azdevopstest.Fault{Method: "PATCH", Status: 200, Body: body})
		results, err := client.WorkItems.Batch(t.Context(), []azdevops.BatchItem{azdevops.BatchCreate("Task", titled("x"), 0)})
		if err != nil || results[0].Err == nil || !strings.Contains(results[0].Err.Error(), want) {
			t.Errorf("%v %v, want %q", results, err, want)
		}
	}
	// A document that is no string, as some servers are said to answer.
	server, client := newWorld(t)
	server.Fail(azdevopstest.Fault{Method: "PATCH", Status: 200, Body: `{"count":1,"value":[{"code":200,"headers":{"A":"b"},"body":{"id":7,"rev":1}}]}`})
	results, err := client.WorkItems.Batch(t.Context(), []azdevops.BatchItem{azdevops.BatchCreate("Task", titled("x"), 0)})
	if err != nil || results[0].Item.ID != 7 {
		t.Error(results, err)
	}
}
