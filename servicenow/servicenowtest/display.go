package servicenowtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// displayOf returns what people read for a value: the label of a choice, the
// display value of a referenced record, a time in the caller's zone.
func (s *store) displayOf(r *row, col *column, value string, caller *account) string {
	if col.Type == Journal {
		return s.history(r, col, caller)
	}
	if value == "" {
		return ""
	}
	switch col.Type {
	case Reference:
		return s.display(col.target, value)
	case ClassName:
		if c := s.classes[value]; c != nil {
			return c.label
		}
	case DateTime:
		if t, err := time.ParseInLocation(timeLayout, value, time.UTC); err == nil {
			return t.In(caller.zone).Format(timeLayout)
		}
	case Duration:
		return spelled(value)
	}
	for i := range col.Choices {
		if col.Choices[i].Value == value {
			return col.Choices[i].Label
		}
	}
	return value
}

// spelled writes a duration in words. The platform's exact words are not
// documented.
func spelled(value string) string {
	t, err := time.ParseInLocation(timeLayout, value, time.UTC)
	if err != nil {
		return value
	}
	seconds := t.Unix()
	var words []string
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"Day", 86400}, {"Hour", 3600}, {"Minute", 60}, {"Second", 1}} {
		n := seconds / unit.seconds
		seconds %= unit.seconds
		if n == 1 {
			words = append(words, "1 "+unit.name)
		} else if n > 1 {
			words = append(words, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	if len(words) == 0 {
		return "0 Seconds"
	}
	return strings.Join(words, " ")
}

// history renders the entries of a journal column, the newest first. The form
// is common knowledge, not documented.
func (s *store) history(r *row, col *column, caller *account) string {
	journal := s.classes["sys_journal_field"]
	if r == nil || journal == nil {
		return ""
	}
	element, record, text := journal.column("element"), journal.column("element_id"), journal.column("value")
	if element == nil || record == nil || text == nil {
		return ""
	}
	var entries []*row
	for entry := range s.equal(journal, record.at, r.get(colID)) {
		if entry.get(element.at) == col.Name {
			entries = append(entries, entry)
		}
	}
	slices.SortStableFunc(entries, func(a, b *row) int {
		return strings.Compare(b.get(colCreatedOn), a.get(colCreatedOn))
	})
	var b strings.Builder
	for _, entry := range entries {
		when := entry.get(colCreatedOn)
		if t, err := time.ParseInLocation(timeLayout, when, time.UTC); err == nil {
			when = t.In(caller.zone).Format(timeLayout)
		}
		fmt.Fprintf(&b, "%s - %s (%s)\n%s\n\n", when, entry.get(colCreatedBy), col.Label, entry.get(text.at))
	}
	return b.String()
}
