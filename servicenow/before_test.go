package servicenow_test

import (
	"net/http"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// clientBefore is a client of the server that calls change before each request,
// and that repeats nothing by itself.
func clientBefore(t testing.TB, server *servicenowtest.Server, change func(method string)) *servicenow.Client {
	t.Helper()
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "acme", Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			change(r.Method)
			return server.Transport().RoundTrip(r)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
