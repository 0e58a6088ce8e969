package netbox

// IPAM is the ipam part of the API.
type IPAM struct {
	VRFs        *Resource[VRF]
	VLANGroups  *Resource[VLANGroup]
	VLANs       *Resource[VLAN]
	Prefixes    *Resource[Prefix]
	IPRanges    *Resource[IPRange]
	IPAddresses *Resource[IPAddress]
	Services    *Resource[Service]
}

func newIPAM(c *Client) IPAM {
	return IPAM{
		VRFs:        newResource[VRF](c, vrfSpec),
		VLANGroups:  newResource[VLANGroup](c, vlanGroupSpec),
		VLANs:       newResource[VLAN](c, vlanSpec),
		Prefixes:    newResource[Prefix](c, prefixSpec),
		IPRanges:    newResource[IPRange](c, ipRangeSpec),
		IPAddresses: newResource[IPAddress](c, ipAddressSpec),
		Services:    newResource[Service](c, serviceSpec),
	}
}
