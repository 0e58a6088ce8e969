package netbox

import (
	"encoding/json"
	"net/url"
	"time"
)

// Interface is a network interface of a device.
type Interface struct {
	ID                          int64             `json:"id"`
	URL                         string            `json:"url"`
	DisplayURL                  string            `json:"display_url"` // since 4.1
	Display                     string            `json:"display"`
	Device                      *Nested           `json:"device"`
	VDCs                        []Nested          `json:"vdcs"` // virtual device contexts
	Module                      *Nested           `json:"module"`
	Name                        string            `json:"name"`
	Label                       string            `json:"label"`
	Type                        Choice            `json:"type"`
	Channels                    *int64            `json:"channels"`   // since 4.7
	ChannelID                   *int64            `json:"channel_id"` // since 4.7
	Enabled                     bool              `json:"enabled"`
	Parent                      *Nested           `json:"parent"`
	Bridge                      *Nested           `json:"bridge"`
	BridgeInterfaces            []Nested          `json:"bridge_interfaces"`   // since 4.4
	LAG                         *Nested           `json:"lag"`                 // the aggregate that it is a member of
	MTU                         *int64            `json:"mtu"`                 // bytes
	MACAddress                  string            `json:"mac_address"`         // that of the primary MAC address; written up to 4.1 and from 4.7 on
	PrimaryMACAddress           *Nested           `json:"primary_mac_address"` // since 4.2
	MACAddresses                []Nested          `json:"mac_addresses"`       // since 4.2
	Speed                       *int64            `json:"speed"`               // kbit/s
	Duplex                      Choice            `json:"duplex"`
	WWN                         string            `json:"wwn"`       // of Fibre Channel
	MgmtOnly                    bool              `json:"mgmt_only"` // for management out of band
	Description                 string            `json:"description"`
	Mode                        Choice            `json:"mode"` // "access", "tagged", "tagged-all", "q-in-q"
	RFRole                      Choice            `json:"rf_role"`
	RFChannel                   Choice            `json:"rf_channel"`
	PoEMode                     Choice            `json:"poe_mode"`
	PoEType                     Choice            `json:"poe_type"`
	RFChannelFrequency          *float64          `json:"rf_channel_frequency"` // MHz
	RFChannelWidth              *float64          `json:"rf_channel_width"`     // MHz
	TXPower                     *int64            `json:"tx_power"`             // dBm
	UntaggedVLAN                *Nested           `json:"untagged_vlan"`
	TaggedVLANs                 []Nested          `json:"tagged_vlans"`
	QinQSVLAN                   *Nested           `json:"qinq_svlan"`              // since 4.2
	VLANTranslationPolicy       *Nested           `json:"vlan_translation_policy"` // since 4.2
	MarkConnected               bool              `json:"mark_connected"`
	Cable                       *Nested           `json:"cable"` // read-only
	CableEnd                    string            `json:"cable_end"`
	WirelessLink                *Nested           `json:"wireless_link"`
	LinkPeers                   []json.RawMessage `json:"link_peers"` // what is at the other end of the cable, by link_peers_type
	LinkPeersType               string            `json:"link_peers_type"`
	WirelessLANs                []Nested          `json:"wireless_lans"`
	VRF                         *Nested           `json:"vrf"`
	L2VPNTermination            *Nested           `json:"l2vpn_termination"`
	ConnectedEndpoints          []json.RawMessage `json:"connected_endpoints"` // what the path ends at, by connected_endpoints_type
	ConnectedEndpointsType      string            `json:"connected_endpoints_type"`
	ConnectedEndpointsReachable bool              `json:"connected_endpoints_reachable"`
	Owner                       *Nested           `json:"owner"` // since 4.5
	Tags                        Tags              `json:"tags"`
	CustomFields                CustomFields      `json:"custom_fields"`
	Created                     time.Time         `json:"created"`
	LastUpdated                 time.Time         `json:"last_updated"`
	IPAddressCount              int64             `json:"count_ipaddresses"`
	FHRPGroupCount              int64             `json:"count_fhrp_groups"`
	Occupied                    bool              `json:"_occupied"` // cabled or marked as connected
}

