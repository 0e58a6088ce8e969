package azdevops

import (
	"encoding/json"
	"strconv"
	"time"
)

// read reads the resource.
func (e *Event) read() error {
	switch e.Kind {
	case EventWorkItemUpdated:
		return e.readUpdate()
	case EventWorkItemCreated, EventWorkItemDeleted, EventWorkItemRestored, EventWorkItemCommented:
		return e.readWorkItem()
	case EventBuildComplete:
		return e.readBuild()
	case EventReleaseCreated, EventReleaseAbandoned, EventDeploymentStarted, EventDeploymentComplete, EventDeploymentApproval:
		return e.readDeployment()
	case EventRunState, EventStageState, EventJobState, EventApproval:
		return e.readRun()
	}
	return nil
}

func (e *Event) decode(v any) error {
	if err := json.Unmarshal(e.Resource, v); err != nil {
		return eventError("the resource of %s cannot be read: %w", e.Type, err)
	}
	return nil
}

func (e *Event) readWorkItem() error {
	var item WorkItem
	if err := e.decode(&item); err != nil {
		return err
	}
	if item.ID <= 0 {
		return eventError("%s names no work item", e.Type)
	}
	if len(item.Fields) == 0 {
		e.Detail = DetailMinimal
	}
	e.WorkItem = &item
	return nil
}

// readUpdate reads a change: its id is that of the update, the item's is
// workItemId, and the fields hold what has changed only. It is the event that
// comes most, so its resource, which is valid JSON, is taken apart without being
// copied.
func (e *Event) readUpdate() error {
	if e.Resource[0] != '{' {
		return eventError("the resource of %s cannot be read: it is no object", e.Type)
	}
	update := &WorkItemUpdate{}
	var flat, push bool
	var f flaws
	for name, value := range members(e.Resource) {
		switch string(name) {
		case "id":
			update.ID = f.number(value)
		case "workItemId":
			update.WorkItem = f.number(value)
		case "rev":
			update.Rev = f.number(value)
		case "revisedBy":
			f.note(update.By.UnmarshalJSON(value))
		case "revisedDate":
			var s stamp
			f.note(s.UnmarshalJSON(value))
			update.Date = time.Time(s)
		case "fields":
			update.Fields, flat = deltas(value)
		case "relations":
			f.note(json.Unmarshal(value, &update.Relations))
		case "revision":
			e.WorkItem = f.item(value)
		case "commits":
			push = true
		}
	}
	switch {
	case push:
		return eventError("%s has the resource of a git.push, as an old sample of the documentation does; the real event has workItemId, a delta in fields, and revision", e.Type)
	case flat:
		return eventError("%s has plain values in resource.fields, as the documentation's sample does; the real event has workItemId, {oldValue, newValue} for each changed field, and the whole item in revision", e.Type)
	case f.err != nil:
		return eventError("the resource of %s cannot be read: %w", e.Type, f.err)
	case update.WorkItem <= 0 && e.WorkItem != nil:
		update.WorkItem = e.WorkItem.ID
	}
	if update.WorkItem <= 0 {
		return eventError("%s names no work item", e.Type)
	}
	if e.Update = update; e.WorkItem == nil {
		e.WorkItem = &WorkItem{ID: update.WorkItem, Rev: update.Rev}
		e.Detail = DetailMinimal
	}
	return nil
}

// flaws notes the first thing that cannot be read.
type flaws struct{ err error }

func (f *flaws) note(err error) {
	if f.err == nil {
		f.err = err
	}
}

// number reads a whole number; null is 0.
func (f *flaws) number(value json.RawMessage) int {
	if string(value) == "null" {
		return 0
	}
	n, err := strconv.Atoi(string(value))
	f.note(err)
	return n
}

// item reads a work item; nil for none.
func (f *flaws) item(object json.RawMessage) *WorkItem {
	if object[0] != '{' {
		return nil
	}
	item := &WorkItem{}
	for name, value := range members(object) {
		switch string(name) {
		case "id":
			item.ID = f.number(value)
		case "rev":
			item.Rev = f.number(value)
		case "fields":
			item.Fields = Fields(value)
		case "relations":
			f.note(json.Unmarshal(value, &item.Relations))
		case "url":
			item.URL = unquote(value)
		}
	}
	return item
}

// deltas reads what has become of fields, and whether there are plain values
// among them instead.
func deltas(object json.RawMessage) (fields map[string]Delta, flat bool) {
	for name, value := range members(object) {
		if value[0] != '{' {
			return nil, true
		}
		var d Delta
		for part, v := range members(value) {
			switch {
			case string(v) == "null":
			case string(part) == "oldValue":
				d.Old = v
			case string(part) == "newValue":
				d.New = v
			}
		}
		if fields == nil {
			fields = map[string]Delta{}
		}
		fields[string(name)] = d
	}
	return fields, false
}

