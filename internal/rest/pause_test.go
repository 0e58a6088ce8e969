package rest_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// limitedOnce answers the first request with a 429.
func limitedOnce(retryAfter string) *wire {
	return &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
		if n == 1 {
			return answer(429, "", "Retry-After", retryAfter), nil
		}
		return answer(200, goodDoc), nil
	}}
}

func TestPauseHoldsAllCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("10")
		client := newClient(t, w)
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Do(t.Context(), get("first")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if _, err := client.Do(t.Context(), get("other")); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		elapse(9 * time.Second)
		if n := w.requests(); n != 1 {
			t.Errorf("%d requests before the pause was over, want 1", n)
		}
		wg.Wait()
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v, want 10s", took)
		}
		if n := w.requests(); n != 22 {
			t.Errorf("%d requests, want 22", n)
		}
	})
}

func TestPausedCallersObeyTheirContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("20")
		client := newClient(t, w)
		go func() { _, _ = client.Do(t.Context(), get("first")) }()
		synctest.Wait()

		// A deadline before the end of the pause: no wait at all.
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := client.Do(ctx, get("bounded"))
		var failure *rest.Failure
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, rest.ErrRateLimited) || !errors.As(err, &failure) {
			t.Errorf("got %v, want the deadline and the rate limit", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v, want no time", took)
		}
		if failure.Attempts != 0 || failure.Wait != 20*time.Second || !failure.NotTaken || failure.MaybeApplied {
			t.Errorf("unsent, but %#v", failure)
		}

		// Cancelled in the pause: back at once.
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		if _, err = client.Do(ctx, get("cancelled")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want cancelled", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v, want 3s", took)
		}
		if n := w.requests(); n != 1 {
			t.Errorf("%d requests in the pause, want 1", n)
		}
		elapse(time.Minute) // let the first one finish
	})
}

func TestPauseBeyondMaxBackoffIsAnsweredUnsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("120")
		client := newClient(t, w)
		for i, wantWait := range []time.Duration{2 * time.Minute, 2 * time.Minute, 100 * time.Second} {
			if i == 2 {
				elapse(20 * time.Second)
			}
			start := time.Now()
			_, err := client.Do(t.Context(), get("thing"))
			var failure *rest.Failure
			if !errors.As(err, &failure) || !errors.Is(err, rest.ErrRateLimited) {
				t.Fatalf("call %d: got %v, want ErrRateLimited", i, err)
			}
			if failure.RetryAfter() != wantWait || !failure.Retryable() || time.Since(start) != 0 {
				t.Errorf("call %d: RetryAfter %v after %v, want %v at once", i, failure.RetryAfter(), time.Since(start), wantWait)
			}
		}
		if n := w.requests(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
		elapse(75 * time.Second) // 25 s are left, which may be waited for
		start := time.Now()
		if _, err := client.Do(t.Context(), get("thing")); err != nil || time.Since(start) != 25*time.Second {
			t.Errorf("got %v after %v, want success after 25s", err, time.Since(start))
		}
	})
}

func TestPauseIsNeverLongerThanAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := limitedOnce("9999999999999999999999")
		client := newClient(t, w)
		_, err := client.Do(t.Context(), get("thing"))
		var failure *rest.Failure
		if !errors.As(err, &failure) || failure.Wait < 24*365*time.Hour {
			t.Fatalf("got %v, want what the server asked for", err)
		}
		elapse(time.Hour)
		if _, err := client.Do(t.Context(), get("thing")); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// TestShorterPauseDoesNotShortenALongerOne: two answers, one pause.
func TestShorterPauseDoesNotShortenALongerOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				elapse(time.Second / 2)
				return answer(429, "", "Retry-After", "10"), nil
			case 2:
				elapse(time.Second)
				return answer(429, "", "Retry-After", "1"), nil
			}
			return answer(200, goodDoc), nil
		}}
		client := newClient(t, w)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() { _, _ = client.Do(t.Context(), get("thing")) })
		}
		wg.Wait()
		if third := w.entry(2).at.Sub(start); third != 10500*time.Millisecond {
			t.Errorf("the third request after %v, want 10.5s", third)
		}
	})
}

