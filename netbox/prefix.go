package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Prefix is an IP network. NextPrefix and NextAddress of [Client].IPAM take the
// next free part of one.
type Prefix struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Family       Family       `json:"family"` // 4 or 6
	CIDR         string       `json:"prefix"` // "192.0.2.0/24"
	VRF          *Nested      `json:"vrf"`
	ScopeType    string       `json:"scope_type"` // "dcim.region", "dcim.sitegroup", "dcim.site", "dcim.location"
	ScopeID      *int64       `json:"scope_id"`
	Scope        *Nested      `json:"scope"`
	Tenant       *Nested      `json:"tenant"`
	VLAN         *Nested      `json:"vlan"`
	Status       Choice       `json:"status"`
	Role         *Nested      `json:"role"`
	IsPool       bool         `json:"is_pool"`       // the first and the last address may be used
	MarkUtilized bool         `json:"mark_utilized"` // counts as full
	Description  string       `json:"description"`
	Owner        *Nested      `json:"owner"` // since 4.5
	Comments     string       `json:"comments"`
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	ChildCount   int64        `json:"children"` // prefixes within it
	Depth        int          `json:"_depth"`
}

// The statuses that NetBox ships for prefixes; a NetBox may define more.
const (
	PrefixContainer  = "container"
	PrefixActive     = "active"
	PrefixReserved   = "reserved"
	PrefixDeprecated = "deprecated"
)

// UnmarshalJSON reads a prefix of any release: up to 4.1 its scope was a site.
func (p *Prefix) UnmarshalJSON(data []byte) error {
	type plain Prefix
	old := struct {
		*plain
		Site *Nested `json:"site"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if p.Scope == nil && old.Site != nil {
		p.ScopeType, p.ScopeID, p.Scope = "dcim.site", &old.Site.ID, old.Site
	}
	return nil
}

// PrefixWrite is what Create, Update and Replace take for a prefix; a field that
// is not set is not sent. Prefix is required on Create. ScopeType and ScopeID go
// together; up to 4.1 the scope can only be a site.
type PrefixWrite struct {
	CIDR             Opt[string]    `json:"prefix,omitzero"`
	VRF              Opt[int64]     `json:"vrf,omitzero"`
	ScopeType        Opt[string]    `json:"scope_type,omitzero"`
	ScopeID          Opt[int64]     `json:"scope_id,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	VLAN             Opt[int64]     `json:"vlan,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	IsPool           Opt[bool]      `json:"is_pool,omitzero"`
	MarkUtilized     Opt[bool]      `json:"mark_utilized,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// PrefixFilter selects prefixes: every set field must match, several values of
// one field mean any of them, all of the tags.
type PrefixFilter struct {
	ID            IDs     `url:"id,omitempty"`
	CIDR          Texts   `url:"prefix,omitempty" lookup:"none"`
	Family        Numbers `url:"family,omitempty" lookup:"none"`
	Within        Texts   `url:"within,omitempty" lookup:"none"`         // below it
	WithinInclude Texts   `url:"within_include,omitempty" lookup:"none"` // it and what is below
	Contains      Texts   `url:"contains,omitempty" lookup:"none"`       // the prefixes that have an address or network
	Depth         Numbers `url:"depth,omitempty" lookup:"ordered"`
	Children      Numbers `url:"children,omitempty" lookup:"ordered"`
	MaskLength    Numbers `url:"mask_length,omitempty" lookup:"none"`
	Status        Texts   `url:"status,omitempty" lookup:"choice"`
	VRFID         IDs     `url:"vrf_id,omitempty"`
	VRF           Texts   `url:"vrf,omitempty" lookup:"relation"` // route distinguishers
	RoleID        IDs     `url:"role_id,omitempty"`
	Role          Texts   `url:"role,omitempty" lookup:"relation"` // slugs
	TenantID      IDs     `url:"tenant_id,omitempty"`
	Tenant        Texts   `url:"tenant,omitempty" lookup:"relation"` // slugs
	VLANID        IDs     `url:"vlan_id,omitempty"`
	VLANVID       Numbers `url:"vlan_vid,omitempty" lookup:"ordered"`
	SiteID        IDs     `url:"site_id,omitempty"`
	Site          Texts   `url:"site,omitempty" lookup:"relation"`  // slugs
	RegionID      IDs     `url:"region_id,omitempty"`               // with everything below
	LocationID    IDs     `url:"location_id,omitempty" since:"4.2"` // with everything below
	ScopeType     Texts   `url:"scope_type,omitempty" lookup:"relation" since:"4.2"`
	ScopeID       IDs     `url:"scope_id,omitempty" lookup:"ordered" since:"4.2"`
	IsPool        *bool   `url:"is_pool,omitempty"`
	MarkUtilized  *bool   `url:"mark_utilized,omitempty"`
	Tag           Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search        string  `url:"q,omitempty"`
}

func (f PrefixFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var prefixSpec = spec{
	name: "IPAM.Prefixes", path: "ipam/prefixes", filter: PrefixFilter{}, reshaped: []reshaping{scopeIsSite},
	more: "location:relation:4.2 present_in_vrf:none present_in_vrf_id:none region:relation site_group:relation " +
		"site_group_id:relation tenant_group:relation tenant_group_id:relation vlan_group:relation:4.2 " +
		"vlan_group_id:relation:4.2",
}
