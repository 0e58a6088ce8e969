package netbox

import (
	"net/url"
	"time"
)

// VirtualChassis joins devices that act as one; the members are devices whose
// virtual_chassis and vc_position say so.
type VirtualChassis struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Domain       string       `json:"domain"`
	Master       *Nested      `json:"master"` // a member
	Description  string       `json:"description"`
	Owner        *Nested      `json:"owner"` // since 4.5
	Comments     string       `json:"comments"`
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	MemberCount  int64        `json:"member_count"`
	Members      []Nested     `json:"members"` // since 4.0
}

// VirtualChassisWrite is what Create, Update and Replace take for a virtual
// chassis; a field that is not set is not sent. Name is required on Create. The
// master must be a member already.
type VirtualChassisWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Domain           Opt[string]    `json:"domain,omitzero"`
	Master           Opt[int64]     `json:"master,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// VirtualChassisFilter selects virtual chassis: every set field must match,
// several values of one field mean any of them, all of the tags.
type VirtualChassisFilter struct {
	ID       IDs    `url:"id,omitempty"`
	Name     Texts  `url:"name,omitempty"`
	Domain   Texts  `url:"domain,omitempty"`
	MasterID IDs    `url:"master_id,omitempty"`
	Master   Texts  `url:"master,omitempty" lookup:"relation"` // names
	SiteID   IDs    `url:"site_id,omitempty"`
	RegionID IDs    `url:"region_id,omitempty"`
	TenantID IDs    `url:"tenant_id,omitempty"`
	Tag      Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search   string `url:"q,omitempty"`
}

func (f VirtualChassisFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var virtualChassisSpec = spec{
	name: "DCIM.VirtualChassis", path: "dcim/virtual-chassis", filter: VirtualChassisFilter{},
	more: "member_count:ordered:4.0 region:relation site:relation site_group:relation site_group_id:relation " +
		"tenant:relation",
}
