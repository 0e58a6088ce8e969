package reconcile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

var toAcme = reconcile.Options{Target: "acme", AllowDeletes: true, AllowRetire: true}

func apply(t *testing.T, p *reconcile.Plan, sink reconcile.Sink, o reconcile.Options) reconcile.Summary {
	t.Helper()
	summary, err := reconcile.Apply(t.Context(), p, sink, o)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// total is the counts over everything, without type and class.
func total(s reconcile.Summary) reconcile.Line { return s.Total() }

func wantTotal(t *testing.T, s reconcile.Summary, want reconcile.Line) {
	t.Helper()
	if got := total(s); got != want {
		t.Errorf("total %+v, want %+v; problems %v", got, want, s.Problems)
	}
}

// problem returns how an operation went wrong, as "status code: reason".
func problem(s reconcile.Summary, id string) string {
	for _, p := range s.Problems {
		if p.Operation.ID == id {
			return fmt.Sprintf("%s %s: %s", p.Status, p.Code, p.Reason)
		}
	}
	return ""
}

// estate is a plan with every kind of write, and the target that it was made from.
func estate(t *testing.T) (*reconcile.Plan, *memory) {
	t.Helper()
	sink := newMemory()
	sink.refs["parent"] = true
	for _, id := range []string{"t-u:1", "t-u:2", "t-x:1", "t-x:2", "t-x:3", "t-y:1"} {
		sink.records[id] = values{"name": text("old"), "other": text("kept")}
	}
	child := func(op reconcile.Operation, parent string) reconcile.Operation {
		op.Changes = append(op.Changes, reconcile.Change{Field: "parent", Ref: parent})
		return op
	}
	retire := update("y:1")
	retire.Kind = reconcile.Retire
	return build(t,
		create("r:1"), child(create("r:2"), "r:1"), child(create("s:1"), "r:2"), child(create("s:2"), "r:2"),
		update("u:1"), child(update("u:2"), "s:1"),
		remove("x:1"), remove("x:2", "x:1"), remove("x:3", "x:2"), retire,
	), sink
}

func TestApply(t *testing.T) {
	plan, sink := estate(t)
	var progress []reconcile.Progress
	var settled []string
	options := toAcme
	options.Progress = func(p reconcile.Progress) { progress = append(progress, p) }
	options.Settled = func(s reconcile.Settled) { settled = append(settled, s.Operation.ID) }
	summary := apply(t, plan, sink, options)
	wantTotal(t, summary, reconcile.Line{Created: 4, Updated: 2, Deleted: 3, Retired: 1})
	if !summary.Clean() || summary.Groups != 7 {
		t.Errorf("%+v", summary)
	}
	want := [][]string{{"r:1", "u:1"}, {"r:2"}, {"s:1", "s:2"}, {"u:2"}, {"x:3", "y:1"}, {"x:2"}, {"x:1"}}
	if !reflect.DeepEqual(sink.writes, want) {
		t.Errorf("writes %v, want %v", sink.writes, want)
	}
	if r := sink.records["t-s:1"]; r["parent"] != text("t-r:2") {
		t.Errorf("s:1 is %v", r)
	}
	if r := sink.records["t-u:1"]; r["name"] != text("u:1") || r["other"] != text("kept") {
		t.Errorf("u:1 is %v", r)
	}
	last := progress[len(progress)-1]
	if progress[0].Done != 0 || last.Done != 10 || last.Total != 10 || last.Counts.Written() != 10 {
		t.Errorf("progress %+v", progress)
	}
	if len(settled) != len(plan.Operations) {
		t.Errorf("settled %v", settled)
	}
}

// The second run of a plan writes nothing.
func TestApplyTwice(t *testing.T) {
	plan, sink := estate(t)
	apply(t, plan, sink, toAcme)
	after := maps.Clone(sink.records)
	sink.written = nil
	summary := apply(t, plan, sink, toAcme)
	wantTotal(t, summary, reconcile.Line{Unchanged: 10})
	if len(sink.written) != 0 || !reflect.DeepEqual(sink.records, after) || !summary.Clean() {
		t.Errorf("written %v", sink.written)
	}
}

func TestApplyGroups(t *testing.T) {
	var ops []reconcile.Operation
	for i := range 25 {
		ops = append(ops, create(fmt.Sprint("a:", i)))
	}
	sink := newMemory()
	options := toAcme
	options.Group = 10
	if summary := apply(t, build(t, ops...), sink, options); summary.Groups != 3 || len(sink.reads) != 0 {
		t.Errorf("%d groups, reads %v", summary.Groups, sink.reads)
	}
	sink = newMemory()
	if summary := apply(t, build(t, ops...), sink, toAcme); summary.Groups != 1 {
		t.Errorf("%d groups by default", summary.Groups)
	}
}

// Killed at any call, in any way, and run again: the end is that of one clean run.
func TestApplyResumes(t *testing.T) {
	plan, clean := estate(t)
	apply(t, plan, clean, toAcme)
	var file bytes.Buffer
	if err := plan.WriteJSON(&file); err != nil {
		t.Fatal(err)
	}
	for _, group := range []int{1, 2, 500} {
		for _, how := range []string{"before", "after", "amid"} {
			for kill := 1; ; kill++ {
				_, sink := estate(t)
				sink.kill, sink.killHow = kill, how
				options := toAcme
				options.Group = group
				first, err := reconcile.Apply(t.Context(), plan, sink, options)
				if err == nil {
					break // every call has been killed once
				}
				if !errors.Is(err, errDown) || first.Clean() {
					t.Fatalf("kill %d %s: %+v, %v", kill, how, first, err)
				}
				again, err := reconcile.ReadPlan(bytes.NewReader(file.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				second := apply(t, again, sink, options)
				if !second.Clean() || !reflect.DeepEqual(sink.records, clean.records) {
					t.Fatalf("kill %d %s: %+v\nrecords %v", kill, how, second, sink.records)
				}
				if slices.Sort(sink.written); len(slices.Compact(sink.written)) != 10 {
					t.Fatalf("kill %d %s: written %v", kill, how, sink.written)
				}
			}
		}
	}
}

// One target record has changed since the plan was made; the plan is applied in
// another process. That operation alone is refused.
func TestApplyRefusesStaleAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		disturb func(map[string]values)
		id      string
		want    string
	}{
		"update, changed": {func(r map[string]values) { r["t-u:1"]["name"] = text("edited") }, "u:1",
			`stale stale: name is "edited" by now, the plan was made from "old"`},
		"update, null is not empty": {func(r map[string]values) { r["t-u:1"]["name"] = reconcile.Null() }, "u:1",
			`stale stale: name is (null) by now, the plan was made from "old"`},
		"update, gone":    {func(r map[string]values) { delete(r, "t-u:1") }, "u:1", "stale stale: the record is gone"},
		"delete, changed": {func(r map[string]values) { r["t-x:3"]["name"] = text("edited") }, "x:3", `stale stale: name is "edited" by now, the plan was made from "old"`},
		"retire, changed": {func(r map[string]values) { r["t-y:1"]["name"] = text("edited") }, "y:1", `stale stale: name is "edited" by now, the plan was made from "old"`},
		"create, other":   {func(r map[string]values) { r["t-s:2"] = values{"name": text("hers")} }, "s:2", `stale stale: the record is there already, and name is "hers", not "s:2"`},
	} {
		t.Run(name, func(t *testing.T) {
			plan, sink := estate(t)
			read, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan)))
			if err != nil {
				t.Fatal(err)
			}
			tc.disturb(sink.records)
			disturbed := maps.Clone(sink.records)
			summary := apply(t, read, sink, toAcme)
			if got := problem(summary, tc.id); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			if total(summary).Stale != 1 || slices.Contains(sink.written, tc.id) {
				t.Errorf("%+v, written %v", total(summary), sink.written)
			}
			// Only removals of what x:3 hangs under are held up, and nothing is overwritten.
			held := 0
			if tc.id == "x:3" {
				held = 2
			}
			if total(summary).Blocked != held || total(summary).Written() != 9-held {
				t.Errorf("%+v", total(summary))
			}
			id := "t-" + tc.id
			if !reflect.DeepEqual(sink.records[id], disturbed[id]) {
				t.Errorf("the record became %v", sink.records[id])
			}
		})
	}
}

