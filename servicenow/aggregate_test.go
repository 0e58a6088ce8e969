package servicenow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// incidents fills an instance with five incidents in two groups.
func incidents(t *testing.T) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	server, client := start(t, servicenowtest.Options{})
	for i, values := range []servicenowtest.Row{
		{"state": "1", "impact": "1", "urgency": "1", "short_description": "b"},
		{"state": "1", "impact": "2", "urgency": "2", "short_description": "a"},
		{"state": "1", "impact": "3", "urgency": "3", "short_description": "c"},
		{"state": "2", "impact": "3", "urgency": "1", "short_description": "d"},
		{"state": "2", "impact": "1", "urgency": "2"},
	} {
		if _, err := server.Insert("incident", values); err != nil {
			t.Fatal(i, err)
		}
	}
	return server, client
}

func TestAggregate(t *testing.T) {
	for name, test := range map[string]struct {
		ask  servicenow.Aggregation
		sent string // the query on the wire
		want string
	}{
		"1.13 one count": {
			servicenow.Aggregation{Count: true, Where: servicenow.Eq("state", 1)},
			"sysparm_count=true&sysparm_query=state%3D1",
			"[] 3 avg map[] min map[] max map[] sum map[]",
		},
		"1.13 all figures": {
			servicenow.Aggregation{Avg: []string{"impact"}, Min: []string{"short_description"}, Max: []string{"impact", "short_description"}, Sum: []string{"urgency"}},
			"sysparm_avg_fields=impact&sysparm_max_fields=impact%2Cshort_description&sysparm_min_fields=short_description&sysparm_sum_fields=urgency",
			"[] -1 avg map[impact:2] min map[short_description:a] max map[impact:3 short_description:d] sum map[urgency:9]",
		},
		"1.13 groups in order": {
			servicenow.Aggregation{Count: true, Avg: []string{"impact"}, GroupBy: []string{"urgency"},
				OrderBy: []servicenow.AggregateOrder{{Func: servicenow.AggregateCount, Desc: true}, {Field: "urgency", Desc: true}}},
			"sysparm_avg_fields=impact&sysparm_count=true&sysparm_group_by=urgency&sysparm_order_by=COUNT%5EDESC%2Curgency%5EDESC",
			"[{urgency 2 }] 2 avg map[impact:1.5] | [{urgency 1 }] 2 avg map[impact:2] | [{urgency 3 }] 1 avg map[impact:3]",
		},
		"1.13 having": {
			servicenow.Aggregation{Count: true, Sum: []string{"impact"}, GroupBy: []string{"state"},
				Having:  []servicenow.Having{{Func: servicenow.AggregateCount, Field: "state", Op: ">", Value: 1}, {Func: servicenow.AggregateSum, Field: "impact", Op: "<=", Value: 4.5}},
				OrderBy: []servicenow.AggregateOrder{{Func: servicenow.AggregateSum, Field: "impact"}}},
			"sysparm_count=true&sysparm_group_by=state&sysparm_having=count%5Estate%5E%3E%5E1%2Csum%5Eimpact%5E%3C%3D%5E4.5&sysparm_order_by=SUM%5Eimpact&sysparm_sum_fields=impact",
			"[{state 2 }] 2 sum map[impact:4]",
		},
		"1.13 display values": {
			servicenow.Aggregation{Count: true, GroupBy: []string{"state", "impact"}, Display: servicenow.DisplayBoth, Where: servicenow.Eq("state", 2)},
			"sysparm_count=true&sysparm_display_value=all&sysparm_group_by=state%2Cimpact&sysparm_query=state%3D2",
			"[{state 2 In Progress} {impact 1 1 - High}] 1 | [{state 2 In Progress} {impact 3 3 - Low}] 1",
		},
		"no rows": {
			servicenow.Aggregation{Count: true, GroupBy: []string{"state"}, Where: servicenow.Eq("state", 9)},
			"sysparm_count=true&sysparm_group_by=state&sysparm_query=state%3D9",
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := incidents(t)
			groups, err := client.Aggregate(t.Context(), "incident", test.ask)
			if err != nil {
				t.Fatal(err)
			}
			if got := server.Journal()[0]; got.Query != test.sent || got.Path != "/api/now/stats/incident" {
				t.Errorf("sent %s?%s", got.Path, got.Query)
			}
			var parts []string
			for _, g := range groups {
				text := fmt.Sprint(g.By, " ", g.Count)
				for _, f := range []struct {
					name string
					m    map[string]string
				}{{"avg", g.Avg}, {"min", g.Min}, {"max", g.Max}, {"sum", g.Sum}} {
					if len(f.m) > 0 || len(g.By) == 0 {
						text += fmt.Sprint(" ", f.name, " ", f.m)
					}
				}
				parts = append(parts, text)
			}
			if got := strings.Join(parts, " | "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A condition beyond the URL limit takes the way through the Batch API.
func TestAggregateLongCondition(t *testing.T) {
	server, client := incidents(t)
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("number-%d", i)
	}
	groups, err := client.Aggregate(t.Context(), "incident", servicenow.Aggregation{Count: true, Where: servicenow.NotIn("number", names...)})
	if err != nil || len(groups) != 1 || groups[0].Count != 5 || server.Journal()[0].Path != "/api/now/v1/batch" {
		t.Errorf("%v %v", groups, err)
	}
}

func TestAggregateNumbers(t *testing.T) {
	g := servicenow.Group{Count: -1, Avg: map[string]string{"a": "1,234.5"}, Max: map[string]string{"a": "x"}}
	if n, ok := g.Number(servicenow.AggregateAvg, "a"); !ok || n != 1234.5 {
		t.Error(n, ok)
	}
	for _, f := range []servicenow.AggregateFunc{servicenow.AggregateCount, servicenow.AggregateMax, servicenow.AggregateMin, "median"} {
		if n, ok := g.Number(f, "a"); ok {
			t.Errorf("%s is %v", f, n)
		}
	}
}

func TestAggregateMistakes(t *testing.T) {
	server, client := incidents(t)
	state := []string{"state"}
	for want, ask := range map[string]servicenow.Aggregation{
		"set Count, Avg":       {},
		"set GroupBy":          {Count: true, OrderBy: []servicenow.AggregateOrder{{Func: servicenow.AggregateCount}}},
		"sysparm_sum_fields":   {Sum: []string{"a,b"}},
		"sysparm_group_by":     {Count: true, GroupBy: []string{"a^b"}},
		"operator \"LIKE\"":    {Count: true, GroupBy: state, Having: []servicenow.Having{{Func: servicenow.AggregateCount, Field: "state", Op: "LIKE"}}},
		"Func is empty":        {Count: true, GroupBy: state, Having: []servicenow.Having{{Field: "state", Op: "="}}},
		"add it to the list":   {Count: true, GroupBy: state, Having: []servicenow.Having{{Func: servicenow.AggregateAvg, Field: "impact", Op: "="}}},
		"is not a function":    {Count: true, GroupBy: state, OrderBy: []servicenow.AggregateOrder{{Func: "median", Field: "impact"}}},
		"not in GroupBy":       {Count: true, GroupBy: state, OrderBy: []servicenow.AggregateOrder{{Field: "impact"}}},
		"unknown Display":      {Count: true, Display: 9},
		"servicenow: incident": {Count: true, Where: servicenow.Eq("", 1)},
	} {
		if _, err := client.Aggregate(t.Context(), "incident", ask); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := client.Aggregate(t.Context(), "../x", servicenow.Aggregation{Count: true}); err == nil {
		t.Error("accepted a table with a slash")
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
}

func TestAggregateNonsense(t *testing.T) {
	for body, kind := range map[string]error{
		`{"result":{"stats":{}}}`:                 servicenow.ErrInvalid,
		`{"result":{"stats":{"count":"many"}}}`:   servicenow.ErrInvalid,
		`{"result":[{"stats":3}]}`:                servicenow.ErrInvalid,
		`{"result":7}`:                            servicenow.ErrInvalid,
		`{}`:                                      servicenow.ErrInvalid,
		`{"result":{"stats":{"count":`:            servicenow.ErrTruncated,
		`{"result":{"stats":{"count":5}},"x":[]}`: nil,
		`{"result":[{"stats":{"count":"1","avg":{"a":null}},"groupby_fields":[{"field":"a","value":null}]}],"session":{}}`: nil,
	} {
		server, client := startWith(t, servicenowtest.Options{}, servicenow.Config{MaxRetries: -1})
		server.Fail(servicenowtest.Fault{Status: 200, Body: body})
		_, err := client.Aggregate(t.Context(), "incident", servicenow.Aggregation{Count: true})
		if kind == nil && err != nil || kind != nil && !errors.Is(err, kind) {
			t.Errorf("%s: %v", body, err)
		}
	}
}
