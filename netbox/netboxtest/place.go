package netboxtest

// Sites and locations.

const placeStatuses = "planned staging active decommissioning retired"

func siteResource() *resource {
	return &resource{
		path: "dcim/sites", model: "dcim.site", class: "Site", verbose: "site",
		fields: spread(
			text("name", 100).need().once(), slugField().once(),
			choiceField("status", "active", statuses(placeStatuses)),
			ref("region", "dcim.region", setNull), ref("group", "dcim.sitegroup", setNull), ref("tenant", "tenancy.tenant", protect),
			text("facility", 50), &field{name: "time_zone", kind: kindZone, null: true}, description(),
			text("physical_address", 200), text("shipping_address", 200),
			decimal("latitude", 8, 6).within(90), decimal("longitude", 9, 6).within(180), owner(), text("comments", 0),
			constant("asns", "[]"), tagsField(), customField(), stamps(),
			constant("circuit_count", "0"), count("device_count", "dcim.device", "site"), constant("prefix_count", "0"),
			count("rack_count", "dcim.rack", "site"), count("virtualmachine_count", "virtualization.virtualmachine", "site"), count("vlan_count", "ipam.vlan", "site")),
		brief:  []string{"name", "slug", "description"},
		old:    []string{"name", "slug"},
		order:  []string{"name"},
		search: []string{"name", "facility", "description", "physical_address", "shipping_address"},
		filters: []filter{
			{name: "region", path: []string{"region"}, tree: true},
			{name: "group", path: []string{"group"}, tree: true},
			{name: "tenant_group", path: []string{"tenant", "group"}, tree: true},
		},
	}
}

func locationResource(v version) *resource {
	r := &resource{
		path: "dcim/locations", model: "dcim.location", class: "Location", verbose: "location", tree: true,
		fields: spread(
			text("name", 100).need(), slugField(), ref("site", "dcim.site", cascade).need(),
			ref("parent", "dcim.location", cascade).shown("parent").puts(),
			choiceField("status", "active", statuses(placeStatuses)), ref("tenant", "tenancy.tenant", protect),
			text("facility", 50).from(400), description(), tagsField(), customField(), stamps(),
			count("rack_count", "dcim.rack", "location").whole(), count("device_count", "dcim.device", "location").whole(),
			constant("prefix_count", "0").from(402), owner(), comments(403), depth(0)),
		brief:   []string{"name", "slug", "description", "rack_count", "_depth"},
		old:     []string{"name", "slug", "rack_count", "_depth"},
		order:   []string{"site", "name"},
		search:  []string{"name", "facility", "description"},
		filters: append(bySite(), filter{name: "tenant_group", path: []string{"tenant", "group"}, tree: true}),
		check: func(s *Server, r, old *row, bad *problems) {
			noLoop(s, r, old, bad)
			if p := s.follow(r, "parent"); p != nil && p.to("site") != r.to("site") {
				bad.add("__all__", "Parent location ("+s.display(p)+") must belong to the same site ("+s.display(s.follow(r, "site"))+").")
			}
		},
	}
	for _, f := range []string{"name", "slug"} {
		text := "A location with this " + f + " already exists within the specified site."
		if v >= v47 {
			r.uniques = append(r.uniques, unique{fields: []string{"site", "parent", f}, equal: true, text: text})
			continue
		}
		r.uniques = append(r.uniques, unique{fields: []string{"site", "parent", f}},
			unique{fields: []string{"site", f}, isNull: []string{"parent"}, text: text})
	}
	return r
}

// bySite are the filters of everything that stands at a site.
func bySite() []filter {
	return []filter{
		{name: "region", path: []string{"site", "region"}, tree: true},
		{name: "site_group", path: []string{"site", "group"}, tree: true},
	}
}
