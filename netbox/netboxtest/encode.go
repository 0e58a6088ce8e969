package netboxtest

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// shown is a row and how it is shown inside another.
type shown struct {
	r   *row
	how string
}

// encoder appends JSON by hand: the order of the keys is NetBox's, and a page
// of 1,000 devices costs no reflection.
type encoder struct {
	s     *Server
	buf   []byte
	base  string           // "http://host", "" for relative urls
	deep  int              // how far inside other rows
	fresh bool             // the rows were made by this request, which may see their secrets
	seen  map[shown][]byte // rows inside other rows that were written already
}

func (e *encoder) raw(s string) { e.buf = append(e.buf, s...) }
func (e *encoder) int(n int64)  { e.buf = strconv.AppendInt(e.buf, n, 10) }
func (e *encoder) bool(b bool)  { e.buf = strconv.AppendBool(e.buf, b) }
func (e *encoder) url(prefix, path string, id int64) {
	e.buf = append(e.buf, '"')
	e.raw(e.base)
	e.raw(prefix)
	e.raw(path)
	e.buf = append(e.buf, '/')
	e.int(id)
	e.raw(`/"`)
}

// float writes a number as Python does: 1.0 and not 1.
func (e *encoder) float(f float64) {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		e.buf = strconv.AppendFloat(e.buf, f, 'f', 1, 64)
		return
	}
	e.buf = strconv.AppendFloat(e.buf, f, 'g', -1, 64)
}

const hexDigits = "0123456789abcdef"

func (e *encoder) str(s string) { e.buf = appendString(e.buf, s) }

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += n
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// stamp writes microseconds as NetBox does in UTC.
func (e *encoder) stamp(us int64) {
	if us == 0 {
		e.raw("null")
		return
	}
	e.buf = append(e.buf, '"')
	e.buf = appendStamp(e.buf, us, 'Z')
	e.buf = append(e.buf, '"')
}

// appendStamp writes an RFC 3339 time; the fraction is left out when it is zero.
func appendStamp(b []byte, us int64, zone byte) []byte {
	t := stampTime(us)
	if us%int64(time.Second/time.Microsecond) == 0 {
		b = t.AppendFormat(b, "2006-01-02T15:04:05")
	} else {
		b = t.AppendFormat(b, "2006-01-02T15:04:05.000000")
	}
	if zone == 'Z' {
		return append(b, 'Z')
	}
	return append(b, "+00:00"...)
}

// value writes a parsed JSON value or a stored one.
func (e *encoder) value(v any) {
	switch v := v.(type) {
	case nil:
		e.raw("null")
	case string:
		e.str(v)
	case number:
		e.raw(string(v))
	case int64:
		e.int(v)
	case int:
		e.int(int64(v))
	case float64:
		e.float(v)
	case bool:
		e.bool(v)
	case []any:
		e.buf = append(e.buf, '[')
		for i, x := range v {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.value(x)
		}
		e.buf = append(e.buf, ']')
	case object:
		e.buf = append(e.buf, '{')
		for i, m := range v {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.str(m.key)
			e.buf = append(e.buf, ':')
			e.value(m.value)
		}
		e.buf = append(e.buf, '}')
	default:
		e.raw("null")
	}
}

// object writes the given fields of a row.
func (e *encoder) object(r *row, fields []*field, inside bool) {
	e.buf = append(e.buf, '{')
	for i, f := range fields {
		key := f.key
		if i == 0 {
			key = key[1:]
		}
		e.raw(key)
		e.field(r, f, inside)
	}
	e.buf = append(e.buf, '}')
}

