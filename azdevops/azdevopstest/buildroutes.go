package azdevopstest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func buildRoutes() []route {
	return []route{
		{"GET", "build builds", true, false, (*Server).listBuilds},
		{"POST", "build builds", true, true, (*Server).queueBuild},
		{"GET", "build builds *", true, false, (*Server).getBuild},
		{"PATCH", "build builds *", true, true, (*Server).updateBuild},
		{"PATCH", "build builds * stages *", true, true, (*Server).updateStage},
		{"GET", "build builds * tags", true, false, (*Server).listTags},
		{"POST", "build builds * tags", true, true, (*Server).addTags},
		{"PUT", "build builds * tags *", true, true, (*Server).addTag},
		{"DELETE", "build builds * tags *", true, true, (*Server).removeTag},
		{"GET", "build builds * changes", true, false, (*Server).listChanges},
		{"GET", "build builds * workitems", true, false, (*Server).listBuildItems},
		{"GET", "build workitems", true, false, (*Server).itemsBetween},
		{"GET", "build builds * timeline", true, false, (*Server).getTimeline},
		{"GET", "build builds * timeline *", true, false, (*Server).getTimeline},
		{"GET", "build builds * logs", true, false, (*Server).listLogs},
		{"GET", "build builds * logs *", true, false, (*Server).getLog},
		{"GET", "build builds * artifacts", true, false, (*Server).listArtifacts},
	}
}

// byNumber turns an enumeration that some clients send as a number into words.
func byNumber(value string, words map[string]string) string {
	if word, ok := words[value]; ok {
		return word
	}
	return value
}

var (
	statusNumbers = map[string]string{"1": "inProgress", "2": "completed", "4": "cancelling", "8": "postponed", "32": "notStarted", "47": "all"}
	resultNumbers = map[string]string{"2": "succeeded", "4": "partiallySucceeded", "8": "failed", "32": "canceled"}
)

// listBuilds answers builds, the newest first. The token of the next page is the
// time at which its first build was queued, with its id.
func (s *Server) listBuilds(q *request) answer {
	filter, a, good := s.buildFilter(q)
	if !good {
		return a
	}
	size, err := strconv.Atoi(q.query.Get("$top"))
	if err != nil || size <= 0 {
		size = 1000
	}
	from := len(s.runs.builds)
	if token := q.query.Get("continuationToken"); token != "" {
		_, id, _ := strings.Cut(token, "~")
		if from, err = strconv.Atoi(id); err != nil || from < 0 || from > len(s.runs.builds) {
			return misfit("The value '" + token + "' is not valid for continuationToken.")
		}
	}
	values := []any{}
	for i := from - 1; i >= 0; i-- {
		b := s.runs.builds[i]
		if !filter(b) {
			continue
		}
		if len(values) == size {
			a := list(values)
			a.header = http.Header{"X-Ms-Continuationtoken": {b.Queued.UTC().Format(time.RFC3339) + "~" + strconv.Itoa(b.ID)}}
			return a
		}
		values = append(values, b.render(q.base))
	}
	return list(values)
}

func (s *Server) buildFilter(q *request) (func(*build) bool, answer, bool) {
	get := func(name string) string { return q.query.Get(name) }
	number, prefix := strings.CutSuffix(get("buildNumber"), "*")
	status, result := byNumber(get("statusFilter"), statusNumbers), byNumber(get("resultFilter"), resultNumbers)
	var from, to time.Time
	for name, t := range map[string]*time.Time{"minTime": &from, "maxTime": &to} {
		if get(name) == "" {
			continue
		}
		parsed, err := time.Parse(time.RFC3339, get(name))
		if err != nil {
			return nil, misfit("The value '" + get(name) + "' is not valid for " + name + "."), false
		}
		*t = parsed
	}
	is := func(want, have string) bool { return want == "" || strings.EqualFold(want, have) }
	in := func(list string, id int) bool {
		return list == "" || slices.Contains(splitList(list), strconv.Itoa(id))
	}
	return func(b *build) bool {
		switch {
		case b.def.project != q.project, !in(get("definitions"), b.def.id), !in(get("buildIds"), b.ID):
			return false
		case number != "" && b.Number != number && (!prefix || !strings.HasPrefix(b.Number, number)):
			return false
		case status != "all" && !is(status, b.Status), !is(result, b.Result), !is(get("branchName"), b.Branch), !is(get("reasonFilter"), b.Reason):
			return false
		case !from.IsZero() && b.Queued.Before(from), !to.IsZero() && b.Queued.After(to):
			return false
		}
		for _, tag := range splitList(get("tagFilters")) {
			if !slices.Contains(b.Tags, tag) {
				return false
			}
		}
		return true
	}, answer{}, true
}

