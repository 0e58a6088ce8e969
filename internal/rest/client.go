package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Client sends the calls of one service. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	root string // base as text, without a trailing slash

	http     *http.Client
	tokens   *tokens  // nil when anonymous
	observer observer // the limiter, where it learns from answers
	slots    slots
	pause    pause
	budget   budget
	bodies   bodies
}

// New checks the configuration and makes a client. It does no I/O and keeps no
// global state.
func New(cfg Config) (*Client, error) {
	if cfg.Service.Name == "" {
		return nil, errors.New("rest: Service.Name is empty; name the service")
	}
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Service.Name, err)
	}
	cfg = cfg.resolve()
	if err := checkHeader(cfg.Credential.Header, cfg.UserAgent); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Service.Name, err)
	}
	c := &Client{cfg: cfg, base: base, root: base.String(), slots: newSlots(cfg.Concurrency)}
	c.http = &http.Client{Transport: transport{c}, CheckRedirect: c.checkRedirect}
	if cfg.HTTPClient != nil {
		c.http.Jar = cfg.HTTPClient.Jar
	}
	if cfg.Credential.Token != nil {
		c.tokens = &tokens{fetch: cfg.Credential.Token}
	}
	c.observer, _ = cfg.Limiter.(observer)
	return c, nil
}

// Format prints the service and its host only, whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "Client(%s, %s)", c.cfg.Service.Name, c.base.Host)
}

// BaseURL is where the client's paths begin, without a trailing slash.
func (c *Client) BaseURL() string { return c.root }

// Do sends one call and returns its answer, or an error that the service's Wrap
// made from a *Failure. Bad input fails before anything is sent.
func (c *Client) Do(ctx context.Context, call *Call) (*Answer, error) {
	if ctx == nil || call == nil {
		return nil, fmt.Errorf("%s: the context and the call must not be nil", c.cfg.Service.Name)
	}
	r := &run{client: c, call: call, method: call.Method}
	if r.method == "" {
		r.method = http.MethodGet
	}
	r.ctx = context.WithValue(ctx, runKey{}, r)
	req, err := r.request()
	if err != nil {
		return nil, c.wrap(r.finish(&Failure{Kind: ErrInvalid, Err: bare(err), NotTaken: true, Final: true}))
	}
	answer, f := r.do(req)
	if f != nil {
		answer, f = r.landed(f)
	}
	call.meta.fill(r.answer, r.attempts)
	if f != nil {
		return nil, c.wrap(r.finish(f))
	}
	answer.Attempts = r.attempts
	return answer, nil
}

func (c *Client) wrap(f *Failure) error {
	if c.cfg.Service.Wrap != nil {
		return c.cfg.Service.Wrap(f)
	}
	return f
}
