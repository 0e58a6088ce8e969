package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Finding is what [Client.Diagnose] found out about the connection, or about one
// table. Further values may come.
type Finding string

// The findings about a connection. From FindingConnected on the user is signed
// in.
const (
	// FindingUnreachable: no answer came; Err says why (name, network, TLS).
	FindingUnreachable Finding = "unreachable"
	// FindingUnavailable: something answers, but not the instance (a front
	// end's 502), or the instance is overloaded.
	FindingUnavailable Finding = "unavailable"
	// FindingAsleep: a developer instance is hibernating.
	FindingAsleep Finding = "asleep"
	// FindingSignInPage: a sign-in page or a redirect came instead of an
	// answer, mostly by single sign-on or because BaseURL is not the
	// instance's own.
	FindingSignInPage Finding = "sign-in page"
	// FindingWrongAddress: what answers is no ServiceNow REST API.
	FindingWrongAddress Finding = "wrong address"
	// FindingNotAuthenticated: the credentials are refused. With Basic
	// authentication Advice names the restriction of the Australia release,
	// which cannot be told from a wrong password.
	FindingNotAuthenticated Finding = "not authenticated"
	// FindingRateLimited: the user's budget is used up, or a queue is full.
	FindingRateLimited Finding = "rate limited"
	// FindingConnected: the instance answers and knows the user.
	FindingConnected Finding = "connected"
)

// The findings about a table.
const (
	// FindingReadable: rows and fields can be read, as far as was looked.
	FindingReadable Finding = "readable"
	// FindingEmpty: the table holds no row that matches, so nothing is known of
	// what could be read.
	FindingEmpty Finding = "empty"
	// FindingRowsHidden: of the rows looked at, some are hidden from the user.
	FindingRowsHidden Finding = "rows hidden"
	// FindingNothingVisible: the answer is 200 and empty although there are
	// rows: the user is authenticated but not authorised.
	FindingNothingVisible Finding = "nothing visible"
	// FindingTableForbidden: the table is closed to the user (403).
	FindingTableForbidden Finding = "table forbidden"
	// FindingTableMissing: there is no such table, or the plugin that brings it
	// is not active.
	FindingTableMissing Finding = "table missing"
	// FindingFieldsMissing: some fields do not exist, or cannot be read.
	FindingFieldsMissing Finding = "fields missing"
	// FindingFailed: the table could not be looked at; Err says why.
	FindingFailed Finding = "failed"
)

// TableCheck is a table that an integration needs.
type TableCheck struct {
	// Table is the table's name.
	Table string
	// Fields are the columns that must be readable, dot-walked ones included.
	Fields []string
	// Where narrows the rows to those that the integration is about.
	Where Condition
	// Sample is how many rows are looked at. 0: 100.
	Sample int
}

// Diagnosis is what Diagnose found out.
type Diagnosis struct {
	// Finding is about the connection, Err the error behind it, nil for
	// FindingConnected. Advice says what to do, "" when there is nothing.
	Finding Finding
	Advice  string
	Err     error
	// User is the name that the instance knows the caller by, and TimeZone the
	// zone of its display values; "" when the user may not read its own record.
	User, TimeZone string
	// Latency is how long the first answer took, repeats included.
	Latency time.Duration
	// ClockOffset is how far the instance's clock is ahead of this machine's,
	// as exact as the Date header's whole second and the latency allow.
	// ClockKnown is false when no answer had that header.
	ClockOffset time.Duration
	ClockKnown  bool
	// Tables are the tables asked about, in their order; none when the
	// connection failed.
	Tables []TableDiagnosis
}

// TableDiagnosis is what was found out about one table.
type TableDiagnosis struct {
	Table   string
	Finding Finding
	Advice  string
	Err     error
	// Sampled rows were looked at, Visible of them came. The platform applies
	// its access rules after it has cut the page, so the rest is hidden.
	Sampled, Visible int
	// Total rows match as the server counts them, blind to access rules; -1
	// when it told none.
	Total int
	// Unknown are fields that the table does not have, Unreadable those that it
	// has but that an access rule keeps from the user, and Unproven those that
	// no visible row tells about and no probe could decide.
	Unknown, Unreadable, Unproven []string
}

// OK reports whether nothing was found that would stand in the way: the user is
// signed in and each table can be read. An empty table is no obstacle.
func (d Diagnosis) OK() bool {
	for _, t := range d.Tables {
		if t.Finding != FindingReadable && t.Finding != FindingEmpty {
			return false
		}
	}
	return d.Finding == FindingConnected
}

// maxClockOffset is beyond the two roundings of a clock's comparison and any
// usual latency.
const maxClockOffset = 5 * time.Second

// Diagnose tells what works and what does not: whether the instance can be
// reached, is awake, and knows the user; how far its clock is off; and for each
// table whether it exists, which rows and which fields can be read. It only
// reads, at most four requests a table and two for each field in question. What
// it finds is in the Diagnosis, as text in its String; the error is about
// arguments and an ended context alone.
//
// Whether the user may write is not tried: only a write could tell.
func (c *Client) Diagnose(ctx context.Context, tables []TableCheck, opts ...CallOption) (Diagnosis, error) {
	for i, check := range tables {
		if err := check.validate(); err != nil {
			return Diagnosis{}, fmt.Errorf("servicenow: Diagnose: table check %d: %w", i+1, err)
		}
	}
	d := c.connect(ctx, opts)
	if d.Finding == FindingConnected {
		for _, check := range tables {
			d.Tables = append(d.Tables, c.examine(ctx, check, opts))
		}
	}
	if ctx.Err() != nil {
		return d, fmt.Errorf("servicenow: Diagnose: %w", context.Cause(ctx))
	}
	return d, nil
}

