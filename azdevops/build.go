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

// BuildService is about builds: runs of pipelines, of whatever kind.
type BuildService struct{ c *Client }

// BuildStatus is how far a build is.
type BuildStatus string

// The states of builds.
const (
	BuildNotStarted BuildStatus = "notStarted"
	BuildInProgress BuildStatus = "inProgress"
	BuildCancelling BuildStatus = "cancelling"
	BuildPostponed  BuildStatus = "postponed"
	BuildCompleted  BuildStatus = "completed"
)

// BuildResult is how a build ended.
type BuildResult string

// The results of builds; a build that has not ended has none.
const (
	BuildSucceeded          BuildResult = "succeeded"
	BuildPartiallySucceeded BuildResult = "partiallySucceeded"
	BuildFailed             BuildResult = "failed"
	BuildCanceled           BuildResult = "canceled"
)

// Build is a run of a pipeline; its id is the run's too. Times that the service
// does not give are zero.
type Build struct {
	ID           int
	Number       string
	Status       BuildStatus
	Result       BuildResult
	Reason       string // "manual", "individualCI", "schedule", "pullRequest", ...
	DefinitionID int
	Definition   string
	Branch       string // "refs/heads/main"
	Version      string // of the commit
	RequestedFor Identity
	Tags         []string
	Queued       time.Time
	Started      time.Time
	Finished     time.Time
	URL          string // of the page
}

