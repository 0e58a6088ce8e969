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

// PipelineService is about YAML pipelines and their runs.
type PipelineService struct{ c *Client }

// Pipeline is a pipeline.
type Pipeline struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Folder   string `json:"folder"` // "\" for the top
	Revision int    `json:"revision"`
}

// RunState is how far a run is.
type RunState string

// The states of runs.
const (
	RunInProgress RunState = "inProgress"
	RunCanceling  RunState = "canceling"
	RunCompleted  RunState = "completed"
)

// Run is a run of a pipeline; its id is the build's too.
type Run struct {
	ID       int
	Name     string // the number of the build
	State    RunState
	Result   string // "succeeded", "failed", "canceled"; "" while it runs
	Pipeline Pipeline
	Created  time.Time
	Finished time.Time
	URL      string // of the page
}

// UnmarshalJSON reads a run as the API gives it.
func (r *Run) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       int      `json:"id"`
		Name     string   `json:"name"`
		State    RunState `json:"state"`
		Result   string   `json:"result"`
		Pipeline Pipeline `json:"pipeline"`
		Created  stamp    `json:"createdDate"`
		Finished stamp    `json:"finishedDate"`
		Links    struct {
			Web struct {
				Href string `json:"href"`
			} `json:"web"`
		} `json:"_links"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Run{
		ID: w.ID, Name: w.Name, State: w.State, Result: w.Result, Pipeline: w.Pipeline,
		Created: time.Time(w.Created), Finished: time.Time(w.Finished), URL: w.Links.Web.Href,
	}
	return nil
}

// All yields the pipelines of the client's project.
func (s *PipelineService) All(ctx context.Context, opts ...CallOption) iter.Seq2[Pipeline, error] {
	return allPages[Pipeline](ctx, s.c, request{op: "Pipelines.All", project: true, path: []string{"_apis", "pipelines"}, query: url.Values{"$top": {"200"}}}, opts)
}

// StartRun says how to run a pipeline. The zero value runs it as it is.
type StartRun struct {
	Branch     string // of its own repository, "refs/heads/main"
	Version    string // of a commit of that branch; empty means the newest
	Parameters map[string]string
	Variables  map[string]RunVariable
	Skip       []string // names of stages
}

// RunVariable is the value of a variable of a run.
type RunVariable struct {
	Value  string `json:"value"`
	Secret bool   `json:"isSecret,omitempty"`
}

// Run starts a pipeline. It is not repeated after a fault that leaves open
// whether it was started, which is ErrAmbiguous.
func (s *PipelineService) Run(ctx context.Context, pipeline int, r StartRun, opts ...CallOption) (Run, error) {
	const op = "Pipelines.Run"
	if err := checkID(op, "pipeline id", pipeline); err != nil {
		return Run{}, err
	}
	body := map[string]any{}
	self := map[string]string{}
	if r.Branch != "" {
		self["refName"] = r.Branch
	}
	if r.Version != "" {
		self["version"] = r.Version
	}
	if len(self) > 0 {
		body["resources"] = map[string]any{"repositories": map[string]any{"self": self}}
	}
	if len(r.Parameters) > 0 {
		body["templateParameters"] = r.Parameters
	}
	if len(r.Variables) > 0 {
		body["variables"] = r.Variables
	}
	if len(r.Skip) > 0 {
		body["stagesToSkip"] = r.Skip
	}
	var run Run
	err := s.c.do(ctx, request{op: op, method: http.MethodPost, kind: rest.Append, project: true, path: runsPath(pipeline), body: body, result: &run, check: run.is(nil)}, opts)
	return run, err
}

func runsPath(pipeline int, more ...string) []string {
	return append([]string{"_apis", "pipelines", strconv.Itoa(pipeline), "runs"}, more...)
}

// GetRun reads one run.
func (s *PipelineService) GetRun(ctx context.Context, pipeline, run int, opts ...CallOption) (Run, error) {
	const op = "Pipelines.GetRun"
	if err := errors.Join(checkID(op, "pipeline id", pipeline), checkID(op, "run id", run)); err != nil {
		return Run{}, err
	}
	var r Run
	err := s.c.do(ctx, request{op: op, project: true, path: runsPath(pipeline, strconv.Itoa(run)), result: &r, check: r.is(&run)}, opts)
	return r, err
}

// is checks that an answer is about the run that was asked for, or about any,
// with nil.
func (r *Run) is(id *int) func() error {
	return func() error {
		if r.ID <= 0 || id != nil && r.ID != *id {
			return fmt.Errorf("the answer is about run %d", r.ID)
		}
		return nil
	}
}

// Runs reads the runs of a pipeline, the newest first; the service gives the
// last 10,000 and does not page.
func (s *PipelineService) Runs(ctx context.Context, pipeline int, opts ...CallOption) ([]Run, error) {
	const op = "Pipelines.Runs"
	if err := checkID(op, "pipeline id", pipeline); err != nil {
		return nil, err
	}
	return readList[Run](ctx, s.c, request{op: op, project: true, path: runsPath(pipeline)}, opts)
}

// WaitRun reads a run until it has completed. A run that failed is no error; a
// waiting that took too long is ErrStillWaiting.
func (s *PipelineService) WaitRun(ctx context.Context, pipeline, run int, p Poll, opts ...CallOption) (Run, error) {
	const op = "Pipelines.WaitRun"
	p, err := p.resolve()
	if err != nil {
		return Run{}, fmt.Errorf("azdevops: %s: %w", op, err)
	}
	var r Run
	err = p.run(ctx, func(ctx context.Context) (bool, error) {
		now, err := s.GetRun(ctx, pipeline, run, opts...)
		if err == nil {
			r = now
		}
		return r.State == RunCompleted, err
	})
	if errors.Is(err, ErrStillWaiting) {
		err = fmt.Errorf("azdevops: %s: run %d is %q: %w", op, run, string(r.State), err)
	}
	return r, err
}
