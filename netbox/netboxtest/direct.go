package netboxtest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// The calls in this file reach the rows without HTTP: no token is asked, no
// journal entry is written. What they change stands in the change log under
// the user "admin" and obeys every rule that a request obeys.

// kinds names a type by its path ("dcim/devices") or its model ("dcim.device").
func (s *Server) kinds(name string) (*resource, error) {
	if r := s.schema.find(name); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("netboxtest: no type %q in NetBox %s: name it as its path (dcim/devices) or its model (dcim.device); there are %s",
		name, s.Version(), strings.Join(s.Types(), ", "))
}

// direct is who changes a row without HTTP: it looks like the request that
// would have done the same.
func (s *Server) direct(method string, res *resource, id int64) actor {
	a := actor{user: "admin", request: s.requestID(), method: method, path: "/api/" + res.path + "/"}
	if id != 0 {
		a.path += strconv.FormatInt(id, 10) + "/"
	}
	return a
}

// Types returns the paths of all types, such as "dcim/devices".
func (s *Server) Types() []string {
	out := make([]string, 0, len(s.schema.all))
	for _, r := range s.schema.all {
		out = append(out, r.path)
	}
	return out
}

// Create makes an object as a POST would and returns its id. kind is a path
// ("dcim/devices") or a model ("dcim.device"); fields hold what the JSON body
// would: texts, numbers, bools, nil, slices and maps. The error of a refusal
// holds NetBox's own answer.
func (s *Server) Create(kind string, fields map[string]any) (int64, error) {
	res, err := s.kinds(kind)
	if err != nil {
		return 0, err
	}
	body, err := toObject(fields)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.createLocked(res, body)
}

func (s *Server) createLocked(res *resource, body object) (int64, error) {
	var id int64
	bad := s.transact(func() *apiError {
		message, err := s.message(body)
		if err != nil {
			return err
		}
		r, err := s.create(res, &input{body: body, message: message}, s.direct("POST", res, 0))
		if err == nil {
			id = r.id
		}
		return err
	})
	if bad != nil {
		return 0, bad
	}
	return id, nil
}

// Update changes an object as a PATCH would.
func (s *Server) Update(kind string, id int64, fields map[string]any) error {
	res, err := s.kinds(kind)
	if err != nil {
		return err
	}
	body, err := toObject(fields)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.table(res).rows[id]
	if old == nil {
		return notFound(res, v47)
	}
	bad := s.transact(func() *apiError {
		message, err := s.message(body)
		if err != nil {
			return err
		}
		_, err = s.update(old, &input{body: body, message: message}, s.direct("PATCH", res, id))
		return err
	})
	if bad != nil {
		return bad
	}
	return nil
}

// Delete deletes an object, and what NetBox deletes with it, as a DELETE would.
func (s *Server) Delete(kind string, id int64) error {
	res, err := s.kinds(kind)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.table(res).rows[id]
	if old == nil {
		return notFound(res, v47)
	}
	if bad := s.transact(func() *apiError { return s.delete(old, "", s.direct("DELETE", res, id)) }); bad != nil {
		return bad
	}
	return nil
}

// Object returns an object as a GET would show it, decoded; whole numbers are
// int64, others float64, and urls are relative. It is false for an unknown
// type or id.
func (s *Server) Object(kind string, id int64) (map[string]any, bool) {
	res, err := s.kinds(kind)
	if err != nil {
		return nil, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.table(res).rows[id]
	if r == nil {
		return nil, false
	}
	return s.decoded(r), true
}

// Objects returns all objects of a type as Object does, by ascending id; none
// for an unknown type.
func (s *Server) Objects(kind string) []map[string]any {
	res, err := s.kinds(kind)
	if err != nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.table(res)
	out := make([]map[string]any, 0, len(t.ids))
	for _, id := range t.ids {
		out = append(out, s.decoded(t.rows[id]))
	}
	return out
}

// IDs returns the ids of all objects of a type, ascending; none for an unknown
// type.
func (s *Server) IDs(kind string) []int64 {
	res, err := s.kinds(kind)
	if err != nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.table(res).ids)
}

// Count returns how many objects of a type there are; 0 for an unknown type.
func (s *Server) Count(kind string) int {
	res, err := s.kinds(kind)
	if err != nil {
		return 0
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.table(res).ids)
}

// Find returns the ids of the objects whose field has the given value, by
// ascending id. A field is a name of the type ("slug"); relations are compared
// by id. It is empty for an unknown type or field.
func (s *Server) Find(kind, field string, value any) []int64 {
	res, err := s.kinds(kind)
	if err != nil {
		return nil
	}
	f := res.byName[field]
	want, err := toValue(value)
	if f == nil || f.slot < 0 || err != nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []int64
	t := s.table(res)
	for _, id := range t.ids {
		if s.fitsAll(t.rows[id], object{{field, want}}) {
			out = append(out, id)
		}
	}
	return out
}

func (s *Server) decoded(r *row) map[string]any {
	e := encoder{s: s}
	e.object(r, s.plans[r.res.at].full, false)
	v, err := parseJSON(e.buf)
	if err != nil {
		return nil
	}
	m, _ := toGo(v).(map[string]any)
	return m
}

// toGo makes Go values of parsed JSON.
func toGo(v any) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, x := range v {
			m[x.key] = toGo(x.value)
		}
		return m
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = toGo(x)
		}
		return out
	case number:
		if n, ok := v.integer(); ok {
			return n
		}
		f, _ := strconv.ParseFloat(string(v), 64)
		return f
	}
	return v
}

// toObject makes a body of Go values; keys go in alphabetical order.
func toObject(fields map[string]any) (object, error) {
	out := make(object, 0, len(fields))
	for k, v := range fields {
		x, err := toValue(v)
		if err != nil {
			return nil, fmt.Errorf("netboxtest: field %q: %w", k, err)
		}
		out = append(out, member{k, x})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out, nil
}

func toValue(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, string, number, object:
		return v, nil
	case int:
		return number(strconv.Itoa(v)), nil
	case int64:
		return number(strconv.FormatInt(v, 10)), nil
	case float64:
		return number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case map[string]any:
		return toObject(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			y, err := toValue(x)
			if err != nil {
				return nil, err
			}
			out[i] = y
		}
		return out, nil
	case []int64:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = number(strconv.FormatInt(x, 10))
		}
		return out, nil
	case []string:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = x
		}
		return out, nil
	}
	data, err := json.Marshal(v) // any other type as its JSON
	if err != nil {
		return nil, fmt.Errorf("cannot be written as JSON: %w", err)
	}
	return parseJSON(data)
}
