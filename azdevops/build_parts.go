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
	"strings"
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
	return allPages[BuildChange](ctx, s.c, request{op: op, project: true, path: buildPath(id, "changes"), query: url.Values{"$top": {"200"}}}, opts)
}

// allPages yields a list whose pages are told apart by a token in a header.
func allPages[T any](ctx context.Context, c *Client, q request, opts []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]T, string, error) {
			page, err := readPages[T](ctx, c, q, Cursor(cursor), opts)
			return page.Items, string(page.Next), err
		})(yield)
	}
}

// maxRefs is how many references to work items one call reads; the lists that
// give them have no second page.
const maxRefs = 1000

// WorkItems reads the ids of the work items that belong to a build by its
// commits. More than 999 are ErrTooMany, for nobody can tell whether that is all.
func (s *BuildService) WorkItems(ctx context.Context, id int, opts ...CallOption) ([]int, error) {
	const op = "Builds.WorkItems"
	if err := checkID(op, "build id", id); err != nil {
		return nil, err
	}
	return s.workItems(ctx, request{op: op, path: buildPath(id, "workitems"), query: url.Values{}}, opts)
}

// WorkItemsBetween reads the ids of the work items that a build has and an
// earlier one of the same definition has not: what a deployment brings when the
// earlier one is what runs now. It is limited as WorkItems is.
func (s *BuildService) WorkItemsBetween(ctx context.Context, from, to int, opts ...CallOption) ([]int, error) {
	const op = "Builds.WorkItemsBetween"
	if err := errors.Join(checkID(op, "earlier build id", from), checkID(op, "build id", to)); err != nil {
		return nil, err
	}
	return s.workItems(ctx, request{
		op: op, path: []string{"_apis", "build", "workitems"}, query: url.Values{"fromBuildId": {strconv.Itoa(from)}, "toBuildId": {strconv.Itoa(to)}},
	}, opts)
}

func (s *BuildService) workItems(ctx context.Context, q request, opts []CallOption) ([]int, error) {
	q.project = true
	q.query.Set("$top", strconv.Itoa(maxRefs))
	refs, err := readList[struct {
		ID anyID `json:"id"`
	}](ctx, s.c, q, opts)
	if err != nil {
		return nil, err
	}
	if len(refs) >= maxRefs {
		return nil, fmt.Errorf("azdevops: %s: %d work items and perhaps more: %w", q.op, len(refs), ErrTooMany)
	}
	ids := make([]int, len(refs))
	for i, ref := range refs {
		ids[i] = int(ref.ID)
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
	err := s.c.do(ctx, request{op: op, project: true, path: buildPath(id, "timeline"), result: &answer, empty: true}, opts)
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
	stream, err := s.c.core.Stream(ctx, call, isPage)
	if err != nil {
		return nil, err
	}
	return stream.Body, nil
}

// isPage tells a page, a sign-in form mostly, from a log.
func isPage(status int, header http.Header) bool {
	return status == http.StatusNonAuthoritativeInfo || strings.HasPrefix(header.Get("Content-Type"), "text/html")
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
		if err := checkTag(op, tag); err != nil {
			return nil, err
		}
	}
	if len(tags) == 0 {
		return nil, fmt.Errorf("azdevops: %s: no tag is named", op)
	}
	return readList[string](ctx, s.c, request{op: op, method: http.MethodPost, kind: rest.Idempotent, project: true, path: buildPath(id, "tags"), body: tags}, opts)
}

// checkTag refuses tags that lists of tags cannot hold.
func checkTag(op, tag string) error {
	if strings.Contains(tag, ",") {
		return fmt.Errorf("azdevops: %s: the tag %q holds a comma, which parts tags", op, tag)
	}
	return checkName(op, "tag", tag)
}

// RemoveTag takes a tag from a build and returns those that are left.
func (s *BuildService) RemoveTag(ctx context.Context, id int, tag string, opts ...CallOption) ([]string, error) {
	const op = "Builds.RemoveTag"
	if err := errors.Join(checkID(op, "build id", id), checkTag(op, tag)); err != nil {
		return nil, err
	}
	return readList[string](ctx, s.c, request{op: op, method: http.MethodDelete, kind: rest.Idempotent, project: true, path: buildPath(id, "tags", tag)}, opts)
}
