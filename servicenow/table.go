package servicenow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Table reads and writes one table, with T as the Go form of a row: a struct
// whose json tags are column names (dot-walked ones too, such as
// `json:"caller_id.email"`), or [Record]. Make it by [TableOf]. It is safe for
// concurrent use.
type Table[T any] struct {
	client *Client
	name   string
	shape  *shape
	// resource stands for "table/name" in the path of an API that lists and
	// reads as the Table API does.
	resource string
	err      error // what is wrong with name or T; every verb answers with it
}

// TableOf names a table and the Go type of its rows. Unless a call says
// otherwise, the columns read are the json tags of T, embedded structs included;
// for a map every column. A mistake in the name or in T is reported by every
// verb, before any request.
func TableOf[T any](c *Client, name string) *Table[T] {
	t := &Table[T]{client: c, name: name}
	if c == nil {
		t.err = errors.New("servicenow: TableOf needs a client: make one by New")
		return t
	}
	if err := checkTable(name); err != nil {
		t.err = fmt.Errorf("servicenow: table %q: %w", name, err)
		return t
	}
	s, err := shapeOf(reflect.TypeFor[T]())
	if err != nil {
		t.err = fmt.Errorf("servicenow: table %s: %w", name, err)
		return t
	}
	t.shape = s
	return t
}

func checkTable(name string) error {
	if name == "" {
		return errors.New("the name is empty")
	}
	for i := range len(name) {
		ch := name[i]
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && ch != '_' {
			return errors.New("a table name is letters, digits and underscores")
		}
	}
	return nil
}

// Name is the table's name.
func (t *Table[T]) Name() string { return t.name }

// Get reads one record. A record that does not exist or that an access rule
// hides is ErrNotFound; the platform does not tell the two apart.
func (t *Table[T]) Get(ctx context.Context, sysID string, opts ...CallOption) (T, error) {
	return t.one(ctx, t.call("Get", http.MethodGet, rest.Read, nil, opts), sysID)
}

// Create inserts a record and answers with it as the server stored it, defaults
// and computed columns included. row is a struct with json tags, a [Record] or a
// map with string keys.
//
// A sys_id in the row chooses the new record's sys_id. Such a create may be
// repeated safely, and is: when an answer was lost and the repeat meets the
// record, the record is read back. A sys_id that exists otherwise is
// ErrDuplicate, by the text of the unique key violation, which is not verified
// on a real instance. A create without sys_id is repeated only when the server
// provably did not take it.
func (t *Table[T]) Create(ctx context.Context, row any, opts ...CallOption) (T, error) {
	var zero T
	if t.err != nil {
		return zero, t.err
	}
	b, err := encodeBody(row)
	if err != nil {
		return zero, t.bad("Create", err)
	}
	kind := rest.Append
	if b.sysID != "" {
		kind = rest.Idempotent
	}
	call := t.call("Create", http.MethodPost, kind, b.data, opts)
	created, err := t.one(ctx, call, "")
	if b.sysID == "" || !errors.Is(err, ErrDuplicate) {
		return created, err
	}
	if !repeatedAfterDoubt(err) {
		return zero, err
	}
	return t.Get(ctx, b.sysID, opts...)
}

// repeatedAfterDoubt reports whether an earlier attempt of the failed call may
// have been acted on.
func repeatedAfterDoubt(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.MaybeApplied()
}

// Update writes the columns that patch holds and leaves the others alone (PATCH).
// patch is a struct with json tags and [Opt] fields, or a map; nil and [Null]
// clear a column. It answers with the record afterwards. Absolute values make
// the call repeatable; a patch with a journal entry (work_notes, comments, a
// field of type [Journal]) is repeated only when provably not taken.
func (t *Table[T]) Update(ctx context.Context, sysID string, patch any, opts ...CallOption) (T, error) {
	return t.write(ctx, "Update", http.MethodPatch, sysID, patch, opts)
}

// Replace writes a record by PUT. On this platform that does the same as
// [Table.Update]: columns that row does not hold keep their values.
func (t *Table[T]) Replace(ctx context.Context, sysID string, row any, opts ...CallOption) (T, error) {
	return t.write(ctx, "Replace", http.MethodPut, sysID, row, opts)
}

func (t *Table[T]) write(ctx context.Context, verb, method, sysID string, patch any, opts []CallOption) (T, error) {
	var zero T
	if t.err != nil {
		return zero, t.err
	}
	b, err := encodePatch(patch)
	if err != nil {
		return zero, t.bad(verb, err)
	}
	return t.one(ctx, t.call(verb, method, b.kind(), b.data, opts), sysID)
}

