package servicenow_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
)

// Two people work on one incident. The second write does not silently undo the
// first.
func ExampleTable_UpdateIf() {
	_, client := instance()
	ctx := context.Background()
	type Incident struct {
		ID       string         `json:"sys_id"`
		State    string         `json:"state"`
		ModCount servicenow.Int `json:"sys_mod_count"`
	}
	incidents := servicenow.TableOf[Incident](client, "incident")
	read, _ := incidents.Create(ctx, map[string]any{"short_description": "Printer is down", "state": "1"})

	first, _ := incidents.UpdateIf(ctx, read.ID, int(read.ModCount), map[string]any{"state": "2"})
	fmt.Println(first.Outcome, "now at", first.ModCount)

	_, err := incidents.UpdateIf(ctx, read.ID, int(read.ModCount), map[string]any{"state": "3"})
	var stale *servicenow.StaleError
	if errors.As(err, &stale) {
		fmt.Printf("stale: wanted %d, found %d, %v differ\n", stale.Expected, stale.ModCount, stale.Differing)
	}

	again, _ := incidents.UpdateIf(ctx, read.ID, first.ModCount, map[string]any{"state": "2"})
	fmt.Println(again.Outcome, "still at", again.ModCount)
	// Output:
	// changed now at 1
	// stale: wanted 0, found 1, [state] differ
	// unchanged still at 1
}
