package servicenowtest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A transcript is a text file: lines that start with
//
//	#  say what is shown and where that is known from
//	@  prepare the server, see (*replay).directive
//	>  are a request: method and target, headers, an empty line, the body
//	<  are the answer: status, headers, an empty line, the body
//
// A header of an answer that is written as "Name: -" must be absent. In headers
// and bodies of answers {*} stands for any text, {name} keeps a word for later
// requests and answers, and a second {name} must be the same. Requests are sent
// as admin unless they carry an Authorization header, "-" for none. They go
// over TCP with a plain http.Client to the host dev.example.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			(&replay{t: t, words: map[string]string{}}).run(string(data))
		})
	}
}

type replay struct {
	t       *testing.T
	options servicenowtest.Options
	prepare []func(*servicenowtest.Server)
	rules   []servicenowtest.ACL
	server  *servicenowtest.Server
	words   map[string]string
}

func (r *replay) run(text string) {
	var sent, want []string
	comments, exchanges := 0, 0
	flush := func() {
		if len(sent) > 0 {
			r.exchange(sent, want)
			exchanges++
		}
		sent, want = nil, nil
	}
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "#"):
			comments++
		case strings.HasPrefix(line, "@"):
			flush()
			r.directive(strings.TrimSpace(line[1:]))
		case strings.HasPrefix(line, ">"):
			if len(want) > 0 {
				flush()
			}
			sent = append(sent, strings.TrimPrefix(line[1:], " "))
		case strings.HasPrefix(line, "<"):
			want = append(want, strings.TrimPrefix(line[1:], " "))
		case line != "":
			r.t.Fatalf("line %q starts with none of # @ > <", line)
		}
	}
	flush()
	if comments == 0 || exchanges == 0 {
		r.t.Errorf("%d comments, %d exchanges", comments, exchanges)
	}
}

// directive prepares the server: out-of-box, release, rowtime, itemtime, user (name,
// password, roles), zone, insert, hide (rows from lists), forbid (operations),
// close (a table), rule (an access rule),
// fault, unknown-field-finds-nothing.
func (r *replay) directive(line string) {
	word, rest, _ := strings.Cut(line, " ")
	args := strings.Fields(rest)
	later := func(f func(*servicenowtest.Server)) {
		if r.server != nil {
			f(r.server)
		} else {
			r.prepare = append(r.prepare, f)
		}
	}
	check := func(err error) {
		if err != nil {
			r.t.Fatalf("@ %s: %v", line, err)
		}
	}
	switch word {
	case "out-of-box":
		r.options = servicenowtest.OutOfBox()
	case "release":
		r.options.Release = map[string]servicenowtest.Release{"2019": servicenowtest.Release2019, "2022": servicenowtest.Release2022, "2026": servicenowtest.Release2026}[rest]
	case "rowtime", "itemtime":
		d, err := time.ParseDuration(rest)
		check(err)
		if word == "rowtime" {
			r.options.RowTime = d
		} else {
			r.options.BatchItemTime = d
		}
	case "output":
		n, err := strconv.Atoi(rest)
		check(err)
		r.options.BatchOutput = n
	case "zone":
		zone, err := time.LoadLocation(rest)
		check(err)
		r.options.TimeZone = zone
	case "user":
		if r.options.Users == nil {
			r.options.Users = []servicenowtest.User{{Name: "admin", Password: "admin", Roles: []string{"admin"}}}
		}
		r.options.Users = append(r.options.Users, servicenowtest.User{Name: args[0], Password: args[1], Roles: args[2:]})
	case "oauth": // client id, secret, user
		r.options.OAuthClients = append(r.options.OAuthClients, servicenowtest.OAuthClient{ID: args[0], Secret: args[1], User: args[2]})
	case "rate-rule":
		var rule servicenowtest.RateRule
		check(json.Unmarshal([]byte(rest), &rule))
		r.options.RateRules = append(r.options.RateRules, rule)
	case "changes": // ChangeOptions as JSON
		check(json.Unmarshal([]byte(rest), &r.options.Changes))
	case "unknown-field-finds-nothing":
		r.options.InvalidQueryReturnsNoRows = true
	case "mandatory":
		r.options.Tables = append(r.options.Tables, servicenowtest.Table{Name: args[0], Columns: []servicenowtest.Column{{Name: args[1], Mandatory: true}}})
	case "insert":
		table, values, _ := strings.Cut(rest, " ")
		var row servicenowtest.Row
		check(json.Unmarshal([]byte(values), &row))
		later(func(s *servicenowtest.Server) {
			_, err := s.Insert(table, row)
			check(err)
		})
	case "hide": // table field value
		later(func(s *servicenowtest.Server) {
			check(s.SetACLs(servicenowtest.ACL{Table: args[0], Allow: func(op servicenowtest.Operation, get func(string) string) bool {
				return op != servicenowtest.OpRead || get(args[1]) != args[2]
			}}))
		})
	case "forbid": // table operation
		later(func(s *servicenowtest.Server) {
			check(s.SetACLs(servicenowtest.ACL{Table: args[0], Allow: func(op servicenowtest.Operation, get func(string) string) bool {
				return string(op) != args[1]
			}}))
		})
	case "rule": // ACL as JSON, beside the earlier ones
		var rule servicenowtest.ACL
		check(json.Unmarshal([]byte(rest), &rule))
		r.rules = append(r.rules, rule)
		later(func(s *servicenowtest.Server) { check(s.SetACLs(r.rules...)) })
	case "close": // table
		later(func(s *servicenowtest.Server) { check(s.SetACLs(servicenowtest.ACL{Table: args[0], Closed: true})) })
	case "fault":
		later(func(s *servicenowtest.Server) { s.Fail(faultNamed(r.t, args).OnCall(1)) })
	default:
		if !r.serverDirective(word, rest, later, check) {
			r.t.Fatalf("unknown directive %s", line)
		}
	}
}

