package netboxtest

import (
	"strconv"
	"strings"
)

// readRef finds the row that a relation is written with: an id, or attributes
// that fit exactly one row.
func (s *Server) readRef(f *field, v any) (any, []string) {
	if v == nil {
		if f.null {
			return nil, nil
		}
		return nil, []string{textNull}
	}
	id, text := s.relate(f.to, v)
	if text != "" {
		return nil, []string{text}
	}
	return id, nil
}

func (s *Server) relate(model string, v any) (int64, string) {
	t := s.tableOf(model)
	switch x := v.(type) {
	case object:
		return s.relateBy(t, x)
	case number, string:
		return s.relateID(t, v)
	}
	return 0, unrecognized(v)
}

func unrecognized(v any) string {
	return "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: " + plain(v)
}

func (s *Server) relateID(t *table, v any) (int64, string) {
	id, err := strconv.ParseInt(strings.TrimSpace(plain(v)), 10, 64)
	if err != nil {
		return 0, unrecognized(v)
	}
	if t == nil || t.rows[id] == nil {
		return 0, "Related object not found using the provided numeric ID: " + strconv.FormatInt(id, 10)
	}
	return id, ""
}

func (s *Server) relateBy(t *table, want object) (int64, string) {
	if t == nil {
		return 0, "Related object not found using the provided attributes: " + python(want)
	}
	for _, m := range want {
		if f := t.res.byName[m.key]; f == nil || f.slot < 0 && f.name != "id" {
			return 0, "Cannot resolve keyword '" + m.key + "' into field."
		}
	}
	found := int64(0)
	for _, id := range t.ids {
		if !s.fitsAll(t.rows[id], want) || !s.maySee(t.rows[id]) {
			continue
		}
		if found != 0 {
			return 0, "Multiple objects match the provided attributes: " + python(want)
		}
		found = id
	}
	if found == 0 {
		return 0, "Related object not found using the provided attributes: " + python(want)
	}
	return found, ""
}

// maySee says whether the one who writes may look a row up by its attributes:
// since 4.6 only what the user may view (NetBox source 4.6.8; not so in 4.5.10).
func (s *Server) maySee(r *row) bool {
	return s.schema.v < v46 || s.writer == nil || s.may(s.writer, "view", r)
}

func (s *Server) fitsAll(r *row, want object) bool {
	for _, m := range want {
		if m.key == "id" {
			if strconv.FormatInt(r.id, 10) != plain(m.value) {
				return false
			}
			continue
		}
		f := r.res.byName[m.key]
		switch f.kind {
		case kindRef:
			to := s.target(r, f)
			if inner, ok := m.value.(object); ok {
				if to == nil || !s.fitsAll(to, inner) {
					return false
				}
				continue
			}
			if m.value == nil && to == nil {
				continue
			}
			if to == nil || strconv.FormatInt(to.id, 10) != plain(m.value) {
				return false
			}
		default:
			have := r.vals[f.slot]
			if have == nil || m.value == nil {
				if have != m.value {
					return false
				}
				continue
			}
			e := encoder{}
			e.value(have)
			if plain(have) != plain(m.value) && string(e.buf) != plain(m.value) {
				return false
			}
		}
	}
	return true
}
