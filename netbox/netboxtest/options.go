package netboxtest

import (
	"net/http"
	"strconv"
)

// options answers OPTIONS as Django REST framework's metadata do: what the
// caller may write, and for each field its type, whether it must be given, and
// its choices. Help texts, bounds and the fields of rows inside others are left
// out. (Seen on 4.7.3.)
func (x *exchange) options(at place) *answer {
	name := "Object Change List"
	if at.res != nil {
		name = at.res.class + " List"
		if at.id != "" {
			name = at.res.class + " Instance"
		}
	}
	out := object{{"name", name}, {"description", ""}, {"renders", []any{"application/json", "text/html"}},
		{"parses", []any{"application/json", "multipart/form-data"}}}
	if at.res != nil {
		if actions := x.actions(at); len(actions) > 0 {
			out = append(out, member{"actions", actions})
		}
	}
	return x.json(out)
}

// actions are the writes that the token may do, with the fields that they take.
func (x *exchange) actions(at place) object {
	var out object
	for _, verb := range []struct{ method, action string }{{"PUT", "change"}, {"POST", "add"}} {
		if verb.method == http.MethodPost && at.id != "" || x.token != nil && x.token.ReadOnly || !x.token.granted(verb.action, at.res.model) {
			continue
		}
		fields := make(object, 0, len(at.res.fields))
		for _, f := range at.res.fields {
			fields = append(fields, member{f.name, f.metadata()})
		}
		out = append(out, member{verb.method, fields})
	}
	return out
}

// metadata describes one field.
func (f *field) metadata() object {
	kinds := map[kind]string{
		kindText: "string", kindSlug: "slug", kindZone: "string", kindRef: "nested object", kindInt: "integer",
		kindDecimal: "decimal", kindBool: "boolean", kindStamp: "datetime",
	}
	kind := kinds[f.kind]
	switch {
	case f.name == "id":
		kind = "integer"
	case kind == "":
		kind = "field"
	}
	label := capital(f.words())
	if f.name == "id" {
		label = "ID"
	}
	out := object{{"type", kind}, {"required", f.required}, {"read_only", f.readOnly}, {"label", label}}
	if f.max > 0 {
		out = append(out, member{"max_length", number(strconv.Itoa(f.max))})
	}
	if f.kind == kindChoice {
		list := make([]any, len(f.choices))
		for i, c := range f.choices {
			value := any(c[0])
			if f.numeric {
				value = number(c[0])
			}
			list[i] = object{{"value", value}, {"display_name", c[1]}}
		}
		out = append(out, member{"choices", list})
	}
	return out
}
