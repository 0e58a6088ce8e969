package servicenowtest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// quota is the time after which a transaction of the Table API is cancelled.
const quota = 60 * time.Second

// defaultLimit is the page size without sysparm_limit.
const defaultLimit = 10000

// tableRoute answers the verbs on a table.
func (s *Server) tableRoute(r *request, table string) *answer {
	c, g, failure := s.open(r, table)
	if failure != nil {
		return failed(failure)
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.list(r, c, g)
	case http.MethodPost:
		return s.insertRecord(r, c, g)
	}
	return failed(errMethod)
}

// list answers a page of a table.
func (s *Server) list(r *request, c *class, g guard) *answer {
	q, failure := s.query(r, c)
	if failure != nil {
		return failed(failure)
	}
	how := r.rendering(c, g)
	w := window{
		offset: r.params.number("sysparm_offset", 0), limit: r.params.number("sysparm_limit", defaultLimit),
		count: !r.params.flag("sysparm_no_count"),
	}
	s.prepare(c, q)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	rows, total := s.store.search(c, q, w)
	a := &answer{status: http.StatusOK, header: http.Header{}}
	a.body, a.rows = s.appendPage(make([]byte, 0, 256+len(rows)*(64+24*len(how.fields))), rows, g, how)
	if w.count {
		a.header.Set("X-Total-Count", strconv.Itoa(total))
	}
	if !r.params.flag("sysparm_suppress_pagination_header") {
		if link := s.pagination(r, w, len(rows), total); link != "" {
			a.header.Set("Link", link)
		}
	}
	if r.version == "/v1" && len(rows) == 0 {
		return &answer{status: http.StatusNotFound, header: a.header, body: errNoRecord.body()}
	}
	return a
}

// prepare makes sure that the columns that a query asks for are indexed.
func (s *Server) prepare(c *class, q *query) {
	columns := wanted(c, q)
	if len(columns) == 0 {
		return
	}
	s.store.mu.RLock()
	ready := true
	for _, p := range columns {
		ready = ready && s.store.indexed(p.class, p.at)
	}
	s.store.mu.RUnlock()
	if ready {
		return
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, p := range columns {
		s.store.makeIndex(p.class, p.at)
	}
}

// appendPage appends the body of a list: the records that the caller may read,
// as far as the virtual time of a transaction allows. It returns how many rows
// took time.
func (s *Server) appendPage(b []byte, rows []*row, g guard, how *rendering) ([]byte, int) {
	fits := len(rows)
	if cost := s.options.RowTime; cost > 0 {
		fits = min(fits, int(quota/cost))
	}
	b = append(b, `{"result":[`...)
	first := true
	for _, r := range rows[:fits] {
		if len(g.rules) > 0 && !s.allows(g, OpRead, r) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = s.store.appendRecord(b, r, how)
	}
	b = append(b, ']')
	if fits < len(rows) {
		b = append(b, ","...)
		b = append(b, cancelledMembers...)
	}
	return append(b, '}'), fits
}

// cancelledMembers are what a cancelled transaction adds to its answer.
const cancelledMembers = `"error":{"message":"` + cancelledMessage + `","detail":"` + cancelledDetail + `"},"status":"failure"`

// query reads what a list asks for: sysparm_query, or name=value parameters,
// which also take display values.
func (s *Server) query(r *request, c *class) (*query, *apiError) {
	q, failure := s.bindQuery(r, c)
	if failure != nil {
		return nil, failure
	}
	if g, _ := s.guardOf(c, r.caller); g.concealsQuery(c, q) {
		return nil, errHidden
	}
	return q, nil
}

func (s *Server) binder(c *class, caller *account) *binder {
	return &binder{classes: s.store.classes, class: c, caller: caller, invalidNone: s.options.InvalidQueryReturnsNoRows, now: s.Now()}
}

func (s *Server) bindQuery(r *request, c *class) (*query, *apiError) {
	b := s.binder(c, r.caller)
	if encoded := r.params.get("sysparm_query"); encoded != "" {
		return b.bind(encoded)
	}
	q, err := b.bind("")
	if err != nil {
		return nil, err
	}
	for _, one := range r.params {
		if strings.HasPrefix(one.name, "sysparm_") {
			continue
		}
		path := resolve(c, one.name)
		if path == nil {
			continue
		}
		cond, err := b.condition(path, Term{Field: one.name, Operator: "=", Value: one.value})
		if err != nil {
			return nil, err
		}
		g := group{cond}
		col := path[len(path)-1]
		for _, choice := range s.store.choicesOf(col) {
			if strings.EqualFold(choice.Label, one.value) {
				same, _ := b.condition(path, Term{Field: one.name, Operator: "=", Value: choice.Value})
				g = append(g, same)
			}
		}
		if col.Type == Reference {
			g = append(g, condition{
				path: append(slices.Clip(path), &col.target.columns[col.target.display]), op: "=", value: fold(one.value),
			})
		}
		q.alternatives[0] = append(q.alternatives[0], g)
	}
	return q, nil
}

// pagination writes the Link header. Without a count the last page is not
// known, and a full page is taken to have a next one; what the platform does
// then is not documented.
func (s *Server) pagination(r *request, w window, rows, total int) string {
	if w.limit <= 0 || w.count && total == 0 {
		return ""
	}
	more := w.offset+w.limit < total
	if !w.count {
		more = rows == w.limit
	}
	var links []string
	add := func(rel string, offset int) {
		links = append(links, fmt.Sprintf("<%s%s?%s>;rel=%q", r.origin, r.URL.EscapedPath(), r.sent.with("sysparm_offset", strconv.Itoa(offset)), rel))
	}
	if s.options.Release == Release2026 && w.offset == 0 && !more {
		return ""
	}
	add("first", 0)
	switch {
	case w.offset > 0:
		add("prev", max(w.offset-w.limit, 0))
	case s.options.Release == Release2022:
		add("prev", -1)
	}
	if more {
		add("next", w.offset+w.limit)
	}
	if w.count {
		add("last", (total-1)/w.limit*w.limit)
	}
	return strings.Join(links, ",")
}
