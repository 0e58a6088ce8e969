package azdevopstest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func releaseRoutes() []route {
	return []route{
		{"GET", "release definitions", true, false, (*Server).listReleaseDefinitions},
		{"GET", "release releases", true, false, (*Server).listReleases},
		{"POST", "release releases", true, true, (*Server).postRelease},
		{"GET", "release releases *", true, false, (*Server).getRelease},
		{"PATCH", "release releases *", true, true, (*Server).patchRelease},
		{"GET", "release releases * environments *", true, false, (*Server).getReleaseStage},
		{"PATCH", "release releases * environments *", true, true, (*Server).patchReleaseStage},
		{"GET", "release approvals", true, false, (*Server).listReleaseApprovals},
		{"GET", "release approvals *", true, false, (*Server).getReleaseApproval},
		{"PATCH", "release approvals *", true, true, (*Server).patchReleaseApproval},
		{"PATCH", "release gates *", true, true, (*Server).patchGates},
		{"GET", "release deployments", true, false, (*Server).listDeployments},
	}
}

func (d *releaseDefinition) ref(base string) map[string]any {
	return map[string]any{
		"id": d.id, "name": d.Name, "path": `\`, "url": base + "/" + d.project.id + "/_apis/Release/definitions/" + strconv.Itoa(d.id),
		"projectReference": map[string]any{"id": d.project.id, "name": d.project.Name},
	}
}

func (s *Server) listReleaseDefinitions(q *request) answer {
	var values []any
	for _, d := range s.releases.definitions {
		if d.project == q.project {
			values = append(values, d.ref(q.base))
		}
	}
	return page(q, values, 10_000)
}

func (r *release) ref(base string) map[string]any {
	return map[string]any{
		"id": r.id, "name": r.name(), "url": base + "/" + r.def.project.id + "/_apis/Release/releases/" + strconv.Itoa(r.id),
		"_links": map[string]any{"web": map[string]any{"href": base + "/" + r.def.project.id + "/_release?releaseId=" + strconv.Itoa(r.id) + "&_a=release-summary"}},
	}
}

func (r *release) render(base string) map[string]any {
	out := r.ref(base)
	stages := make([]any, len(r.stages))
	for i, st := range r.stages {
		stages[i] = st.render(base, r)
	}
	out["status"], out["createdOn"], out["createdBy"] = r.status, renderValue(r.created), r.by.identity()
	out["releaseDefinition"], out["environments"] = r.def.ref(base), stages
	out["projectReference"] = map[string]any{"id": r.def.project.id, "name": r.def.project.Name}
	artifacts := make([]any, 0, len(r.builds))
	for _, b := range r.builds {
		artifacts = append(artifacts, map[string]any{
			"alias": "_" + b.def.Name, "type": "Build", "sourceId": b.def.project.id + ":" + strconv.Itoa(b.def.id), "isPrimary": len(artifacts) == 0,
			"definitionReference": map[string]any{
				"definition": map[string]any{"id": strconv.Itoa(b.def.id), "name": b.def.Name},
				"version":    map[string]any{"id": strconv.Itoa(b.ID), "name": b.Number},
			},
		})
	}
	out["artifacts"] = artifacts
	return out
}

func (s *releaseStage) render(base string, r *release) map[string]any {
	steps, before, after := []any{}, []any{}, []any{}
	if d := s.deployment; d != nil {
		steps = append(steps, map[string]any{
			"id": d.id, "deploymentId": d.id, "attempt": 1, "status": d.status, "operationStatus": d.operation,
			"preDeploymentGates": d.before.render(), "postDeploymentGates": d.after.render(),
		})
		for _, ap := range d.before.approvals {
			before = append(before, ap.render(base))
		}
		for _, ap := range d.after.approvals {
			after = append(after, ap.render(base))
		}
	}
	return map[string]any{
		"id": s.id, "releaseId": r.id, "name": s.Name, "status": s.status, "rank": s.index + 1, "definitionEnvironmentId": s.definitionID,
		"deploySteps": steps, "preDeployApprovals": before, "postDeployApprovals": after, "release": r.ref(base), "releaseDefinition": r.def.ref(base),
	}
}

func (s *Server) listReleases(q *request) answer {
	want := q.query.Get("definitionId")
	var values []any
	for _, r := range slices.Backward(s.releases.releases) {
		if r.def.project == q.project && (want == "" || want == strconv.Itoa(r.def.id)) {
			values = append(values, r.render(q.base))
		}
	}
	return page(q, values, 50)
}

func (s *Server) postRelease(q *request) answer {
	var body struct {
		Definition int `json:"definitionId"`
		Artifacts  []struct {
			Instance struct {
				ID string `json:"id"`
			} `json:"instanceReference"`
		} `json:"artifacts"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	d := s.releases.definition(q.project, strconv.Itoa(body.Definition))
	if d == nil {
		return refuse(http.StatusNotFound, "ReleaseDefinitionNotFoundException", "VS402844: Release definition with ID "+strconv.Itoa(body.Definition)+" does not exist.")
	}
	var builds []*build
	for _, artifact := range body.Artifacts {
		id, err := strconv.Atoi(artifact.Instance.ID)
		b := s.buildOf(id)
		if err != nil || b == nil {
			return refuse(http.StatusBadRequest, "InvalidRequestException", "VS402866: The version "+artifact.Instance.ID+" of an artifact does not exist.")
		}
		builds = append(builds, b)
	}
	return ok(s.createRelease(d, q.user, builds).render(q.base))
}

func (s *Server) release(q *request) (*release, answer) {
	id, err := strconv.Atoi(q.args[0])
	r := s.releaseOf(id)
	if err != nil || r == nil || r.def.project != q.project {
		return nil, refuse(http.StatusNotFound, "ReleaseNotFoundException", "VS402845: Release with ID "+q.args[0]+" does not exist.")
	}
	return r, answer{}
}

func (s *Server) getRelease(q *request) answer {
	r, a := s.release(q)
	if r == nil {
		return a
	}
	return ok(r.render(q.base))
}

// patchRelease abandons a release.
func (s *Server) patchRelease(q *request) answer {
	r, a := s.release(q)
	if r == nil {
		return a
	}
	var body struct {
		Status any `json:"status"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	busy := slices.ContainsFunc(r.stages, func(st *releaseStage) bool { return st.status == "inProgress" })
	if status := byNumber(jsonWord(body.Status), map[string]string{"4": "abandoned"}); !strings.EqualFold(status, "abandoned") || busy || r.status == "abandoned" {
		return refuse(http.StatusBadRequest, "InvalidRequestException", "VS402980: Release "+r.name()+" cannot be changed to "+status+" now.")
	}
	r.status = "abandoned"
	s.raiseRelease(r, "release-abandoned", s.Now())
	return ok(r.render(q.base))
}

func (s *Server) releaseStage(q *request) (*release, *releaseStage, answer) {
	r, a := s.release(q)
	if r == nil {
		return nil, nil, a
	}
	for _, st := range r.stages {
		if strconv.Itoa(st.id) == q.args[1] {
			return r, st, answer{}
		}
	}
	return r, nil, refuse(http.StatusNotFound, "ReleaseEnvironmentNotFoundException", "VS402862: Environment with ID "+q.args[1]+" does not exist in release "+q.args[0]+".")
}

func (s *Server) getReleaseStage(q *request) answer {
	r, st, a := s.releaseStage(q)
	if st == nil {
		return a
	}
	return ok(st.render(q.base, r))
}

// patchReleaseStage starts or cancels a deployment.
func (s *Server) patchReleaseStage(q *request) answer {
	r, st, a := s.releaseStage(q)
	if st == nil {
		return a
	}
	var body struct {
		Status any `json:"status"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	now := s.Now().UTC()
	switch status := byNumber(jsonWord(body.Status), map[string]string{"2": "inProgress", "8": "canceled"}); {
	case strings.EqualFold(status, "inProgress") && st.status != "inProgress" && r.status == "active":
		s.deploy(r, st, now)
	case strings.EqualFold(status, "canceled") && st.status == "inProgress":
		if ap := st.deployment.approval; ap != nil {
			ap.status, ap.modified = "canceled", now
		}
		s.endDeployment(st.deployment, "canceled", now)
	default:
		return refuse(http.StatusBadRequest, "InvalidRequestException", "VS402965: Environment "+st.Name+" is "+st.status+" and cannot be changed to "+status+".")
	}
	s.moveRelease(r, now)
	return ok(st.render(q.base, r))
}

func (a *releaseApproval) render(base string) map[string]any {
	d := a.deployment
	if a.history == nil {
		a.history = []any{}
	}
	out := map[string]any{
		"id": a.id, "revision": a.revision, "approver": a.approver, "approvalType": a.kind, "createdOn": renderValue(a.created),
		"modifiedOn": renderValue(a.modified), "status": a.status, "comments": a.comments, "isAutomated": false, "attempt": 1, "rank": 1, "history": a.history,
		"release": d.release.ref(base), "releaseDefinition": d.release.def.ref(base),
		"releaseEnvironment": map[string]any{"id": d.stage.id, "name": d.stage.Name},
		"url":                base + "/" + d.release.def.project.id + "/_apis/Release/approvals/" + strconv.Itoa(a.id),
	}
	if a.by != nil {
		out["approvedBy"] = a.by.identity()
	}
	return out
}

// listReleaseApprovals answers approvals, the newest first; pending ones unless
// something else is asked for.
func (s *Server) listReleaseApprovals(q *request) answer {
	status := byNumber(q.query.Get("statusFilter"), map[string]string{"1": "pending", "2": "approved", "4": "rejected", "7": "undefined"})
	if status == "" {
		status = "pending"
	}
	var values []any
	for _, ap := range slices.Backward(s.releases.approvals) {
		if ap.deployment.release.def.project == q.project && (strings.EqualFold(status, "undefined") || strings.EqualFold(ap.status, status)) {
			values = append(values, ap.render(q.base))
		}
	}
	return page(q, values, 50)
}

func (s *Server) releaseApproval(q *request) (*releaseApproval, answer) {
	id, err := strconv.Atoi(q.args[0])
	if err == nil && id >= 1 && id <= len(s.releases.approvals) && s.releases.approvals[id-1].deployment.release.def.project == q.project {
		return s.releases.approvals[id-1], answer{}
	}
	return nil, refuse(http.StatusNotFound, "ApprovalNotFoundException", "VS402860: Approval with ID "+q.args[0]+" does not exist.")
}

func (s *Server) getReleaseApproval(q *request) answer {
	ap, a := s.releaseApproval(q)
	if ap == nil {
		return a
	}
	return ok(ap.render(q.base))
}

func (s *Server) patchReleaseApproval(q *request) answer {
	ap, a := s.releaseApproval(q)
	if ap == nil {
		return a
	}
	var body struct {
		Status   any    `json:"status"`
		Comments string `json:"comments"`
		Approver struct {
			ID string `json:"id"`
		} `json:"approver"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	status := strings.ToLower(byNumber(jsonWord(body.Status), map[string]string{"2": "approved", "4": "rejected", "8": "reassigned"}))
	name, _ := ap.approver["uniqueName"].(string)
	switch {
	case status != "approved" && status != "rejected" && status != "reassigned":
		return refuse(http.StatusBadRequest, "InvalidRequestException", "The status "+status+" is not one that an approval can be given.")
	case ap.status != "pending":
		return refuse(http.StatusBadRequest, "ReleaseManagementObjectModifiedException", "VS402877: Approval "+q.args[0]+" has been "+ap.status+" already.")
	case !strings.EqualFold(name, q.user.Mail):
		return refuse(http.StatusForbidden, "AccessDeniedException", "VS402904: Access denied: User "+q.user.Name+" does not have manage permissions on approval "+q.args[0]+".")
	}
	now := s.Now().UTC()
	if status != "reassigned" {
		s.decideRelease(ap, q.user, status, body.Comments, now)
		return ok(ap.render(q.base))
	}
	to := s.userByID(body.Approver.ID)
	if to == nil {
		return refuse(http.StatusBadRequest, "InvalidRequestException", "VS402889: The identity "+body.Approver.ID+" to which the approval is reassigned does not exist.")
	}
	ap.reassign(to, q.user, body.Comments, now)
	return ok(ap.render(q.base))
}

// reassign asks somebody else. That the approval keeps its id and stays pending
// is not verified on a real organization.
func (a *releaseApproval) reassign(to, by *User, comments string, now time.Time) {
	a.history = append(a.history, map[string]any{
		"revision": a.revision, "approver": a.approver, "changedBy": by.identity(), "comments": comments,
		"createdOn": renderValue(a.modified), "modifiedOn": renderValue(now),
	})
	a.approver, a.modified, a.comments = to.identity(), now, comments
	a.revision++
}

func (s *Server) userByID(id string) *User {
	for _, u := range s.users {
		if text, _ := u.identity()["id"].(string); strings.EqualFold(text, id) {
			return u
		}
	}
	return nil
}

func (s *Server) decideRelease(ap *releaseApproval, by *User, status, comments string, now time.Time) {
	ap.status, ap.comments, ap.by, ap.modified = status, comments, by, now
	d := ap.deployment
	s.raiseDeployment(d, "deployment-approval-completed", now)
	if status == "rejected" {
		s.endDeployment(d, "rejected", now)
		return
	}
	d.approval = nil
	s.proceed(d, now)
	s.moveRelease(d.release, now)
}

// patchGates lets a deployment go on past gates.
func (s *Server) patchGates(q *request) answer {
	var body struct {
		Ignore  []string `json:"gatesToIgnore"`
		Comment string   `json:"comment"`
	}
	if json.Unmarshal(q.body, &body) != nil {
		return misfit("The body cannot be read.")
	}
	for _, d := range s.releases.deployments {
		for _, o := range []*signoff{&d.before, &d.after} {
			if strconv.Itoa(o.step) != q.args[0] || d.release.def.project != q.project || o.status == "none" {
				continue
			}
			if !d.finished.IsZero() || !o.gatesOpen() {
				return refuse(http.StatusBadRequest, "InvalidRequestException", "The gates have been evaluated.")
			}
			if name := o.ignore(body.Ignore, s.Now().UTC()); name != "" {
				return refuse(http.StatusBadRequest, "InvalidRequestException", "The gate "+name+" does not exist.")
			}
			s.moveRelease(d.release, s.Now())
			return ok(o.render())
		}
	}
	return refuse(http.StatusNotFound, "ReleaseGateNotFoundException", "The gate step "+q.args[0]+" does not exist.")
}

func (d *deployment) render(base string) map[string]any {
	out := map[string]any{
		"id": d.id, "attempt": 1, "reason": "automated", "deploymentStatus": d.status, "operationStatus": d.operation, "queuedOn": renderValue(d.queued),
		"release": d.release.ref(base), "releaseDefinition": d.release.def.ref(base),
		"releaseEnvironment": map[string]any{"id": d.stage.id, "name": d.stage.Name}, "requestedBy": d.release.by.identity(),
	}
	for name, t := range map[string]time.Time{"startedOn": d.started, "completedOn": d.finished} {
		if !t.IsZero() {
			out[name] = renderValue(t)
		}
	}
	return out
}

// listDeployments answers deployments, the newest first.
func (s *Server) listDeployments(q *request) answer {
	is := func(name, have string) bool {
		want := q.query.Get(name)
		return want == "" || strings.EqualFold(want, "all") || strings.EqualFold(want, have)
	}
	var values []any
	for _, d := range slices.Backward(s.releases.deployments) {
		if d.release.def.project == q.project && is("definitionId", strconv.Itoa(d.release.def.id)) && is("deploymentStatus", d.status) && is("operationStatus", d.operation) {
			values = append(values, d.render(q.base))
		}
	}
	return page(q, values, 50)
}
