package azdevopstest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// newServer makes a server with a clock that stands at noon of a Sunday.
func newServer(t testing.TB, options azdevopstest.Options) (*azdevopstest.Server, *azdevopstest.ManualClock) {
	t.Helper()
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	options.Clock = clock
	server, err := azdevopstest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return server, clock
}

// exchange sends a request as nothing but net/http and returns the answer and
// its body.
func exchange(t testing.TB, server *azdevopstest.Server, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://azdevops.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("", azdevopstest.DefaultToken)
	switch {
	case strings.HasPrefix(body, "["):
		r.Header.Set("Content-Type", "application/json-patch+json")
	case body != "":
		r.Header.Set("Content-Type", "application/json")
	}
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
	return answer, string(data)
}

// TestTranscripts plays the scripts in testdata/transcripts with plain net/http.
// Each line starts with what it is:
//
//	# why, and where it is known from
//	with limit=3          options of the server, before the first request
//	advance 10s           moves the server's clock
//	> METHOD /path        a request; further > lines are headers ("> Name: value") and the body
//	< 200                 the status of its answer
//	<: Name: value        a header of its answer; nothing behind the name means none
//	< {json}              its body, exactly; <~ at least this (objects by key)
//	<= text               its body holds this text
//	let NAME = path       keeps a value of the last answer; {NAME} stands for it
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &player{t: t, names: map[string]string{}, sent: true}
			for n, line := range strings.Split(string(script), "\n") {
				p.n = n + 1
				for name, value := range p.names {
					line = strings.ReplaceAll(line, "{"+name+"}", value)
				}
				p.line(line)
			}
			p.send()
		})
	}
}

// player plays one transcript.
type player struct {
	t       *testing.T
	n       int
	options azdevopstest.Options
	server  *azdevopstest.Server
	clock   *azdevopstest.ManualClock
	names   map[string]string

	method, path, body string
	headers            []string
	sent               bool
	answer             *http.Response
	text               string
}

func (p *player) send() {
	if p.sent {
		return
	}
	if p.server == nil {
		p.server, p.clock = newServer(p.t, p.options)
	}
	p.answer, p.text = exchange(p.t, p.server, p.method, p.path, p.body, p.headers...)
	p.sent = true
}

func (p *player) line(line string) {
	word, rest, _ := strings.Cut(line, " ")
	if word != ">" {
		p.send()
	}
	switch word {
	case "", "#":
	case "with":
		p.with(rest)
	case "advance":
		d, err := time.ParseDuration(rest)
		if err != nil {
			p.t.Fatal(err)
		}
		p.clock.Advance(d)
	case ">":
		p.request(rest)
	case "<":
		if status, err := strconv.Atoi(rest); err == nil {
			if p.answer.StatusCode != status {
				p.t.Errorf("line %d: status %d, want %d: %s", p.n, p.answer.StatusCode, status, p.text)
			}
			return
		}
		if diff := cmp.Diff(decode(p.t, rest), decode(p.t, p.text)); diff != "" {
			p.t.Errorf("line %d: %s", p.n, diff)
		}
	case "<:":
		name, value, _ := strings.Cut(rest, ":")
		if got := p.answer.Header.Get(name); got != strings.TrimSpace(value) {
			p.t.Errorf("line %d: %s is %q", p.n, name, got)
		}
	case "<~":
		if !within(decode(p.t, rest), decode(p.t, p.text)) {
			p.t.Errorf("line %d: %s does not hold %s", p.n, p.text, rest)
		}
	case "<=":
		if !strings.Contains(p.text, rest) {
			p.t.Errorf("line %d: %s does not hold %s", p.n, p.text, rest)
		}
	case "let":
		p.let(rest)
	default:
		p.t.Fatalf("line %d: %q", p.n, line)
	}
}

// with sets one option of the server.
func (p *player) with(text string) {
	name, value, _ := strings.Cut(text, "=")
	number, _ := strconv.Atoi(value)
	switch name {
	case "limit":
		p.options.QueryLimit = number
	case "budget":
		p.options.Load = azdevopstest.Load{Budget: float64(number)}
	case "pipelines":
		p.options = withPipelines(p.options)
	case "on-premises":
		p.options.OnPremises, p.options.Organization = true, "tfs/DefaultCollection"
	default:
		p.t.Fatalf("line %d: there is no option %q", p.n, name)
	}
}

func (p *player) request(rest string) {
	name, value, isHeader := strings.Cut(rest, ": ")
	switch {
	case strings.Contains(rest, " /") && !strings.ContainsAny(rest[:1], "[{"):
		p.send()
		p.method, p.path, _ = strings.Cut(rest, " ")
		p.headers, p.body, p.sent = nil, "", false
	case isHeader && !strings.ContainsAny(rest[:1], "[{"):
		p.headers = append(p.headers, name, value)
	default:
		p.body = rest
	}
}

func (p *player) let(text string) {
	name, path, _ := strings.Cut(text, " = ")
	value := decode(p.t, p.text)
	for key := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(v) {
				value = v[i]
			}
		}
	}
	if text, ok := value.(string); ok {
		p.names[name] = text
		return
	}
	data, err := json.Marshal(value)
	if err != nil {
		p.t.Fatal(err)
	}
	p.names[name] = string(data)
}

func decode(t testing.TB, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// within reports whether an answer holds at least what is wanted; a null stands
// for a key that is not there.
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
