package reconcile_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"runtime"
	"strconv"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

const (
	budgetRecords = 1_000_000
	megabyte      = 1 << 20
)

// wide is a record of 20 fields.
type wide struct {
	key    string
	number int
	fields [20]string
}

var wideFields = func() (names [20]string) {
	for i := range names {
		names[i] = "field_" + strconv.Itoa(i)
	}
	return names
}()

func wideKey(r *wide) string { return r.key }

func wideDigest(r *wide) uint64 {
	d := reconcile.NewDigest(1)
	for i, name := range wideFields {
		d = d.Text(name, r.fields[i])
	}
	return d.Sum()
}

// makeWide makes record n. The key is a sys_id; it rises with n.
func makeWide(n int, changed bool) *wide {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], uint64(n))
	binary.BigEndian.PutUint64(id[8:], uint64(n)*0x9e3779b97f4a7c15)
	r := &wide{key: hex.EncodeToString(id[:]), number: n}
	buf := make([]byte, 0, 240)
	var ends [20]int
	for i := range ends {
		buf = append(buf, "value-"...)
		buf = strconv.AppendInt(buf, int64(n%(1000*(i+1))), 10)
		if changed && i == 7 {
			buf = append(buf, '!')
		}
		ends[i] = len(buf)
	}
	all, start := string(buf), 0
	for i, end := range ends {
		r.fields[i], start = all[start:end], end
	}
	return r
}

// wideSide delivers n records in ascending order; every 100th differs when changed is
// set, and every 400th has another key, so that creates and deletes occur.
func wideSide(n int, source bool) iter.Seq2[*wide, error] {
	return func(yield func(*wide, error) bool) {
		for i := range n {
			number := 2 * i
			if source && i%400 == 399 {
				number++
			}
			if !yield(makeWide(number, source && i%100 == 0), nil) {
				return
			}
		}
	}
}

// liveHeap is what is reachable now, in bytes.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// heapWatch keeps the largest live heap seen above where it started.
type heapWatch struct{ start, peak int64 }

func newHeapWatch() *heapWatch { return &heapWatch{start: liveHeap()} }

func (h *heapWatch) look() { h.peak = max(h.peak, liveHeap()-h.start) }

func wideJoin(n int, each func()) reconcile.Join[*wide, *wide] {
	return reconcile.Join[*wide, *wide]{
		Source: wideSide(n, true), Target: wideSide(n, false),
		SourceKey: func(r *wide) string {
			each()
			return r.key
		},
		TargetKey:    wideKey,
		SourceDigest: wideDigest, TargetDigest: wideDigest,
		Fetch: func(_ context.Context, keys []string) (map[string]*wide, error) {
			found := make(map[string]*wide, len(keys))
			for _, key := range keys {
				id, err := hex.DecodeString(key)
				if err != nil {
					return nil, err
				}
				found[key] = makeWide(int(binary.BigEndian.Uint64(id)), false)
			}
			return found, nil
		},
	}
}

func wideMerge(n int, each func()) reconcile.Ordered[*wide, *wide] {
	return reconcile.Ordered[*wide, *wide]{
		Source: wideSide(n, true), Target: wideSide(n, false),
		SourceKey: func(r *wide) string {
			each()
			return r.key
		},
		TargetKey: wideKey,
		Same:      func(a, b *wide) bool { return a.fields == b.fields },
	}
}

func skipBudget(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the heap is measured without the race detector, which adds to it")
	}
	if testing.Short() {
		t.Skip("joining 1 M x 1 M records takes half a minute")
	}
}

// every calls f on every n-th call.
func every(n int, f func()) func() {
	calls := 0
	return func() {
		if calls++; calls%n == 1 {
			f()
		}
	}
}

func judgeBudget(t *testing.T, stats reconcile.Stats, heap *heapWatch, limit int64) {
	t.Helper()
	want := reconcile.Stats{
		Source: budgetRecords, Target: budgetRecords, Complete: true,
		Changed: budgetRecords / 100, OnlySource: budgetRecords / 400, OnlyTarget: budgetRecords / 400,
		Unchanged: budgetRecords - budgetRecords/100 - budgetRecords/400,
	}
	if stats != want {
		t.Errorf("stats %+v, want %+v", stats, want)
	}
	t.Logf("live heap: %.1f MB of %d MB", float64(heap.peak)/megabyte, limit/megabyte)
	if heap.peak > limit {
		t.Errorf("live heap grew by %.1f MB, the budget is %d MB", float64(heap.peak)/megabyte, limit/megabyte)
	}
}

func TestBudgetDiffMillion(t *testing.T) {
	skipBudget(t)
	heap := newHeapWatch()
	in := wideJoin(budgetRecords, every(budgetRecords/5, heap.look))
	deletes := every(1000, heap.look)
	stats, err := reconcile.Diff(t.Context(), in, func(p reconcile.Pair[*wide, *wide]) error {
		if p.Kind == reconcile.OnlyTarget {
			deletes()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	judgeBudget(t, stats, heap, 150*megabyte)
}

func TestBudgetMergeMillion(t *testing.T) {
	skipBudget(t)
	heap := newHeapWatch()
	in := wideMerge(budgetRecords, every(budgetRecords/5, heap.look))
	stats, err := reconcile.Merge(t.Context(), in, func(reconcile.Pair[*wide, *wide]) error { return nil })
	heap.look()
	if err != nil {
		t.Fatal(err)
	}
	judgeBudget(t, stats, heap, 16*megabyte)
}

// A plan of 10,000 creates with 20 fields each, beyond the texts of the source.
func TestBudgetPlan(t *testing.T) {
	if raceEnabled {
		t.Skip("the heap is measured without the race detector, which adds to it")
	}
	const operations, limit = 10_000, 40 * megabyte
	heap := newHeapWatch()
	plan := widePlan(t, operations)
	heap.look()
	if n := plan.Total().Create; n != operations {
		t.Errorf("%d creates", n)
	}
	t.Logf("live heap: %.1f MB of %d MB", float64(heap.peak)/megabyte, limit/megabyte)
	if heap.peak > limit {
		t.Errorf("live heap grew by %.1f MB, the budget is %d MB", float64(heap.peak)/megabyte, limit/megabyte)
	}
}

func widePlan(tb testing.TB, operations int) *reconcile.Plan {
	tb.Helper()
	b := reconcile.NewBuilder("source", "target")
	for i := range operations {
		r := makeWide(i, false)
		op := reconcile.Operation{
			ID: "device:" + strconv.Itoa(i), Kind: reconcile.Create, Type: "device", Class: "cmdb_ci_server",
			Target: r.key, Name: r.fields[0], Changes: make([]reconcile.Change, len(wideFields)),
		}
		for k, name := range wideFields {
			op.Changes[k] = reconcile.Change{Field: name, To: reconcile.Text(r.fields[k])}
		}
		b.Add(op)
	}
	plan, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}
