package rest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The columns of the fault table.
var verbs = []struct {
	name, method, body string
	kind               rest.Kind
}{
	{"GET", "GET", "", rest.Read},
	{"POST", "POST", `{"a":1}`, rest.Append},
	{"PUT", "PUT", `{"a":1}`, rest.Idempotent},
	{"PATCH absolute", "PATCH", `{"a":1}`, rest.Idempotent},
	{"PATCH appending", "PATCH", `{"work_notes":"x"}`, rest.Append},
	{"DELETE", "DELETE", "", rest.Idempotent},
	{"acting GET", "GET", "", rest.Act},
}

const columns = 7

// cells say, per verb, how many requests the server gets and how the call ends:
// "2 ok", or the kind of failure, with a question mark where the server may have
// acted. What happens on the wire once is the fault; a second request is fine.
type cells [columns]string

func all(cell string) cells {
	return cells{cell, cell, cell, cell, cell, cell, cell}
}

// ambiguous is the row of every fault after which the server may have acted;
// end is how a call ends that is not repeated.
func ambiguous(end string) cells {
	once := "1 " + end + "?"
	return cells{"2 ok", once, "2 ok", "2 ok", once, "2 ok", once}
}

// never is a fault after which nothing is repeated.
func never(end string) cells {
	once := "1 " + end + "?"
	return cells{"1 " + end, once, once, once, once, once, once}
}

var kinds = map[string]error{
	"unauthorized": rest.ErrUnauthorized, "forbidden": rest.ErrForbidden, "notfound": rest.ErrNotFound,
	"conflict": rest.ErrConflict, "invalid": rest.ErrInvalid, "ratelimited": rest.ErrRateLimited,
	"unavailable": rest.ErrUnavailable, "signin": rest.ErrSignIn, "truncated": rest.ErrTruncated,
	"toolarge": rest.ErrTooLarge, "redirect": rest.ErrRedirect,
	"canceled": context.Canceled, "deadline": context.DeadlineExceeded,
}

type fault struct {
	name string
	// once is the first request's answer; later ones get goodDoc.
	once func(req *http.Request) (*http.Response, error)
	want cells
	wait time.Duration // fake time the call takes when it sends two requests
	also error         // reachable in the failure as well
	fast bool          // a call that fails does so in no time
	// arrange changes the client or the context where the fault needs it.
	config func(*rest.Config)
	within func(context.Context) (context.Context, context.CancelFunc)
}

const (
	firstWait = 250 * time.Millisecond // the first backoff's ceiling
	timeout   = 5 * time.Second
)

// The errors that net/http gives for broken sockets; TestCapturedFaults holds
// them against real ones.
var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	errProxy   = &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errRefused}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	errPipe    = &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.EPIPE)}
	errNoHost  = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "itsm.example", IsNotFound: true}}
	errDNSBusy = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: "itsm.example", IsTemporary: true}}
	errTLS     = &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	errNoTLS   = tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}
	errHeaders = fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", textproto.ProtocolError(`malformed MIME header: missing colon: "Conte"`))
)

// required lists what the table must hold, by the beginning of the name.
const required = "refused|reset before any byte was written|reset after|EOF in the headers|EOF in the body|TLS failure|DNS failure|" +
	"attempt timeout|call timeout|context cancelled while waiting|context cancelled in flight|context cancelled while reading|" +
	"408|425|429, Retry-After in seconds|429, Retry-After as a date|429, Retry-After in the past|429, Retry-After absurd|" +
	"429, Retry-After absent|429, X-RateLimit-Reset|500|502|503|504|502 with Retry-After|503 with Retry-After|504 with Retry-After|" +
	"401 then a fresh token|empty 202|200 with HTML|200 with a cut body|body over the bound|redirect on the same host|" +
	"redirect to another host|gzip"

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func says(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return answer(status, body, header...), nil }
}

func silent(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func deadline(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
}

// cancelAfter cancels the call's context after d.
func cancelAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(d, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
}

func bearer(values ...string) func(*rest.Config) {
	n := 0
	return func(cfg *rest.Config) {
		n = 0
		cfg.Credential.Token = func(context.Context) (string, time.Time, error) {
			v := values[min(n, len(values)-1)]
			n++
			return v, time.Now().Add(time.Hour), nil
		}
	}
}

// slowBody answers at once and stalls in the body until the request ends.
func slowBody(req *http.Request) (*http.Response, error) {
	resp := answer(200, "")
	resp.Body = stalled{req.Context()}
	resp.ContentLength = -1
	return resp, nil
}

type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, s.ctx.Err() }
func (s stalled) Close() error             { return nil }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func date(d time.Duration) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return answer(429, "", "Retry-After", time.Now().Add(d).UTC().Format(http.TimeFormat)), nil
	}
}

