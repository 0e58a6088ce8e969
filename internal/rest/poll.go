package rest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Poll says how a call that waits asks again and again. Every client package
// has a type with the same fields, so that its documentation shows them.
type Poll struct {
	// Min and Max bound the pause between two questions, which doubles from Min
	// to Max and is drawn at random between Min and that. Zero means 2 s and
	// 1 min.
	Min, Max time.Duration
	// Timeout ends the waiting; 0 means an hour, negative means that only the
	// context ends it.
	Timeout time.Duration
	// OnPoll, when set, is told after each question how many there were and
	// what came of the last one: nil, or the error that will be ignored because
	// the same question may work later.
	OnPoll func(n int, err error)
}

// ErrStillWaiting is what a call that waits ends with when its Timeout is over.
var ErrStillWaiting = errors.New("the time for waiting is over")

// Resolve puts the defaults in and refuses what cannot be.
func (p Poll) Resolve() (Poll, error) {
	if p.Min == 0 {
		p.Min = 2 * time.Second
	}
	if p.Max == 0 {
		p.Max = max(time.Minute, p.Min)
	}
	if p.Timeout == 0 {
		p.Timeout = time.Hour
	}
	switch {
	case p.Min < 0:
		return p, errors.New("field Min of Poll is negative; use 0 for 2 s")
	case p.Max < p.Min:
		return p, fmt.Errorf("field Max of Poll (%v) is below Min (%v)", p.Max, p.Min)
	}
	return p, nil
}

// Run asks until the answer is done, the question fails for good, the context
// ends, or the time is over, which is ErrStillWaiting together with the last
// error if there was one. An error that has Retryable() true is asked past. p is
// resolved.
func (p Poll) Run(ctx context.Context, ask func(context.Context) (done bool, err error)) error {
	var end time.Time
	if p.Timeout > 0 {
		end = time.Now().Add(p.Timeout)
	}
	limit := p.Min
	for n := 1; ; n++ {
		done, err := ask(ctx)
		if ctx.Err() != nil && err != nil {
			return err
		}
		if p.OnPoll != nil {
			p.OnPoll(n, err)
		}
		var failed interface {
			Retryable() bool
			RetryAfter() time.Duration
		}
		again := errors.As(err, &failed) && failed.Retryable()
		switch {
		case err != nil && !again:
			return err
		case err == nil && done:
			return nil
		}
		pause := p.Min + time.Duration(rand.Int64N(int64(limit-p.Min)+1))
		if again {
			pause = max(pause, failed.RetryAfter())
		}
		if limit > p.Max/2 {
			limit = p.Max
		} else {
			limit *= 2
		}
		if !end.IsZero() && time.Until(end) < pause {
			// The last question is at the very end.
			if pause = time.Until(end); pause <= 0 {
				return errors.Join(ErrStillWaiting, err)
			}
		}
		if err := Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// Sleep waits, unless the context ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
