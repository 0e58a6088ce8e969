package netbox

import (
	"net/url"
	"time"
)

// ContactGroup gathers contacts. Groups nest.
type ContactGroup struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Parent       *Nested      `json:"parent"`
	Description  string       `json:"description"`
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	ContactCount int64        `json:"contact_count"`
	Owner        *Nested      `json:"owner"`    // since 4.5
	Comments     string       `json:"comments"` // since 4.3
	Depth        int          `json:"_depth"`
}

// ContactGroupWrite is what Create, Update and Replace take for a contact group;
// a field that is not set is not sent. Name and Slug are required on Create.
type ContactGroupWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Parent           Opt[int64]     `json:"parent,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ContactGroupFilter selects contact groups: every set field must match, several
// values of one field mean any of them, all of the tags.
type ContactGroupFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	Slug       Texts  `url:"slug,omitempty"`
	ParentID   IDs    `url:"parent_id,omitempty"` // direct children since 4.0, [None] at the root
	AncestorID IDs    `url:"ancestor_id,omitempty" since:"4.0"`
	ContactID  IDs    `url:"contact_id,omitempty" since:"4.3"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search     string `url:"q,omitempty"`
}

func (f ContactGroupFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var contactGroupSpec = spec{
	name: "Tenancy.ContactGroups", path: "tenancy/contact-groups", filter: ContactGroupFilter{},
	more: "ancestor:relation:4.0 parent:relation",
}
