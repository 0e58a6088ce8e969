package servicenowtest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// What is written comes back, whatever JSON form it was sent in.
func TestBodies(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	for body, want := range map[string]string{
		`{"notes":"plain"}`:                     "plain",
		` { "notes" : "a\"b\\c\nd\u00e9" } `:    "a\"b\\c\ndé",
		`{"notes":"\ud83d\ude00 ☃ <&>"}`:        "😀 ☃ <&>",
		`{"notes":true}`:                        "true",
		`{"notes":-1.50e2}`:                     "-1.50e2",
		`{"notes":null}`:                        "",
		`{"notes":{"value":"v","link":"x"}}`:    "v",
		`{"notes":{"value":7}}`:                 "7",
		`{"notes":{"value":null}}`:              "",
		`{"notes":{"a": [1, "}"]}}`:             `{"a":[1,"}"]}`,
		`{"notes":["x" , {"y":"]"}]}`:           `["x",{"y":"]"}]`,
		"{\"x\":1\n,\"notes\":2\n}":             "2",
		`{"a":{"b":[{"c":"\"}"}]},"notes":"n"}`: "n",
		`[{"notes":"first"},{"notes":"2nd"}]`:   "first",
		`{"notes":"a","notes":"b"}`:             "b",
		`{}`:                                    "",
	} {
		res := i.do("POST", "/api/now/table/core_company?sysparm_fields=notes", body)
		var made struct{ Result struct{ Notes *string } }
		if err := json.Unmarshal([]byte(res.body), &made); err != nil || made.Result.Notes == nil || *made.Result.Notes != want {
			t.Errorf("%s: %d %s, want %q", body, res.status, res.body, want)
		}
	}
	for _, body := range []string{`{`, `{"a":}`, `[]`, `[1]`, `"x"`, `{"a":1}x`, `{"a":"\x"}`, "{\"a\":\"\n\"}", `true`} {
		if res := i.do("POST", "/api/now/table/core_company", body); res.status != 400 {
			t.Errorf("%s: %d %s", body, res.status, res.body)
		}
	}
}

// FuzzBody sends anything as a record: it is refused, or its notes come back
// as encoding/json reads them.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"notes":"a"}`, `{"notes":"\ud800","x":[{"y":"]}"}]}`, `[{"notes":1}]`, "{\"notes\":\"\xff\"}", `{"notes":{"value":{"value":"x"}}}`} {
		f.Add(seed)
	}
	i := newInstance(f, servicenowtest.Options{Clock: fixedClock})
	f.Fuzz(func(t *testing.T, body string) {
		if strings.TrimSpace(body) == "" {
			return
		}
		res := (&instance{i.Server, t}).do("POST", "/api/now/table/core_company?sysparm_fields=notes", body)
		var want map[string]any
		if json.Unmarshal([]byte(body), &want) != nil {
			return // a list, or nothing that is valid
		}
		if want == nil {
			want = map[string]any{}
		}
		var made struct{ Result map[string]string }
		if err := json.Unmarshal([]byte(res.body), &made); err != nil {
			t.Fatalf("%q: %d %q", body, res.status, res.body)
		}
		if notes, ok := want["notes"].(string); ok && len(notes) < 4000 && res.status == 201 && made.Result["notes"] != notes {
			t.Errorf("%q: %q, want %q", body, made.Result["notes"], notes)
		}
	})
}

func TestDisplayValuesAsInput(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{TimeZone: time.FixedZone("PST", -8*3600)})
	acme := i.insert("core_company", servicenowtest.Row{"name": "Acme"})
	for body, want := range map[string]string{
		`{"company":"acme"}`:         acme + " 1 ",
		`{"company":"` + acme + `"}`: acme + " 1 ",
		`{"company":"Nobody"}`:       " 1 ",
		`{"state":"in progress"}`:    " 2 ",
		`{"state":"2"}`:              " 2 ",
		`{"due_date":"2026-01-02"}`:  " 1 2026-01-02 08:00:00", // midnight in the caller's zone
	} {
		res := i.do("POST", "/api/now/table/incident?sysparm_input_display_value=true&sysparm_exclude_reference_link=true&sysparm_fields=company,state,due_date", body)
		var made struct{ Result map[string]string }
		if err := json.Unmarshal([]byte(res.body), &made); err != nil {
			t.Fatalf("%s: %s", body, res.body)
		}
		if got := made.Result["company"] + " " + made.Result["state"] + " " + made.Result["due_date"]; got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// Values take the form of their column's type; what cannot be read in it
// becomes empty.
func TestNormalisedValues(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	for _, tc := range []struct{ column, in, out string }{
		{"cpu_count", " 7 ", "7"}, {"cpu_count", "7.9", "7"}, {"cpu_count", "x", ""}, {"cpu_count", "1e30", ""}, {"cpu_count", "007", "7"},
		{"cost", "1.50", "1.50"}, {"cost", "x", ""},
		{"virtual", "TRUE", "true"}, {"virtual", "1", "true"}, {"virtual", "yes", "true"}, {"virtual", "no", "false"}, {"virtual", "", ""},
		{"purchase_date", "2026-02-03 04:05:06", "2026-02-03"}, {"purchase_date", "3rd of May", ""},
		{"install_date", "2026-02-03T04:05:06Z", "2026-02-03 04:05:06"}, {"install_date", "2026-02-03T04:05:06+02:00", "2026-02-03 02:05:06"},
		{"install_date", "2026-02-03", "2026-02-03 00:00:00"}, {"install_date", "2026-13-03", ""},
		{"asset_tag", strings.Repeat("ä", 101), strings.Repeat("ä", 100)},
	} {
		id := i.insert("cmdb_ci_server", servicenowtest.Row{tc.column: tc.in})
		if row, _ := i.Row("cmdb_ci", id); row[tc.column] != tc.out {
			t.Errorf("%s %q: %q, want %q", tc.column, tc.in, row[tc.column], tc.out)
		}
	}
	id := i.insert("task", servicenowtest.Row{"calendar_duration": "01:02:03"})
	res := i.do("GET", "/api/now/table/task/"+id+"?sysparm_display_value=all&sysparm_fields=calendar_duration", "")
	if want := `{"result":{"calendar_duration":{"display_value":"1 Hour 2 Minutes 3 Seconds","value":"1970-01-01 01:02:03"}}}`; res.body != want {
		t.Errorf("%s", res.body)
	}
}

// state and incident_state are one, and closing an incident makes it inactive.
func TestIncidentRules(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	id := i.insert("incident", servicenowtest.Row{"impact": "1", "urgency": "2"})
	for _, step := range []struct{ body, want string }{
		{`{"state":"2"}`, "2 2 true 2"}, {`{"incident_state":"3","hold_reason":"4"}`, "3 3 true 2"}, {`{"urgency":"3","priority":"1"}`, "3 3 true 3"},
		{`{"state":"6","close_code":"User error","close_notes":"no fire"}`, "6 6 true 3"}, {`{"state":"7"}`, "7 7 false 3"}, {`{"state":"2","incident_state":"3"}`, "2 2 true 3"},
	} {
		if res := i.do("PATCH", "/api/now/table/incident/"+id, step.body); res.status != 200 {
			t.Fatal(res.body)
		}
		row, _ := i.Row("incident", id)
		if got := row["state"] + " " + row["incident_state"] + " " + row["active"] + " " + row["priority"]; got != step.want {
			t.Errorf("%s: %s, want %s", step.body, got, step.want)
		}
	}
}
