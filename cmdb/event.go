package cmdb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
)

// Event is an infrastructure event: something was created, updated or deleted.
type Event struct {
	ResourceID   string // required; becomes the asset tag
	ResourceType string // required; decides the class
	Action       string // required; create, update or delete
	ResourceName string // "" means ResourceID
	Environment  string // "" means that the event does not say
	Status       string // a status label that goes before the action's; "" for none
	Organization string // the name of the company; "" for none
	// CloudProvider is nil when the event does not say, which is not the same as
	// an empty text.
	CloudProvider *string
	// Metadata is a JSON object, or nil.
	Metadata json.RawMessage
}

// EventError lists everything that is wrong with an event.
type EventError struct{ Problems []string }

// Error gives the problems in one line, the first missing field first.
func (e *EventError) Error() string { return "cmdb: event: " + strings.Join(e.Problems, "; ") }

// ParseEvent reads an event from JSON. Unknown members are ignored. It returns an
// *EventError that lists every problem when the body is no JSON object, when a
// required field is absent, null or empty, or when a field is of another type.
func ParseEvent(body []byte) (Event, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return Event{}, &EventError{[]string{"the body is not a JSON object"}}
	}
	var problems []string
	text := func(name string) string {
		raw, there := members[name]
		var value *string
		if there && json.Unmarshal(raw, &value) != nil {
			problems = append(problems, name+" must be a text")
			return "?" // reported: not missing as well
		}
		if value == nil {
			return ""
		}
		return *value
	}
	e := Event{
		ResourceID: text("resource_id"), ResourceType: text("resource_type"), Action: text("action"),
		ResourceName: text("resource_name"), Environment: text("environment"), Status: text("status"),
		Organization: text("organization"),
	}
	if raw := bytes.TrimSpace(members["cloud_provider"]); len(raw) > 0 && string(raw) != "null" {
		provider := text("cloud_provider")
		e.CloudProvider = &provider
	}
	if raw := bytes.TrimSpace(members["metadata"]); len(raw) > 0 && string(raw) != "null" {
		if raw[0] != '{' {
			problems = append(problems, "metadata must be an object")
		}
		e.Metadata = raw
	}
	if problems = append(e.missing(), problems...); len(problems) > 0 {
		return Event{}, &EventError{problems}
	}
	return e, nil
}

// eventRequired are the fields that an event must have, in the documented order.
var eventRequired = [...]string{"resource_id", "resource_type", "action"}

func (e Event) missing() (problems []string) {
	for i, value := range []string{e.ResourceID, e.ResourceType, e.Action} {
		if strings.TrimSpace(value) == "" {
			problems = append(problems, "Missing required field: "+eventRequired[i])
		}
	}
	return problems
}

// What an event's CI says unless the event or the options say otherwise.
const (
	EventDiscoverySource = "Infrastructure Automation"
	EventCloudProvider   = "AWS"
)

// EventOptions say how an event becomes a CI. The zero value knows no class.
type EventOptions struct {
	// Classes maps resource types to CI tables. A type that it lacks is an error:
	// a CI of the base class would be a wrong one.
	Classes map[string]string
	// DiscoverySource is the source that the CI names. The default is
	// EventDiscoverySource. ServiceNow's identification engine takes only choices
	// of cmdb_ci.discovery_source.
	DiscoverySource string
	// CloudProvider is written for events that name none. The default is
	// EventCloudProvider.
	CloudProvider string
	// Status maps actions to status labels, InstallStatus labels to the values of
	// install_status. The defaults are those of package mapping. A label without
	// a value is not written.
	Status, InstallStatus mapping.Map[string, string]
}

// EventCI is what an event says about its CI.
type EventCI struct {
	// Class is the table of the CI.
	Class string
	// Columns are the values to write, by column.
	Columns map[string]string
	// Company is the name of the company that the column company refers to; ""
	// for none.
	Company string
	// Notes say in words what could not be taken over.
	Notes []string
}

// The columns of an event's CI that an instance must have been given.
const (
	ColumnCloudProvider = "u_cloud_provider"
	ColumnMetadata      = "metadata"
)

// FromEvent makes the CI of an event that was seen at a time. It returns an
// *EventError for an event that ParseEvent would refuse and for a resource type
// without a class.
func FromEvent(e Event, seen time.Time, o EventOptions) (EventCI, error) {
	problems := e.missing()
	class := o.Classes[e.ResourceType]
	if class == "" && strings.TrimSpace(e.ResourceType) != "" {
		problems = append(problems, fmt.Sprintf("resource_type %q has no class: map it to one, such as cmdb_ci_server", e.ResourceType))
	}
	metadata, err := compactObject(e.Metadata)
	if err != nil {
		problems = append(problems, "metadata must be an object: "+err.Error())
	}
	if len(problems) > 0 {
		return EventCI{}, &EventError{problems}
	}
	ci := EventCI{Class: class, Company: e.Organization, Columns: map[string]string{
		"name":              firstFilled(e.ResourceName, e.ResourceID),
		"asset_tag":         e.ResourceID,
		"discovery_source":  firstFilled(o.DiscoverySource, EventDiscoverySource),
		"last_discovered":   seen.UTC().Format(timeFormat),
		ColumnCloudProvider: firstFilled(o.CloudProvider, EventCloudProvider),
		ColumnMetadata:      metadata,
	}}
	if e.CloudProvider != nil {
		ci.Columns[ColumnCloudProvider] = *e.CloudProvider
	}
	if e.Environment != "" {
		ci.Columns["environment"] = e.Environment
	}
	ci.status(e, o)
	return ci, nil
}

// status writes what the event's own status or its action means.
func (c *EventCI) status(e Event, o EventOptions) {
	actions, values := o.Status, o.InstallStatus
	if actions.Len() == 0 {
		actions = mapping.EventStatus()
	}
	if values.Len() == 0 {
		values = mapping.InstallStatus()
	}
	label := e.Status
	if label == "" {
		answer := actions.Get(e.Action)
		if !answer.Known() {
			c.Notes = append(c.Notes, "action "+answer.Reason+": the status is left as it is")
			return
		}
		label = answer.Value
	}
	value := values.Get(label)
	if !value.Known() {
		c.Notes = append(c.Notes, "status "+value.Reason+" of install_status: it is left as it is")
		return
	}
	c.Columns["install_status"] = value.Value
}

// compactObject returns a JSON object without space and with its members in the
// order of their names, "{}" for none.
func compactObject(raw json.RawMessage) (string, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return "{}", nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // as it was written
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return "", errors.New("it is not a JSON object")
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return "", fmt.Errorf("it cannot be written: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}

func firstFilled(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// ColumnNames returns the columns of the CI in the order of their names.
func (c EventCI) ColumnNames() []string { return slices.Sorted(maps.Keys(c.Columns)) }
