package servicenow_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

const clientSecret = "secret-canary"

var app = servicenow.OAuth{ClientID: "app", ClientSecret: clientSecret}

// grants starts an instance with an application, and a client of it.
func grants(t *testing.T, auth servicenow.Auth, change ...func(*servicenowtest.Options)) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	options := servicenowtest.Options{OAuthClients: []servicenowtest.OAuthClient{{ID: "app", Secret: clientSecret, User: "admin"}}}
	for _, f := range change {
		f(&options)
	}
	return startWith(t, options, servicenow.Config{Auth: auth})
}

// elapse lets d pass on a bubble's fake clock.
func elapse(d time.Duration) { <-time.After(d) }

// forms are the bodies that were sent to the token endpoint.
func forms(t *testing.T, server *servicenowtest.Server) []url.Values {
	t.Helper()
	var list []url.Values
	for _, call := range server.Journal() {
		if call.Path != "/oauth_token.do" {
			continue
		}
		if kind := call.Header.Get("Content-Type"); call.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" {
			t.Errorf("1.8 the endpoint takes forms by POST only: %s %s", call.Method, kind)
		}
		form, err := url.ParseQuery(string(call.Body))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, form)
	}
	return list
}

func grantsOf(list []url.Values) string {
	names := make([]string, len(list))
	for i, form := range list {
		names[i] = form.Get("grant_type")
	}
	return strings.Join(names, " ")
}

func TestClientCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scoped := app
		scoped.Scope = "useraccount"
		server, client := grants(t, servicenow.ClientCredentials(scoped))
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if err := ask(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		list := forms(t, server)
		if len(list) != 1 {
			t.Fatalf("%d tokens for calls at the same time", len(list))
		}
		if got, want := list[0].Encode(), "client_id=app&client_secret=secret-canary&grant_type=client_credentials&scope=useraccount"; got != want {
			t.Errorf("sent %s", got)
		}
		// A token is replaced shortly before it ends, not after.
		elapse(1800*time.Second - 10*time.Second)
		if err := ask(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if list := forms(t, server); len(list) != 2 {
			t.Errorf("%d tokens 10 s before the end of the first", len(list))
		}
		for _, call := range server.Journal() {
			if call.Status != 200 {
				t.Errorf("%s answered %d", call.Path, call.Status)
			}
		}
	})
}

func TestClientCredentialsAsBasic(t *testing.T) {
	basic := app
	basic.BasicClient = true
	server, client := grants(t, servicenow.ClientCredentials(basic))
	if err := ask(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if form := forms(t, server)[0]; form.Encode() != "grant_type=client_credentials" {
		t.Errorf("the form holds %s", form.Encode())
	}
}

// 1.8: a password grant comes with a refresh token, which is used until the
// instance no longer takes it.
func TestPasswordGrantRenewsByRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []servicenow.Token
		watched := app
		watched.OnToken = func(_ context.Context, token servicenow.Token) { told = append(told, token) }
		server, client := grants(t, servicenow.PasswordGrant(watched, "admin", "admin"))
		for range 3 {
			if err := ask(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			elapse(time.Hour)
		}
		server.RevokeTokens(true)
		if err := ask(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		if got := grantsOf(forms(t, server)); got != "password refresh_token refresh_token refresh_token password" {
			t.Errorf("asked by %s", got)
		}
		if len(told) != 4 || told[0].Refresh == "" || told[0].Access == told[1].Access || told[0].Scope != "useraccount" {
			t.Errorf("%d tokens told", len(told))
		}
		if text := fmt.Sprintf("%v %+v %#v", told, told[0], told[0]); strings.Contains(text, told[0].Access) {
			t.Errorf("a token prints as %s", text)
		}
	})
}

