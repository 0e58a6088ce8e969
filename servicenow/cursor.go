package servicenow

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Cursor is a place between two rows of a query. It is opaque text that may be
// stored and used by another process; "" is the start.
type Cursor string

// largestPage is how far a page may grow over a stretch of hidden rows; it is
// the page size that the platform itself uses when none is given.
const largestPage = 10000

// maxSame is how many pages by offset may end with the same row. Rows inserted
// meanwhile make that happen once; a server that ignores offsets, always.
const maxSame = 2

// maxBlind is how many pages in a row may be empty while nothing proves that
// more rows follow.
const maxBlind = 100

// position is where a listing stands. Its text is a Cursor.
type position struct {
	last    string // the last row read: its sys_id
	offset  int    // rows to skip; under keyset only inside a stretch of hidden rows
	size    int    // rows to ask for
	ceiling int    // the largest page that the server is known to bear
	blind   int    // pages in a row that brought nothing new, without a known total
	count   bool   // ask for the total although the query would not
}

// outcome is what one page told.
type outcome struct {
	rows      int
	last      string // sys_id of the last whole row
	total     int    // rows that the server counted for this request; -1 unknown
	more      link   // what the Link header says about a next page
	truncated bool
}

type link uint8

const (
	linkUnknown link = iota // no Link header
	linkLast                // a Link header without rel="next"
	linkNext
)

// advance answers with the position after a page. It knows four ends only: the
// counted rows are used up; the Link header names no next page; or, where the
// server tells neither, an empty page. A short page proves nothing: the
// platform cuts pages before it applies its access rules.
func (l *listing) advance(p position, o outcome) (next position, done bool, err error) {
	next = p
	if o.truncated {
		return l.shrink(p, o)
	}
	same := o.rows > 0 && o.last != "" && o.last == p.last
	if l.keyset && o.rows > 0 && p.last != "" && !l.behind(o.last, p.last) || same && p.blind >= maxSame {
		return p, true, fmt.Errorf("servicenow: the page after sys_id %q ends at %q: %w", p.last, o.last, rest.ErrStuck)
	}
	if l.keyset && o.rows > 0 && o.last == "" {
		return p, true, errors.New("servicenow: a row has no sys_id to page by; give the query an OrderBy to page by offset")
	}
	end := p.offset + max(p.size, o.rows)
	known := o.total >= p.offset+o.rows
	more := o.rows > 0
	switch {
	case known:
		more = o.total > end
	case o.more != linkUnknown:
		more = o.more == linkNext
	case o.rows == 0 && l.query.NoCount && !p.count:
		next.count = true
		return next, false, nil
	}
	if !more {
		return p, true, nil
	}
	switch {
	case o.rows > 0 && !same:
		next.blind = 0
	case same || !known:
		if next.blind++; next.blind > maxBlind {
			return p, true, fmt.Errorf("servicenow: %d empty pages in a row, and the server counts no rows: %w", maxBlind, rest.ErrStuck)
		}
	}
	if o.last != "" {
		next.last = o.last
	}
	switch {
	case !l.keyset:
		next.offset = end
	case o.rows > 0:
		next.offset, next.size = 0, min(l.size, p.ceiling)
	case p.offset == 0 && p.size < p.ceiling:
		// Every row of this stretch is hidden, so there is no key to go on
		// from. A larger page from the same place cannot skip a row that
		// moves up when others are deleted; an offset could.
		next.size = min(p.size*2, p.ceiling)
	default:
		next.offset += max(1, p.size/2)
	}
	return next, false, nil
}

// shrink goes on behind the whole rows of a page that was cut, asking for half
// as many. By offset the place of the last whole row is unknown where rows are
// hidden, so the page is read again.
func (l *listing) shrink(p position, o outcome) (position, bool, error) {
	next := p
	if p.size <= 1 && o.rows == 0 {
		return p, true, nil
	}
	next.size = max(1, p.size/2)
	next.ceiling = next.size
	if !l.keyset {
		return next, false, nil
	}
	if o.rows > 0 {
		if o.last == "" || p.last != "" && !l.behind(o.last, p.last) {
			return p, true, nil
		}
		next.last, next.offset, next.blind = o.last, 0, 0
	}
	return next, false, nil
}

// behind reports whether a page that starts after before and ends with last has
// moved. Only the order of hexadecimal ids is certain; others sort by the
// database's collation.
func (l *listing) behind(last, before string) bool {
	if !isHex(last) || !isHex(before) || len(last) != len(before) {
		return last != before
	}
	a, b := strings.ToLower(last), strings.ToLower(before)
	if l.desc {
		return a < b
	}
	return a > b
}

func isHex(id string) bool {
	for i := range len(id) {
		ch := id[i] | 0x20
		if (ch < '0' || ch > '9') && (ch < 'a' || ch > 'f') {
			return false
		}
	}
	return id != ""
}

// start is the position that the query begins at.
func (l *listing) start() (position, error) {
	if l.query.After == "" {
		return position{size: l.size, ceiling: l.ceiling}, nil
	}
	return l.parse(l.query.After)
}

// cursor writes a position as text: fingerprint, offset, size, ceiling, flags
// and the escaped last id.
func (l *listing) cursor(p position) Cursor {
	count := 0
	if p.count {
		count = 1
	}
	return Cursor(fmt.Sprintf("%s.%d.%d.%d.%d.%d.%s", l.print, p.offset, p.size, p.ceiling, p.blind, count, url.QueryEscape(p.last)))
}

var errCursor = errors.New("field After is not a cursor of this package; pass a Page's Next as it is")

func (l *listing) parse(c Cursor) (position, error) {
	parts := strings.SplitN(string(c), ".", 7)
	if len(parts) != 7 {
		return position{}, errCursor
	}
	if parts[0] != l.print {
		return position{}, errors.New("field After belongs to another table, condition or order; pass it with the query that made it")
	}
	var numbers [5]int
	for i := range numbers {
		n, err := strconv.Atoi(parts[i+1])
		if err != nil || n < 0 || n > 1<<40 {
			return position{}, errCursor
		}
		numbers[i] = n
	}
	last, err := url.QueryUnescape(parts[6])
	if err != nil {
		return position{}, errCursor
	}
	p := position{offset: numbers[0], size: numbers[1], ceiling: numbers[2], blind: numbers[3], count: numbers[4] == 1, last: last}
	if p.size < 1 || p.ceiling < p.size {
		return position{}, errCursor
	}
	return p, nil
}

// fingerprint ties a cursor to its query.
func fingerprint(table, where string, order []Order) string {
	h := fnv.New64a()
	write := func(text string) {
		_, _ = h.Write([]byte(text))
		_, _ = h.Write([]byte{0})
	}
	write(table)
	write(where)
	for _, o := range order {
		write(o.Field)
		write(strconv.FormatBool(o.Desc))
	}
	return strconv.FormatUint(h.Sum64(), 36)
}
