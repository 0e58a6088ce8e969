package netboxtest

import (
	"fmt"
	"slices"
)

// Virtual machines, their interfaces and disks.

func machineResource(v version) *resource {
	return &resource{
		path: "virtualization/virtual-machines", model: "virtualization.virtualmachine", class: "VirtualMachine", verbose: "virtual machine",
		fields: spread(
			text("name", 64).need().folded(), constant("virtual_machine_type", "null").from(v46), ref("role", "dcim.devicerole", protect),
			choiceField("status", "active", statuses("offline active planned staged failed decommissioning paused")),
			choiceField("start_on_boot", "off", [][2]string{{"on", "On"}, {"off", "Off"}, {"laststate", "Last State"}}).from(v45),
			ref("site", "dcim.site", protect).puts(), ref("cluster", "virtualization.cluster", protect).puts(), ref("device", "dcim.device", protect).puts(),
			ref("platform", "dcim.platform", setNull), computed("primary_ip", primaryIP),
			ref("primary_ip4", "ipam.ipaddress", setNull).shown("primary").as("primary IPv4"), ref("primary_ip6", "ipam.ipaddress", setNull).shown("primary").as("primary IPv6"),
			&field{name: "vcpus", kind: kindDecimal, digits: 6, places: 2, lo: 0.01, null: true}, whole("memory"), whole("disk"),
			description(), text("serial", 50).from(401), ref("tenant", "tenancy.tenant", protect).puts(), owner(), comments(0), tagsField(),
			jsonField("local_context_data"), constant("config_template", "null"), customField(), stamps(),
			count("interface_count", "virtualization.vminterface", "virtual_machine"), count("virtual_disk_count", "virtualization.virtualdisk", "virtual_machine"),
			computed("config_context", configContext)),
		brief:   []string{"name", "description"},
		old:     []string{"name"},
		order:   []string{"name"},
		search:  []string{"name", "serial", "description", "comments"},
		uniques: machineUniques(v),
		filters: append(bySite(),
			filter{name: "cluster", path: []string{"cluster"}, by: "name"},
			filter{name: "cluster_type", path: []string{"cluster", "type"}},
			filter{name: "cluster_group", path: []string{"cluster", "group"}},
			filter{name: "device", path: []string{"device"}, by: "name"},
			filter{name: "tenant_group", path: []string{"tenant", "group"}, tree: true},
			filter{name: "mac_address", fits: func(s *Server, r *row, v string) bool {
				return slices.ContainsFunc(s.portsOf(r), func(port *row) bool { return hasMAC(s, port, v) })
			}},
			filter{name: "has_primary_ip", yes: func(_ *Server, r *row) bool { return r.to("primary_ip4") != 0 || r.to("primary_ip6") != 0 }}),
		settle: func(s *Server, r, _ *row) {
			if r.to("site") != 0 {
				return
			}
			site := s.siteOf(s.follow(r, "cluster"))
			if host := s.follow(r, "device"); site == 0 && host != nil && s.schema.v >= v46 {
				site = host.to("site")
			}
			if site != 0 {
				r.set("site", site)
			}
		},
		check: checkMachine,
	}
}

// whole is a number from 0 on, as of megabytes.
func whole(name string) *field { return integer(name, 0, 1<<31-1) }

func machineUniques(v version) []unique {
	const perCluster, perDevice = "Virtual machine name must be unique per cluster", "Virtual machine name must be unique per device"
	if v >= v47 {
		return []unique{
			{fields: []string{"name", "cluster", "tenant"}, fold: true, equal: true, distinct: "cluster", text: perCluster + " and tenant."},
			{fields: []string{"name", "device", "tenant"}, isNull: []string{"cluster"}, fold: true, equal: true, distinct: "device", text: perDevice + " and tenant."},
		}
	}
	out := []unique{
		{fields: []string{"name", "cluster", "tenant"}, fold: true, text: "Constraint “virtualization_virtualmachine_unique_name_cluster_tenant” is violated."},
		{fields: []string{"name", "cluster"}, isNull: []string{"tenant"}, fold: true, text: perCluster + "."},
	}
	if v >= v46 {
		out[0].text = perCluster + " and tenant."
		out = append(out,
			unique{fields: []string{"name", "device", "tenant"}, isNull: []string{"cluster"}, fold: true, text: perDevice + " and tenant."},
			unique{fields: []string{"name", "device"}, isNull: []string{"cluster", "tenant"}, fold: true, text: perDevice + "."})
	}
	return out
}

