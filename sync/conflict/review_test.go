package conflict_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

// pair merges one field under manual review with the reviews so far.
func pair(base, ours, theirs value, reviews map[string]conflict.Review) (conflict.Decision, map[string]conflict.Review) {
	rules := conflict.Rules{Strategy: conflict.ManualReview, Reviews: reviews, Fields: []conflict.Field{{Name: "f"}}}
	out := conflict.Merge(one(base), state(ours, ms(1)), state(theirs, ms(2)), rules)
	d, _ := out.Field("f")
	return d, out.Reviews(reviews)
}

func TestManualReview(t *testing.T) {
	a, b, c, d := text("a"), text("b"), text("c"), text("d")
	first, open := pair(a, b, c, nil)
	want := conflict.Review{Field: "f", Base: a, Platform: b, External: c, PlatformAt: ms(1), ExternalAt: ms(2), Status: conflict.Pending, Version: 1}
	t.Run("002-16 a conflict freezes the field both ways", func(t *testing.T) {
		if !first.Frozen || first.ToOurs || first.ToTheirs || first.Kind != conflict.Conflicting || first.Rule != conflict.RuleManual {
			t.Errorf("got %+v", first)
		}
		if open["f"] != want {
			t.Errorf("got %+v", open["f"])
		}
	})
	t.Run("002-16 the rest of the record flows", func(t *testing.T) {
		rules := conflict.Rules{Strategy: conflict.ManualReview}
		out := conflict.Merge(mapping.Record{"f": a, "g": a}, conflict.State{Values: mapping.Record{"f": b, "g": d}}, conflict.State{Values: mapping.Record{"f": c, "g": a}}, rules)
		if diff := cmp.Diff(mapping.Record{"g": d}, out.Writes(mapping.External), values); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(mapping.Record{"f": a, "g": d}, out.Base(mapping.Record{"f": a}), values); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("002-16 a new edit changes the review that is there", func(t *testing.T) {
		frozen, next := pair(a, d, c, open)
		if !frozen.Frozen || next["f"].Version != 2 || next["f"].Platform != d || next["f"].External != c || len(next) != 1 {
			t.Errorf("got %+v, %+v", frozen, next)
		}
		if _, same := pair(a, b, c, open); same["f"] != want {
			t.Errorf("got %+v", same)
		}
		if open["f"].Version != 1 {
			t.Error("the caller's reviews changed")
		}
	})
	t.Run("002-16 a side that is silent has not changed", func(t *testing.T) {
		frozen, next := pair(a, absent, c, open)
		if !frozen.Frozen || next["f"] != want {
			t.Errorf("got %+v, %+v", frozen, next)
		}
		if frozen, next = pair(a, b, absent, open); !frozen.Frozen || next["f"] != want {
			t.Errorf("got %+v, %+v", frozen, next)
		}
	})
	t.Run("002-16 the other side keeps the same review", func(t *testing.T) {
		rules := conflict.Rules{Ours: mapping.External, Strategy: conflict.ManualReview}
		if got := conflict.Merge(one(a), state(c, ms(2)), state(b, ms(1)), rules).Reviews(nil); got["f"] != want {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("002-16 a stored decision without a choice decides nothing", func(t *testing.T) {
		spoiled := want
		spoiled.Status = conflict.Resolved
		if got, next := pair(a, b, c, map[string]conflict.Review{"f": spoiled}); !got.Frozen || next["f"].Status != conflict.Pending {
			t.Errorf("got %+v, %+v", got, next)
		}
	})
	t.Run("002-16 frozen even if one side goes back", func(t *testing.T) {
		if frozen, _ := pair(a, b, a, open); !frozen.Frozen {
			t.Errorf("got %+v", frozen)
		}
	})
	t.Run("002-16 silence settles nothing", func(t *testing.T) {
		for _, v := range []value{absent, a} {
			if _, next := pair(a, absent, v, open); next["f"] != want {
				t.Errorf("got %+v", next)
			}
		}
	})
	t.Run("002-16 both sides say the same: settled", func(t *testing.T) {
		for _, v := range []value{a, d} {
			if settled, next := pair(a, v, v, open); settled.Frozen || len(next) != 0 {
				t.Errorf("got %+v, %+v", settled, next)
			}
		}
	})
	for _, tt := range []struct {
		name             string
		choice           conflict.Choice
		value, lost      value
		toOurs, toTheirs bool
	}{
		{"002-16 use the platform's", conflict.Choice{Kind: conflict.UsePlatform}, b, c, false, true},
		{"002-16 use the external side's", conflict.Choice{Kind: conflict.UseExternal}, c, b, true, false},
		{"002-16 use a value", conflict.Choice{Kind: conflict.UseValue, Value: d}, d, absent, true, true},
		{"002-16 use null", conflict.Choice{Kind: conflict.UseValue, Value: null()}, null(), absent, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := open["f"].Resolve(tt.choice, 1)
			if err != nil || r.Status != conflict.Resolved || r.Version != 2 {
				t.Fatal(r, err)
			}
			reviews := map[string]conflict.Review{"f": r}
			got, next := pair(a, b, c, reviews)
			if got.Frozen || got.Rule != conflict.RuleReviewed || got.Value != tt.value || got.ToOurs != tt.toOurs || got.ToTheirs != tt.toTheirs || got.Lost != tt.lost {
				t.Errorf("got %+v", got)
			}
			if next["f"] != r {
				t.Errorf("the decision is gone before both sides are seen to agree: %+v", next)
			}
			if got, _ := pair(a, b, absent, reviews); got.Value != tt.value || got.ToTheirs != tt.toTheirs {
				t.Errorf("with a silent side %+v", got)
			}
			if settled, next := pair(a, tt.value, tt.value, reviews); settled.Frozen || len(next) != 0 {
				t.Errorf("got %+v, %+v", settled, next)
			}
			again, next := pair(a, b, d, reviews) // an edit after the decision
			if tt.value != d && (!again.Frozen || next["f"].Status != conflict.Pending || next["f"].Version != 3 || next["f"].External != d) {
				t.Errorf("got %+v, %+v", again, next)
			}
		})
	}
	t.Run("002-16 ignore leaves both as they are until somebody edits", func(t *testing.T) {
		r, err := open["f"].Resolve(conflict.Choice{Kind: conflict.Ignore}, 1)
		if err != nil || r.Status != conflict.Ignored {
			t.Fatal(r, err)
		}
		reviews := map[string]conflict.Review{"f": r}
		got, next := pair(a, b, c, reviews)
		if !got.Frozen || got.Rule != conflict.RuleIgnored || next["f"] != r {
			t.Errorf("got %+v, %+v", got, next)
		}
		if got, next = pair(a, b, d, reviews); !got.Frozen || got.Rule != conflict.RuleManual || next["f"].Status != conflict.Pending || next["f"].Version != 3 {
			t.Errorf("got %+v, %+v", got, next)
		}
	})
}

func TestResolve(t *testing.T) {
	r := conflict.Open(conflict.Conflict{Field: conflict.Field{Name: "f"}, Platform: text("a"), External: text("b")})
	platform, external := conflict.Choice{Kind: conflict.UsePlatform}, conflict.Choice{Kind: conflict.UseExternal}
	done, err := r.Resolve(platform, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("002-16 the same choice again changes nothing", func(t *testing.T) {
		for _, version := range []int{1, 2} {
			if again, err := done.Resolve(platform, version); err != nil || again != done {
				t.Error(again, err)
			}
		}
	})
	t.Run("002-16 another choice is refused", func(t *testing.T) {
		if again, err := done.Resolve(external, 2); !errors.Is(err, conflict.ErrDecided) || again != done {
			t.Error(again, err)
		}
		if _, err := done.Resolve(platform, 7); !errors.Is(err, conflict.ErrDecided) {
			t.Error(err)
		}
	})
	t.Run("002-16 a stale version is refused", func(t *testing.T) {
		moved := r.Update(conflict.Conflict{Platform: text("c"), External: text("b")})
		if again, err := moved.Resolve(platform, 1); !errors.Is(err, conflict.ErrStale) || again != moved {
			t.Error(again, err)
		}
		if _, err := moved.Resolve(platform, 2); err != nil {
			t.Error(err)
		}
	})
	t.Run("002-16 what is no choice", func(t *testing.T) {
		for _, c := range []conflict.Choice{{}, {Kind: "toss"}, {Kind: conflict.UseValue}, {Kind: conflict.Ignore, Value: text("x")}, {Kind: conflict.UsePlatform, Value: null()}} {
			if _, err := r.Resolve(c, 1); !errors.Is(err, conflict.ErrChoice) {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
	t.Run("002-16 a review is stored as JSON", func(t *testing.T) {
		r := conflict.Review{Field: "f", Platform: text("a"), External: null(), PlatformAt: noon, Status: conflict.Resolved, Choice: conflict.Choice{Kind: conflict.UseValue, Value: text("v")}, Version: 2}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"field":"f","platform":"a","external":null,"platform_at":"2026-03-04T12:00:00Z","status":"resolved","choice":{"kind":"use-value","value":"v"},"version":2}`
		if string(data) != want {
			t.Errorf("got %s", data)
		}
		var back conflict.Review
		if err := json.Unmarshal(data, &back); err != nil || back != r {
			t.Errorf("got %+v, %v", back, err)
		}
	})
}

// Stores and logs hold these words.
func TestWords(t *testing.T) {
	got := []string{
		string(conflict.Same), string(conflict.Ours), string(conflict.Theirs), string(conflict.BothEqual), string(conflict.Conflicting),
		string(conflict.RuleNothing), string(conflict.RuleUnchanged), string(conflict.RuleEqual), string(conflict.RuleChanged),
		string(conflict.RuleInitial), string(conflict.RuleOwner), string(conflict.RuleLater), string(conflict.RuleLastWrite),
		string(conflict.RulePriority), string(conflict.RuleManual), string(conflict.RuleStrategy), string(conflict.RuleReviewed),
		string(conflict.RuleIgnored), string(conflict.RuleDirection), string(conflict.RuleJournal), string(conflict.RuleUnmappedField),
		string(conflict.RuleUnmappedValue), string(conflict.RuleAbsent),
		string(conflict.Pending), string(conflict.Resolved), string(conflict.Ignored),
		string(conflict.UsePlatform), string(conflict.UseExternal), string(conflict.UseValue), string(conflict.Ignore),
	}
	want := []string{
		"same", "ours", "theirs", "both-equal", "conflict",
		"nothing", "unchanged", "equal", "changed", "initial", "ownership", "later", "last-write-wins", "ownership-priority", "manual-review",
		"strategy", "reviewed", "ignored", "direction", "journal", "unmapped-field", "unmapped-value", "not-in-payload",
		"pending", "resolved", "ignored", "use-platform", "use-external", "use-value", "ignore",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
