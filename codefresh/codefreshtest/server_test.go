package codefreshtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

var update = flag.Bool("update", false, "write the fixtures anew")

// exchange sends a request and returns status and body.
func exchange(t testing.TB, server *codefreshtest.Server, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://codefresh.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", codefreshtest.DefaultKey)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

func newServer(t testing.TB) (*codefreshtest.Server, *codefreshtest.ManualClock) {
	t.Helper()
	clock := codefreshtest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, err := codefreshtest.New(codefreshtest.Options{Clock: clock, Pipelines: []codefreshtest.Pipeline{{
		Name: "shop/deploy", Stages: []codefreshtest.Stage{
			{Status: "pending", For: time.Second}, {Status: "running", For: 9 * time.Second}, {Status: "pending-approval", For: time.Hour}, {Status: "success"},
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return server, clock
}

// TestTranscripts plays the scripts in testdata/transcripts with plain net/http.
// Each line starts with what it is:
//
//	# why, and where it is known from
//	advance 10s           moves the server's clock
//	> METHOD /path        a request; further > lines are headers ("> Name: value") and the body
//	< 200                 the status of its answer
//	< {json}              its body, exactly; <~ at least this (objects by key)
//	let NAME = path       keeps a value of the last answer ("." is all of it); {NAME} stands for it
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { play(t, file) })
	}
}

func play(t *testing.T, file string) {
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	server, clock := newServer(t)
	names := map[string]string{}
	var (
		method, path, body string
		headers            []string
		status             int
		answer             string
		sent               = true
	)
	send := func() {
		if !sent {
			status, answer = exchange(t, server, method, path, body, headers...)
			sent = true
		}
	}
	for n, line := range strings.Split(string(script), "\n") {
		for name, value := range names {
			line = strings.ReplaceAll(line, "{"+name+"}", value)
		}
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "", "#":
		case "advance":
			send()
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			clock.Advance(d)
		case ">":
			name, value, isHeader := strings.Cut(rest, ": ")
			switch {
			case strings.Contains(rest, " /"):
				send()
				method, path, _ = strings.Cut(rest, " ")
				headers, body, sent = nil, "", false
			case isHeader && !strings.HasPrefix(rest, "{"):
				headers = append(headers, name, value)
			default:
				body = rest
			}
		case "<":
			send()
			if len(rest) == 3 {
				if http.StatusText(status) == "" || rest != strings.TrimSpace(rest) || rest != jsonOf(status) {
					t.Errorf("line %d: status %d, want %s: %s", n+1, status, rest, answer)
				}
				continue
			}
			if diff := cmp.Diff(decode(t, rest), decode(t, answer)); diff != "" {
				t.Errorf("line %d: %s", n+1, diff)
			}
		case "<~":
			send()
			if !within(decode(t, rest), decode(t, answer)) {
				t.Errorf("line %d: %s does not hold %s", n+1, answer, rest)
			}
		case "let":
			send()
			name, path, _ := strings.Cut(rest, " = ")
			value := decode(t, answer)
			for key := range strings.SplitSeq(path, ".") {
				if m, ok := value.(map[string]any); ok {
					value = m[key]
				}
			}
			names[name], _ = value.(string)
		default:
			t.Fatalf("line %d: %q", n+1, line)
		}
	}
	send()
}

func jsonOf(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

func decode(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

func within(want, got any) bool {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		for key := range want {
			ok = ok && within(want[key], have[key])
		}
		return ok
	case []any:
		have, ok := got.([]any)
		ok = ok && len(have) == len(want)
		for i := range want {
			ok = ok && within(want[i], have[i])
		}
		return ok
	}
	return cmp.Equal(want, got)
}

func TestFixturesAreWhatTheServerAnswers(t *testing.T) {
	const id, other = "5f3e1c2b4a5968778695a4b3", "5f3e1c2b4a5968778695a4b4"
	server, clock := newServer(t)
	var first, second string
	if _, answer := exchange(t, server, "POST", "/api/pipelines/run/shop%2Fdeploy?reqId=1", `{"branch":"main"}`); json.Unmarshal([]byte(answer), &first) != nil {
		t.Fatal(answer)
	}
	clock.Advance(time.Minute)
	waiting := func() string {
		_, a := exchange(t, server, "GET", "/api/builds/"+first+"?noAccount=false", "")
		return a
	}()
	if second, _ = server.Start("shop/deploy"); second == "" {
		t.Fatal("not started")
	}
	get := func(path string, headers ...string) string {
		_, answer := exchange(t, server, "GET", path, "", headers...)
		return answer
	}
	exchange(t, server, "POST", "/api/annotations", `{"entityId":"`+first+`","entityType":"workflow","key":"CR_NUMBER","value":"CHG0030001"}`)
	want := map[string]string{
		"build-pending-approval": waiting,
		"build-started":          jsonOf(first),
		"annotation-list":        get("/api/annotations?entityId=" + first + "&entityType=workflow"),
		"pipeline":               get("/api/pipelines/shop%2Fdeploy"),
		"user":                   get("/api/user"),
		"error-not-found":        get("/api/builds/000000000000000000000000"),
		"error-unauthorized":     get("/api/user", "Authorization", "wrong"),
		"error-not-pending":      get("/api/workflow/" + second + "/pending-approval/approve"),
	}
	get("/api/workflow/" + first + "/pending-approval/approve")
	want["build-success"] = get("/api/builds/" + first)
	want["build-list"] = get("/api/workflow?limit=2&page=1&paginationReset=true", "X-Pagination-Session-Id", "s")
	restricted, err := codefreshtest.New(codefreshtest.Options{Keys: []codefreshtest.Key{{Value: codefreshtest.DefaultKey, Restricted: true}}})
	if err != nil {
		t.Fatal(err)
	}
	_, want["error-restricted"] = exchange(t, restricted, "GET", "/api/user", "")
	var names []string
	for name, text := range want {
		names = append(names, name)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(strings.NewReplacer(first, id, second, other).Replace(text)), "", "  "); err != nil {
			t.Fatal(name, err)
		}
		if *update {
			if err := os.WriteFile(filepath.Join("fixtures", name+".json"), append(pretty.Bytes(), '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(pretty.String(), strings.TrimSpace(string(codefreshtest.Fixture(name)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff(names, codefreshtest.Fixtures()); diff != "" {
		t.Error(diff)
	}
}

func TestApprovalsRunOut(t *testing.T) {
	for final, want := range map[string]string{"": "terminated", "terminated": "terminated", "approved": "success", "denied": "denied"} {
		clock := codefreshtest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		server, err := codefreshtest.New(codefreshtest.Options{Clock: clock, Pipelines: []codefreshtest.Pipeline{{
			Name: "a/b", Stages: []codefreshtest.Stage{{Status: "pending-approval", Final: final}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		id, _ := server.Start("a/b")
		clock.Advance(7*24*time.Hour - time.Second)
		if b, _ := server.Build(id); b.Status != "pending-approval" {
			t.Errorf("%q: %s before its time", final, b.Status)
		}
		clock.Advance(time.Second)
		b, _ := server.Build(id)
		if b.Status != want || b.Finished.IsZero() {
			t.Errorf("%q: %s", final, b.Status)
		}
		by, _ := server.Start("a/b")
		if !server.Step(by) {
			t.Error("no step")
		}
		if b, _ := server.Build(by); b.Status != want || server.Step(by) {
			t.Errorf("%q by hand: %s", final, b.Status)
		}
	}
}

func TestDenialsOfStepsThatMayFail(t *testing.T) {
	server, err := codefreshtest.New(codefreshtest.Options{Pipelines: []codefreshtest.Pipeline{{
		Name: "a/b", Stages: []codefreshtest.Stage{{Status: "pending-approval", Denied: "running"}, {Status: "running", For: time.Hour}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	id, _ := server.Start("a/b")
	if status, _ := exchange(t, server, "GET", "/api/workflow/"+id+"/pending-approval/deny", ""); status != 200 {
		t.Fatal(status)
	}
	if b, _ := server.Build(id); b.Status != "running" || b.Decisions[0].Verdict != "denied" {
		t.Errorf("%+v", b)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]codefreshtest.Options{
		"Keys[0]":             {Keys: []codefreshtest.Key{{}}},
		"Keys[1]":             {Keys: []codefreshtest.Key{{Value: "a"}, {Value: "a"}}},
		"project/pipeline":    {Pipelines: []codefreshtest.Pipeline{{Name: "a"}}},
		"already":             {Pipelines: []codefreshtest.Pipeline{{Name: "a/b"}, {Name: "a/b"}}},
		"has no status":       {Pipelines: []codefreshtest.Pipeline{{Name: "a/b", Stages: []codefreshtest.Stage{{}}}}},
		"For is negative":     {Pipelines: []codefreshtest.Pipeline{{Name: "a/b", Stages: []codefreshtest.Stage{{Status: "x", For: -1}}}}},
		`Final is "whatever"`: {Pipelines: []codefreshtest.Pipeline{{Name: "a/b", Stages: []codefreshtest.Stage{{Status: "x", Final: "whatever"}}}}},
	} {
		if _, err := codefreshtest.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	server, _ := newServer(t)
	if _, err := server.Start("no/such"); err == nil {
		t.Error("started")
	}
	if _, there := server.Build("x"); there || server.Step("x") || server.SetStatus("x", "running") {
		t.Error("there is a build x")
	}
}

func TestOverTCP(t *testing.T) {
	server := codefreshtest.NewServer(t, codefreshtest.Options{})
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", codefreshtest.DefaultKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || server.Journal()[0].Header.Get("Authorization") == codefreshtest.DefaultKey {
		t.Error(answer.Status)
	}
	server.LimitBodies(3)
	server.SetClock(nil)
	server.ClearFaults()
	server.ResetJournal()
	if server.Requests() != 0 || time.Since(server.Now()) > time.Minute {
		t.Error("not reset")
	}
}
