package servicenowtest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// issue asks oauth_token.do and returns the status and the answer's members.
func issue(t *testing.T, server *servicenowtest.Server, form url.Values) (int, map[string]any) {
	t.Helper()
	form = maps.Clone(form)
	if !form.Has("client_id") {
		form.Set("client_id", "app")
		form.Set("client_secret", "secret")
	}
	res, err := server.Client().PostForm("https://acme.service-now.com/oauth_token.do", form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(data, &answer); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return res.StatusCode, answer
}

// accepted reports whether a token opens the Table API.
func accepted(t *testing.T, server *servicenowtest.Server, token any) bool {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "https://acme.service-now.com/api/now/table/incident", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := token.(string)
	req.Header.Set("Authorization", "Bearer "+text)
	res, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func oauthServer(t *testing.T, client servicenowtest.OAuthClient) (*servicenowtest.Server, *servicenowtest.ManualClock) {
	t.Helper()
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 30, 0, 0, time.UTC))
	client.ID, client.Secret = "app", "secret"
	server, err := servicenowtest.New(servicenowtest.Options{Clock: clock, OAuthClients: []servicenowtest.OAuthClient{client}})
	if err != nil {
		t.Fatal(err)
	}
	return server, clock
}

// 1.8: access tokens live 1,800 s and refresh tokens 100 days; inside its life a
// token is given again; refreshing renews the access token alone.
func TestTokensExpire(t *testing.T) {
	server, clock := oauthServer(t, servicenowtest.OAuthClient{})
	password := url.Values{"grant_type": {"password"}, "username": {"admin"}, "password": {"admin"}}
	_, first := issue(t, server, password)
	clock.Advance(1799 * time.Second)
	_, same := issue(t, server, password)
	if first["access_token"] != same["access_token"] || same["expires_in"] != 1.0 || first["refresh_token"] != same["refresh_token"] {
		t.Errorf("first %v, then %v", first, same)
	}
	if !accepted(t, server, first["access_token"]) {
		t.Error("refused before its end")
	}
	clock.Advance(time.Second)
	if accepted(t, server, first["access_token"]) {
		t.Error("accepted after its end")
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}}
	status, next := issue(t, server, refresh)
	if status != 200 || next["refresh_token"] != first["refresh_token"] || !accepted(t, server, next["access_token"]) {
		t.Errorf("refreshed: %d %v", status, next)
	}
	clock.Advance(100 * 24 * time.Hour)
	if status, answer := issue(t, server, refresh); status != 401 || answer["error"] != "invalid_grant" {
		t.Errorf("after 100 days: %d %v", status, answer)
	}
}

func TestAuthorizationCodes(t *testing.T) {
	server, clock := oauthServer(t, servicenowtest.OAuthClient{})
	code := func() string {
		code, err := server.AuthorizationCode("app", "admin", "https://me.example")
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	redeem := func(code, redirect string) int {
		status, _ := issue(t, server, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}})
		return status
	}
	once := code()
	if redeem(once, "https://me.example") != 200 || redeem(once, "https://me.example") != 401 {
		t.Error("a code must be good once")
	}
	if redeem(code(), "https://other.example") != 401 {
		t.Error("accepted with another redirect")
	}
	late := code()
	clock.Advance(time.Minute)
	if redeem(late, "https://me.example") != 401 {
		t.Error("accepted after a minute")
	}
	for _, bad := range [][2]string{{"app", "nobody"}, {"nothing", "admin"}} {
		if _, err := server.AuthorizationCode(bad[0], bad[1], ""); err == nil {
			t.Errorf("a code for %v", bad)
		}
	}
}

func TestAssertions(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server, clock := oauthServer(t, servicenowtest.OAuthClient{Keys: map[string]crypto.PublicKey{"k": key.Public()}})
	sign := func(head string, claims map[string]any) string {
		payload, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		text := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString(payload)
		sum := sha256.Sum256([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return text + "." + base64.RawURLEncoding.EncodeToString(signature)
	}
	const head = `{"alg":"ES256","kid":"k"}`
	claims := func(id string, change ...any) map[string]any {
		c := map[string]any{"iss": "app", "aud": "app", "sub": "admin", "exp": clock.Now().Unix() + 60, "jti": id}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	for _, tt := range []struct {
		assertion, says string // "" for a good one
	}{
		{sign(head, claims("1")), ""},
		{sign(head, claims("1")), "jti was used"},
		{sign(head, claims("2", "exp", clock.Now().Unix()-299)), ""}, // within the skew of 300 s
		{sign(head, claims("3", "exp", clock.Now().Unix()-300)), "expired"},
		{sign(head, claims("4", "aud", "other")), "aud"},
		{sign(head, claims("5", "iss", "other")), "iss"},
		{sign(head, claims("6", "sub", "nobody")), "sub"},
		{sign(head, claims("")), "jti is missing"},
		{sign(`{"alg":"ES256","kid":"other"}`, claims("7")), "signature"},
		{sign(`{"alg":"none","kid":"k"}`, claims("8")), "signature"},
		{sign(`{"alg":"RS256","kid":"k"}`, claims("9")), "signature"},
		{sign(head, claims("10")) + "x", "signature"},
		{"a.b", "no signed JWT"},
		{"a.b.c", "cannot be read"},
	} {
		status, answer := issue(t, server, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {tt.assertion}})
		text, _ := answer["error_description"].(string)
		if good := tt.says == ""; good != (status == 200) || !good && (status != 401 || !strings.Contains(text, tt.says)) {
			t.Errorf("%q: %d %v", tt.says, status, answer)
		}
		if _, has := answer["refresh_token"]; has {
			t.Error("1.8 the grant gives no refresh token")
		}
	}
}

func TestAuthOptions(t *testing.T) {
	for name, options := range map[string]servicenowtest.Options{
		"client without secret": {OAuthClients: []servicenowtest.OAuthClient{{ID: "a"}}},
		"client of nobody":      {OAuthClients: []servicenowtest.OAuthClient{{ID: "a", Secret: "b", User: "nobody"}}},
		"empty key":             {APIKeys: []servicenowtest.APIKey{{User: "admin"}}},
		"key of nobody":         {APIKeys: []servicenowtest.APIKey{{Key: "k", User: "nobody"}}},
		"rule without limit":    {RateRules: []servicenowtest.RateRule{{}}},
	} {
		if _, err := servicenowtest.New(options); err == nil || !strings.HasPrefix(err.Error(), "servicenowtest: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	server, _ := oauthServer(t, servicenowtest.OAuthClient{})
	if status, answer := issue(t, server, url.Values{"grant_type": {"client_credentials"}}); status != 401 || answer["error_description"] != "access_denied" {
		t.Errorf("client_credentials without a user: %d %v", status, answer)
	}
	strange, err := servicenowtest.New(servicenowtest.Options{CertificateUser: func(*x509.Certificate) string { return "admin" }})
	if err != nil {
		t.Fatal(err)
	}
	if accepted(t, strange, "none") {
		t.Error("a certificate was taken where none was shown")
	}
}
