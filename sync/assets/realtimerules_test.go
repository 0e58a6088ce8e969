package assets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// asked counts the requests that NetBox has answered below a path.
func (w *world) asked(path string) (n int) {
	for _, call := range w.netbox.Journal() {
		if strings.HasPrefix(call.Path, "/api/"+path) {
			n++
		}
	}
	return n
}

// told is the event of an update that the test makes.
func (w *world) told(t *testing.T, kind, objectType, name string, fields map[string]any) []byte {
	t.Helper()
	return w.event(t, "updated", objectType, w.change(t, kind, name, fields))
}

func TestRealtimeClass(t *testing.T) {
	for _, c := range []struct{ name, device, class, code string }{
		{"001-08 without a class, whatever the role", "basel-switch-2", "", assets.CodeClassMissing},
		{"001-08 with a class that is not registered", "basel-router", "cmdb_ci_ip_router", assets.CodeClassUnregistered},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := smallWorld(t)
			if c.class != "" { // registered in NetBox, not here
				classes, err := cmdb.NewClasses(cmdb.Class{Table: "cmdb_ci_server", Label: "Server"})
				if err != nil {
					t.Fatal(err)
				}
				w.flow.Classifier = &cmdb.Classifier{Classes: classes}
			}
			r, _ := w.realtime(t)
			body := w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", c.device))
			w.netbox.ResetJournal()
			got := deliver(t, r, body)
			if got.Outcome != assets.RealtimeInvalid || got.Code != c.code || got.Plan != nil {
				t.Errorf("got %+v", got)
			}
			if n := w.netbox.Requests(); n != 1 || len(got.Fetched) > 0 {
				t.Errorf("NetBox was asked %d times, want once, for the device: its dependencies do not matter", n)
			}
			if rows := w.cmdb.Rows(cmdb.AttributesTable); len(rows) > 0 {
				t.Errorf("something was written: %v", rows)
			}
		})
	}
}

