package netboxtest

import "strings"

// The types that are trees or carry a group: regions, site groups, tenant
// groups, tenants.

func regionResource(v version) *resource {
	return nestedGroup(v, "dcim/regions", "dcim.region", "Region", "region", "site_count", "dcim.site", "region")
}

func siteGroupResource(v version) *resource {
	return nestedGroup(v, "dcim/site-groups", "dcim.sitegroup", "SiteGroup", "site group", "site_count", "dcim.site", "group")
}

func nestedGroup(v version, path, model, class, verbose, counted, of, by string) *resource {
	return &resource{
		path: path, model: model, class: class, verbose: verbose, tree: true,
		fields: spread(
			text("name", 100).need(), slugField(),
			ref("parent", model, cascade).shown("parent").puts(),
			description(), tagsField(), customField(), stamps(),
			count(counted, of, by).whole(), constant("prefix_count", "0").from(402),
			owner(), comments(403), depth(0)),
		brief:   []string{"name", "slug", "description", counted, "_depth"},
		old:     []string{"name", "slug", counted, "_depth"},
		order:   []string{"name"},
		search:  []string{"name", "slug", "description"},
		uniques: perParent(v, verbose),
		check:   noLoop,
	}
}

// perParent are the rules of a tree whose names are unique below one parent.
func perParent(v version, verbose string) []unique {
	var out []unique
	for _, f := range []string{"name", "slug"} {
		if v >= v47 {
			out = append(out, unique{fields: []string{"parent", f}, equal: true,
				text: "A " + verbose + " with this " + f + " already exists."})
			continue
		}
		top := unique{fields: []string{f}, isNull: []string{"parent"}, text: "A top-level " + verbose + " with this " + f + " already exists."}
		if v >= 400 && v < 404 { // 4.0.0 to 4.4.2 (netbox#19302)
			top.field, top.falsely = true, true
		}
		out = append(out, unique{fields: []string{"parent", f}}, top)
	}
	return out
}

// noLoop refuses a row that is its own ancestor.
func noLoop(s *Server, r, old *row, bad *problems) {
	if old == nil {
		return
	}
	n := 0
	for p := s.follow(r, "parent"); p != nil && n < 1000; p = s.follow(p, "parent") {
		if p.id == r.id {
			if s.schema.v >= v47 {
				bad.add("parent", "Cannot assign self or a descendant as parent.")
			} else {
				bad.add("parent", "Cannot assign self or child "+r.res.verbose+" as parent.")
			}
			return
		}
		n++
	}
}

func tenantGroupResource(v version) *resource {
	r := nestedGroup(v, "tenancy/tenant-groups", "tenancy.tenantgroup", "TenantGroup", "tenant group", "tenant_count", "tenancy.tenant", "group")
	r.uniques = nil
	for _, f := range r.fields {
		switch f.name {
		case "name", "slug":
			f.once()
		case "prefix_count":
			f.until = 1 // tenant groups have none
		}
	}
	return r
}

func tenantResource(v version) *resource {
	r := &resource{
		path: "tenancy/tenants", model: "tenancy.tenant", class: "Tenant", verbose: "tenant",
		fields: spread(
			text("name", 100).need(), slugField(),
			ref("group", "tenancy.tenantgroup", setNull).puts(),
			description(), owner(), text("comments", 0), tagsField(), customField(), stamps(),
			constant("circuit_count", "0"), count("device_count", "dcim.device", "tenant"),
			count("ipaddress_count", "ipam.ipaddress", "tenant"), count("prefix_count", "ipam.prefix", "tenant"),
			count("rack_count", "dcim.rack", "tenant"), count("site_count", "dcim.site", "tenant"),
			count("virtualmachine_count", "virtualization.virtualmachine", "tenant"), count("vlan_count", "ipam.vlan", "tenant"),
			count("vrf_count", "ipam.vrf", "tenant"), count("cluster_count", "virtualization.cluster", "tenant")),
		brief:  []string{"name", "slug", "description"},
		old:    []string{"name", "slug"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
		filters: []filter{
			{name: "group", path: []string{"group"}, tree: true},
		},
	}
	for _, f := range []string{"name", "slug"} {
		text := "Tenant " + f + " must be unique per group."
		if v >= v47 {
			r.uniques = append(r.uniques, unique{fields: []string{"group", f}, equal: true, text: text})
			continue
		}
		top := unique{fields: []string{f}, isNull: []string{"group"}, text: "Constraint “tenancy_tenant_unique_" + f + "” is violated."}
		if v >= 400 && v < 404 {
			top.field, top.falsely = true, true
		}
		r.uniques = append(r.uniques, unique{fields: []string{"group", f}, text: text}, top)
	}
	return r
}

// statuses makes choices whose labels are their values with a capital.
func statuses(values string) [][2]string {
	out := make([][2]string, 0, 8)
	for v := range strings.FieldsSeq(values) {
		out = append(out, [2]string{v, capital(v)})
	}
	return out
}
