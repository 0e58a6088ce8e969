package reconcile_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// row is a record of either side in the tests of the joins.
type row struct{ key, value string }

func rowKey(r row) string    { return r.key }
func rowDigest(r row) uint64 { return reconcile.NewDigest(1).Text("value", r.value).Sum() }

// rows delivers records and then, if it is not nil, the error.
func rows(list []row, end error) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
		if end != nil {
			yield(row{}, end)
		}
	}
}

func byKey(list []row) map[string]row {
	m := map[string]row{}
	for _, r := range list {
		m[r.key] = r
	}
	return m
}

func join(source, target []row) reconcile.Join[row, row] {
	stored := byKey(target)
	return reconcile.Join[row, row]{
		Source: rows(source, nil), Target: rows(target, nil),
		SourceKey: rowKey, TargetKey: rowKey, SourceDigest: rowDigest, TargetDigest: rowDigest,
		Fetch: func(_ context.Context, keys []string) (map[string]row, error) {
			found := map[string]row{}
			for _, k := range keys {
				if r, there := stored[k]; there {
					found[k] = r
				}
			}
			return found, nil
		},
	}
}

func ordered(source, target []row) reconcile.Ordered[row, row] {
	return reconcile.Ordered[row, row]{
		Source: rows(source, nil), Target: rows(target, nil), SourceKey: rowKey, TargetKey: rowKey,
		Same: func(a, b row) bool { return a == b },
	}
}

// found gathers pairs as lines "kind key source/target".
type found []string

func (f *found) visit(p reconcile.Pair[row, row]) error {
	*f = append(*f, fmt.Sprintf("%v %s %s/%s", p.Kind, p.Key, p.Source.value, p.Target.value))
	return nil
}

func diffLines(t *testing.T, in reconcile.Join[row, row]) ([]string, reconcile.Stats) {
	t.Helper()
	var f found
	stats, err := reconcile.Diff(t.Context(), in, f.visit)
	if err != nil {
		t.Fatal(err)
	}
	return f, stats
}

func equalLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestDiff(t *testing.T) {
	source := []row{{"b", "1"}, {"new", "1"}, {"", "keyless"}, {"a", "2"}, {"c", "1"}}
	target := []row{{"c", "1"}, {"z", "1"}, {"", "nobody's"}, {"a", "1"}, {"y", "1"}, {"b", "2"}}
	lines, stats := diffLines(t, join(source, target))
	equalLines(t, lines, []string{
		"only source new 1/", "only source  keyless/",
		"changed b 1/2", "changed a 2/1",
		"only target y /", "only target z /",
	})
	want := reconcile.Stats{Source: 5, Target: 6, Unchanged: 1, Changed: 2, OnlySource: 2, OnlyTarget: 2, KeylessTarget: 1, Complete: true}
	if stats != want {
		t.Errorf("stats %+v, want %+v", stats, want)
	}
}

// Keys of every kind are told apart and come back as they were.
func TestDiffKeys(t *testing.T) {
	sysID := "0123456789abcdef0123456789abcdef"
	keys := []string{
		sysID, strings.ToUpper(sysID), sysID + "0", sysID[:31], "g" + sysID[1:], "`" + sysID[1:], "_" + sysID[1:], "9" + sysID[1:], "8" + sysID[1:], "7", "07", "a", "a\x00",
		"fifteen-bytes-x", "sixteen-bytes-xy", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "ключ", "\x07",
	}
	var target []row
	for _, k := range keys {
		target = append(target, row{k, "v"})
	}
	lines, stats := diffLines(t, join([]row{{"other", "v"}}, target))
	if stats.OnlyTarget != len(keys) || stats.DuplicateTarget != 0 {
		t.Fatalf("stats %+v", stats)
	}
	for _, k := range keys {
		if !slices.Contains(lines, "only target "+k+" /") {
			t.Errorf("key %q did not come back", k)
		}
	}
	if _, stats = diffLines(t, join(target, target)); stats.Unchanged != len(keys) {
		t.Errorf("stats %+v", stats)
	}
}

