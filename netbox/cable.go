package netbox

import (
	"net/url"
	"time"
)

// Cable connects the terminations of its two ends.
type Cable struct {
	ID            int64         `json:"id"`
	URL           string        `json:"url"`
	DisplayURL    string        `json:"display_url"` // since 4.1
	Display       string        `json:"display"`
	Type          string        `json:"type"` // "cat6a", "smf-os2", ...
	ATerminations []Termination `json:"a_terminations"`
	BTerminations []Termination `json:"b_terminations"`
	Status        Choice        `json:"status"`
	Profile       Choice        `json:"profile"` // since 4.5
	Tenant        *Nested       `json:"tenant"`
	Bundle        *Nested       `json:"bundle"` // since 4.6
	Label         string        `json:"label"`
	Color         string        `json:"color"` // six hex digits
	Length        *float64      `json:"length"`
	LengthUnit    Choice        `json:"length_unit"` // "m", "cm", "km", "ft", "in", "mi"
	Description   string        `json:"description"`
	Owner         *Nested       `json:"owner"` // since 4.5
	Comments      string        `json:"comments"`
	Tags          Tags          `json:"tags"`
	CustomFields  CustomFields  `json:"custom_fields"`
	Created       time.Time     `json:"created"`
	LastUpdated   time.Time     `json:"last_updated"`
}

// The statuses that NetBox ships for cables; a NetBox may define more.
const (
	CableConnected       = "connected"
	CablePlanned         = "planned"
	CableDecommissioning = "decommissioning"
)

// Termination is one end of a cable: an object that takes cables.
type Termination struct {
	ObjectType string           `json:"object_type"` // "dcim.interface", "dcim.powerfeed", ...
	ObjectID   int64            `json:"object_id"`
	Object     *NestedInterface `json:"object,omitempty"` // read-only
}

// CableWrite is what Create, Update and Replace take for a cable; a field that
// is not set is not sent. The terminations of both ends are what makes a cable;
// NetBox demands neither of them by name.
type CableWrite struct {
	Type             Opt[string]        `json:"type,omitzero"`
	ATerminations    Opt[[]Termination] `json:"a_terminations,omitzero"`
	BTerminations    Opt[[]Termination] `json:"b_terminations,omitzero"`
	Status           Opt[string]        `json:"status,omitzero"`
	Profile          Opt[string]        `json:"profile,omitzero"`
	Tenant           Opt[int64]         `json:"tenant,omitzero"`
	Bundle           Opt[int64]         `json:"bundle,omitzero"`
	Label            Opt[string]        `json:"label,omitzero"`
	Color            Opt[string]        `json:"color,omitzero"`
	Length           Opt[float64]       `json:"length,omitzero"`
	LengthUnit       Opt[string]        `json:"length_unit,omitzero"`
	Description      Opt[string]        `json:"description,omitzero"`
	Owner            Opt[int64]         `json:"owner,omitzero"`
	Comments         Opt[string]        `json:"comments,omitzero"`
	Tags             Opt[[]TagRef]      `json:"tags,omitzero"`
	AddTags          []TagRef           `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef           `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any     `json:"custom_fields,omitempty"`
	ChangelogMessage string             `json:"changelog_message,omitempty"` // since 4.4
}

// CableFilter selects cables: every set field must match, several values of one
// field mean any of them, all of the tags.
type CableFilter struct {
	ID               IDs    `url:"id,omitempty"`
	Label            Texts  `url:"label,omitempty"`
	Type             Texts  `url:"type,omitempty" lookup:"choice"`
	Status           Texts  `url:"status,omitempty" lookup:"choice"`
	Color            Texts  `url:"color,omitempty"`
	TenantID         IDs    `url:"tenant_id,omitempty"`
	DeviceID         IDs    `url:"device_id,omitempty" lookup:"none"`
	Device           Texts  `url:"device,omitempty" lookup:"none"` // names
	RackID           IDs    `url:"rack_id,omitempty" lookup:"none"`
	Rack             Texts  `url:"rack,omitempty" lookup:"none"` // names
	SiteID           IDs    `url:"site_id,omitempty" lookup:"none"`
	Site             Texts  `url:"site,omitempty" lookup:"none"` // slugs
	LocationID       IDs    `url:"location_id,omitempty" lookup:"none"`
	Length           Texts  `url:"length,omitempty" lookup:"ordered"`
	LengthUnit       Texts  `url:"length_unit,omitempty" lookup:"choice"`
	TerminationAType Texts  `url:"termination_a_type,omitempty" lookup:"relation"` // "dcim.interface", ...
	TerminationAID   IDs    `url:"termination_a_id,omitempty" lookup:"none"`
	TerminationBType Texts  `url:"termination_b_type,omitempty" lookup:"relation"`
	TerminationBID   IDs    `url:"termination_b_id,omitempty" lookup:"none"`
	Unterminated     *bool  `url:"unterminated,omitempty"`
	Tag              Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search           string `url:"q,omitempty"`
}

func (f CableFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var cableSpec = spec{
	name: "DCIM.Cables", path: "dcim/cables", filter: CableFilter{},
	more: "bundle:relation:4.6 bundle_id:relation:4.6 circuittermination_id:none consoleport_id:none " +
		"consoleserverport_id:none frontport_id:none interface_id:none location:none powerfeed_id:none " +
		"poweroutlet_id:none powerport_id:none profile:choice:4.5 rearport_id:none tenant:relation " +
		"tenant_group:relation tenant_group_id:relation",
}
