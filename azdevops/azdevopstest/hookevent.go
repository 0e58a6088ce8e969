package azdevopstest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hookEvent is something that subscribers are told of.
type hookEvent struct {
	id, kind, publisher string
	project             *project
	at                  time.Time
	text                string
	// resource by version; "" is that of every version.
	resource map[string]map[string]any
	minimal  map[string]any
	// facts are what subscriptions filter by.
	facts map[string][]string
}

// raise has subscribers told. Those on probation lose the event.
func (s *Server) raise(e hookEvent) {
	e.id = s.newGUID()
	e.facts["projectid"] = []string{e.project.id}
	for _, sub := range s.hooks.subscriptions {
		if sub.status != "enabled" || sub.publisher != e.publisher || sub.event != e.kind || !e.matches(sub.filter) {
			continue
		}
		s.hooks.lastID++
		n := &notification{id: s.hooks.lastID, subscription: sub, event: &e, status: "queued", result: "pending", due: e.at}
		n.body = s.bodyOf(n)
		sub.notifications = append(sub.notifications, n)
		s.hooks.queue = append(s.hooks.queue, n)
	}
}

// matches reports whether an event passes a subscription's filter. An area path
// stands for all below it.
func (e *hookEvent) matches(filter map[string]string) bool {
	for name, want := range filter {
		have, filtered := e.facts[strings.ToLower(name)]
		if want == "" || !filtered {
			continue
		}
		if !slices.ContainsFunc(have, func(value string) bool {
			return strings.EqualFold(value, want) || strings.EqualFold(name, "areaPath") && strings.HasPrefix(strings.ToLower(value), strings.ToLower(want)+`\`)
		}) {
			return false
		}
	}
	return true
}

// bodyOf writes what a subscription is sent.
func (s *Server) bodyOf(n *notification) []byte {
	e, sub := n.event, n.subscription
	resource, known := e.resource[sub.version]
	if !known {
		resource = e.resource[""]
	}
	body := map[string]any{
		"subscriptionId": sub.id, "notificationId": n.id, "id": e.id, "eventType": e.kind, "publisherId": e.publisher, "resource": resource,
		"resourceVersion": sub.version, "createdDate": renderValue(e.at),
		"resourceContainers": map[string]any{
			"collection": map[string]any{"id": guidOf("collection"), "baseUrl": s.address + "/"},
			"account":    map[string]any{"id": guidOf("account"), "baseUrl": s.address + "/"},
			"project":    map[string]any{"id": e.project.id, "baseUrl": s.address + "/"},
		},
	}
	switch sub.inputs["resourceDetailsToSend"] {
	case "minimal":
		body["resource"] = e.minimal
	case "none":
		body["resource"] = nil
	}
	for input, name := range map[string]string{"messagesToSend": "message", "detailedMessagesToSend": "detailedMessage"} {
		all := map[string]any{"text": e.text, "html": e.text, "markdown": e.text}
		switch want := sub.inputs[input]; want {
		case "none":
		case "text", "html", "markdown":
			body[name] = map[string]any{want: e.text}
		default:
			body[name] = all
		}
	}
	data, err := json.Marshal(body)
	if err != nil { // cannot be: values of this package can be marshalled
		return nil
	}
	return data
}

// hookFields are fields as service hooks write them: persons as "Name <mail>".
func hookFields(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for ref, value := range fields {
		out[ref] = hookValue(value)
	}
	return out
}

func hookValue(value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	if name, isPerson := object["displayName"].(string); isPerson {
		mail, _ := object["uniqueName"].(string)
		return name + " <" + mail + ">"
	}
	return hookFields(object)
}

// raiseItem tells of a revision of a work item.
func (s *Server) raiseItem(w *workItem, rev int) {
	if rev == 1 {
		s.raiseItemAs("workitem.created", w)
	} else {
		update := w.delta(s.address, rev)
		fields, _ := update["fields"].(map[string]any)
		update["fields"] = hookFields(fields)
		revision := w.render(s.address, rev, nil, "relations")
		all, _ := revision["fields"].(map[string]any)
		revision["fields"] = hookFields(all)
		update["revision"] = revision
		update["_links"] = map[string]any{
			"self": map[string]any{"href": update["url"]}, "parent": map[string]any{"href": itemURL(s.address, w.id)},
			"workItemUpdates": map[string]any{"href": itemURL(s.address, w.id) + "/updates"},
		}
		e := s.itemEvent("workitem.updated", w)
		e.facts["changedfields"] = slices.Collect(maps.Keys(fields))
		e.resource = map[string]map[string]any{"": update}
		e.minimal = map[string]any{"id": rev, "workItemId": w.id, "rev": rev, "url": update["url"]}
		s.raise(e)
	}
	if w.revisions[rev-1].comment != "" {
		s.raiseComment(w, w.comments[len(w.comments)-1])
	}
}

func (s *Server) itemEvent(kind string, w *workItem) hookEvent {
	now := w.now()
	return hookEvent{
		kind: kind, publisher: "tfs", project: w.project, at: s.Now().UTC(),
		text: now.text("System.WorkItemType") + " #" + strconv.Itoa(w.id) + " (" + now.text("System.Title") + ")",
		facts: map[string][]string{
			"workitemtype": {now.text("System.WorkItemType")}, "areapath": {now.text("System.AreaPath")}, "tag": strings.Split(now.text("System.Tags"), "; "),
		},
		minimal: map[string]any{"id": w.id, "rev": w.rev(), "url": itemURL(s.address, w.id)},
	}
}

// raiseItemAs tells of a work item as a whole: that it was created, deleted or
// restored.
func (s *Server) raiseItemAs(kind string, w *workItem) {
	e := s.itemEvent(kind, w)
	e.resource = map[string]map[string]any{"": s.hookItem(kind, w)}
	s.raise(e)
}

func (s *Server) hookItem(kind string, w *workItem) map[string]any {
	item := w.render(s.address, w.rev(), nil, "all")
	fields, _ := item["fields"].(map[string]any)
	item["fields"] = hookFields(fields)
	if kind == "workitem.deleted" {
		item["url"] = s.address + "/_apis/wit/recyclebin/" + strconv.Itoa(w.id)
	}
	return item
}

// raiseComment tells of a comment on a work item.
func (s *Server) raiseComment(w *workItem, c *comment) {
	item := s.hookItem("workitem.commented", w)
	fields, _ := item["fields"].(map[string]any)
	fields["System.History"] = c.text
	item["commentVersionRef"] = map[string]any{
		"commentId": c.id, "version": c.version, "url": itemURL(s.address, w.id) + "/comments/" + strconv.Itoa(c.id) + "/versions/" + strconv.Itoa(c.version),
	}
	e := s.itemEvent("workitem.commented", w)
	e.resource = map[string]map[string]any{"": item}
	s.raise(e)
}

// raiseBuild tells that a build has ended. Version 1.0 of the resource has the
// result as its status.
func (s *Server) raiseBuild(b *build, at time.Time) {
	now := b.render(s.address)
	old := maps.Clone(now)
	delete(old, "result")
	old["status"] = b.Result
	if b.Result == "canceled" {
		old["status"] = "stopped"
	}
	word := map[string]string{"succeeded": "Succeeded", "partiallySucceeded": "PartiallySucceeded", "failed": "Failed", "canceled": "Stopped"}[b.Result]
	s.raise(hookEvent{
		kind: "build.complete", publisher: "tfs", project: b.def.project, at: at, text: "Build " + b.Number + " " + b.Result,
		resource: map[string]map[string]any{"": now, "1.0": old}, minimal: map[string]any{"id": b.ID, "url": b.url(s.address)},
		facts: map[string][]string{"definitionname": {b.def.Name}, "buildstatus": {word}},
	})
}

// runEvent is an event about a run, a stage, a job or an approval.
func (s *Server) runEvent(kind string, b *build, at time.Time, more map[string]any) hookEvent {
	resource := map[string]any{"run": b.renderRun(s.address), "pipeline": b.def.renderPipeline(s.address), "projectId": b.def.project.id}
	maps.Copy(resource, more)
	return hookEvent{
		kind: kind, publisher: "pipelines", project: b.def.project, at: at, text: "Run " + b.Number + " of " + b.def.Name,
		resource: map[string]map[string]any{"": resource}, minimal: map[string]any{"id": b.ID, "url": b.url(s.address)},
		facts: map[string][]string{"pipelineid": {strconv.Itoa(b.def.id)}},
	}
}

func (s *Server) raiseRun(b *build, at time.Time) {
	e := s.runEvent("ms.vss-pipelines.run-state-changed-event", b, at, nil)
	e.facts["runstateid"] = []string{runState(b.Status)}
	e.facts["runresultid"] = []string{runResult(b.Result)}
	s.raise(e)
}

// raiseStage tells of a stage and of its job.
func (s *Server) raiseStage(b *build, st *stageRun, at time.Time) {
	part := func(id, name string) map[string]any {
		out := map[string]any{"id": id, "name": name, "displayName": name, "attempt": st.attempt, "state": st.state}
		if st.result != "" {
			out["result"] = st.result
		}
		return out
	}
	stage := part(st.id, st.Name)
	for _, kind := range []string{"ms.vss-pipelines.stage-state-changed-event", "ms.vss-pipelines.job-state-changed-event"} {
		more := map[string]any{"stage": stage}
		if strings.Contains(kind, "job") {
			more["job"] = part(st.job, st.Name+" job")
		}
		e := s.runEvent(kind, b, at, more)
		e.facts["stagenameid"], e.facts["stagestateid"], e.facts["stageresultid"] = []string{st.Name}, []string{st.state}, []string{st.result}
		s.raise(e)
	}
}

// raiseApproval tells that an approval is wanted, or no more.
func (s *Server) raiseApproval(a *approval, at time.Time) {
	kind := "ms.vss-pipelinechecks-events.approval-completed"
	if a.status == "pending" {
		kind = "ms.vss-pipelinechecks-events.approval-pending"
	}
	e := s.runEvent(kind, a.build, at, map[string]any{
		"approval": a.render(s.address, "steps"), "stage": map[string]any{"id": a.stage.id, "name": a.stage.Name}, "stageName": a.stage.Name,
		"resource": map[string]any{"type": "environment", "name": a.stage.Environment},
	})
	e.facts["environmentname"], e.facts["stagename"] = []string{a.stage.Environment}, []string{a.stage.Name}
	s.raise(e)
}

// raiseRelease tells that a release was created or abandoned.
func (s *Server) raiseRelease(r *release, what string, at time.Time) {
	s.raise(hookEvent{
		kind: "ms.vss-release." + what + "-event", publisher: "rm", project: r.def.project, at: at, text: r.name(),
		resource: map[string]map[string]any{"": {"release": r.render(s.address), "project": projectRef(r.def.project)}},
		minimal:  r.ref(s.address), facts: map[string][]string{"releasedefinitionid": {strconv.Itoa(r.def.id)}},
	})
}

func projectRef(p *project) map[string]any { return map[string]any{"id": p.id, "name": p.Name} }

// raiseDeployment tells of a deployment, or of one of its approvals.
func (s *Server) raiseDeployment(d *deployment, what string, at time.Time) {
	r := d.release
	resource := map[string]any{"environment": d.stage.render(s.address, r), "project": projectRef(r.def.project), "release": r.ref(s.address)}
	e := hookEvent{
		kind: "ms.vss-release." + what + "-event", publisher: "rm", project: r.def.project, at: at, text: r.name() + " in " + d.stage.Name,
		resource: map[string]map[string]any{"": resource}, minimal: map[string]any{"id": d.stage.id, "releaseId": r.id, "url": r.ref(s.address)["url"]},
		facts: map[string][]string{"releasedefinitionid": {strconv.Itoa(r.def.id)}, "releaseenvironmentid": {strconv.Itoa(d.stage.definitionID)}},
	}
	if strings.HasPrefix(what, "deployment-approval") {
		resource["approval"] = d.approval.render(s.address)
	} else {
		resource["deployment"] = d.render(s.address)
		number := map[string]string{"succeeded": "4", "canceled": "8", "rejected": "16", "partiallySucceeded": "128"}[d.stage.status]
		e.facts["releaseenvironmentstatus"] = []string{number}
	}
	s.raise(e)
}
