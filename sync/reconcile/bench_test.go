package reconcile_test

import (
	"bytes"
	"io"
	"testing"

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

// BenchmarkGenerate is what the two sides of the join benchmarks cost by themselves.
func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		for _, source := range []bool{true, false} {
			for _, err := range wideSide(benchRecords, source) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	for b.Loop() {
		in := wideJoin(benchRecords, func() {})
		if _, err := reconcile.Diff(b.Context(), in, func(reconcile.Pair[*wide, *wide]) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	for b.Loop() {
		in := wideMerge(benchRecords, func() {})
		if _, err := reconcile.Merge(b.Context(), in, func(reconcile.Pair[*wide, *wide]) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
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
