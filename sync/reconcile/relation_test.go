package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func relation(id string, kind reconcile.Kind, ends ...reconcile.End) reconcile.Relation {
	r := reconcile.Relation{ID: id, Kind: kind, Type: "relation", Class: "cmdb_rel_ci", Ends: ends}
	if kind == reconcile.Delete {
		r.Target = "t-" + id
		return r
	}
	r.Changes = []reconcile.Change{{Field: "type", To: text("Runs on::Runs")}}
	return r
}

func ends(parent, child string) []reconcile.End {
	return []reconcile.End{{Field: "parent", Operation: parent}, {Field: "child", Operation: child}}
}

// known gives the ends' ids, as records have them that are there.
func known(list []reconcile.End) []reconcile.End {
	list = slices.Clone(list)
	for i := range list {
		list[i].Target = "t-" + list[i].Operation
	}
	return list
}

func TestRelations(t *testing.T) {
	unborn := create("ci:1")
	unborn.Target = ""
	blocked := reconcile.Operation{ID: "ci:2", Kind: reconcile.Blocked, Type: "ci", Code: "ambiguous"}
	skipped := reconcile.Operation{ID: "ci:2", Kind: reconcile.Skip, Type: "ci", Code: "out-of-scope", Target: "t-ci:2"}
	nowhere := skipped
	nowhere.Target = ""
	idle := update("ci:2")
	idle.Changes = nil
	for _, c := range []struct {
		name      string
		ops       []reconcile.Operation
		relations []reconcile.Relation
		want      []string
	}{
		{"000-14 written after both ends, the child named first", []reconcile.Operation{create("ci:2", "ci:3"), create("ci:3"), create("ci:1")},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...)},
			[]string{"create ci:1", "create ci:3", "create ci:2", "create r:1"}},
		{"000-14 written after an end that is updated", []reconcile.Operation{update("ci:1"), create("ci:2")},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...)},
			[]string{"update ci:1", "create ci:2", "create r:1"}},
		{"000-14 ends that need nothing", []reconcile.Operation{idle},
			[]reconcile.Relation{relation("r:1", reconcile.Create, known(ends("ci:1", "ci:2"))...)}, []string{"create r:1"}},
		{"000-14 a dangling end", []reconcile.Operation{create("ci:1")},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:9")...)}, []string{"create ci:1", "blocked r:1 dangling"}},
		{"000-14 an end that is blocked", []reconcile.Operation{create("ci:1"), blocked},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...)}, []string{"create ci:1", "blocked ci:2 ambiguous", "blocked r:1 needs-blocked"}},
		{"000-14 an end that is skipped but there", []reconcile.Operation{create("ci:1"), skipped},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...)}, []string{"create ci:1", "create r:1", "skip ci:2 out-of-scope"}},
		{"000-14 an end that is skipped and not there", []reconcile.Operation{create("ci:1"), nowhere},
			[]reconcile.Relation{relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...)}, []string{"create ci:1", "skip ci:2 out-of-scope", "blocked r:1 needs-blocked"}},
		{"000-14 an end that is removed", []reconcile.Operation{create("ci:1"), remove("ci:2")},
			[]reconcile.Relation{relation("r:1", reconcile.Create, known(ends("ci:1", "ci:2"))...)}, []string{"create ci:1", "delete ci:2", "blocked r:1 needs-blocked"}},
		{"000-14 removed before both ends", []reconcile.Operation{remove("ci:1"), remove("ci:2")},
			[]reconcile.Relation{relation("r:1", reconcile.Delete, known(ends("ci:1", "ci:2"))...)}, []string{"delete r:1", "delete ci:1", "delete ci:2"}},
		{"000-14 removed though its ends stay", []reconcile.Operation{update("ci:1")},
			[]reconcile.Relation{relation("r:1", reconcile.Delete, known(ends("ci:1", "ci:2"))...)}, []string{"update ci:1", "delete r:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reconcile.NewBuilder("netbox", "acme")
			for _, r := range c.relations {
				b.Relate(r)
			}
			for _, op := range c.ops {
				b.Add(op)
			}
			plan, err := b.Build()
			if err != nil {
				t.Fatal(err)
			}
			equalLines(t, outline(plan), c.want)
			for _, op := range plan.Operations {
				if op.Kind == reconcile.Blocked && op.ID == "r:1" && op.Reason == "" {
					t.Error("no reason in words")
				}
			}
			again, err := b.Build()
			if err != nil || again.Digest != plan.Digest {
				t.Errorf("built again: %v", err)
			}
		})
	}
	t.Run("000-14 a relation names the ids that its ends really got", func(t *testing.T) {
		b := reconcile.NewBuilder("netbox", "acme")
		b.Relate(relation("r:1", reconcile.Create, ends("ci:1", "ci:2")...))
		b.Add(unborn)
		b.Add(create("ci:2"))
		plan, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		sink := newMemory()
		sink.refs["parent"], sink.refs["child"] = true, true
		sink.rename["ci:1"], sink.rename["r:1"] = "given", "rel"
		apply(t, plan, sink, toAcme)
		want := values{"parent": text("given"), "child": text("t-ci:2"), "type": text("Runs on::Runs")}
		if got := sink.records["rel"]; len(got) != 3 || got["parent"] != want["parent"] || got["child"] != want["child"] || got["type"] != want["type"] {
			t.Errorf("got %v", got)
		}
	})
	t.Run("000-14 a relation that says something else by now stays", func(t *testing.T) {
		b := reconcile.NewBuilder("netbox", "acme")
		b.Relate(relation("r:1", reconcile.Delete, known(ends("ci:1", "ci:2"))...))
		plan, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		sink := newMemory()
		sink.records["t-r:1"] = values{"parent": text("t-ci:1"), "child": text("t-ci:7")}
		summary := apply(t, plan, sink, toAcme)
		if got := problem(summary, "r:1"); !strings.HasPrefix(got, "stale stale: child is") || len(sink.written) != 0 {
			t.Errorf("got %q, written %v", got, sink.written)
		}
	})
}

