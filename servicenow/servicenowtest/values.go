package servicenowtest

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	timeLayout = "2006-01-02 15:04:05"
	dateLayout = "2006-01-02"
)

// wireTime writes a time as records hold it: UTC, whole seconds.
func wireTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// fold is the form in which strings are compared without case.
func fold(s string) string { return strings.ToLower(s) }

// isID reports whether s has the form of a sys_id: 32 hex digits.
func isID(s string) bool {
	if len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// normalise brings a value into the form in which the column stores it. What
// cannot be read in the column's type becomes empty, as the platform's silent
// conversion does.
func normalise(col *column, value string) string {
	switch col.Type {
	case Boolean:
		if value == "" {
			return ""
		}
		return strconv.FormatBool(truth(value))
	case Integer:
		value = strings.TrimSpace(value)
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return strconv.FormatInt(n, 10)
		}
		if f, err := strconv.ParseFloat(value, 64); err == nil && f > -1e15 && f < 1e15 {
			return strconv.FormatInt(int64(f), 10)
		}
		return ""
	case Decimal, Float:
		value = strings.TrimSpace(value)
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return ""
		}
		return value
	case Date:
		if t, ok := parseTime(value, time.UTC); ok {
			return t.Format(dateLayout)
		}
		return ""
	case DateTime, Duration:
		if t, ok := parseTime(value, time.UTC); ok {
			return wireTime(t)
		}
		return ""
	}
	if col.MaxLength > 0 && utf8.RuneCountInString(value) > col.MaxLength {
		return string([]rune(value)[:col.MaxLength])
	}
	return value
}

// truth reads a boolean as the platform does.
func truth(value string) bool {
	return value == "1" || strings.EqualFold(value, "true") || strings.EqualFold(value, "yes")
}

// parseTime reads the forms in which a time is accepted: the platform's own,
// the one with a T, and a bare date.
func parseTime(value string, zone *time.Location) (time.Time, bool) {
	value = strings.TrimSpace(value)
	for _, layout := range []string{timeLayout, "2006-01-02T15:04:05", time.RFC3339, dateLayout, "15:04:05"} {
		if t, err := time.ParseInLocation(layout, value, zone); err == nil {
			if layout == "15:04:05" { // a duration without days
				t = t.AddDate(1970, 0, 0)
			}
			return t, true
		}
	}
	return time.Time{}, false
}
