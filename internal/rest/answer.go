package rest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"time"
)

// judge reads the answer to its end and decides whether it is good.
func (r *run) judge(ctx context.Context, resp *http.Response) {
	limit := r.call.MaxBody
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	var body []byte
	var err error
	if r.method != http.MethodHead {
		body, err = r.client.bodies.read(resp, limit)
	}
	if resp.StatusCode >= 300 { // an error's text goes into messages and logs
		body = scrub(body, r.token)
	}
	r.answer = r.client.answer(resp, body)
	var f *Failure
	if err == nil || resp.StatusCode >= 400 { // an error is one, be its text cut or not
		f = r.client.cfg.Service.Judge(r.call, r.answer)
	}
	switch {
	case f != nil:
	case err != nil && r.ctx.Err() != nil:
		r.maybe = true
		r.interrupt(contextError(r.ctx))
		return
	case err != nil && ctx.Err() != nil:
		f = timedOut()
	case err != nil:
		f = bodyFailure(err)
	case r.call.Decode != nil:
		if err := r.call.Decode(r.answer); err != nil {
			f = decodeFailure(err)
		}
	}
	r.failure = f
	if f == nil {
		return
	}
	f.Status = resp.StatusCode
	r.complete(f)
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
