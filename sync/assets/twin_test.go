package assets_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A second CI with the serial number of a linked one is told about wherever people look:
// in the plan, in its page, and in the summary of the run. It is not written.
func TestTwins(t *testing.T) {
	w := smallWorld(t)
	w.run(t)
	twin := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "found by a discovery", "serial_number": "S-0001"})
	before := w.export()
	p := w.plan(t)
	op, ok := p.Operation("device:1/twin/" + twin)
	t.Run("decision 6 the twin of a link that stands is in the plan", func(t *testing.T) {
		wantOp(t, op, reconcile.Skip, assets.CodeTwin)
		linked := w.subject(t, "device").record
		if !ok || op.Target != twin || op.Class != "cmdb_ci_ip_router" || !strings.Contains(op.Reason, linked+" is linked") || !strings.Contains(op.Reason, "also finds "+twin) {
			t.Errorf("got %+v", op)
		}
		var page bytes.Buffer
		if err := p.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "also finds "+twin) {
			t.Errorf("it is not on the page: %v", err)
		}
	})
	t.Run("decision 6 it is in the summary, and counts as no drift", func(t *testing.T) {
		s := w.run(t)
		if s.Total().Written() > 0 || w.export() != before {
			t.Errorf("got %+v", s.Total())
		}
		var text strings.Builder
		if err := s.WriteText(&text); err != nil || !strings.Contains(text.String(), "1 skipped (twin): ") {
			t.Errorf("got %s, %v", text.String(), err)
		}
		if d := assets.Drift(p); d.Drifted > 0 {
			t.Errorf("got %+v", d)
		}
	})
	t.Run("decision 6 a changed device is written, and its twin told about", func(t *testing.T) {
		w.change(t, "dcim/devices", "basel-router", map[string]any{"description": "moved"})
		p := w.plan(t)
		if op, _ := p.Operation("device:1"); op.Kind != reconcile.Update {
			t.Errorf("got %+v", op)
		}
		if c := p.Total(); c.Update != 1 || c.Skip != 1 {
			t.Errorf("got %+v", c)
		}
	})
}
