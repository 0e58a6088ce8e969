package netboxtest

import (
	"fmt"
	"strconv"
)

const deviceStatuses = "offline active planned staged failed inventory decommissioning"

func deviceResource(v version) *resource {
	counts := []string{"console_port_count", "console_server_port_count", "power_port_count", "power_outlet_count"}
	if v >= v47 {
		counts = append(counts, "cooling_intake_count", "cooling_outflow_count")
	}
	late := []string{"front_port_count", "rear_port_count", "device_bay_count", "module_bay_count"}
	r := &resource{
		path: "dcim/devices", model: "dcim.device", class: "Device", verbose: "device",
		fields: spread(
			text("name", 64).nullable().folded(),
			ref("device_type", "dcim.devicetype", protect).need(), ref("role", "dcim.devicerole", protect).need(),
			&field{name: "device_role", kind: kindAlias, alias: "role", readOnly: true, span: span{until: 400}},
			ref("tenant", "tenancy.tenant", protect).puts(), ref("platform", "dcim.platform", setNull),
			text("serial", 50).folded(), text("asset_tag", 50).nullable().once(),
			ref("site", "dcim.site", protect).need(), ref("location", "dcim.location", protect).puts(), ref("rack", "dcim.rack", protect).puts(),
			&field{name: "position", kind: kindDecimal, digits: 4, places: 1, lo: 0.5, null: true, clears: true},
			choiceField("face", "", [][2]string{{"front", "Front"}, {"rear", "Rear"}}).puts().blank(),
			decimal("latitude", 8, 6), decimal("longitude", 9, 6), constant("parent_device", "null"),
			choiceField("status", "active", statuses(deviceStatuses)), choiceField("airflow", "", airflows()),
			constant("cooling_method", "null").from(407),
			computed("primary_ip", primaryIP),
			ref("primary_ip4", "ipam.ipaddress", setNull).shown("primary").as("primary IPv4"), ref("primary_ip6", "ipam.ipaddress", setNull).shown("primary").as("primary IPv6"),
			ref("oob_ip", "ipam.ipaddress", setNull).shown("primary").as("out-of-band IP"),
			ref("cluster", "virtualization.cluster", setNull), ref("virtual_chassis", "dcim.virtualchassis", setNull), integer("vc_position", 0, 255).puts(), integer("vc_priority", 0, 255),
			description(), owner(), text("comments", 0), constant("config_template", "null"), computed("config_context", configContext),
			jsonField("local_context_data"), tagsField(), customField(), stamps(),
			constants("0", counts...), count("interface_count", "dcim.interface", "device"), constants("0", late...), count("inventory_item_count", "dcim.inventoryitem", "device")),
		brief:   []string{"name", "description"},
		old:     []string{"name"},
		order:   []string{"name"},
		search:  []string{"name", "serial", "asset_tag", "description", "comments"},
		display: deviceDisplay,
		uniques: deviceUniques(v),
		filters: append(bySite(),
			filter{name: "location", path: []string{"location"}, tree: true},
			filter{name: "manufacturer", path: []string{"device_type", "manufacturer"}},
			filter{name: "tenant_group", path: []string{"tenant", "group"}, tree: true},
			filter{name: "model", path: []string{"device_type"}, by: "slug"},
			filter{name: "has_primary_ip", yes: func(_ *Server, r *row) bool {
				return r.to("primary_ip4") != 0 || r.to("primary_ip6") != 0
			}}),
		settle: func(s *Server, r, _ *row) {
			if r.str("asset_tag") == "" {
				r.set("asset_tag", nil)
			}
			if rack := s.follow(r, "rack"); rack != nil && rack.to("location") != 0 && r.to("location") == 0 {
				r.set("location", rack.to("location"))
			}
		},
		check: checkDevice,
	}
	if v < 400 {
		r.filters = append(r.filters, filter{name: "device_role", path: []string{"role"}})
	}
	return r
}

func deviceUniques(v version) []unique {
	if v >= v47 {
		return []unique{{fields: []string{"name", "site", "tenant"}, fold: true, equal: true, distinct: "name", text: "Device name must be unique per site and tenant."},
			{fields: []string{"rack", "position", "face"}}, {fields: []string{"virtual_chassis", "vc_position"}}}
	}
	return []unique{
		{fields: []string{"name", "site", "tenant"}, fold: true, text: "Constraint “dcim_device_unique_name_site_tenant” is violated."},
		{fields: []string{"name", "site"}, isNull: []string{"tenant"}, fold: true, text: "Device name must be unique per site."},
		{fields: []string{"rack", "position", "face"}},
		{fields: []string{"virtual_chassis", "vc_position"}},
	}
}

func primaryIP(e *encoder, r *row) {
	ip := e.s.follow(r, "primary_ip4")
	if ip6 := e.s.follow(r, "primary_ip6"); ip6 != nil && (ip == nil || !e.s.preferIPv4) {
		ip = ip6
	}
	e.nested(ip, "primary")
}