// TestPauseIsTheWait: a 429 that does not say how long pauses the others just as
// long as its own call waits, by one draw.
func TestPauseIsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		draws := 0
		client := newClient(t, limitedOnce(""), func(cfg *rest.Config) {
			cfg.Jitter = func(d time.Duration) time.Duration { draws++; return d / time.Duration(draws) }
		})
		start := time.Now()
		if _, err := client.Do(t.Context(), get("thing")); err != nil || draws != 1 || time.Since(start) != firstWait {
			t.Errorf("%v after %v and %d draws, want %v and one", err, time.Since(start), draws, firstWait)
		}
	})
}

// TestPauseDuringBackoff: whoever wakes from a short backoff into a pause too
// long to wait for ends with both facts.
func TestPauseDuringBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(503, "", "Retry-After", "5"), nil
			}
			return answer(429, "", "Retry-After", "120"), nil
		}}
		client := newClient(t, w)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := client.Do(t.Context(), get("sleeper"))
			var failure *rest.Failure
			if !errors.As(err, &failure) || failure.Status != 503 || failure.Wait != 115*time.Second || failure.Attempts != 1 ||
				!errors.Is(err, rest.ErrUnavailable) || !errors.Is(err, rest.ErrRateLimited) {
				t.Errorf("got %v, want the 503 and the pause", err)
			}
		})
		synctest.Wait()
		_, _ = client.Do(t.Context(), get("limited"))
		wg.Wait()
	})
}

// TestInterruptionDoesNotPause: a call cut short after a 429 says nothing new.
func TestInterruptionDoesNotPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
			switch n {
			case 1:
				return answer(429, "", "Retry-After", "5"), nil
			case 2:
				return silent(req)
			}
			return answer(200, goodDoc), nil
		}}
		client := newClient(t, w)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		if _, err := client.Do(ctx, get("first")); !errors.Is(err, rest.ErrRateLimited) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the 429 and the deadline", err)
		}
		start := time.Now()
		if _, err := client.Do(t.Context(), get("second")); err != nil || time.Since(start) != 0 {
			t.Errorf("got %v after %v, want success at once", err, time.Since(start))
		}
	})
}

// TestSleepersHoldNoSlot: with one slot, a call that waits for its retry lets
// others through.
func TestSleepersHoldNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(503, "", "Retry-After", "20"), nil
			}
			return answer(200, goodDoc), nil
		}}
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Concurrency = 1 })
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = client.Do(t.Context(), get("sleeper")) })
		synctest.Wait()
		start := time.Now()
		if _, err := client.Do(t.Context(), get("other")); err != nil || time.Since(start) != 0 {
			t.Errorf("got %v after %v, want success at once", err, time.Since(start))
		}
		wg.Wait()
	})
}

// TestConcurrency: never more attempts in flight than slots, and a caller who
// waits for one obeys its context.
func TestConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		flying, most := 0, 0
		client := newClient(t, roundTripper(func(*http.Request) (*http.Response, error) {
			mu.Lock()
			flying++
			most = max(most, flying)
			mu.Unlock()
			elapse(time.Second)
			mu.Lock()
			flying--
			mu.Unlock()
			return answer(200, goodDoc), nil
		}), func(cfg *rest.Config) { cfg.Concurrency = 3 })
		start := time.Now()
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() { _, _ = client.Do(t.Context(), get("thing")) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		if _, err := client.Do(ctx, get("late")); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 500*time.Millisecond {
			t.Errorf("got %v after %v, want the deadline after 500ms", err, time.Since(start))
		}
		wg.Wait()
		if most != 3 || time.Since(start) != 4*time.Second {
			t.Errorf("%d at once in %v, want 3 in 4s", most, time.Since(start))
		}
	})
}
