package netbox

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"
)

// What an event rule may wait for.
const (
	RuleObjectCreated = "object_created"
	RuleObjectUpdated = "object_updated"
	RuleObjectDeleted = "object_deleted"
	RuleJobStarted    = "job_started"
	RuleJobCompleted  = "job_completed"
	RuleJobFailed     = "job_failed"
	RuleJobErrored    = "job_errored"
)

// EventRule says for which changes of which objects NetBox acts, for example
// calls a webhook.
type EventRule struct {
	ID               int64           `json:"id"`
	URL              string          `json:"url"`
	DisplayURL       string          `json:"display_url"` // since 4.1
	Display          string          `json:"display"`
	ObjectTypes      []string        `json:"object_types"` // "dcim.device"; named content_types in 3.7
	Name             string          `json:"name"`
	Enabled          bool            `json:"enabled"`
	EventTypes       []string        `json:"event_types"` // five booleans up to 4.0, read in both forms
	Conditions       json.RawMessage `json:"conditions"`
	ActionType       Choice          `json:"action_type"`        // "webhook", "script", "notification"
	ActionObjectType string          `json:"action_object_type"` // "extras.webhook"
	ActionObjectID   int64           `json:"action_object_id"`
	ActionObject     *Nested         `json:"action_object"`
	Description      string          `json:"description"`
	Owner            *Nested         `json:"owner"` // since 4.5
	Tags             Tags            `json:"tags"`
	CustomFields     CustomFields    `json:"custom_fields"`
	Created          time.Time       `json:"created"`
	LastUpdated      time.Time       `json:"last_updated"`
}

// triggers are the booleans of releases up to 4.0 and what they became.
var triggers = [...]struct {
	name  string
	types []string
}{
	{"type_create", []string{RuleObjectCreated}}, {"type_update", []string{RuleObjectUpdated}}, {"type_delete", []string{RuleObjectDeleted}},
	{"type_job_start", []string{RuleJobStarted}}, {"type_job_end", []string{RuleJobCompleted, RuleJobFailed, RuleJobErrored}},
}

// UnmarshalJSON reads an event rule of any release: 3.7 names the object types
// content_types, and up to 4.0 the event types are five booleans, of which the
// one for the end of jobs stands for all three endings.
func (r *EventRule) UnmarshalJSON(data []byte) error {
	type plain EventRule
	old := struct {
		*plain
		ContentTypes []string `json:"content_types"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if r.ObjectTypes == nil {
		r.ObjectTypes = old.ContentTypes
	}
	if r.EventTypes != nil {
		return nil
	}
	for _, t := range triggers {
		if raw, ok := memberOf(data, t.name); ok && string(raw) == "true" {
			r.EventTypes = append(r.EventTypes, t.types...)
		}
	}
	return nil
}

// ruleTriggers writes the event types as the booleans of up to 4.0.
var ruleTriggers = reshaping{fields: []string{"event_types"}, until: Version{4, 1},
	apply: func(fields map[string]json.RawMessage) error {
		var types []string
		if err := json.Unmarshal(fields["event_types"], &types); err != nil || len(types) == 0 {
			return errors.New(`event_types: give a list such as ["object_updated"]`)
		}
		delete(fields, "event_types")
		for _, t := range triggers {
			on := slices.ContainsFunc(types, func(name string) bool { return slices.Contains(t.types, name) })
			fields[t.name] = mustJSON(on)
		}
		return nil
	}}

// EventRuleWrite is what Create, Update and Replace take for an event rule;
// a field that is not set is not sent. Name, ObjectTypes, EventTypes,
// ActionType, ActionObjectType and ActionObjectID are required on Create. The
// form of older releases is made from it; where those know only the end of a
// job, any of its three endings stands for all.
type EventRuleWrite struct {
	ObjectTypes      Opt[[]string]  `json:"object_types,omitzero"` // sent as content_types to 3.7
	Name             Opt[string]    `json:"name,omitzero"`
	Enabled          Opt[bool]      `json:"enabled,omitzero"`
	EventTypes       Opt[[]string]  `json:"event_types,omitzero"` // sent as booleans up to 4.0
	Conditions       Opt[any]       `json:"conditions,omitzero"`
	ActionType       Opt[string]    `json:"action_type,omitzero"`
	ActionObjectType Opt[string]    `json:"action_object_type,omitzero"`
	ActionObjectID   Opt[int64]     `json:"action_object_id,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// EventRuleFilter selects event rules: every set field must match, several
// values of one field mean any of them, all of the tags.
type EventRuleFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Tag    Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search string `url:"q,omitempty"`
}

func (f EventRuleFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var eventRuleSpec = spec{
	name: "Extras.EventRules", path: "extras/event-rules", filter: EventRuleFilter{},
	renamed:  []renaming{{now: "object_types", was: "content_types", since: Version{4, 0}}},
	reshaped: []reshaping{ruleTriggers},
}
