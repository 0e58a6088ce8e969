package azdevops_test

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
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

func TestNewRefusesBadConfig(t *testing.T) {
	good := azdevops.PAT("abc")
	for want, cfg := range map[string]azdevops.Config{
		"Config.Auth is not set":         {BaseURL: "https://dev.azure.com/acme"},
		"the token is empty":             {Auth: azdevops.PAT("")},
		"trim what it was read from":     {Auth: azdevops.PAT("abc\n")},
		"without a user name":            {Auth: azdevops.JobToken("user:abc")},
		"nil function":                   {Auth: azdevops.PATFunc(nil)},
		"TokenSource needs a source":     {Auth: azdevops.TokenSource(nil)},
		"must start with":                {Auth: good, BaseURL: "dev.azure.com/acme"},
		"Config.APIVersion":              {Auth: good, BaseURL: "https://dev.azure.com/acme", APIVersion: "latest"},
		`Config.APIVersions["comments"]`: {Auth: good, BaseURL: "https://dev.azure.com/acme", APIVersions: map[azdevops.Area]string{azdevops.AreaComments: "x"}},
		"Config.Project":                 {Auth: good, BaseURL: "https://dev.azure.com/acme", Project: " Fabrikam"},
		"Config.ReleaseURL":              {Auth: good, BaseURL: "https://dev.azure.com/acme", ReleaseURL: "vsrm"},
	} {
		if _, err := azdevops.New(cfg); err == nil || !strings.HasPrefix(err.Error(), "azdevops: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	_, client := newWorld(t)
	if _, err := client.InProject(""); err == nil || !strings.Contains(err.Error(), "the project is empty") {
		t.Error(err)
	}
	var none *azdevops.Client
	if _, err := none.InProject("x"); err == nil {
		t.Error("a client that is nil has projects")
	}
	if got := fmt.Sprint(none, &azdevops.Client{}); strings.Contains(got, "%!") {
		t.Error(got)
	}
}

// TestAddresses are the URLs of calls, whose case and escapes are kept.
func TestAddresses(t *testing.T) {
	var sent []string
	spy := roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.URL.String())
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":1,"value":[]}`)), Request: r}, nil
	})
	for _, base := range []string{"https://dev.azure.com/Acme/", "https://tfs.example.com/tfs/DefaultCollection", "https://acme.visualstudio.com"} {
		client := newClient(t, &http.Client{Transport: spy}, func(c *azdevops.Config) {
			c.BaseURL, c.Project, c.APIVersion, c.APIVersions = base, "Größe X/Y", "7.0", map[azdevops.Area]string{azdevops.AreaChecks: "7.2-preview.1"}
		})
		if _, err := client.WorkItems.States(t.Context(), "User Story"); err != nil {
			t.Error(err)
		}
	}
	named := newClient(t, &http.Client{Transport: spy}, nil)
	if _, err := named.WorkItems.Create(t.Context(), "User Story", titled("x")); err != nil {
		t.Error(err)
	}
	client := newClient(t, &http.Client{Transport: spy}, func(c *azdevops.Config) { c.Project = "" })
	if _, err := client.WorkItems.GetFields(t.Context(), 1, []string{"System.Title", "Custom.X"}, azdevops.APIVersion("7.2-preview.3")); err != nil {
		t.Error(err)
	}
	for _, err := range client.WorkItems.Comments(t.Context(), 1) {
		if err == nil || !strings.Contains(err.Error(), "set Config.Project or use Client.InProject") {
			t.Error(err)
		}
	}
	other, err := client.InProject("Other")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range other.WorkItems.Comments(t.Context(), 1) {
		t.Error(err)
	}
	want := []string{
		"https://dev.azure.com/Acme/Gr%C3%B6%C3%9Fe%20X%2FY/_apis/wit/workitemtypes/User%20Story/states?api-version=7.0",
		"https://tfs.example.com/tfs/DefaultCollection/Gr%C3%B6%C3%9Fe%20X%2FY/_apis/wit/workitemtypes/User%20Story/states?api-version=7.0",
		"https://acme.visualstudio.com/Gr%C3%B6%C3%9Fe%20X%2FY/_apis/wit/workitemtypes/User%20Story/states?api-version=7.0",
		"http://azdevops.test/acme/Fabrikam/_apis/wit/workitems/$User%20Story?%24expand=relations&api-version=7.1",
		"http://azdevops.test/acme/_apis/wit/workitems/1?api-version=7.2-preview.3&fields=System.Title%2CCustom.X",
		"http://azdevops.test/acme/Other/_apis/wit/workItems/1/comments?%24top=200&api-version=7.1-preview.4&order=desc",
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestAuthOnTheWire is about how tokens are sent.
func TestAuthOnTheWire(t *testing.T) {
	t.Run("003-08", func(t *testing.T) {
		for want, auth := range map[string]azdevops.Auth{
			"Basic OmFiYw==": azdevops.PAT("abc"),
			"Basic OmRlZg==": azdevops.PATFunc(func(context.Context) (string, time.Time, error) { return "def", time.Time{}, nil }),
			"Bearer ghi":     azdevops.JobToken("ghi"),
			"Bearer jkl":     azdevops.TokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "jkl"})),
		} {
			var sent http.Header
			spy := roundTripper(func(r *http.Request) (*http.Response, error) {
				sent = r.Header
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`)), Request: r}, nil
			})
			client := newClient(t, &http.Client{Transport: spy}, func(c *azdevops.Config) { c.Auth = auth })
			if _, err := client.Projects.Get(t.Context(), "Fabrikam"); err != nil {
				t.Error(err)
			}
			if sent.Get("Authorization") != want || sent.Get("X-TFS-FedAuthRedirect") != "Suppress" {
				t.Error(sent)
			}
		}
	})
}

// TestOneRetryAfter401 takes a fresh token once, and no more: a server locks
// accounts that are tried again and again.
func TestOneRetryAfter401(t *testing.T) {
	for _, fresh := range []string{azdevopstest.DefaultToken, "stillwrong"} {
		t.Run("003-26", func(t *testing.T) {
			server, err := azdevopstest.New(azdevopstest.Options{OnPremises: true})
			if err != nil {
				t.Fatal(err)
			}
			asked := 0
			client := newClient(t, server.Client(), func(c *azdevops.Config) {
				c.Auth = azdevops.PATFunc(func(context.Context) (string, time.Time, error) {
					if asked++; asked == 1 {
						return "old", time.Now().Add(time.Hour), nil
					}
					return fresh, time.Now().Add(time.Hour), nil
				})
			})
			_, err = client.Projects.Get(t.Context(), "Fabrikam")
			if server.Requests() != 2 || asked != 2 {
				t.Error(server.Requests(), asked)
			}
			if good := fresh == azdevopstest.DefaultToken; good != (err == nil) || !good && !errors.Is(err, azdevops.ErrUnauthorized) {
				t.Error(err)
			}
		})
	}
}

// TestTokensAreTakenInTime: a token that is about to end is replaced before it is
// sent, and one that is refused is replaced once.
func TestTokensAreTakenInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := azdevopstest.New(azdevopstest.Options{OnPremises: true, Users: []azdevopstest.User{{Token: "t2"}, {Token: "t4"}}})
		if err != nil {
			t.Fatal(err)
		}
		asked := 0
		client := newClient(t, server.Client(), func(c *azdevops.Config) {
			c.Auth = azdevops.TokenSource(sourceFunc(func() (*oauth2.Token, error) {
				asked++
				return &oauth2.Token{AccessToken: fmt.Sprint("t", asked), Expiry: time.Now().Add(time.Hour)}, nil
			}))
		})
		for _, want := range []int{2, 2, 4} { // t1 and t3 are refused
			if _, err := client.Projects.Get(t.Context(), "Fabrikam"); err != nil || asked != want {
				t.Fatal(err, asked)
			}
			if want == 2 {
				wait(time.Minute)
			}
			if asked == 2 && server.Requests() == 3 {
				wait(time.Hour)
			}
		}
	})
}

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }

func TestTokenSources(t *testing.T) {
	server, _ := newWorld(t)
	refused := &oauth2.RetrieveError{ErrorCode: "invalid_client", Body: []byte("canary")}
	for want, auth := range map[string]azdevops.Auth{
		"invalid_client":         azdevops.TokenSource(source{err: refused}),
		"out of order":           azdevops.TokenSource(source{err: errors.New("out of order")}),
		"no usable access token": azdevops.TokenSource(source{token: &oauth2.Token{}}),
		"the token is empty":     azdevops.PATFunc(func(context.Context) (string, time.Time, error) { return "", time.Time{}, nil }),
		"the vault does not react": azdevops.PATFunc(func(context.Context) (string, time.Time, error) {
			return "", time.Time{}, errors.New("the vault does not react")
		}),
	} {
		client := newClient(t, server.Client(), func(c *azdevops.Config) { c.Auth, c.MaxRetries = auth, -1 })
		_, err := client.Projects.Get(t.Context(), "Fabrikam")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(server.Requests(), "requests")
	}
}

type source struct {
	token *oauth2.Token
	err   error
}

func (s source) Token() (*oauth2.Token, error) { return s.token, s.err }

// TestSecretsStayInside looks for the token in everything that is printed.
func TestSecretsStayInside(t *testing.T) {
	t.Run("003-39", func(t *testing.T) { synctest.Test(t, secretsStayInside) })
}

func secretsStayInside(t *testing.T) {
	const canary = "canary4711deadbeef"
	server, err := azdevopstest.New(azdevopstest.Options{Users: []azdevopstest.User{{Token: canary}}})
	if err != nil {
		t.Fatal(err)
	}
	var printed, logged bytes.Buffer
	show := func(v any) { _, _ = fmt.Fprintf(&printed, "%v %+v %#v %s %q\n", v, v, v, v, v) }
	for _, auth := range []azdevops.Auth{azdevops.PAT(canary), azdevops.JobToken(canary)} {
		cfg := azdevops.Config{
			BaseURL: "http://azdevops.test/acme", Project: "Fabrikam", Auth: auth, HTTPClient: server.Client(),
			Logger:    slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
			OnAttempt: func(_ context.Context, a azdevops.Attempt) { show(a) },
		}
		client, err := azdevops.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		show(cfg)
		show(client)
		show(client.WorkItems)
		show(auth)
		var meta azdevops.Response
		for _, f := range []azdevopstest.Fault{{}, azdevopstest.Broken(), azdevopstest.SignInPage(), {Status: 400, Body: `{"message":"no"}`}, {DropBefore: true}} {
			server.ClearFaults()
			server.Fail(f)
			_, err = client.WorkItems.Get(t.Context(), 1, azdevops.Meta(&meta))
			show(err)
			show(meta)
			if failed, ok := errors.AsType[*azdevops.Error](err); ok {
				slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "err", failed)
				show(*failed)
			}
		}
	}
	for _, call := range server.Journal() {
		show(call)
	}
	encoded := "OmNhbmFyeTQ3MTFkZWFkYmVlZg"
	for _, text := range []string{printed.String(), logged.String()} {
		if strings.Contains(text, "4711deadbeef") || strings.Contains(text, encoded) {
			t.Errorf("the token is in %s", text)
		}
	}
}

func TestDoReachesAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		var types struct {
			Count int `json:"count"`
		}
		if err := client.Do(t.Context(), "GET", "/_apis/wit/workitemrelationtypes", nil, nil, &types); err != nil || types.Count == 0 {
			t.Error(types, err)
		}
		// A POST is not repeated unless the caller says that it may be.
		query := map[string]string{"query": "SELECT [System.Id] FROM WorkItems"}
		for _, opts := range [][]azdevops.CallOption{nil, {azdevops.Idempotent()}} {
			server.ResetJournal()
			server.Fail(azdevopstest.Fault{Method: "POST", DropAfter: true, Call: 1})
			err := client.Do(t.Context(), "POST", "/Fabrikam/_apis/wit/wiql", url.Values{"api-version": {"7.0"}}, query, nil, opts...)
			if repeats := len(opts) > 0; repeats != (err == nil) || !repeats && !errors.Is(err, azdevops.ErrAmbiguous) {
				t.Error(err)
			}
			if got := server.Journal()[0].Query; got != "api-version=7.0" {
				t.Error(got)
			}
		}
		server.ResetJournal()
		for _, path := range []string{"_apis", "/_apis?x=y", "/_apis#y"} {
			if err := client.Do(t.Context(), "GET", path, nil, nil, nil); err == nil || !strings.HasPrefix(err.Error(), "azdevops: Do: ") {
				t.Errorf("%s: %v", path, err)
			}
		}
		if err := client.Do(t.Context(), "POST", "/_apis", nil, func() {}, nil); err == nil {
			t.Error("a function is marshalled")
		}
		if err := (&azdevops.Client{}).Do(t.Context(), "GET", "/_apis", nil, nil, nil); err == nil {
			t.Error("a client without New works")
		}
		if server.Requests() != 0 {
			t.Error(server.Journal())
		}
		var meta azdevops.Response
		if _, err := client.Projects.Get(t.Context(), "Fabrikam", azdevops.Meta(&meta), azdevops.Timeout(time.Second), azdevops.Header("X-A", "b")); err != nil || meta.Status != 200 || meta.RequestID == "" {
			t.Error(meta, err)
		}
		if got := server.Journal()[0].Header.Get("X-A"); got != "b" {
			t.Error("the header is missing")
		}
	})
}

// TestProjects reads more projects than a page has.
func TestProjects(t *testing.T) {
	t.Run("003-32", func(t *testing.T) {
		options := azdevopstest.Options{}
		for i := range 101 {
			options.Projects = append(options.Projects, azdevopstest.Project{Name: fmt.Sprintf("Project %03d", i)})
		}
		server, err := azdevopstest.New(options)
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t, server.Client(), func(c *azdevops.Config) { c.Project = "" })
		n := 0
		for p, err := range client.Projects.All(t.Context()) {
			if err != nil || p.Name != fmt.Sprintf("Project %03d", n) || p.State != "wellFormed" || p.ID == "" {
				t.Fatal(p, err)
			}
			n++
		}
		if n != 101 || server.Requests() != 2 {
			t.Error(n, server.Requests())
		}
		p, err := client.Projects.Get(t.Context(), "Project 007")
		if err != nil || p.Visibility != "private" {
			t.Error(p, err)
		}
		if _, err := client.Projects.Get(t.Context(), "Nowhere"); !errors.Is(err, azdevops.ErrNotFound) {
			t.Error(err)
		}
		if _, err := client.Projects.Get(t.Context(), ""); err == nil {
			t.Error("a project without a name")
		}
	})
}

// TestServerOfOnesOwn works with a collection of a server, whose address keeps
// its case and has everything below it.
func TestServerOfOnesOwn(t *testing.T) {
	server, err := azdevopstest.New(azdevopstest.Options{OnPremises: true, Organization: "tfs/DefaultCollection"})
	if err != nil {
		t.Fatal(err)
	}
	at := func(token string) *azdevops.Client {
		return newClient(t, server.Client(), func(c *azdevops.Config) {
			c.BaseURL, c.APIVersion, c.Auth = "https://tfs.example.com/tfs/DefaultCollection/", "7.0", azdevops.PAT(token)
		})
	}
	client := at(azdevopstest.DefaultToken)
	item, err := client.WorkItems.Create(t.Context(), "Bug", titled("one"))
	if err != nil || !strings.HasPrefix(item.URL, "https://tfs.example.com/tfs/DefaultCollection/_apis/") {
		t.Fatal(item, err)
	}
	if _, err := client.WorkItems.AddComment(t.Context(), item.ID, "x"); err != nil {
		t.Error(err)
	}
	if got := server.Journal()[1]; got.Query != "api-version=7.0-preview.3" || !strings.HasPrefix(got.Path, "/tfs/DefaultCollection/Fabrikam/") {
		t.Error(got.Path, got.Query)
	}
	if _, err := at("wrong").WorkItems.Get(t.Context(), item.ID); !errors.Is(err, azdevops.ErrUnauthorized) || errors.Is(err, azdevops.ErrSignIn) {
		t.Error(err)
	}
}