func (t TableCheck) validate() error {
	if err := checkTable(t.Table); err != nil {
		return fmt.Errorf("table %q: %w", t.Table, err)
	}
	for _, name := range t.Fields {
		if err := checkField(name); err != nil {
			return fmt.Errorf("table %s: field %q: %w", t.Table, name, err)
		}
	}
	if t.Sample < 0 {
		return fmt.Errorf("table %s: Sample is negative; use 0 for 100", t.Table)
	}
	if _, err := t.Where.Encode(); err != nil {
		return fmt.Errorf("table %s: %w", t.Table, err)
	}
	return nil
}

// connect asks for the caller's own user record, which almost every account may
// read, by a query that the platform evaluates for read-only users too (measured
// on a public developer instance).
func (c *Client) connect(ctx context.Context, opts []CallOption) Diagnosis {
	var d Diagnosis
	var meta Response
	begun := time.Now()
	answer, err := c.look(ctx, "Connect", "sys_user", url.Values{
		"sysparm_query": {"sys_id=javascript:gs.getUserID()"}, "sysparm_fields": {"user_name,time_zone"}, "sysparm_limit": {"1"},
	}, append(append([]CallOption(nil), opts...), Meta(&meta)))
	d.Latency = time.Since(begun)
	if at, err := http.ParseTime(meta.Header.Get("Date")); err == nil {
		// The header was written between the two, and cuts off half a second.
		d.ClockOffset = at.Add(500 * time.Millisecond).Sub(begun.Add(d.Latency / 2)).Round(100 * time.Millisecond)
		d.ClockKnown = meta.Attempts == 1 // otherwise nobody knows when it was written
		if !d.ClockKnown {
			d.ClockOffset = 0
		}
	}
	if err != nil {
		d.Finding, d.Advice = connectionFinding(err)
		if d.Finding != FindingConnected {
			d.Err = err
		}
		return d
	}
	d.Finding = FindingConnected
	var doc struct {
		Result []struct {
			Name scalar `json:"user_name"`
			Zone scalar `json:"time_zone"`
		} `json:"result"`
	}
	if json.Unmarshal(answer.Body, &doc) == nil && len(doc.Result) == 1 {
		d.User, d.TimeZone = string(doc.Result[0].Name), string(doc.Result[0].Zone)
	}
	if d.ClockKnown && d.ClockOffset.Abs() > maxClockOffset {
		d.Advice = "the clocks differ: set both by NTP, or widen the overlap of incremental reading"
	}
	return d
}

// look sends one read of a table.
func (c *Client) look(ctx context.Context, verb, table string, query url.Values, opts []CallOption) (*rest.Answer, error) {
	call := &rest.Call{Op: "Diagnose." + verb, Method: http.MethodGet, Query: query}
	path, err := rest.Path("api", "now", "table", table)
	if err != nil {
		return nil, err
	}
	call.Path = path
	rest.Apply(call, opts...)
	call.Decode = func(a *rest.Answer) error {
		var doc struct {
			Result []json.RawMessage `json:"result"`
		}
		return json.Unmarshal(a.Body, &doc)
	}
	return c.read(ctx, call)
}

// connectionFinding reads a failed first request.
func connectionFinding(err error) (Finding, string) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return FindingUnreachable, ""
	}
	platform := e.Message != "" && e.Detail != "" || e.RequestID != ""
	switch {
	case errors.Is(err, ErrAsleep):
		return FindingAsleep, "wake the instance up on the developer site"
	case errors.Is(err, ErrSignIn):
		return FindingSignInPage, "use the instance's own address as BaseURL, and an account that single sign-on does not catch"
	case errors.Is(err, rest.ErrRedirect):
		return FindingSignInPage, "the address redirects: use the instance's own address as BaseURL"
	case errors.Is(err, ErrRateLimited):
		return FindingRateLimited, "wait, or raise the rate rule of this user"
	case errors.Is(err, ErrUnauthorized):
		if e.Hint != "" {
			return FindingNotAuthenticated, "check user and password; " + e.Hint
		}
		return FindingNotAuthenticated, "check the credentials, and that the account is active and not locked"
	case errors.Is(err, ErrUnavailable) && e.Status == 0:
		return FindingUnreachable, "check BaseURL, the network, the proxy and the firewall"
	case errors.Is(err, ErrUnavailable):
		return FindingUnavailable, "the instance or its front end is in trouble: try again later"
	case errors.Is(err, ErrForbidden) && platform:
		return FindingConnected, "" // signed in, but may not read its own record
	case e.Status == 0:
		return FindingUnreachable, ""
	}
	return FindingWrongAddress, "what answers there is no ServiceNow REST API: check BaseURL"
}