func deviceDisplay(s *Server, r *row) string {
	name, tag := r.str("name"), r.str("asset_tag")
	switch {
	case name != "" && tag != "":
		return name + " (" + tag + ")"
	case name != "":
		return name
	}
	model := ""
	if t := s.follow(r, "device_type"); t != nil {
		model = s.follow(t, "manufacturer").str("name") + " " + t.str("model")
	}
	if tag != "" {
		return model + " (" + tag + ")"
	}
	return model + " (" + strconv.FormatInt(r.id, 10) + ")"
}

// checkDevice is what the model checks before its constraints. It stops at the
// first mistake, as the model does.
func checkDevice(s *Server, r, _ *row, bad *problems) {
	site, location, rack := s.follow(r, "site"), s.follow(r, "location"), s.follow(r, "rack")
	kind := s.follow(r, "device_type")
	position, placed := r.get("position").(float64)
	switch {
	case rack != nil && rack.to("site") != r.to("site"):
		bad.add("rack", fmt.Sprintf("Rack %s does not belong to site %s.", s.display(rack), s.display(site)))
	case location != nil && location.to("site") != r.to("site"):
		bad.add("location", fmt.Sprintf("Location %s does not belong to site %s.", s.display(location), s.display(site)))
	case rack != nil && location != nil && rack.to("location") != location.id:
		bad.add("rack", fmt.Sprintf("Rack %s does not belong to location %s.", s.display(rack), s.display(location)))
	case rack == nil && r.str("face") != "":
		bad.add("face", "Cannot select a rack face without assigning a rack.")
	case rack == nil && placed:
		bad.add("position", "Cannot select a rack position without assigning a rack.")
	case placed && position*2 != float64(int(position*2)):
		bad.add("position", "Position must be in increments of 0.5 rack units.")
	case placed && r.str("face") == "":
		bad.add("face", "Must specify rack face when defining rack position.")
	case placed && number10(kind) == 0:
		bad.add("position", fmt.Sprintf("A 0U device type (%s) cannot be assigned to a rack position.", s.display(kind)))
	default:
		if placed && rack != nil && !s.fits(r, rack, kind, position) {
			height := float64(number10(kind)) / 10
			bad.add("position", fmt.Sprintf("U%s is already occupied or does not have sufficient space to accommodate this device type: %s (%sU)",
				pythonFloat(position), s.display(kind), pythonFloat(height)))
			return
		}
		if s.checkChassis(r, bad) {
			checkPrimary(s, r, bad)
		}
	}
}

func checkPrimary(s *Server, r *row, bad *problems) {
	for _, name := range []string{"primary_ip4", "primary_ip6", "oob_ip"} {
		ip := s.follow(r, name)
		if ip == nil {
			continue
		}
		if want, ok := map[string]int{"primary_ip4": 4, "primary_ip6": 6}[name]; ok && family(ip.str("address")) != want {
			bad.add(name, fmt.Sprintf("%s is not an IPv%d address.", s.display(ip), want))
			return
		}
		port := s.assigned(ip)
		if port == nil || port.to("device") != r.id && (port.to("device") == 0 || !s.sameChassis(r, port)) {
			bad.add(name, fmt.Sprintf("The specified IP address (%s) is not assigned to this device.", s.display(ip)))
			return
		}
	}
	platform, kind := s.follow(r, "platform"), s.follow(r, "device_type")
	if maker := s.follow(platform, "manufacturer"); maker != nil && maker.id != kind.to("manufacturer") {
		bad.add("platform", fmt.Sprintf("The assigned platform is limited to %s device types, but this device's type belongs to %s.",
			s.display(maker), s.display(s.follow(kind, "manufacturer"))))
		return
	}
	if at := s.siteOf(s.follow(r, "cluster")); at != 0 && at != r.to("site") {
		bad.add("cluster", fmt.Sprintf("The assigned cluster belongs to a different site (%s)", s.display(s.tableOf("dcim.site").rows[at])))
	}
}

// number10 is a device type's height in tenths of a rack unit.
func number10(kind *row) int {
	if kind == nil {
		return 0
	}
	h, _ := kind.get("u_height").(float64)
	return int(h*10 + 0.5)
}

// fits says whether the rack is free where the device is put.
func (s *Server) fits(r, rack, kind *row, position float64) bool {
	height := float64(number10(kind)) / 10
	units, _ := rack.get("u_height").(int64)
	start, _ := rack.get("starting_unit").(int64)
	if position < float64(start) || position+height > float64(start+units) {
		return false
	}
	full, _ := kind.get("is_full_depth").(bool)
	t := s.table(r.res)
	if t.refs[r.res.byName["rack"]][rack.id] == 0 {
		return true
	}
	for _, id := range s.inRack(rack.id) {
		o := t.rows[id]
		if o == nil || o.id == r.id || o.to("rack") != rack.id {
			continue
		}
		at, ok := o.get("position").(float64)
		if !ok {
			continue
		}
		k := s.follow(o, "device_type")
		deep, _ := k.get("is_full_depth").(bool)
		if o.str("face") != r.str("face") && !full && !deep {
			continue
		}
		if at < position+height && position < at+float64(number10(k))/10 {
			return false
		}
	}
	return true
}

func pythonFloat(f float64) string {
	e := encoder{}
	e.float(f)
	return string(e.buf)
}
