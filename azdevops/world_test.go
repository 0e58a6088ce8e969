package azdevops_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// newWorld makes an organization with the project Fabrikam and a client of it.
func newWorld(t testing.TB) (*azdevopstest.Server, *azdevops.Client) {
	t.Helper()
	server, err := azdevopstest.New(azdevopstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return server, newClient(t, server.Client(), nil)
}

func newClient(t testing.TB, via *http.Client, change func(*azdevops.Config)) *azdevops.Client {
	t.Helper()
	cfg := azdevops.Config{
		BaseURL: "http://azdevops.test/acme", Project: "Fabrikam", Auth: azdevops.PAT(azdevopstest.DefaultToken), HTTPClient: via,
	}
	if change != nil {
		change(&cfg)
	}
	client, err := azdevops.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// bug makes a bug on the server's side.
func bug(t testing.TB, server *azdevopstest.Server, title string) int {
	t.Helper()
	id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: title})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wait lets the fake time of a synctest bubble pass.
func wait(d time.Duration) { <-time.After(d) }
