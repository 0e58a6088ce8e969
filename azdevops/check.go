package azdevops

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// CheckService is about checks: what has to be so before a stage may use a
// resource. They are read only; the decision about one is that of [Callback].
type CheckService struct{ c *Client }

// TaskCheck is the type of checks that call something, "Invoke REST API" among
// them.
const TaskCheck = "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7"

// CheckConfiguration is a check on a resource.
type CheckConfiguration struct {
	ID       int             `json:"id"`
	Timeout  int             `json:"timeout"`  // minutes
	Settings json.RawMessage `json:"settings"` // by type
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

// CheckStatus is the state of a check.
type CheckStatus string

// The states of checks.
const (
	CheckQueued   CheckStatus = "queued"
	CheckRunning  CheckStatus = "running"
	CheckApproved CheckStatus = "approved"
	CheckRejected CheckStatus = "rejected"
	CheckCanceled CheckStatus = "canceled"
	CheckTimedOut CheckStatus = "timedOut"
)

// CheckSuite are the checks that a stage has begun together.
type CheckSuite struct {
	ID     string // GUID
	Status CheckStatus
	Runs   []CheckRun
}

// CheckRun is a check that was begun.
type CheckRun struct {
	ID            string // GUID; of an approval that of the approval
	Status        CheckStatus
	Message       string
	Configuration int    // id
	Type          string // GUID, TaskCheck, ...
	Created       time.Time
	Completed     time.Time // zero before the end
}

// UnmarshalJSON reads a check as the API gives it.
func (r *CheckRun) UnmarshalJSON(data []byte) error {
	var w struct {
		ID            string      `json:"id"`
		Status        CheckStatus `json:"status"`
		Message       string      `json:"resultMessage"`
		Created       stamp       `json:"createdDate"`
		Completed     stamp       `json:"completedDate"`
		Configuration struct {
			ID   int `json:"id"`
			Type struct {
				ID string `json:"id"`
			} `json:"type"`
		} `json:"checkConfigurationRef"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = CheckRun{
		ID: w.ID, Status: w.Status, Message: w.Message, Configuration: w.Configuration.ID, Type: w.Configuration.Type.ID,
		Created: time.Time(w.Created), Completed: time.Time(w.Completed),
	}
	return nil
}

// Suite reads the checks that a stage has begun.
func (s *CheckService) Suite(ctx context.Context, id string, opts ...CallOption) (CheckSuite, error) {
	const op = "Checks.Suite"
	if err := checkGUID(op, "check suite id", id); err != nil {
		return CheckSuite{}, err
	}
	var suite struct {
		ID     string      `json:"id"`
		Status CheckStatus `json:"status"`
		Runs   []CheckRun  `json:"checkRuns"`
	}
	err := s.c.do(ctx, request{op: op, project: true, area: AreaChecks, path: []string{"_apis", "pipelines", "checks", "runs", id}, result: &suite}, opts)
	return CheckSuite(suite), err
}
