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
