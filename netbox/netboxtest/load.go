package netboxtest

import (
	"fmt"
	"strconv"
)

// Load takes objects over as a NetBox's REST API shows them: ids, time stamps,
// tags and custom fields are kept, and nothing is checked against the rules.
// kind is the path ("dcim/devices") or the model; list is the JSON of a list
// answer ({"results": [...]}), of an array of objects, or of one object. Call
// it once for each page, in any order of types. An object whose id is there
// already is replaced. Fields that this package does not know are left out.
// Loading writes no change log.
func (s *Server) Load(kind string, list []byte) error {
	res, err := s.kinds(kind)
	if err != nil {
		return err
	}
	v, err := parseJSON(list)
	if err != nil {
		return fmt.Errorf("netboxtest: Load(%q): the list is not JSON: %w", kind, err)
	}
	if o, ok := v.(object); ok {
		if results, ok := o.get("results"); ok {
			v = results
		} else {
			v = []any{o}
		}
	}
	items, ok := v.([]any)
	if !ok {
		return fmt.Errorf("netboxtest: Load(%q): want a list of objects, got a JSON %s", kind, pythonType(v))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]*row, 0, len(items))
	for i, item := range items {
		r, err := s.loaded(res, item)
		if err != nil {
			return fmt.Errorf("netboxtest: Load(%q): object %d: %w", kind, i, err)
		}
		rows = append(rows, r)
	}
	for _, r := range rows {
		s.put(s.table(res), r.id, r)
		s.lastStamp = max(s.lastStamp, r.updated, r.created)
	}
	return nil
}

// loaded makes a row of an object as the API shows it.
func (s *Server) loaded(res *resource, item any) (*row, error) {
	o, ok := item.(object)
	if !ok {
		return nil, fmt.Errorf("want an object, got a JSON %s", pythonType(item))
	}
	given, _ := o.get("id")
	id, err := strconv.ParseInt(plain(given), 10, 64)
	if err != nil || id <= 0 {
		return nil, fmt.Errorf("it has no id: read it with the id field")
	}
	r := s.blank(res, nil)
	r.id, r.custom = id, nil
	if old := s.table(res).rows[id]; old != nil { // secrets are not shown, so they stay
		for _, f := range res.fields {
			if f.hidden {
				r.vals[f.slot] = old.vals[f.slot]
			}
		}
	}
	for _, m := range o {
		f := res.byName[m.key]
		if f == nil {
			continue
		}
		switch {
		case f.kind == kindStamp:
			us, _ := readStamp(plain(m.value))
			if f.name == "last_updated" {
				r.updated = us
			} else {
				r.created = us
			}
		case f.kind == kindTags:
			list, _ := m.value.([]any)
			for _, t := range list {
				if id, ok := idOf(t); ok {
					r.tags = append(r.tags, id)
				}
			}
		case f.kind == kindCustom:
			values, _ := m.value.(object)
			for _, v := range values {
				if v.value != nil {
					r.setCustom(v.key, s.customLoaded(v.key, v.value))
				}
			}
		case f.slot >= 0:
			v, err := loadedValue(f, m.value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.key, err)
			}
			r.vals[f.slot] = v
		}
	}
	return r, nil
}

func loadedValue(f *field, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch f.kind {
	case kindRef:
		id, ok := idOf(v)
		if !ok {
			return nil, fmt.Errorf("want an object with an id, or an id")
		}
		return id, nil
	case kindRefs:
		list, _ := v.([]any)
		ids := []any{}
		for _, x := range list {
			if id, ok := idOf(x); ok {
				ids = append(ids, id)
			}
		}
		return ids, nil
	case kindEnds:
		return loadedEnds(v), nil
	case kindMAC:
		return nil, nil
	case kindChoice:
		if o, ok := v.(object); ok {
			v, _ = o.get("value")
		}
		if v == nil || v == "" {
			return nil, nil
		}
		return plain(v), nil
	case kindInt:
		n, err := strconv.ParseInt(plain(v), 10, 64)
		return n, err
	case kindDecimal:
		x, err := strconv.ParseFloat(plain(v), 64)
		return x, err
	case kindText, kindSlug, kindZone, kindType:
		return plain(v), nil
	}
	return v, nil
}

// customLoaded is a custom field value without what a read adds to it.
func (s *Server) customLoaded(name string, v any) any {
	for _, id := range s.tableOf("extras.customfield").ids {
		cf := s.tableOf("extras.customfield").rows[id]
		if cf.str("name") == name && cf.str("type") == "json" {
			return v
		}
	}
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i, y := range x {
			out[i] = s.customLoaded(name, y)
		}
		return out
	case object:
		if value, ok := x.get("value"); ok && len(x) == 2 {
			return value
		}
		if id, ok := idOf(x); ok {
			return id
		}
	}
	return v
}

func idOf(v any) (int64, bool) {
	if o, ok := v.(object); ok {
		v, _ = o.get("id")
	}
	n, err := strconv.ParseInt(plain(v), 10, 64)
	return n, err == nil
}
