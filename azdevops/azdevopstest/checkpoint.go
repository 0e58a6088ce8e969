package azdevopstest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The types of checks (terraform provider and REST API specification).
const (
	approvalType = "8c6f20a7-a545-4486-9777-f762fafe0d4d"
	taskType     = "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7"
)

// approval is an approval that a stage has asked for.
type approval struct {
	id      string
	build   *build
	stage   *stageRun
	status  string
	steps   []*step
	min     int
	created time.Time
	decided time.Time
	ends    time.Time
}

// step is what one approver says.
type step struct {
	approver map[string]any
	actual   *User
	status   string
	comment  string
	at       time.Time
}

// suite are the checks that a stage has begun.
type suite struct {
	id      string
	build   *build
	created time.Time
	runs    []*checkRun
}

type checkRun struct {
	id              string
	config          checkConfig
	plan            *plan
	status, message string
	created, ended  time.Time
	deadline        time.Time
}

// openCheckpoint asks for approvals and begins checks.
func (s *Server) openCheckpoint(b *build, st *stageRun, at time.Time) {
	st.suite = &suite{id: s.newGUID(), build: b, created: at}
	s.runs.suites = append(s.runs.suites, st.suite)
	b.changed++
	for _, config := range b.def.configs {
		switch {
		case config.stage != st.Name:
		case config.approval != nil:
			s.openApproval(b, st, at)
			st.suite.runs = append(st.suite.runs, &checkRun{id: st.approval.id, config: config, status: "running", created: at})
		default:
			s.openCheck(b, st.suite, config, at)
		}
	}
}

func (s *Server) openApproval(b *build, st *stageRun, at time.Time) {
	want := st.Approval
	a := &approval{id: s.newGUID(), build: b, stage: st, status: "pending", created: at, ends: at.Add(cmp.Or(want.Timeout, 30*24*time.Hour))}
	for _, mail := range want.Approvers {
		a.steps = append(a.steps, &step{approver: s.person(mail), status: "pending"})
	}
	if len(want.Approvers) == 0 {
		a.steps = []*step{{approver: identity("["+b.def.project.Name+"]\\Contributors", "vstfs:///Classification/TeamProject/"+b.def.project.id+"\\Contributors"), status: "pending"}}
	}
	a.min = cmp.Or(want.Min, len(a.steps))
	st.approval = a
	s.runs.approvals = append(s.runs.approvals, a)
	s.raiseApproval(a, at)
}

// person is a user by unique name, known or not.
func (s *Server) person(mail string) map[string]any {
	for _, u := range s.users {
		if strings.EqualFold(u.Mail, mail) {
			return u.identity()
		}
	}
	return identity(mail, mail)
}

func (s *Server) openCheck(b *build, suite *suite, config checkConfig, at time.Time) {
	run := &checkRun{id: s.newGUID(), config: config, status: "running", created: at, deadline: at.Add(cmp.Or(config.check.Timeout, 24*time.Hour))}
	run.plan = s.call(plan{
		hub: "checks", project: b.def.project, build: b.ID, url: config.check.URL, body: config.check.Body, headers: config.check.Headers,
		done: func(result string, at time.Time) {
			run.ended = at
			if run.status == "running" {
				run.status = map[string]string{"succeeded": "approved", "failed": "rejected"}[result]
			}
		},
	}, at)
	suite.runs = append(suite.runs, run)
}

// checkpointVerdict is what has become of the approvals and checks of a stage,
// and when: "approved", "rejected", "timedOut" in the future for what has a
// deadline; "" for what waits without one.
func (s *stageRun) checkpointVerdict() (string, time.Time) {
	if s == nil || s.suite == nil {
		return "", time.Time{}
	}
	var last, deadline time.Time
	waits := false
	wait := func(until time.Time) {
		waits = true
		if deadline.IsZero() || until.Before(deadline) {
			deadline = until
		}
	}
	for _, run := range s.suite.runs {
		status, at := run.status, run.ended
		until := run.deadline
		if run.plan == nil {
			status, at, until = s.approval.status, s.approval.decided, s.approval.ends
		}
		switch status {
		case "approved":
			if at.After(last) {
				last = at
			}
		case "running", "pending":
			wait(until)
		case "timedOut":
			return "timedOut", at
		default:
			return "rejected", at
		}
	}
	if waits {
		return "timedOut", deadline
	}
	return "approved", last
}

