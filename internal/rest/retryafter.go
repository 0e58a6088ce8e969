package rest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest stands for every wait too long to count.
const longest = time.Duration(math.MaxInt64)

// retryAfter is how long an answer asks to wait before the next request, from
// Retry-After or, when it refuses for rate, else from X-RateLimit-Reset:
// ServiceNow sends that one with answers of every status. It is never negative;
// ok is false when nothing can be read.
func retryAfter(h http.Header, limited bool, now time.Time) (wait time.Duration, ok bool) {
	if wait, ok = parseRetryAfter(h.Get("Retry-After"), now); ok {
		return wait, true
	}
	if reset := resetTime(h); limited && !reset.IsZero() {
		return max(reset.Sub(now), 0), true
	}
	return 0, false
}

// longestHeeded bounds what a limiter heeds: it would stop every client that shares it.
const longestHeeded = 1_000_000 * time.Second

// RetryAfter is how long an answer asks to wait in Retry-After, for a limiter. A
// date is read by the server's own clock. ok is false when it does not say, and
// for more than eleven days, which nobody waits for.
func RetryAfter(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	wait, ok = parseRetryAfter(h.Get("Retry-After"), ServerTime(h, now))
	if !ok || wait >= longestHeeded {
		return 0, false
	}
	return wait, true
}

// ServerTime is the time by the server's clock, and now when it does not say.
func ServerTime(h http.Header, now time.Time) time.Time {
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		return at
	}
	return now
}

// parseRetryAfter reads seconds (whole or decimal) and the three date forms of
// HTTP. A date in the past is no wait; junk and negative numbers are not read.
func parseRetryAfter(s string, now time.Time) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, false
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(t.Sub(now), 0), true
	}
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(seconds, 1) {
		return 0, false
	}
	return toDuration(seconds), true
}

// resetTime reads X-RateLimit-Reset, the Unix time at which a window ends
// (ServiceNow's rate limiting documentation, Azure DevOps likewise).
func resetTime(h http.Header) time.Time {
	n, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

func toDuration(seconds float64) time.Duration {
	if seconds >= longest.Seconds() {
		return longest
	}
	return time.Duration(seconds * float64(time.Second))
}
