package rest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const canary = "canary-7f3a"

// TestNoSecretIsPrinted sends a canary in every place that holds secrets, lets
// the server echo it, and looks for it in everything that can be printed.
func TestNoSecretIsPrinted(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
					resp, err := answer(403, "{}"), error(nil)
					if n == 1 {
						resp, err = f.once(req)
					}
					if resp != nil && resp.StatusCode >= 300 {
						resp.Body = io.NopCloser(strings.NewReader(`{"error":"bad ` + req.Header.Get("Authorization") + `"}`))
						resp.Header.Set("Set-Cookie", canary)
					} else if resp != nil {
						resp.Body = io.NopCloser(io.MultiReader(resp.Body, strings.NewReader(" "+canary)))
						resp.ContentLength = -1
					}
					return resp, err
				}}
				call := &rest.Call{
					Op: "thing", Method: "PUT", Path: "/api/thing", Kind: rest.Idempotent, Decode: decodeOK, MaxBody: 1000,
					Query: url.Values{"q": {canary}}, Body: []byte(canary), Header: http.Header{"X-Api-Key": {canary}},
				}
				var meta rest.Response
				rest.Apply(call, rest.Meta(&meta))
				cfg := rest.Config{
					Service: rest.Service{Name: "test", Judge: echo}, BaseURL: base,
					Credential: staticToken("Bearer " + canary), HTTPClient: &http.Client{Transport: w},
					Jitter: ceilingOf, Timeout: timeout,
					Logger: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
					OnAttempt: func(_ context.Context, a rest.Attempt) {
						fmt.Fprintf(&out, "%v %+v %#v\n", a, a, a)
					},
				}
				client, err := rest.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				ctx := t.Context()
				if f.within != nil {
					var cancel context.CancelFunc
					ctx, cancel = f.within(ctx)
					defer cancel()
				}
				got, err := client.Do(ctx, call)
				if failure, ok := errors.AsType[*rest.Failure](err); ok {
					fmt.Fprintf(&out, "%v %+v %s %#v\n", *failure, *failure, failure.Body, failure.LogValue())
				}
				for _, v := range []any{err, client, cfg, cfg.Credential, call, *call, got, meta} {
					fmt.Fprintf(&out, "%v %+v %#v %s %q\n", v, v, v, v, v)
				}
				if strings.Contains(out.String(), canary) {
					t.Errorf("the secret is in\n%s", out.String())
				}
			})
		})
	}
}

// echo takes the server's words into the message, as services do.
func echo(call *rest.Call, a *rest.Answer) *rest.Failure {
	f := judge(call, a)
	if f != nil {
		f.Message, f.Detail = string(a.Body), a.Header
		if a.Status >= 300 {
			f.Detail = string(a.Body)
		}
	}
	return f
}

func TestBadBaseURLsAreNotQuoted(t *testing.T) {
	for _, u := range []string{
		"https://user:" + canary + "@host", "https://host?token=" + canary, "https://user:" + canary + "@ho st", ":" + canary,
	} {
		cfg := rest.Config{Service: rest.Service{Name: "test"}, BaseURL: u}
		_, err := rest.New(cfg)
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, cfg), canary) {
			t.Errorf("%v", err)
		}
	}
}

func TestNew(t *testing.T) {
	for _, tt := range []struct{ url, err string }{
		{"", "BaseURL is empty"},
		{"   ", "BaseURL is empty"},
		{"host.example", `must start with "https://"`},
		{"ftp://host", `must start with "https://"`},
		{"https://", "names no host"},
		{"https://host/#x", "fragment"},
		{"https://user@host", "credentials apart"},
		{"https://HOST/base/", ""},
	} {
		c, err := rest.New(rest.Config{Service: rest.Service{Name: "test"}, BaseURL: tt.url})
		switch {
		case tt.err == "" && (err != nil || c.BaseURL() != "https://host/base"):
			t.Errorf("%q: %v, %v", tt.url, c, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), "test: ")):
			t.Errorf("%q: %v, want %q", tt.url, err, tt.err)
		}
	}
	if _, err := rest.New(rest.Config{BaseURL: base}); err == nil {
		t.Error("a service without name was accepted")
	}
	if _, err := rest.New(rest.Config{BaseURL: base, Service: rest.Service{Name: "x"}, UserAgent: "a\nb"}); err == nil {
		t.Error("a user agent with a line break was accepted")
	}
}

