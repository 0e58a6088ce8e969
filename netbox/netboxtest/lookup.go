package netboxtest

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// textFilter compares a text. The plain filter is exact; name and serial of
// devices ignore case.
func textFilter(f *field, lookup string, values []string) []test {
	if lookup == "empty" {
		return boolFilter("", values, func(r *row) bool { v, _ := r.vals[f.slot].(string); return v == "" })
	}
	want := filled(values)
	if len(want) == 0 {
		return nil
	}
	match := textMatch(f, lookup)
	if match == nil {
		return nil
	}
	positive := lookup == "" || !strings.HasPrefix(lookup, "n")
	return []test{func(r *row) bool {
		have, set := r.vals[f.slot].(string)
		if !set {
			// null fits no comparison; "null" asks for it where the field can be null
			hit := f.null && slices.Contains(want, nullValue) && (lookup == "" || lookup == "n")
			return hit == positive
		}
		hit := slices.ContainsFunc(want, func(w string) bool {
			if w == nullValue && f.null && (lookup == "" || lookup == "n") {
				return false
			}
			return match(have, w)
		})
		return hit == positive
	}}
}

// textMatch is the comparison of a lookup, without its negation; nil for an
// unknown lookup.
func textMatch(f *field, lookup string) func(have, want string) bool {
	fold := strings.ToLower
	switch strings.TrimPrefix(lookup, "n") {
	case "":
		if f.iexact && lookup == "" { // the negation tells case apart (4.7.3)
			return func(h, w string) bool { return fold(h) == fold(w) }
		}
		return func(h, w string) bool { return h == w }
	case "ic":
		return func(h, w string) bool { return strings.Contains(fold(h), fold(w)) }
	case "isw":
		return func(h, w string) bool { return strings.HasPrefix(fold(h), fold(w)) }
	case "iew":
		return func(h, w string) bool { return strings.HasSuffix(fold(h), fold(w)) }
	case "ie":
		return func(h, w string) bool { return fold(h) == fold(w) }
	case "regex", "iregex":
		if strings.HasPrefix(lookup, "n") {
			return nil
		}
		prefix := ""
		if lookup == "iregex" {
			prefix = "(?i)"
		}
		return func(h, w string) bool {
			re, err := regexp.Compile(prefix + w)
			return err == nil && re.MatchString(h)
		}
	}
	return nil
}

const (
	textWhole  = "Enter a whole number."
	textNumber = "Enter a number."
	textMoment = "Enter a valid date/time."
)

// numberFilter compares a number.
func numberFilter(name, lookup, complaint string, values []string, bad *problems, get func(*row) (float64, bool)) []test {
	if lookup == "empty" {
		return boolFilter("", values, func(r *row) bool { _, set := get(r); return !set })
	}
	if !slices.Contains([]string{"", "n", "lt", "lte", "gt", "gte"}, lookup) {
		return nil
	}
	var want []float64
	null := false
	for _, v := range filled(values) {
		if v == nullValue {
			null = true
			continue
		}
		x, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil || math.IsNaN(x) || complaint == textWhole && x != math.Trunc(x) {
			bad.add(name, complaint)
			return nil
		}
		want = append(want, x)
	}
	if len(want) == 0 && !null {
		return nil
	}
	if lookup == "" && len(want) > 8 { // many ids: look up instead of comparing
		set := make(map[float64]bool, len(want))
		for _, w := range want {
			set[w] = true
		}
		return []test{func(r *row) bool { have, ok := get(r); return ok && set[have] || !ok && null }}
	}
	return []test{func(r *row) bool {
		have, set := get(r)
		if !set {
			return null == (lookup != "n")
		}
		hit := slices.ContainsFunc(want, func(w float64) bool { return compareNumber(lookup, have, w) })
		return hit == (lookup != "n")
	}}
}

func compareNumber(lookup string, have, want float64) bool {
	switch lookup {
	case "lt":
		return have < want
	case "lte":
		return have <= want
	case "gt":
		return have > want
	case "gte":
		return have >= want
	}
	return have == want
}

func stampFilter(name, base, lookup string, values []string, bad *problems) []test {
	if lookup == "empty" {
		return boolFilter("", values, func(*row) bool { return false })
	}
	if !slices.Contains([]string{"", "n", "lt", "lte", "gt", "gte"}, lookup) {
		return nil
	}
	var want []float64
	for _, v := range filled(values) {
		us, ok := readStamp(v)
		if !ok {
			bad.add(name, textMoment)
			return nil
		}
		want = append(want, float64(us))
	}
	if len(want) == 0 {
		return nil
	}
	return []test{func(r *row) bool {
		have := float64(r.updated)
		if base == "created" {
			have = float64(r.created)
		}
		hit := slices.ContainsFunc(want, func(w float64) bool { return compareNumber(lookup, have, w) })
		return hit == (lookup != "n")
	}}
}

