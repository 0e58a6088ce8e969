package codefresh

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// RateLimits configures a [RateLimiter]. The zero value is a usable one.
type RateLimits struct {
	// Start is the rate to begin with, in requests a second; 0 means 5.
	Start float64
	// Min and Max bound the rate; 0 means 0.2 and 20.
	Min, Max float64
	// MaxWait is the longest wait for a request: one that would wait longer is
	// refused at once with ErrRateLimited. 0: 2 min. Negative: no bound.
	MaxWait time.Duration
	// Cooldown is the first pause after a 429 that does not name one; it doubles
	// with each further one up to MaxCooldown. 0: 2 s and 1 min.
	Cooldown, MaxCooldown time.Duration
	// Jitter picks a duration between zero and its argument, which a cooldown is
	// shortened by at most half with. Nil picks at random.
	Jitter func(time.Duration) time.Duration
}

// RateLimiter finds the rate that the service grants a key, for all clients
// that share it; put it into Config.Limiter. The service publishes no threshold
// and sends no header about it, so the limiter learns: each 429 pauses all and
// halves the rate, each second without one raises it a little. Make it by
// [NewRateLimiter]. It is safe for concurrent use.
type RateLimiter struct {
	limits RateLimits

	mu      sync.Mutex
	rate    float64   // requests a second
	free    time.Time // when the next request may go
	until   time.Time // nothing goes before
	raised  time.Time // when the rate was changed last
	strikes int       // 429s without a Retry-After in a row
}

// NewRateLimiter makes a limiter that knows nothing yet.
func NewRateLimiter(limits RateLimits) (*RateLimiter, error) {
	or := func(v *float64, otherwise float64) {
		if *v == 0 {
			*v = otherwise
		}
	}
	or(&limits.Start, 5)
	or(&limits.Min, 0.2)
	or(&limits.Max, max(20, limits.Start))
	if limits.MaxWait == 0 {
		limits.MaxWait = 2 * time.Minute
	}
	if limits.Cooldown == 0 {
		limits.Cooldown = 2 * time.Second
	}
	if limits.MaxCooldown == 0 {
		limits.MaxCooldown = max(time.Minute, limits.Cooldown)
	}
	if limits.Jitter == nil {
		limits.Jitter = func(d time.Duration) time.Duration { return rand.N(d + 1) }
	}
	switch {
	case limits.Min < 0 || limits.Start < limits.Min || limits.Max < limits.Start:
		return nil, errors.New("codefresh: RateLimits: Min, Start and Max must be above 0 and in this order")
	case limits.Cooldown < 0 || limits.MaxCooldown < limits.Cooldown:
		return nil, errors.New("codefresh: RateLimits: Cooldown must not be negative, nor longer than MaxCooldown")
	}
	return &RateLimiter{limits: limits, rate: limits.Start}, nil
}

// Wait returns when a request may be sent. It refuses at once, with an error
// that is ErrRateLimited and has RetryAfter() time.Duration, when that would take
// longer than MaxWait, or than the context lasts.
func (l *RateLimiter) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	left, took := l.reserve(ctx)
	if !took {
		refused := &rest.PausedError{Left: left, Why: "the key's requests are paused"}
		if deadline, bound := ctx.Deadline(); bound && time.Until(deadline) <= left {
			refused.Cause = context.DeadlineExceeded
		}
		return refused
	}
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reserve takes the next place in the row, unless it is too far away.
func (l *RateLimiter) reserve(ctx context.Context) (left time.Duration, took bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	at := now
	for _, t := range []time.Time{l.free, l.until} {
		if t.After(at) {
			at = t
		}
	}
	left = at.Sub(now)
	deadline, bound := ctx.Deadline()
	if l.limits.MaxWait > 0 && left > l.limits.MaxWait || bound && !at.Before(deadline) {
		return left, false
	}
	l.free = at.Add(time.Duration(float64(time.Second) / l.rate))
	return left, true
}

// Observe learns from an answer. The client calls it.
func (l *RateLimiter) Observe(status int, header http.Header) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if status != http.StatusTooManyRequests {
		if status < http.StatusInternalServerError && !now.Before(l.until) {
			l.strikes = 0
			if now.Sub(l.raised) >= time.Second {
				l.rate, l.raised = min(l.rate+0.1*max(1, l.rate), l.limits.Max), now
			}
		}
		return
	}
	wait, told := rest.RetryAfter(header, now) // not documented, and heeded where it comes
	if !told {
		if now.Before(l.until) {
			return // sent before the pause began: the same excess
		}
		l.strikes++
		cool := min(l.limits.Cooldown<<min(l.strikes-1, 20), l.limits.MaxCooldown)
		wait = cool - min(l.limits.Jitter(cool/2), cool/2)
	}
	if !now.Before(l.until) { // the first of a burst
		l.rate, l.raised = max(l.rate/2, l.limits.Min), now
	}
	if until := now.Add(wait); until.After(l.until) {
		l.until = until
	}
}

// Rate is the present rate in requests a second.
func (l *RateLimiter) Rate() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rate
}
