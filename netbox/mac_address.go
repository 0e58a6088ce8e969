package netbox

import (
	"net/url"
	"time"
)

// MACAddress is a hardware address, an object of its own since 4.2: one
// interface may have several, one of them the primary one. The same address may
// exist more than once.
type MACAddress struct {
	ID                 int64            `json:"id"`
	URL                string           `json:"url"`
	DisplayURL         string           `json:"display_url"`
	Display            string           `json:"display"`
	Address            string           `json:"mac_address"`          // as NetBox spells it, "00:1B:21:3C:4D:5E"
	AssignedObjectType string           `json:"assigned_object_type"` // "dcim.interface" or "virtualization.vminterface"
	AssignedObjectID   *int64           `json:"assigned_object_id"`
	AssignedObject     *NestedInterface `json:"assigned_object"`
	IsPrimary          bool             `json:"is_primary"` // since 4.7
	Description        string           `json:"description"`
	Owner              *Nested          `json:"owner"` // since 4.5
	Comments           string           `json:"comments"`
	Tags               Tags             `json:"tags"`
	CustomFields       CustomFields     `json:"custom_fields"`
	Created            time.Time        `json:"created"`
	LastUpdated        time.Time        `json:"last_updated"`
}

// MACAddressWrite is what Create, Update and Replace take for a MAC address; a
// field that is not set is not sent. MACAddress is required on Create.
type MACAddressWrite struct {
	Address            Opt[string]    `json:"mac_address,omitzero"`
	AssignedObjectType Opt[string]    `json:"assigned_object_type,omitzero"`
	AssignedObjectID   Opt[int64]     `json:"assigned_object_id,omitzero"`
	Description        Opt[string]    `json:"description,omitzero"`
	Owner              Opt[int64]     `json:"owner,omitzero"`
	Comments           Opt[string]    `json:"comments,omitzero"`
	Tags               Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags            []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags         []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields       map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage   string         `json:"changelog_message,omitempty"` // since 4.4
}

// MACAddressFilter selects MAC addresses: every set field must match, several
// values of one field mean any of them, all of the tags.
type MACAddressFilter struct {
	ID                 IDs    `url:"id,omitempty"`
	Address            Texts  `url:"mac_address,omitempty" lookup:"mac"`
	AssignedObjectType Texts  `url:"assigned_object_type,omitempty" lookup:"relation"`
	AssignedObjectID   IDs    `url:"assigned_object_id,omitempty" lookup:"ordered"`
	DeviceID           IDs    `url:"device_id,omitempty" lookup:"none"`
	Device             Texts  `url:"device,omitempty" lookup:"none"`
	VirtualMachineID   IDs    `url:"virtual_machine_id,omitempty" lookup:"none"`
	VirtualMachine     Texts  `url:"virtual_machine,omitempty" lookup:"none"`
	InterfaceID        IDs    `url:"interface_id,omitempty"`
	Interface          Texts  `url:"interface,omitempty" lookup:"relation"`
	VminterfaceID      IDs    `url:"vminterface_id,omitempty"`
	Vminterface        Texts  `url:"vminterface,omitempty" lookup:"relation"`
	Assigned           *bool  `url:"assigned,omitempty" since:"4.4"`
	Primary            *bool  `url:"primary,omitempty" since:"4.4"`
	Tag                Texts  `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search             string `url:"q,omitempty"`
}

func (f MACAddressFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var macAddressSpec = spec{
	name: "DCIM.MACAddresses", path: "dcim/mac-addresses", filter: MACAddressFilter{},
}
