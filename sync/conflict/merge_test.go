package conflict_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

type value = reconcile.Value

var (
	text, null = reconcile.Text, reconcile.Null
	absent     value
	values     = cmp.Comparer(func(a, b value) bool { return a == b })
)

// one makes a record with the field f; an absent value makes an empty one.
func one(v value) mapping.Record {
	if v.IsAbsent() {
		return mapping.Record{}
	}
	return mapping.Record{"f": v}
}

func state(v value, at time.Time) conflict.State { return conflict.State{Values: one(v), Changed: at} }

// merge merges field f with the platform as our side.
func merge(base, platform, external value, at, other time.Time, f conflict.Field, rules conflict.Rules) conflict.Decision {
	f.Name = "f"
	rules.Fields = []conflict.Field{f}
	d, _ := conflict.Merge(one(base), state(platform, at), state(external, other), rules).Field("f")
	return d
}

func TestMergeKinds(t *testing.T) {
	a, b, c := text("a"), text("b"), text("c")
	for _, tt := range []struct {
		name               string
		base, ours, theirs value
		kind               conflict.Kind
		rule               conflict.Rule
		value              value
		toOurs, toTheirs   bool
	}{
		{"002-12 nothing anywhere", absent, absent, absent, conflict.Same, conflict.RuleNothing, absent, false, false},
		{"002-12 only the base", a, absent, absent, "same", "nothing", a, false, false},
		{"002-12 neither changed", a, a, a, conflict.Same, conflict.RuleUnchanged, a, false, false},
		{"002-12 not mentioned is not changed", a, absent, a, conflict.Same, "unchanged", a, false, false},
		{"002-12 ours changed", a, b, a, conflict.Ours, conflict.RuleChanged, b, false, true},
		{"002-12 theirs changed", a, a, b, conflict.Theirs, "changed", b, true, false},
		{"002-12 ours changed, theirs is silent", a, b, absent, "ours", "changed", b, false, true},
		{"002-12 theirs changed, ours is silent", a, absent, b, "theirs", "changed", b, true, false},
		{"002-12 both to the same", a, b, b, conflict.BothEqual, conflict.RuleEqual, b, false, false},
		{"002-12 both to the same, never agreed", absent, b, b, "both-equal", "equal", b, false, false},
		{"002-12 both to different values", a, b, c, conflict.Conflicting, conflict.RuleLastWrite, b, false, true},
		{"002-12 never agreed, only ours", absent, b, absent, "ours", conflict.RuleInitial, b, false, true},
		{"002-12 never agreed, only theirs", absent, absent, b, "theirs", "initial", b, true, false},
		{"002-12 never agreed and different", absent, b, c, "conflict", "last-write-wins", b, false, true},
		{"002-12 null is a value", a, null(), a, conflict.Ours, conflict.RuleChanged, null(), false, true},
		{"002-12 null is not empty", null(), text(""), null(), conflict.Ours, "changed", text(""), false, true},
		{"002-12 null is not absent", null(), absent, a, conflict.Theirs, "changed", a, true, false},
		{"002-12 null on both sides", a, null(), null(), conflict.BothEqual, "equal", null(), false, false},
		{"002-12 null against a value", a, null(), b, conflict.Conflicting, "last-write-wins", null(), false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := merge(tt.base, tt.ours, tt.theirs, noon, noon, conflict.Field{}, conflict.Rules{})
			if d.Kind != tt.kind || d.Rule != tt.rule || d.Value != tt.value || d.ToOurs != tt.toOurs || d.ToTheirs != tt.toTheirs {
				t.Errorf("got %+v", d)
			}
			if d.Reason == "" || d.Frozen || d.Drift {
				t.Errorf("got %+v", d)
			}
			if differ := !tt.ours.IsAbsent() && !tt.theirs.IsAbsent() && tt.ours != tt.theirs; d.Differ() != differ {
				t.Errorf("Differ says %v", d.Differ())
			}
		})
	}
}

