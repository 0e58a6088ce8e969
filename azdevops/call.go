package azdevops

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Idempotent promises that a call may be sent twice without harm, so that it
// is repeated after a fault that leaves its outcome open.
func Idempotent() CallOption { return rest.AsIdempotent() }

// Meta fills r with what is known about the call's last answer. r must not be
// read before the call, or the loop over All, has ended.
func Meta(r *Response) CallOption { return rest.Meta(r) }

// Timeout bounds each attempt of one call, body included; negative means none.
func Timeout(d time.Duration) CallOption { return rest.Timeout(d) }

// Header sends one more header.
func Header(key, value string) CallOption { return rest.Header(key, value) }

// request is one call on its way to the wire.
type request struct {
	op      string
	method  string // "" is GET
	kind    rest.Kind
	release bool // below the address of classic releases
	project bool // below the client's project, which is needed
	within  bool // below the client's project, where there is one
	area    Area // decides the api-version
	path    []string
	query   url.Values
	body    any    // marshalled as JSON; []byte is sent as it is
	media   string // "" is application/json
	result  any    // decoded into; nil leaves the answer's body
	empty   bool   // an answer without content is no result, and no failure
	header  http.Header
	landed  func(context.Context) (*rest.Answer, bool, error)
	// check judges the decoded result further; an error is that of the attempt.
	check func() error
}

// do sends a request.
func (c *Client) do(ctx context.Context, q request, opts []CallOption) error {
	call, err := c.call(q)
	if err != nil {
		return err
	}
	rest.Apply(call, opts...)
	_, err = c.at(q).Do(ctx, call)
	return err
}

// at is the address that the request goes to.
func (c *Client) at(q request) *rest.Client {
	if q.release {
		return c.release
	}
	return c.core
}

// call makes the wire's form of a request.
func (c *Client) call(q request) (*rest.Call, error) {
	if c == nil || c.core == nil {
		return nil, errNotMade
	}
	var elems []string
	switch {
	case c.project != "" && (q.project || q.within):
		elems = append(elems, c.project)
	case q.project:
		return nil, fmt.Errorf("azdevops: %s: this call needs a project; set Config.Project or use Client.InProject", q.op)
	}
	path, err := rest.Path(append(elems, q.path...)...)
	if err != nil {
		return nil, fmt.Errorf("azdevops: %s: %w", q.op, err)
	}
	query := maps.Clone(q.query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("api-version", c.versionOf(q.area))
	call := &rest.Call{
		Op: q.op, Method: q.method, Path: path, Query: query, Kind: q.kind, Landed: q.landed,
		Header: http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}, "Accept": {"application/json"}},
	}
	maps.Copy(call.Header, q.header)
	if err := q.fill(call); err != nil {
		return nil, err
	}
	if q.result != nil {
		call.Decode = func(a *rest.Answer) error {
			if a.Status == http.StatusNoContent && (q.empty || q.op == "Do") { // there is no result
				return nil
			}
			if err := json.Unmarshal(withoutBOM(a.Body), q.result); err != nil {
				return err
			}
			if q.check != nil {
				return q.check()
			}
			return nil
		}
	}
	return call, nil
}

// fill puts the body in.
func (q request) fill(call *rest.Call) error {
	switch body := q.body.(type) {
	case nil:
		return nil
	case []byte:
		call.Body = body
	default:
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("azdevops: %s: the body: %w", q.op, err)
		}
		call.Body = data
	}
	if q.media != "" {
		call.Header.Set("Content-Type", q.media)
	}
	return nil
}

// Do sends any request, for endpoints that have no service of their own: same
// token, limits, retries and errors. path is below the base address and escaped
// already, with the project where the endpoint has one:
// "/Fabrikam/_apis/git/repositories". The client's api-version is sent unless
// query holds one. body is marshalled as JSON unless nil, the answer decoded into
// result unless that is nil. A GET is repeated after faults, PUT and DELETE too,
// POST and PATCH only with [Idempotent].
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, result any, opts ...CallOption) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("azdevops: Do: path %q does not start with a slash", path)
	}
	if strings.ContainsAny(path, "?#") {
		return fmt.Errorf("azdevops: Do: path %q holds a query; give it as query", path)
	}
	version := query.Get("api-version")
	call, err := c.call(request{op: "Do", method: method, kind: kindOf(method), query: query, body: body, result: result, path: []string{"_apis"}})
	if err != nil {
		return err
	}
	call.Path = path
	if version != "" {
		call.Query.Set("api-version", version)
	}
	rest.Apply(call, opts...)
	_, err = c.core.Do(ctx, call)
	return err
}

// kindOf says how a call may be repeated.
func kindOf(method string) rest.Kind {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		return rest.Read
	case http.MethodPut, http.MethodDelete:
		return rest.Idempotent
	}
	return rest.Append
}

// checkName refuses a name that is empty or holds what no name of the product
// holds.
func checkName(op, what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("azdevops: %s: the %s is empty", op, what)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("azdevops: %s: the %s %q has blanks around it or control characters in it", op, what, name)
	}
	return nil
}

// checkID refuses ids that no record has.
func checkID(op, what string, id int) error {
	if id <= 0 {
		return fmt.Errorf("azdevops: %s: the %s is %d; ids are above 0", op, what, id)
	}
	return nil
}

// Cursor is a place in a list, for a query's After; "" is the beginning and,
// in a page, the end. Its form is the service's own.
type Cursor string

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Total int    // records that the service counts; -1 where it does not
	Next  Cursor // "" after the last page
}

// continuation reads where the next page begins, from an answer's header.
func continuation(meta Response) Cursor { return Cursor(meta.Header.Get("X-Ms-Continuationtoken")) }
