package netbox

import (
	"context"
	"net/http"
	"net/url"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// When the answer to a conditional write is lost, its repeat meets an ETag that
// the first attempt itself has changed, and NetBox refuses it with 412. The
// object is then read again: if every field that was sent is in it, the write
// has succeeded.

// landed makes the question that the engine asks after such a refusal.
func (c *Client) landed(call *rest.Call) func(context.Context) (*rest.Answer, bool, error) {
	sent, err := topLevel(call.Body)
	if err != nil || len(sent) == 0 || call.Header.Get("If-Match") == "" {
		return nil
	}
	decode, body := call.Decode, call.Body
	op, path := call.Op, call.Path
	return func(ctx context.Context) (*rest.Answer, bool, error) {
		ours := false
		read := &rest.Call{Op: op, Method: http.MethodGet, Path: path, Query: url.Values{}, Decode: func(a *rest.Answer) error {
			if ours = holds(a.Body, body); ours && decode != nil {
				return decode(a)
			}
			return nil
		}}
		answer, err := c.rest.Do(ctx, read)
		return answer, ours, err
	}
}

// holds reports whether an object as read has every field as it was sent.
func holds(stored, sent []byte) bool {
	have, err1 := decodeFields(stored)
	want, err2 := decodeFields(sent)
	return err1 == nil && err2 == nil && len(diff(have, want, nil)) == 0
}
