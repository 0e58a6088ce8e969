package servicenowtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

type ireAnswer struct {
	Items, AdditionalCommittedItems []struct {
		ClassName, Operation, SysID string
		PartialSysIDs               []string
		MergedPayloadIDs            []string
		InputIndices                []int
		Errors, Warnings            []struct{ Error, Message string }
		Info                        []struct{ Code string }
		IdentificationAttempts      []struct{ AttemptResult, SearchOnTable string }
	}
	Relations, AdditionalCommittedRelations []struct {
		Operation string
		Errors    []struct{ Error, Message string }
	}
}

// post sends a payload; what names the call: "", "query", "enhanced" with or
// without options.
func post(t *testing.T, s *servicenowtest.Server, what, source, payload string) ireAnswer {
	t.Helper()
	target := "http://dev.example/api/now/identifyreconcile"
	what, options, _ := strings.Cut(what, "?")
	if what != "" {
		target += "/" + what
	}
	req, err := http.NewRequest(http.MethodPost, target+"?sysparm_data_source="+source+"&options="+options, strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("admin", "admin")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%d %v %s", res.StatusCode, err, data)
	}
	var doc struct{ Result ireAnswer }
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return doc.Result
}

// brief is an answer in a line: the operation of each item, and the codes of
// its errors and warnings.
func brief(a ireAnswer) string {
	var list []string
	for _, item := range a.Items {
		text := item.Operation
		for _, e := range item.Errors {
			text += " " + e.Error
		}
		for _, e := range item.Warnings {
			text += " ~" + e.Error
		}
		list = append(list, strings.TrimSpace(text))
	}
	for _, relation := range a.Relations {
		text := strings.TrimSpace("R " + relation.Operation)
		for _, e := range relation.Errors {
			text += " " + e.Error
		}
		list = append(list, strings.TrimSpace(text))
	}
	return strings.Join(list, "; ")
}

