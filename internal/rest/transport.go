package rest

import (
	"context"
	"io"
	"maps"
	"net/http"
	"time"
)

// transport makes one attempt: authorise, send, read, judge. It stands between
// http.Client and the caller's transport and hides the latter's
// CloseIdleConnections, which the repeater would call after each failed call, to
// the harm of everyone else who shares the connections.
type transport struct{ client *Client }

// RoundTrip leaves the answer and the judgement in the run. What it returns to
// net/http is only as much as net/http needs: a redirect that it may follow,
// cookies, or an error.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	r := runOf(req.Context())
	ctx, cancel, watch := r.attempt(req.Context())
	handed := false
	defer func() {
		if !handed {
			cancel()
		}
	}()

	out, err := r.outgoing(req.WithContext(ctx))
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if err := r.attach(out, watch); err != nil {
		return nil, err
	}
	if !r.sent {
		r.sent = true
		r.attempts++
	}
	resp, err := t.client.transport().RoundTrip(out)
	if err != nil {
		if r.spoilt(err) {
			return nil, err
		}
		return nil, r.broken(ctx, err)
	}
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer func() {
		if !handed {
			_ = resp.Body.Close()
		}
	}()
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	r.now.Status = resp.StatusCode
	if t.client.observer != nil {
		t.client.observer.Observe(resp.StatusCode, resp.Header)
	}
	if r.follows() && isRedirect(resp) {
		_, _ = io.CopyN(io.Discard, resp.Body, smallestRead) // so that the connection can be used again
		return stub(resp, req, resp.StatusCode), nil
	}
	if r.hands(resp) {
		handed = true
		r.hand(ctx, cancel, watch, resp)
		return stub(resp, req, http.StatusOK), nil
	}
	r.receive(ctx, resp)
	return stub(resp, req, http.StatusOK), nil
}

// transport is looked up at every attempt, so that a test's mock works whether
// it was activated before or after New.
func (c *Client) transport() http.RoundTripper {
	if c.cfg.HTTPClient != nil && c.cfg.HTTPClient.Transport != nil {
		return c.cfg.HTTPClient.Transport
	}
	return http.DefaultTransport
}

// bounded gives an attempt its own deadline, which redirects share.
func (r *run) bounded(ctx context.Context, start time.Time) (context.Context, context.CancelFunc) {
	timeout := resolve(r.call.Timeout, r.client.cfg.Timeout)
	if timeout == 0 {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, start.Add(timeout))
}

// outgoing finishes the request, which is a copy already: the credential, for
// the base host only, and for a GET that acts a body that net/http cannot
// rewind. Without it net/http would send the GET a second time by itself when a
// kept-alive connection turns out to be closed.
func (r *run) outgoing(req *http.Request) (*http.Request, error) {
	if r.call.Kind == Act {
		req.GetBody = nil
		if req.Body == nil || req.Body == http.NoBody {
			req.Body = io.NopCloser(empty{})
		}
	}
	if r.client.tokens == nil || !r.client.isBase(req.URL) {
		return req, nil
	}
	value := r.fresh
	if value == "" {
		var err error
		if value, err = r.client.tokens.get(req.Context(), ""); err != nil {
			return nil, r.unauthorised(req.Context(), err)
		}
	}
	r.token, r.fresh = value, ""
	if value != "" {
		req.Header = maps.Clone(req.Header)
		req.Header[r.client.cfg.Credential.Header] = []string{value}
	}
	return req, nil
}

// empty is a body without bytes that net/http does not recognise as none.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }

// stub is the bodyless response for net/http.
func stub(resp *http.Response, req *http.Request, status int) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: resp.Header, Body: http.NoBody, Request: req,
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
