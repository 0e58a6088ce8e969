package netboxtest

// Sites, locations, racks.

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
			decimal("latitude", 8, 6), decimal("longitude", 9, 6), owner(), text("comments", 0),
			constant("asns", "[]"), tagsField(), customField(), stamps(),
			constant("circuit_count", "0"), count("device_count", "dcim.device", "site"), constant("prefix_count", "0"),
			count("rack_count", "dcim.rack", "site"), constants("0", "virtualmachine_count", "vlan_count")),
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

func rackResource() *resource {
	return &resource{
		path: "dcim/racks", model: "dcim.rack", class: "Rack", verbose: "rack",
		fields: spread(
			text("name", 100).need(), text("facility_id", 50).nullable().as("facility ID"),
			ref("site", "dcim.site", protect).need(), ref("location", "dcim.location", setNull).puts(),
			constant("group", "null").from(406), ref("tenant", "tenancy.tenant", protect),
			choiceField("status", "active", statuses("reserved available planned active deprecated")),
			ref("role", "dcim.rackrole", protect), text("serial", 50), text("asset_tag", 50).nullable().once(),
			constant("rack_type", "null").from(401), constant("type", "null").before(401), constant("form_factor", "null").from(401),
			choiceField("width", "19", [][2]string{{"10", "10 inches"}, {"19", "19 inches"}, {"21", "21 inches"}, {"23", "23 inches"}}).numbers(),
			integer("u_height", 1, 100).defaults(number("42")), integer("starting_unit", 1, 32767).defaults(number("1")),
			constants("null", "weight", "max_weight", "weight_unit"), boolean("desc_units", false),
			constants("null", "outer_width"), constant("outer_height", "null").from(403), constants("null", "outer_depth", "outer_unit", "mounting_depth"),
			constant("airflow", "null").from(401), constant("cooling_capability", "null").from(407), constant("cooling_capacity", "null").from(407),
			description(), owner(), text("comments", 0), tagsField(), customField(), stamps(),
			count("device_count", "dcim.device", "rack"), count("powerfeed_count", "dcim.powerfeed", "rack")),
		brief:  []string{"name", "description"},
		old:    []string{"name", "device_count"},
		counts: []string{"device_count"},
		order:  []string{"site", "location", "name"},
		search: []string{"name", "facility_id", "serial", "asset_tag", "description"},
		uniques: []unique{
			{fields: []string{"location", "name"}},
			{fields: []string{"location", "facility_id"}},
		},
		filters: append(bySite(), filter{name: "location", path: []string{"location"}, tree: true},
			filter{name: "tenant_group", path: []string{"tenant", "group"}, tree: true}),
		display: func(_ *Server, r *row) string {
			if id := r.str("facility_id"); id != "" {
				return r.str("name") + " (" + id + ")"
			}
			return r.str("name")
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			if l := s.follow(r, "location"); l != nil && l.to("site") != r.to("site") {
				bad.add("__all__", "Assigned location must belong to parent site ("+s.display(s.follow(r, "site"))+").")
			}
		},
	}
}
