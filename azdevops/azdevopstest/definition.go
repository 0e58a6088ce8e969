package azdevopstest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Definition is a pipeline to begin with. Its id is its place among
// Options.Definitions, from 1; a build definition and a YAML pipeline are the
// same.
type Definition struct {
	// Project is the name of its project; empty means the first one.
	Project string
	Name    string
	// Folder is where it is; empty means `\`, the top.
	Folder string
	// Branch is built when a request names none; empty means "refs/heads/main".
	Branch string
	// Queue is how long a run waits for an agent.
	Queue time.Duration
	// Stages are the course of its runs, one after the other. Empty means one that
	// succeeds.
	Stages []Stage
	// Artifacts are the names of what a run that succeeded has published.
	Artifacts []string
}

// Stage is a part of a run's course.
type Stage struct {
	Name string // "Deploy"; empty means "Stage 1" and so on
	// For is how long it runs; 0 means ten seconds.
	For time.Duration
	// Result is how it ends: "succeeded", "succeededWithIssues", "failed",
	// "canceled" or "skipped"; empty means "succeeded". All stages behind one that
	// failed or was canceled are skipped.
	Result string
	// Log are the lines of its log.
	Log []string
	// Environment is where it deploys to. Approval and Checks, which have to pass
	// before the stage runs, belong to it.
	Environment string
	Approval    *Approval
	Checks      []Check
}

// Approval is what people have to say before a stage may run.
type Approval struct {
	// Approvers are the unique names of those who are asked; empty means
	// everybody, as one group.
	Approvers []string
	// Min is how many of them have to approve; 0 means all.
	Min int
	// Timeout is how long they have; 0 means 30 days. An approval that times out
	// has the stage skipped.
	Timeout time.Duration
	// Instructions are for the approvers.
	Instructions string
}

// Check is an "Invoke REST API" check with the completion event Callback: before
// the stage runs, Deliver calls URL with the headers of the task, and waits for
// the decision.
type Check struct {
	Name string // empty means "Invoke REST API"
	URL  string
	// Headers are sent beside those of the task.
	Headers map[string]string
	// Body is sent as it is.
	Body string
	// Timeout is how long the decision may take; 0 means a day. A check that times
	// out has the stage skipped.
	Timeout time.Duration
}

// definition is a pipeline with its project.
type definition struct {
	Definition
	id      int
	project *project
	lastDay string
	ofDay   int
	configs []checkConfig
}

// checkConfig is a check of an environment, or its approval.
type checkConfig struct {
	id          int
	stage       string
	environment string
	check       *Check
	approval    *Approval
}