func newIRE(t *testing.T, change func(*servicenowtest.IRERules), tables ...servicenowtest.Table) *servicenowtest.Server {
	t.Helper()
	tables = append(tables,
		servicenowtest.Table{Name: "cmdb_ci_appl", Extends: "cmdb_ci", Columns: []servicenowtest.Column{{Name: "config_file"}}},
		servicenowtest.Table{Name: "cmdb_ci_strict", Extends: "cmdb_ci_hardware", Columns: []servicenowtest.Column{{Name: "zone", Mandatory: true}}})
	s, err := servicenowtest.New(servicenowtest.Options{Tables: tables, Clock: servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	rules := s.IRERules()
	rules.Identification = append(rules.Identification, servicenowtest.IdentificationRule{
		Name: "Application Rule", AppliesTo: "cmdb_ci_appl", Dependent: true,
		Entries: []servicenowtest.IdentifierEntry{{Order: 100, Attributes: []string{"config_file"}}},
	})
	rules.Hosting = append(rules.Hosting, servicenowtest.HostingRule{Dependent: "cmdb_ci_appl", Host: "cmdb_ci_hardware", Type: "Runs on::Runs"})
	if change != nil {
		change(&rules)
	}
	if err := s.SetIRERules(rules); err != nil {
		t.Fatal(err)
	}
	return s
}

func insertRow(t *testing.T, s *servicenowtest.Server, table string, row servicenowtest.Row) string {
	t.Helper()
	id, err := s.Insert(table, row)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Every error code of the documentation that a payload, the rules or the
// records can provoke: page "IRE error messages".
func TestIREErrorCodes(t *testing.T) {
	const (
		host = `{"className":"cmdb_ci_server","values":{"name":"h"}}`
		app  = `{"className":"cmdb_ci_appl","values":{"config_file":"/etc/a"}}`
		runs = `"relations":[{"parent":1,"child":0,"type":"Runs on::Runs"}]`
	)
	twins := func(n int) func(*testing.T, *servicenowtest.Server) {
		return func(t *testing.T, s *servicenowtest.Server) {
			for range n {
				insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"name": "h"})
			}
		}
	}
	for _, c := range []struct {
		name            string
		rules           func(*servicenowtest.IRERules)
		prepare         func(*testing.T, *servicenowtest.Server)
		source          string
		payload         string
		plain, enhanced string
	}{
		{name: "no rule", payload: `{"items":[{"className":"cmdb_ci","values":{"name":"a"}}]}`, plain: "IDENTIFICATION_RULE_MISSING", enhanced: "INSERT_AS_INCOMPLETE IDENTIFICATION_RULE_MISSING"},
		{name: "no class", payload: `{"items":[{"className":"nonsense","values":{"name":"a"}}]}`, plain: "IDENTIFICATION_RULE_MISSING", enhanced: "INSERT_AS_INCOMPLETE IDENTIFICATION_RULE_MISSING"},
		{name: "no attributes", payload: `{"items":[{"className":"cmdb_ci_server","values":{"ram":"1"}}]}`, plain: "MISSING_MATCHING_ATTRIBUTES", enhanced: "INSERT_AS_INCOMPLETE MISSING_MATCHING_ATTRIBUTES"},
		{name: "no attributes, but a key", payload: `{"items":[{"className":"cmdb_ci_server","values":{"ram":"1"},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"1"}}]}`, plain: "MISSING_MATCHING_ATTRIBUTES", enhanced: "INSERT_AS_PARTIAL ~MISSING_MATCHING_ATTRIBUTES"},
		{name: "class as key", rules: func(r *servicenowtest.IRERules) {
			r.Identification[0].Entries[1].Attributes = []string{"sys_class_name"}
		}, payload: `{"items":[` + host + `]}`, plain: "NO_CLASS_NAME_FOR_INDEPENDENT_CI", enhanced: "INSERT_AS_INCOMPLETE NO_CLASS_NAME_FOR_INDEPENDENT_CI"},
		{name: "lookup", payload: `{"items":[{"className":"cmdb_ci_server","values":{"name":"a"},"lookup":[{"className":"core_company","values":{"name":"x"}}]}]}`, plain: "IDENTIFICATION_RULE_FOR_LOOKUP_MISSING", enhanced: "INSERT_AS_INCOMPLETE IDENTIFICATION_RULE_FOR_LOOKUP_MISSING"},
		{name: "related", payload: `{"items":[{"className":"cmdb_ci_server","values":{"name":"a"},"related":[{"className":"core_company","values":{"name":"x"}}]}]}`, plain: "IDENTIFICATION_RULE_FOR_RELATED_ITEM_MISSING", enhanced: "INSERT_AS_INCOMPLETE IDENTIFICATION_RULE_FOR_RELATED_ITEM_MISSING"},
		{name: "dependent with lookup rule", rules: func(r *servicenowtest.IRERules) {
			r.Identification[1].Entries[0] = servicenowtest.IdentifierEntry{Table: "cmdb_serial_number", Reference: "cmdb_ci", Attributes: []string{"serial_number"}}
		}, payload: `{"items":[` + host + `,` + app + `],` + runs + `}`, plain: "ABANDONED; NO_LOOKUP_RULES_FOR_DEPENDENT_CI; R ABANDONED", enhanced: "INSERT; INSERT_AS_INCOMPLETE NO_LOOKUP_RULES_FOR_DEPENDENT_CI; R INSERT_AS_INCOMPLETE ABANDONED"},
		{name: "sys_id", payload: `{"items":[{"className":"cmdb_ci_server","values":{"sys_id":"00000000000000000000000000000001"}}]}`, plain: "INVALID_INPUT_DATA", enhanced: "INSERT_AS_INCOMPLETE INVALID_INPUT_DATA"},
		{name: "source", source: "Nobody", payload: `{"items":[` + host + `]}`, plain: "INVALID_INPUT_DATA", enhanced: "INSERT_AS_INCOMPLETE INVALID_INPUT_DATA"},
		{name: "no source", source: "-", payload: `{"items":[` + host + `]}`, plain: "INVALID_INPUT_DATA", enhanced: "INSERT_AS_INCOMPLETE INVALID_INPUT_DATA"},
		{name: "relation type", payload: `{"items":[` + host + `,` + `{"className":"cmdb_ci_server","values":{"name":"i"}}],"relations":[{"parent":0,"child":1,"type":"Eats::Eaten by"}]}`, plain: "ABANDONED; ABANDONED; R INVALID_INPUT_DATA", enhanced: "INSERT; INSERT; R INSERT_AS_INCOMPLETE INVALID_INPUT_DATA"},
		{name: "relation index", payload: `{"items":[` + host + `],"relations":[{"parent":0,"child":5,"type":"Runs on::Runs"}]}`, plain: "ABANDONED; R INVALID_INPUT_DATA", enhanced: "INSERT; R INSERT_AS_INCOMPLETE INVALID_INPUT_DATA"},
		{name: "relation types", prepare: func(t *testing.T, s *servicenowtest.Server) {
			insertRow(t, s, "cmdb_rel_type", servicenowtest.Row{"name": "Runs on::Runs"})
		}, payload: `{"items":[` + host + `,{"className":"cmdb_ci_server","values":{"name":"i"}}],` + runs + `}`, plain: "ABANDONED; ABANDONED; R DUPLICATE_RELATIONSHIP_TYPES", enhanced: "INSERT; INSERT; R INSERT_AS_INCOMPLETE DUPLICATE_RELATIONSHIP_TYPES"},
		{name: "same item", payload: `{"items":[` + host + `,` + host + `]}`, plain: "DUPLICATE_PAYLOAD_RECORDS; DUPLICATE_PAYLOAD_RECORDS", enhanced: "INSERT"},
		{name: "lock", rules: func(r *servicenowtest.IRERules) {
			r.Fail = func(class string, values map[string]string) (string, string) {
				if class == "cmdb_ci_server" && values["name"] == "h" {
					return "LOCK_TIMEOUT", "Failed to acquire synchronization lock for h"
				}
				return "", ""
			}
		}, payload: `{"items":[` + host + `]}`, plain: "LOCK_TIMEOUT", enhanced: "INSERT_AS_INCOMPLETE LOCK_TIMEOUT"},
		{name: "too many duplicates", prepare: twins(5), payload: `{"items":[` + host + `]}`, plain: "MULTIPLE_DUPLICATE_RECORDS", enhanced: "INSERT_AS_INCOMPLETE MULTIPLE_DUPLICATE_RECORDS"},
		{name: "duplicates refused", rules: func(r *servicenowtest.IRERules) { r.RefuseDuplicates = true }, prepare: twins(2), payload: `{"items":[` + host + `]}`, plain: "MULTIPLE_DUPLICATE_RECORDS", enhanced: "INSERT_AS_INCOMPLETE MULTIPLE_DUPLICATE_RECORDS"},
		{name: "mandatory", payload: `{"items":[{"className":"cmdb_ci_strict","values":{"name":"a"}}]}`, plain: "REQUIRED_ATTRIBUTE_EMPTY", enhanced: "INSERT_AS_PARTIAL ~REQUIRED_ATTRIBUTE_EMPTY"},
		{name: "no host", payload: `{"items":[` + app + `]}`, plain: "MISSING_DEPENDENCY", enhanced: "INSERT_AS_PARTIAL ~MISSING_DEPENDENCY"},
		{name: "no hosting rule", rules: func(r *servicenowtest.IRERules) { r.Hosting = nil }, payload: `{"items":[` + app + `]}`, plain: "METADATA_RULE_MISSING", enhanced: "INSERT_AS_INCOMPLETE METADATA_RULE_MISSING"},
		{name: "two hosts", payload: `{"items":[` + host + `,` + app + `,{"className":"cmdb_ci_server","values":{"name":"i"}}],"relations":[{"parent":1,"child":0,"type":"Runs on::Runs"},{"parent":1,"child":2,"type":"Runs on::Runs"}]}`, plain: "ABANDONED; MULTIPLE_DEPENDENCIES; ABANDONED; R ABANDONED; R ABANDONED", enhanced: "INSERT; INSERT_AS_INCOMPLETE MULTIPLE_DEPENDENCIES; INSERT; R INSERT_AS_INCOMPLETE ABANDONED; R INSERT_AS_INCOMPLETE ABANDONED"},
		{name: "relation twice", payload: `{"items":[` + host + `,` + app + `],"relations":[{"parent":1,"child":0,"type":"Runs on::Runs"},{"parent":1,"child":0,"type":"Runs on::Runs"}]}`, plain: "ABANDONED; MULTI_MATCH; R ABANDONED; R ABANDONED", enhanced: "INSERT; INSERT_AS_INCOMPLETE MULTI_MATCH; R INSERT_AS_INCOMPLETE ABANDONED; R INSERT_AS_INCOMPLETE ABANDONED"},
		{name: "host fails", payload: `{"items":[{"className":"cmdb_ci_server","values":{"ram":"1"}},` + app + `],` + runs + `}`, plain: "MISSING_MATCHING_ATTRIBUTES; ABANDONED; R ABANDONED", enhanced: "INSERT_AS_INCOMPLETE MISSING_MATCHING_ATTRIBUTES; INSERT_AS_INCOMPLETE ABANDONED; R INSERT_AS_INCOMPLETE ABANDONED"},
		{name: "lookup duplicates", rules: func(r *servicenowtest.IRERules) { r.RefuseDuplicates = true }, prepare: func(t *testing.T, s *servicenowtest.Server) {
			for range 2 {
				id := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{})
				insertRow(t, s, "cmdb_serial_number", servicenowtest.Row{"cmdb_ci": id, "serial_number": "S", "serial_number_type": "system"})
			}
		}, payload: `{"items":[{"className":"cmdb_ci_server","lookup":[{"className":"cmdb_serial_number","values":{"serial_number":"S","serial_number_type":"system"}}]}]}`, plain: "MULTI_MATCH", enhanced: "INSERT_AS_INCOMPLETE MULTI_MATCH"},
		{name: "loop", rules: func(r *servicenowtest.IRERules) {
			r.Hosting = append(r.Hosting, servicenowtest.HostingRule{Dependent: "cmdb_ci_appl", Host: "cmdb_ci_appl", Type: "Uses::Used by"})
		}, payload: `{"items":[` + app + `,{"className":"cmdb_ci_appl","values":{"config_file":"/etc/b"}}],"relations":[{"parent":0,"child":1,"type":"Uses::Used by"},{"parent":1,"child":0,"type":"Uses::Used by"}]}`, plain: "QUALIFICATION_LOOP ABANDONED; ABANDONED; R ABANDONED; R ABANDONED", enhanced: "INSERT_AS_INCOMPLETE QUALIFICATION_LOOP ABANDONED; INSERT_AS_INCOMPLETE ABANDONED; R INSERT_AS_INCOMPLETE ABANDONED; R INSERT_AS_INCOMPLETE ABANDONED"},
		{name: "reclassification", rules: func(r *servicenowtest.IRERules) { r.ForbidSwitch = true }, prepare: twins(1), payload: `{"items":[{"className":"cmdb_ci_ip_switch","values":{"name":"h"}}]}`, plain: "RECLASSIFICATION_NOT_ALLOWED", enhanced: "INSERT_AS_INCOMPLETE RECLASSIFICATION_NOT_ALLOWED"},
		{name: "same related", payload: `{"items":[{"className":"cmdb_ci_server","values":{"name":"a"},"related":[{"className":"cmdb_ci_network_adapter","values":{"name":"e"}},{"className":"cmdb_ci_network_adapter","values":{"name":"E"}}]}]}`, plain: "DUPLICATE_RELATED_PAYLOAD", enhanced: "INSERT_AS_INCOMPLETE DUPLICATE_RELATED_PAYLOAD"},
		{name: "same lookup", payload: `{"items":[{"className":"cmdb_ci_server","values":{"name":"a"},"lookup":[{"className":"cmdb_serial_number","values":{"serial_number":"S","serial_number_type":"system"}},{"className":"cmdb_serial_number","values":{"serial_number":"s","serial_number_type":"system"}}]}]}`, plain: "DUPLICATE_LOOKUP_PAYLOAD", enhanced: "INSERT_AS_INCOMPLETE DUPLICATE_LOOKUP_PAYLOAD"},
		{name: "source rule", rules: func(r *servicenowtest.IRERules) {
			r.Sources = []servicenowtest.SourceRule{{Class: "cmdb_ci_hardware", Source: "NetBox"}}
		}, payload: `{"items":[` + host + `]}`, plain: "INSERT_NOT_ALLOWED_FOR_SOURCE", enhanced: "INSERT_AS_PARTIAL ~INSERT_NOT_ALLOWED_FOR_SOURCE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := c.source
			switch source {
			case "":
				source = "NetBox"
			case "-":
				source = ""
			}
			for call, want := range map[string]string{"": c.plain, "enhanced": c.enhanced} {
				s := newIRE(t, c.rules)
				if c.prepare != nil {
					c.prepare(t, s)
				}
				before := s.Count("cmdb_ci")
				query := "query"
				if call != "" {
					query = "queryEnhanced"
				}
				if got := brief(post(t, s, query, source, c.payload)); got != want {
					t.Errorf("%s\n got %s\nwant %s", query, got, want)
				}
				if s.Count("cmdb_ci") != before || s.Count("cmdb_ire_partial_payloads") != 0 || s.Count("cmdb_ire_incomplete_payloads") != 0 {
					t.Errorf("%s has written", query)
				}
				if got := brief(post(t, s, call, source, c.payload)); got != want {
					t.Errorf("%s\n got %s\nwant %s", call, got, want)
				}
				if call == "" && s.Count("cmdb_ci") != before {
					t.Errorf("a failing plain call wrote %d CIs", s.Count("cmdb_ci")-before)
				}
				if n := strings.Count(want, "INSERT_AS_PARTIAL") - strings.Count(want, "R INSERT_AS_PARTIAL"); s.Count("cmdb_ire_partial_payloads") != n {
					t.Errorf("%d partial payloads, want %d", s.Count("cmdb_ire_partial_payloads"), n)
				}
			}
		})
	}
}

