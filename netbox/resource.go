package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Resource is one kind of NetBox object with all that can be done to it. The
// typed ones are fields of [Client]; [ResourceOf] makes one for any other
// endpoint. A Resource is safe for concurrent use.
//
// Bodies of writes (Create, Update, Replace and the bulk calls) are the
// resource's write struct, a map with string keys, or any value that marshals
// to a JSON object. The types that are read are refused: NetBox takes
// relations as ids and choices as bare values. So is a value for a field that
// the server's release does not have yet, which it would ignore in silence.
type Resource[T any] struct {
	c *Client
	s *spec
}

// ResourceOf gives access to the endpoint below /api/ that has no service of
// its own, for example ResourceOf[Prefix](client, "ipam/prefixes"). T is a
// struct with an `id` field of type int64, or a map with string keys. filters
// names the filters that lists may use, texts as they are ("dns_name"), others
// with their kind: "vlan_id:relation", "status:choice", "vid:ordered",
// "q:none". What is wrong with path or T is reported by the first call.
func ResourceOf[T any](c *Client, path string, filters ...string) *Resource[T] {
	s := spec{name: path, path: path}
	for _, f := range filters {
		s.more += " " + f
	}
	return newResource[T](c, s)
}

func newResource[T any](c *Client, s spec) *Resource[T] {
	return &Resource[T]{c: c, s: s.prepared(reflect.TypeFor[T]())}
}

// op names an operation in errors and hooks.
func (r *Resource[T]) op(verb string) string { return r.s.name + "." + verb }

// ready reports how the resource was made wrongly, if it was.
func (r *Resource[T]) ready() error {
	if r == nil || r.c == nil || r.c.rest == nil || r.s == nil {
		return errors.New("netbox: the resource belongs to no client; use netbox.New")
	}
	return nil
}

// List reads one page.
func (r *Resource[T]) List(ctx context.Context, q Query, opts ...CallOption) (Page[T], error) {
	page := Page[T]{Total: -1}
	l, err := r.lister(ctx, "List", q, opts)
	if err != nil {
		return page, err
	}
	page.Items, page.Next, page.Total, err = l.page(ctx, q.After, nil)
	return page, err
}

// All reads the whole list, page by page, as it is ranged over: nothing is
// sent before the first step, breaking off sends nothing more, ranging again
// starts anew. Every object comes once, also when others are created or
// deleted meanwhile (see Query.Ordering). An error is yielded once, at the end.
func (r *Resource[T]) All(ctx context.Context, q Query, opts ...CallOption) iter.Seq2[T, error] {
	opts = append([]CallOption(nil), opts...)
	q = q.clone()
	return func(yield func(T, error) bool) {
		l, err := r.lister(ctx, "All", q, opts)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		l.walk(ctx, q.After, yield)
	}
}

// Get reads one object.
func (r *Resource[T]) Get(ctx context.Context, id int64, opts ...CallOption) (T, error) {
	var v T
	err := r.one(ctx, "Get", http.MethodGet, id, nil, &v, opts)
	return v, err
}

// Create makes an object and returns it as NetBox stored it. After a fault that
// leaves the outcome open it is not repeated (MaybeApplied of the error is
// true then), unless [Idempotent] is given.
func (r *Resource[T]) Create(ctx context.Context, body any, opts ...CallOption) (T, error) {
	var v T
	op := r.op("Create")
	if err := r.ready(); err != nil {
		return v, err
	}
	path, err := r.s.collection()
	if err != nil {
		return v, err
	}
	data, err := r.body(ctx, op, body)
	if err != nil {
		return v, err
	}
	err = r.c.do(ctx, &rest.Call{Op: op, Method: http.MethodPost, Path: path, Body: data, Kind: rest.Append, Decode: decodeInto(&v)}, opts)
	return v, err
}

// Update changes the fields that patch names (PATCH) and returns the object as
// stored. custom_fields are merged, tags replaced. NetBox takes an unchanged
// object as a change, too: compare first.
func (r *Resource[T]) Update(ctx context.Context, id int64, patch any, opts ...CallOption) (T, error) {
	var v T
	op := r.op("Update")
	if err := r.ready(); err != nil {
		return v, err
	}
	data, err := r.body(ctx, op, patch)
	if err != nil {
		return v, err
	}
	err = r.one(ctx, "Update", http.MethodPatch, id, data, &v, opts)
	return v, err
}

