package servicenow

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// shape is what the Go type of a row says about the columns it holds.
type shape struct {
	fields  []string // column names in the order of the struct; nil for maps
	timed   string   // a column that cannot be read from display values, or ""
	plain   string   // a column that cannot hold a value and a display value, or ""
	sysID   []int    // index of the sys_id field; nil when there is none
	isMap   bool
	pointer bool
	plan    *plan // nil when only encoding/json can decode the type
	columns []column
	special bool // some field needs encoding/json's own rules
}

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	timedTypes      = map[reflect.Type]bool{
		reflect.TypeFor[DateTime](): true,
		reflect.TypeFor[Date]():     true,
		reflect.TypeFor[Duration](): true,
	}
)

// shapeOf looks at the type once, when a table is made.
func shapeOf(t reflect.Type) (*shape, error) {
	s := &shape{}
	if t.Kind() == reflect.Pointer {
		s.pointer = true
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		s.isMap = true
		return s, nil
	case t.Kind() == reflect.Struct && !timedTypes[t]:
		seen := map[string]int{}
		if err := s.walk(t, nil, seen, map[reflect.Type]bool{}); err != nil {
			return nil, err
		}
		if len(s.fields) == 0 {
			return nil, fmt.Errorf("type %v has no exported field with a json tag: tag the columns that you need, or use servicenow.Record", t)
		}
		s.makePlan(t)
		return s, nil
	}
	return nil, fmt.Errorf("type %v cannot hold a row: use a struct with json tags or servicenow.Record", t)
}

func (s *shape) walk(t reflect.Type, index []int, seen map[string]int, visiting map[reflect.Type]bool) error {
	if visiting[t] {
		return fmt.Errorf("type %v embeds itself", t)
	}
	visiting[t] = true
	defer delete(visiting, t)
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		if tag == "-" {
			continue
		}
		at := append(append([]int{}, index...), i)
		if f.Anonymous && name == "" {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
				s.special = true
			}
			if inner.Kind() == reflect.Struct {
				if err := s.walk(inner, at, seen, visiting); err != nil {
					return err
				}
				continue
			}
		}
		if !f.IsExported() {
			if tagged && name != "" {
				return fmt.Errorf("field %s of %v has a json tag but is not exported: encoding/json would never fill it", f.Name, t)
			}
			continue
		}
		if name == "" {
			return fmt.Errorf("field %s of %v has no json tag: name its column, or tag it `json:\"-\"`", f.Name, t)
		}
		if err := checkColumn(name); err != nil {
			return fmt.Errorf("field %s of %v: json tag %q: %w", f.Name, t, name, err)
		}
		depth, again := seen[name]
		switch {
		case again && depth == len(at):
			return fmt.Errorf("two fields of %v are tagged %q: encoding/json would fill neither", t, name)
		case again && depth < len(at):
			continue // the outer field hides this one
		case !again:
			s.fields = append(s.fields, name)
		}
		seen[name] = len(at)
		s.special = s.special || again || slices.Contains(strings.Split(options, ","), "string")
		s.columns = append(s.columns, column{name: name, index: at, form: formOf(f.Type)})
		s.note(name, f.Type, at)
	}
	return nil
}

// makePlan prepares the quick way to decode rows, where the type allows it.
func (s *shape) makePlan(t reflect.Type) {
	if s.special || s.pointer || reflect.PointerTo(t).Implements(jsonUnmarshaler) || reflect.PointerTo(t).Implements(textUnmarshaler) {
		return
	}
	s.plan = &plan{columns: s.columns, byName: make(map[string]int, len(s.columns))}
	for i, c := range s.columns {
		s.plan.byName[c.name] = i
	}
}

// note keeps what matters about one column's type.
func (s *shape) note(name string, t reflect.Type, index []int) {
	if name == sysID {
		s.sysID = index
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if timedTypes[t] {
		s.timed = name
	}
	if t.Kind() != reflect.Interface && t.Kind() != reflect.Map && t.Kind() != reflect.Struct && !reflect.PointerTo(t).Implements(jsonUnmarshaler) {
		s.plain = name
	}
}

// check refuses a display mode that the type would read wrongly.
func (s *shape) check(param string) error {
	switch {
	case param != "" && param != "false" && param != "true" && param != "all":
		return errors.New("unknown Display: use ValuesOnly, DisplayText or DisplayBoth")
	case param == "true" && s.timed != "":
		return fmt.Errorf("field %q is a date, time or duration, which display values give in the user's format and zone: use DisplayBoth", s.timed)
	case param == "all" && s.plain != "":
		return fmt.Errorf("field %q is a plain Go value, which cannot hold a value and a display value: use servicenow.String, Value or Ref", s.plain)
	}
	return nil
}

// strip empties the sys_id of a row, which was fetched for paging only.
func (s *shape) strip(row reflect.Value) {
	if s.pointer {
		if row.IsNil() {
			return
		}
		row = row.Elem()
	}
	if s.isMap {
		row.SetMapIndex(reflect.ValueOf(sysID).Convert(row.Type().Key()), reflect.Value{})
		return
	}
	if s.sysID == nil {
		return
	}
	if field, err := row.FieldByIndexErr(s.sysID); err == nil && field.CanSet() {
		field.SetZero()
	}
}

var errNilRow = errors.New("the row is nil: pass a struct with json tags, a Record or a map")
