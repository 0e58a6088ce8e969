package servicenow_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// randomRule is an access rule with what it means for a row, worked out without
// the server.
type randomRule struct {
	acl   servicenowtest.ACL
	hides func(name string, rank int, hidden, special bool) bool
}

// randomRules are some rules, those that ask for a role among them, which the
// reader holds or not.
func randomRules(random *rand.Rand) []randomRule {
	read := []servicenowtest.Operation{servicenowtest.OpRead}
	var rules []randomRule
	for range random.IntN(4) {
		var rule randomRule
		rule.acl.Table, rule.acl.Operations = "u_thing", read
		below := random.IntN(4) == 0 // about the table that extends u_thing
		if below {
			rule.acl.Table = "u_special"
		}
		exempt := false
		switch random.IntN(3) {
		case 0:
			rule.acl.Roles, exempt = []string{"u_nobody", "itil"}, true // by a group
		case 1:
			rule.acl.Roles = []string{"u_nobody"}
		}
		var match func(name string, rank int, hidden bool) bool
		switch n := random.IntN(3); random.IntN(6) {
		case 0:
			rule.acl.Where = fmt.Sprintf("u_rank=%d", n)
			match = func(_ string, rank int, _ bool) bool { return rank == n }
		case 1:
			rule.acl.Where = fmt.Sprintf("u_nameENDSWITH%d^ORu_hidden=true", n)
			match = func(name string, _ int, hidden bool) bool {
				return strings.HasSuffix(name, fmt.Sprint(n)) || hidden
			}
		case 2:
			rule.acl.Allow = func(_ servicenowtest.Operation, get func(string) string) bool { return get("u_rank") != fmt.Sprint(n) }
			match = func(_ string, rank int, _ bool) bool { return rank == n }
		case 3:
			rule.acl.Where = "u_hidden=true"
			rule.acl.Allow = func(_ servicenowtest.Operation, get func(string) string) bool {
				return strings.HasSuffix(get("u_name"), "7")
			}
			match = func(name string, _ int, hidden bool) bool { return hidden && !strings.HasSuffix(name, "7") }
		case 4: // a column that goes missing hides no row
			rule.acl.Field = "u_rank"
			match = func(string, int, bool) bool { return false }
		default: // all, which pages must bear too
			match = func(string, int, bool) bool { return true }
		}
		rule.hides = func(name string, rank int, hidden, special bool) bool {
			return !exempt && (special || !below) && match(name, rank, hidden)
		}
		rules = append(rules, rule)
	}
	return rules
}

// Under any rules about rows, columns, roles and classes, in pages of any size,
// while rows come, go and change between them: every row that could be read all
// the time comes exactly once, and none that could not.
func TestAllIsCompleteUnderAnyRules(t *testing.T) {
	for name, release := range releases {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(40) {
				allUnderRules(t, release, rand.New(rand.NewPCG(seed, 3)), seed)
			}
		})
	}
}

func allUnderRules(t *testing.T, release servicenowtest.Release, random *rand.Rand, seed uint64) {
	t.Helper()
	rules := randomRules(random)
	options := servicenowtest.Options{
		Release: release,
		Tables:  []servicenowtest.Table{thing, {Name: "u_thing", Columns: []servicenowtest.Column{{Name: "sys_class_name", Type: servicenowtest.ClassName}}}, {Name: "u_special", Extends: "u_thing"}},
		Users: []servicenowtest.User{
			{Name: "admin", Password: "admin", Roles: []string{"admin"}},
			{Name: "keeper", Password: "keeper", Roles: []string{"u_nobody"}},
			{Name: "joe", Password: "joe", Groups: []string{"Desk"}},
		},
		Records: []servicenowtest.Record{{Table: "sys_user_group", Values: servicenowtest.Row{"sys_id": strings.Repeat("d", 32), "name": "Desk"}}},
	}
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range server.Rows("sys_user_role") {
		if role["name"] == "itil" {
			if _, err := server.Insert("sys_group_has_role", servicenowtest.Row{"group": strings.Repeat("d", 32), "role": role["sys_id"]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	acls := make([]servicenowtest.ACL, len(rules))
	for i, rule := range rules {
		acls[i] = rule.acl
	}
	if err := server.SetACLs(acls...); err != nil {
		t.Fatal(err)
	}

	type row struct {
		id      string
		stays   bool
		visible bool
	}
	var rows []*row
	visible := map[string]bool{}
	add := func(stays bool) {
		n, special := len(visible), random.IntN(3) == 0
		name, rank, hidden := fmt.Sprint(n), n%3, random.IntN(3) == 0
		table := "u_thing"
		if special {
			table = "u_special"
		}
		one := &row{id: fmt.Sprintf("%08x%024x", random.Uint32(), n), stays: stays, visible: true}
		for _, rule := range rules {
			one.visible = one.visible && !rule.hides(name, rank, hidden, special)
		}
		if _, err := server.Insert(table, servicenowtest.Row{"sys_id": one.id, "u_name": name, "u_rank": fmt.Sprint(rank), "u_hidden": fmt.Sprint(hidden)}); err != nil {
			t.Fatal(err)
		}
		visible[one.id] = one.visible
		rows = append(rows, one)
	}
	for range random.IntN(120) {
		add(random.IntN(5) > 0)
	}
	var must []string
	for _, one := range rows {
		if one.stays && one.visible {
			must = append(must, one.id)
		}
	}
	change := func() {
		for range random.IntN(6) {
			i := random.IntN(len(rows) + 1)
			switch {
			case i == len(rows) || random.IntN(2) == 0:
				add(false)
			case rows[i].stays: // written, and yet the same row
				if err := server.Update("u_thing", rows[i].id, servicenowtest.Row{"sys_updated_by": fmt.Sprint(random.Uint32())}); err != nil {
					t.Fatal(err)
				}
			default:
				if err := server.Delete("u_thing", rows[i].id); err != nil {
					t.Fatal(err)
				}
				rows = append(rows[:i], rows[i+1:]...)
			}
		}
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "acme", Auth: servicenow.BasicAuth("joe", "joe"),
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			change()
			return server.Transport().RoundTrip(r)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	q := servicenow.Query{PageSize: 1 + random.IntN(20), NoCount: random.IntN(4) == 0, Prefetch: random.IntN(3) == 0}
	if random.IntN(4) == 0 {
		q.OrderBy = []servicenow.Order{servicenow.Desc("sys_id")}
	}
	seen := map[string]int{}
	for record, err := range servicenow.TableOf[servicenow.Record](client, "u_thing").All(t.Context(), q) {
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		seen[record.SysID()]++
	}
	for id, n := range seen {
		if n != 1 || !visible[id] {
			t.Errorf("seed %d, %+v: row %s came %d times, visible %v", seed, q, id, n, visible[id])
		}
	}
	for _, id := range must {
		if seen[id] != 1 {
			t.Errorf("seed %d, %+v: row %s came %d times", seed, q, id, seen[id])
		}
	}
}
