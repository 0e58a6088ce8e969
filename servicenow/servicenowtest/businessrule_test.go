package servicenowtest_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func (i *instance) rules(rules ...servicenowtest.BusinessRule) {
	i.t.Helper()
	if err := i.SetBusinessRules(rules...); err != nil {
		i.t.Fatal(err)
	}
}

// A before rule may change values; the platform's own rules see the result.
func TestBeforeRuleChangesValues(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	i.rules(servicenowtest.BusinessRule{Name: "VIP", Table: "task", Run: func(c *servicenowtest.RuleCall) error {
		if strings.Contains(c.Get("short_description"), "VIP") && c.Changed("short_description") {
			return errors.Join(c.Set("impact", "1"), c.Set("urgency", "1"), c.Set("work_notes", c.User()+" by "+string(c.Operation())))
		}
		return nil
	}})
	const fields = "?sysparm_fields=sys_id,priority,impact"
	made := i.do("POST", "/api/now/table/incident"+fields, `{"short_description":"VIP is down","impact":"3"}`)
	id := regexp.MustCompile(`[0-9a-f]{32}`).FindString(made.body)
	if want := `{"result":{"sys_id":"` + id + `","priority":"1","impact":"1"}}`; made.status != 201 || made.body != want {
		t.Errorf("insert: %d %s, want %s", made.status, made.body, want)
	}
	plain := i.insert("incident", servicenowtest.Row{"short_description": "mouse"})
	if res := i.do("PATCH", "/api/now/table/incident/"+plain+fields, `{"short_description":"mouse of the VIP"}`); !strings.Contains(res.body, `"priority":"1"`) {
		t.Errorf("update: %s", res.body)
	}
	if got := i.list("sys_journal_field", "value", "element=work_notes^ORDERBYvalue"); got != "admin by Insert admin by Update" {
		t.Errorf("journal entries %q", got)
	}
	// No difference, no write, no rule.
	i.rules(servicenowtest.BusinessRule{Name: "none", Table: "incident", Run: func(*servicenowtest.RuleCall) error { return errors.New("ran") }})
	if res := i.do("PATCH", "/api/now/table/incident/"+plain, `{"short_description":"mouse of the VIP"}`); res.status != 200 {
		t.Errorf("an update that changes nothing: %d %s", res.status, res.body)
	}
}

// A before rule that fails aborts the write: 403, Operation Failed, and a text
// that names the table and the rule.
func TestBeforeRuleAborts(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	kept := i.insert("incident", servicenowtest.Row{"short_description": "kept"})
	all := []servicenowtest.Operation{servicenowtest.OpInsert, servicenowtest.OpUpdate, servicenowtest.OpDelete}
	i.rules(servicenowtest.BusinessRule{Name: "Keep off", Table: "incident", On: all, Run: func(c *servicenowtest.RuleCall) error {
		return errors.New("not today")
	}})
	detail := regexp.MustCompile(`^\{"error":\{"message":"Operation Failed","detail":"Operation against file 'incident' was aborted by Business Rule 'Keep off\^[0-9a-f]{32}'\. Business Rule Stack:Keep off\. Error: not today"\},"status":"failure"\}$`)
	for method, path := range map[string]string{"POST": "", "PATCH": "/" + kept, "PUT": "/" + kept, "DELETE": "/" + kept} {
		body := `{"short_description":"x"}`
		if method == "DELETE" {
			body = ""
		}
		if res := i.do(method, "/api/now/table/incident"+path, body); res.status != 403 || !detail.MatchString(res.body) {
			t.Errorf("%s: %d %s", method, res.status, res.body)
		}
	}
	if row, _ := i.Row("incident", kept); row["short_description"] != "kept" || i.Count("incident") != 1 || i.Count("sys_audit_delete") != 0 {
		t.Errorf("row %v, %d incidents, %d deletions", row["short_description"], i.Count("incident"), i.Count("sys_audit_delete"))
	}
	if err := i.Delete("incident", kept); err == nil || !strings.Contains(err.Error(), "Keep off") {
		t.Errorf("Delete: %v", err)
	}
	// Other APIs write through the same rules.
	i.rules(servicenowtest.BusinessRule{Name: "No servers", Table: "cmdb_ci", Run: func(*servicenowtest.RuleCall) error { return errors.New("frozen") }})
	res := i.do("POST", "/api/now/identifyreconcile?sysparm_data_source=ServiceNow", `{"items":[{"className":"cmdb_ci_linux_server","values":{"name":"web-01","serial_number":"S1"}}]}`)
	if res.status != 200 || !strings.Contains(res.body, "aborted by Business Rule 'No servers") || i.Count("cmdb_ci") != 0 {
		t.Errorf("IRE: %d %s", res.status, res.body)
	}
}

