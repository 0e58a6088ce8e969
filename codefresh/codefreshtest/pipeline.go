package codefreshtest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Pipeline is how to build.
type Pipeline struct {
	// Name is "project/pipeline". The project is there with its first pipeline.
	Name string
	// Stages is the course of its builds; empty means a second of pending, ten
	// seconds of running, and success.
	Stages []Stage
	// YAML is what its builds tell as their steps; empty means steps that fit
	// the course.
	YAML string

	id       string
	metadata map[string]json.RawMessage // as it was written
	spec     json.RawMessage
}

// AddPipeline adds a pipeline.
func (s *Server) AddPipeline(p Pipeline) error {
	if project, name, found := strings.Cut(p.Name, "/"); !found || project == "" || name == "" {
		return errors.New("a pipeline's name is project/pipeline")
	}
	if err := checkStages(p.Stages); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pipeline(p.Name) != nil {
		return errors.New("there is a pipeline " + p.Name + " already")
	}
	p.id = s.newID()
	s.pipelines = append(s.pipelines, &p)
	return nil
}

// pipeline finds a pipeline by name or id. The lock is held.
func (s *Server) pipeline(name string) *Pipeline {
	for _, p := range s.pipelines {
		if p.Name == name || p.id == name {
			return p
		}
	}
	return nil
}

func (p *Pipeline) render() map[string]any {
	metadata := map[string]any{}
	for name, value := range p.metadata {
		metadata[name] = value
	}
	project, _, _ := strings.Cut(p.Name, "/")
	metadata["name"], metadata["id"], metadata["project"], metadata["projectId"] = p.Name, p.id, project, projectID(project)
	spec := p.spec
	if len(spec) == 0 {
		spec = json.RawMessage(`{"triggers":[],"steps":{}}`)
	}
	return map[string]any{"version": "1.0", "kind": "pipeline", "metadata": metadata, "spec": spec}
}

func (s *Server) listPipelines(q *request) answer {
	limit, err := number(q.query.Get("limit"), 25)
	offset, err2 := number(q.query.Get("offset"), 0)
	if err != nil || err2 != nil || limit < 1 || offset < 0 {
		return invalid("limit and offset must be numbers")
	}
	var found []any
	for _, p := range s.pipelines {
		project, _, _ := strings.Cut(p.Name, "/")
		id, want := q.query.Get("id"), q.query.Get("projectId")
		if (id == "" || id == p.Name || id == p.id) && (want == "" || want == projectID(project)) {
			found = append(found, p.render())
		}
	}
	from := min(offset, len(found))
	docs := append([]any{}, found[from:min(from+limit, len(found))]...)
	return ok(map[string]any{"docs": docs, "count": len(found)})
}

func (s *Server) pipelineNames(*request) answer {
	names := make([]any, 0, len(s.pipelines))
	for _, p := range s.pipelines {
		names = append(names, map[string]any{"id": p.id, "name": p.Name})
	}
	return ok(names)
}

func (s *Server) getPipeline(q *request) answer {
	p := s.pipeline(q.parts[1])
	if p == nil {
		return notFound("Pipeline " + q.parts[1])
	}
	return ok(p.render())
}

// written is a pipeline as a request writes it.
type written struct {
	Metadata map[string]json.RawMessage `json:"metadata"`
	Spec     json.RawMessage            `json:"spec"`
}

func (w written) name() string {
	var name string
	if json.Unmarshal(w.Metadata["name"], &name) != nil {
		return ""
	}
	return name
}

func (s *Server) createPipeline(q *request) answer {
	var w written
	if json.Unmarshal(q.body, &w) != nil || w.name() == "" {
		return invalid("metadata.name is required")
	}
	project, name, found := strings.Cut(w.name(), "/")
	if !found || project == "" || name == "" {
		return invalid("metadata.name must be project/pipeline")
	}
	if s.pipeline(w.name()) != nil {
		return refuse(409, "1006", "CONFLICT", "A pipeline with the name "+w.name()+" already exists")
	}
	p := &Pipeline{Name: w.name(), id: s.newID(), metadata: w.Metadata, spec: w.Spec}
	s.pipelines = append(s.pipelines, p)
	return ok(p.render())
}

func (s *Server) replacePipeline(q *request) answer {
	p := s.pipeline(q.parts[1])
	if p == nil {
		return notFound("Pipeline " + q.parts[1])
	}
	var w written
	if json.Unmarshal(q.body, &w) != nil || w.name() == "" {
		return invalid("metadata.name is required")
	}
	if other := s.pipeline(w.name()); other != nil && other != p {
		return refuse(409, "1006", "CONFLICT", "A pipeline with the name "+w.name()+" already exists")
	}
	p.Name, p.metadata, p.spec = w.name(), w.Metadata, w.Spec
	return ok(p.render())
}

func (s *Server) deletePipeline(q *request) answer {
	p := s.pipeline(q.parts[1])
	if p == nil {
		return notFound("Pipeline " + q.parts[1])
	}
	s.pipelines = slices.DeleteFunc(s.pipelines, func(other *Pipeline) bool { return other == p })
	return ok(map[string]any{"id": p.id})
}