func TestRealtimeTags(t *testing.T) {
	w := smallWorld(t)
	r, clock := w.realtime(t)
	w.change(t, "dcim/regions", "Europe", map[string]any{"tags": []any{}})
	device := w.one(t, "dcim/devices", "name", "basel-router")
	body := w.event(t, "created", "dcim.device", device)
	t.Run("001-30 everything that it needs must be tagged, all the way", func(t *testing.T) {
		got := deliver(t, r, body)
		if got.Outcome != assets.RealtimeInvalid || got.Code != string(cmdb.DependencyNotTagged) || !strings.Contains(got.Reason, `region:1 "Europe", which does not carry the tag`) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-27 an object that is not valid announces nothing", func(t *testing.T) {
		w.change(t, "dcim/regions", "Europe", map[string]any{"tags": []any{map[string]any{"slug": cmdb.SyncTagSlug}}})
		clock.now = clock.now.Add(time.Second)
		w.netbox.ResetJournal()
		got := deliver(t, r, body)
		if got.Outcome != assets.RealtimeWritten || w.asked("dcim/sites") != 1 {
			t.Errorf("got %+v; sites were asked for %d times", got, w.asked("dcim/sites"))
		}
	})
	t.Run("an object without the tag", func(t *testing.T) {
		before := w.export()
		got := deliver(t, r, w.told(t, "dcim/devices", "dcim.device", "basel-router", map[string]any{"tags": []any{}, "serial": "S-9999"}))
		if got.Outcome != assets.RealtimeInvalid || got.Code != string(cmdb.NotTagged) || w.export() != before {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRealtimeWindow(t *testing.T) {
	start := func(t *testing.T) (*world, *assets.Realtime, *clock, []byte) {
		w := smallWorld(t)
		r, clock := w.realtime(t)
		router := w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "basel-router"))
		other := w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "basel-switch-1"))
		w.netbox.ResetJournal()
		if got := deliver(t, r, router); len(got.Fetched) < 5 {
			t.Fatalf("got %+v", got)
		}
		return w, r, clock, other
	}
	// lose removes the record of the site from the CMDB, and its link row if asked.
	lose := func(t *testing.T, w *world, row bool) cmdb.Object {
		t.Helper()
		id := w.one(t, "dcim/sites", "name", "Basel")
		for _, r := range w.cmdb.Rows(cmdb.AttributesTable) {
			if r[cmdb.ColumnClass] != "site" || r[cmdb.ColumnID] != fmt.Sprint(id) {
				continue
			}
			if err := w.cmdb.Delete("cmn_location", r[cmdb.ColumnRecordID]); err != nil {
				t.Fatal(err)
			}
			if row {
				if err := w.cmdb.Delete(cmdb.AttributesTable, r["sys_id"]); err != nil {
					t.Fatal(err)
				}
			}
		}
		return cmdb.Object{Type: cmdb.TypeSite, ID: id}
	}
	again := func(r *assets.Realtime, body []byte, t *testing.T) (assets.RealtimeResult, error) {
		return r.HandleEvent(t.Context(), body)
	}
	t.Run("001-28 what the CMDB has is not fetched, what it lacks in one request a type", func(t *testing.T) {
		w, r, _, other := start(t)
		for _, path := range []string{"dcim/sites", "dcim/device-types", "dcim/manufacturers", "tenancy/tenants"} {
			if n := w.asked(path); n != 1 {
				t.Errorf("%s was asked %d times", path, n)
			}
		}
		w.netbox.ResetJournal()
		got := deliver(t, r, other) // another model of the same maker, in the same place
		if !slices.Equal(got.Fetched, []cmdb.Object{{Type: cmdb.TypeDeviceType, ID: 2}}) || w.netbox.Requests() != 2 {
			t.Errorf("fetched %v by %d requests", got.Fetched, w.netbox.Requests())
		}
	})
	for _, c := range []struct {
		name string
		age  time.Duration
		row  bool
		hit  bool
	}{
		{"001-25 4:59 after it was cached", 4*time.Minute + 59*time.Second, true, true},
		{"001-25 5:00 after it was cached", 5 * time.Minute, true, true},
		{"001-25 5:01 after it was cached", 5*time.Minute + time.Second, true, false},
		{"001-25 a link row whose record is gone is no hit", 6 * time.Minute, false, false},
		{"001-26 cached and then deleted: not before the window has passed", time.Second, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, r, clock, other := start(t)
			site := lose(t, w, c.row)
			clock.now = clock.now.Add(c.age)
			got, err := again(r, other, t)
			if c.hit {
				if failure, ok := errors.AsType[*assets.EventFailure](err); !ok || !failure.Retryable || !errors.Is(err, assets.ErrOnItsWay) || slices.Contains(got.Fetched, site) {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Outcome != assets.RealtimeWritten || !slices.Contains(got.Fetched, site) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	t.Run("001-25 site 1 is neither site 12 nor device 1", func(t *testing.T) {
		w, r, _, _ := start(t)
		id := w.one(t, "dcim/sites", "name", "Zurich")
		body := w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "zurich-server"))
		if got := deliver(t, r, body); !slices.Contains(got.Fetched, cmdb.Object{Type: cmdb.TypeSite, ID: id}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-26 option: a deletion cancels what was cached before", func(t *testing.T) {
		w, r, clock, other := start(t)
		r.Window.InvalidateOnDelete = true
		gone := w.event(t, "deleted", "dcim.site", w.one(t, "dcim/sites", "name", "Basel"))
		clock.now = clock.now.Add(time.Second)
		deliver(t, r, gone)
		site := lose(t, w, true)
		if got, err := again(r, other, t); err != nil || !slices.Contains(got.Fetched, site) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("001-24 what is cached leads to no work of its own", func(t *testing.T) {
		handled := 0
		w := smallWorld(t)
		r, _ := w.realtime(t)
		r.Audit = func(_ context.Context, got assets.RealtimeResult) error {
			handled++
			if got.State == cmdb.NoticeCached {
				t.Errorf("got %+v", got)
			}
			return nil
		}
		if got := deliver(t, r, w.event(t, "created", "dcim.device", 1)); len(got.Fetched) == 0 || handled != 1 {
			t.Errorf("%d events were handled: %+v", handled, got)
		}
	})
}

func TestRealtimeEcho(t *testing.T) {
	w := smallWorld(t)
	r, _ := w.realtime(t)
	r.Actors, r.Echoes = []string{"servicenow_integration"}, &assets.Echoes{}
	device, err := w.flow.NetBox.DCIM.Devices.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var data json.RawMessage
	if err := w.flow.NetBox.Do(t.Context(), http.MethodGet, "/api/dcim/devices/1/", nil, nil, &data); err != nil {
		t.Fatal(err)
	}
	says := func(user, request string, data json.RawMessage) []byte {
		return eventOf(t, "updated", "dcim.device", user, request, data)
	}
	edited := json.RawMessage(bytes.Replace(data, []byte(`"S-0001"`), []byte(`"S-0042"`), 1))
	for _, c := range []struct {
		name string
		body []byte
		when func()
		want assets.RealtimeOutcome
	}{
		{"001-39 an actor of our own", says("servicenow_integration", "", data), func() {}, assets.RealtimeEcho},
		{"001-39 a request of our own, whoever made it", says("somebody", "r-1", data), func() { r.Echoes.Request("r-1") }, assets.RealtimeEcho},
		{"001-39 what we wrote last, whoever says it", says("somebody", "r-2", data), func() {
			if err := r.Echoes.Wrote(device); err != nil {
				t.Fatal(err)
			}
		}, assets.RealtimeEcho},
		{"001-39 an edit of somebody with our account", says("servicenow_integration", "r-3", edited), func() {}, assets.RealtimeWritten},
		{"001-39 an edit of somebody else", says("somebody", "r-4", edited), func() {}, assets.RealtimeRepeated},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.when()
			w.wire.heal()
			got := deliver(t, r, c.body)
			if got.Outcome != c.want || c.want == assets.RealtimeEcho && w.wire.sent > 0 {
				t.Errorf("got %+v after %d requests", got, w.wire.sent)
			}
		})
	}
	if err := r.Echoes.Wrote("a text"); err == nil || !strings.Contains(err.Error(), "give one such as netbox.Device") {
		t.Errorf("got %v", err)
	}
}

// Events in any order lead to the last state, in one process and in two.
func TestRealtimeOrder(t *testing.T) {
	for _, processes := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d processes", processes), func(t *testing.T) {
			w := smallWorld(t)
			var flows []*assets.Realtime
			for range processes {
				r, _ := w.realtime(t)
				flows = append(flows, r)
			}
			var events [][]byte
			for _, serial := range []string{"S-1", "S-2", "S-3"} {
				events = append(events, w.told(t, "dcim/devices", "dcim.device", "basel-router", map[string]any{"serial": serial}))
			}
			want := ""
			for n, at := range []int{1, 2, 0, 1, 2, 0} {
				got := deliver(t, flows[n%processes], events[at])
				if want == "" {
					want = w.export()
					if row, _ := w.cmdb.Row("cmdb_ci", got.Target); row["serial_number"] != "S-3" {
						t.Errorf("got %v", row)
					}
				} else if w.export() != want {
					t.Fatalf("event %d changed something: %+v", at, got)
				}
			}
		})
	}
}

