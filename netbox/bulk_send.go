package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Writing many objects. A chunk that NetBox refuses is sent again without the
// objects that the refusal names: 4.7 lists all bad ones of one stage of its
// checks, older releases those of a create, aligned with the list. Where it
// names none (a create of devices and every update and delete up to 4.6) the
// chunk is halved until the bad ones are alone; a half that must be bad, since
// its sibling went well, is halved without being sent.

// bulkWriter is one CreateMany, UpdateMany or DeleteMany under way.
type bulkWriter[T any] struct {
	r      *Resource[T]
	op     string
	method string
	o      BulkOptions
	opts   []CallOption

	items []json.RawMessage
	ids   []int64
	seen  map[int64]bool

	mu      sync.Mutex
	results []ItemResult[T]
	done    int
	written int   // objects that NetBox took
	denied  int   // objects refused for want of permission
	faults  int   // chunks without an answer, one after the other
	cause   error // why items are unknown or not sent
	stopped bool
}

// tooManyFaults is after how many failed requests in a row, and after how many
// objects refused for want of permission with none taken, the writer stops.
const tooManyFaults = 3

func (w *bulkWriter[T]) write(ctx context.Context) ([]ItemResult[T], error) {
	if w.done > 0 {
		w.progress(0)
	}
	queue := make(chan []int)
	var workers sync.WaitGroup
	chunks := w.chunks()
	for range min(w.o.Parallel, len(chunks)) {
		workers.Go(func() {
			for chunk := range queue {
				w.send(ctx, chunk)
			}
		})
	}
	for _, chunk := range chunks {
		queue <- chunk
	}
	close(queue)
	workers.Wait()
	return w.results, w.outcome()
}

// send writes a chunk and reports whether NetBox took all of it at once.
func (w *bulkWriter[T]) send(ctx context.Context, chunk []int) bool {
	whole := true
	for len(chunk) > 0 {
		if cause := w.ended(ctx); cause != nil {
			w.fail(chunk, ItemNotSent, fmt.Errorf("netbox: %s: not sent: %w", w.op, cause))
			return false
		}
		rows, err := w.request(ctx, chunk)
		if rows != nil && (err == nil || errors.Is(err, ErrNotFound)) {
			return w.take(chunk, rows, err) && whole
		}
		left := w.sortOut(chunk, err)
		switch {
		case len(left) < len(chunk):
			chunk, whole = left, false
			continue
		case !refused(err):
			w.broken(chunk, err)
		case len(chunk) == 1:
			w.fail(chunk, ItemRefused, w.itemError(chunk[0], err))
		default:
			w.halve(ctx, chunk, err)
		}
		return false
	}
	return whole
}

// halve writes a chunk that holds a bad object in two parts.
func (w *bulkWriter[T]) halve(ctx context.Context, chunk []int, err error) {
	half := len(chunk) / 2
	first, second := chunk[:half], chunk[half:]
	switch {
	case !w.send(ctx, first):
		w.send(ctx, second)
	case len(second) == 1:
		w.fail(second, ItemRefused, w.itemError(second[0], err))
	default:
		w.halve(ctx, second, err)
	}
}

// request sends one chunk. Rows come back in the order of the chunk, those that
// NetBox skipped zero and named by the error; deletes give zero rows.
func (w *bulkWriter[T]) request(ctx context.Context, chunk []int) ([]T, error) {
	items := make([]json.RawMessage, len(chunk))
	ids := make([]int64, len(chunk))
	for at, i := range chunk {
		items[at], ids[at] = w.items[i], w.ids[i]
	}
	switch w.method {
	case http.MethodPost:
		rows, err := w.r.bulk(ctx, w.op, w.method, rest.Append, items, nil, w.opts)
		if err == nil && len(rows) != len(items) {
			return nil, w.r.short(w.op, w.method, errNoAnswer.Error(), nil)
		}
		return rows, err
	case http.MethodPatch:
		rows, err := w.r.bulk(ctx, w.op, w.method, rest.Idempotent, items, ids, w.opts)
		if err != nil {
			return nil, err
		}
		return w.r.inOrder(w.op, w.method, ids, rows)
	default:
		if err := w.r.deleteAll(ctx, w.op, ids, items, w.opts); err != nil {
			return nil, err
		}
		return make([]T, len(items)), nil
	}
}