// Classes change as the product's properties and an item's settings allow.
func TestIREReclassification(t *testing.T) {
	for _, c := range []struct {
		from, to, settings, operation, info, class string
	}{
		{"cmdb_ci_server", "cmdb_ci_linux_server", "", "UPDATE_WITH_UPGRADE", "", "cmdb_ci_linux_server"},
		{"cmdb_ci_server", "cmdb_ci_computer", "", "UPDATE_WITH_DOWNGRADE", "", "cmdb_ci_computer"},
		{"cmdb_ci_server", "cmdb_ci_ip_switch", "", "UPDATE_WITH_SWITCH", "", "cmdb_ci_ip_switch"},
		{"cmdb_ci_server", "cmdb_ci_linux_server", `"updateWithoutUpgrade":true`, "UPDATE", "SKIPPED_CLASS_UPGRADE", "cmdb_ci_server"},
		{"cmdb_ci_server", "cmdb_ci_computer", `"updateWithoutDowngrade":"true"`, "UPDATE", "SKIPPED_CLASS_DOWNGRADE", "cmdb_ci_server"},
		{"cmdb_ci_server", "cmdb_ci_ip_switch", `"updateWithoutSwitch":true`, "UPDATE", "SKIPPED_CLASS_SWITCH", "cmdb_ci_server"},
	} {
		s := newIRE(t, nil)
		id := insertRow(t, s, c.from, servicenowtest.Row{"name": "h"})
		a := post(t, s, "", "NetBox", fmt.Sprintf(`{"items":[{"className":%q,"values":{"name":"h","short_description":"x"},"settings":{%s}}]}`, c.to, c.settings))
		item := a.Items[0]
		row, _ := s.Row("cmdb_ci", id)
		if item.Operation != c.operation || item.SysID != id || row["sys_class_name"] != c.class || row["short_description"] != "x" {
			t.Errorf("%s to %s %s: %s, row %v", c.from, c.to, c.settings, brief(a), row["sys_class_name"])
		}
		if got := fmt.Sprint(item.Info); c.info != "" && got != "[{"+c.info+"}]" {
			t.Errorf("%s", got)
		}
	}
}

