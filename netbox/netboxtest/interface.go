package netboxtest

import (
	"slices"
	"strconv"
	"strings"
)

// interfaceModes are the 802.1Q modes.
func interfaceModes() [][2]string {
	return [][2]string{{"access", "Access"}, {"tagged", "Tagged"}, {"tagged-all", "Tagged (All)"}, {"q-in-q", "Q-in-Q (802.1ad)"}}
}

// modeField has no null in the database before 4.2 (dcim/models/device_components.py).
func modeField(v version) *field {
	f := choiceField("mode", "", interfaceModes())
	f.blanks = v < v42
	return f
}

func interfaceResource(v version) *resource {
	return &resource{
		path: "dcim/interfaces", model: "dcim.interface", class: "Interface", verbose: "interface",
		fields: spread(
			ref("device", "dcim.device", cascade).need(), constant("vdcs", "[]"), constant("module", "null"),
			text("name", 64).need(), text("label", 64), choiceField("type", "", choiceLines(interfaceTypes)).need(),
			constant("channels", "null").from(407), constant("channel_id", "null").from(407),
			boolean("enabled", true), ref("parent", "dcim.interface", protect).shown("port"), ref("bridge", "dcim.interface", setNull).shown("port"),
			computed("bridge_interfaces", bridged).from(404), ref("lag", "dcim.interface", setNull).shown("port"),
			integer("mtu", 1, 65536), macFields(v),
			integer("speed", 0, 0), choiceField("duplex", "", statuses("half full auto")), text("wwn", 0).nullable(),
			boolean("mgmt_only", false), description(), modeField(v),
			constants("null", "rf_role", "rf_channel", "poe_mode", "poe_type", "rf_channel_frequency", "rf_channel_width", "tx_power"),
			ref("untagged_vlan", "ipam.vlan", setNull), refs("tagged_vlans", "ipam.vlan"),
			ref("qinq_svlan", "ipam.vlan", setNull).from(402), constant("vlan_translation_policy", "null").from(402),
			boolean("mark_connected", false), cableFields(), constant("wireless_link", "null"), peerFields("link_peers", "[]"),
			constant("wireless_lans", "[]"), ref("vrf", "ipam.vrf", setNull), constant("l2vpn_termination", "null"),
			peerFields("connected_endpoints", "null"),
			computed("connected_endpoints_reachable", func(e *encoder, r *row) { e.bool(len(e.s.peers(r)) > 0 && e.s.cableAt(r).str("status") == "connected") }),
			owner(), tagsField(), customField(), stamps(),
			computed("count_ipaddresses", func(e *encoder, r *row) { e.int(int64(e.s.countAttached("ipam.ipaddress", r))) }),
			constant("count_fhrp_groups", "0"), computed("_occupied", occupied)),
		brief:   []string{"device", "name", "description", "cable", "_occupied"},
		old:     []string{"device", "name", "cable", "_occupied"},
		order:   []string{"device", "name"},
		search:  []string{"name", "label", "description"},
		uniques: []unique{{fields: []string{"device", "name"}}},
		filters: append(vlanFilters(),
			filter{name: "device", path: []string{"device"}, by: "name"},
			filter{name: "site", path: []string{"device", "site"}},
			filter{name: "region", path: []string{"device", "site", "region"}, tree: true},
			filter{name: "location", path: []string{"device", "location"}, tree: true},
			filter{name: "rack", path: []string{"device", "rack"}, by: "name"},
			filter{name: "tenant", path: []string{"device", "tenant"}, span: span{since: 404}},
			filter{name: "device_type", path: []string{"device", "device_type"}},
			filter{name: "device_role", path: []string{"device", "role"}},
			filter{name: "virtual_chassis", path: []string{"device", "virtual_chassis"}, by: "name"},
			filter{name: "vrf", path: []string{"vrf"}, by: "rd"},
			filter{name: "mac_address", fits: hasMAC},
			filter{name: "cabled", yes: func(s *Server, r *row) bool { return s.cableAt(r) != nil }},
			filter{name: "occupied", yes: func(s *Server, r *row) bool { return s.cableAt(r) != nil || r.get("mark_connected") == true }},
			filter{name: "connected", yes: func(s *Server, r *row) bool { return len(s.peers(r)) > 0 }},
			filter{name: "kind", fits: func(_ *Server, r *row, v string) bool { return interfaceKind(r.str("type")) == v }}),
		display: func(_ *Server, r *row) string {
			if l := r.str("label"); l != "" {
				return r.str("name") + " (" + l + ")"
			}
			return r.str("name")
		},
		check: checkInterface,
	}
}

// bridged writes the interfaces that are bridged to this one.
func bridged(e *encoder, r *row) {
	e.buf = append(e.buf, '[')
	t, f := e.s.table(r.res), r.res.byName["bridge"]
	if t.refs[f][r.id] > 0 {
		first := true
		for _, id := range t.ids {
			if t.rows[id].ref(f) != r.id {
				continue
			}
			if !first {
				e.buf = append(e.buf, ',')
			}
			first = false
			e.nested(t.rows[id], "port")
		}
	}
	e.buf = append(e.buf, ']')
}

func occupied(e *encoder, r *row) {
	e.bool(e.s.cableAt(r) != nil || r.get("mark_connected") == true)
}

func interfaceKind(kind string) string {
	switch {
	case slices.Contains([]string{"virtual", "bridge", "lag"}, kind):
		return "virtual"
	case strings.HasPrefix(kind, "ieee802.11") || strings.HasPrefix(kind, "ieee802.15"):
		return "wireless"
	}
	return "physical"
}

