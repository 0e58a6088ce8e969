package netbox

import (
	"context"
	"errors"
	"iter"
)

// Reader is one kind of NetBox object that the API only shows: NetBox itself
// makes and removes such objects. A Reader is safe for concurrent use.
type Reader[T any] struct {
	now *Resource[T]
	was []past[T] // its older places, oldest first
}

// past is where a kind of object was until a release.
type past[T any] struct {
	until Version
	at    *Resource[T]
}

func newReader[T any](c *Client, s spec, was ...past[T]) *Reader[T] {
	return &Reader[T]{now: newResource[T](c, s), was: was}
}

// movedFrom is the place that a kind of object had until a release.
func movedFrom[T any](c *Client, s spec, path string, until Version) past[T] {
	s.path = path
	return past[T]{until, newResource[T](c, s)}
}

// place is where the server has these objects.
func (r *Reader[T]) place(ctx context.Context) (*Resource[T], error) {
	if r == nil || r.now == nil {
		return nil, errors.New("netbox: the reader belongs to no client; use netbox.New")
	}
	if err := r.now.ready(); err != nil || len(r.was) == 0 {
		return r.now, err
	}
	known, err := r.now.c.APIVersion(ctx)
	if err != nil {
		return nil, err
	}
	for _, old := range r.was {
		if !known.AtLeast(old.until.Major, old.until.Minor) {
			return old.at, nil
		}
	}
	return r.now, nil
}

// List reads one page; see [Resource.List].
func (r *Reader[T]) List(ctx context.Context, q Query, opts ...CallOption) (Page[T], error) {
	at, err := r.place(ctx)
	if err != nil {
		return Page[T]{Total: -1}, err
	}
	return at.List(ctx, q, opts...)
}

// All reads the whole list as it is ranged over; see [Resource.All].
func (r *Reader[T]) All(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[T, error] {
	q = q.clone()
	return func(yield func(T, error) bool) {
		at, err := r.place(ctx)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		at.All(ctx, q, opts...)(yield)
	}
}

// Get reads one object.
func (r *Reader[T]) Get(ctx context.Context, id int64, opts ...CallOption) (T, error) {
	at, err := r.place(ctx)
	if err != nil {
		var zero T
		return zero, err
	}
	return at.Get(ctx, id, opts...)
}

// Count returns how many objects match q.Where.
func (r *Reader[T]) Count(ctx context.Context, q Query, opts ...CallOption) (int, error) {
	at, err := r.place(ctx)
	if err != nil {
		return 0, err
	}
	return at.Count(ctx, q, opts...)
}
