package servicenow_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// 002-24: each way in which a connection fails has a finding and advice of its
// own, and the right one is told from the wrong ones by what comes over the wire.
func TestDiagnoseConnection(t *testing.T) {
	answer := func(status int, kind, text string) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {kind}}, Body: body(text), Request: r}, nil
		})
	}
	fails := func(err error) http.RoundTripper {
		return roundTripper(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	for name, test := range map[string]struct {
		fault     servicenowtest.Fault
		options   servicenowtest.Options
		transport http.RoundTripper
		auth      servicenow.Auth
		want      servicenow.Finding
		says      string
	}{
		"connected":                {want: servicenow.FindingConnected},
		"no such host":             {transport: fails(&net.DNSError{IsNotFound: true}), want: servicenow.FindingUnreachable, says: "BaseURL"},
		"refused":                  {transport: fails(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), want: servicenow.FindingUnreachable, says: "firewall"},
		"front end in trouble":     {fault: servicenowtest.BadGateway(), want: servicenow.FindingUnavailable, says: "try again"},
		"1.6 hibernating":          {fault: servicenowtest.Asleep(), want: servicenow.FindingAsleep, says: "wake"},
		"1.6 sign-in page":         {fault: servicenowtest.SignInPage(), want: servicenow.FindingSignInPage, says: "single sign-on"},
		"redirect to another host": {fault: servicenowtest.Fault{Status: 302, Header: http.Header{"Location": {"https://idp.example/login"}}}, want: servicenow.FindingSignInPage, says: "idp.example"},
		"1.6 hourly limit":         {fault: servicenowtest.RateLimited(time.Hour), want: servicenow.FindingRateLimited, says: "rate rule"},
		"1.7 wrong password":       {auth: servicenow.BasicAuth("admin", "wrong-canary"), want: servicenow.FindingNotAuthenticated, says: "check user and password"},
		"1.8 restricted":           {options: servicenowtest.Options{AllowBasicAuth: func(string) bool { return false }}, want: servicenow.FindingNotAuthenticated, says: "snc_basic_auth_api_access"},
		"token refused":            {auth: servicenow.BearerToken("token-canary"), want: servicenow.FindingNotAuthenticated, says: "locked"},
		"no token to be had": {auth: servicenow.ClientCredentials(servicenow.OAuth{ClientID: "x", ClientSecret: "secret-canary"}),
			want: servicenow.FindingNotAuthenticated, says: "invalid_client"},
		"user record closed": {options: servicenowtest.Options{ACLs: []servicenowtest.ACL{{Table: "sys_user", Closed: true}}}, want: servicenow.FindingConnected},
		"another web server": {transport: answer(404, "text/html", "<html>nginx</html>"), want: servicenow.FindingWrongAddress, says: "BaseURL"},
		"another API":        {transport: answer(200, "application/json", `[1,2]`), want: servicenow.FindingWrongAddress, says: "BaseURL"},
	} {
		t.Run("002-24 "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := servicenow.Config{Auth: test.auth}
				if test.transport != nil {
					config.HTTPClient = &http.Client{Transport: test.transport}
				}
				server, client := startWith(t, test.options, config)
				if test.fault.Status != 0 || test.fault.Respond != nil {
					server.Fail(test.fault)
				}
				d, err := client.Diagnose(t.Context(), []servicenow.TableCheck{{Table: "incident"}})
				if err != nil {
					t.Fatal(err)
				}
				good := test.want == servicenow.FindingConnected
				if d.Finding != test.want || d.OK() != good || len(d.Tables) == 1 != good || (d.Err == nil) != good {
					t.Errorf("found %q, %d tables, %v", d.Finding, len(d.Tables), d.Err)
				}
				if text := d.String(); !strings.Contains(text, test.says) || strings.Contains(text, "canary") || strings.Contains(text, "connection: connection") {
					t.Errorf("says %s", text)
				}
			})
		})
	}
}

func TestDiagnoseClock(t *testing.T) {
	for _, tt := range []struct {
		offset time.Duration
		says   string
	}{
		{0, "clocks agree"}, {3 * time.Second, "clocks agree"},
		{90 * time.Second, "ahead: the clocks differ"}, {-time.Hour, "behind: the clocks differ"},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, client := start(t, servicenowtest.Options{Clock: servicenowtest.NewManualClock(time.Now().Add(tt.offset))})
			d, err := client.Diagnose(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if off := d.ClockOffset - tt.offset; !d.ClockKnown || off.Abs() > 600*time.Millisecond || !strings.Contains(d.String(), tt.says) {
				t.Errorf("%s: offset %s, %s", tt.offset, d.ClockOffset, d)
			}
			if d.User != "admin" || d.TimeZone != "UTC" {
				t.Errorf("signed in as %q in %q", d.User, d.TimeZone)
			}
		})
	}
}

// fieldRules stands before a server and keeps columns from being read, as access
// rules on fields do: they are left out of records, and a query on them is
// refused (measured on a public developer instance).
type fieldRules struct {
	next   http.RoundTripper
	column string
}

func (f fieldRules) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Query().Get("sysparm_query"), f.column) {
		return &http.Response{StatusCode: 403, Header: http.Header{}, Request: r,
			Body: body(wire("Insufficient rights to query records", "Field(s) present in the query do not have permission to be read"))}, nil
	}
	res, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	for _, value := range []string{"0", "1", "2"} {
		data = bytes.ReplaceAll(data, []byte(`,"`+f.column+`":"`+value+`"`), nil)
	}
	res.Body, res.ContentLength = body(string(data)), int64(len(data))
	res.Header.Del("Content-Length")
	return res, nil
}

