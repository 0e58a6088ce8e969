package netbox

import (
	"net/url"
	"time"
)

// IPRange is a run of addresses, such as a DHCP pool.
type IPRange struct {
	ID            int64        `json:"id"`
	URL           string       `json:"url"`
	DisplayURL    string       `json:"display_url"` // since 4.1
	Display       string       `json:"display"`
	Family        Family       `json:"family"`        // 4 or 6
	StartAddress  string       `json:"start_address"` // with its prefix length, "192.0.2.10/24"
	EndAddress    string       `json:"end_address"`
	Size          int64        `json:"size"` // addresses
	VRF           *Nested      `json:"vrf"`
	Tenant        *Nested      `json:"tenant"`
	Status        Choice       `json:"status"`
	Role          *Nested      `json:"role"`
	Description   string       `json:"description"`
	Owner         *Nested      `json:"owner"` // since 4.5
	Comments      string       `json:"comments"`
	Tags          Tags         `json:"tags"`
	CustomFields  CustomFields `json:"custom_fields"`
	Created       time.Time    `json:"created"`
	LastUpdated   time.Time    `json:"last_updated"`
	MarkPopulated bool         `json:"mark_populated"` // since 4.3, its addresses are not to be made one by one
	MarkUtilized  bool         `json:"mark_utilized"`  // counts as full
}

// The statuses that NetBox ships for IP ranges; a NetBox may define more.
const (
	IPRangeActive     = "active"
	IPRangeReserved   = "reserved"
	IPRangeDeprecated = "deprecated"
)

// IPRangeWrite is what Create, Update and Replace take for an IP range; a field
// that is not set is not sent. StartAddress and EndAddress are required on
// Create, with the same prefix length.
type IPRangeWrite struct {
	StartAddress     Opt[string]    `json:"start_address,omitzero"`
	EndAddress       Opt[string]    `json:"end_address,omitzero"`
	VRF              Opt[int64]     `json:"vrf,omitzero"`
	Tenant           Opt[int64]     `json:"tenant,omitzero"`
	Status           Opt[string]    `json:"status,omitzero"`
	Role             Opt[int64]     `json:"role,omitzero"`
	Description      Opt[string]    `json:"description,omitzero"`
	Owner            Opt[int64]     `json:"owner,omitzero"`
	Comments         Opt[string]    `json:"comments,omitzero"`
	MarkPopulated    Opt[bool]      `json:"mark_populated,omitzero"`
	MarkUtilized     Opt[bool]      `json:"mark_utilized,omitzero"`
	Tags             Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags          []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags       []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields     map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage string         `json:"changelog_message,omitempty"` // since 4.4
}

// IPRangeFilter selects IP ranges: every set field must match, several values of
// one field mean any of them, all of the tags.
type IPRangeFilter struct {
	ID            IDs     `url:"id,omitempty"`
	StartAddress  Texts   `url:"start_address,omitempty" lookup:"none"`
	EndAddress    Texts   `url:"end_address,omitempty" lookup:"none"`
	Family        Numbers `url:"family,omitempty" lookup:"none"`
	Contains      Texts   `url:"contains,omitempty" lookup:"none"`
	Status        Texts   `url:"status,omitempty" lookup:"choice"`
	VRFID         IDs     `url:"vrf_id,omitempty"`
	VRF           Texts   `url:"vrf,omitempty" lookup:"relation"` // route distinguishers
	RoleID        IDs     `url:"role_id,omitempty"`
	Role          Texts   `url:"role,omitempty" lookup:"relation"` // slugs
	TenantID      IDs     `url:"tenant_id,omitempty"`
	Parent        Texts   `url:"parent,omitempty" lookup:"none"` // the prefixes that they lie in
	MarkPopulated *bool   `url:"mark_populated,omitempty" since:"4.3"`
	MarkUtilized  *bool   `url:"mark_utilized,omitempty"`
	Tag           Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search        string  `url:"q,omitempty"`
}

func (f IPRangeFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var ipRangeSpec = spec{
	name: "IPAM.IPRanges", path: "ipam/ip-ranges", filter: IPRangeFilter{},
	more: "size:ordered:4.0 tenant:relation tenant_group:relation tenant_group_id:relation",
}
