package azdevops_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/azdevops"
)

func TestBudgetParseEvent(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	const payloads, budget = 10_000, 40
	for _, name := range []string{"workitem-updated", "workitem-created", "build-complete-2", "deployment-completed", "run-state"} {
		body := eventFile(t, name)
		each := testing.AllocsPerRun(1, func() {
			for range payloads {
				if _, err := azdevops.ParseEvent(body); err != nil {
					t.Fatal(err)
				}
			}
		}) / payloads
		t.Logf("%s: %.1f allocations an event of %d bytes", name, each, len(body))
		if each > budget {
			t.Errorf("%s: %.1f allocations an event, budget %d", name, each, budget)
		}
	}
}

func BenchmarkParseEvent(b *testing.B) {
	body := eventFile(b, "workitem-updated")
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := azdevops.ParseEvent(body); err != nil {
			b.Fatal(err)
		}
	}
}