func TestDiagnoseTables(t *testing.T) {
	for name, test := range map[string]struct {
		check  servicenow.TableCheck
		acls   []servicenowtest.ACL
		rows   int
		column string // hidden by an access rule on fields
		want   servicenow.TableDiagnosis
		says   string
		sent   int // beside the first
	}{
		"readable": {
			check: servicenow.TableCheck{Table: "u_thing", Fields: []string{"u_name", "u_rank"}}, rows: 5,
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingReadable, Sampled: 5, Visible: 5, Total: 5}, says: "5 of 5 rows looked at are visible, 5 in all", sent: 1,
		},
		"sample": {
			check: servicenow.TableCheck{Table: "u_thing", Sample: 3, Where: servicenow.Less("u_rank", 2)}, rows: 9,
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingReadable, Sampled: 3, Visible: 3, Total: 6}, says: "6 in all", sent: 1,
		},
		"empty": {
			check: servicenow.TableCheck{Table: "u_thing", Fields: []string{"u_name", "u_other"}},
			want:  servicenow.TableDiagnosis{Finding: servicenow.FindingEmpty, Unproven: []string{"u_name", "u_other"}}, says: "nothing is known of u_name, u_other", sent: 3,
		},
		"1.7 missing": {
			check: servicenow.TableCheck{Table: "u_nothing"},
			want:  servicenow.TableDiagnosis{Finding: servicenow.FindingTableMissing, Total: -1}, says: "plugin", sent: 1,
		},
		"1.7 forbidden": {
			check: servicenow.TableCheck{Table: "u_thing"}, rows: 2, acls: []servicenowtest.ACL{{Table: "u_thing", Closed: true}},
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingTableForbidden, Total: -1}, says: "role", sent: 1,
		},
		"1.5 rows hidden": {
			check: servicenow.TableCheck{Table: "u_thing"}, rows: 9, acls: []servicenowtest.ACL{hidden},
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingRowsHidden, Sampled: 9, Visible: 6, Total: 9}, says: "6 of 9 rows", sent: 1,
		},
		"1.5 nothing visible": {
			check: servicenow.TableCheck{Table: "u_thing", Fields: []string{"u_name"}}, rows: 4,
			acls: []servicenowtest.ACL{{Table: "u_thing", Allow: func(servicenowtest.Operation, func(string) string) bool { return false }}},
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingNothingVisible, Sampled: 4, Total: 4}, says: "may read no row", sent: 3,
		},
		"1.4 unknown field": {
			check: servicenow.TableCheck{Table: "u_thing", Fields: []string{"u_name", "u_typo"}, Where: servicenow.AnyOf(servicenow.Eq("u_rank", 1), servicenow.Eq("u_rank", 2))}, rows: 9,
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingFieldsMissing, Sampled: 6, Visible: 6, Total: 6, Unknown: []string{"u_typo"}}, says: "does not have u_typo", sent: 3,
		},
		"1.4 unreadable field": {
			check: servicenow.TableCheck{Table: "u_thing", Fields: []string{"u_name", "u_rank"}}, rows: 9, column: "u_rank",
			want: servicenow.TableDiagnosis{Finding: servicenow.FindingFieldsMissing, Sampled: 9, Visible: 9, Total: 9, Unreadable: []string{"u_rank"}}, says: "hides u_rank", sent: 2,
		},
	} {
		t.Run("002-24 "+name, func(t *testing.T) {
			server, _ := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}, ACLs: test.acls})
			transport := server.Transport()
			if test.column != "" {
				transport = fieldRules{transport, test.column}
			}
			client, err := servicenow.New(servicenow.Config{
				BaseURL: "acme", Auth: servicenow.BasicAuth("admin", "admin"), HTTPClient: &http.Client{Transport: transport},
			})
			if err != nil {
				t.Fatal(err)
			}
			fill(t, server, test.rows, func(i int) bool { return i%3 == 0 })
			server.ResetJournal()
			d, err := client.Diagnose(t.Context(), []servicenow.TableCheck{test.check})
			if err != nil || len(d.Tables) != 1 {
				t.Fatal(d, err)
			}
			got, want := d.Tables[0], test.want
			if got.Finding != want.Finding || got.Sampled != want.Sampled || got.Visible != want.Visible || got.Total != want.Total ||
				!slices.Equal(got.Unknown, want.Unknown) || !slices.Equal(got.Unreadable, want.Unreadable) || !slices.Equal(got.Unproven, want.Unproven) {
				t.Errorf("found %+v", got)
			}
			if good := want.Finding == servicenow.FindingReadable || want.Finding == servicenow.FindingEmpty; d.OK() != good {
				t.Errorf("OK is %v", d.OK())
			}
			if !strings.Contains(d.String(), test.says) {
				t.Errorf("says %s", d)
			}
			if sent := server.Requests() - 1; test.column == "" && sent != test.sent {
				t.Errorf("%d requests", sent)
			}
			if server.Requests("POST", "PUT", "PATCH", "DELETE") != 0 {
				t.Error("something was written")
			}
		})
	}
}

func TestDiagnoseMistakes(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	for want, check := range map[string]servicenow.TableCheck{
		"table \"\"":    {},
		"a^b":           {Table: "incident", Fields: []string{"a^b"}},
		"Sample":        {Table: "incident", Sample: -1},
		"condition on ": {Table: "incident", Where: servicenow.Eq("", 1)},
	} {
		if _, err := client.Diagnose(t.Context(), []servicenow.TableCheck{check}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Diagnose(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
