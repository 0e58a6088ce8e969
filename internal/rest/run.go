package rest

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// run is one call on its way: its facts travel in the request's context to the
// transport, because the repeater's hooks see neither method nor intent.
type run struct {
	client *Client
	call   *Call
	method string
	ctx    context.Context // the call's, with this run in it

	attempts int           // sent
	retries  int           // paid from the budget
	wait     time.Duration // before the next attempt
	jittered time.Duration // drawn for it; 0 until asked
	answer   *Answer       // the last one
	failure  *Failure      // of the last attempt; nil when it was good
	last     *Failure      // of the attempt before
	maybe    bool          // some attempt may have been acted on

	// The attempt that is being made.
	now     Attempt
	start   time.Time
	took    time.Duration
	sent    bool
	holding bool
	done    func(error)
	source  *source // of its upload

	token     string // the credential that the last attempt carried
	fresh     string // the one that the next attempt shall carry
	refreshed bool   // after a 401, once a call
}

type runKey struct{}

func runOf(ctx context.Context) *run {
	r, _ := ctx.Value(runKey{}).(*run)
	return r
}

// do makes attempts until one is good or none may follow.
func (r *run) do(req *retryablehttp.Request) (*Answer, *Failure) {
	r.client.budget.earn()
	defer r.leave(nil)
	if f := r.admit(r.ctx); f != nil {
		return nil, f
	}
	repeater := retryablehttp.Client{
		HTTPClient:   r.client.http,
		RetryMax:     r.client.cfg.MaxRetries + 1, // one more for a fresh credential; check counts the rest
		CheckRetry:   r.check,
		Backoff:      r.backoff,
		PrepareRetry: r.prepare,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := repeater.Do(req)
	if resp != nil {
		_ = resp.Body.Close()
	}
	if r.failure == nil && err != nil { // the context ended in the sleep
		r.interrupt(contextError(r.ctx))
	}
	if r.failure != nil {
		return nil, r.failure
	}
	r.client.budget.refund(r.retries)
	return r.answer, nil
}

// check is asked after every attempt whether another one follows.
func (r *run) check(_ context.Context, _ *http.Response, err error) (bool, error) {
	r.settle(err)
	r.leave(breakerOutcome(r.failure))
	again := r.again()
	r.report(again)
	if again {
		r.last, r.failure, r.jittered = r.failure, nil, 0
	}
	return again, nil
}

// backoff tells the repeater what check decided.
func (r *run) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return r.wait }

// prepare runs after the sleep and before the attempt.
func (r *run) prepare(*http.Request) error {
	if f := r.admit(r.ctx); f != nil {
		r.leave(nil)
		r.interrupt(f)
		return errors.New("not admitted")
	}
	return nil
}

// interrupt ends the call for a reason that is not an answer. What the server
// said last stays the failure, with the reason as a further cause.
func (r *run) interrupt(reason error) {
	var own *Failure
	if r.last == nil {
		if !errors.As(reason, &own) {
			own = &Failure{Err: reason}
		}
		r.failure = own
		return
	}
	f := *r.last
	f.Err = errors.Join(reason, f.Err)
	if errors.As(reason, &own) {
		f.Wait = max(f.Wait, own.Wait)
	}
	r.failure = &f
}

// settle completes the facts of an attempt that has just ended.
func (r *run) settle(err error) {
	r.took = time.Since(r.start)
	if r.failure == nil && err != nil {
		r.failure = &Failure{Kind: ErrUnavailable, Err: bare(err), Final: true}
	}
	f := r.failure
	if f == nil {
		return
	}
	if f.Status == http.StatusNotFound && r.method == http.MethodDelete && r.maybe {
		r.failure = nil // an earlier attempt has deleted it
		return
	}
	if r.now.Status != 0 && errors.Is(f.Kind, ErrRateLimited) {
		r.client.pause.extend(r.next())
	}
}

// breakerOutcome is what a circuit breaker hears: nothing about refusals, which
// a healthy service gives too.
func breakerOutcome(f *Failure) error {
	if f == nil || errors.Is(f.Kind, ErrRateLimited) || f.Status != 0 && !f.Transient {
		return nil
	}
	return f
}

// landed asks the call whether a conditional write that now counts as stale is
// its own, written by an attempt whose answer was lost.
func (r *run) landed(f *Failure) (*Answer, *Failure) {
	if r.call.Landed == nil || !r.maybe || !errors.Is(f.Kind, ErrConflict) {
		return nil, f
	}
	answer, ours, err := r.call.Landed(r.ctx)
	if err != nil {
		f.Err = errors.Join(f.Err, err)
	}
	if err != nil || !ours || answer == nil {
		return nil, f
	}
	r.answer = answer
	return answer, nil
}

// finish puts the call's facts into its failure.
func (r *run) finish(f *Failure) *Failure {
	f.service = r.client.cfg.Service.Name
	f.Op, f.Method, f.Path = r.call.Op, r.method, r.call.Path
	f.Attempts = r.attempts
	f.MaybeApplied = r.maybe && r.call.Kind != Read
	return f
}
