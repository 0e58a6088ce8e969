package netbox

import (
	"net/url"
	"time"
)

// VMInterface is a network interface of a virtual machine.
type VMInterface struct {
	ID                    int64        `json:"id"`
	URL                   string       `json:"url"`
	DisplayURL            string       `json:"display_url"` // since 4.1
	Display               string       `json:"display"`
	VirtualMachine        *Nested      `json:"virtual_machine"`
	Name                  string       `json:"name"`
	Enabled               bool         `json:"enabled"`
	Parent                *Nested      `json:"parent"`
	Bridge                *Nested      `json:"bridge"`
	MTU                   *int64       `json:"mtu"`                 // bytes
	MACAddress            string       `json:"mac_address"`         // that of the primary MAC address; written up to 4.1 and from 4.7 on
	PrimaryMACAddress     *Nested      `json:"primary_mac_address"` // since 4.2
	MACAddresses          []Nested     `json:"mac_addresses"`       // since 4.2
	Description           string       `json:"description"`
	Mode                  Choice       `json:"mode"` // "access", "tagged", "tagged-all", "q-in-q"
	UntaggedVLAN          *Nested      `json:"untagged_vlan"`
	TaggedVLANs           []Nested     `json:"tagged_vlans"`
	QinQSVLAN             *Nested      `json:"qinq_svlan"`              // since 4.2
	VLANTranslationPolicy *Nested      `json:"vlan_translation_policy"` // since 4.2
	VRF                   *Nested      `json:"vrf"`
	L2VPNTermination      *Nested      `json:"l2vpn_termination"`
	Owner                 *Nested      `json:"owner"` // since 4.5
	Tags                  Tags         `json:"tags"`
	CustomFields          CustomFields `json:"custom_fields"`
	Created               time.Time    `json:"created"`
	LastUpdated           time.Time    `json:"last_updated"`
	IPAddressCount        int64        `json:"count_ipaddresses"`
	FHRPGroupCount        int64        `json:"count_fhrp_groups"`
}

// VMInterfaceWrite is what Create, Update and Replace take for an interface of a
// virtual machine; a field that is not set is not sent. VirtualMachine and Name
// are required on Create.
type VMInterfaceWrite struct {
	VirtualMachine        Opt[int64]     `json:"virtual_machine,omitzero"`
	Name                  Opt[string]    `json:"name,omitzero"`
	Enabled               Opt[bool]      `json:"enabled,omitzero"`
	Parent                Opt[int64]     `json:"parent,omitzero"`
	Bridge                Opt[int64]     `json:"bridge,omitzero"`
	MTU                   Opt[int64]     `json:"mtu,omitzero"`
	MACAddress            Opt[string]    `json:"mac_address,omitzero"`         // up to 4.1 and since 4.7; see PrimaryMACAddress
	PrimaryMACAddress     Opt[int64]     `json:"primary_mac_address,omitzero"` // id of a MAC address of this interface, since 4.2
	Description           Opt[string]    `json:"description,omitzero"`
	Mode                  Opt[string]    `json:"mode,omitzero"`
	UntaggedVLAN          Opt[int64]     `json:"untagged_vlan,omitzero"`
	TaggedVLANs           Opt[[]int64]   `json:"tagged_vlans,omitzero"` // ids
	QinQSVLAN             Opt[int64]     `json:"qinq_svlan,omitzero"`
	VLANTranslationPolicy Opt[int64]     `json:"vlan_translation_policy,omitzero"`
	VRF                   Opt[int64]     `json:"vrf,omitzero"`
	Owner                 Opt[int64]     `json:"owner,omitzero"`
	Tags                  Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags               []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags            []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields          map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage      string         `json:"changelog_message,omitempty"` // since 4.4
}

// VMInterfaceFilter selects interfaces of virtual machines: every set field must
// match, several values of one field mean any of them, all of the tags.
type VMInterfaceFilter struct {
	ID               IDs     `url:"id,omitempty"`
	VirtualMachineID IDs     `url:"virtual_machine_id,omitempty"`
	VirtualMachine   Texts   `url:"virtual_machine,omitempty" lookup:"relation"` // names
	Name             Texts   `url:"name,omitempty"`
	Enabled          *bool   `url:"enabled,omitempty"`
	ClusterID        IDs     `url:"cluster_id,omitempty"`
	Cluster          Texts   `url:"cluster,omitempty" lookup:"relation"` // names
	ParentID         IDs     `url:"parent_id,omitempty"`
	BridgeID         IDs     `url:"bridge_id,omitempty"`
	MTU              Numbers `url:"mtu,omitempty" lookup:"ordered"`
	MACAddress       Texts   `url:"mac_address,omitempty" lookup:"mac"`
	Mode             Texts   `url:"mode,omitempty" lookup:"choice" since:"4.0"`
	VLANID           IDs     `url:"vlan_id,omitempty" lookup:"none"` // untagged or tagged
	VID              Numbers `url:"vlan,omitempty" lookup:"none"`    // numbers of VLANs
	VRFID            IDs     `url:"vrf_id,omitempty"`
	Tag              Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search           string  `url:"q,omitempty"`
}

func (f VMInterfaceFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var vmInterfaceSpec = spec{
	name: "Virtualization.Interfaces", path: "virtualization/interfaces", filter: VMInterfaceFilter{}, reshaped: []reshaping{macReadOnly},
	more: "l2vpn:relation l2vpn_id:relation primary_mac_address:relation:4.2 primary_mac_address_id:relation:4.2 " +
		"vlan_translation_policy:relation:4.2 vlan_translation_policy_id:relation:4.2 vrf:relation",
}
