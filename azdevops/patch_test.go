package azdevops_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// patchOf is the body of the last PATCH, "" when there was none.
func patchOf(server *azdevopstest.Server) string {
	for _, call := range slices.Backward(server.Journal()) {
		if call.Method == "PATCH" {
			return string(call.Body)
		}
	}
	return ""
}

// TestPatchesOnTheWire are the bytes of changes to a bug with a title, tags and
// relations, in an order that is always the same.
func TestPatchesOnTheWire(t *testing.T) {
	link := azdevops.Hyperlink("https://acme.service-now.com/INC1", "")
	build := azdevops.BuildLink(7, "Found in build")
	for name, tt := range map[string]struct {
		patch azdevops.Patch
		want  string // behind the test of the revision; "" for nothing to send
	}{
		"nothing":          {azdevops.Patch{}, ""},
		"003-08":           {azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "two", azdevops.FieldPriority: 1, "Custom.ServiceNowId": "x"}}, `{"op":"add","path":"/fields/Custom.ServiceNowId","value":"x"},{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":1},{"op":"add","path":"/fields/System.Title","value":"two"}`},
		"as it is":         {azdevops.Patch{Set: map[string]any{"system.title": "one", azdevops.FieldPriority: 2.0, azdevops.FieldState: "New", azdevops.FieldAssignedTo: nil, azdevops.FieldDescription: ""}}, ""},
		"003-07":           {azdevops.Patch{Set: map[string]any{azdevops.FieldReproSteps: "<script>&\r\n\"x\""}}, `{"op":"add","path":"/fields/Microsoft.VSTS.TCM.ReproSteps","value":"\u0026lt;script\u0026gt;\u0026amp;\u003cbr\u003e\u0026#34;x\u0026#34;"}`},
		"markup":           {azdevops.Patch{Set: map[string]any{azdevops.FieldDescription: azdevops.HTML("<b>x</b>")}}, `{"op":"add","path":"/fields/System.Description","value":"\u003cb\u003ex\u003c/b\u003e"}`},
		"cleared":          {azdevops.Patch{Set: map[string]any{azdevops.FieldSeverity: nil}}, `{"op":"remove","path":"/fields/Microsoft.VSTS.Common.Severity"}`},
		"person":           {azdevops.Patch{Set: map[string]any{azdevops.FieldAssignedTo: azdevops.Identity{DisplayName: "Integration"}}}, `{"op":"add","path":"/fields/System.AssignedTo","value":"Integration"}`},
		"tags":             {azdevops.Patch{AddTags: []string{"A", "a", " c "}, RemoveTags: []string{"B", "zzz"}}, `{"op":"add","path":"/fields/System.Tags","value":"a; c"}`},
		"tags that are":    {azdevops.Patch{AddTags: []string{"B", "A"}, RemoveTags: []string{"x", "a"}}, ""},
		"last tag":         {azdevops.Patch{RemoveTags: []string{"a", "b"}}, `{"op":"add","path":"/fields/System.Tags","value":""}`},
		"relations":        {azdevops.Patch{AddRelations: []azdevops.Relation{build, build, link}, RemoveRelations: []azdevops.Relation{azdevops.Hyperlink("https://acme.service-now.com/INC2", "x")}}, `{"op":"remove","path":"/relations/1"},{"op":"add","path":"/relations/-","value":{"rel":"ArtifactLink","url":"vstfs:///Build/Build/7","attributes":{"name":"Found in build"}}}`},
		"relations by id":  {azdevops.Patch{AddRelations: []azdevops.Relation{{Kind: azdevops.RelationRelated, URL: "https://other/Fabrikam/_apis/wit/workitems/1"}}}, ""},
		"both relations":   {azdevops.Patch{RemoveRelations: []azdevops.Relation{link, azdevops.Hyperlink("HTTPS://acme.service-now.com/INC2", "")}}, `{"op":"remove","path":"/relations/1"},{"op":"remove","path":"/relations/0"}`},
		"comment":          {azdevops.Patch{Comment: "a < b"}, `{"op":"add","path":"/fields/System.History","value":"a \u0026lt; b"}`},
		"comment in HTML":  {azdevops.Patch{CommentHTML: "<i>x</i>", Set: map[string]any{azdevops.FieldTitle: "one"}}, `{"op":"add","path":"/fields/System.History","value":"\u003ci\u003ex\u003c/i\u003e"}`},
		"number in a text": {azdevops.Patch{Set: map[string]any{azdevops.FieldPriority: int64(3)}}, `{"op":"add","path":"/fields/Microsoft.VSTS.Common.Priority","value":3}`},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			server, client := newWorld(t)
			other := bug(t, server, "other")
			_, err := client.WorkItems.Create(t.Context(), "Bug", azdevops.Patch{
				Set: map[string]any{azdevops.FieldTitle: "one"}, AddTags: []string{"a", "b"},
				AddRelations: []azdevops.Relation{link, azdevops.Hyperlink("https://acme.service-now.com/INC2", ""), {Kind: azdevops.RelationRelated, URL: "http://azdevops.test/acme/_apis/wit/workItems/1"}},
			})
			if err != nil || other != 1 {
				t.Fatal(err)
			}
			item, changed, err := client.WorkItems.Update(t.Context(), 2, tt.patch)
			if err != nil || changed != (tt.want != "") {
				t.Fatal(changed, err)
			}
			got := patchOf(server)
			if tt.want == "" {
				if got != "" || item.Rev != 1 {
					t.Error(got, item.Rev)
				}
				return
			}
			if diff := cmp.Diff(`[{"op":"test","path":"/rev","value":1},`+tt.want+`]`, got); diff != "" || item.Rev != 2 {
				t.Error(diff, item.Rev)
			}
			// The same patch again changes nothing, unless it says something.
			if tt.patch.Comment == "" && tt.patch.CommentHTML == "" {
				if _, changed, err := client.WorkItems.Update(t.Context(), 2, tt.patch); err != nil || changed {
					t.Error("again:", changed, err)
				}
			}
		})
	}
}

