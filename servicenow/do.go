package servicenow

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

// Do reaches any endpoint of the instance with the same authentication, limits,
// retries and errors as every other call. path is below the base URL and
// escaped already ("/api/now/table/incident"); query and payload may be nil.
// payload is a struct, a map, or anything that encodes to JSON; json.RawMessage
// is sent as it is. result, if not nil, is decoded from the whole answer, with
// its "result" member and all.
//
// GET and HEAD count as reads; PUT, DELETE and a PATCH without journal entry as
// repeatable; everything else is repeated only when provably not taken, unless
// [Idempotent] is given.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, payload, result any, opts ...CallOption) error {
	call, err := anyCall(method, path, query, payload, opts)
	if err != nil {
		return err
	}
	if result != nil {
		call.Decode = func(a *rest.Answer) error {
			if len(a.Body) == 0 && a.Status == http.StatusNoContent {
				return nil
			}
			if err := json.Unmarshal(a.Body, result); err != nil {
				if mistyped(err) {
					return &rest.Failure{Kind: ErrInvalid, Final: true, Err: err}
				}
				return err
			}
			return nil
		}
	}
	_, err = c.rest.Do(ctx, call)
	return err
}

var methods = map[string]rest.Kind{
	http.MethodGet: rest.Read, http.MethodHead: rest.Read,
	http.MethodPut: rest.Idempotent, http.MethodDelete: rest.Idempotent, http.MethodPatch: rest.Idempotent,
	http.MethodPost: rest.Append,
}

func anyCall(method, path string, query url.Values, payload any, opts []CallOption) (*rest.Call, error) {
	kind, ok := methods[method]
	if !ok {
		return nil, fmt.Errorf("servicenow: Do: method %q is not one of GET, HEAD, POST, PUT, PATCH, DELETE", method)
	}
	if !strings.HasPrefix(path, "/") || len(path) < 2 {
		return nil, fmt.Errorf("servicenow: Do: path %q must begin with a slash, such as /api/now/table/incident", path)
	}
	if strings.ContainsAny(path, "?#") {
		return nil, errors.New("servicenow: Do: the path holds a query: pass it as query")
	}
	call := &rest.Call{Op: method + " " + path, Method: method, Path: path, Query: query, Kind: kind}
	if payload != nil {
		data, err := json.Marshal(payload)
		if err != nil {
			return nil, fmt.Errorf("servicenow: Do: payload: %w", err)
		}
		call.Body = data
		if b, err := (body{data: data}).inspect(); err == nil && b.journal {
			call.Kind = max(call.Kind, rest.Append)
		}
	}
	rest.Apply(call, opts...)
	return call, nil
}