// Rules run in the order of their numbers, before ahead of after, with what was
// before and what is now.
func TestRulesOrderAndValues(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	joe := i.insert("sys_user", servicenowtest.Row{"user_name": "joe", "name": "Joe"})
	id := i.insert("incident", servicenowtest.Row{"short_description": "a", "state": "1"})
	var seen []string
	rule := func(name string, order int, when servicenowtest.When) servicenowtest.BusinessRule {
		return servicenowtest.BusinessRule{
			Name: name, Table: "incident", Order: order, When: when, On: []servicenowtest.Operation{servicenowtest.OpUpdate, servicenowtest.OpDelete},
			Run: func(c *servicenowtest.RuleCall) error {
				seen = append(seen, strings.Join([]string{
					name, string(c.Operation()), c.Table(), c.Previous("state") + ">" + c.Get("state"), c.Display("state"), c.Display("assigned_to"), c.Get("work_notes"),
				}, " "))
				if err := c.Set("state", c.Get("state")); (err == nil) != (when != servicenowtest.After && c.Operation() == servicenowtest.OpUpdate) {
					t.Errorf("%s %s: Set says %v", name, c.Operation(), err)
				}
				if c.Set("no_such", "1") == nil || c.Set("sys_id", "1") == nil || c.Changed("short_description") || c.Get("no_such") != "" {
					t.Error("an unknown column, the sys_id, or a column without a difference")
				}
				if c.SysID() != id {
					t.Errorf("sys_id %s", c.SysID())
				}
				return nil
			},
		}
	}
	i.rules(rule("after", 1, servicenowtest.After), rule("third", 0, servicenowtest.Before), rule("first", 5, ""), rule("second", 50, ""))
	i.do("PATCH", "/api/now/table/incident/"+id, `{"state":"2","assigned_to":"`+joe+`","work_notes":"on it"}`)
	i.do("DELETE", "/api/now/table/incident/"+id, "")
	want := []string{
		"first Update incident 1>2 In Progress Joe on it", "second Update incident 1>2 In Progress Joe on it",
		"third Update incident 1>2 In Progress Joe on it", "after Update incident 1>2 In Progress Joe on it",
		"first Delete incident 2>2 In Progress Joe ", "second Delete incident 2>2 In Progress Joe ",
		"third Delete incident 2>2 In Progress Joe ", "after Delete incident 2>2 In Progress Joe ",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("seen\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

// The error of an after rule stops nothing.
func TestAfterRuleErrors(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{BusinessRules: []servicenowtest.BusinessRule{{
		Name: "broken", Table: "incident", When: servicenowtest.After, Run: func(*servicenowtest.RuleCall) error { return errors.New("undefined is not a function") },
	}}})
	if res := i.do("POST", "/api/now/table/incident", `{"short_description":"x"}`); res.status != http.StatusCreated || i.Count("incident") != 1 {
		t.Errorf("%d %s", res.status, res.body)
	}
	if errs := i.RuleErrors(); len(errs) != 1 || errs[0].Error() != "servicenowtest: business rule broken: undefined is not a function" {
		t.Errorf("errors %v", errs)
	}
}

func TestRulesThatCannotWork(t *testing.T) {
	run := func(*servicenowtest.RuleCall) error { return nil }
	i := newInstance(t, servicenowtest.Options{})
	for want, rule := range map[string]servicenowtest.BusinessRule{
		"Name is empty":         {Table: "incident", Run: run},
		`no table "nope"`:       {Name: "x", Table: "nope", Run: run},
		"Run is missing":        {Name: "x", Table: "incident"},
		`operation "Read"`:      {Name: "x", Table: "incident", Run: run, On: []servicenowtest.Operation{servicenowtest.OpRead}},
		`When is "async"`:       {Name: "x", Table: "incident", Run: run, When: "async"},
		"use an After rule":     {Name: "x", Table: "sys_journal_field", Run: run},
		"BusinessRules[0]: Run": {Name: "x", Table: "task"},
	} {
		if err := i.SetBusinessRules(rule); err == nil || !strings.HasPrefix(err.Error(), "servicenowtest: BusinessRules[0]: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if _, err := servicenowtest.New(servicenowtest.Options{BusinessRules: []servicenowtest.BusinessRule{rule}}); err == nil {
			t.Errorf("%s: no error from New", want)
		}
	}
}
