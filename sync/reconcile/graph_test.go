package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A failure blocks what needs it, over any number of steps, and nothing else.
func TestApplyRandomGraphs(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 3))
		n := 1 + random.IntN(40)
		sink := newMemory()
		sink.refs["parent"] = true
		needs := make([][]int, n)
		kinds := make([]reconcile.Kind, n)
		var ops []reconcile.Operation
		failing := make([]bool, n)
		for i := range n {
			id := fmt.Sprint("n:", i)
			var with []string
			removing := i >= n*2/3
			for range random.IntN(3) {
				if i > 0 {
					j := random.IntN(i)
					needs[i] = append(needs[i], j)
					with = append(with, fmt.Sprint("n:", j))
				}
			}
			op := create(id, with...)
			switch {
			case removing:
				op = remove(id, with...)
				sink.records["t-"+id] = values{"name": text("old")}
			case random.IntN(2) == 0:
				op = update(id, with...)
				sink.records["t-"+id] = values{"name": text("old")}
			}
			kinds[i] = op.Kind
			ops = append(ops, op)
			if random.IntN(8) == 0 {
				failing[i], sink.fail[id] = true, true
			}
		}
		random.Shuffle(n, func(i, j int) { ops[i], ops[j] = ops[j], ops[i] })
		options := toAcme
		options.Group = 1 + random.IntN(8)
		options.Guard.Least = n
		ends := map[string]reconcile.Status{}
		options.Settled = func(s reconcile.Settled) { ends[s.Operation.ID] = s.Status }
		apply(t, build(t, ops...), sink, options)

		// Removals wait for those that refer to them.
		waits := make([][]int, n)
		for i, list := range needs {
			for _, j := range list {
				if kinds[i] == reconcile.Delete && kinds[j] == reconcile.Delete {
					waits[j] = append(waits[j], i)
				} else {
					waits[i] = append(waits[i], j)
				}
			}
		}
		reach := closure(waits)
		place := map[string]int{}
		for at, id := range sink.written {
			place[id] = at
		}
		for i := range n {
			id, want := fmt.Sprint("n:", i), reconcile.Status("")
			for j := range n {
				if reach[i][j] && failing[j] {
					want = reconcile.StatusBlocked
				}
			}
			switch {
			case want != "":
			case failing[i]:
				want = reconcile.StatusFailed
			default:
				want = map[reconcile.Kind]reconcile.Status{reconcile.Create: reconcile.StatusCreated,
					reconcile.Update: reconcile.StatusUpdated, reconcile.Delete: reconcile.StatusDeleted}[kinds[i]]
			}
			if ends[id] != want {
				t.Fatalf("seed %d: %s ended as %s, want %s", seed, id, ends[id], want)
			}
			for _, j := range waits[i] {
				if at, done := place[id]; done && at < place[fmt.Sprint("n:", j)] {
					t.Fatalf("seed %d: %s was written before n:%d", seed, id, j)
				}
			}
		}
	}
}
