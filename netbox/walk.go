package netbox

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// walk yields every row from a cursor on.
func (l *lister[T]) walk(ctx context.Context, from Cursor, yield func(T, error) bool) {
	if l.plan.byOffset {
		l.seen = map[int64]struct{}{}
	}
	var buf []T // one page's room, used again: rows are yielded as copies
	fetch := func(ctx context.Context, cursor string) ([]T, string, error) {
		if l.query.Prefetch {
			buf = nil // the page before is still being read
		}
		items, next, _, err := l.page(ctx, Cursor(cursor), buf)
		if items != nil {
			buf = items
		}
		return items, string(next), err
	}
	for row, err := range rest.All(ctx, l.query.Prefetch, string(from), fetch) {
		if errors.Is(err, rest.ErrStuck) && !strings.HasPrefix(err.Error(), "netbox: ") {
			err = fmt.Errorf("netbox: %s: %w", l.op, err)
		}
		if !yield(row, err) {
			return
		}
	}
}

// takeIDs moves the id filters out of the filter: the list is split below the
// longest request line, and a caller's own id__gt joins the one that pages are
// read by.
func (p *plan) takeIDs() error {
	if texts, ok := p.filter["id"]; ok {
		p.ids = make([]int64, 0, len(texts))
		for _, text := range texts {
			id, err := strconv.ParseInt(text, 10, 64)
			if err != nil || id < 1 {
				return fmt.Errorf("id: %q is not an id; ids are positive", text)
			}
			p.ids = append(p.ids, id)
		}
		slices.Sort(p.ids)
		p.ids = slices.Compact(p.ids)
		delete(p.filter, "id")
	}
	for _, key := range [...]string{"id__gt", "id__gte"} {
		texts, ok := p.filter[key]
		if !ok {
			continue
		}
		if len(texts) > 1 {
			return fmt.Errorf("%s: give one value", key)
		}
		n, err := strconv.ParseInt(texts[0], 10, 64)
		if err != nil {
			return fmt.Errorf("%s: %q is not a number", key, texts[0])
		}
		if key == "id__gte" {
			n--
		}
		p.after = max(p.after, n)
		delete(p.filter, key)
	}
	return nil
}

// takeChunk adds the ids after a given one to a request, as many as fit into
// room bytes, and returns the last one and whether others follow.
func (p *plan) takeChunk(v url.Values, after int64, room int) (last int64, more bool) {
	i, found := slices.BinarySearch(p.ids, after)
	if found {
		i++
	}
	var texts []string
	for ; i < len(p.ids); i++ {
		text := strconv.FormatInt(p.ids[i], 10)
		if room -= len("&id=") + len(text); room < 0 && texts != nil {
			more = true
			break
		}
		texts = append(texts, text)
		last = p.ids[i]
	}
	if texts != nil {
		v["id"] = texts
	}
	return last, more
}
