package netboxtest

import (
	"cmp"
	"slices"
)

// contextScopes are the lists by which a config context says what it is for:
// the field, the type listed, and how to get there from a device or a virtual
// machine. Trees count with everything below.
var contextScopes = []struct {
	field, model string
	path         []string
	deviceOnly   bool
}{
	{"regions", "dcim.region", []string{"site", "region"}, false},
	{"site_groups", "dcim.sitegroup", []string{"site", "group"}, false},
	{"sites", "dcim.site", []string{"site"}, false},
	{"locations", "dcim.location", []string{"location"}, true},
	{"device_types", "dcim.devicetype", []string{"device_type"}, true},
	{"roles", "dcim.devicerole", []string{"role"}, false},
	{"platforms", "dcim.platform", []string{"platform"}, false},
	{"cluster_types", "virtualization.clustertype", []string{"cluster", "type"}, false},
	{"cluster_groups", "virtualization.clustergroup", []string{"cluster", "group"}, false},
	{"clusters", "virtualization.cluster", []string{"cluster"}, false},
	{"tenant_groups", "tenancy.tenantgroup", []string{"tenant", "group"}, false},
	{"tenants", "tenancy.tenant", []string{"tenant"}, false},
}

func configContextResource() *resource {
	scopes := make([]*field, 0, len(contextScopes))
	filters := make([]filter, 0, len(contextScopes)+1)
	for _, scope := range contextScopes {
		scopes = append(scopes, refs(scope.field, scope.model))
		filters = append(filters, filter{name: scope.field[:len(scope.field)-1], anyOf: listed(scope.field), to: scope.model})
	}
	filters = append(filters, filter{name: "tag", anyOf: listed("tags"), to: "extras.tag"})
	return &resource{
		path: "extras/config-contexts", model: "extras.configcontext", class: "ConfigContext", verbose: "config context",
		fields: spread(
			text("name", 100).need().once(), integer("weight", 0, 32767).defaults(number("1000")), constant("profile", "null").from(v44),
			description(), boolean("is_active", true), scopes, owner(), refs("tags", "extras.tag").shown("slug"),
			constant("data_source", "null"), constant("data_path", `""`), constant("data_file", "null"), constant("data_synced", "null"),
			&field{name: "data", kind: kindJSON, required: true}, stamps()),
		brief:   []string{"name", "description"},
		old:     []string{"name"},
		order:   []string{"weight", "name"},
		search:  []string{"name", "description"},
		filters: filters,
		check: func(_ *Server, r, _ *row, bad *problems) {
			if _, ok := r.get("data").(object); !ok {
				bad.add("data", `JSON data must be in object form. Example: {"foo": 123}`)
			}
		},
	}
}

// configContext renders what applies to a device or a virtual machine: the
// active contexts for it by weight and name, the later over the earlier, and
// its own local data over all.
func configContext(e *encoder, r *row) {
	s := e.s
	t := s.tableOf("extras.configcontext")
	var contexts []*row
	for _, id := range t.ids {
		if c := t.rows[id]; s.applies(c, r) {
			contexts = append(contexts, c)
		}
	}
	slices.SortStableFunc(contexts, func(a, b *row) int {
		x, _ := a.get("weight").(int64)
		y, _ := b.get("weight").(int64)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.str("name"), b.str("name")))
	})
	merged := object{}
	for _, c := range contexts {
		data, _ := c.get("data").(object)
		merged = merge(merged, data)
	}
	if local, ok := r.get("local_context_data").(object); ok {
		merged = merge(merged, local)
	}
	e.value(merged)
}

// applies says whether a context is for a device or a virtual machine: where a
// list has entries, one of them must fit.
func (s *Server) applies(c, r *row) bool {
	if active, _ := c.get("is_active").(bool); !active {
		return false
	}
	machine := r.res.model == "virtualization.virtualmachine"
	for _, scope := range contextScopes {
		list := c.listed(scope.field)
		if len(list) == 0 {
			continue
		}
		if scope.deviceOnly && machine {
			return false
		}
		end := s.follow(r, scope.path...)
		for end != nil && !slices.Contains(list, end.id) {
			switch scope.model {
			case "dcim.region", "dcim.sitegroup", "dcim.location", "dcim.devicerole", "dcim.platform":
				end = s.follow(end, "parent")
			default:
				end = nil
			}
		}
		if end == nil {
			return false
		}
	}
	tags := c.listed("tags")
	return len(tags) == 0 || slices.ContainsFunc(tags, func(id int64) bool { return slices.Contains(r.tags, id) })
}

// merge puts the members of next over those of base, objects into objects.
func merge(base, next object) object {
	out := slices.Clone(base)
	for _, m := range next {
		old, _ := out.get(m.key)
		inner, both := old.(object)
		if added, ok := m.value.(object); ok && both && len(added) > 0 {
			out = out.put(m.key, merge(inner, added))
			continue
		}
		out = out.put(m.key, m.value)
	}
	return out
}
