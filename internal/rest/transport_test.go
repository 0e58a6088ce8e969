package rest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// TestMockBeforeAndAfterNew: a test's mock is found whenever it was activated,
// and a forgotten responder fails in no time.
func TestMockBeforeAndAfterNew(t *testing.T) {
	const url = base + "/api/thing"
	own := &http.Client{}
	tests := []struct {
		name     string
		client   *http.Client
		activate func()
	}{
		{"default transport", nil, func() { httpmock.Activate(t) }},
		{"own client", own, func() { httpmock.ActivateNonDefault(own) }},
	}
	for _, tt := range tests {
		for _, before := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				own.Transport = nil
				if before {
					tt.activate()
				}
				client := newClient(t, nil, func(cfg *rest.Config) { cfg.HTTPClient = tt.client })
				if !before {
					tt.activate()
				}
				defer httpmock.DeactivateAndReset()
				httpmock.RegisterResponder("GET", url, httpmock.NewStringResponder(200, goodDoc))
				if _, err := client.Do(t.Context(), get("thing")); err != nil {
					t.Errorf("activated before New %v: %v", before, err)
				}
				_, err := client.Do(t.Context(), &rest.Call{Path: "/forgotten"})
				var failure *rest.Failure
				if !errors.Is(err, rest.ErrUnavailable) || !errors.As(err, &failure) || failure.Attempts != 1 {
					t.Errorf("a forgotten responder: %v, want one attempt and so no wait", err)
				}
			})
		}
	}
}

func TestBareResponses(t *testing.T) {
	w := roundTripper(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 204}, nil })
	if _, err := newClient(t, w).Do(t.Context(), &rest.Call{Path: "/x"}); err != nil {
		t.Errorf("a response without header, body and request: %v", err)
	}
}

func TestHead(t *testing.T) {
	w := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, ContentLength: 100, Body: http.NoBody, Header: http.Header{"Etag": {"1"}}}, nil
	})
	a, err := newClient(t, w).Do(t.Context(), &rest.Call{Method: "HEAD", Path: "/x"})
	if err != nil || a.Header.Get("ETag") != "1" {
		t.Errorf("got %v, %v", a, err)
	}
}

// idleCloser counts who closes its connections.
type idleCloser struct {
	http.RoundTripper
	closed atomic.Int32
}

func (i *idleCloser) CloseIdleConnections() { i.closed.Add(1) }

// TestCallersClientIsLeftAlone: neither changed nor its idle connections closed,
// after failures too.
func TestCallersClientIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jar, _ := cookiejar.New(nil)
		transport := &idleCloser{RoundTripper: always(500)}
		theirs := &http.Client{
			Transport: transport, Jar: jar, Timeout: time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error { return nil },
		}
		before := *theirs
		client := newClient(t, nil, func(cfg *rest.Config) { cfg.HTTPClient = theirs })
		if _, err := client.Do(t.Context(), get("thing")); err == nil {
			t.Fatal("no failure")
		}
		if theirs.Transport != before.Transport || theirs.Jar != before.Jar || theirs.Timeout != before.Timeout ||
			reflect.ValueOf(theirs.CheckRedirect).Pointer() != reflect.ValueOf(before.CheckRedirect).Pointer() {
			t.Error("the caller's client was changed")
		}
		if n := transport.closed.Load(); n != 0 {
			t.Errorf("idle connections were closed %d times", n)
		}
	})
}

func TestCallersJarKeepsCookies(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	w := &wire{serve: func(int, *http.Request) (*http.Response, error) {
		return answer(200, goodDoc, "Set-Cookie", "session=1"), nil
	}}
	client := newClient(t, nil, func(cfg *rest.Config) { cfg.HTTPClient = &http.Client{Transport: w, Jar: jar} })
	for range 2 {
		if _, err := client.Do(t.Context(), get("thing")); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.entry(1).header.Get("Cookie"); got != "session=1" {
		t.Errorf("the second request carries %q", got)
	}
}

func TestCallersTimeoutBoundsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(_ int, req *http.Request) (*http.Response, error) { return silent(req) }}
		client := newClient(t, nil, func(cfg *rest.Config) {
			cfg.HTTPClient = &http.Client{Transport: w, Timeout: 3 * time.Second}
			cfg.MaxRetries = -1
		})
		start := time.Now()
		_, err := client.Do(t.Context(), get("thing"))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v, want a timeout after 3s", err, time.Since(start))
		}
	})
}

func TestCallersVetoOfRedirects(t *testing.T) {
	w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return answer(302, "", "Location", "/other"), nil
		}
		return answer(200, goodDoc), nil
	}}
	client := newClient(t, nil, func(cfg *rest.Config) {
		cfg.HTTPClient = &http.Client{Transport: w, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	})
	if _, err := client.Do(t.Context(), get("thing")); !errors.Is(err, rest.ErrRedirect) || w.requests() != 1 {
		t.Errorf("got %v after %d requests, want the veto", err, w.requests())
	}
}

func TestAskingPOST(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(500, ""), nil
			}
			return answer(302, "", "Location", "/other"), nil
		}}
		_, err := newClient(t, w).Do(t.Context(), &rest.Call{Method: "POST", Path: "/query", Body: []byte("{}")})
		if !errors.Is(err, rest.ErrRedirect) || errors.Is(err, rest.ErrAmbiguous) || w.requests() != 2 {
			t.Errorf("got %v after %d requests, want it repeated as a read but not redirected", err, w.requests())
		}
	})
}

func TestRedirectCircle(t *testing.T) {
	w := always(302, "Location", "/round")
	_, err := newClient(t, w).Do(t.Context(), get("thing"))
	var failure *rest.Failure
	if !errors.Is(err, rest.ErrRedirect) || !errors.As(err, &failure) || failure.Status != 302 || w.requests() != 10 {
		t.Errorf("got %v after %d requests, want ErrRedirect after ten", err, w.requests())
	}
}

