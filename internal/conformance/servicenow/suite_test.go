package servicenow_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestServiceNow(t *testing.T) {
	suite(connect(t, servicenowtest.Options{}))
}

// The contract holds among the records, users and access rules of a delivered
// instance too.
func TestServiceNowWithDemoData(t *testing.T) {
	g := connect(t, servicenowtest.OutOfBox())
	if g.real {
		t.Skip("TestServiceNow runs on the real instance")
	}
	suite(g)
}

// The contract holds without TCP as well.
func TestServiceNowInMemory(t *testing.T) {
	suite(connectInMemory(t, servicenowtest.Options{}))
}

func suite(g *target) {
	g.run("records", records)
	g.run("a chosen sys_id", chosenID)
	g.run("errors", failures)
	g.run("pages", pages)
	g.run("values in queries", values)
	g.run("operators", operators)
	g.run("dates of now", relativeDates)
	g.run("an unknown column", unknownColumn)
	g.run("display values", displayValues)
	g.run("journal entries", journal)
	g.run("long conditions", longConditions)
	g.run("batch", batch)
	g.run("conditional update", conditionalUpdate)
	g.run("writes by condition", writesByCondition)
	g.run("changes", changes)
	g.run("deletions", deletions)
}

func records(g *target) {
	ctx := g.Context()
	created := g.create("record", map[string]any{"impact": 2, "urgency": 3})
	if created.SysID() == "" || created.Get("number") == "" || created.Get("impact") != "2" || created.Get("sys_mod_count") != "0" {
		g.Errorf("created %v", created)
	}
	updated, err := g.table.Update(ctx, created.SysID(), map[string]any{"urgency": 1})
	g.must(err)
	if updated.Get("urgency") != "1" || updated.Get("impact") != "2" || updated.Get("correlation_id") != g.prefix+"record" {
		g.Errorf("updated %v", updated)
	}
	again, err := g.table.Update(ctx, created.SysID(), map[string]any{"urgency": 1})
	g.must(err)
	if again.Get("sys_mod_count") != updated.Get("sys_mod_count") {
		g.Errorf("an update without a difference counts: %s, %s", updated.Get("sys_mod_count"), again.Get("sys_mod_count"))
	}
	some, err := g.table.Get(ctx, created.SysID(), servicenow.Fields("number", "no_such_column"))
	g.must(err)
	if len(some) != 1 || some.Get("number") != created.Get("number") {
		g.Errorf("two columns, one of them unknown: %v", some)
	}
	g.must(g.table.Delete(ctx, created.SysID()))
	if _, err := g.table.Get(ctx, created.SysID()); !errors.Is(err, servicenow.ErrNotFound) {
		g.Errorf("after the deletion: %v", err)
	}
	if err := g.table.Delete(ctx, created.SysID()); !errors.Is(err, servicenow.ErrNotFound) {
		g.Errorf("a second deletion: %v", err)
	}
}

func chosenID(g *target) {
	id := randomID()
	if created := g.create("chosen", map[string]any{"sys_id": id}); created.SysID() != id {
		g.Errorf("the sys_id is %s, chosen was %s", created.SysID(), id)
	}
	_, err := g.table.Create(g.Context(), map[string]any{"sys_id": id, "correlation_id": g.prefix + "again"})
	if !errors.Is(err, servicenow.ErrDuplicate) || !errors.Is(err, servicenow.ErrConflict) {
		g.Errorf("the same sys_id again: %v", err)
	}
}

func failures(g *target) {
	ctx := g.Context()
	if _, err := g.table.Get(ctx, randomID()); !errors.Is(err, servicenow.ErrNotFound) {
		g.Errorf("no record: %v", err)
	}
	none := servicenow.TableOf[servicenow.Record](g.client, "u_itsmkit_no_such_table")
	if _, err := none.List(ctx, servicenow.Query{}); !errors.Is(err, servicenow.ErrInvalidTable) {
		g.Errorf("no table: %v", err)
	}
	err := g.client.Do(ctx, http.MethodGet, "/api/now/itsmkit_no_such_api", url.Values{}, nil, nil)
	if e, ok := errors.AsType[*servicenow.Error](err); !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusNotFound {
		g.Errorf("no API: %v", err)
	}
	stranger := servicenow.TableOf[servicenow.Record](g.connectAs(g.prefix+"nobody", "wrong"), "incident")
	if _, err := stranger.List(ctx, servicenow.Query{}); !errors.Is(err, servicenow.ErrUnauthorized) {
		g.Errorf("no such user: %v", err)
	}
}

