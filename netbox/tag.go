package netbox

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"time"
)

// Tag is a label that may be put on objects. Tags have neither tags nor custom
// fields of their own.
type Tag struct {
	ID          int64     `json:"id"`
	URL         string    `json:"url"`
	DisplayURL  string    `json:"display_url"` // since 4.1
	Display     string    `json:"display"`
	Name        string    `json:"name"`
	Slug        string    `json:"slug"`
	Color       string    `json:"color"` // six hex digits
	Description string    `json:"description"`
	Weight      int64     `json:"weight"`       // since 4.3
	ObjectTypes []string  `json:"object_types"` // types that may carry it; empty: all
	Owner       *Nested   `json:"owner"`
	TaggedItems int64     `json:"tagged_items"`
	Created     time.Time `json:"created"`
	LastUpdated time.Time `json:"last_updated"`
}

// TagWrite is what Create, Update and Replace take for a tag; a field that is
// not set is not sent. Name and Slug are required on Create.
type TagWrite struct {
	Name             Opt[string]   `json:"name,omitzero"`
	Slug             Opt[string]   `json:"slug,omitzero"`
	Color            Opt[string]   `json:"color,omitzero"`
	Description      Opt[string]   `json:"description,omitzero"`
	Weight           Opt[int64]    `json:"weight,omitzero"`
	ObjectTypes      Opt[[]string] `json:"object_types,omitzero"`
	ChangelogMessage string        `json:"changelog_message,omitempty"` // since 4.4
}

// TagFilter selects tags: every set field must match, several values of one
// field mean any of them.
type TagFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Slug   Texts  `url:"slug,omitempty"`
	Color  Texts  `url:"color,omitempty"`
	Search string `url:"q,omitempty"`
}

// TagRef names a tag in a write. NetBox refuses bare names, and the tag must
// exist; `tags` replaces the whole list.
type TagRef struct {
	ID   int64
	Slug string
}

// MarshalJSON writes the id, or the slug where there is no id.
func (t TagRef) MarshalJSON() ([]byte, error) {
	if t.ID > 0 {
		return strconv.AppendInt(nil, t.ID, 10), nil
	}
	if t.Slug == "" {
		return nil, errors.New("netbox: a TagRef names no tag; give its ID or Slug")
	}
	return json.Marshal(map[string]string{"slug": t.Slug})
}

// TagSlugs names tags by their slugs. An empty list clears the tags.
func TagSlugs(slugs ...string) []TagRef {
	refs := make([]TagRef, len(slugs))
	for i, slug := range slugs {
		refs[i].Slug = slug
	}
	return refs
}

// TagIDs names tags by their ids. An empty list clears the tags.
func TagIDs(ids ...int64) []TagRef {
	refs := make([]TagRef, len(ids))
	for i, id := range ids {
		refs[i].ID = id
	}
	return refs
}

func (f TagFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var tagSpec = spec{name: "Extras.Tags", path: "extras/tags", filter: TagFilter{}}
