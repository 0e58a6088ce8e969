package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
)

type words = mapping.Pair[string, string]

func make3(t *testing.T) mapping.Map[string, string] {
	t.Helper()
	m, err := mapping.New(words{"1", "open"}, words{"2", "open"}, words{"7", "closed"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func check[T comparable](t *testing.T, got mapping.Answer[T], value T, method mapping.Method) {
	t.Helper()
	if got.Value != value || got.Method != method {
		t.Errorf("got %+v, want %v by %q", got, value, method)
	}
	if got.Reason == "" {
		t.Error("the answer has no reason")
	}
	if got.OK() != (method != "") || got.Known() != (method == "table" || method == "kept") {
		t.Errorf("OK %v, Known %v", got.OK(), got.Known())
	}
}

func TestMap(t *testing.T) {
	m := make3(t)
	check(t, m.Get("2"), "open", mapping.ByTable)
	check(t, m.Get("3"), "", mapping.Unmapped)
	check(t, m.Back("open"), "1", "table")
	check(t, m.Back("lost"), "", mapping.Unmapped)
	check(t, m.Keep("open", "2"), "2", mapping.Kept)
	check(t, m.Keep("open", "7"), "1", mapping.ByTable)
	check(t, m.Keep("open", "9"), "1", mapping.ByTable)
	check(t, mapping.Map[string, string]{}.Get("1"), "", mapping.Unmapped)
	check(t, mapping.Map[string, string]{}.Keep("a", "b"), "", mapping.Unmapped)

	d := m.Otherwise("triage").BackOtherwise("2")
	check(t, d.Get("9"), "triage", mapping.ByDefault)
	check(t, d.Back("lost"), "2", mapping.ByDefault)
	check(t, d.Keep("triage", "9"), "2", mapping.ByDefault) // 9 means triage by default only
	check(t, d.WithoutDefaults().Get("9"), "", mapping.Unmapped)
	check(t, m.Get("9"), "", mapping.Unmapped) // the first map did not change
	if v, there := d.Default(); !there || v != "triage" {
		t.Error(v, there)
	}
	if k, there := m.BackDefault(); there || k != "" {
		t.Error(k, there)
	}
}

func TestMapChanges(t *testing.T) {
	m := make3(t)
	more := m.With(words{"2", "closed"}, words{"9", "open"})
	if diff := cmp.Diff([]words{{"1", "open"}, {"2", "closed"}, {"7", "closed"}, {"9", "open"}}, more.Pairs()); diff != "" {
		t.Error(diff)
	}
	check(t, more.Back("closed"), "2", mapping.ByTable)
	check(t, m.Get("2"), "open", mapping.ByTable)
	if less := m.Without("1", "none"); less.Len() != 2 || less.Back("open").Value != "2" || m.Len() != 3 {
		t.Error(less.Pairs())
	}
	m.Pairs()[0].Value = "spoiled"
	check(t, m.Get("1"), "open", mapping.ByTable)

	two, err := m.WithBack("open", "2")
	if err != nil {
		t.Fatal(err)
	}
	check(t, two.Back("open"), "2", mapping.ByTable)
	check(t, two.With(words{"8", "open"}).Back("open"), "2", mapping.ByTable)
	check(t, two.Without("2").Back("open"), "1", mapping.ByTable)
	check(t, m.Back("open"), "1", mapping.ByTable)
	both, err := two.With(words{"8", "closed"}).WithBack("closed", "8")
	if err != nil {
		t.Fatal(err)
	}
	check(t, both.Back("open"), "2", mapping.ByTable)
	check(t, both.Back("closed"), "8", mapping.ByTable)
	for _, k := range []string{"7", "9"} {
		if _, err := m.Otherwise("open").WithBack("open", k); err == nil {
			t.Errorf("open may be written as %s, which does not mean it", k)
		}
	}

	if _, err := mapping.New(words{"1", "a"}, words{"2", "b"}, words{"1", "a"}); err == nil || !strings.Contains(err.Error(), `"1" stands twice, in pairs 0 and 2`) {
		t.Error(err)
	}
}

func TestMapForm(t *testing.T) {
	m, err := mapping.New(words{"High", "1"}, words{"low", "3"})
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.WithForm(mapping.Fold); err != nil {
		t.Fatal(err)
	}
	check(t, m.Get(" hIGH "), "1", mapping.ByTable)
	check(t, m.Back("1"), "High", mapping.ByTable)
	check(t, m.Keep("1", "HIGH"), "HIGH", mapping.Kept)
	if changed := m.With(words{"HIGH", "2"}).Without("LOW"); changed.Len() != 1 || changed.Get("high").Value != "2" {
		t.Error(changed.Pairs())
	}
	clash, err := mapping.New(words{"a", "1"}, words{"A", "2"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clash.WithForm(mapping.Fold); err == nil {
		t.Error("two keys with one form were accepted")
	}
}

// pairsOf holds a table against its quotation, and its laws: every key means its
// value, every value's way back means the value, and every key that means a value
// is kept.
func pairsOf[K, V comparable](t *testing.T, m mapping.Map[K, V], want ...mapping.Pair[K, V]) {
	t.Helper()
	if !slices.Equal(m.Pairs(), want) {
		t.Errorf("got %v\nwant %v", m.Pairs(), want)
	}
	canonical := make(map[V]K)
	for _, p := range want {
		check(t, m.Get(p.Key), p.Value, mapping.ByTable)
		check(t, m.Keep(p.Value, p.Key), p.Key, mapping.Kept)
		if _, there := canonical[p.Value]; !there {
			canonical[p.Value] = p.Key
		}
		check(t, m.Back(p.Value), canonical[p.Value], mapping.ByTable)
	}
}
