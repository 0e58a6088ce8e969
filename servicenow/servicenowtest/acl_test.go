package servicenowtest_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestRulesThatCannotBe(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{ACLs: []servicenowtest.ACL{{Table: "incident", Closed: true}}})
	permit := func(servicenowtest.Operation, func(string) string) bool { return true }
	for want, rule := range map[string]servicenowtest.ACL{
		`no table "nope"`:               {Table: "nope"},
		`no user "nope"`:                {User: "nope"},
		`no role "nope"`:                {Roles: []string{"itil", "nope"}},
		`has no column "nope"`:          {Table: "incident", Field: "nope"},
		"a column cannot be deleted":    {Table: "incident", Field: "state", Operations: []servicenowtest.Operation{servicenowtest.OpDelete}},
		"condition Where needs a Table": {Where: "active=true"},
		`no column "activ"`:             {Table: "incident", Where: "activ=true"},
		`no operation "Peek"`:           {Operations: []servicenowtest.Operation{"Peek"}},
		"is not supported":              {Table: "incident", Where: "opened_at>javascript:gs.nope()"},
		"a Closed rule is about whole":  {Table: "incident", Closed: true, Allow: permit},
		"leave Field, Operations":       {Table: "incident", Closed: true, Field: "state"},
		"Where and Allow out":           {Table: "incident", Closed: true, Where: "active=true"},
		"about whole tables: leave":     {Table: "incident", Closed: true, Operations: []servicenowtest.Operation{servicenowtest.OpRead}},
	} {
		err := i.SetACLs(servicenowtest.ACL{Table: "problem"}, rule)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "servicenowtest: ACL 1: ") {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if a, b := i.do("GET", "/api/now/table/incident", ""), i.do("GET", "/api/now/table/problem", ""); a.status != 403 || b.status != 200 {
		t.Errorf("rules that were refused changed something: %d, %d", a.status, b.status)
	}
}

// fieldRules keep joe from reading and writing one column of three tables.
func fieldRules(t *testing.T) *instance {
	t.Helper()
	options := servicenowtest.OutOfBox()
	options.Users = append(options.Users, servicenowtest.User{Name: "joe", Password: "joe", Roles: []string{"itil"}})
	for table, field := range map[string]string{
		"change_request": "justification", "cmdb_ci": "ip_address", "sys_attachment": "content_type", "change_task": "description",
	} {
		options.ACLs = append(options.ACLs, servicenowtest.ACL{Table: table, Field: field, Roles: []string{"u_auditor"}})
	}
	options.Users = append(options.Users, servicenowtest.User{Name: "auditor", Password: "auditor", Roles: []string{"itil", "u_auditor"}})
	return newInstance(t, options)
}

