package servicenow

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// RateLimits configures a [RateLimiter]. The zero value is a usable one.
type RateLimits struct {
	// Share is the part of each hourly budget that may be used, so that other
	// integrations of the same user keep the rest: above 0, up to 1. 0: all.
	Share float64
	// MaxWait is the longest wait for a request: one that would wait longer is
	// refused at once with ErrRateLimited. 0: 30 s. Negative: no bound.
	MaxWait time.Duration
	// Cooldown is the first pause after a 429 without rate headers, which the
	// platform sends when a node's queue is full; it doubles with each further
	// one up to MaxCooldown. 0: 1 s and 30 s.
	Cooldown, MaxCooldown time.Duration
	// Next is asked once this limiter admits, such as a *rate.Limiter that
	// spreads the requests. Nil admits all.
	Next Limiter
	// Jitter picks a duration between zero and its argument, which a cooldown
	// is shortened by at most half with. Nil picks at random.
	Jitter func(time.Duration) time.Duration
}

// RateLimiter keeps to the limits that an instance states in its answers, for
// all clients that share it. Put it into Config.Limiter; clients of the same
// user and instance should share one. Make it by [NewRateLimiter]. It is safe for
// concurrent use.
//
// It learns each hourly rate rule from the headers X-RateLimit-Limit, -Reset and
// -Rule, which come on allowed answers too, counts the answers under each rule,
// and stops before the budget is used up, but for the requests that are in
// flight at that moment. The platform documents no -Remaining header; one that
// comes all the same is believed. A request's rule is known only once it is
// answered, so a rule that is used up stops the requests to all APIs: where rules
// differ between APIs, give the clients of each API a limiter of their own.
//
// A 429 pauses all clients, until the time it names, or for the cooldown when it
// names none.
type RateLimiter struct {
	limits RateLimits

	mu      sync.Mutex
	rules   map[string]*budget
	until   time.Time // nothing is sent before
	strikes int       // 429s without headers in a row
}

// budget is what is known of one rate rule.
type budget struct {
	limit, used int
	reset       time.Time
}

// NewRateLimiter makes a limiter that knows nothing yet.
func NewRateLimiter(limits RateLimits) (*RateLimiter, error) {
	switch {
	case limits.Share < 0 || limits.Share > 1:
		return nil, errors.New("servicenow: RateLimits.Share must be above 0 and up to 1; 0 means all")
	case limits.Cooldown < 0 || limits.MaxCooldown < 0:
		return nil, errors.New("servicenow: RateLimits.Cooldown and MaxCooldown must not be negative")
	}
	if limits.Share == 0 {
		limits.Share = 1
	}
	if limits.MaxWait == 0 {
		limits.MaxWait = 30 * time.Second
	}
	if limits.Cooldown == 0 {
		limits.Cooldown = time.Second
	}
	if limits.MaxCooldown == 0 {
		limits.MaxCooldown = 30 * time.Second
	}
	if limits.Jitter == nil {
		limits.Jitter = func(d time.Duration) time.Duration { return rand.N(d + 1) }
	}
	return &RateLimiter{limits: limits, rules: map[string]*budget{}}, nil
}

// Wait returns when a request may be sent. It refuses at once, with an error
// that is ErrRateLimited and has RetryAfter() time.Duration, when that would take
// longer than MaxWait, or than the context lasts.
func (l *RateLimiter) Wait(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		left, why := l.left()
		if left <= 0 {
			break
		}
		if l.limits.MaxWait > 0 && left > l.limits.MaxWait {
			return &rest.PausedError{Left: left, Why: why}
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= left {
			return &rest.PausedError{Left: left, Why: why, Cause: context.DeadlineExceeded}
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return &rest.PausedError{Left: left, Why: why, Cause: context.Cause(ctx)}
		}
	}
	if l.limits.Next != nil {
		return l.limits.Next.Wait(ctx)
	}
	return nil
}