func TestPatchesWithTimes(t *testing.T) {
	server, client := newWorld(t)
	id := bug(t, server, "one")
	// The service keeps times to a few milliseconds; what differs by less is no
	// change.
	at := time.Date(2026, 3, 1, 13, 0, 0, 123_456_789, time.FixedZone("", 3600))
	server.Fail(azdevopstest.Fault{Method: "GET", Call: 1, Rewrite: func(body []byte) []byte {
		return []byte(strings.Replace(string(body), `"fields":{`, `"fields":{"Custom.Due":"2026-03-01T12:00:00.127Z",`, 1))
	}})
	if _, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Set: map[string]any{"Custom.Due": at}}); err != nil || changed {
		t.Error(changed, err)
	}
}

// TestBadInput is refused before any request, with words that help.
func TestBadInput(t *testing.T) {
	server, client := newWorld(t)
	set := func(field string, value any) azdevops.Patch {
		return azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x", field: value}}
	}
	base := azdevops.WorkItem{ID: 1, Rev: 3}
	for want, p := range map[string]azdevops.Patch{
		"holds a line break":                    set(azdevops.FieldTitle, "a\nb"),
		"the title is empty":                    set(azdevops.FieldTitle, " "),
		"more than 255":                         set(azdevops.FieldTitle, strings.Repeat("ü", 256)),
		`"Title" is no reference name`:          set("Title", "x"),
		`"System.Title/x" is no`:                set("System.Title/x", "x"),
		"set tags by AddTags":                   set(azdevops.FieldTags, "a"),
		"put comments into Comment":             set(azdevops.FieldHistory, "a"),
		"System.Id is set by the service":       set(azdevops.FieldID, 7),
		"a parent is a relation":                set(azdevops.FieldParent, 7),
		"is no date":                            set("Custom.Due", time.Time{}),
		"of Custom.Due is no date":              set("Custom.Due", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)),
		"is a []string":                         set("Custom.X", []string{"a"}),
		"the Identity of System.AssignedTo has": set(azdevops.FieldAssignedTo, azdevops.Identity{}),
		"twice":                                 set("system.title", "y"),
		`the tag "a;b"`:                         {AddTags: []string{"a;b"}},
		`the tag ""`:                            {RemoveTags: []string{""}},
		"needs a Kind and a URL":                {AddRelations: []azdevops.Relation{{Kind: azdevops.RelationRelated}}},
		"revisions begin at 1":                  {Rev: -1},
		"are both set":                          {Comment: "a", CommentHTML: "b"},
		"was not read with its revision":        {Base: &azdevops.WorkItem{ID: 1}},
		"Patch.Rev is 2 and that of Base 3":     {Base: &base, Rev: 2},
		"Patch.Base is work item 2":             {Base: &azdevops.WorkItem{ID: 2, Rev: 1}},
	} {
		_, _, err := client.WorkItems.Update(t.Context(), 1, p)
		if err == nil || !strings.HasPrefix(err.Error(), "azdevops: WorkItems.Update: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	ctx := t.Context()
	items := client.WorkItems
	for want, err := range map[string]error{
		"the id is 0":               second(items.Get(ctx, 0)),
		"the id is -1":              items.Delete(ctx, -1),
		"the revision is 0":         second(items.Revision(ctx, 1, 0)),
		"no field is named":         second(items.GetFields(ctx, 1, nil)),
		`"*" is no reference name`:  second(items.GetFields(ctx, 1, []string{"*"})),
		"item type is empty":        second(items.Create(ctx, "", titled("x"))),
		"sets no System.Title":      second(items.Create(ctx, "Bug", azdevops.Patch{})),
		"about an item that exists": second(items.Create(ctx, "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x"}, Rev: 1})),
		"has blanks around it":      second(items.States(ctx, " Bug")),
		"type is empty":             second(items.TypeFields(ctx, "")),
		"the comment is empty":      second(items.AddComment(ctx, 1, " ")),
		"the comment id is 0":       items.DeleteComment(ctx, 1, 0),
		"comment id is -2":          second(items.EditComment(ctx, 1, -2, "x")),
		"begins with vstfs:///":     second(items.LinkedTo(ctx, []string{"https://x"})),
		"ids[1] is 0":               firstError(items.GetMany(ctx, []int{1, 0}, nil)),
		`"" is no reference`:        firstError(items.GetMany(ctx, []int{1}, []string{""})),
		"Updates: the id is 0":      firstError(items.Updates(ctx, 0)),
		"Comments: the id is 0":     firstError(items.Comments(ctx, 0)),
		"Feed.PageSize":             firstError(items.Changes(ctx, azdevops.Feed{PageSize: -1})),
		"Feed.After":                firstError(items.Changes(ctx, azdevops.Feed{After: "a b"})),
		"no reference name of a":    firstError(items.Changes(ctx, azdevops.Feed{Fields: []string{"x"}})),
		"Changes: the work item":    firstError(items.Changes(ctx, azdevops.Feed{Types: []string{""}})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "azdevops: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Journal())
	}
}

