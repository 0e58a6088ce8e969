package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ApprovalService is about approvals of pipelines: what an environment or
// another resource wants before a stage may run.
type ApprovalService struct{ c *Client }

// ApprovalStatus is the state of an approval.
type ApprovalStatus string

// The states of approvals.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalRejected ApprovalStatus = "rejected"
	ApprovalCanceled ApprovalStatus = "canceled"
	ApprovalTimedOut ApprovalStatus = "timedOut"
	ApprovalSkipped  ApprovalStatus = "skipped"
)

// Approval is an approval of a pipeline.
type Approval struct {
	ID           string // GUID
	Status       ApprovalStatus
	Created      time.Time
	MinApprovers int
	Instructions string
	Steps        []ApprovalStep
	Pipeline     string
	RunID        int
}

// ApprovalStep is what one approver has said.
type ApprovalStep struct {
	Approver Identity       `json:"assignedApprover"`
	Actual   Identity       `json:"actualApprover"`
	Status   ApprovalStatus `json:"status"`
	Comment  string         `json:"comment"`
}

// UnmarshalJSON reads an approval as the API gives it.
func (a *Approval) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           string         `json:"id"`
		Status       ApprovalStatus `json:"status"`
		Created      stamp          `json:"createdOn"`
		Min          int            `json:"minRequiredApprovers"`
		Instructions string         `json:"instructions"`
		Steps        []ApprovalStep `json:"steps"`
		Pipeline     struct {
			Name  string `json:"name"`
			Owner struct {
				ID int `json:"id"`
			} `json:"owner"`
		} `json:"pipeline"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = Approval{
		ID: w.ID, Status: w.Status, Created: time.Time(w.Created), MinApprovers: w.Min, Instructions: w.Instructions, Steps: w.Steps,
		Pipeline: w.Pipeline.Name, RunID: w.Pipeline.Owner.ID,
	}
	return nil
}

// List reads approvals in a state, with what their approvers have said; "" is
// every state.
func (s *ApprovalService) List(ctx context.Context, status ApprovalStatus, opts ...CallOption) ([]Approval, error) {
	query := url.Values{"$expand": {"steps"}, "top": {"1000"}}
	if status != "" {
		query.Set("state", string(status))
	}
	return readList[Approval](ctx, s.c, request{op: "Approvals.List", project: true, path: []string{"_apis", "pipelines", "approvals"}, query: query}, opts)
}

// Get reads one approval.
func (s *ApprovalService) Get(ctx context.Context, id string, opts ...CallOption) (Approval, error) {
	const op = "Approvals.Get"
	if err := checkGUID(op, "approval id", id); err != nil {
		return Approval{}, err
	}
	var a Approval
	err := s.c.do(ctx, request{op: op, project: true, path: []string{"_apis", "pipelines", "approvals", id}, query: url.Values{"$expand": {"steps"}}, result: &a}, opts)
	return a, err
}

func checkGUID(op, what, id string) error {
	if !isGUID(id) {
		return fmt.Errorf("azdevops: %s: the %s %q is no GUID", op, what, id)
	}
	return nil
}

// Approve approves, in the name of the token's identity.
func (s *ApprovalService) Approve(ctx context.Context, id, comment string, opts ...CallOption) (Approval, error) {
	return s.decide(ctx, "Approvals.Approve", id, ApprovalApproved, comment, opts)
}

// Reject rejects, in the name of the token's identity, which fails the stage.
func (s *ApprovalService) Reject(ctx context.Context, id, comment string, opts ...CallOption) (Approval, error) {
	return s.decide(ctx, "Approvals.Reject", id, ApprovalRejected, comment, opts)
}

// decide reads the approval first: one that was decided so is a success without
// a write, one that was decided otherwise ErrConflict. After a fault that leaves
// open whether the decision was taken it is read again and not repeated.
func (s *ApprovalService) decide(ctx context.Context, op, id string, status ApprovalStatus, comment string, opts []CallOption) (Approval, error) {
	if err := checkGUID(op, "approval id", id); err != nil {
		return Approval{}, err
	}
	before, err := s.Get(ctx, id, opts...)
	if err != nil || before.Status != ApprovalPending {
		return before, errors.Join(err, s.decided(op, before, status, err))
	}
	var answer struct {
		Value []Approval `json:"value"`
	}
	err = s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, project: true, path: []string{"_apis", "pipelines", "approvals"},
		body: []map[string]string{{"approvalId": id, "status": string(status), "comment": comment}}, result: &answer,
	}, opts)
	if err == nil {
		for _, a := range answer.Value {
			if strings.EqualFold(a.ID, id) {
				return a, nil
			}
		}
		return before, fmt.Errorf("azdevops: %s: the answer does not name the approval: %w", op, ErrTruncated)
	}
	var failed *Error
	if !errors.As(err, &failed) || !failed.MaybeApplied() {
		return before, err
	}
	now, rerr := s.Get(ctx, id, opts...)
	if rerr != nil || now.Status == ApprovalPending {
		return before, errors.Join(err, rerr)
	}
	return now, s.decided(op, now, status, nil)
}

// decided judges an approval that is no longer pending.
func (s *ApprovalService) decided(op string, a Approval, want ApprovalStatus, err error) error {
	if err != nil || a.Status == want {
		return nil
	}
	return fmt.Errorf("azdevops: %s: the approval is %q already: %w", op, string(a.Status), ErrConflict)
}
