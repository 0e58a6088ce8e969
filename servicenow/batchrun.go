package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

const (
	// batchPause is the wait before items are sent again that the server
	// refused for now; it doubles with each pass.
	batchPause = time.Second
	// unservicedPasses is how often one item alone may be left unserviced.
	unservicedPasses = 3
)

// Batch sends many requests in few: the items are run one after the other in
// their order, as the caller, each under its own access rules; the whole is not
// atomic. Result i belongs to item i.
//
// Items are split over as many batches as needed by number, by bytes (5 MB) and
// by the execution times learnt from earlier answers, aiming at 60 % of the
// platform's 30 s. Items that a batch did not get to are sent again, before
// later ones. An item that failed is sent again only under the rules of a single
// call: one refused for the time being always, one with an unknown outcome only
// when it may be repeated. Such a repeat comes after the items behind it.
//
// The error tells that a whole batch failed, the first if several, and that some
// of its items were not answered later either; each result then still says what
// became of its item. A batch whose answer was lost leaves the writes in doubt
// (MaybeApplied) that must not be repeated; after a second failure in a row
// nothing more is sent. A mistake in an item is an error before anything is sent, without
// results. Batch is safe for concurrent use.
func (c *Client) Batch(ctx context.Context, items []BatchItem, opts ...CallOption) ([]BatchResult, error) {
	for i, item := range items {
		if item.err == nil && item.method == "" {
			item.err = errors.New("servicenow: the zero BatchItem is no request: make it by a Batch method of a Table or by BatchRequest")
		}
		if item.err != nil {
			return nil, fmt.Errorf("servicenow: Batch: item %d: %w", i, item.err)
		}
	}
	r := &batchRun{client: c, items: items, opts: opts, results: make([]BatchResult, len(items)), states: make([]itemState, len(items)), limit: maxBatchItems, passes: c.config.retries() + 1}
	queue := make([]int, len(items))
	for i := range queue {
		queue[i] = i
		r.results[i].Total = -1
	}
	err := r.run(ctx, queue)
	return r.results, err
}

// itemState is what a run remembers about an item that is not done.
type itemState struct {
	doubt    bool // an earlier attempt may have been acted on
	readBack bool // only the record is still to be read
	skipped  int  // batches that ended before it
}

type batchRun struct {
	client  *Client
	items   []BatchItem
	opts    []CallOption
	results []BatchResult
	states  []itemState
	later   []int         // to be sent again after a pause
	wait    time.Duration // what the server asks to wait before that
	limit   int           // items in a batch, lowered by ones that were not got to
	passes  int           // how often one item is sent at most
	failed  int           // batches that failed in a row
	err     error
}

func (r *batchRun) run(ctx context.Context, queue []int) error {
	for pass := 0; ; pass++ {
		for len(queue) > 0 {
			chunk := r.next(queue)
			again, err := r.send(ctx, chunk)
			queue = append(again, queue[len(chunk):]...)
			if err == nil {
				r.failed = 0
				continue
			}
			r.failed++
			if r.err == nil {
				r.err = err
			}
			if r.failed > 1 || r.hopeless(ctx, err) {
				r.abandon(queue, err)
				r.abandon(r.later, err)
				return r.err
			}
		}
		if len(r.later) == 0 {
			return r.unanswered()
		}
		if err := r.pause(ctx, pass); err != nil {
			r.abandon(r.later, err)
			if r.err == nil {
				r.err = fmt.Errorf("servicenow: Batch: %w", err)
			}
			return r.err
		}
		queue, r.later, r.wait = r.later, nil, 0
	}
}

// unanswered is the error of a failed batch, unless all of its items were
// answered in the end.
func (r *batchRun) unanswered() error {
	for _, result := range r.results {
		if result.Err != nil && result.Status == 0 {
			return r.err
		}
	}
	return nil
}

// hopeless reports whether the next batch would fail as well.
func (r *batchRun) hopeless(ctx context.Context, err error) bool {
	for _, kind := range []error{ErrUnauthorized, ErrForbidden, ErrRateLimited, ErrSignIn, ErrAsleep, ErrNotFound, ErrInvalid} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return ctx.Err() != nil
}