// A column that may not be read is missing from whatever answers with records,
// and one that may not be written keeps its value, through every API.
func TestFieldRulesHoldInEveryAPI(t *testing.T) {
	i := fieldRules(t)
	change := servicenowtest.DemoID("change_request", "CHG0000001")
	server := servicenowtest.DemoID("cmdb_ci_linux_server", "lnux100")
	file, err := i.Attach("change_request", change, "a.txt", "text/plain", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, method, target, body, field string }{
		{"list", "GET", "/api/now/table/change_request", "", "justification"},
		{"display values", "GET", "/api/now/table/change_request?sysparm_display_value=all", "", "justification"},
		{"record", "GET", "/api/now/table/change_request/" + change, "", "justification"},
		{"by a reference", "GET", "/api/now/table/incident?sysparm_fields=number,cmdb_ci.ip_address", "", "cmdb_ci.ip_address"},
		{"answer to an update", "PATCH", "/api/now/table/change_request/" + change, `{"justification":"x"}`, "justification"},
		{"answer to an insert", "POST", "/api/now/table/change_request", `{"justification":"x"}`, "justification"},
		{"change", "GET", "/api/sn_chg_rest/change/" + change, "", "justification"},
		{"changes", "GET", "/api/sn_chg_rest/change", "", "justification"},
		{"change tasks", "GET", "/api/sn_chg_rest/change/" + servicenowtest.DemoID("change_request", "CHG0000005") + "/task", "", "description"},
		{"configuration item", "GET", "/api/now/cmdb/instance/cmdb_ci_server/" + server, "", "ip_address"},
		{"attachments", "GET", "/api/now/attachment", "", "content_type"},
		{"attachment", "GET", "/api/now/attachment/" + file, "", "content_type"},
	} {
		seen, hidden := i.as("auditor", tt.method, tt.target, tt.body), i.as("joe", tt.method, tt.target, tt.body)
		if seen.status > 201 || hidden.status != seen.status {
			t.Fatalf("%s: %d and %d: %s", tt.name, seen.status, hidden.status, hidden.body)
		}
		if !strings.Contains(seen.body, `"`+tt.field+`":`) || strings.Contains(hidden.body, `"`+tt.field+`":`) || !json.Valid([]byte(hidden.body)) {
			t.Errorf("%s: %s\nis with the rule\n%s", tt.name, seen.body, hidden.body)
		}
	}
	for _, tt := range []struct{ name, user, target, want string }{
		{"average", "joe", "/api/now/stats/cmdb_ci?sysparm_min_fields=ip_address", "permission to be read"},
		{"average", "auditor", "/api/now/stats/cmdb_ci?sysparm_min_fields=ip_address", "10.1.0.1"},
		{"query of instances", "joe", "/api/now/cmdb/instance/cmdb_ci?sysparm_query=ip_addressISEMPTY", "permission to be read"},
		{"joined query", "joe", "/api/now/table/incident?sysparm_query=JOINincident.cmdb_ci=cmdb_ci.sys_id!ip_address=1", "permission to be read"},
		{"field to field", "joe", "/api/now/table/cmdb_ci?sysparm_query=nameSAMEASip_address", "permission to be read"},
		{"text search", "joe", "/api/now/table/cmdb_ci?sysparm_query=123TEXTQUERY321=lnux101&sysparm_fields=name", `{"result":[{"name":"lnux101"}]}`},
	} {
		if got := i.as(tt.user, "GET", tt.target, ""); !strings.Contains(got.body, tt.want) {
			t.Errorf("%s of %s: %d %s, want %s", tt.name, tt.user, got.status, got.body, tt.want)
		}
	}
	got := i.as("joe", "PATCH", "/api/sn_chg_rest/change/"+change, `{"justification":"x","short_description":"y"}`)
	if row, _ := i.Row("change_request", change); row["justification"] != "x" || row["short_description"] != "y" { // x is the auditor's
		t.Errorf("change is %q, %q", row["justification"], row["short_description"])
	}
	if !strings.Contains(got.body, `"ignoredFields":["justification"]`) {
		t.Errorf("no word of the ignored field in %s", got.body)
	}
	i.as("joe", "POST", "/api/sn_chg_rest/change/normal", `{"justification":"joe's","short_description":"made by joe"}`)
	i.as("joe", "POST", "/api/sn_chg_rest/change/"+change+"/task", `{"description":"joe's","short_description":"made by joe"}`)
	made := 0
	for _, row := range i.Rows("task") {
		if row["short_description"] == "made by joe" {
			made++
			if row["justification"]+row["description"] != "" {
				t.Errorf("%s was written: %v", row["number"], row)
			}
		}
	}
	if made != 2 {
		t.Errorf("%d records made by joe", made)
	}
	i.as("joe", "PATCH", "/api/now/attachment/"+file, `{"content_type":"x","file_name":"b.txt"}`)
	if row, _ := i.Row("sys_attachment", file); row["content_type"] != "text/plain" || row["file_name"] != "b.txt" {
		t.Errorf("attachment is %q, %q", row["content_type"], row["file_name"])
	}
}

