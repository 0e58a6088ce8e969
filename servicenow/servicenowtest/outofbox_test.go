package servicenowtest_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var schema = []string{"sys_db_object", "sys_dictionary", "sys_choice"}

func TestOutOfBoxIsTheSameEachTime(t *testing.T) {
	start := func() *instance {
		options := servicenowtest.OutOfBox()
		options.Clock = servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 30, 15, 0, time.UTC))
		return newInstance(t, options)
	}
	a, b := start(), start()
	records := 0
	for _, table := range a.Tables() {
		rows := a.Rows(table)
		if !reflect.DeepEqual(rows, b.Rows(table)) {
			t.Errorf("%s differs from one instance to the next", table)
		}
		parent := false
		for _, row := range rows {
			parent = parent || row["sys_class_name"] != "" && row["sys_class_name"] != table
		}
		if !parent && !slices.Contains(schema, table) {
			records += len(rows)
		}
	}
	if records < 200 || records > 300 {
		t.Errorf("%d records besides the schema, want 200 to 300", records)
	}
	if row, ok := a.Row("incident", servicenowtest.DemoID("incident", "INC0000049")); !ok || row["cmdb_ci"] != servicenowtest.DemoID("cmdb_ci_ip_switch", "sw-sd-02") {
		t.Errorf("DemoID finds %v", row)
	}
}

// ancestors returns a table and those that it extends, by the instance's own
// records.
func (i *instance) ancestors() func(table string) []string {
	parents, names := map[string]string{}, map[string]string{}
	for _, object := range i.Rows("sys_db_object") {
		names[object["sys_id"]] = object["name"]
	}
	for _, object := range i.Rows("sys_db_object") {
		parents[object["name"]] = names[object["super_class"]]
	}
	return func(table string) (line []string) {
		for ; table != ""; table = parents[table] {
			line = append(line, table)
		}
		return line
	}
}

// Whatever a record refers to exists, and whatever it says in a choice list is a
// choice: by the dictionary and the choices that the instance itself has.
func TestOutOfBoxHangsTogether(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	ancestors := i.ancestors()
	dictionary := map[string][]servicenowtest.Row{}
	for _, entry := range i.Rows("sys_dictionary") {
		if entry["element"] != "" {
			dictionary[entry["name"]] = append(dictionary[entry["name"]], entry)
		}
	}
	options := map[string][]string{}
	for _, choice := range i.Rows("sys_choice") {
		key := choice["name"] + "." + choice["element"]
		options[key] = append(options[key], choice["value"])
	}
	references, chosen := 0, 0
	for _, table := range i.Tables() {
		known, listed := map[string]servicenowtest.Row{}, map[string][]string{}
		for _, ancestor := range ancestors(table) {
			for _, entry := range dictionary[ancestor] {
				known[entry["element"]] = entry
			}
		}
		for name := range known { // the nearest list counts
			for _, ancestor := range ancestors(table) {
				if listed[name] == nil {
					listed[name] = options[ancestor+"."+name]
				}
			}
		}
		for _, row := range i.Rows(table) {
			if class := row["sys_class_name"]; class != "" && class != table {
				continue
			}
			if len(row) != len(known) {
				t.Fatalf("%s has %d columns, the dictionary knows %d", table, len(row), len(known))
			}
			for name, value := range row {
				entry := known[name]
				if value == "" || entry == nil {
					continue
				}
				if target := entry["reference"]; target != "" {
					references++
					if _, ok := i.Row(target, value); !ok {
						t.Errorf("%s %s: %s refers to no record of %s", table, row["sys_id"], name, target)
					}
				}
				if values := listed[name]; values != nil {
					chosen++
					if !slices.Contains(values, value) {
						t.Errorf("%s %s: %s is %q, which is none of %q", table, row["sys_id"], name, value, values)
					}
				}
			}
		}
	}
	if references < 400 || chosen < 200 {
		t.Errorf("only %d references and %d choices were looked at", references, chosen)
	}
}

// as sends a request as a user of OutOfBox, whose password is the name.
func (i *instance) as(user, method, target, body string) result {
	i.t.Helper()
	return i.do(method, target, body, "Authorization", basic(user, user))
}

