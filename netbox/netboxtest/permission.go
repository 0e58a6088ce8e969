package netboxtest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// permissionResource is what users may do, as the API shows and sets it. What
// Options.Tokens grants besides has no row.
func permissionResource() *resource {
	return &resource{
		path: "users/permissions", model: "users.objectpermission", class: "ObjectPermission", verbose: "permission", unlogged: true,
		fields: spread(
			text("name", 100).need(), description(), boolean("enabled", true),
			&field{name: "object_types", kind: kindTypes, required: true}, &field{name: "actions", kind: kindJSON, required: true},
			jsonField("constraints"), constant("groups", "[]"), refs("users", "users.user").shown("pk")),
		brief:  []string{"name", "description", "enabled", "object_types", "actions"},
		old:    []string{"name", "enabled", "object_types", "actions"},
		order:  []string{"name"},
		search: []string{"name", "description"},
		filters: []filter{
			{name: "user_id", fits: func(_ *Server, r *row, v string) bool {
				return slices.ContainsFunc(r.listed("users"), func(id int64) bool { return itoa(id) == v })
			}},
			{name: "user", fits: func(s *Server, r *row, v string) bool { return slices.Contains(r.listed("users"), s.userID(v)) }},
		},
	}
}

// permissionsOf are the rows that let a user do something, in the order of their names.
func (s *Server) permissionsOf(user int64) (out []*row) {
	t := s.tableOf("users.objectpermission")
	for _, id := range s.inOrder(t) {
		if slices.Contains(t.rows[id].listed("users"), user) {
			out = append(out, t.rows[id])
		}
	}
	return out
}

// permissions writes those of a user.
func (e *encoder) permissions(user *row) {
	e.buf = append(e.buf, '[')
	for i, p := range e.s.permissionsOf(user.id) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.nested(p, "")
	}
	e.buf = append(e.buf, ']')
}

// permission is a row as a token has it.
func (r *row) permission() Permission {
	return Permission{Types: texts(r.get("object_types")), Actions: texts(r.get("actions")), constraints: conditions(r.get("constraints"))}
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = plain(x)
	}
	return out
}

// conditions are the objects of a permission's constraints, any of which a row
// must meet. None means all rows.
func conditions(v any) (out []object) {
	switch v := v.(type) {
	case object:
		return []object{v}
	case []any:
		for _, x := range v {
			if o, ok := x.(object); ok {
				out = append(out, o)
			}
		}
	}
	return out
}

// satisfies says whether a row fits all of a constraint, which is written as the
// arguments of a Django filter: {"site__slug": "basel", "name__startswith": "a"}.
// A field or lookup that does not exist fits nothing; a real NetBox answers
// 500 then.
func (s *Server) satisfies(r *row, constraint object, user int64) bool {
	for _, m := range constraint {
		if !s.reaches([]*row{r}, strings.Split(m.key, "__"), m.value, user) {
			return false
		}
	}
	return true
}

// reaches follows a path from rows of one type, any of which may fit.
func (s *Server) reaches(rows []*row, path []string, want any, user int64) bool {
	return slices.ContainsFunc(rows, func(r *row) bool {
		if path[0] == "id" || path[0] == "pk" {
			return looksUp(r.id, strings.Join(path[1:], "__"), want)
		}
		f := r.res.byName[path[0]]
		switch {
		case f == nil:
			return false
		case f.kind == kindTags && len(path) > 1:
			return s.reaches(s.rowsOf("extras.tag", r.tags), path[1:], want, user)
		case f.kind == kindRefs && len(path) > 1:
			return s.reaches(s.rowsOf(f.to, r.listed(f.name)), path[1:], want, user)
		case f.kind == kindRef && len(path) > 1 && path[1] != "isnull" && path[1] != "in":
			to := s.target(r, f)
			return to != nil && s.reaches([]*row{to}, path[1:], want, user)
		case f.slot < 0:
			return false
		}
		if want == "$user" {
			want = number(itoa(user))
		}
		return looksUp(r.vals[f.slot], strings.Join(path[1:], "__"), want)
	})
}

func (s *Server) rowsOf(model string, ids []int64) (out []*row) {
	t := s.tableOf(model)
	for _, id := range ids {
		if r := t.rows[id]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

// looksUp is a lookup of Django.
func looksUp(v any, lookup string, want any) bool {
	if lookup == "isnull" {
		return want == (v == nil)
	}
	if v == nil {
		return want == nil && (lookup == "" || lookup == "exact")
	}
	if lookup == "in" {
		list, _ := want.([]any)
		return slices.ContainsFunc(list, func(w any) bool { return plain(w) == plain(v) })
	}
	have, need := plain(v), plain(want)
	if strings.HasPrefix(lookup, "i") {
		have, need, lookup = strings.ToLower(have), strings.ToLower(need), lookup[1:]
	}
	switch lookup {
	case "", "exact":
		return have == need
	case "startswith":
		return strings.HasPrefix(have, need)
	case "endswith":
		return strings.HasSuffix(have, need)
	case "contains":
		return strings.Contains(have, need)
	case "regex":
		p, err := regexp.Compile(need)
		return err == nil && p.MatchString(have)
	}
	x, err := strconv.ParseFloat(have, 64)
	y, err2 := strconv.ParseFloat(need, 64)
	if err != nil || err2 != nil {
		return false
	}
	switch lookup {
	case "gt":
		return x > y
	case "gte":
		return x >= y
	case "lt":
		return x < y
	case "lte":
		return x <= y
	}
	return false
}
