package servicenow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// WalkOutcome is how far a [ChangeService.Walk] came.
type WalkOutcome string

// The outcomes.
const (
	// WalkArrived: the change is in the state asked for.
	WalkArrived WalkOutcome = "arrived"
	// WalkWaitingApproval: people have to approve it first. Wait for them by
	// [ChangeService.WaitForApproval] and walk on.
	WalkWaitingApproval WalkOutcome = "waiting for approval"
	// WalkRejected: somebody rejected it. Correct it and walk with Resubmit.
	WalkRejected WalkOutcome = "rejected"
	// WalkOnHold: it is on hold.
	WalkOnHold WalkOutcome = "on hold"
	// WalkNotOffered: the instance does not offer the next state now; Unmet
	// names the conditions where the instance tells them.
	WalkNotOffered WalkOutcome = "not offered"
)

// WalkOptions say what a walk may write besides the state.
type WalkOptions struct {
	// CloseCode and CloseNotes are written on the step to Closed, where both
	// are mandatory unless the change has them already.
	CloseCode  CloseCode
	CloseNotes string
	// Fields are further columns to write on the step into a state, such as
	// work_notes for ChangeImplement.
	Fields map[ChangeState]map[string]any
	// Resubmit lets a change that was rejected and is back in New ask for
	// approval again.
	Resubmit bool
}

// WalkResult is where a walk ended.
type WalkResult struct {
	Outcome WalkOutcome
	// Change is the change as it was last seen.
	Change Change
	// Entered are the states that this walk made the change enter, in order.
	Entered []ChangeState
	// Next is the state that could not be entered, "" after WalkArrived.
	Next ChangeState
	// Offered are the states that the instance offered instead, and Unmet the
	// conditions of its model that keep the change from Next.
	Offered []ChangeState
	Unmet   []string
}

// Walk brings a change to a state, step by step along [ChangePath]. Before each
// step it asks the instance for the next states, and it takes only a step that
// is offered. A step behind an approval is taken only when the approval has
// been given, whatever is offered: a walk approves nothing and forces nothing.
// Where it must stop, the result says why and the error is nil.
//
// A change that is in the state already is not written to. Where the instance
// moves on by itself, the walk goes on from where it finds the change; when
// that is a state that it has seen before, somebody sent it back, and the walk
// stops. A step whose answer was lost is looked up and not repeated blindly.
// A change with a type or state that is not in the product's models takes one
// step at most, if the instance offers the target itself. A change with a model
// goes to the nearest state that the model offers on the way, and no further
// while an approval is requested.
//
// Errors: a [*TransitionError] when there is no path, when closing facts are
// missing (both before any write), or when the instance took a write and kept
// its state; otherwise what the calls failed with. The result is filled in any
// case as far as the walk came.
func (s *ChangeService) Walk(ctx context.Context, change string, to ChangeState, o WalkOptions, opts ...CallOption) (WalkResult, error) {
	w := walk{service: s, to: to, options: o, opts: opts, seen: map[ChangeState]bool{}}
	current, err := s.Get(ctx, change, opts...)
	if err != nil {
		return WalkResult{}, err
	}
	w.result.Change = current
	err = w.run(ctx)
	return w.result, err
}

type walk struct {
	service *ChangeService
	to      ChangeState
	options WalkOptions
	opts    []CallOption
	seen    map[ChangeState]bool
	result  WalkResult
}

func (w *walk) run(ctx context.Context) error {
	for {
		current := w.result.Change
		if current.State() == w.to {
			w.result.Outcome, w.result.Next = WalkArrived, ""
			return nil
		}
		path, err := w.path()
		if err != nil {
			return err
		}
		next := path[0]
		w.result.Next = next
		if reason := w.refused(current); reason != "" {
			return w.stop(reason)
		}
		w.seen[current.State()] = true
		if err := w.closing(path, current); err != nil {
			return err
		}
		offered, err := w.service.NextStates(ctx, current.ID(), w.opts...)
		if err != nil {
			return err
		}
		if current.Model() != "" && !offered.Offers(next) {
			next = nearest(offered, current.State(), w.to, next)
			w.result.Next = next
		}
		w.result.Offered, w.result.Unmet = offered.Available, offered.Unmet(next)
		gated := slices.Contains(approvalGates(current.Type(), current.State(), next), current.State()) ||
			current.Model() != "" && current.Approval() == ApprovalRequested && next != ChangeCanceled
		switch {
		case gated && !current.Approval().Given():
			return w.stop(WalkWaitingApproval)
		case current.OnHold() && next != ChangeCanceled:
			return w.stop(WalkOnHold)
		case !offered.Offers(next):
			if gated { // given, and the instance has not moved it yet
				return w.stop(WalkWaitingApproval)
			}
			return w.stop(WalkNotOffered)
		}
		if err := w.step(ctx, next); err != nil {
			return err
		}
	}
}

