package servicenow

import (
	"strings"
	"testing"
)

// Any cursor that is accepted is a position that is written the same way again.
func FuzzCursor(f *testing.F) {
	l, err := Query{Where: Eq("active", true)}.prepare("incident", []string{"sys_id"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(l.cursor(position{size: 10, ceiling: 10000, last: "a.b%^ é"})))
	f.Add(string(l.cursor(position{size: 1, ceiling: 1, offset: 99, blind: 3, count: true})))
	f.Add(l.print + ".0.0.0.0.0.")
	f.Add(l.print + ".-1.1.1.0.0.")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := l.parse(Cursor(text))
		if err != nil {
			return
		}
		again, err := l.parse(l.cursor(p))
		if err != nil || again != p || p.size < 1 || p.offset < 0 {
			t.Fatalf("%q became %+v and then %+v, %v", text, p, again, err)
		}
		if _, err := l.params(p); err != nil && p.last == "" {
			t.Fatal(err)
		}
	})
}

// Reference 1.5: what ends a listing, and what does not.
func TestAdvance(t *testing.T) {
	l := &listing{keyset: true, size: 10}
	byOffset := &listing{size: 10}
	id := func(ch string) string { return strings.Repeat(ch, 32) }
	at := position{size: 10, ceiling: 10000, last: id("1")}
	tests := []struct {
		name string
		l    *listing
		p    position
		o    outcome
		done bool
		next position // where it matters
	}{
		{"counted and used up", l, at, outcome{rows: 10, last: id("2"), total: 10}, true, position{}},
		{"counted and more", l, at, outcome{rows: 10, last: id("2"), total: 11}, false, position{last: id("2"), size: 10, ceiling: 10000}},
		{"short page", l, at, outcome{rows: 1, last: id("2"), total: 50}, false, position{last: id("2"), size: 10, ceiling: 10000}},
		{"empty page grows", l, at, outcome{total: 50}, false, position{last: id("1"), size: 20, ceiling: 10000}},
		{"empty page at the ceiling steps, overlapping", l, position{size: 10, ceiling: 10, last: id("1")}, outcome{total: 50}, false, position{last: id("1"), offset: 5, size: 10, ceiling: 10}},
		{"empty page of one row steps", l, position{size: 1, ceiling: 1, last: id("1")}, outcome{total: 50}, false, position{last: id("1"), offset: 1, size: 1, ceiling: 1}},
		{"a count that cannot be is not believed", l, at, outcome{rows: 10, last: id("2"), total: 0}, false, position{last: id("2"), size: 10, ceiling: 10000}},
		{"a link to a next page", l, at, outcome{rows: 10, last: id("2"), total: -1, more: linkNext}, false, position{last: id("2"), size: 10, ceiling: 10000}},
		{"a link without", l, at, outcome{rows: 10, last: id("2"), total: -1, more: linkLast}, true, position{}},
		{"neither count nor link, rows", l, at, outcome{rows: 3, last: id("2"), total: -1}, false, position{last: id("2"), size: 10, ceiling: 10000}},
		{"neither count nor link, no rows", l, at, outcome{total: -1}, true, position{}},
		{"cut", l, at, outcome{rows: 4, last: id("2"), total: 50, truncated: true}, false, position{last: id("2"), size: 5, ceiling: 5}},
		{"cut without rows", l, at, outcome{total: 50, truncated: true}, false, position{last: id("1"), size: 5, ceiling: 5}},
		{"cut without hope", l, position{size: 1, ceiling: 1}, outcome{truncated: true}, true, position{}},
		{"by offset a short page is passed", byOffset, position{size: 10, ceiling: 10000}, outcome{rows: 3, last: id("5"), total: 11}, false, position{last: id("5"), offset: 10, size: 10, ceiling: 10000}},
		{"by offset at the end", byOffset, position{size: 10, ceiling: 10000, offset: 10}, outcome{rows: 1, last: id("5"), total: 11}, true, position{}},
		{"by offset cut", byOffset, position{size: 10, ceiling: 10000, offset: 10}, outcome{rows: 1, last: id("5"), total: 30, truncated: true}, false, position{offset: 10, size: 5, ceiling: 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next, done, err := test.l.advance(test.p, test.o)
			if err != nil || done != test.done || !done && next != test.next {
				t.Errorf("next %+v, done %v, error %v", next, done, err)
			}
		})
	}
}
