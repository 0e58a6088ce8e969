package rest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// tokenSkew is how long before its expiry a credential is replaced, so that it
// does not end on its way to the server.
const tokenSkew = 15 * time.Second

type forcedKey struct{}

// Forced reports whether a Credential's Token is asked because the server
// refused the value it gave before, so that a cache behind it must be passed by.
func Forced(ctx context.Context) bool {
	forced, _ := ctx.Value(forcedKey{}).(bool)
	return forced
}

// tokens keeps the credential's present value and lets one caller at a time
// fetch the next; the others take what it brings.
type tokens struct {
	fetch func(context.Context) (string, time.Time, error)

	mu     sync.Mutex
	value  string
	expiry time.Time
	flight *flight
}

type flight struct {
	done   chan struct{}
	forced bool
	value  string
	err    error
	ended  bool // by the fetcher's own context, which says nothing to the others
}

// get returns a value that is not stale, the one that the server just refused
// ("" for none), unless the source has no other.
func (t *tokens) get(ctx context.Context, stale string) (string, error) {
	for {
		if err := ctx.Err(); err != nil {
			return "", contextError(ctx)
		}
		t.mu.Lock()
		if value := t.value; t.usable(stale) {
			t.mu.Unlock()
			return value, nil
		}
		f := t.flight
		if f == nil {
			f = &flight{done: make(chan struct{}), forced: stale != ""}
			t.flight = f
			t.mu.Unlock()
			t.fly(ctx, f)
			return f.value, f.err
		}
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", contextError(ctx)
		case <-f.done:
		}
		if f.ended || stale != "" && f.value == stale && !f.forced {
			continue
		}
		return f.value, f.err
	}
}

// usable reports whether the kept value serves. One without expiry serves only
// those who were refused the value before it.
func (t *tokens) usable(stale string) bool {
	if t.expiry.IsZero() {
		return stale != "" && t.value != "" && t.value != stale
	}
	return t.value != stale && time.Until(t.expiry) > tokenSkew
}

// fly asks the source, and frees the way even when the source panics.
func (t *tokens) fly(ctx context.Context, f *flight) {
	var expiry time.Time
	f.ended = true
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if f.err == nil && !f.ended {
			t.value, t.expiry = f.value, expiry
		}
		t.flight = nil
		close(f.done)
	}()
	if f.forced {
		ctx = context.WithValue(ctx, forcedKey{}, true)
	}
	f.value, expiry, f.err = t.fetch(ctx)
	if f.err == nil && strings.ContainsAny(f.value, "\r\n\x00") {
		f.value, f.err = "", errors.New("the credential holds a line break; trim it")
	}
	f.ended = f.err != nil && ctx.Err() != nil
}
