package netboxtest

import (
	"slices"
	"strings"
)

// input is one object as a request gives it.
type input struct {
	body    object
	put     bool            // a PUT: required fields must be there
	only    map[string]bool // the fields that the request's parameters leave writable; nil is all
	message string          // changelog_message
}

func (i *input) get(name string) (any, bool) {
	if i.only != nil && !i.only[name] {
		return nil, false
	}
	return i.body.get(name)
}

// assemble makes the row that a write asks for. old is nil for a create. It
// fills bad and changes nothing.
func (s *Server) assemble(res *resource, old *row, in *input, bad *problems) (*row, *apiError) {
	r := s.blank(res, old)
	for _, f := range res.fields {
		if f.slot < 0 || f.readOnly {
			continue
		}
		v, given := in.get(f.name)
		if !given {
			switch {
			case f.required && (old == nil || in.put):
				bad.add(f.name, textRequired)
			case in.put && f.clears:
				r.vals[f.slot] = nil
			}
			continue
		}
		if f.kind == kindPairs {
			pairs, wrong := readPairs(v)
			if wrong != nil {
				bad.addRaw(f.name, wrong)
			} else {
				r.vals[f.slot] = pairs
			}
			continue
		}
		value, texts := s.read(f, v)
		if len(texts) > 0 {
			bad.add(f.name, texts...)
			continue
		}
		r.vals[f.slot] = value
		s.fieldUnique(res, f, r, old, bad)
	}
	if res.tagged {
		if err := s.readTags(r, old, in, bad); err != nil {
			return nil, err
		}
	}
	if res.custom {
		s.readCustom(r, in, bad)
	}
	if bad.any() {
		return nil, invalid(bad)
	}
	if s.setUnique(res, r, bad); bad.any() {
		return nil, invalid(bad)
	}
	if res.settle != nil {
		res.settle(s, r, old)
	}
	if res.written != nil {
		res.written(s, r, old, in)
	}
	s.checkModel(r, old, bad)
	if bad.any() {
		return nil, invalid(bad)
	}
	if res.tagged {
		if err := s.checkTags(r); err != nil {
			return nil, err
		}
	}
	if res.database != nil {
		if err := res.database(s, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// blank is a row with every default, or a copy of the old one.
func (s *Server) blank(res *resource, old *row) *row {
	if old != nil {
		return old.clone()
	}
	r := &row{res: res, vals: make([]any, res.slots)}
	for _, f := range res.fields {
		if f.slot < 0 || f.def == nil {
			continue
		}
		if f.kind == kindJSON || f.kind == kindTypes || f.kind == kindRefs || f.kind == kindEnds {
			r.vals[f.slot] = f.def
			continue
		}
		r.vals[f.slot], _ = s.read(f, f.def)
	}
	if res.custom {
		for _, cf := range s.customFields(res) {
			if d := cf.get("default"); d != nil {
				r.setCustom(cf.str("name"), d)
			}
		}
	}
	return r
}

// fieldUnique reports the rules that the serializer itself checks.
func (s *Server) fieldUnique(res *resource, f *field, r, old *row, bad *problems) {
	for i := range res.uniques {
		u := &res.uniques[i]
		if !u.field || u.slots[0] != f {
			continue
		}
		probe := *r
		if old != nil {
			probe.id = old.id
		}
		if f.kind == kindText && f.null && r.vals[f.slot] == "" {
			continue // stored as null
		}
		if s.table(res).clash(i, &probe) != 0 {
			bad.add(f.name, u.fieldMessage(res))
		}
	}
}

// setUnique reports the rules that a set of fields is unique, as the serializer
// itself checked them from 4.0.0 to 4.1.7 (netbox#17810).
func (s *Server) setUnique(res *resource, r *row, bad *problems) {
	if s.schema.v != v40 {
		return
	}
	for i := range res.uniques {
		u := &res.uniques[i]
		if u.field || u.fold || len(u.fields) < 2 || s.table(res).clash(i, r) == 0 {
			continue
		}
		bad.add("non_field_errors", "The fields "+strings.Join(u.fields, ", ")+" must make a unique set.")
		return
	}
}

// checkModel is what the model checks: custom fields, its own rules, then the
// constraints.
func (s *Server) checkModel(r, old *row, bad *problems) {
	if r.res.custom {
		s.checkCustom(r, bad)
	}
	if !bad.any() && r.res.check != nil {
		r.res.check(s, r, old, bad)
	}
	t := s.table(r.res)
	for i := range r.res.uniques {
		u := &r.res.uniques[i]
		if u.field || bad.about(u.slots) { // fields that are wrong already are left out
			continue
		}
		if t.clash(i, r) != 0 {
			bad.add("__all__", u.message(r.res))
		}
	}
}

// readTags reads tags, add_tags and remove_tags.
func (s *Server) readTags(r, old *row, in *input, bad *problems) *apiError {
	all, full := in.get("tags")
	if full {
		ids, text := s.tagIDs(all)
		switch {
		case all == nil:
			bad.add("tags", textNull)
		case strings.HasPrefix(text, "Expected a list"):
			bad.addRaw("tags", object{{s.serializerKey(), []any{text}}})
		case text != "":
			bad.add("tags", text)
		default:
			r.tags = ids
		}
	}
	if s.schema.v < 406 {
		return nil
	}
	add, adds := in.get("add_tags")
	del, dels := in.get("remove_tags")
	if list, _ := all.([]any); len(list) > 0 && (adds || dels) { // an empty list does not count (4.7.3)
		if !bad.any() {
			bad.add("tags", `Cannot specify "tags" together with "add_tags" or "remove_tags".`)
		}
		return nil
	}
	if dels && old == nil {
		bad.add("remove_tags", `Cannot use "remove_tags" when creating a new object.`)
		return nil
	}
	if both := s.inBoth(add, del); both != "" {
		bad.add("remove_tags", `Tags may not be present in both "add_tags" and "remove_tags": `+both)
		return nil
	}
	for _, part := range []struct {
		given bool
		v     any
		apply func([]int64)
	}{
		{adds, add, func(ids []int64) {
			for _, id := range ids {
				if !slices.Contains(r.tags, id) {
					r.tags = append(r.tags, id)
				}
			}
		}},
		{dels, del, func(ids []int64) {
			r.tags = slices.DeleteFunc(r.tags, func(id int64) bool { return slices.Contains(ids, id) })
		}},
	} {
		if !part.given {
			continue
		}
		ids, text := s.tagIDs(part.v)
		if strings.HasPrefix(text, "Expected a list") {
			bad.add(s.serializerKey(), text)
			continue
		}
		if text != "" {
			return s.crash("ValidationError", python([]any{text})) // nobody catches it (4.7.3)
		}
		part.apply(ids)
	}
	return nil
}

// inBoth names the tags that are to be added and removed at once.
func (s *Server) inBoth(add, del any) string {
	a, _ := s.tagIDs(add)
	d, _ := s.tagIDs(del)
	var names []string
	for _, id := range a {
		if slices.Contains(d, id) {
			names = append(names, s.display(s.tableOf("extras.tag").rows[id]))
		}
	}
	return strings.Join(names, ", ")
}

func (s *Server) tagIDs(v any) ([]int64, string) {
	list, ok := v.([]any)
	if !ok {
		return nil, `Expected a list of items but got type "` + pythonType(v) + `".`
	}
	var out []int64
	for _, x := range list {
		id, text := s.relate("extras.tag", x)
		if text != "" {
			return nil, text
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out, ""
}

// checkTags refuses tags that are bound to other types.
func (s *Server) checkTags(r *row) *apiError {
	for _, id := range r.tags {
		tag := s.tableOf("extras.tag").rows[id]
		if tag == nil {
			continue
		}
		if types, _ := tag.get("object_types").([]any); len(types) > 0 && !slices.Contains(types, any(r.res.model)) {
			_, model, _ := strings.Cut(r.res.model, ".")
			return detail(400, "Tag "+tag.str("name")+" cannot be assigned to "+model+" objects.")
		}
	}
	return nil
}

// serializerKey is where errors of a whole body stand that no model found.
func (s *Server) serializerKey() string {
	if s.schema.v >= v47 {
		return "__all__"
	}
	return "non_field_errors"
}