// Few duplicates: the oldest is updated, the others point to it.
func TestIREOldestDuplicate(t *testing.T) {
	s := newIRE(t, nil)
	young := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"name": "h", "sys_created_on": "2026-01-02 00:00:00"})
	old := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"name": "h", "sys_created_on": "2026-01-01 00:00:00"})
	for range 2 { // marked duplicates are not found again
		if a := post(t, s, "", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"H","ram":"1"}}]}`); a.Items[0].SysID != old {
			t.Error(brief(a))
		}
	}
	if row, _ := s.Row("cmdb_ci", young); row["duplicate_of"] != old || row["ram"] != "" {
		t.Error(row)
	}
	// A duplicate cannot be written by its sys_id.
	if a := post(t, s, "", "NetBox", fmt.Sprintf(`{"items":[{"className":"cmdb_ci_server","values":{"sys_id":%q}}]}`, young)); brief(a) != "INVALID_INPUT_DATA" {
		t.Error(brief(a))
	}
}

// The id of a source at order 250 stands between serial number and name.
func TestIREEntryAt250(t *testing.T) {
	s := newIRE(t, nil, servicenowtest.Table{Name: "cmdb_ci_hardware", Columns: []servicenowtest.Column{{Name: "u_netbox_id"}}})
	if err := s.AddIdentifierEntry("cmdb_ci_hardware", servicenowtest.IdentifierEntry{Order: 250, Attributes: []string{"u_netbox_id"}}); err != nil {
		t.Fatal(err)
	}
	byID := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"u_netbox_id": "7", "name": "old"})
	bySerial := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"serial_number": "S"})
	insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"name": "new"})
	a := post(t, s, "query", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"new","u_netbox_id":"7"}}]}`)
	b := post(t, s, "query", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"new","u_netbox_id":"7","serial_number":"S"}}]}`)
	if a.Items[0].SysID != byID || b.Items[0].SysID != bySerial {
		t.Errorf("%+v %+v", a, b)
	}
	if err := s.AddIdentifierEntry("cmdb_ci_server", servicenowtest.IdentifierEntry{Attributes: []string{"name"}}); err == nil {
		t.Error("no rule applies to cmdb_ci_server itself")
	}
	if err := s.AddIdentifierEntry("cmdb_ci_hardware", servicenowtest.IdentifierEntry{Attributes: []string{"nonsense"}}); err == nil || !strings.Contains(err.Error(), `no column "nonsense"`) {
		t.Error(err)
	}
}

// A dependent CI is told apart within its host only.
func TestIREDependent(t *testing.T) {
	s := newIRE(t, nil)
	payload := func(host string) string {
		return `{"items":[{"className":"cmdb_ci_server","values":{"name":"` + host + `"}},{"className":"cmdb_ci_appl","values":{"config_file":"/etc/a"}}],"relations":[{"parent":1,"child":0,"type":"Runs on::Runs"}]}`
	}
	first, second := post(t, s, "", "NetBox", payload("a")), post(t, s, "", "NetBox", payload("b"))
	again := post(t, s, "", "NetBox", payload("a"))
	if brief(first) != "INSERT; INSERT; R INSERT" || brief(second) != "INSERT; INSERT; R INSERT" || brief(again) != "NO_CHANGE; NO_CHANGE; R NO_CHANGE" {
		t.Error(brief(first), "|", brief(second), "|", brief(again))
	}
	if first.Items[1].SysID == second.Items[1].SysID || again.Items[1].SysID != first.Items[1].SysID || s.Count("cmdb_ci_appl") != 2 {
		t.Error("applications are mixed up")
	}
}

// A partial host waits together with what depends on it, and both are written
// when a payload with the same key completes the host: page "Identification and
// Reconciliation Engine", samples of partial payloads.
func TestIREPartialHost(t *testing.T) {
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))
	for _, wait := range []time.Duration{time.Hour, 91 * 24 * time.Hour} {
		s := newIRE(t, nil)
		s.SetClock(clock)
		a := post(t, s, "enhanced", "NetBox", `{"items":[{"className":"cmdb_ci_computer","values":{"ram":"2"},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"Server001"}},{"className":"cmdb_ci_appl","values":{"config_file":"/etc/a"}}],"relations":[{"parent":1,"child":0,"type":"Runs on::Runs"}]}`)
		if brief(a) != "INSERT_AS_PARTIAL ~MISSING_MATCHING_ATTRIBUTES; INSERT_AS_PARTIAL ~ABANDONED; R INSERT_AS_PARTIAL" || s.Count("cmdb_ire_partial_payloads") != 1 || s.Count("cmdb_ci") != 0 {
			t.Fatal(brief(a), s.Count("cmdb_ire_partial_payloads"))
		}
		clock.Advance(wait)
		b := post(t, s, "enhanced", "NetBox", `{"items":[{"className":"cmdb_ci_linux_server","values":{"name":"linux001"},"sys_object_source_info":{"source_name":"NetBox","source_native_key":"Server001"}}]}`)
		row := s.Rows("cmdb_ci_linux_server")[0]
		if wait > 90*24*time.Hour {
			if row["ram"] != "" || len(b.AdditionalCommittedItems) != 0 {
				t.Error("partial payloads are kept for 90 days")
			}
			continue
		}
		if brief(b) != "INSERT" || !slices.Equal(b.Items[0].MergedPayloadIDs, a.Items[0].PartialSysIDs) || row["ram"] != "2" {
			t.Errorf("%s %+v", brief(b), b.Items[0])
		}
		if len(b.AdditionalCommittedItems) != 1 || b.AdditionalCommittedItems[0].Operation != "INSERT" || len(b.AdditionalCommittedRelations) != 1 || b.AdditionalCommittedRelations[0].Operation != "INSERT" {
			t.Errorf("additional %+v %+v", b.AdditionalCommittedItems, b.AdditionalCommittedRelations)
		}
		if s.Count("cmdb_ci_appl") != 1 || s.Count("cmdb_rel_ci") != 1 || s.Count("cmdb_ire_partial_payloads")+s.Count("cmdb_ire_partial_payloads_index") != 0 {
			t.Error("the partial payload was not used up")
		}
	}
}

// Reconciliation: who may write which attribute.
func TestIREReconciliation(t *testing.T) {
	day := 24 * time.Hour
	rules := func(r *servicenowtest.IRERules) {
		r.Reconciliation = []servicenowtest.ReconciliationRule{
			{Class: "cmdb_ci_hardware", Source: "ServiceNow", Order: 100, Effective: day},
			{Class: "cmdb_ci_hardware", Source: "NetBox", Order: 200, Effective: day, OverwriteWithNull: []string{"short_description"}},
			{Class: "cmdb_ci_hardware", Source: "NetBox", Order: 500, Attributes: []string{"asset_tag"}, Effective: day},
			{Class: "cmdb_ci_server", Source: "Manual Entry", Order: 900, Attributes: []string{"asset_tag"}, Effective: day},
		}
	}
	s := newIRE(t, rules)
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))
	s.SetClock(clock)
	write := func(source, values string) {
		t.Helper()
		if a := post(t, s, "", source, `{"items":[{"className":"cmdb_ci_server","values":{"name":"h",`+values+`}}]}`); len(a.Items[0].Errors) > 0 {
			t.Fatal(brief(a))
		}
	}
	expect := func(column, want, why string) {
		t.Helper()
		if got := s.Rows("cmdb_ci_server")[0][column]; got != want {
			t.Errorf("%s is %q, want %q: %s", column, got, want, why)
		}
	}
	write("ServiceNow", `"ram":"1","os":""`)
	write("NetBox", `"ram":"2","os":"Linux"`)
	expect("ram", "1", "a source behind a fresh one may not write")
	expect("os", "Linux", "an empty value may be filled by any source")
	expect("discovery_source", "NetBox", "who has seen the CI last is always kept")
	write("ImportSet", `"ram":"3"`)
	expect("ram", "1", "a source without a rule ranks last")
	clock.Advance(day)
	write("NetBox", `"ram":"4"`)
	expect("ram", "4", "the stronger source is stale")
	write("ImportSet", `"ram":"5"`)
	expect("ram", "4", "NetBox is fresh")
	write("ServiceNow", `"ram":"6"`)
	expect("ram", "6", "the strongest source always may")
	clock.Advance(2 * day)
	write("NetBox", `"short_description":"x","ram":"7"`)
	write("NetBox", `"short_description":"","ram":""`)
	expect("short_description", "", "listed for null")
	expect("ram", "7", "null does not overwrite unless listed")
	write("Manual Entry", `"asset_tag":"A1"`)
	write("NetBox", `"asset_tag":"A2"`)
	expect("asset_tag", "A1", "the rule of the nearer class for this attribute beats every other")
}

// References between items are filled in before identification.
func TestIREReferenceItems(t *testing.T) {
	s := newIRE(t, func(r *servicenowtest.IRERules) {
		r.Identification[0].Entries = append(r.Identification[0].Entries, servicenowtest.IdentifierEntry{Order: 50, Attributes: []string{"duplicate_of"}})
	}, servicenowtest.Table{Name: "cmdb_ci_server", Columns: []servicenowtest.Column{{Name: "u_rack", Type: servicenowtest.Reference, Reference: "cmdb_ci"}}})
	payload := `{"items":[{"className":"cmdb_ci_server","internal_id":"s","values":{"name":"s"},"related":[{"className":"cmdb_ci_network_adapter","internal_id":"n","values":{"name":"eth0"}}]},{"className":"cmdb_ci_server","internal_id":"r","values":{"name":"r"}}],` +
		`"referenceItems":[{"referencedBy":"s","referenceField":"u_rack","referenced":"r"},{"referencedBy":"r","referenceField":"u_rack","referenced":"n"}]}`
	a := post(t, s, "", "NetBox", payload)
	row, _ := s.Row("cmdb_ci", a.Items[0].SysID)
	rack, _ := s.Row("cmdb_ci", a.Items[1].SysID)
	adapters := s.Rows("cmdb_ci_network_adapter")
	if row["u_rack"] != a.Items[1].SysID || len(adapters) != 1 || adapters[0]["cmdb_ci"] != a.Items[0].SysID || rack["u_rack"] != adapters[0]["sys_id"] {
		t.Errorf("%s %v %v %v", brief(a), row["u_rack"], rack["u_rack"], adapters)
	}
}

func TestSetIRERulesChecks(t *testing.T) {
	s := newIRE(t, nil)
	for want, rules := range map[string]servicenowtest.IRERules{
		`no table "x"`:      {Identification: []servicenowtest.IdentificationRule{{AppliesTo: "x"}}},
		"has no attributes": {Identification: []servicenowtest.IdentificationRule{{AppliesTo: "cmdb_ci", Entries: []servicenowtest.IdentifierEntry{{}}}}},
		`column "y"`:        {Reconciliation: []servicenowtest.ReconciliationRule{{Class: "cmdb_ci", Attributes: []string{"y"}}}},
		`table "z"`:         {Sources: []servicenowtest.SourceRule{{Class: "z"}}},
		`table "h"`:         {Hosting: []servicenowtest.HostingRule{{Dependent: "cmdb_ci", Host: "h"}}},
	} {
		if err := s.SetIRERules(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if len(s.IRERules().Identification) != 2 {
		t.Error("a refused set of rules changed something")
	}
}

// With nulls allowed one attribute is enough, and a missing one matches only an
// empty one.
func TestIREAllowNull(t *testing.T) {
	s := newIRE(t, func(r *servicenowtest.IRERules) {
		r.Identification[0].Entries = []servicenowtest.IdentifierEntry{{Order: 1, Attributes: []string{"asset_tag", "serial_number"}, AllowNull: true}}
	})
	both := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"asset_tag": "A", "serial_number": "S"})
	half := insertRow(t, s, "cmdb_ci_server", servicenowtest.Row{"asset_tag": "A"})
	for values, want := range map[string]string{`"asset_tag":"a","serial_number":"s"`: both, `"asset_tag":"A"`: half, `"serial_number":"S"`: "Unknown"} {
		if a := post(t, s, "query", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{`+values+`}}]}`); a.Items[0].SysID != want {
			t.Errorf("%s: %+v", values, a)
		}
	}
	if got := brief(post(t, s, "query", "NetBox", `{"items":[{"className":"cmdb_ci_server","values":{"name":"x"}}]}`)); got != "MISSING_MATCHING_ATTRIBUTES" {
		t.Error(got)
	}
}
