package assets_test

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// The process dies at any request, and the run after that makes the CMDB what an
// undisturbed run makes of it.
func TestKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		how  cut
	}{{"before the server acts", before}, {"after it acted", after}, {"in mid-answer", midAnswer}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			oneUnderRace(t, c.how)
			synctest.Test(t, func(t *testing.T) { killEverywhere(t, smallWorld(t), c.how) })
		})
	}
}

// oneUnderRace leaves out all but one way to die where the race detector makes it slow:
// the goroutines are the same. A run without it goes through all.
func oneUnderRace(t *testing.T, how cut) {
	t.Helper()
	if raceEnabled && how != after {
		t.Skip("the race detector makes these slow, and the goroutines are the same")
	}
}

func killEverywhere(t *testing.T, w *world, how cut) {
	t.Helper()
	empty := w.cmdb.Snapshot()
	w.run(t)
	want, requests := w.export(), w.wire.sent
	if batches := w.cmdb.Requests("POST"); batches < 3 {
		t.Fatalf("the estate needs %d batches: too few to die between", batches)
	}
	for n := 1; n <= requests; n++ {
		if err := w.cmdb.Restore(empty); err != nil {
			t.Fatal(err)
		}
		w.wire.kill(n, how)
		_, err := w.flow.Run(t.Context())
		w.wire.heal()
		if err == nil && n < requests {
			t.Errorf("request %d of %d was cut off and nobody noticed", n, requests)
		}
		w.run(t)
		if got := w.export(); got != want {
			t.Fatalf("cut off at request %d of %d: the CMDB differs\n%s", n, requests, difference(want, got))
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("cut off at request %d: a further pass would write %+v", n, p.Total())
		}
	}
}

func difference(want, got string) string { return fmt.Sprintf("want:\n%s\ngot:\n%s", want, got) }
