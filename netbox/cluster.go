package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Cluster is a pool of hosts on which virtual machines run.
type Cluster struct {
	ID                  int64        `json:"id"`
	URL                 string       `json:"url"`
	DisplayURL          string       `json:"display_url"` // since 4.1
	Display             string       `json:"display"`
	Name                string       `json:"name"`
	Type                *Nested      `json:"type"`
	Group               *Nested      `json:"group"`
	Status              Choice       `json:"status"`
	Tenant              *Nested      `json:"tenant"`
	ScopeType           string       `json:"scope_type"` // "dcim.region", "dcim.sitegroup", "dcim.site", "dcim.location"
	ScopeID             *int64       `json:"scope_id"`
	Scope               *Nested      `json:"scope"`
	Description         string       `json:"description"`
	Owner               *Nested      `json:"owner"` // since 4.5
	Comments            string       `json:"comments"`
	Tags                Tags         `json:"tags"`
	CustomFields        CustomFields `json:"custom_fields"`
	Created             time.Time    `json:"created"`
	LastUpdated         time.Time    `json:"last_updated"`
	DeviceCount         int64        `json:"device_count"`
	VirtualMachineCount int64        `json:"virtualmachine_count"`
	AllocatedVCPUs      *float64     `json:"allocated_vcpus"`  // since 4.2
	AllocatedMemory     *int64       `json:"allocated_memory"` // since 4.2, MB
	AllocatedDisk       *int64       `json:"allocated_disk"`   // since 4.2, MB
}

// The statuses that NetBox ships for clusters; a NetBox may define more.
const (
	ClusterPlanned         = "planned"
	ClusterStaging         = "staging"
	ClusterActive          = "active"
	ClusterDecommissioning = "decommissioning"
	ClusterOffline         = "offline"
)

// UnmarshalJSON reads a cluster of any release: up to 4.1 its scope was a site.
func (c *Cluster) UnmarshalJSON(data []byte) error {
	type plain Cluster
	old := struct {
		*plain
		Site *Nested `json:"site"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if c.Scope == nil && old.Site != nil {
		c.ScopeType, c.ScopeID, c.Scope = "dcim.site", &old.Site.ID, old.Site
	}
	return nil
}

// ClusterWrite is what Create, Update and Replace take for a cluster; a field
// that is not set is not sent. Name and Type are required on Create. ScopeType
// and ScopeID go together; up to 4.1 the scope can only be a site.
type ClusterWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	Type             Opt[int64]     `json:"type,omitzero"`
	Group            Opt[int64]     `json:"group,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	ScopeType        Opt[string]    `json:"scope_type,omitzero"`
	ScopeID          Opt[int64]     `json:"scope_id,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// ClusterFilter selects clusters: every set field must match, several values of
// one field mean any of them, all of the tags.
type ClusterFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	Status     Texts  `url:"status,omitempty" lookup:"choice"`
	TypeID     IDs    `url:"type_id,omitempty"`
	Type       Texts  `url:"type,omitempty" lookup:"relation"` // slugs
	GroupID    IDs    `url:"group_id,omitempty"`
	Group      Texts  `url:"group,omitempty" lookup:"relation"` // slugs
	TenantID   IDs    `url:"tenant_id,omitempty"`
	Tenant     Texts  `url:"tenant,omitempty" lookup:"relation"` // slugs
	SiteID     IDs    `url:"site_id,omitempty"`
	Site       Texts  `url:"site,omitempty" lookup:"relation"`  // slugs
	RegionID   IDs    `url:"region_id,omitempty"`               // with everything below
	LocationID IDs    `url:"location_id,omitempty" since:"4.2"` // with everything below
	ScopeType  Texts  `url:"scope_type,omitempty" lookup:"relation" since:"4.2"`
	ScopeID    IDs    `url:"scope_id,omitempty" lookup:"ordered" since:"4.2"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search     string `url:"q,omitempty"`
}

func (f ClusterFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var clusterSpec = spec{
	name: "Virtualization.Clusters", path: "virtualization/clusters", filter: ClusterFilter{}, reshaped: []reshaping{scopeIsSite},
	more: "location:relation:4.2 region:relation site_group:relation site_group_id:relation tenant_group:relation " +
		"tenant_group_id:relation",
}
