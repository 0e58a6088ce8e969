package netbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// How lists are read. NetBox pages by offset, and loses and repeats rows when
// the table changes between pages or the default order has ties. So pages are
// asked for by id: the rows after the last one seen, ordered by id
// (ordering=id&id__gt=N, all releases) or, since 4.6, by NetBox's own cursor
// (start=N+1), which spares the server the counting. A server that ignores the
// cursor is found out by its answer and read by id__gt from then on. Only an
// order of the caller's is read by offset, which advances by the rows really
// received, never by the page size asked for. The address in an answer's next
// is not followed: it tells only that there is more.

// lister reads one checked query.
type lister[T any] struct {
	r     *Resource[T]
	op    string
	path  string
	query Query
	plan  *plan
	opts  []CallOption
	meta  *Response

	visible, total int
	seen           map[int64]struct{} // rows delivered, when read by offset
}

func (r *Resource[T]) lister(ctx context.Context, verb string, q Query, opts []CallOption) (*lister[T], error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	path, err := r.s.collection()
	if err != nil {
		return nil, err
	}
	op := r.op(verb)
	p, err := r.s.plan(op, q, r.c.known())
	if errors.Is(err, errVersionNeeded) {
		known, verr := r.c.APIVersion(ctx)
		if verr != nil {
			return nil, verr
		}
		p, err = r.s.plan(op, q, known)
	}
	if err != nil {
		return nil, err
	}
	probe := &rest.Call{}
	rest.Apply(probe, opts...)
	return &lister[T]{r: r, op: op, path: path, query: q, plan: p, opts: opts, meta: rest.MetaOf(probe), total: -1}, nil
}

// envelope is a page as NetBox sends it.
type envelope[T any] struct {
	Count   *int    `json:"count"`
	Next    *string `json:"next"`
	Results []T     `json:"results"`
}

// place is a decoded Cursor.
type place struct {
	after  int64 // by id: the last id delivered
	offset int   // by offset
}

func (l *lister[T]) parse(c Cursor) (place, error) {
	if c == "" {
		return place{after: l.plan.after}, nil
	}
	kind, text, _ := strings.Cut(string(c), ":")
	n, err := strconv.ParseInt(text, 10, 64)
	want := "id"
	if l.plan.byOffset {
		want = "offset"
	}
	if err != nil || n < 0 || kind != want {
		return place{}, fmt.Errorf("netbox: %s: After: %q is no cursor of this query", l.op, string(c))
	}
	if l.plan.byOffset {
		return place{offset: int(n)}, nil
	}
	return place{after: max(n, l.plan.after)}, nil
}

// page reads the page at a cursor. buf may be reused for the items.
func (l *lister[T]) page(ctx context.Context, at Cursor, buf []T) (items []T, next Cursor, total int, err error) {
	from, err := l.parse(at)
	if err != nil {
		return nil, "", -1, err
	}
	if l.plan.byOffset {
		return l.offsetPage(ctx, from, buf)
	}
	return l.idPage(ctx, at == "", from, buf)
}

// idPage reads the rows after an id.
func (l *lister[T]) idPage(ctx context.Context, first bool, from place, buf []T) ([]T, Cursor, int, error) {
	v := l.plan.base(l.r.s, l.r.c.known())
	v.Set("limit", strconv.Itoa(l.plan.size))
	last, more := l.plan.takeChunk(v, from.after, maxTarget-len(l.r.c.path)-len(l.path)-len(v.Encode())-64)
	if l.plan.ids != nil && len(v["id"]) == 0 {
		return nil, "", -1, nil
	}
	byCursor := l.r.c.known().AtLeast(4, 6) && !l.r.c.noCursor.Load() && l.cursorWanted(first)
	if byCursor {
		v.Set("start", strconv.FormatInt(from.after+1, 10))
	} else {
		v.Set("ordering", "id")
		if from.after > 0 {
			v.Set("id__gt", strconv.FormatInt(from.after, 10))
		}
	}
	page, err := l.fetch(ctx, v, buf)
	if err != nil {
		return nil, "", -1, err
	}
	if byCursor && l.ignoredCursor(page, from.after) {
		l.r.c.noCursor.Store(true)
		return l.idPage(ctx, first, from, page.Results)
	}
	prev := from.after
	for i := range page.Results {
		id := l.r.idOf(&page.Results[i])
		if id <= prev {
			return nil, "", -1, fmt.Errorf("netbox: %s: the server sent id %d after id %d, so this page does not advance: %w", l.op, id, prev, rest.ErrStuck)
		}
		prev = id
	}
	total := -1
	if first && page.Count != nil && !more {
		total = *page.Count
	}
	switch {
	case page.Next != nil && len(page.Results) > 0:
		return page.Results, cursorAfter(prev), total, nil
	case page.Next != nil && !byCursor:
		return nil, "", -1, fmt.Errorf("netbox: %s: the server sent an empty page and says that more follow: %w", l.op, rest.ErrStuck)
	case more: // the next part of a long id list
		return page.Results, cursorAfter(max(prev, last)), total, nil
	}
	return page.Results, "", total, nil
}

