package codefresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// PipelineService is about pipelines: how to build.
type PipelineService struct{ c *Client }

// Pipeline is how to build, with its triggers and steps in Spec.
type Pipeline struct {
	Version  string           `json:"version,omitempty"` // "1.0"
	Kind     string           `json:"kind,omitempty"`    // "pipeline"
	Metadata PipelineMetadata `json:"metadata"`
	// Spec is kept as the service gives it, so that what this package does not
	// know survives a Replace.
	Spec json.RawMessage `json:"spec,omitempty"`
}

// PipelineMetadata is what a pipeline is called and belongs to. Members that
// this package does not know are kept and written back.
type PipelineMetadata struct {
	ID        string // 24 hexadecimal digits, made by the service
	Name      string // "project/pipeline"
	ProjectID string
	Project   string // its name
	Created   time.Time
	Updated   time.Time

	members map[string]json.RawMessage
}

// UnmarshalJSON reads the metadata.
func (m *PipelineMetadata) UnmarshalJSON(data []byte) error {
	var w struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		ProjectID string `json:"projectId"`
		Project   string `json:"project"`
		Created   stamp  `json:"created_at"`
		Updated   stamp  `json:"updated_at"`
	}
	var members map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(data, &w), json.Unmarshal(data, &members)); err != nil {
		return err
	}
	*m = PipelineMetadata{
		ID: w.ID, Name: w.Name, ProjectID: w.ProjectID, Project: w.Project,
		Created: time.Time(w.Created), Updated: time.Time(w.Updated), members: members,
	}
	return nil
}

// MarshalJSON writes the name, the ids that are set, and every member that was
// read and that this package does not know.
func (m PipelineMetadata) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for name, value := range m.members {
		out[name] = value
	}
	out["name"] = m.Name
	for name, value := range map[string]string{"id": m.ID, "projectId": m.ProjectID, "project": m.Project} {
		if value != "" {
			out[name] = value
		}
	}
	return json.Marshal(out)
}

// PipelineQuery selects pipelines; the zero value selects all.
type PipelineQuery struct {
	ID        string // or name, of one pipeline
	ProjectID string
	Labels    []string
	PageSize  int // 0 means 100
	After     Cursor
	Prefetch  bool
}

// List reads one page.
func (s *PipelineService) List(ctx context.Context, q PipelineQuery, opts ...CallOption) (Page[Pipeline], error) {
	const op = "Pipelines.List"
	values, err := q.values(op)
	if err != nil {
		return Page[Pipeline]{}, err
	}
	return s.page(ctx, op, values, q.After, opts)
}

// All reads all pages. Pages are counted by rows, so pipelines that are made or
// deleted meanwhile may shift others; none is delivered twice.
func (s *PipelineService) All(ctx context.Context, q PipelineQuery, opts ...CallOption) iter.Seq2[Pipeline, error] {
	const op = "Pipelines.All"
	values, err := q.values(op)
	if err != nil {
		return failedSeq[Pipeline](err)
	}
	return func(yield func(Pipeline, error) bool) {
		seen := map[string]struct{}{}
		rest.All(ctx, q.Prefetch, string(q.After), func(ctx context.Context, cursor string) ([]Pipeline, string, error) {
			page, err := s.page(ctx, op, values, Cursor(cursor), opts)
			fresh := page.Items[:0]
			for _, p := range page.Items {
				if _, again := seen[p.Metadata.ID]; !again {
					seen[p.Metadata.ID] = struct{}{}
					fresh = append(fresh, p)
				}
			}
			return fresh, string(page.Next), err
		})(yield)
	}
}

func (s *PipelineService) page(ctx context.Context, op string, values url.Values, at Cursor, opts []CallOption) (Page[Pipeline], error) {
	offset, err := parseOffset(op, at)
	if err != nil {
		return Page[Pipeline]{}, err
	}
	query := url.Values{"offset": {strconv.Itoa(offset)}}
	maps.Copy(query, values)
	var answer struct {
		Docs  []Pipeline `json:"docs"`
		Count *int       `json:"count"`
	}
	if err := s.c.get(ctx, op, query, &answer, opts, "pipelines"); err != nil {
		return Page[Pipeline]{}, err
	}
	page := Page[Pipeline]{Items: answer.Docs, Total: -1}
	size, _ := strconv.Atoi(query.Get("limit"))
	more := len(answer.Docs) >= size
	if answer.Count != nil {
		page.Total = *answer.Count
		more = len(answer.Docs) > 0 && offset+len(answer.Docs) < page.Total
	}
	if more {
		page.Next = Cursor(strconv.Itoa(offset + len(answer.Docs)))
	}
	return page, nil
}

