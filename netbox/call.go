package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// maxTarget is the longest request target sent, path and query, in bytes.
// gunicorn, which serves NetBox, refuses request lines over 4,094 bytes.
const maxTarget = 4000

// maxRequestBody is the longest body sent; NetBox's reference nginx refuses
// bodies over 25 MB.
const maxRequestBody = 25_000_000

// do sends one call with its options.
func (c *Client) do(ctx context.Context, call *rest.Call, opts []CallOption) error {
	if c == nil || c.rest == nil {
		return errNoClient
	}
	rest.Apply(call, opts...)
	if err := takeNote(call); err != nil {
		return err
	}
	if isWrite(call.Method) {
		for _, name := range [...]string{"fields", "omit", "brief"} {
			if call.Query.Has(name) {
				return fmt.Errorf("netbox: %s: %q on a write makes NetBox drop what is not named; leave it out", call.Op, name)
			}
		}
	}
	if n := len(c.path) + len(call.Path) + 1 + len(call.Query.Encode()); n > maxTarget {
		return fmt.Errorf("netbox: %s: the request line would have %d bytes, and NetBox takes %d; filter by fewer values at once (only ID lists are split)", call.Op, n, maxTarget)
	}
	if len(call.Body) > maxRequestBody {
		return fmt.Errorf("netbox: %s: the body has %d bytes, and NetBox's front end takes %d; send fewer objects at once", call.Op, len(call.Body), maxRequestBody)
	}
	token := c.auth.last()
	_, err := c.rest.Do(ctx, call)
	if refused := c.auth.last(); token == "" {
		token = refused
	}
	// NetBox refuses a token with 403, before it looks at the request.
	if errors.Is(err, ErrUnauthorized) && c.auth.renew(ctx, token) {
		_, err = c.rest.Do(ctx, call)
	}
	return err
}

// decodeInto reads a JSON answer into v.
func decodeInto(v any) func(*rest.Answer) error {
	return func(a *rest.Answer) error { return json.Unmarshal(a.Body, v) }
}

// Do sends any request, for endpoints that have no typed service: same
// credentials, limits, retries and errors. path is below the base address,
// "/api/ipam/prefixes/5/available-ips/"; a missing slash at its end is added,
// because NetBox refuses writes without it. body is marshalled as JSON unless
// nil, the answer decoded into result unless that is nil. A GET is repeated
// after faults, PUT and DELETE too, POST and PATCH only with [Idempotent].
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, result any, opts ...CallOption) error {
	if !strings.HasPrefix(path, "/api/") {
		return fmt.Errorf("netbox: Do: path %q does not start with /api/", path)
	}
	if strings.ContainsAny(path, "?#") {
		return fmt.Errorf("netbox: Do: path %q holds a query; give it as query", path)
	}
	if !strings.HasSuffix(path, "/") {
		path += "/"
	}
	call := &rest.Call{Op: "Do", Method: method, Path: path, Query: query, Kind: kindOf(method)}
	if method == http.MethodPatch {
		call.Kind = rest.Append
	}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("netbox: Do: body: %w", err)
		}
		call.Body = data
	}
	if result != nil {
		call.Decode = func(a *rest.Answer) error {
			if a.Status == http.StatusNoContent { // of a delete: there is no result
				return nil
			}
			return json.Unmarshal(a.Body, result)
		}
	}
	return c.do(ctx, call, opts)
}

// kindOf says how calls of a method may be repeated. A PATCH of this package
// carries absolute values.
func kindOf(method string) rest.Kind {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		return rest.Read
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		return rest.Idempotent
	}
	return rest.Append
}
