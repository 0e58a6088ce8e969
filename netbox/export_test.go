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
