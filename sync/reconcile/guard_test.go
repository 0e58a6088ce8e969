package reconcile_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// decision 9: removals are off unless they are allowed.
func TestApplyRemovesOnlyWhenAllowed(t *testing.T) {
	for _, tc := range []struct {
		deletes, retire bool
		want            reconcile.Line
	}{
		{false, false, reconcile.Line{Created: 4, Updated: 2, Skipped: 4}},
		{true, false, reconcile.Line{Created: 4, Updated: 2, Deleted: 3, Skipped: 1}},
		{false, true, reconcile.Line{Created: 4, Updated: 2, Retired: 1, Skipped: 3}},
	} {
		plan, sink := estate(t)
		summary := apply(t, plan, sink, reconcile.Options{Target: "acme", AllowDeletes: tc.deletes, AllowRetire: tc.retire})
		wantTotal(t, summary, tc.want)
		if len(summary.Reasons) != 1 || summary.Reasons[0].Code != reconcile.CodeNotAllowed || !summary.Clean() {
			t.Errorf("%+v", summary)
		}
	}
}

// decision 9: more than max(10, 5 %) removals stop the run before anything is written.
func TestApplyGuard(t *testing.T) {
	for _, tc := range []struct {
		deletes, retires, records int
		options                   reconcile.Options
		stops                     bool
	}{
		{10, 0, 0, reconcile.Options{AllowDeletes: true}, false},
		{11, 0, 0, reconcile.Options{AllowDeletes: true}, true},
		{11, 0, 219, reconcile.Options{AllowDeletes: true}, true},
		{11, 0, 220, reconcile.Options{AllowDeletes: true}, false},
		{13, 0, 260, reconcile.Options{AllowDeletes: true}, false},
		{14, 0, 260, reconcile.Options{AllowDeletes: true}, true},
		{6, 5, 0, reconcile.Options{AllowDeletes: true, AllowRetire: true}, true},
		{6, 5, 0, reconcile.Options{AllowDeletes: true}, false},
		{50, 50, 0, reconcile.Options{}, false},
		{11, 0, 0, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Least: 11}}, false},
		{1, 0, 10, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Least: -1}}, true},
		{1, 0, 20, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Least: -1}}, false},
		{50, 0, 100, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Share: 0.5}}, false},
		{11, 0, 1000, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Share: -1}}, true},
		{100, 0, 100, reconcile.Options{AllowDeletes: true, Guard: reconcile.Guard{Share: 1}}, false},
	} {
		b, sink := reconcile.NewBuilder("netbox", "acme"), newMemory()
		b.Records("d", "", tc.records)
		b.Add(create("a:1"))
		for i := range tc.deletes + tc.retires {
			op := remove(fmt.Sprint("d:", i))
			if i >= tc.deletes {
				op = update(op.ID)
				op.Kind = reconcile.Retire
			}
			b.Add(op)
			sink.records[op.Target] = values{"name": text("old")}
		}
		plan, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		tc.options.Target = "acme"
		_, err = reconcile.Apply(t.Context(), plan, sink, tc.options)
		if errors.Is(err, reconcile.ErrGuard) != tc.stops || (err != nil) != tc.stops || (sink.calls == 0) != tc.stops {
			t.Errorf("%+v: %v after %d calls", tc, err, sink.calls)
		}
	}
}

func TestApplyRefusesPlans(t *testing.T) {
	plan, _ := estate(t)
	edited := *plan
	edited.Operations = slices.Clone(plan.Operations)
	edited.Operations[0].Name = "another"
	later := *plan
	later.Format = "2.0"
	for name, tc := range map[string]struct {
		plan    *reconcile.Plan
		options reconcile.Options
		want    error
	}{
		"other target":  {plan, reconcile.Options{Target: "acmetest"}, reconcile.ErrOtherTarget},
		"no target":     {plan, reconcile.Options{}, nil},
		"other digest":  {plan, reconcile.Options{Target: "acme", Digest: "sha256:00"}, reconcile.ErrOtherPlan},
		"edited":        {&edited, toAcme, reconcile.ErrTampered},
		"other format":  {&later, toAcme, reconcile.ErrFormat},
		"no plan":       {nil, toAcme, nil},
		"negative size": {plan, reconcile.Options{Target: "acme", Group: -1}, nil},
	} {
		sink := newMemory()
		summary, err := reconcile.Apply(t.Context(), tc.plan, sink, tc.options)
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || sink.calls != 0 || !strings.HasPrefix(err.Error(), "reconcile: ") {
			t.Errorf("%s: %v after %d calls", name, err, sink.calls)
		}
		if len(summary.Lines) != 0 {
			t.Errorf("%s: %+v", name, summary)
		}
	}
	if _, err := reconcile.Apply(t.Context(), plan, nil, toAcme); err == nil {
		t.Error("applied without a sink")
	}
	approved := toAcme
	approved.Digest = plan.Digest
	_, sink := estate(t)
	if summary := apply(t, plan, sink, approved); !summary.Clean() {
		t.Errorf("%+v", summary)
	}
}

// Files and logs hold these words.
func TestCodes(t *testing.T) {
	got := []string{
		reconcile.CodeCycle, reconcile.CodeDangling, reconcile.CodeDuplicate, reconcile.CodeAmbiguous, reconcile.CodeNeeds, reconcile.CodeIncomplete,
		reconcile.CodeNotAllowed, reconcile.CodeStale, reconcile.CodeFailed, reconcile.CodeUnknown, reconcile.CodeWithheld,
	}
	want := []string{
		"cycle", "dangling", "duplicate-id", "ambiguous", "needs-blocked", "incomplete-scan",
		"not-allowed", "stale", "failed", "outcome-unknown", "withheld",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
