package rest

import (
	"errors"
	"sync"
)

// errBudget is the cause in a failure that was not repeated because too much of
// the client's traffic is repeats already.
var errBudget = errors.New("not repeated: this client's retry budget is spent, most of its calls fail")

// The budget, in tenths of a repeat: a hundred repeats in reserve, and a tenth
// of one earned by each call, so that a service that is down gets a tenth more
// traffic than without repeats. A call that succeeds in the end gives back what
// its repeats took: those were not in vain.
const (
	budgetReserve = 1000
	budgetEarned  = 1
	budgetCost    = 10
)

type budget struct {
	mu    sync.Mutex
	spent int // of the reserve
}

func (b *budget) earn()        { b.change(-budgetEarned) }
func (b *budget) refund(n int) { b.change(-n * budgetCost) }

// take pays for one repeat and reports whether there was enough.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent+budgetCost > budgetReserve {
		return false
	}
	b.spent += budgetCost
	return true
}

func (b *budget) change(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(b.spent+n, 0)
}
