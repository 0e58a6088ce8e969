package netbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// player plays a file of the contract. Each line of a file starts with what it is:
//
//	## what the requests below show; a test of its own
//	# a comment; "# Alone, for ..." in the head plays the file by itself, others go side by side
//	> METHOD /path        a request; further > lines are headers ("> If-Match: x", "-" for none) and the body
//	< 200                 the status of its answer
//	< Name: value         a header of it: "-" means absent, "*" present
//	< {json}              its body, exactly
//	<~ {json}             its body holds at least this: objects by key, lists one to one
//	<* text               its body contains a text
//	let NAME = path       keeps a value of the answer ("results.0.id", "header ETag"); {NAME} stands for it
//	until path = value    asks once more until the answer has the value there, for what is done in the background
//
// The text "*" stands for any value in the JSON of an answer, and {token} is the
// token. Everything that is made has a name or slug that begins with "ctr", which
// stands for a prefix of the file's own, so that files do not meet.
type player struct {
	base, token string
	prefix      string
	client      *http.Client
	vars        map[string]string
	made        map[string]bool // types that something was created of
	requests    int             // how many there were
	sent        string          // the request, for messages
	again       func() error    // sends it once more
	answer      reply
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (p *player) file(t *testing.T, text string) {
	t.Helper()
	p.vars, p.made = map[string]string{"token": p.token, "base": p.base}, map[string]bool{}
	head, sections, _ := strings.Cut("\n"+text, "\n## ")
	first := 1 + strings.Count(head, "\n")
	p.lines(t, head, 0)
	for section := range strings.SplitSeq(sections, "\n## ") {
		title, rest, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) { p.lines(t, rest, first) })
		first += 1 + strings.Count(section, "\n")
	}
}

// lines plays some lines, of which the first has the given number in its file.
func (p *player) lines(t *testing.T, text string, first int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		var err error
		switch mark, rest, _ := strings.Cut(line, " "); mark {
		case ">":
			var more []string
			for i+1 < len(lines) && strings.HasPrefix(lines[i+1], "> ") {
				i++
				more = append(more, p.fill(strings.TrimPrefix(lines[i], "> ")))
			}
			line := p.fill(rest)
			p.again = func() error { return p.ask(t.Context(), line, more) }
			if err := p.again(); err != nil {
				t.Fatalf("line %d: %v", first+i, err)
			}
		case "<":
			err = p.check(p.fill(rest))
		case "<~":
			err = p.body(p.fill(rest), true)
		case "<*":
			if !bytes.Contains(p.answer.body, []byte(p.fill(rest))) {
				err = fmt.Errorf("the body does not contain %q", p.fill(rest))
			}
		case "let":
			err = p.keep(rest)
		case "until":
			err = p.until(t.Context(), rest)
		case "", "#":
		default:
			t.Fatalf("line %d: unknown mark %q", first+i, mark)
		}
		if err != nil {
			t.Errorf("line %d: %v\n%s\n%d %.600s", first+i, err, p.sent, p.answer.status, p.answer.body)
		}
	}
}

func (p *player) fill(s string) string {
	s = strings.NewReplacer("ctr", p.prefix, "CTR", strings.ToUpper(p.prefix), "Ctr", "Ctr"+p.prefix[len(prefix):]).Replace(s)
	for name, value := range p.vars {
		s = strings.ReplaceAll(s, "{"+name+"}", value)
	}
	return s
}

