package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// VirtualMachine is a machine that runs on a cluster, or on a device.
type VirtualMachine struct {
	ID                 int64           `json:"id"`
	URL                string          `json:"url"`
	DisplayURL         string          `json:"display_url"` // since 4.1
	Display            string          `json:"display"`
	Name               string          `json:"name"`
	VirtualMachineType *Nested         `json:"virtual_machine_type"` // since 4.6
	Role               *Nested         `json:"role"`
	Status             Choice          `json:"status"`
	StartOnBoot        Choice          `json:"start_on_boot"` // since 4.5, "on", "off", "laststate"
	Site               *Nested         `json:"site"`
	Cluster            *Nested         `json:"cluster"`
	Device             *Nested         `json:"device"`
	Platform           *Nested         `json:"platform"`
	PrimaryIP          *NestedIP       `json:"primary_ip"` // read-only: the preferred one of the next two
	PrimaryIP4         *NestedIP       `json:"primary_ip4"`
	PrimaryIP6         *NestedIP       `json:"primary_ip6"`
	VCPUs              *float64        `json:"vcpus"`  // in steps of 0.01
	Memory             *int64          `json:"memory"` // MB
	Disk               *int64          `json:"disk"`   // MB since 4.1, GB before
	Description        string          `json:"description"`
	Serial             string          `json:"serial"` // since 4.1
	Tenant             *Nested         `json:"tenant"`
	Owner              *Nested         `json:"owner"` // since 4.5
	Comments           string          `json:"comments"`
	Tags               Tags            `json:"tags"`
	LocalContextData   json.RawMessage `json:"local_context_data"`
	ConfigTemplate     *Nested         `json:"config_template"`
	CustomFields       CustomFields    `json:"custom_fields"`
	Created            time.Time       `json:"created"`
	LastUpdated        time.Time       `json:"last_updated"`
	InterfaceCount     int64           `json:"interface_count"`
	VirtualDiskCount   int64           `json:"virtual_disk_count"`
	ConfigContext      json.RawMessage `json:"config_context"` // computed by NetBox and costly: lists leave it out unless Query.ConfigContext asks for it
}

// The statuses that NetBox ships for virtual machines; a NetBox may define more.
const (
	VMOffline         = "offline"
	VMActive          = "active"
	VMPlanned         = "planned"
	VMStaged          = "staged"
	VMFailed          = "failed"
	VMDecommissioning = "decommissioning"
	VMPaused          = "paused"
)

// VirtualMachineWrite is what Create, Update and Replace take for a virtual
// machine; a field that is not set is not sent. Name is required on Create, and
// a cluster or a site with it (a device alone will do since 4.6).
type VirtualMachineWrite struct {
	Name               Opt[string]    `json:"name,omitzero"`
	VirtualMachineType Opt[int64]     `json:"virtual_machine_type,omitzero"`
	Role               Opt[int64]     `json:"role,omitzero"`
	Status             Opt[string]    `json:"status,omitzero"`
	StartOnBoot        Opt[string]    `json:"start_on_boot,omitzero"`
	Site               Opt[int64]     `json:"site,omitzero"`
	Cluster            Opt[int64]     `json:"cluster,omitzero"`
	Device             Opt[int64]     `json:"device,omitzero"`
	Platform           Opt[int64]     `json:"platform,omitzero"`
	PrimaryIP4         Opt[int64]     `json:"primary_ip4,omitzero"`
	PrimaryIP6         Opt[int64]     `json:"primary_ip6,omitzero"`
	VCPUs              Opt[float64]   `json:"vcpus,omitzero"`
	Memory             Opt[int64]     `json:"memory,omitzero"`
	Disk               Opt[int64]     `json:"disk,omitzero"`
	Description        Opt[string]    `json:"description,omitzero"`
	Serial             Opt[string]    `json:"serial,omitzero"`
	Tenant             Opt[int64]     `json:"tenant,omitzero"`
	Owner              Opt[int64]     `json:"owner,omitzero"`
	Comments           Opt[string]    `json:"comments,omitzero"`
	LocalContextData   Opt[any]       `json:"local_context_data,omitzero"`
	ConfigTemplate     Opt[int64]     `json:"config_template,omitzero"`
	Tags               Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags            []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags         []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields       map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage   string         `json:"changelog_message,omitempty"` // since 4.4
}

// VirtualMachineFilter selects virtual machines: every set field must match,
// several values of one field mean any of them, all of the tags.
type VirtualMachineFilter struct {
	ID             IDs     `url:"id,omitempty"`
	Name           Texts   `url:"name,omitempty"` // ignores case
	Status         Texts   `url:"status,omitempty" lookup:"choice"`
	ClusterID      IDs     `url:"cluster_id,omitempty"`
	Cluster        Texts   `url:"cluster,omitempty" lookup:"relation"` // names
	ClusterTypeID  IDs     `url:"cluster_type_id,omitempty"`
	ClusterGroupID IDs     `url:"cluster_group_id,omitempty"`
	SiteID         IDs     `url:"site_id,omitempty"`
	Site           Texts   `url:"site,omitempty" lookup:"relation"` // slugs
	RegionID       IDs     `url:"region_id,omitempty"`              // with everything below
	DeviceID       IDs     `url:"device_id,omitempty"`
	Device         Texts   `url:"device,omitempty" lookup:"relation"` // names
	RoleID         IDs     `url:"role_id,omitempty"`
	Role           Texts   `url:"role,omitempty" lookup:"relation"` // slugs
	PlatformID     IDs     `url:"platform_id,omitempty"`
	Platform       Texts   `url:"platform,omitempty" lookup:"relation"` // slugs
	TenantID       IDs     `url:"tenant_id,omitempty"`
	Tenant         Texts   `url:"tenant,omitempty" lookup:"relation"` // slugs
	VCPUs          Texts   `url:"vcpus,omitempty" lookup:"ordered"`
	Memory         Numbers `url:"memory,omitempty" lookup:"ordered"`
	Disk           Numbers `url:"disk,omitempty" lookup:"ordered"`
	MACAddress     Texts   `url:"mac_address,omitempty" lookup:"mac"`
	HasPrimaryIP   *bool   `url:"has_primary_ip,omitempty"`
	Serial         Texts   `url:"serial,omitempty" since:"4.1"`
	Tag            Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search         string  `url:"q,omitempty"`
}

func (f VirtualMachineFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var virtualMachineSpec = spec{
	name: "Virtualization.VirtualMachines", path: "virtualization/virtual-machines", filter: VirtualMachineFilter{}, contexts: true,
	more: "cluster_group:relation cluster_type:relation config_template_id:relation interface_count:ordered:4.0 " +
		"primary_ip4:relation:4.2 primary_ip4_id:relation primary_ip6:relation:4.2 primary_ip6_id:relation " +
		"region:relation site_group:relation site_group_id:relation start_on_boot:choice:4.5 tenant_group:relation " +
		"tenant_group_id:relation virtual_disk_count:ordered:4.0 virtual_machine_type:relation:4.6 " +
		"virtual_machine_type_id:relation:4.6",
}
