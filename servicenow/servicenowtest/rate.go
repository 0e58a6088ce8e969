package servicenowtest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RateRule limits the requests of an hour, as a row of sys_rate_limit_rules
// does. Where several fit a request, one for a single user beats one for a role,
// which beats one for all, and among equals the lowest limit counts.
type RateRule struct {
	// ID is the rule's sys_id, as the headers name it; empty means one that
	// the server gives.
	ID string
	// User is the user that the rule is about; empty means every user, each
	// counted apart.
	User string
	// Role is the name of the role whose holders the rule is about, each
	// counted apart; it goes without User. admin holds every role for access
	// rules, but not here.
	Role string
	// API is the first word behind /api/now, such as "table" or "stats"; empty
	// means every API. Requests inside a batch do not count, the batch does.
	API string
	// Limit is the number of requests an hour; it must be above zero.
	Limit int
}

// rates counts requests under rate rules. The real platform counts on each node
// and brings the counts together every 30 s, so that some more than the limit
// get through; this server counts exactly.
type rates struct {
	mu    sync.Mutex
	rules []RateRule
	hour  time.Time
	used  map[usage]int
}

type usage struct{ rule, user string }

// SetRateRules replaces the rate rules and forgets their counts. It returns an
// error that names the rule for a limit below one, an unknown user or role, or
// an id that is taken, and then changes nothing.
func (s *Server) SetRateRules(rules ...RateRule) error {
	rules = append([]RateRule(nil), rules...)
	seen := map[string]bool{}
	for i := range rules {
		rule := &rules[i]
		rule.ID = cmp.Or(rule.ID, fmt.Sprintf("%016x%016x", mix(uint64(i)+1), mix(uint64(i)+2)))
		switch {
		case rule.Limit < 1:
			return fmt.Errorf("servicenowtest: rate rule %d: the limit must be above zero", i)
		case rule.User != "" && s.accounts[rule.User] == nil:
			return fmt.Errorf("servicenowtest: rate rule %d: no user %q", i, rule.User)
		case rule.User != "" && rule.Role != "":
			return fmt.Errorf("servicenowtest: rate rule %d: it is about the user %q or about the role %q, not both", i, rule.User, rule.Role)
		case rule.Role != "" && s.store.named("sys_user_role", rule.Role) == "":
			return fmt.Errorf("servicenowtest: rate rule %d: no role %q", i, rule.Role)
		case seen[rule.ID]:
			return fmt.Errorf("servicenowtest: rate rule %d: the id %s is taken", i, rule.ID)
		}
		seen[rule.ID] = true
	}
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	s.rates.rules, s.rates.used = rules, map[usage]int{}
	return nil
}

// limited counts a request, sets the headers of the rule that it matches, and
// returns the refusal when the hour's budget is used up. Refused requests do not
// count. The hour is that of the server's clock.
func (s *Server) limited(r *http.Request, caller *account, header http.Header) *answer {
	path := strings.TrimPrefix(r.URL.Path, "/api/now/")
	for _, version := range []string{"v1/", "v2/"} {
		path = strings.TrimPrefix(path, version)
	}
	api, _, _ := strings.Cut(path, "/")
	now := s.Now()
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	rule := s.rates.match(caller, api)
	if rule == nil {
		return nil
	}
	if hour := now.Truncate(time.Hour); !hour.Equal(s.rates.hour) {
		s.rates.hour = hour
		clear(s.rates.used)
	}
	reset := s.rates.hour.Add(time.Hour)
	header.Set("X-RateLimit-Limit", strconv.Itoa(rule.Limit))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	header.Set("X-RateLimit-Rule", rule.ID)
	key := usage{rule.ID, caller.Name}
	if s.rates.used[key] < rule.Limit {
		s.rates.used[key]++
		return nil
	}
	header.Set("Retry-After", strconv.FormatInt(int64((reset.Sub(now)+time.Second-1)/time.Second), 10))
	return failed(&apiError{http.StatusTooManyRequests, "Rate limit exceeded",
		fmt.Sprintf("Rate limit of %d requests per hour for %s exceeded", rule.Limit, cmp.Or(apiNames[api], "REST API"))})
}

var apiNames = map[string]string{
	"table": "Table API", "stats": "Aggregate API", "attachment": "Attachment API", "import": "Import Set API", "batch": "Batch API",
}

// match finds the rule that counts for a request, or nil.
func (t *rates) match(caller *account, api string) *RateRule {
	var best *RateRule
	for i := range t.rules {
		rule := &t.rules[i]
		if rule.User != "" && rule.User != caller.Name || rule.Role != "" && !caller.roles[rule.Role] || rule.API != "" && rule.API != api {
			continue
		}
		if best == nil || rule.rank() > best.rank() || rule.rank() == best.rank() && rule.Limit < best.Limit {
			best = rule
		}
	}
	return best
}

// rank tells which of two rules counts: the higher.
func (r *RateRule) rank() int {
	switch {
	case r.User != "":
		return 2
	case r.Role != "":
		return 1
	}
	return 0
}

// askRoles reports whether a rule is about a role.
func (t *rates) askRoles() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.rules, func(r RateRule) bool { return r.Role != "" })
}
