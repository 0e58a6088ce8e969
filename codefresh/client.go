package codefresh

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

	"github.com/itsmkit/itsmkit/internal/rest"
)

// DefaultBaseURL is Codefresh as a service.
const DefaultBaseURL = "https://g.codefresh.io"

// Config says how to reach a Codefresh. Auth is needed, everything else has a
// default; a negative number means none.
type Config struct {
	// BaseURL is where Codefresh is reached; empty means [DefaultBaseURL]. A
	// slash or "/api" at the end does not matter. Addresses in answers are never
	// called with the key.
	BaseURL string
	// Auth authorises the requests; see [APIKey].
	Auth Auth
	// HTTPClient gives transport, cookie jar and redirect veto; nil means
	// http.DefaultTransport, looked up at each attempt. It is never changed.
	HTTPClient *http.Client
	// Limiter is asked before every attempt; a *rate.Limiter is one, and a
	// [RateLimiter] learns from what the service answers. The service limits
	// each key, by thresholds that it does not publish.
	Limiter Limiter
	// Concurrency is how many attempts may be in flight; default 4.
	Concurrency int
	// MaxRetries is how often one call is repeated; default 4.
	MaxRetries int
	// MaxBackoff is the longest wait before one repeat; default 30 s.
	MaxBackoff time.Duration
	// Timeout of one attempt, body included; default 60 s.
	Timeout time.Duration
	// Breaker is asked before every attempt; gobreaker's two-step one fits.
	Breaker Breaker
	// OnAttempt is called after every attempt, for metrics and traces.
	OnAttempt func(context.Context, Attempt)
	// Logger takes what is worth telling; nil is silent.
	Logger *slog.Logger
	// UserAgent names the program; the default names this library.
	UserAgent string
}

// Format prints the address only, whatever the verb.
func (c Config) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "codefresh.Config("+hostOf(c.BaseURL)+")")
}

// The shared building blocks of all clients of this module.
type (
	// Limiter admits attempts, as *rate.Limiter does. One that has
	// Observe(status int, header http.Header) as well learns from answers.
	Limiter = rest.Limiter
	// Breaker stops calls to a service that keeps failing.
	Breaker = rest.Breaker
	// Attempt is what Config.OnAttempt is told; it holds no secrets.
	Attempt = rest.Attempt
	// Response is what [Meta] reports about a call.
	Response = rest.Response
	// CallOption changes one call; see [Meta], [Timeout], [Header] and
	// [Idempotent].
	CallOption = rest.CallOption
)

// Client talks to one Codefresh with one key. It is safe for concurrent use.
type Client struct {
	// Builds are the runs of pipelines, which the API also calls workflows.
	Builds *BuildService
	// Annotations are keys and values at builds and other records.
	Annotations *AnnotationService
	// Pipelines say how to build.
	Pipelines *PipelineService
	// Projects group pipelines.
	Projects *ProjectService
	// Contexts are shared configuration and integrations, read only.
	Contexts *ContextService

	rest *rest.Client
	cfg  rest.Config // for the store of logs, which gets no key
}

// New checks the configuration and makes a client. It sends nothing, reads no
// environment and keeps no global state.
func New(cfg Config) (*Client, error) {
	if cfg.Auth.err != nil {
		return nil, fmt.Errorf("codefresh: Config.%w", cfg.Auth.err)
	}
	if cfg.Auth.key == nil {
		return nil, errors.New("codefresh: Config.Auth is not set; use APIKey or APIKeyFunc")
	}
	base := strings.TrimRight(cfg.BaseURL, "/")
	if base == "" {
		base = DefaultBaseURL
	}
	c := &Client{cfg: rest.Config{
		Service:     rest.Service{Name: "codefresh", Judge: judge, RequestID: "X-Request-ID", Wrap: wrap},
		BaseURL:     strings.TrimSuffix(base, "/api"),
		HTTPClient:  cfg.HTTPClient,
		Limiter:     cfg.Limiter,
		Concurrency: cfg.Concurrency,
		MaxRetries:  cfg.MaxRetries,
		MaxBackoff:  cfg.MaxBackoff,
		Timeout:     cfg.Timeout,
		Breaker:     cfg.Breaker,
		OnAttempt:   cfg.OnAttempt,
		Logger:      cfg.Logger,
		UserAgent:   cfg.UserAgent,
	}}
	withKey := c.cfg
	withKey.Credential = rest.Credential{Token: cfg.Auth.key}
	inner, err := rest.New(withKey)
	if err != nil {
		return nil, err
	}
	c.rest = inner
	c.Builds = &BuildService{c: c}
	c.Annotations = &AnnotationService{c: c}
	c.Pipelines = &PipelineService{c: c}
	c.Projects = &ProjectService{c: c}
	c.Contexts = &ContextService{c: c}
	return c, nil
}

// Format prints the address only, whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	if c == nil || c.rest == nil {
		_, _ = io.WriteString(s, "codefresh.Client(made without New)")
		return
	}
	_, _ = io.WriteString(s, "codefresh.Client("+hostOf(c.rest.BaseURL())+")")
}

// hostOf returns the host of an address without anything secret in it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "no address"
	}
	return u.Host
}