// UnmarshalJSON reads a build as the API gives it.
func (b *Build) UnmarshalJSON(data []byte) error {
	var w struct {
		ID         int         `json:"id"`
		Number     string      `json:"buildNumber"`
		Status     BuildStatus `json:"status"`
		Result     BuildResult `json:"result"`
		Reason     string      `json:"reason"`
		Definition struct {
			ID   int    `json:"id"`
			Name string `json:"name"`
		} `json:"definition"`
		Branch   string   `json:"sourceBranch"`
		Version  string   `json:"sourceVersion"`
		For      Identity `json:"requestedFor"`
		Tags     []string `json:"tags"`
		Queued   stamp    `json:"queueTime"`
		Started  stamp    `json:"startTime"`
		Finished stamp    `json:"finishTime"`
		Links    struct {
			Web struct {
				Href string `json:"href"`
			} `json:"web"`
		} `json:"_links"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*b = Build{
		ID: w.ID, Number: w.Number, Status: w.Status, Result: w.Result, Reason: w.Reason, DefinitionID: w.Definition.ID,
		Definition: w.Definition.Name, Branch: w.Branch, Version: w.Version, RequestedFor: w.For, Tags: w.Tags,
		Queued: time.Time(w.Queued), Started: time.Time(w.Started), Finished: time.Time(w.Finished), URL: w.Links.Web.Href,
	}
	return nil
}

// BuildQuery selects builds, the newest first; the zero value selects all of the
// client's project.
type BuildQuery struct {
	Definitions []int
	Number      string // a * at its end stands for any ending
	IDs         []int
	Branch      string // "refs/heads/main"
	Status      BuildStatus
	Result      BuildResult
	Tags        []string // all of them
	// From and To bound the time at which builds were queued.
	From, To time.Time
	PageSize int // 0 means 200
	After    Cursor
	Prefetch bool
}

func (q BuildQuery) values(op string) (url.Values, error) {
	v := url.Values{"queryOrder": {"queueTimeDescending"}}
	for _, id := range q.Definitions {
		if err := checkID(op, "definition id", id); err != nil {
			return nil, err
		}
	}
	for _, id := range q.IDs {
		if err := checkID(op, "build id", id); err != nil {
			return nil, err
		}
	}
	for _, tag := range q.Tags {
		if err := checkTag(op, tag); err != nil {
			return nil, err
		}
	}
	for name, ids := range map[string][]int{"definitions": q.Definitions, "buildIds": q.IDs} {
		if len(ids) > 0 {
			v.Set(name, joinInts(ids))
		}
	}
	for name, value := range map[string]string{
		"buildNumber": q.Number, "branchName": q.Branch, "statusFilter": string(q.Status), "resultFilter": string(q.Result),
		"tagFilters": strings.Join(q.Tags, ","),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return nil, fmt.Errorf("azdevops: %s: BuildQuery.To is before From", op)
	}
	for name, t := range map[string]time.Time{"minTime": q.From, "maxTime": q.To} {
		if !t.IsZero() {
			v.Set(name, t.UTC().Format(time.RFC3339Nano))
		}
	}
	size := q.PageSize
	if size == 0 {
		size = 200
	}
	if size < 0 || size > 5000 {
		return nil, fmt.Errorf("azdevops: %s: BuildQuery.PageSize is %d; use 1 to 5000, or 0 for 200", op, q.PageSize)
	}
	v.Set("$top", strconv.Itoa(size))
	return v, nil
}

func joinInts(list []int) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ",")
}

// List reads one page.
func (s *BuildService) List(ctx context.Context, q BuildQuery, opts ...CallOption) (Page[Build], error) {
	const op = "Builds.List"
	values, err := q.values(op)
	if err != nil {
		return Page[Build]{}, err
	}
	return readPages[Build](ctx, s.c, request{op: op, project: true, path: []string{"_apis", "build", "builds"}, query: values}, q.After, opts)
}

// All reads all pages.
func (s *BuildService) All(ctx context.Context, q BuildQuery, opts ...CallOption) iter.Seq2[Build, error] {
	const op = "Builds.All"
	values, err := q.values(op)
	if err != nil {
		return failedSeq[Build](err)
	}
	return func(yield func(Build, error) bool) {
		rest.All(ctx, q.Prefetch, string(q.After), func(ctx context.Context, cursor string) ([]Build, string, error) {
			page, err := readPages[Build](ctx, s.c, request{op: op, project: true, path: []string{"_apis", "build", "builds"}, query: values}, Cursor(cursor), opts)
			return page.Items, string(page.Next), err
		})(yield)
	}
}

func buildPath(id int, more ...string) []string {
	return append([]string{"_apis", "build", "builds", strconv.Itoa(id)}, more...)
}

// Get reads one build.
func (s *BuildService) Get(ctx context.Context, id int, opts ...CallOption) (Build, error) {
	const op = "Builds.Get"
	if err := checkID(op, "build id", id); err != nil {
		return Build{}, err
	}
	var b Build
	err := s.c.do(ctx, request{op: op, project: true, path: buildPath(id), result: &b, check: b.is(&id)}, opts)
	return b, err
}

// is checks that an answer is about the build that was asked for, or about any,
// with nil.
func (b *Build) is(id *int) func() error {
	return func() error {
		if b.ID <= 0 || id != nil && b.ID != *id {
			return fmt.Errorf("the answer is about build %d", b.ID)
		}
		return nil
	}
}

// QueueBuild says what to build.
type QueueBuild struct {
	Definition int
	Branch     string // "refs/heads/main"; empty means the definition's
	Version    string // of a commit
	// Parameters are those of a YAML pipeline.
	Parameters map[string]string
	// Variables are those of the definition that may be set when it is queued.
	Variables map[string]string
}

// Queue starts a build. It is not repeated after a fault that leaves open
// whether it was started, which is ErrAmbiguous.
func (s *BuildService) Queue(ctx context.Context, q QueueBuild, opts ...CallOption) (Build, error) {
	const op = "Builds.Queue"
	if err := checkID(op, "definition id", q.Definition); err != nil {
		return Build{}, err
	}
	body := map[string]any{"definition": map[string]int{"id": q.Definition}}
	if q.Branch != "" {
		body["sourceBranch"] = q.Branch
	}
	if q.Version != "" {
		body["sourceVersion"] = q.Version
	}
	if len(q.Parameters) > 0 {
		body["templateParameters"] = q.Parameters
	}
	if len(q.Variables) > 0 {
		// The API has them as a JSON document inside a string.
		text, err := json.Marshal(q.Variables)
		if err != nil {
			return Build{}, fmt.Errorf("azdevops: %s: %w", op, err)
		}
		body["parameters"] = string(text)
	}
	var b Build
	err := s.c.do(ctx, request{op: op, method: http.MethodPost, kind: rest.Append, project: true, path: []string{"_apis", "build", "builds"}, body: body, result: &b, check: b.is(nil)}, opts)
	return b, err
}

// Cancel asks a build to end. One that has ended stays as it is, also when it
// ends in that moment.
func (s *BuildService) Cancel(ctx context.Context, id int, opts ...CallOption) (Build, error) {
	const op = "Builds.Cancel"
	before, err := s.Get(ctx, id, opts...)
	if err != nil || before.Status == BuildCompleted || before.Status == BuildCancelling {
		return before, err
	}
	var b Build
	err = s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Idempotent, project: true, path: buildPath(id),
		body: map[string]string{"status": string(BuildCancelling)}, result: &b, check: b.is(&id),
	}, opts)
	if errors.Is(err, ErrInvalid) || errors.Is(err, ErrConflict) {
		if now, again := s.Get(ctx, id, opts...); again == nil && now.Status == BuildCompleted {
			return now, nil
		}
	}
	if err != nil {
		return before, err
	}
	return b, nil
}

// Retry runs the stages of a build again that did not succeed. Like Queue it is
// not repeated when its outcome is open.
func (s *BuildService) Retry(ctx context.Context, id int, opts ...CallOption) (Build, error) {
	const op = "Builds.Retry"
	if err := checkID(op, "build id", id); err != nil {
		return Build{}, err
	}
	var b Build
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, project: true, path: buildPath(id), query: url.Values{"retry": {"true"}},
		body: struct{}{}, result: &b, check: b.is(&id),
	}, opts)
	return b, err
}

// RetryStage runs a stage of a build again that did not succeed, by its name in
// the pipeline, and those behind it that were skipped.
func (s *BuildService) RetryStage(ctx context.Context, id int, stage string, opts ...CallOption) error {
	const op = "Builds.RetryStage"
	if err := errors.Join(checkID(op, "build id", id), checkName(op, "stage", stage)); err != nil {
		return err
	}
	return s.c.do(ctx, request{
		op: op, method: http.MethodPatch, kind: rest.Append, project: true, path: buildPath(id, "stages", stage),
		body: map[string]any{"state": "retry", "forceRetryAllJobs": false},
	}, opts)
}

// Definition is a build definition; of a YAML pipeline the id is the pipeline's.
type Definition struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Path     string `json:"path"` // `\` for the top
	Revision int    `json:"revision"`
	Type     string `json:"type"`        // "build", or "xaml" for the oldest kind
	Queue    string `json:"queueStatus"` // "enabled", "paused", "disabled"
}

// Definitions yields the build definitions of the client's project, or those with
// a name: a * at its end stands for any ending, "" for all.
func (s *BuildService) Definitions(ctx context.Context, name string, opts ...CallOption) iter.Seq2[Definition, error] {
	query := url.Values{"$top": {"1000"}, "queryOrder": {"definitionNameAscending"}}
	if name != "" {
		query.Set("name", name)
	}
	return allPages[Definition](ctx, s.c, request{op: "Builds.Definitions", project: true, path: []string{"_apis", "build", "definitions"}, query: query}, opts)
}

// Wait reads a build until it has ended. A build that failed is no error; a
// waiting that took too long is ErrStillWaiting.
func (s *BuildService) Wait(ctx context.Context, id int, p Poll, opts ...CallOption) (Build, error) {
	const op = "Builds.Wait"
	p, err := p.resolve()
	if err != nil {
		return Build{}, fmt.Errorf("azdevops: %s: %w", op, err)
	}
	var b Build
	err = p.run(ctx, func(ctx context.Context) (bool, error) {
		now, err := s.Get(ctx, id, opts...)
		if err == nil {
			b = now
		}
		return b.Status == BuildCompleted, err
	})
	if errors.Is(err, ErrStillWaiting) {
		err = fmt.Errorf("azdevops: %s: build %d is %q: %w", op, id, string(b.Status), err)
	}
	return b, err
}
