package servicenowtest_test

import (
	"encoding/json"
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestChangeOptionsThatCannotWork(t *testing.T) {
	_, err := servicenowtest.New(servicenowtest.Options{Changes: servicenowtest.ChangeOptions{Approvers: []string{"admin", "nobody"}}})
	if err == nil || !strings.Contains(err.Error(), `Options.Changes.Approvers[1]: no user "nobody"`) {
		t.Error(err)
	}
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	if _, err := i.AddStandardTemplate("x", servicenowtest.Row{"no_such": "1"}); err == nil || !strings.Contains(err.Error(), `no column "no_such"`) {
		t.Error(err)
	}
}

// TestFreeStates: with the models off, a state is a plain column.
func TestFreeStates(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock, Changes: servicenowtest.ChangeOptions{FreeStates: true}})
	id := i.insert("change_request", servicenowtest.Row{"type": "standard"})
	for _, state := range []string{"3", "-4", "0", "4", "-5"} {
		if res := i.do("PATCH", "/api/now/table/change_request/"+id+"?sysparm_fields=state", `{"state":"`+state+`"}`); res.status != 200 || res.body != `{"result":{"state":"`+state+`"}}` {
			t.Errorf("%s: %d %s", state, res.status, res.body)
		}
	}
	if i.Count("sysapproval_approver") != 0 {
		t.Error("somebody was asked")
	}
}

// TestChangeRoutes: every path and verb answers something documented, and nothing
// panics.
func TestChangeRoutes(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock, Changes: servicenowtest.ChangeOptions{WorkerTime: -1}})
	change := i.insert("change_request", servicenowtest.Row{})
	standard := i.insert("change_request", servicenowtest.Row{"type": "standard"})
	const none = "00000000000000000000000000000000"
	paths := []string{
		"change", "change/" + change, "change/" + none, "change/normal", "change/normal/" + change, "change/emergency/" + change, "change/standard",
		"change/standard/" + standard, "change/standard/" + servicenowtest.StandardTemplate, "change/standard/" + standard + "/risk", "change/standard/" + standard + "/task",
		"change/standard/template", "change/standard/template/" + none, "change/standard/template/" + none + "/x", "change/model", "change/model/" + none, "change/worker", "change/worker/" + none,
		"change/ci", "change/ci/" + none + "/schedule", "change/" + change + "/task", "change/" + change + "/task/" + none, "change/" + change + "/task/" + none + "/x",
		"change/" + change + "/ci", "change/" + change + "/ci/x", "change/" + change + "/conflict", "change/" + change + "/conflict/x", "change/" + change + "/schedule",
		"change/" + change + "/schedule/first_available", "change/" + change + "/schedule/x", "change/" + change + "/nextstates", "change/" + change + "/nextstates/x",
		"change/" + change + "/approvals", "change/" + change + "/refresh_impacted_services", "change/" + change + "/x", "change//x", "v1", "v9/change", "", "x",
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH"} {
			for _, body := range []string{"", "{}", `{"state":1}`, `[]`, `"x"`, `{"duration_in_seconds":"x","planned_start_time":"y"}`, `{"cmdb_ci_sys_ids":[1],"association_type":"affected"}`} {
				if method == "GET" && body != "" {
					continue
				}
				res := i.do(method, "/api/sn_chg_rest/"+path, body)
				if !slices.Contains([]int{200, 202, 400, 404, 405}, res.status) || res.body == "" || !json.Valid([]byte(res.body)) {
					t.Errorf("%s %s %s: %d %s", method, path, body, res.status, res.body)
				}
			}
		}
	}
	if _, ok := i.Row("change_request", change); !ok {
		t.Error("the change is gone")
	}
}

// TestChangeAccess: access rules hold for the Change Management API as they do
// for the Table API.
func TestChangeAccess(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	open := i.insert("change_request", servicenowtest.Row{"short_description": "open"})
	hidden := i.insert("change_request", servicenowtest.Row{"short_description": "hidden"})
	rule := servicenowtest.ACL{Table: "change_request", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op == servicenowtest.OpRead && get("short_description") != "hidden"
	}}
	if err := i.SetACLs(rule); err != nil {
		t.Fatal(err)
	}
	if res := i.do("GET", "/api/sn_chg_rest/change", ""); res.status != 200 || strings.Contains(res.body, hidden) || !strings.Contains(res.body, open) {
		t.Errorf("%d %s", res.status, res.body)
	}
	for method, status := range map[string]int{"PATCH": 403, "DELETE": 403} {
		if res := i.do(method, "/api/sn_chg_rest/change/"+open, `{"category":"x"}`); res.status != status || !strings.Contains(res.body, "security constraints") {
			t.Errorf("%s: %d %s", method, res.status, res.body)
		}
	}
	if res := i.do("POST", "/api/sn_chg_rest/change/normal", `{"category":"x"}`); res.status != 403 {
		t.Errorf("%d %s", res.status, res.body)
	}
	for _, below := range []string{"", "/task", "/nextstates", "/conflict", "/ci?association_type=affected"} {
		if res := i.do("GET", "/api/sn_chg_rest/change/"+hidden+below, ""); res.status != 404 {
			t.Errorf("%s: %d %s", below, res.status, res.body)
		}
	}
	if err := i.SetACLs(servicenowtest.ACL{Table: "change_request", Closed: true}); err != nil {
		t.Fatal(err)
	}
	if res := i.do("GET", "/api/sn_chg_rest/change", ""); res.status != 403 {
		t.Errorf("%d %s", res.status, res.body)
	}
}

// TestChangesInBatches: the API is reached through batches, too.
func TestChangesInBatches(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	id := i.insert("change_request", servicenowtest.Row{})
	res := i.do("POST", "/api/now/v1/batch", fmt.Sprintf(`{"batch_request_id":"1","rest_requests":[{"id":"a","method":"GET","url":"/api/sn_chg_rest/change/%s/nextstates"}]}`, id))
	if res.status != 200 || !strings.Contains(res.body, `"status_code":200`) {
		t.Errorf("%d %s", res.status, res.body)
	}
}

// TestSnapshotKeepsWorkers: what is under way is part of the records.
func TestSnapshotKeepsWorkers(t *testing.T) {
	clock := servicenowtest.NewManualClock(fixedClock.Now())
	i := newInstance(t, servicenowtest.Options{Clock: clock})
	ci := i.insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"})
	change := i.insert("change_request", servicenowtest.Row{})
	i.do("POST", "/api/sn_chg_rest/change/"+change+"/ci", `{"association_type":"affected","cmdb_ci_sys_ids":["`+ci+`"]}`)
	before := i.Snapshot()
	for range 2 {
		if i.Count("task_ci") != 0 {
			t.Fatal("too early")
		}
		clock.Advance(5e9)
		i.do("GET", "/api/sn_chg_rest/change/"+change, "")
		if i.Count("task_ci") != 1 {
			t.Fatal("the worker has not worked")
		}
		if err := i.Restore(before); err != nil {
			t.Fatal(err)
		}
	}
}

func ExampleServer_Approve() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	change, err := server.Insert("change_request", servicenowtest.Row{"type": "emergency", "state": "-3"})
	if err != nil {
		log.Fatal(err)
	}
	if err := server.Approve(change, servicenowtest.DefaultUser); err != nil {
		log.Fatal(err)
	}
	row, _ := server.Row("change_request", change)
	fmt.Println(row["state"], row["approval"])
	// Output:
	// -2 approved
}
