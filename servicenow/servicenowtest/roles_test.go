package servicenowtest_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// secret is a table that only holders of one role may touch.
func secret(t testing.TB, users ...servicenowtest.User) *instance {
	t.Helper()
	options := servicenowtest.Options{
		Tables: []servicenowtest.Table{{Name: "u_secret", Columns: []servicenowtest.Column{{Name: "u_text"}}}},
		Users:  append([]servicenowtest.User{{Name: "admin", Password: "admin", Roles: []string{"admin"}}, {Name: "keeper", Roles: []string{"u_keeper"}}}, users...),
		ACLs:   []servicenowtest.ACL{{Table: "u_secret", Closed: true, Roles: []string{"u_keeper"}}},
		OAuthClients: []servicenowtest.OAuthClient{
			{ID: "app", Secret: "s", User: "keeper"}, {ID: "other", Secret: "s", User: "joe"},
		},
		APIKeys: []servicenowtest.APIKey{{Key: "k1", User: "keeper"}, {Key: "k2", User: "joe"}},
	}
	i := newInstance(t, options)
	i.insert("u_secret", servicenowtest.Row{"u_text": "x"})
	return i
}

// Whatever a request signs in with, the roles are those of its user.
func TestRolesFollowTheCredentials(t *testing.T) {
	i := secret(t, servicenowtest.User{Name: "joe", Password: "pw"})
	token := func(client string) string {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {"s"}}
		res, err := i.Client().Post("https://dev.example/oauth_token.do", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
			t.Fatalf("%d, %v", res.StatusCode, err)
		}
		return "Bearer " + answer.Token
	}
	for _, tt := range []struct {
		header, value string
		status        int
	}{
		{"Authorization", basic("keeper", ""), 200},
		{"Authorization", basic("joe", "pw"), 403},
		{"Authorization", basic("admin", "admin"), 200},
		{"Authorization", token("app"), 200},
		{"Authorization", token("other"), 403},
		{"x-sn-apikey", "k1", 200},
		{"x-sn-apikey", "k2", 403},
	} {
		req, err := http.NewRequest(http.MethodGet, "https://dev.example/api/now/table/u_secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(tt.header, tt.value)
		res, err := i.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != tt.status {
			t.Errorf("%s %.12s: %d, want %d", tt.header, tt.value, res.StatusCode, tt.status)
		}
	}
}

// A role may come to a user in many ways, and go again.
func TestWaysToARole(t *testing.T) {
	named := func(i *instance, table, name string) string {
		for _, row := range i.Rows(table) {
			if row["name"] == name || row["user_name"] == name {
				return row["sys_id"]
			}
		}
		return i.insert(table, servicenowtest.Row{"name": name})
	}
	type give func(i *instance, joe, role string)
	inGroup := func(active, top string) give {
		return func(i *instance, joe, role string) {
			group := i.insert("sys_user_group", servicenowtest.Row{"name": "g", "active": active, "parent": top})
			i.insert("sys_user_grmember", servicenowtest.Row{"user": joe, "group": group})
			i.insert("sys_group_has_role", servicenowtest.Row{"group": group, "role": role})
		}
	}
	for name, tt := range map[string]struct {
		give   give
		status int
	}{
		"none": {func(*instance, string, string) {}, 403},
		"direct": {func(i *instance, joe, role string) {
			i.insert("sys_user_has_role", servicenowtest.Row{"user": joe, "role": role})
		}, 200},
		"suspended": {func(i *instance, joe, role string) {
			i.insert("sys_user_has_role", servicenowtest.Row{"user": joe, "role": role, "state": "suspended"})
		}, 403},
		"another role": {func(i *instance, joe, _ string) {
			i.insert("sys_user_has_role", servicenowtest.Row{"user": joe, "role": named(i, "sys_user_role", "itil")})
		}, 403},
		"admin": {func(i *instance, joe, _ string) {
			i.insert("sys_user_has_role", servicenowtest.Row{"user": joe, "role": named(i, "sys_user_role", "admin")})
		}, 200},
		"contained twice, in a circle": {func(i *instance, joe, role string) {
			itil, outer := named(i, "sys_user_role", "itil"), i.insert("sys_user_role", servicenowtest.Row{"name": "u_outer"})
			for _, tie := range [][2]string{{outer, itil}, {itil, role}, {role, outer}} {
				i.insert("sys_user_role_contains", servicenowtest.Row{"role": tie[0], "contains": tie[1]})
			}
			i.insert("sys_user_has_role", servicenowtest.Row{"user": joe, "role": outer})
		}, 200},
		"by a group":         {inGroup("true", ""), 200},
		"by a dormant group": {inGroup("false", ""), 403},
		"by the group above": {func(i *instance, joe, role string) {
			top := i.insert("sys_user_group", servicenowtest.Row{"name": "top"})
			group := i.insert("sys_user_group", servicenowtest.Row{"name": "g", "parent": top})
			if err := i.Update("sys_user_group", top, servicenowtest.Row{"parent": group}); err != nil { // a circle
				t.Fatal(err)
			}
			i.insert("sys_user_grmember", servicenowtest.Row{"user": joe, "group": group})
			i.insert("sys_group_has_role", servicenowtest.Row{"group": top, "role": role})
		}, 200},
		"by a group below": {func(i *instance, joe, role string) {
			top := i.insert("sys_user_group", servicenowtest.Row{"name": "top"})
			group := i.insert("sys_user_group", servicenowtest.Row{"name": "g", "parent": top})
			i.insert("sys_user_grmember", servicenowtest.Row{"user": joe, "group": top})
			i.insert("sys_group_has_role", servicenowtest.Row{"group": group, "role": role})
		}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			i := secret(t, servicenowtest.User{Name: "joe", Password: "joe"})
			before := i.Snapshot()
			tt.give(i, named(i, "sys_user", "joe"), named(i, "sys_user_role", "u_keeper"))
			if got := i.as("joe", "GET", "/api/now/table/u_secret", ""); got.status != tt.status {
				t.Errorf("status %d, want %d", got.status, tt.status)
			}
			if err := i.Restore(before); err != nil {
				t.Fatal(err)
			}
			if got := i.as("joe", "GET", "/api/now/table/u_secret", ""); got.status != 403 {
				t.Errorf("status %d after Restore, want 403", got.status)
			}
		})
	}
}

