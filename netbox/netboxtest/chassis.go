package netboxtest

func virtualChassisResource() *resource {
	return &resource{
		path: "dcim/virtual-chassis", model: "dcim.virtualchassis", class: "VirtualChassis", verbose: "virtual chassis",
		fields: spread(
			text("name", 64).need(), text("domain", 30), ref("master", "dcim.device", protect).shown("name").once(),
			description(), owner(), comments(0), tagsField(), customField(), stamps(),
			count("member_count", "dcim.device", "virtual_chassis").honest(), computed("members", chassisMembers).from(400)),
		brief:  []string{"name", "master", "description", "member_count"},
		old:    []string{"name", "master", "member_count"},
		order:  []string{"name"},
		search: []string{"name", "domain"},
		filters: []filter{
			{name: "master", path: []string{"master"}, by: "name"},
			{name: "site", path: []string{"master", "site"}},
			{name: "region", path: []string{"master", "site", "region"}, tree: true},
			{name: "tenant", path: []string{"master", "tenant"}},
		},
		check: func(s *Server, r, old *row, bad *problems) {
			if m := s.follow(r, "master"); old != nil && m != nil && m.to("virtual_chassis") != r.id {
				bad.add("master", "The selected master ("+s.display(m)+") is not assigned to this virtual chassis.")
			}
		},
	}
}

func (s *Server) membersOf(chassis int64) (out []*row) {
	t := s.tableOf("dcim.device")
	f := t.res.byName["virtual_chassis"]
	if t.refs[f][chassis] == 0 {
		return nil
	}
	for _, id := range t.ids {
		if t.rows[id].ref(f) == chassis {
			out = append(out, t.rows[id])
		}
	}
	return out
}

func chassisMembers(e *encoder, r *row) {
	e.buf = append(e.buf, '[')
	for i, m := range e.s.membersOf(r.id) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.nested(m, "name")
	}
	e.buf = append(e.buf, ']')
}

// checkChassis is what a device checks about its virtual chassis.
func (s *Server) checkChassis(r *row, bad *problems) bool {
	if r.to("virtual_chassis") != 0 && r.get("vc_position") == nil {
		bad.add("vc_position", "A device assigned to a virtual chassis must have its position defined.")
		return false
	}
	for _, id := range s.tableOf("dcim.virtualchassis").ids {
		c := s.tableOf("dcim.virtualchassis").rows[id]
		if r.id != 0 && c.to("master") == r.id && r.to("virtual_chassis") != c.id {
			bad.add("virtual_chassis", "Device cannot be removed from virtual chassis "+s.display(c)+" because it is currently designated as its master.")
			return false
		}
	}
	return true
}

// chassisSaved makes the master of a new chassis a member of it.
func (s *Server) chassisSaved(old, r *row) {
	m := s.follow(r, "master")
	if old != nil || m == nil {
		return
	}
	m = m.clone()
	m.set("virtual_chassis", r.id)
	m.set("vc_position", int64(1))
	s.put(s.table(m.res), m.id, m)
}

// chassisGone clears the positions of the members of a chassis that goes.
func (s *Server) chassisGone(r *row, by actor) {
	for _, old := range s.membersOf(r.id) {
		m := old.clone()
		m.set("vc_position", nil)
		m.set("vc_priority", nil)
		m.updated, m.touched = s.stamp(), by.request
		s.put(s.table(m.res), m.id, m)
		s.log(old, m, "", by)
	}
}

