package netboxtest

import (
	"regexp"
	"slices"
	"strings"
)

func customFieldResource() *resource {
	types := [][2]string{{"text", "Text"}, {"longtext", "Text (long)"}, {"integer", "Integer"}, {"decimal", "Decimal"}, {"boolean", "Boolean (true/false)"},
		{"date", "Date"}, {"datetime", "Date & time"}, {"url", "URL"}, {"json", "JSON"}, {"select", "Selection"}, {"multiselect", "Multiple selection"},
		{"object", "Object"}, {"multiobject", "Multiple objects"}}
	r := &resource{
		path: "extras/custom-fields", model: "extras.customfield", class: "CustomField", verbose: "custom field",
		fields: spread(
			&field{name: "object_types", kind: kindTypes, required: true, span: span{since: 400}},
			&field{name: "content_types", kind: kindTypes, required: true, span: span{until: 400}},
			choiceField("type", "text", types).need(),
			&field{name: "related_object_type", kind: kindType, null: true, span: span{since: 400}},
			&field{name: "object_type", kind: kindType, null: true, span: span{until: 400}},
			computed("data_type", func(e *encoder, r *row) { e.str(dataType(r.str("type"))) }),
			text("name", 50).need().once(), text("label", 50), text("group_name", 50), description(),
			boolean("required", false), boolean("unique", false).from(401), integer("search_weight", 0, 32767).defaults(number("1000")),
			choiceField("filter_logic", "loose", [][2]string{{"disabled", "Disabled"}, {"loose", "Loose"}, {"exact", "Exact"}}),
			choiceField("ui_visible", "always", [][2]string{{"always", "Always"}, {"if-set", "If set"}, {"hidden", "Hidden"}}),
			choiceField("ui_editable", "yes", [][2]string{{"yes", "Yes"}, {"no", "No"}, {"hidden", "Hidden"}}),
			boolean("is_cloneable", false), constant("nulls_first", "true").from(407), jsonField("default"),
			jsonField("related_object_filter").from(402), integer("weight", 0, 32767).defaults(number("100")),
			&field{name: "validation_minimum", kind: kindDecimal, digits: 16, places: 4, null: true},
			&field{name: "validation_maximum", kind: kindDecimal, digits: 16, places: 4, null: true},
			text("validation_regex", 500), constant("validation_schema", "null").from(406),
			ref("choice_set", "extras.customfieldchoiceset", protect),
			constant("status", `{"value":"active","label":"Active"}`).from(407), owner(), comments(v40), stamps()),
		brief:  []string{"name", "description"},
		old:    []string{"name"},
		order:  []string{"group_name", "weight", "name"},
		search: []string{"name", "label", "group_name", "description"},
		display: func(_ *Server, r *row) string {
			if l := r.str("label"); l != "" {
				return l
			}
			return capital(strings.ReplaceAll(r.str("name"), "_", " "))
		},
		check: checkCustomField,
	}
	return r
}

var customFieldName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

func checkCustomField(s *Server, r, old *row, bad *problems) {
	name, kind := r.str("name"), r.str("type")
	switch {
	case !customFieldName.MatchString(name):
		bad.add("name", "Only alphanumeric characters and underscores are allowed.")
	case strings.Contains(name, "__"):
		bad.add("name", "Double underscores are not permitted in custom field names.")
	}
	if old != nil && old.str("type") != kind {
		bad.add("type", "Changing the type of custom fields is not supported.")
		return
	}
	selection := kind == "select" || kind == "multiselect"
	object := kind == "object" || kind == "multiobject"
	related := r.str("related_object_type") + r.str("object_type")
	relatedName := "related_object_type"
	if s.schema.v < 400 {
		relatedName = "object_type"
	}
	switch {
	case selection && r.to("choice_set") == 0:
		bad.add("choice_set", "Selection fields must specify a set of choices.")
	case !selection && r.to("choice_set") != 0:
		bad.add("choice_set", "Choices may be set only on selection fields.")
	case object && related == "":
		bad.add(relatedName, "Object fields must define an object type.")
	case !object && related != "":
		bad.add(relatedName, strings.ToUpper(kind[:1])+kind[1:]+" fields may not define an object type.")
	}
	if v := r.get("default"); v != nil {
		if text := s.customProblem(r, v); text != "" {
			bad.add("default", "Invalid default value \""+plain(v)+"\": "+text)
		}
	}
}

