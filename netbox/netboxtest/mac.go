package netboxtest

import (
	"net"
	"strings"
)

var macPoint = &generic{span: span{since: 402}, kind: "assigned_object_type", id: "assigned_object_id", shows: "assigned_object", optional: true,
	models: " dcim.interface virtualization.vminterface "}

// macResource exists since 4.2.
func macResource() *resource {
	return &resource{
		span: span{since: 402},
		path: "dcim/mac-addresses", model: "dcim.macaddress", class: "MACAddress", verbose: "MAC address",
		fields: spread(
			text("mac_address", 0).need(), macPoint.fields(), computed("is_primary", func(e *encoder, r *row) { e.bool(e.s.isPrimaryMAC(r)) }).from(407),
			description(), owner(), comments(402), tagsField(), customField(), stamps()),
		brief:  []string{"mac_address", "description"},
		order:  []string{"mac_address"},
		search: []string{"mac_address", "description"},
		points: macPoint,
		filters: []filter{
			{name: "mac_address", fits: func(_ *Server, r *row, v string) bool { m, ok := readMAC(v); return ok && m == r.str("mac_address") }},
			{name: "interface", path: []string{"assigned_object"}, by: "name", open: true},
			{name: "device", path: []string{"assigned_object", "device"}, by: "name", open: true},
			{name: "vminterface", path: []string{"assigned_vminterface"}, by: "name", open: true},
			{name: "virtual_machine", path: []string{"assigned_vminterface", "virtual_machine"}, by: "name", open: true},
			{name: "assigned", yes: func(s *Server, r *row) bool { return s.assigned(r) != nil }},
			{name: "primary", yes: func(s *Server, r *row) bool { return s.isPrimaryMAC(r) }},
		},
		display: func(_ *Server, r *row) string { return r.str("mac_address") },
		settle: func(_ *Server, r, _ *row) {
			if m, ok := readMAC(r.str("mac_address")); ok {
				r.set("mac_address", m)
			}
		},
		check: func(s *Server, r, old *row, bad *problems) {
			if _, ok := readMAC(r.str("mac_address")); !ok {
				bad.add("mac_address", "Invalid MAC address format: "+r.str("mac_address"))
				return
			}
			if !s.checkPoint(r, bad) || old == nil || !s.isPrimaryMAC(old) || old.at() == r.at() {
				return
			}
			word := "reassign"
			if s.assigned(r) == nil {
				word = "unassign"
			}
			bad.add("__all__", "Cannot "+word+" MAC Address while it is designated as the primary MAC for an object")
		},
	}
}

// readMAC gives a MAC address NetBox's spelling, "00:1B:21:3C:4D:5E".
func readMAC(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 12 {
		s = s[:2] + ":" + s[2:4] + ":" + s[4:6] + ":" + s[6:8] + ":" + s[8:10] + ":" + s[10:]
	}
	m, err := net.ParseMAC(s)
	if err != nil || len(m) != 6 {
		return "", false
	}
	return strings.ToUpper(m.String()), true
}

func (s *Server) isPrimaryMAC(r *row) bool {
	port := s.assigned(r)
	return port != nil && port.to("primary_mac_address") == r.id
}

// macFields are the MAC addresses of an interface: a text up to 4.1, objects
// since, with the primary one's text to read, and from 4.7 on to write.
func macFields(v version) []*field {
	if v < v42 {
		return []*field{{name: "mac_address", kind: kindText, null: true}}
	}
	plain := computed("mac_address", func(e *encoder, r *row) { e.primaryMAC(r) })
	if v >= v47 {
		plain = &field{name: "mac_address", kind: kindMAC, null: true}
	}
	return []*field{plain, ref("primary_mac_address", "dcim.macaddress", setNull), computed("mac_addresses", func(e *encoder, r *row) {
		e.buf = append(e.buf, '[')
		first := true
		for _, o := range e.s.attached(r) {
			if o.res.model != "dcim.macaddress" {
				continue
			}
			if !first {
				e.buf = append(e.buf, ',')
			}
			first = false
			e.nested(o, "")
		}
		e.buf = append(e.buf, ']')
	})}
}

func (e *encoder) primaryMAC(r *row) {
	if m := e.s.follow(r, "primary_mac_address"); m != nil {
		e.str(m.str("mac_address"))
		return
	}
	e.raw("null")
}

// noMAC is a written null, which takes the primary address away.
const noMAC = "-"

// readMACShortcut reads mac_address of an interface of 4.7.
func readMACShortcut(v any) (any, []string) {
	if v == nil {
		return noMAC, nil
	}
	m, ok := readMAC(plain(v))
	if !ok {
		return nil, []string{"Enter a valid MAC address (e.g. 00:11:22:33:44:55)."}
	}
	return m, nil
}

// takeMAC makes the MAC address object that a write of mac_address asks for,
// unless the interface has one of that address.
func (s *Server) takeMAC(r *row, by actor) {
	f := r.res.byName["mac_address"]
	if f == nil || f.kind != kindMAC || r.vals[f.slot] == nil {
		return
	}
	want, _ := r.vals[f.slot].(string)
	next := r.clone()
	next.vals[f.slot] = nil
	next.set("primary_mac_address", nil)
	if want != noMAC {
		next.set("primary_mac_address", s.macOf(r, want, by))
	}
	s.put(s.table(r.res), r.id, next)
	s.notice(r, next, by)
}

func (s *Server) macOf(port *row, address string, by actor) int64 {
	for _, o := range s.attached(port) {
		if o.res.model == "dcim.macaddress" && o.str("mac_address") == address {
			return o.id
		}
	}
	t := s.tableOf("dcim.macaddress")
	m := s.blank(t.res, nil)
	m.id = t.last + 1
	m.set("mac_address", address)
	m.set("assigned_object_type", port.res.model)
	m.set("assigned_object_id", port.id)
	m.created, m.made, m.touched = s.stamp(), by.request, by.request
	m.updated = s.stamp()
	s.put(t, m.id, m)
	s.log(nil, m, "", by)
	return m.id
}

// checkPrimaryMAC refuses the address of another interface as the primary one.
func (s *Server) checkPrimaryMAC(r *row, bad *problems) {
	m := s.follow(r, "primary_mac_address")
	if m == nil {
		return
	}
	switch at := m.at(); {
	case at.id == 0 && r.id != 0 && s.schema.v >= v47:
		bad.add("__all__", "Only a MAC address assigned to this interface can be its primary MAC address.")
	case at.id != 0 && (at.model != r.res.model || at.id != r.id):
		text := "MAC address " + s.display(m) + " is assigned to a different interface (" + s.display(s.assigned(m)) + ")."
		switch {
		case s.schema.v >= v47:
			bad.add("__all__", text)
		case s.schema.v >= v46:
			bad.add("primary_mac_address", text)
		default:
			bad.add("primary_mac_address", "MAC address "+s.display(m)+" is not assigned to this interface.")
		}
	}
}

// hasMAC says whether an interface has a MAC address.
func hasMAC(s *Server, r *row, v string) bool {
	want, ok := readMAC(v)
	if !ok {
		return false
	}
	if f := r.res.byName["mac_address"]; f.kind == kindText {
		have, _ := readMAC(r.str("mac_address"))
		return have == want
	}
	for _, o := range s.attached(r) {
		if o.res.model == "dcim.macaddress" && o.str("mac_address") == want {
			return true
		}
	}
	return false
}
