package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ReleaseApproval is an approval of a classic release.
type ReleaseApproval struct {
	ID            int
	Type          string         // "preDeploy" or "postDeploy"
	Status        ApprovalStatus // ApprovalPending, ApprovalApproved, ApprovalRejected, ApprovalReassigned, ...
	Approver      Identity
	ApprovedBy    Identity
	Comments      string
	Created       time.Time
	ReleaseID     int
	Release       string
	EnvironmentID int
	Environment   string
	History       []Reassignment // who was asked before, the first one first
}

// Reassignment tells that somebody else was asked for a ReleaseApproval.
type Reassignment struct {
	From     Identity // who was asked until then
	By       Identity
	Comments string
	At       time.Time
}

// UnmarshalJSON reads a reassignment as the API gives it.
func (r *Reassignment) UnmarshalJSON(data []byte) error {
	var w struct {
		From     Identity `json:"approver"`
		By       Identity `json:"changedBy"`
		Comments string   `json:"comments"`
		At       stamp    `json:"modifiedOn"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Reassignment{From: w.From, By: w.By, Comments: w.Comments, At: time.Time(w.At)}
	return nil
}

// UnmarshalJSON reads an approval as the API gives it.
func (a *ReleaseApproval) UnmarshalJSON(data []byte) error {
	var w struct {
		ID          int            `json:"id"`
		Type        string         `json:"approvalType"`
		Status      ApprovalStatus `json:"status"`
		Approver    Identity       `json:"approver"`
		ApprovedBy  Identity       `json:"approvedBy"`
		Comments    string         `json:"comments"`
		Created     stamp          `json:"createdOn"`
		Release     named          `json:"release"`
		Environment named          `json:"releaseEnvironment"`
		History     []Reassignment `json:"history"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = ReleaseApproval{
		ID: w.ID, Type: w.Type, Status: w.Status, Approver: w.Approver, ApprovedBy: w.ApprovedBy, Comments: w.Comments,
		Created: time.Time(w.Created), ReleaseID: int(w.Release.ID), Release: w.Release.Name, EnvironmentID: int(w.Environment.ID), Environment: w.Environment.Name,
		History: w.History,
	}
	return nil
}

// open reports whether an approval waits to be decided. Whether the service calls
// one that somebody else was asked for "reassigned" is not verified on a real
// organization.
func (a ReleaseApproval) open() bool {
	return a.Status == ApprovalPending || a.Status == ApprovalReassigned
}

// Approvals yields the approvals in a state; "" means pending.
func (s *ReleaseService) Approvals(ctx context.Context, status ApprovalStatus, opts ...CallOption) iter.Seq2[ReleaseApproval, error] {
	if status == "" {
		status = ApprovalPending
	}
	query := url.Values{"statusFilter": {string(status)}, "top": {"50"}}
	return allPages[ReleaseApproval](ctx, s.c, request{op: "Releases.Approvals", release: true, project: true, path: []string{"_apis", "release", "approvals"}, query: query}, opts)
}

// GetApproval reads one approval.
func (s *ReleaseService) GetApproval(ctx context.Context, id int, opts ...CallOption) (ReleaseApproval, error) {
	return s.getApproval(ctx, "Releases.GetApproval", id, opts)
}

func (s *ReleaseService) getApproval(ctx context.Context, op string, id int, opts []CallOption) (ReleaseApproval, error) {
	if err := checkID(op, "approval id", id); err != nil {
		return ReleaseApproval{}, err
	}
	var a ReleaseApproval
	err := s.c.do(ctx, request{op: op, release: true, project: true, path: []string{"_apis", "release", "approvals", strconv.Itoa(id)}, result: &a, check: a.is(id)}, opts)
	return a, err
}

func (a *ReleaseApproval) is(id int) func() error {
	return func() error {
		if a.ID != id {
			return fmt.Errorf("the answer is about approval %d", a.ID)
		}
		return nil
	}
}

// Approve approves, in the name of the token's identity. An approval that was
// given already is a success without a write, one that has ended otherwise
// ErrConflict; after a refusal and after a lost answer it is read again, and
// never written twice.
func (s *ReleaseService) Approve(ctx context.Context, id int, comments string, opts ...CallOption) (ReleaseApproval, error) {
	return s.decide(ctx, "Releases.Approve", id, ApprovalApproved, comments, opts)
}

// Reject rejects, in the name of the token's identity, and takes what has ended
// already as Approve does.
func (s *ReleaseService) Reject(ctx context.Context, id int, comments string, opts ...CallOption) (ReleaseApproval, error) {
	return s.decide(ctx, "Releases.Reject", id, ApprovalRejected, comments, opts)
}

// Reassign asks somebody else, by the id of the identity, in place of the one who
// is asked, with comments that say why. One who is asked already is a success
// without a write; an approval that has ended is ErrConflict. After a refusal and
// after a lost answer it is read again, and never written twice.
func (s *ReleaseService) Reassign(ctx context.Context, id int, approver, comments string, opts ...CallOption) (ReleaseApproval, error) {
	const op = "Releases.Reassign"
	if err := checkGUID(op, "approver's id", approver); err != nil {
		return ReleaseApproval{}, err
	}
	body := map[string]any{"status": ApprovalReassigned, "approver": map[string]string{"id": approver}, "comments": comments}
	return s.write(ctx, op, id, body, func(a ReleaseApproval) (bool, error) {
		if strings.EqualFold(a.Approver.ID, approver) && a.open() {
			return true, nil
		}
		return !a.open(), decided(op, a.Status, ApprovalReassigned)
	}, opts)
}

func (s *ReleaseService) decide(ctx context.Context, op string, id int, status ApprovalStatus, comments string, opts []CallOption) (ReleaseApproval, error) {
	body := map[string]any{"status": status, "comments": comments}
	return s.write(ctx, op, id, body, func(a ReleaseApproval) (bool, error) {
		return !a.open(), decided(op, a.Status, status)
	}, opts)
}

// write changes an approval. over reports whether nothing is left to do, and with
// which error that is so.
func (s *ReleaseService) write(ctx context.Context, op string, id int, body any, over func(ReleaseApproval) (bool, error), opts []CallOption) (ReleaseApproval, error) {
	before, err := s.getApproval(ctx, op, id, opts)
	if err != nil {
		return before, err
	}
	if is, why := over(before); is {
		return before, why
	}
	var after ReleaseApproval
	err = s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, release: true, project: true, path: []string{"_apis", "release", "approvals", strconv.Itoa(id)},
		body: body, result: &after, check: after.is(id),
	}, opts)
	if !lookAgain(err) {
		return after, err
	}
	now, again := s.getApproval(ctx, op, id, opts)
	if again != nil {
		return before, errors.Join(err, again)
	}
	if is, why := over(now); is {
		return now, why
	}
	return now, err
}
