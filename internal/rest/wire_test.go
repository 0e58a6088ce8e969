package rest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const (
	base    = "https://itsm.example"
	goodDoc = `{"ok":true}`
)

// wire is the network of these tests: it answers the n-th request (from 1) with
// what serve returns, and keeps a journal.
type wire struct {
	serve func(n int, req *http.Request) (*http.Response, error)

	mu      sync.Mutex
	journal []entry
}

type entry struct {
	method, url, body string
	header            http.Header
	at                time.Time
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	w.mu.Lock()
	w.journal = append(w.journal, entry{req.Method, req.URL.String(), string(body), req.Header.Clone(), time.Now()})
	n := len(w.journal)
	w.mu.Unlock()
	if w.serve == nil {
		return answer(200, goodDoc), nil
	}
	return w.serve(n, req)
}

func (w *wire) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.journal)
}

func (w *wire) entry(i int) entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.journal[i]
}

// answer makes a response; header comes as pairs.
func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// cut makes a response whose body breaks with err after the given text.
func cut(body string, err error) *http.Response {
	resp := answer(200, "")
	resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), broken{err}))
	resp.ContentLength = int64(len(goodDoc))
	return resp
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// elapse lets d pass on a bubble's fake clock.
func elapse(d time.Duration) { <-time.After(d) }

// ceilingOf takes the jitter out of waits: each is its upper bound.
func ceilingOf(d time.Duration) time.Duration { return d }

// judge is what a service does: the shared judgement, and a dropped 202.
func judge(call *rest.Call, a *rest.Answer) *rest.Failure {
	if a.Status == http.StatusAccepted && len(a.Body) == 0 {
		return &rest.Failure{Kind: rest.ErrUnavailable, NotTaken: true, Transient: true, Message: "dropped"}
	}
	return rest.JudgeStatus(call, a)
}

func newClient(t testing.TB, w http.RoundTripper, change ...func(*rest.Config)) *rest.Client {
	t.Helper()
	cfg := rest.Config{
		Service:    rest.Service{Name: "test", Judge: judge, RequestID: "X-Request-Id"},
		BaseURL:    base,
		HTTPClient: &http.Client{Transport: w},
		Jitter:     ceilingOf,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// staticToken is a credential that never changes.
func staticToken(value string) rest.Credential {
	return rest.Credential{Token: func(context.Context) (string, time.Time, error) { return value, time.Time{}, nil }}
}

func get(op string) *rest.Call {
	return &rest.Call{Op: op, Path: "/api/thing", Decode: decodeOK, MaxBody: 1000}
}

func decodeOK(a *rest.Answer) error {
	var doc struct{ OK bool }
	return json.Unmarshal(a.Body, &doc)
}
