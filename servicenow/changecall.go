package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// changeCall is one call of the Change Management API on its way.
type changeCall struct {
	op     string
	method string   // GET when empty
	path   []string // below /api/sn_chg_rest
	id     string   // of the record, behind path
	what   string   // what the id is called in errors
	below  []string // behind the id
	query  url.Values
	kind   rest.Kind
	data   []byte
	kinded bool // the body must name a type or model
	bare   bool // the body may be empty
}

// emptyObject is the body of writes that have nothing to say: the platform
// wants a content type on them.
var emptyObject = []byte("{}")

func (c changeCall) bad(err error) error { return fmt.Errorf("servicenow: %s: %w", c.op, err) }

// build makes the call. record tells whether an id is due.
func (c changeCall) build(record bool, opts []CallOption) (*rest.Call, error) {
	elements := append([]string{"api", "sn_chg_rest"}, c.path...)
	if record {
		what := c.what
		if what == "" {
			what = "the sys_id"
		}
		if c.id == "" {
			return nil, c.bad(fmt.Errorf("%s is empty", what))
		}
		elements = append(elements, c.id)
	}
	if slices.Contains(c.below, "") {
		return nil, c.bad(errors.New("the sys_id is empty"))
	}
	path, err := rest.Path(append(elements, c.below...)...)
	if err != nil {
		return nil, c.bad(err)
	}
	call := &rest.Call{Op: c.op, Method: c.method, Path: path, Query: c.query, Kind: c.kind, Body: c.data}
	if call.Method == "" {
		call.Method = http.MethodGet
	}
	rest.Apply(call, opts...)
	return call, nil
}

// changeSend sends a call on a record and decodes its result with decode, which
// may be nil. A result that is an array of one counts as that one: the typed
// endpoints are documented with arrays and answer with objects.
func (c *Client) changeSend(ctx context.Context, cc changeCall, decode func(result json.RawMessage) error, opts []CallOption) error {
	call, err := cc.build(cc.id != "" || cc.needsID(), opts)
	if err != nil {
		return err
	}
	call.Decode = func(a *rest.Answer) error {
		if decode == nil {
			return nil
		}
		var doc struct {
			Result json.RawMessage `json:"result"`
			Error  *wireError      `json:"error"`
		}
		if err := json.Unmarshal(a.Body, &doc); err != nil {
			return err
		}
		if doc.Error != nil && len(doc.Result) == 0 {
			said := doc.Error.said()
			return &rest.Failure{Kind: ErrInvalid, Final: true, Message: said.text(), Detail: said}
		}
		if len(doc.Result) == 0 || string(doc.Result) == "null" {
			return &rest.Failure{Kind: ErrTruncated, Final: true, Message: "the answer holds no result"}
		}
		result := single(doc.Result)
		if result == nil {
			return &rest.Failure{Kind: ErrNotFound, Final: true, Message: "the result is an empty list"}
		}
		if err := decode(result); err != nil {
			if mistyped(err) {
				return &rest.Failure{Kind: ErrInvalid, Final: true, Err: err}
			}
			return err
		}
		return nil
	}
	_, err = c.rest.Do(ctx, call)
	return err
}

// needsID tells a call on a record from one on a collection.
func (c changeCall) needsID() bool { return c.what != "" || c.method != http.MethodPost }