func reset(d time.Duration) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return answer(429, "", "X-RateLimit-Reset", fmt.Sprint(time.Now().Add(d).Unix())), nil
	}
}

var faults = []fault{
	// No connection: provably not taken.
	{name: "refused", once: fails(errRefused), want: all("2 ok"), wait: firstWait},
	{name: "refused by the proxy", once: fails(errProxy), want: all("2 ok"), wait: firstWait},
	{name: "DNS failure, no such host", once: fails(errNoHost), want: all("1 unavailable")},
	{name: "DNS failure, temporary", once: fails(errDNSBusy), want: all("2 ok"), wait: firstWait},
	{name: "TLS failure, certificate", once: fails(errTLS), want: all("1 unavailable")},
	{name: "TLS failure, no TLS", once: fails(errNoTLS), want: all("1 unavailable")},

	// A connection that broke: who knows.
	{name: "reset before any byte was written", once: fails(errPipe), want: ambiguous("unavailable"), wait: firstWait},
	{name: "reset after", once: fails(errReset), want: ambiguous("unavailable"), wait: firstWait},
	{name: "EOF in the headers", once: fails(io.EOF), want: ambiguous("unavailable"), wait: firstWait},
	{name: "EOF amid the headers", once: fails(errHeaders), want: ambiguous("unavailable"), wait: firstWait},
	{name: "EOF in the body", once: func(*http.Request) (*http.Response, error) {
		return cut(`{"ok":`, io.ErrUnexpectedEOF), nil
	}, want: ambiguous("truncated"), wait: firstWait},
	{name: "reset in the body", once: func(*http.Request) (*http.Response, error) {
		return cut(`{"ok":`, errReset), nil
	}, want: ambiguous("truncated"), wait: firstWait},
	{name: "an error nobody knows", once: fails(errors.New("no responder found")), want: never("unavailable")},

	// Time and contexts.
	{name: "attempt timeout", once: silent, want: ambiguous("unavailable"), wait: timeout + firstWait, also: context.DeadlineExceeded},
	{name: "attempt timeout in the body", once: slowBody, want: ambiguous("unavailable"), wait: timeout + firstWait, also: context.DeadlineExceeded},
	{name: "call timeout", once: silent, want: never("deadline"), within: deadline(time.Second)},
	{name: "context cancelled in flight", once: silent, want: never("canceled"), within: cancelAfter(time.Second)},
	{name: "context cancelled while reading", once: slowBody, want: never("canceled"), within: cancelAfter(time.Second)},
	{name: "context cancelled while waiting", once: says(429, "", "Retry-After", "9"), want: all("1 canceled"),
		within: cancelAfter(time.Second), also: rest.ErrRateLimited},
	{name: "a wait that cannot fit the deadline", once: says(429, "", "Retry-After", "9"), want: all("1 deadline"),
		within: deadline(5 * time.Second), also: rest.ErrRateLimited, fast: true},
	{name: "a wait that ends with the deadline", once: says(429, "", "Retry-After", "9"), want: all("1 deadline"),
		within: deadline(9 * time.Second), also: rest.ErrRateLimited, fast: true},

	// Refused by status.
	{name: "429, Retry-After in seconds", once: says(429, "", "Retry-After", "2"), want: all("2 ok"), wait: 2 * time.Second},
	{name: "429, Retry-After as a decimal", once: says(429, "", "Retry-After", " 1.5 "), want: all("2 ok"), wait: 1500 * time.Millisecond},
	{name: "429, Retry-After as a date", once: date(7 * time.Second), want: all("2 ok"), wait: 7 * time.Second},
	{name: "429, Retry-After in the past", once: date(-time.Hour), want: all("2 ok"), wait: firstWait},
	{name: "429, Retry-After absurd", once: says(429, "", "Retry-After", "9223372037"), want: all("1 ratelimited"), fast: true},
	{name: "429, Retry-After is junk", once: says(429, "", "Retry-After", "soon"), want: all("2 ok"), wait: firstWait},
	{name: "429, Retry-After absent", once: says(429, ""), want: all("2 ok"), wait: firstWait},
	{name: "429, X-RateLimit-Reset", once: reset(4 * time.Second), want: all("2 ok"), wait: 4 * time.Second},
	{name: "401 then a fresh token", once: says(401, ""), want: all("2 ok"), config: bearer("Bearer one", "Bearer two")},
	{name: "401 and no other token", once: says(401, ""), want: all("1 unauthorized"), config: bearer("Bearer one")},
	{name: "401 without a credential", once: says(401, ""), want: all("1 unauthorized")},
	{name: "empty 202", once: says(202, ""), want: all("2 ok"), wait: firstWait},
	{name: "400", once: says(400, ""), want: all("1 invalid")},
	{name: "403", once: says(403, ""), want: all("1 forbidden")},
	{name: "404", once: says(404, ""), want: all("1 notfound")},
	{name: "409", once: says(409, ""), want: all("1 conflict")},
	{name: "412", once: says(412, ""), want: all("1 conflict")},

	// Ambiguous by status.
	{name: "408", once: says(408, ""), want: ambiguous("unavailable"), wait: firstWait},
	{name: "425", once: says(425, ""), want: ambiguous("unavailable"), wait: firstWait},
	{name: "500", once: says(500, ""), wait: firstWait, want: cells{"2 ok", "1 unavailable?", "1 unavailable?",
		"1 unavailable?", "1 unavailable?", "1 unavailable?", "1 unavailable?"}},
	{name: "501", once: says(501, ""), want: never("unavailable")},
	{name: "502", once: says(502, "<html>"), want: ambiguous("unavailable"), wait: firstWait},
	{name: "503", once: says(503, ""), want: ambiguous("unavailable"), wait: firstWait},
	{name: "504", once: says(504, ""), want: ambiguous("unavailable"), wait: firstWait},
	{name: "502 with Retry-After", once: says(502, "", "Retry-After", "3"), want: ambiguous("unavailable"), wait: 3 * time.Second},
	{name: "503 with Retry-After", once: says(503, "", "Retry-After", "3"), want: ambiguous("unavailable"), wait: 3 * time.Second},
	{name: "504 with Retry-After", once: says(504, "", "Retry-After", "3"), want: ambiguous("unavailable"), wait: 3 * time.Second},
	{name: "503 with X-RateLimit-Reset, which is for another rule", want: ambiguous("unavailable"), wait: firstWait,
		once: func(*http.Request) (*http.Response, error) {
			return answer(503, "", "X-RateLimit-Reset", fmt.Sprint(time.Now().Add(time.Hour).Unix())), nil
		}},
	{name: "503 with an absurd Retry-After", once: says(503, "", "Retry-After", "86400"), want: never("unavailable"), fast: true},

	{name: "503 with a cut text", want: ambiguous("unavailable"), wait: firstWait, once: func(*http.Request) (*http.Response, error) {
		resp := cut("oh", errReset)
		resp.StatusCode = 503
		return resp, nil
	}},
	{name: "404 with a cut text", want: all("1 notfound"), once: func(*http.Request) (*http.Response, error) {
		resp := cut("oh", errReset)
		resp.StatusCode = 404
		return resp, nil
	}},

	// Good statuses that are none.
	{name: "200 with HTML", once: says(200, " \n<!DOCTYPE html>"), want: never("signin")},
	{name: "200 with a cut body", once: says(200, `{"ok":tr`), want: ambiguous("truncated"), wait: firstWait},
	{name: "200 with an empty body", once: says(200, ""), want: ambiguous("truncated"), wait: firstWait},
	{name: "200 of another shape", once: says(200, `{"ok":"yes"}`), want: never("other")},
	{name: "body over the bound", once: says(200, strings.Repeat("x", 2000)), want: never("toolarge")},
	{name: "body without end", want: never("toolarge"), once: func(*http.Request) (*http.Response, error) {
		resp := answer(200, "")
		resp.Body, resp.ContentLength = io.NopCloser(endless{}), -1
		return resp, nil
	}},
	{name: "body over the bound after gunzip", want: never("toolarge"),
		once: says(200, gzipped(strings.Repeat("x", 100_000)), "Content-Encoding", "gzip")},
	{name: "gzip", once: says(200, gzipped(goodDoc), "Content-Encoding", "gzip"), want: all("1 ok")},
	{name: "gzip said but not done", once: says(200, goodDoc, "Content-Encoding", "gzip"), want: all("1 ok")},
	{name: "gzip cut", once: says(200, gzipped(goodDoc)[:20], "Content-Encoding", "gzip"), want: ambiguous("truncated"), wait: firstWait},

	// Redirects: for reads, on the same host.
	{name: "redirect on the same host", once: says(302, "", "Location", base+"/api/other"), want: cells{"2 ok", "1 redirect",
		"1 redirect", "1 redirect", "1 redirect", "1 redirect", "1 redirect"}},
	{name: "redirect 308 on the same host", once: says(308, "", "Location", "/api/other"), want: cells{"2 ok", "1 redirect",
		"1 redirect", "1 redirect", "1 redirect", "1 redirect", "1 redirect"}},
	{name: "redirect on the same host, with port", once: says(302, "", "Location", "https://ITSM.example:443/api/other"), want: cells{"2 ok", "1 redirect",
		"1 redirect", "1 redirect", "1 redirect", "1 redirect", "1 redirect"}},
	{name: "redirect to another port", once: says(302, "", "Location", "https://itsm.example:8443/api"), want: all("1 redirect")},
	{name: "redirect to another host", once: says(302, "", "Location", "https://idp.example/login"), want: all("1 redirect")},
	{name: "redirect to another scheme", once: says(301, "", "Location", "http://itsm.example/api"), want: all("1 redirect")},
	{name: "redirect to another scheme on the same port", once: says(301, "", "Location", "http://itsm.example:443/api"), want: all("1 redirect")},
	{name: "redirect to nowhere", once: says(302, ""), want: all("1 redirect")},
}