func faultNamed(t *testing.T, args []string) servicenowtest.Fault {
	n := 0
	if len(args) > 1 {
		n, _ = strconv.Atoi(args[1])
	}
	switch args[0] {
	case "asleep":
		return servicenowtest.Asleep()
	case "sign-in-page":
		return servicenowtest.SignInPage()
	case "sign-in-redirect":
		return servicenowtest.SignInRedirect()
	case "dropped":
		return servicenowtest.Dropped()
	case "semaphore":
		return servicenowtest.SemaphoreFull()
	case "rate":
		return servicenowtest.RateLimited(time.Duration(n) * time.Second)
	case "terminated":
		return servicenowtest.Terminated(n)
	case "truncated":
		return servicenowtest.TruncatedAt(n)
	case "queue":
		return servicenowtest.TerminatedInQueue()
	case "bad-gateway":
		return servicenowtest.BadGateway()
	case "unavailable":
		return servicenowtest.Unavailable()
	case "unauthenticated":
		return servicenowtest.Unauthenticated()
	}
	t.Fatalf("unknown fault %v", args)
	return servicenowtest.Fault{}
}

func (r *replay) start() {
	if r.server != nil {
		return
	}
	r.options.Clock = servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 30, 15, 987654321, time.UTC))
	r.server = servicenowtest.NewServer(r.t, r.options)
	for _, f := range r.prepare {
		f(r.server)
	}
}

func (r *replay) exchange(sent, want []string) {
	r.start()
	for i := range sent {
		sent[i] = r.fill(sent[i])
	}
	method, target, _ := strings.Cut(sent[0], " ")
	header, body := split(sent[1:])
	var payload io.Reader
	if body != "" {
		payload = strings.NewReader(body)
		if header.Get("Content-Encoding") == "gzip" {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write([]byte(body))
			_ = z.Close()
			payload = &packed
		}
	}
	if n, ok := strings.CutPrefix(target, "{long:"); ok { // a target of so many bytes
		length, _ := strconv.Atoi(strings.TrimSuffix(n, "}"))
		target = "/api/now/table/incident?sysparm_query=number="
		target += strings.Repeat("x", length-len(target))
	}
	req, err := http.NewRequest(method, r.server.URL+target, payload)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Host = "dev.example"
	req.Header = header
	switch header.Get("Authorization") {
	case "":
		req.SetBasicAuth("admin", "admin")
	case "-":
		req.Header.Del("Authorization")
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatalf("%s: %v", sent[0], err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s: %v", sent[0], err)
	}
	if status := strconv.Itoa(res.StatusCode); status != want[0] {
		r.t.Fatalf("%s\nstatus %s, want %s\n%s", sent[0], status, want[0], data)
	}
	expected, text := split(want[1:])
	for name, values := range expected {
		got := res.Header.Get(name)
		if values[0] == "-" {
			if got != "" {
				r.t.Errorf("%s\n%s: %s, want none", sent[0], name, got)
			}
		} else {
			r.compare(sent[0], name, got, values[0])
		}
	}
	r.compare(sent[0], "body", string(data), text)
}

// split reads headers and, after an empty line, a body.
func split(lines []string) (http.Header, string) {
	header := http.Header{}
	for i, line := range lines {
		if line == "" {
			return header, strings.Join(lines[i+1:], "\n")
		}
		name, value, _ := strings.Cut(line, ":")
		header.Set(name, strings.TrimSpace(value))
	}
	return header, ""
}

var placeholder = regexp.MustCompile(`\\\{(\\\*|[a-z]+)\\\}`)

// fill puts the words that were kept into a line.
func (r *replay) fill(line string) string {
	for name, value := range r.words {
		line = strings.ReplaceAll(line, "{"+name+"}", value)
	}
	return line
}

func (r *replay) compare(request, what, got, want string) {
	r.t.Helper()
	var names []string
	pattern := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(r.fill(want)), func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		if name == `\*` {
			return `(?s:.*)`
		}
		names = append(names, name)
		return `(\w+)`
	})
	match := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(got)
	if match == nil {
		r.t.Errorf("%s\n%s:\n%s\nwant:\n%s", request, what, got, r.fill(want))
		return
	}
	for i, name := range names {
		r.words[name] = match[i+1]
	}
}