func powerPanelResource() *resource {
	return &resource{
		path: "dcim/power-panels", model: "dcim.powerpanel", class: "PowerPanel", verbose: "power panel",
		fields: spread(
			ref("site", "dcim.site", protect).need(), ref("location", "dcim.location", protect), text("name", 100).need(),
			description(), owner(), comments(0), tagsField(), customField(),
			count("powerfeed_count", "dcim.powerfeed", "power_panel").honest(), stamps()),
		brief:   []string{"name", "description", "powerfeed_count"},
		old:     []string{"name", "powerfeed_count"},
		order:   []string{"site", "name"},
		search:  []string{"name"},
		uniques: []unique{{fields: []string{"site", "name"}}},
		filters: append(bySite(), filter{name: "location", path: []string{"location"}, tree: true}),
		check: func(s *Server, r, _ *row, bad *problems) {
			if l := s.follow(r, "location"); l != nil && l.to("site") != r.to("site") {
				bad.add("__all__", "Location "+s.display(l)+" ("+s.display(s.follow(l, "site"))+") is in a different site than "+s.display(s.follow(r, "site")))
			}
		},
	}
}

func powerFeedResource() *resource {
	return &resource{
		path: "dcim/power-feeds", model: "dcim.powerfeed", class: "PowerFeed", verbose: "power feed",
		fields: spread(
			ref("power_panel", "dcim.powerpanel", protect).need(), ref("rack", "dcim.rack", protect), text("name", 100).need(),
			choiceField("status", "active", statuses("offline active planned failed")), choiceField("type", "primary", statuses("primary redundant")),
			choiceField("supply", "ac", [][2]string{{"ac", "AC"}, {"dc", "DC"}}),
			choiceField("phase", "single-phase", [][2]string{{"single-phase", "Single phase"}, {"three-phase", "Three-phase"}}),
			integer("voltage", -32768, 32767).defaults(number("120")), integer("amperage", 1, 32767).defaults(number("15")),
			integer("max_utilization", 1, 100).defaults(number("80")), boolean("mark_connected", false), cableFields(), peerFields("link_peers", "[]"),
			peerFields("connected_endpoints", "null"),
			computed("connected_endpoints_reachable", func(e *encoder, r *row) { e.bool(len(e.s.peers(r)) > 0) }),
			description(), ref("tenant", "tenancy.tenant", protect), owner(), comments(0), tagsField(), customField(), stamps(), computed("_occupied", occupied)),
		brief:   []string{"name", "description", "cable", "_occupied"},
		old:     []string{"name", "cable", "_occupied"},
		order:   []string{"power_panel", "name"},
		search:  []string{"name", "comments"},
		uniques: []unique{{fields: []string{"power_panel", "name"}}},
		filters: []filter{
			{name: "site", path: []string{"power_panel", "site"}},
			{name: "region", path: []string{"power_panel", "site", "region"}, tree: true},
			{name: "cabled", yes: func(s *Server, r *row) bool { return s.cableAt(r) != nil }},
			{name: "connected", yes: func(s *Server, r *row) bool { return len(s.peers(r)) > 0 }},
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			rack, panel := s.follow(r, "rack"), s.follow(r, "power_panel")
			if rack != nil && rack.to("site") != panel.to("site") {
				bad.add("__all__", "Rack "+s.display(rack)+" ("+s.display(s.follow(rack, "site"))+") and power panel "+s.display(panel)+
					" ("+s.display(s.follow(panel, "site"))+") are in different sites.")
				return
			}
			if volts, _ := r.get("voltage").(int64); volts < 0 && r.str("supply") == "ac" {
				bad.add("voltage", "Voltage cannot be negative for AC supply")
			}
		},
	}
}