func (s *Server) addDefinition(d Definition) error {
	p := s.projects[0]
	if d.Project != "" {
		p = s.projectOf(d.Project)
	}
	switch {
	case p == nil:
		return fmt.Errorf("there is no project %q", d.Project)
	case d.Name == "":
		return errors.New("the name is empty")
	case d.Queue < 0:
		return errors.New("field Queue is negative")
	case s.runs.definition(p, d.Name) != nil:
		return fmt.Errorf("there is a definition %q already", d.Name)
	}
	d.Project, d.Folder, d.Branch = p.Name, cmp.Or(d.Folder, `\`), cmp.Or(d.Branch, "refs/heads/main")
	if len(d.Stages) == 0 {
		d.Stages = []Stage{{}}
	}
	d.Stages = slices.Clone(d.Stages)
	made := &definition{Definition: d, id: len(s.runs.definitions) + 1, project: p}
	for i := range d.Stages {
		if err := s.checkStage(made, i); err != nil {
			return fmt.Errorf("stage %d: %w", i, err)
		}
	}
	s.runs.definitions = append(s.runs.definitions, made)
	return nil
}

// checkStage fills a stage in and refuses one that cannot be.
func (s *Server) checkStage(d *definition, i int) error {
	stage := &d.Stages[i]
	stage.Name = cmp.Or(stage.Name, "Stage "+strconv.Itoa(i+1))
	stage.For = cmp.Or(stage.For, 10*time.Second)
	stage.Result = cmp.Or(stage.Result, "succeeded")
	switch {
	case slices.ContainsFunc(d.Stages[:i], func(other Stage) bool { return strings.EqualFold(other.Name, stage.Name) }):
		return fmt.Errorf("there is a stage %q already", stage.Name)
	case stage.For < 0:
		return errors.New("field For is negative")
	case !slices.Contains([]string{"succeeded", "succeededWithIssues", "failed", "canceled", "skipped"}, stage.Result):
		return fmt.Errorf("the result is %q; use succeeded, succeededWithIssues, failed, canceled or skipped", stage.Result)
	case stage.Environment == "" && (stage.Approval != nil || len(stage.Checks) > 0):
		return errors.New("it has an approval or checks, and no Environment to which they belong")
	}
	if a := stage.Approval; a != nil {
		if a.Min < 0 || a.Timeout < 0 || a.Min > max(1, len(a.Approvers)) {
			return errors.New("field Min or Timeout of the approval is negative, or Min is more than there are approvers")
		}
		d.configs = append(d.configs, checkConfig{s.nextCheck(), stage.Name, stage.Environment, nil, a})
	}
	for j := range stage.Checks {
		check := &stage.Checks[j]
		if err := checkAddress(check.URL); err != nil || check.Timeout < 0 {
			return fmt.Errorf("check %d: the URL is no address of http or https, or Timeout is negative", j)
		}
		d.configs = append(d.configs, checkConfig{s.nextCheck(), stage.Name, stage.Environment, check, nil})
	}
	return nil
}

func (s *Server) nextCheck() int {
	s.runs.lastCheck++
	return s.runs.lastCheck
}

// definition finds a pipeline of a project by name or id.
func (r *runStore) definition(p *project, name string) *definition {
	for _, d := range r.definitions {
		if d.project == p && (strings.EqualFold(d.Name, name) || strconv.Itoa(d.id) == name) {
			return d
		}
	}
	return nil
}

// number makes the number of a build, as the product does by default.
func (d *definition) number(now time.Time) string {
	day := now.UTC().Format("20060102")
	if day != d.lastDay {
		d.lastDay, d.ofDay = day, 0
	}
	d.ofDay++
	return day + "." + strconv.Itoa(d.ofDay)
}

func (d *definition) render(base string) map[string]any {
	return map[string]any{
		"id": d.id, "name": d.Name, "path": d.Folder, "revision": 1, "type": "build", "queueStatus": "enabled",
		"uri": "vstfs:///Build/Definition/" + strconv.Itoa(d.id), "url": base + "/" + d.project.id + "/_apis/build/Definitions/" + strconv.Itoa(d.id),
		"project": map[string]any{"id": d.project.id, "name": d.project.Name, "state": "wellFormed"},
	}
}

func (d *definition) renderPipeline(base string) map[string]any {
	return map[string]any{
		"id": d.id, "name": d.Name, "folder": d.Folder, "revision": 1,
		"url":    base + "/" + d.project.id + "/_apis/pipelines/" + strconv.Itoa(d.id) + "?revision=1",
		"_links": map[string]any{"web": map[string]any{"href": base + "/" + d.project.id + "/_build/definition?definitionId=" + strconv.Itoa(d.id)}},
	}
}

func definitionRoutes() []route {
	return []route{
		{"GET", "build definitions", true, false, (*Server).listDefinitions},
		{"GET", "build definitions *", true, false, (*Server).getDefinition},
		{"GET", "pipelines", true, false, (*Server).listPipelines},
		{"GET", "pipelines *", true, false, (*Server).getPipeline},
	}
}

// definitionsOf are the pipelines of a request's project, by name, which may end
// in a star.
func (s *Server) definitionsOf(q *request) []*definition {
	name := strings.ToLower(q.query.Get("name"))
	start, star := strings.CutSuffix(name, "*")
	var found []*definition
	for _, d := range s.runs.definitions {
		have := strings.ToLower(d.Name)
		if d.project == q.project && (name == "" || have == name || star && strings.HasPrefix(have, start)) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *definition) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// page is a part of a list: the token of the next one is the place where it
// begins, unless the caller has made one of its own.
func page[T any](q *request, all []T, size int) answer {
	for _, name := range []string{"$top", "top"} {
		if n, err := strconv.Atoi(q.query.Get(name)); err == nil && n > 0 {
			size = n
		}
	}
	from, err := strconv.Atoi(q.query.Get("continuationToken"))
	if err != nil || from < 0 {
		from = 0
	}
	from = min(from, len(all))
	end := min(from+size, len(all))
	a := list(all[from:end])
	if end < len(all) {
		a.header = http.Header{"X-Ms-Continuationtoken": {strconv.Itoa(end)}}
	}
	return a
}

func (s *Server) listDefinitions(q *request) answer {
	found := s.definitionsOf(q)
	values := make([]any, 0, len(found))
	for _, d := range found {
		values = append(values, d.render(q.base))
	}
	return page(q, values, 10_000)
}

func (s *Server) getDefinition(q *request) answer {
	d := s.runs.definition(q.project, q.args[0])
	if d == nil {
		return refuse(http.StatusNotFound, "DefinitionNotFoundException", "TF50611: Build definition "+q.args[0]+" does not exist.")
	}
	return ok(d.render(q.base))
}

func (s *Server) listPipelines(q *request) answer {
	found := s.definitionsOf(q)
	values := make([]any, 0, len(found))
	for _, d := range found {
		values = append(values, d.renderPipeline(q.base))
	}
	return page(q, values, 10_000)
}

func noPipeline(q *request) answer {
	return refuse(http.StatusNotFound, "PipelineNotFoundException", "Pipeline "+q.args[0]+" was not found.")
}

func (s *Server) getPipeline(q *request) answer {
	d := s.runs.definition(q.project, q.args[0])
	if d == nil {
		return noPipeline(q)
	}
	return ok(d.renderPipeline(q.base))
}