func (p *player) ask(ctx context.Context, line string, more []string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	method, path, _ := strings.Cut(line, " ")
	header := http.Header{"Authorization": {"Bearer " + p.token}}
	var body []byte
	for _, l := range more {
		name, value, ok := strings.Cut(l, ": ")
		switch {
		case !ok || strings.ContainsAny(name, `{["`):
			body = append(body, l...)
		case value == "-":
			header.Del(name)
		default:
			header.Set(name, value)
		}
	}
	if body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	p.sent = line + " " + string(body)
	p.requests++
	req, err := http.NewRequestWithContext(ctx, method, p.base+strings.ReplaceAll(path, " ", "%20"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = header
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	read, err := io.ReadAll(res.Body)
	if method == http.MethodPost && res.StatusCode == http.StatusCreated {
		p.made[madeBy(req.URL.Path)] = true
	}
	p.answer = reply{status: res.StatusCode, header: res.Header, body: read}
	return err
}

// madeBy is the type that a POST to a path creates.
func madeBy(path string) string {
	path = strings.Trim(strings.TrimPrefix(path, "/api/"), "/")
	switch _, what, _ := strings.Cut(path, "/available-"); what {
	case "ips":
		return "ipam/ip-addresses"
	case "prefixes", "vlans":
		return "ipam/" + what
	}
	return path
}

// check compares a status, a header or the whole body.
func (p *player) check(want string) error {
	if status, err := strconv.Atoi(want); err == nil {
		if p.answer.status != status {
			return fmt.Errorf("status %d, want %d", p.answer.status, status)
		}
		return nil
	}
	if name, value, ok := strings.Cut(want, ": "); ok && !strings.ContainsAny(name, `{["`) {
		got, present := p.answer.header.Get(name), p.answer.header.Values(name) != nil
		switch {
		case value == "-" && present, value == "*" && !present, value != "-" && value != "*" && got != value:
			return fmt.Errorf("%s is %q, want %q", name, got, value)
		}
		return nil
	}
	return p.body(want, false)
}

func (p *player) body(want string, part bool) error {
	w, err := decode([]byte(want))
	if err != nil {
		return fmt.Errorf("the contract is not JSON: %w", err)
	}
	got, err := decode(p.answer.body)
	if err != nil {
		return fmt.Errorf("the answer is not JSON: %w", err)
	}
	return match("", w, got, part)
}

func decode(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v)
}

func match(at string, want, got any, part bool) error {
	if want == "*" {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v, want an object", at, got)
		}
		for key, value := range w {
			have, ok := g[key]
			if !ok {
				return fmt.Errorf("%s.%s is missing", at, key)
			}
			if err := match(at+"."+key, value, have, part); err != nil {
				return err
			}
		}
		for key := range g {
			if _, ok := w[key]; !ok && !part {
				return fmt.Errorf("%s.%s is there too", at, key)
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s is %v, want a list of %d", at, got, len(w))
		}
		for i := range w {
			if err := match(at+"."+strconv.Itoa(i), w[i], g[i], part); err != nil {
				return err
			}
		}
		return nil
	}
	if fmt.Sprintf("%T %v", want, want) != fmt.Sprintf("%T %v", got, got) {
		return fmt.Errorf("%s is %#v, want %#v", at, got, want)
	}
	return nil
}

// keep handles "NAME = path".
func (p *player) keep(line string) error {
	name, path, _ := strings.Cut(line, " = ")
	if header, ok := strings.CutPrefix(path, "header "); ok {
		p.vars[name] = p.answer.header.Get(header)
		return nil
	}
	v, err := p.value(path)
	p.vars[name] = v
	return err
}

// until handles "path = value".
func (p *player) until(ctx context.Context, line string) error {
	path, want, _ := strings.Cut(line, " = ")
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := p.value(path)
		if got == want || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is still %q, want %q", path, got, want)
		case <-tick.C:
		}
		if err := p.again(); err != nil {
			return err
		}
	}
}

// value is what the answer has at a path, as a text.
func (p *player) value(path string) (string, error) {
	v, err := decode(p.answer.body)
	if err != nil {
		return "", err
	}
	for part := range strings.SplitSeq(path, ".") {
		switch have := v.(type) {
		case map[string]any:
			v = have[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(have) {
				return "", fmt.Errorf("no %s", path)
			}
			v = have[i]
		}
	}
	if v == nil {
		return "", fmt.Errorf("no %s", path)
	}
	return fmt.Sprint(v), nil
}
