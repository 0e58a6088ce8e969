package netboxtest

import "slices"

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
			decimal("weight", 8, 2), integer("max_weight", 0, 2147483647), choiceField("weight_unit", "", weightUnits()), boolean("desc_units", false),
			integer("outer_width", 0, 32767), integer("outer_height", 0, 32767).from(403), integer("outer_depth", 0, 32767),
			choiceField("outer_unit", "", [][2]string{{"mm", "Millimeters"}, {"in", "Inches"}}), integer("mounting_depth", 0, 32767),
			choiceField("airflow", "", airflows()[:2]).from(401), constant("cooling_capability", "null").from(407), constant("cooling_capacity", "null").from(407),
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
		settle: func(_ *Server, r, _ *row) {
			if unset(r, "weight", "max_weight") {
				r.set("weight_unit", nil)
			}
			if unset(r, outerSides...) {
				r.set("outer_unit", nil)
			}
		},
		check: checkRack,
	}
}

var outerSides = []string{"outer_width", "outer_height", "outer_depth"}

func weightUnits() [][2]string {
	return [][2]string{{"kg", "Kilograms"}, {"g", "Grams"}, {"lb", "Pounds"}, {"oz", "Ounces"}}
}

// unset says whether none of some fields has a value.
func unset(r *row, names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return r.get(n) != nil })
}

// checkRack stops at the first mistake, as the model does.
func checkRack(s *Server, r, _ *row, bad *problems) {
	l := s.follow(r, "location")
	switch {
	case l != nil && l.to("site") != r.to("site"):
		bad.add("__all__", "Assigned location must belong to parent site ("+s.display(s.follow(r, "site"))+").")
		return
	case r.get("weight") != nil && r.str("weight_unit") == "":
		bad.add("__all__", "Must specify a unit when setting a weight")
		return
	case !unset(r, outerSides...) && r.str("outer_unit") == "":
		bad.add("__all__", "Must specify a unit when setting an outer dimension")
		return
	case r.get("max_weight") != nil && r.str("weight_unit") == "":
		bad.add("__all__", "Must specify a unit when setting a maximum weight")
		return
	}
	start, _ := r.get("starting_unit").(int64)
	height, _ := r.get("u_height").(int64)
	first, last, above := float64(start), 0.0, 0.0
	for _, id := range s.inRack(r.id) {
		o := s.tableOf("dcim.device").rows[id]
		if o == nil || o.to("rack") != r.id {
			continue
		}
		if at, ok := o.get("position").(float64); ok {
			first = min(first, at)
			if at >= last {
				last, above = at, at+float64(number10(s.follow(o, "device_type")))/10
			}
		}
	}
	if least := above - float64(start); float64(height) < least {
		bad.add("u_height", "Rack must be at least "+pythonFloat(least)+"U tall to house currently installed devices.")
	} else if first < float64(start) {
		bad.add("starting_unit", "Rack unit numbering must begin at "+pythonFloat(first)+" or less to house currently installed devices.")
	}
}
