package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// ConfigContext is data that NetBox merges into the config_context of all
// devices and virtual machines that it is for.
type ConfigContext struct {
	ID            int64              `json:"id"`
	URL           string             `json:"url"`
	DisplayURL    string             `json:"display_url"` // since 4.1
	Display       string             `json:"display"`
	Name          string             `json:"name"`
	Weight        int64              `json:"weight"`  // the heavier wins
	Profile       *Nested            `json:"profile"` // since 4.4
	Description   string             `json:"description"`
	IsActive      bool               `json:"is_active"`
	Regions       []Nested           `json:"regions"`
	SiteGroups    []Nested           `json:"site_groups"`
	Sites         []Nested           `json:"sites"`
	Locations     []Nested           `json:"locations"`
	DeviceTypes   []NestedDeviceType `json:"device_types"`
	Roles         []Nested           `json:"roles"`
	Platforms     []Nested           `json:"platforms"`
	ClusterTypes  []Nested           `json:"cluster_types"`
	ClusterGroups []Nested           `json:"cluster_groups"`
	Clusters      []Nested           `json:"clusters"`
	TenantGroups  []Nested           `json:"tenant_groups"`
	Tenants       []Nested           `json:"tenants"`
	Owner         *Nested            `json:"owner"` // since 4.5
	Tags          []string           `json:"tags"`
	DataSource    *Nested            `json:"data_source"`
	DataPath      string             `json:"data_path"`
	DataFile      *Nested            `json:"data_file"`
	DataSynced    time.Time          `json:"data_synced"`
	Data          json.RawMessage    `json:"data"` // a JSON object
	Created       time.Time          `json:"created"`
	LastUpdated   time.Time          `json:"last_updated"`
}

// ConfigContextWrite is what Create, Update and Replace take for a config
// context; a field that is not set is not sent. Name and Data are required on
// Create.
type ConfigContextWrite struct {
	Name             Opt[string]   `json:"name,omitzero"`
	Weight           Opt[int64]    `json:"weight,omitzero"`
	Profile          Opt[int64]    `json:"profile,omitzero"`
	Description      Opt[string]   `json:"description,omitzero"`
	IsActive         Opt[bool]     `json:"is_active,omitzero"`
	Regions          Opt[[]int64]  `json:"regions,omitzero"`
	SiteGroups       Opt[[]int64]  `json:"site_groups,omitzero"`
	Sites            Opt[[]int64]  `json:"sites,omitzero"`
	Locations        Opt[[]int64]  `json:"locations,omitzero"`
	DeviceTypes      Opt[[]int64]  `json:"device_types,omitzero"`
	Roles            Opt[[]int64]  `json:"roles,omitzero"`
	Platforms        Opt[[]int64]  `json:"platforms,omitzero"`
	ClusterTypes     Opt[[]int64]  `json:"cluster_types,omitzero"`
	ClusterGroups    Opt[[]int64]  `json:"cluster_groups,omitzero"`
	Clusters         Opt[[]int64]  `json:"clusters,omitzero"`
	TenantGroups     Opt[[]int64]  `json:"tenant_groups,omitzero"`
	Tenants          Opt[[]int64]  `json:"tenants,omitzero"`
	Owner            Opt[int64]    `json:"owner,omitzero"`
	DataSource       Opt[int64]    `json:"data_source,omitzero"`
	Data             Opt[any]      `json:"data,omitzero"`
	Tags             Opt[[]TagRef] `json:"tags,omitzero"`
	AddTags          []TagRef      `json:"add_tags,omitempty"`          // since 4.6, not together with Tags
	RemoveTags       []TagRef      `json:"remove_tags,omitempty"`       // since 4.6, not on Create
	ChangelogMessage string        `json:"changelog_message,omitempty"` // since 4.4
}

// ConfigContextFilter selects config contexts: every set field must match,
// several values of one field mean any of them, all of the tags.
type ConfigContextFilter struct {
	ID            IDs    `url:"id,omitempty"`
	Name          Texts  `url:"name,omitempty"`
	IsActive      *bool  `url:"is_active,omitempty"`
	RegionID      IDs    `url:"region_id,omitempty"`
	SiteID        IDs    `url:"site_id,omitempty"`
	LocationID    IDs    `url:"location_id,omitempty"`
	DeviceTypeID  IDs    `url:"device_type_id,omitempty"`
	PlatformID    IDs    `url:"platform_id,omitempty"`
	ClusterID     IDs    `url:"cluster_id,omitempty"`
	TenantID      IDs    `url:"tenant_id,omitempty"`
	TenantGroupID IDs    `url:"tenant_group_id,omitempty"`
	Tag           Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search        string `url:"q,omitempty"`
}

func (f ConfigContextFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var configContextSpec = spec{
	name: "Extras.ConfigContexts", path: "extras/config-contexts", filter: ConfigContextFilter{},
	more: "auto_sync_enabled:none:4.0 cluster_group:relation cluster_group_id:relation cluster_type:relation " +
		"cluster_type_id:relation data_file_id:relation data_source_id:relation data_synced:ordered " +
		"device_role:relation:4.0 device_role_id:relation:4.0 location:relation platform:relation profile:relation:4.4 " +
		"profile_id:relation:4.4 region:relation site:relation site_group:relation site_group_id:relation " +
		"tenant:relation tenant_group:relation weight:ordered:4.0",
}
