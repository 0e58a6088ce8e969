package reconcile

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Status is how an operation ended.
type Status string

// The ways in which an operation ends.
const (
	StatusCreated   Status = "created"
	StatusUpdated   Status = "updated"
	StatusDeleted   Status = "deleted"
	StatusRetired   Status = "retired"
	StatusUnchanged Status = "unchanged" // the record was as wanted already
	StatusSkipped   Status = "skipped"
	StatusBlocked   Status = "blocked" // in the plan, or because a need was not met
	StatusStale     Status = "stale"   // refused: the record is not what the plan expects
	StatusFailed    Status = "failed"
)

// Settled is an operation with its end.
type Settled struct {
	Operation Operation
	Status    Status
	// Target is the id that the record really has, "" if unknown.
	Target string
	// Code and Reason say why, for everything but success; masked values are left out.
	Code, Reason string
	// Err is the sink's error, if there was one.
	Err error
}

// Line counts how the operations and unchanged records of one type and class ended.
type Line struct {
	Type, Class                                string
	Created, Updated, Deleted, Retired         int
	Unchanged, Skipped, Blocked, Failed, Stale int
	// NotTried counts operations that Apply did not come to.
	NotTried int
}

// Written returns how many records were written.
func (l Line) Written() int { return l.Created + l.Updated + l.Deleted + l.Retired }

func (l *Line) add(o Line) {
	l.Created += o.Created
	l.Updated += o.Updated
	l.Deleted += o.Deleted
	l.Retired += o.Retired
	l.Unchanged += o.Unchanged
	l.Skipped += o.Skipped
	l.Blocked += o.Blocked
	l.Failed += o.Failed
	l.Stale += o.Stale
	l.NotTried += o.NotTried
}

func (l *Line) count(s Status) {
	switch s {
	case StatusCreated:
		l.Created++
	case StatusUpdated:
		l.Updated++
	case StatusDeleted:
		l.Deleted++
	case StatusRetired:
		l.Retired++
	case StatusUnchanged:
		l.Unchanged++
	case StatusSkipped:
		l.Skipped++
	case StatusBlocked:
		l.Blocked++
	case StatusStale:
		l.Stale++
	case StatusFailed:
		l.Failed++
	default:
		l.NotTried++
	}
}

// Reason counts the operations that ended in one way with one code.
type Reason struct {
	Status Status
	Code   string
	Count  int
	// Example is the reason of the first of them, in words.
	Example string
}

// Summary says what Apply did.
type Summary struct {
	// Lines count by type and class, in that order.
	Lines []Line
	// Reasons count what was skipped, blocked, stale or failed by code, the most
	// frequent first.
	Reasons []Reason
	// Problems are the operations that the plan meant to write and that ended as
	// blocked, stale or failed, in the order in which they did.
	Problems []Settled
	// Groups counts the groups handed to the sink.
	Groups int
}

// Total returns the counts over all types and classes.
func (s Summary) Total() Line {
	var total Line
	for _, l := range s.Lines {
		total.add(l)
	}
	return total
}

// Clean reports whether everything that the plan meant to write is as wanted now.
func (s Summary) Clean() bool {
	return len(s.Problems) == 0 && s.Total().NotTried == 0
}

// WriteText writes the counts by type and class and the most frequent reasons, at
// most ten of them. Kinds of ends that did not occur are left out where they are
// rare.
func (s Summary) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	s.writeCounts(out)
	for i, r := range s.Reasons {
		if i == 10 {
			fmt.Fprintf(out, "and %d more reasons\n", len(s.Reasons)-i)
			break
		}
		fmt.Fprintf(out, "%d %s (%s): %s\n", r.Count, r.Status, cmp.Or(plainText(r.Code), "no code"), plainText(r.Example))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reconcile: write summary: %w", err)
	}
	return nil
}

// A tallied is a column of the counts in text.
type tallied struct {
	title  string
	always bool // shown even where it is 0 throughout
	of     func(Line) int
}

var talliedColumns = []tallied{
	{"created", true, func(l Line) int { return l.Created }},
	{"updated", true, func(l Line) int { return l.Updated }},
	{"deleted", false, func(l Line) int { return l.Deleted }},
	{"retired", false, func(l Line) int { return l.Retired }},
	{"unchanged", true, func(l Line) int { return l.Unchanged }},
	{"skipped", true, func(l Line) int { return l.Skipped }},
	{"blocked", true, func(l Line) int { return l.Blocked }},
	{"failed", true, func(l Line) int { return l.Failed }},
	{"stale", false, func(l Line) int { return l.Stale }},
	{"not tried", false, func(l Line) int { return l.NotTried }},
}

func (s Summary) writeCounts(w io.Writer) {
	total := s.Total()
	total.Type = "total"
	columns := slices.DeleteFunc(slices.Clone(talliedColumns), func(c tallied) bool { return !c.always && c.of(total) == 0 })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "type\tclass")
	for _, c := range columns {
		fmt.Fprint(table, "\t"+c.title)
	}
	fmt.Fprintln(table)
	for _, l := range append(slices.Clip(s.Lines), total) {
		fmt.Fprintf(table, "%s\t%s", plainText(l.Type), cmp.Or(plainText(l.Class), "-"))
		for _, c := range columns {
			fmt.Fprintf(table, "\t%d", c.of(l))
		}
		fmt.Fprintln(table)
	}
	table.Flush()
}

// ledger gathers a Summary.
type ledger struct {
	lines    map[[2]string]*Line
	reasons  map[[2]string]*Reason
	problems []Settled
	groups   int
}

func newLedger() *ledger {
	return &ledger{lines: map[[2]string]*Line{}, reasons: map[[2]string]*Reason{}}
}

func (l *ledger) line(typ, class string) *Line {
	key := [2]string{typ, class}
	line := l.lines[key]
	if line == nil {
		line = &Line{Type: typ, Class: class}
		l.lines[key] = line
	}
	return line
}

func (l *ledger) enter(s Settled) {
	l.line(s.Operation.Type, s.Operation.Class).count(s.Status)
	switch s.Status {
	case StatusSkipped, StatusBlocked, StatusStale, StatusFailed:
		key := [2]string{string(s.Status), s.Code}
		r := l.reasons[key]
		if r == nil {
			r = &Reason{Status: s.Status, Code: s.Code, Example: s.Reason}
			l.reasons[key] = r
		}
		r.Count++
		if s.Operation.Kind.Writes() && s.Status != StatusSkipped {
			l.problems = append(l.problems, s)
		}
	}
}

func (l *ledger) total() Line {
	var total Line
	for _, line := range l.lines {
		total.add(*line)
	}
	return total
}

func (l *ledger) summary() Summary {
	s := Summary{Problems: l.problems, Groups: l.groups}
	for _, line := range l.lines {
		s.Lines = append(s.Lines, *line)
	}
	slices.SortFunc(s.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
	})
	for _, r := range l.reasons {
		s.Reasons = append(s.Reasons, *r)
	}
	slices.SortFunc(s.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	return s
}
