package servicenowtest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// What a session's queue bears (KB3047080 and the product's blog about status
// 202): more than ten requests that wait behind one that takes longer than 30 s
// are dropped.
const (
	sessionQueue    = 10
	sessionPatience = 30 * time.Second
)

// Semaphore limits how many requests a node works on at once, as the set API_INT
// does. Out of the box that are 4 threads and a queue of 50.
type Semaphore struct {
	// Threads is how many requests are worked on at once; zero means that there
	// is no limit.
	Threads int
	// Queue is how many more may wait; the next one is answered 429, without any
	// of the rate headers. The body of that answer is not documented; it is empty
	// here. Zero means 50, negative that none may wait.
	Queue int
}

// node is what the requests to an instance share.
type node struct {
	threads chan struct{} // nil: no limit
	queue   int
	mu      sync.Mutex
	waiting int
}

func newNode(limit Semaphore) *node {
	n := &node{queue: max(cmp.Or(limit.Queue, 50), 0)}
	if limit.Threads > 0 {
		n.threads = make(chan struct{}, limit.Threads)
	}
	return n
}

// inTurn works on a request when its session is free and a thread is. A session
// runs one transaction at a time; RequestTime is how long each takes.
func (s *Server) inTurn(r *http.Request, in *session, work func() *answer) *answer {
	if !in.turns.enter(r.Context()) {
		return &answer{status: http.StatusAccepted, header: http.Header{}}
	}
	defer in.turns.leave()
	if !s.node.enter(r.Context()) {
		return &answer{status: http.StatusTooManyRequests, header: http.Header{}}
	}
	defer s.node.leave()
	if d := s.options.RequestTime; d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	return work()
}

// enter waits for a thread; false means that too many wait already.
func (n *node) enter(ctx context.Context) bool {
	if n.threads == nil {
		return true
	}
	select {
	case n.threads <- struct{}{}:
		return true
	default:
	}
	n.mu.Lock()
	if n.waiting >= n.queue {
		n.mu.Unlock()
		return false
	}
	n.waiting++
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		n.waiting--
		n.mu.Unlock()
	}()
	select {
	case n.threads <- struct{}{}:
		return true
	case <-ctx.Done():
		panic(http.ErrAbortHandler) // the client went away
	}
}

func (n *node) leave() {
	if n.threads != nil {
		<-n.threads
	}
}

// turns lets one request of a session in after the other, in the order of their
// arrival.
type turns struct {
	mu      sync.Mutex
	busy    bool
	since   time.Time // the one that is in
	waiting []chan struct{}
}

// enter waits for its turn; false means that the request was dropped.
func (t *turns) enter(ctx context.Context) bool {
	t.mu.Lock()
	if !t.busy {
		t.busy, t.since = true, time.Now()
		t.mu.Unlock()
		return true
	}
	turn := make(chan struct{})
	t.waiting = append(t.waiting, turn)
	t.mu.Unlock()
	for {
		patience, dropped := t.patience(turn)
		if dropped {
			return false
		}
		timer := time.NewTimer(patience)
		select {
		case <-turn:
			timer.Stop()
			return true
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if !t.withdraw(turn) {
				t.leave() // its turn has come meanwhile
			}
			panic(http.ErrAbortHandler) // the client went away
		}
	}
}

// patience tells how long a request waits before it looks again, and drops it
// where it is too far back behind one that takes too long.
func (t *turns) patience(turn chan struct{}) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := sessionPatience - time.Since(t.since)
	switch at := slices.Index(t.waiting, turn); {
	case at < sessionQueue:
		return max(left, time.Hour), false // those in front never fall back
	case left <= 0:
		t.waiting = slices.Delete(t.waiting, at, at+1)
		return 0, true
	}
	return left, false
}

// withdraw takes a request out of the queue; false means that its turn has come.
func (t *turns) withdraw(turn chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting, turn)
	if at < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, at, at+1)
	return true
}

func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.busy = false
		return
	}
	next := t.waiting[0]
	t.waiting = t.waiting[1:]
	t.since = time.Now()
	close(next)
}
