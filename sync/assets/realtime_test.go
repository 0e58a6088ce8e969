package assets_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

const hookSecret = "a shared secret"

// clock is a clock that the test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// realtime is the world's flow for single events.
func (w *world) realtime(t testing.TB) (*assets.Realtime, *clock) {
	t.Helper()
	c := &clock{still{}.Now()}
	verifier, err := webhook.NetBox(hookSecret).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	return &assets.Realtime{Import: w.flow, Verifier: verifier, Now: c.Now}, c
}

// netboxTypes are the paths of what events are about.
var netboxTypes = map[string]string{
	"dcim.device": "dcim/devices", "dcim.site": "dcim/sites", "dcim.region": "dcim/regions", "dcim.location": "dcim/locations",
	"dcim.manufacturer": "dcim/manufacturers", "dcim.devicetype": "dcim/device-types", "tenancy.tenant": "tenancy/tenants",
}

// event is the body that NetBox 4.7 sends about an object as it is now.
func (w *world) event(t testing.TB, kind, objectType string, id int64) []byte {
	t.Helper()
	var data json.RawMessage
	if err := w.flow.NetBox.Do(t.Context(), http.MethodGet, "/api/"+netboxTypes[objectType]+"/"+jsonText(t, id)+"/", nil, nil, &data); err != nil {
		t.Fatal(err)
	}
	return eventOf(t, kind, objectType, "somebody", "", data)
}

func eventOf(t testing.TB, kind, objectType, user, request string, data json.RawMessage) []byte {
	t.Helper()
	return []byte(jsonText(t, map[string]any{
		"event": kind, "timestamp": "2026-03-01T12:00:00Z", "object_type": objectType, "data": data,
		"request":   map[string]any{"id": request, "user": user, "method": "PATCH"},
		"snapshots": map[string]any{"prechange": nil, "postchange": nil},
	}))
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// deliver hands an event in, signed.
func deliver(t testing.TB, r *assets.Realtime, body []byte) assets.RealtimeResult {
	t.Helper()
	result, err := r.Handle(t.Context(), body, webhook.HeaderMap(webhook.NetBox(hookSecret).Sign(body, time.Time{})))
	if err != nil {
		t.Fatalf("%v; %+v", err, result)
	}
	return result
}

// classed sets the class of every device that the small estate wants imported.
func (w *world) classed(t testing.TB) {
	t.Helper()
	for _, id := range w.netbox.IDs("dcim/devices") {
		d, _ := w.netbox.Object("dcim/devices", id)
		fields, _ := d["custom_fields"].(map[string]any)
		if fields["servicenow_ci_class"] == nil {
			if err := w.netbox.Update("dcim/devices", id, map[string]any{"custom_fields": map[string]any{"servicenow_ci_class": "cmdb_ci_server"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestRealtime(t *testing.T) {
	w := smallWorld(t)
	w.classed(t)
	r, _ := w.realtime(t)
	device := w.netbox.IDs("dcim/devices")[0]
	body := w.event(t, "created", "dcim.device", device)

	t.Run("001-23 an event about a device writes it with all that it needs", func(t *testing.T) {
		got := deliver(t, r, body)
		if got.Outcome != assets.RealtimeWritten || got.State != cmdb.NoticeCreated || got.Target == "" {
			t.Fatalf("got %+v", got)
		}
		if row, ok := w.cmdb.Row("cmdb_ci", got.Target); !ok || row["location"] == "" || row["model_id"] == "" || row["manufacturer"] == "" {
			t.Errorf("got %v", row)
		}
	})
	t.Run("delivered twice, it costs no request", func(t *testing.T) {
		w.wire.heal()
		if got := deliver(t, r, body); got.Outcome != assets.RealtimeRepeated || w.wire.sent != 0 {
			t.Errorf("got %+v, %d requests", got, w.wire.sent)
		}
	})
	t.Run("delivered to another process, it writes nothing", func(t *testing.T) {
		other, _ := w.realtime(t)
		before := w.export()
		if got := deliver(t, other, body); got.Outcome != assets.RealtimeUnchanged || w.export() != before {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("001-29 a deletion retires the CI, once", func(t *testing.T) {
		gone := w.event(t, "deleted", "dcim.device", device)
		if err := w.netbox.Delete("dcim/devices", device); err != nil {
			t.Fatal(err)
		}
		w.wire.heal()
		got := deliver(t, r, gone)
		row, _ := w.cmdb.Row("cmdb_ci", got.Target)
		if got.Outcome != assets.RealtimeWritten || got.Code != assets.CodeGone || row["install_status"] != "7" || row["operational_status"] != "6" {
			t.Errorf("got %+v: %v", got, row)
		}
		for _, late := range [][]byte{gone, body} {
			if got := deliver(t, r, late); got.Outcome != assets.RealtimeRepeated {
				t.Errorf("got %+v", got)
			}
		}
		other, _ := w.realtime(t)
		for _, late := range [][]byte{gone, body} {
			if got := deliver(t, other, late); got.Outcome == assets.RealtimeWritten {
				t.Errorf("another process: got %+v", got)
			}
		}
	})
}

// Every object of the estate is told of by itself, devices first: the CMDB becomes
// what a bulk import makes of it.
func TestRealtimeEqualsBulk(t *testing.T) {
	bulk, single := smallWorld(t), smallWorld(t)
	bulk.classed(t)
	single.classed(t)
	bulk.run(t)
	r, _ := single.realtime(t)
	for _, typ := range []string{"dcim.device", "dcim.location", "dcim.devicetype", "tenancy.tenant", "dcim.site", "dcim.region", "dcim.manufacturer"} {
		for _, id := range single.netbox.IDs(netboxTypes[typ]) {
			got := deliver(t, r, single.event(t, "updated", typ, id))
			t.Logf("%s %d: %s %s %s", typ, id, got.Outcome, got.Code, got.Reason)
		}
	}
	if want, got := bulk.export(), single.export(); got != want {
		t.Error(difference(want, got))
	}
	if p := single.plan(t); !p.Empty() {
		t.Errorf("a pass in bulk would write %+v", p.Total())
	}
}

func TestRealtimeRefuses(t *testing.T) {
	w := smallWorld(t)
	r, _ := w.realtime(t)
	body := w.event(t, "created", "dcim.device", 1)
	w.wire.heal()
	_, err := r.Handle(t.Context(), body, webhook.HeaderMap(nil))
	if failure, ok := errors.AsType[*assets.EventFailure](err); !ok || !errors.Is(err, webhook.ErrUnverified) || failure.Retryable {
		t.Errorf("got %v", err)
	}
	if w.wire.sent != 0 {
		t.Errorf("%d requests", w.wire.sent)
	}
	for name, bad := range map[string]string{"no JSON": "{", "no event": "{}"} {
		if _, err := r.HandleEvent(t.Context(), []byte(bad)); err == nil || !strings.Contains(err.Error(), "netbox: ParseEvent") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
