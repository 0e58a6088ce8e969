package servicenow

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

const (
	dateTimeLayout = "2006-01-02 15:04:05"
	dateLayout     = "2006-01-02"
)

// DateTime is a date and time field: UTC, in whole seconds, written as
// "2006-01-02 15:04:05". "" and null are the zero DateTime, which is written
// as "". It reads the value and never the display value, which is in the time
// zone and format of the authenticated user.
type DateTime struct{ time.Time }

// MarshalJSON encodes the time in the platform's form, in UTC.
func (d DateTime) MarshalJSON() ([]byte, error) { return marshalText(d) }

// UnmarshalJSON decodes every form in which the platform sends a field.
func (d *DateTime) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[DateTime]())
	if err != nil {
		return err
	}
	parsed, err := parseDateTime(v.Value)
	if err != nil || v.Value == "" && v.Display != "" {
		return unreadable(v, reflect.TypeFor[DateTime]())
	}
	*d = parsed
	return nil
}

// MarshalText renders the time as the platform writes it.
func (d DateTime) MarshalText() ([]byte, error) { text, err := d.text(); return []byte(text), err }

// UnmarshalText reads what MarshalText wrote.
func (d *DateTime) UnmarshalText(text []byte) (err error) {
	*d, err = parseDateTime(string(text))
	return err
}

// String renders the time as the platform writes it; the zero DateTime is "".
func (d DateTime) String() string { text, _ := d.text(); return text }

func (d DateTime) text() (string, error) {
	if d.IsZero() {
		return "", nil
	}
	utc := d.UTC()
	if !writable(utc.Year()) {
		return "", fmt.Errorf("year %d cannot be written", utc.Year())
	}
	return utc.Format(dateTimeLayout), nil
}

// writable reports whether a year has the four digits that the platform's form
// has room for.
func writable(year int) bool { return year >= 1 && year <= 9999 }

func parseDateTime(text string) (DateTime, error) {
	if text == "" {
		return DateTime{}, nil
	}
	for _, layout := range []string{dateTimeLayout, dateLayout, "2006-01-02T15:04:05", time.RFC3339} {
		t, err := time.Parse(layout, text)
		if t = t.UTC().Truncate(time.Second); err == nil && writable(t.Year()) {
			return DateTime{t}, nil
		}
	}
	return DateTime{}, fmt.Errorf("servicenow: %q is not a date and time like 2026-03-12 08:30:00", clip(text, 40))
}

// Date is a calendar date without a time of day, written as "2006-01-02". "" and
// null are the zero Date, which is written as "".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf answers with the calendar date of t in t's own time zone.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// Time answers with midnight UTC of the date; the zero Date is the zero time.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// IsZero reports whether the field is empty.
func (d Date) IsZero() bool { return d == Date{} }

// MarshalJSON encodes the date in the platform's form.
func (d Date) MarshalJSON() ([]byte, error) { return marshalText(d) }

// UnmarshalJSON decodes every form in which the platform sends a field.
func (d *Date) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Date]())
	if err != nil {
		return err
	}
	parsed, err := parseDate(v.Value)
	if err != nil || v.Value == "" && v.Display != "" {
		return unreadable(v, reflect.TypeFor[Date]())
	}
	*d = parsed
	return nil
}

// String renders the date as the platform writes it; the zero Date is "".
func (d Date) String() string { text, _ := d.text(); return text }

func (d Date) text() (string, error) {
	if d.IsZero() {
		return "", nil
	}
	t := d.Time()
	if DateOf(t) != d || !writable(d.Year) {
		return "", fmt.Errorf("there is no date %04d-%02d-%02d", d.Year, int(d.Month), d.Day)
	}
	return t.Format(dateLayout), nil
}

func parseDate(text string) (Date, error) {
	if text == "" {
		return Date{}, nil
	}
	// A date column read through a script may carry a midnight time.
	day, _, _ := strings.Cut(text, " ")
	t, err := time.Parse(dateLayout, day)
	if err != nil || !writable(t.Year()) {
		return Date{}, fmt.Errorf("servicenow: %q is not a date like 2026-03-12", clip(text, 40))
	}
	return DateOf(t), nil
}

// Duration is a duration field. The platform writes it as an offset from the
// epoch, so 2 min 17 s is "1970-01-01 00:02:17"; whole seconds only. "" and null
// are 0.
type Duration time.Duration

// MarshalJSON encodes the duration in the platform's form.
func (d Duration) MarshalJSON() ([]byte, error) { return marshalText(d) }

// UnmarshalJSON decodes every form in which the platform sends a field.
func (d *Duration) UnmarshalJSON(data []byte) error {
	v, err := parseField(data, reflect.TypeFor[Duration]())
	if err != nil {
		return err
	}
	parsed, err := parseDuration(v.Value)
	if err != nil || v.Value == "" && v.Display != "" {
		return unreadable(v, reflect.TypeFor[Duration]())
	}
	*d = parsed
	return nil
}

// String renders the duration as Go does, for example 2m17s.
func (d Duration) String() string { return time.Duration(d).String() }

func (d Duration) text() (string, error) {
	if time.Duration(d)%time.Second != 0 {
		return "", fmt.Errorf("the platform keeps durations in whole seconds, %v has a fraction: round it", time.Duration(d))
	}
	return time.Unix(int64(time.Duration(d)/time.Second), 0).UTC().Format(dateTimeLayout), nil
}

func parseDuration(text string) (Duration, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(dateTimeLayout, text)
	if err != nil {
		return 0, fmt.Errorf("servicenow: %q is not a duration like 1970-01-01 00:02:17", clip(text, 40))
	}
	seconds := t.Unix()
	const limit = int64(1<<63-1) / int64(time.Second)
	if seconds > limit || seconds < -limit {
		return 0, errors.New("servicenow: duration out of range: " + clip(text, 40))
	}
	return Duration(time.Duration(seconds) * time.Second), nil
}

func marshalText(v texter) ([]byte, error) {
	text, err := v.text()
	if err != nil {
		return nil, err
	}
	return json.Marshal(text)
}