// The source's keys are asked for only when the target has been read to its end.
func TestDiffReadsTargetFirst(t *testing.T) {
	in := join([]row{{"1", "a"}, {"2", "b"}}, []row{{"x", "a"}, {"y", "b"}})
	ids := map[string]string{}
	in.TargetKey = func(r row) string {
		ids[r.value] = r.key
		return r.key
	}
	in.SourceKey = func(r row) string { return ids[r.value] }
	lines, stats := diffLines(t, in)
	if stats.Unchanged != 2 {
		t.Errorf("%v %+v", lines, stats)
	}
}

func TestDiffChunks(t *testing.T) {
	var source, target []row
	for i := range 25 {
		source = append(source, row{fmt.Sprint(i), "new"})
		target = append(target, row{fmt.Sprint(i), "old"})
	}
	in := join(source, target)
	in.Chunk = 10
	var sizes []int
	fetch := in.Fetch
	in.Fetch = func(ctx context.Context, keys []string) (map[string]row, error) {
		sizes = append(sizes, len(keys))
		return fetch(ctx, keys)
	}
	_, stats := diffLines(t, in)
	if stats.Changed != 25 || !slices.Equal(sizes, []int{10, 10, 5}) {
		t.Errorf("changed %d in chunks of %v", stats.Changed, sizes)
	}
}

