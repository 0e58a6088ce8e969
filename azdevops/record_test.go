package azdevops_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// TestGetMany reads in the order that was asked for, and passes over what is
// not there.
func TestGetMany(t *testing.T) {
	server, client := newWorld(t)
	var ids []int
	for i := range 250 {
		ids = append(ids, bug(t, server, fmt.Sprint(i+1)))
	}
	slices.Reverse(ids)
	ids = append([]int{9999, 7, 7}, ids...)
	server.ResetJournal()
	var got []int
	for item, err := range client.WorkItems.GetMany(t.Context(), ids, []string{azdevops.FieldTitle}) {
		if err != nil || item.Fields.Text(azdevops.FieldTitle) != fmt.Sprint(item.ID) {
			t.Fatal(item, err)
		}
		got = append(got, item.ID)
	}
	if !slices.Equal(got, ids[1:]) || server.Requests() != 2 {
		t.Error(got, server.Requests())
	}
	want := `{"errorPolicy":"omit","fields":["System.Title"],"ids":[9999,7,250,`
	if body := string(server.Journal()[0].Body); !strings.HasPrefix(body, want) {
		t.Error(body)
	}
	for item, err := range client.WorkItems.GetMany(t.Context(), []int{1}, nil) {
		if err != nil || item.Fields.Text(azdevops.FieldState) != "New" {
			t.Error(item, err)
		}
	}
	// Some servers leave missing items out, and none has to keep the order.
	server.Fail(azdevopstest.Fault{Method: "POST", Status: 200, Body: `{"count":2,"value":[{"id":2,"rev":1},{"id":1,"rev":1}]}`})
	got = nil
	for item := range client.WorkItems.GetMany(t.Context(), []int{1, 5, 2}, nil) {
		got = append(got, item.ID)
	}
	if !slices.Equal(got, []int{1, 2}) {
		t.Error(got)
	}
}

func TestFieldsOfAnItem(t *testing.T) {
	server, client := newWorld(t)
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{
		azdevops.FieldTitle: "one", azdevops.FieldAssignedTo: "Integration", azdevops.FieldTags: "b; a", "Microsoft.VSTS.Scheduling.RemainingWork": 1.5,
	})
	if err != nil {
		t.Fatal(err)
	}
	item, err := client.WorkItems.GetFields(t.Context(), id, []string{azdevops.FieldTitle, azdevops.FieldAssignedTo, azdevops.FieldTags, azdevops.FieldPriority, "Microsoft.VSTS.Scheduling.RemainingWork", azdevops.FieldCreatedDate})
	if err != nil {
		t.Fatal(err)
	}
	f := item.Fields
	if f.Text("system.TITLE") != "one" || f.Text(azdevops.FieldAssignedTo) != "Integration" || f.Text(azdevops.FieldPriority) != "2" || f.Text(azdevops.FieldState) != "" ||
		f.Int(azdevops.FieldPriority) != 2 || f.Int("Microsoft.VSTS.Scheduling.RemainingWork") != 0 || f.Float("Microsoft.VSTS.Scheduling.RemainingWork") != 1.5 ||
		f.Identity(azdevops.FieldAssignedTo).UniqueName != "integration@example.com" || f.Identity(azdevops.FieldTitle) != (azdevops.Identity{DisplayName: "one"}) ||
		!slices.Equal(f.Tags(), []string{"a", "b"}) || f.Time(azdevops.FieldCreatedDate).IsZero() || !f.Time(azdevops.FieldTitle).IsZero() || f.Float(azdevops.FieldTitle) != 0 {
		t.Errorf("%s", f)
	}
	var bug struct {
		Title    string `json:"System.Title"`
		Priority int    `json:"Microsoft.VSTS.Common.Priority"`
	}
	if err := f.Decode(&bug); err != nil || bug.Title != "one" || bug.Priority != 2 {
		t.Error(bug, err)
	}
	var wrong struct {
		Title int `json:"System.Title"`
	}
	if err := f.Decode(&wrong); err == nil || !strings.HasPrefix(err.Error(), "azdevops: ") {
		t.Error(err)
	}
	var none azdevops.Fields
	if data, err := none.MarshalJSON(); err != nil || string(data) != "{}" || none.Decode(&bug) != nil || none.Get("x") != nil {
		t.Error(string(data), err)
	}
	n := 0
	for name, value := range f.All() {
		if n++; name == "" || len(value) == 0 {
			t.Error(name)
		}
		if n == 2 {
			break
		}
	}
	sentinels := azdevops.Fields(`{"A.B":"0001-01-01T00:00:00","A.C":"9999-01-01T00:00:00Z","A.D":"2026-03-01T12:00:00.1234567Z","A.E":null,"A.F":"Ada Example <ada@example.com>","A.G":16.0}`)
	if !sentinels.Time("A.B").IsZero() || !sentinels.Time("A.C").IsZero() || sentinels.Time("A.D").Nanosecond() != 123456700 || sentinels.Get("A.E") != nil ||
		sentinels.Identity("A.F") != (azdevops.Identity{DisplayName: "Ada Example", UniqueName: "ada@example.com"}) || sentinels.Int("A.G") != 16 {
		t.Error("sentinels are read")
	}
}

