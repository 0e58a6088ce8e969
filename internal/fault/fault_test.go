package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// counter is a handler that acts by counting and echoes the body.
type counter struct{ acts atomic.Int64 }

func (c *counter) acted() int { return int(c.acts.Load()) }

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.acts.Add(1)
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("X-Host", r.Host)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "hello %s %s", r.RequestURI, body)
}

// reach runs a test through the in-memory transport and over TCP.
func reach(t *testing.T, test func(t *testing.T, h *fault.Harness, c *counter, client *http.Client, base string)) {
	t.Run("memory", func(t *testing.T) {
		c := new(counter)
		h := fault.NewHarness(c, nil)
		test(t, h, c, h.Client(), "http://memory.test")
	})
	t.Run("tcp", func(t *testing.T) {
		c := new(counter)
		h := fault.NewHarness(c, nil)
		base, stop, err := h.Listen("")
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		transport := &http.Transport{DisableKeepAlives: true}
		test(t, h, c, &http.Client{Transport: transport}, base)
	})
}

func post(client *http.Client, url, body string) (status int, answer string, err error) {
	res, err := client.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, string(data), err
}

func TestPlainRequestReachesTheHandler(t *testing.T) {
	reach(t, func(t *testing.T, h *fault.Harness, c *counter, client *http.Client, base string) {
		status, answer, err := post(client, base+"/a%2Fb?x=%5E1", "body")
		if status != 201 || answer != "hello /a%2Fb?x=%5E1 body" || err != nil {
			t.Fatalf("got %d %q %v", status, answer, err)
		}
		calls := h.Journal()
		if len(calls) != 1 || calls[0].Path != "/a/b" || calls[0].Query != "x=%5E1" || string(calls[0].Body) != "body" ||
			calls[0].Status != 201 || calls[0].Fault || calls[0].N != 1 || calls[0].Size != 4 {
			t.Fatalf("journal: %+v", calls)
		}
	})
}

func TestFaults(t *testing.T) {
	cases := []struct {
		name   string
		fault  fault.Fault
		method string
		status int    // 0: no answer
		body   string // what could be read
		err    error
		acted  int
		noted  int // status in the journal
	}{
		{"status", fault.Fault{Status: 429, Body: `{"a":1}`, Header: http.Header{"Retry-After": {"2"}}}, "POST", 429, `{"a":1}`, nil, 0, 429},
		{"drop before", fault.Fault{DropBefore: true}, "POST", 0, "", io.EOF, 0, 0},
		{"drop after", fault.Fault{DropAfter: true}, "POST", 0, "", io.EOF, 1, 0},
		{"reset before", fault.Fault{DropBefore: true, Err: syscall.ECONNRESET}, "POST", 0, "", syscall.ECONNRESET, 0, 0},
		{"reset after", fault.Fault{DropAfter: true, Err: syscall.ECONNRESET}, "POST", 0, "", syscall.ECONNRESET, 1, 0},
		{"cut", fault.Fault{CutAfter: 5}, "POST", 201, "hello", io.ErrUnexpectedEOF, 1, 0},
		{"cut in the last byte", fault.Fault{CutAfter: 1000}, "POST", 201, "hello /p bod", io.ErrUnexpectedEOF, 1, 0},
		{"cut after the headers", fault.Fault{CutAfter: -1}, "POST", 201, "", io.ErrUnexpectedEOF, 1, 0},
		{"cut without a body", fault.Fault{CutAfter: 5}, "DELETE", 0, "", io.EOF, 1, 0},
		{"truncate", fault.Fault{Truncate: 5, Tail: "!"}, "POST", 201, "hello!", nil, 1, 201},
		{"truncate to the tail", fault.Fault{Truncate: -1, Tail: "!"}, "POST", 201, "!", nil, 1, 201},
		{"truncate beyond the end", fault.Fault{Truncate: 500, Tail: "!"}, "POST", 201, "hello /p body", nil, 1, 201},
		{"respond", fault.Fault{Respond: func(time.Time) (int, http.Header, string) { return 503, nil, "later" }}, "POST", 503, "later", nil, 0, 503},
		{"rewrite", fault.Fault{Rewrite: func(b []byte) []byte { return b[:5] }}, "POST", 201, "hello", nil, 1, 201},
		{"delay only", fault.Fault{Delay: time.Microsecond, DelayAfter: time.Microsecond}, "POST", 201, "hello /p body", nil, 1, 201},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			reach(t, func(t *testing.T, h *fault.Harness, c *counter, client *http.Client, base string) {
				h.Fail(tc.fault)
				req, _ := http.NewRequest(tc.method, base+"/p", strings.NewReader("body"))
				res, err := client.Do(req)
				status, body := 0, ""
				if err == nil {
					status = res.StatusCode
					var data []byte
					data, err = io.ReadAll(res.Body)
					body = string(data)
					res.Body.Close()
				}
				if status != tc.status || body != tc.body || !errors.Is(err, tc.err) {
					t.Errorf("got %d %q %v, want %d %q %v", status, body, err, tc.status, tc.body, tc.err)
				}
				if c.acted() != tc.acted {
					t.Errorf("the server acted %d times, want %d", c.acted(), tc.acted)
				}
				if calls := h.Journal(); len(calls) != 1 || calls[0].Status != tc.noted || !calls[0].Fault {
					t.Errorf("journal: %+v", calls)
				}
				if tc.name == "status" && (res.Header.Get("Retry-After") != "2" || res.Header.Get("Content-Type") != "application/json") {
					t.Errorf("headers: %v", res.Header)
				}
			})
		})
	}
}

