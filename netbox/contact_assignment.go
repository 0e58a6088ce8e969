package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// ContactAssignment says which contact answers for an object, and in which role.
type ContactAssignment struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	Display      string       `json:"display"`
	ObjectType   string       `json:"object_type"` // "dcim.site", ...; named content_type up to 3.7, read in both shapes
	ObjectID     int64        `json:"object_id"`
	Object       *Nested      `json:"object"`
	Contact      *Nested      `json:"contact"`
	Role         *Nested      `json:"role"`
	Priority     Choice       `json:"priority"` // "primary", "secondary", "tertiary", "inactive"
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
}

// UnmarshalJSON reads a contact assignment of any release.
func (a *ContactAssignment) UnmarshalJSON(data []byte) error {
	type plain ContactAssignment
	old := struct {
		*plain
		ContentType string `json:"content_type"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if a.ObjectType == "" {
		a.ObjectType = old.ContentType
	}
	return nil
}

// ContactAssignmentWrite is what Create, Update and Replace take for a contact
// assignment; a field that is not set is not sent. ObjectType, ObjectID, Contact
// and Role are required on Create.
type ContactAssignmentWrite struct {
	ObjectType       Opt[string]    `json:"object_type,omitzero"` // sent as content_type up to 3.7
	ObjectID         Opt[int64]     `json:"object_id,omitzero"`
	Contact          Opt[int64]     `json:"contact,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Priority         Opt[string]    `json:"priority,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ContactAssignmentFilter selects contact assignments: every set field must
// match, several values of one field mean any of them, all of the tags.
type ContactAssignmentFilter struct {
	ID         IDs    `url:"id,omitempty"`
	ObjectType Texts  `url:"object_type,omitempty" lookup:"relation" was:"content_type"`
	ObjectID   IDs    `url:"object_id,omitempty" lookup:"ordered"`
	ContactID  IDs    `url:"contact_id,omitempty"`
	GroupID    IDs    `url:"group_id,omitempty"`
	RoleID     IDs    `url:"role_id,omitempty"`
	Role       Texts  `url:"role,omitempty" lookup:"relation"` // slugs
	Priority   Texts  `url:"priority,omitempty" lookup:"choice"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search     string `url:"q,omitempty"`
}

func (f ContactAssignmentFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var contactAssignmentSpec = spec{
	name: "Tenancy.ContactAssignments", path: "tenancy/contact-assignments", filter: ContactAssignmentFilter{}, renamed: []renaming{{now: "object_type", was: "content_type", since: Version{4, 0}}},
	more:    "group:relation object_type_id:relation:4.0",
	without: "description",
}