// What is right already is not written again, field by field.
func TestApplyWritesWhatIsLeft(t *testing.T) {
	op := update("u:1")
	op.Changes = []reconcile.Change{
		{Field: "a", From: text("1"), To: text("2")},
		{Field: "b", From: reconcile.Null(), To: text("2")},
		{Field: "c", From: reconcile.Absent(), To: reconcile.Null()},
	}
	plan := build(t, op)
	sink := newMemory()
	sink.records["t-u:1"] = values{"a": text("2"), "b": reconcile.Null(), "c": reconcile.Null()}
	record := &recorder{memory: sink}
	wantTotal(t, apply(t, plan, record, toAcme), reconcile.Line{Updated: 1})
	if len(record.ops) != 1 || len(record.ops[0].Changes) != 1 || record.ops[0].Changes[0].Field != "b" {
		t.Errorf("written %v", record.ops)
	}
}

// recorder keeps the operations handed to Write.
type recorder struct {
	*memory
	ops []reconcile.Operation
}

func (r *recorder) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	r.ops = append(r.ops, ops...)
	return r.memory.Write(ctx, ops)
}

// Children follow their parents to the ids that the target gave them, also when the
// create turns out to have happened in an earlier run.
func TestApplyRemaps(t *testing.T) {
	child := create("s:1")
	child.Changes = append(child.Changes, reconcile.Change{Field: "parent", To: text("t-r:1"), Ref: "r:1"})
	unnamed := create("r:2")
	unnamed.Target = ""
	orphan := create("s:2")
	orphan.Changes = append(orphan.Changes, reconcile.Change{Field: "parent", Ref: "r:2"})
	second := update("r:1/again", "r:1")
	second.Target = "t-r:1"
	second.Type = "r"
	second.Changes = []reconcile.Change{{Field: "extra", To: text("x")}}
	plan := build(t, create("r:1"), child, unnamed, orphan, second)
	sink := newMemory()
	sink.refs["parent"] = true
	sink.rename = map[string]string{"r:1": "real-1", "r:2": "real-2"}
	for _, want := range []reconcile.Line{{Created: 4, Updated: 1}, {Unchanged: 5}} {
		wantTotal(t, apply(t, plan, sink, toAcme), want)
		if a, b := sink.records["t-s:1"]["parent"], sink.records["t-s:2"]["parent"]; a != text("real-1") || b != text("real-2") {
			t.Errorf("parents %v and %v", a, b)
		}
		if sink.records["real-1"]["extra"] != text("x") {
			t.Errorf("%v", sink.records["real-1"])
		}
	}
	if c, _ := plan.Operation("s:1"); c.Changes[1].To != text("t-r:1") {
		t.Error("the plan was changed")
	}
}

