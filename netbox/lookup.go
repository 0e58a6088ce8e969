package netbox

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
)

// Op is how a [Lookup] compares. Texts take the text comparisons, numbers and
// dates the ordered ones, relations and choices only Exact and Not.
type Op string

// The comparisons that NetBox offers; text ones ignore case unless they say
// otherwise.
const (
	Exact         Op = ""
	Not           Op = "n"
	Contains      Op = "ic"
	NotContains   Op = "nic"
	StartsWith    Op = "isw"
	NotStartsWith Op = "nisw"
	EndsWith      Op = "iew"
	NotEndsWith   Op = "niew"
	SameText      Op = "ie" // equal but for case
	NotSameText   Op = "nie"
	Empty         Op = "empty"  // the value is true or false
	Regex         Op = "regex"  // heeds case; since 4.3
	IRegex        Op = "iregex" // since 4.3
	Less          Op = "lt"
	LessEq        Op = "lte"
	Greater       Op = "gt"
	GreaterEq     Op = "gte"
)

// Lookup compares a field in another way than for equality, for example
// Lookup("name", StartsWith, "zrh-"). Several values are alternatives (for the
// negations: none of them). A comparison that the field does not offer is
// refused, since NetBox would ignore it.
func Lookup(field string, op Op, values ...any) Filter {
	if op == Exact {
		return Raw(field, values...)
	}
	if op == Empty && len(values) == 0 {
		values = []any{true}
	}
	return Raw(field+"__"+string(op), values...)
}

// lookupKind says which comparisons a filter offers.
type lookupKind string

const (
	kindText     lookupKind = "text"
	kindOrdered  lookupKind = "ordered" // numbers and dates
	kindRelation lookupKind = "relation"
	kindChoice   lookupKind = "choice"
	kindMAC      lookupKind = "mac" // texts without empty and patterns
	kindNone     lookupKind = "none"
)

var lookupsOf = map[lookupKind]string{
	kindText:     " n ic nic isw nisw iew niew ie nie empty regex iregex ",
	kindOrdered:  " n lt lte gt gte empty ",
	kindRelation: " n ",
	kindChoice:   " n ",
	kindMAC:      " n ic nic isw nisw iew niew ie nie ",
	kindNone:     " ",
}

// filterName is what is known about one filter of a resource.
type filterName struct {
	kind  lookupKind
	since Version
	was   string // its name before 4.0
}

// everywhere are the filters that all resources have besides their struct's.
var everywhere = map[string]filterName{
	"id":                  {kind: kindOrdered},
	"created":             {kind: kindOrdered},
	"last_updated":        {kind: kindOrdered},
	"description":         {kind: kindText, since: Version{4, 0}}, // earlier on some types only
	"created_by_request":  {kind: kindNone},
	"updated_by_request":  {kind: kindNone},
	"modified_by_request": {kind: kindNone, since: Version{4, 0}},
}

// filterNames reads a filter struct's tags: url gives the name, lookup the
// kind where the Go type does not tell, since the first version that knows the
// filter, was its name before 4.0.
func filterNames(t reflect.Type, more string) map[string]filterName {
	names := maps.Clone(everywhere)
	if t != nil {
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("url"), ",")
			f := filterName{kind: lookupKind(field.Tag.Get("lookup")), was: field.Tag.Get("was")}
			f.since, _ = ParseVersion(field.Tag.Get("since"))
			if f.kind == "" {
				switch field.Type {
				case reflect.TypeFor[IDs]():
					f.kind = kindRelation
				case reflect.TypeFor[Texts]():
					f.kind = kindText
				default:
					f.kind = kindNone
				}
			}
			if _, known := names[name]; !known {
				names[name] = f
			}
			if name == "tag" {
				names["tag_id"] = filterName{kind: kindRelation, since: Version{4, 3}}
			}
		}
	}
	for name := range strings.FieldsSeq(more) {
		name, kind, _ := strings.Cut(name, ":")
		kind, since, _ := strings.Cut(kind, ":")
		if kind == "" {
			kind = string(kindText)
		}
		f := filterName{kind: lookupKind(kind)}
		f.since, _ = ParseVersion(since)
		names[name] = f
	}
	return names
}

// owned are the parameters that other fields of Query set.
var owned = map[string]string{
	"limit": "PageSize", "offset": "After", "start": "After", "ordering": "Ordering", "fields": "Fields",
	"omit": "Omit", "exclude": "Omit", "brief": "Brief", "format": "",
}

// checkName checks one parameter name against the resource's filters and
// returns what is known about it.
func checkName(resource string, names map[string]filterName, key string) (filterName, error) {
	if field, ok := owned[key]; ok {
		if field == "" {
			return filterName{}, fmt.Errorf("%s is not a filter", key)
		}
		return filterName{}, fmt.Errorf("%s is not a filter; set Query.%s", key, field)
	}
	if name, ok := strings.CutPrefix(key, "cf_"); ok {
		base, op, found := strings.Cut(name, "__")
		if base == "" || strings.ContainsFunc(base, notWord) {
			return filterName{}, fmt.Errorf("%q names no custom field", key)
		}
		if found && !strings.Contains(lookupsOf[kindOrdered], " "+op+" ") {
			return filterName{}, fmt.Errorf("%s: NetBox ignores text comparisons on loosely filtered custom fields and would answer with everything; compare for equality, or in your own code", key)
		}
		return filterName{kind: kindOrdered}, nil
	}
	if f, ok := names[key]; ok {
		return f, nil
	}
	base, op, found := strings.Cut(key, "__")
	f, known := names[base]
	if !found || !known {
		return filterName{}, fmt.Errorf("%s has no filter %q; NetBox would ignore it and answer with everything", resource, key)
	}
	if base == "tag" && op == "any" {
		return filterName{kind: kindRelation, since: Version{4, 7}}, nil // 4.6.6, and the header tells no patch level
	}
	if op == "" || !strings.Contains(lookupsOf[f.kind], " "+op+" ") {
		return filterName{}, fmt.Errorf("%s: the filter %q offers no comparison %q; NetBox would ignore it and answer with everything", resource, base, op)
	}
	if op == string(Regex) || op == string(IRegex) {
		f.since = later(f.since, Version{4, 3})
	}
	return f, nil
}

func notWord(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
