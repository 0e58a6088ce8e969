package assets_test

import (
	"net/http"
	"testing"
	"testing/synctest"
)

// An export that dies and is run again writes what is left, and reads what any run
// reads: what stands is neither made nor linked again.
func TestExportResumes(t *testing.T) {
	if raceEnabled {
		t.Skip("thousands of devices take too long under the race detector; TestExportKilledAtAnyRequest runs the same code")
	}
	synctest.Test(t, exportAgain) // by a clock that stands still: requests are not cut for slowness
}

func exportAgain(t *testing.T) {
	const devices = 1000
	fresh := func(t *testing.T) *outWorld {
		w := newOutWorld(t)
		w.devices(t, w.fill(t), devices-1)
		w.netbox.LimitBodies(0)
		w.cmdb.LimitBodies(0)
		w.netbox.ResetJournal()
		w.cmdb.ResetJournal()
		w.wire.heal()
		return w
	}
	writes := func(w *outWorld) int {
		return w.netbox.Requests(http.MethodPost, http.MethodPatch) + w.cmdb.Requests(http.MethodPost)
	}
	w := fresh(t)
	w.run(t)
	all, undisturbed, want := w.wire.sent, writes(w), w.objects()
	reads := all - undisturbed
	t.Logf("undisturbed: %d requests, %d of them writes", all, undisturbed)
	for _, percent := range []int{40, 60, 80, 95, 100} {
		w := fresh(t)
		w.wire.kill(all*percent/100, after)
		_, _ = w.flow.Run(t.Context())
		begun, there := writes(w), w.netbox.Count("dcim/devices")
		w.wire.heal()
		w.netbox.ResetJournal()
		w.cmdb.ResetJournal()
		s := w.run(t)
		made := w.netbox.Requests(http.MethodPost)
		t.Logf("died after %d %%: %d devices stood; the second run took %d requests, %d of them writes: %+v", percent, there, w.wire.sent, writes(w), s.Total())
		// Four lanes begin with small requests, and may have died between object and link.
		if left := devices - there; made > left/90+2*4 {
			t.Errorf("%d requests make %d devices", made, left)
		}
		if n := begun + writes(w); n > undisturbed+4*4 {
			t.Errorf("both runs took %d writes, an undisturbed one %d", n, undisturbed)
		}
		if n := w.wire.sent - writes(w); n > reads+8 {
			t.Errorf("%d requests read, in a run from the beginning %d", n, reads)
		}
		if got := w.objects(); got != want {
			t.Errorf("NetBox differs:\n%s", difference(want, got))
		}
		w.wire.heal()
		if p := w.plan(t); !p.Empty() {
			t.Errorf("a further pass would write %+v", p.Total())
		}
	}
}
