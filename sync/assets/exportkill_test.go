package assets_test

import (
	"testing"
	"testing/synctest"
)

// 001-31: the process dies at any request of an export, between the create of an
// object and its link too, and the next run makes NetBox and the links what an
// undisturbed run makes of them: no object is there twice.
func TestExportKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		how  cut
	}{{"before the server acts", before}, {"after it acted", after}, {"in mid-answer", midAnswer}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			oneUnderRace(t, c.how)
			synctest.Test(t, func(t *testing.T) { killExportEverywhere(t, c.how) })
		})
	}
}

func killExportEverywhere(t *testing.T, how cut) {
	w := newOutWorld(t)
	w.both(t)
	w.fill(t)
	netbox, cmdb := w.netbox.Snapshot(), w.cmdb.Snapshot()
	w.wire.heal()
	w.run(t)
	wantObjects, wantLinks, requests := w.objects(), w.links(), w.wire.sent
	for n := 1; n <= requests; n++ {
		if err := w.netbox.Restore(netbox); err != nil {
			t.Fatal(err)
		}
		if err := w.cmdb.Restore(cmdb); err != nil {
			t.Fatal(err)
		}
		w.wire.kill(n, how)
		_, _ = w.flow.Run(t.Context())
		w.wire.heal()
		w.run(t)
		if got := w.objects(); got != wantObjects {
			t.Fatalf("cut off at request %d of %d: NetBox differs\n%s", n, requests, difference(wantObjects, got))
		}
		if got := w.links(); got != wantLinks {
			t.Fatalf("cut off at request %d of %d: the links differ\n%s", n, requests, difference(wantLinks, got))
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("cut off at request %d: a further pass would write %+v", n, p.Total())
		}
	}
	t.Logf("%d requests", requests)
}
