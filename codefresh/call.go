package codefresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// do sends one call with its options.
func (c *Client) do(ctx context.Context, call *rest.Call, opts []CallOption) error {
	if c == nil || c.rest == nil {
		return errors.New("codefresh: the client was not made by New")
	}
	rest.Apply(call, opts...)
	_, err := c.rest.Do(ctx, call)
	return err
}

// get reads one record.
func (c *Client) get(ctx context.Context, op string, query url.Values, result any, opts []CallOption, elems ...string) error {
	path, err := rest.Path(append([]string{"api"}, elems...)...)
	if err != nil {
		return fmt.Errorf("codefresh: %s: %w", op, err)
	}
	return c.do(ctx, &rest.Call{Op: op, Path: path, Query: query, Decode: decodeInto(result)}, opts)
}

// send writes.
func (c *Client) send(ctx context.Context, op, method string, kind rest.Kind, query url.Values, body, result any, opts []CallOption, elems ...string) error {
	path, err := rest.Path(append([]string{"api"}, elems...)...)
	if err != nil {
		return fmt.Errorf("codefresh: %s: %w", op, err)
	}
	call := &rest.Call{Op: op, Method: method, Path: path, Query: query, Kind: kind}
	if body != nil {
		if call.Body, err = json.Marshal(body); err != nil {
			return fmt.Errorf("codefresh: %s: %w", op, err)
		}
	}
	if result != nil {
		call.Decode = decodeInto(result)
	}
	return c.do(ctx, call, opts)
}

// decodeInto reads a JSON answer into v.
func decodeInto(v any) func(*rest.Answer) error {
	return func(a *rest.Answer) error { return json.Unmarshal(a.Body, v) }
}

// Do sends any request, for endpoints that have no service of their own: same
// key, limits, retries and errors. path is below the base address and escaped
// already, "/api/clusters". body is marshalled as JSON unless nil, the answer
// decoded into result unless that is nil. A GET is repeated after faults, PUT
// and DELETE too, POST and PATCH only with [Idempotent]. A GET below
// "/pending-approval/" or "/rebuild/" acts, and is not repeated.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, result any, opts ...CallOption) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("codefresh: Do: path %q does not start with a slash", path)
	}
	if strings.ContainsAny(path, "?#") {
		return fmt.Errorf("codefresh: Do: path %q holds a query; give it as query", path)
	}
	call := &rest.Call{Op: "Do", Method: method, Path: path, Query: query, Kind: kindOf(method, path)}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("codefresh: Do: body: %w", err)
		}
		call.Body = data
	}
	if result != nil {
		call.Decode = func(a *rest.Answer) error {
			if a.Status == http.StatusNoContent { // there is no result
				return nil
			}
			return json.Unmarshal(a.Body, result)
		}
	}
	return c.do(ctx, call, opts)
}

// kindOf says how a call may be repeated.
func kindOf(method, path string) rest.Kind {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		if strings.Contains(path, "/pending-approval/") || strings.Contains(path, "/rebuild/") {
			return rest.Act
		}
		return rest.Read
	case http.MethodPut, http.MethodDelete:
		return rest.Idempotent
	}
	return rest.Append
}

// checkID refuses what cannot be a record's id: 24 hexadecimal digits.
func checkID(op, what, id string) error {
	if len(id) != 24 || strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) }) {
		return fmt.Errorf("codefresh: %s: the %s %q is not 24 hexadecimal digits", op, what, id)
	}
	return nil
}

// checkName refuses a name that is empty or has blanks around it or control
// characters in it.
func checkName(op, what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("codefresh: %s: the %s is empty", op, what)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("codefresh: %s: the %s %q has blanks around it or control characters in it", op, what, name)
	}
	return nil
}