// left is how long nothing may be sent, and why.
func (l *RateLimiter) left() (time.Duration, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left, why := time.Until(l.until), "the instance asked for a pause"
	for id, b := range l.rules {
		until := time.Until(b.reset)
		if until <= 0 {
			delete(l.rules, id)
			continue
		}
		if until > left && b.used >= l.allowed(b) {
			left = until
			why = fmt.Sprintf("%d of %d requests of this hour are used up", b.used, b.limit)
		}
	}
	return left, why
}

func (l *RateLimiter) allowed(b *budget) int { return max(1, int(float64(b.limit)*l.limits.Share)) }

// Observe learns from an answer. The client calls it.
func (l *RateLimiter) Observe(status int, header http.Header) {
	now := time.Now()
	limit := headerNumber(header, "X-RateLimit-Limit")
	reset := localReset(header, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit > 0 && reset.After(now) {
		l.count(status, header, limit, reset)
	}
	if status != http.StatusTooManyRequests {
		if status < http.StatusInternalServerError && !now.Before(l.until) {
			l.strikes = 0
		}
		return
	}
	wait, told := askedWait(header, reset, now)
	if !told {
		if now.Before(l.until) {
			return // sent before the pause began: the same full queue
		}
		l.strikes++
		cool := min(l.limits.Cooldown<<min(l.strikes-1, 20), l.limits.MaxCooldown)
		wait = max(cool-min(l.limits.Jitter(cool/2), cool/2), 1)
	}
	if until := now.Add(wait); until.After(l.until) {
		l.until = until
	}
}

// count books an answer on the rule that it names.
func (l *RateLimiter) count(status int, header http.Header, limit int, reset time.Time) {
	id := header.Get("X-RateLimit-Rule")
	b := l.rules[id]
	if b == nil || reset.Sub(b.reset) > time.Minute { // not just a difference of clocks
		b = &budget{}
		l.rules[id] = b
	}
	b.limit, b.reset = limit, reset
	b.used++
	if remaining := headerNumber(header, "X-RateLimit-Remaining"); remaining >= 0 {
		b.used = limit - remaining
	}
	if status == http.StatusTooManyRequests {
		b.used = max(b.used, limit)
	}
}

// RateState is what a limiter knows, for metrics.
type RateState struct {
	// Until is when the present pause ends; in the past, or zero, when nothing
	// is paused by a 429.
	Until time.Time
	// Rules are the hourly rules seen, in the order of their ids.
	Rules []RateRule
}

// RateRule is an hourly rate rule as the limiter knows it.
type RateRule struct {
	// ID is the sys_id of the rule in sys_rate_limit_rules.
	ID string
	// Limit is the number of requests an hour, Used how many of them were seen
	// answered; others may have used more.
	Limit, Used int
	// Reset is when the hour ends, by this machine's clock.
	Reset time.Time
}

// State returns what the limiter knows now.
func (l *RateLimiter) State() RateState {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := RateState{Until: l.until}
	for id, b := range l.rules {
		if time.Until(b.reset) > 0 {
			state.Rules = append(state.Rules, RateRule{ID: id, Limit: b.limit, Used: b.used, Reset: b.reset})
		}
	}
	slices.SortFunc(state.Rules, func(a, b RateRule) int { return strings.Compare(a.ID, b.ID) })
	return state
}

// askedWait is how long a 429 asks to wait.
func askedWait(header http.Header, reset, now time.Time) (time.Duration, bool) {
	if wait, told := rest.RetryAfter(header, now); told {
		return wait, true
	}
	if reset.IsZero() {
		return 0, false
	}
	return max(reset.Sub(now), 0), true
}

// localReset is when a rule's hour ends, by this machine's clock. The header
// tells it by the instance's, so the two are compared by the Date header.
func localReset(header http.Header, now time.Time) time.Time {
	reset := resetOf(header)
	if reset.IsZero() {
		return reset
	}
	return now.Add(reset.Sub(rest.ServerTime(header, now)))
}

func headerNumber(header http.Header, name string) int {
	n, err := strconv.Atoi(strings.TrimSpace(header.Get(name)))
	if err != nil || n < 0 {
		return -1
	}
	return n
}
