package netboxtest

import (
	"net/url"
	"slices"
	"strings"
)

// plan is the ready-made field lists of one resource.
type plan struct {
	full   []*field // of one object and of a list
	brief  []*field // of brief=true
	within []*field // inside another row
	parent []*field // inside a child of the same tree
	tag    []*field // a tag inside anything
	ip     []*field // a device's primary address
	nat    []*field // the other side of a translated address
	port   []*field // an interface inside another one
	name   []*field // a device inside a virtual chassis
}

func (p *plan) nested(how string) []*field {
	switch how {
	case "parent", "pk":
		return p.parent
	case "tag":
		return p.tag
	case "primary":
		return p.ip
	case "nat":
		return p.nat
	case "port":
		return p.port
	case "name":
		return p.name
	}
	return p.within
}

func (r *resource) pick(names ...string) []*field {
	var out []*field
	for _, n := range names {
		if f := r.byName[n]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

func newPlan(r *resource, v version) *plan {
	p := &plan{full: slices.DeleteFunc(slices.Clone(r.fields), func(f *field) bool { return f.hidden })}
	brief := append([]string{"id", "url", "display"}, r.brief...)
	p.within = r.pick(brief...)
	if v < v40 { // 3.7 leaves counts out of nested rows
		p.within = slices.DeleteFunc(slices.Clone(p.within), func(f *field) bool {
			return f.kind == kindCount || f.name == "virtualmachine_count"
		})
	}
	p.brief = r.pick(append(slices.Clone(brief), r.counts...)...)
	p.parent = r.pick("id", "url", "display_url", "display", "name", "slug", "username", "_depth")
	p.tag = r.pick("id", "url", "display_url", "display", "name", "slug", "color")
	p.ip = p.within
	p.port = r.pick("id", "url", "display_url", "display", "device", "virtual_machine", "name", "cable", "_occupied")
	p.name = r.pick("id", "url", "display_url", "display", "name")
	p.nat = r.pick("id", "url", "display", "family", "address")
	if v >= 401 {
		p.nat = r.pick("id", "url", "display_url", "display", "family", "address")
	}
	if v >= v46 {
		p.ip = r.pick("id", "url", "display", "family", "address", "nat_inside", "nat_outside", "dns_name", "description")
	}
	return p
}

// shape is the fields that a request wants to see.
func (s *Server) shape(r *resource, q url.Values) []*field {
	p, v := s.plans[r.at], s.schema.v
	all := p.full
	if v >= 400 {
		if names := q.Get("fields"); names != "" {
			return keep(all, names)
		}
	}
	if v >= 405 {
		if names := q.Get("omit"); names != "" {
			gone := strings.Split(names, ",")
			return slices.DeleteFunc(slices.Clone(all), func(f *field) bool { return slices.Contains(gone, f.name) })
		}
	}
	if q.Get("brief") != "" {
		return p.brief
	}
	if v < v47 && slices.Contains(q["exclude"], "config_context") {
		return slices.DeleteFunc(slices.Clone(all), func(f *field) bool { return f.name == "config_context" })
	}
	return all
}

// keep is the named fields in the resource's own order; unknown names are
// ignored, so none known gives an empty object.
func keep(all []*field, names string) []*field {
	want := strings.Split(names, ",")
	out := []*field{}
	for _, f := range all {
		if slices.Contains(want, f.name) {
			out = append(out, f)
		}
	}
	return out
}

// written is the fields that a write with the same parameters may set: fields
// and omit cut the input as they cut the answer (NetBox 4.7.3).
func (s *Server) written(r *resource, q url.Values) map[string]bool {
	if q.Get("fields") == "" && q.Get("omit") == "" {
		return nil
	}
	out := map[string]bool{"id": true, "changelog_message": true}
	if names := q.Get("fields"); names != "" && s.schema.v >= 400 {
		for n := range strings.SplitSeq(names, ",") {
			out[n] = true
		}
		return out
	}
	if names := q.Get("omit"); names != "" && s.schema.v >= 405 {
		for _, f := range r.fields {
			out[f.name] = true
		}
		out["add_tags"], out["remove_tags"] = true, true
		for n := range strings.SplitSeq(names, ",") {
			delete(out, n)
		}
		return out
	}
	return nil
}
