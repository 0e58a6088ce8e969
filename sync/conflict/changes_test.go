package conflict_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func ExampleOutcome_Changes() {
	at := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	base := mapping.Record{"title": reconcile.Text("Disk")}
	platform := conflict.State{Changed: at, Values: mapping.Record{"title": reconcile.Text("Disk full")}}
	serviceNow := conflict.State{Changed: at.Add(time.Minute), Values: mapping.Record{"title": reconcile.Text("Disk is full")}}
	out := conflict.Merge(base, platform, serviceNow, conflict.Rules{})
	for _, c := range out.Changes(mapping.Platform) {
		fmt.Printf("%s: %s -> %s, was %s on both sides: %s\n", c.Field, c.From, c.To, c.Base, c.Reason)
	}
	// Output:
	// title: "Disk full" -> "Disk is full", was "Disk" on both sides: both sides changed it; the external side later, by 1m0s
}

// A plan made of a merge shows the base, so that people see which side has moved, and
// holds exactly what the merge writes and heals.
func TestOutcomeChanges(t *testing.T) {
	rules := conflict.Rules{Fields: []conflict.Field{
		{Name: "owned", Owner: mapping.Platform}, {Name: "free"}, {Name: "frozen", Strategy: conflict.ManualReview}, {Name: "same"},
	}}
	base := mapping.Record{"owned": text("b"), "free": text("b"), "frozen": text("b"), "same": text("b")}
	platform := conflict.State{Changed: noon, Values: mapping.Record{"owned": text("b"), "free": text("p"), "frozen": text("p"), "same": text("x")}}
	external := conflict.State{Changed: noon, Values: mapping.Record{"owned": text("e"), "free": text("b"), "frozen": text("e"), "same": text("x")}}
	for _, ours := range []mapping.Owner{mapping.Platform, mapping.External} {
		t.Run("002-12 from the side of "+string(ours), func(t *testing.T) {
			rules := rules
			rules.Ours = ours
			out := conflict.Merge(base, platform, external, rules)
			if ours == mapping.External {
				out = conflict.Merge(base, external, platform, rules)
			}
			var got []string
			for _, c := range out.Changes(mapping.External) {
				got = append(got, fmt.Sprint(c.Field, " ", c.From, c.Base, c.To))
				if c.Reason == "" || c.Masked || c.Ref != "" {
					t.Errorf("got %+v", c)
				}
			}
			if text := strings.Join(got, "; "); text != `owned "e" "b" "b"; free "b" "b" "p"` {
				t.Errorf("got %s", text)
			}
			if other := out.Changes(mapping.Platform); len(other) > 0 {
				t.Errorf("to the platform: %v", other)
			}
			if none := out.Changes(mapping.NoOwner); len(none) > 0 {
				t.Errorf("to nobody: %v", none)
			}
			b := reconcile.NewBuilder("merge", "servicenow")
			b.Add(reconcile.Operation{ID: "incident:1", Kind: reconcile.Update, Type: "incident", Target: "1", Changes: out.Changes(mapping.External)})
			p, err := b.Build()
			if err != nil {
				t.Fatal(err)
			}
			var page strings.Builder
			if err := p.WriteText(&page); err != nil || !strings.Contains(page.String(), `"e" -> "b", last agreed "b"`) {
				t.Errorf("%v; the plan shows no base:\n%s", err, page.String())
			}
		})
	}
}
