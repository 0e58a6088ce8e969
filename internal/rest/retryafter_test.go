package rest

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration, layout string) string { return now.Add(d).Format(layout) }
	tests := []struct {
		after, reset string
		want         time.Duration
		ok           bool
	}{
		{"", "", 0, false},
		{"2", "", 2 * time.Second, true},
		{" 2 ", "", 2 * time.Second, true},
		{"0", "", 0, true},
		{"1.5", "", 1500 * time.Millisecond, true},
		{".5", "", 500 * time.Millisecond, true},
		{"-1", "", 0, false},
		{"1e3", "", 0, false},
		{"NaN", "", 0, false},
		{"Inf", "", 0, false},
		{"1.2.3", "", 0, false},
		{"soon", "", 0, false},
		{"9223372037", "", longest, true},
		{"99999999999999999999999999999999", "", longest, true},
		{in(time.Minute, http.TimeFormat), "", time.Minute, true},
		{in(time.Minute, "Monday, 02-Jan-06 15:04:05 GMT"), "", time.Minute, true},
		{in(time.Minute, time.ANSIC), "", time.Minute, true},
		{in(-time.Minute, http.TimeFormat), "", 0, true},
		{"", "1772366460", time.Minute, true},
		{"", "1772366400", 0, true},
		{"", "1", 0, true},
		{"", "-5", 0, false},
		{"", "60x", 0, false},
		{"", "9223372036854775807", 0, false},
		{"3", "1772366460", 3 * time.Second, true},
		{"junk", "1772366460", time.Minute, true},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set("Retry-After", tt.after)
		h.Set("X-RateLimit-Reset", tt.reset)
		if got, ok := retryAfter(h, true, now); got != tt.want || ok != tt.ok {
			t.Errorf("Retry-After %q, reset %q: %v, %v; want %v, %v", tt.after, tt.reset, got, ok, tt.want, tt.ok)
		}
	}
}

// TestRetryAfterOfLimiters reads dates by the clock of who sent them, and heeds
// no wait that would stop a program for good.
func TestRetryAfterOfLimiters(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	slow := now.Add(-time.Hour)
	for _, tt := range []struct {
		after, date string
		want        time.Duration
		ok          bool
	}{
		{"7", "", 7 * time.Second, true},
		{"2.5", slow.Format(http.TimeFormat), 2500 * time.Millisecond, true},
		{slow.Add(9 * time.Second).Format(http.TimeFormat), slow.Format(http.TimeFormat), 9 * time.Second, true},
		{now.Add(9 * time.Second).Format(http.TimeFormat), "junk", 9 * time.Second, true},
		{slow.Format(http.TimeFormat), "", 0, true},
		{"999999", "", 999999 * time.Second, true},
		{"1000000", "", 0, false},
		{"99999999999999999999", "", 0, false},
		{"-1", "", 0, false},
		{"", "", 0, false},
	} {
		h := http.Header{"Retry-After": {tt.after}, "Date": {tt.date}}
		if got, ok := RetryAfter(h, now); got != tt.want || ok != tt.ok {
			t.Errorf("Retry-After %q, Date %q: %v, %v; want %v, %v", tt.after, tt.date, got, ok, tt.want, tt.ok)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "2", "1.5", "-1", "1e999", "Sun, 01 Mar 2026 12:00:00 GMT", "9223372037", "\x00"} {
		f.Add(s, s)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, after, reset string) {
		got, ok := retryAfter(http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}, true, now)
		if got < 0 || !ok && got != 0 {
			t.Fatalf("Retry-After %q, reset %q: %v, %v", after, reset, got, ok)
		}
	})
}
