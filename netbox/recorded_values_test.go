package netbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
)

// dropped are the keys of recorded objects that our types leave out, and why.
var dropped = map[string]string{
	"url": "repeats the id", "display_url": "repeats the id",
	"object-change-create.display": "repeats object_repr", "object-change-update.display": "repeats object_repr", "object-change-delete.display": "repeats object_repr",
	"object-change-create.user": "user_name is there after the user has gone too", "object-change-update.user": "as for create", "object-change-delete.user": "as for create",
	"object-change-create.changed_object":   "the object as it is now; type and id lead there",
	"object-change-update.changed_object":   "as for create",
	"event-rule-create.action_is_available": "whether a plugin is installed",
	"job-completed.notifications":           "whom NetBox tells in its own pages", "job-failed.notifications": "as for completed",
}

// Every value of the objects that a real NetBox 4.7.3 sent is there after
// decoding: what a type writes again is what was read.
func TestRecordedValues(t *testing.T) {
	for name, into := range map[string]any{
		"device": new(netbox.Device), "device-create": new(netbox.Device), "device-type": new(netbox.DeviceType), "device-role": new(netbox.DeviceRole),
		"region-nested": new(netbox.Region), "location-nested": new(netbox.Location), "rack": new(netbox.Rack), "site": new(netbox.Site),
		"tenant": new(netbox.Tenant), "manufacturer": new(netbox.Manufacturer), "tag": new(netbox.Tag),
		"custom-field-create": new(netbox.CustomField), "choice-set-create": new(netbox.ChoiceSet),
		"cluster": new(netbox.Cluster), "virtual-machine": new(netbox.VirtualMachine), "interface": new(netbox.Interface), "ip-address": new(netbox.IPAddress),
		"job-completed": new(netbox.Job), "job-failed": new(netbox.Job), "token-provision": new(netbox.APIToken),
		"object-change-create": new(netbox.ObjectChange), "object-change-update": new(netbox.ObjectChange), "object-change-delete": new(netbox.ObjectChange),
		"event-rule-create": new(netbox.EventRule), "webhook": new(netbox.Webhook), "authentication-check": new(netbox.User),
	} {
		t.Run(name, func(t *testing.T) {
			body := recorded(t, name).Response.Body
			if err := json.Unmarshal(body, into); err != nil {
				t.Fatal(err)
			}
			again, err := json.Marshal(into)
			if err != nil {
				t.Fatal(err)
			}
			want, got := decode[map[string]any](t, body), decode[map[string]any](t, again)
			for _, key := range slices.Sorted(maps.Keys(want)) {
				if dropped[key] != "" || dropped[name+"."+key] != "" {
					continue
				}
				if at := lost(key, want[key], got[key]); at != "" {
					t.Error(at)
				}
			}
		})
	}
}

// lost tells where a value that was read is not the one that was sent. Of an
// object inside another the keys count that our type has, its id always.
func lost(at string, sent, read any) string {
	if blank(sent) && blank(read) {
		return ""
	}
	switch s := sent.(type) {
	case map[string]any:
		r, ok := read.(map[string]any)
		if !ok {
			if value, choice := s["value"]; choice && fmt.Sprint(value) == fmt.Sprint(read) {
				return ""
			}
			return fmt.Sprintf("%s is %v, sent %v", at, read, sent)
		}
		for key, value := range s {
			if have, ok := r[key]; ok || key == "id" {
				if text := lost(at+"."+key, value, have); text != "" {
					return text
				}
			}
		}
		return ""
	case []any:
		r, ok := read.([]any)
		if !ok || len(r) != len(s) {
			return fmt.Sprintf("%s is %v, sent %v", at, read, sent)
		}
		for i := range s {
			if text := lost(fmt.Sprintf("%s.%d", at, i), s[i], r[i]); text != "" {
				return text
			}
		}
		return ""
	case string:
		if r, ok := read.(string); ok && (r == s || instant(r) == instant(s) && strings.Contains(s, "T")) {
			return ""
		}
	}
	if fmt.Sprint(sent) == fmt.Sprint(read) {
		return ""
	}
	return fmt.Sprintf("%s is %v, sent %v", at, read, sent)
}

func instant(s string) int64 {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return -1
	}
	return at.UnixNano()
}

// blank is a value that says no more than that there is none.
func blank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || v == "0001-01-01T00:00:00Z"
	case bool:
		return !v
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, x := range v {
			if !blank(x) {
				return false
			}
		}
		return true
	}
	return false
}
