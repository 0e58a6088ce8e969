package azdevopstest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// plan is a task that calls a receiver and waits for its decision: a check or a
// gate. What it sends, and what it takes, is that of Microsoft's "Invoke REST
// API" task.
type plan struct {
	id, hub, timeline, job, task string
	version                      int // gates of 12 and less name job and task otherwise
	project                      *project
	build                        int
	release                      int
	token                        string
	user                         *User // whom the token stands for
	expires                      time.Time
	url, body                    string
	headers                      map[string]string
	state, result                string // of the task's record
	log                          int    // that its record names
	logs                         []string
	fields                       map[string]any // of the record, beside state, result and log
	started, finished            time.Time
	// done is told of the decision.
	done func(result string, at time.Time)
}

const (
	tokenLife  = 48 * time.Hour
	oldGate    = 12
	planNow    = 13
	zeroGUID   = "00000000-0000-0000-0000-000000000000"
	callbackID = "9c3e8943-130d-4c78-ac63-8af81df62dfb"
)

// call makes a plan, whose request Deliver sends.
func (s *Server) call(p plan, at time.Time) *plan {
	made := &p
	made.id, made.timeline, made.job, made.task = s.newGUID(), s.newGUID(), s.newGUID(), s.newGUID()
	made.token = "job-" + strings.ReplaceAll(s.newGUID(), "-", "")
	made.user = &User{Token: made.token, Name: p.project.Name + " Build Service (" + s.options.Organization + ")", Mail: p.project.id + "@build.example.com"}
	made.expires, made.started, made.state = at.Add(tokenLife), at, "inProgress"
	made.version = cmp.Or(made.version, planNow)
	s.runs.plans[made.id] = made
	s.runs.calls = append(s.runs.calls, made)
	return made
}

// header is what the task sends.
func (p *plan) header(address string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	for name, value := range map[string]string{
		"PlanUrl": address + "/", "ProjectId": p.project.id, "HubName": p.hub, "PlanId": p.id, "JobId": p.job,
		"TimelineId": p.timeline, "TaskInstanceId": p.task, "AuthToken": p.token,
	} {
		h.Set(name, value)
	}
	if p.build > 0 {
		h.Set("BuildId", strconv.Itoa(p.build))
	}
	if p.release > 0 {
		h.Set("ReleaseId", strconv.Itoa(p.release))
	}
	for name, value := range p.headers {
		h.Set(name, value)
	}
	return h
}

// finish ends a plan that is not over, once.
func (p *plan) finish(result string, at time.Time) {
	if p == nil || p.state == "completed" {
		return
	}
	p.state, p.result, p.finished = "completed", result, at
	if p.done != nil {
		p.done(result, at)
	}
}

// jobUser is whom a pipeline's own token stands for; nil when there is none such,
// or no more.
func (s *Server) jobUser(token string) *User {
	for _, p := range s.runs.plans {
		if p.token == token && s.Now().Before(p.expires) {
			return p.user
		}
	}
	return nil
}

func planRoutes() []route {
	const prefix = "distributedtask hubs * plans * "
	return []route{
		{"POST", prefix + "events", true, true, (*Server).planEvent},
		{"POST", prefix + "logs", true, true, (*Server).planLog},
		{"POST", prefix + "logs *", true, true, (*Server).appendPlanLog},
		{"GET", prefix + "timelines *", true, false, (*Server).planTimeline},
		{"GET", prefix + "timelines * records", true, false, (*Server).planRecords},
		{"PATCH", prefix + "timelines * records", true, true, (*Server).patchPlanRecords},
	}
}

// plan finds the plan that a request names, of the hub that it names.
func (s *Server) plan(q *request) (*plan, answer) {
	p := s.runs.plans[strings.ToLower(q.args[1])]
	if p == nil || p.project != q.project || !strings.EqualFold(p.hub, q.args[0]) {
		return nil, refuse(http.StatusNotFound, "TaskOrchestrationPlanNotFoundException", "No plan found for identifier "+q.args[1]+".")
	}
	if strings.HasPrefix(q.user.Token, "job-") && q.user.Token != p.token {
		return nil, refuse(http.StatusForbidden, "TaskOrchestrationPlanSecurityException", "TF400813: The token of another job cannot change plan "+p.id+".")
	}
	if len(q.args) > 2 && slices.ContainsFunc(q.area, func(part string) bool { return strings.EqualFold(part, "timelines") }) && !strings.EqualFold(q.args[2], p.timeline) {
		return nil, refuse(http.StatusNotFound, "TimelineNotFoundException", "Timeline "+q.args[2]+" of plan "+p.id+" was not found.")
	}
	return p, answer{}
}

