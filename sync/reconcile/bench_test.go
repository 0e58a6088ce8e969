package reconcile_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

const benchRecords = 50_000

func BenchmarkDigest(b *testing.B) {
	r := makeWide(12345, false)
	b.ReportAllocs()
	for b.Loop() {
		_ = wideDigest(r)
	}
}

// generate makes the records of both sides and drops them.
func generate(b *testing.B) {
	for _, source := range []bool{true, false} {
		for _, err := range wideSide(benchRecords, source) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// compare reports how many times as long f takes as making both sides alone.
func compare(b *testing.B, f func()) {
	var whole, bare time.Duration
	for b.Loop() {
		start := time.Now()
		generate(b)
		bare += time.Since(start)
		start = time.Now()
		f()
		whole += time.Since(start)
	}
	b.ReportMetric(float64(whole)/float64(bare), "x-generate")
}

func BenchmarkDiff(b *testing.B) {
	compare(b, func() {
		in := wideJoin(benchRecords, func() {})
		if _, err := reconcile.Diff(b.Context(), in, func(reconcile.Pair[*wide, *wide]) error { return nil }); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	compare(b, func() {
		in := wideMerge(benchRecords, func() {})
		if _, err := reconcile.Merge(b.Context(), in, func(reconcile.Pair[*wide, *wide]) error { return nil }); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkBuild(b *testing.B) {
	for b.Loop() {
		widePlan(b, 10_000)
	}
}

func BenchmarkPlanWriteJSON(b *testing.B) {
	plan := widePlan(b, 10_000)
	for b.Loop() {
		if err := plan.WriteJSON(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadPlan(b *testing.B) {
	var file bytes.Buffer
	if err := widePlan(b, 10_000).WriteJSON(&file); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := reconcile.ReadPlan(bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
