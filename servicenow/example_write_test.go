package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log"

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
	if stale, ok := errors.AsType[*servicenow.StaleError](err); ok {
		fmt.Printf("stale: wanted %d, found %d, %v differ\n", stale.Expected, stale.ModCount, stale.Differing)
	}

	again, _ := incidents.UpdateIf(ctx, read.ID, first.ModCount, map[string]any{"state": "2"})
	fmt.Println(again.Outcome, "still at", again.ModCount)
	// Output:
	// changed now at 1
	// stale: wanted 0, found 1, [state] differ
	// unchanged still at 1
}

// A typo in a column's name would delete every incident; the guard notices.
func ExampleTable_DeleteWhere() {
	server, client := instance()
	ctx := context.Background()
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	for i := range 30 {
		row := map[string]any{"short_description": "Alert", "correlation_id": fmt.Sprintf("probe-%d", i%3)}
		if _, err := incidents.Create(ctx, row); err != nil {
			log.Fatal(err)
		}
	}
	guard := servicenow.Guard{MinRows: 1, MaxRows: 20}

	_, err := incidents.DeleteWhere(ctx, servicenow.Eq("corelation_id", "probe-1"), guard)
	if refused, ok := errors.AsType[*servicenow.GuardError](err); ok {
		fmt.Println(refused.Reason, refused.Term, "and", server.Count("incident"), "incidents left")
	}

	where := servicenow.Eq("correlation_id", "probe-1")
	guard.DryRun = true
	sum, _ := incidents.DeleteWhere(ctx, where, guard)
	fmt.Println(sum.Matched, "match,", sum.Planned, "would be deleted")

	guard.DryRun = false
	sum, err = incidents.DeleteWhere(ctx, where, guard)
	fmt.Println(sum.Deleted, "deleted,", server.Count("incident"), "left", err)
	// Output:
	// unproven corelation_id and 30 incidents left
	// 10 match, 10 would be deleted
	// 10 deleted, 20 left <nil>
}