// planEvent takes a decision, once. What the service says to a second one is not
// documented.
func (s *Server) planEvent(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	var event struct {
		Name   string `json:"name"`
		Task   string `json:"taskId"`
		Job    string `json:"jobId"`
		Result any    `json:"result"`
	}
	if json.Unmarshal(q.body, &event) != nil {
		return misfit("The body cannot be read.")
	}
	job, task := p.job, p.task
	if p.version <= oldGate {
		job, task = p.task, zeroGUID
	}
	result := byNumber(jsonWord(event.Result), map[string]string{"0": "succeeded", "2": "failed"})
	switch {
	case !strings.EqualFold(event.Job, job) || !strings.EqualFold(event.Task, task):
		return refuse(http.StatusNotFound, "TaskOrchestrationJobNotFoundException", "Job "+event.Job+" with task "+event.Task+" was not found in plan "+p.id+".")
	case p.state == "completed":
		return refuse(http.StatusBadRequest, "TaskOrchestrationPlanTerminatedException", "The plan "+p.id+" has been completed and takes no events.")
	case strings.EqualFold(event.Name, "TaskAssigned"), strings.EqualFold(event.Name, "TaskStarted"):
	case !strings.EqualFold(event.Name, "TaskCompleted"):
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "The event "+event.Name+" is not known.")
	case result != "succeeded" && result != "failed":
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "The result "+result+" is not known.")
	default:
		p.finish(result, s.Now().UTC())
		s.advance()
	}
	return answer{status: http.StatusNoContent}
}

func (s *Server) planLog(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	var body struct {
		Path string `json:"path"`
	}
	if json.Unmarshal(q.body, &body) != nil || body.Path == "" {
		return misfit("A log needs a path.")
	}
	p.logs = append(p.logs, "")
	return ok(map[string]any{"id": len(p.logs), "path": body.Path, "lineCount": 0, "createdOn": renderValue(s.Now())})
}

func (s *Server) appendPlanLog(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	id, err := strconv.Atoi(q.args[2])
	switch {
	case err != nil || id < 1 || id > len(p.logs):
		return refuse(http.StatusNotFound, "TaskLogNotFoundException", "Log "+q.args[2]+" of plan "+p.id+" was not found.")
	case !strings.HasPrefix(q.Header.Get("Content-Type"), "application/octet-stream"):
		return refuse(http.StatusUnsupportedMediaType, "VssRequestContentTypeNotSupportedException", "Lines of a log are application/octet-stream.")
	}
	p.logs[id-1] += string(q.body)
	return ok(map[string]any{"id": id, "lineCount": strings.Count(p.logs[id-1], "\n")})
}

// records are the job and its task.
func (p *plan) records() []any {
	job := record{id: p.job, kind: "Job", name: "Job", state: p.state, result: p.result, order: 1, started: p.started, finished: p.finished}
	task := record{id: p.task, parent: p.job, kind: "Task", name: "InvokeRESTAPI", state: p.state, result: p.result, order: 1, log: p.log, started: p.started, finished: p.finished}
	rendered := task.render()
	rendered["task"] = map[string]any{"id": callbackID, "name": "InvokeRESTAPI", "version": "1.220.0"}
	maps.Copy(rendered, p.fields)
	return []any{job.render(), rendered}
}

func (s *Server) planTimeline(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	return ok(map[string]any{"id": p.timeline, "changeId": 1, "records": p.records(), "location": nil})
}

func (s *Server) planRecords(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	return list(p.records())
}

// patchPlanRecords changes records. State and result of the task are the plan's
// own: they follow from its events.
func (s *Server) patchPlanRecords(q *request) answer {
	p, a := s.plan(q)
	if p == nil {
		return a
	}
	var body struct {
		Value []map[string]any `json:"value"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	for _, r := range body.Value {
		id, _ := r["id"].(string)
		if !strings.EqualFold(id, p.task) {
			continue
		}
		if log, ok := r["log"].(map[string]any); ok {
			n, _ := log["id"].(float64)
			p.log = int(n)
		}
		for _, name := range []string{"currentOperation", "percentComplete"} {
			if value, there := r[name]; there {
				if p.fields == nil {
					p.fields = map[string]any{}
				}
				p.fields[name] = value
			}
		}
	}
	return list(p.records())
}

// Callback is a check or a gate as the server keeps it.
type Callback struct {
	Plan      string // GUID
	Hub       string // "checks" or "gates"
	Build     int    // of a check
	Release   int    // of a gate
	State     string // "inProgress" or "completed"
	Result    string // "succeeded" or "failed"; "" before the end
	Log       string // all lines that its receiver has written
	Operation string // what its record says about the present
	Expires   time.Time
}

// Callbacks returns the checks and gates that were begun, in the order in which
// they began.
func (s *Server) Callbacks() []Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	found := make([]Callback, 0, len(s.runs.plans))
	for _, p := range s.runs.plans {
		operation, _ := p.fields["currentOperation"].(string)
		found = append(found, Callback{
			Plan: p.id, Hub: p.hub, Build: p.build, Release: p.release, State: p.state, Result: p.result, Log: strings.Join(p.logs, ""),
			Operation: operation, Expires: p.expires,
		})
	}
	slices.SortFunc(found, func(a, b Callback) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.Build, b.Build), cmp.Compare(a.Release, b.Release), strings.Compare(a.Plan, b.Plan))
	})
	return found
}

// checkAddress refuses what is no address of http or https.
func checkAddress(address string) error {
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") {
		return fmt.Errorf("%q is no address of http or https", address)
	}
	return nil
}
