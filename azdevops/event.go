package azdevops

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// EventKind is what a service hook tells of, whatever its publisher is called.
type EventKind string

// The kinds of events that are read into types. Others are read as EventOther.
const (
	EventWorkItemCreated    EventKind = "workitem.created"
	EventWorkItemUpdated    EventKind = "workitem.updated"
	EventWorkItemDeleted    EventKind = "workitem.deleted"
	EventWorkItemRestored   EventKind = "workitem.restored"
	EventWorkItemCommented  EventKind = "workitem.commented"
	EventBuildComplete      EventKind = "build.complete"
	EventReleaseCreated     EventKind = "release-created"
	EventReleaseAbandoned   EventKind = "release-abandoned"
	EventDeploymentStarted  EventKind = "deployment-started"
	EventDeploymentComplete EventKind = "deployment-completed"
	EventDeploymentApproval EventKind = "deployment-approval" // pending or completed; see Event.Type
	EventRunState           EventKind = "run-state-changed"
	EventStageState         EventKind = "stage-state-changed"
	EventJobState           EventKind = "job-state-changed"
	EventApproval           EventKind = "approval" // of a pipeline, pending or completed; see Event.Type
	EventOther              EventKind = ""
)

// EventDetail is how much of the resource a subscription asks for.
type EventDetail string

// The details of events. With less than all, read what is missing by the ids.
const (
	DetailAll     EventDetail = "all"
	DetailMinimal EventDetail = "minimal"
	DetailNone    EventDetail = "none"
)

// Event is what a service hook sends. SubscriptionID and NotificationID tell a
// delivery, ID the event, which is the same when a delivery is repeated.
//
// Messages are not read: they are in the language of the subscription, and can
// be left out.
type Event struct {
	SubscriptionID string
	NotificationID int
	ID             string
	Type           string // as it was sent, "ms.vss-release.deployment-completed-event"
	Publisher      string // "tfs", "rm", "pipelines", ...
	Version        string // of the resource, "1.0"
	Created        time.Time
	ProjectID      string // GUID; "" where the event has none
	ProjectURL     string // base address of the project's organization
	Kind           EventKind
	Detail         EventDetail

	// WorkItem is the item as it is now: of the events about work items, as far
	// as Detail goes.
	WorkItem *WorkItem
	// Update is what has changed: of EventWorkItemUpdated.
	Update *WorkItemUpdate
	// Build is of EventBuildComplete.
	Build *BuildEvent
	// Deployment is of the events about classic releases.
	Deployment *DeploymentEvent
	// Run is of the events about runs, stages, jobs and approvals of pipelines.
	Run *RunEvent

	// Resource is the resource as it was sent.
	Resource json.RawMessage
}

// BuildEvent is a build that has ended.
type BuildEvent struct {
	ID         int
	Number     string
	Result     string // "succeeded", "partiallySucceeded", "failed", "canceled"; resource 1.0 says "stopped" for the last
	Definition string
	Requester  Identity
	Started    time.Time
	Finished   time.Time
}

// DeploymentEvent is a deployment of a classic release.
type DeploymentEvent struct {
	ReleaseID         int
	ReleaseName       string
	EnvironmentID     int
	EnvironmentName   string
	EnvironmentStatus string // "succeeded", "rejected", "canceled", "partiallySucceeded", ...
	ApprovalID        int    // of the events about approvals
	ApprovalStatus    string
	Project           string
}

// RunEvent is a state of a run, of one of its stages or jobs, or an approval
// that it waits for.
type RunEvent struct {
	RunID          int
	RunName        string
	PipelineID     int
	PipelineName   string
	Stage          string // name
	Job            string // name
	State          string // of what the event is about
	Result         string // of what the event is about; "" while it is in progress
	ApprovalID     string // GUID, of the events about approvals
	ApprovalStatus string
}

// ErrEvent means that a body is no event of a service hook, or none that any
// release sends.
var ErrEvent = errors.New("no event of a service hook")

