package netbox

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-querystring/query"
)

// Filter selects objects of a list: a filter struct such as [DeviceFilter], or
// a value made by [And], [Lookup], [CF], [IsNull], [UpdatedBetween] or [Raw].
// The interface is closed.
//
// NetBox ignores a filter that it does not know or whose value is empty, and
// then answers with the whole table. Every filter is therefore checked before
// anything is sent: names against those of the resource and the server's
// version, values for being there at all.
type Filter interface {
	encode(dst url.Values) error
}

// IDs is a list of ids in a filter; a plain []int64 may be assigned to it. nil
// does not filter; an empty list is an error, since it would select everything.
// [None] stands for "no related object".
type IDs []int64

// None in an [IDs] list selects the objects without a related one: a site
// without a region, a region at the root.
const None int64 = -1

// EncodeValues writes the ids as repeated parameters, None as null.
func (i IDs) EncodeValues(key string, v *url.Values) error {
	for _, id := range i {
		switch {
		case id == None && key != "id":
			v.Add(key, "null")
		case id < 1:
			return fmt.Errorf("%s: %d is not an id; ids are positive", key, id)
		default:
			v.Add(key, strconv.FormatInt(id, 10))
		}
	}
	return nil
}

// Texts is a list of values in a filter, any of which may match; a plain
// []string may be assigned to it. nil does not filter; an empty list, an empty
// text, and "null" (which NetBox reads as "without a value", see [IsNull]) are
// errors.
type Texts []string

// EncodeValues writes the texts as repeated parameters.
func (t Texts) EncodeValues(key string, v *url.Values) error {
	for _, text := range t {
		if text == "null" {
			return fmt.Errorf(`%s: NetBox reads "null" as "without a value"; use IsNull(%q) for that, Lookup(%q, SameText, "null") for the text`, key, key, key)
		}
		v.Add(key, text)
	}
	return nil
}

// And combines filters: all of them must match. A parameter may be set by one
// of them only, because NetBox takes repeated parameters as alternatives. Nil
// filters are ignored.
func And(filters ...Filter) Filter { return conjunction(filters) }

type conjunction []Filter

func (c conjunction) encode(dst url.Values) error {
	for _, f := range c {
		if f == nil {
			continue
		}
		part := url.Values{}
		if err := f.encode(part); err != nil {
			return err
		}
		for key, values := range part {
			if _, taken := dst[key]; taken {
				return fmt.Errorf("%s is filtered on twice, which NetBox would read as alternatives; give all its values in one filter", key)
			}
			dst[key] = values
		}
	}
	return nil
}

// parameter is a single query parameter.
type parameter struct {
	key    string
	values []string
	err    error
}

func (p parameter) encode(dst url.Values) error {
	if p.err != nil {
		return p.err
	}
	if p.key == "" {
		return errors.New("a filter's name is empty")
	}
	if len(p.values) == 0 {
		return fmt.Errorf("%s: no value given, which would select everything", p.key)
	}
	dst[p.key] = append(dst[p.key], p.values...)
	return nil
}

// Raw is a filter as NetBox spells it, for example Raw("rack_id__n", 7). Its
// name must be one that the resource is known to have on the server's version,
// or a custom field's (cf_...); values are strings, numbers, booleans or times.
func Raw(name string, values ...any) Filter {
	texts, err := filterTexts(name, values)
	return parameter{key: name, values: texts, err: err}
}

// CF selects by a custom field: any of the values may match. NetBox ignores the
// filter, and answers with the whole table, when the field does not exist on
// the type or its filter logic is disabled; a loose text field matches parts.
// So use it to narrow what is read, never to decide what is deleted.
func CF(name string, values ...any) Filter {
	if name == "" {
		return parameter{err: errors.New("CF: the custom field's name is empty")}
	}
	return Raw("cf_"+name, values...)
}

// IsNull selects the objects whose field has no value: a relation
// ("tenant_id"), "asset_tag", or "tag" for objects without any tag.
func IsNull(field string) Filter { return parameter{key: field, values: []string{"null"}} }

// UpdatedBetween selects the objects that were last changed at or after from
// and before to; a zero time leaves that side open. Deletions, and changes of
// related objects, do not show.
func UpdatedBetween(from, to time.Time) Filter {
	return between("last_updated", from, to)
}

// CreatedBetween selects the objects created at or after from and before to; a
// zero time leaves that side open.
func CreatedBetween(from, to time.Time) Filter {
	return between("created", from, to)
}

func between(field string, from, to time.Time) Filter {
	var both conjunction
	if !from.IsZero() {
		both = append(both, Lookup(field, GreaterEq, from))
	}
	if !to.IsZero() {
		both = append(both, Lookup(field, Less, to))
	}
	if len(both) == 0 {
		return parameter{err: fmt.Errorf("%s: both ends of the range are zero, which would select everything", field)}
	}
	return both
}

// filterTexts turns the values of a filter into parameter texts.
func filterTexts(name string, values []any) ([]string, error) {
	texts := make([]string, 0, len(values))
	for _, value := range values {
		switch v := value.(type) {
		case string:
			texts = append(texts, v)
		case bool:
			texts = append(texts, strconv.FormatBool(v))
		case time.Time:
			if v.IsZero() {
				return nil, fmt.Errorf("%s: the time is zero", name)
			}
			texts = append(texts, v.UTC().Format("2006-01-02T15:04:05.999999Z"))
		case []string:
			texts = append(texts, v...)
		case []int64:
			for _, id := range v {
				texts = append(texts, strconv.FormatInt(id, 10))
			}
		default:
			rv := reflect.ValueOf(value)
			switch {
			case !rv.IsValid():
				return nil, fmt.Errorf("%s: nil is not a value; use IsNull(%q)", name, name)
			case rv.CanInt():
				texts = append(texts, strconv.FormatInt(rv.Int(), 10))
			case rv.CanUint():
				texts = append(texts, strconv.FormatUint(rv.Uint(), 10))
			case rv.CanFloat():
				texts = append(texts, strconv.FormatFloat(rv.Float(), 'f', -1, 64))
			case rv.Kind() == reflect.String:
				texts = append(texts, rv.String())
			default:
				return nil, fmt.Errorf("%s: a %T is no filter value; give strings, numbers, booleans or times", name, value)
			}
		}
	}
	return texts, nil
}

// encodeStruct encodes a resource's filter struct.
func encodeStruct(filter any, dst url.Values) error {
	rv := reflect.ValueOf(filter)
	for i := range rv.NumField() {
		if f := rv.Field(i); f.Kind() == reflect.Slice && !f.IsNil() && f.Len() == 0 {
			return fmt.Errorf("%s.%s is an empty list, which would select everything; leave it nil to select by other fields only",
				rv.Type().Name(), rv.Type().Field(i).Name)
		}
	}
	values, err := query.Values(filter)
	if err != nil {
		return err
	}
	for key, texts := range values {
		dst[key] = append(dst[key], texts...)
	}
	return nil
}

// checkValues refuses empty values, which NetBox ignores.
func checkValues(values url.Values) error {
	for key, texts := range values {
		for _, text := range texts {
			if strings.TrimSpace(text) == "" {
				return fmt.Errorf("%s: the value is empty; NetBox would ignore the filter and answer with everything", key)
			}
		}
	}
	return nil
}
