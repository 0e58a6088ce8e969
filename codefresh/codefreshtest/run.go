package codefreshtest

import (
	"encoding/json"
	"maps"
	"net/http"
)

// startRequest is the body of a request that starts a build.
type startRequest struct {
	Branch      string            `json:"branch"`
	SHA         string            `json:"sha"`
	Trigger     string            `json:"trigger"`
	Variables   json.RawMessage   `json:"variables"`
	Annotations map[string]string `json:"annotations"`
	YAML        string            `json:"userYamlDescriptor"`

	variables map[string]string
	requestID string
}

// parse reads the body. Variables come as a list or as a map; the service takes
// both.
func (q *request) parse() (startRequest, bool) {
	start := startRequest{requestID: q.query.Get("reqId"), variables: map[string]string{}}
	if len(q.body) == 0 {
		return start, true
	}
	if json.Unmarshal(q.body, &start) != nil {
		return start, false
	}
	if len(start.Variables) == 0 || string(start.Variables) == "null" {
		return start, true
	}
	var list []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	if json.Unmarshal(start.Variables, &list) == nil {
		for _, v := range list {
			start.variables[v.Key] = v.Value
		}
		return start, true
	}
	return start, json.Unmarshal(start.Variables, &start.variables) == nil
}

// run starts a build. A reqId that was seen before gives the build that it
// started.
func (s *Server) run(q *request, p *Pipeline) answer {
	start, good := q.parse()
	if !good {
		return invalid("The body cannot be read")
	}
	if id := s.started[start.requestID]; start.requestID != "" && id != "" {
		return started(id)
	}
	b := s.start(p, start)
	if start.requestID != "" {
		s.started[start.requestID] = b.ID
	}
	for key, value := range start.Annotations {
		s.annotations = append(s.annotations, annotation{ID: s.newID(), AccountID: s.account, EntityID: b.ID, EntityType: "workflow", Key: key, Value: value})
	}
	return started(b.ID)
}

// started answers with a bare JSON string, as the service does.
func started(id string) answer {
	return answer{status: http.StatusOK, value: id, header: http.Header{"Location": {"/api/builds/" + id}}}
}

func (s *Server) runPipeline(q *request) answer {
	p := s.pipeline(q.parts[2])
	if p == nil {
		return notFound("Pipeline " + q.parts[2])
	}
	return s.run(q, p)
}

// runByID is the older way to start a pipeline.
func (s *Server) runByID(q *request) answer {
	p := s.pipeline(q.parts[1])
	if p == nil {
		return notFound("Service " + q.parts[1])
	}
	return s.run(q, p)
}

func (s *Server) runYAML(q *request) answer {
	if start, good := q.parse(); good && start.YAML == "" {
		return invalid("userYamlDescriptor is required")
	}
	return s.run(q, nil)
}

func (s *Server) rebuild(q *request) answer {
	old := s.present(q.parts[2])
	if old == nil {
		return notFound("Build " + q.parts[2])
	}
	b := s.start(s.pipeline(old.pipelineID), startRequest{Branch: old.Branch, SHA: old.SHA, Trigger: old.Trigger, YAML: old.yaml, variables: old.Variables})
	return started(b.ID)
}

func (s *Server) getBuild(q *request) answer {
	b := s.present(q.parts[1])
	if b == nil {
		return notFound("Build " + q.parts[1])
	}
	return ok(s.render(b))
}

func (s *Server) approve(q *request) answer { return s.decide(q, "approved") }
func (s *Server) deny(q *request) answer    { return s.decide(q, "denied") }

// decide ends the approval that a build waits at. The answers are not described
// beyond 200; the refusal of a build that does not wait is not documented.
func (s *Server) decide(q *request, verdict string) answer {
	b := s.present(q.parts[1])
	if b == nil {
		return notFound("Build " + q.parts[1])
	}
	if b.Status != "pending-approval" {
		return invalid("The build is not pending approval")
	}
	b.decide(verdict, s.Now(), false)
	return answer{status: http.StatusOK}
}

func (s *Server) getData(q *request) answer {
	b := s.present(q.parts[1])
	if b == nil {
		return notFound("Build " + q.parts[1])
	}
	return ok(b.data)
}

func (s *Server) getDatum(q *request) answer {
	b := s.present(q.parts[1])
	if b == nil {
		return notFound("Build " + q.parts[1])
	}
	value, there := b.data[q.parts[3]]
	if !there {
		return notFound("Key " + q.parts[3])
	}
	return ok(value)
}

func (s *Server) setData(q *request) answer {
	b := s.present(q.parts[1])
	if b == nil {
		return notFound("Build " + q.parts[1])
	}
	var data map[string]any
	if json.Unmarshal(q.body, &data) != nil {
		return invalid("The body cannot be read")
	}
	maps.Copy(b.data, data)
	return ok(b.data)
}
