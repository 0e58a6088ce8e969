package azdevops

import (
	"context"
	"encoding/json"
	"net/url"
)

// CheckService is about checks: what has to be so before a stage may use a
// resource. They are read only.
type CheckService struct{ c *Client }

// TaskCheck is the type of checks that call something, "Invoke REST API" among
// them.
const TaskCheck = "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7"

// CheckConfiguration is a check on a resource.
type CheckConfiguration struct {
	ID       int             `json:"id"`
	Timeout  int             `json:"timeout"` // minutes
	Settings json.RawMessage `json:"settings"`
	Type     struct {
		ID   string `json:"id"` // TaskCheck, ...
		Name string `json:"name"`
	} `json:"type"`
	Resource struct {
		Type string `json:"type"` // "environment", "endpoint", ...
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"resource"`
}

// Configurations reads the checks on a resource of a kind, such as "environment",
// by its id.
func (s *CheckService) Configurations(ctx context.Context, kind, resource string, opts ...CallOption) ([]CheckConfiguration, error) {
	const op = "Checks.Configurations"
	if err := checkName(op, "resource type", kind); err != nil {
		return nil, err
	}
	if err := checkName(op, "resource id", resource); err != nil {
		return nil, err
	}
	return readList[CheckConfiguration](ctx, s.c, request{
		op: op, project: true, area: AreaChecks, path: []string{"_apis", "pipelines", "checks", "configurations"},
		query: url.Values{"resourceType": {kind}, "resourceId": {resource}, "$expand": {"settings"}},
	}, opts)
}

// CheckRun is the state of the checks of a stage.
type CheckRun struct {
	ID     string `json:"id"` // GUID
	Status string `json:"status"`
	Runs   []struct {
		ID     string `json:"id"`
		Status string `json:"status"` // "queued", "running", "approved", "rejected", "timedOut", ...
		Result string `json:"resultMessage"`
	} `json:"checkRuns"`
}

// Run reads the state of a stage's checks.
func (s *CheckService) Run(ctx context.Context, id string, opts ...CallOption) (CheckRun, error) {
	const op = "Checks.Run"
	if err := checkGUID(op, "check suite id", id); err != nil {
		return CheckRun{}, err
	}
	var r CheckRun
	err := s.c.do(ctx, request{op: op, project: true, area: AreaChecks, path: []string{"_apis", "pipelines", "checks", "runs", id}, result: &r}, opts)
	return r, err
}
