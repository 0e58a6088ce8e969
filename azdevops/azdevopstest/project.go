package azdevopstest

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// project is a project with its process.
type project struct {
	Project
	id string
}

func (s *Server) addProject(p Project) error {
	switch {
	case p.Name == "" || strings.ContainsAny(p.Name, `/\`):
		return errors.New("the name is empty or holds a slash")
	case s.projectOf(p.Name) != nil:
		return fmt.Errorf("there is a project %q already", p.Name)
	}
	if p.Process == "" {
		p.Process = "Agile"
	}
	if processes()[p.Process] == nil {
		return fmt.Errorf("there is no process %q; use Agile, Basic, Scrum or CMMI", p.Process)
	}
	s.projects = append(s.projects, &project{Project: p, id: guidOf("project " + strings.ToLower(p.Name))})
	return nil
}

// projectOf finds a project by name or id.
func (s *Server) projectOf(name string) *project {
	for _, p := range s.projects {
		if strings.EqualFold(p.Name, name) || strings.EqualFold(p.id, name) {
			return p
		}
	}
	return nil
}

func (p *project) render(base string) map[string]any {
	return map[string]any{
		"id": p.id, "name": p.Name, "description": "", "state": "wellFormed", "revision": 1, "visibility": "private",
		"url": base + "/_apis/projects/" + p.id,
	}
}

func coreRoutes() []route {
	return []route{
		{"GET", "projects", false, false, (*Server).listProjects},
		{"GET", "projects *", false, false, (*Server).getProject},
	}
}

func (s *Server) listProjects(q *request) answer {
	top, err := strconv.Atoi(q.query.Get("$top"))
	if err != nil || top <= 0 {
		top = 100
	}
	from, err := strconv.Atoi(q.query.Get("continuationToken"))
	if err != nil {
		from, err = strconv.Atoi(q.query.Get("$skip"))
	}
	if err != nil || from < 0 {
		from = 0
	}
	sorted := slices.SortedFunc(slices.Values(s.projects), func(a, b *project) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	from = min(from, len(sorted))
	end := min(from+top, len(sorted))
	values := make([]map[string]any, 0, end-from)
	for _, p := range sorted[from:end] {
		values = append(values, p.render(q.base))
	}
	a := list(values)
	if end < len(sorted) {
		a.header = http.Header{"X-Ms-Continuationtoken": {strconv.Itoa(end)}}
	}
	return a
}

func (s *Server) getProject(q *request) answer {
	p := s.projectOf(q.args[0])
	if p == nil {
		return refuse(http.StatusNotFound, "ProjectDoesNotExistWithNameException", "TF200016: The following project does not exist: "+q.args[0]+". Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.")
	}
	return ok(p.render(q.base))
}
