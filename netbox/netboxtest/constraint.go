package netboxtest

import (
	"strconv"
	"strings"
)

// unique is a rule that no two rows may agree in some fields.
type unique struct {
	span
	fields   []string
	fold     bool     // case does not count
	isNull   []string // the rule holds only where these are null
	equal    bool     // null equals null, but not in distinct
	distinct string   // the field whose null lifts the rule
	text     string   // "" is Django's "X with this Y and Z already exists."
	field    bool     // reported under the field by the serializer, not as __all__
	falsely  bool     // checked for rows too that the rule is not about (4.0.0 to 4.4.2)

	slots []*field
	conds []*field
}

// key is what two rows must not share; ok is false where the rule does not hold.
func (u *unique) key(r *row) (key string, ok bool) {
	for _, f := range u.conds {
		if f != nil && r.vals[f.slot] != nil {
			return "", false
		}
	}
	return u.keyOf(r)
}

func (u *unique) keyOf(r *row) (key string, ok bool) {
	if len(u.slots) == 1 {
		if u.slots[0] == nil {
			return "", false
		}
		s, isText := r.vals[u.slots[0].slot].(string)
		if isText {
			if u.fold {
				s = strings.ToLower(s)
			}
			return s, true
		}
	}
	var b []byte
	for _, f := range u.slots {
		if f == nil {
			return "", false
		}
		v := r.vals[f.slot]
		switch v := v.(type) {
		case nil:
			if !u.equal || f.name == u.distinct {
				return "", false
			}
		case string:
			if f.kind == kindChoice && v == "" && !u.equal {
				return "", false
			}
			if u.fold {
				v = strings.ToLower(v)
			}
			b = append(b, v...)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case float64:
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		}
		b = append(b, 0)
	}
	return string(b), true
}

// message is the text of a violation.
func (u *unique) message(r *resource) string {
	if u.text != "" {
		return u.text
	}
	names := make([]string, len(u.slots))
	for i, f := range u.slots {
		names[i] = capital(f.words())
	}
	list := names[0]
	if n := len(names); n > 1 {
		list = strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return r.title() + " with this " + list + " already exists."
}

// fieldMessage is the text of a violation under the field's own name.
func (u *unique) fieldMessage(r *resource) string {
	if u.text != "" && !u.falsely {
		return u.text
	}
	return r.verbose + " with this " + u.slots[0].words() + " already exists."
}

// clash is the id of another row that a rule does not let the row stand beside, or 0.
func (t *table) clash(i int, r *row) int64 {
	u := &t.res.uniques[i]
	k, ok := u.key(r)
	if u.falsely {
		k, ok = u.keyOf(r)
	}
	if !ok {
		return 0
	}
	if id := t.keys[i][k]; id != r.id {
		return id
	}
	return 0
}
