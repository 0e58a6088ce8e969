package azdevops

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// RateLimits configures a [RateLimiter]. The zero value is a usable one.
type RateLimits struct {
	// Below is the part of the budget that is left when requests begin to be
	// spread over the rest of the window, from 0 to 1; 0 means 0.2.
	Below float64
	// MaxWait is the longest wait for a request: one that would wait longer is
	// refused at once with ErrRateLimited. 0: 5 min, the window of the service.
	// Negative: no bound.
	MaxWait time.Duration
	// Next is asked once this limiter admits, such as a *rate.Limiter. Nil admits
	// all.
	Next Limiter
}

// RateLimiter heeds what the service says about an identity's use, for all
// clients that share it; put it into Config.Limiter. The service counts the load
// of an identity over five minutes (documentation, "Rate and usage limits"). It
// first delays requests and says so in Retry-After, on answers that succeed as
// well, then refuses. The limiter pauses for each Retry-After, and spreads the
// requests when X-RateLimit-Remaining gets low. Make it by [NewRateLimiter]. It
// is safe for concurrent use.
type RateLimiter struct {
	limits RateLimits

	mu    sync.Mutex
	state RateState
	next  time.Time // when the next request may go while they are spread
}

// RateState is what a limiter knows, for metrics.
type RateState struct {
	Until     time.Time     // nothing is sent before
	Resource  string        // X-RateLimit-Resource, as the service words it
	Limit     float64       // load units in the window; 0 unknown
	Remaining float64       // of them
	Reset     time.Time     // when all are there again; zero unknown
	Delay     time.Duration // how long the service held the last request that it told of
}

// NewRateLimiter makes a limiter that knows nothing yet.
func NewRateLimiter(limits RateLimits) (*RateLimiter, error) {
	if limits.Below < 0 || limits.Below > 1 {
		return nil, errors.New("azdevops: RateLimits.Below must be between 0 and 1; 0 means 0.2")
	}
	if limits.Below == 0 {
		limits.Below = 0.2
	}
	if limits.MaxWait == 0 {
		limits.MaxWait = 5 * time.Minute
	}
	return &RateLimiter{limits: limits}, nil
}

// Wait returns when a request may be sent. It refuses at once, with an error
// that is ErrRateLimited and has RetryAfter() time.Duration, when that would take
// longer than MaxWait, or than the context lasts.
func (l *RateLimiter) Wait(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		left := l.reserve()
		if left <= 0 {
			break
		}
		deadline, bound := ctx.Deadline()
		switch {
		case l.limits.MaxWait > 0 && left > l.limits.MaxWait:
			return &rest.PausedError{Left: left, Why: askedPause}
		case bound && time.Until(deadline) <= left:
			return &rest.PausedError{Left: left, Why: askedPause, Cause: context.DeadlineExceeded}
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
	if l.limits.Next != nil {
		return l.limits.Next.Wait(ctx)
	}
	return nil
}

// askedPause is why requests are not admitted.
const askedPause = "the service asked for a pause"

// reserve takes a place now and returns 0, or tells how long none is free.
func (l *RateLimiter) reserve() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if left := l.state.Until.Sub(now); left > 0 {
		return left
	}
	gap := l.gap(now)
	if gap <= 0 {
		return 0
	}
	if left := l.next.Sub(now); left > 0 {
		return left
	}
	l.next = now.Add(gap)
	return 0
}

// gap is the pause between requests that spreads them over the window. What a
// request costs is not known beforehand; one unit is assumed.
func (l *RateLimiter) gap(now time.Time) time.Duration {
	left := l.state.Reset.Sub(now)
	if l.state.Limit <= 0 || left <= 0 || l.state.Remaining >= l.state.Limit*l.limits.Below {
		return 0
	}
	return min(time.Duration(float64(left)/max(l.state.Remaining, 1)), left)
}

// Observe learns from an answer. The client calls it.
func (l *RateLimiter) Observe(status int, header http.Header) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit, left := headerNumber(header, "X-RateLimit-Limit"), headerNumber(header, "X-RateLimit-Remaining"); limit > 0 && left >= 0 {
		l.state.Limit, l.state.Remaining = limit, left
		l.state.Resource = header.Get("X-RateLimit-Resource")
		l.state.Reset = time.Time{}
		if reset := headerNumber(header, "X-RateLimit-Reset"); reset > 0 {
			l.state.Reset = now.Add(time.Unix(int64(reset), 0).Sub(rest.ServerTime(header, now)))
		}
	}
	if delay := headerNumber(header, "X-RateLimit-Delay"); delay > 0 {
		l.state.Delay = time.Duration(delay * float64(time.Second))
	}
	wait, told := rest.RetryAfter(header, now)
	if !told && status == http.StatusTooManyRequests {
		wait, told = 30*time.Second, true
	}
	if until := now.Add(wait); told && until.After(l.state.Until) {
		l.state.Until = until
	}
}

// State returns what the limiter knows now.
func (l *RateLimiter) State() RateState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// headerNumber reads a header; -1 when there is none, or it is no number.
func headerNumber(header http.Header, name string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(header.Get(name)), 64)
	if err != nil {
		return -1
	}
	return n
}
