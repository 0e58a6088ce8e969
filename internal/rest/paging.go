package rest

import (
	"context"
	"errors"
	"iter"
)

// ErrStuck: the server names a page that was read already as the next one.
var ErrStuck = errors.New("the page cursor does not advance")

// All reads page after page, from the cursor first on, and yields item by item.
// fetch returns a page's items and the cursor of the next page, "" after the
// last; items that come with an error are yielded before it.
//
// Nothing is fetched before the first step, every range starts anew, the context
// is checked between pages, an error is yielded once and ends the sequence, and
// break cancels what is in flight. A cursor seen before is ErrStuck. With
// prefetch the next page is fetched while the caller works on this one.
func All[T any](ctx context.Context, prefetch bool, first string,
	fetch func(ctx context.Context, cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var zero T
		seen := map[string]bool{}
		cursor := first
		for {
			if err := ctx.Err(); err != nil {
				yield(zero, err)
				return
			}
			seen[cursor] = true
			items, next, err := fetch(ctx, cursor)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			switch {
			case err != nil:
				yield(zero, err)
				return
			case next == "":
				return
			case seen[next]:
				yield(zero, ErrStuck)
				return
			}
			cursor = next
		}
	}
}