// checkMachine is what the model checks, first mistake first.
func checkMachine(s *Server, r, old *row, bad *problems) {
	site, cluster, host := s.follow(r, "site"), s.follow(r, "cluster"), s.follow(r, "device")
	at := s.siteOf(cluster)
	late := s.schema.v >= v46
	switch {
	case late && site == nil && cluster == nil && host == nil:
		bad.add("__all__", "A virtual machine must be assigned to a site, cluster, or device.")
	case !late && site == nil && cluster == nil:
		bad.add("cluster", "A virtual machine must be assigned to a site and/or cluster.")
	case cluster != nil && site != nil && at != site.id && (at != 0 || s.schema.v < v40):
		bad.add("cluster", fmt.Sprintf("The selected cluster (%s) is not assigned to this site (%s).", s.display(cluster), s.display(site)))
	case late && host != nil && site != nil && host.to("site") != site.id:
		bad.add("site", fmt.Sprintf("The selected device (%s) is not assigned to this site (%s).", s.display(host), s.display(site)))
	case late && host != nil && cluster == nil && host.to("cluster") != 0:
		bad.add("cluster", fmt.Sprintf("Must specify the assigned device's cluster (%s) when assigning host device %s.", s.display(s.follow(host, "cluster")), s.display(host)))
	case !late && host != nil && cluster == nil:
		bad.add("device", "Must specify a cluster when assigning a host device.")
	case host != nil && cluster != nil && host.to("cluster") != cluster.id:
		bad.add("device", fmt.Sprintf("The selected device (%s) is not assigned to this cluster (%s).", s.display(host), s.display(cluster)))
	default:
		if old != nil && !s.checkDisks(r, bad) {
			return
		}
		s.checkMachineIPs(r, bad)
	}
}

// checkDisks compares the size with the sum of the disks, and takes the sum for
// a size that is not given.
func (s *Server) checkDisks(r *row, bad *problems) bool {
	sum, some := s.diskSum(r.id)
	if !some || sum == 0 {
		return true
	}
	size, given := r.get("disk").(int64)
	if !given {
		r.set("disk", sum)
		return true
	}
	if size != sum {
		bad.add("disk", fmt.Sprintf("The specified disk size (%d) must match the aggregate size of assigned virtual disks (%d).", size, sum))
		return false
	}
	return true
}

func (s *Server) diskSum(machine int64) (sum int64, some bool) {
	t := s.tableOf("virtualization.virtualdisk")
	if t.refs[t.res.byName["virtual_machine"]][machine] == 0 {
		return 0, false
	}
	for _, id := range t.ids {
		if d := t.rows[id]; d.to("virtual_machine") == machine {
			size, _ := d.get("size").(int64)
			sum += size
		}
	}
	return sum, true
}

// diskChanged gives a virtual machine the sum of its disks, without a trace;
// null when the last one is gone.
func (s *Server) diskChanged(disk *row) {
	vm := s.follow(disk, "virtual_machine")
	if vm == nil {
		return
	}
	vm = vm.clone()
	vm.set("disk", nil)
	if sum, some := s.diskSum(vm.id); some {
		vm.set("disk", sum)
	}
	s.put(s.table(vm.res), vm.id, vm)
}

func (s *Server) portsOf(machine *row) (out []*row) {
	t := s.tableOf("virtualization.vminterface")
	f := t.res.byName["virtual_machine"]
	if t.refs[f][machine.id] == 0 {
		return nil
	}
	for _, id := range t.ids {
		if t.rows[id].ref(f) == machine.id {
			out = append(out, t.rows[id])
		}
	}
	return out
}

