package netboxtest

import (
	"net/netip"
	"strings"
)

func addressResource() *resource {
	return &resource{
		path: "ipam/ip-addresses", model: "ipam.ipaddress", class: "IPAddress", verbose: "IP address",
		fields: spread(
			computed("family", func(e *encoder, r *row) {
				switch n := family(r.str("address")); {
				case e.s.schema.v < v40 && e.deep > 0:
					e.int(int64(n))
				case n == 6:
					e.raw(`{"value":6,"label":"IPv6"}`)
				default:
					e.raw(`{"value":4,"label":"IPv4"}`)
				}
			}),
			text("address", 0).need(), ref("vrf", "ipam.vrf", protect), ref("tenant", "tenancy.tenant", protect),
			choiceField("status", "active", [][2]string{{"active", "Active"}, {"reserved", "Reserved"}, {"deprecated", "Deprecated"}, {"dhcp", "DHCP"}, {"slaac", "SLAAC"}}),
			choiceField("role", "", [][2]string{{"loopback", "Loopback"}, {"secondary", "Secondary"}, {"anycast", "Anycast"}, {"vip", "VIP"}, {"vrrp", "VRRP"},
				{"hsrp", "HSRP"}, {"glbp", "GLBP"}, {"carp", "CARP"}}),
			addressPoint.fields(), ref("nat_inside", "ipam.ipaddress", setNull).shown("nat"), computed("nat_outside", natOutside),
			text("dns_name", 255), description(), owner(), text("comments", 0), tagsField(), customField(), stamps()),
		brief:  []string{"family", "address", "description"},
		old:    []string{"family", "address"},
		order:  []string{"address"},
		search: []string{"address", "dns_name", "description"},
		points: addressPoint,
		filters: []filter{
			{name: "vminterface", path: []string{"assigned_vminterface"}, by: "name", open: true},
			{name: "virtual_machine", path: []string{"assigned_vminterface", "virtual_machine"}, by: "name", open: true},
			{name: "assigned_to_interface", yes: func(s *Server, r *row) bool { return s.assigned(r) != nil }},
			{name: "assigned", yes: func(s *Server, r *row) bool { return s.assigned(r) != nil }},
			{name: "vrf", path: []string{"vrf"}, by: "rd"},
			{name: "mask_length", num: func(r *row) float64 { p, _ := netip.ParsePrefix(r.str("address")); return float64(p.Bits()) }},
			{name: "address", fits: func(_ *Server, r *row, v string) bool {
				return v == r.str("address") || v == hostOf(r.str("address"))
			}, valid: isAddress},
			{name: "parent", fits: func(_ *Server, r *row, v string) bool { return inside(hostOf(r.str("address")), v) }, valid: isNetwork},
			{name: "interface", path: []string{"assigned_object"}, by: "name", open: true},
			{name: "device", path: []string{"assigned_object", "device"}, by: "name", open: true},
			{name: "family", num: func(r *row) float64 { return float64(family(r.str("address"))) }},
		},
		display: func(_ *Server, r *row) string { return r.str("address") },
		settle: func(_ *Server, r, _ *row) {
			if p, ok := readAddress(r.str("address")); ok {
				r.set("address", p)
			}
		},
		check: checkAddress,
	}
}

// addressPoint is what an address is on.
var addressPoint = &generic{kind: "assigned_object_type", id: "assigned_object_id", shows: "assigned_object", optional: true,
	models: " dcim.interface virtualization.vminterface "}

// natOutside writes the addresses that this one is the inside of.
func natOutside(e *encoder, r *row) {
	e.buf = append(e.buf, '[')
	t, first := e.s.table(r.res), true
	inside := r.res.byName["nat_inside"]
	if t.refs[inside][r.id] > 0 {
		for _, id := range t.ids {
			if t.rows[id].ref(inside) != r.id {
				continue
			}
			if !first {
				e.buf = append(e.buf, ',')
			}
			first = false
			e.nested(t.rows[id], "nat")
		}
	}
	e.buf = append(e.buf, ']')
}

// readAddress gives an address its mask and its usual spelling.
func readAddress(s string) (string, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.String(), true
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a, a.BitLen()).String(), true
	}
	return s, false
}

func checkAddress(s *Server, r, old *row, bad *problems) {
	if _, ok := readAddress(r.str("address")); !ok {
		bad.add("address", "Invalid IP address format: "+r.str("address"))
		return
	}
	if !s.checkPoint(r, bad) {
		return
	}
	if old != nil && old.at() != r.at() {
		parent := s.hostOfPort(s.assigned(r))
		if d := s.hostOfPort(s.assigned(old)); d != nil && d != parent && (d.to("primary_ip4") == r.id || d.to("primary_ip6") == r.id) {
			bad.add("__all__", "Cannot reassign IP address while it is designated as the primary IP for the parent object")
			return
		}
	}
	if s.assigned(r) != nil && s.checkHost(r.str("address"), bad) {
		return
	}
	table, enforced := s.tableName(r)
	if enforced {
		for id := range s.hosts[hostOf(r.str("address"))] {
			o := s.table(r.res).rows[id]
			if o != nil && id != r.id && o.to("vrf") == r.to("vrf") && !(sharedRole(o) && sharedRole(r)) {
				bad.add("address", "Duplicate IP address found in "+table+": "+o.str("address"))
				return
			}
		}
	}
	if old == nil && s.schema.v >= 403 {
		if full := s.populated(r); full != nil {
			bad.add("address", "Cannot create IP address "+r.str("address")+" inside range "+s.display(full)+".")
		}
	}
}

// tableName is how texts call the routing table of a row, and whether what is
// in it has to be unique.
func (s *Server) tableName(r *row) (string, bool) {
	vrf := s.follow(r, "vrf")
	if vrf == nil {
		return "global table", !s.opts.AllowDuplicateAddresses
	}
	enforced, _ := vrf.get("enforce_unique").(bool)
	return "VRF " + s.display(vrf), enforced
}

// hostOfPort is the device or the virtual machine of an interface.
func (s *Server) hostOfPort(port *row) *row {
	switch {
	case port == nil:
		return nil
	case port.res.model == "virtualization.vminterface":
		return s.follow(port, "virtual_machine")
	}
	return s.follow(port, "device")
}

// checkHost refuses the network and the broadcast address on an interface.
func (s *Server) checkHost(address string, bad *problems) bool {
	p, err := netip.ParsePrefix(address)
	if err != nil || p.Bits() >= p.Addr().BitLen()-1 {
		return false
	}
	switch {
	case p.Addr() == p.Masked().Addr():
		bad.add("__all__", p.Addr().String()+" is a network ID, which may not be assigned to an interface.")
	case p.Addr().Is4() && p.Addr() == lastOf(p):
		bad.add("__all__", p.Addr().String()+" is a broadcast address, which may not be assigned to an interface.")
	default:
		return false
	}
	return true
}

// lastOf is the highest address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// compareAddresses orders as PostgreSQL's inet does.
func compareAddresses(a, b string) int {
	p, _ := netip.ParsePrefix(a)
	q, _ := netip.ParsePrefix(b)
	if c := p.Addr().Compare(q.Addr()); c != 0 {
		return c
	}
	return p.Bits() - q.Bits()
}

// hostOf is an address without its mask.
func hostOf(address string) string {
	host, _, _ := strings.Cut(address, "/")
	return host
}

// sharedRole says whether several interfaces may have the address.
func sharedRole(r *row) bool {
	switch r.str("role") {
	case "anycast", "vip", "vrrp", "hsrp", "glbp", "carp":
		return true
	}
	return false
}
