package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ReleaseService is about classic releases, which the service keeps under an
// address of their own.
type ReleaseService struct{ c *Client }

// Release is a classic release.
type Release struct {
	ID           int
	Name         string
	Status       string // "draft", "active", "abandoned"
	DefinitionID int
	Definition   string
	Created      time.Time
	Environments []ReleaseEnvironment
	Builds       []int  // ids of the builds that it deploys
	URL          string // of the page
}

// UnmarshalJSON reads a release as the API gives it.
func (r *Release) UnmarshalJSON(data []byte) error {
	var w struct {
		ID           int                  `json:"id"`
		Name         string               `json:"name"`
		Status       string               `json:"status"`
		Definition   named                `json:"releaseDefinition"`
		Created      stamp                `json:"createdOn"`
		Environments []ReleaseEnvironment `json:"environments"`
		Artifacts    []struct {
			Type       string `json:"type"`
			Definition struct {
				Version struct {
					ID string `json:"id"` // of any kind of artifact
				} `json:"version"`
			} `json:"definitionReference"`
		} `json:"artifacts"`
		Links struct {
			Web struct {
				Href string `json:"href"`
			} `json:"web"`
		} `json:"_links"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Release{
		ID: w.ID, Name: w.Name, Status: w.Status, DefinitionID: int(w.Definition.ID), Definition: w.Definition.Name,
		Created: time.Time(w.Created), Environments: w.Environments, URL: w.Links.Web.Href,
	}
	for _, a := range w.Artifacts {
		if id, err := strconv.Atoi(a.Definition.Version.ID); err == nil && strings.EqualFold(a.Type, "Build") {
			r.Builds = append(r.Builds, id)
		}
	}
	return nil
}

// named is a reference to a record.
type named struct {
	ID   anyID  `json:"id"`
	Name string `json:"name"`
}

// ReleaseEnvironment is a stage of a classic release.
type ReleaseEnvironment struct {
	ID     int
	Name   string
	Status string // "notStarted", "inProgress", "succeeded", "rejected", "canceled", "partiallySucceeded", "queued", "scheduled"
	// GateStep is the id of the gates before its last deployment, for IgnoreGates;
	// 0 when it has none.
	GateStep int
	Gates    []ReleaseGate
	// GateStepAfter and GatesAfter are the same for the gates after it.
	GateStepAfter int
	GatesAfter    []ReleaseGate
}

// ReleaseGate is a gate of a deployment.
type ReleaseGate struct {
	Name   string `json:"name"`
	Status string `json:"status"` // "pending", "inProgress", "succeeded", "failed", "canceled", "skipped"
}

// UnmarshalJSON reads a stage as the API gives it.
func (e *ReleaseEnvironment) UnmarshalJSON(data []byte) error {
	var w struct {
		ID     int    `json:"id"`
		Name   string `json:"name"`
		Status string `json:"status"`
		Steps  []struct {
			Before wireGates `json:"preDeploymentGates"`
			After  wireGates `json:"postDeploymentGates"`
		} `json:"deploySteps"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*e = ReleaseEnvironment{ID: w.ID, Name: w.Name, Status: w.Status}
	if n := len(w.Steps); n > 0 {
		last := w.Steps[n-1]
		e.GateStep, e.Gates = last.Before.ID, last.Before.gates()
		e.GateStepAfter, e.GatesAfter = last.After.ID, last.After.gates()
	}
	return nil
}

// wireGates are gates as the API gives them.
type wireGates struct {
	ID   int `json:"id"`
	Jobs []struct {
		Job ReleaseGate `json:"job"`
	} `json:"deploymentJobs"`
}

func (w wireGates) gates() []ReleaseGate {
	if len(w.Jobs) == 0 {
		return nil
	}
	gates := make([]ReleaseGate, len(w.Jobs))
	for i, j := range w.Jobs {
		gates[i] = j.Job
	}
	return gates
}

// Get reads a release with its environments.
func (s *ReleaseService) Get(ctx context.Context, id int, opts ...CallOption) (Release, error) {
	const op = "Releases.Get"
	if err := checkID(op, "release id", id); err != nil {
		return Release{}, err
	}
	var r Release
	err := s.c.do(ctx, request{
		op: op, release: true, project: true, path: []string{"_apis", "release", "releases", strconv.Itoa(id)}, result: &r,
		check: func() error {
			if r.ID != id {
				return fmt.Errorf("the answer is about release %d", r.ID)
			}
			return nil
		},
	}, opts)
	return r, err
}

// IgnoreGates lets a deployment go on past gates, by their names, with a comment
// that says why. step is the GateStep or GateStepAfter of the environment.
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

// Deploy starts the deployment of a release to one of its environments and
// returns the environment. One that is in progress stays so. After a lost answer
// the environment is read again, and the deployment not started twice.
func (s *ReleaseService) Deploy(ctx context.Context, release, environment int, comment string, opts ...CallOption) (ReleaseEnvironment, error) {
	const op = "Releases.Deploy"
	if err := errors.Join(checkID(op, "release id", release), checkID(op, "environment id", environment)); err != nil {
		return ReleaseEnvironment{}, err
	}
	call := func(q request) (ReleaseEnvironment, error) {
		var e ReleaseEnvironment
		q.op, q.release, q.project, q.result = op, true, true, &e
		q.path = []string{"_apis", "release", "releases", strconv.Itoa(release), "environments", strconv.Itoa(environment)}
		err := s.c.do(ctx, q, opts)
		return e, err
	}
	before, err := call(request{})
	if err != nil || underWay(before.Status) {
		return before, err
	}
	after, err := call(request{method: http.MethodPatch, kind: rest.Append, body: map[string]string{"status": "inProgress", "comment": comment}})
	if !lookAgain(err) {
		return after, err
	}
	if now, again := call(request{}); again == nil && underWay(now.Status) {
		return now, nil
	}
	return before, err
}

func underWay(status string) bool {
	return status == "inProgress" || status == "queued" || status == "scheduled"
}
