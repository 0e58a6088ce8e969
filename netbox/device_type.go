package netbox

import (
	"net/url"
	"time"
)

// DeviceType is a model of a manufacturer.
type DeviceType struct {
	ID                     int64        `json:"id"`
	URL                    string       `json:"url"`
	DisplayURL             string       `json:"display_url"` // since 4.1
	Display                string       `json:"display"`
	Manufacturer           *Nested      `json:"manufacturer"`
	DefaultPlatform        *Nested      `json:"default_platform"`
	Model                  string       `json:"model"`
	Slug                   string       `json:"slug"`
	PartNumber             string       `json:"part_number"`
	UHeight                float64      `json:"u_height"` // rack units, in steps of 0.5
	ExcludeFromUtilization bool         `json:"exclude_from_utilization"`
	IsFullDepth            bool         `json:"is_full_depth"`
	SubdeviceRole          Choice       `json:"subdevice_role"`
	Airflow                Choice       `json:"airflow"`
	CoolingMethod          Choice       `json:"cooling_method"` // since 4.7
	Weight                 *float64     `json:"weight"`
	WeightUnit             Choice       `json:"weight_unit"`
	EndOfLife              string       `json:"end_of_life"` // a date, 2030-01-31; since 4.7
	FrontImage             string       `json:"front_image"` // URL, "" without one
	RearImage              string       `json:"rear_image"`
	Description            string       `json:"description"`
	Comments               string       `json:"comments"`
	Owner                  *Nested      `json:"owner"` // since 4.5
	Tags                   Tags         `json:"tags"`
	CustomFields           CustomFields `json:"custom_fields"`
	Created                time.Time    `json:"created"`
	LastUpdated            time.Time    `json:"last_updated"`

	DeviceCount                    int64 `json:"device_count"`
	ConsolePortTemplateCount       int64 `json:"console_port_template_count"`
	ConsoleServerPortTemplateCount int64 `json:"console_server_port_template_count"`
	PowerPortTemplateCount         int64 `json:"power_port_template_count"`
	PowerOutletTemplateCount       int64 `json:"power_outlet_template_count"`
	CoolingIntakeTemplateCount     int64 `json:"cooling_intake_template_count"`  // since 4.7
	CoolingOutflowTemplateCount    int64 `json:"cooling_outflow_template_count"` // since 4.7
	InterfaceTemplateCount         int64 `json:"interface_template_count"`
	FrontPortTemplateCount         int64 `json:"front_port_template_count"`
	RearPortTemplateCount          int64 `json:"rear_port_template_count"`
	DeviceBayTemplateCount         int64 `json:"device_bay_template_count"`
	ModuleBayTemplateCount         int64 `json:"module_bay_template_count"`
	InventoryItemTemplateCount     int64 `json:"inventory_item_template_count"`
}

// DeviceTypeWrite is what Create, Update and Replace take for a device type; a
// field that is not set is not sent. Manufacturer, Model and Slug are required
// on Create.
type DeviceTypeWrite struct {
	Manufacturer           Opt[int64]     `json:"manufacturer,omitzero"`
	DefaultPlatform        Opt[int64]     `json:"default_platform,omitzero"`
	Model                  Opt[string]    `json:"model,omitzero"`
	Slug                   Opt[string]    `json:"slug,omitzero"`
	PartNumber             Opt[string]    `json:"part_number,omitzero"`
	UHeight                Opt[float64]   `json:"u_height,omitzero"`
	ExcludeFromUtilization Opt[bool]      `json:"exclude_from_utilization,omitzero"`
	IsFullDepth            Opt[bool]      `json:"is_full_depth,omitzero"`
	SubdeviceRole          Opt[string]    `json:"subdevice_role,omitzero"`
	Airflow                Opt[string]    `json:"airflow,omitzero"`
	CoolingMethod          Opt[string]    `json:"cooling_method,omitzero"`
	Weight                 Opt[float64]   `json:"weight,omitzero"`
	WeightUnit             Opt[string]    `json:"weight_unit,omitzero"`
	EndOfLife              Opt[string]    `json:"end_of_life,omitzero"`
	Description            Opt[string]    `json:"description,omitzero"`
	Comments               Opt[string]    `json:"comments,omitzero"`
	Owner                  Opt[int64]     `json:"owner,omitzero"`
	Tags                   Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields           map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage       string         `json:"changelog_message,omitempty"` // since 4.4
}

// DeviceTypeFilter selects device types: every set field must match, several
// values of one field mean any of them, all of the tags.
type DeviceTypeFilter struct {
	ID                IDs    `url:"id,omitempty"`
	Model             Texts  `url:"model,omitempty"`
	Slug              Texts  `url:"slug,omitempty"`
	Tag               Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	ManufacturerID    IDs    `url:"manufacturer_id,omitempty"`
	DefaultPlatformID IDs    `url:"default_platform_id,omitempty"`
	PartNumber        Texts  `url:"part_number,omitempty"`
	Search            string `url:"q,omitempty"`
}

func (f DeviceTypeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var deviceTypeSpec = spec{name: "DCIM.DeviceTypes", path: "dcim/device-types", filter: DeviceTypeFilter{}, more: "manufacturer:relation u_height:ordered is_full_depth:none subdevice_role:choice airflow:choice"}
