package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// BulkOptions says how CreateMany, UpdateMany and DeleteMany cut their work.
// The zero value is fine.
type BulkOptions struct {
	// ItemsPerRequest is how many objects one request holds at most; default
	// 100. NetBox 4.7.3 was measured to take 0.15 to 0.2 s for one device, and
	// all objects of a request have to fit into Config.Timeout.
	ItemsPerRequest int
	// BytesPerRequest is how long a body is at most, unless a single object is
	// longer; default 4,000,000.
	BytesPerRequest int
	// Parallel is how many requests are in flight; default 4, within
	// Config.Concurrency. Types that nest are always written one request after
	// the other: NetBox locks the whole tree anyway.
	Parallel int
	// Progress is called, never twice at once, when objects have their outcome.
	Progress func(done, total int)
}

// ItemState is what became of one object of a bulk write.
type ItemState string

// The states of an item.
const (
	ItemDone    ItemState = "done"     // written
	ItemRefused ItemState = "refused"  // by NetBox, or by a check before it was sent
	ItemMissing ItemState = "missing"  // there is no object with this id, or it is hidden
	ItemUnknown ItemState = "unknown"  // sent, and the answer was lost: it may be written or not
	ItemNotSent ItemState = "not sent" // the writer had to stop before
)

// ItemResult is the outcome of one object of a bulk write.
type ItemResult[T any] struct {
	State ItemState
	ID    int64 // 0 for what was not created
	Row   T     // the object as stored; zero for deletes and failures
	Err   error // nil when done; an [ItemError], an *[Error], or what was wrong before it was sent
}

// CreateMany makes any number of objects. They go in requests of many, each of
// which NetBox takes as a whole or not at all; one that is refused because of
// some objects is sent again without them (on releases that do not name them,
// in ever smaller parts), so that bad objects do not keep the good ones. The
// results are in the order of bodies. The error is nil when each object was
// created or refused; it is not when some are ItemUnknown or ItemNotSent. What
// is unknown is not sent again; [Resource.Upsert] settles it.
func (r *Resource[T]) CreateMany(ctx context.Context, bodies []any, o BulkOptions, opts ...CallOption) ([]ItemResult[T], error) {
	w, err := r.bulkWriter("CreateMany", http.MethodPost, len(bodies), o, opts)
	if err != nil {
		return nil, err
	}
	for i, body := range bodies {
		data, err := r.body(ctx, fmt.Sprintf("%s: item %d", w.op, i), body)
		w.add(i, 0, data, err)
	}
	return w.write(ctx)
}

// UpdateMany changes any number of objects, as CreateMany creates them. Objects
// that releases up to 4.6 skip in silence, because there is none with the id,
// are ItemMissing, as they are on 4.7.
func (r *Resource[T]) UpdateMany(ctx context.Context, patches []Patch, o BulkOptions, opts ...CallOption) ([]ItemResult[T], error) {
	w, err := r.bulkWriter("UpdateMany", http.MethodPatch, len(patches), o, opts)
	if err != nil {
		return nil, err
	}
	for i, patch := range patches {
		data, err := r.body(ctx, fmt.Sprintf("%s: item %d", w.op, i), patch.Body)
		if err == nil {
			data = append([]byte(`{"id":`+strconv.FormatInt(patch.ID, 10)+`,`), data[1:]...)
		}
		w.add(i, patch.ID, data, err)
	}
	return w.write(ctx)
}

// DeleteMany removes any number of objects, as CreateMany creates them. Those
// that others depend on stay and are ItemRefused with [ErrProtected]; ids
// without an object are ItemMissing, found by a look-up before the delete on
// releases up to 4.6.
func (r *Resource[T]) DeleteMany(ctx context.Context, ids []int64, o BulkOptions, opts ...CallOption) ([]ItemResult[T], error) {
	w, err := r.bulkWriter("DeleteMany", http.MethodDelete, len(ids), o, opts)
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		w.add(i, id, json.RawMessage(`{"id":`+strconv.FormatInt(id, 10)+`}`), nil)
	}
	return w.write(ctx)
}

// FailedItems returns the indexes of the results that are not done.
func FailedItems[T any](results []ItemResult[T]) []int {
	var failed []int
	for i := range results {
		if results[i].State != ItemDone {
			failed = append(failed, i)
		}
	}
	return failed
}

