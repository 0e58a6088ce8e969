package netbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func TestNewRefuses(t *testing.T) {
	good := netbox.Token("0123456789abcdef0123456789abcdef01234567")
	for name, tc := range map[string]struct {
		cfg  netbox.Config
		text string
	}{
		"no address":        {netbox.Config{Auth: good}, "BaseURL"},
		"no scheme":         {netbox.Config{BaseURL: "netbox.example", Auth: good}, "https://"},
		"another scheme":    {netbox.Config{BaseURL: "ftp://netbox.example", Auth: good}, "https://"},
		"password in it":    {netbox.Config{BaseURL: "https://u:canary@netbox.example", Auth: good}, "credentials"},
		"query in it":       {netbox.Config{BaseURL: "https://netbox.example?x=canary", Auth: good}, "query"},
		"empty token":       {netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("")}, "empty"},
		"token with a line": {netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("canary\n")}, "line break"},
		"token with words":  {netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("Token canary")}, "space"},
		"half a v2 token":   {netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("nbt_canary")}, "secret"},
		"nil token func":    {netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.TokenFunc(nil)}, "TokenFunc"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := netbox.New(tc.cfg)
			if err == nil || !strings.Contains(err.Error(), tc.text) || !strings.HasPrefix(err.Error(), "netbox: ") {
				t.Errorf("got %v, want %q in it", err, tc.text)
			}
			if strings.Contains(fmt.Sprint(err), "canary") {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

// Requests go to the configured address whatever its form, with a slash at the
// end, the credential in the form that its kind wants, and no language.
func TestRequests(t *testing.T) {
	for _, tc := range []struct{ base, token, url, auth string }{
		{"https://netbox.example", "0123456789abcdef0123456789abcdef01234567", "https://netbox.example/api/dcim/sites/5/", "Token 0123456789abcdef0123456789abcdef01234567"},
		{"https://netbox.example/", "nbt_key.secret", "https://netbox.example/api/dcim/sites/5/", "Bearer nbt_key.secret"},
		{"http://netbox.example:8000/inventory/", "x", "http://netbox.example:8000/inventory/api/dcim/sites/5/", "Token x"},
		{"https://netbox.example/api/", "x", "https://netbox.example/api/dcim/sites/5/", "Token x"},
	} {
		var got *http.Request
		c, err := netbox.New(netbox.Config{BaseURL: tc.base, Auth: netbox.Token(tc.token), UserAgent: "inventory-sync/1.0",
			HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				got = r
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"id":5}`)), Request: r}, nil
			})}})
		if err != nil {
			t.Fatal(err)
		}
		site, err := c.DCIM.Sites.Get(t.Context(), 5, netbox.Header("Accept-Language", "de"), netbox.Header("X-Extra", "1"))
		if err != nil || site.ID != 5 {
			t.Fatal(site, err)
		}
		if got.URL.String() != tc.url || got.Header.Get("Authorization") != tc.auth || got.Header.Get("User-Agent") != "inventory-sync/1.0" {
			t.Errorf("%s: sent %s with %v", tc.base, got.URL, got.Header)
		}
		if got.Header.Get("Accept") != "application/json" || got.Header.Get("Accept-Language") != "" || got.Header.Get("X-Extra") != "1" {
			t.Errorf("headers %v", got.Header)
		}
	}
}

func TestVersionIsLearnt(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		if _, err := c.DCIM.Sites.List(t.Context(), netbox.Query{}); err != nil {
			t.Fatal(err)
		}
		v, err := c.APIVersion(t.Context())
		if err != nil || v.String() != version {
			t.Errorf("version %v, %v", v, err)
		}
		if got := requests(srv); len(got) != 1 {
			t.Errorf("asked %v", got)
		}
		_, fresh := world(t, netboxtest.Options{Version: version}, netbox.Config{})
		if v, err := fresh.APIVersion(t.Context()); err != nil || v.String() != version {
			t.Errorf("version %v, %v", v, err)
		}
		s, err := fresh.Status(t.Context())
		if err != nil || !strings.HasPrefix(s.NetBoxVersion, version) {
			t.Errorf("status %+v, %v", s, err)
		}
	})
	c, _ := scripted(t, "", func(*http.Request, []byte) (int, string) { return 200, `{"netbox-version":"4.0.11-Docker-3.0.2"}` })
	if v, err := c.APIVersion(t.Context()); err != nil || v != (netbox.Version{Major: 4, Minor: 0}) {
		t.Errorf("without the header: %v, %v", v, err)
	}
	c, _ = scripted(t, "", func(*http.Request, []byte) (int, string) { return 200, `{}` })
	if _, err := c.APIVersion(t.Context()); err == nil || !strings.Contains(err.Error(), "BaseURL") {
		t.Errorf("no NetBox at all: %v", err)
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]string{
		"4.6": "4.6", "4.6.8": "4.6", "4.0.11-Docker-3.0.2": "4.0", "v3.7.8": "3.7", "4.10": "4.10",
		"": "unknown", "4": "unknown", "x.y": "unknown", "4.": "unknown", "-4.2": "unknown",
	} {
		v, err := netbox.ParseVersion(text)
		if v.String() != want || (err != nil) != (want == "unknown") {
			t.Errorf("%q: %v, %v", text, v, err)
		}
	}
	if !(netbox.Version{Major: 4, Minor: 10}).AtLeast(4, 9) || (netbox.Version{}).AtLeast(0, 0) || !(netbox.Version{Major: 5}).AtLeast(4, 7) {
		t.Error("versions compare wrongly")
	}
}

// A token that NetBox refuses, which it does with 403, is fetched once more.
func TestTokenRotates(t *testing.T) {
	for name, tc := range map[string]struct {
		expiry time.Duration
		tokens []string
		asked  int
		fails  bool
	}{
		"asked each time":         {0, []string{"old", "new", "new"}, 3, false},
		"kept until refused":      {time.Hour, []string{"old", "new"}, 2, false},
		"the same one again":      {time.Hour, []string{"old", "old"}, 2, true},
		"the next is wrong, too":  {time.Hour, []string{"old", "wrong"}, 2, true},
		"the source fails midway": {time.Hour, []string{"old"}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			var asked int
			s := &script{version: "4.7", answer: func(r *http.Request, _ []byte) (int, string) {
				if r.Header.Get("Authorization") != "Token new" {
					return 403, `{"detail":"Invalid v1 token"}`
				}
				return 201, `{"id":1}`
			}}
			c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", HTTPClient: &http.Client{Transport: s}, MaxRetries: -1,
				Auth: netbox.TokenFunc(func(context.Context) (string, time.Time, error) {
					asked++
					if asked > len(tc.tokens) {
						return "", time.Time{}, errors.New("the vault is sealed")
					}
					expiry := time.Time{}
					if tc.expiry > 0 {
						expiry = time.Now().Add(tc.expiry)
					}
					return tc.tokens[asked-1], expiry, nil
				})})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.DCIM.Sites.Create(t.Context(), map[string]any{"name": "x"})
			if tc.fails != errors.Is(err, netbox.ErrUnauthorized) || !tc.fails && err != nil {
				t.Errorf("got %v", err)
			}
			if asked != tc.asked {
				t.Errorf("asked for a token %d times, want %d", asked, tc.asked)
			}
		})
	}
	t.Run("a token with a line break", func(t *testing.T) {
		c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.TokenFunc(func(context.Context) (string, time.Time, error) {
			return "canary\n", time.Time{}, nil
		}), HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("sent") })}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Status(t.Context())
		if !errors.Is(err, netbox.ErrUnauthorized) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "sent") {
			t.Errorf("got %v", err)
		}
	})
}

// No secret comes out, whatever is printed: not the token, not one that the
// server echoes, not what a query or a header holds.
func TestNoSecretComesOut(t *testing.T) {
	const canary = "canary0123456789abcdefcanary0123456789ab"
	var out bytes.Buffer
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	record := func(v any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		logger.Info("x", "value", v)
	}
	for _, answer := range []func(r *http.Request) (*http.Response, error){
		func(r *http.Request) (*http.Response, error) {
			return nil, errors.New("dial " + r.URL.Host + ": refused")
		},
		func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: r.URL.String(), Err: io.EOF}
		},
		func(r *http.Request) (*http.Response, error) {
			body := fmt.Sprintf(`{"detail":"Invalid v1 token %s"}`, r.Header.Get("Authorization"))
			return &http.Response{StatusCode: 403, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		},
		func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"id":1,"last_updated":"nonsense"}`)), Request: r}, nil
		},
		func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 302, Header: http.Header{"Location": {"https://elsewhere.example/" + canary}}, Body: http.NoBody, Request: r}, nil
		},
	} {
		cfg := netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(canary), Logger: logger, MaxRetries: -1,
			OnAttempt:  func(_ context.Context, a netbox.Attempt) { record(a) },
			HTTPClient: &http.Client{Transport: roundTrip(answer)}}
		c, err := netbox.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var meta netbox.Response
		_, err = c.DCIM.Devices.List(t.Context(), netbox.Query{Where: netbox.DeviceFilter{Serial: []string{canary}}}, netbox.Header("X-Secret", canary), netbox.Meta(&meta))
		if err == nil {
			t.Fatal("no error")
		}
		for _, v := range []any{err, cfg, cfg.Auth, c, *c.DCIM.Devices, netbox.Token(canary), meta} {
			record(v)
		}
		if e, ok := errors.AsType[*netbox.Error](err); ok {
			record(string(e.Body))
			record(e.LogValue())
		}
	}
	if i := strings.Index(out.String(), "canary"); i >= 0 {
		t.Errorf("a secret came out: ...%s", out.String()[max(0, i-200):min(out.Len(), i+60)])
	}
}

