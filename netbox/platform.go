package netbox

import (
	"net/url"
	"time"
)

// Platform is the software that a device runs. Platforms nest since 4.4.
type Platform struct {
	ID                  int64        `json:"id"`
	URL                 string       `json:"url"`
	DisplayURL          string       `json:"display_url"` // since 4.1
	Display             string       `json:"display"`
	Name                string       `json:"name"`
	Slug                string       `json:"slug"`
	Manufacturer        *Nested      `json:"manufacturer"`
	ConfigTemplate      *Nested      `json:"config_template"`
	Parent              *Nested      `json:"parent"` // since 4.4
	Description         string       `json:"description"`
	Comments            string       `json:"comments"` // since 4.4
	Owner               *Nested      `json:"owner"`    // since 4.5
	Tags                Tags         `json:"tags"`
	CustomFields        CustomFields `json:"custom_fields"`
	Created             time.Time    `json:"created"`
	LastUpdated         time.Time    `json:"last_updated"`
	DeviceCount         int64        `json:"device_count"`
	VirtualMachineCount int64        `json:"virtualmachine_count"`
	Depth               int          `json:"_depth"` // since 4.4
}

// PlatformWrite is what Create, Update and Replace take for a platform; a
// field that is not set is not sent. Name and Slug are required on Create.
type PlatformWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Manufacturer     Opt[int64]     `json:"manufacturer,omitzero"`
	ConfigTemplate   Opt[int64]     `json:"config_template,omitzero"`
	Parent           Opt[int64]     `json:"parent,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// PlatformFilter selects platforms: every set field must match, several values
// of one field mean any of them, all of the tags.
type PlatformFilter struct {
	ID             IDs    `url:"id,omitempty"`
	Name           Texts  `url:"name,omitempty"`
	Slug           Texts  `url:"slug,omitempty"`
	Tag            Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	ManufacturerID IDs    `url:"manufacturer_id,omitempty"`
	ParentID       IDs    `url:"parent_id,omitempty" since:"4.4"`
	Search         string `url:"q,omitempty"`
}

func (f PlatformFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var platformSpec = spec{name: "DCIM.Platforms", path: "dcim/platforms", filter: PlatformFilter{}, more: "manufacturer:relation"}
