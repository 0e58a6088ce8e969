package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Stored digests must stay valid: these numbers never change.
func TestDigestIsFixed(t *testing.T) {
	for _, tc := range []struct {
		digest reconcile.Digest
		want   uint64
	}{
		{reconcile.NewDigest(0), 0xb8371b5e9326a9e3},
		{reconcile.NewDigest(1), 0x98f5789d166cb124},
		{reconcile.NewDigest(1).Text("name", "core-1").Null("serial").Int("id", -42), 0xad98db9ba0dc0dea},
	} {
		if got := tc.digest.Sum(); got != tc.want {
			t.Errorf("digest %#x, want %#x", got, tc.want)
		}
	}
}

func TestDigestTellsApart(t *testing.T) {
	start := reconcile.NewDigest(1)
	different := map[string]reconcile.Digest{
		"nothing":       start,
		"other version": reconcile.NewDigest(2),
		"null":          start.Null("a"),
		"empty":         start.Text("a", ""),
		"word null":     start.Text("a", "null"),
		"a=bc":          start.Text("a", "bc"),
		"ab=c":          start.Text("ab", "c"),
		"a=b, c=":       start.Text("a", "b").Text("c", ""),
		"a=, c=b":       start.Text("a", "").Text("c", "b"),
		"a=1 b=2":       start.Text("a", "1").Text("b", "2"),
		"b=2 a=1":       start.Text("b", "2").Text("a", "1"),
		"a=1 b null":    start.Text("a", "1").Null("b"),
	}
	seen := map[uint64]string{}
	for name, d := range different {
		if other, there := seen[d.Sum()]; there {
			t.Errorf("%q and %q have one digest", name, other)
		}
		seen[d.Sum()] = name
	}
	if start.Field("a", reconcile.Absent()) != start {
		t.Error("an absent field changed the digest")
	}
	if start.Field("a", text("x")) != start.Text("a", "x") || start.Field("a", reconcile.Null()) != start.Null("a") {
		t.Error("Field differs from Text or Null")
	}
	if start.Int("n", -120) != start.Text("n", "-120") {
		t.Error("Int differs from the decimal text")
	}
}

// Near neighbours have digests of their own.
func TestDigestSpreads(t *testing.T) {
	const n = 200_000
	seen := make(map[uint64]bool, n)
	for i := range n {
		sum := reconcile.NewDigest(1).Text("site", "Paris").Int("id", int64(i)).Sum()
		if seen[sum] {
			t.Fatalf("number %d has a digest that was there", i)
		}
		seen[sum] = true
	}
}

func TestBudgetDigestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations are counted without the race detector only")
	}
	name := fmt.Sprint("core-", 1)
	fields := []reconcile.Field{{Name: "name"}, {Name: "serial"}}
	value := func(string) reconcile.Value { return text(name) }
	var sink uint64
	if n := testing.AllocsPerRun(100, func() {
		sink += reconcile.NewDigest(1).Text("name", name).Null("serial").Int("id", 7).Fields(fields, value).Sum()
	}); n != 0 {
		t.Errorf("%v allocations for a digest, want none", n)
	}
	_ = sink
}
