package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// always answers every request the same.
func always(status int, header ...string) *wire {
	return &wire{serve: func(int, *http.Request) (*http.Response, error) { return answer(status, "", header...), nil }}
}

func (w *wire) gaps() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var gaps []time.Duration
	for i := 1; i < len(w.journal); i++ {
		gaps = append(gaps, w.journal[i].at.Sub(w.journal[i-1].at))
	}
	return gaps
}

func TestRetriesAndTheirCeilings(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name       string
		maxRetries int
		maxBackoff time.Duration
		want       []time.Duration
	}{
		{"default", 0, 0, []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms}},
		{"none", -1, 0, nil},
		{"two", 2, 0, []time.Duration{250 * ms, 500 * ms}},
		{"capped", 0, 600 * ms, []time.Duration{250 * ms, 500 * ms, 600 * ms, 600 * ms}},
		{"capped below the first", 0, 100 * ms, []time.Duration{100 * ms, 100 * ms, 100 * ms, 100 * ms}},
		{"no cap", 0, -1, []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := always(503)
				client := newClient(t, w, func(cfg *rest.Config) { cfg.MaxRetries, cfg.MaxBackoff = tt.maxRetries, tt.maxBackoff })
				_, err := client.Do(t.Context(), get("thing"))
				var failure *rest.Failure
				if !errors.As(err, &failure) || failure.Status != 503 || failure.Attempts != len(tt.want)+1 {
					t.Errorf("got %v, want a 503 after %d attempts", err, len(tt.want)+1)
				}
				if got := w.gaps(); !slices.Equal(got, tt.want) {
					t.Errorf("waits %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestJitterIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := always(503)
		client := newClient(t, w, func(cfg *rest.Config) { cfg.Jitter = nil })
		for range 10 {
			_, _ = client.Do(t.Context(), get("thing"))
		}
		var sum time.Duration
		for _, gap := range w.gaps() {
			sum += gap
			if gap > 2*time.Second {
				t.Errorf("a wait of %v, want at most 2s", gap)
			}
		}
		// Ten times half of 3.75 s, and far from both ends.
		if sum < 10*time.Second || sum > 28*time.Second {
			t.Errorf("waited %v in all, want about 19s", sum)
		}
	})
}

// TestRetryBudget: at 100 % failures the extra traffic is at most a tenth once the
// reserve is spent; calls that succeed in the end cost nothing.
func TestRetryBudget(t *testing.T) {
	t.Run("all fail", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := always(503)
			client := newClient(t, w, func(cfg *rest.Config) { cfg.MaxBackoff = time.Millisecond })
			for range 30 { // spends the reserve of a hundred
				_, _ = client.Do(t.Context(), get("thing"))
			}
			before := w.requests()
			const calls = 1000
			var last error
			for range calls {
				_, last = client.Do(t.Context(), get("thing"))
			}
			if extra := w.requests() - before - calls; extra > calls/10 || extra < calls/20 {
				t.Errorf("%d extra requests in %d calls, want about a tenth", extra, calls)
			}
			if !errors.Is(last, rest.ErrUnavailable) {
				t.Errorf("got %v, want the server's own failure", last)
			}
		})
	})
	t.Run("all succeed at the second attempt", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{serve: func(n int, _ *http.Request) (*http.Response, error) {
				if n%2 == 1 {
					return answer(429, ""), nil
				}
				return answer(200, goodDoc), nil
			}}
			client := newClient(t, w)
			for range 1000 {
				if _, err := client.Do(t.Context(), get("thing")); err != nil {
					t.Fatal(err)
				}
			}
		})
	})
}

func TestLastAnswerSurvivesTheEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The first answer is a 503, the second never comes.
		w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				return answer(503, `{"error":"asleep"}`, "X-Request-Id", "r1"), nil
			}
			return silent(req)
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := newClient(t, w).Do(ctx, get("thing"))
		var failure *rest.Failure
		if !errors.As(err, &failure) || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, rest.ErrUnavailable) {
			t.Fatalf("got %v, want the deadline and the 503", err)
		}
		if failure.Attempts != 2 || failure.RequestID != "r1" || string(failure.Body) != `{"error":"asleep"}` {
			t.Errorf("lost what the server said: %#v", failure)
		}
	})
}

func TestCauseSurvivesTheEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := cancelAfter(100 * time.Millisecond)(t.Context())
		defer cancel()
		w := &wire{serve: func(int, *http.Request) (*http.Response, error) { return nil, errReset }}
		_, err := newClient(t, w).Do(ctx, get("thing"))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, syscall.ECONNRESET) || w.requests() != 1 {
			t.Errorf("got %v, want cancelled and the reset", err)
		}
	})
}

// TestContextThatEndsWithTheAnswer: it is named where it is why the call was not
// repeated.
func TestContextThatEndsWithTheAnswer(t *testing.T) {
	for status, named := range map[int]bool{503: true, 404: false} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w := &wire{serve: func(int, *http.Request) (*http.Response, error) { cancel(); return answer(status, ""), nil }}
			_, err := newClient(t, w).Do(ctx, get("thing"))
			if errors.Is(err, context.Canceled) != named || w.requests() != 1 {
				t.Errorf("got %v after %d requests, want cancelled %v", err, w.requests(), named)
			}
		})
	}
}

// TestFinal: a judge can forbid what the status would allow.
func TestFinal(t *testing.T) {
	for _, transient := range []bool{true, false} {
		w := always(503)
		client := newClient(t, w, func(cfg *rest.Config) {
			cfg.Service.Judge = func(*rest.Call, *rest.Answer) *rest.Failure {
				return &rest.Failure{Final: true, Transient: transient}
			}
		})
		var failure *rest.Failure
		_, err := client.Do(t.Context(), get("thing"))
		if !errors.As(err, &failure) || failure.Retryable() != transient || !errors.Is(err, rest.ErrUnavailable) || w.requests() != 1 {
			t.Errorf("got %v after %d requests, want one, retryable %v", err, w.requests(), transient)
		}
	}
}

func TestCauseOfTheContext(t *testing.T) {
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	w := &wire{}
	_, err := newClient(t, w).Do(ctx, get("thing"))
	if !errors.Is(err, cause) || !errors.Is(err, context.Canceled) || w.requests() != 0 {
		t.Errorf("got %v after %d requests, want cancelled and its cause, unsent", err, w.requests())
	}
}

func TestDeleteWhoseRepeatIsNotFound(t *testing.T) {
	tests := []struct {
		name  string
		first func(*http.Request) (*http.Response, error)
		ok    bool
	}{
		{"answer lost", fails(io.EOF), true},
		{"gateway timeout", says(504, ""), true},
		{"refused, so another one deleted it", fails(errRefused), false},
		{"limited, so another one deleted it", says(429, ""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
					if n == 1 {
						return tt.first(req)
					}
					return answer(404, "{}"), nil
				}}
				_, err := newClient(t, w).Do(t.Context(), &rest.Call{Method: "DELETE", Path: "/x", Kind: rest.Idempotent})
				if tt.ok != (err == nil) || !tt.ok && !errors.Is(err, rest.ErrNotFound) {
					t.Errorf("got %v, want success %v", err, tt.ok)
				}
			})
		})
	}
}

func TestConditionalWriteWhoseRepeatIsStale(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first func(*http.Request) (*http.Response, error)
		ours  bool
		asked int
	}{
		{"ours landed", fails(io.EOF), true, 1},
		{"another's landed", fails(io.EOF), false, 1},
		{"stale at once", says(412, ""), true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
					if n == 1 {
						return tt.first(req)
					}
					return answer(412, ""), nil
				}}
				asked := 0
				answer, err := newClient(t, w).Do(t.Context(), &rest.Call{
					Method: "PATCH", Path: "/x", Kind: rest.Idempotent, Body: []byte("{}"),
					Landed: func(context.Context) (*rest.Answer, bool, error) {
						asked++
						return &rest.Answer{Status: 200}, tt.ours, nil
					},
				})
				if asked != tt.asked {
					t.Errorf("asked %d times, want %d", asked, tt.asked)
				}
				if want := tt.ours && tt.asked > 0; want != (err == nil && answer.Status == 200) {
					t.Errorf("got %v, want success %v", err, want)
				}
				if err != nil && !errors.Is(err, rest.ErrConflict) {
					t.Errorf("got %v, want a conflict", err)
				}
			})
		})
	}
}