func (q PipelineQuery) values(op string) (url.Values, error) {
	if q.PageSize == 0 {
		q.PageSize = maxPage
	}
	if q.PageSize < 0 {
		return nil, fmt.Errorf("codefresh: %s: PipelineQuery.PageSize is negative; use 0 for %d", op, maxPage)
	}
	v := url.Values{"limit": {strconv.Itoa(q.PageSize)}}
	if q.ID != "" {
		v.Set("id", q.ID)
	}
	if q.ProjectID != "" {
		v.Set("projectId", q.ProjectID)
	}
	for _, label := range q.Labels {
		v.Add("labels", label)
	}
	return v, nil
}

func parseOffset(op string, c Cursor) (int, error) {
	if c == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(string(c))
	if err != nil || n < 0 {
		return 0, fmt.Errorf("codefresh: %s: After: %q is no cursor of this list", op, string(c))
	}
	return n, nil
}

// Get reads one pipeline, by name or id.
func (s *PipelineService) Get(ctx context.Context, name string, opts ...CallOption) (Pipeline, error) {
	const op = "Pipelines.Get"
	if err := checkName(op, "pipeline name", name); err != nil {
		return Pipeline{}, err
	}
	var p Pipeline
	err := s.c.get(ctx, op, nil, &p, opts, "pipelines", name)
	return p, err
}

// Create makes a pipeline.
func (s *PipelineService) Create(ctx context.Context, p Pipeline, opts ...CallOption) (Pipeline, error) {
	const op = "Pipelines.Create"
	if err := checkName(op, "pipeline name", p.Metadata.Name); err != nil {
		return Pipeline{}, err
	}
	var made Pipeline
	err := s.c.send(ctx, op, http.MethodPost, rest.Append, nil, p.complete(), &made, opts, "pipelines")
	return made, err
}

// Replace writes a pipeline as a whole, found by name or id. Read it first and
// change what you read, so that nothing else is lost.
func (s *PipelineService) Replace(ctx context.Context, name string, p Pipeline, opts ...CallOption) (Pipeline, error) {
	const op = "Pipelines.Replace"
	if err := checkName(op, "pipeline name", name); err != nil {
		return Pipeline{}, err
	}
	if err := checkName(op, "pipeline name", p.Metadata.Name); err != nil {
		return Pipeline{}, err
	}
	var made Pipeline
	err := s.c.send(ctx, op, http.MethodPut, rest.Idempotent, nil, p.complete(), &made, opts, "pipelines", name)
	return made, err
}

// Delete deletes a pipeline, by name or id. One that is gone is ErrNotFound,
// unless this call's own first attempt may have deleted it.
func (s *PipelineService) Delete(ctx context.Context, name string, opts ...CallOption) error {
	const op = "Pipelines.Delete"
	if err := checkName(op, "pipeline name", name); err != nil {
		return err
	}
	return s.c.send(ctx, op, http.MethodDelete, rest.Idempotent, nil, nil, nil, opts, "pipelines", name)
}

// Names reads the names of all pipelines.
func (s *PipelineService) Names(ctx context.Context, opts ...CallOption) ([]string, error) {
	var list []pipelineName
	if err := s.c.get(ctx, "Pipelines.Names", nil, &list, opts, "pipelines", "names"); err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = string(n)
	}
	return names, nil
}

// pipelineName is a name, which a list gives bare or as {id, name}. Which of
// them is not documented.
type pipelineName string

// UnmarshalJSON reads both.
func (n *pipelineName) UnmarshalJSON(data []byte) error {
	var name string
	if json.Unmarshal(data, &name) != nil {
		var w struct {
			Name string `json:"name"`
		}
		if err := json.Unmarshal(data, &w); err != nil {
			return err
		}
		name = w.Name
	}
	*n = pipelineName(name)
	return nil
}

// complete puts in what every pipeline has.
func (p Pipeline) complete() Pipeline {
	if p.Version == "" {
		p.Version = "1.0"
	}
	if p.Kind == "" {
		p.Kind = "pipeline"
	}
	if len(p.Spec) == 0 {
		p.Spec = json.RawMessage("{}")
	}
	return p
}