func dataType(kind string) string {
	switch kind {
	case "integer", "decimal", "boolean", "date", "datetime", "object":
		return kind
	case "json":
		return "object"
	case "multiselect", "multiobject":
		return "array"
	}
	return "string"
}

func choiceSetResource() *resource {
	return &resource{
		path: "extras/custom-field-choice-sets", model: "extras.customfieldchoiceset", class: "CustomFieldChoiceSet",
		verbose: "custom field choice set", web: "extras/custom-field-choices",
		fields: spread(
			text("name", 100).need().once(), description(),
			choiceField("base_choices", "", [][2]string{{"IATA", "IATA (Airport codes)"}, {"ISO_3166", "ISO 3166 (Country codes)"}, {"UN_LOCODE", "UN/LOCODE (Location codes)"}}),
			&field{name: "extra_choices", kind: kindPairs, required: true},
			&field{name: "choice_colors", kind: kindJSON, def: object{}, span: span{since: 406}},
			boolean("order_alphabetically", false),
			computed("choices_count", func(e *encoder, r *row) { e.int(int64(len(pairsOf(r)))) }),
			owner(), stamps()),
		brief:  []string{"name", "description", "choices_count"},
		old:    []string{"name", "choices_count"},
		order:  []string{"name"},
		search: []string{"name", "description"},
		settle: sortChoices,
		check:  checkChoiceSet,
	}
}

// sortChoices keeps a set that is ordered alphabetically in the order of its values.
func sortChoices(_ *Server, r, _ *row) {
	list, ok := r.get("extra_choices").([]any)
	if alphabetical, _ := r.get("order_alphabetically").(bool); !ok || !alphabetical {
		return
	}
	value := func(v any) string {
		if pair, _ := v.([]any); len(pair) > 0 {
			return plain(pair[0])
		}
		return ""
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(value(a), value(b)) })
	r.set("extra_choices", list)
}

// pairsOf are the choices of a set as [value, label].
func pairsOf(set *row) [][2]string {
	if set == nil {
		return nil
	}
	list, _ := set.get("extra_choices").([]any)
	out := make([][2]string, 0, len(list))
	for _, p := range list {
		if pair, ok := p.([]any); ok && len(pair) == 2 {
			out = append(out, [2]string{plain(pair[0]), plain(pair[1])})
		}
	}
	return out
}

func checkChoiceSet(s *Server, r, old *row, bad *problems) {
	if len(pairsOf(r)) == 0 && r.str("base_choices") == "" {
		bad.add("__all__", "Must define base or extra choices.")
		return
	}
	seen := map[string]bool{}
	for _, p := range pairsOf(r) {
		if seen[p[0]] {
			bad.add("__all__", "Duplicate value '"+p[0]+"' found in extra choices.")
			return
		}
		seen[p[0]] = true
	}
	if old == nil || s.schema.v < 401 {
		return
	}
	for _, p := range pairsOf(old) {
		if seen[p[0]] {
			continue
		}
		if label := s.choiceUser(old.id, p[0]); label != "" {
			bad.add("__all__", "Cannot remove choice "+p[0]+" as there are "+label+" objects which reference it.")
			return
		}
	}
}

// choiceUser names a type with a row that has the value of a choice set.
func (s *Server) choiceUser(set int64, value string) string {
	for _, id := range s.tableOf("extras.customfield").ids {
		cf := s.tableOf("extras.customfield").rows[id]
		if cf.to("choice_set") != set {
			continue
		}
		name := cf.str("name")
		for _, t := range s.tables {
			for _, id := range t.ids {
				if v, ok := t.rows[id].customAt(name); ok && holds(v, value) {
					return t.res.app() + " | " + t.res.verbose
				}
			}
		}
	}
	return ""
}

func holds(v any, value string) bool {
	if list, ok := v.([]any); ok {
		for _, x := range list {
			if x == value {
				return true
			}
		}
		return false
	}
	return v == value
}
