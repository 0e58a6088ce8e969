package servicenow_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"time"

	"golang.org/x/oauth2"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// The application's own credentials: the token is fetched with the first call
// and renewed by itself.
func ExampleClientCredentials() {
	instance, _ := servicenowtest.New(servicenowtest.Options{
		OAuthClients: []servicenowtest.OAuthClient{{ID: "app", Secret: "secret", User: "admin"}},
	})
	client, err := servicenow.New(servicenow.Config{
		BaseURL:    "https://acme.service-now.com",
		HTTPClient: instance.Client(), // leave out for a real instance
		Auth:       servicenow.ClientCredentials(servicenow.OAuth{ClientID: "app", ClientSecret: "secret"}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := servicenow.TableOf[servicenow.Record](client, "sys_user").Count(context.Background(), servicenow.Query{})
	fmt.Println(n, err)
	for _, call := range instance.Journal() {
		fmt.Println(call.Method, call.Path, call.Status)
	}
	// Output:
	// 1 <nil>
	// POST /oauth_token.do 200
	// GET /api/now/table/sys_user 200
}

// A signed assertion instead of a password: the instance has the certificate of
// the key, and finds the user by the subject.
func ExampleJWTBearer() {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	instance, _ := servicenowtest.New(servicenowtest.Options{
		OAuthClients: []servicenowtest.OAuthClient{{
			ID: "app", Secret: "secret", Keys: map[string]crypto.PublicKey{"2026": key.Public()},
		}},
	})
	client, _ := servicenow.New(servicenow.Config{
		BaseURL:    "acme",
		HTTPClient: instance.Client(),
		Auth: servicenow.JWTBearer(
			servicenow.OAuth{ClientID: "app", ClientSecret: "secret"},
			servicenow.JWT{Key: key, KeyID: "2026", Subject: "admin"},
		),
	})
	n, err := servicenow.TableOf[servicenow.Record](client, "sys_user").Count(context.Background(), servicenow.Query{})
	fmt.Println(n, err)
	// Output: 1 <nil>
}

// golang.org/x/oauth2 leads a user through the consent; its token source then
// renews the tokens.
func ExampleTokenSource() {
	instance, _ := servicenowtest.New(servicenowtest.Options{
		OAuthClients: []servicenowtest.OAuthClient{{ID: "app", Secret: "secret"}},
	})
	authURL, tokenURL, _ := servicenow.OAuthEndpoints("acme")
	consent := oauth2.Config{
		ClientID: "app", ClientSecret: "secret", RedirectURL: "https://me.example/callback",
		Endpoint: oauth2.Endpoint{AuthURL: authURL, TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	fmt.Println(consent.AuthCodeURL("state"))

	// The user comes back to RedirectURL with a code.
	code, _ := instance.AuthorizationCode("app", "admin", consent.RedirectURL)
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, instance.Client())
	token, err := consent.Exchange(ctx, code)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, _ := servicenow.New(servicenow.Config{
		BaseURL: "acme", HTTPClient: instance.Client(), Auth: servicenow.TokenSource(consent.TokenSource(ctx, token)),
	})
	n, err := servicenow.TableOf[servicenow.Record](client, "sys_user").Count(ctx, servicenow.Query{})
	fmt.Println(n, err)
	// Output:
	// https://acme.service-now.com/oauth_auth.do?client_id=app&redirect_uri=https%3A%2F%2Fme.example%2Fcallback&response_type=code&state=state
	// 1 <nil>
}

// The authentication profile of the instance names the header and what stands
// before the key.
func ExampleAPIKey() {
	instance, _ := servicenowtest.New(servicenowtest.Options{
		APIKeys: []servicenowtest.APIKey{{Key: "k-123", User: "admin", Header: "X-Gateway-Key", Prefix: "Key "}},
	})
	client, _ := servicenow.New(servicenow.Config{
		BaseURL: "acme", HTTPClient: instance.Client(), Auth: servicenow.APIKey("X-Gateway-Key", "Key ", "k-123"),
	})
	n, err := servicenow.TableOf[servicenow.Record](client, "sys_user").Count(context.Background(), servicenow.Query{})
	fmt.Println(n, err)
	// Output: 1 <nil>
}

// Mutual TLS is a matter of the transport: it carries the client certificate,
// and the instance maps that to a user. Auth stays empty.
func ExampleConfig_mutualTLS() {
	instance, _ := servicenowtest.New(servicenowtest.Options{
		CertificateUser: func(cert *x509.Certificate) string { return cert.Subject.CommonName },
	})
	server := httptest.NewUnstartedServer(instance)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()

	transport := server.Client().Transport.(*http.Transport).Clone() // trusts the server; begin with http.DefaultTransport
	transport.TLSClientConfig.Certificates = []tls.Certificate{certificate("admin")}
	defer transport.CloseIdleConnections()
	client, _ := servicenow.New(servicenow.Config{BaseURL: server.URL, HTTPClient: &http.Client{Transport: transport}})
	n, err := servicenow.TableOf[servicenow.Record](client, "sys_user").Count(context.Background(), servicenow.Query{})
	fmt.Println(n, err)
	// Output: 1 <nil>
}

// certificate makes a client certificate; a real one comes from tls.LoadX509KeyPair.
func certificate(name string) tls.Certificate {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, _ := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Clients that share a limiter share what it learns: here the budget of an hour
// is used up by the first, and the second is refused without a request.
func ExampleRateLimiter() {
	instance, _ := servicenowtest.New(servicenowtest.Options{RateRules: []servicenowtest.RateRule{{Limit: 2}}})
	limiter, _ := servicenow.NewRateLimiter(servicenow.RateLimits{MaxWait: time.Millisecond})
	connect := func() *servicenow.Client {
		client, _ := servicenow.New(servicenow.Config{
			BaseURL: "acme", HTTPClient: instance.Client(), Limiter: limiter, Auth: servicenow.BasicAuth("admin", "admin"),
		})
		return client
	}
	for i, client := range []*servicenow.Client{connect(), connect()} {
		users := servicenow.TableOf[servicenow.Record](client, "sys_user")
		for range 2 {
			_, err := users.Count(context.Background(), servicenow.Query{})
			fmt.Println(i+1, errors.Is(err, servicenow.ErrRateLimited))
		}
	}
	fmt.Println(instance.Requests(), "requests")
	// Output:
	// 1 false
	// 1 false
	// 2 true
	// 2 true
	// 2 requests
}