func TestUsersWithRolesAndGroups(t *testing.T) {
	options := servicenowtest.OutOfBox()
	options.Users = append(options.Users, servicenowtest.User{
		Name: "ann", Password: "ann", Roles: []string{"u_new", "itil"}, Groups: []string{"Network", "Gardeners"}, Values: servicenowtest.Row{"email": "ann@example.com"},
	})
	i := newInstance(t, options)
	got := i.do("GET", "/api/now/table/sys_user_grmember?sysparm_query=user.user_name=ann^ORDERBYgroup&sysparm_fields=group.name,user.email", "")
	if want := `{"result":[{"group.name":"Gardeners","user.email":"ann@example.com"},{"group.name":"Network","user.email":"ann@example.com"}]}`; got.body != want {
		t.Errorf("groups\n got %s\nwant %s", got.body, want)
	}
	got = i.do("GET", "/api/now/table/sys_user_has_role?sysparm_query=user.user_name=ann^ORDERBYrole&sysparm_fields=role.name", "")
	if want := `{"result":[{"role.name":"itil"},{"role.name":"u_new"}]}`; got.body != want {
		t.Errorf("roles\n got %s\nwant %s", got.body, want)
	}
	if n := i.Count("sys_user_group"); n != 8 {
		t.Errorf("%d groups, want one more than the 7 of the demo data", n)
	}
}

// Whoever is gone, dormant or locked out is not signed in, whatever it holds.
func TestAccountsWithoutAnActiveUser(t *testing.T) {
	for name, change := range map[string]servicenowtest.Row{"dormant": {"active": "false"}, "locked out": {"locked_out": "true"}, "gone": nil} {
		t.Run(name, func(t *testing.T) {
			i := secret(t, servicenowtest.User{Name: "joe", Password: "joe", Values: servicenowtest.Row{"sys_id": strings.Repeat("b", 32)}})
			if got := i.as("joe", "GET", "/api/now/table/incident", ""); got.status != 200 {
				t.Fatalf("before: %d", got.status)
			}
			var err error
			if change == nil {
				err = i.Delete("sys_user", strings.Repeat("b", 32))
			} else {
				err = i.Update("sys_user", strings.Repeat("b", 32), change)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := i.as("joe", "GET", "/api/now/table/incident", ""); got.status != 401 || got.header.Get("X-Is-Logged-In") != "false" {
				t.Errorf("status %d, logged in %s", got.status, got.header.Get("X-Is-Logged-In"))
			}
		})
	}
}

func TestRecordsOfOptions(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Records: []servicenowtest.Record{{Table: "incident", Values: servicenowtest.Row{"short_description": "a"}}}})
	if rows := i.Rows("incident"); len(rows) != 1 || rows[0]["short_description"] != "a" || rows[0]["number"] != "INC0010001" {
		t.Errorf("rows %v", rows)
	}
	for want, record := range map[string]servicenowtest.Record{
		`no table "nope"`:  {Table: "nope"},
		`no column "nope"`: {Table: "incident", Values: servicenowtest.Row{"nope": "1"}},
	} {
		_, err := servicenowtest.New(servicenowtest.Options{Records: []servicenowtest.Record{{Table: "incident"}, record}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Options.Records[1]") {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// The zone of display values is that of the user's record at the time.
func TestZoneOfTheUserRecord(t *testing.T) {
	i := newInstance(t, servicenowtest.OutOfBox())
	id := i.insert("incident", servicenowtest.Row{"opened_at": "2026-01-05 23:30:00"})
	for _, tt := range []struct{ zone, want string }{
		{"", "2026-01-05 23:30:00"}, {"Europe/Berlin", "2026-01-06 00:30:00"}, {"America/Los_Angeles", "2026-01-05 15:30:00"}, {"No/Where", "2026-01-05 23:30:00"},
	} {
		if err := i.Update("sys_user", servicenowtest.DemoID("sys_user", "itil"), servicenowtest.Row{"time_zone": tt.zone}); err != nil {
			t.Fatal(err)
		}
		got := i.as("itil", "GET", "/api/now/table/incident/"+id+"?sysparm_fields=opened_at&sysparm_display_value=true", "")
		if want := `{"result":{"opened_at":"` + tt.want + `"}}`; got.body != want {
			t.Errorf("zone %q: %s, want %s", tt.zone, got.body, want)
		}
	}
}
