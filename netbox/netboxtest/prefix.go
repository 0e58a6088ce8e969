package netboxtest

import (
	"net/netip"
	"strconv"
	"strings"
)

// placeScopes are the types that prefixes and clusters may be for since 4.2.
const placeScopes = " dcim.region dcim.sitegroup dcim.site dcim.location "

var prefixPoint = &generic{span: span{since: 402}, kind: "scope_type", id: "scope_id", shows: "scope", optional: true, models: placeScopes}

func familyField(of string) *field {
	return computed("family", func(e *encoder, r *row) {
		switch n := family(r.str(of)); {
		case e.s.schema.v < v40 && e.deep > 0:
			e.int(int64(n))
		case n == 6:
			e.raw(`{"value":6,"label":"IPv6"}`)
		default:
			e.raw(`{"value":4,"label":"IPv4"}`)
		}
	})
}

func prefixResource() *resource {
	return &resource{
		path: "ipam/prefixes", model: "ipam.prefix", class: "Prefix", verbose: "prefix",
		fields: spread(
			familyField("prefix"), text("prefix", 0).need(), ref("site", "dcim.site", protect).before(402), ref("vrf", "ipam.vrf", protect),
			prefixPoint.fields(), ref("tenant", "tenancy.tenant", protect), ref("vlan", "ipam.vlan", protect),
			choiceField("status", "active", statuses("container active reserved deprecated")), constant("role", "null"),
			boolean("is_pool", false), boolean("mark_utilized", false), description(), owner(), comments(0), tagsField(), customField(), stamps(),
			computed("children", func(e *encoder, r *row) { n, _ := e.s.kin(r); e.int(n) }),
			computed("_depth", func(e *encoder, r *row) { _, n := e.s.kin(r); e.int(n) })),
		brief:  []string{"family", "prefix", "description", "_depth"},
		old:    []string{"family", "prefix", "_depth"},
		order:  []string{"vrf", "prefix"},
		search: []string{"prefix", "description"},
		points: prefixPoint,
		filters: append(networkFilters("prefix"),
			filter{name: "prefix", fits: func(_ *Server, r *row, v string) bool { return r.str("prefix") == v }, valid: isNetwork},
			filter{name: "within", fits: func(_ *Server, r *row, v string) bool { return r.str("prefix") != v && insideNet(r.str("prefix"), v) }, valid: isNetwork},
			filter{name: "within_include", fits: func(_ *Server, r *row, v string) bool { return insideNet(r.str("prefix"), v) }, valid: isNetwork},
			filter{name: "contains", fits: func(_ *Server, r *row, v string) bool { return insideNet(v, r.str("prefix")) }, valid: isNetwork},
			filter{name: "vlan_vid", fits: func(s *Server, r *row, v string) bool {
				vlan := s.follow(r, "vlan")
				return vlan != nil && vlanNumber(vlan) == v
			}},
			filter{name: "site", path: []string{"scope_site"}, span: span{since: 402}},
			filter{name: "site", path: []string{"site"}, span: span{until: 402}}),
		display: func(_ *Server, r *row) string { return r.str("prefix") },
		settle: func(_ *Server, r, _ *row) {
			if p, err := netip.ParsePrefix(r.str("prefix")); err == nil {
				r.set("prefix", p.Masked().String())
			}
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			p, err := netip.ParsePrefix(r.str("prefix"))
			switch {
			case err != nil:
				bad.add("prefix", "Invalid IP prefix format: "+r.str("prefix"))
				return
			case p.Bits() == 0:
				bad.add("prefix", "Cannot create prefix with /0 mask.")
				return
			case !s.checkScope(r, bad):
				return
			}
			table, enforced := s.tableName(r)
			t := s.table(r.res)
			for _, id := range t.ids {
				if o := t.rows[id]; enforced && id != r.id && o.to("vrf") == r.to("vrf") && o.str("prefix") == r.str("prefix") {
					bad.add("prefix", "Duplicate prefix found in "+table+": "+o.str("prefix"))
					return
				}
			}
		},
	}
}