// boolFilter asks a yes-or-no question; a value that is neither is ignored.
func boolFilter(lookup string, values []string, get func(*row) bool) []test {
	if lookup != "" || len(values) == 0 {
		return nil
	}
	var want bool
	switch strings.ToLower(values[len(values)-1]) {
	case "true":
		want = true
	case "false":
	default:
		return nil
	}
	return []test{func(r *row) bool { return get(r) == want }}
}

// customFilter is cf_<name> with lookups, where the field's filter logic
// allows it. Loose text contains, and takes no lookups (4.7.3).
func (s *Server) customFilter(res *resource, name string, values []string, bad *problems) []test {
	base, lookup, _ := strings.Cut(strings.TrimPrefix(name, "cf_"), "__")
	i := slices.IndexFunc(s.customFields(res), func(cf *row) bool { return cf.str("name") == base })
	if i < 0 {
		return nil
	}
	cf := s.customFields(res)[i]
	logic, kind := cf.str("filter_logic"), cf.str("type")
	if logic == "disabled" {
		return nil
	}
	get := func(r *row) any { v, _ := r.customAt(base); return v }
	switch kind {
	case "integer", "decimal":
		complaint := textNumber
		if kind == "integer" {
			complaint = textWhole
		}
		return nullsFirst(lookup, get, numberFilter(name, lookup, complaint, values, bad, func(r *row) (float64, bool) {
			x, err := strconv.ParseFloat(plain(get(r)), 64)
			return x, err == nil
		}))
	case "date", "datetime":
		return nullsFirst(lookup, get, customStampFilter(name, kind, lookup, values, bad, get))
	case "boolean":
		tests := boolFilter(lookup, values, func(r *row) bool { return get(r) == true })
		for i, t := range tests {
			tests[i] = func(r *row) bool { return get(r) != nil && t(r) }
		}
		return tests
	case "object", "multiobject":
		for _, v := range filled(values) {
			if _, err := strconv.Atoi(v); err != nil && v != nullValue && lookup != "empty" {
				bad.add(name, textWhole)
				return nil
			}
		}
	case "text", "longtext", "url":
		if logic == "loose" {
			if lookup != "" {
				return nil
			}
			lookup = "ic"
		}
	}
	return customTextFilter(get, lookup, values)
}

// nullsFirst lets a row without a value pass where less is asked for: the values
// are JSON in the database, and there null is less than everything (4.7.3).
func nullsFirst(lookup string, get func(*row) any, tests []test) []test {
	if lookup == "lt" || lookup == "lte" {
		for i, t := range tests {
			tests[i] = func(r *row) bool { return get(r) == nil || t(r) }
		}
	}
	return tests
}

// customStampFilter compares a custom field that is a date or a time.
func customStampFilter(name, kind, lookup string, values []string, bad *problems, get func(*row) any) []test {
	if lookup == "empty" {
		return boolFilter("", values, func(r *row) bool { return get(r) == nil })
	}
	stamp := func(v string) (float64, bool) { us, ok := readStamp(v); return float64(us), ok }
	numbers := make([]string, 0, len(values))
	for _, v := range filled(values) {
		x, ok := stamp(v)
		switch {
		case ok:
			v = strconv.FormatFloat(x, 'f', -1, 64)
		case v != nullValue && kind == "date":
			bad.add(name, "Enter a valid date.")
			return nil
		case v != nullValue:
			bad.add(name, textMoment)
			return nil
		}
		numbers = append(numbers, v)
	}
	return numberFilter(name, lookup, textNumber, numbers, bad, func(r *row) (float64, bool) { return stamp(plain(get(r))) })
}

func customTextFilter(get func(*row) any, lookup string, values []string) []test {
	if lookup == "empty" {
		return boolFilter("", values, func(r *row) bool { v := get(r); return v == nil || v == "" })
	}
	want := filled(values)
	match := textMatch(&field{}, lookup)
	if len(want) == 0 || match == nil {
		return nil
	}
	positive := !strings.HasPrefix(lookup, "n")
	return []test{func(r *row) bool {
		v := get(r)
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		hit := slices.ContainsFunc(want, func(w string) bool {
			return slices.ContainsFunc(list, func(x any) bool {
				if x == nil {
					return w == nullValue
				}
				return match(plain(x), w)
			})
		})
		return hit == positive
	}}
}
