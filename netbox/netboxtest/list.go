package netboxtest

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// page is what a list asks for, and what it finds.
type page struct {
	limit  int
	offset int
	start  int64
	cursor bool

	rows  []*row
	count int
	more  bool
}

// readPage reads limit, offset and start. Bad values are ignored; a limit over
// the cap is cut to it; 0 means the cap.
func (s *Server) readPage(q url.Values) (*page, *apiError) {
	p := &page{limit: s.opts.PageSize}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n >= 0 {
		p.limit = n
		if n == 0 {
			p.limit = s.opts.MaxPageSize
		}
	}
	if top := s.opts.MaxPageSize; top > 0 {
		p.limit = min(p.limit, top)
	}
	if n, err := strconv.Atoi(q.Get("offset")); err == nil && n > 0 {
		p.offset = n
	}
	if s.schema.v < v46 || !q.Has("start") {
		return p, nil
	}
	n, err := strconv.ParseInt(q.Get("start"), 10, 64)
	if err != nil || n < 0 {
		return nil, &apiError{status: 400, body: []any{"Invalid 'start' parameter: must be a non-negative integer."}}
	}
	p.start, p.cursor = n, true
	if q.Has("offset") {
		return nil, &apiError{status: 400, body: []any{"'start' and 'offset' are mutually exclusive."}}
	}
	if q.Has("ordering") {
		return nil, &apiError{status: 400, body: []any{"Ordering cannot be specified in conjunction with cursor-based pagination."}}
	}
	return p, nil
}

// find fills a page with the rows that a request may see and asks for.
func (s *Server) find(res *resource, q url.Values, tok *Token) (*page, *apiError) {
	p, err := s.readPage(q)
	if err != nil {
		return nil, err
	}
	if err := s.checkPatterns(res, q); err != nil {
		return nil, err
	}
	t := s.table(res)
	ids, narrowed, rest := t.narrow(q)
	tests, bad := s.filters(res, rest)
	if bad.any() {
		return nil, invalid(bad)
	}
	if may := s.allowed(tok, "view", res); may != nil {
		tests = append(tests, may)
	}
	if p.cursor {
		p.walk(t, ids, tests)
		return p, nil
	}
	keys := res.orderKeys(strings.Split(q.Get("ordering"), ","))
	for _, k := range keys {
		if k.f != nil && k.f.kind == kindCount {
			return nil, s.crash("FieldError", "Cannot resolve keyword '"+k.f.name+"' into field.")
		}
	}
	switch {
	case len(keys) > 0 && keys[0].id && !keys[0].desc:
	case len(keys) > 0 && keys[0].id:
		ids = slices.Clone(ids)
		slices.Reverse(ids)
	case len(keys) == 0 && !narrowed:
		ids = s.inOrder(t)
	default:
		if len(keys) == 0 {
			keys = res.orderKeys(res.order)
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !fitsEvery(tests, t.rows[id]) })
		tests = nil
		slices.SortFunc(ids, func(a, b int64) int { return s.compare(t.rows[a], t.rows[b], keys) })
	}
	p.window(t, ids, tests)
	return p, nil
}

// window takes the rows of an offset page and counts all that fit.
func (p *page) window(t *table, ids []int64, tests []test) {
	if len(tests) == 0 { // nothing to look at but the rows of the page
		p.count = len(ids)
		from := min(p.offset, len(ids))
		to := len(ids)
		if p.limit > 0 {
			to = min(to, from+p.limit)
		}
		for _, id := range ids[from:to] {
			p.rows = append(p.rows, t.rows[id])
		}
		p.more = to < len(ids)
		return
	}
	for _, id := range ids {
		r := t.rows[id]
		if !fitsEvery(tests, r) {
			continue
		}
		if p.count >= p.offset && (p.limit <= 0 || len(p.rows) < p.limit) {
			p.rows = append(p.rows, r)
		}
		p.count++
	}
	p.more = p.offset+len(p.rows) < p.count && p.limit > 0
}

// walk takes the rows of a cursor page: ids from start on, without a count.
func (p *page) walk(t *table, ids []int64, tests []test) {
	i, _ := slices.BinarySearch(ids, p.start)
	for ; i < len(ids) && (p.limit <= 0 || len(p.rows) < p.limit); i++ {
		if r := t.rows[ids[i]]; fitsEvery(tests, r) {
			p.rows = append(p.rows, r)
		}
	}
	p.more = p.limit > 0 && len(p.rows) == p.limit
}