// Common types of interfaces; NetBox has some 230.
const (
	InterfaceVirtual         = "virtual"
	InterfaceBridge          = "bridge"
	InterfaceLAG             = "lag"
	Interface1000BaseT       = "1000base-t"
	Interface10GBaseT        = "10gbase-t"
	Interface10GBaseXSFPP    = "10gbase-x-sfpp"
	Interface25GBaseXSFP28   = "25gbase-x-sfp28"
	Interface100GBaseXQSFP28 = "100gbase-x-qsfp28"
	InterfaceOther           = "other"
)

// InterfaceWrite is what Create, Update and Replace take for an interface; a
// field that is not set is not sent. Device, Name and Type are required on
// Create.
type InterfaceWrite struct {
	Device                Opt[int64]     `json:"device,omitzero"`
	VDCs                  Opt[[]int64]   `json:"vdcs,omitzero"` // ids
	Module                Opt[int64]     `json:"module,omitzero"`
	Name                  Opt[string]    `json:"name,omitzero"`
	Label                 Opt[string]    `json:"label,omitzero"`
	Type                  Opt[string]    `json:"type,omitzero"`
	Channels              Opt[int64]     `json:"channels,omitzero"`
	ChannelID             Opt[int64]     `json:"channel_id,omitzero"`
	Enabled               Opt[bool]      `json:"enabled,omitzero"`
	Parent                Opt[int64]     `json:"parent,omitzero"`
	Bridge                Opt[int64]     `json:"bridge,omitzero"`
	LAG                   Opt[int64]     `json:"lag,omitzero"`
	MTU                   Opt[int64]     `json:"mtu,omitzero"`
	MACAddress            Opt[string]    `json:"mac_address,omitzero"`         // up to 4.1 and since 4.7; see PrimaryMACAddress
	PrimaryMACAddress     Opt[int64]     `json:"primary_mac_address,omitzero"` // id of a MAC address of this interface, since 4.2
	Speed                 Opt[int64]     `json:"speed,omitzero"`
	Duplex                Opt[string]    `json:"duplex,omitzero"`
	WWN                   Opt[string]    `json:"wwn,omitzero"`
	MgmtOnly              Opt[bool]      `json:"mgmt_only,omitzero"`
	Description           Opt[string]    `json:"description,omitzero"`
	Mode                  Opt[string]    `json:"mode,omitzero"`
	RFRole                Opt[string]    `json:"rf_role,omitzero"`
	RFChannel             Opt[string]    `json:"rf_channel,omitzero"`
	PoEMode               Opt[string]    `json:"poe_mode,omitzero"`
	PoEType               Opt[string]    `json:"poe_type,omitzero"`
	RFChannelFrequency    Opt[float64]   `json:"rf_channel_frequency,omitzero"`
	RFChannelWidth        Opt[float64]   `json:"rf_channel_width,omitzero"`
	TXPower               Opt[int64]     `json:"tx_power,omitzero"`
	UntaggedVLAN          Opt[int64]     `json:"untagged_vlan,omitzero"`
	TaggedVLANs           Opt[[]int64]   `json:"tagged_vlans,omitzero"` // ids
	QinQSVLAN             Opt[int64]     `json:"qinq_svlan,omitzero"`
	VLANTranslationPolicy Opt[int64]     `json:"vlan_translation_policy,omitzero"`
	MarkConnected         Opt[bool]      `json:"mark_connected,omitzero"`
	WirelessLANs          Opt[[]int64]   `json:"wireless_lans,omitzero"` // ids
	VRF                   Opt[int64]     `json:"vrf,omitzero"`
	Owner                 Opt[int64]     `json:"owner,omitzero"`
	Tags                  Opt[[]TagRef]  `json:"tags,omitzero"`
	AddTags               []TagRef       `json:"add_tags,omitempty"`    // since 4.6, not together with Tags
	RemoveTags            []TagRef       `json:"remove_tags,omitempty"` // since 4.6, not on Create
	CustomFields          map[string]any `json:"custom_fields,omitempty"`
	ChangelogMessage      string         `json:"changelog_message,omitempty"` // since 4.4
}

