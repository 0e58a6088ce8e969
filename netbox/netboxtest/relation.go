package netboxtest

import (
	"slices"
	"strconv"
	"strings"
)

// relationFilter compares the row at the end of a path of references.
func (s *Server) relationFilter(res *resource, spec *filter, name string, isID bool, lookup string, values []string, bad *problems) []test {
	path, by := spec.path, spec.by
	if lookup != "" && lookup != "n" {
		return nil
	}
	target := res
	if spec.anyOf != nil {
		if target = s.schema.byModel[spec.to]; target == nil {
			return nil
		}
	}
	for _, p := range path {
		if target = s.schema.byModel[target.refTo(p)]; target == nil {
			return nil
		}
	}
	if by == "" {
		by = "slug"
	}
	ids, null := map[int64]bool{}, false
	if !isID && by == "name" {
		values = filled(values)
	}
	if len(values) == 0 {
		return nil
	}
	for _, v := range values {
		if v == nullValue {
			null = true
			continue
		}
		text := s.pickRows(target, v, by, isID, ids)
		if text != "" && (isID || !spec.open) {
			bad.add(name, text)
			return nil
		}
	}
	if spec.tree {
		ids = s.below(target, ids)
	}
	if spec.anyOf != nil {
		return []test{func(r *row) bool {
			ends := spec.anyOf(s, r)
			hit := slices.ContainsFunc(ends, func(id int64) bool { return ids[id] }) || null && len(ends) == 0
			return hit == (lookup == "")
		}}
	}
	return []test{func(r *row) bool {
		end := s.followTo(r, path)
		if end == nil {
			return null == (lookup == "")
		}
		return ids[end.id] == (lookup == "")
	}}
}

// refTo is the model that a reference of the type leads to.
func (r *resource) refTo(name string) string {
	if model := attachedAs[name]; model != "" {
		return model
	}
	if f := r.byName[name]; f != nil {
		return f.to
	}
	return ""
}

func (s *Server) followTo(r *row, path []string) *row {
	for _, p := range path {
		if r == nil {
			return nil
		}
		if model := attachedAs[p]; model != "" {
			if r = s.assigned(r); r != nil && r.res.model != model {
				r = nil
			}
			continue
		}
		r = s.target(r, r.res.byName[p])
	}
	return r
}

// pickRows finds the rows that a filter value names.
func (s *Server) pickRows(res *resource, v, by string, isID bool, ids map[int64]bool) string {
	t := s.table(res)
	if isID {
		id, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		if err != nil {
			return "“" + v + "” is not a valid value."
		}
		if t.rows[id] == nil {
			return notAChoice(v)
		}
		ids[id] = true
		return ""
	}
	f := res.byName[by]
	if f == nil || f.slot < 0 {
		return notAChoice(v)
	}
	found := false
	for _, id := range t.ids {
		if r := t.rows[id]; r.text(f) == v {
			ids[id], found = true, true
		}
	}
	if !found {
		return notAChoice(v)
	}
	return ""
}

// familyFilter is parent (children; up to 3.7 all descendants) and ancestor
// (all descendants).
func (s *Server) familyFilter(res *resource, name, base, lookup string, values []string, bad *problems) []test {
	if lookup != "" && lookup != "n" {
		return nil
	}
	word, isID := strings.CutSuffix(base, "_id")
	if word == "ancestor" && s.schema.v < 400 {
		return nil
	}
	deep := word == "ancestor"
	ids, null := map[int64]bool{}, false
	for _, v := range values {
		if v == nullValue {
			null = true
			continue
		}
		if text := s.pickRows(res, v, "slug", isID, ids); text != "" {
			bad.add(name, text)
			return nil
		}
	}
	if deep || s.schema.v < 400 {
		ids = s.below(res, ids)
	}
	parent := res.byName["parent"]
	return []test{func(r *row) bool {
		up := r.ref(parent)
		if up == 0 {
			return null == (lookup == "")
		}
		return ids[up] == (lookup == "")
	}}
}
