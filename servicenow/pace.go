package servicenow

import (
	"sync"
	"time"
)

const (
	// batchQuota is how long one batch may run on the platform (Batch API
	// documentation); batchShare of it is planned for.
	batchQuota = 30 * time.Second
	batchShare = 0.6
	// firstGuess is taken for an item of a kind that was never sent.
	firstGuess = 50 * time.Millisecond
	maxPaces   = 512
)

// pace knows how long the server took for items of each kind ("POST incident").
// The newest answers count most.
type pace struct {
	mu   sync.Mutex
	took map[string]time.Duration
}

func newPace() *pace { return &pace{took: map[string]time.Duration{}} }

func (p *pace) guess(kind string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.took[kind]; ok {
		return d
	}
	return firstGuess
}

func (p *pace) learn(kind string, took time.Duration) {
	if took <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.took[kind]
	switch {
	case known:
		took = before + (took-before)/8
	case len(p.took) >= maxPaces:
		return
	}
	p.took[kind] = took
}
