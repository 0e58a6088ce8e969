package fault

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
)

// Script is a list of faults with their counters. The zero value is empty. It
// is safe for concurrent use.
type Script struct {
	mu    sync.Mutex
	rules []*rule
}

// Add appends faults.
func (s *Script) Add(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.rules = append(s.rules, &rule{Fault: f})
	}
}

// Clear takes all faults out.
func (s *Script) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Next counts a request and returns the fault that is due for it, or nil. body
// is the request's body, which is put back after a Match that may have read it.
func (s *Script) Next(r *http.Request, body []byte) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chosen *Fault
	for _, rule := range s.rules {
		matched := rule.matches(r)
		if rule.Match != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if !matched {
			continue
		}
		rule.seen++
		if chosen == nil && rule.due() {
			rule.used++
			chosen = &rule.Fault
		}
	}
	return chosen
}

// rule is a fault with its counters.
type rule struct {
	Fault
	seen, used int
}

func (r *rule) matches(req *http.Request) bool {
	if r.Method != "" && r.Method != req.Method {
		return false
	}
	if r.Path != "" {
		if strings.ContainsAny(r.Path, "*?[") {
			if ok, err := path.Match(r.Path, req.URL.Path); err != nil || !ok {
				return false
			}
		} else if !strings.HasPrefix(req.URL.Path, r.Path) {
			return false
		}
	}
	return r.Match == nil || r.Match(req)
}

func (r *rule) due() bool {
	if r.seen < r.Call {
		return false
	}
	if r.Times > 0 {
		return r.used < r.Times
	}
	return r.Call <= 0 || r.used == 0
}
