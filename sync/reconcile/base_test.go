package reconcile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// What both sides last agreed on is part of the plan: of its file, its text and its
// digest. Masked, it is hidden as the other values are.
func TestBase(t *testing.T) {
	plan := func(base reconcile.Value, masked bool) *reconcile.Plan {
		op := create("d:1")
		op.Kind, op.Target = reconcile.Update, "t1"
		op.Changes = []reconcile.Change{{Field: "name", From: text("theirs"), To: text("ours"), Base: base, Masked: masked}}
		return build(t, op)
	}
	seen := map[string]bool{}
	for _, base := range []reconcile.Value{reconcile.Absent(), reconcile.Null(), text(""), text("old " + canary)} {
		for _, masked := range []bool{false, true} {
			p := plan(base, masked)
			if seen[p.Digest] {
				t.Errorf("%v, masked %v: a digest that was there", base, masked)
			}
			seen[p.Digest] = true
			read, err := reconcile.ReadPlan(bytes.NewReader(planJSON(t, p)))
			if err != nil {
				t.Fatal(err)
			}
			if got := read.Operations[0].Changes[0].Base; !masked && got != base {
				t.Errorf("read %v, want %v", got, base)
			}
			shown := string(planText(t, p)) + string(planJSON(t, p))
			if masked && strings.Contains(shown, canary) {
				t.Errorf("the masked base is shown: %s", shown)
			}
		}
	}
	if got := string(planText(t, plan(text("old"), false))); !strings.Contains(got, `name: "theirs" -> "ours", last agreed "old"`) {
		t.Error(got)
	}
	if got := string(planText(t, plan(text("old"), true))); !strings.Contains(got, `name: (masked) -> (masked), last agreed (masked)`) {
		t.Error(got)
	}
}