// timeOut ends what a stage still waits for.
func (s *Server) timeOut(st *stageRun, at time.Time) {
	for _, run := range st.suite.runs {
		if run.status == "running" && run.plan != nil {
			run.status, run.message = "timedOut", "The check timed out."
			run.plan.finish("failed", at)
		}
	}
	if a := st.approval; a != nil && a.status == "pending" {
		s.settle(a, "timedOut", at)
	}
}

// closeCheckpoint cancels what a stage does not wait for any more.
func (s *Server) closeCheckpoint(st *stageRun, at time.Time) {
	if st.suite == nil {
		return
	}
	for _, run := range st.suite.runs {
		if run.status == "running" && run.plan != nil {
			run.status, run.message = "canceled", "Check aborted. This could be because the run was canceled or another check on the stage failed."
			run.plan.finish("failed", at)
		}
	}
	if a := st.approval; a != nil && a.status == "pending" {
		s.settle(a, "canceled", at)
	}
}

// settle ends an approval.
func (s *Server) settle(a *approval, status string, at time.Time) {
	a.status, a.decided = status, at
	for _, run := range a.stage.suite.runs {
		if run.id == a.id {
			run.status, run.ended = status, at
		}
	}
	for _, st := range a.steps {
		if st.status == "pending" {
			st.status = map[string]string{"approved": "skipped", "rejected": "skipped"}[status]
			st.status = cmp.Or(st.status, status)
		}
	}
	s.raiseApproval(a, at)
}

func checkpointRoutes() []route {
	return []route{
		{"GET", "pipelines approvals", true, false, (*Server).listApprovals},
		{"PATCH", "pipelines approvals", true, true, (*Server).decideApprovals},
		{"GET", "pipelines approvals *", true, false, (*Server).getApproval},
		{"GET", "pipelines checks configurations", true, false, (*Server).listChecks},
		{"GET", "pipelines checks configurations *", true, false, (*Server).getCheck},
		{"GET", "pipelines checks runs *", true, false, (*Server).getSuite},
	}
}

func (a *approval) render(base, expand string) map[string]any {
	steps := []any{}
	if strings.EqualFold(expand, "steps") || expand == "1" {
		for i, st := range a.steps {
			out := map[string]any{
				"assignedApprover": st.approver, "status": st.status, "comment": st.comment, "order": i + 1, "initiatedOn": renderValue(a.created),
				"lastModifiedOn": renderValue(a.created), "history": []any{},
			}
			if st.actual != nil {
				out["actualApprover"], out["lastModifiedBy"], out["lastModifiedOn"] = st.actual.identity(), st.actual.identity(), renderValue(st.at)
			}
			steps = append(steps, out)
		}
	}
	modified := a.created
	if !a.decided.IsZero() {
		modified = a.decided
	}
	return map[string]any{
		"id": a.id, "status": a.status, "createdOn": renderValue(a.created), "lastModifiedOn": renderValue(modified), "executionOrder": "anyOrder",
		"minRequiredApprovers": a.min, "blockedApprovers": []any{}, "instructions": a.stage.Approval.Instructions, "steps": steps,
		"pipeline": map[string]any{
			"id": strconv.Itoa(a.build.def.id), "name": a.build.def.Name,
			"owner": map[string]any{"id": a.build.ID, "name": a.build.Number, "_links": map[string]any{"self": map[string]any{"href": a.build.url(base)}}},
		},
		"_links": map[string]any{"self": map[string]any{"href": base + "/" + a.build.def.project.id + "/_apis/pipelines/approvals/" + a.id}},
	}
}

