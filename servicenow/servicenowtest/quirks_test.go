package servicenowtest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// TestWireQuirks holds the server to those facts about the wire that no
// transcript shows. Each name says the fact and where it is known from.
func TestWireQuirks(t *testing.T) {
	for fact, check := range map[string]func(*testing.T, *instance){
		"any Accept, and none, is served as JSON (recorded curl calls)": func(t *testing.T, i *instance) {
			for _, accept := range []string{"", "*/*", "text/html, */*", "application/json;q=0.9"} {
				if res := i.do("GET", "/api/now/table/incident", "", "Accept", accept); res.status != 200 || res.header.Get("Content-Type") != "application/json;charset=UTF-8" {
					t.Errorf("Accept %q: %d %s", accept, res.status, res.header.Get("Content-Type"))
				}
			}
		},
		"answers forbid caching and carry a transaction id of 12 hex digits (recorded headers)": func(t *testing.T, i *instance) {
			res := i.do("GET", "/api/now/table/incident", "")
			for name, want := range map[string]string{
				"Pragma": "no-store,no-cache", "Cache-Control": "no-cache,no-store,must-revalidate,max-age=-1", "Expires": "0",
				"X-Content-Type-Options": "nosniff", "Server": "ServiceNow", "X-Is-Logged-In": "true",
			} {
				if got := res.header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if id := res.header.Get("X-Transaction-ID"); len(id) != 12 || strings.Trim(id, "0123456789abcdef") != "" {
				t.Errorf("X-Transaction-ID %q", id)
			}
		},
		"a body beyond 25 MB is 400, though packed it is small (request size documentation)": func(t *testing.T, i *instance) {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write([]byte(`{"description":"`))
			chunk := bytes.Repeat([]byte("x"), 1<<20)
			for range 26 {
				_, _ = z.Write(chunk)
			}
			_, _ = z.Write([]byte(`"}`))
			_ = z.Close()
			if res := i.do("POST", "/api/now/table/incident", packed.String(), "Content-Encoding", "gzip"); res.status != 400 || i.Count("incident") != 0 {
				t.Errorf("%d, %d records", res.status, i.Count("incident"))
			}
		},
		"a password that is written is ignored without an error (measured)": func(t *testing.T, i *instance) {
			admin := i.list("sys_user", "sys_id", "user_name=admin")
			if res := i.do("PATCH", "/api/now/table/sys_user/"+admin, `{"user_password":"changed"}`); res.status != 200 {
				t.Errorf("%d %s", res.status, res.body)
			}
			if res := i.do("GET", "/api/now/table/incident", ""); res.status != 200 {
				t.Error("the old password is refused")
			}
		},
		"parameters that are unknown or without meaning here are ignored (measured)": func(t *testing.T, i *instance) {
			i.insert("incident", servicenowtest.Row{"short_description": "a"})
			plain := i.do("GET", "/api/now/table/incident", "").body
			for _, name := range []string{"sysparm_query_category=none", "sysparm_query_no_domain=true", "sysparm_suppress_auto_sys_field=true", "sysparm_view=mobile", "sysparm_bogus=1"} {
				if res := i.do("GET", "/api/now/table/incident?"+name, ""); res.status != 200 || res.body != plain {
					t.Errorf("%s: %d %s", name, res.status, res.body)
				}
			}
		},
		"an empty parameter counts as absent (public clients)": func(t *testing.T, i *instance) {
			i.insert("incident", nil)
			i.insert("incident", nil)
			if res := i.do("GET", "/api/now/table/incident?sysparm_limit=&sysparm_fields=&sysparm_query=&sysparm_offset=", ""); strings.Count(res.body, `"number"`) != 2 {
				t.Errorf("%d %s", res.status, res.body)
			}
		},
		"a record has every column, absent ones as empty text (Table API documentation)": func(t *testing.T, i *instance) {
			id := i.insert("incident", nil)
			var answer struct{ Result map[string]any }
			res := i.do("GET", "/api/now/table/incident/"+id+"?sysparm_exclude_reference_link=true", "")
			if err := json.Unmarshal([]byte(res.body), &answer); err != nil {
				t.Fatal(err)
			}
			row, _ := i.Row("incident", id)
			if len(answer.Result) != len(row) {
				t.Errorf("%d columns of %d", len(answer.Result), len(row))
			}
			for name, value := range answer.Result {
				if text, ok := value.(string); !ok || text != row[name] {
					t.Errorf("%s: %v, in the record %q", name, value, row[name])
				}
			}
		},
		"an update whose body is not wanted answers without one (Table API documentation)": func(t *testing.T, i *instance) {
			id := i.insert("incident", nil)
			res := i.do("PATCH", "/api/now/table/incident/"+id, `{"short_description":"x"}`, "X-no-response-body", "true")
			if row, _ := i.Row("incident", id); res.body != "" || res.status/100 != 2 || row["short_description"] != "x" {
				t.Errorf("%d %q", res.status, res.body)
			}
		},
		"times of updates are whole seconds, and tie (measured)": func(t *testing.T, i *instance) {
			clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 30, 15, 0, time.UTC))
			i.SetClock(clock)
			i.insert("incident", nil)
			clock.Advance(900 * time.Millisecond)
			i.insert("incident", nil)
			if got := i.list("incident", "sys_updated_on", "ORDERBYnumber"); got != "2026-01-15 08:30:15 2026-01-15 08:30:15" {
				t.Error(got)
			}
		},
		"a value keeps its %, &, + and = when it is escaped (encoded query documentation)": func(t *testing.T, i *instance) {
			i.insert("incident", servicenowtest.Row{"number": "INC1", "short_description": "50% & more + 1=1"})
			if got := i.list("incident", "number", "short_description=50% & more + 1=1"); got != "INC1" {
				t.Error(got)
			}
		},
		"a comma in IN and an @ in BETWEEN cannot be escaped (encoded query documentation)": func(t *testing.T, i *instance) {
			i.insert("incident", servicenowtest.Row{"number": "INC1", "short_description": "a,b"})
			if got := i.list("incident", "number", "short_descriptionINa,b"); got != "" {
				t.Errorf("IN: %q", got)
			}
			if got := i.list("incident", "number", "short_description=a,b"); got != "INC1" {
				t.Errorf("=: %q", got)
			}
		},
		"10,000 rows are a page without a limit (Table API documentation)": func(t *testing.T, i *instance) {
			for range 10001 {
				i.insert("cmn_department", nil)
			}
			res := i.do("GET", "/api/now/table/cmn_department?sysparm_fields=sys_mod_count", "")
			if n := strings.Count(res.body, "sys_mod_count"); n != 10000 || res.header.Get("X-Total-Count") != "10001" {
				t.Errorf("%d rows of %s", n, res.header.Get("X-Total-Count"))
			}
		},
		"relation types have sys_name, and relations are walked by dots (public clients)": func(t *testing.T, i *instance) {
			parent, child := i.insert("cmdb_ci_server", servicenowtest.Row{"name": "p"}), i.insert("cmdb_ci_server", servicenowtest.Row{"name": "c"})
			kind := i.list("cmdb_rel_type", "sys_id", "sys_name=Depends on::Used by")
			if len(kind) != 32 {
				t.Fatalf("types %q", kind)
			}
			i.insert("cmdb_rel_ci", servicenowtest.Row{"parent": parent, "child": child, "type": kind})
			if got := i.list("cmdb_rel_ci", "child.name", "type.sys_name=Depends on::Used by^parent.name=p"); got != "c" {
				t.Error(got)
			}
		},
		"HEAD is answered as GET, without the body, for one record too (REST API documentation)": func(t *testing.T, i *instance) {
			id := i.insert("incident", nil)
			for path, status := range map[string]int{"/" + id: 200, "/" + strings.Repeat("0", 32): 404} {
				if res := i.do("HEAD", "/api/now/table/incident"+path, ""); res.status != status || res.body != "" || res.header.Get("X-Is-Logged-In") != "true" {
					t.Errorf("%s: %d %q", path, res.status, res.body)
				}
			}
		},
		"classes hang together as in the product (CMDB Meta API sample; network gear is common knowledge)": func(t *testing.T, i *instance) {
			for class, parent := range map[string]string{
				"cmdb_ci_hardware": "cmdb_ci", "cmdb_ci_computer": "cmdb_ci_hardware", "cmdb_ci_server": "cmdb_ci_computer",
				"cmdb_ci_linux_server": "cmdb_ci_server", "cmdb_ci_win_server": "cmdb_ci_server", "cmdb_ci_netgear": "cmdb_ci_hardware",
				"cmdb_ci_ip_router": "cmdb_ci_netgear", "cmdb_ci_ip_switch": "cmdb_ci_netgear", "cmdb_ci_ip_firewall": "cmdb_ci_netgear", "cmdb_ci_wap_network": "cmdb_ci_netgear",
			} {
				if res := i.do("GET", "/api/now/cmdb/meta/"+class, ""); !strings.Contains(res.body, fmt.Sprintf("%q", parent)) {
					t.Errorf("%s is not below %s", class, parent)
				}
			}
		},
	} {
		t.Run(fact, func(t *testing.T) { check(t, newInstance(t, servicenowtest.Options{})) })
	}
}
