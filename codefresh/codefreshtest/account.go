package codefreshtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// user answers whom the key belongs to, at both addresses that tools ask.
func (s *Server) user(q *request) answer {
	return ok(map[string]any{
		"userName": q.key.User, "activeAccountName": s.account,
		"account": []any{map[string]any{"_id": projectID("account " + s.account), "name": s.account}},
	})
}

// projectID is the id of what has no id of its own here.
func projectID(name string) string {
	sum := sha256.Sum256([]byte("project " + name))
	return hex.EncodeToString(sum[:12])
}

// projects are the projects of the pipelines, by name.
func (s *Server) projects() []string {
	names := make([]string, 0, len(s.pipelines))
	for _, p := range s.pipelines {
		project, _, _ := strings.Cut(p.Name, "/")
		names = append(names, project)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func renderProject(name string) map[string]any {
	return map[string]any{"id": projectID(name), "projectName": name, "tags": []any{}, "variables": []any{}}
}

func (s *Server) listProjects(q *request) answer {
	limit, err := number(q.query.Get("limit"), 25)
	offset, err2 := number(q.query.Get("offset"), 0)
	if err != nil || err2 != nil || limit < 1 || offset < 0 {
		return invalid("limit and offset must be numbers")
	}
	names := s.projects()
	from := min(offset, len(names))
	found := []any{}
	for _, name := range names[from:min(from+limit, len(names))] {
		found = append(found, renderProject(name))
	}
	return ok(map[string]any{"limit": limit, "offset": offset, "total": len(names), "projects": found})
}

func (s *Server) projectByName(q *request) answer {
	if slices.Contains(s.projects(), q.parts[2]) {
		return ok(renderProject(q.parts[2]))
	}
	return notFound("Project " + q.parts[2])
}

func (s *Server) getProject(q *request) answer {
	for _, name := range s.projects() {
		if projectID(name) == q.parts[1] {
			return ok(renderProject(name))
		}
	}
	return notFound("Project " + q.parts[1])
}

func renderContext(name, kind, key, value string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "context", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"type": kind, "data": map[string]any{key: value}},
	}
}

// contexts are those of every account here: a shared configuration and a secret.
func contexts() map[string]any {
	return map[string]any{
		"shared": renderContext("shared", "config", "REGION", "eu"),
		"vault":  renderContext("vault", "secret", "PASSWORD", "*****"),
	}
}

func (s *Server) listContexts(*request) answer {
	all := contexts()
	return ok([]any{all["shared"], all["vault"]})
}

func (s *Server) getContext(q *request) answer {
	c, there := contexts()[q.parts[1]]
	if !there {
		return notFound("Context " + q.parts[1])
	}
	return ok(c)
}

// audit answers a log of the decisions.
func (s *Server) audit(*request) answer {
	lines := []string{"time,action,entity"}
	for _, b := range s.builds {
		b.move(s.Now())
		for _, d := range b.Decisions {
			lines = append(lines, fmt.Sprintf("%s,%s,%s", stamp(d.Time), d.Verdict, b.ID))
		}
	}
	return answer{status: http.StatusOK, raw: []byte(strings.Join(lines, "\n") + "\n"), header: http.Header{"Content-Type": {"text/csv"}}}
}