// serial are the types whose rows nest. Up to 3.6 parallel writes could break
// their trees; since then each write of such a type waits for the others.
var serial = []string{
	"dcim/regions", "dcim/site-groups", "dcim/locations", "dcim/device-roles", "dcim/platforms", "dcim/inventory-items",
	"tenancy/tenant-groups", "tenancy/contact-groups", "wireless/wireless-lan-groups",
}

func (r *Resource[T]) bulkWriter(verb, method string, n int, o BulkOptions, opts []CallOption) (*bulkWriter[T], error) {
	if err := r.ready(); err != nil {
		return nil, err
	}
	op := r.op(verb)
	fail := func(text string) (*bulkWriter[T], error) { return nil, fmt.Errorf("netbox: %s: %s", op, text) }
	if _, err := r.s.collection(); err != nil {
		return nil, err
	}
	probe := &rest.Call{}
	rest.Apply(probe, opts...)
	switch {
	case n == 0:
		return fail("the list is empty")
	case o.ItemsPerRequest < 0 || o.BytesPerRequest < 0 || o.Parallel < 0:
		return fail("BulkOptions has a negative number; 0 is the default")
	case probe.Header.Get("If-Match") != "":
		return fail("IfMatch names one object; use UpdateDiff for each")
	case rest.MetaOf(probe) != nil:
		return fail("Meta tells of one request, and this sends many; use Config.OnAttempt")
	}
	if o.ItemsPerRequest == 0 {
		o.ItemsPerRequest = 100
	}
	if o.BytesPerRequest == 0 {
		o.BytesPerRequest = 4_000_000
	}
	o.BytesPerRequest = min(o.BytesPerRequest, maxRequestBody)
	if o.Parallel == 0 {
		o.Parallel = rest.DefaultConcurrency
	}
	if slices.Contains(serial, r.s.path) {
		o.Parallel = 1
	}
	return &bulkWriter[T]{r: r, op: op, method: method, o: o, opts: opts, items: make([]json.RawMessage, n), ids: make([]int64, n),
		results: make([]ItemResult[T], n), seen: map[int64]bool{}}, nil
}

// add takes one item, or refuses it before anything is sent.
func (w *bulkWriter[T]) add(i int, id int64, data json.RawMessage, err error) {
	switch {
	case err != nil:
	case w.method != http.MethodPost && id < 1:
		err = fmt.Errorf("netbox: %s: item %d: id %d is not an id; ids are positive", w.op, i, id)
	case w.seen[id]:
		err = fmt.Errorf("netbox: %s: item %d: id %d is given twice", w.op, i, id)
	case len(data)+2 > maxRequestBody:
		err = fmt.Errorf("netbox: %s: item %d has %d bytes, and NetBox's front end takes %d", w.op, i, len(data), maxRequestBody)
	}
	if err != nil {
		w.results[i] = ItemResult[T]{State: ItemRefused, ID: max(id, 0), Err: err}
		w.done++
		return
	}
	if id > 0 {
		w.seen[id] = true
	}
	w.items[i], w.ids[i] = data, id
	w.results[i].ID = id
}

// chunks cuts the items into requests.
func (w *bulkWriter[T]) chunks() [][]int {
	var all [][]int
	var chunk []int
	size := 0
	for i, item := range w.items {
		if item == nil {
			continue
		}
		if len(chunk) == w.o.ItemsPerRequest || len(chunk) > 0 && size+len(item)+1 > w.o.BytesPerRequest {
			all, chunk, size = append(all, chunk), nil, 0
		}
		chunk = append(chunk, i)
		size += len(item) + 1
	}
	if chunk != nil {
		all = append(all, chunk)
	}
	return all
}

// outcome is the call's error: nil when every item has a definite answer.
func (w *bulkWriter[T]) outcome() error {
	count := map[ItemState]int{}
	for i := range w.results {
		count[w.results[i].State]++
	}
	if count[ItemUnknown]+count[ItemNotSent] == 0 {
		return nil
	}
	return fmt.Errorf("netbox: %s: of %d objects %d are done, %d refused, %d missing, %d unknown and %d were not sent: %w",
		w.op, len(w.results), count[ItemDone], count[ItemRefused], count[ItemMissing], count[ItemUnknown], count[ItemNotSent], w.cause)
}

var errNoAnswer = errors.New("the server answered with other objects than were sent")
