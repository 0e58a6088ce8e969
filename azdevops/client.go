package azdevops

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

// DefaultAPIVersion is the api-version of calls that have been released; those
// that exist as previews only are sent with the preview that belongs to it.
const DefaultAPIVersion = "7.1"

// Config says how to reach an organization. BaseURL and Auth are needed,
// everything else has a default; a negative number means none.
type Config struct {
	// BaseURL is the address of the organization, "https://dev.azure.com/acme"
	// or "https://acme.visualstudio.com", or of a server's collection,
	// "https://tfs.example.com/tfs/DefaultCollection". Its case is kept.
	BaseURL string
	// ReleaseURL is where classic releases are; empty means
	// "https://vsrm.dev.azure.com/acme" and its like for the service, and BaseURL
	// for a server.
	ReleaseURL string
	// Project is the default project, by name or id; see Client.InProject.
	Project string
	// APIVersion is sent with every call; empty means DefaultAPIVersion. Azure
	// DevOps Server 2022 knows 7.0 and 7.1.
	APIVersion string
	// APIVersions replaces the version of single areas, such as AreaComments,
	// where a server has another preview.
	APIVersions map[Area]string
	// Auth authorises the requests; see [PAT].
	Auth Auth
	// HTTPClient gives transport, cookie jar and redirect veto; nil means
	// http.DefaultTransport, looked up at each attempt. It is never changed.
	HTTPClient *http.Client
	// Limiter is asked before every attempt; a *rate.Limiter is one, and a
	// [RateLimiter] heeds what the service says. The service limits identities,
	// so clients of the same identity should share one.
	Limiter Limiter
	// Concurrency is how many attempts may be in flight; default 4.
	Concurrency int
	// MaxRetries is how often one call is repeated; default 4.
	MaxRetries int
	// MaxBackoff is the longest wait before one repeat; default 30 s.
	MaxBackoff time.Duration
	// Timeout of one attempt, body included; default 60 s. The service holds
	// requests of a throttled identity for up to 30 s.
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
	_, _ = io.WriteString(s, "azdevops.Config("+hostOf(c.BaseURL)+")")
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
	// CallOption changes one call; see [Meta], [Timeout], [Header], [Idempotent]
	// and [APIVersion].
	CallOption = rest.CallOption
)

// Client talks to one organization or collection. It is safe for concurrent
// use.
type Client struct {
	// Projects are the organization's projects.
	Projects *ProjectService
	// WorkItems are bugs, tasks, stories and their like.
	WorkItems *WorkItemService
	// Builds are runs of pipelines, of whatever kind.
	Builds *BuildService
	// Pipelines are YAML pipelines and their runs.
	Pipelines *PipelineService
	// Approvals are what environments want before a stage may run.
	Approvals *ApprovalService
	// Checks are what has to be so before a stage may use a resource.
	Checks *CheckService
	// Releases are classic releases.
	Releases *ReleaseService
	// Hooks are service hooks: who is told of events.
	Hooks *HookService

	core     *rest.Client
	release  *rest.Client
	project  string
	version  string
	versions map[Area]string
	turns    *rest.Turns
}

// New checks the configuration and makes a client. It sends nothing, reads no
// environment and keeps no global state.
func New(cfg Config) (*Client, error) {
	if cfg.Auth.err != nil {
		return nil, fmt.Errorf("azdevops: Config.%w", cfg.Auth.err)
	}
	if cfg.Auth.value == nil {
		return nil, errors.New("azdevops: Config.Auth is not set; use PAT, TokenSource or JobToken")
	}
	if cfg.APIVersion == "" {
		cfg.APIVersion = DefaultAPIVersion
	}
	if err := checkVersion("Config.APIVersion", cfg.APIVersion); err != nil {
		return nil, err
	}
	versions := map[Area]string{}
	for area, version := range cfg.APIVersions {
		if err := checkVersion(fmt.Sprintf("Config.APIVersions[%q]", string(area)), version); err != nil {
			return nil, err
		}
		versions[area] = version
	}
	if cfg.Project != "" {
		if err := checkName("New", "Config.Project", cfg.Project); err != nil {
			return nil, err
		}
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	if cfg.ReleaseURL == "" {
		cfg.ReleaseURL = releaseURL(cfg.BaseURL)
	}
	c := &Client{project: cfg.Project, version: cfg.APIVersion, versions: versions, turns: &rest.Turns{}}
	var err error
	if c.core, err = newRest(cfg, cfg.BaseURL); err != nil {
		return nil, err
	}
	c.release = c.core
	if cfg.ReleaseURL != cfg.BaseURL {
		if c.release, err = newRest(cfg, strings.TrimRight(cfg.ReleaseURL, "/")); err != nil {
			return nil, fmt.Errorf("azdevops: Config.ReleaseURL: %w", err)
		}
	}
	c.services()
	return c, nil
}

func newRest(cfg Config, base string) (*rest.Client, error) {
	return rest.New(rest.Config{
		Service:     rest.Service{Name: "azdevops", Judge: judge, RequestID: "ActivityId", Wrap: wrap},
		BaseURL:     base,
		Credential:  rest.Credential{Token: cfg.Auth.value},
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
	})
}

// services hangs the services onto a client.
func (c *Client) services() {
	c.Projects = &ProjectService{c: c}
	c.WorkItems = &WorkItemService{c: c, turns: c.turns}
	c.Builds = &BuildService{c: c}
	c.Pipelines = &PipelineService{c: c}
	c.Approvals = &ApprovalService{c: c}
	c.Checks = &CheckService{c: c}
	c.Releases = &ReleaseService{c: c}
	c.Hooks = &HookService{c: c}
}

// InProject returns a client whose default project is another one, by name or
// id. It shares everything else with this one.
func (c *Client) InProject(project string) (*Client, error) {
	if c == nil || c.core == nil {
		return nil, errNotMade
	}
	if err := checkName("InProject", "project", project); err != nil {
		return nil, err
	}
	other := *c
	other.project = project
	other.services()
	return &other, nil
}

var errNotMade = errors.New("azdevops: the client was not made by New")

// releaseURL is where the service keeps classic releases. Only its own hosts are
// known to split; a server has one address.
func releaseURL(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	switch host := strings.ToLower(u.Host); {
	case host == "dev.azure.com":
		u.Host = "vsrm.dev.azure.com"
	case strings.HasSuffix(host, ".visualstudio.com") && strings.Count(host, ".") == 2:
		name, _, _ := strings.Cut(u.Host, ".")
		u.Host = name + ".vsrm.visualstudio.com"
	default:
		return base
	}
	return u.String()
}

// Format prints the address only, whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	if c == nil || c.core == nil {
		_, _ = io.WriteString(s, "azdevops.Client(made without New)")
		return
	}
	_, _ = io.WriteString(s, "azdevops.Client("+hostOf(c.core.BaseURL())+")")
}

// hostOf returns the host of an address without anything secret in it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "no address"
	}
	return u.Host
}