// narrow uses id, id__gt and id__gte to look at few rows instead of all, and
// answers the parameters that are left.
func (t *table) narrow(q url.Values) (ids []int64, narrowed bool, rest url.Values) {
	ids, rest = t.ids, q
	used := func(name string) {
		if !narrowed {
			rest = maps.Clone(q)
		}
		narrowed = true
		delete(rest, name)
	}
	for _, name := range []string{"id__gt", "id__gte"} {
		if v := q[name]; len(v) == 1 {
			if n, err := strconv.ParseInt(v[0], 10, 64); err == nil {
				i, exact := slices.BinarySearch(ids, n)
				if exact && name == "id__gt" {
					i++
				}
				ids = ids[i:]
				used(name)
			}
		}
	}
	if v := q["id"]; len(v) > 0 {
		want := make([]int64, 0, len(v))
		for _, x := range v {
			n, err := strconv.ParseInt(x, 10, 64)
			if err != nil {
				return ids, narrowed, rest
			}
			if _, in := slices.BinarySearch(ids, n); in {
				want = append(want, n)
			}
		}
		slices.Sort(want)
		ids = slices.Compact(want)
		used("id")
	}
	return ids, narrowed, rest
}

// checkPatterns refuses a broken regular expression as PostgreSQL does: as an
// exception that nobody catches.
func (s *Server) checkPatterns(res *resource, q url.Values) *apiError {
	for name, values := range q {
		base, lookup, _ := strings.Cut(name, "__")
		if lookup != "regex" && lookup != "iregex" || res.byName[base] == nil {
			continue
		}
		for _, v := range values {
			if _, err := regexp.Compile(v); err != nil {
				return s.crash("DataError", "invalid regular expression: "+patternProblem(v))
			}
		}
	}
	return nil
}

func patternProblem(pattern string) string {
	switch {
	case strings.Count(pattern, "[") != strings.Count(pattern, "]"):
		return "brackets [] not balanced"
	case strings.Count(pattern, "(") != strings.Count(pattern, ")"):
		return "parentheses () not balanced"
	}
	return "quantifier operand invalid"
}

// links are next and previous, absolute and with the parameters in order.
func (p *page) links(base, path string, q url.Values) (next, previous string) {
	with := func(edit func(url.Values)) string {
		c := url.Values{}
		maps.Copy(c, q)
		c.Set("limit", strconv.Itoa(p.limit))
		edit(c)
		return base + path + "?" + c.Encode()
	}
	if p.cursor {
		if p.more {
			next = with(func(c url.Values) { c.Set("start", strconv.FormatInt(p.rows[len(p.rows)-1].id+1, 10)) })
		}
		return next, ""
	}
	if p.more {
		next = with(func(c url.Values) { c.Set("offset", strconv.Itoa(p.offset+p.limit)) })
	}
	if p.offset > 0 {
		previous = with(func(c url.Values) {
			if p.offset-p.limit <= 0 {
				c.Del("offset")
				return
			}
			c.Set("offset", strconv.Itoa(p.offset-p.limit))
		})
	}
	return next, previous
}

// list writes a page.
func (e *encoder) list(p *page, fields []*field, base, path string, q url.Values) {
	e.head(p, base, path, q)
	e.seen = map[shown][]byte{}
	for i, r := range p.rows {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		start := len(e.buf)
		e.object(r, fields, false)
		if i == 0 { // room for the whole page, by the size of its first row
			e.buf = slices.Grow(e.buf, (len(e.buf)-start)*len(p.rows)*9/8)
		}
	}
	e.raw("]}")
}

func (e *encoder) head(p *page, base, path string, q url.Values) {
	next, previous := p.links(base, path, q)
	e.raw(`{"count":`)
	if p.cursor {
		e.raw("null")
	} else {
		e.int(int64(p.count))
	}
	e.raw(`,"next":`)
	e.link(next)
	e.raw(`,"previous":`)
	e.link(previous)
	e.raw(`,"results":[`)
}

func (e *encoder) link(s string) {
	if s == "" {
		e.raw("null")
		return
	}
	e.str(s)
}
