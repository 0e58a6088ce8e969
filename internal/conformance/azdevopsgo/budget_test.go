package azdevopsgo_test

import "testing"

// An item, read and its fields looked at, costs at most so many allocations, and
// at most half of what it costs with Microsoft's client.
func TestBudgetBesideMicrosoft(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	const budget = 20
	theirs, ours := readers(t)
	them, us := testing.AllocsPerRun(3, func() { theirs() })/items, testing.AllocsPerRun(3, func() { ours() })/items
	t.Logf("allocations an item: %.1f with Microsoft's client, %.1f with this one", them, us)
	if us > budget || 2*us > them {
		t.Errorf("%.1f allocations an item, budget %d and half of %.1f", us, budget, them)
	}
}