func (e *Event) readBuild() error {
	var w struct {
		ID         anyID    `json:"id"`
		Number     string   `json:"buildNumber"`
		Status     string   `json:"status"`
		Result     string   `json:"result"`
		Branch     string   `json:"sourceBranch"`
		Version    string   `json:"sourceVersion"`
		Started    stamp    `json:"startTime"`
		Finished   stamp    `json:"finishTime"`
		Requester  Identity `json:"requestedFor"`
		Definition named    `json:"definition"`
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	if w.ID <= 0 {
		return eventError("%s names no build", e.Type)
	}
	if w.Result == "" && w.Status != string(BuildCompleted) {
		w.Result = w.Status // resource 1.0 puts the result there
	}
	if w.Result == "stopped" { // and has a word of its own
		w.Result = string(BuildCanceled)
	}
	if w.Number == "" {
		e.Detail = DetailMinimal
	}
	e.Build = &BuildEvent{
		ID: int(w.ID), Number: w.Number, Result: BuildResult(w.Result), DefinitionID: int(w.Definition.ID), Definition: w.Definition.Name,
		Branch: w.Branch, Version: w.Version, Requester: w.Requester, Started: time.Time(w.Started), Finished: time.Time(w.Finished),
	}
	return nil
}

func (e *Event) readDeployment() error {
	var w struct {
		Release     named `json:"release"`
		Environment struct {
			named
			Status    string `json:"status"`
			ReleaseID anyID  `json:"releaseId"`
			Release   named  `json:"release"`
		} `json:"environment"`
		Approval *ReleaseApproval `json:"approval"`
		Project  struct {
			Name string `json:"name"`
		} `json:"project"`
		// Of the resource in short.
		named
		ReleaseID anyID `json:"releaseId"`
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	release := w.Release
	if release.ID == 0 {
		release = w.Environment.Release
	}
	if release.ID == 0 {
		release.ID = w.Environment.ReleaseID
	}
	d := &DeploymentEvent{
		ReleaseID: int(release.ID), ReleaseName: release.Name, EnvironmentID: int(w.Environment.ID), EnvironmentName: w.Environment.Name,
		EnvironmentStatus: w.Environment.Status, Approval: w.Approval, Project: w.Project.Name,
	}
	if d.ReleaseID == 0 {
		e.Detail = DetailMinimal
		about := e.Kind == EventReleaseCreated || e.Kind == EventReleaseAbandoned
		switch {
		case about:
			d.ReleaseID = int(w.ID)
		default:
			d.ReleaseID, d.EnvironmentID = int(w.ReleaseID), int(w.ID)
		}
	}
	e.Deployment = d
	return nil
}

func (e *Event) readRun() error {
	type part struct {
		Name   string `json:"name"`
		State  string `json:"state"`
		Result string `json:"result"`
	}
	var w struct {
		Run *struct {
			named
			State    string `json:"state"`
			Result   string `json:"result"`
			Pipeline *named `json:"pipeline"`
		} `json:"run"`
		Pipeline  *named    `json:"pipeline"`
		Stage     *part     `json:"stage"`
		StageName string    `json:"stageName"`
		Job       *part     `json:"job"`
		Approval  *Approval `json:"approval"`
		Resource  *part     `json:"resource"` // what an approval is for
		ID        anyID     `json:"id"`       // of the resource in short
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	r := &RunEvent{Approval: w.Approval, Stage: w.StageName}
	switch {
	case w.Run != nil:
		r.RunID, r.RunName, r.State, r.Result = int(w.Run.ID), w.Run.Name, w.Run.State, w.Run.Result
		if w.Pipeline == nil {
			w.Pipeline = w.Run.Pipeline
		}
	case w.Approval != nil: // as the documentation's sample is
		r.RunID, r.PipelineName = w.Approval.RunID, w.Approval.Pipeline
	default:
		r.RunID, e.Detail = int(w.ID), DetailMinimal
	}
	if w.Pipeline != nil {
		r.PipelineID, r.PipelineName = int(w.Pipeline.ID), w.Pipeline.Name
	}
	if w.Stage != nil {
		r.Stage = w.Stage.Name
	}
	if w.Job != nil {
		r.Job = w.Job.Name
	}
	if w.Resource != nil {
		r.Environment = w.Resource.Name
	}
	switch {
	case e.Kind == EventJobState && w.Job != nil:
		r.State, r.Result = w.Job.State, w.Job.Result
	case e.Kind == EventStageState && w.Stage != nil:
		r.State, r.Result = w.Stage.State, w.Stage.Result
	case e.Kind == EventApproval && w.Approval != nil:
		r.State, r.Result = string(w.Approval.Status), ""
	}
	e.Run = r
	return nil
}