// InterfaceFilter selects interfaces: every set field must match, several values
// of one field mean any of them, all of the tags.
type InterfaceFilter struct {
	ID         IDs     `url:"id,omitempty"`
	DeviceID   IDs     `url:"device_id,omitempty"`                // virtual chassis members by themselves
	Device     Texts   `url:"device,omitempty" lookup:"relation"` // names, heeding case
	Name       Texts   `url:"name,omitempty"`
	Label      Texts   `url:"label,omitempty"`
	Type       Texts   `url:"type,omitempty" lookup:"choice"`
	Enabled    *bool   `url:"enabled,omitempty"`
	MgmtOnly   *bool   `url:"mgmt_only,omitempty"`
	Kind       Texts   `url:"kind,omitempty" lookup:"none"` // "physical", "virtual" or "wireless"
	ParentID   IDs     `url:"parent_id,omitempty"`
	BridgeID   IDs     `url:"bridge_id,omitempty"`
	LAGID      IDs     `url:"lag_id,omitempty"`
	VLANID     IDs     `url:"vlan_id,omitempty" lookup:"none"` // untagged or tagged
	VID        Numbers `url:"vlan,omitempty" lookup:"none"`    // numbers of VLANs
	VRFID      IDs     `url:"vrf_id,omitempty"`
	MACAddress Texts   `url:"mac_address,omitempty" lookup:"mac"` // in any spelling
	Mode       Texts   `url:"mode,omitempty" lookup:"choice"`
	SiteID     IDs     `url:"site_id,omitempty"`
	Site       Texts   `url:"site,omitempty" lookup:"relation"` // slugs
	RegionID   IDs     `url:"region_id,omitempty"`              // with everything below
	LocationID IDs     `url:"location_id,omitempty"`            // with everything below
	RackID     IDs     `url:"rack_id,omitempty"`
	TenantID   IDs     `url:"tenant_id,omitempty" since:"4.4"`
	Cabled     *bool   `url:"cabled,omitempty"`
	Connected  *bool   `url:"connected,omitempty"`
	Occupied   *bool   `url:"occupied,omitempty"`
	Tag        Texts   `url:"tag,omitempty" lookup:"relation"` // slugs; all of them
	Search     string  `url:"q,omitempty"`
}

func (f InterfaceFilter) encode(dst url.Values) error { return encodeStruct(f, dst) }

var interfaceSpec = spec{
	name: "DCIM.Interfaces", path: "dcim/interfaces", filter: InterfaceFilter{}, reshaped: []reshaping{macReadOnly},
	more: "cable_connector:ordered:4.5 cable_end:choice cable_id:relation:4.0 channel_id:ordered:4.7 channels:ordered:4.7 " +
		"device_role:relation device_role_id:relation device_status:choice:4.0 device_type:relation " +
		"device_type_id:relation duplex:choice l2vpn:relation l2vpn_id:relation location:relation " +
		"mark_connected:none:4.0 module_id:relation mtu:ordered poe_mode:choice poe_type:choice " +
		"primary_mac_address:relation:4.2 primary_mac_address_id:relation:4.2 rack:relation region:relation " +
		"rf_channel:choice rf_channel_frequency:ordered rf_channel_width:ordered rf_role:choice site_group:relation " +
		"site_group_id:relation speed:ordered tenant:relation:4.4 tx_power:ordered vdc:relation vdc_id:relation " +
		"vdc_identifier:relation virtual_chassis:relation virtual_chassis_id:relation virtual_chassis_member:none " +
		"virtual_chassis_member_id:none virtual_chassis_member_or_master:none:4.3 " +
		"virtual_chassis_member_or_master_id:none:4.3 virtual_circuit_id:relation:4.2 " +
		"virtual_circuit_termination_id:relation:4.2 vlan_translation_policy:relation:4.2 " +
		"vlan_translation_policy_id:relation:4.2 vrf:relation wireless_lan_id:relation:4.0 " +
		"wireless_link_id:relation:4.0 wwn:mac",
}