// Replace writes the whole object (PUT) and returns it as stored. Fields that
// body leaves out fall back to NetBox's defaults, relations to null: prefer
// Update unless that is meant.
func (r *Resource[T]) Replace(ctx context.Context, id int64, body any, opts ...CallOption) (T, error) {
	var v T
	op := r.op("Replace")
	if err := r.ready(); err != nil {
		return v, err
	}
	data, err := r.body(ctx, op, body)
	if err != nil {
		return v, err
	}
	err = r.one(ctx, "Replace", http.MethodPut, id, data, &v, opts)
	return v, err
}

// Delete removes one object. There is no deleting by filter. An object that
// others depend on is refused with [ErrProtected].
func (r *Resource[T]) Delete(ctx context.Context, id int64, opts ...CallOption) error {
	return r.one(ctx, "Delete", http.MethodDelete, id, nil, nil, opts)
}

// Count returns how many objects match q.Where; the other fields of q do not
// matter.
func (r *Resource[T]) Count(ctx context.Context, q Query, opts ...CallOption) (int, error) {
	l, err := r.lister(ctx, "Count", Query{Where: q.Where, PageSize: 1, Brief: true}, opts)
	if err != nil {
		return 0, err
	}
	return l.count(ctx)
}

// one sends a call about a single object.
func (r *Resource[T]) one(ctx context.Context, verb, method string, id int64, body []byte, result any, opts []CallOption) error {
	if err := r.ready(); err != nil {
		return err
	}
	path, err := r.s.object(id)
	if err != nil {
		return err
	}
	call := &rest.Call{Op: r.op(verb), Method: method, Path: path, Body: body, Kind: kindOf(method)}
	if result != nil {
		call.Decode = decodeInto(result)
	}
	if isWrite(method) {
		if err := r.c.checkOldTag(ctx, call, opts); err != nil {
			return err
		}
		opts = append(slices.Clone(opts), rest.Option(func(call *rest.Call) { call.Landed = r.c.landed(call) }))
	}
	return r.c.do(ctx, call, opts)
}

// checkOldTag stands in for If-Match on releases before 4.6, which ignore it:
// the object is read and its last_updated compared before the write.
func (c *Client) checkOldTag(ctx context.Context, call *rest.Call, opts []CallOption) error {
	probe := &rest.Call{Method: call.Method}
	rest.Apply(probe, opts...)
	want := probe.Header.Get("If-Match")
	if want == "" {
		return nil
	}
	known, err := c.APIVersion(ctx)
	if err != nil || known.AtLeast(4, 6) {
		return err
	}
	var now struct {
		LastUpdated time.Time `json:"last_updated"`
	}
	read := &rest.Call{Op: call.Op, Method: http.MethodGet, Path: call.Path, Decode: decodeInto(&now),
		Query: url.Values{"fields": {"id,last_updated"}}}
	if err := c.do(ctx, read, nil); err != nil {
		return err
	}
	if tag := etagOf(now.LastUpdated); want != "*" && tag != want {
		return wrap(&rest.Failure{Op: call.Op, Method: call.Method, Path: call.Path, Kind: rest.ErrConflict,
			Message: "the object was changed at " + now.LastUpdated.UTC().Format(time.RFC3339) + ", so nothing was written",
			Detail:  &detail{kinds: []error{ErrPrecondition}}})
	}
	return nil
}

// clone copies the lists of a query, so that a running All does not see what
// the caller does to them.
func (q Query) clone() Query {
	q.Fields = append([]string(nil), q.Fields...)
	q.Omit = append([]string(nil), q.Omit...)
	q.Ordering = append([]string(nil), q.Ordering...)
	return q
}

// idOf reads the id of a row.
func (r *Resource[T]) idOf(row *T) int64 {
	v := reflect.ValueOf(row).Elem()
	if r.s.id >= 0 {
		return v.Field(r.s.id).Int()
	}
	if v.Kind() != reflect.Map {
		return 0
	}
	id := v.MapIndex(reflect.ValueOf("id").Convert(v.Type().Key()))
	if !id.IsValid() {
		return 0
	}
	switch id := id.Interface().(type) {
	case float64:
		return int64(id)
	case json.Number:
		n, _ := id.Int64()
		return n
	case json.RawMessage:
		return number(id)
	case int64:
		return id
	}
	return 0
}
