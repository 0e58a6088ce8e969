package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Rack is an equipment rack.
type Rack struct {
	ID            int64        `json:"id"`
	URL           string       `json:"url"`
	DisplayURL    string       `json:"display_url"` // since 4.1
	Display       string       `json:"display"`
	Name          string       `json:"name"`
	FacilityID    string       `json:"facility_id"`
	Site          *Nested      `json:"site"`
	Location      *Nested      `json:"location"`
	Group         *Nested      `json:"group"` // since 4.6
	Tenant        *Nested      `json:"tenant"`
	Status        Choice       `json:"status"`
	Role          *Nested      `json:"role"`
	Serial        string       `json:"serial"`
	AssetTag      string       `json:"asset_tag"`
	RackType      *Nested      `json:"rack_type"`   // since 4.1
	FormFactor    Choice       `json:"form_factor"` // named type up to 4.0, read in both shapes
	Width         Choice       `json:"width"`       // rail to rail in inches: "10", "19", "21", "23"
	UHeight       float64      `json:"u_height"`
	StartingUnit  int64        `json:"starting_unit"`
	Weight        *float64     `json:"weight"`
	MaxWeight     *float64     `json:"max_weight"`
	WeightUnit    Choice       `json:"weight_unit"`
	DescUnits     bool         `json:"desc_units"`
	OuterWidth    *float64     `json:"outer_width"`
	OuterDepth    *float64     `json:"outer_depth"`
	OuterHeight   *float64     `json:"outer_height"` // since 4.3
	OuterUnit     Choice       `json:"outer_unit"`
	MountingDepth *float64     `json:"mounting_depth"` // millimetres
	Airflow       Choice       `json:"airflow"`        // since 4.1
	Description   string       `json:"description"`
	Comments      string       `json:"comments"`
	Owner         *Nested      `json:"owner"` // since 4.5
	Tags          Tags         `json:"tags"`
	CustomFields  CustomFields `json:"custom_fields"`
	Created       time.Time    `json:"created"`
	LastUpdated   time.Time    `json:"last_updated"`

	// CoolingCapability and CoolingCapacity exist since 4.7.
	CoolingCapability Choice   `json:"cooling_capability"`
	CoolingCapacity   *float64 `json:"cooling_capacity"`

	DeviceCount    int64 `json:"device_count"`
	PowerFeedCount int64 `json:"powerfeed_count"`
}

// UnmarshalJSON reads a rack of any release: the form factor was named type
// up to 4.0.
func (r *Rack) UnmarshalJSON(data []byte) error {
	type plain Rack
	old := struct {
		*plain
		Type Choice `json:"type"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if r.FormFactor.IsZero() {
		r.FormFactor = old.Type
	}
	return nil
}

// The statuses that NetBox ships for racks; a NetBox may define more.
const (
	RackReserved   = "reserved"
	RackAvailable  = "available"
	RackPlanned    = "planned"
	RackActive     = "active"
	RackDeprecated = "deprecated"
)

// RackWrite is what Create, Update and Replace take for a rack; a field that
// is not set is not sent. Name and Site are required on Create.
type RackWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	FacilityID       Opt[string]    `json:"facility_id,omitzero"`
	Site             Opt[int64]     `json:"site,omitzero"`
	Location         Opt[int64]     `json:"location,omitzero"`
	Group            Opt[int64]     `json:"group,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Serial           Opt[string]    `json:"serial,omitzero"`
	AssetTag         Opt[string]    `json:"asset_tag,omitzero"`
	RackType         Opt[int64]     `json:"rack_type,omitzero"`
	FormFactor       Opt[string]    `json:"form_factor,omitzero"` // sent as type up to 4.0
	Width            Opt[int64]     `json:"width,omitzero"`
	UHeight          Opt[int64]     `json:"u_height,omitzero"`
	StartingUnit     Opt[int64]     `json:"starting_unit,omitzero"`
	Weight           Opt[float64]   `json:"weight,omitzero"`
	MaxWeight        Opt[int64]     `json:"max_weight,omitzero"`
	WeightUnit       Opt[string]    `json:"weight_unit,omitzero"`
	DescUnits        Opt[bool]      `json:"desc_units,omitzero"`
	OuterWidth       Opt[int64]     `json:"outer_width,omitzero"`
	OuterDepth       Opt[int64]     `json:"outer_depth,omitzero"`
	OuterHeight      Opt[int64]     `json:"outer_height,omitzero"`
	OuterUnit        Opt[string]    `json:"outer_unit,omitzero"`
	MountingDepth    Opt[int64]     `json:"mounting_depth,omitzero"`
	Airflow          Opt[string]    `json:"airflow,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// RackFilter selects racks: every set field must match, several values of one
// field mean any of them, all of the tags.
type RackFilter struct {
	ID         IDs    `url:"id,omitempty"`
	Name       Texts  `url:"name,omitempty"`
	FacilityID Texts  `url:"facility_id,omitempty"`
	Tag        Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Status     Texts  `url:"status,omitempty" lookup:"choice"`
	SiteID     IDs    `url:"site_id,omitempty"`
	RegionID   IDs    `url:"region_id,omitempty"`   // with everything below
	LocationID IDs    `url:"location_id,omitempty"` // with everything below
	TenantID   IDs    `url:"tenant_id,omitempty"`
	RoleID     IDs    `url:"role_id,omitempty"`
	Serial     Texts  `url:"serial,omitempty"`
	AssetTag   Texts  `url:"asset_tag,omitempty"`
	Search     string `url:"q,omitempty"`
}

func (f RackFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var rackSpec = spec{name: "DCIM.Racks", path: "dcim/racks", filter: RackFilter{}, more: "site:relation tenant:relation role:relation u_height:ordered", renamed: []renaming{{now: "form_factor", was: "type", since: Version{4, 1}}}}
