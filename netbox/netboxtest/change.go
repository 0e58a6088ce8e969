package netboxtest

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// change is one record of the change log. The rows are those of the tables,
// so a record costs next to nothing until it is read.
type change struct {
	id       int64
	time     int64
	user     string
	request  string
	message  string
	pre, now *row
	name     string
}

// log writes a record; an update that changed nothing leaves none
// (CHANGELOG_SKIP_EMPTY_CHANGES, on by default).
func (s *Server) log(old, r *row, message string, by actor) {
	if r != nil && r.res.unlogged || old != nil && old.res.unlogged {
		return
	}
	s.notice(old, r, by)
	s.record(old, r, message, by)
}

// record is the part of log that is not for event rules.
func (s *Server) record(old, r *row, message string, by actor) {
	if s.quiet || old != nil && r != nil && s.same(old, r) {
		return
	}
	subject := r
	if r == nil {
		subject = old
	}
	s.lastID++
	s.changes = append(s.changes, &change{id: s.lastID, time: s.stamp(), user: by.user, request: by.request,
		message: message, pre: old, now: r, name: s.display(subject)})
}

// same says whether two rows hold the same values.
func (s *Server) same(a, b *row) bool {
	e, f := encoder{s: s}, encoder{s: s}
	e.snapshot(a)
	f.snapshot(b)
	return bytes.Equal(e.buf, f.buf)
}

// snapshot writes the raw values of a row: ids, plain choices, tag names.
func (e *encoder) snapshot(r *row) {
	if r == nil {
		e.raw("{}")
		return
	}
	e.buf = append(e.buf, '{')
	first := true
	key := func(name string) {
		if !first {
			e.buf = append(e.buf, ',')
		}
		first = false
		e.str(name)
		e.buf = append(e.buf, ':')
	}
	for _, f := range r.res.fields {
		switch {
		case f.kind == kindMAC: // no column
		case f.slot >= 0:
			key(f.name)
			if v := r.vals[f.slot]; v == nil && f.blanks {
				e.raw(`""`)
			} else if d, ok := v.(float64); ok && f.kind == kindDecimal {
				e.str(strconv.FormatFloat(d, 'f', f.places, 64)) // a text here only (seen on 4.7.3)
			} else if ok {
				e.float(d)
			} else {
				e.value(v)
			}
		case f.kind == kindTags:
			key(f.name)
			names := []any{}
			for _, id := range e.s.tagOrder(r.tags) {
				if t := e.s.tableOf("extras.tag").rows[id]; t != nil {
					names = append(names, t.str("name"))
				}
			}
			e.value(names)
		case f.kind == kindCustom:
			key(f.name)
			o := object{}
			for _, c := range r.custom {
				o = append(o, member{c.name, c.value})
			}
			e.value(o)
		}
	}
	e.buf = append(e.buf, '}')
}

func (c *change) action() (value, label string) {
	switch {
	case c.pre == nil:
		return "create", "Created"
	case c.now == nil:
		return "delete", "Deleted"
	}
	return "update", "Updated"
}

func (c *change) subject() *row {
	if c.now != nil {
		return c.now
	}
	return c.pre
}

// changes answers the change log.
func (x *exchange) changes(at place) (*answer, *apiError) {
	if !x.token.granted("view", "core.objectchange") {
		return nil, detail(http.StatusForbidden, textForbidden)
	}
	q := x.r.URL.Query()
	e := encoder{s: x.s, base: x.base}
	if at.id != "" {
		id, err := strconv.ParseInt(at.id, 10, 64)
		if err != nil {
			return nil, detail(http.StatusNotFound, "Not found.")
		}
		i, ok := slices.BinarySearchFunc(x.s.changes, id, func(c *change, id int64) int { return int(c.id - id) })
		if !ok {
			return nil, notFound(&resource{class: "ObjectChange"}, x.s.schema.v)
		}
		e.change(x.s.changes[i], q)
		return &answer{status: http.StatusOK, body: e.buf}, nil
	}
	p, err := x.s.readPage(q)
	if err != nil {
		return nil, err
	}
	found, bad := x.s.pickChanges(q)
	if bad.any() {
		return nil, invalid(bad)
	}
	var out []*change
	switch {
	case p.cursor:
		i, _ := slices.BinarySearchFunc(found, p.start, func(c *change, id int64) int { return int(c.id - id) })
		out = found[i:]
	default: // newest first
		slices.Reverse(found)
		orderChanges(found, q.Get("ordering"))
		out = found[min(p.offset, len(found)):]
	}
	p.count = len(found)
	if p.limit > 0 && len(out) > p.limit {
		out, p.more = out[:p.limit], true
	}
	if p.cursor {
		p.more = p.limit > 0 && len(out) == p.limit
		if p.more {
			p.rows = []*row{{id: out[len(out)-1].id}}
		}
	}
	e.head(p, x.base, x.r.URL.Path, q)
	for i, c := range out {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.change(c, q)
	}
	e.raw("]}")
	return &answer{status: http.StatusOK, body: e.buf}, nil
}