// checkMachineIPs refuses primary addresses that are not the machine's.
func (s *Server) checkMachineIPs(r *row, bad *problems) {
	mine := func(ip *row) bool {
		port := s.assigned(ip)
		return port != nil && port.res.model == "virtualization.vminterface" && r.id != 0 && port.to("virtual_machine") == r.id
	}
	for _, want := range []struct {
		field  string
		family int
	}{{"primary_ip4", 4}, {"primary_ip6", 6}} {
		ip := s.follow(r, want.field)
		if ip == nil {
			continue
		}
		if have := family(ip.str("address")); have != want.family {
			bad.add(want.field, fmt.Sprintf("Must be an IPv%d address. (%s is an IPv%d address.)", want.family, s.display(ip), have))
			return
		}
		if !mine(ip) && !mine(s.follow(ip, "nat_inside")) {
			bad.add(want.field, fmt.Sprintf("The specified IP address (%s) is not assigned to this VM.", s.display(ip)))
			return
		}
	}
}

func machineInterfaceResource(v version) *resource {
	return &resource{
		path: "virtualization/interfaces", model: "virtualization.vminterface", class: "VMInterface", verbose: "interface",
		fields: spread(
			ref("virtual_machine", "virtualization.virtualmachine", cascade).need(), text("name", 64).need(), boolean("enabled", true),
			ref("parent", "virtualization.vminterface", protect).shown("port"), ref("bridge", "virtualization.vminterface", setNull).shown("port"),
			integer("mtu", 1, 65536), macFields(v), description(), modeField(v),
			ref("untagged_vlan", "ipam.vlan", setNull), refs("tagged_vlans", "ipam.vlan"), ref("qinq_svlan", "ipam.vlan", setNull).from(v42),
			constant("vlan_translation_policy", "null").from(v42), ref("vrf", "ipam.vrf", setNull), constant("l2vpn_termination", "null"),
			owner(), tagsField(), customField(), stamps(),
			computed("count_ipaddresses", func(e *encoder, r *row) { e.int(int64(e.s.countAttached("ipam.ipaddress", r))) }), constant("count_fhrp_groups", "0")),
		brief:   []string{"virtual_machine", "name", "description"},
		old:     []string{"virtual_machine", "name"},
		order:   []string{"virtual_machine", "name"},
		search:  []string{"name", "description"},
		uniques: []unique{{fields: []string{"virtual_machine", "name"}}},
		filters: append(vlanFilters(),
			filter{name: "virtual_machine", path: []string{"virtual_machine"}, by: "name"},
			filter{name: "cluster", path: []string{"virtual_machine", "cluster"}, by: "name"},
			filter{name: "vrf", path: []string{"vrf"}, by: "rd"},
			filter{name: "mac_address", fits: hasMAC}),
		check: func(s *Server, r, _ *row, bad *problems) {
			machine, parent, bridge := s.follow(r, "virtual_machine"), s.follow(r, "parent"), s.follow(r, "bridge")
			if s.checkModes(r, bad); bad.any() {
				return
			}
			switch {
			case parent != nil && parent.id == r.id:
				bad.add("parent", "An interface cannot be its own parent.")
			case parent != nil && parent.to("virtual_machine") != machine.id:
				bad.add("parent", "The selected parent interface ("+s.display(parent)+") belongs to a different virtual machine ("+s.display(s.follow(parent, "virtual_machine"))+").")
			case bridge != nil && bridge.id == r.id:
				bad.add("bridge", "An interface cannot be bridged to itself.")
			case bridge != nil && bridge.to("virtual_machine") != machine.id:
				bad.add("bridge", "The selected bridge interface ("+s.display(bridge)+") belongs to a different virtual machine ("+s.display(s.follow(bridge, "virtual_machine"))+").")
			default:
				s.checkPrimaryMAC(r, bad)
			}
		},
	}
}

func virtualDiskResource() *resource {
	return &resource{
		path: "virtualization/virtual-disks", model: "virtualization.virtualdisk", class: "VirtualDisk", verbose: "virtual disk",
		fields: spread(
			ref("virtual_machine", "virtualization.virtualmachine", cascade).need(), text("name", 64).need(), description(), whole("size").need(),
			owner(), tagsField(), customField(), stamps()),
		brief:   []string{"virtual_machine", "name", "description", "size"},
		old:     []string{"virtual_machine", "name", "size"},
		order:   []string{"virtual_machine", "name"},
		search:  []string{"name", "description"},
		uniques: []unique{{fields: []string{"virtual_machine", "name"}}},
		filters: []filter{{name: "virtual_machine", path: []string{"virtual_machine"}, by: "name"}},
	}
}