func TestScriptCounts(t *testing.T) {
	cases := []struct {
		name   string
		script []fault.Fault
		want   string // one letter a request: the answer's status by its last digit, 1 for the handler's own
	}{
		{"always", []fault.Fault{{Status: 503}}, "33333"},
		{"twice", []fault.Fault{{Status: 503, Times: 2}}, "33111"},
		{"third", []fault.Fault{{Status: 503, Call: 3}}, "11311"},
		{"second and third", []fault.Fault{{Status: 503, Call: 2, Times: 2}}, "13311"},
		{"first of two that are due acts, the other waits", []fault.Fault{{Status: 429, Call: 2}, {Status: 503, Call: 2}}, "19311"},
		{"each counts for itself", []fault.Fault{{Status: 429, Call: 4}, {Status: 503, Call: 2}}, "13191"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			h := fault.NewHarness(new(counter), nil)
			h.Fail(tc.script...)
			got := ""
			for range 5 {
				status, _, err := post(h.Client(), "http://x/", "")
				if err != nil {
					t.Fatal(err)
				}
				got += fmt.Sprint(status % 10)
			}
			if got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
			h.ClearFaults()
			if status, _, _ := post(h.Client(), "http://x/", ""); status != 201 {
				t.Errorf("after ClearFaults: %d", status)
			}
		})
	}
}

func TestScriptMatches(t *testing.T) {
	h := fault.NewHarness(new(counter), nil)
	h.Fail(
		fault.Fault{Method: "DELETE", Status: 401},
		fault.Fault{Path: "/api/now/table/cmdb", Status: 402},
		fault.Fault{Path: "/api/*/stats", Status: 403},
		fault.Fault{Path: "/api/[", Status: 404},
		fault.Fault{Status: 405, Match: func(r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			return string(body) == "special"
		}},
	)
	for _, tc := range []struct {
		method, path, body string
		status             int
	}{
		{"DELETE", "/x", "", 401}, {"GET", "/api/now/table/cmdb_ci", "", 402}, {"GET", "/api/now/stats", "", 403},
		{"GET", "/api/now/stats/x", "", 201}, {"GET", "/api/[x", "", 201}, {"GET", "/", "special", 405}, {"GET", "/", "other", 201},
	} {
		req, _ := http.NewRequest(tc.method, "http://x"+tc.path, strings.NewReader(tc.body))
		res, err := h.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != tc.status {
			t.Errorf("%s %s %q: %d, want %d", tc.method, tc.path, tc.body, res.StatusCode, tc.status)
		}
		if data, _ := io.ReadAll(res.Body); tc.status == 201 && !strings.HasSuffix(string(data), tc.body) {
			t.Errorf("the handler got another body: %s", data)
		}
	}
}

func TestModifiers(t *testing.T) {
	h := fault.NewHarness(new(counter), nil)
	f := fault.Fault{Status: 503}
	h.Fail(f.On("POST", "/a").OnCall(2).Repeat(2))
	got := ""
	for _, path := range []string{"/a", "/b", "/a", "/b", "/a", "/a"} {
		status, _, err := post(h.Client(), "http://x"+path, "")
		if err != nil {
			t.Fatal(err)
		}
		got += fmt.Sprint(status % 10)
	}
	if got != "113131" || f.Call != 0 {
		t.Errorf("got %s", got)
	}
}

func TestOtherErrorsOfTheTransport(t *testing.T) {
	h := fault.NewHarness(new(counter), nil)
	h.Fail(fault.Fault{DropBefore: true, Err: &net.DNSError{Err: "no such host", IsNotFound: true}})
	_, _, err := post(h.Client(), "http://x/", "")
	if dns := new(net.DNSError); !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("got %v", err)
	}
}

