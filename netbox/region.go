package netbox

import (
	"net/url"
	"time"
)

// Region is a geographical area. Regions nest.
type Region struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Parent       *Nested      `json:"parent"` // nil at the root
	Description  string       `json:"description"`
	Comments     string       `json:"comments"` // since 4.3
	Owner        *Nested      `json:"owner"`    // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	SiteCount    int64        `json:"site_count"`
	PrefixCount  int64        `json:"prefix_count"` // since 4.2
	Depth        int          `json:"_depth"`
}

// RegionWrite is what Create, Update and Replace take for a region; a field
// that is not set is not sent. Name and Slug are required on Create.
type RegionWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Parent           Opt[int64]     `json:"parent,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// RegionFilter selects regions: every set field must match, several values of
// one field mean any of them, all of the tags.
type RegionFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	Slug       Texts  `url:"slug,omitempty"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"`   // slugs; all of them
	ParentID   IDs    `url:"parent_id,omitempty"`               // direct children since 4.0, [None] at the root
	AncestorID IDs    `url:"ancestor_id,omitempty" since:"4.0"` // everything below; since 4.0
	Search     string `url:"q,omitempty"`
}

func (f RegionFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var regionSpec = spec{name: "DCIM.Regions", path: "dcim/regions", filter: RegionFilter{}}
