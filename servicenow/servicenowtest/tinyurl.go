package servicenowtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// tinyRoute keeps a long address: POST {"url": ..}, and the answer is its path
// with sysparm_tiny in place of the query. The API is not documented; a public
// client uses it where a query is too long for an address, and reads lists with
// sysparm_tiny then.
func (s *Server) tinyRoute(r *request) *answer {
	if r.Method != http.MethodPost {
		return failed(errMethod)
	}
	var sent struct{ URL string }
	if json.Unmarshal(r.body, &sent) != nil {
		return failed(errBody)
	}
	path, query, _ := strings.Cut(sent.URL, "?")
	kept, err := parseParams(query)
	if sent.URL == "" || err != nil {
		return failed(&apiError{http.StatusBadRequest, "Exception while reading request", "url is missing or cannot be read"})
	}
	s.mu.Lock()
	if s.tiny == nil {
		s.tiny = map[string]params{}
	}
	n := uint64(len(s.tiny)) + 1
	id := fmt.Sprintf("%016x%016x", mix(s.options.Seed+n), mix(s.options.Seed^n))
	s.tiny[id] = kept
	s.mu.Unlock()
	body := appendString([]byte(`{"result":`), path+"?sysparm_tiny="+id)
	return &answer{status: http.StatusOK, header: http.Header{}, body: append(body, '}')}
}

// untiny puts the kept parameters in the place of sysparm_tiny. An id that is
// not known is ignored, as unknown parameters are.
func (s *Server) untiny(sent params) params {
	id := sent.get("sysparm_tiny")
	if id == "" {
		return sent
	}
	s.mu.Lock()
	kept := s.tiny[id]
	s.mu.Unlock()
	var list params
	for _, one := range sent {
		if one.name != "sysparm_tiny" {
			list = append(list, one)
		}
	}
	return append(list, kept...)
}
