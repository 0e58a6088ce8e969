package netbox

import (
	"net/url"
	"time"
)

// IPAddress is an address with its prefix length, most often that of an
// interface. See [Client.SetPrimaryIP] for making one a device's primary
// address.
type IPAddress struct {
	ID                 int64            `json:"id"`
	URL                string           `json:"url"`
	DisplayURL         string           `json:"display_url"` // since 4.1
	Display            string           `json:"display"`
	Family             Family           `json:"family"`  // 4 or 6
	Address            string           `json:"address"` // "192.0.2.10/24"
	VRF                *Nested          `json:"vrf"`
	Tenant             *Nested          `json:"tenant"`
	Status             Choice           `json:"status"`
	Role               Choice           `json:"role"`                 // "loopback", "secondary", "anycast", "vip", "vrrp", "hsrp", "glbp", "carp"
	AssignedObjectType string           `json:"assigned_object_type"` // "dcim.interface", "virtualization.vminterface" or "ipam.fhrpgroup"
	AssignedObjectID   *int64           `json:"assigned_object_id"`
	AssignedObject     *NestedInterface `json:"assigned_object"`
	NATInside          *NestedIP        `json:"nat_inside"` // the address that this one is the outside of
	NATOutside         []NestedIP       `json:"nat_outside"`
	DNSName            string           `json:"dns_name"`
	Description        string           `json:"description"`
	Owner              *Nested          `json:"owner"` // since 4.5
	Comments           string           `json:"comments"`
	Tags               Tags             `json:"tags"`
	CustomFields       CustomFields     `json:"custom_fields"`
	Created            time.Time        `json:"created"`
	LastUpdated        time.Time        `json:"last_updated"`
}

// The statuses that NetBox ships for IP addresses; a NetBox may define more.
const (
	IPActive     = "active"
	IPReserved   = "reserved"
	IPDeprecated = "deprecated"
	IPDHCP       = "dhcp"
	IPSLAAC      = "slaac"
)

// IPAddressWrite is what Create, Update and Replace take for an IP address; a
// field that is not set is not sent. Address is required on Create; without a
// length it becomes /32 or /128. AssignedObjectType and AssignedObjectID go
// together.
type IPAddressWrite struct {
	Address            Opt[string]    `json:"address,omitzero"`
	VRF                Opt[int64]     `json:"vrf,omitzero"`
	Tenant             Opt[int64]     `json:"tenant,omitzero"`
	Status             Opt[string]    `json:"status,omitzero"`
	Role               Opt[string]    `json:"role,omitzero"`
	AssignedObjectType Opt[string]    `json:"assigned_object_type,omitzero"`
	AssignedObjectID   Opt[int64]     `json:"assigned_object_id,omitzero"`
	NATInside          Opt[int64]     `json:"nat_inside,omitzero"`
	DNSName            Opt[string]    `json:"dns_name,omitzero"`
	Description        Opt[string]    `json:"description,omitzero"`
	Owner              Opt[int64]     `json:"owner,omitzero"`
	Comments           Opt[string]    `json:"comments,omitzero"`
	Tags               Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags            []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags         []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields       map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage   string         `json:"changelog_message,omitempty"` // since 4.4
}

// IPAddressFilter selects IP addresses: every set field must match, several
// values of one field mean any of them, all of the tags.
type IPAddressFilter struct {
	ID                  IDs     `url:"id,omitempty"`
	Address             Texts   `url:"address,omitempty" lookup:"none"` // with or without the length
	Family              Numbers `url:"family,omitempty" lookup:"none"`
	Parent              Texts   `url:"parent,omitempty" lookup:"none"` // the prefixes that they lie in
	MaskLength          Numbers `url:"mask_length,omitempty" lookup:"none"`
	VRFID               IDs     `url:"vrf_id,omitempty"`
	VRF                 Texts   `url:"vrf,omitempty" lookup:"relation"` // route distinguishers
	Status              Texts   `url:"status,omitempty" lookup:"choice"`
	Role                Texts   `url:"role,omitempty" lookup:"choice"`
	TenantID            IDs     `url:"tenant_id,omitempty"`
	Tenant              Texts   `url:"tenant,omitempty" lookup:"relation"` // slugs
	DeviceID            IDs     `url:"device_id,omitempty" lookup:"none"`
	Device              Texts   `url:"device,omitempty" lookup:"none"` // names
	VirtualMachineID    IDs     `url:"virtual_machine_id,omitempty" lookup:"none"`
	VirtualMachine      Texts   `url:"virtual_machine,omitempty" lookup:"none"` // names
	InterfaceID         IDs     `url:"interface_id,omitempty"`
	Interface           Texts   `url:"interface,omitempty" lookup:"relation"` // names
	VminterfaceID       IDs     `url:"vminterface_id,omitempty"`
	Vminterface         Texts   `url:"vminterface,omitempty" lookup:"relation"` // names
	AssignedToInterface *bool   `url:"assigned_to_interface,omitempty"`
	Assigned            *bool   `url:"assigned,omitempty"`
	DNSName             Texts   `url:"dns_name,omitempty"`
	NATInsideID         IDs     `url:"nat_inside_id,omitempty" since:"4.0"`
	Tag                 Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search              string  `url:"q,omitempty"`
}

func (f IPAddressFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var ipAddressSpec = spec{
	name: "IPAM.IPAddresses", path: "ipam/ip-addresses", filter: IPAddressFilter{},
	more: "assigned_object_id:ordered:4.0 assigned_object_type:relation:4.0 fhrpgroup_id:relation present_in_vrf:none " +
		"present_in_vrf_id:none service_id:relation:4.0 tenant_group:relation tenant_group_id:relation",
}
