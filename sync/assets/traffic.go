package assets

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

// traffic is what a Realtime knows of the events of late: which objects they were
// about, which are being worked on, and which state of an object was handled last.
// It holds no more than the last hour.
type traffic struct {
	mu      sync.Mutex
	notices map[cmdb.Object][]cmdb.Notice
	work    map[cmdb.Object]chan struct{} // closed when it is done
	waits   map[cmdb.Object]cmdb.Object   // who waits for whom
	seen    map[cmdb.Object]handled
	swept   time.Time
}

// handled is the state of an object that was handled.
type handled struct {
	updated time.Time // as NetBox stamps it
	digest  uint64    // of the event's body
	deleted bool
	at      time.Time
}

// remembered is how long traffic is remembered, unless the window looks back
// further.
const remembered = time.Hour

// note records a notice, and forgets old ones now and then.
func (t *traffic) note(n cmdb.Notice, window cmdb.Window) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.notices == nil {
		t.notices, t.seen = map[cmdb.Object][]cmdb.Notice{}, map[cmdb.Object]handled{}
		t.work, t.waits = map[cmdb.Object]chan struct{}{}, map[cmdb.Object]cmdb.Object{}
	}
	keep := max(remembered, window.LookBack)
	if n.At.Sub(t.swept) > keep/16 {
		t.swept = n.At
		maps.DeleteFunc(t.seen, func(_ cmdb.Object, h handled) bool { return n.At.Sub(h.at) > keep })
		for o, notices := range t.notices {
			t.notices[o] = slices.DeleteFunc(notices, func(old cmdb.Notice) bool { return n.At.Sub(old.At) > keep })
			if len(t.notices[o]) == 0 {
				delete(t.notices, o)
			}
		}
	}
	t.notices[n.Object] = append(t.notices[n.Object], n)
}

// withdraw takes a notice back: what it told of is not on its way after all.
func (t *traffic) withdraw(n cmdb.Notice) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notices[n.Object] = slices.DeleteFunc(t.notices[n.Object], func(other cmdb.Notice) bool { return other == n })
}

// of returns the notices about an object.
func (t *traffic) of(o cmdb.Object) []cmdb.Notice {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.notices[o])
}

// begin says that an object is being worked on, unless somebody does already. The
// caller calls the function when it is done.
func (t *traffic) begin(o cmdb.Object) (end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.work[o] != nil {
		return func() {}
	}
	done := make(chan struct{})
	t.work[o] = done
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.work, o)
		close(done)
	}
}

// await waits until nobody works on an object any more. It reports false when
// nobody did, and when that one waits for self in turn.
func (t *traffic) await(ctx context.Context, self, other cmdb.Object) (waited bool, err error) {
	t.mu.Lock()
	done := t.work[other]
	circle := false
	for at, ok := other, true; ok && !circle; at, ok = t.waits[at] {
		circle = at == self
	}
	if done == nil || circle {
		t.mu.Unlock()
		return false, nil
	}
	t.waits[self] = other
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.waits, self)
	}()
	select {
	case <-done:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// known reports whether an event is about a state that was handled, or an older one.
// A deletion is the last state that an object has.
func (t *traffic) known(o cmdb.Object, updated time.Time, digest uint64, deletion bool) (why string, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch h, ok := t.seen[o]; {
	case !ok:
		return "", false
	case h.digest == digest:
		return "it was delivered before", true
	case h.deleted:
		return "it is late: the object was deleted", true
	case !deletion && !updated.IsZero() && !updated.After(h.updated):
		return "it is late: this state or a newer one was handled", true
	}
	return "", false
}

// settle notes the state of an object that was handled.
func (t *traffic) settle(o cmdb.Object, h handled) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[o] = h
}
