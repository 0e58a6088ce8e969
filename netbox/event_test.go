package netbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
)

func ExampleParseEvent() {
	body, err := os.ReadFile("testdata/webhooks/device-updated.json") // its signature is checked already
	if err != nil {
		fmt.Println(err)
		return
	}
	event, err := netbox.ParseEvent(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	var device netbox.Device
	if err := event.Decode(&device); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Kind, event.ObjectType, event.ObjectID, "by", event.User, "-", event.Changed())
	fmt.Println(device.Status, device.CustomFields.Text("servicenow_ci_class"), device.Tags.Has("servicenowsyncto"))
	// Output:
	// updated dcim.device 6233 by admin - [custom_fields.servicenow_ci_class serial status]
	// failed cmdb_ci_ip_switch true
}

func webhookFile(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "webhooks", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// The recorded webhooks of a real NetBox 4.7.3.
func TestRecordedWebhooksParse(t *testing.T) {
	for name, want := range map[string]struct {
		kind      netbox.EventKind
		model     string
		id        int64
		method    string
		before    bool
		after     bool
		unchanged bool
	}{
		"device-created":                 {netbox.EventCreated, "dcim.device", 6233, "POST", false, true, false},
		"device-updated":                 {netbox.EventUpdated, "dcim.device", 6233, "PATCH", true, true, false},
		"device-updated-nothing-changed": {netbox.EventUpdated, "dcim.device", 6233, "PATCH", true, true, true},
		"device-deleted":                 {netbox.EventDeleted, "dcim.device", 6233, "DELETE", true, false, false},
		"region-deleted":                 {netbox.EventDeleted, "dcim.region", 145, "DELETE", true, false, false},
		"tenant-updated":                 {netbox.EventUpdated, "tenancy.tenant", 0, "PATCH", true, true, false},
		"bulk-created-1":                 {netbox.EventCreated, "extras.tag", 0, "POST", false, true, false},
	} {
		e, err := netbox.ParseEvent(webhookFile(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, model, _ := strings.Cut(want.model, ".")
		if e.Kind != want.kind || name != "bulk-created-1" && (e.ObjectType != want.model || e.Model != model) || e.User != "admin" || e.Method != want.method ||
			(e.Before != nil) != want.before || (e.After != nil) != want.after || e.Unchanged() != want.unchanged {
			t.Errorf("%s: %+v", name, e)
		}
		if e.ObjectID == 0 || want.id != 0 && e.ObjectID != want.id || len(e.RequestID) != 36 || e.Time.Year() != 2026 || e.Data == nil {
			t.Errorf("%s: %+v", name, e)
		}
	}
	_, err := netbox.ParseEvent(webhookFile(t, "body-template"))
	if err == nil || !strings.Contains(err.Error(), "body template") {
		t.Errorf("a body of one's own: %v", err)
	}
}

// One event in the five shapes that releases send it in: keys come and go.
func TestEventInAllShapes(t *testing.T) {
	for version, shape := range map[string]string{
		"3.7": `"model":"device","username":"jo","request_id":"r1"`,
		"4.4": `"model":"device","object_type":"dcim.device","username":"jo","request_id":"r1"`,
		"4.5": `"object_type":"dcim.device","username":"jo","request_id":"r1","context":{"x":1}`,
		"4.6": `"object_type":"dcim.device","username":"jo","request_id":"r1","request":{"id":"r1","method":"PATCH","path":"/api/dcim/devices/7/","user":"jo"}`,
		"4.7": `"object_type":"dcim.device","request":{"id":"r1","method":"PATCH","path":"/api/dcim/devices/7/","path_info":"/api/dcim/devices/7/","GET":{},"user":"jo"}`,
	} {
		stamp := "2026-01-02T03:04:05.678901+00:00"
		class := `"cmdb_ci"`
		switch version {
		case "3.7":
			stamp = "2026-01-02 03:04:05.678901+00:00"
		case "4.7":
			class = `{"value":"cmdb_ci","label":"CI"}`
		}
		body := `{"event":"updated","timestamp":"` + stamp + `",` + shape + `,"data":{"id":7,"url":"/netbox/api/dcim/devices/7/","name":"sw1","custom_fields":{"class":` + class + `}},
			"snapshots":{"prechange":{"name":"a","tags":[],"last_updated":"x","custom_fields":{"class":"old"}},"postchange":{"name":"sw1","tags":[],"custom_fields":{"class":"cmdb_ci"}}}}`
		e, err := netbox.ParseEvent([]byte(body))
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		want := netbox.Replay{Time: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC), RequestID: "r1", ObjectType: "dcim.device", ObjectID: 7, Kind: "updated"}
		if e.Replay() != want || e.Model != "device" || e.User != "jo" {
			t.Errorf("%s: %+v, %+v", version, e.Replay(), e)
		}
		if got := e.Changed(); !slices.Equal(got, []string{"custom_fields.class", "name"}) {
			t.Errorf("%s: changed %q", version, got)
		}
		var d netbox.Device
		if err := e.Decode(&d); err != nil || d.Name != "sw1" || d.CustomFields.Text("class") != "cmdb_ci" {
			t.Errorf("%s: %+v %v", version, d, err)
		}
		if (version >= "4.6") != (e.Method == "PATCH" && e.Path == "/api/dcim/devices/7/") || (version == "4.5") != (e.Context != nil) {
			t.Errorf("%s: %+v", version, e)
		}
	}
}

func TestEventsWithoutAnObject(t *testing.T) {
	e, err := netbox.ParseEvent([]byte(`{"event":"job_ended","timestamp":"2026-01-02T03:04:05+02:00","object_type":"core.job","data":null,"snapshots":null,"request":null}`))
	if err != nil || e.Data != nil || e.ObjectID != 0 || e.RequestID != "" || e.Unchanged() || e.Changed() != nil {
		t.Errorf("%+v %v", e, err)
	}
	var v map[string]any
	if err := e.Decode(&v); err == nil {
		t.Error("nothing decodes")
	}
	e, err = netbox.ParseEvent([]byte(`{"event":"created","timestamp":"2026-01-02T03:04:05Z","model":"widget","data":{"id":3,"url":"/api/plugins/widgets/widgets/3/"}}`))
	if err != nil || e.ObjectType != "" || e.Replay().ObjectType != "widget" {
		t.Errorf("%+v %v", e, err)
	}
	if err := e.Decode(new(int)); err == nil {
		t.Error("an object decodes into a number")
	}
}

func TestEventsThatAreNone(t *testing.T) {
	for _, body := range []string{"", "null", "[]", `"x"`, "{", `{"event":""}`, `{"Event":"created","timestamp":"2026-01-02T03:04:05Z"}`, `{"event":"created"}`,
		`{"event":"created","timestamp":"yesterday"}`, `{"event":"created","timestamp":"2026-01-02T03:04:05"}`,
		`{"event":"created","timestamp":"2026-01-02T03:04:05Z","request":[]}`, `{"event":"created","timestamp":"2026-01-02T03:04:05Z","snapshots":4}`} {
		if e, err := netbox.ParseEvent([]byte(body)); err == nil {
			t.Errorf("%s is %+v", body, e)
		}
	}
}

func TestReplayKeysDiffer(t *testing.T) {
	base := netbox.Replay{RequestID: "r", ObjectType: "t", ObjectID: 1, Kind: "created"}
	seen := map[string]bool{base.Key(): true}
	for _, change := range []func(*netbox.Replay){
		func(r *netbox.Replay) { r.Time = time.Unix(1, 1) }, func(r *netbox.Replay) { r.RequestID = `r"|"` }, func(r *netbox.Replay) { r.ObjectType = "u" },
		func(r *netbox.Replay) { r.ObjectID = 2 }, func(r *netbox.Replay) { r.Kind = "deleted" },
	} {
		other := base
		change(&other)
		if seen[other.Key()] {
			t.Errorf("%q comes twice", other.Key())
		}
		seen[other.Key()] = true
	}
}

func FuzzParseEvent(f *testing.F) {
	files, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded webhooks: ", err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"event":"created","timestamp":"2026-01-02 03:04:05Z","model":"x","data":{"id":{},"url":7},"snapshots":{"prechange":[1],"postchange":{"custom_fields":3}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := netbox.ParseEvent(body)
		if err != nil {
			if e.Kind != "" {
				t.Error("an error and an event")
			}
			return
		}
		_, _, _ = e.Changed(), e.Unchanged(), e.Replay().Key()
		var m map[string]json.RawMessage
		_ = e.Decode(&m)
		var d netbox.Device
		_ = e.Decode(&d)
	})
}
