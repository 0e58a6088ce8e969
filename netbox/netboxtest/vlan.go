package netboxtest

import (
	"math"
	"strconv"
	"strings"
)

func vrfResource() *resource {
	return &resource{
		path: "ipam/vrfs", model: "ipam.vrf", class: "VRF", verbose: "VRF",
		fields: spread(
			text("name", 100).need(), text("rd", 21).nullable().once().as("route distinguisher"), ref("tenant", "tenancy.tenant", protect),
			boolean("enforce_unique", true), description(), owner(), comments(0), constants("[]", "import_targets", "export_targets"),
			tagsField(), customField(), stamps(),
			count("ipaddress_count", "ipam.ipaddress", "vrf").honest(), count("prefix_count", "ipam.prefix", "vrf").honest()),
		brief:  []string{"name", "rd", "description", "prefix_count"},
		old:    []string{"name", "rd", "prefix_count"},
		order:  []string{"name", "rd"},
		search: []string{"name", "rd", "description"},
		display: func(_ *Server, r *row) string {
			if rd := r.str("rd"); rd != "" {
				return r.str("name") + " (" + rd + ")"
			}
			return r.str("name")
		},
		settle: func(_ *Server, r, _ *row) {
			if r.str("rd") == "" {
				r.set("rd", nil)
			}
		},
	}
}

// scopes are the types that VLAN groups may be for.
const scopes = " dcim.region dcim.sitegroup dcim.site dcim.location dcim.rack virtualization.clustergroup virtualization.cluster "

var groupPoint = &generic{kind: "scope_type", id: "scope_id", shows: "scope", optional: true, models: scopes}