// A plan file withholds masked values; a digest must never be written to a record.
func TestWithheldValues(t *testing.T) {
	var withheld value
	if err := withheld.UnmarshalJSON([]byte(`{"digest": "sha256:00"}`)); err != nil {
		t.Fatal(err)
	}
	if d := merge(text("a"), withheld, text("a"), noon, noon, conflict.Field{}, conflict.Rules{}); d.Kind != conflict.Same || d.Value != text("a") || !d.Ours.IsAbsent() {
		t.Errorf("got %+v", d)
	}
	own := func(conflict.Conflict) conflict.Verdict { return conflict.Verdict{Value: withheld} }
	if d := merge(text("a"), text("b"), text("c"), noon, noon, conflict.Field{}, conflict.Rules{Strategy: own}); !d.Frozen {
		t.Errorf("got %+v", d)
	}
}

func TestMergeForms(t *testing.T) {
	folded := conflict.Field{Form: reconcile.Forms(reconcile.EmptyIsNull, reconcile.Folded)}
	t.Run("002-12 what means the same is no change", func(t *testing.T) {
		d := merge(text("High"), text("HIGH"), text("high"), noon, noon, folded, conflict.Rules{})
		if d.Kind != conflict.Same || d.Value != text("HIGH") || d.ToOurs || d.ToTheirs {
			t.Errorf("got %+v", d)
		}
		if d := merge(null(), text(""), text("x"), noon, noon, folded, conflict.Rules{}); d.Kind != conflict.Theirs {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("002-12 of two that mean the same the owner's stands", func(t *testing.T) {
		folded.Owner = mapping.External
		if d := merge(text("a"), text("B"), text("b"), noon, noon, folded, conflict.Rules{}); d.Kind != conflict.BothEqual || d.Value != text("b") {
			t.Errorf("got %+v", d)
		}
	})
}

func TestLastWriteWins(t *testing.T) {
	a, b, c := text("a"), text("b"), text("c")
	for _, tt := range []struct {
		name               string
		platform, external time.Time
		owner              mapping.Owner
		winner             mapping.Owner
		kind               conflict.Kind
	}{
		{"002-14 the later edit of the platform", ms(1), ms(0), mapping.External, mapping.Platform, conflict.Conflicting},
		{"002-14 the later edit of the external side", ms(0), ms(1), mapping.Platform, mapping.External, conflict.Conflicting},
		{"002-14 equal stamps go to the owner", ms(0), ms(0), mapping.External, mapping.External, conflict.Conflicting},
		{"002-14 equal stamps without an owner go to the platform", ms(0), ms(0), mapping.NoOwner, mapping.Platform, conflict.Conflicting},
		{"002-14 a missing stamp goes to the owner", time.Time{}, ms(0), mapping.External, mapping.External, conflict.Conflicting},
		{"002-14 a missing stamp without an owner goes to the platform", ms(9), time.Time{}, mapping.NoOwner, mapping.Platform, conflict.Conflicting},
		{"002-12 outside the window the later edit, no conflict", ms(6000), ms(0), mapping.NoOwner, mapping.Platform, conflict.Ours},
		{"002-12 outside the window, the other side", ms(0), ms(6000), mapping.NoOwner, mapping.External, conflict.Theirs},
		{"002-11 outside the window enforced ownership", ms(6000), ms(0), mapping.External, mapping.External, conflict.Theirs},
		{"002-11 outside the window enforced ownership, platform", ms(0), ms(6000), mapping.Platform, mapping.Platform, conflict.Ours},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := merge(a, b, c, tt.platform, tt.external, conflict.Field{Owner: tt.owner}, conflict.Rules{Strategy: conflict.LastWriteWins})
			if d.Winner != tt.winner || d.Kind != tt.kind || d.Reason == "" {
				t.Errorf("got %+v", d)
			}
			won, lost := b, c
			if tt.winner == mapping.External {
				won, lost = c, b
			}
			if d.Value != won || d.Lost != lost || d.ToTheirs != (won == b) || d.ToOurs != (won == c) {
				t.Errorf("got %+v", d)
			}
		})
	}
	t.Run("002-11 advisory ownership lets the later edit win outside the window", func(t *testing.T) {
		d := merge(a, b, c, ms(6000), ms(0), conflict.Field{Owner: mapping.External}, conflict.Rules{Ownership: conflict.Advisory})
		if d.Winner != mapping.Platform || d.Rule != conflict.RuleLater || d.Lost != c {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("002-12 a field's own stamp comes before the record's", func(t *testing.T) {
		ours := conflict.State{Values: one(b), Changed: ms(0), FieldChanged: map[string]time.Time{"f": ms(6000)}}
		d, _ := conflict.Merge(one(a), ours, state(c, ms(0)), conflict.Rules{}).Field("f")
		if d.Rule != conflict.RuleLater || d.Winner != mapping.Platform || !d.OursAt.Equal(ms(6000)) {
			t.Errorf("got %+v", d)
		}
	})
}

func TestOwnershipPriority(t *testing.T) {
	a, b, c := text("a"), text("b"), text("c")
	for _, tt := range []struct {
		name               string
		platform, external int
		at                 time.Time // of the platform; the external side's is ms(1)
		winner             mapping.Owner
		rule               conflict.Rule
	}{
		{"002-15 the platform's is higher", 10, 5, ms(0), mapping.Platform, conflict.RulePriority},
		{"002-15 the external side's is higher", 5, 10, ms(2), mapping.External, conflict.RulePriority},
		{"002-10 a missing rule is 0", 0, 5, ms(2), mapping.External, "ownership-priority"},
		{"002-15 equal priorities: the later edit", 5, 5, ms(2), mapping.Platform, conflict.RuleLastWrite},
		{"002-15 no priorities: the later edit", 0, 0, ms(0), mapping.External, "last-write-wins"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := conflict.Field{PlatformPriority: tt.platform, ExternalPriority: tt.external, Strategy: conflict.OwnershipPriority}
			d := merge(a, b, c, tt.at, ms(1), f, conflict.Rules{Strategy: conflict.ManualReview})
			if d.Winner != tt.winner || d.Rule != tt.rule || d.Kind != conflict.Conflicting || d.Reason == "" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestOwnStrategy(t *testing.T) {
	union := func(c conflict.Conflict) conflict.Verdict {
		return conflict.Verdict{Value: text(c.Platform.Text() + "," + c.External.Text()), Reason: "both"}
	}
	d := merge(text("a"), text("b"), text("c"), noon, noon, conflict.Field{}, conflict.Rules{Strategy: union})
	if d.Value != text("b,c") || !d.ToOurs || !d.ToTheirs || d.Rule != conflict.RuleStrategy || d.Winner != mapping.NoOwner || d.Reason != "both" {
		t.Errorf("got %+v", d)
	}
	for name, v := range map[string]conflict.Verdict{
		"002-16 a strategy that decides nothing freezes": {},
		"002-16 a strategy that freezes":                 {Freeze: true, Winner: mapping.Platform, Reason: "no"},
	} {
		d := merge(text("a"), text("b"), text("c"), noon, noon, conflict.Field{}, conflict.Rules{Strategy: func(conflict.Conflict) conflict.Verdict { return v }})
		if !d.Frozen || d.ToOurs || d.ToTheirs || !d.Value.IsAbsent() || d.Winner != mapping.NoOwner || d.Reason == "" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestOwnership(t *testing.T) {
	a, b := text("a"), text("b")
	for _, tt := range []struct {
		name               string
		base, ours, theirs value
		owner              mapping.Owner
		ownership          conflict.Ownership
		drift              bool
		value              value
		toOurs, toTheirs   bool
	}{
		{"002-11 the external side edits the platform's field", a, a, b, mapping.Platform, conflict.Enforced, true, a, false, true},
		{"002-11 the platform edits the external side's field", a, b, a, mapping.External, conflict.Enforced, true, a, true, false},
		{"002-11 the owner edits", a, b, a, mapping.Platform, conflict.Enforced, false, b, false, true},
		{"002-11 the owner edits, external", a, a, b, mapping.External, conflict.Enforced, false, b, true, false},
		{"002-11 the owner is silent: what it said last", a, absent, b, mapping.Platform, conflict.Enforced, true, a, false, true},
		{"002-11 the owner never had it: it is filled once", absent, absent, b, mapping.Platform, conflict.Enforced, false, b, true, false},
		{"002-11 advisory: an edit flows", a, a, b, mapping.Platform, conflict.Advisory, false, b, true, false},
		{"002-11 nobody's: an edit flows", a, a, b, mapping.NoOwner, conflict.Enforced, false, b, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules := conflict.Rules{Ownership: tt.ownership, Fields: []conflict.Field{{Name: "f", Owner: tt.owner}}}
			out := conflict.Merge(one(tt.base), state(tt.ours, noon), state(tt.theirs, noon), rules)
			d, _ := out.Field("f")
			if d.Drift != tt.drift || d.Value != tt.value || d.ToOurs != tt.toOurs || d.ToTheirs != tt.toTheirs {
				t.Errorf("got %+v", d)
			}
			if tt.drift && (d.Rule != conflict.RuleOwner || d.Lost != b || d.Winner != tt.owner) {
				t.Errorf("got %+v", d)
			}
			heals, writes := len(out.Heals(mapping.Platform))+len(out.Heals(mapping.External)), len(out.Writes(mapping.Platform))+len(out.Writes(mapping.External))
			if (heals == 1) != tt.drift || (writes == 1) == tt.drift || (len(out.Drift()) == 1) != tt.drift {
				t.Errorf("%d heals, %d writes, drift %v", heals, writes, out.Drift())
			}
		})
	}
}

func TestDirections(t *testing.T) {
	a, b, c := text("a"), text("b"), text("c")
	for _, tt := range []struct {
		name               string
		base, ours, theirs value
		field              conflict.Field
		kind               conflict.Kind
		toOurs, toTheirs   bool
		value              value
	}{
		{"002-06 inbound flows in", a, a, b, conflict.Field{Direction: mapping.Inbound}, conflict.Theirs, true, false, b},
		{"002-06 inbound does not flow out", a, b, a, conflict.Field{Direction: mapping.Inbound}, conflict.Ours, false, false, absent},
		{"002-06 inbound wins whoever is later", a, b, c, conflict.Field{Direction: mapping.Inbound}, conflict.Theirs, true, false, c},
		{"002-06 outbound flows out", a, b, a, conflict.Field{Direction: mapping.Outbound}, conflict.Ours, false, true, b},
		{"002-06 outbound does not flow in", a, a, b, conflict.Field{Direction: mapping.Outbound}, conflict.Theirs, false, false, absent},
		{"002-11 outbound and the platform's: healed", a, a, b, conflict.Field{Direction: mapping.Outbound, Owner: mapping.Platform}, conflict.Theirs, false, true, a},
		{"002-06 outbound never fills the platform", absent, absent, b, conflict.Field{Direction: mapping.Outbound, Owner: mapping.Platform}, conflict.Theirs, false, false, absent},
		{"002-06 none, ours", a, b, a, conflict.Field{Direction: mapping.Neither}, conflict.Ours, false, false, absent},
		{"002-06 none, theirs", a, a, b, conflict.Field{Direction: mapping.Neither}, conflict.Theirs, false, false, absent},
		{"002-06 none, both", a, b, c, conflict.Field{Direction: mapping.Neither}, conflict.Conflicting, false, false, absent},
		{"002-27 a journal is no value", a, b, c, conflict.Field{Journal: true}, conflict.Same, false, false, absent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := merge(tt.base, tt.ours, tt.theirs, ms(9), ms(0), tt.field, conflict.Rules{})
			if d.Kind != tt.kind || d.ToOurs != tt.toOurs || d.ToTheirs != tt.toTheirs || d.Value != tt.value || d.Reason == "" {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	rules := conflict.Rules{
		Ours: mapping.External,
		Fields: []conflict.Field{
			{Name: "title", Owner: mapping.Platform},
			{Name: "team"},
			{Name: "notes", Strategy: conflict.ManualReview},
			{Name: "team", Owner: mapping.External}, // a second one of that name
		},
	}
	base := mapping.Record{"title": text("t"), "team": text("a"), "notes": text("n"), "other": text("o")}
	external := conflict.State{Changed: noon, Values: mapping.Record{"title": text("T"), "team": text("b"), "notes": text("x"), "other": text("p")}}
	platform := conflict.State{Changed: noon, Values: mapping.Record{"title": text("t"), "team": text("a"), "notes": text("y")}}
	out := conflict.Merge(base, external, platform, rules)
	if len(out.Decisions()) != 3 || len(out.Conflicts()) != 1 || len(out.Frozen()) != 1 || len(out.Drift()) != 1 {
		t.Errorf("got %+v", out.Decisions())
	}
	for name, got := range map[string]mapping.Record{
		"writes to the platform":      out.Writes(mapping.Platform),
		"heals of the external side":  out.Heals(mapping.External),
		"healing, 002-18 auto-heal":   out.Healing(mapping.External, conflict.Run{AutoHeal: true}),
		"base":                        out.Base(base),
		"nothing 1":                   out.Writes(mapping.External),
		"nothing 2":                   out.Heals(mapping.Platform),
		"nothing 3":                   out.Healing(mapping.Platform, conflict.Run{AutoHeal: true}),
		"nothing 4, 002-17 dry run":   out.Healing(mapping.External, conflict.Run{}),
		"nothing 5, 002-18 both":      out.Healing(mapping.External, conflict.Run{AutoHeal: true, DryRun: true}),
		"nothing 6, neither side":     out.Writes(mapping.NoOwner),
		"a base that was nil, 002-16": out.Base(nil),
	} {
		want := map[string]mapping.Record{
			"writes to the platform":      {"team": text("b")},
			"heals of the external side":  {"title": text("t")},
			"healing, 002-18 auto-heal":   {"title": text("t")},
			"base":                        {"title": text("t"), "team": text("b"), "notes": text("n"), "other": text("o")},
			"a base that was nil, 002-16": {"title": text("t"), "team": text("b")},
		}[name]
		if want == nil {
			want = mapping.Record{}
		}
		if diff := cmp.Diff(want, got, values); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, there := out.Field("other"); there {
		t.Error("a field without a rule was merged")
	}
	t.Run("002-18 healing brings the owner's missed edit too", func(t *testing.T) {
		missed := conflict.Merge(mapping.Record{"title": text("t")}, state(absent, noon), conflict.State{Values: mapping.Record{"title": text("u")}}, rules)
		if got := missed.Healing(mapping.External, conflict.Run{AutoHeal: true}); len(got) != 1 || got["title"] != text("u") {
			t.Error(got)
		}
	})
	t.Run("002-18 a conflict is not healed, settled or not", func(t *testing.T) {
		rules := conflict.Rules{Fields: []conflict.Field{{Name: "f", Owner: mapping.Platform}}}
		clash := conflict.Merge(one(text("a")), state(text("b"), noon), state(text("c"), noon), rules)
		if got := clash.Healing(mapping.External, conflict.Run{AutoHeal: true}); len(got) != 0 || len(clash.Writes(mapping.External)) != 1 {
			t.Error(got)
		}
	})
	t.Run("002-06 what does not flow leaves the base alone", func(t *testing.T) {
		rules := conflict.Rules{Fields: []conflict.Field{{Name: "f", Direction: mapping.Inbound}, {Name: "g", Journal: true}}}
		out := conflict.Merge(one(text("a")), state(text("b"), noon), conflict.State{Values: mapping.Record{"g": text("x")}}, rules)
		if diff := cmp.Diff(one(text("a")), out.Base(one(text("a"))), values); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("002-12 without rules every field is merged", func(t *testing.T) {
		out := conflict.Merge(mapping.Record{"c": text("1")}, conflict.State{Values: mapping.Record{"b": text("1")}}, conflict.State{Values: mapping.Record{"a": null()}}, conflict.Rules{})
		var names string
		for _, d := range out.Decisions() {
			names += d.Field
		}
		if names != "abc" {
			t.Error(names)
		}
	})
}
