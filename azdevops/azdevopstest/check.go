package azdevopstest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (c checkConfig) render(q *request, expand string) map[string]any {
	out := map[string]any{
		"id": c.id, "version": 1, "timeout": 43200, "resource": map[string]any{"type": "environment", "id": c.environmentID(), "name": c.environment},
		"type": map[string]any{"id": approvalType, "name": "Approval"}, "createdOn": "2026-01-01T00:00:00Z",
		"url": q.base + "/" + q.project.id + "/_apis/pipelines/checks/configurations/" + strconv.Itoa(c.id),
	}
	var settings map[string]any
	if c.check != nil {
		out["type"] = map[string]any{"id": taskType, "name": "Task Check"}
		out["timeout"] = int(cmp.Or(c.check.Timeout, 24*time.Hour) / time.Minute)
		settings = map[string]any{
			"displayName": cmp.Or(c.check.Name, "Invoke REST API"), "retryInterval": 0,
			"definitionRef": map[string]any{"id": callbackID, "name": "InvokeRESTAPI", "version": "1.220.0"},
			"inputs":        map[string]any{"waitForCompletion": "true", "method": "POST", "body": c.check.Body, "connectedServiceNameSelector": "connectedServiceName"},
		}
	} else {
		approvers := make([]any, 0, len(c.approval.Approvers))
		for _, mail := range c.approval.Approvers {
			approvers = append(approvers, map[string]any{"displayName": mail, "id": guidOf("user " + mail)})
		}
		out["timeout"] = int(cmp.Or(c.approval.Timeout, 30*24*time.Hour) / time.Minute)
		settings = map[string]any{
			"approvers": approvers, "executionOrder": 1, "minRequiredApprovers": c.approval.Min, "instructions": c.approval.Instructions, "blockedApprovers": []any{},
		}
	}
	if strings.EqualFold(expand, "settings") {
		out["settings"] = settings
	}
	return out
}

// environmentID is made of the name, so that it is the same each time.
func (c checkConfig) environmentID() string {
	n := 0
	for _, r := range c.environment {
		n = (n*31 + int(r)) % 9973
	}
	return strconv.Itoa(n + 1)
}

// EnvironmentID is the id of an environment, by which its checks are asked for.
func (s *Server) EnvironmentID(name string) string {
	return checkConfig{environment: name}.environmentID()
}

func (s *Server) configsOf(p *project) []checkConfig {
	var found []checkConfig
	for _, d := range s.runs.definitions {
		if d.project == p {
			found = append(found, d.configs...)
		}
	}
	return found
}

func (s *Server) listChecks(q *request) answer {
	kind, id := q.query.Get("resourceType"), q.query.Get("resourceId")
	var values []any
	for _, c := range s.configsOf(q.project) {
		if (kind == "" || strings.EqualFold(kind, "environment")) && (id == "" || id == c.environmentID()) {
			values = append(values, c.render(q, q.query.Get("$expand")))
		}
	}
	return list(values)
}

func (s *Server) getCheck(q *request) answer {
	for _, c := range s.configsOf(q.project) {
		if strconv.Itoa(c.id) == q.args[0] {
			return ok(c.render(q, q.query.Get("$expand")))
		}
	}
	return notFound("The check configuration " + q.args[0])
}

func (s *Server) getSuite(q *request) answer {
	for _, su := range s.runs.suites {
		if strings.EqualFold(su.id, q.args[0]) && su.build.def.project == q.project {
			return ok(su.render(q))
		}
	}
	return notFound("The check suite " + q.args[0])
}

func (s *suite) render(q *request) map[string]any {
	status := "approved"
	runs := make([]any, 0, len(s.runs))
	for _, r := range s.runs {
		switch {
		case r.status == "running" && status == "approved":
			status = "running"
		case r.status != "approved" && r.status != "running":
			status = r.status
		}
		out := map[string]any{
			"id": r.id, "createdDate": renderValue(r.created), "status": r.status, "resultMessage": r.message,
			"checkConfigurationRef": map[string]any{
				"id": r.config.id, "resource": map[string]any{"type": "environment", "id": r.config.environmentID(), "name": r.config.environment},
				"type": r.config.render(q, "")["type"],
			},
		}
		if !r.ended.IsZero() {
			out["completedDate"] = renderValue(r.ended)
		}
		runs = append(runs, out)
	}
	return map[string]any{
		"id": s.id, "status": status, "message": "", "createdDate": renderValue(s.created), "checkRuns": runs,
		"context": map[string]any{"Pipeline.Id": strconv.Itoa(s.build.def.id), "BuildId": s.build.ID},
		"_links":  map[string]any{"self": map[string]any{"href": q.base + "/" + q.project.id + "/_apis/pipelines/checks/runs/" + s.id}},
	}
}

// CheckSuite is the id of the checks that a build has begun last; "" for none.
func (s *Server) CheckSuite(build int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buildOf(build)
	if b == nil {
		return ""
	}
	for _, st := range slices.Backward(b.stages) {
		if st.suite != nil {
			return st.suite.id
		}
	}
	return ""
}
