package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Device is a piece of hardware.
type Device struct {
	ID             int64             `json:"id"`
	URL            string            `json:"url"`
	DisplayURL     string            `json:"display_url"` // since 4.1
	Display        string            `json:"display"`
	Name           string            `json:"name"` // "" for a nameless device (null)
	DeviceType     *NestedDeviceType `json:"device_type"`
	Role           *Nested           `json:"role"`
	Tenant         *Nested           `json:"tenant"`
	Platform       *Nested           `json:"platform"`
	Serial         string            `json:"serial"`
	AssetTag       string            `json:"asset_tag"` // "" for none (null)
	Site           *Nested           `json:"site"`
	Location       *Nested           `json:"location"`
	Rack           *Nested           `json:"rack"`
	Position       *float64          `json:"position"` // lowest rack unit, in steps of 0.5
	Face           Choice            `json:"face"`
	Latitude       *float64          `json:"latitude"`  // degrees
	Longitude      *float64          `json:"longitude"` // degrees
	ParentDevice   *Nested           `json:"parent_device"`
	Status         Choice            `json:"status"`
	Airflow        Choice            `json:"airflow"`
	CoolingMethod  Choice            `json:"cooling_method"` // since 4.7
	PrimaryIP      *NestedIP         `json:"primary_ip"`     // read-only: the preferred one of the next two
	PrimaryIP4     *NestedIP         `json:"primary_ip4"`
	PrimaryIP6     *NestedIP         `json:"primary_ip6"`
	OOBIP          *NestedIP         `json:"oob_ip"`
	Cluster        *Nested           `json:"cluster"`
	VirtualChassis *Nested           `json:"virtual_chassis"`
	VCPosition     *int64            `json:"vc_position"`
	VCPriority     *int64            `json:"vc_priority"`
	Description    string            `json:"description"`
	Comments       string            `json:"comments"`
	ConfigTemplate *Nested           `json:"config_template"`
	Owner          *Nested           `json:"owner"` // since 4.5
	Tags           Tags              `json:"tags"`
	CustomFields   CustomFields      `json:"custom_fields"`
	Created        time.Time         `json:"created"`
	LastUpdated    time.Time         `json:"last_updated"`

	// ConfigContext is computed by NetBox for every device read and is
	// costly: lists leave it out unless Query.ConfigContext asks for it.
	ConfigContext json.RawMessage `json:"config_context"`
	// LocalContextData is the device's own part of the context, null or nil
	// without any.
	LocalContextData json.RawMessage `json:"local_context_data"`

	ConsolePortCount       int64 `json:"console_port_count"`
	ConsoleServerPortCount int64 `json:"console_server_port_count"`
	PowerPortCount         int64 `json:"power_port_count"`
	PowerOutletCount       int64 `json:"power_outlet_count"`
	CoolingIntakeCount     int64 `json:"cooling_intake_count"`  // since 4.7
	CoolingOutflowCount    int64 `json:"cooling_outflow_count"` // since 4.7
	InterfaceCount         int64 `json:"interface_count"`
	FrontPortCount         int64 `json:"front_port_count"`
	RearPortCount          int64 `json:"rear_port_count"`
	DeviceBayCount         int64 `json:"device_bay_count"`
	ModuleBayCount         int64 `json:"module_bay_count"`
	InventoryItemCount     int64 `json:"inventory_item_count"`
}

// The statuses that NetBox ships for devices; a NetBox may define more.
const (
	DeviceOffline         = "offline"
	DeviceActive          = "active"
	DevicePlanned         = "planned"
	DeviceStaged          = "staged"
	DeviceFailed          = "failed"
	DeviceInventory       = "inventory"
	DeviceDecommissioning = "decommissioning"
)

// DeviceWrite is what Create, Update and Replace take for a device; a field
// that is not set is not sent. DeviceType, Role and Site are required on
// Create. PUT (Replace) resets what is not sent (tenant, location, rack, face
// and position become null): prefer Update.
type DeviceWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	DeviceType       Opt[int64]     `json:"device_type,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Platform         Opt[int64]     `json:"platform,omitzero"`
	Serial           Opt[string]    `json:"serial,omitzero"`
	AssetTag         Opt[string]    `json:"asset_tag,omitzero"`
	Site             Opt[int64]     `json:"site,omitzero"`
	Location         Opt[int64]     `json:"location,omitzero"`
	Rack             Opt[int64]     `json:"rack,omitzero"`
	Position         Opt[float64]   `json:"position,omitzero"`
	Face             Opt[string]    `json:"face,omitzero"`
	Latitude         Opt[float64]   `json:"latitude,omitzero"`
	Longitude        Opt[float64]   `json:"longitude,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Airflow          Opt[string]    `json:"airflow,omitzero"`
	CoolingMethod    Opt[string]    `json:"cooling_method,omitzero"`
	PrimaryIP4       Opt[int64]     `json:"primary_ip4,omitzero"`
	PrimaryIP6       Opt[int64]     `json:"primary_ip6,omitzero"`
	OOBIP            Opt[int64]     `json:"oob_ip,omitzero"`
	Cluster          Opt[int64]     `json:"cluster,omitzero"`
	VirtualChassis   Opt[int64]     `json:"virtual_chassis,omitzero"`
	VCPosition       Opt[int64]     `json:"vc_position,omitzero"`
	VCPriority       Opt[int64]     `json:"vc_priority,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	ConfigTemplate   Opt[int64]     `json:"config_template,omitzero"`
	LocalContextData Opt[any]       `json:"local_context_data,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// DeviceFilter selects devices: every set field must match, several values of
// one field mean any of them, all of the tags.
type DeviceFilter struct {
	ID             IDs    `url:"id,omitempty"`
	Name           Texts  `url:"name,omitempty"`                  // ignores case
	Tag            Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Status         Texts  `url:"status,omitempty" lookup:"choice"`
	Serial         Texts  `url:"serial,omitempty"` // ignores case
	AssetTag       Texts  `url:"asset_tag,omitempty"`
	SiteID         IDs    `url:"site_id,omitempty"`
	Site           Texts  `url:"site,omitempty" lookup:"relation"` // slugs
	RegionID       IDs    `url:"region_id,omitempty"`              // with everything below
	SiteGroupID    IDs    `url:"site_group_id,omitempty"`          // with everything below
	LocationID     IDs    `url:"location_id,omitempty"`            // with everything below
	RackID         IDs    `url:"rack_id,omitempty"`
	RoleID         IDs    `url:"role_id,omitempty"`
	Role           Texts  `url:"role,omitempty" lookup:"relation"` // slugs
	DeviceTypeID   IDs    `url:"device_type_id,omitempty"`
	ManufacturerID IDs    `url:"manufacturer_id,omitempty"`
	PlatformID     IDs    `url:"platform_id,omitempty"`
	TenantID       IDs    `url:"tenant_id,omitempty"`
	TenantGroupID  IDs    `url:"tenant_group_id,omitempty"` // with everything below
	ClusterID      IDs    `url:"cluster_id,omitempty"`
	HasPrimaryIP   *bool  `url:"has_primary_ip,omitempty"`
	Search         string `url:"q,omitempty"`
}

func (f DeviceFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var deviceSpec = spec{name: "DCIM.Devices", path: "dcim/devices", filter: DeviceFilter{}, contexts: true, more: "device_type:relation manufacturer:relation platform:relation tenant:relation face:choice position:ordered model:relation parent_device_id:relation primary_ip4_id:relation primary_ip6_id:relation oob_ip_id:relation virtual_chassis_id:relation vc_position:ordered mac_address:relation local_context_data:none"}
