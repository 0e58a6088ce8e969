package azdevopstest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const releaseArea = "efc2f575-36ef-48e9-b672-0c6fb4a48ac5"

// TestReleasesAreFound goes the way of clients that ask where releases are: the
// areas, then the locations at the address of their area, then the resource.
func TestReleasesAreFound(t *testing.T) {
	options := withPipelines(azdevopstest.Options{SplitReleases: true})
	server := azdevopstest.NewServer(t, options)
	get := func(method, url string) (int, any) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("", azdevopstest.DefaultToken)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		data, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, decode(t, string(data))
	}
	for _, base := range []string{server.URL, server.ReleaseURL} {
		if _, area := get("GET", base+"/_apis/ResourceAreas/"+releaseArea); !within(decode(t, `{"name":"Release","locationUrl":"`+server.ReleaseURL+`/"}`), area) {
			t.Error(base, area)
		}
		if _, area := get("GET", base+"/_apis/ResourceAreas/5264459e-e5e0-4bd8-b118-0985e68a4ec5"); !within(decode(t, `{"name":"wit","locationUrl":"`+server.URL+`/"}`), area) {
			t.Error(base, area)
		}
		if _, areas := get("GET", base+"/_apis/ResourceAreas"); !within(decode(t, `{"count":7}`), areas) {
			t.Error(base, areas)
		}
		if status, _ := get("GET", base+"/_apis/ResourceAreas/00000000-0000-0000-0000-000000000000"); status != 404 {
			t.Error(base, status)
		}
	}
	if _, found := get("OPTIONS", server.ReleaseURL+"/_apis/Release"); !within(decode(t, `{"count":7}`), found) {
		t.Error(found)
	}
	for _, url := range []string{server.ReleaseURL + "/_apis/wit", server.URL + "/_apis/Release"} {
		if _, found := get("OPTIONS", url); !within(decode(t, `{"count":0}`), found) {
			t.Error(url, found)
		}
	}
	for url, want := range map[string]int{
		server.ReleaseURL + "/Fabrikam/_apis/release/releases": 200, server.URL + "/Fabrikam/_apis/release/releases": 404,
		server.URL + "/Fabrikam/_apis/build/builds": 200, server.ReleaseURL + "/Fabrikam/_apis/build/builds": 404,
	} {
		if status, body := get("GET", url); status != want {
			t.Error(url, status, body)
		}
	}
}

// Without sockets the address of releases is made of the one that was asked, as
// the service's are.
func TestReleasesAreAtTheAddressesOfTheService(t *testing.T) {
	server, _ := newServer(t, azdevopstest.Options{SplitReleases: true})
	for base, want := range map[string]string{
		"https://dev.azure.com/acme": "https://vsrm.dev.azure.com/acme/", "https://x.visualstudio.com/acme": "https://x.vsrm.visualstudio.com/acme/",
		"https://vsrm.dev.azure.com/acme": "https://vsrm.dev.azure.com/acme/",
	} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", base+"/_apis/ResourceAreas/"+strings.ToUpper(releaseArea), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("", azdevopstest.DefaultToken)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(answer.Body)
		if err != nil || answer.Body.Close() != nil || !within(decode(t, `{"locationUrl":"`+want+`"}`), decode(t, string(data))) {
			t.Error(base, string(data), err)
		}
	}
}
