package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
)

// request builds the call's request once for all attempts, without credentials.
func (r *run) request() (*retryablehttp.Request, error) {
	c, call := r.client, r.call
	if err := r.call.check(r.method); err != nil {
		return nil, err
	}
	address := c.root
	if call.Path != "" && call.Path[0] != '/' {
		address += "/"
	}
	address += call.Path
	query := call.RawQuery
	if query == "" {
		query = call.Query.Encode()
	}
	if query != "" {
		address += "?" + query
	}
	var body any // an untyped nil sends none, an empty []byte would be sent chunked
	if len(call.Body) > 0 {
		body = call.Body
	}
	req, err := retryablehttp.NewRequestWithContext(r.ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	h := req.Header
	h["User-Agent"] = []string{c.cfg.UserAgent}
	h["Accept"] = []string{"application/json"}
	h["Accept-Encoding"] = []string{"gzip"}
	if body != nil {
		h["Content-Type"] = []string{"application/json"}
	}
	for key, values := range call.Header {
		h[http.CanonicalHeaderKey(key)] = values
	}
	return req, nil
}

// check finds what is wrong with a call before anything is sent.
func (c *Call) check(method string) error {
	if c.Kind < Read || c.Kind > Act {
		return fmt.Errorf("Kind %d is not one of Read, Idempotent, Append and Act", c.Kind)
	}
	switch method {
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		if c.Kind == Read {
			return fmt.Errorf("Kind is Read but the method is %s, which writes", method)
		}
	}
	if u := c.Upload; u != nil && (len(c.Body) > 0 || u.Open == nil || u.Length < 0) {
		return errors.New("an Upload needs Open and a Length, and no Body beside it")
	}
	if c.RawQuery != "" && len(c.Query) > 0 {
		return errors.New("give Query or RawQuery, not both")
	}
	if strings.ContainsFunc(c.RawQuery, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }) {
		return errors.New("RawQuery is not escaped")
	}
	for key, values := range c.Header {
		if err := checkHeader(key, values...); err != nil {
			return err
		}
	}
	return checkPath(c.Path)
}

// checkHeader refuses what could end a header line. Its error names the header
// but never its value.
func checkHeader(key string, values ...string) error {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if key == "" || strings.Trim(key, token) != "" {
		return fmt.Errorf("%q is not a header name", key)
	}
	for _, v := range values {
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("header %s: the value holds a control character", key)
		}
	}
	return nil
}