func vlanGroupResource() *resource {
	return &resource{
		path: "ipam/vlan-groups", model: "ipam.vlangroup", class: "VLANGroup", verbose: "VLAN group",
		fields: spread(
			text("name", 100).need(), slugField(), groupPoint.fields(),
			integer("min_vid", 1, 4094).defaults(number("1")).before(401), integer("max_vid", 1, 4094).defaults(number("4094")).before(401),
			&field{name: "vid_ranges", kind: kindJSON, def: []any{[]any{number("1"), number("4094")}}, span: span{since: 401}},
			computed("total_vlan_ids", func(e *encoder, r *row) { e.int(roomOf(r)) }).from(406),
			ref("tenant", "tenancy.tenant", protect).from(403), description(), owner(), comments(405), tagsField(), customField(), stamps(),
			count("vlan_count", "ipam.vlan", "group").honest(), computed("utilization", func(e *encoder, r *row) {
				used := e.s.table(e.s.schema.byModel["ipam.vlan"]).refs[e.s.schema.byModel["ipam.vlan"].byName["group"]][r.id]
				e.str(pythonFloat(math.Round(float64(used)*1e4/float64(max(1, roomOf(r)))) / 100))
			})),
		brief:  []string{"name", "slug", "description", "vlan_count"},
		old:    []string{"name", "slug", "vlan_count"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
		points: groupPoint,
		uniques: []unique{
			{fields: []string{"scope_type", "scope_id", "name"}},
			{fields: []string{"scope_type", "scope_id", "slug"}},
		},
		filters: []filter{
			scopeFilter("site"), scopeFilter("region"), scopeFilter("site_group"), scopeFilter("location"), scopeFilter("rack"),
			scopeFilter("cluster"), scopeFilter("cluster_group"),
			{name: "contains_vid", span: span{since: 401}, fits: func(_ *Server, r *row, v string) bool {
				vid, err := strconv.ParseInt(v, 10, 64)
				return err == nil && permits(r, vid)
			}},
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			switch at := r.at(); {
			case at.model != "" && at.id == 0:
				bad.add("__all__", "Please select a "+modelName(at)+".")
				return
			case at.model == "" && at.id != 0:
				bad.add("scope_type", "Please select a scope type.")
				return
			case !s.checkPoint(r, bad):
				return
			}
			for _, span := range rangesOf(r) {
				switch {
				case span[0] < 1:
					bad.add("vid_ranges", "Starting VLAN ID in range ("+strconv.FormatInt(span[0], 10)+") cannot be less than 1")
				case span[1] > 4094:
					bad.add("vid_ranges", "Ending VLAN ID in range ("+strconv.FormatInt(span[1], 10)+") cannot exceed 4094")
				case span[0] > span[1]:
					bad.add("vid_ranges", "Ending VLAN ID in range must be greater than or equal to the starting VLAN ID ("+
						strconv.FormatInt(span[0], 10)+"-"+strconv.FormatInt(span[1], 10)+")")
				default:
					continue
				}
				return
			}
		},
	}
}

// scopeFilter selects by the id of the object that a group is for.
func scopeFilter(name string) filter {
	return filter{name: name, fits: func(_ *Server, r *row, v string) bool {
		at := r.at()
		return at.model == attachedAs["scope_"+name] && strconv.FormatInt(at.id, 10) == v
	}}
}

// rangesOf are the numbers that a group's VLANs may have, both ends included.
func rangesOf(r *row) [][2]int64 {
	if lo, ok := r.get("min_vid").(int64); ok {
		hi, _ := r.get("max_vid").(int64)
		return [][2]int64{{lo, hi}}
	}
	list, _ := r.get("vid_ranges").([]any)
	var out [][2]int64
	for _, x := range list {
		if pair, ok := x.([]any); ok && len(pair) == 2 {
			lo, _ := idOf(pair[0])
			hi, _ := idOf(pair[1])
			out = append(out, [2]int64{lo, hi})
		}
	}
	return out
}

func roomOf(r *row) (n int64) {
	for _, span := range rangesOf(r) {
		n += span[1] - span[0] + 1
	}
	return n
}

func permits(group *row, vid int64) bool {
	for _, span := range rangesOf(group) {
		if vid >= span[0] && vid <= span[1] {
			return true
		}
	}
	return false
}

func vlanResource() *resource {
	return &resource{
		path: "ipam/vlans", model: "ipam.vlan", class: "VLAN", verbose: "VLAN",
		fields: spread(
			ref("site", "dcim.site", protect), ref("group", "ipam.vlangroup", protect), integer("vid", 1, 4094).need().as("VLAN ID"), text("name", 64).need(),
			ref("tenant", "tenancy.tenant", protect), choiceField("status", "active", statuses("active reserved deprecated")), constant("role", "null"),
			description(), choiceField("qinq_role", "", [][2]string{{"svlan", "Service"}, {"cvlan", "Customer"}}).from(402),
			ref("qinq_svlan", "ipam.vlan", protect).from(402), owner(), comments(0), constant("l2vpn_termination", "null"),
			tagsField(), customField(), stamps(), count("prefix_count", "ipam.prefix", "vlan").honest()),
		brief:  []string{"vid", "name", "description"},
		old:    []string{"vid", "name"},
		order:  []string{"site", "group", "vid"},
		search: []string{"name", "description"},
		uniques: []unique{
			{fields: []string{"group", "vid"}}, {fields: []string{"group", "name"}},
			{fields: []string{"qinq_svlan", "vid"}, span: span{since: 402}}, {fields: []string{"qinq_svlan", "name"}, span: span{since: 402}},
		},
		filters: append(bySite(), filter{name: "tenant_group", path: []string{"tenant", "group"}, tree: true}),
		display: func(_ *Server, r *row) string {
			vid, _ := r.get("vid").(int64)
			return r.str("name") + " (" + strconv.FormatInt(vid, 10) + ")"
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			group := s.follow(r, "group")
			vid, _ := r.get("vid").(int64)
			if group != nil && r.to("site") != 0 && group.at().model == "dcim.site" && group.at().id != r.to("site") {
				bad.add("__all__", "VLAN is assigned to group "+s.display(group)+" (scope: "+s.display(s.assigned(group))+"); cannot also assign to site "+s.display(s.follow(r, "site"))+".")
				return
			}
			if group != nil && !permits(group, vid) {
				var all []string
				for _, span := range rangesOf(group) {
					all = append(all, strconv.FormatInt(span[0], 10)+"-"+strconv.FormatInt(span[1], 10))
				}
				bad.add("vid", "VID must be in ranges "+strings.Join(all, ", ")+" for VLANs in group "+s.display(group))
				return
			}
			if r.to("qinq_svlan") != 0 && r.str("qinq_role") != "cvlan" {
				bad.add("qinq_svlan", "Only Q-in-Q customer VLANs maybe assigned to a service VLAN.")
			}
		},
	}
}

// vlanNumber is the 802.1Q number of a VLAN as text.
func vlanNumber(vlan *row) string {
	vid, _ := vlan.get("vid").(int64)
	return strconv.FormatInt(vid, 10)
}
