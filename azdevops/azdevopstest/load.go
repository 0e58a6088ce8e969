package azdevopstest

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Load is how the server counts the use of each identity over five minutes, in
// units (documentation, "Rate and usage limits": TSTU). The zero value counts
// nothing.
//
// From half of the budget on, answers tell of it in X-RateLimit headers. Beyond
// the budget they succeed as well, but say that they were held back, in
// X-RateLimit-Delay and Retry-After, for up to 30 s; the server does not really
// hold them. Beyond twice the budget requests are refused with 429. The two
// bounds are this package's: the documentation gives none.
type Load struct {
	Budget float64 // units in five minutes; the service's is 200
	Cost   float64 // of a request; 0 means 1
}

const loadWindow = 5 * time.Minute

// use is what a request cost.
type use struct {
	at    time.Time
	units float64
}

func (l *Load) check() error {
	if l.Budget < 0 || l.Cost < 0 {
		return errors.New("azdevopstest: Options.Load has a negative number")
	}
	l.Cost = cmp.Or(l.Cost, 1)
	return nil
}

// charge counts a request of a user and returns the headers that its answer gets,
// and whether it is refused. The lock is held.
func (s *Server) charge(u *User) (http.Header, bool) {
	load := s.options.Load
	if load.Budget == 0 {
		return nil, false
	}
	now := s.Now()
	uses := s.uses[u]
	for len(uses) > 0 && !uses[0].at.After(now.Add(-loadWindow)) {
		uses = uses[1:]
	}
	used := 0.0
	for _, past := range uses {
		used += past.units
	}
	blocked := used+load.Cost > 2*load.Budget
	if !blocked {
		used += load.Cost
		uses = append(uses, use{now, load.Cost})
	}
	s.uses[u] = uses
	if used <= load.Budget/2 {
		return nil, false
	}
	left := max(load.Budget-used, 0)
	header := http.Header{
		"X-Ratelimit-Resource": {"AzureDevOps/TSTU"}, "X-Ratelimit-Limit": {number(load.Budget)}, "X-Ratelimit-Remaining": {number(left)},
		"X-Ratelimit-Reset": {strconv.FormatInt(uses[len(uses)-1].at.Add(loadWindow).Unix(), 10)},
	}
	if over := used - load.Budget; over > 0 {
		delay := min(over/load.Budget, 1) * 30
		header.Set("X-RateLimit-Delay", strconv.FormatFloat(delay, 'f', 3, 64))
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(delay))))
	}
	return header, blocked
}

func number(units float64) string { return strconv.FormatFloat(units, 'f', -1, 64) }

// blocked is the refusal of a request beyond all delays.
func blocked() answer {
	return refuse(http.StatusTooManyRequests, "RequestBlockedException", "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource 'AzureDevOps/TSTU' in namespace 'User'.")
}
