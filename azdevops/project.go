package azdevops

import (
	"context"
	"iter"
	"net/url"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// ProjectService is about the organization's projects.
type ProjectService struct{ c *Client }

// Project is a project.
type Project struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	State       string `json:"state"` // "wellFormed" when it can be used
	Revision    int    `json:"revision"`
	Visibility  string `json:"visibility"` // "private" or "public"
}

// All reads all projects that the token may see.
func (s *ProjectService) All(ctx context.Context, opts ...CallOption) iter.Seq2[Project, error] {
	return func(yield func(Project, error) bool) {
		rest.All(ctx, false, "", func(ctx context.Context, cursor string) ([]Project, string, error) {
			query := url.Values{"$top": {strconv.Itoa(projectPage)}}
			if cursor != "" {
				query.Set("continuationToken", cursor)
			}
			var answer struct {
				Value []Project `json:"value"`
			}
			var meta Response
			err := s.c.do(ctx, request{op: "Projects.All", path: []string{"_apis", "projects"}, query: query, result: &answer}, append(slices.Clip(opts), Meta(&meta)))
			return answer.Value, string(continuation(meta)), err
		})(yield)
	}
}

const projectPage = 100

// Get reads one project, by name or id.
func (s *ProjectService) Get(ctx context.Context, project string, opts ...CallOption) (Project, error) {
	const op = "Projects.Get"
	if err := checkName(op, "project", project); err != nil {
		return Project{}, err
	}
	var p Project
	err := s.c.do(ctx, request{op: op, path: []string{"_apis", "projects", project}, result: &p}, opts)
	return p, err
}
