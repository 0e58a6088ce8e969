package servicenow

import (
	"fmt"
	"sync/atomic"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Client talks to one instance. Make it by [New]. It is safe for concurrent use
// and holds no connection of its own.
type Client struct {
	// IRE is the Identification and Reconciliation API.
	IRE *IREService
	// CMDB is the CMDB Instance and Meta APIs, and relations of CIs.
	CMDB *CMDBService
	// ImportSets is the Import Set API.
	ImportSets *ImportSetService

	// Attachments is the Attachment API.
	Attachments *AttachmentService
	// Changes is the Change Management API.
	Changes *ChangeService

	rest   *rest.Client
	config Config
	pace   *pace // learnt execution times of batch items

	batches atomic.Int64 // numbers batch_request_id
}

// New checks the configuration and makes a client. It sends nothing, reads no
// environment and keeps no global state.
func New(config Config) (*Client, error) {
	base, err := parseBase(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("servicenow: %w", err)
	}
	credential, err := config.Auth.credential(config, base)
	if err != nil {
		return nil, err
	}
	httpClient, concurrency := config.HTTPClient, config.Concurrency
	if config.Session {
		own, err := newSession(config, base)
		if err != nil {
			return nil, err
		}
		httpClient, concurrency = own.wrapped(), 1
	}
	engine, err := rest.New(rest.Config{
		Service: rest.Service{
			Name:      "servicenow",
			Judge:     judge,
			RequestID: "X-Transaction-ID",
			Wrap:      config.Auth.wrap,
		},
		BaseURL:     base,
		Credential:  credential,
		HTTPClient:  httpClient,
		Limiter:     config.Limiter,
		Concurrency: concurrency,
		MaxRetries:  config.MaxRetries,
		MaxBackoff:  config.MaxBackoff,
		Timeout:     config.Timeout,
		Breaker:     config.Breaker,
		OnAttempt:   config.OnAttempt,
		Logger:      config.Logger,
		UserAgent:   config.UserAgent,
	})
	if err != nil {
		return nil, err
	}
	config.BaseURL = base
	c := &Client{rest: engine, config: config, pace: newPace()}
	c.IRE = &IREService{c}
	c.Attachments = newAttachmentService(c)
	c.CMDB = &CMDBService{c}
	c.ImportSets = &ImportSetService{c}
	c.Changes = newChangeService(c)
	return c, nil
}

// BaseURL is the instance's address without a trailing slash.
func (c *Client) BaseURL() string { return c.config.BaseURL }

// Format prints the base URL and the scheme of authentication, never a secret,
// whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	if c == nil {
		_, _ = s.Write([]byte("servicenow.Client(nil)"))
		return
	}
	_, _ = fmt.Fprintf(s, "servicenow.Client{BaseURL: %s, Auth: %s}", c.config.BaseURL, c.config.Auth)
}
