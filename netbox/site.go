package netbox

import (
	"net/url"
	"time"
)

// Site is a place where devices stand.
type Site struct {
	ID              int64        `json:"id"`
	URL             string       `json:"url"`
	DisplayURL      string       `json:"display_url"` // since 4.1
	Display         string       `json:"display"`
	Name            string       `json:"name"`
	Slug            string       `json:"slug"`
	Status          Choice       `json:"status"`
	Region          *Nested      `json:"region"`
	Group           *Nested      `json:"group"`
	Tenant          *Nested      `json:"tenant"`
	Facility        string       `json:"facility"`
	TimeZone        string       `json:"time_zone"` // IANA name
	Description     string       `json:"description"`
	PhysicalAddress string       `json:"physical_address"`
	ShippingAddress string       `json:"shipping_address"`
	Latitude        *float64     `json:"latitude"`  // degrees
	Longitude       *float64     `json:"longitude"` // degrees
	Comments        string       `json:"comments"`
	ASNs            []ASN        `json:"asns"`
	Owner           *Nested      `json:"owner"` // since 4.5
	Tags            Tags         `json:"tags"`
	CustomFields    CustomFields `json:"custom_fields"`
	Created         time.Time    `json:"created"`
	LastUpdated     time.Time    `json:"last_updated"`

	CircuitCount        int64 `json:"circuit_count"`
	DeviceCount         int64 `json:"device_count"`
	PrefixCount         int64 `json:"prefix_count"`
	RackCount           int64 `json:"rack_count"`
	VirtualMachineCount int64 `json:"virtualmachine_count"`
	VLANCount           int64 `json:"vlan_count"`
}

// ASN is an autonomous system number as NetBox embeds it in a site.
type ASN struct {
	ID      int64  `json:"id"`
	Display string `json:"display"`
	ASN     int64  `json:"asn"`
}

// The statuses that NetBox ships for sites and locations; a NetBox may define
// more.
const (
	SitePlanned         = "planned"
	SiteStaging         = "staging"
	SiteActive          = "active"
	SiteDecommissioning = "decommissioning"
	SiteRetired         = "retired"
)

// SiteWrite is what Create, Update and Replace take for a site; a field that
// is not set is not sent. Name and Slug are required on Create.
type SiteWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Slug             Opt[string]    `json:"slug,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Region           Opt[int64]     `json:"region,omitzero"`
	Group            Opt[int64]     `json:"group,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Facility         Opt[string]    `json:"facility,omitzero"`
	TimeZone         Opt[string]    `json:"time_zone,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	PhysicalAddress  Opt[string]    `json:"physical_address,omitzero"`
	ShippingAddress  Opt[string]    `json:"shipping_address,omitzero"`
	Latitude         Opt[float64]   `json:"latitude,omitzero"`
	Longitude        Opt[float64]   `json:"longitude,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	ASNs             Opt[[]int64]   `json:"asns,omitzero"` // ids of ASN objects
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// SiteFilter selects sites: every set field must match, several values of one
// field mean any of them, all of the tags.
type SiteFilter struct {
	ID       IDs    `url:"id,omitempty"`
	Name     Texts  `url:"name,omitempty"`
	Slug     Texts  `url:"slug,omitempty"`
	Tag      Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Status   Texts  `url:"status,omitempty" lookup:"choice"`
	RegionID IDs    `url:"region_id,omitempty"` // with everything below
	GroupID  IDs    `url:"group_id,omitempty"`  // with everything below
	TenantID IDs    `url:"tenant_id,omitempty"`
	Facility Texts  `url:"facility,omitempty"`
	Search   string `url:"q,omitempty"`
}

func (f SiteFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var siteSpec = spec{name: "DCIM.Sites", path: "dcim/sites", filter: SiteFilter{}, more: "latitude:ordered longitude:ordered region:relation group:relation tenant:relation asn_id:relation"}