func TestJournalRedactsAndResets(t *testing.T) {
	clock := fault.NewManualClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	h := fault.NewHarness(new(counter), clock)
	h.LimitBodies(3)
	req, _ := http.NewRequest("POST", "http://x/", strings.NewReader("12345"))
	req.SetBasicAuth("user", "canary")
	req.Header.Set("Cookie", "canary")
	req.Header.Set("X-Sn-Apikey", "canary")
	req.Header.Set("X-UserToken", "canary")
	req.Header.Set("Accept", "application/json")
	if _, err := h.Client().Do(req); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Hour)
	if _, err := h.Client().Get("http://x/"); err != nil {
		t.Fatal(err)
	}
	calls := h.Journal()
	if strings.Contains(fmt.Sprintf("%+v", calls), "canary") {
		t.Errorf("the journal holds a secret: %+v", calls)
	}
	if calls[0].Header.Get("Authorization") != "Basic REDACTED" || calls[0].Header.Get("Accept") != "application/json" {
		t.Errorf("headers: %v", calls[0].Header)
	}
	if string(calls[0].Body) != "123" || calls[0].Size != 5 || calls[1].Time.Sub(calls[0].Time) != time.Hour {
		t.Errorf("journal: %+v", calls)
	}
	if h.Requests() != 2 || h.Requests("GET") != 1 || h.Requests("PUT", "POST") != 1 {
		t.Errorf("requests: %d %d", h.Requests(), h.Requests("GET"))
	}
	h.ResetJournal()
	clock.Set(time.Unix(0, 0))
	if _, err := h.Client().Get("http://x/"); err != nil {
		t.Fatal(err)
	}
	if calls = h.Journal(); len(calls) != 1 || calls[0].N != 3 || !calls[0].Time.Equal(time.Unix(0, 0)) {
		t.Errorf("after ResetJournal: %+v", calls)
	}
}

func TestTransportInSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(counter)
		h := fault.NewHarness(c, nil)
		h.Fail(fault.Fault{Call: 1, Delay: time.Minute}, fault.Fault{Call: 2, DelayAfter: time.Minute}, fault.Fault{Call: 3, Delay: time.Second})
		start := time.Now()
		for i, acted := range []int{0, 1} {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			req, _ := http.NewRequestWithContext(ctx, "GET", "http://x/", nil)
			if _, err := h.Client().Do(req); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("call %d: %v", i, err)
			}
			cancel()
			if c.acted() != acted {
				t.Errorf("call %d: acted %d times", i, c.acted())
			}
		}
		client := h.Client()
		client.Timeout = time.Minute
		res, err := client.Get("http://x/")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if elapsed := time.Since(start); elapsed != 21*time.Second {
			t.Errorf("elapsed %v", elapsed)
		}
		if calls := h.Journal(); calls[2].Time.Sub(calls[0].Time) != 20*time.Second {
			t.Errorf("journal: %+v", calls)
		}
	})
}

func TestClientTimeoutEndsADelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := fault.NewHarness(new(counter), nil)
		h.Fail(fault.Fault{Delay: time.Hour})
		client := h.Client()
		client.Timeout = time.Second
		_, err := client.Get("http://x/")
		var netErr net.Error
		if !errors.As(err, &netErr) || !netErr.Timeout() {
			t.Errorf("got %v", err)
		}
	})
}

func TestContextEndsReading(t *testing.T) {
	h := fault.NewHarness(new(counter), nil)
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://x/", nil)
	res, err := h.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(res.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if _, err := h.Client().Do(req); !errors.Is(err, context.Canceled) || h.Requests() != 1 {
		t.Errorf("a call with an ended context: %v, %d requests", err, h.Requests())
	}
}

func TestHeadAndEmptyAnswers(t *testing.T) {
	reach(t, func(t *testing.T, h *fault.Harness, c *counter, client *http.Client, base string) {
		res, err := client.Head(base + "/p")
		if err != nil {
			t.Fatal(err)
		}
		if data, _ := io.ReadAll(res.Body); len(data) != 0 || res.ContentLength != int64(len("hello /p ")) || res.Header.Get("X-Host") == "" {
			t.Errorf("HEAD: %q, length %d, %v", data, res.ContentLength, res.Header)
		}
		req, _ := http.NewRequest("DELETE", base+"/p", nil)
		if res, err = client.Do(req); err != nil || res.StatusCode != 204 || res.ContentLength > 0 {
			t.Errorf("DELETE: %v %v", res, err)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	reach(t, func(t *testing.T, h *fault.Harness, c *counter, client *http.Client, base string) {
		h.Fail(fault.Fault{Status: 503, Call: 5, Times: 10})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if _, _, err := post(client, base, ""); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if c.acted() != 30 || h.Requests() != 40 {
			t.Errorf("acted %d, requests %d", c.acted(), h.Requests())
		}
	})
}