func TestDiffRecordMovesMeanwhile(t *testing.T) {
	in := join([]row{{"a", "2"}, {"b", "2"}, {"c", "2"}}, []row{{"a", "1"}, {"b", "1"}, {"c", "1"}})
	in.Fetch = func(context.Context, []string) (map[string]row, error) {
		return map[string]row{"a": {"a", "2"}, "c": {"c", "3"}}, nil // a is right by now, b is gone
	}
	lines, stats := diffLines(t, in)
	equalLines(t, lines, []string{"vanished b 2/", "changed c 2/3"})
	if stats.Unchanged != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestDiffDuplicates(t *testing.T) {
	lines, stats := diffLines(t, join(
		[]row{{"a", "1"}, {"b", "2"}, {"a", "2"}, {"b", "3"}, {"new", "1"}, {"new", "2"}, {"twin", "1"}},
		[]row{{"twin", "1"}, {"twin", "2"}, {"a", "1"}, {"b", "1"}},
	))
	equalLines(t, lines, []string{
		"duplicate target twin /2", "duplicate source a 2/", "duplicate source b 3/",
		"only source new 1/", "duplicate source new 2/", "ambiguous twin 1/", "changed b 2/1",
	})
	want := reconcile.Stats{Source: 7, Target: 4, Unchanged: 1, Changed: 1, OnlySource: 1,
		DuplicateSource: 3, DuplicateTarget: 1, Ambiguous: 1, Complete: true}
	if stats != want {
		t.Errorf("stats %+v, want %+v", stats, want)
	}
}

var errBroken = errors.New("page 37 is missing")

// A scan that ended early and a source without records never end in deletes.
func TestIncompleteScans(t *testing.T) {
	source, target := []row{{"a", "2"}, {"b", "1"}}, []row{{"a", "1"}, {"z", "1"}}
	for _, tc := range []struct {
		name           string
		source, target iter.Seq2[row, error]
		diff, merge    []string
		incomplete     bool
	}{
		{"source breaks", rows(source, errBroken), rows(target, nil),
			[]string{"only source b 1/", "changed a 2/1"}, []string{"changed a 2/1"}, true},
		{"target breaks", rows(source, nil), rows(target, errBroken), nil, []string{"changed a 2/1"}, true},
		{"source breaks at once", rows(nil, errBroken), rows(target, nil), nil, nil, true},
		{"source is empty", rows(nil, nil), rows(target, nil), nil, nil, false},
	} {
		in := join(source, target)
		in.Source, in.Target = tc.source, tc.target
		var f found
		stats, err := reconcile.Diff(t.Context(), in, f.visit)
		t.Log(tc.name, "diff:", err)
		equalLines(t, f, tc.diff)
		judgeIncomplete(t, stats, err, tc.incomplete)

		merged := ordered(source, target)
		merged.Source, merged.Target = tc.source, tc.target
		f = nil
		stats, err = reconcile.Merge(t.Context(), merged, f.visit)
		t.Log(tc.name, "merge:", err)
		equalLines(t, f, tc.merge)
		judgeIncomplete(t, stats, err, tc.incomplete)
	}
}

func judgeIncomplete(t *testing.T, stats reconcile.Stats, err error, incomplete bool) {
	t.Helper()
	if incomplete != (errors.Is(err, reconcile.ErrIncomplete) && errors.Is(err, errBroken)) || stats.Complete == incomplete {
		t.Errorf("err %v, stats %+v", err, stats)
	}
	if !incomplete && (err != nil || stats.Withheld != 2) {
		t.Errorf("err %v, stats %+v: want 2 withheld", err, stats)
	}
	want := "it ended after "
	if !incomplete {
		want = `the source has no records at all, the target 2: an empty source is never read as "delete everything"`
	}
	if got := stats.Incomplete(); !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if whole := (reconcile.Stats{Source: 1, Target: 9, OnlyTarget: 8, Complete: true}); whole.Incomplete() != "" {
		t.Errorf("a complete scan is said to be incomplete: %s", whole.Incomplete())
	}
}

func TestJoinStops(t *testing.T) {
	source, target := []row{{"a", "2"}, {"b", "1"}}, []row{{"a", "1"}, {"z", "1"}}
	enough := errors.New("enough")
	refuse := func(reconcile.Pair[row, row]) error { return enough }
	if _, err := reconcile.Diff(t.Context(), join(source, target), refuse); !errors.Is(err, enough) {
		t.Errorf("Diff after a refused pair: %v", err)
	}
	if _, err := reconcile.Merge(t.Context(), ordered(source, target), refuse); !errors.Is(err, enough) {
		t.Errorf("Merge after a refused pair: %v", err)
	}
	twins := []row{{"a", "1"}, {"a", "1"}}
	if _, err := reconcile.Diff(t.Context(), join(nil, twins), refuse); !errors.Is(err, enough) {
		t.Errorf("Diff after a refused duplicate: %v", err)
	}
	in := join(source, target)
	in.Fetch = func(context.Context, []string) (map[string]row, error) { return nil, errBroken }
	if _, err := reconcile.Diff(t.Context(), in, new(found).visit); !errors.Is(err, errBroken) {
		t.Errorf("Diff after a failed fetch: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reconcile.Diff(ended, join(source, target), new(found).visit); !errors.Is(err, context.Canceled) {
		t.Errorf("Diff in an ended context: %v", err)
	}
	if _, err := reconcile.Merge(ended, ordered(source, target), new(found).visit); !errors.Is(err, context.Canceled) {
		t.Errorf("Merge in an ended context: %v", err)
	}
}

func TestJoinChecksItsInput(t *testing.T) {
	good := join(nil, nil)
	for want, in := range map[string]reconcile.Join[row, row]{
		"Source":       {Target: good.Target},
		"Target":       {Source: good.Source},
		"SourceKey":    {Source: good.Source, Target: good.Target},
		"TargetKey":    {Source: good.Source, Target: good.Target, SourceKey: rowKey},
		"SourceDigest": {Source: good.Source, Target: good.Target, SourceKey: rowKey, TargetKey: rowKey, TargetDigest: rowDigest},
		"TargetDigest": {Source: good.Source, Target: good.Target, SourceKey: rowKey, TargetKey: rowKey, SourceDigest: rowDigest},
		"Fetch": {Source: good.Source, Target: good.Target, SourceKey: rowKey, TargetKey: rowKey,
			SourceDigest: rowDigest, TargetDigest: rowDigest},
		"Chunk": {Source: good.Source, Target: good.Target, SourceKey: rowKey, TargetKey: rowKey,
			SourceDigest: rowDigest, TargetDigest: rowDigest, Fetch: good.Fetch, Chunk: -1},
	} {
		if _, err := reconcile.Diff(t.Context(), in, new(found).visit); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: %v", want, err)
		}
	}
	if _, err := reconcile.Diff(t.Context(), good, nil); err == nil {
		t.Error("Diff without visit succeeded")
	}
	whole := ordered(nil, nil)
	for want, in := range map[string]reconcile.Ordered[row, row]{
		"Source":    {Target: whole.Target},
		"Target":    {Source: whole.Source},
		"SourceKey": {Source: whole.Source, Target: whole.Target},
		"Same":      {Source: whole.Source, Target: whole.Target, SourceKey: rowKey, TargetKey: rowKey},
	} {
		if _, err := reconcile.Merge(t.Context(), in, new(found).visit); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("without %s: %v", want, err)
		}
	}
	if _, err := reconcile.Merge(t.Context(), whole, nil); err == nil {
		t.Error("Merge without visit succeeded")
	}
}