func pages(g *target) {
	where, made := g.group(12)
	want := strings.Fields(ids(made...))
	for _, size := range []int{1, 5, 12, 100} {
		var meta servicenow.Response
		q := servicenow.Query{Where: where, PageSize: size, Fields: []string{"number"}}
		got := strings.Fields(ids(g.all(servicenow.Query{Where: where, PageSize: size, Fields: []string{"sys_id"}}, servicenow.Meta(&meta))...))
		if !slices.IsSorted(got) || len(got) != len(want) || meta.Total != 12 || meta.Visible != 12 {
			g.Errorf("page size %d: %d rows, total %d, visible %d", size, len(got), meta.Total, meta.Visible)
		}
		q.OrderBy = []servicenow.Order{servicenow.Desc("correlation_id")}
		q.Fields = []string{"sys_id", "correlation_id"}
		rows := g.all(q)
		slices.Reverse(rows)
		if ids(rows...) != strings.Join(want, " ") {
			g.Errorf("page size %d, in a descending order: %s, want %s", size, ids(rows...), want)
		}
	}
	page, err := g.table.List(g.Context(), servicenow.Query{Where: where, PageSize: 7, Fields: []string{"sys_id"}})
	g.must(err)
	rest, err := g.table.List(g.Context(), servicenow.Query{Where: where, PageSize: 7, Fields: []string{"sys_id"}, After: page.Next})
	g.must(err)
	if len(page.Items) != 7 || len(rest.Items) != 5 || rest.Next != "" {
		g.Errorf("%d rows and %d behind them, then %q", len(page.Items), len(rest.Items), rest.Next)
	}
}

// A value keeps to its term, whatever it holds.
func values(g *target) {
	for i, text := range []string{
		"a^ORactive=true", "50% & more + #1 = ?", "caret ^^ twice", "comma, and @", "quote \" ' \\", "Grüße, 東京 🤖", "trailing equals=", "<b>",
	} {
		made := g.create("value", map[string]any{"short_description": text})
		where := servicenow.And(servicenow.Eq("sys_id", made.SysID()), servicenow.Eq("short_description", text))
		if rows := g.all(servicenow.Query{Where: where}); len(rows) != 1 || rows[0].Get("short_description") != text {
			g.Errorf("%d: %q is not found again: %v", i, text, rows)
		}
		in := servicenow.And(servicenow.Eq("sys_id", made.SysID()), servicenow.In("short_description", "no", text))
		if n := g.count(in); n != 1 {
			g.Errorf("%d: %q in a list: %d", i, text, n)
		}
	}
}

func operators(g *target) {
	where, made := g.group(4)
	for i, impact := range []int{1, 2, 3, 3} {
		_, err := g.table.Update(g.Context(), made[i].SysID(), map[string]any{"impact": impact, "description": []string{"Alpha", "beta", "", "gamma"}[i]})
		g.must(err)
	}
	for name, tt := range map[string]struct {
		where servicenow.Condition
		want  string
	}{
		"equal":        {servicenow.Eq("impact", 2), "1"},
		"ignores case": {servicenow.Eq("description", "ALPHA"), "0"},
		"not equal":    {servicenow.NotEq("impact", 3), "0 1"},
		"in":           {servicenow.In("impact", 1, 2), "0 1"},
		"not in":       {servicenow.NotIn("impact", 1, 2), "2 3"},
		"below":        {servicenow.Less("impact", 3), "0 1"},
		"between":      {servicenow.Between("impact", 2, 3), "1 2 3"},
		"starts":       {servicenow.StartsWith("description", "al"), "0"},
		"ends":         {servicenow.EndsWith("description", "MA"), "3"},
		"contains":     {servicenow.Contains("description", "ET"), "1"},
		"empty":        {servicenow.IsEmpty("description"), "2"},
		"not empty":    {servicenow.IsNotEmpty("description"), "0 1 3"},
		"or":           {servicenow.Or(servicenow.Eq("impact", 1), servicenow.Eq("description", "gamma")), "0 3"},
		"any of":       {servicenow.AnyOf(servicenow.Eq("impact", 1), servicenow.And(servicenow.Eq("impact", 3), servicenow.IsEmpty("description"))), "0 2"},
		"two fields":   {servicenow.SameAs("correlation_id", "short_description"), "0 1 2 3"},
	} {
		var got []string
		for _, row := range g.all(servicenow.Query{Where: servicenow.And(where, tt.where), OrderBy: []servicenow.Order{servicenow.Asc("correlation_id")}}) {
			text := row.Get("correlation_id")
			got = append(got, text[len(text)-1:])
		}
		if strings.Join(got, " ") != tt.want {
			g.Errorf("%s: %v, want %s", name, got, tt.want)
		}
	}
}

