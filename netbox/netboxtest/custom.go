package netboxtest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// customFields are the custom fields of a type, in the order of their names.
func (s *Server) customFields(res *resource) []*row { return s.customs[res.model] }

// sortCustomFields keeps the custom fields by type; it runs whenever one changes.
func (s *Server) sortCustomFields() {
	s.customs = map[string][]*row{}
	t := s.tableOf("extras.customfield")
	for _, id := range t.ids {
		for _, model := range customTypes(t.rows[id]) {
			m, _ := model.(string)
			s.customs[m] = append(s.customs[m], t.rows[id])
		}
	}
	for _, list := range s.customs {
		slices.SortStableFunc(list, func(a, b *row) int { return natural(a.str("name"), b.str("name")) })
	}
}

// customTypes are the types that a custom field is for.
func customTypes(cf *row) []any {
	list, _ := cf.get("object_types").([]any)
	if list == nil {
		list, _ = cf.get("content_types").([]any)
	}
	return list
}

// customRelated is the type that an object field points to.
func customRelated(cf *row) string {
	if m := cf.str("related_object_type"); m != "" {
		return m
	}
	return cf.str("object_type")
}

// readCustom merges the given keys into what the row has.
func (s *Server) readCustom(r *row, in *input, bad *problems) {
	v, given := in.get("custom_fields")
	if !given {
		return
	}
	values, ok := v.(object)
	switch {
	case v == nil:
		bad.add("custom_fields", textNull)
		return
	case !ok:
		bad.add("custom_fields", "Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values.")
		return
	}
	fields := s.customFields(r.res)
	unknown := object{}
	for _, m := range values {
		i := slices.IndexFunc(fields, func(cf *row) bool { return cf.str("name") == m.key })
		if i < 0 {
			switch v := s.schema.v; {
			case v < 404:
				bad.add("__all__", fmt.Sprintf("Unknown field name '%s' in custom field data.", m.key))
			case v >= v45: // 4.5.8 on; 4.4.0 to 4.5.7 drop it in silence
				unknown = unknown.put(m.key, fmt.Sprintf("Custom field '%s' does not exist for this object type.", m.key))
			}
			continue
		}
		value, text := s.readCustomValue(fields[i], m.value)
		if text != "" {
			bad.add("custom_fields", text)
			continue
		}
		r.setCustom(m.key, value)
	}
	if len(unknown) > 0 {
		bad.addRaw("custom_fields", unknown)
	}
}

// readCustomValue finds the rows that object fields are written with; other
// values stay as they are.
func (s *Server) readCustomValue(cf *row, v any) (any, string) {
	switch cf.str("type") {
	case "object":
		if v == nil || s.tableOf(customRelated(cf)) == nil {
			return v, ""
		}
		id, text := s.relate(customRelated(cf), v)
		return id, text
	case "multiobject":
		list, ok := v.([]any)
		if !ok || s.tableOf(customRelated(cf)) == nil {
			return v, ""
		}
		out := []any{}
		for _, x := range list {
			id, text := s.relate(customRelated(cf), x)
			if text != "" {
				return nil, text
			}
			out = append(out, id)
		}
		return out, ""
	}
	return v, ""
}

// checkCustom is what the model checks of all custom field values.
func (s *Server) checkCustom(r *row, bad *problems) {
	fields := s.customFields(r.res)
	for _, cf := range fields {
		name := cf.str("name")
		v, set := r.customAt(name)
		if !set {
			continue
		}
		if text := s.customProblem(cf, v); text != "" {
			bad.add("__all__", fmt.Sprintf("Invalid value for custom field '%s': %s", name, text))
			return
		}
		if unique, _ := cf.get("unique").(bool); unique && v != nil && v != "" && s.customTaken(r, name, v) {
			bad.add("__all__", fmt.Sprintf("Custom field '%s' must have a unique value.", name))
			return
		}
	}
	for _, cf := range fields {
		if need, _ := cf.get("required").(bool); need {
			if _, set := r.customAt(cf.str("name")); !set {
				bad.add("__all__", fmt.Sprintf("Missing required custom field '%s'.", cf.str("name")))
				return
			}
		}
	}
}

func (s *Server) customTaken(r *row, name string, v any) bool {
	want := python(v)
	for _, o := range s.table(r.res).rows {
		if x, ok := o.customAt(name); ok && o.id != r.id && python(x) == want {
			return true
		}
	}
	return false
}

