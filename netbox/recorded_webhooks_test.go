package netbox_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// Each webhook that a real NetBox 4.7.3 sent has a signature that verifies, over
// exactly its bytes, and is read into every field of an Event.
func TestRecordedWebhooks(t *testing.T) {
	list, err := os.ReadFile("testdata/webhooks/signatures.txt")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		signature, secret, _ := strings.Cut(rest, " ")
		seen++
		t.Run(name, func(t *testing.T) {
			body := webhookFile(t, name)
			if signature != "-" {
				verify(t, signature, secret, body)
			}
			if name != "body-template" { // a form of its own
				parse(t, body)
			}
		})
	}
	if files, err := os.ReadDir("testdata/webhooks"); err != nil || seen != len(files)-1 {
		t.Errorf("%d signatures of %d bodies, %v", seen, len(files)-1, err)
	}
}

func verify(t *testing.T, signature, secret string, body []byte) {
	t.Helper()
	v, err := webhook.NetBox(webhook.Secret(secret)).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"X-Hook-Signature": {signature}}
	if _, err := v.Verify(header.Get, body, time.Time{}); err != nil {
		t.Error(err)
	}
	changed := slices.Clone(body)
	changed[len(changed)/2] ^= 1
	if _, err := v.Verify(header.Get, changed, time.Time{}); !errors.Is(err, webhook.ErrMismatch) {
		t.Errorf("a changed body: %v", err)
	}
}

func parse(t *testing.T, body []byte) {
	t.Helper()
	got, err := netbox.ParseEvent(body)
	if err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Event, Timestamp string
		ObjectType       string `json:"object_type"`
		Data             json.RawMessage
		Request          struct{ ID, Path, Method, User string }
		Snapshots        struct{ Prechange, Postchange json.RawMessage }
		Context          json.RawMessage
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse("2006-01-02T15:04:05.000000-07:00", sent.Timestamp)
	if err != nil {
		t.Fatal(err)
	}
	given := func(raw json.RawMessage) json.RawMessage {
		if string(raw) == "null" {
			return nil
		}
		return raw
	}
	_, model, _ := strings.Cut(sent.ObjectType, ".")
	want := netbox.Event{Kind: netbox.EventKind(sent.Event), Time: at, ObjectType: sent.ObjectType, Model: model,
		ObjectID: int64(decode[map[string]any](t, sent.Data)["id"].(float64)), User: sent.Request.User, RequestID: sent.Request.ID,
		Method: sent.Request.Method, Path: sent.Request.Path, Data: sent.Data, Context: sent.Context,
		Before: given(sent.Snapshots.Prechange), After: given(sent.Snapshots.Postchange)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	into, ok := map[string]any{"dcim.device": new(netbox.Device), "dcim.devicetype": new(netbox.DeviceType), "dcim.location": new(netbox.Location),
		"dcim.manufacturer": new(netbox.Manufacturer), "dcim.region": new(netbox.Region), "dcim.site": new(netbox.Site), "tenancy.tenant": new(netbox.Tenant)}[sent.ObjectType]
	if !ok {
		t.Fatalf("an object of type %s", sent.ObjectType)
	}
	if err := got.Decode(into); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	read := decode[map[string]any](t, again)
	for key, value := range decode[map[string]any](t, sent.Data) {
		if text := lost(key, value, read[key]); text != "" && dropped[key] == "" {
			t.Error(text)
		}
	}
}
