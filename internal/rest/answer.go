package rest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"time"
)

// receive reads the answer to its end and decides whether it is good.
func (r *run) receive(ctx context.Context, resp *http.Response) {
	body, err := r.read(resp)
	r.answer = r.client.answer(resp, body)
	if err == nil || resp.StatusCode >= 400 { // an error is one, be its text cut or not
		r.failure = r.judge()
	}
	switch {
	case r.failure != nil || err == nil:
	case r.ctx.Err() != nil:
		_ = r.broken(ctx, err)
		return
	case ctx.Err() != nil:
		r.failure = timedOut()
	default:
		r.failure = bodyFailure(err)
	}
	if r.failure != nil {
		r.failure.Status = resp.StatusCode
		r.complete(r.failure)
	}
}

// read returns the body, and an error's text without the credential, should the
// server echo it: such texts go into messages and logs.
func (r *run) read(resp *http.Response) ([]byte, error) {
	if r.method == http.MethodHead {
		return nil, nil
	}
	limit := r.call.MaxBody
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	body, err := r.client.bodies.read(resp, limit)
	if resp.StatusCode >= 300 {
		body = scrub(body, r.token)
	}
	return body, err
}

// judge asks the service, and about a good answer the call.
func (r *run) judge() *Failure {
	call := r.call
	if call.stream != nil { // whatever the stream was to be, this answer ought to be JSON
		copied := *call
		copied.Header = nil
		call = &copied
	}
	f := r.client.cfg.Service.Judge(call, r.answer)
	if f != nil || r.call.Decode == nil {
		return f
	}
	if err := r.call.Decode(r.answer); err != nil {
		return decodeFailure(err)
	}
	return nil
}

// complete fills in what a judgement left open.
func (r *run) complete(f *Failure) {
	a := r.answer
	if f.Kind == nil {
		f.Kind = kindOf(f.Status)
	}
	if !f.Final && !f.Transient && !f.NotTaken {
		f.NotTaken, f.Transient = repeatable(f.Status)
	}
	if f.RequestID == "" {
		f.RequestID = a.RequestID
	}
	if f.Body == nil {
		f.Body = bytes.Clone(a.Body[:min(len(a.Body), MaxErrorBody)])
	}
	if f.Status < 300 {
		f.Body, f.Message = scrub(f.Body, r.token), string(scrub([]byte(f.Message), r.token))
	}
	if f.Wait == 0 && f.Transient {
		f.Wait, _ = retryAfter(a.Header, errors.Is(f.Kind, ErrRateLimited), time.Now())
	}
	if f.Message == "" && errors.Is(f.Kind, ErrRedirect) {
		f.Message = r.client.pointsTo(a.Header.Get("Location"))
	}
	ambiguous := f.Status < 300 || f.Status >= 500 || f.Transient
	r.maybe = r.maybe || ambiguous && !f.NotTaken
}

// answer is what callers see of a response: never its cookies.
func (c *Client) answer(resp *http.Response, body []byte) *Answer {
	h := resp.Header
	if _, ok := h["Set-Cookie"]; ok {
		h = maps.Clone(h)
		delete(h, "Set-Cookie")
	}
	a := &Answer{Status: resp.StatusCode, Header: h, Body: body}
	if c.cfg.Service.RequestID != "" {
		a.RequestID = h.Get(c.cfg.Service.RequestID)
	}
	return a
}
