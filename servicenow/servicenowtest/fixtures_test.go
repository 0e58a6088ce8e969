package servicenowtest_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var update = flag.Bool("update", false, "write the fixtures anew")

// item is one request of a batch.
func item(id, method, url, body string) map[string]any {
	return map[string]any{
		"id": id, "method": method, "url": url, "body": base64.StdEncoding.EncodeToString([]byte(body)),
		"headers": []map[string]string{{"name": "Content-Type", "value": "application/json"}}, "exclude_response_headers": true,
	}
}

func batch(t testing.TB, items ...map[string]any) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"batch_request_id": "1", "rest_requests": items})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The fixtures are what the server answers, so that they cannot drift apart.
func TestFixtures(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Seed: 7, Clock: fixedClock, BatchItemTime: 12 * time.Second})
	company := i.insert("core_company", servicenowtest.Row{"sys_id": "c1000000000000000000000000000001", "name": "Acme"})
	location := i.insert("cmn_location", servicenowtest.Row{"sys_id": "d1000000000000000000000000000001", "name": "Berlin"})
	for _, row := range []servicenowtest.Row{
		{"sys_id": "a1000000000000000000000000000001", "short_description": "Unable to connect to email", "impact": "1", "urgency": "1", "company": company},
		{"sys_id": "a1000000000000000000000000000002", "short_description": "Printer ^ \"out of paper\"", "state": "2"},
	} {
		i.insert("incident", row)
	}
	for n, name := range []string{"core-rtr-01", "core-rtr-02", "Wäscherei-AP"} {
		id := "b100000000000000000000000000000" + string(rune('1'+n))
		i.insert("cmdb_ci_ip_router", servicenowtest.Row{"sys_id": id, "name": name, "asset_tag": "A-" + name, "location": location})
		i.insert("x_nbl_cmdb_netbox_attributes", servicenowtest.Row{
			"sys_id": strings.Replace(id, "b", "e", 1), "record_table": "cmdb_ci_ip_router", "record_sys_id": id, "nb_id": string(rune('1' + n)), "nb_class": "device", "nb_sync": "true",
		})
	}
	const (
		incidents = "/api/now/table/incident?sysparm_fields=sys_id,number,short_description,state,priority,company,sys_updated_on"
		cis       = "/api/now/table/cmdb_ci?sysparm_fields=sys_id,sys_class_name,name,asset_tag,location&sysparm_exclude_reference_link=true"
		create    = `{"sys_id":"a1000000000000000000000000000003","short_description":"New laptop"}`
	)
	get := func(target string) func() result { return func() result { return i.do("GET", target, "") } }
	during := func(f servicenowtest.Fault, ask func() result) func() result {
		return func() result {
			i.Fail(f)
			defer i.ClearFaults()
			return ask()
		}
	}
	forbidden := func() result {
		if err := i.SetACLs(servicenowtest.ACL{Allow: func(op servicenowtest.Operation, _ func(string) string) bool { return op == servicenowtest.OpRead }}); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = i.SetACLs() }()
		return i.do("POST", "/api/now/table/incident", `{}`)
	}
	post := func(target, body string) func() result { return func() result { return i.do("POST", target, body) } }
	const change = "/api/sn_chg_rest/change/ca000000000000000000000000000001"
	changed := func() result {
		i.insert("change_request", servicenowtest.Row{"sys_id": "ca000000000000000000000000000001", "short_description": "Upgrade the router", "state": "-4"})
		return i.do("GET", change, "")
	}
	cases := []struct {
		name   string
		status int
		ask    func() result
	}{
		{"incident-list", 200, get(incidents)},
		{"incident-list-all", 200, get(incidents + "&sysparm_display_value=all")},
		{"incident", 200, get("/api/now/table/incident/a1000000000000000000000000000001")},
		{"incident-created", 201, post("/api/now/table/incident", create)},
		{"cmdb-page", 200, get(cis)},
		{"attributes-page", 200, get("/api/now/table/x_nbl_cmdb_netbox_attributes?sysparm_fields=sys_id,record_table,record_sys_id,nb_id,nb_class,nb_sync")},
		{"empty-list", 200, get("/api/now/table/change_request")},
		{"count", 200, get("/api/now/stats/cmdb_ci?sysparm_count=true")},
		{"batch", 200, post("/api/now/v1/batch", batch(t, item("1", "GET", cis, ""), item("2", "POST", incidents, `{"sys_id":"a1000000000000000000000000000004"}`), item("3", "GET", "/api/now/table/nope", "")))},
		{"batch-unserviced", 200, post("/api/now/v1/batch", batch(t, item("1", "GET", "/api/now/table/incident?sysparm_limit=0", ""), item("2", "GET", "/api/now/table/incident?sysparm_limit=0", ""), item("3", "GET", "/api/now/table/incident?sysparm_limit=0", ""), item("4", "DELETE", "/api/now/table/incident/x", ""), item("5", "DELETE", "/api/now/table/incident/y", "")))},
		{"error-invalid-table", 400, get("/api/now/table/no_such_table")},
		{"error-unauthenticated", 401, func() result { return i.do("GET", incidents, "", "Authorization", "Basic bm86bm8=") }},
		{"error-acl", 403, forbidden},
		{"error-duplicate", 403, post("/api/now/table/incident", create)},
		{"error-not-found", 404, get("/api/now/table/incident/ffffffffffffffffffffffffffffffff")},
		{"error-rate-limit", 429, during(servicenowtest.RateLimited(time.Minute), get(incidents))},
		{"error-cancelled", 500, during(servicenowtest.TerminatedInQueue(), get(incidents))},
		{"cancelled-list", 200, during(servicenowtest.Terminated(1), get(incidents))},
		{"truncated-list", 200, during(servicenowtest.TruncatedAt(420), get(incidents))},
		{"hibernating", 200, during(servicenowtest.Asleep(), get(incidents))},
		{"change", 200, changed},
		{"change-next-states", 200, get(change + "/nextstates")},
		{"change-worker", 202, post(change+"/ci", `{"association_type":"affected","cmdb_ci_sys_ids":["b1000000000000000000000000000001"]}`)},
	}
	for _, tc := range cases {
		got := tc.ask()
		if got.status != tc.status {
			t.Fatalf("%s: %d %s", tc.name, got.status, got.body)
		}
		if *update {
			extension := ".json"
			if strings.HasPrefix(got.body, "<") {
				extension = ".html"
			}
			if err := os.WriteFile("fixtures/"+tc.name+extension, []byte(got.body), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if fixture := string(servicenowtest.Fixture(tc.name)); fixture != got.body {
			t.Errorf("%s:\n%s\nbut the server answers\n%s", tc.name, fixture, got.body)
		}
	}
	if names := servicenowtest.Fixtures(); !*update && len(names) != len(cases) {
		t.Errorf("%d fixtures, %d of them tested", len(names), len(cases))
	}
	if servicenowtest.Fixture("nothing") != nil || servicenowtest.Fixture("../doc") != nil {
		t.Error("a fixture that does not exist is not nil")
	}
}