// ParseEvent reads the body of a service hook's request, of all publishers and
// versions of resources. An event of a kind that this package does not know is
// EventOther, and no error. A body that is shaped like the documentation's sample
// of workitem.updated, and not like the real event, is an error that says so: a
// receiver that was written after the sample would never see a change.
//
// The body is not signed, and proves nothing about who sent it: check the
// credentials of the request before.
func ParseEvent(body []byte) (Event, error) {
	var w struct {
		Subscription string          `json:"subscriptionId"`
		Notification int             `json:"notificationId"`
		ID           string          `json:"id"`
		Type         string          `json:"eventType"`
		Publisher    string          `json:"publisherId"`
		Version      string          `json:"resourceVersion"`
		Created      stamp           `json:"createdDate"`
		Resource     json.RawMessage `json:"resource"`
		Containers   map[string]struct {
			ID  string `json:"id"`
			URL string `json:"baseUrl"`
		} `json:"resourceContainers"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(withoutBOM(body)), &w); err != nil {
		return Event{}, eventError("the body cannot be read: %w", err)
	}
	if w.Type == "" || w.ID == "" {
		return Event{}, eventError("the body has no eventType or no id")
	}
	e := Event{
		SubscriptionID: w.Subscription, NotificationID: w.Notification, ID: w.ID, Type: w.Type, Publisher: w.Publisher,
		Version: w.Version, Created: time.Time(w.Created), Resource: w.Resource,
		ProjectID: w.Containers["project"].ID, ProjectURL: w.Containers["project"].URL,
	}
	if string(e.Resource) == "null" {
		e.Resource = nil
	}
	e.Kind, e.Detail = kindOfEvent(w.Type), DetailAll
	if len(e.Resource) == 0 {
		e.Detail = DetailNone
		return e, nil
	}
	if err := e.read(); err != nil {
		return Event{}, err
	}
	return e, nil
}

func eventError(format string, args ...any) error {
	return errors.Join(fmt.Errorf("azdevops: event: "+format, args...), ErrEvent)
}

// kindOfEvent reads the type. Newer documentation calls the publishers and the
// types of releases otherwise; both are taken.
func kindOfEvent(kind string) EventKind {
	switch k := EventKind(kind); k {
	case EventWorkItemCreated, EventWorkItemUpdated, EventWorkItemDeleted, EventWorkItemRestored, EventWorkItemCommented, EventBuildComplete:
		return k
	}
	name := kind
	for _, prefix := range []string{"ms.vss-release.", "ms.azure-devops-release.", "ms.vss-pipelines.", "ms.vss-pipelinechecks-events.", "ms.azure-devops-pipelines."} {
		name = strings.TrimPrefix(name, prefix)
	}
	if name == kind {
		return EventOther
	}
	switch strings.TrimSuffix(name, "-event") {
	case "release-created":
		return EventReleaseCreated
	case "release-abandoned":
		return EventReleaseAbandoned
	case "deployment-started":
		return EventDeploymentStarted
	case "deployment-completed":
		return EventDeploymentComplete
	case "deployment-approval-pending", "deployment-approval-completed":
		return EventDeploymentApproval
	case "run-state-changed":
		return EventRunState
	case "stage-state-changed":
		return EventStageState
	case "job-state-changed":
		return EventJobState
	case "approval-pending", "approval-completed":
		return EventApproval
	}
	return EventOther
}

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
// workItemId, and the fields hold what has changed only.
func (e *Event) readUpdate() error {
	var probe struct {
		ID       int             `json:"id"`
		WorkItem int             `json:"workItemId"`
		Fields   json.RawMessage `json:"fields"`
		Revision *WorkItem       `json:"revision"`
		Commits  json.RawMessage `json:"commits"`
	}
	if err := e.decode(&probe); err != nil {
		return err
	}
	switch {
	case probe.Commits != nil:
		return eventError("%s has the resource of a git.push, as an old sample of the documentation does; the real event has workItemId, a delta in fields, and revision", e.Type)
	case probe.WorkItem == 0 && flatFields(probe.Fields):
		return eventError("%s has plain values in resource.fields, as the documentation's sample does; the real event has workItemId, {oldValue, newValue} for each changed field, and the whole item in revision", e.Type)
	}
	var update WorkItemUpdate
	if err := e.decode(&update); err != nil {
		return err
	}
	if update.WorkItem <= 0 && probe.Revision != nil {
		update.WorkItem = probe.Revision.ID
	}
	if update.WorkItem <= 0 {
		return eventError("%s names no work item", e.Type)
	}
	e.Update, e.WorkItem = &update, probe.Revision
	if probe.Revision == nil {
		e.WorkItem = &WorkItem{ID: update.WorkItem, Rev: update.Rev}
		e.Detail = DetailMinimal
	}
	return nil
}

// flatFields reports whether fields hold values and not deltas.
func flatFields(raw json.RawMessage) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return false
	}
	for _, value := range fields {
		var delta map[string]json.RawMessage
		if json.Unmarshal(value, &delta) != nil {
			return true
		}
	}
	return false
}

// Changed returns what a work item's update says about a field: its values as
// JSON, nil for none, and whether it has changed.
func (e Event) Changed(field string) (before, after json.RawMessage, changed bool) {
	if e.Update == nil {
		return nil, nil, false
	}
	for name, delta := range e.Update.Fields {
		if strings.EqualFold(name, field) {
			return delta.Old, delta.New, true
		}
	}
	return nil, nil, false
}

func (e *Event) readBuild() error {
	var w struct {
		ID         int      `json:"id"`
		Number     string   `json:"buildNumber"`
		Status     string   `json:"status"`
		Result     string   `json:"result"`
		Started    stamp    `json:"startTime"`
		Finished   stamp    `json:"finishTime"`
		Requester  Identity `json:"requestedFor"`
		Definition struct {
			Name string `json:"name"`
		} `json:"definition"`
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	if w.ID <= 0 {
		return eventError("%s names no build", e.Type)
	}
	if w.Result == "" {
		w.Result = w.Status // resource 1.0 puts the result there
	}
	if w.Number == "" {
		e.Detail = DetailMinimal
	}
	e.Build = &BuildEvent{
		ID: w.ID, Number: w.Number, Result: w.Result, Definition: w.Definition.Name, Requester: w.Requester,
		Started: time.Time(w.Started), Finished: time.Time(w.Finished),
	}
	return nil
}

func (e *Event) readDeployment() error {
	type release struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	var w struct {
		Release     release `json:"release"`
		Environment struct {
			ID        int     `json:"id"`
			Name      string  `json:"name"`
			Status    string  `json:"status"`
			ReleaseID int     `json:"releaseId"`
			Release   release `json:"release"`
		} `json:"environment"`
		Approval struct {
			ID     int    `json:"id"`
			Status string `json:"status"`
		} `json:"approval"`
		Project struct {
			Name string `json:"name"`
		} `json:"project"`
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	d := &DeploymentEvent{
		ReleaseID: w.Release.ID, ReleaseName: w.Release.Name, EnvironmentID: w.Environment.ID, EnvironmentName: w.Environment.Name,
		EnvironmentStatus: w.Environment.Status, ApprovalID: w.Approval.ID, ApprovalStatus: w.Approval.Status, Project: w.Project.Name,
	}
	if d.ReleaseID == 0 {
		d.ReleaseID, d.ReleaseName = w.Environment.Release.ID, w.Environment.Release.Name
	}
	if d.ReleaseID == 0 {
		d.ReleaseID = w.Environment.ReleaseID
	}
	e.Deployment = d
	return nil
}

func (e *Event) readRun() error {
	type named struct {
		ID     int    `json:"id"`
		Name   string `json:"name"`
		State  string `json:"state"`
		Result string `json:"result"`
	}
	type part struct {
		Name   string `json:"name"`
		State  string `json:"state"`
		Result string `json:"result"`
	}
	var w struct {
		Run *struct {
			named
			Pipeline *named `json:"pipeline"`
		} `json:"run"`
		Pipeline *named `json:"pipeline"`
		Stage    *part  `json:"stage"`
		Job      *part  `json:"job"`
		Approval *struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		} `json:"approval"`
	}
	if err := e.decode(&w); err != nil {
		return err
	}
	r := &RunEvent{}
	if w.Run != nil { // the sample of an approval has none
		r.RunID, r.RunName, r.State, r.Result = w.Run.ID, w.Run.Name, w.Run.State, w.Run.Result
		if w.Pipeline == nil {
			w.Pipeline = w.Run.Pipeline
		}
	}
	if w.Pipeline != nil {
		r.PipelineID, r.PipelineName = w.Pipeline.ID, w.Pipeline.Name
	}
	if w.Stage != nil {
		r.Stage = w.Stage.Name
	}
	if w.Job != nil {
		r.Job = w.Job.Name
	}
	switch {
	case e.Kind == EventJobState && w.Job != nil:
		r.State, r.Result = w.Job.State, w.Job.Result
	case e.Kind == EventStageState && w.Stage != nil:
		r.State, r.Result = w.Stage.State, w.Stage.Result
	}
	if w.Approval != nil {
		r.ApprovalID, r.ApprovalStatus = w.Approval.ID, w.Approval.Status
	}
	e.Run = r
	return nil
}