// visible counts the records of a list.
func (r result) visible(t *testing.T) int {
	t.Helper()
	var answer struct {
		Result []json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return len(answer.Result)
}

// Who sees how much of what, and who may write: measured facts and the roles
// that integrations are told to ask for.
func TestOutOfBoxRoles(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	users := []string{"admin", "itil", "beth.anglin", "integration", "reader", "abel.tuter"}
	for _, tt := range []struct {
		table string
		total string
		want  [6]int // -1 for 403
	}{
		{"incident", "20", [6]int{20, 20, 20, 20, 0, 8}},
		{"problem", "4", [6]int{4, 4, 4, 4, 0, 0}},
		{"change_request", "10", [6]int{10, 10, 10, 10, 0, 0}},
		{"task", "38", [6]int{38, 38, 38, 38, 0, 8}},
		{"cmdb_ci", "25", [6]int{25, 25, 25, 25, 0, 0}},
		{"cmdb_rel_ci", "20", [6]int{20, 20, 20, 20, 0, 0}},
		{"sysapproval_approver", "6", [6]int{6, 6, 6, 6, 0, 0}},
		{"sys_user", "9", [6]int{9, 9, 9, 9, 9, 9}},
		{"sys_journal_field", "2", [6]int{2, 2, 2, 2, 1, 1}},
		{"sys_user_has_role", "11", [6]int{11, 1, 0, 5, 1, 0}},
		{"sys_db_object", "", [6]int{i.Count("sys_db_object"), i.Count("sys_db_object"), i.Count("sys_db_object"), i.Count("sys_db_object"), -1, -1}},
		{"sys_dictionary", "", [6]int{i.Count("sys_dictionary"), 0, 0, 0, 0, 0}},
	} {
		for n, user := range users {
			got := i.as(user, "GET", "/api/now/table/"+tt.table, "")
			if tt.want[n] < 0 {
				if got.status != 403 {
					t.Errorf("%s %s: %d, want 403", user, tt.table, got.status)
				}
				continue
			}
			if got.status != 200 || got.visible(t) != tt.want[n] || tt.total != "" && got.header.Get("X-Total-Count") != tt.total {
				t.Errorf("%s %s: %d with %d rows of %s, want %d of %s", user, tt.table, got.status, got.visible(t), got.header.Get("X-Total-Count"), tt.want[n], tt.total)
			}
		}
	}
	change := "/api/now/table/change_request/" + servicenowtest.DemoID("change_request", "CHG0000001")
	incident := "/api/now/table/incident/" + servicenowtest.DemoID("incident", "INC0000015") // Abel's
	for _, tt := range []struct {
		user, method, target, body string
		status                     int
	}{
		{"abel.tuter", "GET", incident, "", 200},
		{"employee", "GET", incident, "", 404},
		{"abel.tuter", "PATCH", incident, `{"urgency":"1"}`, 403},
		{"employee", "PATCH", incident, `{"urgency":"1"}`, 404},
		{"itil", "PATCH", incident, `{"urgency":"1"}`, 200},
		{"itil", "DELETE", incident, "", 403},
		{"abel.tuter", "POST", "/api/now/table/cmdb_ci_server", `{"name":"x"}`, 403},
		{"integration", "POST", "/api/now/table/cmdb_ci_server", `{"name":"x"}`, 201},
		{"itil", "POST", "/api/now/table/sys_user", `{"user_name":"x"}`, 403},
		{"abel.tuter", "POST", "/api/now/table/sys_user_has_role", `{"user":"` + servicenowtest.DemoID("sys_user", "abel.tuter") + `"}`, 403},
		{"abel.tuter", "PATCH", "/api/now/table/sys_user/" + servicenowtest.DemoID("sys_user", "abel.tuter"), `{"phone":"1"}`, 200},
		{"abel.tuter", "PATCH", "/api/now/table/sys_user/" + servicenowtest.DemoID("sys_user", "employee"), `{"phone":"1"}`, 403},
		{"abel.tuter", "PATCH", change, `{"short_description":"x"}`, 404},
		{"itil", "PATCH", change, `{"state":"0"}`, 403}, // the state model refuses
		{"itil", "DELETE", "/api/sn_chg_rest/change/" + servicenowtest.DemoID("change_request", "CHG0000010"), "", 403},
		{"admin", "DELETE", "/api/sn_chg_rest/change/" + servicenowtest.DemoID("change_request", "CHG0000010"), "", 200},
		{"admin", "DELETE", incident, "", 204},
	} {
		if got := i.as(tt.user, tt.method, tt.target, tt.body); got.status != tt.status {
			t.Errorf("%s %s %s: %d %s, want %d", tt.user, tt.method, tt.target, got.status, got.body, tt.status)
		}
	}
	var deleted []string
	for _, row := range i.Rows("sys_audit_delete") {
		deleted = append(deleted, row["tablename"])
	}
	slices.Sort(deleted)
	if want := []string{"change_request", "incident"}; !slices.Equal(deleted, want) {
		t.Errorf("deletions of %q are remembered, want %q", deleted, want)
	}
}

// A change walks on from where the demo data left it, with the demo approver.
func TestOutOfBoxChangesGoOn(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	change := servicenowtest.DemoID("change_request", "CHG0000002")
	for _, want := range []string{"-3", "-2"} {
		if err := i.Approve(change, "change.manager"); err != nil {
			t.Fatal(err)
		}
		if row, _ := i.Row("change_request", change); row["state"] != want {
			t.Errorf("state %s, want %s", row["state"], want)
		}
	}
	if got := i.as("itil", "PATCH", "/api/now/table/change_request/"+change, `{"state":"3"}`); got.status != 403 || !strings.Contains(got.body, "Invalid state transition") {
		t.Errorf("from Scheduled to Closed: %d %s", got.status, got.body)
	}
}
