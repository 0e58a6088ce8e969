package netboxtest

import "slices"

// Manufacturers, device types, roles, platforms.

func manufacturerResource(v version) *resource {
	r := &resource{
		path: "dcim/manufacturers", model: "dcim.manufacturer", class: "Manufacturer", verbose: "manufacturer",
		fields: spread(
			text("name", 100).need().once(), slugField().once(), description(), owner(), comments(405),
			tagsField(), customField(), stamps(),
			count("devicetype_count", "dcim.devicetype", "manufacturer"),
			count("moduletype_count", "dcim.moduletype", "manufacturer").from(406), count("inventoryitem_count", "dcim.inventoryitem", "manufacturer"),
			count("platform_count", "dcim.platform", "manufacturer")),
		brief:  []string{"name", "slug", "description"},
		old:    []string{"name", "slug", "devicetype_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
	}
	r.briefCounts(v, 406, "devicetype_count")
	return r
}

// briefCounts are counts in the brief form of a version before another one:
// there they are shown in lists and left out of rows inside others (NetBox
// source 4.2: counts by annotation).
func (r *resource) briefCounts(v, before version, names ...string) {
	if v >= before {
		return
	}
	r.brief = slices.DeleteFunc(r.brief, func(n string) bool { return slices.Contains(names, n) })
	r.counts = append(r.counts, names...)
}

func deviceTypeResource(v version) *resource {
	templates := []string{"console_port_template_count", "console_server_port_template_count", "power_port_template_count", "power_outlet_template_count"}
	if v >= v47 {
		templates = append(templates, "cooling_intake_template_count", "cooling_outflow_template_count")
	}
	templates = append(templates, "interface_template_count", "front_port_template_count", "rear_port_template_count",
		"device_bay_template_count", "module_bay_template_count", "inventory_item_template_count")
	r := &resource{
		path: "dcim/device-types", model: "dcim.devicetype", class: "DeviceType", verbose: "device type",
		fields: spread(
			ref("manufacturer", "dcim.manufacturer", protect).need(), ref("default_platform", "dcim.platform", setNull),
			text("model", 100).need(), slugField(), text("part_number", 50),
			&field{name: "u_height", kind: kindDecimal, digits: 4, places: 1, def: number("1.0")},
			boolean("exclude_from_utilization", false), boolean("is_full_depth", true),
			choiceField("subdevice_role", "", [][2]string{{"parent", "Parent"}, {"child", "Child"}}),
			choiceField("airflow", "", airflows()), constant("cooling_method", "null").from(407),
			decimal("weight", 8, 2), choiceField("weight_unit", "", weightUnits()),
			constant("end_of_life", "null").from(407), constants("null", "front_image", "rear_image"),
			description(), owner(), text("comments", 0), tagsField(), customField(), stamps(),
			count("device_count", "dcim.device", "device_type").honest(), constants("0", templates...)),
		brief:  []string{"manufacturer", "model", "slug", "description", "device_count"},
		old:    []string{"manufacturer", "model", "slug", "device_count"},
		order:  []string{"manufacturer", "model"},
		search: []string{"model", "part_number", "description"},
		uniques: []unique{
			{fields: []string{"manufacturer", "model"}},
			{fields: []string{"manufacturer", "slug"}},
		},
		display: func(_ *Server, r *row) string { return r.str("model") },
		check: func(s *Server, r, old *row, bad *problems) {
			if h, _ := r.get("u_height").(float64); h*2 != float64(int(h*2)) {
				bad.add("u_height", "U height must be in increments of 0.5 rack units.")
				return
			}
			s.checkInstalled(r, old, bad)
		},
	}
	r.briefCounts(v, 406, "device_count")
	return r
}

// checkInstalled wants room for every device of a type that grows.
func (s *Server) checkInstalled(kind, old *row, bad *problems) {
	if old == nil || number10(kind) <= number10(old) {
		return
	}
	devices := s.tableOf("dcim.device")
	for _, id := range devices.ids {
		d := devices.rows[id]
		at, placed := d.get("position").(float64)
		rack := s.follow(d, "rack")
		if d.to("device_type") != kind.id || !placed || rack == nil || s.fits(d, rack, kind, at) {
			continue
		}
		bad.add("u_height", "Device "+deviceDisplay(s, d)+" in rack "+rack.str("name")+
			" does not have sufficient space to accommodate a height of "+pythonFloat(float64(number10(kind))/10)+"U")
		return
	}
}

func airflows() [][2]string {
	return [][2]string{{"front-to-rear", "Front to rear"}, {"rear-to-front", "Rear to front"}, {"left-to-right", "Left to right"},
		{"right-to-left", "Right to left"}, {"side-to-rear", "Side to rear"}, {"passive", "Passive"}, {"mixed", "Mixed"}}
}

func deviceRoleResource(v version) *resource {
	r := &resource{
		path: "dcim/device-roles", model: "dcim.devicerole", class: "DeviceRole", verbose: "device role", tree: v >= 403,
		fields: spread(
			text("name", 100).need(), slugField(), text("color", 6).defaults("9e9e9e"), boolean("vm_role", true),
			constant("config_template", "null"), ref("parent", "dcim.devicerole", cascade).shown("parent").puts().from(403),
			description(), tagsField(), customField(), stamps(),
			count("device_count", "dcim.device", "role").whole(), count("virtualmachine_count", "virtualization.virtualmachine", "role").whole(),
			owner(), comments(403), depth(403)),
		brief:  []string{"name", "slug", "description", "device_count", "virtualmachine_count", "_depth"},
		old:    []string{"name", "slug", "device_count", "virtualmachine_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
		check:  noLoop,
	}
	uniqueByParent(r, v, 403)
	r.briefCounts(v, 403, "device_count", "virtualmachine_count")
	return r
}

// uniqueByParent makes name and slug unique below a parent from a version on,
// and unique altogether before.
func uniqueByParent(r *resource, v, since version) {
	if v >= since {
		r.uniques = perParent(v, r.verbose)
		return
	}
	for _, f := range r.fields {
		if f.name == "name" || f.name == "slug" {
			f.once()
		}
	}
}

func platformResource(v version) *resource {
	r := &resource{
		path: "dcim/platforms", model: "dcim.platform", class: "Platform", verbose: "platform", tree: v >= 404,
		fields: spread(
			text("name", 100).need(), slugField(), ref("manufacturer", "dcim.manufacturer", protect),
			constant("config_template", "null"), ref("parent", "dcim.platform", cascade).shown("parent").puts().from(404),
			description(), tagsField(), customField(), stamps(),
			count("device_count", "dcim.device", "platform").whole(), count("virtualmachine_count", "virtualization.virtualmachine", "platform").whole(),
			owner(), comments(404), depth(404)),
		brief:  []string{"name", "slug", "description", "device_count", "virtualmachine_count", "_depth"},
		old:    []string{"name", "slug", "device_count", "virtualmachine_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
		check:  noLoop,
	}
	r.briefCounts(v, 404, "device_count", "virtualmachine_count")
	if v < 404 {
		uniqueByParent(r, v, 404)
		return r
	}
	for _, f := range []string{"name", "slug"} {
		if v >= v47 {
			r.uniques = append(r.uniques, unique{fields: []string{"manufacturer", f}, equal: true,
				text: "Platform " + f + " must be unique."})
			continue
		}
		r.uniques = append(r.uniques, unique{fields: []string{"manufacturer", f}},
			unique{fields: []string{f}, isNull: []string{"manufacturer"}, text: "Platform " + f + " must be unique."})
	}
	return r
}