func TestComments(t *testing.T) {
	t.Run("003-32", func(t *testing.T) { synctest.Test(t, comments) })
}

func comments(t *testing.T) {
	server, client := newWorld(t)
	id := bug(t, server, "one")
	for i := range 201 {
		c, err := client.WorkItems.AddComment(t.Context(), id, azdevops.Escape(fmt.Sprint("<", i)))
		if err != nil || c.Text != fmt.Sprint("&lt;", i) || c.WorkItem != id || c.By.DisplayName != "Integration" || c.Created.IsZero() || c.Format != "html" {
			t.Fatal(c, err)
		}
	}
	server.ResetJournal()
	var all []azdevops.Comment
	for c, err := range client.WorkItems.Comments(t.Context(), id) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if len(all) != 201 || all[0].Text != "&lt;200" || all[200].Text != "&lt;0" || server.Requests() != 2 {
		t.Error(len(all), server.Requests())
	}
	edited, err := client.WorkItems.EditComment(t.Context(), id, all[0].ID, "<b>new</b>")
	if err != nil || edited.Text != "<b>new</b>" || edited.Version != 2 {
		t.Error(edited, err)
	}
	if err := client.WorkItems.DeleteComment(t.Context(), id, all[1].ID); err != nil {
		t.Error(err)
	}
	if got, _ := server.WorkItem(id); len(got.Comments) != 200 || got.Comments[199] != "<b>new</b>" {
		t.Error(got.Comments)
	}
	server.Fail(azdevopstest.Fault{Method: "POST", DropAfter: true, Call: 1})
	if _, err := client.WorkItems.AddComment(t.Context(), id, "x"); !errors.Is(err, azdevops.ErrAmbiguous) {
		t.Error(err)
	}
	// Examples of the documentation call the id commentId.
	server.Fail(azdevopstest.Fault{Method: "GET", Status: 200, Body: `{"comments":[{"commentId":7,"workItemId":1,"text":"x","isDeleted":true}]}`})
	for c, err := range client.WorkItems.Comments(t.Context(), id) {
		if err != nil || c.ID != 7 || !c.Deleted {
			t.Error(c, err)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Run("003-32", func(t *testing.T) {
		server, client := newWorld(t)
		clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		server.SetClock(clock)
		id := bug(t, server, "0")
		for i := range 200 {
			clock.Advance(time.Minute)
			if err := server.UpdateWorkItem(id, map[string]any{azdevops.FieldTitle: fmt.Sprint(i + 1)}); err != nil {
				t.Fatal(err)
			}
		}
		n := 0
		for u, err := range client.WorkItems.Updates(t.Context(), id) {
			if n++; err != nil || u.ID != n || u.Rev != n || u.WorkItem != id || u.By.UniqueName != "build@example.com" {
				t.Fatal(u, err)
			}
			if want := time.Date(2026, 3, 1, 12, n-1, 0, 0, time.UTC); !u.Date.Equal(want) {
				t.Fatal(n, u.Date, want)
			}
			title := u.Fields[azdevops.FieldTitle]
			if string(title.New) != fmt.Sprintf("%q", fmt.Sprint(n-1)) || n > 1 && string(title.Old) != fmt.Sprintf("%q", fmt.Sprint(n-2)) || n == 1 && title.Old != nil {
				t.Fatalf("%d: %s %s", n, title.Old, title.New)
			}
		}
		if n != 201 || server.Requests() != 2 {
			t.Error(n, server.Requests())
		}
		n = 0
		for item, err := range client.WorkItems.Revisions(t.Context(), id) {
			if n++; err != nil || item.Rev != n || item.Fields.Text(azdevops.FieldTitle) != fmt.Sprint(n-1) {
				t.Fatal(item, err)
			}
		}
		if item, err := client.WorkItems.Revision(t.Context(), id, 5); err != nil || item.Rev != 5 || n != 201 {
			t.Error(item, err, n)
		}
		if _, err := client.WorkItems.Revision(t.Context(), id, 500); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error(err)
		}
	})
}

// TestChanges reads the feed in two sittings, of which the second begins at the
// watermark of the first, and misses nothing.
func TestChanges(t *testing.T) {
	server, client := newWorld(t)
	for i := range 5 {
		bug(t, server, fmt.Sprint(i))
	}
	read := func(f azdevops.Feed) (list []string, watermark string) {
		t.Helper()
		for c, err := range client.WorkItems.Changes(t.Context(), f) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprintf("%d.%d %s %v", c.ID, c.Rev, c.Fields.Text(azdevops.FieldTitle), c.Deleted))
			if c.Watermark != "" {
				watermark = c.Watermark
			}
		}
		return list, watermark
	}
	first, mark := read(azdevops.Feed{PageSize: 2})
	if len(first) != 5 || mark == "" || server.Requests() != 3 {
		t.Error(first, mark, server.Requests())
	}
	if again, _ := read(azdevops.Feed{After: mark}); again != nil {
		t.Error(again)
	}
	if err := server.UpdateWorkItem(2, map[string]any{azdevops.FieldTitle: "new"}); err != nil {
		t.Fatal(err)
	}
	if err := client.WorkItems.Delete(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	later, _ := read(azdevops.Feed{After: mark, Fields: []string{azdevops.FieldTitle}, Deleted: true})
	if diff := cmp.Diff([]string{"2.2 new false", "3.1 2 true"}, later); diff != "" {
		t.Error(diff)
	}
	latest, _ := read(azdevops.Feed{LatestOnly: true, Types: []string{"Bug"}})
	if diff := cmp.Diff([]string{"1.1 0 false", "4.1 3 false", "5.1 4 false", "2.2 new false"}, latest); diff != "" {
		t.Error(diff)
	}
	if none, _ := read(azdevops.Feed{Since: time.Now().Add(time.Hour)}); none != nil {
		t.Error(none)
	}
	calls := server.Journal()
	want := `{"fields":["System.Title","System.IsDeleted"],"includeDeleted":true,"includeIdentityRef":true,"includeLatestOnly":false}`
	if got := string(calls[len(calls)-3].Body); got != want {
		t.Error(got)
	}
	if q := calls[0].Query; q != "%24maxPageSize=2&api-version=7.1" {
		t.Error(q)
	}
}

