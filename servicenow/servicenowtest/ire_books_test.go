package servicenowtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// What the engine keeps itself, also when nothing else changes: page
// "Identification and Reconciliation Engine", section on time stamps.
func TestIRETimestamps(t *testing.T) {
	s := newIRE(t, nil)
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))
	s.SetClock(clock)
	write := func(values string) servicenowtest.Row {
		t.Helper()
		a := post(t, s, "", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"h"`+values+`},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"7","source_feed":"devices"}}]}`)
		row, found := s.Row("cmdb_ci", a.Items[0].SysID)
		if !found {
			t.Fatal(brief(a))
		}
		return row
	}
	first := write("")
	if first["first_discovered"] != "2026-01-15 08:00:00" || first["last_discovered"] != "2026-01-15 08:00:00" {
		t.Error(first)
	}
	clock.Advance(time.Hour)
	second := write("")
	if second["last_discovered"] != "2026-01-15 09:00:00" || second["first_discovered"] != first["first_discovered"] || second["sys_mod_count"] != "0" || second["sys_updated_on"] != first["sys_updated_on"] {
		t.Error("seeing a CI is not an update of it:", second)
	}
	if older := write(`,"last_discovered":"2026-01-01 00:00:00"`); older["last_discovered"] != "2026-01-15 09:00:00" {
		t.Error("an older time does not count:", older["last_discovered"])
	}
	if newer := write(`,"last_discovered":"2026-02-01 00:00:00","first_discovered":"2025-01-01 00:00:00"`); newer["last_discovered"] != "2026-02-01 00:00:00" || newer["first_discovered"] != "2025-01-01 00:00:00" {
		t.Error(newer["last_discovered"], newer["first_discovered"])
	}
	sources := s.Rows("sys_object_source")
	if len(sources) != 1 || sources[0]["source_feed"] != "devices" || sources[0]["target_table"] != "cmdb_ci_server" || sources[0]["last_scan"] != "2026-01-15 09:00:00" {
		t.Error(sources)
	}
}

// The source's key decides before every rule, unless the property says
// otherwise; a key whose CI is gone finds nothing.
func TestIRESourceKey(t *testing.T) {
	const renamed = `{"items":[{"className":"cmdb_ci_server","values":{"name":"other"},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"K"}}]}`
	first := func(s *servicenowtest.Server) string {
		return post(t, s, "", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"h"},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"k"}}]}`).Items[0].SysID
	}
	s := newIRE(t, nil)
	id := first(s)
	if a := post(t, s, "query", "NetBox", renamed); a.Items[0].SysID != id || len(a.Items[0].IdentificationAttempts) != 1 {
		t.Errorf("%+v", a)
	}
	if err := s.Delete("cmdb_ci", id); err != nil {
		t.Fatal(err)
	}
	if a := post(t, s, "query", "NetBox", renamed); brief(a) != "INSERT" {
		t.Errorf("%+v", a)
	}
	s = newIRE(t, func(r *servicenowtest.IRERules) { r.SkipSourceKeys = true })
	first(s)
	if a := post(t, s, "", "NetBox", renamed); brief(a) != "INSERT" || a.Items[0].IdentificationAttempts[0].SearchOnTable != "cmdb_serial_number" {
		t.Errorf("%+v", a)
	}
	if rows := s.Rows("sys_object_source"); len(rows) != 1 {
		t.Errorf("a key has one row, and points to the last CI: %v", rows)
	}
}

// Lookups and related records are written beside their CI, and found again.
func TestIRERecords(t *testing.T) {
	s := newIRE(t, nil)
	payload := func(netmask string) string {
		return `{"items":[{"className":"cmdb_ci_server","values":{"name":"h"},"lookup":[{"className":"cmdb_serial_number","values":{"serial_number":"S","serial_number_type":"uuid"}}],"related":[{"className":"cmdb_ci_network_adapter","values":{"name":"eth0","netmask":"` + netmask + `"}}]}]}`
	}
	for _, netmask := range []string{"255.0.0.0", "255.0.0.0", "255.255.0.0"} {
		post(t, s, "", "NetBox", payload(netmask))
	}
	adapters := s.Rows("cmdb_ci_network_adapter")
	if len(adapters) != 1 || s.Count("cmdb_serial_number") != 1 || adapters[0]["netmask"] != "255.255.0.0" || adapters[0]["sys_mod_count"] != "1" {
		t.Errorf("%v", adapters)
	}
}

