package netbox

import (
	"context"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Poll says how a call that waits asks again and again. The zero Poll asks at
// once, then after 2 seconds and ever more rarely up to once a minute, for an
// hour.
type Poll struct {
	// Min and Max bound the pause between two questions. The pause doubles
	// from Min to Max and is drawn at random between Min and that, so that
	// many waiters do not ask at the same moment. Zero means 2 s and 1 min.
	Min, Max time.Duration
	// Timeout ends the waiting; 0 means an hour, negative means that only the
	// context ends it.
	Timeout time.Duration
	// OnPoll, when set, is told after each question how many there were and
	// what came of the last one: nil, or the error that will be ignored
	// because the same question may work later.
	OnPoll func(n int, err error)
}

// ErrStillWaiting is what a call that waits ends with when its Timeout is over.
var ErrStillWaiting = rest.ErrStillWaiting

func (p Poll) resolve() (Poll, error) {
	resolved, err := rest.Poll(p).Resolve()
	return Poll(resolved), err
}

func (p Poll) run(ctx context.Context, ask func(context.Context) (bool, error)) error {
	return rest.Poll(p).Run(ctx, ask)
}
