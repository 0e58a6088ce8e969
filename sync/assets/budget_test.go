package assets_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// What a pass may cost, by the number of devices. Both servers enforce their own
// limits: 1,000 objects a page in NetBox; a minute a page and 30 s a batch, at
// 1 ms a row and 50 ms a write, in the instance; the flow sends 500 CIs at a time
// to be identified.
var scale = []struct {
	name                string
	devices             int
	through             assets.Path
	firstPass, nextPass int // requests to both sides together
}{
	{"1,000 through identification", 1000, assets.ThroughIdentification, 50, 40},
	{"10,000 through identification", 10000, assets.ThroughIdentification, 60, 60},
	{"50,000 through identification", 50000, assets.ThroughIdentification, 175, 120},
	{"50,000 through identification that knows no link rows", 50000, assets.ThroughIdentification, 350, 120},
	{"50,000 through tables", 50000, assets.ThroughTables, 400, 120},
}

// What planning may hold: what the pages take, and so much for each device.
const (
	heapBeyond    = 8 << 20
	heapPerDevice = 700
)

func TestBudgetScale(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what memory is used")
	}
	if testing.Short() {
		t.Skip("50,000 devices take half a minute")
	}
	for _, c := range scale {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.netbox.FillEstate(c.devices); err != nil {
				t.Fatal(err)
			}
			w.netbox.LimitBodies(0)
			w.cmdb.LimitBodies(0)
			w.flow.Tenants, w.flow.Through = w.tenants(t), c.through
			if !strings.Contains(c.name, "no link rows") {
				w.appRule(t)
			}

			w.wire.heal()
			first := w.run(t)
			t.Logf("first pass: %+v, %d requests (%d NetBox, %d ServiceNow)", assets.Count(first), w.wire.sent, w.netbox.Requests(), w.cmdb.Requests())
			if w.wire.sent > c.firstPass {
				t.Errorf("the first pass took %d requests, the budget is %d", w.wire.sent, c.firstPass)
			}

			changed := w.changeOnePercent(t)
			heap := w.watchHeap()
			w.wire.heal()
			second := w.run(t)
			t.Logf("second pass, %d devices changed: %+v, %d requests, %.1f MB of heap while planning", changed, assets.Count(second), w.wire.sent, float64(*heap)/(1<<20))
			if w.wire.sent > c.nextPass {
				t.Errorf("the second pass took %d requests, the budget is %d", w.wire.sent, c.nextPass)
			}
			if got := second.Total(); got.Written() != changed {
				t.Errorf("%d records were written, want %d", got.Written(), changed)
			}
			if limit := int64(heapBeyond + heapPerDevice*c.devices); *heap > limit {
				t.Errorf("planning held %d bytes, the budget is %d", *heap, limit)
			}
		})
	}
}

// changeOnePercent edits every hundredth device that has a record.
func (w *world) changeOnePercent(t *testing.T) (changed int) {
	t.Helper()
	for n, l := range w.linked("device") {
		if n%100 != 0 {
			continue
		}
		if err := w.netbox.Update("dcim/devices", l.id, map[string]any{"description": "edited"}); err != nil {
			t.Fatal(err)
		}
		changed++
	}
	return changed
}

// watchHeap makes the flow measure how much it holds when it has read everything.
func (w *world) watchHeap() *int64 {
	before, most := liveHeap(), int64(0)
	w.flow.Progress = func(p assets.Progress) {
		if p.Stage == assets.StageNetBox && p.Subject == "device" && p.Finished() {
			most = max(most, liveHeap()-before)
		}
	}
	return &most
}

func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestBudgetPlanFirstLoad(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what memory is used")
	}
	const devices, limit = 10000, 100 << 20
	w := newWorld(t)
	if err := w.netbox.FillEstate(devices); err != nil {
		t.Fatal(err)
	}
	w.netbox.LimitBodies(0)
	w.cmdb.LimitBodies(0)
	w.flow.Tenants = w.tenants(t)
	heap := w.watchHeap()
	before := liveHeap()
	p := w.plan(t)
	held := liveHeap() - before
	t.Logf("a plan of %d operations: %.1f MB, %.1f MB while planning", len(p.Operations), float64(held)/(1<<20), float64(*heap)/(1<<20))
	if held > limit || *heap > limit {
		t.Errorf("planning held %d and %d bytes, the budget is %d", held, *heap, limit)
	}
	runtime.KeepAlive(p)
}

// BenchmarkPlan measures a pass with nothing to write over 10,000 devices, beside
// the mere reading of both sides.
func BenchmarkPlan(b *testing.B) {
	w := newWorld(b)
	if err := w.netbox.FillEstate(10000); err != nil {
		b.Fatal(err)
	}
	w.netbox.LimitBodies(0)
	w.cmdb.LimitBodies(0)
	w.flow.Tenants = w.tenants(b)
	w.run(b)
	b.Run("plan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !w.plan(b).Empty() {
				b.Fatal("there is something to write")
			}
		}
	})
	b.Run("read the devices only", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range w.flow.NetBox.DCIM.Devices.All(b.Context(), netbox.Query{Fields: []string{"name", "serial", "status"}}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
