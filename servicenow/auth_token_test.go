package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// ask makes one cheap call.
func ask(ctx context.Context, client *servicenow.Client) error {
	_, err := servicenow.TableOf[servicenow.Record](client, "incident").Count(ctx, servicenow.Query{})
	return err
}

func TestAPIKeys(t *testing.T) {
	keys := []servicenowtest.APIKey{
		{Key: "key-canary-1", User: "admin"},
		{Key: "key-canary-2", User: "admin", Header: "X-Gateway-Key", Prefix: "Token "},
	}
	for name, test := range map[string]struct {
		auth   servicenow.Auth
		header string
		value  string
		good   bool
	}{
		"1.8 default header":   {servicenow.APIKey("", "", "key-canary-1"), "X-Sn-Apikey", "key-canary-1", true},
		"1.8 free header":      {servicenow.APIKey("x-gateway-key", "Token ", "key-canary-2"), "X-Gateway-Key", "Token key-canary-2", true},
		"wrong key":            {servicenow.APIKey("", "", "key-canary-9"), "X-Sn-Apikey", "key-canary-9", false},
		"key from a function":  {servicenow.APIKeyFunc("", "", func(context.Context) (string, error) { return "key-canary-1", nil }), "X-Sn-Apikey", "key-canary-1", true},
		"bearer, not accepted": {servicenow.BearerToken("key-canary-1"), "Authorization", "Bearer key-canary-1", false},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := servicenowtest.New(servicenowtest.Options{APIKeys: keys})
			if err != nil {
				t.Fatal(err)
			}
			var sent []string
			client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: test.auth, HTTPClient: &http.Client{
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					sent = append(sent, r.Header.Get(test.header))
					return server.Transport().RoundTrip(r)
				}),
			}})
			if err != nil {
				t.Fatal(err)
			}
			err = ask(t.Context(), client)
			if test.good != (err == nil) || !test.good && !errors.Is(err, servicenow.ErrUnauthorized) {
				t.Errorf("answered %v", err)
			}
			if !slices.Equal(sent, []string{test.value}) {
				t.Errorf("sent %q", sent)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}

// A function's key that changes is asked for again after a 401, once.
func TestAPIKeyRotates(t *testing.T) {
	server, err := servicenowtest.New(servicenowtest.Options{APIKeys: []servicenowtest.APIKey{{Key: "new-key", User: "admin"}}})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: server.Client(),
		Auth: servicenow.APIKeyFunc("", "", func(context.Context) (string, error) {
			asked++
			return []string{"old-key", "new-key", "new-key"}[asked-1], nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), client); err != nil || asked != 2 || server.Requests() != 2 {
		t.Errorf("%v after %d keys and %d requests", err, asked, server.Requests())
	}
}

// sources is a token source that gives one token after the other.
type sources []*oauth2.Token

func (s *sources) Token() (*oauth2.Token, error) {
	if len(*s) == 0 {
		return nil, &oauth2.RetrieveError{
			Response: &http.Response{StatusCode: 401}, Body: []byte("canary"), ErrorCode: "invalid_grant", ErrorDescription: "gone",
		}
	}
	next := (*s)[0]
	*s = (*s)[1:]
	return next, nil
}

func TestTokenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var values []string
		status := 200
		source := &sources{
			{AccessToken: "one", Expiry: time.Now().Add(time.Minute)},
			{AccessToken: "two", TokenType: "bearer", Expiry: time.Now().Add(2 * time.Minute)},
			{AccessToken: "three", Expiry: time.Now().Add(time.Hour)},
		}
		client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.TokenSource(source), HTTPClient: &http.Client{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				values = append(values, r.Header.Get("Authorization"))
				return &http.Response{StatusCode: status, Header: http.Header{"X-Total-Count": {"0"}}, Body: body(`{"result":[]}`), Request: r}, nil
			}),
		}})
		if err != nil {
			t.Fatal(err)
		}
		for _, wait := range []time.Duration{0, 40 * time.Second, 10 * time.Second} {
			elapse(wait)
			if err := ask(t.Context(), client); err != nil {
				t.Fatal(err)
			}
		}
		status = 401
		err = ask(t.Context(), client) // takes the third, then ends: the source has no other
		if want := []string{"Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer three"}; !slices.Equal(values, want) {
			t.Errorf("sent %q", values)
		}
		if !errors.Is(err, servicenow.ErrUnauthorized) {
			t.Error(err)
		}
		elapse(2 * time.Hour)
		err = ask(t.Context(), client)
		refusal, ok := errors.AsType[*servicenow.TokenError](err)
		if !ok || refusal.Code != "invalid_grant" || refusal.Status != 401 || !errors.Is(err, servicenow.ErrUnauthorized) || strings.Contains(err.Error(), "canary") {
			t.Error(err)
		}
	})
}

// 1.8: the Australia release may refuse Basic authentication to a right password.
func TestBasicAuthRestrictionHint(t *testing.T) {
	_, client := start(t, servicenowtest.Options{AllowBasicAuth: func(string) bool { return false }})
	err := ask(t.Context(), client)
	failure, ok := errors.AsType[*servicenow.Error](err)
	if !ok || !errors.Is(err, servicenow.ErrUnauthorized) {
		t.Fatal(err)
	}
	if !strings.Contains(failure.Hint, "snc_basic_auth_api_access") || !strings.Contains(err.Error(), failure.Hint) {
		t.Errorf("hint %q of %v", failure.Hint, err)
	}
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.BearerToken("unknown"), HTTPClient: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if failure, ok := errors.AsType[*servicenow.Error](ask(t.Context(), other)); !ok || failure.Hint != "" {
		t.Errorf("a hint without Basic authentication: %v", failure)
	}
}

func TestAuthMistakes(t *testing.T) {
	const secret = "hunter2canary"
	app := servicenow.OAuth{ClientID: "id", ClientSecret: secret}
	for name, auth := range map[string]servicenow.Auth{
		"empty token":             servicenow.BearerToken(""),
		"token with a line break": servicenow.BearerToken(secret + "\n"),
		"no source":               servicenow.TokenSource(nil),
		"empty key":               servicenow.APIKey("", "", " "),
		"key with a space":        servicenow.APIKey("", "", secret+" "),
		"prefix with line break":  servicenow.APIKey("", "a\nb", secret),
		"header with a space":     servicenow.APIKey("not a header", "", secret),
		"no key function":         servicenow.APIKeyFunc("", "", nil),
		"no client id":            servicenow.ClientCredentials(servicenow.OAuth{ClientSecret: secret}),
		"no client secret":        servicenow.ClientCredentials(servicenow.OAuth{ClientID: secret}),
		"no user":                 servicenow.PasswordGrant(app, "", secret),
		"no refresh token":        servicenow.RefreshTokenGrant(app, ""),
		"no code":                 servicenow.AuthorizationCode(app, "", "https://me.example"),
		"no key to sign":          servicenow.JWTBearer(app, servicenow.JWT{Subject: secret}),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: auth})
			if err == nil {
				t.Fatal("accepted")
			}
			text := err.Error() + fmt.Sprintf("%v %+v %#v %s", auth, auth, auth, slog.AnyValue(auth))
			if strings.Contains(text, "canary") {
				t.Errorf("tells the secret: %s", text)
			}
			if !strings.HasPrefix(err.Error(), "servicenow: ") {
				t.Errorf("begins otherwise: %v", err)
			}
		})
	}
}
