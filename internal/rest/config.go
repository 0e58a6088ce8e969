package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What zero in a Config means.
const (
	DefaultConcurrency = 4
	DefaultMaxRetries  = 4
	DefaultMaxBackoff  = 30 * time.Second
	DefaultTimeout     = 60 * time.Second
	DefaultMaxBody     = 64 << 20
)

// Config holds the fields that every client's Config has in common. Zero means
// the documented default, negative means none.
type Config struct {
	Service    Service
	BaseURL    string // absolute, http or https, without user, query or fragment
	Credential Credential
	// HTTPClient gives transport, cookie jar and redirect veto; it is never
	// changed, and its transport is looked up at each attempt. Nil means
	// http.DefaultTransport, looked up likewise.
	HTTPClient  *http.Client
	Limiter     Limiter       // asked before every attempt; nil admits all
	Concurrency int           // attempts in flight at once
	MaxRetries  int           // repeats of one call
	MaxBackoff  time.Duration // the longest wait before one repeat; negative: an hour
	Timeout     time.Duration // one attempt, body included
	Breaker     Breaker       // asked before every attempt; nil admits all
	OnAttempt   func(context.Context, Attempt)
	Logger      *slog.Logger // silent when nil
	UserAgent   string
	// Jitter picks a wait between zero and its argument; nil picks at random.
	Jitter func(time.Duration) time.Duration
}

// Limiter admits attempts; *rate.Limiter is one. A limiter that has
// Observe(status int, header http.Header) as well learns from every answer, and
// clients that share it share its pauses.
type Limiter interface {
	Wait(ctx context.Context) error
}

type observer interface {
	Observe(status int, header http.Header)
}

// Breaker stops calls to a service that keeps failing; gobreaker's two-step
// circuit breaker is one. done is called once with the attempt's error, nil
// when the service answered, be it with a refusal.
type Breaker interface {
	Allow() (done func(error), err error)
}

// Credential answers, per attempt, what the authorisation header holds. The
// zero value sends none.
type Credential struct {
	Header string // "" is Authorization
	// Token returns the whole header value and when it ends. A zero expiry asks
	// again at every attempt; otherwise the value is kept until shortly before.
	// After a 401 it is asked once more, with a context for which Forced is
	// true. Calls to it never overlap.
	Token func(ctx context.Context) (value string, expiry time.Time, err error)
}

// Format prints no secret, whatever the verb.
func (c Credential) Format(s fmt.State, _ rune) {
	if c.Token == nil {
		_, _ = io.WriteString(s, "Credential(none)")
		return
	}
	_, _ = io.WriteString(s, "Credential(redacted)")
}

// Format prints the service and its host only, whatever the verb.
func (c Config) Format(s fmt.State, _ rune) {
	host := "invalid URL"
	if u, err := url.Parse(c.BaseURL); err == nil {
		host = u.Host
	}
	_, _ = fmt.Fprintf(s, "Config(%s, %s)", c.Service.Name, host)
}

// resolve replaces zeros by defaults and negatives by zeros.
func (c Config) resolve() Config {
	c.Concurrency = resolve(c.Concurrency, DefaultConcurrency)
	c.MaxRetries = resolve(c.MaxRetries, DefaultMaxRetries)
	c.MaxBackoff = resolve(c.MaxBackoff, DefaultMaxBackoff)
	if c.MaxBackoff == 0 {
		c.MaxBackoff = longestPause
	}
	if c.Jitter == nil {
		c.Jitter = fullJitter
	}
	timeout := DefaultTimeout
	if c.HTTPClient != nil && c.HTTPClient.Timeout > 0 {
		timeout = c.HTTPClient.Timeout
	}
	c.Timeout = resolve(c.Timeout, timeout)
	if c.UserAgent == "" {
		c.UserAgent = "itsmkit (+https://github.com/itsmkit/itsmkit)"
	}
	if c.Credential.Header == "" {
		c.Credential.Header = "Authorization"
	}
	c.Credential.Header = http.CanonicalHeaderKey(c.Credential.Header)
	if c.Service.Judge == nil {
		c.Service.Judge = JudgeStatus
	}
	return c
}

func resolve[T ~int | ~int64](v, zero T) T {
	if v == 0 {
		return zero
	}
	return max(v, 0)
}

// parseBase checks a base URL and cuts its trailing slash.
func parseBase(raw string) (*url.URL, error) {
	if strings.TrimSpace(raw) == "" {
		return nil, errors.New(`BaseURL is empty; give the full URL, such as "https://host"`)
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The parser's error quotes the URL, and with it a password.
		return nil, errors.New(`BaseURL is not a URL; give it in full, such as "https://host"`)
	}
	switch {
	case u.User != nil:
		return nil, errors.New("BaseURL holds a user or password; give credentials apart")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New(`BaseURL must start with "https://" or "http://"`)
	case u.Hostname() == "":
		return nil, errors.New(`BaseURL names no host; give it in full, such as "https://host"`)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("BaseURL holds a query or fragment; give the address only")
	}
	base := &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: u.Path, RawPath: u.RawPath}
	text := strings.TrimRight(base.String(), "/")
	return url.Parse(text)
}