func (w *walk) stop(outcome WalkOutcome) error {
	w.result.Outcome = outcome
	return nil
}

// path is the way from the current state, never empty. For a type or state of
// the instance's own it is the target alone, which the instance then has to
// offer.
func (w *walk) path() ([]ChangeState, error) {
	c := w.result.Change
	path, err := ChangePath(c.Type(), c.State(), w.to)
	switch transitionReason(err) {
	case TransitionUnknownType, TransitionUnknownState:
		if w.to == "" || len(w.result.Entered) > 0 {
			return nil, err
		}
		return []ChangeState{w.to}, nil
	}
	return path, err
}

// nearest is the state that a change model offers next on the way to a target,
// in the order in which all models go; otherwise when it offers none. A model
// may leave out states that the type has.
func nearest(n NextStates, from, to, otherwise ChangeState) ChangeState {
	order := changeSequences[NormalChange]
	at, end := slices.Index(order, from), slices.Index(order, to)
	for i := at + 1; at >= 0 && i <= end; i++ {
		if n.Offers(order[i]) {
			return order[i]
		}
	}
	return otherwise
}

// refused tells why a change is not moved at all.
func (w *walk) refused(c Change) WalkOutcome {
	switch {
	case w.to == ChangeCanceled:
		return ""
	case w.seen[c.State()]:
		return WalkRejected
	case c.Approval() == ApprovalRejected && !(w.options.Resubmit && c.State() == ChangeNew):
		return WalkRejected
	}
	return ""
}

// closing makes sure that a walk which will close has what closing needs,
// before it takes its first step.
func (w *walk) closing(path []ChangeState, c Change) error {
	if !slices.Contains(path, ChangeClosed) {
		return nil
	}
	code := string(w.options.CloseCode) + c.Get("close_code")
	notes := w.options.CloseNotes + c.Get("close_notes")
	if given := w.options.Fields[ChangeClosed]; given != nil {
		_, hasCode := given["close_code"]
		_, hasNotes := given["close_notes"]
		if hasCode && hasNotes {
			return nil
		}
	}
	if code == "" || strings.TrimSpace(notes) == "" {
		return &TransitionError{Type: c.Type(), From: c.State(), To: ChangeClosed, Reason: TransitionNoCloseCode}
	}
	return nil
}

// step writes the next state and looks at what became of it.
func (w *walk) step(ctx context.Context, next ChangeState) error {
	before := w.result.Change
	patch := map[string]any{}
	if next == ChangeClosed {
		if w.options.CloseCode != "" {
			patch["close_code"] = string(w.options.CloseCode)
		}
		if w.options.CloseNotes != "" {
			patch["close_notes"] = w.options.CloseNotes
		}
	}
	maps.Copy(patch, w.options.Fields[next])
	patch["state"] = string(next)
	after, err := w.service.Update(ctx, before.ID(), patch, w.opts...)
	if err != nil {
		var failed *Error
		if !errors.As(err, &failed) || failed.Attempts < 2 && !failed.MaybeApplied() {
			return err
		}
		// An earlier attempt may have been acted on, and the instance may have
		// moved the change further since.
		found, lookup := w.service.Get(ctx, before.ID(), w.opts...)
		if lookup != nil || found.State() == before.State() {
			return err
		}
		after = found
	}
	w.result.Change = after
	if after.State() == before.State() {
		return &TransitionError{Type: before.Type(), From: before.State(), To: next, Reason: TransitionIgnored}
	}
	w.result.Entered = append(w.result.Entered, next)
	return nil
}
