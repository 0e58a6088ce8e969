package netbox

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Config says how to reach a NetBox. BaseURL and Auth are needed, everything
// else has a default; a negative number means none.
type Config struct {
	// BaseURL is where NetBox is reached, "https://netbox.example.com", with the
	// path that it is served under, if any. A trailing slash or "/api" at the
	// end does not matter. Addresses in answers are never followed.
	BaseURL string
	// Auth authorises the requests; see [Token].
	Auth Auth
	// HTTPClient gives transport, cookie jar and redirect veto; nil means
	// http.DefaultTransport, looked up at each attempt. It is never changed.
	HTTPClient *http.Client
	// Limiter is asked before every attempt; a *rate.Limiter is one. NetBox has
	// no rate limit of its own, proxies in front of it may.
	Limiter Limiter
	// Concurrency is how many attempts may be in flight; default 4. A NetBox
	// serves every request with one worker and one database connection.
	Concurrency int
	// MaxRetries is how often one call is repeated; default 4.
	MaxRetries int
	// MaxBackoff is the longest wait before one repeat; default 30 s.
	MaxBackoff time.Duration
	// Timeout of one attempt, body included; default 60 s. NetBox itself gives
	// up after 120 s where it is installed by the book.
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
	_, _ = io.WriteString(s, "netbox.Config("+hostOf(c.BaseURL)+")")
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
	// CallOption changes one call; see [Meta], [Timeout], [Header],
	// [Idempotent], [IfMatch], [IfUnchangedSince] and [Only].
	CallOption = rest.CallOption
)

// Client talks to one NetBox of any release from 3.7 to 4.7. Its services are
// grouped as NetBox's own API is. A Client is safe for concurrent use.
type Client struct {
	// DCIM holds sites, racks, devices and what describes them.
	DCIM DCIM
	// Tenancy holds tenants and contacts, and their groups.
	Tenancy Tenancy
	// Extras holds tags, custom fields and their choice sets, journal entries
	// and config contexts.
	Extras Extras
	// IPAM holds prefixes, addresses, VLANs and services.
	IPAM IPAM
	// Virtualization holds clusters and virtual machines.
	Virtualization Virtualization
	// Core holds object types, the change log, jobs and data sources.
	Core Core
	// Users holds users and their tokens.
	Users Users

	rest *rest.Client
	auth *source
	path string // the part of the address that the request line repeats

	version  atomic.Uint64 // packed Version, 0 unknown
	noCursor atomic.Bool   // a server was seen to ignore start=
}

// DCIM is the dcim part of the API.
type DCIM struct {
	Regions       *Resource[Region]
	SiteGroups    *Resource[SiteGroup]
	Sites         *Resource[Site]
	Locations     *Resource[Location]
	Racks         *Resource[Rack]
	Manufacturers *Resource[Manufacturer]
	DeviceTypes   *Resource[DeviceType]
	DeviceRoles   *Resource[DeviceRole]
	Platforms     *Resource[Platform]
	Devices       *Resource[Device]

	Interfaces     *Resource[Interface]
	MACAddresses   *Resource[MACAddress] // since 4.2
	Cables         *Resource[Cable]
	RackRoles      *Resource[RackRole]
	ModuleTypes    *Resource[ModuleType]
	InventoryItems *Resource[InventoryItem]
	VirtualChassis *Resource[VirtualChassis]
	PowerPanels    *Resource[PowerPanel]
	PowerFeeds     *Resource[PowerFeed]
}

// Tenancy is the tenancy part of the API.
type Tenancy struct {
	TenantGroups *Resource[TenantGroup]
	Tenants      *Resource[Tenant]

	ContactGroups      *Resource[ContactGroup]
	ContactRoles       *Resource[ContactRole]
	Contacts           *Resource[Contact]
	ContactAssignments *Resource[ContactAssignment]
}

// Extras is the extras part of the API.
type Extras struct {
	Tags         *Resource[Tag]
	CustomFields *Resource[CustomField]
	ChoiceSets   *Resource[ChoiceSet]
	Webhooks     *Resource[Webhook]
	EventRules   *Resource[EventRule]

	JournalEntries *Resource[JournalEntry]
	ConfigContexts *Resource[ConfigContext]
}