func TestTypesStatesAndFields(t *testing.T) {
	server, err := azdevopstest.New(azdevopstest.Options{Projects: []azdevopstest.Project{
		{Name: "Fabrikam", Fields: []string{"Custom.ServiceNowId"}}, {Name: "Basic", Process: "Basic"}, {Name: "Scrum", Process: "Scrum"}, {Name: "CMMI", Process: "CMMI"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, server.Client(), nil)
	for project, want := range map[string]string{"Fabrikam": "New Active Resolved Closed", "Scrum": "New Committed  Done", "CMMI": "Proposed Active Resolved Closed"} {
		other, err := client.InProject(project)
		if err != nil {
			t.Fatal(err)
		}
		states, err := other.WorkItems.States(t.Context(), "Bug")
		got := []string{azdevops.StateOf(states, azdevops.Proposed), azdevops.StateOf(states, azdevops.InProgress), azdevops.StateOf(states, azdevops.Resolved), azdevops.StateOf(states, azdevops.Completed)}
		if err != nil || strings.Join(got, " ") != want {
			t.Error(project, got, err)
		}
	}
	basic, err := client.InProject("Basic")
	if err != nil {
		t.Fatal(err)
	}
	types, err := basic.WorkItems.Types(t.Context())
	if err != nil || len(types) != 3 || types[1].Name != "Issue" || types[1].ReferenceName != "Microsoft.VSTS.WorkItemTypes.Issue" {
		t.Error(types, err)
	}
	if _, err := basic.WorkItems.Create(t.Context(), "Bug", titled("x")); !errors.Is(err, azdevops.ErrNotFound) {
		t.Error(err)
	}
	fields, err := client.WorkItems.TypeFields(t.Context(), "Bug")
	i := slices.IndexFunc(fields, func(f azdevops.Field) bool { return f.ReferenceName == azdevops.FieldTitle })
	if err != nil || i < 0 || !fields[i].Required || fields[i].Type != "string" {
		t.Error(fields, err)
	}
	all, err := client.WorkItems.Fields(t.Context())
	if err != nil || !slices.ContainsFunc(all, func(f azdevops.Field) bool { return f.ReferenceName == "Custom.ServiceNowId" }) {
		t.Error(all, err)
	}
}

func TestFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		content := []byte("line one\nline two\n")
		opened := 0
		open := func() (io.ReadCloser, error) { opened++; return io.NopCloser(bytes.NewReader(content)), nil }
		server.Fail(azdevopstest.Fault{Method: "POST", DropAfter: true, Call: 1})
		file, err := client.WorkItems.Upload(t.Context(), "log ü.txt", int64(len(content)), open)
		if err != nil || file.Kind != azdevops.RelationFile || file.Name != "log ü.txt" || opened != 2 {
			t.Fatal(file, err, opened)
		}
		call := server.Journal()[0]
		if call.Query != "api-version=7.1&fileName=log+%C3%BC.txt" || call.Header.Get("Content-Type") != "application/octet-stream" {
			t.Error(call.Query, call.Header)
		}
		item, err := client.WorkItems.Create(t.Context(), "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x"}, AddRelations: []azdevops.Relation{file}})
		if err != nil || len(item.Relations) != 1 || item.Relations[0].Name != file.Name {
			t.Fatal(item, err)
		}
		read := func() (string, error) {
			body, err := client.WorkItems.Download(t.Context(), item.Relations[0])
			if err != nil {
				return "", err
			}
			data, err := io.ReadAll(body)
			return string(data), errors.Join(err, body.Close())
		}
		if got, err := read(); err != nil || got != string(content) {
			t.Error(got, err)
		}
		// A download that is cut is an error, and so is a page in its place.
		server.Fail(azdevopstest.Fault{Path: "/acme/Fabrikam/_apis/wit/attachments/", Call: 1, CutAfter: 5})
		if got, err := read(); err == nil {
			t.Errorf("%q", got)
		}
		server.ClearFaults()
		server.Fail(azdevopstest.SignInPage())
		if _, err := read(); !errors.Is(err, azdevops.ErrSignIn) {
			t.Error(err)
		}
		server.ClearFaults()
		server.ResetJournal()
		upload := func(name string, size int64, open func() (io.ReadCloser, error)) error {
			return second(client.WorkItems.Upload(t.Context(), name, size, open))
		}
		for want, err := range map[string]error{
			"the file name is empty":  upload("", 1, open),
			"holds a slash":           upload("a/b", 1, open),
			"the file has 0 bytes":    upload("a", 0, open),
			"the file has 99999999 b": upload("a", 99999999, open),
			"open is nil":             upload("a", 1, nil),
			"no attached file":        second(client.WorkItems.Download(t.Context(), azdevops.Hyperlink("http://azdevops.test/acme/_apis/wit/attachments/a", ""))),
			"leads to no":             second(client.WorkItems.Download(t.Context(), azdevops.Relation{Kind: azdevops.RelationFile, URL: "http://azdevops.test/acme/_apis/wit/attachments/../x"})),
		} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
		if server.Requests() != 0 {
			t.Error(server.Journal())
		}
	})
}

