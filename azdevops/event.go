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
	ID     int
	Number string
	// Result is in the words of the API, whatever the version of the resource.
	Result       BuildResult
	DefinitionID int
	Definition   string
	Branch       string
	Version      string // of the commit
	Requester    Identity
	Started      time.Time
	Finished     time.Time
}

// DeploymentEvent is a deployment of a classic release.
type DeploymentEvent struct {
	ReleaseID         int
	ReleaseName       string
	EnvironmentID     int
	EnvironmentName   string
	EnvironmentStatus string           // "succeeded", "rejected", "canceled", "partiallySucceeded", ...
	Approval          *ReleaseApproval // of the events about approvals
	Project           string
}

// RunEvent is a state of a run, of one of its stages or jobs, or an approval
// that it waits for.
type RunEvent struct {
	RunID        int // 0 where an event about an approval has none
	RunName      string
	PipelineID   int
	PipelineName string
	Stage        string    // name
	Job          string    // name
	Environment  string    // name, of the events about approvals
	State        string    // of what the event is about
	Result       string    // of what the event is about; "" while it is in progress
	Approval     *Approval // of the events about approvals
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
	body = bytes.TrimSpace(withoutBOM(body))
	if len(body) == 0 || body[0] != '{' || !json.Valid(body) {
		return Event{}, eventError("the body cannot be read: it is no JSON object")
	}
	body = bytes.Clone(body) // parts of it are kept
	e := Event{Detail: DetailAll}
	var f flaws
	for name, value := range members(body) {
		switch string(name) {
		case "subscriptionId":
			e.SubscriptionID = unquote(value)
		case "notificationId":
			e.NotificationID = f.number(value)
		case "id":
			e.ID = unquote(value)
		case "eventType":
			e.Type = unquote(value)
		case "publisherId":
			e.Publisher = unquote(value)
		case "resourceVersion":
			e.Version = unquote(value)
		case "createdDate":
			var s stamp
			f.note(s.UnmarshalJSON(value))
			e.Created = time.Time(s)
		case "resourceContainers":
			e.readContainers(value)
		case "resource":
			e.Resource = value
		}
	}
	switch {
	case f.err != nil:
		return Event{}, eventError("the body cannot be read: %w", f.err)
	case e.Type == "" || e.ID == "":
		return Event{}, eventError("the body has no eventType or no id")
	}
	e.Kind = kindOfEvent(e.Type)
	if len(e.Resource) == 0 || string(e.Resource) == "null" {
		e.Resource, e.Detail = nil, DetailNone
		return e, nil
	}
	if err := e.read(); err != nil {
		return Event{}, err
	}
	return e, nil
}

func (e *Event) readContainers(object json.RawMessage) {
	for name, container := range members(object) {
		if string(name) != "project" {
			continue
		}
		for name, value := range members(container) {
			switch string(name) {
			case "id":
				e.ProjectID = unquote(value)
			case "baseUrl":
				e.ProjectURL = unquote(value)
			}
		}
	}
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
