package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// VLANGroup is a set of VLANs whose numbers and names are unique, within the
// ranges of numbers that it has.
type VLANGroup struct {
	ID           int64        `json:"id"`
	URL          string       `json:"url"`
	DisplayURL   string       `json:"display_url"` // since 4.1
	Display      string       `json:"display"`
	Name         string       `json:"name"`
	Slug         string       `json:"slug"`
	ScopeType    string       `json:"scope_type"` // "dcim.site", "dcim.region", "virtualization.cluster", ...
	ScopeID      *int64       `json:"scope_id"`
	Scope        *Nested      `json:"scope"`
	VIDRanges    []VIDRange   `json:"vid_ranges"`     // read from min_vid and max_vid of older releases
	TotalVLANIDs int64        `json:"total_vlan_ids"` // since 4.6
	Tenant       *Nested      `json:"tenant"`         // since 4.3
	Description  string       `json:"description"`
	Owner        *Nested      `json:"owner"`    // since 4.5
	Comments     string       `json:"comments"` // since 4.5
	Tags         Tags         `json:"tags"`
	CustomFields CustomFields `json:"custom_fields"`
	Created      time.Time    `json:"created"`
	LastUpdated  time.Time    `json:"last_updated"`
	VLANCount    int64        `json:"vlan_count"`
	Utilization  string       `json:"utilization"` // text such as "3 of 4094"
}

// VIDRange is a range of VLAN numbers, both ends included. It is written as
// NetBox does, [from, to].
type VIDRange struct {
	From, To int64
}

// MarshalJSON writes [from, to].
func (r VIDRange) MarshalJSON() ([]byte, error) { return json.Marshal([2]int64{r.From, r.To}) }

// UnmarshalJSON reads [from, to].
func (r *VIDRange) UnmarshalJSON(data []byte) error {
	var both [2]int64
	if err := json.Unmarshal(data, &both); err != nil {
		return err
	}
	r.From, r.To = both[0], both[1]
	return nil
}

// UnmarshalJSON reads a VLAN group of any release: up to 4.0 it had min_vid
// and max_vid.
func (g *VLANGroup) UnmarshalJSON(data []byte) error {
	type plain VLANGroup
	old := struct {
		*plain
		From *int64 `json:"min_vid"`
		To   *int64 `json:"max_vid"`
	}{plain: (*plain)(g)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if g.VIDRanges == nil && old.From != nil && old.To != nil {
		g.VIDRanges = []VIDRange{{From: *old.From, To: *old.To}}
	}
	return nil
}

// VLANGroupWrite is what Create, Update and Replace take for a VLAN group; a
// field that is not set is not sent. Name and Slug are required on Create.
type VLANGroupWrite struct {
	Name             Opt[string]     `json:"name,omitzero"`
	Slug             Opt[string]     `json:"slug,omitzero"`
	ScopeType        Opt[string]     `json:"scope_type,omitzero"`
	ScopeID          Opt[int64]      `json:"scope_id,omitzero"`
	VIDRanges        Opt[[]VIDRange] `json:"vid_ranges,omitzero"` // up to 4.0 one range, sent as min_vid and max_vid
	Tenant           Opt[int64]      `json:"tenant,omitzero"`
	Description      Opt[string]     `json:"description,omitzero"`
	Owner            Opt[int64]      `json:"owner,omitzero"`
	Comments         Opt[string]     `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]   `json:"tags,omitzero"`
	AddTags          []TagRef        `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef        `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any  `json:"custom_fields,omitempty"`
	ChangelogMessage string          `json:"changelog_message,omitempty"` // since 4.4
}

// VLANGroupFilter selects VLAN groups: every set field must match, several
// values of one field mean any of them, all of the tags.
type VLANGroupFilter struct {
	ID             IDs     `url:"id,omitempty"`
	Name           Texts   `url:"name,omitempty"`
	Slug           Texts   `url:"slug,omitempty"`
	ScopeType      Texts   `url:"scope_type,omitempty" lookup:"relation"`
	ScopeID        IDs     `url:"scope_id,omitempty" lookup:"ordered"`
	SiteID         IDs     `url:"site,omitempty" lookup:"none"`
	RegionID       IDs     `url:"region,omitempty" lookup:"none"`
	SiteGroupID    IDs     `url:"site_group,omitempty" lookup:"none" since:"4.0"`
	LocationID     IDs     `url:"location,omitempty" lookup:"none"`
	RackID         IDs     `url:"rack,omitempty" lookup:"none"`
	ClusterID      IDs     `url:"cluster,omitempty" lookup:"none"`
	ClusterGroupID IDs     `url:"cluster_group,omitempty" lookup:"none" since:"4.0"`
	TenantID       IDs     `url:"tenant_id,omitempty" since:"4.3"`
	ContainsVID    Numbers `url:"contains_vid,omitempty" lookup:"none" since:"4.1"`
	Tag            Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search         string  `url:"q,omitempty"`
}

func (f VLANGroupFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var vlanGroupSpec = spec{
	name: "IPAM.VLANGroups", path: "ipam/vlan-groups", filter: VLANGroupFilter{}, reshaped: []reshaping{vidRanges},
	more: "rack_group:none:4.6 tenant:relation:4.3 tenant_group:relation:4.3 tenant_group_id:relation:4.3 " +
		"total_vlan_ids:ordered:4.6",
}
