package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// PowerFeed is a circuit from a power panel to a rack.
type PowerFeed struct {
	ID                          int64             `json:"id"`
	URL                         string            `json:"url"`
	DisplayURL                  string            `json:"display_url"` // since 4.1
	Display                     string            `json:"display"`
	PowerPanel                  *Nested           `json:"power_panel"`
	Rack                        *Nested           `json:"rack"`
	Name                        string            `json:"name"`
	Status                      Choice            `json:"status"`
	Type                        Choice            `json:"type"`            // "primary" or "redundant"
	Supply                      Choice            `json:"supply"`          // "ac" or "dc"
	Phase                       Choice            `json:"phase"`           // "single-phase" or "three-phase"
	Voltage                     int64             `json:"voltage"`         // volts; negative for some direct current
	Amperage                    int64             `json:"amperage"`        // amperes
	MaxUtilization              int64             `json:"max_utilization"` // percent
	MarkConnected               bool              `json:"mark_connected"`
	Cable                       *Nested           `json:"cable"`
	CableEnd                    string            `json:"cable_end"`
	LinkPeers                   []json.RawMessage `json:"link_peers"`
	LinkPeersType               string            `json:"link_peers_type"`
	ConnectedEndpoints          []json.RawMessage `json:"connected_endpoints"`
	ConnectedEndpointsType      string            `json:"connected_endpoints_type"`
	ConnectedEndpointsReachable bool              `json:"connected_endpoints_reachable"`
	Description                 string            `json:"description"`
	Tenant                      *Nested           `json:"tenant"`
	Owner                       *Nested           `json:"owner"` // since 4.5
	Comments                    string            `json:"comments"`
	Tags                        Tags              `json:"tags"`
	CustomFields                CustomFields      `json:"custom_fields"`
	Created                     time.Time         `json:"created"`
	LastUpdated                 time.Time         `json:"last_updated"`
	Occupied                    bool              `json:"_occupied"` // cabled or marked as connected
}

// The statuses that NetBox ships for power feeds; a NetBox may define more.
const (
	PowerFeedOffline = "offline"
	PowerFeedActive  = "active"
	PowerFeedPlanned = "planned"
	PowerFeedFailed  = "failed"
)

// PowerFeedWrite is what Create, Update and Replace take for a power feed; a
// field that is not set is not sent. PowerPanel and Name are required on Create;
// the rack must stand in the site of the panel.
type PowerFeedWrite struct {
	PowerPanel       Opt[int64]     `json:"power_panel,omitzero"`
	Rack             Opt[int64]     `json:"rack,omitzero"`
	Name             Opt[string]    `json:"name,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Type             Opt[string]    `json:"type,omitzero"`
	Supply           Opt[string]    `json:"supply,omitzero"`
	Phase            Opt[string]    `json:"phase,omitzero"`
	Voltage          Opt[int64]     `json:"voltage,omitzero"`
	Amperage         Opt[int64]     `json:"amperage,omitzero"`
	MaxUtilization   Opt[int64]     `json:"max_utilization,omitzero"`
	MarkConnected    Opt[bool]      `json:"mark_connected,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// PowerFeedFilter selects power feeds: every set field must match, several
// values of one field mean any of them, all of the tags.
type PowerFeedFilter struct {
	ID           IDs     `url:"id,omitempty"`
	Name         Texts   `url:"name,omitempty"`
	Status       Texts   `url:"status,omitempty" lookup:"choice"`
	Type         Texts   `url:"type,omitempty" lookup:"choice"`
	Supply       Texts   `url:"supply,omitempty" lookup:"choice"`
	Phase        Texts   `url:"phase,omitempty" lookup:"choice"`
	Voltage      Numbers `url:"voltage,omitempty" lookup:"ordered"`
	Amperage     Numbers `url:"amperage,omitempty" lookup:"ordered"`
	PowerPanelID IDs     `url:"power_panel_id,omitempty"`
	RackID       IDs     `url:"rack_id,omitempty"`
	SiteID       IDs     `url:"site_id,omitempty"`
	TenantID     IDs     `url:"tenant_id,omitempty"`
	Cabled       *bool   `url:"cabled,omitempty"`
	Connected    *bool   `url:"connected,omitempty"`
	Tag          Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search       string  `url:"q,omitempty"`
}

func (f PowerFeedFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var powerFeedSpec = spec{
	name: "DCIM.PowerFeeds", path: "dcim/power-feeds", filter: PowerFeedFilter{},
	more: "available_power:ordered:4.0 cable_connector:ordered:4.5 cable_end:choice cable_id:relation:4.0 " +
		"location:relation:4.7 location_id:relation:4.7 mark_connected:none:4.0 max_utilization:ordered occupied:none " +
		"region:relation region_id:relation site:relation site_group:relation site_group_id:relation tenant:relation " +
		"tenant_group:relation tenant_group_id:relation",
}
