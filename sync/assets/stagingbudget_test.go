package assets_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/sync/assets"
)

// What a pass through the staging tables may cost, to both sides together. Rows go a
// thousand a request; each import set is asked once for its state and once for its rows.
const (
	stagingDevices   = 50000
	stagingFirstPass = 320
	stagingNextPass  = 130
)

func TestBudgetImportSets(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes 50,000 devices take minutes")
	}
	if testing.Short() {
		t.Skip("50,000 devices take half a minute")
	}
	a := new(app)
	w := emptyStagingWorld(t, a)
	if err := w.netbox.FillEstate(stagingDevices); err != nil {
		t.Fatal(err)
	}
	w.netbox.LimitBodies(0)
	w.cmdb.LimitBodies(0)
	a.setTenants(t, w)

	first := w.run(t)
	_, inserts := w.insertedRows()
	t.Logf("first pass: %+v, %d requests, %d of them stage rows", assets.Count(first), w.wire.sent, inserts)
	if w.wire.sent > stagingFirstPass {
		t.Errorf("the first pass took %d requests, the budget is %d", w.wire.sent, stagingFirstPass)
	}
	changed := w.changeOnePercent(t)
	w.wire.heal()
	second := w.run(t)
	t.Logf("second pass, %d devices changed: %+v, %d requests", changed, assets.Count(second), w.wire.sent)
	if w.wire.sent > stagingNextPass {
		t.Errorf("the second pass took %d requests, the budget is %d", w.wire.sent, stagingNextPass)
	}
	if got := second.Total().Written(); got != changed {
		t.Errorf("%d records were written, want %d", got, changed)
	}
}