func (e *encoder) field(r *row, f *field, inside bool) {
	switch f.kind {
	case kindComputed:
		f.compute(e, r)
	case kindText, kindSlug, kindZone, kindType:
		if s, ok := r.vals[f.slot].(string); ok {
			e.str(s)
		} else {
			e.raw("null")
		}
	case kindChoice:
		e.choice(f, r.vals[f.slot])
	case kindRef:
		if f.nested == "id" { // the one relation that is read as a bare id
			e.value(r.vals[f.slot])
			return
		}
		e.nested(e.s.target(r, f), f.nested)
	case kindRefs:
		e.many(r, f)
	case kindMAC:
		e.primaryMAC(r)
	case kindEnds:
		e.ends(r, f)
	case kindAlias:
		e.field(r, r.res.byName[f.alias], inside)
	case kindTags:
		e.tags(r)
	case kindCustom:
		e.custom(r)
	case kindStamp:
		if f.name == "last_updated" {
			e.stamp(r.updated)
		} else {
			e.stamp(r.created)
		}
	case kindCount:
		if inside && f.lies {
			e.buf = append(e.buf, '0')
			return
		}
		e.int(e.s.countRefs(f, r))
	case kindDecimal:
		if v, ok := r.vals[f.slot].(float64); ok {
			e.float(v)
		} else {
			e.value(r.vals[f.slot])
		}
	default:
		e.value(r.vals[f.slot])
	}
}

// countRefs is how many rows point to a row, or to it and its descendants.
func (s *Server) countRefs(f *field, r *row) int64 {
	t := s.tableOf(f.countOf)
	if t == nil {
		return 0
	}
	refs := t.refs[t.res.byName[f.countBy]]
	if !f.deep || !r.res.tree {
		return int64(refs[r.id])
	}
	n := 0
	for id := range s.below(r.res, map[int64]bool{r.id: true}) {
		n += refs[id]
	}
	return int64(n)
}

// choice writes {"value","label"}; a value that nobody listed is its own label.
func (e *encoder) choice(f *field, v any) {
	s, _ := v.(string)
	if s == "" {
		e.raw("null")
		return
	}
	e.raw(`{"value":`)
	if f.numeric {
		e.raw(s)
	} else {
		e.str(s)
	}
	e.raw(`,"label":`)
	e.str(labelOf(f.choices, s))
	e.buf = append(e.buf, '}')
}

func labelOf(choices [][2]string, value string) string {
	for _, c := range choices {
		if c[0] == value {
			return c[1]
		}
	}
	return value
}

// nested writes a row as it is shown inside another one.
func (e *encoder) nested(r *row, how string) {
	if r == nil {
		e.raw("null")
		return
	}
	key := shown{r, how}
	if b, ok := e.seen[key]; ok {
		e.buf = append(e.buf, b...)
		return
	}
	start := len(e.buf)
	e.deep++
	e.object(r, e.s.plans[r.res.at].nested(how), true)
	e.deep--
	if e.seen != nil {
		e.seen[key] = slices.Clone(e.buf[start:])
	}
}

func (e *encoder) tags(r *row) {
	e.buf = append(e.buf, '[')
	t := e.s.tableOf("extras.tag")
	first := true
	for _, id := range e.s.tagOrder(r.tags) {
		if tag := t.rows[id]; tag != nil {
			if !first {
				e.buf = append(e.buf, ',')
			}
			first = false
			e.nested(tag, "tag")
		}
	}
	e.buf = append(e.buf, ']')
}

// tagOrder is the tags by name, as NetBox lists them.
func (s *Server) tagOrder(ids []int64) []int64 {
	if len(ids) < 2 {
		return ids
	}
	t := s.tableOf("extras.tag")
	name := func(id int64) string {
		if r := t.rows[id]; r != nil {
			return r.str("name")
		}
		return ""
	}
	byName := func(a, b int64) int { return natural(name(a), name(b)) }
	if slices.IsSortedFunc(ids, byName) {
		return ids
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, byName)
	return ids
}

// family is 4 or 6.
func family(address string) int {
	if p, err := netip.ParsePrefix(address); err == nil && p.Addr().Is6() {
		return 6
	}
	return 4
}