func TestLinkedTo(t *testing.T) {
	server, client := newWorld(t)
	build := azdevops.BuildLink(7, "Build")
	commit := azdevops.CommitLink("p", "r", "abc", "Fixed in Commit")
	for _, links := range [][]azdevops.Relation{{build}, {build, commit}} {
		if _, err := client.WorkItems.Create(t.Context(), "Bug", azdevops.Patch{Set: map[string]any{azdevops.FieldTitle: "x"}, AddRelations: links}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := client.WorkItems.LinkedTo(t.Context(), []string{build.URL, commit.URL, "vstfs:///Build/Build/8"})
	want := map[string][]int{"vstfs:///Build/Build/7": {1, 2}, "vstfs:///Git/Commit/p%2Fr%2Fabc": {2}, "vstfs:///Build/Build/8": nil}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	server.ResetJournal()
	if got, err := client.WorkItems.LinkedTo(t.Context(), nil); err != nil || len(got) != 0 || server.Requests() != 0 {
		t.Error(got, err)
	}
}

func TestWebURL(t *testing.T) {
	t.Run("003-33", func(t *testing.T) {
		client := newClient(t, nil, func(c *azdevops.Config) { c.BaseURL, c.Project = "https://dev.azure.com/Acme/", "Fabrikam Fiber" })
		if got := client.WorkItems.WebURL(7); got != "https://dev.azure.com/Acme/Fabrikam%20Fiber/_workitems/edit/7" {
			t.Error(got)
		}
		server, err := azdevops.New(azdevops.Config{BaseURL: "https://tfs.example.com/tfs/DefaultCollection", Auth: azdevops.PAT("x")})
		if err != nil {
			t.Fatal(err)
		}
		if got := server.WorkItems.WebURL(7); got != "https://tfs.example.com/tfs/DefaultCollection/_workitems/edit/7" {
			t.Error(got)
		}
		var none *azdevops.WorkItemService
		if none.WebURL(7) != "" || client.WorkItems.WebURL(0) != "" {
			t.Error("an address of nothing")
		}
	})
}
