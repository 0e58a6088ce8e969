package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// rogue is a sink that breaks its contract.
type rogue struct {
	*memory
	read  func([]reconcile.Operation) ([]reconcile.State, error)
	write func([]reconcile.Operation) ([]reconcile.Result, error)
}

func (r rogue) Read(ctx context.Context, ops []reconcile.Operation) ([]reconcile.State, error) {
	if r.read == nil {
		return r.memory.Read(ctx, ops)
	}
	return r.read(ops)
}

func (r rogue) Write(ctx context.Context, ops []reconcile.Operation) ([]reconcile.Result, error) {
	if r.write == nil {
		return r.memory.Write(ctx, ops)
	}
	return r.write(ops)
}

func TestApplyWithRogueSinks(t *testing.T) {
	plan := build(t, create("a:1"), create("a:2"), update("b:1"))
	withB := func() *memory {
		m := newMemory()
		m.records["t-b:1"] = values{"name": text("old")}
		return m
	}
	for name, tc := range map[string]struct {
		sink   rogue
		err    string
		counts reconcile.Line
	}{
		"too few states": {rogue{read: func([]reconcile.Operation) ([]reconcile.State, error) { return nil, nil }},
			"the sink read 0 of 1 records", reconcile.Line{NotTried: 3}},
		"too few results": {rogue{write: func([]reconcile.Operation) ([]reconcile.Result, error) {
			return []reconcile.Result{{Outcome: reconcile.Applied}}, nil
		}}, "the sink gave 1 results for 3 operations", reconcile.Line{Created: 1, Failed: 2}},
		"no outcome": {rogue{write: func(ops []reconcile.Operation) ([]reconcile.Result, error) {
			return make([]reconcile.Result, len(ops)), nil
		}}, "", reconcile.Line{Failed: 3}},
		"partial results with an error": {rogue{write: func([]reconcile.Operation) ([]reconcile.Result, error) {
			return []reconcile.Result{{Outcome: reconcile.Applied}, {Outcome: reconcile.Unsure}}, errDown
		}}, "target is down", reconcile.Line{Created: 1, Failed: 2}},
		"every outcome": {rogue{write: func([]reconcile.Operation) ([]reconcile.Result, error) {
			return []reconcile.Result{{Outcome: reconcile.Unchanged}, {Outcome: reconcile.Stale}, {Outcome: reconcile.Failed}}, nil
		}}, "", reconcile.Line{Unchanged: 1, Stale: 1, Failed: 1}},
		"there, yet unreadable": {rogue{write: func(ops []reconcile.Operation) ([]reconcile.Result, error) {
			return slices.Repeat([]reconcile.Result{{Outcome: reconcile.AlreadyThere, Target: "nowhere"}}, len(ops)), nil
		}}, "", reconcile.Line{Failed: 3}},
		"unreadable record": {rogue{read: func(ops []reconcile.Operation) ([]reconcile.State, error) {
			return slices.Repeat([]reconcile.State{{Err: errNoRow}}, len(ops)), nil
		}}, "", reconcile.Line{Created: 2, Failed: 1}},
		"unreadable afterwards": {rogue{write: func(ops []reconcile.Operation) ([]reconcile.Result, error) {
			return slices.Repeat([]reconcile.Result{{Outcome: reconcile.Unsure}}, len(ops)), nil
		}, read: func(ops []reconcile.Operation) ([]reconcile.State, error) {
			if len(ops) == 1 {
				return []reconcile.State{{Values: values{"name": text("old")}}}, nil
			}
			return nil, errDown
		}}, "target is down", reconcile.Line{Failed: 3}},
	} {
		tc.sink.memory = withB()
		summary, err := reconcile.Apply(t.Context(), plan, tc.sink, toAcme)
		if (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: %v", name, err)
		}
		if got := total(summary); got != tc.counts {
			t.Errorf("%s: %+v, want %+v", name, got, tc.counts)
		}
	}
}

// The create that a reference needs has no id by the target's word nor the plan's.
func TestApplyWithoutAnID(t *testing.T) {
	parent, child := create("r:1"), create("s:1")
	parent.Target = ""
	child.Changes = append(child.Changes, reconcile.Change{Field: "parent", Ref: "r:1"})
	sink := rogue{memory: newMemory(), write: func(ops []reconcile.Operation) ([]reconcile.Result, error) {
		return slices.Repeat([]reconcile.Result{{Outcome: reconcile.Applied}}, len(ops)), nil
	}}
	summary := apply(t, build(t, parent, child), sink, toAcme)
	wantTotal(t, summary, reconcile.Line{Created: 1, Failed: 1})
}