func (b *build) url(base string) string {
	return base + "/" + b.def.project.id + "/_apis/build/Builds/" + strconv.Itoa(b.ID)
}

func (b *build) render(base string) map[string]any {
	out := map[string]any{
		"id": b.ID, "buildNumber": b.Number, "status": b.Status, "reason": b.Reason, "priority": "normal", "queueTime": renderValue(b.Queued),
		"definition": b.def.render(base), "sourceBranch": b.Branch, "sourceVersion": b.Version, "tags": orEmpty(b.Tags),
		"requestedFor": b.by.identity(), "requestedBy": b.by.identity(), "lastChangedBy": b.by.identity(),
		"project": map[string]any{"id": b.def.project.id, "name": b.def.project.Name, "state": "wellFormed"},
		"uri":     "vstfs:///Build/Build/" + strconv.Itoa(b.ID), "url": b.url(base),
		"logs": map[string]any{"id": 0, "type": "Container", "url": b.url(base) + "/logs"},
		"_links": map[string]any{
			"self": map[string]any{"href": b.url(base)}, "timeline": map[string]any{"href": b.url(base) + "/Timeline"},
			"web": map[string]any{"href": base + "/" + b.def.project.id + "/_build/results?buildId=" + strconv.Itoa(b.ID)},
		},
	}
	if b.Result != "" {
		out["result"] = b.Result
	}
	for name, t := range map[string]time.Time{"startTime": b.Started, "finishTime": b.Finished} {
		if !t.IsZero() {
			out[name] = renderValue(t)
		}
	}
	if len(b.Parameters) > 0 {
		out["templateParameters"] = b.Parameters
	}
	if len(b.Variables) > 0 {
		out["parameters"] = jsonText(b.openVariables())
	}
	return out
}

// openVariables are the variables, secret ones left out.
func (b *build) openVariables() map[string]string {
	open := map[string]string{}
	for name, value := range b.Variables {
		if !slices.Contains(b.secret, name) {
			open[name] = value
		}
	}
	return open
}

// orEmpty copies a list; none is written as an empty one.
func orEmpty(list []string) []string { return append([]string{}, list...) }

// build finds the build that a request names.
func (s *Server) build(q *request) (*build, answer) {
	id, err := strconv.Atoi(q.args[0])
	b := s.buildOf(id)
	if err != nil || b == nil || b.def.project != q.project {
		return nil, refuse(http.StatusNotFound, "BuildNotFoundException", "The requested build "+q.args[0]+" could not be found.")
	}
	return b, answer{}
}

func (s *Server) getBuild(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	return ok(b.render(q.base))
}

func (s *Server) queueBuild(q *request) answer {
	var body struct {
		Definition struct {
			ID int `json:"id"`
		} `json:"definition"`
		Branch     string            `json:"sourceBranch"`
		Version    string            `json:"sourceVersion"`
		Template   map[string]string `json:"templateParameters"`
		Parameters string            `json:"parameters"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	d := s.runs.definition(q.project, strconv.Itoa(body.Definition.ID))
	if d == nil {
		return refuse(http.StatusNotFound, "DefinitionNotFoundException", "TF50611: Build definition "+strconv.Itoa(body.Definition.ID)+" does not exist.")
	}
	var variables map[string]string
	if body.Parameters != "" && json.Unmarshal([]byte(body.Parameters), &variables) != nil {
		return refuse(http.StatusBadRequest, "BuildRequestValidationFailedException", "The parameters are no JSON object.")
	}
	b := s.queue(d, q.user, Build{Branch: body.Branch, Version: body.Version, Parameters: body.Template, Variables: variables})
	return ok(b.render(q.base))
}

// cancelling is how long a cancellation takes.
const cancelling = 2 * time.Second

func (s *Server) updateBuild(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	if strings.EqualFold(q.query.Get("retry"), "true") {
		return s.retryBuild(q, b)
	}
	var body struct {
		Status any `json:"status"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	status := byNumber(jsonWord(body.Status), statusNumbers)
	switch {
	case !strings.EqualFold(status, "cancelling"):
		return refuse(http.StatusBadRequest, "InvalidBuildException", "The status of a build can be set to cancelling only.")
	case b.Status == "completed":
		return refuse(http.StatusBadRequest, "BuildStatusInvalidChangeException", "The status of build "+strconv.Itoa(b.ID)+" cannot be changed: it has completed.")
	case b.cancelAt.IsZero():
		b.Status, b.cancelAt = "cancelling", s.Now().UTC().Add(cancelling)
		s.raiseRun(b, s.Now())
	}
	return ok(b.render(q.base))
}

// jsonWord is a value that may be a number or a word, as text.
func jsonWord(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.Itoa(int(v))
	}
	return ""
}

