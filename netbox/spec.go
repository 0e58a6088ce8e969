package netbox

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// spec is what tells one resource from another. A new resource is a file with
// its type, its write and filter structs, and a spec.
type spec struct {
	name   string // "DCIM.Devices", for errors
	path   string // "dcim/devices"
	filter any    // zero value of its filter struct
	// more lists filters beyond the struct's, "name" for texts, "name:kind", or
	// "name:kind:version" for one that older releases do not have.
	more string
	// without lists filters of everywhere that the resource does not have.
	without string
	// contexts: it has a costly config_context.
	contexts bool
	// renamed are fields that had another name before 4.0 or 4.1.
	renamed []renaming
	// reshaped are fields that had another form in older releases.
	reshaped []reshaping

	names  map[string]filterName
	fields []string // wire names of T's fields; nil when T is a map
	row    reflect.Type
	id     int // index of T's id field; -1 when T is a map
	err    error
}

// changeLogFilters are filters that custom fields and choice sets of older
// releases do not have.
const changeLogFilters = "created last_updated created_by_request updated_by_request modified_by_request"

type renaming struct {
	now, was string
	since    Version
}

// prepared returns a copy of the spec with what follows from the row type.
func (s spec) prepared(row reflect.Type) *spec {
	var filter reflect.Type
	if s.filter != nil {
		filter = reflect.TypeOf(s.filter)
	}
	s.names = filterNames(filter, s.more)
	for name := range strings.FieldsSeq(s.without) {
		delete(s.names, name)
	}
	s.row, s.id = row, -1
	switch row.Kind() {
	case reflect.Struct:
		for i := range row.NumField() {
			f := row.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" || !f.IsExported() {
				continue
			}
			s.fields = append(s.fields, name)
			if name == "id" && f.Type.Kind() == reflect.Int64 {
				s.id = i
			}
		}
		if s.id < 0 {
			s.err = fmt.Errorf("%v has no field of type int64 tagged `json:\"id\"`; lists are read by id", row)
		}
	case reflect.Map:
		if row.Key().Kind() != reflect.String {
			s.err = fmt.Errorf("%v is no map with string keys", row)
		}
	default:
		s.err = fmt.Errorf("%v is neither a struct nor a map", row)
	}
	return &s
}

// checkFilter refuses another resource's filter struct.
func (s *spec) checkFilter(f Filter) error {
	switch f := f.(type) {
	case nil, parameter:
		return nil
	case conjunction:
		for _, part := range f {
			if err := s.checkFilter(part); err != nil {
				return err
			}
		}
		return nil
	default:
		got := reflect.TypeOf(f)
		if got.Kind() == reflect.Pointer {
			return fmt.Errorf("give the %s in Where by value, not as a pointer", got.Elem().Name())
		}
		if s.filter == nil {
			return fmt.Errorf("this resource takes Raw and Lookup filters in Where, not a %s", got.Name())
		}
		if want := reflect.TypeOf(s.filter); got != want {
			return fmt.Errorf("a %s in Where selects other objects; use %s", got.Name(), want.Name())
		}
		return nil
	}
}

// resolveNames checks the filters' names against the resource and the server's
// version, and spells renamed ones as the server does.
func (s *spec) resolveNames(values url.Values, known Version) error {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		f, err := checkName(s.name, s.names, key)
		if err != nil {
			return err
		}
		if f.since.IsZero() && f.was == "" {
			continue
		}
		if known.IsZero() {
			return errVersionNeeded
		}
		if !f.since.IsZero() && !known.AtLeast(f.since.Major, f.since.Minor) {
			return fmt.Errorf("the filter %q exists since NetBox %s, and the server is %s; it would ignore the filter and answer with everything", key, f.since, known)
		}
		if f.was != "" && !known.AtLeast(4, 0) {
			values[f.was] = values[key]
			delete(values, key)
		}
	}
	return nil
}

// errVersionNeeded asks the caller to learn the version and try again.
var errVersionNeeded = errors.New("the server's version is not known yet")

// checkField refuses a field name that the row type does not have: NetBox would
// answer with empty objects.
func (s *spec) checkField(name string) error {
	if s.fields == nil || slices.Contains(s.fields, name) {
		if name == "" || strings.ContainsAny(name, ", &=") {
			return fmt.Errorf("%q is not a field", name)
		}
		return nil
	}
	return fmt.Errorf("%s has no field %q", s.row.Name(), name)
}

// collection and object build paths. The slash at the end is not decoration:
// without it NetBox redirects reads and refuses writes.
func (s *spec) collection() (string, error) {
	if s.err != nil {
		return "", fmt.Errorf("netbox: %s: %w", s.name, s.err)
	}
	path, err := rest.Path(append([]string{"api"}, strings.Split(s.path, "/")...)...)
	if err != nil {
		return "", fmt.Errorf("netbox: %s: %w", s.name, err)
	}
	return path + "/", nil
}

func (s *spec) object(id int64) (string, error) {
	if id < 1 {
		return "", fmt.Errorf("netbox: %s: id %d is not an id; ids are positive", s.name, id)
	}
	path, err := s.collection()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%d/", path, id), nil
}
