package netbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// reshaping turns fields of a write into the form of older releases, which
// ignore the names of newer ones in silence.
type reshaping struct {
	fields []string // applies when one of them is written
	since  Version  // first version that it applies to; zero is all
	until  Version  // first version that it does not apply to
	apply  func(fields map[string]json.RawMessage) error
}

// wanted reports whether a write has one of the fields.
func (r *reshaping) wanted(fields map[string]json.RawMessage) bool {
	for _, name := range r.fields {
		if _, ok := fields[name]; ok {
			return true
		}
	}
	return false
}

func (r *reshaping) holds(known Version) bool {
	return known.AtLeast(r.since.Major, r.since.Minor) && !known.AtLeast(r.until.Major, r.until.Minor)
}

// macReadOnly refuses a MAC address on an interface where NetBox ignores it.
var macReadOnly = reshaping{fields: []string{"mac_address"}, since: Version{4, 2}, until: Version{4, 7},
	apply: func(map[string]json.RawMessage) error {
		return errors.New("mac_address is read-only from NetBox 4.2 to 4.6, which would ignore it; create a MAC address for the interface and set primary_mac_address")
	}}

// vidRanges writes the one range that a VLAN group had up to 4.0.
var vidRanges = reshaping{fields: []string{"vid_ranges"}, until: Version{4, 1},
	apply: func(fields map[string]json.RawMessage) error {
		var ranges []VIDRange
		if err := json.Unmarshal(fields["vid_ranges"], &ranges); err != nil || len(ranges) != 1 {
			return errors.New("vid_ranges: up to NetBox 4.0 a VLAN group has exactly one range")
		}
		delete(fields, "vid_ranges")
		fields["min_vid"] = json.RawMessage(fmt.Sprint(ranges[0].From))
		fields["max_vid"] = json.RawMessage(fmt.Sprint(ranges[0].To))
		return nil
	}}

// scopeIsSite writes the scope as the site that it had to be up to 4.1.
var scopeIsSite = reshaping{fields: []string{"scope_type", "scope_id"}, until: Version{4, 2},
	apply: func(fields map[string]json.RawMessage) error {
		kind, id := text(fields["scope_type"]), fields["scope_id"]
		switch {
		case kind == "" && (id == nil || isNull(id)):
			id = json.RawMessage("null")
		case kind != "dcim.site" || id == nil || isNull(id):
			return errors.New(`scope_type, scope_id: up to NetBox 4.1 only a site can be the scope; give "dcim.site" and its id together, or null for both`)
		}
		delete(fields, "scope_type")
		delete(fields, "scope_id")
		fields["site"] = id
		return nil
	}}

// serviceParent writes the device or virtual machine of a service as up to 4.2.
var serviceParent = reshaping{fields: []string{"parent_object_type", "parent_object_id"}, until: Version{4, 3},
	apply: func(fields map[string]json.RawMessage) error {
		name := map[string]string{"dcim.device": "device", "virtualization.virtualmachine": "virtual_machine"}[text(fields["parent_object_type"])]
		id := fields["parent_object_id"]
		if name == "" || id == nil || isNull(id) {
			return errors.New(`parent_object_type, parent_object_id: up to NetBox 4.2 give "dcim.device" or "virtualization.virtualmachine" and the id together`)
		}
		delete(fields, "parent_object_type")
		delete(fields, "parent_object_id")
		fields[name] = id
		return nil
	}}

// servicePorts writes what a service listens on as up to 4.6, where that is
// one protocol.
var servicePorts = reshaping{fields: []string{"port_mappings"}, until: Version{4, 7},
	apply: func(fields map[string]json.RawMessage) error {
		var mappings []string
		if err := json.Unmarshal(fields["port_mappings"], &mappings); err != nil || len(mappings) == 0 {
			return errors.New(`port_mappings: give a list such as ["tcp/443"]`)
		}
		protocol, ports := "", "["
		for i, m := range mappings {
			name, port, _ := strings.Cut(m, "/")
			n, err := strconv.ParseUint(port, 10, 16)
			switch {
			case err != nil || name == "":
				return fmt.Errorf(`port_mappings: %q is not a protocol and a port, such as "tcp/443"`, m)
			case i > 0 && name != protocol:
				return errors.New("port_mappings: up to NetBox 4.6 a service has one protocol; make one service for each")
			case i > 0:
				ports += ","
			}
			protocol = name
			ports += strconv.FormatUint(n, 10)
		}
		delete(fields, "port_mappings")
		fields["protocol"] = json.RawMessage(strconv.Quote(protocol)) // one of NetBox's own words
		fields["ports"] = json.RawMessage(ports + "]")
		return nil
	}}

// contactGroup writes the one group that a contact could have up to 4.2.
var contactGroup = reshaping{fields: []string{"groups"}, until: Version{4, 3},
	apply: func(fields map[string]json.RawMessage) error {
		var ids []json.RawMessage
		if err := json.Unmarshal(fields["groups"], &ids); err != nil || len(ids) > 1 {
			return errors.New("groups: up to NetBox 4.2 a contact has at most one group")
		}
		delete(fields, "groups")
		fields["group"] = json.RawMessage("null")
		if len(ids) == 1 {
			fields["group"] = ids[0]
		}
		return nil
	}}