func rackRoleResource() *resource {
	return &resource{
		path: "dcim/rack-roles", model: "dcim.rackrole", class: "RackRole", verbose: "rack role",
		fields: spread(
			text("name", 100).need().once(), slugField().once(), text("color", 6).defaults("9e9e9e"), description(), owner(), comments(405),
			tagsField(), customField(), stamps(), count("rack_count", "dcim.rack", "role").honest()),
		brief:  []string{"name", "slug", "description", "rack_count"},
		old:    []string{"name", "slug", "rack_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
	}
}

func moduleTypeResource() *resource {
	late := func(since version, names ...string) []*field {
		out := constants("0", names...)
		for _, f := range out {
			f.from(since)
		}
		return out
	}
	return &resource{
		path: "dcim/module-types", model: "dcim.moduletype", class: "ModuleType", verbose: "module type",
		fields: spread(
			constant("profile", "null").from(403), ref("manufacturer", "dcim.manufacturer", protect).need(), text("model", 100).need(), text("part_number", 50),
			choiceField("airflow", "", airflows()).from(401), constant("cooling_method", "null").from(407),
			decimal("weight", 8, 2), choiceField("weight_unit", "", [][2]string{{"kg", "Kilograms"}, {"g", "Grams"}, {"lb", "Pounds"}, {"oz", "Ounces"}}),
			constant("end_of_life", "null").from(407), description(), jsonField("attributes").from(403), constant("module_bay_types", "[]").from(407),
			owner(), comments(0), tagsField(), customField(), stamps(), late(405, "module_count"),
			late(406, "console_port_template_count", "console_server_port_template_count", "power_port_template_count", "power_outlet_template_count"),
			late(407, "cooling_intake_template_count", "cooling_outflow_template_count"),
			late(406, "interface_template_count", "front_port_template_count", "rear_port_template_count", "module_bay_template_count")),
		brief:   []string{"profile", "manufacturer", "model", "description", "module_count"},
		old:     []string{"manufacturer", "model"},
		order:   []string{"manufacturer", "model"},
		search:  []string{"model", "part_number", "description"},
		uniques: []unique{{fields: []string{"manufacturer", "model"}}},
		display: func(_ *Server, r *row) string { return r.str("model") },
		check: func(_ *Server, r, _ *row, bad *problems) {
			if r.get("weight") != nil && r.str("weight_unit") == "" {
				bad.add("__all__", "Must specify a unit when setting a weight")
			}
		},
	}
}

var itemPoint = &generic{kind: "component_type", id: "component_id", shows: "component", optional: true, models: " dcim.interface "}

func inventoryItemResource() *resource {
	return &resource{
		path: "dcim/inventory-items", model: "dcim.inventoryitem", class: "InventoryItem", verbose: "inventory item", tree: true,
		fields: spread(
			ref("device", "dcim.device", cascade).need(), ref("parent", "dcim.inventoryitem", cascade).shown("id"), text("name", 64).need(), text("label", 64),
			choiceField("status", "active", statuses("offline active planned staged failed decommissioning")).from(402), constant("role", "null"),
			ref("manufacturer", "dcim.manufacturer", protect), text("part_id", 50), text("serial", 50), text("asset_tag", 50).nullable().once(),
			boolean("discovered", false), description(), itemPoint.fields(), owner(), tagsField(), customField(), stamps(), depth(0)),
		brief:   []string{"device", "name", "description", "_depth"},
		old:     []string{"device", "name", "_depth"},
		order:   []string{"device", "parent", "name"},
		search:  []string{"name", "part_id", "serial", "asset_tag", "description"},
		points:  itemPoint,
		uniques: []unique{{fields: []string{"device", "parent", "name"}}},
		filters: []filter{
			{name: "device", path: []string{"device"}, by: "name"},
			{name: "site", path: []string{"device", "site"}},
		},
		display: func(_ *Server, r *row) string {
			if l := r.str("label"); l != "" {
				return r.str("name") + " (" + l + ")"
			}
			return r.str("name")
		},
		settle: func(_ *Server, r, _ *row) {
			if r.str("asset_tag") == "" {
				r.set("asset_tag", nil)
			}
		},
		check: func(s *Server, r, old *row, bad *problems) {
			parent, part := s.follow(r, "parent"), s.assigned(r)
			switch {
			case !s.checkPoint(r, bad):
			case old != nil && parent != nil && parent.to("device") != r.to("device"):
				bad.add("parent", "Parent inventory item does not belong to the same device.")
			case old == nil && part != nil && part.to("device") != r.to("device"):
				bad.add("device", "Cannot assign inventory item to component on another device")
			default:
				noLoop(s, r, old, bad)
			}
		},
	}
}