// After a 401 one token is fetched by force, once, for all that wait.
func TestRevokedTokenIsFetchedOnce(t *testing.T) {
	server, client := grants(t, servicenow.PasswordGrant(app, "admin", "admin"))
	if err := ask(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	server.RevokeTokens(false)
	if err := ask(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if got := grantsOf(forms(t, server)); got != "password refresh_token" {
		t.Errorf("asked by %s", got)
	}
	server.ResetJournal()
	server.Fail(servicenowtest.Fault{Path: "/api/now", Status: 401, Body: wire("User Not Authenticated", "Required to provide Auth information")})
	err := ask(t.Context(), client)
	if !errors.Is(err, servicenow.ErrUnauthorized) || grantsOf(forms(t, server)) != "refresh_token" || server.Requests() != 3 {
		t.Errorf("%v after %d requests", err, server.Requests())
	}
}

func TestRefreshTokenGrant(t *testing.T) {
	server, _ := grants(t, servicenow.BearerToken("none"))
	code, err := server.AuthorizationCode("app", "admin", "https://me.example/callback")
	if err != nil {
		t.Fatal(err)
	}
	var kept string
	watched := app
	watched.OnToken = func(_ context.Context, token servicenow.Token) { kept = token.Refresh }
	first, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: server.Client(),
		Auth: servicenow.AuthorizationCode(watched, code, "https://me.example/callback")})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: server.Client(), Auth: servicenow.RefreshTokenGrant(app, kept)})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if got := grantsOf(forms(t, server)); got != "authorization_code refresh_token" {
		t.Errorf("asked by %s", got)
	}
	server.RevokeTokens(true)
	for _, client := range []*servicenow.Client{first, second} {
		err := ask(t.Context(), client)
		refusal, ok := errors.AsType[*servicenow.TokenError](err)
		if !ok || refusal.Code != "invalid_grant" || refusal.Grant != "refresh_token" || !errors.Is(err, servicenow.ErrUnauthorized) {
			t.Errorf("without a refresh token: %v", err)
		}
	}
}

func TestJWTBearer(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve := func(c elliptic.Curve) *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for _, test := range []struct {
		algorithm string
		key       crypto.Signer
	}{
		{"", rsaKey}, {"RS256", rsaKey}, {"RS384", rsaKey}, {"RS512", rsaKey},
		{"ES256", curve(elliptic.P256())}, {"ES384", curve(elliptic.P384())}, {"", curve(elliptic.P521())},
	} {
		t.Run("assertion by "+test.algorithm, func(t *testing.T) {
			server, client := grants(t, servicenow.JWTBearer(app, servicenow.JWT{
				Key: test.key, Algorithm: test.algorithm, KeyID: "k1", Subject: "admin", Claims: map[string]any{"aud": "ignored", "extra": 1},
			}), func(o *servicenowtest.Options) {
				o.OAuthClients[0].Keys = map[string]crypto.PublicKey{"k1": test.key.Public()}
				o.OAuthClients[0].AccessLife = time.Second // each call needs another
			})
			for range 2 {
				if err := ask(t.Context(), client); err != nil {
					t.Fatal(err)
				}
			}
			list := forms(t, server)
			if len(list) != 2 || list[0].Get("assertion") == list[1].Get("assertion") || list[0].Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
				t.Errorf("%d assertions", len(list))
			}
		})
	}
	t.Run("wrong key", func(t *testing.T) {
		_, client := grants(t, servicenow.JWTBearer(app, servicenow.JWT{Key: rsaKey, Subject: "admin"}))
		refusal, ok := errors.AsType[*servicenow.TokenError](ask(t.Context(), client))
		if !ok || refusal.Status != 401 || refusal.Code != "invalid_grant" || !strings.Contains(refusal.Error(), "signature") {
			t.Errorf("answered %v", refusal)
		}
	})
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Log("no short keys to be had: ", err)
	}
	for name, jwt := range map[string]servicenow.JWT{
		"algorithm of another key":  {Key: rsaKey, Subject: "x", Algorithm: "ES256"},
		"another curve":             {Key: curve(elliptic.P384()), Subject: "x", Algorithm: "ES256"},
		"unknown algorithm":         {Key: rsaKey, Subject: "x", Algorithm: "none"},
		"no subject":                {Key: rsaKey},
		"negative life":             {Key: rsaKey, Subject: "x", Life: -1},
		"claims that do not encode": {Key: rsaKey, Subject: "x", Claims: map[string]any{"f": func() {}}},
		"short key":                 {Key: shortOr(small), Subject: "x"},
		"curve without a name":      {Key: curve(elliptic.P224()), Subject: "x"},
	} {
		if _, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.JWTBearer(app, jwt)}); err == nil || !strings.HasPrefix(err.Error(), "servicenow: Auth: JWT: field ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func shortOr(key *rsa.PrivateKey) crypto.Signer {
	if key == nil {
		return nil
	}
	return key
}

