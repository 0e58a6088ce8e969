package servicenow

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ApprovalEnding is how waiting for the approval of a change ended.
type ApprovalEnding string

// The endings. Only ApprovalDone means that people have approved.
const (
	// ApprovalPending is not an ending: people have not decided yet.
	ApprovalPending ApprovalEnding = "pending"
	// ApprovalDone: no approval stands between the change and its
	// implementation any more.
	ApprovalDone ApprovalEnding = "approved"
	// ApprovalRefused: somebody rejected it; the instance sends such a change
	// back to New.
	ApprovalRefused ApprovalEnding = "rejected"
	// ApprovalCanceled and ApprovalClosed: the change is over.
	ApprovalCanceled ApprovalEnding = "canceled"
	ApprovalClosed   ApprovalEnding = "closed"
	// ApprovalTimeout: the time for waiting is over and nobody has decided.
	ApprovalTimeout ApprovalEnding = "timeout"
)

// ApprovalOf reads from a change's type, state and rolled-up approval how far
// its approvals are. It is pure and total. Pending is the answer to everything
// that it does not know, such as a state of the instance's own.
//
// A normal change is approved in two stages: an approval in Assess alone is
// pending, since the next one follows in Authorize. Where an approval has been
// given in the last stage and the instance has not moved the change yet, it is
// approved.
func ApprovalOf(t ChangeType, state ChangeState, approval ApprovalState) ApprovalEnding {
	switch state {
	case ChangeCanceled:
		return ApprovalCanceled
	case ChangeClosed:
		return ApprovalClosed
	}
	if approval == ApprovalRejected {
		return ApprovalRefused
	}
	switch state {
	case ChangeScheduled, ChangeImplement, ChangeReview:
		return ApprovalDone
	case ChangeAssess, ChangeAuthorize:
		if gates := approvalGates(t, state, ChangeScheduled); len(gates) == 1 && approval.Given() {
			return ApprovalDone
		}
	}
	return ApprovalPending
}

// ApprovalWait is what [ChangeService.WaitForApproval] came to know.
type ApprovalWait struct {
	Ending ApprovalEnding
	// Change is the change as it was last seen.
	Change Change
	// Polls is how often it was read, Waited how long that took.
	Polls  int
	Waited time.Duration
}

// WaitForApproval reads a change again and again until [ApprovalOf] is no longer
// pending: at once, then as p says. Faults that may pass do not end it. The
// result says how it ended; the error is nil for every ending that the change
// or the clock brought, so look at Ending. When the time is over, Ending is
// ApprovalTimeout, and the error is the last question's, nil if that was
// answered.
func (s *ChangeService) WaitForApproval(ctx context.Context, change string, p Poll, opts ...CallOption) (ApprovalWait, error) {
	w := ApprovalWait{Ending: ApprovalPending}
	p, err := p.resolve()
	if err != nil {
		return w, fmt.Errorf("servicenow: Changes.WaitForApproval: %w", err)
	}
	began := time.Now()
	var lost error
	err = p.run(ctx, func(ctx context.Context) (bool, error) {
		w.Polls++
		c, err := s.Get(ctx, change, opts...)
		if lost = err; err != nil {
			return false, err
		}
		w.Change = c
		w.Ending = ApprovalOf(c.Type(), c.State(), c.Approval())
		return w.Ending != ApprovalPending, nil
	})
	w.Waited = time.Since(began)
	if errors.Is(err, ErrStillWaiting) {
		w.Ending = ApprovalTimeout
		return w, lost
	}
	return w, err
}