func TestPermissionsAndTokens(t *testing.T) {
	const reader, hidden = "1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222"
	onEach(t, func(t *testing.T, version string, _ *netboxtest.Server, _ *netbox.Client) {
		srv, err := netboxtest.New(netboxtest.Options{Version: version, Tokens: []netboxtest.Token{
			{Key: reader, User: "reader", ReadOnly: true},
			{Key: hidden, User: "hidden", Permissions: []netboxtest.Permission{{Types: []string{"dcim.site"}, Actions: []string{"view"}, Where: "name=Bern"}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		site := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		as := func(token string) *netbox.Client {
			c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(token), HTTPClient: srv.Client()})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if _, err := as(reader).DCIM.Sites.Update(t.Context(), site, map[string]any{"name": "x"}); !errors.Is(err, netbox.ErrForbidden) || errors.Is(err, netbox.ErrUnauthorized) {
			t.Errorf("a write with a read-only token gave %v", err)
		}
		if _, err := as(hidden).DCIM.Sites.Get(t.Context(), site); !errors.Is(err, netbox.ErrNotFound) {
			t.Errorf("a hidden site gave %v", err)
		}
		if _, err := as("3333333333333333333333333333333333333333").DCIM.Sites.Get(t.Context(), site); !errors.Is(err, netbox.ErrUnauthorized) || errors.Is(err, netbox.ErrForbidden) {
			t.Errorf("an unknown token gave %v", err)
		}
	})
}

// Both ways of activating httpmock work, before New and after it.
func TestHTTPMock(t *testing.T) {
	cfg := netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("x"), MaxRetries: -1}
	before, err := netbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	httpmock.Activate(t)
	httpmock.RegisterResponder("GET", "https://netbox.example/api/dcim/sites/1/", httpmock.NewStringResponder(200, `{"id":1,"name":"Basel"}`))
	after, err := netbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*netbox.Client{before, after} {
		site, err := c.DCIM.Sites.Get(t.Context(), 1)
		if err != nil || site.Name != "Basel" {
			t.Errorf("got %+v, %v", site, err)
		}
		if _, err := c.DCIM.Sites.Get(t.Context(), 2); err == nil {
			t.Error("a request without responder went through")
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ids := rows(t, srv, 10)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if i%2 == 0 {
				n := 0
				for _, err := range c.DCIM.Manufacturers.All(t.Context(), netbox.Query{PageSize: 3, Prefetch: i%4 == 0}) {
					if err != nil {
						t.Error(err)
					}
					n++
				}
				if n != len(ids) {
					t.Errorf("read %d rows", n)
				}
				return
			}
			if _, err := c.DCIM.Manufacturers.Update(t.Context(), ids[i%10], map[string]any{"description": fmt.Sprint(i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
