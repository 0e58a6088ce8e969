package netbox

import "strings"

// KnownFilters lists, by endpoint, every filter that a client of 4.7 lets pass,
// comparisons included.
func KnownFilters(c *Client) map[string][]string {
	known := map[string][]string{}
	for _, s := range []*spec{
		c.DCIM.Regions.s, c.DCIM.SiteGroups.s, c.DCIM.Sites.s, c.DCIM.Locations.s, c.DCIM.Racks.s, c.DCIM.Manufacturers.s,
		c.DCIM.DeviceTypes.s, c.DCIM.DeviceRoles.s, c.DCIM.Platforms.s, c.DCIM.Devices.s, c.Tenancy.TenantGroups.s,
		c.Tenancy.Tenants.s, c.Extras.Tags.s, c.Extras.CustomFields.s, c.Extras.ChoiceSets.s,
		c.DCIM.Interfaces.s, c.DCIM.MACAddresses.s, c.DCIM.Cables.s, c.DCIM.RackRoles.s, c.DCIM.ModuleTypes.s, c.DCIM.InventoryItems.s, c.DCIM.VirtualChassis.s, c.DCIM.PowerPanels.s, c.DCIM.PowerFeeds.s,
		c.IPAM.VRFs.s, c.IPAM.VLANGroups.s, c.IPAM.VLANs.s, c.IPAM.Prefixes.s, c.IPAM.IPRanges.s, c.IPAM.IPAddresses.s, c.IPAM.Services.s,
		c.Virtualization.ClusterTypes.s, c.Virtualization.ClusterGroups.s, c.Virtualization.Clusters.s, c.Virtualization.VirtualMachines.s, c.Virtualization.Interfaces.s, c.Virtualization.Disks.s,
		c.Tenancy.ContactGroups.s, c.Tenancy.ContactRoles.s, c.Tenancy.Contacts.s, c.Tenancy.ContactAssignments.s,
		c.Extras.JournalEntries.s, c.Extras.ConfigContexts.s,
		c.Core.ObjectTypes.now.s, c.Core.ObjectChanges.now.s, c.Core.Jobs.now.s, c.Core.DataSources.s, c.Users.Users.s, c.Users.Tokens.s,
	} {
		for name, f := range s.names {
			known[s.path] = append(known[s.path], name)
			for op := range strings.FieldsSeq(lookupsOf[f.kind]) {
				known[s.path] = append(known[s.path], name+"__"+op)
			}
		}
	}
	return known
}