// customProblem says what is wrong with a value, "" when nothing is.
func (s *Server) customProblem(cf *row, v any) string {
	if v == nil || v == "" {
		if need, _ := cf.get("required").(bool); need {
			return "Required field cannot be empty."
		}
		return ""
	}
	n, isNumber := v.(number)
	switch cf.str("type") {
	case "text", "longtext", "url":
		t, ok := v.(string)
		if !ok {
			return "Value must be a string."
		}
		if re := cf.str("validation_regex"); re != "" {
			if x, err := regexp.Compile("^(?:" + re + ")"); err == nil && !x.MatchString(t) {
				return "Value must match regex '" + re + "'"
			}
		}
	case "integer":
		if _, ok := n.integer(); !isNumber || !ok {
			return "Value must be an integer."
		}
		return customBounds(cf, n)
	case "decimal":
		if _, err := strconv.ParseFloat(plain(v), 64); err != nil {
			return "Value must be a decimal."
		}
		return customBounds(cf, number(plain(v)))
	case "boolean":
		if _, ok := v.(bool); !ok && n != "0" && n != "1" {
			return "Value must be true or false."
		}
	case "date":
		if _, err := time.Parse("2006-01-02", plain(v)); err != nil {
			return "Date values must be in ISO 8601 format (YYYY-MM-DD)."
		}
	case "datetime":
		if !isTime(plain(v)) {
			return "Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS)."
		}
	case "select":
		set := s.follow(cf, "choice_set")
		if _, ok := v.(string); !ok || !hasChoice(set, v) {
			return fmt.Sprintf("Invalid choice (%s) for choice set %s.", plain(v), s.display(set))
		}
	case "multiselect":
		set := s.follow(cf, "choice_set")
		list, ok := v.([]any)
		for _, x := range list {
			ok = ok && hasChoice(set, x)
		}
		if !ok {
			return fmt.Sprintf("Invalid choice(s) (%s) for choice set %s.", plain(v), s.display(set))
		}
	case "object":
		if _, ok := v.(int64); !ok {
			return "Value must be an object ID, not " + pythonType(v)
		}
	case "multiobject":
		if _, ok := v.([]any); !ok {
			return "Value must be a list of object IDs, not " + pythonType(v)
		}
	}
	return ""
}

func customBounds(cf *row, n number) string {
	x, _ := strconv.ParseFloat(string(n), 64)
	if lo, ok := cf.get("validation_minimum").(float64); ok && x < lo {
		return "Value must be at least " + strconv.FormatFloat(lo, 'f', 4, 64)
	}
	if hi, ok := cf.get("validation_maximum").(float64); ok && x > hi {
		return "Value must not exceed " + strconv.FormatFloat(hi, 'f', 4, 64)
	}
	return ""
}

// choiceLabel is the label of a value in a choice set.
func choiceLabel(set *row, value string) string {
	if set != nil {
		list, _ := set.get("extra_choices").([]any)
		for _, p := range list {
			if pair, ok := p.([]any); ok && len(pair) == 2 && pair[0] == value {
				return plain(pair[1])
			}
		}
	}
	return value
}

func hasChoice(set *row, v any) bool {
	t, ok := v.(string)
	if !ok {
		return false
	}
	return slices.ContainsFunc(pairsOf(set), func(p [2]string) bool { return p[0] == t })
}

func isTime(t string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02"} {
		if _, err := time.Parse(layout, t); err == nil {
			return true
		}
	}
	return false
}

// custom writes all custom fields of the row's type, null where none is set.
func (e *encoder) custom(r *row) {
	e.buf = append(e.buf, '{')
	for i, cf := range e.s.customFields(r.res) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		name := cf.str("name")
		e.str(name)
		e.buf = append(e.buf, ':')
		v, _ := r.customAt(name)
		e.customValue(cf, v)
	}
	e.buf = append(e.buf, '}')
}

func (e *encoder) customValue(cf *row, v any) {
	if v == nil {
		e.raw("null")
		return
	}
	switch kind := cf.str("type"); {
	case kind == "select" && e.s.schema.v >= v47:
		e.customChoice(cf, v)
	case kind == "multiselect" && e.s.schema.v >= v47:
		e.each(v, func(x any) { e.customChoice(cf, x) })
	case kind == "object":
		e.customObject(cf, v)
	case kind == "multiobject":
		e.each(v, func(x any) { e.customObject(cf, x) })
	default:
		e.value(v)
	}
}

func (e *encoder) each(v any, write func(any)) {
	list, ok := v.([]any)
	if !ok {
		e.value(v)
		return
	}
	e.buf = append(e.buf, '[')
	for i, x := range list {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		write(x)
	}
	e.buf = append(e.buf, ']')
}

func (e *encoder) customChoice(cf *row, v any) {
	t := plain(v)
	e.raw(`{"value":`)
	e.str(t)
	e.raw(`,"label":`)
	e.str(choiceLabel(e.s.follow(cf, "choice_set"), t))
	e.buf = append(e.buf, '}')
}

func (e *encoder) customObject(cf *row, v any) {
	id, ok := v.(int64)
	t := e.s.tableOf(customRelated(cf))
	if !ok || t == nil {
		e.value(v)
		return
	}
	e.nested(t.rows[id], "")
}