// checkScope reports a scope without its other half.
func (s *Server) checkScope(r *row, bad *problems) bool {
	at := r.at()
	switch {
	case at.model != "" && at.id == 0:
		bad.add("__all__", "Please select a "+modelName(at)+".")
	case at.model == "" && at.id != 0:
		bad.add("scope_type", "Please select a scope type.")
	default:
		return s.checkPoint(r, bad)
	}
	return false
}

// kin is how many prefixes of the same VRF are within a prefix, and around it.
func (s *Server) kin(r *row) (children, depth int64) {
	t := s.table(r.res)
	for _, id := range t.ids {
		o := t.rows[id]
		if id == r.id || o.to("vrf") != r.to("vrf") || o.str("prefix") == r.str("prefix") {
			continue
		}
		if insideNet(o.str("prefix"), r.str("prefix")) {
			children++
		}
		if insideNet(r.str("prefix"), o.str("prefix")) {
			depth++
		}
	}
	return children, depth
}

// networkFilters are what prefixes and ranges share.
func networkFilters(of string) []filter {
	return []filter{
		{name: "family", num: func(r *row) float64 { return float64(family(r.str(of))) }},
		{name: "mask_length", num: func(r *row) float64 { p, _ := netip.ParsePrefix(r.str(of)); return float64(p.Bits()) }},
		{name: "vrf", path: []string{"vrf"}, by: "rd"},
		{name: "tenant_group", path: []string{"tenant", "group"}, tree: true},
	}
}

func isNetwork(v string) bool { _, ok := readAddress(v); return ok }
func isAddress(v string) bool { _, ok := readAddress(v); return ok }

// inside says whether an address is in a network.
func inside(host, network string) bool {
	a, err := netip.ParseAddr(host)
	p, err2 := netip.ParsePrefix(network)
	return err == nil && err2 == nil && p.Masked().Contains(a)
}

// insideNet says whether a network, or an address, is within or equal to another.
func insideNet(inner, outer string) bool {
	in, ok := readAddress(inner)
	p, err := netip.ParsePrefix(in)
	q, err2 := netip.ParsePrefix(outer)
	return ok && err == nil && err2 == nil && q.Bits() <= p.Bits() && q.Masked().Contains(p.Addr())
}

func rangeResource() *resource {
	return &resource{
		path: "ipam/ip-ranges", model: "ipam.iprange", class: "IPRange", verbose: "IP range",
		fields: spread(
			familyField("start_address"), text("start_address", 0).need(), text("end_address", 0).need(),
			computed("size", func(e *encoder, r *row) { e.int(sizeOf(r)) }), ref("vrf", "ipam.vrf", protect), ref("tenant", "tenancy.tenant", protect),
			choiceField("status", "active", statuses("active reserved deprecated")), constant("role", "null"), description(), owner(), comments(0),
			tagsField(), customField(), stamps(), boolean("mark_populated", false).from(403), boolean("mark_utilized", false)),
		brief:  []string{"family", "start_address", "end_address", "description"},
		old:    []string{"family", "start_address", "end_address"},
		order:  []string{"vrf", "start_address"},
		search: []string{"description"},
		filters: append(networkFilters("start_address"),
			filter{name: "contains", fits: func(_ *Server, r *row, v string) bool {
				a, err := netip.ParseAddr(hostOf(v))
				return err == nil && spans(r, a)
			}},
			filter{name: "parent", fits: func(_ *Server, r *row, v string) bool {
				return insideNet(hostOf(r.str("start_address")), v) && insideNet(hostOf(r.str("end_address")), v)
			}, valid: isNetwork}),
		display: rangeDisplay,
		settle: func(_ *Server, r, _ *row) {
			for _, f := range []string{"start_address", "end_address"} {
				if p, ok := readAddress(r.str(f)); ok {
					r.set(f, p)
				}
			}
		},
		check: checkRange,
	}
}

// ends are the first and the last address of a range.
func ends(r *row) (first, last netip.Addr) {
	p, _ := netip.ParsePrefix(r.str("start_address"))
	q, _ := netip.ParsePrefix(r.str("end_address"))
	return p.Addr(), q.Addr()
}

