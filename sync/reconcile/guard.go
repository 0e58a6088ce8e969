package reconcile

import (
	"errors"
	"fmt"
)

// ErrGuard is what errors.Is finds in the error of an [Apply] that the guard stopped
// before anything was written.
var ErrGuard = errors.New("reconcile: too many removals")

// Guard stops a plan that removes suspiciously much, which is what a broken filter or
// a half-empty source looks like. Deletes and retirements that Apply would carry out
// may be as many as the larger of the two bounds.
type Guard struct {
	// Least is the number that is always allowed; 0 means 10, negative means none.
	Least int
	// Share is the allowed part of the plan's Records; 0 means 0.05, negative means
	// none, 1 allows everything.
	Share float64
}

func (g Guard) check(removals int, records []Tally) error {
	total := 0
	for _, t := range records {
		total += t.Count
	}
	least, share := g.Least, g.Share
	if least == 0 {
		least = 10
	}
	if share == 0 {
		share = 0.05
	}
	const rounding = 1e-9
	limit := max(float64(least), share*float64(total)+rounding, 0)
	if float64(removals) <= limit {
		return nil
	}
	return fmt.Errorf("%w: %d of %d target records would be removed, %d are allowed; nothing was written: look into the plan, and raise Options.Guard if it is right",
		ErrGuard, removals, total, int(limit))
}
