package rest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/sony/gobreaker/v2"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// gobreaker's two-step breaker is a Breaker as it stands.
var _ rest.Breaker = (*gobreaker.TwoStepCircuitBreaker[any])(nil)

func TestBreakerOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := always(503)
		breaker := gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= 3 },
		})
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Breaker = breaker })

		// It opens amid the first call, which keeps what the server said.
		_, err := client.Do(t.Context(), get("thing"))
		var failure *rest.Failure
		if !errors.Is(err, gobreaker.ErrOpenState) || !errors.Is(err, rest.ErrUnavailable) || !errors.As(err, &failure) || failure.Status != 503 {
			t.Errorf("got %v, want the open breaker and the 503", err)
		}
		// The second one is not sent.
		_, err = client.Do(t.Context(), get("thing"))
		if !errors.Is(err, gobreaker.ErrOpenState) || w.requests() != 3 {
			t.Errorf("got %v after %d requests, want 3", err, w.requests())
		}
	})
}

// counting hears every outcome.
type counting struct{ allowed, good, bad int }

func (c *counting) Allow() (func(error), error) {
	c.allowed++
	return func(err error) {
		if err == nil {
			c.good++
		} else {
			c.bad++
		}
	}, nil
}

// TestBreakerHearsOfHealth: refusals come from a healthy service, and every
// admission is answered exactly once.
func TestBreakerHearsOfHealth(t *testing.T) {
	tests := []struct {
		name      string
		once      func(*http.Request) (*http.Response, error)
		good, bad int
	}{
		{"ok", says(200, goodDoc), 1, 0},
		{"404", says(404, ""), 1, 0},
		{"429 then ok", says(429, ""), 2, 0},
		{"503 then ok", says(503, ""), 1, 1},
		{"refused then ok", fails(errRefused), 1, 1},
		{"certificate", fails(errTLS), 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				breaker := &counting{}
				w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
					if n == 1 {
						return tt.once(req)
					}
					return answer(200, goodDoc), nil
				}}
				client := newClient(t, w, func(cfg *rest.Config) { cfg.Breaker = breaker })
				_, _ = client.Do(t.Context(), get("thing"))
				if breaker.good != tt.good || breaker.bad != tt.bad || breaker.allowed != tt.good+tt.bad {
					t.Errorf("allowed %d, good %d, bad %d; want %d good, %d bad", breaker.allowed, breaker.good, breaker.bad, tt.good, tt.bad)
				}
			})
		})
	}
}

func TestOnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []rest.Attempt
		client := newClient(t, limitedOnce("2"), func(cfg *rest.Config) {
			cfg.OnAttempt = func(_ context.Context, a rest.Attempt) { seen = append(seen, a) }
		})
		if _, err := client.Do(t.Context(), get("Things.Get")); err != nil {
			t.Fatal(err)
		}
		want := []rest.Attempt{
			{Op: "Things.Get", Method: "GET", Path: "/api/thing", Number: 1, Status: 429, Outcome: "rate limited", Retry: true, Next: 2e9},
			{Op: "Things.Get", Method: "GET", Path: "/api/thing", Number: 2, Status: 200, Outcome: "ok", Backoff: 2e9},
		}
		if len(seen) != 2 || seen[0] != want[0] || seen[1] != want[1] {
			t.Errorf("got  %+v\nwant %+v", seen, want)
		}
	})
}