// Whatever request the process dies at, the event that is delivered again makes the
// CMDB what an undisturbed one makes of it.
func TestRealtimeKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]cut{"before the server acts": before, "after it acted": after} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			oneUnderRace(t, how)
			synctest.Test(t, func(t *testing.T) {
				w := smallWorld(t)
				empty := w.cmdb.Snapshot()
				bodies := [][]byte{
					w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "basel-router")),
					w.event(t, "updated", "dcim.site", w.one(t, "dcim/sites", "name", "Zurich")),
				}
				life := func(n int, how cut) (err error) {
					r, _ := w.realtime(t)
					w.wire.kill(n, how)
					defer w.wire.heal()
					for _, body := range bodies {
						_, one := r.HandleEvent(t.Context(), body)
						err = errors.Join(err, one)
					}
					return err
				}
				if err := life(0, how); err != nil {
					t.Fatal(err)
				}
				want := w.export()
				for n := 1; ; n++ {
					if err := w.cmdb.Restore(empty); err != nil {
						t.Fatal(err)
					}
					died := life(n, how)
					if err := life(0, how); err != nil {
						t.Fatalf("killed at request %d: then %v", n, err)
					}
					if got := w.export(); got != want {
						t.Fatalf("killed at request %d: the CMDB differs\n%s", n, difference(want, got))
					}
					if died == nil {
						if n < 15 {
							t.Errorf("only %d requests", n)
						}
						return
					}
				}
			})
		})
	}
}

