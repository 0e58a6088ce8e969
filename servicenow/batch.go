package servicenow

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The bounds of one batch request. The platform documents 5 MB for an item and
// 30 s for a batch, and no number of items.
const (
	maxBatchItems = 1000
	maxItemBytes  = 5 << 20
	maxBatchBytes = 5 << 20
)

// BatchItem is one request of a batch. Make it by the Batch methods of a
// [Table], or by [BatchRequest]. A mistake in it is reported by
// [Client.Batch], before anything is sent.
type BatchItem struct {
	op     string
	method string
	path   string // escaped, below the base URL
	query  string
	body   []byte
	header http.Header
	kind   rest.Kind
	paced  string // what its execution time is learnt for
	back   string // where to read a record back that was created with a chosen sys_id
	err    error
}

// BatchResult is what became of one item.
type BatchResult struct {
	// Status is the item's own HTTP status; 0 when it was not answered.
	Status int
	// Header are the item's own response headers. Writes answer without.
	Header http.Header
	// Body is the item's answer as it came.
	Body []byte
	// Total is the number of rows that the server counted for a list; -1
	// when it told none.
	Total int
	// ExecutionTime is how long the server worked on the item.
	ExecutionTime time.Duration
	// Attempts is the number of batches that carried the item.
	Attempts int
	// Err is nil when the item succeeded; otherwise an *[Error], whose
	// MaybeApplied tells whether a write may have happened nevertheless.
	Err error
}

// Decode reads the "result" of the answer into v, a pointer to a row or, for a
// list, to a slice of rows. An item that failed answers with its Err.
func (r BatchResult) Decode(v any) error {
	if r.Err != nil {
		return r.Err
	}
	var doc struct {
		Result json.RawMessage `json:"result"`
		Error  *wireError      `json:"error"`
	}
	err := json.Unmarshal(r.Body, &doc)
	switch {
	case err != nil, doc.Error != nil:
		w := doc.Error
		if w == nil {
			w = trailingError(r.Body)
		}
		return truncatedItem(r, w, err)
	case len(doc.Result) == 0:
		return errors.New("servicenow: the item's answer holds no result")
	}
	if err := json.Unmarshal(doc.Result, v); err != nil {
		return fmt.Errorf("servicenow: the item's result: %w", err)
	}
	return nil
}

func truncatedItem(r BatchResult, w *wireError, cause error) error {
	f := &rest.Failure{Kind: ErrTruncated, Err: cause, Transient: true}
	if w != nil {
		f = w.cut()
	}
	f.Op, f.Status = "Batch", r.Status
	return wrap(f)
}

// LogValue gives slog status and error, without the body.
func (r BatchResult) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Int("status", r.Status), slog.Int("attempts", r.Attempts), slog.Duration("execution_time", r.ExecutionTime)}
	if r.Err != nil {
		attrs = append(attrs, slog.String("error", r.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

// String names the item without its query and body.
func (i BatchItem) String() string { return strings.TrimSpace(i.method + " " + i.path) }

// BatchRequest makes an item for any endpoint. path is below the base URL and
// escaped ("/api/now/table/incident"). GET and HEAD count as reads; PUT, DELETE
// and a PATCH without journal entry as repeatable; everything else is repeated
// only when provably not taken, unless [Idempotent] is given.
func BatchRequest(method, path string, query url.Values, payload any, opts ...CallOption) BatchItem {
	call, err := anyCall(method, path, query, payload, opts)
	return itemOf(call, err)
}

// BatchGet reads one record.
func (t *Table[T]) BatchGet(sysID string, opts ...CallOption) BatchItem {
	if t.err != nil {
		return BatchItem{err: t.err}
	}
	call := t.call("Get", http.MethodGet, rest.Read, nil, opts)
	return itemOf(call, t.ready(call, sysID))
}

// BatchList reads one page: at most PageSize rows, from After on. The URL limit
// of a plain request does not bind the query of an item.
func (t *Table[T]) BatchList(q Query, opts ...CallOption) BatchItem {
	if t.err != nil {
		return BatchItem{err: t.err}
	}
	l, err := q.prepare(t.name, t.shape.fields)
	if err != nil {
		return BatchItem{err: t.bad("List", err)}
	}
	p, err := l.start()
	if err != nil {
		return BatchItem{err: t.bad("List", err)}
	}
	values, err := l.params(p)
	if err != nil {
		return BatchItem{err: t.bad("List", err)}
	}
	call := &rest.Call{Op: t.name + ".List", Method: http.MethodGet, Query: values}
	rest.Apply(call, opts...)
	if err = t.locate(call, "", false); err == nil {
		err = t.shape.check(call.Query.Get("sysparm_display_value"))
	}
	return itemOf(call, err)
}

// BatchCreate inserts a record, as [Table.Create] does.
func (t *Table[T]) BatchCreate(row any, opts ...CallOption) BatchItem {
	if t.err != nil {
		return BatchItem{err: t.err}
	}
	b, err := encodeBody(row)
	if err != nil {
		return BatchItem{err: t.bad("Create", err)}
	}
	kind := rest.Append
	if b.sysID != "" {
		kind = rest.Idempotent
	}
	call := t.call("Create", http.MethodPost, kind, b.data, opts)
	err = t.ready(call, "")
	item := itemOf(call, err)
	if err == nil && b.sysID != "" {
		item.back, err = rest.Path("api", "now", "table", t.name, b.sysID)
		item.err = err
	}
	return item
}

// BatchUpdate writes the columns of a patch, as [Table.Update] does.
func (t *Table[T]) BatchUpdate(sysID string, patch any, opts ...CallOption) BatchItem {
	if t.err != nil {
		return BatchItem{err: t.err}
	}
	b, err := encodePatch(patch)
	if err != nil {
		return BatchItem{err: t.bad("Update", err)}
	}
	call := t.call("Update", http.MethodPatch, b.kind(), b.data, opts)
	return itemOf(call, t.ready(call, sysID))
}

// BatchDelete removes a record, as [Table.Delete] does.
func (t *Table[T]) BatchDelete(sysID string, opts ...CallOption) BatchItem {
	if t.err != nil {
		return BatchItem{err: t.err}
	}
	call := &rest.Call{Op: t.name + ".Delete", Method: http.MethodDelete, Kind: rest.Idempotent}
	err := t.locate(call, sysID, true)
	rest.Apply(call, opts...)
	return itemOf(call, err)
}

// itemOf turns a call into an item.
func itemOf(call *rest.Call, err error) BatchItem {
	if err != nil {
		if call != nil && !strings.HasPrefix(err.Error(), "servicenow: ") {
			err = fmt.Errorf("servicenow: %s: %w", call.Op, err)
		}
		return BatchItem{err: err}
	}
	if len(call.Body) > maxItemBytes {
		err = fmt.Errorf("servicenow: %s: the body is %d bytes, the platform takes %d in a batch: send it by itself", call.Op, len(call.Body), maxItemBytes)
		return BatchItem{err: err}
	}
	return BatchItem{
		op: call.Op, method: call.Method, path: call.Path, query: call.Query.Encode(),
		body: call.Body, header: call.Header, kind: call.Kind,
		paced: call.Method + " " + tableOf(call.Path),
	}
}

// tableOf is the part of a path that tells which table an item works on.
func tableOf(path string) string {
	parts := strings.SplitN(path, "/", 6)
	return strings.Join(parts[:min(len(parts), 5)], "/")
}