func TestBadCallsAreNotSent(t *testing.T) {
	tests := map[string]*rest.Call{
		"nil":              nil,
		"path":             {Path: "/a/../b"},
		"escaped path":     {Path: "/a/%2e%2e/b"},
		"empty element":    {Path: "/a//b"},
		"query in path":    {Path: "/a?b=c"},
		"bad escape":       {Path: "/a/%zz"},
		"control":          {Path: "/a/%0d"},
		"method":           {Path: "/a", Method: "GE T"},
		"kind":             {Path: "/a", Kind: 9},
		"PUT as a read":    {Path: "/a", Method: "PUT"},
		"PATCH as a read":  {Path: "/a", Method: "PATCH"},
		"DELETE as a read": {Path: "/a", Method: "DELETE"},
		"two queries":      {Path: "/a", Query: url.Values{"a": {"b"}}, RawQuery: "c=d"},
		"raw query":        {Path: "/a", RawQuery: "a=b c"},
		"header name":      {Path: "/a", Header: http.Header{"a b": {"c"}}},
		"header value":     {Path: "/a", Header: http.Header{"A": {"c\r\nX: y"}}},
	}
	for name, call := range tests {
		w := &wire{}
		_, err := newClient(t, w).Do(t.Context(), call)
		if err == nil || w.requests() != 0 {
			t.Errorf("%s: %v after %d requests", name, err, w.requests())
		}
		if call != nil && !errors.Is(err, rest.ErrInvalid) {
			t.Errorf("%s: %v is not ErrInvalid", name, err)
		}
	}
	var none context.Context
	if _, err := newClient(t, &wire{}).Do(none, get("x")); err == nil {
		t.Error("a nil context was accepted")
	}
}

func TestCallIsNotChanged(t *testing.T) {
	call := &rest.Call{Op: "a", Path: "x", Query: url.Values{"b": {"1"}}, Header: http.Header{"Accept": {"text/plain"}}}
	w := &wire{}
	if _, err := newClient(t, w).Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	if len(call.Header) != 1 || len(call.Query) != 1 || call.Method != "" {
		t.Errorf("changed to %#v", call)
	}
	e := w.entry(0)
	if e.url != base+"/x?b=1" || e.method != "GET" || e.header.Get("Accept") != "text/plain" || !strings.HasPrefix(e.header.Get("User-Agent"), "itsmkit") {
		t.Errorf("sent %+v", e)
	}
}

func TestWrap(t *testing.T) {
	client := newClient(t, always(404), func(cfg *rest.Config) {
		cfg.Service.Wrap = func(f *rest.Failure) error { return &ownError{f} }
	})
	_, err := client.Do(t.Context(), get("thing"))
	var own *ownError
	if !errors.As(err, &own) || !errors.Is(err, rest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

type ownError struct{ *rest.Failure }

func (e *ownError) Unwrap() error { return e.Failure }

func TestFailureKeepsTheBeginningOfTheBody(t *testing.T) {
	w := roundTripper(func(*http.Request) (*http.Response, error) {
		return answer(400, "begin"+strings.Repeat("x", 100_000)), nil
	})
	_, err := newClient(t, w).Do(t.Context(), &rest.Call{Path: "/x"})
	var failure *rest.Failure
	if !errors.As(err, &failure) || len(failure.Body) != rest.MaxErrorBody || !bytes.HasPrefix(failure.Body, []byte("begin")) {
		t.Errorf("got %v with %d bytes", err, len(failure.Body))
	}
}

func TestErrorText(t *testing.T) {
	f := &rest.Failure{
		Op: "Devices.Get", Method: "GET", Path: "/api/dcim/devices/7/", Status: 503, Message: "down", RequestID: "r1",
		Wait: 1500 * time.Millisecond, Attempts: 5, Kind: rest.ErrUnavailable, Err: errors.Join(io.EOF, io.ErrClosedPipe), MaybeApplied: true,
	}
	const want = "Devices.Get: GET /api/dcim/devices/7/: 503 Service Unavailable: down: EOF; io: read/write on closed pipe" +
		"; 5 attempts; try again in 1.5s; the server may have acted on it (request r1)"
	if f.Error() != want {
		t.Errorf("got  %s\nwant %s", f, want)
	}
	if got := (&rest.Failure{}).Error(); got != "failed" {
		t.Errorf("the zero value says %q", got)
	}
}
