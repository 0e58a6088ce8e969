package rest

import (
	"context"
	"sync"
)

// Turns lets callers of one key in one by one. The zero value is usable.
type Turns struct {
	mu   sync.Mutex
	keys map[string]*turn
}

type turn struct {
	held  chan struct{}
	users int
}

// Take waits for the key's turn; release, which is called once, gives it to the
// next.
func (t *Turns) Take(ctx context.Context, key string) (release func(), err error) {
	t.mu.Lock()
	if t.keys == nil {
		t.keys = map[string]*turn{}
	}
	k := t.keys[key]
	if k == nil {
		k = &turn{held: make(chan struct{}, 1)}
		t.keys[key] = k
	}
	k.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(t.keys, key)
		}
	}
	select {
	case k.held <- struct{}{}:
		return func() { <-k.held; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
