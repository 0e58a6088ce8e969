package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Client sends the calls of one service. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
}

// New checks the configuration and makes a client. It does no I/O and keeps no
// global state.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Service.Name, err)
	}
	return &Client{cfg: cfg.resolve(), base: base}, nil
}

// Format prints the service and its host only, whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "Client(%s, %s)", c.cfg.Service.Name, c.base.Host)
}

// BaseURL is where the client's paths begin, without a trailing slash.
func (c *Client) BaseURL() string { return c.base.String() }

// Do sends one call and returns its answer, or an error made from a *Failure.
func (c *Client) Do(ctx context.Context, call *Call) (*Answer, error) {
	if err := checkPath(call.Path); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", c.cfg.Service.Name, call.Op, err)
	}
	query := call.RawQuery
	if query == "" {
		query = call.Query.Encode()
	}
	u := c.base.String() + call.Path
	if query != "" {
		u += "?" + query
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, u, bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	for k, v := range call.Header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if call.Body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Credential.Token != nil {
		v, _, err := c.cfg.Credential.Token(ctx)
		if err != nil {
			return nil, c.fail(call, &Failure{Kind: ErrUnauthorized, Err: err})
		}
		req.Header.Set(c.cfg.Credential.Header, v)
	}
	hc := c.cfg.HTTPClient
	if hc == nil {
		hc = &http.Client{}
	}
	resp, err := hc.Do(req)
	if err != nil {
		return nil, c.fail(call, &Failure{Kind: ErrUnavailable, Err: err, Attempts: 1})
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.fail(call, &Failure{Kind: ErrTruncated, Err: err, Attempts: 1})
	}
	a := &Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, Attempts: 1, RequestID: resp.Header.Get(c.cfg.Service.RequestID)}
	call.meta.fill(a, 1)
	if f := c.cfg.Service.Judge(call, a); f != nil {
		f.Status, f.RequestID, f.Attempts, f.Body = a.Status, a.RequestID, 1, body[:min(len(body), MaxErrorBody)]
		return nil, c.fail(call, f)
	}
	if call.Decode != nil {
		if err := call.Decode(a); err != nil {
			return nil, c.fail(call, &Failure{Kind: ErrTruncated, Err: err, Status: a.Status, Attempts: 1})
		}
	}
	return a, nil
}

func (c *Client) fail(call *Call, f *Failure) error {
	f.Op, f.Method, f.Path, f.service = call.Op, call.Method, call.Path, c.cfg.Service.Name
	if c.cfg.Service.Wrap != nil {
		return c.cfg.Service.Wrap(f)
	}
	return f
}
