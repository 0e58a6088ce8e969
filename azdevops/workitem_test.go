package azdevops_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestCreateOnTheWire(t *testing.T) {
	server, client := newWorld(t)
	item, err := client.WorkItems.Create(t.Context(), "User Story", azdevops.Patch{
		Set: map[string]any{
			azdevops.FieldTitle: "Deploy <b>", azdevops.FieldDescription: "a < b\nand more", azdevops.FieldPriority: 1, "Custom.ServiceNowId": "abc",
		},
		AddTags:      []string{"ServiceNow", "Incident"},
		AddRelations: []azdevops.Relation{azdevops.Hyperlink("https://acme.service-now.com/x?a=1", "INC1")},
		Comment:      "made <by> hand",
	})
	if err != nil {
		t.Fatal(err)
	}
	call := server.Journal()[0]
	if call.Method != "POST" || call.Path != "/acme/Fabrikam/_apis/wit/workitems/$User Story" || call.Query != "%24expand=relations&api-version=7.1" {
		t.Errorf("%s %s?%s", call.Method, call.Path, call.Query)
	}
	if call.Header.Get("Content-Type") != "application/json-patch+json" || call.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" {
		t.Error(call.Header)
	}
	want := `[{"op":"add","path":"/fields/Custom.ServiceNowId","value":"abc"},` +
		`{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":1},` +
		`{"op":"add","path":"/fields/System.Description","value":"a \u0026lt; b\u003cbr\u003eand more"},` +
		`{"op":"add","path":"/fields/System.Title","value":"Deploy \u003cb\u003e"},` +
		`{"op":"add","path":"/fields/System.Tags","value":"ServiceNow; Incident"},` +
		`{"op":"add","path":"/relations/-","value":{"rel":"Hyperlink","url":"https://acme.service-now.com/x?a=1","attributes":{"comment":"INC1"}}},` +
		`{"op":"add","path":"/fields/System.History","value":"made \u0026lt;by\u0026gt; hand"}]`
	if diff := cmp.Diff(want, string(call.Body)); diff != "" {
		t.Error(diff)
	}
	if item.Rev != 1 || item.Fields.Text(azdevops.FieldTitle) != "Deploy <b>" || item.Fields.Int(azdevops.FieldPriority) != 1 ||
		item.Fields.Time(azdevops.FieldCreatedDate).IsZero() || item.Fields.Identity(azdevops.FieldCreatedBy).UniqueName != "integration@example.com" {
		t.Errorf("%+v %s", item, item.Fields)
	}
	if diff := cmp.Diff([]string{"Incident", "ServiceNow"}, item.Fields.Tags()); diff != "" {
		t.Error(diff)
	}
	if got, _ := server.WorkItem(item.ID); len(got.Comments) != 1 || got.Comments[0] != "made &lt;by&gt; hand" {
		t.Errorf("%+v", got)
	}
}

func TestUpdateSendsWhatDiffers(t *testing.T) {
	server, client := newWorld(t)
	id := bug(t, server, "one")
	patch := azdevops.Patch{
		Set:     map[string]any{azdevops.FieldTitle: "two", azdevops.FieldPriority: 2, azdevops.FieldDescription: nil, azdevops.FieldAssignedTo: azdevops.Identity{UniqueName: "integration@example.com"}},
		AddTags: []string{"a"},
	}
	item, changed, err := client.WorkItems.Update(t.Context(), id, patch)
	if err != nil || !changed || item.Rev != 2 {
		t.Fatal(item, changed, err)
	}
	calls := server.Journal()
	want := `[{"op":"test","path":"/rev","value":1},{"op":"add","path":"/fields/System.AssignedTo","value":"integration@example.com"},{"op":"add","path":"/fields/System.Title","value":"two"},{"op":"add","path":"/fields/System.Tags","value":"a"}]`
	if diff := cmp.Diff(want, string(calls[1].Body)); diff != "" {
		t.Error(diff)
	}
	server.ResetJournal()
	if item, changed, err = client.WorkItems.Update(t.Context(), id, patch); err != nil || changed || item.Rev != 2 || server.Requests("PATCH") != 0 {
		t.Error(item, changed, err)
	}
	patch.Base = &item
	if _, changed, err = client.WorkItems.Update(t.Context(), id, patch); err != nil || changed || server.Requests() != 1 {
		t.Error(changed, err, server.Requests())
	}
}

func TestUpdateUnderARevision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := bug(t, server, "one")
		item, err := client.WorkItems.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldPriority: 1}); err != nil {
			t.Fatal(err)
		}
		for _, patch := range []azdevops.Patch{{Rev: 1}, {Base: &item}} {
			patch.Set = map[string]any{azdevops.FieldTitle: "two"}
			_, _, err := client.WorkItems.Update(t.Context(), id, patch)
			if !errors.Is(err, azdevops.ErrRevision) || !errors.Is(err, azdevops.ErrConflict) {
				t.Error(err)
			}
		}
		// Without a condition of its own, the patch is worked out anew.
		server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: func(body []byte) []byte {
			return []byte(strings.Replace(string(body), `"rev":2`, `"rev":1`, 1))
		}})
		item, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "two"}})
		if err != nil || !changed || item.Rev != 3 {
			t.Error(item, changed, err)
		}
		var failed *azdevops.Error
		_, err = client.WorkItems.Get(t.Context(), 4711)
		if !errors.As(err, &failed) || failed.Code != "TF401232" || failed.TypeKey != "WorkItemUnauthorizedAccessException" || !errors.Is(err, azdevops.ErrNotFound) {
			t.Errorf("%#v", failed)
		}
	})
}

func TestUpdateSurvivesLostAnswers(t *testing.T) {
	for _, comment := range []string{"", "said"} {
		synctest.Test(t, func(t *testing.T) {
			server, client := newWorld(t)
			id := bug(t, server, "one")
			server.Fail(azdevopstest.Fault{Method: "PATCH", DropAfter: true, Call: 1})
			item, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "two"}, Comment: comment})
			if err != nil || !changed || item.Rev != 2 {
				t.Error(item, changed, err)
			}
			if got, _ := server.WorkItem(id); got.Rev != 2 || comment != "" && len(got.Comments) != 1 {
				t.Errorf("%+v", got)
			}
		})
	}
}
