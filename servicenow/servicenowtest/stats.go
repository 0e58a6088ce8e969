package servicenowtest

import (
	"net/http"
	"strconv"
)

// statsRoute answers the Aggregate API for a count over a query. Groups and
// other aggregates are not part of this server.
func (s *Server) statsRoute(r *request, table string) *answer {
	c, _, failure := s.open(r, table)
	if failure != nil {
		return failed(failure)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return failed(errMethod)
	}
	for _, unsupported := range []string{
		"sysparm_group_by", "sysparm_avg_fields", "sysparm_min_fields", "sysparm_max_fields", "sysparm_sum_fields", "sysparm_having",
	} {
		if r.params.get(unsupported) != "" {
			return failed(&apiError{http.StatusNotImplemented, "servicenowtest: " + unsupported + " is not supported", ""})
		}
	}
	q, failure := s.query(r, c)
	if failure != nil {
		return failed(failure)
	}
	s.prepare(c, q)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	_, total := s.store.search(c, q, window{count: true})
	body := `{"result":{"stats":{`
	if r.params.flag("sysparm_count") {
		body += `"count":"` + strconv.Itoa(total) + `"`
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: []byte(body + "}}}")}
}