// encodePatch is encodeBody for a change, which must change something.
func encodePatch(patch any) (body, error) {
	b, err := encodeBody(patch)
	if err == nil && b.empty {
		err = errors.New("the patch holds no column: set at least one")
	}
	return b, err
}

// kind is how a write of this body may be repeated.
func (b body) kind() rest.Kind {
	if b.journal {
		return rest.Append
	}
	return rest.Idempotent
}

// Delete removes a record. One that does not exist, or that an access rule
// hides, is ErrNotFound; a delete whose answer was lost and whose repeat finds
// nothing has succeeded.
func (t *Table[T]) Delete(ctx context.Context, sysID string, opts ...CallOption) error {
	if t.err != nil {
		return t.err
	}
	call := &rest.Call{Op: t.name + ".Delete", Method: http.MethodDelete, Kind: rest.Idempotent}
	if err := t.locate(call, sysID, true); err != nil {
		return t.bad("Delete", err)
	}
	rest.Apply(call, opts...)
	_, err := t.client.rest.Do(ctx, call)
	return err
}

// Count answers with the number of rows that match the query's condition, as the
// server counts them: before its access rules, so that fewer may be readable. It
// asks for a page of one row and takes the total from its header.
func (t *Table[T]) Count(ctx context.Context, q Query, opts ...CallOption) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	where, err := q.Where.Encode()
	if err != nil {
		return 0, t.bad("Count", err)
	}
	values := url.Values{"sysparm_limit": {"1"}, "sysparm_fields": {sysID}}
	if where != "" {
		values.Set("sysparm_query", where)
	}
	if q.AllDomains {
		values.Set("sysparm_query_no_domain", "true")
	}
	call := &rest.Call{Op: t.name + ".Count", Method: http.MethodGet, Query: values}
	if err := t.locate(call, "", false); err != nil {
		return 0, t.bad("Count", err)
	}
	rest.Apply(call, opts...)
	answer, err := t.client.read(ctx, call)
	if err != nil {
		return 0, err
	}
	total := totalOf(answer.Header)
	if total < 0 {
		return 0, t.bad("Count", errors.New("the server sent no X-Total-Count: count by reading"))
	}
	if meta := rest.MetaOf(call); meta != nil {
		meta.Total = total
	}
	return total, nil
}

// totalOf reads the number of rows that the server counted, -1 when unknown.
func totalOf(h http.Header) int {
	n, err := strconv.Atoi(h.Get("X-Total-Count"))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// call prepares a call for a single record with the parameters of T.
func (t *Table[T]) call(verb, method string, kind rest.Kind, data []byte, opts []CallOption) *rest.Call {
	if t.err != nil {
		return nil
	}
	values := url.Values{}
	_ = setCommon(values, t.shape.fields, ValuesOnly, false)
	call := &rest.Call{Op: t.name + "." + verb, Method: method, Kind: kind, Body: data, Query: values}
	rest.Apply(call, opts...)
	return call
}

// one sends a call for a single record and decodes its answer.
func (t *Table[T]) one(ctx context.Context, call *rest.Call, sysID string) (T, error) {
	var row T
	if t.err != nil {
		return row, t.err
	}
	if err := t.ready(call, sysID); err != nil {
		return row, fmt.Errorf("servicenow: %s: %w", call.Op, err)
	}
	call.Decode = func(a *rest.Answer) error {
		row = *new(T) // an earlier attempt may have left half a row
		return decodeOne(a.Body, &row)
	}
	if _, err := t.client.rest.Do(ctx, call); err != nil {
		return *new(T), err
	}
	return row, nil
}

// ready completes the call's path and checks what the options have chosen.
func (t *Table[T]) ready(call *rest.Call, sysID string) error {
	if err := t.locate(call, sysID, call.Method != http.MethodPost); err != nil {
		return err
	}
	if names := call.Query.Get("sysparm_fields"); names != "" {
		for name := range strings.SplitSeq(names, ",") {
			if err := checkColumn(name); err != nil {
				return fmt.Errorf("field %q: %w", name, err)
			}
		}
	}
	return t.shape.check(call.Query.Get("sysparm_display_value"))
}

// locate sets the call's path: the table, or one record of it.
func (t *Table[T]) locate(call *rest.Call, sysID string, record bool) (err error) {
	elements := []string{"api", "now", "table", t.name}
	if t.resource != "" {
		elements = []string{"api", "now", t.resource}
	}
	if record {
		if sysID == "" {
			return errors.New("the sys_id is empty")
		}
		elements = append(elements, sysID)
	}
	call.Path, err = rest.Path(elements...)
	return err
}

func (t *Table[T]) bad(verb string, err error) error {
	return fmt.Errorf("servicenow: %s.%s: %w", t.name, verb, err)
}