func spans(r *row, a netip.Addr) bool {
	first, last := ends(r)
	return first.BitLen() == a.BitLen() && first.Compare(a) <= 0 && a.Compare(last) <= 0
}

// sizeOf counts the addresses of a range.
func sizeOf(r *row) int64 {
	first, last := ends(r)
	a, b := first.AsSlice(), last.AsSlice()
	var n int64
	for i := range min(len(a), len(b)) {
		n = n<<8 + int64(b[i]) - int64(a[i])
	}
	return n + 1
}

func rangeDisplay(_ *Server, r *row) string {
	first, last := ends(r)
	_, bits, _ := strings.Cut(r.str("start_address"), "/")
	sep := "."
	if first.Is6() {
		sep = ":"
	}
	a, b := strings.Split(first.String(), sep), strings.Split(last.String(), sep)
	if first == last {
		return first.String() + "-" + last.String() + "/" + bits
	}
	var base []string
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			base = append(base, a[i])
		}
	}
	return strings.Join(base, sep) + sep + strings.Join(a[len(base):], sep) + "-" + strings.Join(b[len(base):], sep) + "/" + bits
}

func checkRange(s *Server, r, _ *row, bad *problems) {
	p, err := netip.ParsePrefix(r.str("start_address"))
	q, err2 := netip.ParsePrefix(r.str("end_address"))
	switch {
	case err != nil:
		bad.add("start_address", "Invalid IP address format: "+r.str("start_address"))
		return
	case err2 != nil:
		bad.add("end_address", "Invalid IP address format: "+r.str("end_address"))
		return
	case p.Addr().BitLen() != q.Addr().BitLen():
		bad.add("end_address", "Starting and ending IP address versions must match")
		return
	case p.Bits() != q.Bits():
		bad.add("end_address", "Starting and ending IP address masks must match")
		return
	case q.Addr().Less(p.Addr()):
		bad.add("end_address", "Ending address must be greater than or equal to the starting address ("+p.String()+")")
		return
	}
	t := s.table(r.res)
	for _, id := range t.ids {
		o := t.rows[id]
		if id == r.id || o.to("vrf") != r.to("vrf") {
			continue
		}
		if first, _ := ends(o); spans(o, p.Addr()) || spans(o, q.Addr()) || spans(r, first) {
			bad.add("__all__", "Defined addresses overlap with range "+s.display(o)+" in VRF "+s.display(s.follow(r, "vrf")))
			return
		}
	}
}

// populated is a range that is marked as having all its addresses and spans
// the one of a row.
func (s *Server) populated(ip *row) *row {
	p, err := netip.ParsePrefix(ip.str("address"))
	t := s.tableOf("ipam.iprange")
	if err != nil {
		return nil
	}
	for _, id := range t.ids {
		if o := t.rows[id]; o.get("mark_populated") == true && o.to("vrf") == ip.to("vrf") && spans(o, p.Addr()) {
			return o
		}
	}
	return nil
}

var servicePoint = &generic{span: span{since: 403}, kind: "parent_object_type", id: "parent_object_id", shows: "parent",
	models: " dcim.device virtualization.virtualmachine "}

func protocols() [][2]string { return [][2]string{{"tcp", "TCP"}, {"udp", "UDP"}, {"sctp", "SCTP"}} }

