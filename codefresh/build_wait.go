package codefresh

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Wait says what BuildService.Wait waits for. The zero value waits an hour for
// the build's end.
type Wait struct {
	// Poll is how often the build is read, and for how long.
	Poll Poll
	// AtApproval ends the waiting as well when the build waits for an approval.
	AtApproval bool
	// Unknown is how long a build may stay in states that this package does not
	// know; 0 means 10 minutes, negative means as long as Poll allows.
	Unknown time.Duration
}

// Ending is how a waiting came to its end.
type Ending string

// The endings of BuildService.Wait.
const (
	EndSuccess         Ending = "success"
	EndError           Ending = "error"
	EndTerminated      Ending = "terminated"
	EndDenied          Ending = "denied"
	EndPendingApproval Ending = "pending approval" // with Wait.AtApproval
	EndUnknown         Ending = "unknown state"    // for longer than Wait.Unknown
	EndTimeout         Ending = "timeout"          // of Wait.Poll; the build goes on
)

// Wait reads a build until it has ended and returns how it was read last. The
// error is about the waiting: a build that failed is no error, and a waiting
// that took too long is ErrStillWaiting with the ending EndTimeout.
func (s *BuildService) Wait(ctx context.Context, id string, w Wait, opts ...CallOption) (Build, Ending, error) {
	const op = "Builds.Wait"
	poll, err := w.Poll.resolve()
	if err != nil {
		return Build{}, "", fmt.Errorf("codefresh: %s: %w", op, err)
	}
	if err := checkID(op, "build id", id); err != nil {
		return Build{}, "", err
	}
	if w.Unknown == 0 {
		w.Unknown = 10 * time.Minute
	}
	var (
		build   Build
		ending  Ending
		strange time.Time // since when the state is unknown
	)
	err = poll.run(ctx, func(ctx context.Context) (bool, error) {
		b, err := s.Get(ctx, id, opts...)
		if err != nil {
			return false, err
		}
		build = b
		switch {
		case b.Status.Ended():
			ending = Ending(b.Status)
		case b.Status == StatusPendingApproval && w.AtApproval:
			ending = EndPendingApproval
		case b.Status.Known():
			strange = time.Time{}
		case strange.IsZero():
			strange = time.Now()
		case w.Unknown > 0 && time.Since(strange) >= w.Unknown:
			ending = EndUnknown
		}
		return ending != "", nil
	})
	if errors.Is(err, ErrStillWaiting) {
		ending = EndTimeout
		err = fmt.Errorf("codefresh: %s: build %s is %q: %w", op, id, string(build.Status), err)
	}
	return build, ending, err
}