func cursorAfter(id int64) Cursor { return Cursor("id:" + strconv.FormatInt(id, 10)) }

// cursorWanted: the first page of List is read by id, because only then does
// the server count.
func (l *lister[T]) cursorWanted(first bool) bool {
	return !first || !strings.HasSuffix(l.op, ".List")
}

// ignoredCursor reports whether the server took no notice of start: it counts,
// or sends rows from before.
func (l *lister[T]) ignoredCursor(page *envelope[T], after int64) bool {
	if page.Count != nil {
		return true
	}
	return len(page.Results) > 0 && l.r.idOf(&page.Results[0]) <= after
}

// offsetPage reads the rows from an offset, in the caller's order.
func (l *lister[T]) offsetPage(ctx context.Context, from place, buf []T) ([]T, Cursor, int, error) {
	v := l.plan.base(l.r.s, l.r.c.known())
	v.Set("limit", strconv.Itoa(l.plan.size))
	order := slices.Clone(l.query.Ordering)
	if !slices.Contains(order, "id") && !slices.Contains(order, "-id") {
		order = append(order, "id") // ties would make rows come twice or never
	}
	v.Set("ordering", strings.Join(order, ","))
	if from.offset > 0 {
		v.Set("offset", strconv.Itoa(from.offset))
	}
	for _, id := range l.plan.ids {
		v.Add("id", strconv.FormatInt(id, 10))
	}
	if l.plan.after > 0 {
		v.Set("id__gt", strconv.FormatInt(l.plan.after, 10))
	}
	page, err := l.fetch(ctx, v, buf)
	if err != nil {
		return nil, "", -1, err
	}
	received := len(page.Results)
	if page.Next != nil && received == 0 {
		return nil, "", -1, fmt.Errorf("netbox: %s: the server sent an empty page and says that more follow: %w", l.op, rest.ErrStuck)
	}
	total := -1
	if page.Count != nil {
		total = *page.Count
	}
	items := page.Results
	if l.seen != nil {
		items = slices.DeleteFunc(items, func(row T) bool {
			id := l.r.idOf(&row)
			_, again := l.seen[id]
			l.seen[id] = struct{}{}
			return again
		})
	}
	if page.Next == nil {
		return items, "", total, nil
	}
	return items, Cursor("offset:" + strconv.Itoa(from.offset+received)), total, nil
}

// fetch sends the request for one page.
func (l *lister[T]) fetch(ctx context.Context, v url.Values, buf []T) (*envelope[T], error) {
	page := &envelope[T]{}
	call := &rest.Call{Op: l.op, Method: http.MethodGet, Path: l.path, Query: v, Decode: func(a *rest.Answer) error {
		clear(buf[:cap(buf)])
		*page = envelope[T]{Results: buf[:0]}
		if cap(buf) == 0 {
			page.Results = make([]T, 0, min(l.plan.size, len(a.Body)/minRowBytes+1))
		}
		if err := json.Unmarshal(a.Body, page); err != nil {
			return err
		}
		if len(page.Results) == 0 {
			if _, ok := memberOf(bytes.TrimSpace(a.Body), "results"); !ok {
				return errors.New("the answer has no results, so it is no list; is BaseURL a NetBox?")
			}
		}
		return nil
	}}
	if err := l.r.c.do(ctx, call, l.opts); err != nil {
		return nil, err
	}
	l.visible += len(page.Results)
	if page.Count != nil && l.total < 0 {
		l.total = *page.Count
	}
	if l.meta != nil {
		l.meta.Visible, l.meta.Total = l.visible, l.total
	}
	return page, nil
}

// minRowBytes is the least that a row is taken to need on the wire when room
// for a page is made beforehand.
const minRowBytes = 256

// count asks how many rows match.
func (l *lister[T]) count(ctx context.Context) (int, error) {
	sum := 0
	after := l.plan.after
	for {
		v := l.plan.base(l.r.s, l.r.c.known())
		v.Set("limit", "1")
		last, more := l.plan.takeChunk(v, after, maxTarget-len(l.r.c.path)-len(l.path)-len(v.Encode())-64)
		if l.plan.ids != nil && len(v["id"]) == 0 {
			return sum, nil
		}
		if after > 0 {
			v.Set("id__gt", strconv.FormatInt(after, 10))
		}
		page, err := l.fetch(ctx, v, nil)
		if err != nil {
			return 0, err
		}
		if page.Count == nil {
			return 0, fmt.Errorf("netbox: %s: the server sent no count", l.op)
		}
		sum += *page.Count
		if !more {
			return sum, nil
		}
		after = last
	}
}