// TestFaults tries every fault with every verb. A fault or a pair that is
// missing fails it.
func TestFaults(t *testing.T) {
	for name := range strings.SplitSeq(required, "|") {
		if !slices.ContainsFunc(faults, func(f fault) bool { return strings.HasPrefix(f.name, name) }) {
			t.Errorf("the table has no fault %q", name)
		}
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			for i, v := range verbs {
				if f.want[i] == "" {
					t.Fatalf("%s: the table has no cell for this pair", v.name)
				}
				t.Run(v.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f.try(t, i) }) })
			}
		})
	}
}

// try sends one call into the fault and holds the outcome against its cell.
func (f fault) try(t *testing.T, column int) {
	v := verbs[column]
	w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
		if n == 1 {
			return f.once(req)
		}
		return answer(200, goodDoc), nil
	}}
	client := newClient(t, w, func(cfg *rest.Config) {
		cfg.Timeout = timeout
		if f.config != nil {
			f.config(cfg)
		}
	})
	ctx := t.Context()
	if f.within != nil {
		var cancel context.CancelFunc
		ctx, cancel = f.within(ctx)
		defer cancel()
	}
	call := &rest.Call{Op: "thing", Method: v.method, Path: "/api/thing", Kind: v.kind, Decode: decodeOK, MaxBody: 1000}
	if v.body != "" {
		call.Body = []byte(v.body)
	}
	start := time.Now()
	got, err := client.Do(ctx, call)
	took := time.Since(start)

	cell, _ := strings.CutSuffix(f.want[column], "?")
	maybe := cell != f.want[column]
	var requests int
	var end string
	if _, err := fmt.Sscanf(cell, "%d %s", &requests, &end); err != nil {
		t.Fatalf("cell %q: %v", f.want[column], err)
	}
	if n := w.requests(); n != requests {
		t.Errorf("the server got %d requests, want %d (%v)", n, requests, err)
	}
	if requests == 2 && took != f.wait || f.fast && took != 0 {
		t.Errorf("took %v, want %v", took, f.wait)
	}
	for i := range w.journal {
		if w.journal[i].body != v.body {
			t.Errorf("request %d carried %q, want %q", i+1, w.journal[i].body, v.body)
		}
	}
	if end == "ok" {
		if err != nil {
			t.Fatalf("got %v, want success", err)
		}
		if string(got.Body) != goodDoc {
			t.Errorf("answer %q", got.Body)
		}
		return
	}
	checkFailure(t, err, end, maybe)
	if f.also != nil && !errors.Is(err, f.also) {
		t.Errorf("%v does not hold %v", err, f.also)
	}
}

func checkFailure(t *testing.T, err error, end string, maybe bool) {
	t.Helper()
	var failure *rest.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want a *Failure", err)
	}
	kind, known := kinds[end]
	if known && !errors.Is(err, kind) {
		t.Errorf("%v is not %v", err, kind)
	}
	for name, other := range kinds {
		special := other == context.Canceled || other == context.DeadlineExceeded
		if !known && !special && errors.Is(err, other) {
			t.Errorf("%v is %s, want none of the kinds", err, name)
		}
	}
	if failure.MaybeApplied != maybe || errors.Is(err, rest.ErrAmbiguous) != maybe {
		t.Errorf("MaybeApplied is %v, want %v: %v", failure.MaybeApplied, maybe, err)
	}
	if failure.Attempts != 1 || failure.Op != "thing" || failure.Path != "/api/thing" {
		t.Errorf("the failure lacks facts: %#v", failure)
	}
	if !strings.HasPrefix(err.Error(), "test: thing: ") {
		t.Errorf("text %q", err)
	}
}