// retryBuild runs the stages again that did not succeed.
func (s *Server) retryBuild(q *request, b *build) answer {
	if b.Status != "completed" || b.Result == "succeeded" {
		return refuse(http.StatusBadRequest, "BuildCannotBeRetriedException", "Build "+strconv.Itoa(b.ID)+" has not failed and cannot be retried.")
	}
	now := s.Now().UTC()
	for _, st := range b.stages {
		if st.result != "succeeded" && st.result != "succeededWithIssues" {
			s.again(b, st, now)
		}
	}
	s.raiseRun(b, now)
	s.moveBuild(b, now)
	return ok(b.render(q.base))
}

// updateStage retries or cancels a stage, by its name.
func (s *Server) updateStage(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	i := slices.IndexFunc(b.stages, func(st *stageRun) bool { return strings.EqualFold(st.Name, q.args[1]) })
	if i < 0 {
		return refuse(http.StatusNotFound, "StageNotFoundException", "Stage "+q.args[1]+" was not found in build "+q.args[0]+".")
	}
	var body struct {
		State any `json:"state"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	now := s.Now().UTC()
	st := b.stages[i]
	switch state := byNumber(jsonWord(body.State), map[string]string{"0": "cancel", "1": "retry"}); {
	case strings.EqualFold(state, "retry") && st.state == "completed" && st.result != "succeeded":
		for _, later := range b.stages[i:] {
			if later == st || later.result == "skipped" {
				s.again(b, later, now)
			}
		}
	case strings.EqualFold(state, "cancel") && st.state != "completed":
		s.endStage(b, st, "canceled", now)
	default:
		return refuse(http.StatusBadRequest, "InvalidStageUpdateException", "Stage "+st.Name+" cannot be changed to "+state+" now.")
	}
	s.moveBuild(b, now)
	return answer{status: http.StatusNoContent}
}

func (s *Server) listChanges(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	values := make([]any, len(b.changes))
	for i, c := range b.changes {
		values[i] = map[string]any{
			"id": c.ID, "message": c.Message, "type": "TfsGit", "author": identity(c.Author, mailOf(c.Author)), "timestamp": renderValue(b.Queued),
			"location": q.base + "/" + b.def.project.id + "/_apis/git/repositories/" + guidOf("repository "+b.def.project.id) + "/commits/" + url.PathEscape(c.ID),
		}
	}
	return page(q, values, 50)
}

func (s *Server) listBuildItems(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	return list(itemRefs(q, b.workItems))
}

// itemRefs name work items, with ids as strings.
func itemRefs(q *request, ids []int) []any {
	values := make([]any, 0, len(ids))
	for _, id := range ids {
		values = append(values, map[string]any{"id": strconv.Itoa(id), "url": itemURL(q.base, id)})
	}
	return window(q, values)
}

// itemsBetween are those of the builds of one definition behind the first and up
// to the last.
func (s *Server) itemsBetween(q *request) answer {
	from, err := strconv.Atoi(q.query.Get("fromBuildId"))
	to, err2 := strconv.Atoi(q.query.Get("toBuildId"))
	last := s.buildOf(to)
	if err != nil || err2 != nil || last == nil || last.def.project != q.project {
		return misfit("The values of fromBuildId and toBuildId must be ids of builds.")
	}
	var ids []int
	for _, b := range s.runs.builds {
		if b.def == last.def && b.ID > from && b.ID <= to {
			for _, id := range b.workItems {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	return list(itemRefs(q, ids))
}

func (s *Server) listArtifacts(q *request) answer {
	b, a := s.build(q)
	if b == nil {
		return a
	}
	var values []any
	if b.Result == "succeeded" || b.Result == "partiallySucceeded" {
		for i, name := range b.def.Artifacts {
			at := b.url(q.base) + "/artifacts?artifactName=" + url.QueryEscape(name)
			values = append(values, map[string]any{"id": i + 1, "name": name, "source": b.stages[0].job, "resource": map[string]any{
				"type": "PipelineArtifact", "url": at, "downloadUrl": at + "&$format=zip",
			}})
		}
	}
	return list(values)
}
