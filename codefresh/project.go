package codefresh

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ProjectService is about projects, which group pipelines.
type ProjectService struct{ c *Client }

// Project groups pipelines.
type Project struct {
	ID        string     `json:"id"`
	Name      string     `json:"projectName"`
	Tags      []string   `json:"tags"`
	Variables []Variable `json:"variables"`
}

// All reads all projects. They are counted by rows, as pipelines are.
func (s *ProjectService) All(ctx context.Context, opts ...CallOption) iter.Seq2[Project, error] {
	const op = "Projects.All"
	return func(yield func(Project, error) bool) {
		seen := map[string]struct{}{}
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]Project, string, error) {
			offset, err := parseOffset(op, Cursor(cursor))
			if err != nil {
				return nil, "", err
			}
			var answer struct {
				Projects []Project `json:"projects"`
			}
			query := url.Values{"limit": {strconv.Itoa(maxPage)}, "offset": {strconv.Itoa(offset)}}
			if err := s.c.get(ctx, op, query, &answer, opts, "projects"); err != nil {
				return nil, "", err
			}
			read := len(answer.Projects)
			fresh := answer.Projects[:0]
			for _, p := range answer.Projects {
				if _, again := seen[p.ID]; !again {
					seen[p.ID] = struct{}{}
					fresh = append(fresh, p)
				}
			}
			// A page without anything new ends it, too: not every release pages.
			if read < maxPage || len(fresh) == 0 {
				return fresh, "", nil
			}
			return fresh, strconv.Itoa(offset + read), nil
		})(yield)
	}
}

// Get reads a project by its id.
func (s *ProjectService) Get(ctx context.Context, id string, opts ...CallOption) (Project, error) {
	const op = "Projects.Get"
	if err := checkID(op, "project id", id); err != nil {
		return Project{}, err
	}
	var p Project
	err := s.c.get(ctx, op, nil, &p, opts, "projects", id)
	return p, err
}

// ByName reads a project by its name.
func (s *ProjectService) ByName(ctx context.Context, name string, opts ...CallOption) (Project, error) {
	const op = "Projects.ByName"
	if err := checkName(op, "project name", name); err != nil {
		return Project{}, err
	}
	var p Project
	err := s.c.get(ctx, op, nil, &p, opts, "projects", "name", name)
	return p, err
}
