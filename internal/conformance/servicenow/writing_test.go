package servicenow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
)

// A condition longer than a URL may be goes another way; the caller does not see
// a 414.
func longConditions(g *target) {
	_, made := g.group(3)
	list := make([]string, 0, 400)
	for range 397 {
		list = append(list, randomID())
	}
	for _, row := range made {
		list = append(list, row.SysID())
	}
	if rows := g.all(servicenow.Query{Where: servicenow.In("sys_id", list...), PageSize: 2}); len(rows) != 3 {
		g.Errorf("%d of 3 rows", len(rows))
	}
}

func batch(g *target) {
	_, made := g.group(2)
	row := map[string]any{"correlation_id": g.prefix + "batch", "short_description": "made in a batch"}
	results, err := g.client.Batch(g.Context(), []servicenow.BatchItem{
		g.table.BatchGet(made[0].SysID()),
		g.table.BatchGet(randomID()),
		g.table.BatchUpdate(made[1].SysID(), map[string]any{"urgency": 1}),
		g.table.BatchCreate(row),
		g.table.BatchList(servicenow.Query{Where: servicenow.In("sys_id", made[0].SysID(), made[1].SysID()), PageSize: 10}),
	})
	g.must(err)
	for i, want := range []int{200, 404, 200, 201, 200} {
		if results[i].Status != want || (results[i].Err != nil) != (want >= 400) {
			g.Errorf("item %d: %d, %v; want %d", i, results[i].Status, results[i].Err, want)
		}
	}
	var updated servicenow.Record
	g.must(results[2].Decode(&updated))
	var listed []servicenow.Record
	g.must(results[4].Decode(&listed))
	if updated.Get("urgency") != "1" || len(listed) != 2 || results[4].Total != 2 {
		g.Errorf("%v; %d rows of %d", updated, len(listed), results[4].Total)
	}
}

func conditionalUpdate(g *target) {
	made := g.create("conditional", map[string]any{"urgency": 3})
	mods, _ := strconv.Atoi(made.Get("sys_mod_count"))
	first, err := g.table.UpdateIf(g.Context(), made.SysID(), mods, map[string]any{"urgency": 2})
	g.must(err)
	if first.Outcome != servicenow.RowChanged || first.ModCount <= mods {
		g.Errorf("first %+v", first)
	}
	if first.Interleaved {
		g.Logf("one update counts as %d on this instance", first.ModCount-mods)
	}
	if same, err := g.table.UpdateIf(g.Context(), made.SysID(), first.ModCount, map[string]any{"urgency": 2}); err != nil || same.Outcome != servicenow.RowUnchanged {
		g.Errorf("the same again: %+v %v", same, err)
	}
	if _, err := g.table.UpdateIf(g.Context(), made.SysID(), mods, map[string]any{"urgency": 1}); !errors.Is(err, servicenow.ErrStale) {
		g.Errorf("with the old count: %v", err)
	}
}

func writesByCondition(g *target) {
	where, made := g.group(5)
	guard := servicenow.Guard{MinRows: 5, MaxRows: 5, Chunk: 2, DryRun: true}
	sum, err := g.table.UpdateWhere(g.Context(), where, map[string]any{"urgency": 1}, guard)
	g.must(err)
	if sum.Planned != 5 || sum.Visible != 5 {
		g.Errorf("dry run: %+v", sum)
	}
	guard.DryRun = false
	sum, err = g.table.UpdateWhere(g.Context(), where, map[string]any{"urgency": 1}, guard)
	g.must(err)
	if sum.Changed != 5 || g.count(servicenow.And(where, servicenow.Eq("urgency", 1))) != 5 {
		g.Errorf("update: %+v", sum)
	}
	guard.MaxRows, guard.MinRows = 4, 0
	if _, err := g.table.DeleteWhere(g.Context(), where, guard); !errors.Is(err, servicenow.ErrGuard) || g.count(where) != len(made) {
		g.Errorf("more than expected: %v", err)
	}
	guard.MaxRows = 5
	var refused error
	guard.OnRow = func(row servicenow.WhereRow) { refused = errors.Join(refused, row.Err) }
	sum, err = g.table.DeleteWhere(g.Context(), where, guard)
	g.must(err)
	if sum.Failed > 0 {
		g.must(refused)
	}
	if sum.Deleted != 5 || g.count(where) != 0 {
		g.Errorf("delete: %+v", sum)
	}
}

// Incremental reading delivers each change once, from a checkpoint that was
// stored in between.
func changes(g *target) {
	label := randomID()[:8]
	q := servicenow.DeltaQuery{
		Where: servicenow.StartsWith("correlation_id", g.prefix+label), Fields: []string{"correlation_id"}, Ago: 10 * time.Minute, PageSize: 2,
	}
	var stored servicenow.Checkpoint
	read := func() (got []string) {
		for d, err := range g.table.Changes(g.Context(), q, &stored) {
			g.must(err)
			got = append(got, d.Row.Get("correlation_id")+"."+strconv.Itoa(d.ModCount))
		}
		data, err := json.Marshal(stored)
		g.must(err)
		stored = servicenow.Checkpoint{}
		g.must(json.Unmarshal(data, &stored))
		return got
	}
	var made []servicenow.Record
	for i := range 5 {
		made = append(made, g.create(fmt.Sprintf("%s-%d", label, i), nil))
	}
	if got := read(); len(got) != 5 {
		g.Errorf("at first %v", got)
	}
	if got := read(); len(got) != 0 {
		g.Errorf("then %v", got)
	}
	updated, err := g.table.Update(g.Context(), made[2].SysID(), map[string]any{"urgency": 1})
	g.must(err)
	want := updated.Get("correlation_id") + "." + updated.Get("sys_mod_count")
	if got := read(); len(got) != 1 || got[0] != want {
		g.Errorf("after an update %v, want %s", got, want)
	}
}

func deletions(g *target) {
	where, made := g.group(3)
	q := servicenow.DeltaQuery{Where: where, Fields: []string{"correlation_id"}, Deleted: []string{"incident"}, Ago: time.Minute}
	var c servicenow.Checkpoint
	for _, err := range g.table.Changes(g.Context(), q, &c) {
		g.must(err)
	}
	g.must(g.table.Delete(g.Context(), made[1].SysID()))
	found := false
	for d, err := range g.table.Changes(g.Context(), q, &c) {
		g.must(err)
		found = found || d.Kind == servicenow.DeltaDeleted && d.SysID == made[1].SysID() && d.Table == "incident"
	}
	if !found && g.real {
		g.Skip("sys_audit_delete does not show the deletion: incident is not audited, or the account may not see it")
	}
	if !found {
		g.Error("the deletion was not reported")
	}
	known := []string{made[0].SysID(), made[1].SysID(), made[2].SysID()}
	slices.Sort(known)
	for id, err := range g.table.Gone(g.Context(), where, slices.Values(known)) {
		g.must(err)
		if id != made[1].SysID() {
			g.Errorf("%s is said to be gone", id)
		}
	}
}
