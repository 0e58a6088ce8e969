package rest

import (
	"context"
	"errors"
	"strings"
	"time"
)

// admit waits until the next attempt may be sent: for the pause gate, a slot,
// the limiter and the breaker, in this order. The slot is taken before the
// limiter so that an admission is used when it is given, and given back when a
// pause began meanwhile. A Failure means that the attempt must not be sent.
func (r *run) admit(ctx context.Context) *Failure {
	c := r.client
	r.now = Attempt{Number: r.attempts + 1, Backoff: r.wait}
	for admitted := false; ; {
		if ctx.Err() != nil {
			return unsent(nil, contextError(ctx))
		}
		start := time.Now()
		if f := c.pause.wait(ctx, c.cfg.MaxBackoff); f != nil {
			return f
		}
		start = lap(&r.now.Pause, start)
		if err := c.slots.acquire(ctx); err != nil {
			return unsent(nil, err)
		}
		r.holding = true
		start = lap(&r.now.Slot, start)
		if !admitted && c.cfg.Limiter != nil {
			if err := c.cfg.Limiter.Wait(ctx); err != nil {
				f := unsent(ErrRateLimited, limiterError(ctx, err))
				var pause interface{ RetryAfter() time.Duration }
				if errors.As(err, &pause) {
					f.Wait = pause.RetryAfter()
				}
				return f
			}
			admitted = true
			lap(&r.now.Limiter, start)
		}
		if c.pause.left() <= 0 {
			break
		}
		r.leave(nil)
	}
	if c.cfg.Breaker != nil {
		done, err := c.cfg.Breaker.Allow()
		if err != nil {
			return unsent(ErrUnavailable, err)
		}
		r.done = done
	}
	r.start = time.Now()
	r.sent = false
	return nil
}

// leave gives back what admit took. It may be called more than once.
func (r *run) leave(outcome error) {
	if r.holding {
		r.holding = false
		r.client.slots.release()
	}
	if r.done != nil {
		r.done(outcome)
		r.done = nil
	}
}

func unsent(kind, cause error) *Failure {
	return &Failure{Kind: kind, Err: cause, NotTaken: true, Transient: kind != nil}
}

// limiterError names the deadline where a limiter refused because of it:
// rate.Limiter has an error of its own for that, which is not
// context.DeadlineExceeded.
func limiterError(ctx context.Context, err error) error {
	_, bounded := ctx.Deadline()
	if bounded && !errors.Is(err, context.DeadlineExceeded) && strings.Contains(err.Error(), "deadline") {
		return errors.Join(context.DeadlineExceeded, err)
	}
	return err
}

// lap adds the time since start to d and returns the present.
func lap(d *time.Duration, start time.Time) time.Time {
	now := time.Now()
	*d += now.Sub(start)
	return now
}