// The CMDB Instance API for dependent classes, with the host as an object or a
// list, and its refusals.
func TestCMDBInstanceEdges(t *testing.T) {
	s := newIRE(t, nil)
	host := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"name": "h"})
	const runs = "60bc4e22c0a8010e01f074cbe6bd73c3"
	link := `{"type":"` + runs + `","target":"` + host + `"}`
	for _, c := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"POST", "cmdb_ci_appl", `{"source":"NetBox","attributes":{"config_file":"/a"},"depends_on":{"outbound_relations":` + link + `}}`, 200, `"config_file":"/a"`},
		{"POST", "cmdb_ci_hardware", `{"source":"NetBox","attributes":{"config_file":"/b","sys_class_name":"cmdb_ci_appl"},"depends_on":{"outbound_relations":[` + link + `]}}`, 200, `"sys_class_name":"cmdb_ci_appl"`},
		{"POST", "cmdb_ci_appl", `{"source":"NetBox","attributes":{"config_file":"/c"}}`, 500, "Exception while executing request: null"},
		{"POST", "cmdb_ci_appl", `{"source":"NetBox","attributes":{},"outbound_relations":[{"type":"x","target":"y"}]}`, 500, "Exception while executing request: null"},
		{"POST", "cmdb_ci", `{"source":"NetBox","attributes":{"name":"x"}}`, 400, "IDENTIFICATION_RULE_MISSING"},
		{"POST", "cmdb_ci_server", `[]`, 400, "Exception while reading request"},
		{"PATCH", "cmdb_ci_server/none", `{"source":"NetBox","attributes":{"ram":"1"}}`, 404, "No Record found"},
		{"POST", "cmdb_ci_server/" + host + "/relation", `{"source":"NetBox"}`, 400, "must be lists"},
		{"POST", "cmdb_ci_server/" + host + "/relation", `{"source":"NetBox","outbound_relations":[{"type":"` + runs + `","target":"none"}]}`, 400, "no CI none"},
		{"POST", "cmdb_ci_server/none/relation", `{"source":"NetBox","outbound_relations":[` + link + `]}`, 404, "No Record found"},
		{"GET", "cmdb_ci_server/" + host + "/nonsense", ``, 400, "does not represent any resource"},
		{"PUT", "cmdb_ci_server", `{}`, 405, "Method not supported"},
	} {
		if status, body := sendJSON(t, s, c.method, "/api/now/cmdb/instance/"+c.target, c.body); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %s: %d %s", c.method, c.target, c.body, status, body)
		}
	}
	_, meta := sendJSON(t, s, "GET", "/api/now/cmdb/meta/cmdb_ci_appl", "")
	if !strings.Contains(meta, `"relationship_rules":[{"parent":"cmdb_ci_appl","relation_type":"`+runs+`","child":"cmdb_ci_hardware"}]`) || !strings.Contains(meta, `"is_independent":false`) {
		t.Error(meta)
	}
	if err := s.SetACLs(servicenowtest.ACL{Table: "cmdb_ci", Closed: true}); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/api/now/cmdb/instance/cmdb_ci_server", "/api/now/identifyreconcile"} {
		if status, body := sendJSON(t, s, "POST", target, `{"items":[]}`); status != 403 || !strings.Contains(body, "User Not Authorized") {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
	for target, want := range map[string]int{"/api/now/identifyreconcile/nonsense": 400, "/api/now/cmdb/instance": 400} {
		if status, _ := sendJSON(t, s, "POST", target, `{}`); status != want {
			t.Errorf("%s: %d", target, status)
		}
	}
	if status, _ := sendJSON(t, s, "GET", "/api/now/identifyreconcile", ""); status != 405 {
		t.Errorf("%d", status)
	}
}
