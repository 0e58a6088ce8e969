package netboxtest

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// filter is a filter beyond those that follow from the fields: one on rows
// that are reached over references, or a yes-or-no question.
type filter struct {
	span
	name string
	path []string // references to follow
	tree bool     // descendants count too
	by   string   // field of the last row that the plain name compares; "" is slug
	open bool     // an unknown plain name finds nothing instead of being refused
	num  func(r *row) float64
	yes  func(s *Server, r *row) bool

	anyOf func(s *Server, r *row) []int64 // rows of another type, any of which may fit
	to    string                          // that type

	fits  func(s *Server, r *row, v string) bool // one value of the parameter
	valid func(v string) bool                    // nil: every value is
}

// test is one condition of a list.
type test func(r *row) bool

func fitsEvery(tests []test, r *row) bool {
	for _, t := range tests {
		if !t(r) {
			return false
		}
	}
	return true
}

// notFilters are parameters of a list that say how, and not which.
var notFilters = []string{"limit", "offset", "start", "ordering", "brief", "fields", "omit", "exclude", "format"}

// filters reads the parameters of a list. Unknown ones are ignored, and so are
// empty texts and numbers; unknown values of relations and choices are refused.
func (s *Server) filters(res *resource, q url.Values) ([]test, *problems) {
	bad := &problems{}
	var tests []test
	names := make([]string, 0, len(q))
	for name := range q {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { // the order in which mistakes are told
		if c := b2i(!strings.HasPrefix(a, "tag")) - b2i(!strings.HasPrefix(b, "tag")); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		if slices.Contains(notFilters, name) {
			continue
		}
		tests = append(tests, s.filter(res, name, q[name], bad)...)
	}
	return tests, bad
}

func (s *Server) filter(res *resource, name string, values []string, bad *problems) []test {
	base, lookup, _ := strings.Cut(name, "__")
	switch {
	case base == "q" && lookup == "":
		return s.search(res, values)
	case res.tagged && (base == "tag" || base == "tag_id"):
		return s.tagFilter(name, base, lookup, values, bad)
	case base == "id":
		return numberFilter(name, lookup, textWhole, values, bad, func(r *row) (float64, bool) { return float64(r.id), true })
	case strings.HasPrefix(base, "cf_") && res.custom:
		return s.customFilter(res, name, values, bad)
	case base == "created" || base == "last_updated":
		return stampFilter(name, base, lookup, values, bad)
	case base == "created_by_request" || base == "updated_by_request" || base == "modified_by_request":
		return requestFilter(base, values, bad)
	case base == "parent" || base == "parent_id" || base == "ancestor" || base == "ancestor_id":
		if f := res.byName["parent"]; f != nil && f.kind == kindRef {
			return s.familyFilter(res, name, base, lookup, values, bad)
		}
	}
	plainName, isID := strings.CutSuffix(base, "_id")
	for i := range res.filters {
		f := &res.filters[i]
		if !f.has(s.schema.v) {
			continue
		}
		if f.name == base && f.yes != nil {
			return boolFilter(lookup, values, func(r *row) bool { return f.yes(s, r) })
		}
		if f.name == base && f.num != nil {
			return numberFilter(name, lookup, textWhole, values, bad, func(r *row) (float64, bool) { return f.num(r), true })
		}
		if f.name == base && f.fits != nil {
			return s.valueFilter(f, name, lookup, values, bad)
		}
		if f.yes == nil && f.num == nil && f.fits == nil && (f.name == base || isID && f.name == plainName) {
			return s.relationFilter(res, f, name, isID, lookup, values, bad)
		}
	}
	if f := res.byName[plainName]; isID && f != nil && f.kind == kindRef {
		return s.relationFilter(res, &filter{path: []string{plainName}}, name, true, lookup, values, bad)
	}
	f := res.byName[base]
	if base == "object_type" && res.byName["object_types"] != nil {
		f = res.byName["object_types"]
	}
	if f == nil || f.hidden {
		return nil
	}
	return s.fieldFilter(res, f, name, lookup, values, bad)
}

// valueFilter asks each row about the values of a parameter; a value that is
// none fits nothing.
func (s *Server) valueFilter(f *filter, _, lookup string, values []string, _ *problems) []test {
	want := filled(values)
	if len(want) == 0 || lookup != "" && lookup != "n" {
		return nil
	}
	want = slices.DeleteFunc(want, func(v string) bool { return f.valid != nil && !f.valid(v) })
	return []test{func(r *row) bool {
		return slices.ContainsFunc(want, func(v string) bool { return f.fits(s, r, v) }) == (lookup == "")
	}}
}

func (s *Server) fieldFilter(res *resource, f *field, name, lookup string, values []string, bad *problems) []test {
	switch f.kind {
	case kindRef:
		by := "slug"
		if to := s.schema.byModel[f.to]; to != nil && to.byName[by] == nil {
			by = "name"
		}
		return s.relationFilter(res, &filter{path: []string{f.name}, by: by}, name, false, lookup, values, bad)
	case kindText, kindSlug, kindZone, kindType:
		if f.max == 0 && f.name == "comments" { // cannot be filtered
			return nil
		}
		return textFilter(f, lookup, values)
	case kindChoice:
		return choiceFilter(f, name, lookup, values, bad)
	case kindInt, kindDecimal:
		complaint := textWhole
		if f.kind == kindDecimal {
			complaint = textNumber
		}
		return numberFilter(name, lookup, complaint, values, bad, func(r *row) (float64, bool) {
			switch v := r.vals[f.slot].(type) {
			case int64:
				return float64(v), true
			case float64:
				return v, true
			}
			return 0, false
		})
	case kindBool:
		return boolFilter(lookup, values, func(r *row) bool { b, _ := r.vals[f.slot].(bool); return b })
	case kindTypes:
		want := filled(values)
		if len(want) == 0 || lookup != "" {
			return nil
		}
		return []test{func(r *row) bool {
			list, _ := r.vals[f.slot].([]any)
			return slices.ContainsFunc(want, func(w string) bool { return slices.Contains(list, any(w)) })
		}}
	}
	return nil
}

// filled leaves out empty values: NetBox ignores them.
func filled(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
}

const nullValue = "null"

func choiceFilter(f *field, name, lookup string, values []string, bad *problems) []test {
	want := values
	if lookup == "empty" {
		return boolFilter("", values, func(r *row) bool { return r.vals[f.slot] == nil })
	}
	match := textMatch(&field{}, lookup)
	if match == nil {
		return nil
	}
	for _, v := range want {
		if (v != nullValue || !f.null) && !slices.ContainsFunc(f.choices, func(c [2]string) bool { return c[0] == v }) {
			bad.add(name, notAChoice(v))
			return nil
		}
	}
	return []test{func(r *row) bool {
		have, ok := r.vals[f.slot].(string)
		if !ok && !f.blanks {
			have = nullValue
		}
		hit := slices.ContainsFunc(want, func(w string) bool { return match(have, w) })
		return hit == !strings.HasPrefix(lookup, "n")
	}}
}

func notAChoice(v string) string {
	return "Select a valid choice. " + v + " is not one of the available choices."
}

// tagFilter takes slugs (tag) or ids (tag_id). Several are AND; __any is OR
// from 4.6.6 on, __n none of them.
func (s *Server) tagFilter(name, base, lookup string, values []string, bad *problems) []test {
	if lookup != "" && lookup != "n" && (lookup != "any" || s.schema.v < 406) {
		return nil
	}
	tags := s.tableOf("extras.tag")
	var want []int64
	null := false
	for _, v := range values {
		if v == nullValue {
			null = true
			continue
		}
		ids := map[int64]bool{}
		if text := s.pickRows(tags.res, v, "slug", base == "tag_id", ids); text != "" {
			bad.add(name, text)
			return nil
		}
		for id := range ids {
			want = append(want, id)
		}
	}
	return []test{func(r *row) bool {
		if null && lookup == "" {
			return len(r.tags) == 0 && len(want) == 0
		}
		switch lookup {
		case "any":
			return slices.ContainsFunc(want, func(id int64) bool { return slices.Contains(r.tags, id) })
		case "n":
			return !slices.ContainsFunc(want, func(id int64) bool { return slices.Contains(r.tags, id) })
		}
		for _, id := range want {
			if !slices.Contains(r.tags, id) {
				return false
			}
		}
		return true
	}}
}

var requestID = regexp.MustCompile(`(?i)^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$`)

func requestFilter(base string, values []string, bad *problems) []test {
	want := filled(values)
	if len(want) == 0 {
		return nil
	}
	if slices.ContainsFunc(want, func(v string) bool { return !requestID.MatchString(v) }) {
		bad.add(base, "Enter a valid UUID.")
		return nil
	}
	return []test{func(r *row) bool {
		switch base {
		case "created_by_request":
			return slices.Contains(want, r.made)
		case "updated_by_request":
			return slices.Contains(want, r.touched) && r.touched != r.made
		}
		return slices.Contains(want, r.made) || slices.Contains(want, r.touched)
	}}
}

func (s *Server) search(res *resource, values []string) []test {
	want := filled(values)
	if len(want) == 0 {
		return nil
	}
	needle := strings.ToLower(strings.TrimSpace(want[len(want)-1]))
	fields := res.pick(res.search...)
	return []test{func(r *row) bool {
		return slices.ContainsFunc(fields, func(f *field) bool { return strings.Contains(strings.ToLower(r.text(f)), needle) })
	}}
}

// readStamp reads a date or a time of a filter.
func readStamp(v string) (int64, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999", "2006-01-02 15:04:05.999999", "2006-01-02 15:04:05Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}
