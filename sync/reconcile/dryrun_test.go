package reconcile_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// 002-17: joining, comparing, building, writing and reading a plan touches no sink, and
// a plan that is refused does not either.
func TestPlanningWritesNothing(t *testing.T) {
	plan := goldenPlan(t)
	planJSON(t, plan)
	planText(t, plan)
	sink := newMemory()
	if _, err := reconcile.Apply(t.Context(), plan, sink, reconcile.Options{Target: "another"}); err == nil {
		t.Error("a plan for another target was applied")
	}
	if sink.calls != 0 {
		t.Errorf("%d calls of the sink", sink.calls)
	}
}
