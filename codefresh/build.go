package codefresh

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// BuildService is about builds: runs of pipelines.
type BuildService struct {
	c     *Client
	turns rest.Turns // by build
}

// Status is the state of a build in the service's own words. Words that this
// package does not know are kept.
type Status string

// The states of builds, as the official command line knows them; StatusDenied
// is shown by the product's pages and not verified as a word of the API.
const (
	StatusPending         Status = "pending"
	StatusElected         Status = "elected"
	StatusRunning         Status = "running"
	StatusDelayed         Status = "delayed"
	StatusPendingApproval Status = "pending-approval"
	StatusTerminating     Status = "terminating"
	StatusSuccess         Status = "success"
	StatusError           Status = "error"
	StatusTerminated      Status = "terminated"
	StatusDenied          Status = "denied"
)

// Ended reports whether a build in this state never changes again. An unknown
// state has not ended.
func (s Status) Ended() bool {
	return s == StatusSuccess || s == StatusError || s == StatusTerminated || s == StatusDenied
}

// Known reports whether the state is one of this package's constants.
func (s Status) Known() bool {
	switch s {
	case StatusPending, StatusElected, StatusRunning, StatusDelayed, StatusPendingApproval, StatusTerminating:
		return true
	}
	return s.Ended()
}

// Build is a run of a pipeline. Times that the service does not give are zero.
type Build struct {
	ID           string // 24 hexadecimal digits
	Status       Status
	Created      time.Time
	Started      time.Time
	Finished     time.Time
	Updated      time.Time
	ProgressID   string // of the progress with the logs; "" before it starts
	PipelineID   string
	PipelineName string // "project/pipeline"
	RepoOwner    string
	RepoName     string
	Branch       string
	Revision     string // of the commit
	TriggerID    string
	TriggerName  string
	Webhook      bool   // started by a git event
	YAML         string // the steps as they run, where the service tells them
}

// UnmarshalJSON reads a build as both lists and single reads give it.
func (b *Build) UnmarshalJSON(data []byte) error {
	var w struct {
		ID          string `json:"id"`
		OldID       string `json:"_id"`
		Status      Status `json:"status"`
		Created     stamp  `json:"created"`
		Started     stamp  `json:"started"`
		Finished    stamp  `json:"finished"`
		Updated     stamp  `json:"updated"`
		Progress    string `json:"progress"`
		Service     string `json:"serviceId"`
		Pipeline    string `json:"pipelineName"`
		Owner       string `json:"repoOwner"`
		Repo        string `json:"repoName"`
		Branch      string `json:"branchName"`
		Revision    string `json:"revision"`
		TriggerID   string `json:"pipelineTriggerId"`
		TriggerName string `json:"pipelineTriggerName"`
		Webhook     bool   `json:"webhookTriggered"`
		YAML        string `json:"userYamlDescriptor"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.ID == "" {
		w.ID = w.OldID
	}
	*b = Build{
		ID: w.ID, Status: w.Status, Created: time.Time(w.Created), Started: time.Time(w.Started),
		Finished: time.Time(w.Finished), Updated: time.Time(w.Updated), ProgressID: w.Progress,
		PipelineID: w.Service, PipelineName: w.Pipeline, RepoOwner: w.Owner, RepoName: w.Repo,
		Branch: w.Branch, Revision: w.Revision, TriggerID: w.TriggerID, TriggerName: w.TriggerName,
		Webhook: w.Webhook, YAML: w.YAML,
	}
	return nil
}

var approvalStep = regexp.MustCompile(`(?m)^\s*(?:-\s*)?["']?type["']?\s*:\s*["']?pending-approval["']?\s*(?:#.*)?$`)

// Approvals counts the steps of the build that wait for an approval, by its
// YAML; -1 where the service does not tell the YAML.
func (b Build) Approvals() int {
	if b.YAML == "" {
		return -1
	}
	return len(approvalStep.FindAllStringIndex(b.YAML, -1))
}

// stamp is a time as the service writes it, "" and null being no time.
type stamp time.Time

// UnmarshalJSON reads RFC 3339 and milliseconds since 1970; what is neither is
// no time, because no call should fail for it.
func (s *stamp) UnmarshalJSON(data []byte) error {
	*s = stamp{}
	if len(data) > 2 && data[0] == '"' {
		if t, err := time.Parse(time.RFC3339, string(data[1:len(data)-1])); err == nil {
			*s = stamp(t)
		}
		return nil
	}
	var ms int64
	if json.Unmarshal(data, &ms) == nil && ms > 0 {
		*s = stamp(time.UnixMilli(ms).UTC())
	}
	return nil
}

// Get reads one build.
func (s *BuildService) Get(ctx context.Context, id string, opts ...CallOption) (Build, error) {
	const op = "Builds.Get"
	if err := checkID(op, "build id", id); err != nil {
		return Build{}, err
	}
	var b Build
	err := s.c.get(ctx, op, url.Values{"noAccount": {"false"}}, &b, opts, "builds", id)
	return b, err
}

// Rebuild starts a build again and returns the id of the new one. It is not
// repeated after a fault that leaves open whether a build was started; that is
// ErrAmbiguous.
func (s *BuildService) Rebuild(ctx context.Context, id string, opts ...CallOption) (string, error) {
	const op = "Builds.Rebuild"
	if err := checkID(op, "build id", id); err != nil {
		return "", err
	}
	var started startedBuild
	err := s.c.send(ctx, op, http.MethodGet, rest.Act, nil, nil, &started, opts, "builds", "rebuild", id)
	return string(started), err
}

// Terminate ends a build and returns it as it was before. One that has ended, or
// is ending, is left as it is. The service ends builds by their progress; one
// that has none yet cannot be ended, which is an error that is ErrConflict.
func (s *BuildService) Terminate(ctx context.Context, id string, opts ...CallOption) (Build, error) {
	const op = "Builds.Terminate"
	b, err := s.Get(ctx, id, opts...)
	if err != nil || b.Status.Ended() || b.Status == StatusTerminating {
		return b, err
	}
	if b.ProgressID == "" {
		return b, errNoProgress(op, id)
	}
	if err := checkID(op, "progress id", b.ProgressID); err != nil {
		return b, err
	}
	err = s.c.send(ctx, op, http.MethodDelete, rest.Idempotent, nil, nil, nil, opts, "progress", b.ProgressID)
	return b, err
}
