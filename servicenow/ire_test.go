package servicenow_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var netbox = servicenow.IREOptions{DataSource: "NetBox"}

// server is an item that the hardware rule finds by its name.
func serverItem(name string, more ...string) servicenow.IREItem {
	values := map[string]any{"name": name}
	for i := 0; i+1 < len(more); i += 2 {
		values[more[i]] = more[i+1]
	}
	return servicenow.IREItem{Class: "cmdb_ci_server", Values: values}
}

func payloadOf(items ...servicenow.IREItem) *servicenow.IREPayload {
	return &servicenow.IREPayload{Items: items}
}

func outcomes(r *servicenow.IREResult) string {
	var list []string
	for _, item := range r.Items {
		list = append(list, string(item.Outcome))
	}
	return strings.Join(list, " ")
}

// The bytes of a request with everything that a payload can hold: c_IdentifyReconcileAPI.
func TestIREWire(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	p := &servicenow.IREPayload{}
	host := p.Add(servicenow.IREItem{
		Class: "cmdb_ci_linux_server", ID: "host",
		Values: map[string]any{"name": "lnux101", "ram": 8192, "virtual": true, "install_date": servicenow.DateTime{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, "location": nil},
		Lookups: []servicenow.IRERecord{{
			Class: "cmdb_serial_number", ID: "serial", Values: map[string]any{"serial_number": "S1", "serial_number_type": "uuid"},
		}},
		Related: []servicenow.IRERecord{{
			Class: "cmdb_ci_network_adapter", Values: struct {
				Name string `json:"name"`
			}{"eth0"}, Source: servicenow.IRESource{Name: "ServiceNow", Key: "n-7"},
		}},
		Source:    servicenow.IRESource{Key: "42", Feed: "devices", Seen: time.Date(2026, 1, 2, 4, 0, 0, 0, time.FixedZone("", 3600))},
		KeepClass: servicenow.IREKeepClass{Downgrade: true}, SkipReclassificationRules: true,
	})
	other := p.Add(servicenow.IREItem{Class: "cmdb_ci_ip_switch", ID: "switch", Values: servicenow.Record{"name": {Value: "sw1"}}})
	p.Relate(host, "IP Connection::IP Connection", other)
	p.Relations[0].Feed = "cables"
	p.RelateIDs("serial", "Uses::Used by", "switch")
	p.Refer("host", "duplicate_of", "switch")
	if _, err := client.IRE.Enhanced(context.Background(), p, servicenow.IREOptions{DataSource: "NetBox", NoPartialPayloads: true, NoDeduplication: true, Summary: true}); err != nil {
		t.Fatal(err)
	}
	call := server.Journal()[0]
	want := `{"items":[` +
		`{"className":"cmdb_ci_linux_server","internal_id":"host","values":{"install_date":"2026-01-02 03:04:05","location":"","name":"lnux101","ram":"8192","virtual":"true"},` +
		`"sys_object_source_info":{"source_name":"NetBox","source_feed":"devices","source_native_key":"42","source_recency_timestamp":"2026-01-02 03:00:00"},` +
		`"lookup":[{"className":"cmdb_serial_number","internal_id":"serial","values":{"serial_number":"S1","serial_number_type":"uuid"}}],` +
		`"related":[{"className":"cmdb_ci_network_adapter","values":{"name":"eth0"},"sys_object_source_info":{"source_name":"ServiceNow","source_native_key":"n-7"}}],` +
		`"settings":{"updateWithoutDowngrade":true,"skipReclassificationRestrictionRules":true}},` +
		`{"className":"cmdb_ci_ip_switch","internal_id":"switch","values":{"name":"sw1"}}],` +
		`"relations":[{"parent":0,"child":1,"type":"IP Connection::IP Connection","sys_rel_source_info":{"source_feed":"cables","source_name":"NetBox"}},` +
		`{"parent_id":"serial","child_id":"switch","type":"Uses::Used by"}],` +
		`"referenceItems":[{"referenced":"switch","referencedBy":"host","referenceField":"duplicate_of"}]}`
	if diff := cmp.Diff(want, string(call.Body)); diff != "" {
		t.Error(diff)
	}
	if call.Method != "POST" || call.Path != "/api/now/identifyreconcile/enhanced" ||
		call.Query != "options=partial_payloads%3Afalse%2Cdeduplicate_payloads%3Afalse%2Cgenerate_summary%3Atrue&sysparm_data_source=NetBox" {
		t.Error(call.Method, call.Path, call.Query)
	}
}

func TestIREWritesByRules(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	p := &servicenow.IREPayload{}
	web := serverItem("web-01", "serial_number", "S1")
	web.Source = servicenow.IRESource{Key: "7"}
	a, b := p.Add(web), p.Add(serverItem("db-01"))
	p.Relate(a, "Depends on::Used by", b)

	plan, err := client.IRE.Query(ctx, p, netbox)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(plan); got != "inserted inserted" || plan.Items[0].SysID != "" || plan.Relations[0].Outcome != servicenow.IREInserted {
		t.Errorf("dry run: %s %+v", got, plan)
	}
	if n := server.Count("cmdb_ci") + server.Count("cmdb_rel_ci") + server.Count("sys_object_source"); n != 0 {
		t.Errorf("a dry run wrote %d rows", n)
	}
	first, err := client.IRE.Reconcile(ctx, p, netbox)
	if err != nil {
		t.Fatal(err)
	}
	row, found := server.Row("cmdb_ci", first.Items[0].SysID)
	if !found || row["name"] != "web-01" || row["discovery_source"] != "NetBox" || row["sys_class_name"] != "cmdb_ci_server" {
		t.Errorf("row %v", row)
	}
	if rows := server.Rows("sys_object_source"); len(rows) != 1 || rows[0]["id"] != "7" || rows[0]["target_sys_id"] != first.Items[0].SysID {
		t.Errorf("sources %v", rows)
	}
	if rows := server.Rows("cmdb_rel_ci"); len(rows) != 1 || rows[0]["parent"] != first.Items[0].SysID || rows[0]["child"] != first.Items[1].SysID {
		t.Errorf("relations %v", rows)
	}
	again, err := client.IRE.Reconcile(ctx, p, netbox)
	if err != nil || outcomes(again) != "unchanged unchanged" || again.Relations[0].Outcome != servicenow.IREUnchanged {
		t.Errorf("again: %v %s", err, outcomes(again))
	}
	// The source's key finds the CI, whatever else changed.
	renamed := serverItem("web-01-new", "serial_number", "S2")
	renamed.Source = servicenow.IRESource{Key: "7"}
	third, err := client.IRE.Reconcile(ctx, payloadOf(renamed), netbox)
	if err != nil || third.Items[0].SysID != first.Items[0].SysID || third.Items[0].Outcome != servicenow.IREUpdated {
		t.Errorf("renamed: %v %+v", err, third.Items[0])
	}
	want := []servicenow.IREAttempt{{Result: "MATCHED", Attributes: []string{}, Info: "sys_object_source MATCHED"}}
	if diff := cmp.Diff(want, third.Items[0].Attempts); diff != "" {
		t.Error(diff)
	}
}

func TestIREBadInput(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	relation := func(r servicenow.IRERelation) *servicenow.IREPayload {
		p := payloadOf(serverItem("a"), serverItem("b"))
		p.Items[0].ID, p.Items[1].ID = "a", "b"
		p.Relations = []servicenow.IRERelation{r}
		return p
	}
	item := func(change func(*servicenow.IREItem)) *servicenow.IREPayload {
		one := serverItem("a")
		change(&one)
		return payloadOf(one)
	}
	tied := payloadOf(serverItem("a"), serverItem("b"), serverItem("c"))
	tied.Relate(0, "Runs on::Runs", 2)
	twice := relation(servicenow.IRERelation{Parent: 0, Child: 1, Type: "Runs on::Runs"})
	twice.Relations = append(twice.Relations, twice.Relations[0])
	reference := payloadOf(serverItem("a"))
	reference.Refer("a", "location", "b")
	for name, c := range map[string]struct {
		payload *servicenow.IREPayload
		options servicenow.IREOptions
		want    string
	}{
		"nil":          {nil, netbox, "no items"},
		"empty":        {&servicenow.IREPayload{}, netbox, "no items"},
		"no source":    {payloadOf(serverItem("a")), servicenow.IREOptions{}, "DataSource"},
		"class":        {item(func(i *servicenow.IREItem) { i.Class = "a b" }), netbox, `class "a b"`},
		"sys field":    {item(func(i *servicenow.IREItem) { i.Values = map[string]any{"sys_updated_on": "x"} }), netbox, "sys_ columns"},
		"dot":          {item(func(i *servicenow.IREItem) { i.Values = map[string]any{"location.name": "x"} }), netbox, "other records"},
		"nested":       {item(func(i *servicenow.IREItem) { i.Values = map[string]any{"name": []string{"x"}} }), netbox, `"name"`},
		"nothing":      {item(func(i *servicenow.IREItem) { i.Values = nil }), netbox, "nothing identifies"},
		"key":          {item(func(i *servicenow.IREItem) { i.Source.Name = "NetBox" }), netbox, "no Key"},
		"same values":  {payloadOf(serverItem("a"), serverItem("a")), netbox, "same values as item 0"},
		"same sys_id":  {payloadOf(serverItem("a", "sys_id", "AB"), serverItem("b", "sys_id", "ab")), netbox, "same as item 0"},
		"empty lookup": {item(func(i *servicenow.IREItem) { i.Lookups = []servicenow.IRERecord{{Class: "x"}} }), netbox, "lookup 0: it has no values"},
		"same lookup": {item(func(i *servicenow.IREItem) {
			r := servicenow.IRERecord{Class: "x", Values: map[string]any{"a": 1}}
			i.Related = []servicenow.IRERecord{r, r}
		}), netbox, "related record 1: it is the same"},
		"same id": {item(func(i *servicenow.IREItem) {
			i.ID = "q"
			i.Lookups = []servicenow.IRERecord{{Class: "x", ID: "q", Values: map[string]any{"a": 1}}}
		}), netbox, `"q" is taken`},
		"index":           {relation(servicenow.IRERelation{Parent: 0, Child: 2, Type: "Runs on::Runs"}), netbox, "there is no item 2"},
		"itself":          {relation(servicenow.IRERelation{Parent: 1, Child: 1, Type: "Runs on::Runs"}), netbox, "both parent and child"},
		"type":            {relation(servicenow.IRERelation{Child: 1, Type: "Runs on"}), netbox, `type "Runs on"`},
		"id":              {relation(servicenow.IRERelation{ParentID: "a", ChildID: "c", Type: "Runs on::Runs"}), netbox, `ID "c"`},
		"half id":         {relation(servicenow.IRERelation{ParentID: "a", Type: "Runs on::Runs"}), netbox, `ID ""`},
		"relation twice":  {twice, netbox, "twice"},
		"reference":       {reference, netbox, `reference 0`},
		"chunk":           {tied, servicenow.IREOptions{DataSource: "NetBox", ChunkSize: 1}, "ChunkSize"},
		"negative":        {tied, servicenow.IREOptions{DataSource: "NetBox", ChunkSize: -1}, "ChunkSize"},
		"enhanced option": {tied, servicenow.IREOptions{DataSource: "NetBox", Summary: true}, "QueryEnhanced"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := client.IRE.Reconcile(context.Background(), c.payload, c.options)
			if err == nil || r != nil || !strings.HasPrefix(err.Error(), "servicenow: IRE.Reconcile: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := client.IRE.Enhanced(context.Background(), tied, servicenow.IREOptions{DataSource: "NetBox", NoDeduplication: true}); err == nil || !strings.Contains(err.Error(), "NoPartialPayloads") {
		t.Error(err)
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
}

// Relations stay with their items, results come back in the caller's order, and
// no request is larger than the guideline.
func TestIREChunks(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	server.LimitBodies(-1)
	p := &servicenow.IREPayload{}
	const n = 1203
	for i := range n {
		p.Add(serverItem(fmt.Sprintf("srv-%04d", i)))
	}
	for i := 0; i+600 < n; i += 7 { // ties items that are far apart
		p.Relate(i, "Depends on::Used by", i+600)
	}
	r, err := client.IRE.Reconcile(context.Background(), p, netbox)
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 3 || server.Requests() != 3 || r.Count(servicenow.IREInserted) != n {
		t.Errorf("%d requests, %d inserted", r.Requests, r.Count(servicenow.IREInserted))
	}
	for _, call := range server.Journal() {
		var sent struct{ Items []json.RawMessage }
		if err := json.Unmarshal(call.Body, &sent); err != nil || len(sent.Items) > 500 {
			t.Errorf("%d items, %v", len(sent.Items), err)
		}
	}
	for i, item := range r.Items {
		if row, _ := server.Row("cmdb_ci", item.SysID); row["name"] != fmt.Sprintf("srv-%04d", i) {
			t.Fatalf("item %d is %q", i, row["name"])
		}
	}
	if len(server.Rows("cmdb_rel_ci")) != len(p.Relations) {
		t.Errorf("%d relations", len(server.Rows("cmdb_rel_ci")))
	}
	for i, relation := range r.Relations {
		if relation.Outcome != servicenow.IREInserted || relation.Err != nil {
			t.Errorf("relation %d: %+v", i, relation)
		}
	}
}

// A request that fails takes only its own items with it.
func TestIREFailedRequest(t *testing.T) {
	ctx := context.Background()
	server, client := startWith(t, servicenowtest.Options{}, servicenow.Config{MaxRetries: -1})
	p := payloadOf(serverItem("a"), serverItem("b"), serverItem("c"))
	one := servicenow.IREOptions{DataSource: "NetBox", ChunkSize: 1}
	server.Fail(servicenowtest.Fault{Call: 2, DropAfter: true})
	r, err := client.IRE.Reconcile(ctx, p, one)
	var failure *servicenow.Error
	if !errors.As(err, &failure) || !failure.MaybeApplied() || outcomes(r) != "inserted unknown inserted" || !errors.Is(r.Items[1].Err, servicenow.ErrAmbiguous) {
		t.Errorf("%v %s", err, outcomes(r))
	}
	server.ResetJournal()
	server.Fail(servicenowtest.Unauthenticated().OnCall(1))
	r, err = client.IRE.Reconcile(ctx, p, one)
	if !errors.Is(err, servicenow.ErrUnauthorized) || server.Requests() != 1 || outcomes(r) != "unknown unknown unknown" {
		t.Errorf("%v %s after %d requests", err, outcomes(r), server.Requests())
	}
	if errors.As(r.Items[2].Err, &failure) && failure.MaybeApplied() {
		t.Errorf("what was never sent may not be applied: %v", r.Items[2].Err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if r, err = client.IRE.Reconcile(cancelled, p, one); !errors.Is(err, context.Canceled) || outcomes(r) != "unknown unknown unknown" {
		t.Errorf("%v %s", err, outcomes(r))
	}
}

// A lost answer is repeated, because the engine identifies before it writes.
func TestIRERepeat(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	server.Fail(servicenowtest.Fault{Call: 1, DropAfter: true})
	r, err := client.IRE.Reconcile(context.Background(), payloadOf(serverItem("a")), netbox)
	if err != nil || !r.Repeated || outcomes(r) != "unchanged" || server.Count("cmdb_ci") != 1 {
		t.Errorf("%v %+v, %d CIs", err, r, server.Count("cmdb_ci"))
	}
}

// Answers that differ from the samples in the ways that the documentation's
// tables do, and answers that say too little.
func TestIREAnswers(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"array":            {`{"result":[{"items":[{"sysId":"1","operation":"INSERT","inputIndices":[0]},{"sysId":"2","operation":"UPDATE_WITH_SWITCH","inputIndices":[1]}]}]}`, "inserted updated"},
		"no indexes":       {`{"result":{"items":[{"sysId":"1","operation":"NO_CHANGE"},{"sysId":"2","operation":"DELETE"}]}}`, "unchanged deleted"},
		"merged":           {`{"result":{"items":[{"sysId":"1","operation":"UPDATE","inputIndices":[0,1]}]}}`, "updated updated"},
		"index objects":    {`{"result":{"items":[{"sysId":"1","operation":"INSERT","inputIndices":[{"mainIndex":1}]},{"sysId":"2","operation":"INSERT","inputIndices":[{"mainIndex":0}]}]}}`, "inserted inserted"},
		"out of range":     {`{"result":{"items":[{"sysId":"1","operation":"INSERT","inputIndices":[7,-1]}]}}`, "unknown unknown"},
		"nothing":          {`{"result":{}}`, "unknown unknown"},
		"new operation":    {`{"result":{"items":[{"sysId":"1","operation":"MERGE","inputIndices":[0]}]}}`, "unknown unknown"},
		"error only":       {`{"result":{"items":[{"sysId":"Unknown","errors":[{"error":"NEW_CODE","message":"m"}],"inputIndices":[0]}]}}`, "failed unknown"},
		"no reason":        {`{"result":{"items":[{"sysId":"Unknown","inputIndices":[1]}]}}`, "unknown failed"},
		"incomplete":       {`{"result":{"items":[{"sysId":"Unknown","operation":"INSERT_AS_INCOMPLETE","errors":[{"error":"LOCK_TIMEOUT","message":"m"}],"inputIndices":[0]}]}}`, "incomplete unknown"},
		"error and insert": {`{"result":{"items":[{"sysId":"1","operation":"INSERT","errors":[{"error":"ABANDONED","message":"m"}],"inputIndices":[0]}]}}`, "failed unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := start(t, servicenowtest.Options{})
			server.Fail(servicenowtest.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: c.body})
			r, err := client.IRE.Reconcile(context.Background(), payloadOf(serverItem("a"), serverItem("b")), netbox)
			if err != nil || outcomes(r) != c.want {
				t.Errorf("%v: %s", err, outcomes(r))
			}
			for i, item := range r.Items {
				inCMDB := item.Outcome == servicenow.IREInserted || item.Outcome == servicenow.IREUpdated || item.Outcome == servicenow.IREUnchanged || item.Outcome == servicenow.IREDeleted
				if inCMDB != (item.Err == nil) {
					t.Errorf("item %d: %s with error %v", i, item.Outcome, item.Err)
				}
			}
		})
	}
	for name, body := range map[string]string{"null": `{"result":null}`, "number": `{"result":7}`, "cut": `{"result":{"items":[`, "error": `{"result":{},"error":{"message":"Transaction cancelled","detail":"d"},"status":"failure"}`, "types": `{"result":{"items":{"a":1}}}`} {
		t.Run(name, func(t *testing.T) {
			server, client := startWith(t, servicenowtest.Options{}, servicenow.Config{MaxRetries: -1})
			server.Fail(servicenowtest.Fault{Status: 200, Body: body})
			r, err := client.IRE.Reconcile(context.Background(), payloadOf(serverItem("a")), netbox)
			if err == nil || outcomes(r) != "unknown" {
				t.Errorf("%v %s", err, outcomes(r))
			}
		})
	}
}
