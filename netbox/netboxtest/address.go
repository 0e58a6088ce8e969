package netboxtest

import (
	"net/netip"
	"strconv"
	"strings"
)

func addressResource() *resource {
	return &resource{
		path: "ipam/ip-addresses", model: "ipam.ipaddress", class: "IPAddress", verbose: "IP address",
		fields: spread(
			computed("family", func(e *encoder, r *row) {
				switch n := family(r.str("address")); {
				case e.s.schema.v < v42 && e.deep > 0:
					e.int(int64(n))
				case n == 6:
					e.raw(`{"value":6,"label":"IPv6"}`)
				default:
					e.raw(`{"value":4,"label":"IPv4"}`)
				}
			}),
			text("address", 0).need(), constant("vrf", "null"), ref("tenant", "tenancy.tenant", protect),
			choiceField("status", "active", [][2]string{{"active", "Active"}, {"reserved", "Reserved"}, {"deprecated", "Deprecated"}, {"dhcp", "DHCP"}, {"slaac", "SLAAC"}}),
			choiceField("role", "", [][2]string{{"loopback", "Loopback"}, {"secondary", "Secondary"}, {"anycast", "Anycast"}, {"vip", "VIP"}, {"vrrp", "VRRP"},
				{"hsrp", "HSRP"}, {"glbp", "GLBP"}, {"carp", "CARP"}}),
			&field{name: "assigned_object_type", kind: kindType, null: true}, integer("assigned_object_id", 0, 0),
			computed("assigned_object", func(e *encoder, r *row) { e.nested(e.s.assigned(r), "") }),
			constant("nat_inside", "null"), constant("nat_outside", "[]"),
			text("dns_name", 255), description(), owner(), text("comments", 0), tagsField(), customField(), stamps()),
		brief:  []string{"family", "address", "description"},
		old:    []string{"family", "address"},
		order:  []string{"address"},
		search: []string{"address", "dns_name", "description"},
		filters: []filter{
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
	kind, id := r.str("assigned_object_type"), r.portID()
	switch {
	case kind != "" && id == 0:
		bad.add("assigned_object_id", "This field cannot be null.")
		return
	case kind == "dcim.interface" && s.assigned(r) == nil:
		bad.add("assigned_object_id", "Related object not found using the provided value: "+strconv.FormatInt(id, 10)+".")
		return
	}
	if old != nil && (old.str("assigned_object_type") != kind || old.portID() != id) {
		if port := s.assigned(old); port != nil {
			if d := s.follow(port, "device"); d != nil && (d.to("primary_ip4") == r.id || d.to("primary_ip6") == r.id) {
				bad.add("__all__", "Cannot reassign IP address while it is designated as the primary IP for the parent object")
				return
			}
		}
	}
	if s.opts.AllowDuplicateAddresses {
		return
	}
	for id := range s.hosts[hostOf(r.str("address"))] {
		if o := s.table(r.res).rows[id]; o != nil && id != r.id && !sharedRole(o) && !sharedRole(r) {
			bad.add("address", "Duplicate IP address found in global table: "+o.str("address"))
			return
		}
	}
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

// assigned is the interface that an address is on, nil when there is none.
func (s *Server) assigned(ip *row) *row {
	if ip == nil || ip.str("assigned_object_type") != "dcim.interface" {
		return nil
	}
	return s.tableOf("dcim.interface").rows[ip.portID()]
}

// portID is the interface that an address is on, 0 for none.
func (r *row) portID() int64 { n, _ := r.get("assigned_object_id").(int64); return n }
