package azdevops_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func newLimiter(t testing.TB, limits azdevops.RateLimits) *azdevops.RateLimiter {
	t.Helper()
	l, err := azdevops.NewRateLimiter(limits)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// TestRateLimiterPauses for what answers say, those that succeed as well.
func TestRateLimiterPauses(t *testing.T) {
	t.Run("003-27", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			date := time.Now().Add(-time.Hour).UTC() // the service's clock is an hour slow
			for _, tt := range []struct {
				status int
				header http.Header
				want   time.Duration
			}{
				{200, headers(), 0},
				{200, headers("Retry-After", "7"), 7 * time.Second},
				{429, headers("Retry-After", "2.5"), 2500 * time.Millisecond},
				{503, headers("Retry-After", date.Add(9*time.Second).Format(http.TimeFormat), "Date", date.Format(http.TimeFormat)), 9 * time.Second},
				{429, headers(), 30 * time.Second},
				{500, headers("Retry-After", "-1"), 0},
				{200, headers("Retry-After", "soon"), 0},
				{200, headers("Retry-After", date.Add(-time.Hour).Format(http.TimeFormat), "Date", date.Format(http.TimeFormat)), 0},
			} {
				l := newLimiter(t, azdevops.RateLimits{})
				l.Observe(tt.status, tt.header)
				began := time.Now()
				if err := l.Wait(t.Context()); err != nil || time.Since(began) != tt.want {
					t.Errorf("%d %v: %v after %v", tt.status, tt.header, err, time.Since(began))
				}
			}
		})
	})
}

func TestRateLimiterSpreads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, azdevops.RateLimits{})
		reset := strconv.FormatInt(time.Now().Add(100*time.Second).Unix(), 10)
		now := time.Now().UTC().Format(http.TimeFormat)
		l.Observe(200, headers("X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "40", "X-RateLimit-Reset", reset, "Date", now))
		began := time.Now()
		for range 3 {
			if err := l.Wait(t.Context()); err != nil || time.Since(began) != 0 {
				t.Fatal("with a fifth left nothing is spread yet", err)
			}
		}
		l.Observe(200, headers("X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "10", "X-RateLimit-Reset", reset, "X-RateLimit-Resource", "R", "X-RateLimit-Delay", "1.250", "Date", now))
		for range 3 {
			if err := l.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		// 100 s for 10 units: the second request 10 s after the first, the third
		// 9 s later, when 90 s are left.
		if took := time.Since(began); took < 19*time.Second || took > 20*time.Second {
			t.Error(took)
		}
		state := l.State()
		if state.Limit != 200 || state.Remaining != 10 || state.Resource != "R" || state.Delay != 1250*time.Millisecond || state.Reset.Sub(began).Round(time.Second) != 100*time.Second {
			t.Errorf("%+v", state)
		}
		// A header without what is left says nothing.
		l.Observe(200, headers("X-RateLimit-Limit", "200"))
		if l.State().Remaining != 10 {
			t.Errorf("%+v", l.State())
		}
		// Behind the end of the window all is there again.
		wait(2 * time.Minute)
		began = time.Now()
		for range 10 {
			if err := l.Wait(t.Context()); err != nil || time.Since(began) != 0 {
				t.Fatal(err, time.Since(began))
			}
		}
	})
}

func TestRateLimiterRefusesLongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, azdevops.RateLimits{MaxWait: 10 * time.Second})
		l.Observe(429, headers("Retry-After", "11"))
		began := time.Now()
		err := l.Wait(t.Context())
		var told interface{ RetryAfter() time.Duration }
		if !errors.Is(err, azdevops.ErrRateLimited) || !errors.As(err, &told) || told.RetryAfter() != 11*time.Second || !strings.Contains(err.Error(), "11s") || time.Since(began) != 0 {
			t.Error(err)
		}
		l = newLimiter(t, azdevops.RateLimits{MaxWait: -1})
		l.Observe(429, headers("Retry-After", "3600"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Wait(ctx); !errors.Is(err, azdevops.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not sent: the service asked for a pause; the next request may go in 1h0m0s") || time.Since(began) != 0 {
			t.Error("a wait that the context does not last:", err)
		}
		// The client says it in its own error, and nothing was sent.
		server, err := azdevopstest.New(azdevopstest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, server.Client(), func(cfg *azdevops.Config) { cfg.Limiter = l })
		_, err = client.Projects.Get(ctx, "Fabrikam")
		failure, ok := errors.AsType[*azdevops.Error](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, azdevops.ErrRateLimited) || failure.RetryAfter() != time.Hour ||
			!strings.HasPrefix(err.Error(), "azdevops: Projects.Get: ") || !strings.Contains(err.Error(), "the service asked for a pause") || server.Requests() != 0 || time.Since(began) != 0 {
			t.Errorf("%v, %d requests", err, server.Requests())
		}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		if err := l.Wait(ctx); !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
			t.Error(err, time.Since(began))
		}
		if err := l.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := l.Wait(t.Context()); err != nil || time.Since(began) != time.Hour {
			t.Error(err, time.Since(began))
		}
	})
}

// TestSharedLimiterStaysInBudget lets two clients of one identity work. The
// service counts both; sharing a limiter they are never refused, and much fewer
// of their requests are held back than without one.
func TestSharedLimiterStaysInBudget(t *testing.T) {
	delayed := func(share bool) (int, int) {
		var held, blocked atomic.Int32
		synctest.Test(t, func(t *testing.T) {
			server, err := azdevopstest.New(azdevopstest.Options{Load: azdevopstest.Load{Budget: 40}})
			if err != nil {
				t.Fatal(err)
			}
			var limiter azdevops.Limiter
			if share {
				limiter = newLimiter(t, azdevops.RateLimits{Below: 0.5})
			}
			counting := roundTripper(func(r *http.Request) (*http.Response, error) {
				a, err := server.Client().Transport.RoundTrip(r)
				if err == nil && a.Header.Get("X-RateLimit-Delay") != "" {
					held.Add(1)
				}
				if err == nil && a.StatusCode == http.StatusTooManyRequests {
					blocked.Add(1)
				}
				return a, err
			})
			done := make(chan error)
			for range 2 {
				client := newClient(t, &http.Client{Transport: counting}, func(c *azdevops.Config) { c.Limiter, c.MaxRetries = limiter, 20 })
				go func() {
					for range 60 {
						if _, err := client.Projects.Get(t.Context(), "Fabrikam"); err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
			for range 2 {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
		})
		return int(held.Load()), int(blocked.Load())
	}
	held, blocked := delayed(true)
	heldAlone, blockedAlone := delayed(false)
	t.Logf("shared: %d held back, %d refused; without: %d and %d", held, blocked, heldAlone, blockedAlone)
	if blocked != 0 || held >= heldAlone || blockedAlone == 0 {
		t.Errorf("shared: %d held back, %d refused; without: %d and %d", held, blocked, heldAlone, blockedAlone)
	}
}

func TestRateLimitsAreChecked(t *testing.T) {
	for _, limits := range []azdevops.RateLimits{{Below: -1}, {Below: 2}} {
		if _, err := azdevops.NewRateLimiter(limits); err == nil || !strings.Contains(err.Error(), "RateLimits.Below") {
			t.Error(err)
		}
	}
	// Another limiter is asked behind.
	asked := 0
	l := newLimiter(t, azdevops.RateLimits{Next: limiterFunc(func(context.Context) error { asked++; return nil })})
	if err := l.Wait(t.Context()); err != nil || asked != 1 {
		t.Error(err, asked)
	}
}

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }
