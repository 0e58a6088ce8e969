package netbox

import (
	"net/url"
	"time"
)

// VLAN is a virtual LAN.
type VLAN struct {
	ID               int64        `json:"id"`
	URL              string       `json:"url"`
	DisplayURL       string       `json:"display_url"` // since 4.1
	Display          string       `json:"display"`
	Site             *Nested      `json:"site"`
	Group            *Nested      `json:"group"`
	VID              int64        `json:"vid"` // 1 to 4094
	Name             string       `json:"name"`
	Tenant           *Nested      `json:"tenant"`
	Status           Choice       `json:"status"`
	Role             *Nested      `json:"role"`
	Description      string       `json:"description"`
	QinQRole         Choice       `json:"qinq_role"`  // since 4.2, "svlan" or "cvlan"
	QinQSVLAN        *Nested      `json:"qinq_svlan"` // since 4.2
	Owner            *Nested      `json:"owner"`      // since 4.5
	Comments         string       `json:"comments"`
	L2VPNTermination *Nested      `json:"l2vpn_termination"`
	Tags             Tags         `json:"tags"`
	CustomFields     CustomFields `json:"custom_fields"`
	Created          time.Time    `json:"created"`
	LastUpdated      time.Time    `json:"last_updated"`
	PrefixCount      int64        `json:"prefix_count"`
}

// The statuses that NetBox ships for VLANs; a NetBox may define more.
const (
	VLANActive     = "active"
	VLANReserved   = "reserved"
	VLANDeprecated = "deprecated"
)

// VLANWrite is what Create, Update and Replace take for a VLAN; a field that is
// not set is not sent. VID and Name are required on Create.
type VLANWrite struct {
	Site             Opt[int64]     `json:"site,omitzero"`
	Group            Opt[int64]     `json:"group,omitzero"`
	VID              Opt[int64]     `json:"vid,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	QinQRole         Opt[string]    `json:"qinq_role,omitzero"`
	QinQSVLAN        Opt[int64]     `json:"qinq_svlan,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// VLANFilter selects VLANs: every set field must match, several values of one
// field mean any of them, all of the tags.
type VLANFilter struct {
	ID                        IDs     `url:"id,omitempty"`
	VID                       Numbers `url:"vid,omitempty" lookup:"ordered"`
	Name                      Texts   `url:"name,omitempty"`
	Status                    Texts   `url:"status,omitempty" lookup:"choice"`
	SiteID                    IDs     `url:"site_id,omitempty"`
	Site                      Texts   `url:"site,omitempty" lookup:"relation"` // slugs
	GroupID                   IDs     `url:"group_id,omitempty"`
	Group                     Texts   `url:"group,omitempty" lookup:"relation"` // slugs
	RoleID                    IDs     `url:"role_id,omitempty"`
	Role                      Texts   `url:"role,omitempty" lookup:"relation"` // slugs
	TenantID                  IDs     `url:"tenant_id,omitempty"`
	Tenant                    Texts   `url:"tenant,omitempty" lookup:"relation"` // slugs
	RegionID                  IDs     `url:"region_id,omitempty"`                // with everything below
	AvailableOnDevice         Texts   `url:"available_on_device,omitempty" lookup:"none"`
	AvailableOnVirtualMachine Texts   `url:"available_on_virtualmachine,omitempty" lookup:"none"`
	AvailableAtSite           Texts   `url:"available_at_site,omitempty" lookup:"none"`
	Tag                       Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search                    string  `url:"q,omitempty"`
}

func (f VLANFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var vlanSpec = spec{
	name: "IPAM.VLANs", path: "ipam/vlans", filter: VLANFilter{},
	more: "available_at_site_group:none:4.6 interface_id:none:4.1 l2vpn:relation l2vpn_id:relation qinq_role:choice:4.2 " +
		"qinq_svlan_id:relation:4.2 qinq_svlan_vid:ordered:4.2 region:relation related_to_site:relation:4.7 " +
		"site_group:relation site_group_id:relation tenant_group:relation tenant_group_id:relation " +
		"vminterface_id:none:4.1",
}