// TestAmbiguityIsRemembered: a later refusal does not undo an earlier doubt.
func TestAmbiguityIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				return nil, io.EOF
			}
			return answer(400, ""), nil
		}}
		_, err := newClient(t, w).Do(t.Context(), &rest.Call{Method: "PUT", Path: "/x", Kind: rest.Idempotent, Body: []byte("{}")})
		if !errors.Is(err, rest.ErrInvalid) || !errors.Is(err, rest.ErrAmbiguous) {
			t.Errorf("got %v, want invalid and ambiguous", err)
		}
	})
}

// TestDecode: what a call's Decode reports is judged like a status.
func TestDecode(t *testing.T) {
	tests := []struct {
		name     string
		err      error
		kind     error
		requests int
	}{
		{"good", nil, nil, 1},
		{"end of file", io.EOF, rest.ErrTruncated, 5},
		{"unexpected end", fmt.Errorf("page: %w", io.ErrUnexpectedEOF), rest.ErrTruncated, 5},
		{"said to be cut", fmt.Errorf("page: %w", rest.ErrTruncated), rest.ErrTruncated, 5},
		{"another error", io.ErrNoProgress, io.ErrNoProgress, 1},
		{"a failure", &rest.Failure{Kind: rest.ErrConflict}, rest.ErrConflict, 1},
		{"a transient failure", fmt.Errorf("x: %w", &rest.Failure{Kind: rest.ErrUnavailable, Transient: true}), rest.ErrUnavailable, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{}
				_, err := newClient(t, w).Do(t.Context(), &rest.Call{Path: "/x", Decode: func(*rest.Answer) error { return tt.err }})
				if !errors.Is(err, tt.kind) || w.requests() != tt.requests {
					t.Errorf("got %v after %d requests, want %v after %d", err, w.requests(), tt.kind, tt.requests)
				}
			})
		})
	}
}

// TestMarkup: a call that asks for something else than JSON may get markup.
func TestMarkup(t *testing.T) {
	w := &wire{serve: func(int, *http.Request) (*http.Response, error) { return answer(200, "<log>"), nil }}
	call := &rest.Call{Path: "/log", Header: http.Header{"Accept": {"text/plain"}}}
	if a, err := newClient(t, w).Do(t.Context(), call); err != nil || string(a.Body) != "<log>" {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestHundredCallersAtOnce(t *testing.T) {
	var n int
	var mu sync.Mutex
	doc := gzipped(goodDoc)
	w := &wire{serve: func(int, *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		switch n % 7 {
		case 1:
			return answer(429, ""), nil
		case 2:
			return nil, io.EOF
		case 3:
			return answer(401, ""), nil
		}
		return answer(200, doc, "Content-Encoding", "gzip"), nil
	}}
	client := newClient(t, w, func(cfg *rest.Config) {
		cfg.MaxBackoff = time.Microsecond
		cfg.Jitter = func(time.Duration) time.Duration { return 1 }
		cfg.Credential.Token = func(context.Context) (string, time.Time, error) { return "Bearer x", time.Time{}, nil }
		cfg.OnAttempt = func(context.Context, rest.Attempt) {}
	})
	call := get("thing")
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			for range 20 {
				_, err := client.Do(t.Context(), call)
				if err != nil && !errors.Is(err, rest.ErrUnauthorized) && !errors.Is(err, rest.ErrRateLimited) && !errors.Is(err, rest.ErrUnavailable) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
