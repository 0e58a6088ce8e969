package reconcile

import (
	"fmt"
	"strings"
	"unicode"
)

// A shown is a text of the plan as the page shows it.
type shown struct {
	Plain  string
	Pieces []piece // instead of Plain, where something in it cannot be seen
}

// A piece is a part of a text; Code marks one that stands for what cannot be seen.
type piece struct {
	Text string
	Code bool
}

// Some reports whether there is anything to show.
func (s shown) Some() bool { return s.Plain != "" }

// Line returns the text on one line, without markup.
func (s shown) Line() string {
	if s.Pieces == nil {
		return s.Plain
	}
	var line strings.Builder
	for _, p := range s.Pieces {
		line.WriteString(strings.TrimSuffix(p.Text, "\n"))
	}
	return line.String()
}

// show makes visible what a reader must not miss: control characters, those that
// turn the direction of a text, odd spaces, and spaces at either end.
func show(s string) shown {
	out := shown{Plain: s}
	inner := strings.Trim(s, " ")
	if len(inner) == len(s) && !strings.ContainsFunc(s, hides) {
		return out
	}
	var plain strings.Builder
	code := func(text string) {
		if plain.Len() > 0 {
			out.Pieces = append(out.Pieces, piece{Text: plain.String()})
			plain.Reset()
		}
		out.Pieces = append(out.Pieces, piece{Text: text, Code: true})
	}
	first := strings.Index(s, inner)
	last := rune(0)
	for i, r := range s {
		switch {
		case r == ' ' && (i < first || i >= first+len(inner)):
			code("␣")
		case r == '\n':
			code(`\n`)
			plain.WriteByte('\n')
		case hides(r) && !joins(last, r):
			code(escape(r))
		default:
			plain.WriteRune(r)
		}
		last = r
	}
	if plain.Len() > 0 {
		out.Pieces = append(out.Pieces, piece{Text: plain.String()})
	}
	return out
}

func hides(r rune) bool { return !unicode.IsPrint(r) }

// joins reports whether r joins or parts letters, as Persian, Indic scripts and emoji
// need it, and not one that hides in a Latin word.
func joins(last, r rune) bool { return (r == '\u200c' || r == '\u200d') && last >= '\u0600' }

func escape(r rune) string {
	switch r {
	case '\t':
		return `\t`
	case '\r':
		return `\r`
	}
	return fmt.Sprintf("U+%04X", r)
}

// A figure is a number for people.
type figure int

// String writes thousands apart: 10,000.
func (f figure) String() string {
	s := fmt.Sprint(int(f))
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