// TestCredentialsStayAtHome: another host gets neither a request nor a header.
func TestCredentialsStayAtHome(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%s came without credential", r.URL.Path)
		}
		switch r.URL.Path {
		case "/near":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/far":
			http.Redirect(w, r, other.URL, http.StatusFound)
		default:
			_, _ = io.WriteString(w, goodDoc)
		}
	}))
	defer home.Close()
	client := newClient(t, nil, func(cfg *rest.Config) {
		cfg.BaseURL, cfg.HTTPClient, cfg.Credential = home.URL, home.Client(), staticToken("Bearer secret")
	})
	if _, err := client.Do(t.Context(), &rest.Call{Path: "/near"}); err != nil {
		t.Errorf("on the same host: %v", err)
	}
	if _, err := client.Do(t.Context(), &rest.Call{Path: "/far"}); !errors.Is(err, rest.ErrRedirect) {
		t.Errorf("to another host: %v, want ErrRedirect", err)
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the other host got %d requests", n)
	}
}

// TestWarmConnectionClosed: net/http repeats a plain GET by itself when the
// server closes a kept-alive connection; an acting GET it must not.
func TestWarmConnectionClosed(t *testing.T) {
	for _, tt := range []struct {
		kind rest.Kind
		acts int32 // times the server got the second call
		ok   bool
	}{{rest.Read, 2, true}, {rest.Act, 1, false}} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			l := listen(t)
			var got atomic.Int32
			go serveThenClose(l, &got)
			defer l.Close()
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			client := newClient(t, transport, func(cfg *rest.Config) { cfg.BaseURL = "http://" + l.Addr().String() })
			if _, err := client.Do(t.Context(), &rest.Call{Path: "/warm"}); err != nil {
				t.Fatal(err)
			}
			_, err := client.Do(t.Context(), &rest.Call{Path: "/approve", Kind: tt.kind})
			if (err == nil) != tt.ok || got.Load() != tt.acts {
				t.Errorf("the server got it %d times (%v), want %d", got.Load(), err, tt.acts)
			}
			if !tt.ok && !errors.Is(err, rest.ErrAmbiguous) {
				t.Errorf("got %v, want ErrAmbiguous", err)
			}
		})
	}
}

// serveThenClose answers /warm, and on the connection that this warmed reads the
// next request and hangs up without an answer; a fresh one is answered.
func serveThenClose(l *net.TCPListener, got *atomic.Int32) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		r := bufio.NewReader(c)
		for warm := false; ; warm = true {
			req, err := http.ReadRequest(r)
			if err != nil {
				break
			}
			if req.URL.Path != "/warm" {
				got.Add(1)
				if warm {
					break
				}
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
		_ = c.Close()
	}
}

// TestNoBodyIsNoBody: what keeps net/http from repeating an acting GET leaves no
// trace on the wire, and an empty body is none.
func TestNoBodyIsNoBody(t *testing.T) {
	var seen *http.Request
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r }))
	defer s.Close()
	client := newClient(t, s.Client().Transport, func(cfg *rest.Config) { cfg.BaseURL = s.URL })
	for _, call := range []*rest.Call{
		{Path: "/approve", Kind: rest.Act},
		{Path: "/approve", Kind: rest.Act, Body: []byte{}},
		{Path: "/create", Method: "POST", Kind: rest.Append, Body: []byte{}},
	} {
		if _, err := client.Do(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if seen.ContentLength != 0 || len(seen.TransferEncoding) != 0 || seen.Header.Get("Content-Type") != "" {
			t.Errorf("%s: length %d, encoding %v", call.Path, seen.ContentLength, seen.TransferEncoding)
		}
	}
}

// TestConnectionsAreUsedAgain: after good answers, errors, redirects and refused
// bodies alike, as long as the answer was read to its end.
func TestConnectionsAreUsedAgain(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/missing":
			w.WriteHeader(404)
			_, _ = w.Write(make([]byte, 100_000))
		default:
			_, _ = io.WriteString(w, goodDoc)
		}
	}))
	defer s.Close()
	client := newClient(t, s.Client().Transport, func(cfg *rest.Config) { cfg.BaseURL = s.URL })
	var fresh int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			fresh++
		}
	}})
	for range 5 {
		for _, path := range []string{"/ok", "/moved", "/missing"} {
			_, _ = client.Do(ctx, &rest.Call{Path: path})
		}
	}
	if fresh != 1 {
		t.Errorf("%d connections, want one", fresh)
	}
}

// TestNothingLeaks runs every fault in a bubble, which fails when a goroutine is
// left, and counts the bodies that were not closed.
func TestNothingLeaks(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var open atomic.Int32
				first := true
				w := roundTripper(func(req *http.Request) (*http.Response, error) {
					resp, err := answer(200, goodDoc), error(nil)
					if first {
						first = false
						resp, err = f.once(req)
					}
					if resp != nil && resp.Body != nil {
						open.Add(1)
						resp.Body = &closing{resp.Body, &open}
					}
					return resp, err
				})
				ctx := t.Context()
				if f.within != nil {
					var cancel context.CancelFunc
					ctx, cancel = f.within(ctx)
					defer cancel()
				}
				_, _ = newClient(t, w).Do(ctx, get("thing"))
				if n := open.Load(); n != 0 {
					t.Errorf("%d bodies left open", n)
				}
			})
		})
	}
}

type closing struct {
	io.ReadCloser
	open *atomic.Int32
}

func (c *closing) Close() error {
	c.open.Add(-1)
	return c.ReadCloser.Close()
}
