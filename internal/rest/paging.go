package rest

import (
	"context"
	"errors"
	"iter"
)

// ErrStuck means that the server names a page that was read already as the next one.
var ErrStuck = errors.New("the page cursor does not advance")

// All reads page after page, from the cursor first on, and yields item by item.
// fetch returns a page's items and the cursor of the next page, "" after the
// last; items that come with an error are yielded before it.
//
// Nothing is fetched before the first step, every range starts anew, the context
// is checked between pages, an error is yielded once and ends the sequence, and
// break cancels what is in flight and waits for it to end. A cursor seen before
// is ErrStuck. With prefetch, fetch runs in a goroutine of its own for the next
// page while the caller works on this one; calls to it never overlap.
func All[T any](ctx context.Context, prefetch bool, first string,
	fetch func(ctx context.Context, cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if ctx == nil {
			var zero T
			yield(zero, errors.New("the context must not be nil"))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		b := book[T]{fetch: fetch, seen: map[string]struct{}{}}
		defer b.close()
		defer cancel()
		for p := b.turn(ctx, first); ; p = b.turn(ctx, p.next) {
			if prefetch && p.next != "" {
				b.turnAhead(ctx, p.next)
			}
			for _, item := range p.items {
				if !yield(item, nil) {
					return
				}
			}
			if p.err != nil {
				var zero T
				yield(zero, p.err)
				return
			}
			if p.next == "" {
				return
			}
		}
	}
}

type page[T any] struct {
	items []T
	next  string // "" also after an error
	err   error
}

// book reads pages one by one, at most one of them ahead of its reader.
type book[T any] struct {
	fetch func(context.Context, string) ([]T, string, error)
	seen  map[string]struct{}
	ahead chan page[T] // nil when nothing is fetched ahead
}

// turn returns the page at cursor, which is the one that was fetched ahead when
// there is one.
func (b *book[T]) turn(ctx context.Context, cursor string) page[T] {
	if b.ahead != nil {
		p := <-b.ahead
		b.ahead = nil
		return p
	}
	return b.read(ctx, cursor)
}

func (b *book[T]) turnAhead(ctx context.Context, cursor string) {
	ahead := make(chan page[T], 1)
	b.ahead = ahead
	go func() { ahead <- b.read(ctx, cursor) }()
}

func (b *book[T]) read(ctx context.Context, cursor string) page[T] {
	if ctx.Err() != nil {
		return page[T]{err: contextError(ctx)}
	}
	b.seen[cursor] = struct{}{}
	items, next, err := b.fetch(ctx, cursor)
	if err != nil {
		return page[T]{items: items, err: err}
	}
	if _, again := b.seen[next]; again && next != "" {
		return page[T]{items: items, err: ErrStuck}
	}
	return page[T]{items: items, next: next}
}

// close waits for a page in flight; its context is cancelled.
func (b *book[T]) close() {
	if b.ahead != nil {
		<-b.ahead
	}
}
