package cmdb_test

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
)

var seen = time.Date(2026, 3, 1, 13, 30, 5, 999, time.FixedZone("CET", 3600))

func eventOptions() cmdb.EventOptions {
	return cmdb.EventOptions{Classes: map[string]string{"vm": "cmdb_ci_vm_instance"}}
}

func TestParseEvent(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"000-05 all three are required, in their order", `{}`, "cmdb: event: Missing required field: resource_id; Missing required field: resource_type; Missing required field: action"},
		{"000-05 null and empty count as missing", `{"resource_id":null,"resource_type":"","action":"create"}`, "cmdb: event: Missing required field: resource_id; Missing required field: resource_type"},
		{"000-05 another type", `{"resource_id":5,"resource_type":"vm","action":"create"}`, "cmdb: event: resource_id must be a text"},
		{"000-05 several mistakes at once", `{"resource_id":"i","resource_type":"vm","metadata":[1],"cloud_provider":7}`, "cmdb: event: Missing required field: action; cloud_provider must be a text; metadata must be an object"},
		{"000-05 no object", `[]`, "cmdb: event: the body is not a JSON object"},
		{"000-05 no JSON", `resource_id=1`, "cmdb: event: the body is not a JSON object"},
		{"000-05 null", `null`, "cmdb: event: the body is not a JSON object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cmdb.ParseEvent([]byte(c.body))
			var e *cmdb.EventError
			if !errors.As(err, &e) || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	t.Run("000-05 fields that nobody knows are ignored", func(t *testing.T) {
		e, err := cmdb.ParseEvent([]byte(`{"resource_id":"i-1","resource_type":"vm","action":"create","extra":{"a":1}}`))
		if err != nil || e.ResourceID != "i-1" || e.CloudProvider != nil || e.Metadata != nil {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}

func TestFromEvent(t *testing.T) {
	const full = `{"resource_id":"i-1","resource_type":"vm","action":"create","resource_name":"web","environment":"prod",
		"organization":"Acme","cloud_provider":"Azure","metadata":{"b":1.50,"a":"<x>"}}`
	base := map[string]string{
		"name": "web", "asset_tag": "i-1", "environment": "prod", "discovery_source": "Infrastructure Automation",
		"u_cloud_provider": "Azure", "install_status": "1", "last_discovered": "2026-03-01 12:30:05", "metadata": `{"a":"<x>","b":1.50}`,
	}
	with := func(changes ...string) map[string]string {
		m := maps.Clone(base)
		for i := 0; i < len(changes); i += 2 {
			if changes[i+1] == "-" {
				delete(m, changes[i])
			} else {
				m[changes[i]] = changes[i+1]
			}
		}
		return m
	}
	for _, c := range []struct {
		name, body string
		want       map[string]string
		note       string
	}{
		{"000-03 000-04 every column", full, base, ""},
		{"000-03 absent provider is AWS", strings.Replace(full, `"cloud_provider":"Azure",`, "", 1), with("u_cloud_provider", "AWS"), ""},
		{"000-03 an empty provider is not absent", strings.Replace(full, `"Azure"`, `""`, 1), with("u_cloud_provider", ""), ""},
		{"000-03 the event's own status wins", strings.Replace(full, `"action":"create"`, `"action":"create","status":"in maintenance"`, 1), with("install_status", "3"), ""},
		{"000-03 a status that is no choice is not written", strings.Replace(full, `"action":"create"`, `"action":"create","status":"broken"`, 1), with("install_status", "-"), `status "broken" is not in the table of install_status: it is left as it is`},
		{"000-04 no metadata", strings.Replace(full, `,"metadata":{"b":1.50,"a":"<x>"}`, "", 1), with("metadata", "{}"), ""},
		{"000-05 the name falls back to the id", strings.Replace(full, `"resource_name":"web",`, "", 1), with("name", "i-1"), ""},
		{"000-05 no environment", strings.Replace(full, `"environment":"prod",`, "", 1), with("environment", "-"), ""},
		{"000-06 delete retires", strings.Replace(full, `"create"`, `"delete"`, 1), with("install_status", "7"), ""},
		{"000-06 In Use is no install status", strings.Replace(full, `"create"`, `"update"`, 1), with("install_status", "-"), `status "In Use" is not in the table of install_status: it is left as it is`},
		{"000-06 an unknown action writes no status", strings.Replace(full, `"create"`, `"CREATE"`, 1), with("install_status", "-"), `action "CREATE" is not in the table`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := cmdb.ParseEvent([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			ci, err := cmdb.FromEvent(e, seen, eventOptions())
			if err != nil {
				t.Fatal(err)
			}
			if ci.Class != "cmdb_ci_vm_instance" || ci.Company != "Acme" || !maps.Equal(ci.Columns, c.want) {
				t.Errorf("got %+v, want %v", ci, c.want)
			}
			if notes := strings.Join(ci.Notes, "; "); (notes == "") != (c.note == "") || !strings.HasPrefix(notes, c.note) {
				t.Errorf("got notes %q, want %q", notes, c.note)
			}
		})
	}
	t.Run("000-09 a type without a class is an error", func(t *testing.T) {
		_, err := cmdb.FromEvent(cmdb.Event{ResourceID: "i", ResourceType: "bucket", Action: "create"}, seen, eventOptions())
		if err == nil || !strings.Contains(err.Error(), `resource_type "bucket" has no class`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("000-05 an event made by hand is checked too", func(t *testing.T) {
		_, err := cmdb.FromEvent(cmdb.Event{ResourceType: "vm", Metadata: []byte("[]")}, seen, eventOptions())
		if err == nil || !strings.Contains(err.Error(), "Missing required field: resource_id; Missing required field: action; metadata must be an object") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("000-06 000-10 the caller's own maps and source", func(t *testing.T) {
		o := eventOptions()
		o.DiscoverySource, o.CloudProvider = "Terraform", "on premises"
		o.InstallStatus = mapping.InstallStatus().With(mapping.Pair[string, string]{Key: "In Use", Value: "1"})
		ci, err := cmdb.FromEvent(cmdb.Event{ResourceID: "i", ResourceType: "vm", Action: "update"}, seen, o)
		if err != nil || ci.Columns["discovery_source"] != "Terraform" || ci.Columns["u_cloud_provider"] != "on premises" || ci.Columns["install_status"] != "1" {
			t.Errorf("got %+v, %v", ci, err)
		}
	})
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"resource_id":"i-1","resource_type":"vm","action":"create","metadata":{"a":[1,{"b":null}]}}`))
	f.Add([]byte(`{"resource_id":null,"cloud_provider":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := cmdb.ParseEvent(body)
		if err != nil {
			return
		}
		ci, err := cmdb.FromEvent(e, seen, cmdb.EventOptions{Classes: map[string]string{e.ResourceType: "cmdb_ci_server"}})
		if err != nil {
			if _, ok := errors.AsType[*cmdb.EventError](err); !ok {
				t.Fatalf("got %v", err)
			}
			return
		}
		if ci.Columns["asset_tag"] != e.ResourceID || ci.Class != "cmdb_ci_server" {
			t.Errorf("got %+v", ci)
		}
	})
}
