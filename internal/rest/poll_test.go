package rest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// busy is an error that may pass.
type busy struct{ wait time.Duration }

func (busy) Error() string               { return "busy" }
func (busy) Retryable() bool             { return true }
func (b busy) RetryAfter() time.Duration { return b.wait }

func TestPollAsksMoreAndMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := rest.Poll{}.Resolve()
		if err != nil {
			t.Fatal(err)
		}
		var asked []time.Duration
		began := time.Now()
		err = p.Run(t.Context(), func(context.Context) (bool, error) {
			asked = append(asked, time.Since(began))
			return false, nil
		})
		if !errors.Is(err, rest.ErrStillWaiting) || time.Since(began) != time.Hour {
			t.Errorf("ended after %v with %v", time.Since(began), err)
		}
		if asked[0] != 0 || asked[len(asked)-1] != time.Hour {
			t.Errorf("first asked after %v, last after %v", asked[0], asked[len(asked)-1])
		}
		if len(asked) < 60 || len(asked) > 250 {
			t.Errorf("asked %d times in an hour", len(asked))
		}
		for i := 1; i < len(asked)-1; i++ {
			if pause := asked[i] - asked[i-1]; pause < 2*time.Second || pause > time.Minute {
				t.Errorf("pause %d took %v", i, pause)
			}
		}
	})
}

func TestPollPassesTransientFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := rest.Poll{Min: time.Second, Max: time.Second}.Resolve()
		var told []error
		p.OnPoll = func(_ int, err error) { told = append(told, err) }
		n := 0
		began := time.Now()
		err := p.Run(t.Context(), func(context.Context) (bool, error) {
			if n++; n == 1 {
				return false, busy{wait: 20 * time.Second}
			}
			return true, nil
		})
		if err != nil || len(told) != 2 || told[0] == nil || told[1] != nil {
			t.Errorf("%v, told %v", err, told)
		}
		if time.Since(began) != 20*time.Second {
			t.Errorf("waited %v, the service asked for 20 s", time.Since(began))
		}
	})
}

func TestPollEndsEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := rest.Poll{}.Resolve()
		gone := errors.New("gone")
		if err := p.Run(t.Context(), func(context.Context) (bool, error) { return false, gone }); !errors.Is(err, gone) {
			t.Errorf("a final error gives %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Run(ctx, func(context.Context) (bool, error) { return false, nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a context that ends gives %v", err)
		}
	})
}

func TestPollRefusesBounds(t *testing.T) {
	for _, p := range []rest.Poll{{Min: -1}, {Max: time.Second}, {Min: time.Minute, Max: time.Second}} {
		if _, err := p.Resolve(); err == nil {
			t.Errorf("%v to %v is accepted", p.Min, p.Max)
		}
	}
}
