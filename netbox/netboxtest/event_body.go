package netboxtest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// counters are the types whose counts are stored with them; all other counts
// are made by the query of a request, and miss where no query names the object.
var counters = []string{"dcim.device", "dcim.devicetype", "dcim.moduletype", "dcim.racktype", "dcim.virtualchassis",
	"virtualization.virtualmachine", "virtualization.virtualmachinetype"}

// eventData is a row as an event shows it: as the API does, with relative urls.
func (s *Server) eventData(r *row, counted bool) []byte {
	e := encoder{s: s}
	fields := r.res.fields
	if !counted && !slices.Contains(counters, r.res.model) {
		fields = slices.Clone(fields)
		for i, f := range fields {
			if f.kind == kindCount && f.deep { // of trees: 0 where it was not counted
				fields[i] = &field{name: f.name, key: f.key, kind: kindComputed, compute: func(e *encoder, _ *row) { e.int(0) }}
			}
		}
		fields = slices.DeleteFunc(fields, func(f *field) bool {
			return strings.HasSuffix(f.name, "_count") && f.name != "choices_count" && (f.kind == kindCount || f.fixed != "")
		})
	}
	e.object(r, fields, false)
	return e.buf
}

// dataOf is the object of an event: as it is at the end of the request.
func (s *Server) dataOf(e *event) []byte {
	if e.data == nil {
		e.data = s.eventData(s.table(e.res).rows[e.id], e.counted)
	}
	return e.data
}

// snapshots are the raw values before and after.
func (s *Server) snapshots(e *event) object {
	if e.post == nil {
		return object{{"prechange", e.before}, {"postchange", nil}}
	}
	return object{{"prechange", s.stored(e.pre)}, {"postchange", s.stored(e.post)}}
}

func (s *Server) stored(r *row) any {
	if r == nil {
		return nil
	}
	e := encoder{s: s}
	e.stored(r)
	v, _ := parseJSON(e.buf) // it was just written
	return v
}

// stored writes the snapshot of a webhook, which has the time of creation,
// to the millisecond, and what else the database holds.
func (e *encoder) stored(r *row) {
	e.raw(`{"created":"`)
	e.buf = stampTime(r.created).Truncate(time.Millisecond).AppendFormat(e.buf, "2006-01-02T15:04:05.000Z")
	e.raw(`"`)
	for _, f := range r.res.fields {
		counter := strings.HasSuffix(f.name, "_count") && slices.Contains(counters, r.res.model)
		column := (f.fixed == "null" || f.fixed == "[]") && !slices.Contains(noColumns, f.name)
		if counter || column {
			e.raw(f.key)
			e.field(r, f, false)
		}
	}
	if r.res.tree && e.s.schema.v >= v47 {
		e.way(r)
	}
	from := len(e.buf)
	e.snapshot(r)
	e.buf[from] = ',' // what the change log shows is the rest
}

// noColumns are constants of the API that are no columns of the database.
var noColumns = []string{"parent_device", "connected_endpoints", "connected_endpoints_type", "link_peers", "link_peers_type", "l2vpn_termination"}

// way writes the columns in which trees keep the way to a row (seen on 4.7.3).
func (e *encoder) way(r *row) {
	var ids, names []string
	for at := r; at != nil; at = e.s.follow(at, "parent") {
		ids, names = append(ids, fmt.Sprintf("%019d", at.id)), append(names, at.str("name"))
	}
	slices.Reverse(ids)
	slices.Reverse(names)
	e.raw(`,"path":`)
	e.str(strings.Join(ids, "."))
	e.raw(`,"sort_path":`)
	e.str(strings.Join(names, "\t"))
}

// context is what a webhook tells: the body where there is no template, and
// what a template can name. The keys and their order are those of NetBox's
// extras/webhooks.py.
func (s *Server) context(e *event) object {
	v := s.schema.v
	_, model, _ := strings.Cut(e.res.model, ".")
	data, _ := parseJSON(s.dataOf(e))
	out := object{{"event", e.kind}, {"timestamp", string(appendStamp(nil, s.stamp(), '+'))}}
	if v >= 404 {
		out = append(out, member{"object_type", e.res.model})
	}
	if v < 405 {
		out = append(out, member{"model", model})
	}
	if v < v47 {
		out = append(out, member{"username", e.by.user}, member{"request_id", e.by.request})
	}
	out = append(out, member{"data", data})
	switch {
	case v >= v47:
		values, _ := url.ParseQuery(e.by.query) // what cannot be read is left out, as Django does
		query := make(object, 0, len(values))
		for _, name := range slices.Sorted(maps.Keys(values)) {
			query = append(query, member{name, values[name][len(values[name])-1]})
		}
		out = append(out, member{"request", object{{"id", e.by.request}, {"path", e.by.path}, {"path_info", e.by.path},
			{"method", e.by.method}, {"GET", query}, {"user", e.by.user}}})
	case v >= v46:
		out = append(out, member{"request", object{{"id", e.by.request}, {"method", e.by.method}, {"path", e.by.path}, {"user", e.by.user}}})
	}
	return append(out, member{"snapshots", s.snapshots(e)})
}

// appendPython writes a value as Python's json.dumps does: with a space after
// each comma and colon, and in ASCII.
func appendPython(b []byte, v any) []byte {
	switch v := v.(type) {
	case []any:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendPython(b, item)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		for i, m := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendASCII(b, m.key), ": "...)
			b = appendPython(b, m.value)
		}
		return append(b, '}')
	case string:
		return appendASCII(b, v)
	}
	e := encoder{buf: b}
	e.value(v)
	return e.buf
}

func appendASCII(b []byte, s string) []byte {
	from := len(b)
	b = appendString(b, s)
	if !slices.ContainsFunc(b[from:], func(c byte) bool { return c >= utf8.RuneSelf }) {
		return b
	}
	text := string(b[from:])
	b = b[:from]
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			b = append(b, byte(r))
		case r < 0x10000:
			b = appendEscape(b, r)
		default:
			r -= 0x10000
			b = appendEscape(appendEscape(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
		}
	}
	return b
}

func appendEscape(b []byte, r rune) []byte {
	h := strconv.FormatInt(int64(r)|0x10000, 16) // with four digits behind the first
	return append(append(b, '\\', 'u'), h[1:]...)
}
