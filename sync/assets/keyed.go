package assets

import (
	"context"
	"sync"
)

// keyed lets one in at a time for each key. The zero value is ready to use.
type keyed struct {
	mu    sync.Mutex
	doors map[string]*door
}

type door struct {
	open    chan struct{} // holds a token while nobody is inside
	waiting int           // inside or in front of it
}

// enter waits until nobody else is in for the key, or the context ends. The
// caller leaves by calling the function.
func (k *keyed) enter(ctx context.Context, key string) (leave func(), err error) {
	k.mu.Lock()
	if k.doors == nil {
		k.doors = map[string]*door{}
	}
	d := k.doors[key]
	if d == nil {
		d = &door{open: make(chan struct{}, 1)}
		d.open <- struct{}{}
		k.doors[key] = d
	}
	d.waiting++
	k.mu.Unlock()
	gone := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if d.waiting--; d.waiting == 0 {
			delete(k.doors, key)
		}
	}
	select {
	case <-d.open:
		return func() {
			d.open <- struct{}{}
			gone()
		}, nil
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
}
