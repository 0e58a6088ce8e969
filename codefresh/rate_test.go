package codefresh_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

func newLimiter(t *testing.T, limits codefresh.RateLimits) *codefresh.RateLimiter {
	t.Helper()
	limits.Jitter = func(time.Duration) time.Duration { return 0 }
	l, err := codefresh.NewRateLimiter(limits)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRateLimiterSpreadsAndLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, codefresh.RateLimits{Start: 4, Max: 8})
		began := time.Now()
		for range 9 {
			if err := l.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("nine requests at four a second took %v", took)
		}
		for range 5 { // one burst of refusals is one lesson
			l.Observe(http.StatusTooManyRequests, http.Header{"Retry-After": {"3"}})
		}
		if l.Rate() != 2 {
			t.Errorf("rate %v after a refusal", l.Rate())
		}
		began = time.Now()
		if err := l.Wait(t.Context()); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		for range 60 {
			wait(time.Second)
			l.Observe(http.StatusOK, nil)
		}
		if l.Rate() != 8 {
			t.Errorf("rate %v after a good minute", l.Rate())
		}
		for i, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
			l.Observe(http.StatusTooManyRequests, nil)
			began = time.Now()
			if err := l.Wait(t.Context()); err != nil || time.Since(began) != want {
				t.Errorf("cooldown %d: %v after %v", i, err, time.Since(began))
			}
		}
	})
}

func TestRateLimiterRefusesLongWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(t, codefresh.RateLimits{MaxWait: time.Minute})
		l.Observe(http.StatusTooManyRequests, http.Header{"Retry-After": {"3600"}})
		err := l.Wait(t.Context())
		var paused interface{ RetryAfter() time.Duration }
		if !errors.Is(err, codefresh.ErrRateLimited) || !errors.As(err, &paused) || paused.RetryAfter() != time.Hour {
			t.Error(err)
		}
		l = newLimiter(t, codefresh.RateLimits{})
		l.Observe(http.StatusTooManyRequests, http.Header{"Retry-After": {time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Wait(ctx); !errors.Is(err, codefresh.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		cancel()
		if err := l.Wait(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestRateLimiterIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := newWorld(t)
		l := newLimiter(t, codefresh.RateLimits{})
		share := func(c *codefresh.Config) { c.Limiter = l }
		one, two := newClient(t, server.Client(), share), newClient(t, server.Client(), share)
		server.Fail(codefreshtest.RateLimited(20 * time.Second).OnCall(1))
		began := time.Now()
		if _, err := one.CurrentUser(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := two.CurrentUser(t.Context()); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) < 20*time.Second || server.Requests() != 3 {
			t.Errorf("%d requests in %v", server.Requests(), time.Since(began))
		}
	})
}

func TestRateLimitsAreChecked(t *testing.T) {
	for _, limits := range []codefresh.RateLimits{{Min: -1}, {Start: 0.1}, {Start: 5, Max: 4}, {Cooldown: -1}, {Cooldown: time.Hour, MaxCooldown: time.Second}} {
		if _, err := codefresh.NewRateLimiter(limits); err == nil {
			t.Errorf("%+v is accepted", limits)
		}
	}
}
