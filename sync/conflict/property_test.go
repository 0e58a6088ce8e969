package conflict_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// history is two sides that are edited by chance and merged now and then.
type history struct {
	*rand.Rand
	rules              conflict.Rules
	base               mapping.Record
	platform, external conflict.State
	now                time.Time
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func newHistory(seed uint64) *history {
	h := &history{Rand: rand.New(rand.NewPCG(seed, 1)), base: mapping.Record{}, now: noon}
	h.platform, h.external = h.empty(), h.empty()
	h.rules = conflict.Rules{
		Ownership: pick(h.Rand, conflict.Enforced, conflict.Advisory),
		Strategy:  pick(h.Rand, nil, conflict.Strategy(conflict.LastWriteWins), conflict.OwnershipPriority),
		Window: conflict.Window{
			Width:    pick(h.Rand, 0, -1, time.Minute),
			External: conflict.Clock{Granularity: pick(h.Rand, 0, time.Second), Offset: pick(h.Rand, 0, time.Minute, -time.Hour)},
		},
	}
	for i := range 4 {
		h.rules.Fields = append(h.rules.Fields, conflict.Field{
			Name: fmt.Sprint("f", i), Owner: pick(h.Rand, mapping.NoOwner, mapping.Platform, mapping.External),
			Form:             pick(h.Rand, nil, reconcile.Form(reconcile.Folded), reconcile.EmptyIsNull),
			PlatformPriority: h.IntN(3), ExternalPriority: h.IntN(3),
		})
	}
	return h
}

func (h *history) empty() conflict.State {
	return conflict.State{Values: mapping.Record{}, FieldChanged: map[string]time.Time{}}
}

// edit changes one field on one side.
func (h *history) edit() {
	h.now = h.now.Add(time.Duration(h.Int64N(int64(10 * time.Second))))
	f := pick(h.Rand, h.rules.Fields...).Name
	side, at := h.platform, h.now
	if h.IntN(2) == 0 {
		side = h.external
		at = at.Add(h.rules.Window.External.Offset).Truncate(max(1, h.rules.Window.External.Granularity))
	}
	side.Values[f] = pick(h.Rand, null(), text(""), text("a"), text("A"), text("b"), text("c"))
	side.FieldChanged[f] = at
	if h.IntN(20) == 0 {
		delete(side.FieldChanged, f)
	}
}

// seen is what a message about a side says: now and then not all of it.
func (h *history) seen(s conflict.State) conflict.State {
	part := conflict.State{Values: mapping.Record{}, FieldChanged: s.FieldChanged}
	for f, v := range s.Values {
		if h.IntN(8) != 0 {
			part.Values[f] = v
		}
	}
	return part
}

func mergeAs(h *history, role mapping.Owner, platform, external conflict.State) conflict.Outcome {
	rules := h.rules
	rules.Ours = role
	if role == mapping.External {
		return conflict.Merge(h.base, external, platform, rules)
	}
	return conflict.Merge(h.base, platform, external, rules)
}

// write brings an outcome to both sides.
func (h *history) write(out conflict.Outcome) (writes int) {
	for side, s := range map[mapping.Owner]conflict.State{mapping.Platform: h.platform, mapping.External: h.external} {
		for _, r := range []mapping.Record{out.Writes(side), out.Heals(side)} {
			for f, v := range r {
				s.Values[f] = v
				writes++
			}
		}
	}
	h.base = out.Base(h.base)
	return writes
}

// swap exchanges ours and theirs of a decision.
func swap(d conflict.Decision) conflict.Decision {
	d.Ours, d.Theirs, d.OursAt, d.TheirsAt, d.ToOurs, d.ToTheirs = d.Theirs, d.Ours, d.TheirsAt, d.OursAt, d.ToTheirs, d.ToOurs
	switch d.Kind {
	case conflict.Ours:
		d.Kind = conflict.Theirs
	case conflict.Theirs:
		d.Kind = conflict.Ours
	}
	return d
}

func rounds(t *testing.T, full int) int {
	t.Helper()
	if testing.Short() {
		return full / 20
	}
	return full
}

func TestMergeRandomHistories(t *testing.T) {
	for seed := range uint64(rounds(t, 4000)) {
		h := newHistory(seed)
		for range 12 {
			for range h.IntN(4) {
				h.edit()
			}
			platform, external := h.seen(h.platform), h.seen(h.external)
			out := mergeAs(h, mapping.Platform, platform, external)
			again := mergeAs(h, mapping.Platform, platform, external)
			if !reflect.DeepEqual(out.Decisions(), again.Decisions()) {
				t.Fatalf("002-12 seed %d: two answers to one question", seed)
			}
			mirrored := mergeAs(h, mapping.External, platform, external).Decisions()
			for i, d := range out.Decisions() {
				if swap(mirrored[i]) != d {
					t.Fatalf("002-12 seed %d: not symmetric:\n%+v\n%+v", seed, d, mirrored[i])
				}
				invents(t, seed, h.rules.Fields[i], d)
			}
			h.write(out)
		}
		h.converges(t, seed)
	}
}

// invents fails for a value that no record had, a write that says nothing new, an
// unowned edit that flows, and an edit that gets lost without a trace.
func invents(t *testing.T, seed uint64, f conflict.Field, d conflict.Decision) {
	t.Helper()
	if d.Value != d.Base && d.Value != d.Ours && d.Value != d.Theirs {
		t.Fatalf("002-12 seed %d: a value from nowhere: %+v", seed, d)
	}
	if d.Rule == "" || d.Reason == "" {
		t.Fatalf("002-12 seed %d: no reason: %+v", seed, d)
	}
	same := reconcile.Field{Form: f.Form}.Same
	if d.ToOurs && !d.Ours.IsAbsent() && same(d.Ours, d.Value) || d.ToTheirs && !d.Theirs.IsAbsent() && same(d.Theirs, d.Value) {
		t.Fatalf("002-12 seed %d: a write that changes nothing: %+v", seed, d)
	}
	for _, side := range []struct {
		now     reconcile.Value
		written bool
	}{{d.Ours, d.ToOurs}, {d.Theirs, d.ToTheirs}} {
		edited := !side.now.IsAbsent() && !same(side.now, d.Base)
		if edited && side.written && d.Lost != side.now {
			t.Fatalf("002-14 seed %d: an edit is overwritten and not kept: %+v", seed, d)
		}
	}
	if (d.Kind == conflict.Same || d.Kind == conflict.BothEqual) && (d.ToOurs || d.ToTheirs) {
		t.Fatalf("002-12 seed %d: a write where nothing differs: %+v", seed, d)
	}
}

// converges merges whole records until nothing is written: once, and then no more.
func (h *history) converges(t *testing.T, seed uint64) {
	t.Helper()
	h.write(mergeAs(h, mapping.Platform, h.platform, h.external))
	base := h.base
	out := mergeAs(h, mapping.Platform, h.platform, h.external)
	for i, d := range out.Decisions() {
		if d.Kind != conflict.Same || d.ToOurs || d.ToTheirs {
			t.Fatalf("002-12 seed %d: no end: %+v", seed, d)
		}
		if d.Ours.IsAbsent() != d.Theirs.IsAbsent() || !(reconcile.Field{Form: h.rules.Fields[i].Form}).Same(d.Ours, d.Theirs) {
			t.Fatalf("002-12 seed %d: the sides differ: %+v", seed, d)
		}
	}
	if n := h.write(out); n != 0 {
		t.Fatalf("002-12 seed %d: %d writes without an edit", seed, n)
	}
	for _, f := range h.rules.Fields {
		if !(reconcile.Field{Form: f.Form}).Same(base[f.Name], h.base[f.Name]) {
			t.Fatalf("002-12 seed %d: the base moves: %s", seed, cmp.Diff(base, h.base, values))
		}
	}
}

// Under review, fields that are frozen never change, and once a person has decided
// they converge too.
func TestReviewRandomHistories(t *testing.T) {
	for seed := range uint64(rounds(t, 2000)) {
		h := newHistory(seed)
		h.rules.Strategy = conflict.ManualReview
		for range 8 {
			for range h.IntN(4) {
				h.edit()
			}
			out := mergeAs(h, mapping.Platform, h.seen(h.platform), h.seen(h.external))
			before := map[string][2]value{}
			for _, d := range out.Frozen() {
				before[d.Field] = [2]value{h.platform.Values[d.Field], h.external.Values[d.Field]}
			}
			h.write(out)
			for f, was := range before {
				if was != [2]value{h.platform.Values[f], h.external.Values[f]} {
					t.Fatalf("002-16 seed %d: %s is frozen and was written", seed, f)
				}
			}
			h.rules.Reviews = out.Reviews(h.rules.Reviews)
			for _, d := range out.Frozen() {
				if h.rules.Reviews[d.Field].Status == "" {
					t.Fatalf("002-16 seed %d: %s is frozen without a review", seed, d.Field)
				}
			}
		}
		for range 2 { // look once more at whole records, then decide
			out := mergeAs(h, mapping.Platform, h.platform, h.external)
			h.write(out)
			h.rules.Reviews = out.Reviews(h.rules.Reviews)
			for f, r := range h.rules.Reviews {
				if r.Status != conflict.Pending {
					continue
				}
				decided, err := r.Resolve(conflict.Choice{Kind: pick(h.Rand, conflict.UsePlatform, conflict.UseExternal)}, r.Version)
				if err != nil {
					t.Fatal(err)
				}
				h.rules.Reviews[f] = decided
			}
		}
		h.converges(t, seed)
		if left := mergeAs(h, mapping.Platform, h.platform, h.external).Reviews(h.rules.Reviews); len(left) != 0 {
			t.Fatalf("002-16 seed %d: reviews stay open: %+v", seed, left)
		}
	}
}
