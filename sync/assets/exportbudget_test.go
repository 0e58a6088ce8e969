package assets_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// 10,000 devices go into an empty NetBox 4.7 by at most 150 requests to it, and a pass
// over all of them that finds nothing to do costs a few pages on either side.
func TestBudgetExport(t *testing.T) {
	if raceEnabled {
		t.Skip("10,000 devices take too long under the race detector; TestExport runs the same code")
	}
	const devices = 10_000
	w := newOutWorld(t)
	e := w.fill(t)
	for i := range devices - 1 {
		w.insert(t, "cmdb_ci_server", servicenowtest.Row{
			"name": fmt.Sprintf("srv-%05d", i), "serial_number": fmt.Sprintf("SN%05d", i), "model_id": e.model, "location": e.room,
			"install_status": "1", "operational_status": "1",
		})
	}
	w.netbox.LimitBodies(0)
	w.cmdb.LimitBodies(0)
	w.netbox.ResetJournal()
	w.cmdb.ResetJournal()
	s := w.run(t)
	t.Logf("export: %+v, %d requests to NetBox, %d to ServiceNow", assets.Count(s), w.netbox.Requests(), w.cmdb.Requests())
	if n := w.netbox.Requests(); n > 150 || w.netbox.Count("dcim/devices") != devices {
		t.Errorf("%d requests to NetBox for %d devices", n, w.netbox.Count("dcim/devices"))
	}
	if n := w.cmdb.Requests(); n > 200 {
		t.Errorf("%d requests to ServiceNow", n)
	}
	w.netbox.ResetJournal()
	w.cmdb.ResetJournal()
	w.flow.Linked = true
	before, heap := liveHeap(), int64(0)
	w.flow.Progress = func(p assets.Progress) {
		if p.Stage == assets.StageNetBox && p.Subject == "device" && p.Finished() {
			heap = max(heap, liveHeap()-before)
		}
	}
	p := w.plan(t)
	t.Logf("second pass: %d requests to NetBox, %d to ServiceNow, %.1f MB of heap", w.netbox.Requests(), w.cmdb.Requests(), float64(heap)/(1<<20))
	if !p.Empty() || p.Total().Unchanged != devices+5 {
		t.Errorf("a second pass would write %+v", p.Total())
	}
	if n := w.netbox.Requests() + w.cmdb.Requests(); n > 40 {
		t.Errorf("%d requests for a pass that finds nothing", n)
	}
	if limit := int64(8<<20 + 3000*devices); heap > limit {
		t.Errorf("planning held %d bytes, the budget is %d", heap, limit)
	}
}
