package netboxtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// generic is a pair of fields that points to an object of one of several
// types, with the object itself as a third one.
type generic struct {
	span
	kind, id string // the names of the two fields
	shows    string // the name of the third
	models   string // the types that it may point to, each between spaces; "" is all
	protects bool   // the object cannot be deleted while this is there
	optional bool   // both may be null
}

// point is an object of any type.
type point struct {
	model string
	id    int64
}

// attachment is a point as one type points to it.
type attachment struct {
	from *resource
	point
}

// attachedAs are the names under which filters follow such a pair.
var attachedAs = map[string]string{
	"assigned_object": "dcim.interface", "assigned_vminterface": "virtualization.vminterface",
	"parent_device": "", "on_device": "dcim.device", "on_virtual_machine": "virtualization.virtualmachine",
	"scope_site": "dcim.site", "scope_region": "dcim.region", "scope_site_group": "dcim.sitegroup", "scope_location": "dcim.location",
	"scope_rack": "dcim.rack", "scope_cluster": "virtualization.cluster", "scope_cluster_group": "virtualization.clustergroup",
}

// fields are the three fields of a pair.
func (g *generic) fields() []*field {
	kind := &field{name: g.kind, kind: kindType, null: true, span: g.span}
	id := integer(g.id, 0, 0)
	id.span = g.span
	if !g.optional {
		kind.need()
		id.need()
	}
	shown := computed(g.shows, func(e *encoder, r *row) { e.nested(e.s.assigned(r), "") })
	shown.span = g.span
	return []*field{kind, id, shown}
}

func (g *generic) takes(model string) bool {
	return g.models == "" || strings.Contains(g.models, " "+model+" ")
}

// at is the object that a row points to.
func (r *row) at() point {
	g := r.res.points
	if g == nil {
		return point{}
	}
	id, _ := r.get(g.id).(int64)
	return point{r.str(g.kind), id}
}

// assigned is the object that a row points to, nil when there is none.
func (s *Server) assigned(r *row) *row {
	if r == nil || r.res.points == nil {
		return nil
	}
	return s.rowAt(r.at())
}

func (s *Server) rowAt(p point) *row {
	if t := s.tableOf(p.model); t != nil {
		return t.rows[p.id]
	}
	return nil
}

func (s *Server) trackPoint(r *row, by int) {
	if r == nil {
		return
	}
	key := attachment{r.res, r.at()}
	if key.id == 0 {
		return
	}
	if s.pointed[key] += by; s.pointed[key] <= 0 {
		delete(s.pointed, key)
	}
}

// countAttached is how many rows of a type point to a row.
func (s *Server) countAttached(model string, r *row) int {
	return s.pointed[attachment{s.schema.byModel[model], point{r.res.model, r.id}}]
}

// attached are the rows that point to a row.
func (s *Server) attached(r *row) []*row {
	var out []*row
	here := point{r.res.model, r.id}
	for _, t := range s.tables {
		if t.res.points == nil || s.pointed[attachment{t.res, here}] == 0 {
			continue
		}
		for _, id := range t.ids {
			if o := t.rows[id]; o.at() == here {
				out = append(out, o)
			}
		}
	}
	return out
}

// checkPoint reports a pair of fields that points nowhere.
func (s *Server) checkPoint(r *row, bad *problems) bool {
	g := r.res.points
	if g == nil {
		return true
	}
	at := r.at()
	switch {
	case at.model != "" && !g.takes(at.model):
		bad.add(g.kind, "Invalid content type: "+at.model)
	case at.model != "" && at.id == 0 && r.get(g.id) == nil:
		bad.add(g.id, "This field cannot be null.")
	case at.model == "" && r.get(g.id) != nil:
		bad.add(g.kind, "This field cannot be null.")
	case at.model != "" && s.tableOf(at.model) != nil && s.rowAt(at) == nil:
		bad.add(g.id, "Related object not found using the provided value: "+strconv.FormatInt(at.id, 10)+".")
	default:
		return true
	}
	return false
}

// refs is a field that lists rows of another type.
func refs(name, to string) *field {
	return &field{name: name, kind: kindRefs, to: to, def: []any{}}
}

func (s *Server) readRefs(f *field, v any) (any, []string) {
	list, ok := v.([]any)
	if !ok {
		return nil, []string{`Expected a list of items but got type "` + pythonType(v) + `".`}
	}
	out := []any{}
	for _, x := range list {
		id, text := s.relateListed(f, x)
		if text != "" {
			return nil, []string{text}
		}
		if !slices.Contains(out, any(id)) {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(a, b any) int {
		x, _ := a.(int64)
		y, _ := b.(int64)
		return cmp.Compare(x, y)
	})
	return out, nil
}

// relateListed finds one row of a list: as relations are found, by the id alone
// or, where the list is shown as slugs, by slug.
func (s *Server) relateListed(f *field, v any) (int64, string) {
	t := s.tableOf(f.to)
	switch f.nested {
	case "":
		return s.relate(f.to, v)
	case "pk":
		id, err := strconv.ParseInt(plain(v), 10, 64)
		switch {
		case err != nil:
			return 0, "Incorrect type. Expected pk value, received " + pythonType(v) + "."
		case t.rows[id] == nil:
			return 0, `Invalid pk "` + plain(v) + `" - object does not exist.`
		}
		return id, ""
	}
	for _, id := range t.ids {
		if slug, ok := v.(string); ok && t.rows[id].str("slug") == slug {
			return id, ""
		}
	}
	return 0, "Object with slug=" + plain(v) + " does not exist."
}

// listed are the ids in a list field.
func (r *row) listed(name string) []int64 {
	list, _ := r.get(name).([]any)
	out := make([]int64, 0, len(list))
	for _, x := range list {
		if id, ok := x.(int64); ok {
			out = append(out, id)
		}
	}
	return out
}

// many writes the rows of a list field.
func (e *encoder) many(r *row, f *field) {
	e.buf = append(e.buf, '[')
	t, first := e.s.tableOf(f.to), true
	for _, id := range r.listed(f.name) {
		if t == nil || t.rows[id] == nil {
			continue
		}
		if !first {
			e.buf = append(e.buf, ',')
		}
		first = false
		if f.nested == "slug" {
			e.str(t.rows[id].str("slug"))
			continue
		}
		e.nested(t.rows[id], f.nested)
	}
	e.buf = append(e.buf, ']')
}

// unlist takes a deleted row from the lists that have it.
func (s *Server) unlist(r *row) {
	for _, b := range r.res.lists {
		t := s.table(b.from)
		for _, id := range slices.Clone(t.ids) {
			ids := t.rows[id].listed(b.by.name)
			if !slices.Contains(ids, r.id) {
				continue
			}
			o := t.rows[id].clone()
			kept := []any{}
			for _, x := range ids {
				if x != r.id {
					kept = append(kept, x)
				}
			}
			o.set(b.by.name, kept)
			s.put(t, id, o)
		}
	}
}
