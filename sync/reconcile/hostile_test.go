package reconcile_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Texts that are no UTF-8 survive a plan file in their cleaned form, digest and all.
func TestPlanCleansTexts(t *testing.T) {
	const bad = "a\xffb"
	op := reconcile.Operation{
		ID: bad, Kind: reconcile.Update, Type: bad, Class: bad, Key: bad, Target: bad, Name: bad, Code: bad, Reason: bad,
		Changes: []reconcile.Change{
			{Field: "good", From: text("1"), To: text("2")},
			{Field: bad, From: text(bad), To: text(bad + "2"), Reason: bad},
			{Field: "ref", To: text(bad), Ref: "p" + bad},
		},
	}
	before := slices.Clone(op.Changes)
	b := reconcile.NewBuilder(bad, bad)
	b.Unchanged(bad, bad, 1)
	b.Records(bad, bad, 1)
	b.Incomplete(bad)
	b.Add(op)
	b.Add(create("p" + bad))
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	read, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, plan)))
	if err != nil {
		t.Fatal(err)
	}
	if again := planJSON(t, read); !bytes.Equal(again, planJSON(t, plan)) || strings.Contains(string(again), "\xff") {
		t.Errorf("%s", again)
	}
	if !slices.Equal(op.Changes, before) {
		t.Error("the caller's changes were cleaned in place")
	}
}

// Names from other systems can neither break a line nor steer a terminal.
func TestTextIsPlain(t *testing.T) {
	const evil = "x\x1b[2J\nblocked y"
	op := create("d:1")
	op.Name, op.Class, op.Target, op.Reason, op.Code = evil, evil, evil, evil, evil
	op.Changes = []reconcile.Change{{Field: evil, To: text(evil), Reason: evil}}
	other := create("d:2")
	other.Type, other.Target, other.Class = evil, "", ""
	plan := build(t, op, other)
	sink := newMemory()
	sink.fail["d:1"] = true
	var out bytes.Buffer
	if err := apply(t, plan, sink, toAcme).WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(planText(t, plan)), out.String()} {
		if strings.Contains(shown, "\x1b") || strings.Contains(shown, "\nblocked") {
			t.Errorf("%s", shown)
		}
	}
}

func TestBuildManyWriters(t *testing.T) {
	var ops []reconcile.Operation
	for i := range 30 {
		op := create(fmt.Sprint("a:", i))
		op.Target = "one"
		ops = append(ops, op)
	}
	plan := build(t, ops...)
	if got := reasonOf(t, plan, "a:29"); got != "several operations want to write a one: a:0, a:1, a:2, a:3, a:4, a:5, a:6, a:7, a:8, a:9, ..." {
		t.Error(got)
	}
	if _, there := plan.Operation("a:30"); there {
		t.Error("an operation that is not in the plan was found")
	}
}

func TestBuilderGoesOn(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Add(create("a:2", "a:1"))
	first, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	b.Add(create("a:1"))
	second, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if first.Total().Blocked != 1 || second.Total().Create != 2 {
		t.Errorf("%v, then %v", outline(first), outline(second))
	}
}

func TestMergeStopsAmongDuplicates(t *testing.T) {
	enough := errors.New("enough")
	twins, one := []row{{"a", "1"}, {"a", "2"}}, []row{{"a", "1"}}
	for n := range 3 {
		for _, in := range []reconcile.Ordered[row, row]{ordered(twins, twins), ordered(one, twins), ordered(twins, nil), ordered(nil, twins)} {
			seen := 0
			_, err := reconcile.Merge(t.Context(), in, func(reconcile.Pair[row, row]) error {
				if seen++; seen > n {
					return enough
				}
				return nil
			})
			if seen > n && !errors.Is(err, enough) || seen > n+1 {
				t.Errorf("visited %d pairs after %d: %v", seen, n, err)
			}
		}
	}
	broken := ordered(twins, nil)
	broken.Target = rows(twins, errBroken)
	if _, err := reconcile.Merge(t.Context(), broken, new(found).visit); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

// Every mistake is reported at once.
func TestBuildReportsAllMistakes(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Add(reconcile.Operation{ID: "a:1", Kind: "upsert", Type: "a"})
	b.Add(create("a:2"))
	b.Add(reconcile.Operation{ID: "a:3", Kind: reconcile.Delete, Type: "a"})
	_, err := b.Build()
	if err == nil || !strings.Contains(err.Error(), "a:1") || !strings.Contains(err.Error(), "a:3") {
		t.Error(err)
	}
}

func TestWithheldCountsEveryKindOfKey(t *testing.T) {
	keys := []row{{"0123456789abcdef0123456789abcdef", "1"}, {"7", "1"}, {"a key of more than fifteen bytes", "1"}, {"another key of that length", "1"}}
	if _, stats := diffLines(t, join(nil, keys)); stats.Withheld != 4 {
		t.Errorf("%+v", stats)
	}
}

// Codes and reasons are shown by themselves, too.
func TestTextOfSkips(t *testing.T) {
	skip := func(id, code, reason string) reconcile.Operation {
		return reconcile.Operation{ID: id, Kind: reconcile.Skip, Type: "s", Code: code, Reason: reason}
	}
	shown := string(planText(t, build(t, skip("s:1", "code", ""), skip("s:2", "", "reason"), skip("s:3", "code", "reason"), skip("s:4", "", ""))))
	if !strings.HasSuffix(shown, "  skip s:1: code\n  skip s:2: reason\n  skip s:3: code: reason\n  skip s:4\n") {
		t.Error(shown)
	}
}

func TestStrings(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{reconcile.Absent().String(), "(absent)"},
		{reconcile.Null().String(), "(null)"},
		{text("a\n").String(), `"a\n"`},
		{reconcile.OnlySource.String(), "only source"},
		{reconcile.PairKind(0).String(), "unknown"},
		{reconcile.Change{Field: "f", From: reconcile.Null(), Masked: true}.String(), "f: (null) -> (absent)"},
	} {
		if tc.got != tc.want {
			t.Errorf("%s, want %s", tc.got, tc.want)
		}
	}
	var v reconcile.Value
	if err := v.UnmarshalJSON([]byte(`{"digest":"sha256:00"}`)); err != nil || v.String() != "(withheld)" || v.Text() != "" {
		t.Errorf("%v, %v", v, err)
	}
}
