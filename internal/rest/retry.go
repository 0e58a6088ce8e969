package rest

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// shortestCeiling is the first backoff's upper bound; it doubles from there.
const shortestCeiling = 250 * time.Millisecond

// again decides whether another attempt follows, and after which wait. Whatever
// speaks against it joins the failure's causes.
func (r *run) again() bool {
	f := r.failure
	if f == nil {
		return false
	}
	if r.ctx.Err() != nil {
		if f.Transient && !errors.Is(f.Err, r.ctx.Err()) {
			f.Err = errors.Join(contextError(r.ctx), f.Err)
		}
		return false
	}
	if r.refresh(f) {
		return true
	}
	if !mayRepeat(r.call.Kind, f) || r.retries >= r.client.cfg.MaxRetries {
		return false
	}
	wait := r.next()
	switch {
	case wait > r.client.cfg.MaxBackoff:
		return false
	case !fits(r.ctx, wait):
		f.Err = errors.Join(tooLong(wait), f.Err)
		return false
	case !r.client.budget.take():
		f.Err = errors.Join(errBudget, f.Err)
		return false
	}
	r.retries++
	r.wait = wait
	return true
}

// mayRepeat is the retry table: after a refusal every call, after an ambiguous
// fault those that cannot act twice. A 500 may have acted in part.
func mayRepeat(kind Kind, f *Failure) bool {
	switch {
	case f.Final || !f.Transient:
		return false
	case f.NotTaken || kind == Read:
		return true
	case kind == Idempotent:
		return f.Status != http.StatusInternalServerError
	}
	return false
}

// refresh arranges one repeat with a fresh credential after the first 401, which
// refused the request whatever its verb. It costs no retry, but counts in the
// budget. A source that has no other value ends the call.
func (r *run) refresh(f *Failure) bool {
	if f.Status != http.StatusUnauthorized || r.refreshed || r.token == "" || f.Final {
		return false
	}
	r.refreshed = true
	ctx, cancel := r.bounded(r.ctx, time.Now())
	defer cancel()
	fresh, err := r.client.tokens.get(ctx, r.token)
	switch {
	case err != nil:
		f.Err = errors.Join(bare(err), f.Err)
		return false
	case fresh == r.token:
		return false
	case !r.client.budget.take():
		f.Err = errors.Join(errBudget, f.Err)
		return false
	}
	r.fresh, r.wait = fresh, 0
	return true
}

// next is the wait before the next attempt: what the server asks for, else full
// jitter under a ceiling that doubles from 250 ms to MaxBackoff. A server that
// asks for no wait at all is not believed; its clock may differ from ours. The
// answer is the same until the retry is taken.
func (r *run) next() time.Duration {
	if r.failure.Wait > 0 {
		return r.failure.Wait
	}
	if r.jittered == 0 {
		r.jittered = max(r.client.cfg.Jitter(ceiling(r.retries, r.client.cfg.MaxBackoff)), 1)
	}
	return r.jittered
}

func ceiling(retries int, bound time.Duration) time.Duration {
	return min(shortestCeiling<<min(retries, 20), bound)
}

func fullJitter(ceiling time.Duration) time.Duration { return rand.N(ceiling) }