// vlanFilters are vlan (by number) and vlan_id of interfaces, untagged or tagged.
func vlanFilters() []filter {
	all := func(r *row) []int64 {
		ids := r.listed("tagged_vlans")
		for _, name := range []string{"untagged_vlan", "qinq_svlan"} {
			if id := r.to(name); id != 0 {
				ids = append(ids, id)
			}
		}
		return ids
	}
	return []filter{
		{name: "vlan_id", fits: func(_ *Server, r *row, v string) bool {
			id, err := strconv.ParseInt(v, 10, 64)
			return err == nil && slices.Contains(all(r), id)
		}},
		{name: "vlan", fits: func(s *Server, r *row, v string) bool {
			return slices.ContainsFunc(all(r), func(id int64) bool {
				vlan := s.rowAt(point{"ipam.vlan", id})
				return vlan != nil && (plain(vlan.get("vid")) == v || vlanNumber(vlan) == v)
			})
		}},
	}
}

// checkInterface is what the serializer and the model check, first mistake first.
func checkInterface(s *Server, r, _ *row, bad *problems) {
	kind, label := r.str("type"), labelOf(r.res.byName["type"].choices, r.str("type"))
	parent, bridge, lag := s.follow(r, "parent"), s.follow(r, "bridge"), s.follow(r, "lag")
	if s.checkModes(r, bad); bad.any() {
		return
	}
	switch {
	case parent != nil && parent.id == r.id:
		bad.add("parent", "An interface cannot be its own parent.")
	case parent != nil && kind != "virtual" && s.schema.v >= v47:
		bad.add("parent", "Only virtual interfaces, or a channel subinterface with a channel ID assigned, may be assigned to a parent interface.")
	case parent != nil && kind != "virtual":
		bad.add("parent", "Only virtual interfaces may be assigned to a parent interface.")
	case bridge != nil && bridge.id == r.id:
		bad.add("bridge", "An interface cannot be bridged to itself.")
	case virtualPort(r) && s.cableAt(r) != nil:
		bad.add("type", label+" interfaces cannot have a cable attached.")
	case virtualPort(r) && r.get("mark_connected") == true:
		bad.add("mark_connected", label+" interfaces cannot be marked as connected.")
	case s.apart(r, parent):
		bad.add("parent", "The selected parent interface ("+s.display(parent)+") belongs to a different device ("+s.display(s.follow(parent, "device"))+")")
	case s.apart(r, bridge):
		bad.add("bridge", "The selected bridge interface ("+s.display(bridge)+") belongs to a different device ("+s.display(s.follow(bridge, "device"))+").")
	case kind == "virtual" && lag != nil:
		bad.add("lag", "Virtual interfaces cannot have a parent LAG interface.")
	case lag != nil && lag.id == r.id:
		bad.add("lag", "A LAG interface cannot be its own parent.")
	case s.apart(r, lag):
		bad.add("lag", "The selected LAG interface ("+s.display(lag)+") belongs to a different device ("+s.display(s.follow(lag, "device"))+").")
	default:
		s.checkPrimaryMAC(r, bad)
	}
}

// apart says whether another interface is on another device, chassis aside.
func (s *Server) apart(r, other *row) bool {
	return other != nil && other.to("device") != r.to("device") && !s.sameChassis(s.follow(r, "device"), other)
}

// sameChassis says whether an interface is on a device of the same virtual chassis.
func (s *Server) sameChassis(device, port *row) bool {
	chassis := s.follow(port, "device").to("virtual_chassis")
	return chassis != 0 && device.to("virtual_chassis") == chassis
}

// checkModes checks the VLANs against the 802.1Q mode.
func (s *Server) checkModes(r *row, bad *problems) {
	mode := r.str("mode")
	tagged := r.listed("tagged_vlans")
	if s.schema.v >= v42 {
		if mode != "q-in-q" && r.to("qinq_svlan") != 0 {
			bad.add("qinq_svlan", "Interface mode does not support q-in-q service vlan")
		}
		if mode == "" && r.to("untagged_vlan") != 0 {
			bad.add("untagged_vlan", "Interface mode does not support untagged vlan")
		}
		if len(tagged) > 0 && mode != "tagged" && mode != "q-in-q" {
			bad.add("tagged_vlans", "Interface mode does not support tagged vlans")
		}
	}
	if bad.any() {
		return
	}
	site, where := s.siteOfPort(r)
	for _, id := range tagged {
		vlan := s.rowAt(point{"ipam.vlan", id})
		if vlan.to("site") != 0 && vlan.to("site") != site {
			bad.add("tagged_vlans", "VLAN "+s.display(vlan)+" must belong to the same site as the interface's parent "+where+", or it must be global.")
			return
		}
	}
	if vlan := s.follow(r, "untagged_vlan"); vlan != nil && vlan.to("site") != 0 && vlan.to("site") != site {
		bad.add("untagged_vlan", "The untagged VLAN ("+s.display(vlan)+") must belong to the same site as the interface's parent "+where+", or it must be global.")
	}
}

func (s *Server) siteOfPort(r *row) (site int64, where string) {
	if r.res.model == "virtualization.vminterface" {
		return s.follow(r, "virtual_machine").to("site"), "virtual machine"
	}
	return s.follow(r, "device").to("site"), "device"
}