// firstError is the error that a list ends with.
func firstError[T any](list func(func(T, error) bool)) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestUpdateWorksItOutAnew: another program changes the item between our reading
// and our writing, again and again.
func TestUpdateWorksItOutAnew(t *testing.T) {
	for _, others := range []int{1, 4, 5} {
		synctest.Test(t, func(t *testing.T) {
			server, client := newWorld(t)
			id := bug(t, server, "one")
			n := 0
			server.Fail(azdevopstest.Fault{Method: "GET", Rewrite: func(body []byte) []byte {
				if n++; n <= others {
					if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldTags: "other" + string(rune('a'+n))}); err != nil {
						t.Error(err)
					}
				}
				return body
			}})
			item, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{AddTags: []string{"ours"}})
			if others == 5 {
				if !errors.Is(err, azdevops.ErrRevision) || changed {
					t.Error(item, changed, err)
				}
				return
			}
			want := []string{"other" + string(rune('a'+others)), "ours"}
			if err != nil || !changed || !slices.Equal(item.Fields.Tags(), want) {
				t.Error(item.Fields.Tags(), changed, err)
			}
		})
	}
}

// TestALostAnswerThatIsNotOurs: the answer is lost before the service acted, and
// somebody else changes the item meanwhile. That is no success.
func TestALostAnswerThatIsNotOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := bug(t, server, "one")
		base, err := client.WorkItems.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		server.Fail(azdevopstest.Fault{Method: "PATCH", Call: 1, DropBefore: true, Delay: time.Second})
		go func() {
			wait(500 * time.Millisecond)
			if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldTitle: "theirs", azdevops.FieldHistory: "said by them"}); err != nil {
				t.Error(err)
			}
		}()
		_, changed, err := client.WorkItems.Update(t.Context(), id, azdevops.Patch{Base: &base, Set: map[string]any{azdevops.FieldTitle: "theirs"}, Comment: "said by us"})
		if !errors.Is(err, azdevops.ErrRevision) || changed {
			t.Error(changed, err)
		}
		if got, _ := server.WorkItem(id); !slices.Equal(got.Comments, []string{"said by them"}) {
			t.Error(got.Comments)
		}
	})
}