// What was made just now was made today, in the last hour, and this week.
func relativeDates(g *target) {
	where, _ := g.group(2)
	for name, now := range map[string]servicenow.Condition{
		"relative": servicenow.Relative("sys_created_on", servicenow.RelativeAfter, servicenow.Ago(1, servicenow.UnitHour)),
		"days":     servicenow.Relative("sys_created_on", servicenow.RelativeAtOrAfter, servicenow.Ago(1, servicenow.UnitDay)),
		"on":       servicenow.On("sys_created_on", servicenow.LastDays(1)),
		"week":     servicenow.On("sys_created_on", servicenow.LastDays(7)),
		"same day": servicenow.SamePeriod("sys_created_on", "sys_updated_on", servicenow.UnitYear),
		"apart":    servicenow.LessThan("sys_created_on", 1, servicenow.UnitDay, servicenow.BeforeField, "sys_updated_on"),
		"script":   servicenow.Greater("sys_created_on", servicenow.Script("gs.hoursAgoStart(2)")),
	} {
		if n := g.count(servicenow.And(where, now)); n != 2 {
			g.Errorf("%s (%v): %d of 2 rows", name, now, n)
		}
	}
	if n := g.count(servicenow.And(where, servicenow.Relative("sys_created_on", servicenow.RelativeBefore, servicenow.Ago(1, servicenow.UnitHour)))); n != 0 {
		g.Errorf("%d rows are older than an hour", n)
	}
}

// A term on a column that does not exist is dropped, or finds nothing where the
// property glide.invalid_query.returns_no_rows is set; it is never an error.
func unknownColumn(g *target) {
	where, _ := g.group(3)
	n := g.count(servicenow.And(where, servicenow.Eq("itsmkit_no_such_column", "1")))
	if n != 0 && n != 3 {
		g.Errorf("%d of 3 rows", n)
	}
	_, err := g.table.DeleteWhere(g.Context(), servicenow.And(where, servicenow.Eq("itsmkit_no_such_column", "1")), servicenow.Guard{MaxRows: 3})
	if n == 3 && !errors.Is(err, servicenow.ErrGuard) || n == 0 && err != nil {
		g.Errorf("the guard says %v", err)
	}
	if n := g.count(where); n != 3 {
		g.Errorf("%d of 3 rows are left", n)
	}
}

func displayValues(g *target) {
	made := g.create("display", map[string]any{"impact": 1})
	row, err := g.table.Get(g.Context(), made.SysID(), servicenow.Show(servicenow.DisplayBoth), servicenow.Fields("impact", "opened_by", "sys_created_on"))
	g.must(err)
	if row["impact"].Value != "1" || row["impact"].Display == "1" || row["impact"].Display == "" {
		g.Errorf("impact: %+v", row["impact"])
	}
	if by := row["opened_by"]; len(by.Value) != 32 || by.Display == "" || by.Link != "" {
		g.Errorf("opened_by: %+v", by)
	}
	at, err := row["sys_created_on"].DateTime()
	if err != nil || time.Since(at.Time).Abs() > 24*time.Hour {
		g.Errorf("sys_created_on: %+v, %v", row["sys_created_on"], err)
	}
	linked, err := g.table.Get(g.Context(), made.SysID(), servicenow.ReferenceLinks(), servicenow.Fields("opened_by"))
	g.must(err)
	if by := linked["opened_by"]; len(by.Value) != 32 || !strings.HasSuffix(by.Link, by.Value) {
		g.Errorf("with a link: %+v", by)
	}
}

func journal(g *target) {
	made := g.create("journal", map[string]any{"work_notes": "first " + g.prefix})
	updated, err := g.table.Update(g.Context(), made.SysID(), map[string]any{"work_notes": "second " + g.prefix})
	g.must(err)
	if updated.Get("work_notes") != "" {
		g.Errorf("a journal reads as %q", updated.Get("work_notes"))
	}
	entries := servicenow.TableOf[servicenow.Record](g.client, "sys_journal_field")
	n := 0
	for row, err := range entries.All(g.Context(), servicenow.Query{Where: servicenow.Eq("element_id", made.SysID())}) {
		g.must(err)
		if n++; row.Get("element") != "work_notes" || !strings.HasSuffix(row.Get("value"), g.prefix) {
			g.Errorf("entry %v", row)
		}
	}
	if n != 2 {
		g.Errorf("%d entries, want 2", n)
	}
}
