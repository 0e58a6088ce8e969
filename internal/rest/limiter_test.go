package rest_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// TestLimiterCountsAttempts: N calls with k retries take (N+k)/rate, and queueing
// longer than the attempt's timeout fails nobody.
func TestLimiterCountsAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			if n%3 == 0 {
				return answer(503, ""), nil
			}
			return answer(200, goodDoc), nil
		}}
		client := newClient(t, w, func(cfg *rest.Config) {
			cfg.Limiter = rate.NewLimiter(1, 1)
			cfg.Timeout = 2 * time.Second
			cfg.MaxBackoff = time.Millisecond
		})
		start := time.Now()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := client.Do(t.Context(), get("thing")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		n := w.requests()
		if n < 25 {
			t.Errorf("%d requests, want retries among them", n)
		}
		took := time.Since(start)
		if want := time.Duration(n-1) * time.Second; took < want || took > want+100*time.Millisecond {
			t.Errorf("%d attempts took %v, want %v", n, took, want)
		}
	})
}

// TestPauseThatBeginsInTheLimiter: whoever was waiting there is not sent into the
// pause, holds no slot in it, and need not be admitted again.
func TestPauseThatBeginsInTheLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("10")
		slow := roundTripper(func(req *http.Request) (*http.Response, error) {
			elapse(500 * time.Millisecond)
			return w.RoundTrip(req)
		})
		client := newClient(t, slow, func(cfg *rest.Config) {
			cfg.Limiter = rate.NewLimiter(1, 1)
			cfg.Concurrency = 1
		})
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if _, err := client.Do(t.Context(), get("thing")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); w.requests() != 3 || took != 11500*time.Millisecond {
			t.Errorf("%d requests in %v, want 3 in 11.5s", w.requests(), took)
		}
	})
}

func TestLimiterRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{}
		limiter := rate.NewLimiter(rate.Every(time.Minute), 1)
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Limiter = limiter })
		if _, err := client.Do(t.Context(), get("first")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Do(ctx, get("second"))
		var failure *rest.Failure
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &failure) || !errors.Is(err, rest.ErrRateLimited) {
			t.Errorf("got %v, want the deadline, the failure and the kind", err)
		}
		if time.Since(start) != 0 || w.requests() != 1 {
			t.Errorf("%d requests after %v, want the first only, at once", w.requests(), time.Since(start))
		}
		never := newClient(t, w, func(cfg *rest.Config) { cfg.Limiter, cfg.Concurrency = rate.NewLimiter(1, 0), 1 })
		for range 2 { // a slot that was kept would block the second
			if _, err = never.Do(t.Context(), get("third")); err == nil || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the limiter's own error", err)
			}
		}
	})
}

// learning is a limiter that two clients share: it pauses on a 429 it is shown.
type learning struct {
	mu       sync.Mutex
	until    time.Time
	observed []int
}

func (l *learning) Wait(ctx context.Context) error {
	l.mu.Lock()
	left := time.Until(l.until)
	l.mu.Unlock()
	select {
	case <-time.After(max(left, 0)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *learning) Observe(status int, header http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.observed = append(l.observed, status)
	if status == 429 {
		wait, _ := time.ParseDuration(header.Get("Retry-After") + "s")
		l.until = time.Now().Add(wait)
	}
}

// TestCancelledInTheLimiter: back at once, unsent, the slot free for others.
func TestCancelledInTheLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiter := &learning{until: time.Now().Add(time.Minute)}
		client := newClient(t, &wire{}, func(cfg *rest.Config) { cfg.Limiter, cfg.Concurrency = limiter, 1 })
		for range 2 {
			start := time.Now()
			ctx, cancel := cancelAfter(time.Second)(t.Context())
			_, err := client.Do(ctx, get("thing"))
			cancel()
			var failure *rest.Failure
			if !errors.Is(err, context.Canceled) || !errors.As(err, &failure) || failure.Attempts != 0 || time.Since(start) != time.Second {
				t.Errorf("got %v after %v, want cancelled after 1s", err, time.Since(start))
			}
		}
	})
}

func TestSharedLimiterSharesItsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("10")
		limiter := &learning{}
		share := func(cfg *rest.Config) { cfg.Limiter = limiter }
		one, two := newClient(t, w, share), newClient(t, w, share)
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = one.Do(t.Context(), get("one")) })
		synctest.Wait()
		if _, err := two.Do(t.Context(), get("two")); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("the other client: %v after %v, want success after 10s", err, time.Since(start))
		}
		wg.Wait()
		if len(limiter.observed) != 3 || limiter.observed[0] != 429 {
			t.Errorf("observed %v, want all three answers", limiter.observed)
		}
	})
}