// TestCreateIsNotRepeated after a fault that leaves open whether it was done.
func TestCreateIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		server.Fail(azdevopstest.Fault{Method: "POST", Call: 1, DropAfter: true})
		_, err := client.WorkItems.Create(t.Context(), "Bug", titled("x"))
		failed, ok := errors.AsType[*azdevops.Error](err)
		if !errors.Is(err, azdevops.ErrAmbiguous) || !ok || !failed.MaybeApplied() || server.Requests() != 1 || len(server.WorkItems()) != 1 {
			t.Error(err, server.Requests())
		}
		// A refusal is no doubt.
		server.Fail(azdevopstest.RateLimited(time.Second).OnCall(1))
		if item, err := client.WorkItems.Create(t.Context(), "Bug", titled("y")); err != nil || item.ID != 2 {
			t.Error(item, err)
		}
	})
}

func TestDeleteGoesToTheBin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := bug(t, server, "one")
		server.Fail(azdevopstest.Fault{Method: "DELETE", DropAfter: true, Call: 1})
		if err := client.WorkItems.Delete(t.Context(), id); err != nil {
			t.Error(err)
		}
		if got, there := server.WorkItem(id); !there || !got.Deleted || strings.Contains(server.Journal()[0].Query, "destroy") {
			t.Error(got, there)
		}
		if err := client.WorkItems.Delete(t.Context(), id); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error(err)
		}
	})
}

func TestEscape(t *testing.T) {
	if got := azdevops.Escape("a<b\r\nc & \"d\""); got != "a&lt;b<br>c &amp; &#34;d&#34;" {
		t.Error(got)
	}
}

// TestABaseThatWasReadInPart does not make tags, fields and relations disappear
// that it does not tell of.
func TestABaseThatWasReadInPart(t *testing.T) {
	server, client := newWorld(t)
	ctx := t.Context()
	link := azdevops.Hyperlink("https://a/1", "")
	if _, err := client.WorkItems.Create(ctx, "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "one"}, AddTags: []string{"kept"}, AddRelations: []azdevops.Relation{link}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		patch azdevops.Patch
		reads int
	}{
		{azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "two"}}, 0},
		{azdevops.Patch{Set: map[string]any{azdevops.FieldPriority: 1}}, 1},
		{azdevops.Patch{AddTags: []string{"new"}}, 1},
		{azdevops.Patch{AddRelations: []azdevops.Relation{link}, Comment: "x"}, 1},
		{azdevops.Patch{RemoveRelations: []azdevops.Relation{link}}, 1},
	} {
		base, err := client.WorkItems.GetFields(ctx, 1, []string{azdevops.FieldTitle})
		if err != nil {
			t.Fatal(err)
		}
		server.ResetJournal()
		tt.patch.Base = &base
		item, changed, err := client.WorkItems.Update(ctx, 1, tt.patch)
		if err != nil || !changed || item.Rev != base.Rev+1 || server.Requests("GET") != tt.reads {
			t.Errorf("%+v: %v %v, %d reads", tt.patch, changed, err, server.Requests("GET"))
		}
		// The revision that was read is the condition all the same.
		server.ResetJournal()
		tt.patch.Comment = "again"
		if _, _, err := client.WorkItems.Update(ctx, 1, tt.patch); !errors.Is(err, azdevops.ErrRevision) {
			t.Error(err)
		}
		if tt.reads > 0 {
			results, err := client.WorkItems.Batch(ctx, []azdevops.BatchItem{azdevops.BatchUpdate(1, tt.patch)})
			if err == nil || !strings.Contains(err.Error(), "read in part") {
				t.Error(results, err)
			}
		}
	}
	got, _ := server.WorkItem(1)
	if got.Fields[azdevops.FieldTags] != "kept; new" || got.Fields[azdevops.FieldPriority] != 1 || len(got.Relations) != 0 {
		t.Errorf("%+v", got)
	}
}
