package assets

import (
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

// How many objects go in one request to NetBox. It takes 0.1 to 0.2 s of a core for a
// device, checks and writes one after the other, and shares its cores between the
// requests that are under way; what does not fit into the timeout of client or proxy is
// written all the same, unseen. So the first requests are small, and the others as
// large as fits into a time that leaves both room.
const (
	mostItems   = 100
	firstItems  = 10
	requestTime = 15 * time.Second
)

// pace says how many objects of a type to send at once, by how long others took. The
// zero value knows nothing yet.
type pace struct {
	mu   sync.Mutex
	each map[cmdb.ObjectType]time.Duration
}

// items is how many to send, at most so many.
func (p *pace) items(t cmdb.ObjectType, most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	each, known := p.each[t]
	switch {
	case !known:
		return min(firstItems, most)
	case each <= 0:
		return most
	}
	return max(1, min(most, int(requestTime/each)))
}

// took notes how long some objects took. Slowness counts at once, haste bit by bit.
func (p *pace) took(t cmdb.ObjectType, items int, d time.Duration) {
	if items == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	each := d / time.Duration(items)
	if before, known := p.each[t]; known && each < before {
		each = (before + each) / 2
	}
	if p.each == nil {
		p.each = map[cmdb.ObjectType]time.Duration{}
	}
	p.each[t] = each
}

// A lot hands out what is to be sent, in parts that keep the pace and whose last ones
// are of one size, so that no lane has to wait for another one.
type lot struct {
	mu    sync.Mutex
	left  []int
	last  int   // the size of the last parts; 0 before they begin
	cause error // why the rest is not sent
}

// stop keeps the rest from being sent.
func (l *lot) stop(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil {
		l.cause = cause
	}
}

func (l *lot) next(size, lanes int) []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause != nil {
		return nil
	}
	if l.last == 0 && len(l.left) <= lanes*size {
		l.last = (len(l.left) + lanes - 1) / lanes
	}
	if l.last > 0 {
		size = min(size, max(l.last, firstItems))
	}
	part := l.left[:min(size, len(l.left))]
	l.left = l.left[len(part):]
	return part
}
