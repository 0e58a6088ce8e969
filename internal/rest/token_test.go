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

// source is a credential whose n-th value is "Bearer n"; it takes a second.
type source struct {
	life time.Duration // 0: no expiry
	err  error

	mu             sync.Mutex
	asked, forced  int
	flying, atOnce int
}

func (s *source) token(ctx context.Context) (string, time.Time, error) {
	s.mu.Lock()
	s.asked++
	if rest.Forced(ctx) {
		s.forced++
	}
	s.flying++
	s.atOnce = max(s.atOnce, s.flying)
	n := s.asked
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.flying--
		s.mu.Unlock()
	}()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return "", time.Time{}, ctx.Err()
	}
	if s.err != nil {
		return "", time.Time{}, s.err
	}
	var expiry time.Time
	if s.life != 0 {
		expiry = time.Now().Add(s.life)
	}
	return "Bearer " + string(rune('0'+n)), expiry, nil
}

// accepts answers 401 to every credential but one.
func accepts(value string) *wire {
	return &wire{serve: func(_ int, req *http.Request) (*http.Response, error) {
		if req.Header.Get("Authorization") != value {
			return answer(401, ""), nil
		}
		return answer(200, goodDoc), nil
	}}
}

func TestOneRefreshAtATime(t *testing.T) {
	for _, life := range []time.Duration{0, time.Hour} {
		t.Run(life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{life: life}
				w := accepts("Bearer 2")
				client := newClient(t, w, func(cfg *rest.Config) { cfg.Credential.Token, cfg.Concurrency = s.token, -1 })
				var wg sync.WaitGroup
				for range 30 {
					wg.Go(func() {
						if _, err := client.Do(t.Context(), get("thing")); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if s.asked != 2 || s.forced != 1 || s.atOnce != 1 {
					t.Errorf("asked %d times (%d forced, %d at once), want once plainly and once forced", s.asked, s.forced, s.atOnce)
				}
				if n := w.requests(); n != 60 {
					t.Errorf("%d requests, want each call refused once", n)
				}
			})
		})
	}
}

func TestCredentialIsKeptUntilShortlyBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{life: time.Minute}
		client := newClient(t, &wire{}, func(cfg *rest.Config) { cfg.Credential.Token = s.token })
		do := func(want int) {
			t.Helper()
			if _, err := client.Do(t.Context(), get("thing")); err != nil || s.asked != want {
				t.Errorf("asked %d times (%v), want %d", s.asked, err, want)
			}
		}
		do(1)
		elapse(40 * time.Second)
		do(1)
		elapse(10 * time.Second)
		do(2)
	})
}

func TestOneRefreshPerCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		w := accepts("Bearer never")
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Credential.Token, cfg.MaxRetries = s.token, -1 })
		_, err := client.Do(t.Context(), get("thing"))
		if !errors.Is(err, rest.ErrUnauthorized) || w.requests() != 2 || s.asked != 2 {
			t.Errorf("got %v after %d requests and %d tokens, want two of each", err, w.requests(), s.asked)
		}
	})
}

// TestSourceWithOneValue: a refusal of the only value there is asks once more,
// for all callers together, and repeats nothing.
func TestSourceWithOneValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		w := accepts("Bearer another")
		client := newClient(t, w, func(cfg *rest.Config) {
			cfg.Concurrency = -1
			cfg.Credential.Token = func(context.Context) (string, time.Time, error) {
				asked++
				elapse(time.Second)
				return "Bearer one", time.Now().Add(time.Hour), nil
			}
		})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := client.Do(t.Context(), get("thing")); !errors.Is(err, rest.ErrUnauthorized) {
					t.Errorf("got %v, want ErrUnauthorized", err)
				}
			})
		}
		wg.Wait()
		if asked != 2 || w.requests() != 10 {
			t.Errorf("asked %d times in %d requests, want 2 in 10", asked, w.requests())
		}
	})
}

func TestCancelledRefreshLeavesOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		client := newClient(t, &wire{}, func(cfg *rest.Config) { cfg.Credential.Token = s.token })
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			start := time.Now()
			_, err := client.Do(ctx, get("leader"))
			if !errors.Is(err, context.Canceled) || time.Since(start) != 500*time.Millisecond {
				t.Errorf("the leader: %v after %v, want cancelled at once", err, time.Since(start))
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := client.Do(t.Context(), get("follower")); err != nil {
				t.Errorf("the follower: %v", err)
			}
		})
		elapse(500 * time.Millisecond)
		cancel()
		wg.Wait()
	})
}

func TestSourceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("vault is sealed")
		s := &source{err: cause}
		w := &wire{}
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Credential.Token = s.token })
		_, err := client.Do(t.Context(), &rest.Call{Method: "POST", Path: "/x", Kind: rest.Append})
		var failure *rest.Failure
		if !errors.Is(err, cause) || !errors.Is(err, rest.ErrUnauthorized) || !errors.As(err, &failure) {
			t.Fatalf("got %v, want the source's error", err)
		}
		if w.requests() != 0 || failure.Attempts != 0 || failure.MaybeApplied || s.asked != 1 {
			t.Errorf("%d requests, %#v", w.requests(), failure)
		}
	})
}

func TestCredentialWithLineBreak(t *testing.T) {
	w := &wire{}
	client := newClient(t, w, func(cfg *rest.Config) { cfg.Credential = staticToken("Bearer abc\n") })
	if _, err := client.Do(t.Context(), get("thing")); !errors.Is(err, rest.ErrUnauthorized) || w.requests() != 0 {
		t.Errorf("got %v after %d requests, want a refusal before any", err, w.requests())
	}
}
