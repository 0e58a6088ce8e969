package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// NextStates is what the instance says about the states that a change may enter.
type NextStates struct {
	// Available are the states that the change may enter, its current one
	// included.
	Available []ChangeState
	// Labels are the instance's labels of those states.
	Labels map[ChangeState]string
	// Transitions are the transitions of the change's model with their
	// conditions. Empty for changes that go by type instead of model.
	Transitions []ChangeTransition
}

// ChangeTransition is one way of a change model from one state to another.
// There may be several between the same two states.
type ChangeTransition struct {
	ID, Label string
	From, To  ChangeState
	// Available tells whether all conditions hold; Automatic whether the
	// instance goes this way by itself as soon as they do.
	Available, Automatic bool
	Conditions           []TransitionCondition
}

// TransitionCondition is what a transition asks for, such as "Not On hold".
type TransitionCondition struct {
	Name, Description string
	Passed            bool
}

// Offers reports whether the change may enter a state now, by a transition that
// a person or an integration may take.
func (n NextStates) Offers(state ChangeState) bool { return slices.Contains(n.Available, state) }

// Unmet names the conditions that keep the change from a state, for a change
// with a model.
func (n NextStates) Unmet(state ChangeState) []string {
	var names []string
	for _, t := range n.Transitions {
		if t.To != state || t.Available {
			continue
		}
		for _, c := range t.Conditions {
			if !c.Passed && !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// UnmarshalJSON decodes the API's answer: transitions in groups of one target
// state or in one list, states as texts or numbers.
func (n *NextStates) UnmarshalJSON(data []byte) error {
	var wire struct {
		Available []scalar          `json:"available_states"`
		Labels    map[string]scalar `json:"state_label"`
		Groups    []json.RawMessage `json:"state_transitions"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	got := NextStates{Labels: make(map[ChangeState]string, len(wire.Labels))}
	for _, state := range wire.Available {
		got.Available = append(got.Available, stateOf(state))
	}
	for state, label := range wire.Labels {
		got.Labels[stateOf(scalar(state))] = string(label)
	}
	for _, raw := range wire.Groups {
		var group []json.RawMessage
		if json.Unmarshal(raw, &group) != nil {
			group = []json.RawMessage{raw}
		}
		for _, raw := range group {
			t, err := transitionOf(raw)
			if err != nil {
				return err
			}
			got.Transitions = append(got.Transitions, t)
		}
	}
	*n = got
	return nil
}

func stateOf(text scalar) ChangeState { return ChangeState(strings.TrimSuffix(string(text), ".0")) }

func transitionOf(raw json.RawMessage) (ChangeTransition, error) {
	var wire struct {
		ID         scalar `json:"sys_id"`
		Label      scalar `json:"display_value"`
		From       scalar `json:"from_state"`
		To         scalar `json:"to_state"`
		Available  Bool   `json:"transition_available"`
		Automatic  Bool   `json:"automatic_transition"`
		Conditions []struct {
			Passed    Bool `json:"passed"`
			Condition struct {
				Name        scalar `json:"name"`
				Description scalar `json:"description"`
			} `json:"condition"`
		} `json:"conditions"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return ChangeTransition{}, err
	}
	t := ChangeTransition{
		ID: string(wire.ID), Label: string(wire.Label), From: stateOf(wire.From), To: stateOf(wire.To),
		Available: bool(wire.Available), Automatic: bool(wire.Automatic),
	}
	for _, c := range wire.Conditions {
		t.Conditions = append(t.Conditions, TransitionCondition{Name: string(c.Condition.Name), Description: string(c.Condition.Description), Passed: bool(c.Passed)})
	}
	return t, nil
}

// NextStates asks which states a change may enter now.
func (s *ChangeService) NextStates(ctx context.Context, change string, opts ...CallOption) (NextStates, error) {
	var n NextStates
	err := s.client.changeSend(ctx, changeCall{op: "Changes.NextStates", path: []string{"change"}, id: change, below: []string{"nextstates"}},
		func(result json.RawMessage) error { return json.Unmarshal(result, &n) }, opts)
	if err != nil {
		return NextStates{}, err
	}
	return n, nil
}

// Approve approves the change on behalf of the authenticated user, who must be
// among those asked: otherwise the answer is status 400 (ErrInvalid). comments
// may be empty. It answers with the change afterwards.
func (s *ChangeService) Approve(ctx context.Context, change, comments string, opts ...CallOption) (Change, error) {
	return s.decide(ctx, "Approve", change, ApprovalApproved, comments, opts)
}

// Reject rejects the change on behalf of the authenticated user, which sends it
// back to New. comments must say why.
func (s *ChangeService) Reject(ctx context.Context, change, comments string, opts ...CallOption) (Change, error) {
	return s.decide(ctx, "Reject", change, ApprovalRejected, comments, opts)
}

func (s *ChangeService) decide(ctx context.Context, verb, change string, state ApprovalState, comments string, opts []CallOption) (Change, error) {
	cc := changeCall{op: "Changes." + verb, method: http.MethodPatch, path: []string{"change"}, id: change, below: []string{"approvals"}, kind: rest.Append}
	if state == ApprovalRejected && strings.TrimSpace(comments) == "" {
		return Change{}, cc.bad(errors.New("comments are empty: a rejection must say why"))
	}
	wire := struct {
		State    ApprovalState `json:"state"`
		Comments string        `json:"comments,omitempty"`
	}{state, comments}
	data, err := json.Marshal(wire)
	if err != nil {
		return Change{}, cc.bad(err)
	}
	cc.data = data
	row, err := s.client.changeRow(ctx, cc, opts)
	return Change{row}, err
}

// ChangeApproval is one person who is or was asked to approve a change.
type ChangeApproval struct {
	ID       String   `json:"sys_id"`
	State    String   `json:"state"`
	Approver Ref      `json:"approver"`
	Group    Ref      `json:"group"`
	Created  DateTime `json:"sys_created_on"`
	Updated  DateTime `json:"sys_updated_on"`
}

// Approvals lists who is or was asked to approve a change, the oldest first,
// from the table sysapproval_approver. It takes read access to that table.
func (s *ChangeService) Approvals(ctx context.Context, change string, opts ...CallOption) ([]ChangeApproval, error) {
	if change == "" {
		return nil, errors.New("servicenow: Changes.Approvals: the change's sys_id is empty")
	}
	var all []ChangeApproval
	q := Query{Where: Eq("sysapproval", change), OrderBy: []Order{Asc("sys_created_on")}, Display: DisplayBoth}
	for row, err := range TableOf[ChangeApproval](s.client, "sysapproval_approver").All(ctx, q, opts...) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// ChangeConflicts is the result of a conflict check.
type ChangeConflicts struct {
	// Status is the outcome in words, such as "Not Run". It may read
	// "Conflict" although no conflict was found, says the documentation:
	// look at Found.
	Status string
	// LastRun is when the last check started.
	LastRun DateTime
	// Checked is the number of records checked.
	Checked string
	// Job is the state of the checking job; its values are not documented.
	Job string
	// Found are the conflicts, with the columns change, type and others.
	Found []ChangeRow
}

// UnmarshalJSON decodes the API's answer.
func (c *ChangeConflicts) UnmarshalJSON(data []byte) error {
	var wire struct {
		Status    scalar          `json:"status"`
		LastRun   DateTime        `json:"last_run"`
		Checked   scalar          `json:"record_count"`
		Job       scalar          `json:"job_status"`
		Conflicts json.RawMessage `json:"conflicts"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	got := ChangeConflicts{Status: string(wire.Status), LastRun: wire.LastRun, Checked: string(wire.Checked), Job: string(wire.Job)}
	if raw := wire.Conflicts; len(raw) > 0 && raw[0] == '[' { // documented as an empty object too
		if err := json.Unmarshal(raw, &got.Found); err != nil {
			return err
		}
	}
	*c = got
	return nil
}

// Conflicts reads the state of the running conflict check, or the result of the
// last one.
func (s *ChangeService) Conflicts(ctx context.Context, change string, opts ...CallOption) (ChangeConflicts, error) {
	var c ChangeConflicts
	err := s.client.changeSend(ctx, changeCall{op: "Changes.Conflicts", path: []string{"change"}, id: change, below: []string{"conflict"}},
		func(result json.RawMessage) error { return json.Unmarshal(result, &c) }, opts)
	if err != nil {
		return ChangeConflicts{}, err
	}
	return c, nil
}

// CheckConflicts starts a conflict check and answers with the sys_id of the
// checking process.
func (s *ChangeService) CheckConflicts(ctx context.Context, change string, opts ...CallOption) (string, error) {
	var id scalar
	err := s.client.changeSend(ctx, changeCall{
		op: "Changes.CheckConflicts", method: http.MethodPost, path: []string{"change"}, id: change, what: "the change's sys_id",
		below: []string{"conflict"}, kind: rest.Append, data: emptyObject,
	}, func(result json.RawMessage) error { return json.Unmarshal(result, &id) }, opts)
	if err != nil {
		return "", err
	}
	return string(id), nil
}

// CancelConflictCheck ends the running conflict check. Without one the answer is
// status 400 (ErrInvalid).
func (s *ChangeService) CancelConflictCheck(ctx context.Context, change string, opts ...CallOption) error {
	return s.client.changeSend(ctx, changeCall{
		op: "Changes.CancelConflictCheck", method: http.MethodDelete, path: []string{"change"}, id: change, below: []string{"conflict"}, kind: rest.Append,
	}, nil, opts)
}