// take records a chunk that NetBox took, but for what it skipped.
func (w *bulkWriter[T]) take(chunk []int, rows []T, err error) bool {
	skipped := map[int]ItemError{}
	if e, ok := errors.AsType[*Error](err); ok {
		for _, item := range e.Items {
			skipped[item.Index] = item
		}
	}
	w.mu.Lock()
	for at, i := range chunk {
		if item, ok := skipped[at]; ok {
			item.Index = i
			w.results[i].State, w.results[i].Err = ItemMissing, item
			continue
		}
		w.results[i].State, w.results[i].Row = ItemDone, rows[at]
		if w.method == http.MethodPost {
			w.results[i].ID = w.r.idOf(&rows[at])
		}
		w.written++
	}
	w.faults = 0
	w.mu.Unlock()
	w.progress(len(chunk))
	return len(skipped) == 0
}

// sortOut takes the objects that a refusal names out of a chunk.
func (w *bulkWriter[T]) sortOut(chunk []int, err error) []int {
	e, ok := errors.AsType[*Error](err)
	if !ok || !refused(err) && !errors.Is(err, ErrNotFound) {
		return chunk
	}
	bad := map[int]ItemError{}
	for _, item := range e.Items {
		if item.Index >= 0 && item.Index < len(chunk) {
			bad[item.Index] = item
		}
	}
	var left []int
	for at, i := range chunk {
		item, ok := bad[at]
		if !ok {
			left = append(left, i)
			continue
		}
		item.Index = i
		state := ItemRefused
		if w.method != http.MethodPost && errors.Is(item.Kind, ErrNotFound) {
			state = ItemMissing
		}
		w.fail([]int{i}, state, item)
	}
	return left
}

// itemError makes the error of an object that was refused alone.
func (w *bulkWriter[T]) itemError(i int, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Items) != 1 {
		return err
	}
	item := e.Items[0]
	item.Index = i
	if w.ids[i] > 0 {
		item.ID = w.ids[i]
	}
	return item
}

// refused reports whether NetBox answered and wrote nothing of the chunk, which
// fewer objects may change.
func refused(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || errors.Is(err, ErrUnauthorized) {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return e.Status == http.StatusInternalServerError && e.Exception != ""
}

// broken records a chunk that has no answer, and stops the writer where the
// next one would fare no better.
func (w *bulkWriter[T]) broken(chunk []int, err error) {
	e, ok := errors.AsType[*Error](err)
	state := ItemNotSent
	if ok && e.MaybeApplied() || errors.Is(err, ErrTruncated) {
		state = ItemUnknown
	}
	w.mu.Lock()
	w.faults++
	w.stopped = w.stopped || state == ItemNotSent || w.faults >= tooManyFaults
	w.mu.Unlock()
	w.fail(chunk, state, err)
}

// fail records the outcome of objects that were not written.
func (w *bulkWriter[T]) fail(chunk []int, state ItemState, err error) {
	w.mu.Lock()
	for _, i := range chunk {
		w.results[i].State, w.results[i].Err = state, err
	}
	if w.cause == nil && (state == ItemUnknown || state == ItemNotSent) {
		w.cause = err
	}
	if _, alone := errors.AsType[*Error](err); alone && errors.Is(err, ErrForbidden) {
		if w.denied += len(chunk); w.denied >= tooManyFaults && w.written == 0 {
			w.stopped = true
			if w.cause == nil {
				w.cause = err
			}
		}
	}
	w.mu.Unlock()
	w.progress(len(chunk))
}

// ended says why nothing more is to be sent.
func (w *bulkWriter[T]) ended(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return w.cause
	}
	return nil
}

func (w *bulkWriter[T]) progress(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done += n
	if w.o.Progress != nil {
		w.o.Progress(w.done, len(w.results))
	}
}