// Rules that depend on the record, by Where and by Allow.
func TestRulesAboutSomeRecords(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	for name, priority := range map[string][2]string{"low": {"3", "3"}, "high": {"1", "1"}} {
		i.insert("incident", servicenowtest.Row{"short_description": name, "description": "d", "impact": priority[0], "urgency": priority[1]})
	}
	i.insert("problem", servicenowtest.Row{"short_description": "problem"})
	low := func(_ servicenowtest.Operation, get func(string) string) bool { return get("priority") != "1" }
	list := "/api/now/table/task?sysparm_query=ORDERBYshort_description&sysparm_fields="
	for name, tt := range map[string]struct {
		rules  []servicenowtest.ACL
		target string
		want   string
	}{
		"rows by Where": {[]servicenowtest.ACL{{Table: "incident", Where: "priority=1"}}, list + "short_description",
			`{"result":[{"short_description":"low"},{"short_description":"problem"}]}`},
		"rows by Allow": {[]servicenowtest.ACL{{Table: "incident", Allow: low}}, list + "short_description",
			`{"result":[{"short_description":"low"},{"short_description":"problem"}]}`},
		"what Allow permits of what Where names": {[]servicenowtest.ACL{{Table: "task", Where: "short_descriptionISNOTEMPTY", Allow: low}}, list + "short_description",
			`{"result":[{"short_description":"low"},{"short_description":"problem"}]}`},
		"every rule must let through": {[]servicenowtest.ACL{{Table: "incident", Where: "priority=1"}, {Table: "problem"}}, list + "short_description",
			`{"result":[{"short_description":"low"}]}`},
		"fields by Where": {[]servicenowtest.ACL{{Table: "incident", Field: "description", Where: "priority=1"}}, list + "short_description,description",
			`{"result":[{"short_description":"high"},{"short_description":"low","description":"d"},{"short_description":"problem","description":""}]}`},
		"fields by Allow": {[]servicenowtest.ACL{{Field: "description", Allow: low}}, list + "short_description,description",
			`{"result":[{"short_description":"high"},{"short_description":"low","description":"d"},{"short_description":"problem","description":""}]}`},
		"another operation": {[]servicenowtest.ACL{{Operations: []servicenowtest.Operation{servicenowtest.OpInsert, servicenowtest.OpDelete}}}, list + "short_description",
			`{"result":[{"short_description":"high"},{"short_description":"low"},{"short_description":"problem"}]}`},
		"a class below the path": {[]servicenowtest.ACL{{Table: "problem", Field: "short_description"}}, list + "short_description",
			`{"result":[{"short_description":"high"},{"short_description":"low"},{}]}`},
		"everything": {[]servicenowtest.ACL{{}}, list + "short_description", `{"result":[]}`},
		"other users": {[]servicenowtest.ACL{{Roles: []string{"itil"}}}, list + "short_description", // admin holds every role
			`{"result":[{"short_description":"high"},{"short_description":"low"},{"short_description":"problem"}]}`},
	} {
		if err := i.SetACLs(tt.rules...); err != nil {
			t.Fatal(err)
		}
		got := i.do("GET", tt.target, "")
		if got.body != tt.want || got.header.Get("X-Total-Count") != "3" {
			t.Errorf("%s: %s of %s\nwant %s of 3", name, got.body, got.header.Get("X-Total-Count"), tt.want)
		}
	}
}