// next takes as many items as one batch should carry.
func (r *batchRun) next(queue []int) []int {
	var bytes int
	var planned time.Duration
	allowance := time.Duration(float64(batchQuota) * batchShare)
	for n, i := range queue {
		bytes += r.items[i].size()
		planned += r.client.pace.guess(r.items[i].paced)
		if n > 0 && (n >= r.limit || bytes > maxBatchBytes || planned > allowance) {
			return queue[:n]
		}
	}
	return queue
}

// pause waits before items are sent again.
func (r *batchRun) pause(ctx context.Context, pass int) error {
	wait := max(r.wait, batchPause<<min(pass, 4))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// send sends one batch and sorts out its answer. The items that it did not get
// to come back, to be sent at once.
func (r *batchRun) send(ctx context.Context, chunk []int) (again []int, err error) {
	if err := ctx.Err(); err != nil {
		for _, i := range chunk {
			r.fail(i, r.unsent(i, err))
		}
		return nil, fmt.Errorf("servicenow: Batch: %w", err)
	}
	batch := wireBatch{ID: strconv.FormatInt(r.client.batches.Add(1), 10), Requests: make([]wireRequest, len(chunk))}
	kind := rest.Read
	for n, i := range chunk {
		batch.Requests[n] = r.item(i).wire(itemID(i))
		kind = max(kind, r.chunkKind(i))
		r.results[i].Attempts++
	}
	data, err := json.Marshal(batch)
	if err != nil {
		return nil, fmt.Errorf("servicenow: Batch: %w", err)
	}
	call := &rest.Call{Op: "Batch", Method: http.MethodPost, Path: batchPath, Body: data, Kind: kind}
	rest.Apply(call, r.opts...)
	var answer batchAnswer
	call.Decode = func(a *rest.Answer) (err error) {
		answer, err = decodeBatch(a.Body)
		return err
	}
	if _, err := r.client.rest.Do(ctx, call); err != nil {
		r.lost(ctx, chunk, err)
		return nil, err
	}
	return r.sort(ctx, chunk, answer), nil
}

// item is what is to be sent for item i now.
func (r *batchRun) item(i int) BatchItem {
	item := r.items[i]
	if r.states[i].readBack {
		item.method, item.path, item.body, item.kind = http.MethodGet, item.back, nil, rest.Read
	}
	return item
}

// chunkKind is how the item lets its whole batch be repeated. A delete, and a
// create with a chosen sys_id, are repeated here and not below, so that an
// answer of not found or duplicate is known to come after doubt.
func (r *batchRun) chunkKind(i int) rest.Kind {
	item := r.item(i)
	if item.method == http.MethodDelete || item.back != "" && !r.states[i].readBack {
		return max(item.kind, rest.Append)
	}
	return item.kind
}

// sort gives each item of an answered batch its result, or another turn.
func (r *batchRun) sort(ctx context.Context, chunk []int, answer batchAnswer) (again []int) {
	done := 0
	for _, i := range chunk {
		id := itemID(i)
		s, ok := answer.serviced[id]
		switch {
		case ok:
			done++
			r.settle(i, s)
		case answer.unserviced[id]:
			if r.states[i].skipped++; r.states[i].skipped >= unservicedPasses && len(chunk) == 1 {
				r.fail(i, r.failure(i, &rest.Failure{Kind: ErrUnserviced, NotTaken: true, Transient: true,
					Message: fmt.Sprintf("not run in %d batches", r.states[i].skipped)}))
				continue
			}
			again = append(again, i)
		default:
			r.inDoubt(ctx, i, &rest.Failure{Kind: ErrTruncated, Transient: true, Message: "the batch's answer does not name this request"})
		}
	}
	if len(again) > 0 {
		r.limit = max(1, done*4/5)
	} else {
		r.limit = min(maxBatchItems, r.limit*2)
	}
	return again
}

// settle judges an item's own answer as that of a single call.
func (r *batchRun) settle(i int, s serviced) {
	item, out := r.item(i), &r.results[i]
	r.client.pace.learn(item.paced, s.execution)
	out.Status, out.Header, out.Body, out.ExecutionTime = s.status, s.header, s.body, s.execution
	out.Total = totalOf(s.header)
	f := r.judge(item, s)
	switch {
	case f == nil:
		out.Err = nil
	case s.status == http.StatusNotFound && item.method == http.MethodDelete && r.states[i].doubt:
		out.Err = nil // an earlier attempt has deleted it
	case errors.Is(f.Kind, ErrDuplicate) && item.back != "" && r.states[i].doubt && !r.states[i].readBack:
		r.states[i].readBack = true
		r.later = append(r.later, i)
	case f.Transient && !f.Final && out.Attempts < r.passes && (f.NotTaken || repeatable(item.kind, s.status)):
		r.states[i].doubt = r.states[i].doubt || !f.NotTaken
		r.wait = max(r.wait, f.Wait)
		r.fail(i, r.failure(i, f))
		r.later = append(r.later, i)
	default:
		f.MaybeApplied = item.kind != rest.Read && (r.states[i].doubt || f.Transient && !f.NotTaken)
		r.fail(i, r.failure(i, f))
	}
}

func (r *batchRun) judge(item BatchItem, s serviced) *rest.Failure {
	if s.err != nil {
		return &rest.Failure{Kind: ErrTruncated, Transient: true, Err: s.err, Status: s.status}
	}
	if s.status == 0 {
		return &rest.Failure{Kind: ErrUnavailable, Transient: true, Message: "the item was answered without a status: " + clip(s.message, 200)}
	}
	call := &rest.Call{Op: item.op, Method: item.method, Path: item.path, Kind: item.kind}
	f := judge(call, &rest.Answer{Status: s.status, Header: s.header, Body: s.body})
	if f == nil {
		return nil
	}
	if f.Message == "" {
		f.Message = clip(s.message, 500)
	}
	if seconds, err := strconv.Atoi(s.header.Get("Retry-After")); err == nil && seconds > 0 {
		f.Wait = time.Duration(min(seconds, 1<<30)) * time.Second
	}
	f.Body = s.body[:min(len(s.body), rest.MaxErrorBody)]
	return f
}

func repeatable(kind rest.Kind, status int) bool {
	return kind == rest.Read || kind == rest.Idempotent && status != http.StatusInternalServerError
}

// lost deals with a batch that was not answered at all.
func (r *batchRun) lost(ctx context.Context, chunk []int, err error) {
	var e *Error
	for _, i := range chunk {
		f := &rest.Failure{Kind: ErrUnavailable, Err: err}
		if errors.As(err, &e) && e.failure != nil {
			copied := *e.failure
			f = &copied
		}
		if f.MaybeApplied || errors.Is(f.Kind, ErrTruncated) {
			f.Transient = true
			r.inDoubt(ctx, i, f)
			continue
		}
		f.MaybeApplied = r.states[i].doubt && r.item(i).kind != rest.Read
		r.fail(i, r.failure(i, f))
	}
}

// inDoubt sends an item again that may have been run, if that does no harm.
func (r *batchRun) inDoubt(ctx context.Context, i int, f *rest.Failure) {
	item := r.item(i)
	f.MaybeApplied = item.kind != rest.Read
	r.states[i].doubt = true
	r.fail(i, r.failure(i, f))
	if repeatable(item.kind, f.Status) && r.results[i].Attempts < r.passes && ctx.Err() == nil {
		r.later = append(r.later, i)
	}
}

// abandon marks items that were not sent, or not sent again.
func (r *batchRun) abandon(queue []int, err error) {
	for _, i := range queue {
		if r.results[i].Err == nil {
			r.fail(i, r.unsent(i, err))
		}
	}
}

func (r *batchRun) unsent(i int, err error) error {
	var e *Error
	f := &rest.Failure{Kind: ErrUnavailable, Message: "not sent", Err: err, NotTaken: true, Transient: true}
	if errors.As(err, &e) && e.failure != nil {
		f = &rest.Failure{Kind: e.failure.Kind, Message: "not sent, since the batch before it failed", Err: e.Err, NotTaken: true, Transient: e.failure.Transient, Wait: e.Wait}
	}
	f.MaybeApplied = r.states[i].doubt && r.items[i].kind != rest.Read
	return r.failure(i, f)
}

func (r *batchRun) fail(i int, err error) { r.results[i].Err = err }

// failure makes the error of one item.
func (r *batchRun) failure(i int, f *rest.Failure) error {
	item := r.items[i]
	f.Op, f.Method, f.Path, f.Attempts = item.op, item.method, item.path, r.results[i].Attempts
	if f.Status == 0 {
		f.Status = r.results[i].Status
	}
	return wrap(f)
}
