package netbox

import (
	"net/url"
	"time"
)

// PowerPanel is where power feeds come from.
type PowerPanel struct {
	ID             int64        `json:"id"`
	URL            string       `json:"url"`
	DisplayURL     string       `json:"display_url"` // since 4.1
	Display        string       `json:"display"`
	Site           *Nested      `json:"site"`
	Location       *Nested      `json:"location"`
	Name           string       `json:"name"`
	Description    string       `json:"description"`
	Owner          *Nested      `json:"owner"` // since 4.5
	Comments       string       `json:"comments"`
	Tags           Tags         `json:"tags"`
	CustomFields   CustomFields `json:"custom_fields"`
	PowerFeedCount int64        `json:"powerfeed_count"`
	Created        time.Time    `json:"created"`
	LastUpdated    time.Time    `json:"last_updated"`
}

// PowerPanelWrite is what Create, Update and Replace take for a power panel; a
// field that is not set is not sent. Site and Name are required on Create; the
// location must lie in the site.
type PowerPanelWrite struct {
	Site             Opt[int64]     `json:"site,omitzero"`
	Location         Opt[int64]     `json:"location,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// PowerPanelFilter selects power panels: every set field must match, several
// values of one field mean any of them, all of the tags.
type PowerPanelFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	SiteID     IDs    `url:"site_id,omitempty"`
	Site       Texts  `url:"site,omitempty" lookup:"relation"` // slugs
	LocationID IDs    `url:"location_id,omitempty"`            // with everything below
	RegionID   IDs    `url:"region_id,omitempty"`              // with everything below
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"`  // slugs; all of them
	Search     string `url:"q,omitempty"`
}

func (f PowerPanelFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var powerPanelSpec = spec{
	name: "DCIM.PowerPanels", path: "dcim/power-panels", filter: PowerPanelFilter{},
	more: "region:relation site_group:relation site_group_id:relation",
}
