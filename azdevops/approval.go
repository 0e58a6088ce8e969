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

// ApprovalStatus is the state of an approval, or of one of its steps.
type ApprovalStatus string

// The states of approvals. Pending and reassigned leave everything open, the
// others are final.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalRejected ApprovalStatus = "rejected"
	ApprovalCanceled ApprovalStatus = "canceled"
	ApprovalTimedOut ApprovalStatus = "timedOut"
	ApprovalSkipped  ApprovalStatus = "skipped"
	// ApprovalReassigned is of classic releases only: somebody else is asked.
	ApprovalReassigned ApprovalStatus = "reassigned"
)

// Approval is an approval of a pipeline.
type Approval struct {
	ID           string // GUID
	Status       ApprovalStatus
	Created      time.Time
	MinApprovers int
	Instructions string
	Steps        []ApprovalStep
	Pipeline     string // name
	RunID        int    // 0 where the service does not tell
}

// ApprovalStep is what one approver has said.
type ApprovalStep struct {
	Approver Identity       `json:"assignedApprover"` // who is asked, perhaps a group
	Actual   Identity       `json:"actualApprover"`   // who has answered
	Status   ApprovalStatus `json:"status"`
	Comment  string         `json:"comment"`
}

// UnmarshalJSON reads an approval as the API and service hooks give it.
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
				ID anyID `json:"id"`
			} `json:"owner"`
		} `json:"pipeline"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = Approval{
		ID: w.ID, Status: w.Status, Created: time.Time(w.Created), MinApprovers: w.Min, Instructions: w.Instructions, Steps: w.Steps,
		Pipeline: w.Pipeline.Name, RunID: int(w.Pipeline.Owner.ID),
	}
	return nil
}

// maxApprovals is how many approvals one call reads; the list has no second page.
const maxApprovals = 1000

// List reads approvals in a state, with what their approvers have said; "" is
// every state. The service does not page them: 1,000 are ErrTooMany, for nobody
// can tell whether that is all.
func (s *ApprovalService) List(ctx context.Context, status ApprovalStatus, opts ...CallOption) ([]Approval, error) {
	const op = "Approvals.List"
	query := url.Values{"$expand": {"steps"}, "top": {fmt.Sprint(maxApprovals)}}
	if status != "" {
		query.Set("state", string(status))
	}
	list, err := readList[Approval](ctx, s.c, request{op: op, project: true, path: []string{"_apis", "pipelines", "approvals"}, query: query}, opts)
	if err == nil && len(list) >= maxApprovals {
		return nil, fmt.Errorf("azdevops: %s: %d approvals and perhaps more: %w", op, len(list), ErrTooMany)
	}
	return list, err
}

// Get reads one approval.
func (s *ApprovalService) Get(ctx context.Context, id string, opts ...CallOption) (Approval, error) {
	return s.get(ctx, "Approvals.Get", id, opts)
}

func (s *ApprovalService) get(ctx context.Context, op, id string, opts []CallOption) (Approval, error) {
	if err := checkGUID(op, "approval id", id); err != nil {
		return Approval{}, err
	}
	var a Approval
	err := s.c.do(ctx, request{
		op: op, project: true, path: []string{"_apis", "pipelines", "approvals", id}, query: url.Values{"$expand": {"steps"}}, result: &a,
		check: func() error {
			if !strings.EqualFold(a.ID, id) {
				return fmt.Errorf("the answer is about approval %q", a.ID)
			}
			return nil
		},
	}, opts)
	return a, err
}

func checkGUID(op, what, id string) error {
	if !isGUID(id) {
		return fmt.Errorf("azdevops: %s: the %s %q is no GUID", op, what, id)
	}
	return nil
}

// Approve approves, in the name of the token's identity, who has to be among
// those asked. An approval that wants more people stays pending.
//
// It reads the approval first. One that is approved already is a success without
// a write; one that has ended otherwise is ErrConflict and is returned as it is.
// After a refusal and after a lost answer it is read again, and never written
// twice.
func (s *ApprovalService) Approve(ctx context.Context, id, comment string, opts ...CallOption) (Approval, error) {
	return s.decide(ctx, "Approvals.Approve", id, ApprovalApproved, comment, opts)
}

// Reject rejects, in the name of the token's identity, which fails the stage. It
// takes what has ended already as Approve does.
func (s *ApprovalService) Reject(ctx context.Context, id, comment string, opts ...CallOption) (Approval, error) {
	return s.decide(ctx, "Approvals.Reject", id, ApprovalRejected, comment, opts)
}

func (s *ApprovalService) decide(ctx context.Context, op, id string, status ApprovalStatus, comment string, opts []CallOption) (Approval, error) {
	before, err := s.get(ctx, op, id, opts)
	if err != nil {
		return before, err
	}
	if before.Status != ApprovalPending {
		return before, decided(op, before.Status, status)
	}
	var answer struct {
		Value []Approval `json:"value"`
	}
	var after Approval
	err = s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, project: true, path: []string{"_apis", "pipelines", "approvals"},
		body: []map[string]string{{"approvalId": id, "status": string(status), "comment": comment}}, result: &answer,
		check: func() error {
			for _, a := range answer.Value {
				if strings.EqualFold(a.ID, id) {
					after = a
					return nil
				}
			}
			return errors.New("the answer does not name the approval")
		},
	}, opts)
	if !lookAgain(err) {
		return after, err
	}
	now, again := s.get(ctx, op, id, opts)
	switch {
	case again != nil:
		return before, errors.Join(err, again)
	case now.Status != ApprovalPending:
		return now, decided(op, now.Status, status)
	case stepsTaken(now, status, comment) > stepsTaken(before, status, comment):
		return now, nil // written, and others have to follow
	}
	return now, err
}

// lookAgain reports whether a decision that failed may have been taken, by this
// call or by somebody else before it.
func lookAgain(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	return failed.MaybeApplied() || errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) || errors.Is(err, ErrForbidden)
}

// stepsTaken counts the steps that were decided in a way, with a comment.
func stepsTaken(a Approval, status ApprovalStatus, comment string) int {
	n := 0
	for _, step := range a.Steps {
		if step.Status == status && step.Comment == comment {
			n++
		}
	}
	return n
}

// decided judges an approval that is no longer pending.
func decided(op string, have, want ApprovalStatus) error {
	if have == want {
		return nil
	}
	return fmt.Errorf("azdevops: %s: the approval is %q already: %w", op, string(have), ErrConflict)
}