// New checks the configuration and makes a client. It sends nothing, reads no
// environment and keeps no global state.
func New(cfg Config) (*Client, error) {
	if cfg.Auth.err != nil {
		return nil, fmt.Errorf("netbox: Config.%w", cfg.Auth.err)
	}
	c := &Client{auth: cfg.Auth.source}
	base := strings.TrimRight(cfg.BaseURL, "/")
	base = strings.TrimSuffix(base, "/api")
	inner, err := rest.New(rest.Config{
		Service: rest.Service{
			Name:      "netbox",
			Judge:     c.judge,
			RequestID: "X-Request-ID",
			Wrap:      wrap,
		},
		BaseURL:     base,
		Credential:  cfg.Auth.credential(),
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
	if err != nil {
		return nil, err
	}
	c.rest = inner
	c.path = pathOf(inner.BaseURL())
	c.DCIM = DCIM{
		Regions:       newResource[Region](c, regionSpec),
		SiteGroups:    newResource[SiteGroup](c, siteGroupSpec),
		Sites:         newResource[Site](c, siteSpec),
		Locations:     newResource[Location](c, locationSpec),
		Racks:         newResource[Rack](c, rackSpec),
		Manufacturers: newResource[Manufacturer](c, manufacturerSpec),
		DeviceTypes:   newResource[DeviceType](c, deviceTypeSpec),
		DeviceRoles:   newResource[DeviceRole](c, deviceRoleSpec),
		Platforms:     newResource[Platform](c, platformSpec),
		Devices:       newResource[Device](c, deviceSpec),

		Interfaces:     newResource[Interface](c, interfaceSpec),
		MACAddresses:   newResource[MACAddress](c, macAddressSpec),
		Cables:         newResource[Cable](c, cableSpec),
		RackRoles:      newResource[RackRole](c, rackRoleSpec),
		ModuleTypes:    newResource[ModuleType](c, moduleTypeSpec),
		InventoryItems: newResource[InventoryItem](c, inventoryItemSpec),
		VirtualChassis: newResource[VirtualChassis](c, virtualChassisSpec),
		PowerPanels:    newResource[PowerPanel](c, powerPanelSpec),
		PowerFeeds:     newResource[PowerFeed](c, powerFeedSpec),
	}
	c.Tenancy = Tenancy{
		TenantGroups: newResource[TenantGroup](c, tenantGroupSpec),
		Tenants:      newResource[Tenant](c, tenantSpec),

		ContactGroups:      newResource[ContactGroup](c, contactGroupSpec),
		ContactRoles:       newResource[ContactRole](c, contactRoleSpec),
		Contacts:           newResource[Contact](c, contactSpec),
		ContactAssignments: newResource[ContactAssignment](c, contactAssignmentSpec),
	}
	c.Extras = Extras{
		Tags:         newResource[Tag](c, tagSpec),
		CustomFields: newResource[CustomField](c, customFieldSpec),
		ChoiceSets:   newResource[ChoiceSet](c, choiceSetSpec),
		Webhooks:     newResource[Webhook](c, webhookSpec),
		EventRules:   newResource[EventRule](c, eventRuleSpec),

		JournalEntries: newResource[JournalEntry](c, journalEntrySpec),
		ConfigContexts: newResource[ConfigContext](c, configContextSpec),
	}
	c.IPAM = newIPAM(c)
	c.Virtualization = newVirtualization(c)
	c.Core = newCore(c)
	c.Users = newUsers(c)
	return c, nil
}

// BaseURL is the NetBox's address without a trailing slash.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }

// Format prints the address only, whatever the verb.
func (c *Client) Format(s fmt.State, _ rune) {
	if c == nil || c.rest == nil {
		_, _ = io.WriteString(s, "netbox.Client(made without New)")
		return
	}
	_, _ = io.WriteString(s, "netbox.Client("+hostOf(c.rest.BaseURL())+")")
}

// hostOf returns the host of an address without anything secret in it.
func hostOf(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "no address"
	}
	host, _, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return host
}

func pathOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}
