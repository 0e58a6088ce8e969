package netbox

import (
	"net/url"
	"time"
)

// VRF is a routing table of its own, in which prefixes and addresses may repeat
// those of others.
type VRF struct {
	ID             int64        `json:"id"`
	URL            string       `json:"url"`
	DisplayURL     string       `json:"display_url"` // since 4.1
	Display        string       `json:"display"`
	Name           string       `json:"name"`
	RD             string       `json:"rd"` // route distinguisher, unique; "" for none
	Tenant         *Nested      `json:"tenant"`
	EnforceUnique  bool         `json:"enforce_unique"` // refuses duplicate prefixes and addresses in it
	Description    string       `json:"description"`
	Owner          *Nested      `json:"owner"` // since 4.5
	Comments       string       `json:"comments"`
	ImportTargets  []Nested     `json:"import_targets"`
	ExportTargets  []Nested     `json:"export_targets"`
	Tags           Tags         `json:"tags"`
	CustomFields   CustomFields `json:"custom_fields"`
	Created        time.Time    `json:"created"`
	LastUpdated    time.Time    `json:"last_updated"`
	IPAddressCount int64        `json:"ipaddress_count"`
	PrefixCount    int64        `json:"prefix_count"`
}

// VRFWrite is what Create, Update and Replace take for a VRF; a field that is
// not set is not sent. Name is required on Create.
type VRFWrite struct {
	Name             Opt[string]    `json:"name,omitzero"`
	RD               Opt[string]    `json:"rd,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	EnforceUnique    Opt[bool]      `json:"enforce_unique,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	ImportTargets    Opt[[]int64]   `json:"import_targets,omitzero"` // ids of route targets
	ExportTargets    Opt[[]int64]   `json:"export_targets,omitzero"` // ids of route targets
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// VRFFilter selects VRFs: every set field must match, several values of one
// field mean any of them, all of the tags.
type VRFFilter struct {
	ID            IDs    `url:"id,omitempty"`
	Name          Texts  `url:"name,omitempty"`
	RD            Texts  `url:"rd,omitempty"`
	EnforceUnique *bool  `url:"enforce_unique,omitempty"`
	TenantID      IDs    `url:"tenant_id,omitempty"`
	Tenant        Texts  `url:"tenant,omitempty" lookup:"relation"` // slugs
	Tag           Texts  `url:"tag,omitempty" lookup:"relation"`    // slugs; all of them
	Search        string `url:"q,omitempty"`
}

func (f VRFFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var vrfSpec = spec{
	name: "IPAM.VRFs", path: "ipam/vrfs", filter: VRFFilter{},
	more: "export_target:relation export_target_id:relation import_target:relation import_target_id:relation " +
		"tenant_group:relation tenant_group_id:relation",
}
