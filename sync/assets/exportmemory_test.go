package assets_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// What planning an export may hold for each record, each link row that it does not look
// at further, and each NetBox object that nothing is like, beside what pages take.
const (
	exportHeapBeyond    = 8 << 20
	exportHeapPerRecord = 1500
	exportHeapPerLink   = 300
	exportHeapPerObject = 20
)

// linkedDevices adds devices with their CIs and flagged link rows.
func (o *outWorld) linkedDevices(t *testing.T, e outEstate, n int) {
	t.Helper()
	ref := func(record string) int64 { return o.linked(t, record) }
	site, room, model := ref(e.site), ref(e.room), ref(e.model)
	for i := range n {
		name, serial := fmt.Sprintf("srv-%05d", i), fmt.Sprintf("SN%05d", i)
		id := o.make(t, "dcim/devices", map[string]any{
			"name": name, "serial": serial, "site": site, "location": room, "device_type": model, "role": o.flow.Role, "status": "active",
			"custom_fields": map[string]any{cmdb.ClassField: "cmdb_ci_server"}, "tags": []map[string]any{{"slug": assets.SyncFromTagSlug}},
		})
		o.insert(t, "cmdb_ci_server", servicenowtest.Row{
			"name": name, "serial_number": serial, "model_id": e.model, "location": e.room, "install_status": "1", "operational_status": "1",
		}, servicenowtest.Row{cmdb.ColumnID: itoa(id), cmdb.ColumnClass: string(cmdb.TypeDevice)})
	}
}

// heap is what planning holds when all is read, and what the plan holds.
func (o *outWorld) heap(t *testing.T) (reading, plan int64, operations int) {
	t.Helper()
	o.netbox.LimitBodies(0)
	o.cmdb.LimitBodies(0)
	before := liveHeap()
	o.flow.Progress = func(p assets.Progress) {
		if p.Stage == assets.StageNetBox && p.Subject == "device" && p.Finished() {
			reading = liveHeap() - before
		}
	}
	p := o.plan(t)
	operations = len(p.Operations)
	with := liveHeap()
	runtime.KeepAlive(p)
	return reading, with - liveHeap(), operations
}

// Planning holds what it needs of each record, and nothing of NetBox objects that no
// record means: their number does not matter, nor does that of records that are linked
// already.
func TestBudgetExportHeap(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what memory is used")
	}
	for _, n := range []int{10_000, 50_000} {
		if n > 10_000 && testing.Short() {
			t.Skip("50,000 devices take half a minute")
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := newOutWorld(t)
			e := w.fill(t)
			w.run(t)
			w.linkedDevices(t, e, n)
			mb := func(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }

			// All records are compared with their objects.
			w.flow.Linked = true
			reading, _, _ := w.heap(t)
			t.Logf("linked, compared: %s", mb(reading))
			if limit := int64(exportHeapBeyond + exportHeapPerRecord*n); reading > limit {
				t.Errorf("planning held %d bytes, the budget is %d", reading, limit)
			}

			// All are linked, and left alone.
			w.flow.Linked = false
			w.devices(t, e, 3)
			reading, _, _ = w.heap(t)
			t.Logf("linked, left alone: %s", mb(reading))
			if limit := int64(exportHeapBeyond + (exportHeapPerLink+exportHeapPerObject)*n); reading > limit {
				t.Errorf("planning held %d bytes, the budget is %d", reading, limit)
			}

			// None is linked, and all are there already.
			for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
				if row[cmdb.ColumnRecordTable] == "cmdb_ci_server" {
					if err := w.cmdb.Update(cmdb.AttributesTable, row["sys_id"], servicenowtest.Row{cmdb.ColumnID: "", cmdb.ColumnClass: ""}); err != nil {
						t.Fatal(err)
					}
				}
			}
			reading, plan, ops := w.heap(t)
			t.Logf("not linked: %s, and the plan of %d operations %s", mb(reading), ops, mb(plan))
			if limit := int64(exportHeapBeyond + exportHeapPerRecord*n); reading > limit {
				t.Errorf("planning held %d bytes, the budget is %d", reading, limit)
			}
		})
	}
}
