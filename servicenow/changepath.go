package servicenow

import (
	"errors"
	"fmt"
	"slices"
)

// changeSequences are the state models of the three types (change state model
// documentation), without Canceled.
var changeSequences = map[ChangeType][]ChangeState{
	NormalChange:    {ChangeNew, ChangeAssess, ChangeAuthorize, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed},
	StandardChange:  {ChangeNew, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed},
	EmergencyChange: {ChangeNew, ChangeAuthorize, ChangeScheduled, ChangeImplement, ChangeReview, ChangeClosed},
}

// changeReverts are the states from which a change may be sent back to New.
var changeReverts = map[ChangeType]ChangeState{NormalChange: ChangeAssess, EmergencyChange: ChangeAuthorize}

// changeGates are the states that a change leaves forwards only when people
// have approved it.
var changeGates = map[ChangeType][]ChangeState{
	NormalChange:    {ChangeAssess, ChangeAuthorize},
	EmergencyChange: {ChangeAuthorize},
}

// ErrTransition (an ErrInvalid) is what every [TransitionError] is, and an
// instance's refusal of a state where its words say so. Those words are not
// verified on a real instance.
var ErrTransition = kind("invalid state transition", ErrInvalid)

// errStateRefused is such a refusal: a business rule of the instance makes it.
var errStateRefused = kind("the instance's state model refuses it", ErrTransition, ErrBusinessRule)

// TransitionReason says why a change cannot come from one state to another.
type TransitionReason string

// The reasons of a [TransitionError].
const (
	TransitionUnknownType  TransitionReason = "unknown type"     // not one of the three types
	TransitionUnknownState TransitionReason = "unknown state"    // the type's model has no such state
	TransitionSkips        TransitionReason = "skips"            // states in between are left out
	TransitionBackwards    TransitionReason = "backwards"        // and not a permitted return to New
	TransitionFinished     TransitionReason = "finished"         // the change is Closed or Canceled
	TransitionLateCancel   TransitionReason = "too late"         // Review and Closed cannot be canceled
	TransitionIgnored      TransitionReason = "ignored"          // the instance took the write and kept its state
	TransitionNoCloseCode  TransitionReason = "no closing facts" // closing needs a close code and notes
)

// TransitionError is a transition that the state model does not have. It is
// ErrTransition and ErrInvalid for errors.Is.
type TransitionError struct {
	Type     ChangeType
	From, To ChangeState
	Reason   TransitionReason
}

// Error says which transition, why not, and what to do instead.
func (e *TransitionError) Error() string {
	text := fmt.Sprintf("servicenow: invalid state transition of a %s change from %s (%s) to %s (%s): ",
		e.Type, e.From.Label(), string(e.From), e.To.Label(), string(e.To))
	switch e.Reason {
	case TransitionUnknownType:
		return text + "the type is none of normal, standard and emergency: ask NextStates"
	case TransitionUnknownState:
		return text + "the model of this type has no such state"
	case TransitionSkips:
		return text + "it leaves out the states in between: go through those of ChangePath"
	case TransitionBackwards:
		return text + "only a normal change in Assess and an emergency change in Authorize go back, to New"
	case TransitionFinished:
		return text + "a closed or canceled change moves no more: make a new one"
	case TransitionLateCancel:
		return text + "a change in Review cannot be canceled: close it with its result"
	case TransitionIgnored:
		return text + "the instance accepted the request and left the state alone: its rules or access rules forbid it"
	case TransitionNoCloseCode:
		return text + "closing needs a close code and close notes"
	}
	return text + string(e.Reason)
}

// Unwrap makes it an ErrTransition.
func (*TransitionError) Unwrap() error { return ErrTransition }

// ChangePath answers with the states that a change of the given type still has
// to enter, in order, to come from one state to another. It is pure and total:
// any input gives a path or a [*TransitionError]. The same state is an empty
// path, also for Closed and Canceled. Canceled is one step from everywhere but
// Review and Closed. The only ways back lead to New: from Assess for a normal
// change and from Authorize for an emergency change.
//
// A path says what the product's model has, not what may be done now: people
// have to approve some steps (see [NeedsApproval]), and an instance may have
// another model. [ChangeService.Walk] looks at both.
func ChangePath(t ChangeType, from, to ChangeState) ([]ChangeState, error) {
	sequence, ok := changeSequences[t]
	bad := func(reason TransitionReason) ([]ChangeState, error) {
		return nil, &TransitionError{Type: t, From: from, To: to, Reason: reason}
	}
	if !ok {
		return bad(TransitionUnknownType)
	}
	at, end := slices.Index(sequence, from), slices.Index(sequence, to)
	switch {
	case at < 0 && from != ChangeCanceled || end < 0 && to != ChangeCanceled:
		return bad(TransitionUnknownState)
	case from == to:
		return []ChangeState{}, nil
	case from == ChangeClosed || from == ChangeCanceled:
		return bad(TransitionFinished)
	case to == ChangeCanceled && from == ChangeReview:
		return bad(TransitionLateCancel)
	case to == ChangeCanceled:
		return []ChangeState{ChangeCanceled}, nil
	case to == ChangeNew && changeReverts[t] == from:
		return []ChangeState{ChangeNew}, nil
	case end < at:
		return bad(TransitionBackwards)
	}
	return slices.Clone(sequence[at+1 : end+1]), nil
}

// CheckTransition reports whether a change of the given type may go from one
// state straight to another; leaving out states in between is an error here. A
// change may always stay where it is. Like [ChangePath] it is pure and total
// and its errors are [*TransitionError].
func CheckTransition(t ChangeType, from, to ChangeState) error {
	path, err := ChangePath(t, from, to)
	if err != nil {
		return err
	}
	if len(path) > 1 {
		return &TransitionError{Type: t, From: from, To: to, Reason: TransitionSkips}
	}
	return nil
}

// NeedsApproval reports whether people have to approve a change before it goes
// from one state to another, be it in several steps: a normal change leaves
// Assess and Authorize by approval, an emergency change Authorize, a standard
// change none, since its template is approved beforehand. Canceling and going
// back to New need none. It is false for transitions that the model lacks.
func NeedsApproval(t ChangeType, from, to ChangeState) bool {
	return len(approvalGates(t, from, to)) > 0
}

// approvalGates are the states on the way that are left by approval, in order.
func approvalGates(t ChangeType, from, to ChangeState) []ChangeState {
	path, err := ChangePath(t, from, to)
	if err != nil || len(path) == 0 || to == ChangeCanceled || to == ChangeNew {
		return nil
	}
	var gates []ChangeState
	for _, state := range append([]ChangeState{from}, path[:len(path)-1]...) {
		if slices.Contains(changeGates[t], state) {
			gates = append(gates, state)
		}
	}
	return gates
}

// transitionReason is the reason of an error that is a transition error.
func transitionReason(err error) TransitionReason {
	if t, ok := errors.AsType[*TransitionError](err); ok {
		return t.Reason
	}
	return ""
}