func serviceResource(v version) *resource {
	ports := []*field{choiceField("protocol", "", protocols()).need(), {name: "ports", kind: kindJSON, required: true}}
	if v >= v47 {
		ports = []*field{{name: "port_mappings", kind: kindJSON, def: []any{}},
			computed("protocol", func(e *encoder, r *row) { serviceLegacy(e, r, true) }), computed("ports", func(e *encoder, r *row) { serviceLegacy(e, r, false) })}
	}
	return &resource{
		path: "ipam/services", model: "ipam.service", class: "Service", verbose: "service",
		fields: spread(
			ref("device", "dcim.device", cascade).before(403), ref("virtual_machine", "virtualization.virtualmachine", cascade).before(403),
			servicePoint.fields(), text("name", 100).need(), ports, refs("ipaddresses", "ipam.ipaddress"),
			description(), owner(), comments(0), tagsField(), customField(), stamps()),
		brief:  []string{"name", "protocol", "ports", "port_mappings", "description"},
		old:    []string{"name", "protocol", "ports"},
		order:  []string{"name"},
		search: []string{"name", "description"},
		points: servicePoint,
		filters: []filter{
			{name: "device", path: []string{"on_device"}, by: "name", open: true, span: span{since: 403}},
			{name: "virtual_machine", path: []string{"on_virtual_machine"}, by: "name", open: true, span: span{since: 403}},
			{name: "device", path: []string{"device"}, by: "name", span: span{until: 403}},
			{name: "virtual_machine", path: []string{"virtual_machine"}, by: "name", span: span{until: 403}},
			{name: "ip_address", anyOf: func(_ *Server, r *row) []int64 { return r.listed("ipaddresses") }, to: "ipam.ipaddress", by: "address"},
			{name: "port", fits: func(_ *Server, r *row, v string) bool {
				for _, m := range mappingsOf(r) {
					if strings.HasSuffix(m, "/"+v) {
						return true
					}
				}
				return false
			}},
		},
		check: checkService,
	}
}

// mappingsOf is what a service listens on, as "tcp/443".
func mappingsOf(r *row) []string {
	var out []string
	if list, ok := r.get("port_mappings").([]any); ok {
		for _, x := range list {
			out = append(out, plain(x))
		}
		return out
	}
	list, _ := r.get("ports").([]any)
	for _, x := range list {
		out = append(out, r.str("protocol")+"/"+plain(x))
	}
	return out
}

// serviceLegacy writes protocol and ports of a service with one protocol, and
// null for others (4.7).
func serviceLegacy(e *encoder, r *row, protocol bool) {
	one, ports := "", []any{}
	for _, m := range mappingsOf(r) {
		name, port, _ := strings.Cut(m, "/")
		if one != "" && one != name {
			e.raw("null")
			return
		}
		one = name
		ports = append(ports, number(port))
	}
	switch {
	case one == "":
		e.raw("null")
	case protocol:
		e.value(object{{"value", one}, {"label", labelOf(protocols(), one)}})
	default:
		e.value(ports)
	}
}

// legacyPorts turns protocol and ports of a write into port mappings (4.7).
func legacyPorts(body object) (object, *apiError) {
	protocol, hasName := body.get("protocol")
	given, hasPorts := body.get("ports")
	if _, now := body.get("port_mappings"); now || !hasName && !hasPorts {
		return body, nil
	}
	list, _ := given.([]any)
	if !hasName || len(list) == 0 {
		bad := &problems{}
		bad.add("__all__", "Both 'protocol' and 'ports' are required when writing via the deprecated legacy format; use port_mappings instead.")
		return nil, invalid(bad)
	}
	mappings := []any{}
	for _, p := range list {
		mappings = append(mappings, plain(protocol)+"/"+plain(p))
	}
	return append(append(object{}, body...), member{"port_mappings", mappings}), nil
}

func checkService(s *Server, r, _ *row, bad *problems) {
	if s.schema.v < 403 {
		if (r.to("device") == 0) == (r.to("virtual_machine") == 0) {
			bad.add("__all__", "A service must be associated with either a device or a virtual machine.")
			return
		}
	} else if !s.checkPoint(r, bad) {
		return
	}
	all := mappingsOf(r)
	if len(all) == 0 && s.schema.v >= v47 {
		bad.add("port_mappings", "At least one port mapping is required.")
		return
	}
	for _, m := range all {
		name, port, _ := strings.Cut(m, "/")
		n, err := strconv.Atoi(port)
		if labelOf(protocols(), name) == name || err != nil || n < 1 || n > 65535 {
			field := "ports"
			if s.schema.v >= v47 {
				field = "port_mappings"
			}
			bad.add(field, "Invalid port mapping: "+m)
			return
		}
	}
}
