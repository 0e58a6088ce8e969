package netbox

import (
	"net/url"
	"time"
)

// Location is a part of a site: a building, a floor, a room. Locations nest
// within their site.
type Location struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Site         *Nested      `json:"site"`
	Parent       *Nested      `json:"parent"` // nil directly below the site
	Status       Choice       `json:"status"`
	Tenant       *Nested      `json:"tenant"`
	Facility     string       `json:"facility"` // since 4.0
	Description  string       `json:"description"`
	Comments     string       `json:"comments"` // since 4.3
	Owner        *Nested      `json:"owner"`    // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	RackCount    int64        `json:"rack_count"`
	DeviceCount  int64        `json:"device_count"`
	PrefixCount  int64        `json:"prefix_count"` // since 4.2
	Depth        int          `json:"_depth"`
}

// LocationWrite is what Create, Update and Replace take for a location; a
// field that is not set is not sent. Name, Slug and Site are required on
// Create; the parent must lie in the same site.
type LocationWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Site             Opt[int64]     `json:"site,omitzero"`
	Parent           Opt[int64]     `json:"parent,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"` // see [SiteActive]
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Facility         Opt[string]    `json:"facility,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// LocationFilter selects locations: every set field must match, several values
// of one field mean any of them, all of the tags.
type LocationFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	Slug       Texts  `url:"slug,omitempty"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Status     Texts  `url:"status,omitempty" lookup:"choice"`
	SiteID     IDs    `url:"site_id,omitempty"`
	RegionID   IDs    `url:"region_id,omitempty"` // with everything below
	ParentID   IDs    `url:"parent_id,omitempty"` // direct children since 4.0, [None] at the root
	AncestorID IDs    `url:"ancestor_id,omitempty" since:"4.0"`
	TenantID   IDs    `url:"tenant_id,omitempty"`
	Search     string `url:"q,omitempty"`
}

func (f LocationFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var locationSpec = spec{name: "DCIM.Locations", path: "dcim/locations", filter: LocationFilter{}, more: "site:relation parent:relation tenant:relation"}
