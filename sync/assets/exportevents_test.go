package assets_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// outgoing is the flow for single records.
func (o *outWorld) outgoing() *assets.RealtimeExport {
	return &assets.RealtimeExport{Export: o.flow, Now: still{}.Now, Actors: []string{"integration"}}
}

func (o *outWorld) tell(t testing.TB, r *assets.RealtimeExport, kind assets.RecordEventKind, table, id, actor string) assets.RecordResult {
	t.Helper()
	result, err := r.Handle(t.Context(), assets.RecordEvent{Kind: kind, Table: table, ID: id, Actor: actor})
	if err != nil {
		t.Fatalf("%v; %+v", err, result)
	}
	return result
}

func TestRealtimeExport(t *testing.T) {
	w := newOutWorld(t)
	w.both(t)
	e := w.fill(t)
	r := w.outgoing()
	const table = "cmdb_ci_ip_switch"
	update := func(values servicenowtest.Row) {
		t.Helper()
		if err := w.cmdb.Update(table, e.device, values); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("001-33 a record that is not linked is created, whatever the event, with what it needs", func(t *testing.T) {
		got := w.tell(t, r, assets.RecordUpdated, table, e.device, "ann")
		if got.Outcome != assets.RealtimeWritten || got.Object.ID != w.linked(t, e.device) || got.Object.ID == 0 {
			t.Fatalf("got %+v", got)
		}
		if w.linked(t, e.region) == 0 || w.linked(t, e.room) == 0 || w.linked(t, e.department) != 0 {
			t.Error("all that it needs goes along, and nothing else")
		}
	})
	t.Run("001-39 twice is once", func(t *testing.T) {
		w.wire.heal()
		got := w.tell(t, r, assets.RecordCreated, table, e.device, "ann")
		if got.Outcome != assets.RealtimeUnchanged || got.Summary.Total().Written() != 0 {
			t.Errorf("got %+v", got)
		}
		t.Logf("%d requests", w.wire.sent)
		if w.wire.sent > 20 {
			t.Errorf("%d requests for a single record", w.wire.sent)
		}
	})
	t.Run("001-33 an update patches what differs", func(t *testing.T) {
		update(servicenowtest.Row{"serial_number": "S9"})
		if got := w.tell(t, r, assets.RecordUpdated, table, e.device, "ann"); got.Outcome != assets.RealtimeWritten {
			t.Errorf("got %+v", got)
		}
		if x, _ := w.netbox.Object("dcim/devices", w.linked(t, e.device)); x["serial"] != "S9" {
			t.Errorf("got %v", x["serial"])
		}
	})
	t.Run("001-39 what we wrote ourselves does not go back", func(t *testing.T) {
		r := w.outgoing()
		r.Written = &assets.Written{Now: still{}.Now}
		update(servicenowtest.Row{"serial_number": "S10"})
		if got := w.tell(t, r, assets.RecordUpdated, table, e.device, "integration"); got.Outcome != assets.RealtimeEcho {
			t.Errorf("got %+v", got)
		}
		r.Written.Note(e.device, map[string]string{"serial_number": "S10"})
		if got := w.tell(t, r, assets.RecordUpdated, table, e.device, "integration"); got.Outcome != assets.RealtimeEcho {
			t.Errorf("got %+v", got)
		}
		// Somebody uses the account for a change of their own.
		update(servicenowtest.Row{"serial_number": "S11"})
		if got := w.tell(t, r, assets.RecordUpdated, table, e.device, "integration"); got.Outcome != assets.RealtimeWritten {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-33 a record without a flag is left alone", func(t *testing.T) {
		id, err := w.cmdb.Insert("cmdb_ci_server", servicenowtest.Row{"name": "x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []assets.RecordResult{
			w.tell(t, r, assets.RecordCreated, "cmdb_ci_server", id, "ann"),
			w.tell(t, r, assets.RecordCreated, "incident", id, "ann"),
			w.tell(t, r, assets.RecordUpdated, table, strings.Repeat("ef", 16), "ann"),
		} {
			if got.Outcome != assets.RealtimeIgnored {
				t.Errorf("got %+v", got)
			}
		}
	})
	t.Run("001-44 a record that is not ready is told, under the name of its validation", func(t *testing.T) {
		id := w.insert(t, "cmdb_ci_server", servicenowtest.Row{"name": "y", "model_id": e.model})
		var log lockedBuffer
		r := w.outgoing()
		r.Logger = slog.New(slog.NewTextHandler(&log, nil))
		if got := w.tell(t, r, assets.RecordCreated, "cmdb_ci_server", id, "ann"); got.Outcome != assets.RealtimeInvalid || got.Code != assets.CodeNotReady {
			t.Errorf("got %+v", got)
		}
		if got := log.String(); !strings.Contains(got, "component=NetBoxDeviceSN") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("001-33 a deleted record takes its object along, and a second event finds nothing", func(t *testing.T) {
		device := w.linked(t, e.device)
		if got := w.tell(t, r, assets.RecordDeleted, table, e.device, "ann"); got.Outcome != assets.RealtimeRepeated {
			t.Errorf("the record is still there: got %+v", got)
		}
		if err := w.cmdb.Delete(table, e.device); err != nil {
			t.Fatal(err)
		}
		r.Deletes = assets.DeleteNothing
		if got := w.tell(t, r, assets.RecordDeleted, table, e.device, "ann"); got.Outcome != assets.RealtimeIgnored {
			t.Errorf("got %+v", got)
		}
		r.Deletes = assets.DeleteExported
		if got := w.tell(t, r, assets.RecordDeleted, table, e.device, "ann"); got.Outcome != assets.RealtimeWritten {
			t.Errorf("got %+v", got)
		}
		if _, there := w.netbox.Object("dcim/devices", device); there {
			t.Error("the device is still there")
		}
		if got := w.tell(t, r, assets.RecordDeleted, table, e.device, "ann"); got.Outcome != assets.RealtimeUnchanged {
			t.Errorf("got %+v", got)
		}
	})
}

// 001-33: an object that is gone already is as wanted, and one without the tag is
// somebody else's.
func TestRealtimeExportDeletes(t *testing.T) {
	const table = "cmdb_ci_ip_switch"
	for name, c := range map[string]struct {
		change func(w *outWorld, t *testing.T, id int64)
		policy assets.DeletePolicy
		want   assets.RealtimeOutcome
		there  bool
	}{
		"gone already": {func(w *outWorld, t *testing.T, id int64) {
			if err := w.netbox.Delete("dcim/devices", id); err != nil {
				t.Fatal(err)
			}
		}, assets.DeleteExported, assets.RealtimeWritten, false},
		"without the tag": {func(w *outWorld, t *testing.T, id int64) {
			if err := w.netbox.Update("dcim/devices", id, map[string]any{"tags": []any{}}); err != nil {
				t.Fatal(err)
			}
		}, assets.DeleteExported, assets.RealtimeIgnored, true},
		"every linked one": {func(w *outWorld, t *testing.T, id int64) {
			if err := w.netbox.Update("dcim/devices", id, map[string]any{"tags": []any{}}); err != nil {
				t.Fatal(err)
			}
		}, assets.DeleteLinked, assets.RealtimeWritten, false},
		"linked twice": {func(w *outWorld, t *testing.T, id int64) { w.link(t, id, strings.Repeat("cd", 16)) }, assets.DeleteExported, assets.RealtimeBlocked, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newOutWorld(t)
			e := w.fill(t)
			w.run(t)
			id := w.linked(t, e.device)
			c.change(w, t, id)
			if err := w.cmdb.Delete(table, e.device); err != nil {
				t.Fatal(err)
			}
			r := w.outgoing()
			r.Deletes = c.policy
			got := w.tell(t, r, assets.RecordDeleted, table, e.device, "ann")
			if _, there := w.netbox.Object("dcim/devices", id); got.Outcome != c.want || there != c.there {
				t.Errorf("the device is there: %v; got %+v", there, got)
			}
		})
	}
}

// 001-33: an object that has gone is made again where that is wanted.
func TestRealtimeExportMissing(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	w.run(t)
	if err := w.netbox.Delete("dcim/devices", w.linked(t, e.device)); err != nil {
		t.Fatal(err)
	}
	r := w.outgoing()
	if got := w.tell(t, r, assets.RecordUpdated, "cmdb_ci_ip_switch", e.device, ""); got.Outcome != assets.RealtimeInvalid || got.Code != assets.CodeGone {
		t.Errorf("got %+v", got)
	}
	r = w.outgoing()
	r.Export.Missing = assets.RecreateMissing
	if got := w.tell(t, r, assets.RecordUpdated, "cmdb_ci_ip_switch", e.device, ""); got.Outcome != assets.RealtimeWritten || got.Object.ID != w.netbox.IDs("dcim/devices")[0] {
		t.Errorf("got %+v", got)
	}
}

// Events about devices of one new site come at once: nothing is made twice.
func TestRealtimeExportAtOnce(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	var ids []string
	for i := range 8 {
		ids = append(ids, w.insert(t, "cmdb_ci_server", servicenowtest.Row{"name": "srv-" + itoa(int64(i)), "model_id": e.model, "location": e.room}))
	}
	r := w.outgoing()
	var group sync.WaitGroup
	for _, id := range append(ids, ids...) {
		group.Go(func() {
			for range 5 {
				if _, err := r.Handle(context.WithoutCancel(t.Context()), assets.RecordEvent{Kind: assets.RecordCreated, Table: "cmdb_ci_server", ID: id}); err == nil {
					return
				}
			}
			t.Errorf("%s was never handled", id)
		})
	}
	group.Wait()
	if n := w.netbox.Count("dcim/devices"); n != len(ids) || w.netbox.Count("dcim/sites") != 1 || w.netbox.Count("dcim/device-types") != 1 {
		t.Errorf("%d devices, %d sites", n, w.netbox.Count("dcim/sites"))
	}
}

func TestRealtimeExportRefuses(t *testing.T) {
	w := newOutWorld(t)
	for want, e := range map[string]assets.RecordEvent{
		"no sys_id": {Kind: assets.RecordCreated, Table: "cmdb_ci_server", ID: "1"},
		"Kind":      {Kind: "moved", Table: "cmdb_ci_server", ID: strings.Repeat("ab", 16)},
	} {
		w.wire.heal()
		if _, err := w.outgoing().Handle(t.Context(), e); err == nil || !strings.Contains(err.Error(), want) || w.wire.sent > 0 {
			t.Errorf("got %v after %d requests", err, w.wire.sent)
		}
	}
	r := w.outgoing()
	r.Deletes = 9
	if _, err := r.Handle(t.Context(), assets.RecordEvent{Kind: assets.RecordCreated, Table: "cmdb_ci_server", ID: strings.Repeat("ab", 16)}); err == nil {
		t.Error("an unknown policy was taken")
	}
}

// A link row that has outlived its record does not keep its object for ever.
func TestExportPassesOverTheDead(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	w.run(t)
	id := w.linked(t, e.device)
	row, _ := w.cmdb.Row("cmdb_ci_ip_switch", e.device)
	if err := w.cmdb.Delete("cmdb_ci_ip_switch", e.device); err != nil {
		t.Fatal(err)
	}
	again := w.insert(t, "cmdb_ci_ip_switch", servicenowtest.Row{
		"name": row["name"], "serial_number": row["serial_number"], "model_id": row["model_id"], "location": row["location"],
	})
	w.run(t)
	if w.linked(t, again) != id || w.netbox.Count("dcim/devices") != 1 {
		t.Errorf("linked to %d, want %d; %d devices", w.linked(t, again), id, w.netbox.Count("dcim/devices"))
	}
	w.flow.Linked = true
	if p := w.plan(t); !p.Empty() || p.Total().Blocked > 0 {
		t.Errorf("got %+v", p.Operations)
	}
	// One that is hidden may be there.
	w = newOutWorld(t)
	e = w.fill(t)
	w.run(t)
	if err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "cmdb_ci", Allow: func(_ servicenowtest.Operation, get func(string) string) bool { return get("sys_id") != e.device }}); err != nil {
		t.Fatal(err)
	}
	again = w.insert(t, "cmdb_ci_ip_switch", servicenowtest.Row{"name": "sw-1", "model_id": row["model_id"], "location": e.room})
	if err := w.cmdb.Update("cmdb_ci_ip_switch", again, servicenowtest.Row{"model_id": e.model}); err != nil {
		t.Fatal(err)
	}
	p := w.plan(t)
	if op, _ := operation(p, again); op.Code != assets.CodeLinkedElsewhere {
		t.Errorf("got %+v", op)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
