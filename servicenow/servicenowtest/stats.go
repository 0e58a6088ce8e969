package servicenowtest

import (
	"net/http"
	"slices"
)

// statsRoute answers the Aggregate API: counts and other aggregates over a
// query, as a whole or by groups. It counts rows that the access rules hide;
// whether the platform does is not documented.
func (s *Server) statsRoute(r *request, table string) *answer {
	c, g, failure := s.open(r, table)
	if failure != nil {
		return failed(failure)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return failed(errMethod)
	}
	q, failure := s.query(r, c)
	if failure != nil {
		return failed(failure)
	}
	q.order = nil // groups have an order of their own
	stats := newAggregation(c, r.params)
	if stats.concealed(c, &g) {
		return failed(errHidden)
	}
	s.prepare(c, q)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	rows, total := s.store.search(c, q, window{limit: stats.limit(s.store.rows[c].size), count: true})
	body := []byte(`{"result":`)
	if len(stats.by) == 0 {
		whole := &tally{rows: total, values: make([]figures, len(stats.wanted))}
		for _, row := range rows {
			stats.add(s.store, whole, row)
		}
		body = append(stats.append(append(body, `{"stats":`...), whole), '}')
		return &answer{status: http.StatusOK, header: http.Header{}, body: append(body, '}')}
	}
	groups := stats.groups(s.store, rows)
	groups = slices.DeleteFunc(groups, func(g *tally) bool { return !stats.having(g) })
	stats.sort(groups)
	body = append(body, '[')
	for i, g := range groups {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(stats.append(append(body, `{"stats":`...), g), `,"groupby_fields":`...)
		body = append(stats.appendKeys(s.store, body, g, r), '}')
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(body, ']', '}')}
}
