package servicenowtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A rule for a single user beats one for all, among equals the lowest counts,
// users are counted apart, and the next hour starts anew.
func TestRateRules(t *testing.T) {
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 59, 0, 0, time.UTC))
	server, err := servicenowtest.New(servicenowtest.Options{
		Clock: clock,
		Users: []servicenowtest.User{{Name: "ann", Password: "a"}, {Name: "bob", Password: "b"}, {Name: "cat", Password: "c"}},
		RateRules: []servicenowtest.RateRule{
			{Limit: 3}, {Limit: 2}, {User: "ann", Limit: 4}, {User: "bob", API: "table", Limit: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	allowed := func(user, path string) (n int) {
		for range 6 {
			req, err := http.NewRequest(http.MethodGet, "https://acme.service-now.com/api/now/"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.SetBasicAuth(user, user[:1])
			res, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				n++
			}
		}
		return n
	}
	for range 2 {
		for _, test := range []struct {
			user, path string
			want       int
		}{
			{"ann", "table/incident", 4}, {"bob", "v2/table/incident", 1}, {"bob", "stats/incident", 2}, {"cat", "table/incident", 2},
		} {
			if got := allowed(test.user, test.path); got != test.want {
				t.Errorf("%s %s: %d requests, want %d", test.user, test.path, got, test.want)
			}
		}
		clock.Advance(time.Minute)
	}
	for name, rules := range map[string][]servicenowtest.RateRule{
		"no limit":     {{}},
		"unknown user": {{User: "dan", Limit: 1}},
		"same id":      {{ID: "x", Limit: 1}, {ID: "x", Limit: 2}},
	} {
		if err := server.SetRateRules(rules...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
