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
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ReleaseService is about classic releases, which the service keeps under an
// address of their own.
type ReleaseService struct{ c *Client }

// ReleaseApproval is an approval of a classic release.
type ReleaseApproval struct {
	ID            int
	Type          string         // "preDeploy" or "postDeploy"
	Status        ApprovalStatus // ApprovalPending, ApprovalApproved, ApprovalRejected, "reassigned", ...
	Approver      Identity
	ApprovedBy    Identity
	Comments      string
	Created       time.Time
	ReleaseID     int
	Release       string
	EnvironmentID int
	Environment   string
}

// UnmarshalJSON reads an approval as the API gives it.
func (a *ReleaseApproval) UnmarshalJSON(data []byte) error {
	type named struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
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
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = ReleaseApproval{
		ID: w.ID, Type: w.Type, Status: w.Status, Approver: w.Approver, ApprovedBy: w.ApprovedBy, Comments: w.Comments,
		Created: time.Time(w.Created), ReleaseID: w.Release.ID, Release: w.Release.Name, EnvironmentID: w.Environment.ID, Environment: w.Environment.Name,
	}
	return nil
}

// Approvals yields the approvals in a state; "" means pending.
func (s *ReleaseService) Approvals(ctx context.Context, status ApprovalStatus, opts ...CallOption) iter.Seq2[ReleaseApproval, error] {
	if status == "" {
		status = ApprovalPending
	}
	query := url.Values{"statusFilter": {string(status)}, "top": {"50"}}
	return releasePages[ReleaseApproval](ctx, s.c, request{op: "Releases.Approvals", release: true, project: true, path: []string{"_apis", "release", "approvals"}, query: query}, opts)
}

func releasePages[T any](ctx context.Context, c *Client, q request, opts []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]T, string, error) {
			page, err := readPages[T](ctx, c, q, Cursor(cursor), opts)
			return page.Items, string(page.Next), err
		})(yield)
	}
}

// GetApproval reads one approval.
func (s *ReleaseService) GetApproval(ctx context.Context, id int, opts ...CallOption) (ReleaseApproval, error) {
	const op = "Releases.GetApproval"
	if err := checkID(op, "approval id", id); err != nil {
		return ReleaseApproval{}, err
	}
	var a ReleaseApproval
	err := s.c.do(ctx, request{op: op, release: true, project: true, path: []string{"_apis", "release", "approvals", strconv.Itoa(id)}, result: &a}, opts)
	return a, err
}

// Approve approves, in the name of the token's identity.
func (s *ReleaseService) Approve(ctx context.Context, id int, comments string, opts ...CallOption) (ReleaseApproval, error) {
	return s.decide(ctx, "Releases.Approve", id, ApprovalApproved, comments, opts)
}

// Reject rejects, in the name of the token's identity.
func (s *ReleaseService) Reject(ctx context.Context, id int, comments string, opts ...CallOption) (ReleaseApproval, error) {
	return s.decide(ctx, "Releases.Reject", id, ApprovalRejected, comments, opts)
}

// decide reads the approval first, as that of a pipeline is.
func (s *ReleaseService) decide(ctx context.Context, op string, id int, status ApprovalStatus, comments string, opts []CallOption) (ReleaseApproval, error) {
	a, err := s.GetApproval(ctx, id, opts...)
	switch {
	case err != nil:
		return a, err
	case a.Status == status:
		return a, nil
	case a.Status != ApprovalPending:
		return a, fmt.Errorf("azdevops: %s: the approval is %q already: %w", op, string(a.Status), ErrConflict)
	}
	var next ReleaseApproval
	err = s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, release: true, project: true, path: []string{"_apis", "release", "approvals", strconv.Itoa(id)},
		body: map[string]string{"status": string(status), "comments": comments}, result: &next,
	}, opts)
	var failed *Error
	if !errors.As(err, &failed) || !failed.MaybeApplied() {
		return next, err
	}
	if now, rerr := s.GetApproval(ctx, id, opts...); rerr == nil && now.Status == status {
		return now, nil
	}
	return a, err
}

// IgnoreGates lets a deployment go on past gates that have failed, by their
// names, with a comment that says why.
func (s *ReleaseService) IgnoreGates(ctx context.Context, step int, gates []string, comment string, opts ...CallOption) error {
	const op = "Releases.IgnoreGates"
	if err := checkID(op, "gate step id", step); err != nil {
		return err
	}
	if len(gates) == 0 || comment == "" {
		return fmt.Errorf("azdevops: %s: name the gates, and say why in the comment", op)
	}
	return s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Idempotent, release: true, project: true, path: []string{"_apis", "release", "gates", strconv.Itoa(step)},
		body: map[string]any{"gatesToIgnore": gates, "comment": comment},
	}, opts)
}

// Deployment is a deployment of a classic release to an environment.
type Deployment struct {
	ID          int
	ReleaseID   int
	Release     string
	Environment string
	Status      string // "succeeded", "failed", "inProgress", "notDeployed", ...
	Operation   string // "Approved", "Pending", "Rejected", ...
	Queued      time.Time
	Started     time.Time
	Completed   time.Time
}

// UnmarshalJSON reads a deployment as the API gives it.
func (d *Deployment) UnmarshalJSON(data []byte) error {
	type named struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	var w struct {
		ID          int    `json:"id"`
		Release     named  `json:"release"`
		Environment named  `json:"releaseEnvironment"`
		Status      string `json:"deploymentStatus"`
		Operation   string `json:"operationStatus"`
		Queued      stamp  `json:"queuedOn"`
		Started     stamp  `json:"startedOn"`
		Completed   stamp  `json:"completedOn"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*d = Deployment{
		ID: w.ID, ReleaseID: w.Release.ID, Release: w.Release.Name, Environment: w.Environment.Name, Status: w.Status, Operation: w.Operation,
		Queued: time.Time(w.Queued), Started: time.Time(w.Started), Completed: time.Time(w.Completed),
	}
	return nil
}

// Deployments yields the deployments of a release definition, the newest first;
// 0 is every definition.
func (s *ReleaseService) Deployments(ctx context.Context, definition int, opts ...CallOption) iter.Seq2[Deployment, error] {
	const op = "Releases.Deployments"
	query := url.Values{"$top": {"50"}}
	if definition < 0 {
		return failedSeq[Deployment](checkID(op, "definition id", definition))
	}
	if definition > 0 {
		query.Set("definitionId", strconv.Itoa(definition))
	}
	return releasePages[Deployment](ctx, s.c, request{op: op, release: true, project: true, path: []string{"_apis", "release", "deployments"}, query: query}, opts)
}

// Deploy starts the deployment of a release to one of its environments. One
// that is in progress stays so.
func (s *ReleaseService) Deploy(ctx context.Context, release, environment int, comment string, opts ...CallOption) error {
	const op = "Releases.Deploy"
	if err := errors.Join(checkID(op, "release id", release), checkID(op, "environment id", environment)); err != nil {
		return err
	}
	return s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, release: true, project: true,
		path: []string{"_apis", "release", "releases", strconv.Itoa(release), "environments", strconv.Itoa(environment)},
		body: map[string]string{"status": "inProgress", "comment": comment},
	}, opts)
}