// 1.7: the token endpoint words errors in OAuth's shape; nothing of the request
// may stand in the caller's error, though the endpoint echoes it.
func TestTokenErrors(t *testing.T) {
	for name, test := range map[string]struct {
		auth  servicenow.Auth
		fault servicenowtest.Fault
		kinds []error
		code  string
		again bool
	}{
		"wrong password": {auth: servicenow.PasswordGrant(app, "admin", "password-canary"), kinds: []error{servicenow.ErrUnauthorized}, code: "server_error"},
		"wrong client":   {auth: servicenow.ClientCredentials(servicenow.OAuth{ClientID: "app", ClientSecret: "other-canary"}), kinds: []error{servicenow.ErrUnauthorized}, code: "invalid_client"},
		"echo": {auth: servicenow.ClientCredentials(app), kinds: []error{servicenow.ErrUnauthorized}, code: "invalid_client",
			fault: servicenowtest.Fault{Status: 400, Body: `{"error":"invalid_client","error_description":"no ` + clientSecret + ` here"}`}},
		"asleep":       {auth: servicenow.ClientCredentials(app), fault: servicenowtest.Asleep(), kinds: []error{servicenow.ErrAsleep}},
		"out of reach": {auth: servicenow.ClientCredentials(app), fault: servicenowtest.Unavailable(), kinds: []error{servicenow.ErrUnavailable}, again: true},
		"no token": {auth: servicenow.ClientCredentials(app), kinds: []error{servicenow.ErrUnauthorized},
			fault: servicenowtest.Fault{Status: 200, Body: `{"scope":"x"}`}},
		"token with a line break": {auth: servicenow.ClientCredentials(app), kinds: []error{servicenow.ErrUnauthorized},
			fault: servicenowtest.Fault{Status: 200, Body: `{"access_token":"canary\nX: y"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := grants(t, test.auth)
				if test.fault.Status != 0 {
					test.fault.Path = "/oauth_token.do"
					server.Fail(test.fault)
				}
				err := ask(t.Context(), client)
				for _, kind := range test.kinds {
					if !errors.Is(err, kind) {
						t.Errorf("no %v: %v", kind, err)
					}
				}
				refusal, ok := errors.AsType[*servicenow.TokenError](err)
				if !ok || refusal.Code != test.code {
					t.Errorf("%+v", err)
				}
				failure, ok := errors.AsType[*servicenow.Error](err)
				if !ok || failure.Retryable() != test.again {
					t.Errorf("retryable: %v", !test.again)
				}
				if text := fmt.Sprintf("%v %+v %#v %s", err, failure.LogValue(), refusal, failure.Body); strings.Contains(text, "canary") {
					t.Errorf("tells a secret: %s", text)
				}
				if slices.ContainsFunc(server.Journal(), func(c servicenowtest.Call) bool { return c.Path != "/oauth_token.do" }) {
					t.Error("the call itself was sent without a token")
				}
			})
		})
	}
}

// Secrets go to the configured host only, whatever the server says.
func TestTokenEndpointIsNotFollowedElsewhere(t *testing.T) {
	var hosts []string
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.ClientCredentials(app), HTTPClient: &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			hosts = append(hosts, r.URL.Host)
			return &http.Response{StatusCode: 307, Header: http.Header{"Location": {"https://evil.example/oauth_token.do"}}, Body: body(""), Request: r}, nil
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), client); err == nil || !slices.Equal(hosts, []string{"acme.service-now.com"}) {
		t.Errorf("%v, asked %q", err, hosts)
	}
}

// No value that holds a secret prints it, whatever the verb.
func TestOAuthPrintsNoSecret(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwt := servicenow.JWT{Key: key, Subject: "subject-canary", Claims: map[string]any{"x": "claim-canary"}}
	config := servicenow.Config{BaseURL: "acme", Auth: servicenow.JWTBearer(app, jwt)}
	client, err := servicenow.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{app, &app, jwt, &jwt, servicenow.Token{Access: "canary", Refresh: "canary"}, config, config.Auth, client} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, "canary") {
				t.Errorf("%s of %T: %s", verb, value, text)
			}
		}
	}
	if text := config.Auth.LogValue().String() + config.Auth.GoString(); text != "Auth(OAuth jwt-bearer, redacted)Auth(OAuth jwt-bearer, redacted)" {
		t.Errorf("logs %s", text)
	}
}
