package servicenow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// List reads one page. A page that the server cut (ErrTruncated) comes with its
// whole rows and with a Next that goes on behind them, half as large.
func (t *Table[T]) List(ctx context.Context, q Query, opts ...CallOption) (Page[T], error) {
	if t.err != nil {
		return Page[T]{Total: -1}, t.err
	}
	l, err := q.prepare(t.name, t.shape.fields)
	if err != nil {
		return Page[T]{Total: -1}, t.bad("List", err)
	}
	p, err := l.start()
	if err != nil {
		return Page[T]{Total: -1}, t.bad("List", err)
	}
	return t.page(ctx, "List", l, p, opts)
}

// All reads every matching row that the user may see, page by page. Nothing is
// sent before the first step; each range starts anew; the context is checked
// between pages; an error is yielded once and ends the sequence; break sends
// nothing more. Short and empty pages are not the end. A page that the server
// cut keeps its whole rows, and the reading goes on behind them with half the
// page size.
//
// Use [Meta] to compare the rows delivered with those that the server counted.
func (t *Table[T]) All(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[T, error] {
	q.Fields = append([]string(nil), q.Fields...)
	q.OrderBy = append([]Order(nil), q.OrderBy...)
	opts = append([]CallOption(nil), opts...)
	return func(yield func(T, error) bool) {
		var zero T
		if t.err != nil {
			yield(zero, t.err)
			return
		}
		l, err := q.prepare(t.name, t.shape.fields)
		if err != nil {
			yield(zero, t.bad("All", err))
			return
		}
		if _, err := l.start(); err != nil {
			yield(zero, t.bad("All", err))
			return
		}
		r := reading[T]{table: t, listing: l, opts: opts, total: -1}
		left := q.Max
		for row, err := range rest.All(ctx, q.Prefetch, string(q.After), r.fetch) {
			if !yield(row, err) || err != nil {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// reading is what one range over All remembers between its pages.
type reading[T any] struct {
	table   *Table[T]
	listing *listing
	opts    []CallOption
	total   int // as counted when the reading began
	visible int
	pages   int
	before  map[string]bool // sys_ids of the page before, in a caller's order
}

func (r *reading[T]) fetch(ctx context.Context, cursor string) ([]T, string, error) {
	l := *r.listing
	l.query.After = Cursor(cursor)
	p, err := l.start()
	if err != nil {
		return nil, "", r.table.bad("All", err)
	}
	var ids []string
	if !l.keyset {
		l.ids = &ids
		if r.before != nil { // a resumed reading has nothing to compare with
			p.offset -= min(p.offset, overlap(p.size))
		}
	}
	page, err := r.table.page(ctx, "All", &l, p, r.opts)
	if err != nil && (!isCut(err) || page.Next == "") {
		return page.Items, "", err
	}
	page.Items = r.fresh(page.Items, ids)
	if r.pages++; r.pages == 1 {
		r.total = page.Total
	}
	r.visible += len(page.Items)
	var probe rest.Call
	rest.Apply(&probe, r.opts...)
	if meta := rest.MetaOf(&probe); meta != nil {
		meta.Visible, meta.Total = r.visible, r.total
	}
	return page.Items, string(page.Next), nil
}

// overlap is how many rows of a page by offset are read once more.
func overlap(size int) int {
	if size < 2 {
		return 0
	}
	return min(max(1, size/10), 50)
}

// fresh leaves out the rows that the page before had delivered.
func (r *reading[T]) fresh(items []T, ids []string) []T {
	if len(ids) != len(items) || len(ids) == 0 {
		return items // by keyset, or a page to be read again
	}
	here := make(map[string]bool, len(ids))
	kept := items[:0]
	for i, id := range ids {
		if id == "" || !r.before[id] && !here[id] {
			kept = append(kept, items[i])
		}
		here[id] = true
	}
	r.before = here
	return kept
}

// isCut reports whether the error is a page that was cut but told how to go on.
func isCut(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.failure != nil && errors.Is(e.failure.Kind, ErrTruncated)
}

// page fetches and decodes the page at p.
func (t *Table[T]) page(ctx context.Context, verb string, l *listing, p position, opts []CallOption) (Page[T], error) {
	out := Page[T]{Total: -1}
	values, err := l.params(p)
	if err != nil {
		return out, t.bad(verb, err)
	}
	call := &rest.Call{Op: t.name + "." + verb, Method: http.MethodGet, Query: values}
	rest.Apply(call, opts...)
	if err := t.locate(call, "", false); err != nil {
		return out, t.bad(verb, err)
	}
	if err := t.shape.check(call.Query.Get("sysparm_display_value")); err != nil {
		return out, t.bad(verb, err)
	}
	var got rows[T]
	call.Decode = func(a *rest.Answer) (err error) {
		if got, err = decodeRows[T](t.shape.plan, a.Body); err == nil && l.ids != nil {
			*l.ids = (*l.ids)[:0]
			scanRows(a.Body, func(row []byte) { *l.ids = append(*l.ids, idOf(row)) })
		}
		return err
	}
	answer, err := t.client.read(ctx, call)
	if err != nil {
		return out, err
	}
	out.Items, out.Total = got.items, totalOf(answer.Header)
	if l.strip {
		for i := range out.Items {
			t.shape.strip(reflect.ValueOf(&out.Items[i]).Elem())
		}
	}
	next, done, err := l.advance(p, outcome{
		rows: len(got.items), last: got.last, total: out.Total,
		more: nextLink(answer.Header), truncated: got.truncated,
	})
	if err != nil {
		return out, fmt.Errorf("%s: %w", call.Op, err)
	}
	if !done {
		out.Next = l.cursor(next)
	}
	if meta := rest.MetaOf(call); meta != nil {
		meta.Visible, meta.Total = len(out.Items), out.Total
	}
	if !got.truncated {
		return out, nil
	}
	if !l.keyset && !done {
		out.Items = nil // read again by Next, see shrink
	}
	return out, t.cut(call, answer, got.reason)
}

// cut makes the error of a page that the server cut.
func (t *Table[T]) cut(call *rest.Call, a *rest.Answer, reason *wireError) error {
	f := &rest.Failure{Kind: ErrTruncated, Transient: true, Message: "the page was cut: ask for fewer rows or columns"}
	if reason != nil {
		f = reason.cut()
	}
	f.Op, f.Method, f.Path, f.Status, f.RequestID, f.Attempts = call.Op, call.Method, call.Path, a.Status, a.RequestID, a.Attempts
	return wrap(f)
}

// nextLink says whether the Link header names a next page. Its address is never
// followed: it may point to another host.
func nextLink(h http.Header) link {
	values := h.Values("Link")
	if len(values) == 0 {
		return linkUnknown
	}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			_, attributes, ok := strings.Cut(part, ">")
			if ok && strings.Contains(strings.ReplaceAll(attributes, " ", ""), `rel="next"`) {
				return linkNext
			}
		}
	}
	return linkLast
}