func TestMerge(t *testing.T) {
	var f found
	stats, err := reconcile.Merge(t.Context(), ordered(
		[]row{{"a", "2"}, {"b", "1"}, {"d", "1"}, {"d", "2"}, {"e", "1"}, {"n", "1"}, {"n", "2"}},
		[]row{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}, {"e", "2"}, {"y", "1"}, {"y", "2"}, {"z", "1"}},
	), f.visit)
	if err != nil {
		t.Fatal(err)
	}
	equalLines(t, f, []string{
		"changed a 2/1",
		"duplicate source d 1/", "duplicate source d 2/",
		"ambiguous e 1/", "duplicate target e /1", "duplicate target e /2",
		"duplicate source n 1/", "duplicate source n 2/",
		"duplicate target y /1", "duplicate target y /2",
		"only target c /1", "only target z /1",
	})
	if stats.Unchanged != 1 || stats.Source != 7 || stats.Target != 9 || !stats.Complete {
		t.Errorf("stats %+v", stats)
	}
}

func TestMergeUnordered(t *testing.T) {
	sorted, mixed := []row{{"9", "1"}}, []row{{"10", "1"}, {"9", "1"}, {"8", "1"}}
	for side, in := range map[string]reconcile.Ordered[row, row]{
		"source": ordered(mixed, sorted),
		"target": ordered(sorted, mixed),
	} {
		_, err := reconcile.Merge(t.Context(), in, new(found).visit)
		var unordered *reconcile.UnorderedError
		if !errors.Is(err, reconcile.ErrUnordered) || !errors.As(err, &unordered) {
			t.Fatalf("%s: %v", side, err)
		}
		if *unordered != (reconcile.UnorderedError{Side: side, Previous: "9", Key: "8"}) {
			t.Errorf("%+v", unordered)
		}
		if msg := err.Error(); !strings.Contains(msg, `"9"`) || !strings.Contains(msg, `"8"`) {
			t.Errorf("the error does not name both keys: %s", msg)
		}
	}
	numeric := ordered([]row{{"9", "1"}, {"10", "1"}}, []row{{"9", "1"}, {"10", "2"}})
	numeric.Compare = reconcile.Numeric
	var f found
	if _, err := reconcile.Merge(t.Context(), numeric, f.visit); err != nil {
		t.Error(err)
	}
	equalLines(t, f, []string{"changed 10 1/2"})
	if _, err := reconcile.Merge(t.Context(), ordered([]row{{"", "1"}}, nil), f.visit); err == nil {
		t.Error("a record without a key was merged")
	}
}

// Diff, Merge and a join by hand agree on random sides, whatever the order.
func TestJoinsAgree(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		side := func() map[string]string {
			m := map[string]string{}
			for range random.IntN(40) {
				m[fmt.Sprint("k", random.IntN(40))] = fmt.Sprint(random.IntN(3))
			}
			m["always"] = "1"
			return m
		}
		source, target := side(), side()
		var want []string
		for k, v := range source {
			switch w, there := target[k]; {
			case !there:
				want = append(want, fmt.Sprintf("only source %s %s/", k, v))
			case v != w:
				want = append(want, fmt.Sprintf("changed %s %s/%s", k, v, w))
			}
		}
		for k, v := range target {
			if _, there := source[k]; !there {
				want = append(want, fmt.Sprintf("only target %s /%s", k, v))
			}
		}
		list := func(m map[string]string) []row {
			var l []row
			for _, k := range slices.Sorted(maps.Keys(m)) {
				l = append(l, row{k, m[k]})
			}
			return l
		}
		a, b := list(source), list(target)
		var merged found
		if _, err := reconcile.Merge(t.Context(), ordered(a, b), merged.visit); err != nil {
			t.Fatal(err)
		}
		for _, l := range [][]row{a, b} {
			random.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
		}
		in := join(a, b)
		in.Chunk = 1 + random.IntN(10)
		lines, _ := diffLines(t, in)
		for i, l := range lines {
			if key, only := strings.CutPrefix(l, "only target "); only {
				lines[i] += target[strings.TrimSuffix(key, " /")]
			}
		}
		slices.SortFunc(want, cmp.Compare[string])
		slices.Sort(lines)
		slices.Sort(merged)
		equalLines(t, lines, want)
		equalLines(t, merged, want)
	}
}