// orderChanges sorts records by the fields that a list may be ordered by.
func orderChanges(list []*change, ordering string) {
	keys := strings.Split(ordering, ",")
	slices.SortStableFunc(list, func(a, b *change) int {
		for _, key := range keys {
			name, down := strings.CutPrefix(key, "-")
			c := 0
			switch name {
			case "id", "time":
				c = cmp.Compare(a.id, b.id)
			case "user_name", "user":
				c = cmp.Compare(a.user, b.user)
			case "request_id":
				c = cmp.Compare(a.request, b.request)
			case "object_repr":
				c = cmp.Compare(a.name, b.name)
			case "changed_object_id":
				c = cmp.Compare(a.subject().id, b.subject().id)
			case "action":
				x, _ := a.action()
				y, _ := b.action()
				c = cmp.Compare(x, y)
			}
			if down {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// pickChanges are the records that fit the filters, oldest first.
func (s *Server) pickChanges(q url.Values) ([]*change, *problems) {
	bad := &problems{}
	out := slices.Clone(s.changes)
	keep := func(fits func(*change) bool) {
		out = slices.DeleteFunc(out, func(c *change) bool { return !fits(c) })
	}
	for name, values := range q {
		want := filled(values)
		if len(want) == 0 {
			continue
		}
		switch name {
		case "action": // of several the last counts
			w := want[len(want)-1]
			if w != "create" && w != "update" && w != "delete" {
				bad.add(name, notAChoice(w))
			}
			keep(func(c *change) bool { a, _ := c.action(); return a == w })
		case "user_name", "user":
			keep(func(c *change) bool { return slices.Contains(want, c.user) })
		case "request_id":
			if !requestID.MatchString(want[len(want)-1]) {
				bad.add(name, "Enter a valid UUID.")
			}
			keep(func(c *change) bool { return slices.Contains(want, c.request) })
		case "changed_object_type":
			keep(func(c *change) bool { return slices.Contains(want, c.subject().res.model) })
		case "changed_object_id":
			keep(func(c *change) bool { return slices.Contains(want, strconv.FormatInt(c.subject().id, 10)) })
		case "id", "id__gt", "id__gte":
			n, err := strconv.ParseInt(want[0], 10, 64)
			if err != nil {
				bad.add(name, "Enter a whole number.")
				continue
			}
			keep(func(c *change) bool {
				return name == "id" && slices.Contains(want, strconv.FormatInt(c.id, 10)) || name == "id__gt" && c.id > n || name == "id__gte" && c.id >= n
			})
		case "time_after", "time_before":
			us, ok := readStamp(want[0])
			if !ok {
				bad.add("time", "Enter a valid date/time.")
				continue
			}
			keep(func(c *change) bool {
				return name == "time_after" && c.time >= us || name == "time_before" && c.time <= us
			})
		}
	}
	return out, bad
}

// change writes one record.
func (e *encoder) change(c *change, q url.Values) {
	r := c.subject()
	value, label := c.action()
	path := e.s.changesPath()
	web := "/core/changelog/"
	if e.s.schema.v < 401 {
		web = "/extras/changelog/"
	}
	n := strconv.FormatInt(c.id, 10)
	want := func(string) bool { return true }
	if names := q.Get("fields"); names != "" && e.s.schema.v >= 400 {
		list := strings.Split(names, ",")
		want = func(n string) bool { return slices.Contains(list, n) }
	}
	first := true
	key := func(name string) bool {
		if !want(name) {
			return false
		}
		e.raw(map[bool]string{true: `"`, false: `,"`}[first] + name + `":`)
		first = false
		return true
	}
	e.buf = append(e.buf, '{')
	text := func(name, v string) {
		if key(name) {
			e.str(v)
		}
	}
	if key("id") {
		e.int(c.id)
	}
	text("url", e.base+"/api/"+path+"/"+n+"/")
	if e.s.schema.v >= 401 {
		text("display_url", e.base+web+n+"/")
	}
	text("display", r.res.app()+" | "+r.res.verbose+" "+c.name+" "+strings.ToLower(label)+" by "+c.user)
	if key("time") {
		e.stamp(c.time)
	}
	if key("user") {
		id := number(strconv.FormatInt(e.s.userID(c.user), 10))
		e.value(object{{"id", id}, {"url", e.base + "/api/users/users/" + string(id) + "/"}, {"display", c.user}, {"username", c.user}})
	}
	text("user_name", c.user)
	text("request_id", c.request)
	if key("action") {
		e.value(object{{"value", value}, {"label", label}})
	}
	text("changed_object_type", r.res.model)
	if key("changed_object_id") {
		e.int(r.id)
	}
	if key("changed_object") {
		e.nested(e.s.table(r.res).rows[r.id], "")
	}
	if e.s.schema.v >= v45 {
		text("object_repr", c.name)
	}
	if e.s.schema.v >= 404 {
		text("message", c.message)
	}
	if key("prechange_data") {
		e.snapshot(c.pre)
	}
	if key("postchange_data") {
		e.snapshot(c.now)
	}
	e.buf = append(e.buf, '}')
}