// single takes the only element out of an array; nil when there is none. What
// is no array stays.
func single(result json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(result, &list) != nil {
		return result
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return result
}

// changeRow sends a call whose result is one record.
func (c *Client) changeRow(ctx context.Context, cc changeCall, opts []CallOption) (ChangeRow, error) {
	var row ChangeRow
	err := c.changeSend(ctx, cc, func(result json.RawMessage) error {
		row = ChangeRow{}
		return json.Unmarshal(result, &row)
	}, opts)
	if err != nil {
		return ChangeRow{}, err
	}
	return row, nil
}

// changeCreate sends a create.
func (c *Client) changeCreate(ctx context.Context, cc changeCall, fields any, opts []CallOption) (ChangeRow, error) {
	b, err := encodeBody(fields)
	if err != nil {
		return ChangeRow{}, cc.bad(err)
	}
	if b.empty && !cc.bare {
		return ChangeRow{}, cc.bad(errors.New("no column is set: name at least one"))
	}
	if cc.kinded && !hasColumn(b.data, "type", "chg_model") {
		return ChangeRow{}, cc.bad(errors.New("set type or chg_model: what the instance takes without either changes from release to release"))
	}
	cc.method, cc.kind, cc.data = http.MethodPost, rest.Append, b.data
	return c.changeRow(ctx, cc, opts)
}

func hasColumn(object []byte, names ...string) bool {
	var columns map[string]Value
	if json.Unmarshal(object, &columns) != nil {
		return true // not for this check to judge
	}
	for _, name := range names {
		if columns[name].Value != "" {
			return true
		}
	}
	return false
}

// changeWrite sends a patch.
func (c *Client) changeWrite(ctx context.Context, cc changeCall, patch any, opts []CallOption) (ChangeRow, error) {
	b, err := encodePatch(patch)
	if err != nil {
		return ChangeRow{}, cc.bad(err)
	}
	cc.kind, cc.data = b.kind(), b.data
	return c.changeRow(ctx, cc, opts)
}

// changeQuery checks a query for a list of this API.
func changeQuery(op string, path []string, q Query) (*listing, error) {
	bad := func(err error) (*listing, error) { return nil, fmt.Errorf("servicenow: %s: %w", op, err) }
	for field, set := range map[string]bool{
		"Fields": len(q.Fields) > 0, "Display": q.Display != ValuesOnly, "ReferenceLinks": q.ReferenceLinks, "View": q.View != "",
		"Category": q.Category != "", "NoCount": q.NoCount, "AllDomains": q.AllDomains,
	} {
		if set {
			return bad(fmt.Errorf("the Change Management API has no parameter for field %s: it answers with every column in both forms; for less read the table change_request", field))
		}
	}
	address, err := rest.Path(path...)
	if err != nil {
		return bad(err)
	}
	l, err := q.prepare(address, nil)
	if err != nil {
		return bad(err)
	}
	if _, err := l.start(); err != nil {
		return bad(err)
	}
	return l, nil
}

// listChanges reads one page.
func listChanges[T any](ctx context.Context, c *Client, op string, path []string, q Query, as func(ChangeRow) T, opts []CallOption) (Page[T], error) {
	out := Page[T]{Total: -1}
	l, err := changeQuery(op, path, q)
	if err != nil {
		return out, err
	}
	p, err := l.start()
	if err != nil {
		return out, err
	}
	values := url.Values{}
	encoded, err := l.encode(p)
	if err != nil {
		return out, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	values.Set("sysparm_query", encoded)
	values.Set("sysparm_limit", fmt.Sprint(p.size))
	if p.offset > 0 {
		values.Set("sysparm_offset", fmt.Sprint(p.offset))
	}
	var got []ChangeRow
	cc := changeCall{op: op, path: path, query: values}
	call, err := cc.build(false, opts)
	if err != nil {
		return out, err
	}
	call.Decode = func(a *rest.Answer) error {
		doc := struct {
			Result []ChangeRow `json:"result"`
			Error  *wireError  `json:"error"`
		}{}
		if err := json.Unmarshal(a.Body, &doc); err != nil {
			if mistyped(err) {
				return &rest.Failure{Kind: ErrInvalid, Final: true, Err: err}
			}
			return err
		}
		if doc.Error != nil { // a page of which the end is missing cannot be told from the last one
			said := doc.Error.said()
			return &rest.Failure{Kind: ErrTruncated, Final: true, Message: said.text(), Detail: said}
		}
		if doc.Result == nil {
			return &rest.Failure{Kind: ErrTruncated, Final: true, Message: "the answer holds no list"}
		}
		got = doc.Result
		return nil
	}
	if _, err := c.read(ctx, call); err != nil {
		return out, err
	}
	last := ""
	out.Items = make([]T, 0, len(got))
	for _, row := range got {
		out.Items = append(out.Items, as(row))
		last = row.ID()
	}
	next, done, err := l.advance(p, outcome{rows: len(got), last: last, total: -1})
	if err != nil {
		return out, fmt.Errorf("%s: %w", op, err)
	}
	if !done {
		out.Next = l.cursor(next)
	}
	return out, nil
}

// allChanges reads page after page.
func allChanges[T any](ctx context.Context, c *Client, op string, path []string, q Query, as func(ChangeRow) T, opts []CallOption) iter.Seq2[T, error] {
	q.OrderBy = slices.Clone(q.OrderBy)
	path, opts = slices.Clone(path), slices.Clone(opts)
	return func(yield func(T, error) bool) {
		if _, err := changeQuery(op, path, q); err != nil {
			var zero T
			yield(zero, err)
			return
		}
		left := q.Max
		for row, err := range rest.All(ctx, q.Prefetch, string(q.After), func(ctx context.Context, cursor string) ([]T, string, error) {
			page := q
			page.After = Cursor(cursor)
			p, err := listChanges(ctx, c, op, path, page, as, opts)
			return p.Items, string(p.Next), err
		}) {
			if !yield(row, err) || err != nil {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}
