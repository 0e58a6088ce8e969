package rest

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// longestPause bounds what one answer can do to a whole client: the longest
// window that any of the services documents is an hour.
const longestPause = time.Hour

// pause is the gate that a 429 closes for all callers of a client.
type pause struct {
	mu    sync.Mutex
	until time.Time
}

// extend keeps the gate closed for d from now on, if it is not longer already.
func (p *pause) extend(d time.Duration) {
	until := time.Now().Add(min(d, longestPause))
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

// left is how long the gate stays closed; zero or less when it is open.
func (p *pause) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until.IsZero() {
		return 0
	}
	return time.Until(p.until)
}

// wait returns when the gate is open. It does not begin a wait that is longer
// than bound or that cannot fit the context's deadline.
func (p *pause) wait(ctx context.Context, bound time.Duration) *Failure {
	for {
		left := p.left()
		if left <= 0 {
			return nil
		}
		if left > bound {
			return paused(left, nil)
		}
		if !fits(ctx, left) {
			return paused(left, tooLong(left))
		}
		if err := sleep(ctx, left); err != nil {
			return paused(left, err)
		}
	}
}

func paused(left time.Duration, cause error) *Failure {
	return &Failure{
		Kind: ErrRateLimited, Err: cause, Wait: left, NotTaken: true, Transient: true,
		Message: fmt.Sprintf("not sent: the server asked all callers to pause for another %s", left.Round(time.Millisecond)),
	}
}

// fits reports whether a wait ends before the context's deadline.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return !ok || wait < time.Until(deadline)
}

// tooLong is the cause where a wait would outlast the context.
func tooLong(wait time.Duration) error {
	return fmt.Errorf("a wait of %s does not fit: %w", wait.Round(time.Millisecond), context.DeadlineExceeded)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	}
}