// Roles count inside a batch, item by item.
func TestRolesInsideABatch(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	body := `{"batch_request_id":"1","rest_requests":[` +
		`{"id":"a","method":"GET","url":"/api/now/table/incident?sysparm_limit=1&sysparm_query=number=INC0000025"},` +
		`{"id":"b","method":"GET","url":"/api/now/table/sys_db_object"}]}`
	got := i.as("abel.tuter", "POST", "/api/now/v1/batch", body)
	var answer struct {
		Serviced []struct {
			Status int    `json:"status_code"`
			Body   []byte `json:"body"`
		} `json:"serviced_requests"`
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || len(answer.Serviced) != 2 {
		t.Fatalf("%v: %s", err, got.body)
	}
	if a, b := answer.Serviced[0], answer.Serviced[1]; a.Status != 200 || string(a.Body) != `{"result":[]}` || b.Status != 403 {
		t.Errorf("%d %s, %d", a.Status, a.Body, b.Status)
	}
}

// Choice lists follow sys_choice: a table's own list, its parent's, none; and a
// snapshot brings them back.
func TestChoicesFollowTheirRecords(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	i.insert("incident", servicenowtest.Row{"short_description": "a", "state": "2", "impact": "2"})
	i.insert("problem", servicenowtest.Row{"short_description": "b", "impact": "2"})
	shown := func() string {
		return i.do("GET", "/api/now/table/incident?sysparm_display_value=true&sysparm_fields=state,impact", "").body +
			i.do("GET", "/api/now/table/problem?sysparm_display_value=true&sysparm_fields=state,impact", "").body
	}
	first, untouched := shown(), i.Snapshot()
	if want := `{"result":[{"state":"In Progress","impact":"2 - Medium"}]}{"result":[{"state":"New","impact":"2 - Medium"}]}`; first != want {
		t.Fatalf("got %s, want %s", first, want)
	}
	each := func(query string, change func(id string)) {
		t.Helper()
		got := i.do("GET", "/api/now/table/sys_choice?sysparm_fields=sys_id&sysparm_query="+url.QueryEscape(query), "")
		var answer struct {
			Result []struct {
				ID string `json:"sys_id"`
			} `json:"result"`
		}
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil || len(answer.Result) == 0 {
			t.Fatalf("%s: %v %s", query, err, got.body)
		}
		for _, row := range answer.Result {
			change(row.ID)
		}
	}
	each("name=task^element=impact^value=2", func(id string) {
		if err := i.Update("sys_choice", id, servicenowtest.Row{"label": "Middling"}); err != nil {
			t.Fatal(err)
		}
	})
	i.insert("sys_choice", servicenowtest.Row{"name": "problem", "element": "impact", "value": "2", "label": "Bad"})
	each("name=incident^element=state", func(id string) { // the list of task is what remains
		if got := i.do("DELETE", "/api/now/table/sys_choice/"+id, ""); got.status != 204 {
			t.Fatal(got)
		}
	})
	changed, later := shown(), i.Snapshot()
	if want := `{"result":[{"state":"Work in Progress","impact":"Middling"}]}{"result":[{"state":"New","impact":"Bad"}]}`; changed != want {
		t.Errorf("got %s, want %s", changed, want)
	}
	for _, tt := range []struct {
		snapshot *servicenowtest.Snapshot
		want     string
	}{{untouched, first}, {later, changed}, {untouched, first}} {
		if err := i.Restore(tt.snapshot); err != nil {
			t.Fatal(err)
		}
		if got := shown(); got != tt.want {
			t.Errorf("after Restore %s, want %s", got, tt.want)
		}
	}
}

// Roles, choices and records may change while others read.
func TestAccessWhileRecordsChange(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	itil := servicenowtest.DemoID("sys_user", "itil")
	var group sync.WaitGroup
	for _, work := range []func(n int){
		func(n int) {
			i.do("POST", "/api/now/table/sys_choice", `{"name":"incident","element":"category","value":"v`+strconv.Itoa(n)+`","label":"L"}`)
		},
		func(int) {
			i.as("itil", "GET", "/api/now/table/incident?category=L&sysparm_display_value=all&sysparm_limit=5", "")
		},
		func(int) {
			i.as("integration", "POST", "/api/now/cmdb/instance/cmdb_ci_server", `{"source":"ServiceNow","attributes":{"name":"x"}}`)
		},
		func(int) { i.as("abel.tuter", "GET", "/api/now/stats/incident?sysparm_count=true", "") },
		func(int) { i.as("itil", "GET", "/api/now/table/sys_dictionary?sysparm_limit=1", "") },
		func(n int) {
			_ = i.Update("sys_user", itil, servicenowtest.Row{"phone": strconv.Itoa(n)})
			_ = i.SetACLs(servicenowtest.OutOfBox().ACLs...)
		},
	} {
		group.Go(func() {
			for n := range 10 {
				work(n)
			}
		})
	}
	group.Wait()
	if got := i.as("itil", "GET", "/api/now/table/incident?category=L&sysparm_limit=1", ""); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
