package netbox

import (
	"net/url"
	"time"
)

// Manufacturer makes device types.
type Manufacturer struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Description  string       `json:"description"`
	Comments     string       `json:"comments"` // since 4.5
	Owner        *Nested      `json:"owner"`    // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`

	DeviceTypeCount    int64 `json:"devicetype_count"`
	ModuleTypeCount    int64 `json:"moduletype_count"`
	InventoryItemCount int64 `json:"inventoryitem_count"`
	PlatformCount      int64 `json:"platform_count"`
}

// ManufacturerWrite is what Create, Update and Replace take for a
// manufacturer; a field that is not set is not sent. Name and Slug are
// required on Create.
type ManufacturerWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ManufacturerFilter selects manufacturers: every set field must match,
// several values of one field mean any of them, all of the tags.
type ManufacturerFilter struct {
	ID     IDs    `url:"id,omitempty"`
	Name   Texts  `url:"name,omitempty"`
	Slug   Texts  `url:"slug,omitempty"`
	Tag    Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search string `url:"q,omitempty"`
}

func (f ManufacturerFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var manufacturerSpec = spec{name: "DCIM.Manufacturers", path: "dcim/manufacturers", filter: ManufacturerFilter{}}
