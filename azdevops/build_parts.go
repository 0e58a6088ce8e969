package azdevops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// BuildChange is a commit in a build.
type BuildChange struct {
	ID      string `json:"id"` // of the commit
	Message string `json:"message"`
	Type    string `json:"type"` // "TfsGit", "GitHub", ...
	Author  Identity
	Time    time.Time
	URL     string `json:"location"`
}

// UnmarshalJSON reads a commit as the API gives it.
func (b *BuildChange) UnmarshalJSON(data []byte) error {
	var w struct {
		ID      string   `json:"id"`
		Message string   `json:"message"`
		Type    string   `json:"type"`
		Author  Identity `json:"author"`
		Time    stamp    `json:"timestamp"`
		URL     string   `json:"location"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*b = BuildChange{ID: w.ID, Message: w.Message, Type: w.Type, Author: w.Author, Time: time.Time(w.Time), URL: w.URL}
	return nil
}

// Changes yields the commits that a build has and the one before it has not.
func (s *BuildService) Changes(ctx context.Context, id int, opts ...CallOption) iter.Seq2[BuildChange, error] {
	const op = "Builds.Changes"
	if err := checkID(op, "build id", id); err != nil {
		return failedSeq[BuildChange](err)
	}
	return func(yield func(BuildChange, error) bool) {
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]BuildChange, string, error) {
			page, err := readPages[BuildChange](ctx, s.c, request{op: op, project: true, path: buildPath(id, "changes"), query: url.Values{"$top": {"200"}}}, Cursor(cursor), opts)
			return page.Items, string(page.Next), err
		})(yield)
	}
}

// WorkItems reads the ids of the work items that belong to a build by its
// commits.
func (s *BuildService) WorkItems(ctx context.Context, id int, opts ...CallOption) ([]int, error) {
	const op = "Builds.WorkItems"
	if err := checkID(op, "build id", id); err != nil {
		return nil, err
	}
	refs, err := readList[struct {
		ID string `json:"id"`
	}](ctx, s.c, request{op: op, project: true, path: buildPath(id, "workitems"), query: url.Values{"$top": {"1000"}}}, opts)
	if err != nil {
		return nil, err
	}
	ids := make([]int, 0, len(refs))
	for _, ref := range refs {
		n, err := strconv.Atoi(ref.ID)
		if err != nil {
			return nil, fmt.Errorf("azdevops: %s: the service names a work item %q: %w", op, ref.ID, ErrTruncated)
		}
		ids = append(ids, n)
	}
	return ids, nil
}

// TimelineRecord is a stage, job or task of a run.
type TimelineRecord struct {
	ID       string
	ParentID string
	Type     string // "Stage", "Phase", "Job", "Task", "Checkpoint", ...
	Name     string
	State    RecordState
	Result   RecordResult
	LogID    int // 0 for none
	Attempt  int
	Order    int
	Started  time.Time
	Finished time.Time
}

// UnmarshalJSON reads a record as the API gives it.
func (r *TimelineRecord) UnmarshalJSON(data []byte) error {
	var w struct {
		ID       string       `json:"id"`
		Parent   string       `json:"parentId"`
		Type     string       `json:"type"`
		Name     string       `json:"name"`
		State    RecordState  `json:"state"`
		Result   RecordResult `json:"result"`
		Attempt  int          `json:"attempt"`
		Order    int          `json:"order"`
		Started  stamp        `json:"startTime"`
		Finished stamp        `json:"finishTime"`
		Log      struct {
			ID int `json:"id"`
		} `json:"log"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = TimelineRecord{
		ID: w.ID, ParentID: w.Parent, Type: w.Type, Name: w.Name, State: w.State, Result: w.Result, LogID: w.Log.ID,
		Attempt: w.Attempt, Order: w.Order, Started: time.Time(w.Started), Finished: time.Time(w.Finished),
	}
	return nil
}

// Timeline reads the parts of a run. A build that has not begun has none.
func (s *BuildService) Timeline(ctx context.Context, id int, opts ...CallOption) ([]TimelineRecord, error) {
	const op = "Builds.Timeline"
	if err := checkID(op, "build id", id); err != nil {
		return nil, err
	}
	var answer struct {
		Records []TimelineRecord `json:"records"`
	}
	err := s.c.do(ctx, request{op: op, project: true, path: buildPath(id, "timeline"), result: &answer}, opts)
	return answer.Records, err
}

// Log streams the log of a part of a run, by the LogID of its record. The caller
// closes it; a log that was cut ends in ErrTruncated, not in io.EOF.
func (s *BuildService) Log(ctx context.Context, id, log int, opts ...CallOption) (io.ReadCloser, error) {
	const op = "Builds.Log"
	if err := errors.Join(checkID(op, "build id", id), checkID(op, "log id", log)); err != nil {
		return nil, err
	}
	q := request{op: op, project: true, path: buildPath(id, "logs", strconv.Itoa(log))}
	call, err := s.c.call(q)
	if err != nil {
		return nil, err
	}
	call.Header.Set("Accept", "text/plain")
	rest.Apply(call, opts...)
	stream, err := s.c.core.Stream(ctx, call, nil)
	if err != nil {
		return nil, err
	}
	return stream.Body, nil
}

// Artifact is what a build has published.
type Artifact struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Resource struct {
		Type        string `json:"type"` // "Container", "PipelineArtifact", ...
		URL         string `json:"url"`
		DownloadURL string `json:"downloadUrl"`
	} `json:"resource"`
}

// Artifacts reads what a build has published.
func (s *BuildService) Artifacts(ctx context.Context, id int, opts ...CallOption) ([]Artifact, error) {
	const op = "Builds.Artifacts"
	if err := checkID(op, "build id", id); err != nil {
		return nil, err
	}
	return readList[Artifact](ctx, s.c, request{op: op, project: true, path: buildPath(id, "artifacts")}, opts)
}

// AddTags gives a build tags and returns all that it has then.
func (s *BuildService) AddTags(ctx context.Context, id int, tags []string, opts ...CallOption) ([]string, error) {
	const op = "Builds.AddTags"
	if err := checkID(op, "build id", id); err != nil {
		return nil, err
	}
	for _, tag := range tags {
		if err := checkName(op, "tag", tag); err != nil {
			return nil, err
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("azdevops: %s: no tag is named", op)
	}
	return readList[string](ctx, s.c, request{op: op, method: http.MethodPost, kind: rest.Idempotent, project: true, path: buildPath(id, "tags"), body: tags}, opts)
}

// RemoveTag takes a tag from a build and returns those that are left.
func (s *BuildService) RemoveTag(ctx context.Context, id int, tag string, opts ...CallOption) ([]string, error) {
	const op = "Builds.RemoveTag"
	if err := errors.Join(checkID(op, "build id", id), checkName(op, "tag", tag)); err != nil {
		return nil, err
	}
	return readList[string](ctx, s.c, request{op: op, method: http.MethodDelete, kind: rest.Idempotent, project: true, path: buildPath(id, "tags", tag)}, opts)
}
