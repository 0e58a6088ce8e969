package servicenow_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func limiter(t *testing.T, limits servicenow.RateLimits) *servicenow.RateLimiter {
	t.Helper()
	l, err := servicenow.NewRateLimiter(limits)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// sharing makes n clients of one instance that share a limiter.
func sharing(t *testing.T, n int, l servicenow.Limiter, options servicenowtest.Options) (*servicenowtest.Server, []*servicenow.Client) {
	t.Helper()
	server, first := startWith(t, options, servicenow.Config{Limiter: l})
	clients := []*servicenow.Client{first}
	for range n - 1 {
		client, err := servicenow.New(servicenow.Config{
			BaseURL: "acme", HTTPClient: server.Client(), Limiter: l,
			Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
		})
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, client)
	}
	return server, clients
}

func refusals(server *servicenowtest.Server) (n int) {
	for _, call := range server.Journal() {
		if call.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

const ruleID = "3a7ebac1c7c21010b6a4ef1ec15c8f23"

// 1.6: the rate headers come on allowed answers too, so the limiter knows the
// budget before it is used up, and spends a whole hour's budget and no more.
func TestRateLimiterKeepsToTheHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, servicenow.RateLimits{MaxWait: -1})
		server, clients := sharing(t, 2, l, servicenowtest.Options{RateRules: []servicenowtest.RateRule{{ID: ruleID, Limit: 5}}})
		begun := time.Now()
		for i := range 12 {
			if err := ask(t.Context(), clients[i%2]); err != nil {
				t.Fatal(err)
			}
		}
		if n := refusals(server); n != 0 || server.Requests() != 12 {
			t.Errorf("%d of %d requests were refused", n, server.Requests())
		}
		// synctest begins at a full hour: 5, 5 and 2 requests.
		if took := time.Since(begun); took != 2*time.Hour {
			t.Errorf("took %s", took)
		}
		state := l.State()
		if len(state.Rules) != 1 {
			t.Fatalf("knows %+v", state)
		}
		if rule := state.Rules[0]; rule.ID != ruleID || rule.Limit != 5 || rule.Used != 2 || !rule.Reset.Equal(begun.Add(3*time.Hour)) {
			t.Errorf("knows %+v", rule)
		}
	})
}

func TestRateLimiterRefusesLongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, servicenow.RateLimits{Share: 0.5})
		server, clients := sharing(t, 1, l, servicenowtest.Options{RateRules: []servicenowtest.RateRule{{ID: ruleID, Limit: 5}}})
		for range 2 {
			if err := ask(t.Context(), clients[0]); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		err := ask(t.Context(), clients[0])
		failure, ok := errors.AsType[*servicenow.Error](err)
		if !ok || !errors.Is(err, servicenow.ErrRateLimited) || failure.RetryAfter() != time.Hour || !failure.Retryable() || time.Since(begun) != 0 {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		if server.Requests() != 2 || !strings.Contains(err.Error(), "2 of 5 requests of this hour") {
			t.Errorf("sent %d: %v", server.Requests(), err)
		}
	})
}

func TestRateLimiterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, servicenow.RateLimits{MaxWait: -1})
		_, clients := sharing(t, 1, l, servicenowtest.Options{RateRules: []servicenowtest.RateRule{{Limit: 1}}})
		if err := ask(t.Context(), clients[0]); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		err := ask(ctx, clients[0])
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, servicenow.ErrRateLimited) || time.Since(begun) != 0 {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := ask(ctx, clients[0]); !errors.Is(err, context.Canceled) || time.Since(begun) != time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
	})
}

// 1.6: a 429 without headers comes from a full queue; whoever shares the limiter
// keeps still, longer each time.
func TestRateLimiterCoolsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := limiter(t, servicenow.RateLimits{Jitter: func(time.Duration) time.Duration { return 0 }})
		server, clients := sharing(t, 2, l, servicenowtest.Options{})
		server.Fail(servicenowtest.SemaphoreFull().Repeat(3))
		begun := time.Now()
		if err := ask(t.Context(), clients[0]); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 7*time.Second { // 1 s, 2 s and 4 s
			t.Errorf("took %s", took)
		}
		server.Fail(servicenowtest.SemaphoreFull().OnCall(1))
		l.Observe(http.StatusTooManyRequests, http.Header{}) // as another client would report it
		begun = time.Now()
		if err := ask(t.Context(), clients[1]); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 3*time.Second { // 1 s again after the success, then 2 s
			t.Errorf("the other client took %s", took)
		}
	})
}

func TestRateLimiterReadsHeaders(t *testing.T) {
	type headers map[string]string
	unix := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	date := func(at time.Time) string { return at.UTC().Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		status int
		header func(now time.Time) headers
		wait   time.Duration
	}{
		"nothing":     {200, func(time.Time) headers { return nil }, 0},
		"Retry-After": {429, func(time.Time) headers { return headers{"Retry-After": "20"} }, 20 * time.Second},
		"Retry-After as a date": {429, func(now time.Time) headers {
			return headers{"Retry-After": date(now.Add(9 * time.Second))}
		}, 9 * time.Second},
		"Reset alone": {429, func(now time.Time) headers {
			return headers{"X-RateLimit-Reset": unix(now.Add(15 * time.Second))}
		}, 15 * time.Second},
		"the instance's clock is late": {429, func(now time.Time) headers {
			late := now.Add(-time.Hour)
			return headers{"X-RateLimit-Reset": unix(late.Add(12 * time.Second)), "Date": date(late)}
		}, 12 * time.Second},
		"Remaining, which no documentation names": {200, func(now time.Time) headers {
			return headers{"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(now.Add(25 * time.Second))}
		}, 25 * time.Second},
		"junk": {200, func(time.Time) headers {
			return headers{"X-RateLimit-Limit": "-4", "X-RateLimit-Reset": "soon", "Retry-After": "-1"}
		}, 0},
		"a reset in the past": {200, func(now time.Time) headers {
			return headers{"X-RateLimit-Limit": "1", "X-RateLimit-Reset": unix(now.Add(-time.Second))}
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := limiter(t, servicenow.RateLimits{})
				begun := time.Now()
				header := http.Header{}
				for key, value := range test.header(begun) {
					header.Set(key, value)
				}
				l.Observe(test.status, header)
				if err := l.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took != test.wait {
					t.Errorf("waited %s, want %s", took, test.wait)
				}
			})
		})
	}
}

func TestRateLimiterMistakes(t *testing.T) {
	for _, limits := range []servicenow.RateLimits{{Share: -1}, {Share: 1.5}, {Cooldown: -1}, {MaxCooldown: -1}} {
		if _, err := servicenow.NewRateLimiter(limits); err == nil {
			t.Errorf("accepted %+v", limits)
		}
	}
}
