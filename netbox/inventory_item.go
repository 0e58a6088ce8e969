package netbox

import (
	"net/url"
	"time"
)

// InventoryItem is a part inside a device, such as a power supply; items nest.
// NetBox has deprecated them in favour of modules, and still has them in 4.7.
type InventoryItem struct {
	ID            int64            `json:"id"`
	URL           string           `json:"url"`
	DisplayURL    string           `json:"display_url"` // since 4.1
	Display       string           `json:"display"`
	Device        *Nested          `json:"device"`
	Parent        *int64           `json:"parent"` // id
	Name          string           `json:"name"`
	Label         string           `json:"label"`
	Status        Choice           `json:"status"` // since 4.2
	Role          *Nested          `json:"role"`
	Manufacturer  *Nested          `json:"manufacturer"`
	PartID        string           `json:"part_id"`
	Serial        string           `json:"serial"`
	AssetTag      string           `json:"asset_tag"`
	Discovered    bool             `json:"discovered"` // found by a program and not entered by hand
	Description   string           `json:"description"`
	ComponentType string           `json:"component_type"` // "dcim.interface", ...
	ComponentID   *int64           `json:"component_id"`
	Component     *NestedInterface `json:"component"`
	Owner         *Nested          `json:"owner"` // since 4.5
	Tags          Tags             `json:"tags"`
	CustomFields  CustomFields     `json:"custom_fields"`
	Created       time.Time        `json:"created"`
	LastUpdated   time.Time        `json:"last_updated"`
	Depth         int              `json:"_depth"`
}

// InventoryItemWrite is what Create, Update and Replace take for an inventory
// item; a field that is not set is not sent. Device and Name are required on
// Create.
type InventoryItemWrite struct {
	Device           Opt[int64]     `json:"device,omitzero"`
	Parent           Opt[int64]     `json:"parent,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	Label            Opt[string]    `json:"label,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Manufacturer     Opt[int64]     `json:"manufacturer,omitzero"`
	PartID           Opt[string]    `json:"part_id,omitzero"`
	Serial           Opt[string]    `json:"serial,omitzero"`
	AssetTag         Opt[string]    `json:"asset_tag,omitzero"`
	Discovered       Opt[bool]      `json:"discovered,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	ComponentType    Opt[string]    `json:"component_type,omitzero"`
	ComponentID      Opt[int64]     `json:"component_id,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// InventoryItemFilter selects inventory items: every set field must match,
// several values of one field mean any of them, all of the tags.
type InventoryItemFilter struct {
	ID             IDs    `url:"id,omitempty"`
	DeviceID       IDs    `url:"device_id,omitempty"`
	Device         Texts  `url:"device,omitempty" lookup:"relation"` // names
	ParentID       IDs    `url:"parent_id,omitempty"`
	ManufacturerID IDs    `url:"manufacturer_id,omitempty"`
	Manufacturer   Texts  `url:"manufacturer,omitempty" lookup:"relation"` // slugs
	Name           Texts  `url:"name,omitempty"`
	Label          Texts  `url:"label,omitempty"`
	Status         Texts  `url:"status,omitempty" lookup:"choice" since:"4.2"`
	PartID         IDs    `url:"part_id,omitempty" lookup:"text"`
	Serial         Texts  `url:"serial,omitempty"`
	AssetTag       Texts  `url:"asset_tag,omitempty"`
	Discovered     *bool  `url:"discovered,omitempty"`
	RoleID         IDs    `url:"role_id,omitempty"`
	SiteID         IDs    `url:"site_id,omitempty"`
	ComponentType  Texts  `url:"component_type,omitempty" lookup:"relation"`
	ComponentID    IDs    `url:"component_id,omitempty" lookup:"ordered"`
	Tag            Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search         string `url:"q,omitempty"`
}

func (f InventoryItemFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var inventoryItemSpec = spec{
	name: "DCIM.InventoryItems", path: "dcim/inventory-items", filter: InventoryItemFilter{},
	more: "device_role:relation device_role_id:relation device_status:choice:4.0 device_type:relation " +
		"device_type_id:relation location:relation location_id:relation rack:relation rack_id:relation region:relation " +
		"region_id:relation role:relation site:relation site_group:relation site_group_id:relation tenant:relation:4.4 " +
		"tenant_id:relation:4.4 virtual_chassis:relation virtual_chassis_id:relation",
}
