package netboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// TestTranscripts plays the scripts in testdata/transcripts with plain
// net/http. Each line of a script starts with what it is:
//
//	# why, and where it is known from
//	versions 3.7 4.2      the lines that follow, up to the next "versions", are played once for each
//	small                 fill the server with the small estate
//	token KEY {json}      make a token known
//	> METHOD /path        a request; further > lines are headers ("> If-Match: x") and the body
//	< 200                 the status of its answer
//	< Name: value         a header of it ("-" means absent)
//	< {json}              its body, exactly
//	<~ {json}             its body holds at least this (objects by key, lists by index)
//	<* text               its body contains a text
//	let NAME = path       keep a value of the last answer; {NAME} stands for it
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "transcripts", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts(string(raw)) {
			for _, v := range part.versions {
				t.Run(strings.TrimSuffix(filepath.Base(f), ".txt")+"/"+v+"/"+strconv.Itoa(part.line), func(t *testing.T) {
					play(t, v, part)
				})
			}
		}
	}
}

type part struct {
	versions []string
	line     int
	lines    []string
}

func parts(text string) []part {
	var out []part
	for i, l := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(l, "versions "); ok {
			out = append(out, part{strings.Fields(rest), i + 1, nil})
			continue
		}
		if len(out) > 0 {
			p := &out[len(out)-1]
			p.lines = append(p.lines, l)
		}
	}
	return out
}

type player struct {
	t      *testing.T
	s      *netboxtest.Server
	base   string
	vars   map[string]string
	req    *http.Request
	body   []string
	status int
	header http.Header
	answer []byte
}

func play(t *testing.T, version string, part part) {
	s, err := netboxtest.New(netboxtest.Options{Version: version, Clock: netboxtest.NewManualClock(time.Date(2026, 5, 1, 17, 42, 11, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	p := &player{t: t, s: s, base: server.URL, vars: map[string]string{"VERSION": version}}
	for i, l := range part.lines {
		for k, v := range p.vars {
			l = strings.ReplaceAll(l, "{"+k+"}", v)
		}
		if err := p.step(l); err != nil {
			t.Errorf("line %d: %q: %v\nlast answer: %d %.600s", part.line+i+1, l, err, p.status, p.answer)
		}
	}
}

func (p *player) step(l string) error {
	switch {
	case l == "" || strings.HasPrefix(l, "#"):
		return nil
	case l == "small":
		return p.s.FillSmallEstate()
	case strings.HasPrefix(l, "token "):
		key, rest, _ := strings.Cut(l[len("token "):], " ")
		t := netboxtest.Token{Key: key}
		if err := json.Unmarshal([]byte(rest), &t); err != nil {
			return err
		}
		return p.s.AddToken(t)
	case strings.HasPrefix(l, "> "):
		return p.ask(l[2:])
	case strings.HasPrefix(l, "<"):
		if err := p.send(); err != nil {
			return err
		}
		return p.expect(l)
	case strings.HasPrefix(l, "let "):
		name, path, _ := strings.Cut(l[len("let "):], " = ")
		if err := p.send(); err != nil {
			return err
		}
		v, err := p.pick(path)
		p.vars[name] = v
		return err
	}
	return fmt.Errorf("a line of no known kind")
}

func (p *player) ask(l string) error {
	method, path, _ := strings.Cut(l, " ")
	if p.req == nil || strings.HasPrefix(path, "/") && strings.ToUpper(method) == method && !strings.HasSuffix(method, ":") {
		req, err := http.NewRequest(method, p.base+path, http.NoBody)
		if err != nil {
			return err
		}
		req.Host = "netbox.example"
		req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
		p.req, p.body = req, nil
		return nil
	}
	if name, value, ok := strings.Cut(l, ": "); ok && !strings.ContainsAny(name, `{["`) {
		if value == "-" {
			p.req.Header.Del(name)
			return nil
		}
		p.req.Header.Set(name, value)
		return nil
	}
	p.body = append(p.body, l)
	return nil
}

// send sends the request that has been gathered, once.
func (p *player) send() error {
	if p.req == nil {
		return nil
	}
	if len(p.body) > 0 {
		text := strings.Join(p.body, "\n")
		p.req.Body = io.NopCloser(strings.NewReader(text))
		p.req.ContentLength = int64(len(text))
		if _, set := p.req.Header["Content-Type"]; !set {
			p.req.Header.Set("Content-Type", "application/json")
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(p.req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	p.answer, err = io.ReadAll(res.Body)
	p.status, p.header, p.req = res.StatusCode, res.Header, nil
	return err
}

func (p *player) expect(l string) error {
	kind, rest, _ := strings.Cut(l, " ")
	switch kind {
	case "<*":
		if !strings.Contains(string(p.answer), rest) {
			return fmt.Errorf("the text is not there")
		}
		return nil
	case "<~":
		var got, want any
		if err := json.Unmarshal([]byte(rest), &want); err != nil {
			return err
		}
		if err := json.Unmarshal(p.answer, &got); err != nil {
			return err
		}
		return within("", got, want)
	}
	if n, err := strconv.Atoi(rest); err == nil && len(rest) == 3 {
		if p.status != n {
			return fmt.Errorf("status %d", p.status)
		}
		return nil
	}
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
		var got, want any
		if err := json.Unmarshal([]byte(rest), &want); err != nil {
			return err
		}
		if err := json.Unmarshal(p.answer, &got); err != nil {
			return err
		}
		if !reflect.DeepEqual(got, want) {
			return fmt.Errorf("body differs")
		}
		return nil
	}
	name, value, _ := strings.Cut(rest, ": ")
	got := p.header.Get(name)
	if value == "-" {
		value = ""
	}
	if got != value {
		return fmt.Errorf("header is %q", got)
	}
	return nil
}

// within says where got lacks something of want.
func within(path string, got, want any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v", path, got)
		}
		for k, v := range w {
			x, in := g[k]
			if !in {
				return fmt.Errorf("%s.%s is missing", path, k)
			}
			if err := within(path+"."+k, x, v); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s is %v", path, got)
		}
		for i := range w {
			if err := within(fmt.Sprintf("%s[%d]", path, i), g[i], w[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("%s is %v, want %v", path, got, want)
	}
	return nil
}

func (p *player) pick(path string) (string, error) {
	var v any
	if err := json.Unmarshal(p.answer, &v); err != nil {
		return "", err
	}
	for k := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return "", fmt.Errorf("no %s", path)
		}
		v = m[k]
	}
	if f, ok := v.(float64); ok {
		return strconv.Itoa(int(f)), nil
	}
	return fmt.Sprint(v), nil
}