// In random plans every relation is written after both of its ends, and removed
// before either of them.
func TestRelationsRandom(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1400))
		sink := newMemory()
		sink.refs["parent"], sink.refs["child"] = true, true
		b := reconcile.NewBuilder("netbox", "acme")
		n := 2 + random.IntN(12)
		removed := make([]bool, n)
		for i := range n {
			op := create(fmt.Sprint("ci:", i))
			switch random.IntN(3) {
			case 0:
				op, removed[i] = remove(op.ID), true
				sink.records[op.Target] = values{"name": text("old")}
			case 1:
				op.Target = ""
				sink.rename[op.ID] = "new-" + op.ID
			}
			b.Add(op)
		}
		joined := map[string][2]int{}
		for i := range random.IntN(10) {
			parent, child := random.IntN(n), random.IntN(n)
			id := fmt.Sprint("r:", i)
			list := ends(fmt.Sprint("ci:", parent), fmt.Sprint("ci:", child))
			kind := reconcile.Create
			if removed[parent] || removed[child] {
				kind = reconcile.Delete
				sink.records["t-"+id] = values{}
			}
			r := relation(id, kind, list...)
			if kind == reconcile.Create {
				sink.rename[id] = "t-" + id
			}
			b.Relate(r)
			joined[id] = [2]int{parent, child}
		}
		plan, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		options := toAcme
		options.Group, options.Guard.Least = 1+random.IntN(4), 100
		if s := apply(t, plan, sink, options); !s.Clean() {
			t.Fatalf("000-14 seed %d: %+v", seed, s.Problems)
		}
		when := map[string]int{}
		for i, id := range sink.written {
			when[id] = i
		}
		for id, pair := range joined {
			for _, i := range pair {
				end := fmt.Sprint("ci:", i)
				deleting := removed[pair[0]] || removed[pair[1]]
				if !deleting && when[id] < when[end] || deleting && removed[i] && when[id] > when[end] {
					t.Fatalf("000-14 seed %d: %s and %s come in the wrong order: %v", seed, id, end, sink.written)
				}
			}
		}
	}
}