func TestApplyUnclearEnds(t *testing.T) {
	plan, sink := estate(t)
	sink.unsure = map[string]bool{"r:1": true, "u:1": true, "x:3": true}
	sink.lost = map[string]bool{"s:2": true, "y:1": true, "x:2": true}
	summary := apply(t, plan, sink, toAcme)
	wantTotal(t, summary, reconcile.Line{Created: 3, Updated: 2, Deleted: 1, Failed: 3, Blocked: 1})
	for id, end := range map[string]string{
		"s:2": "the record is not there", "y:1": `name is "old", not "y:1"`, "x:2": "the record is still there",
	} {
		want := "failed outcome-unknown: it is not known whether the write took place: connection lost\n" + end
		if got := problem(summary, id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
	if !errors.Is(summary.Problems[0].Err, errUnsure) {
		t.Errorf("cause: %v", summary.Problems[0].Err)
	}
}

func TestApplyObeysItsContext(t *testing.T) {
	plan, sink := estate(t)
	ctx, cancel := context.WithCancel(t.Context())
	options := toAcme
	options.Progress = func(p reconcile.Progress) {
		if p.Done == 3 {
			cancel()
		}
	}
	summary, err := reconcile.Apply(ctx, plan, sink, options)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	wantTotal(t, summary, reconcile.Line{Created: 2, Updated: 1, NotTried: 7})
	if summary.Clean() {
		t.Error("a run that was cut short is clean")
	}
	wantTotal(t, apply(t, plan, sink, toAcme), reconcile.Line{Created: 2, Updated: 1, Deleted: 3, Retired: 1, Unchanged: 3})
}

// A masked change from a file is checked by its digest, and written only once its
// value has been handed in again.
func TestApplyMasked(t *testing.T) {
	op := update("u:1")
	op.Changes = []reconcile.Change{{Field: "token", From: text("old-" + canary), To: text(canary), Masked: true}}
	plan := build(t, op, create("a:1"))
	target := func(v string) *memory {
		m := newMemory()
		m.records["t-u:1"] = values{"token": text(v)}
		return m
	}
	read := func() *reconcile.Plan {
		p, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	wantTotal(t, apply(t, plan, target("old-"+canary), toAcme), reconcile.Line{Created: 1, Updated: 1})
	summary := apply(t, read(), target("old-"+canary), toAcme)
	wantTotal(t, summary, reconcile.Line{Created: 1, Failed: 1})
	if got := problem(summary, "u:1"); !strings.HasPrefix(got, "failed withheld: ") || strings.Contains(got, canary) {
		t.Error(got)
	}
	wantTotal(t, apply(t, read(), target(canary), toAcme), reconcile.Line{Created: 1, Unchanged: 1})
	wantTotal(t, apply(t, read(), target("else"), toAcme), reconcile.Line{Created: 1, Stale: 1})

	supplied := read()
	for _, bad := range [][3]string{{"u:1", "token", "wrong-" + canary}, {"u:1", "name", canary}, {"u:2", "token", canary}} {
		if err := supplied.Supply(bad[0], bad[1], bad[2]); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("Supply(%v): %v", bad, err)
		}
	}
	if err := supplied.Supply("u:1", "token", canary); err != nil {
		t.Fatal(err)
	}
	sink := target("old-" + canary)
	wantTotal(t, apply(t, supplied, sink, toAcme), reconcile.Line{Created: 1, Updated: 1})
	if sink.records["t-u:1"]["token"] != text(canary) {
		t.Errorf("%v", sink.records)
	}
}

// A masked value that did not land is seen, and not shown.
func TestApplyMaskedUnclear(t *testing.T) {
	op := update("u:1")
	op.Changes = []reconcile.Change{{Field: "token", From: text("old-" + canary), To: text(canary), Masked: true}}
	sink := newMemory()
	sink.records["t-u:1"] = values{"token": text("old-" + canary)}
	sink.lost["u:1"] = true
	summary := apply(t, build(t, op), sink, toAcme)
	wantTotal(t, summary, reconcile.Line{Failed: 1})
	if got := problem(summary, "u:1"); !strings.HasSuffix(got, "token is not the planned value") {
		t.Error(got)
	}
}

// Same lets a target say one thing in two ways.
func TestApplySame(t *testing.T) {
	op := update("u:1")
	op.Changes = []reconcile.Change{{Field: "active", From: text("true"), To: text("false")}}
	field := reconcile.Field{Name: "active", Form: reconcile.Boolean}
	options := toAcme
	options.Same = func(_ reconcile.Operation, _ string, present, planned reconcile.Value) bool {
		return field.Same(present, planned)
	}
	for present, want := range map[string]reconcile.Line{"1": {Updated: 1}, "0": {Unchanged: 1}, "2": {Stale: 1}} {
		sink := newMemory()
		sink.records["t-u:1"] = values{"active": text(present)}
		wantTotal(t, apply(t, build(t, op), sink, options), want)
	}
}

func TestSummaryText(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Unchanged("u", "", 3)
	b.Add(create("r:1"))
	b.Add(create("s:1", "r:1"))
	b.Add(create("s:2", "r:1"))
	b.Add(update("u:1"))
	b.Add(reconcile.Operation{ID: "s:3", Kind: reconcile.Skip, Type: "s", Code: "not-tagged", Reason: "no tag"})
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	sink := newMemory()
	sink.fail["r:1"] = true
	sink.records["t-u:1"] = values{"name": text("old")}
	summary := apply(t, plan, sink, toAcme)
	var out bytes.Buffer
	if err := summary.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", out.Bytes())
	if len(summary.Problems) != 3 || problem(summary, "s:1") != "blocked needs-blocked: needs r:1, which ended as failed" {
		t.Errorf("%v", summary.Problems)
	}
}
