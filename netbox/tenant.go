package netbox

import (
	"net/url"
	"time"
)

// Tenant is a customer or a department that owns things.
type Tenant struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	Group        *Nested      `json:"group"`
	Description  string       `json:"description"`
	Comments     string       `json:"comments"`
	Owner        *Nested      `json:"owner"` // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`

	CircuitCount        int64 `json:"circuit_count"`
	DeviceCount         int64 `json:"device_count"`
	IPAddressCount      int64 `json:"ipaddress_count"`
	PrefixCount         int64 `json:"prefix_count"`
	RackCount           int64 `json:"rack_count"`
	SiteCount           int64 `json:"site_count"`
	VirtualMachineCount int64 `json:"virtualmachine_count"`
	VLANCount           int64 `json:"vlan_count"`
	VRFCount            int64 `json:"vrf_count"`
	ClusterCount        int64 `json:"cluster_count"`
}

// TenantWrite is what Create, Update and Replace take for a tenant; a field
// that is not set is not sent. Name and Slug are required on Create.
type TenantWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Group            Opt[int64]     `json:"group,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// TenantFilter selects tenants: every set field must match, several values of
// one field mean any of them, all of the tags.
type TenantFilter struct {
	ID      IDs    `url:"id,omitempty"`
	Name    Texts  `url:"name,omitempty"`
	Slug    Texts  `url:"slug,omitempty"`
	Tag     Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	GroupID IDs    `url:"group_id,omitempty"`              // with everything below, [None] without a group
	Search  string `url:"q,omitempty"`
}

func (f TenantFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var tenantSpec = spec{name: "Tenancy.Tenants", path: "tenancy/tenants", filter: TenantFilter{}, more: "group:relation"}