// Many events at once, about objects that need one another.
func TestRealtimeAtOnce(t *testing.T) {
	bulk, w := smallWorld(t), smallWorld(t)
	bulk.classed(t)
	w.classed(t)
	bulk.run(t)
	r, _ := w.realtime(t)
	var bodies [][]byte
	for typ, path := range netboxTypes {
		for _, id := range w.netbox.IDs(path) {
			bodies = append(bodies, w.event(t, "created", typ, id))
		}
	}
	for round := 0; len(bodies) > 0 && round < 20; round++ {
		var mu sync.Mutex
		var failed [][]byte
		var group sync.WaitGroup
		for _, body := range bodies {
			group.Go(func() {
				_, err := r.HandleEvent(t.Context(), body)
				if failure, ok := errors.AsType[*assets.EventFailure](err); ok && failure.Retryable {
					mu.Lock()
					defer mu.Unlock()
					failed = append(failed, failure.Body)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		bodies = failed
	}
	if len(bodies) > 0 {
		t.Fatalf("%d events never got through", len(bodies))
	}
	if want, got := bulk.export(), w.export(); got != want {
		t.Error(difference(want, got))
	}
}

func TestRealtimeFailures(t *testing.T) {
	w := smallWorld(t)
	r, _ := w.realtime(t)
	body := w.event(t, "created", "dcim.device", 1)
	w.wire.kill(1, before)
	_, err := r.HandleEvent(t.Context(), body)
	failure, ok := errors.AsType[*assets.EventFailure](err)
	if !ok || !failure.Retryable || failure.ResourceID != "device:1" || !bytes.Equal(failure.Body, body) {
		t.Fatalf("got %v", err)
	}
	w.wire.heal()
	t.Run("000-11 an audit that fails is told beside the write", func(t *testing.T) {
		r.Audit = func(context.Context, assets.RealtimeResult) error { return errors.New("no disk") }
		got, err := r.HandleEvent(t.Context(), body)
		if got.Outcome != assets.RealtimeWritten || err == nil || !strings.Contains(err.Error(), "it was written, but not audited: no disk") {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestRealtimeIgnores(t *testing.T) {
	w := smallWorld(t)
	w.flow.Types = []cmdb.ObjectType{cmdb.TypeManufacturer}
	r, _ := w.realtime(t)
	for name, body := range map[string][]byte{
		"a type that is switched off":     w.event(t, "created", "dcim.device", 1),
		"a type that nobody imports":      eventOf(t, "created", "ipam.prefix", "somebody", "", json.RawMessage(`{"id": 1}`)),
		"001-23 a kind that is not known": eventOf(t, "job_ended", "dcim.manufacturer", "somebody", "", json.RawMessage(`{"id": 1}`)),
	} {
		w.wire.heal()
		if got := deliver(t, r, body); got.Outcome != assets.RealtimeIgnored || got.Reason == "" || w.wire.sent > 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	t.Run("001-29 the deletion of what was never imported", func(t *testing.T) {
		got := deliver(t, r, w.event(t, "deleted", "dcim.manufacturer", 1))
		if got.Outcome != assets.RealtimeUnchanged || got.Code != assets.CodeGone || !strings.Contains(got.Reason, "no record is linked to it") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestRealtimeDeletes(t *testing.T) {
	for _, c := range []struct {
		name    string
		deleted assets.Deleted
		want    reconcile.Line
	}{
		{"001-29 retired by default", assets.DeletedDefault, reconcile.Line{Retired: 1}},
		{"001-29 deleted by option", assets.DeletedRemoved, reconcile.Line{Deleted: 1}},
		{"001-29 reported by option", assets.DeletedReported, reconcile.Line{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := smallWorld(t)
			w.flow.Deleted = c.deleted
			r, _ := w.realtime(t)
			made := deliver(t, r, w.event(t, "created", "dcim.device", 1))
			gone := w.event(t, "deleted", "dcim.device", 1)
			w.netbox.ResetJournal()
			got := deliver(t, r, gone)
			total := got.Summary.Total()
			if total.Retired != c.want.Retired || total.Deleted != c.want.Deleted {
				t.Errorf("got %+v", got)
			}
			if w.netbox.Requests() > 0 {
				t.Error("NetBox was asked for an object that is gone")
			}
			_, there := w.cmdb.Row("cmdb_ci", made.Target)
			if there == (c.deleted == assets.DeletedRemoved) {
				t.Errorf("the CI is there: %v", there)
			}
		})
	}
}

func TestRealtimeLog(t *testing.T) {
	w := smallWorld(t)
	r, _ := w.realtime(t)
	var log strings.Builder
	r.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	deliver(t, r, w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "basel-router")))
	deliver(t, r, w.event(t, "created", "dcim.device", w.one(t, "dcim/devices", "name", "basel-switch-2")))
	r.Actors = []string{"somebody"}
	deliver(t, r, w.event(t, "updated", "dcim.device", 1))
	t.Run("001-44 every line names its component", func(t *testing.T) {
		for _, want := range []string{
			`component="NetBox Notification API"`, `msg="Notification received"`, `msg="Ignoring notification"`,
			`component="NetBox Notification Queue Processing"`, `msg="evaluated as not valid and cannot be imported"`,
			`component=NetBoxDependencyManager`, `component=NetBoxBaseNB`, `msg=_inSnOrQueued`, `component=NetBoxSetup.rest`,
			`component=NetBoxDeviceNB`, `msg="Not validating Device dependencies"`,
		} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("%s is missing in\n%s", want, log.String())
			}
		}
		for line := range strings.Lines(log.String()) {
			if !strings.Contains(line, "component=") {
				t.Error(line)
			}
		}
	})
}

// The clients' configuration is checked before anything is sent.
func TestRealtimeBadImport(t *testing.T) {
	verifier, err := webhook.NetBox(hookSecret).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	r := &assets.Realtime{Import: assets.Import{NetBox: new(netbox.Client)}, Verifier: verifier}
	if _, err := r.HandleEvent(t.Context(), []byte("{}")); err == nil || !strings.Contains(err.Error(), "assets: Import.CMDB is nil") {
		t.Errorf("got %v", err)
	}
}
