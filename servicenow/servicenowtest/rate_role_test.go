package servicenowtest_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A rule for a user beats one for a role, which beats one for all; of several
// for roles the lowest counts (rate limiting documentation).
func TestRateRulesByRole(t *testing.T) {
	options := servicenowtest.OutOfBox()
	options.RateRules = []servicenowtest.RateRule{
		{Limit: 1}, {Role: "itil", Limit: 4}, {Role: "sn_change_read", Limit: 3}, {User: "david.loo", Limit: 5}, {Role: "change_manager", Limit: 2},
	}
	i := newInstance(t, options)
	for user, want := range map[string]int{"abel.tuter": 1, "admin": 1, "itil": 3, "beth.anglin": 3, "change.manager": 2, "david.loo": 5} {
		got := 0
		for range 7 {
			if i.as(user, "GET", "/api/now/table/incident?sysparm_limit=1", "").status == 200 {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d requests, want %d", user, got, want)
		}
	}
	for name, rule := range map[string]servicenowtest.RateRule{
		"unknown role": {Role: "nope", Limit: 1}, "user and role": {User: "itil", Role: "itil", Limit: 1},
	} {
		if i.SetRateRules(rule) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A relation is deleted by those who may delete relations.
func TestRelationsAreDeletedByRole(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	rel := i.Rows("cmdb_rel_ci")[0]
	target := "/api/now/cmdb/instance/cmdb_ci/" + rel["parent"] + "/relation/" + rel["sys_id"]
	for _, tt := range []struct {
		user   string
		status int
	}{{"abel.tuter", 404}, {"itil", 403}, {"admin", 200}, {"admin", 404}} {
		if got := i.as(tt.user, "DELETE", target, ""); got.status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.user, got.status, got.body, tt.status)
		}
	}
}
