package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Contact is a person or a team. Nothing about contacts is unique since 4.3;
// before, the name was within its group.
type Contact struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Groups       []Nested     `json:"groups"` // up to 4.2 at most one
	Name         string       `json:"name"`
	Title        string       `json:"title"`
	Phone        string       `json:"phone"`
	Email        string       `json:"email"`
	Address      string       `json:"address"`
	Link         string       `json:"link"`
	Description  string       `json:"description"`
	Owner        *Nested      `json:"owner"` // since 4.5
	Comments     string       `json:"comments"`
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
}

// UnmarshalJSON reads a contact of any release: up to 4.2 it had one group.
func (c *Contact) UnmarshalJSON(data []byte) error {
	type plain Contact
	old := struct {
		*plain
		Group *Nested `json:"group"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if c.Groups == nil && old.Group != nil {
		c.Groups = []Nested{*old.Group}
	}
	return nil
}

// ContactWrite is what Create, Update and Replace take for a contact; a field
// that is not set is not sent. Name is required on Create.
type ContactWrite struct {
	Groups           Opt[[]int64]   `json:"groups,omitzero"` // ids; up to 4.2 at most one, sent as group
	Name             Opt[string]    `json:"name,omitzero"`
	Title            Opt[string]    `json:"title,omitzero"`
	Phone            Opt[string]    `json:"phone,omitzero"`
	Email            Opt[string]    `json:"email,omitzero"`
	Address          Opt[string]    `json:"address,omitzero"`
	Link             Opt[string]    `json:"link,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ContactFilter selects contacts: every set field must match, several values of
// one field mean any of them, all of the tags.
type ContactFilter struct {
	ID      IDs    `url:"id,omitempty"`
	Name    Texts  `url:"name,omitempty"`
	Title   Texts  `url:"title,omitempty"`
	Phone   Texts  `url:"phone,omitempty"`
	Email   Texts  `url:"email,omitempty"`
	Address Texts  `url:"address,omitempty"`
	Link    Texts  `url:"link,omitempty"`
	GroupID IDs    `url:"group_id,omitempty"`                // with everything below
	Group   Texts  `url:"group,omitempty" lookup:"relation"` // slugs
	Tag     Texts  `url:"tag,omitempty" lookup:"relation"`   // slugs; all of them
	Search  string `url:"q,omitempty"`
}

func (f ContactFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var contactSpec = spec{
	name: "Tenancy.Contacts", path: "tenancy/contacts", filter: ContactFilter{}, reshaped: []reshaping{contactGroup},
}
