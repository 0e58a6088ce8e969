package netbox

import (
	"net/url"
	"time"
)

// JournalEntry is a note about an object.
type JournalEntry struct {
	ID                 int64        `json:"id"`
	URL                string       `json:"url"`
	DisplayURL         string       `json:"display_url"` // since 4.1
	Display            string       `json:"display"`
	AssignedObjectType string       `json:"assigned_object_type"`
	AssignedObjectID   int64        `json:"assigned_object_id"`
	AssignedObject     *Nested      `json:"assigned_object"`
	Created            time.Time    `json:"created"`
	CreatedBy          *int64       `json:"created_by"` // id of the user
	Kind               Choice       `json:"kind"`       // "info", "success", "warning", "danger"
	Comments           string       `json:"comments"`   // Markdown
	Tags               Tags         `json:"tags"`
	CustomFields       CustomFields `json:"custom_fields"`
	LastUpdated        time.Time    `json:"last_updated"`
}

// JournalEntryWrite is what Create, Update and Replace take for a journal entry;
// a field that is not set is not sent. AssignedObjectType, AssignedObjectID and
// Comments are required on Create.
type JournalEntryWrite struct {
	AssignedObjectType Opt[string]    `json:"assigned_object_type,omitzero"`
	AssignedObjectID   Opt[int64]     `json:"assigned_object_id,omitzero"`
	Kind               Opt[string]    `json:"kind,omitzero"`
	Comments           Opt[string]    `json:"comments,omitzero"`
	Tags               Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags            []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags         []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields       map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage   string         `json:"changelog_message,omitempty"` // since 4.4
}

// JournalEntryFilter selects journal entries: every set field must match,
// several values of one field mean any of them, all of the tags.
type JournalEntryFilter struct {
	ID                 IDs    `url:"id,omitempty"`
	AssignedObjectType Texts  `url:"assigned_object_type,omitempty" lookup:"relation"` // "dcim.device", ...
	AssignedObjectID   IDs    `url:"assigned_object_id,omitempty" lookup:"ordered"`
	CreatedByID        IDs    `url:"created_by_id,omitempty"`
	CreatedBy          Texts  `url:"created_by,omitempty" lookup:"relation"` // user names
	Kind               Texts  `url:"kind,omitempty" lookup:"choice"`
	Tag                Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search             string `url:"q,omitempty"`
}

func (f JournalEntryFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var journalEntrySpec = spec{
	name: "Extras.JournalEntries", path: "extras/journal-entries", filter: JournalEntryFilter{},
	more:    "assigned_object_type_id:relation",
	without: "created description",
}
