package assets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// deletedDevices imports the small estate and deletes some of its devices in NetBox.
func deletedDevices(t *testing.T, deleted assets.Deleted, ids ...int64) *world {
	t.Helper()
	w := smallWorld(t)
	w.run(t)
	w.flow.Deleted = deleted
	for _, id := range ids {
		if err := w.netbox.Delete("dcim/devices", id); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestBulkDeletes(t *testing.T) {
	t.Run("001-29 reported by default", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedDefault, 1)
		p := w.plan(t)
		if op, _ := p.Operation("device:1"); !p.Empty() || op.Kind != reconcile.Skip || op.Code != assets.CodeGone {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("001-29 retired by option, once", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedRetired, 1, 2)
		if total := w.run(t).Total(); total.Retired != 2 || total.Written() != 2 {
			t.Errorf("got %+v", total)
		}
		retired := 0
		for _, row := range w.cmdb.Rows("cmdb_ci_hardware") {
			if row["install_status"] == "7" && row["operational_status"] == "6" {
				retired++
			}
		}
		if p := w.plan(t); retired != 2 || !p.Empty() {
			t.Errorf("%d CIs are retired; then %+v", retired, p.Total())
		}
	})
	t.Run("001-29 deleted by option, with the link rows", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedRemoved, 1)
		cis, links := w.cmdb.Count("cmdb_ci_hardware"), len(w.linked("device"))
		if total := w.run(t).Total(); total.Deleted != 1 {
			t.Errorf("got %+v", total)
		}
		if w.cmdb.Count("cmdb_ci_hardware") != cis-1 || len(w.linked("device")) != links-1 {
			t.Error("the CI or its link row is still there")
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %+v", p.Total())
		}
	})
	t.Run("decision 6 a record that another object is linked to as well is left as it is", func(t *testing.T) {
		for _, deleted := range []assets.Deleted{assets.DeletedRetired, assets.DeletedRemoved} {
			w := deletedDevices(t, deleted)
			l := w.subject(t, "device")
			w.linkTo(t, l.record, l.table, "device", "2")
			w.delete(t, "dcim/devices", l.id)
			before := w.export()
			op, _ := w.plan(t).Operation("device:1")
			wantOp(t, op, reconcile.Blocked, assets.CodeAmbiguous)
			w.run(t)
			if got := w.export(); got != before {
				t.Error(difference(before, got))
			}
			r, _ := w.realtime(t)
			body := eventOf(t, "deleted", "dcim.device", "somebody", "", []byte(`{"id":1,"name":"basel-router"}`))
			if got := deliver(t, r, body); got.Outcome != assets.RealtimeBlocked || got.Code != assets.CodeAmbiguous || w.export() != before {
				t.Errorf("got %+v", got)
			}
		}
	})
	t.Run("an object that lost its tag is not gone", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedRetired)
		w.change(t, "dcim/devices", "basel-router", map[string]any{"tags": []any{}})
		if op, _ := w.plan(t).Operation("device:1"); op.Kind != reconcile.Skip || op.Code != assets.CodeOutOfScope {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("a NetBox that shows no device at all retires none", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.flow.Deleted = assets.DeletedRetired
		for _, id := range w.netbox.IDs("dcim/devices") {
			if err := w.netbox.Delete("dcim/devices", id); err != nil {
				t.Fatal(err)
			}
		}
		op, _ := w.plan(t).Operation("device:1")
		if op.Kind != reconcile.Blocked || op.Code != reconcile.CodeIncomplete || !strings.Contains(op.Reason, "not taken for the deletion of all") {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("a guard stops the run as a whole", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedRetired, 1, 2)
		w.flow.Guard = reconcile.Guard{Least: 1, Share: -1}
		before := w.export()
		if _, err := w.flow.Run(t.Context()); !errors.Is(err, reconcile.ErrGuard) || w.export() != before {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a plan that was not approved", func(t *testing.T) {
		w := deletedDevices(t, assets.DeletedRetired, 1)
		p := w.plan(t)
		w.flow.Approved = "sha256:another"
		if _, err := w.flow.Apply(t.Context(), p); !errors.Is(err, reconcile.ErrOtherPlan) {
			t.Errorf("got %v", err)
		}
		w.flow.Approved = p.Digest
		if s, err := w.flow.Apply(t.Context(), p); err != nil || s.Total().Retired != 1 {
			t.Errorf("got %+v, %v", s, err)
		}
	})
}

// The process dies at any request of a run that retires and deletes.
func TestDeletesKilledAtAnyRequest(t *testing.T) {
	for _, deleted := range []assets.Deleted{assets.DeletedRetired, assets.DeletedRemoved} {
		w := deletedDevices(t, deleted, 1, 2)
		before := w.cmdb.Snapshot()
		w.wire.heal()
		w.run(t)
		want, requests := w.export(), w.wire.sent
		for n := 1; n <= requests; n++ {
			if err := w.cmdb.Restore(before); err != nil {
				t.Fatal(err)
			}
			w.wire.kill(n, after)
			_, _ = w.flow.Run(t.Context())
			w.wire.heal()
			w.run(t)
			if got := w.export(); got != want {
				t.Fatalf("cut off at request %d of %d: the CMDB differs\n%s", n, requests, difference(want, got))
			}
		}
	}
}