func (s *Server) listApprovals(q *request) answer {
	ids, users := splitList(q.query.Get("approvalIds")), splitList(q.query.Get("userIds"))
	state := byNumber(q.query.Get("state"), map[string]string{"2": "pending", "4": "approved", "8": "rejected", "16": "skipped", "32": "canceled", "64": "timedOut"})
	has := func(list []string, value string) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(v string) bool { return strings.EqualFold(v, value) })
	}
	values := []any{}
	for _, a := range slices.Backward(s.runs.approvals) {
		asked := slices.ContainsFunc(a.steps, func(st *step) bool {
			id, _ := st.approver["id"].(string)
			return has(users, id)
		})
		if a.build.def.project == q.project && has(ids, a.id) && asked && (state == "" || strings.EqualFold(state, "all") || strings.EqualFold(state, a.status)) {
			values = append(values, a.render(q.base, q.query.Get("$expand")))
		}
	}
	return page(q, values, 1000)
}

func (s *Server) approval(q *request, id string) *approval {
	for _, a := range s.runs.approvals {
		if strings.EqualFold(a.id, id) && a.build.def.project == q.project {
			return a
		}
	}
	return nil
}

func noApproval(id string) answer {
	return refuse(http.StatusNotFound, "ApprovalNotFoundException", "Approval with ID "+id+" was not found.")
}

func (s *Server) getApproval(q *request) answer {
	a := s.approval(q, q.args[0])
	if a == nil {
		return noApproval(q.args[0])
	}
	return ok(a.render(q.base, q.query.Get("$expand")))
}

// decideApprovals takes decisions, all of them or none.
func (s *Server) decideApprovals(q *request) answer {
	var body []struct {
		ID      string `json:"approvalId"`
		Status  any    `json:"status"`
		Comment string `json:"comment"`
	}
	if json.Unmarshal(q.body, &body) != nil || len(body) == 0 {
		return misfit("The body cannot be read.")
	}
	var values []any
	for _, d := range body {
		a := s.approval(q, d.ID)
		status := byNumber(jsonWord(d.Status), map[string]string{"4": "approved", "8": "rejected"})
		switch {
		case a == nil:
			return noApproval(d.ID)
		case status != "approved" && status != "rejected":
			return refuse(http.StatusBadRequest, "InvalidApprovalUpdateException", "The status "+status+" is not one that an approval can be given.")
		case a.status != "pending":
			return refuse(http.StatusBadRequest, "ApprovalAlreadyCompletedException", "Approval "+a.id+" has been completed with the status "+a.status+".")
		case a.stepOf(q.user) == nil:
			return refuse(http.StatusForbidden, "ApprovalUnauthorizedException", "User "+q.user.Name+" is not among the approvers of approval "+a.id+", or has decided it already.")
		}
	}
	now := s.Now().UTC()
	for _, d := range body {
		a := s.approval(q, d.ID)
		if st := a.stepOf(q.user); st != nil && a.status == "pending" {
			s.decide(a, st, q.user, byNumber(jsonWord(d.Status), map[string]string{"4": "approved", "8": "rejected"}), d.Comment, now)
		}
		values = append(values, a.render(q.base, "steps"))
	}
	s.advance()
	return list(values)
}

// stepOf is the step that a user may decide; nil for none. A group's step is
// everybody's.
func (a *approval) stepOf(by *User) *step {
	for _, st := range a.steps {
		name, _ := st.approver["uniqueName"].(string)
		if st.status == "pending" && (strings.EqualFold(name, by.Mail) || strings.HasPrefix(name, "vstfs:")) {
			return st
		}
	}
	return nil
}

func (s *Server) decide(a *approval, st *step, by *User, status, comment string, at time.Time) {
	st.status, st.actual, st.comment, st.at = status, by, comment, at
	approved := 0
	for _, other := range a.steps {
		if other.status == "approved" {
			approved++
		}
	}
	if status == "rejected" || approved >= a.min {
		s.settle(a, status, at)
	}
}

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
