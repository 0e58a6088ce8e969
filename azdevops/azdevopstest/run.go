package azdevopstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func runRoutes() []route {
	return []route{
		{"GET", "pipelines * runs", true, false, (*Server).listRuns},
		{"POST", "pipelines * runs", true, true, (*Server).startRun},
		{"GET", "pipelines * runs *", true, false, (*Server).getRun},
	}
}

// renderRun writes a build as the pipelines API does.
func (b *build) renderRun(base string) map[string]any {
	out := map[string]any{
		"id": b.ID, "name": b.Number, "state": runState(b.Status), "createdDate": renderValue(b.Queued), "pipeline": b.def.renderPipeline(base),
		"url": base + "/" + b.def.project.id + "/_apis/pipelines/" + strconv.Itoa(b.def.id) + "/runs/" + strconv.Itoa(b.ID),
		"resources": map[string]any{"repositories": map[string]any{"self": map[string]any{
			"repository": map[string]any{"id": guidOf("repository " + b.def.project.id), "type": "azureReposGit"}, "refName": b.Branch, "version": b.Version,
		}}},
		"_links": map[string]any{"web": map[string]any{"href": base + "/" + b.def.project.id + "/_build/results?buildId=" + strconv.Itoa(b.ID)}},
	}
	if b.Result != "" {
		out["result"] = runResult(b.Result)
		out["finishedDate"] = renderValue(b.Finished)
	}
	if len(b.Variables) > 0 {
		variables := map[string]any{}
		for name, value := range b.Variables {
			if slices.Contains(b.secret, name) {
				variables[name] = map[string]any{"isSecret": true}
			} else {
				variables[name] = map[string]any{"value": value}
			}
		}
		out["variables"] = variables
	}
	if len(b.Parameters) > 0 {
		out["templateParameters"] = b.Parameters
	}
	return out
}

func runState(status string) string {
	switch status {
	case "completed":
		return "completed"
	case "cancelling":
		return "canceling"
	}
	return "inProgress"
}

// runResult is a build's result in the words of the pipelines API, which has none
// for a partial success.
func runResult(result string) string {
	if result == "partiallySucceeded" {
		return "succeeded"
	}
	return result
}

func (s *Server) listRuns(q *request) answer {
	d := s.runs.definition(q.project, q.args[0])
	if d == nil {
		return noPipeline(q)
	}
	values := []any{}
	for _, b := range slices.Backward(s.runs.builds) {
		if b.def == d {
			values = append(values, b.renderRun(q.base))
		}
	}
	return list(values)
}

func (s *Server) getRun(q *request) answer {
	d := s.runs.definition(q.project, q.args[0])
	if d == nil {
		return noPipeline(q)
	}
	id, err := strconv.Atoi(q.args[1])
	b := s.buildOf(id)
	if err != nil || b == nil || b.def != d {
		return refuse(http.StatusNotFound, "RunNotFoundException", "Run "+q.args[1]+" of pipeline "+q.args[0]+" was not found.")
	}
	return ok(b.renderRun(q.base))
}

func (s *Server) startRun(q *request) answer {
	d := s.runs.definition(q.project, q.args[0])
	if d == nil {
		return noPipeline(q)
	}
	var body struct {
		Resources struct {
			Repositories map[string]struct {
				Ref     string `json:"refName"`
				Version string `json:"version"`
			} `json:"repositories"`
		} `json:"resources"`
		Variables map[string]struct {
			Value  string `json:"value"`
			Secret bool   `json:"isSecret"`
		} `json:"variables"`
		Parameters map[string]string `json:"templateParameters"`
		Skip       []string          `json:"stagesToSkip"`
		Preview    bool              `json:"previewRun"`
	}
	if len(q.body) > 0 && json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	for _, name := range body.Skip {
		if !slices.ContainsFunc(d.Stages, func(st Stage) bool { return strings.EqualFold(st.Name, name) }) {
			return refuse(http.StatusBadRequest, "PipelineValidationException", "The stage "+name+" in stagesToSkip does not exist.")
		}
	}
	if body.Preview {
		return ok(map[string]any{"id": -1, "state": "unknown", "finalYaml": d.yaml(), "pipeline": d.renderPipeline(q.base)})
	}
	want := Build{Branch: body.Resources.Repositories["self"].Ref, Version: body.Resources.Repositories["self"].Version, Parameters: body.Parameters}
	var secret []string
	for name, v := range body.Variables {
		if want.Variables == nil {
			want.Variables = map[string]string{}
		}
		want.Variables[name] = v.Value
		if v.Secret {
			secret = append(secret, name)
		}
	}
	b := s.queueSkipping(d, q.user, want, body.Skip)
	b.secret = secret
	return ok(b.renderRun(q.base))
}

// yaml writes stages down that fit the course of a pipeline.
func (d *definition) yaml() string {
	var text strings.Builder
	text.WriteString("stages:\n")
	for _, st := range d.Stages {
		text.WriteString("- stage: " + strconv.Quote(st.Name) + "\n  jobs:\n")
		if st.Environment != "" {
			text.WriteString("  - deployment: deploy\n    environment: " + strconv.Quote(st.Environment) + "\n")
		} else {
			text.WriteString("  - job: build\n")
		}
	}
	return text.String()
}
