package azdevops

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// Deployment is a deployment of a classic release to an environment.
type Deployment struct {
	ID            int
	ReleaseID     int
	Release       string
	DefinitionID  int
	EnvironmentID int
	Environment   string
	Status        string // "succeeded", "failed", "inProgress", "notDeployed", ...
	Operation     string // "Approved", "Pending", "Rejected", ...
	Queued        time.Time
	Started       time.Time
	Completed     time.Time
}

// UnmarshalJSON reads a deployment as the API gives it.
func (d *Deployment) UnmarshalJSON(data []byte) error {
	var w struct {
		ID          int    `json:"id"`
		Release     named  `json:"release"`
		Definition  named  `json:"releaseDefinition"`
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
		ID: w.ID, ReleaseID: int(w.Release.ID), Release: w.Release.Name, DefinitionID: int(w.Definition.ID),
		EnvironmentID: int(w.Environment.ID), Environment: w.Environment.Name, Status: w.Status, Operation: w.Operation,
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
	return allPages[Deployment](ctx, s.c, request{op: op, release: true, project: true, path: []string{"_apis", "release", "deployments"}, query: query}, opts)
}
