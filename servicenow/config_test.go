package servicenow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// 000-16: a base URL is an instance name, a host, or a full URL with or without
// a trailing slash or /api/now.
func TestBaseURL(t *testing.T) {
	for raw, want := range map[string]string{
		"acme":                                     "https://acme.service-now.com",
		" dev-12345 ":                              "https://dev-12345.service-now.com",
		"acme/":                                    "https://acme.service-now.com",
		"ACME":                                     "https://acme.service-now.com",
		"acme.service-now.com":                     "https://acme.service-now.com",
		"itsm.example.org/":                        "https://itsm.example.org",
		"localhost:8080":                           "https://localhost:8080",
		"localhost":                                "https://localhost",
		"https://acme.service-now.com":             "https://acme.service-now.com",
		"https://acme.service-now.com/":            "https://acme.service-now.com",
		"https://acme.service-now.com/api/now":     "https://acme.service-now.com",
		"https://acme.service-now.com/api/now/":    "https://acme.service-now.com",
		"https://proxy.example.org/snow/":          "https://proxy.example.org/snow",
		"https://proxy.example.org/snow/api/now":   "https://proxy.example.org/snow",
		"http://127.0.0.1:8080":                    "http://127.0.0.1:8080",
		"https://ACME.service-now.com:8443/Path/x": "https://acme.service-now.com:8443/Path/x",
	} {
		t.Run("000-16 "+raw, func(t *testing.T) {
			client, err := servicenow.New(servicenow.Config{BaseURL: raw})
			if err != nil {
				t.Fatal(err)
			}
			if got := client.BaseURL(); got != want {
				t.Errorf("became %q, want %q", got, want)
			}
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	const secret = "hunter2canary"
	for name, config := range map[string]servicenow.Config{
		"empty":              {},
		"blank":              {BaseURL: "  "},
		"password in URL":    {BaseURL: "https://admin:" + secret + "@acme.service-now.com"},
		"password in host":   {BaseURL: "admin:" + secret + "@acme.service-now.com"},
		"unreadable":         {BaseURL: "https://admin:" + secret + "@acme\x7f.com"},
		"other scheme":       {BaseURL: "ftp://acme.service-now.com"},
		"no host":            {BaseURL: "https:///api"},
		"query":              {BaseURL: "https://acme.service-now.com?token=" + secret},
		"fragment":           {BaseURL: "https://acme.service-now.com#" + secret},
		"path only":          {BaseURL: "/api/now"},
		"two words":          {BaseURL: "acme corp"},
		"no user":            {BaseURL: "acme", Auth: servicenow.BasicAuth("", secret)},
		"user with a colon":  {BaseURL: "acme", Auth: servicenow.BasicAuth("a:b", secret)},
		"no function at all": {BaseURL: "acme", Auth: servicenow.BasicAuthFunc(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := servicenow.New(config)
			if err == nil || !strings.HasPrefix(err.Error(), "servicenow: ") || strings.Contains(err.Error(), secret) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// 000-12: credentials may change without a new client.
func TestBasicAuthFuncIsAskedForEachAttempt(t *testing.T) {
	asked := 0
	server, client := startWith(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}}, servicenow.Config{
		Auth: servicenow.BasicAuthFunc(func(context.Context) (string, string, error) {
			if asked++; asked == 2 {
				return "admin", "stale", nil
			}
			return "admin", "admin", nil
		}),
	})
	table := servicenow.TableOf[thingRow](client, "u_thing")
	for range 3 { // the second fails with 401 and is asked for again
		if _, err := table.Count(t.Context(), servicenow.Query{}); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 4 || server.Requests() != 4 {
		t.Errorf("asked %d times in %d requests", asked, server.Requests())
	}
}

func TestBasicAuthFuncThatFails(t *testing.T) {
	broken := errors.New("vault is sealed")
	server, client := startWith(t, servicenowtest.Options{}, servicenow.Config{
		Auth: servicenow.BasicAuthFunc(func(context.Context) (string, string, error) { return "", "", broken }),
	})
	_, err := servicenow.TableOf[incident](client, "incident").Get(t.Context(), "x")
	if !errors.Is(err, broken) || !errors.Is(err, servicenow.ErrUnauthorized) || server.Requests() != 0 {
		t.Errorf("error %v after %d requests", err, server.Requests())
	}
}

// 000-12: a canary secret must not appear in anything that is printed.
func TestSecretsAreNeverPrinted(t *testing.T) {
	const secret = "s3cr3t-canary"
	basic := "YWRtaW46czNjcjN0LWNhbmFyeQ" // admin:s3cr3t-canary in base64
	synctest.Test(t, func(t *testing.T) {
		server, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{thing}, Users: []servicenowtest.User{{Name: "admin", Password: secret}}})
		if err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		config := servicenow.Config{
			BaseURL: "acme", Auth: servicenow.BasicAuth("admin", secret), HTTPClient: server.Client(),
			Logger:    slog.New(slog.NewJSONHandler(&printed, &slog.HandlerOptions{Level: slog.LevelDebug})),
			OnAttempt: func(_ context.Context, a servicenow.Attempt) { fmt.Fprintf(&printed, "%+v %#v\n", a, a) },
		}
		client, err := servicenow.New(config)
		if err != nil {
			t.Fatal(err)
		}
		table := servicenow.TableOf[thingRow](client, "u_thing")
		dump := func(values ...any) {
			for _, v := range values {
				fmt.Fprintf(&printed, "%v %+v %#v %s %q\n", v, v, v, v, v)
				slog.New(slog.NewTextHandler(&printed, nil)).Info("value", "v", v)
			}
		}
		item := table.BatchGet("x", servicenow.Header("X-Secret", secret))
		dump(config, &config, config.Auth, client, table, servicenow.BasicAuthFunc(func(context.Context) (string, string, error) { return "a", secret, nil }), item.String())
		echo := fmt.Sprintf(`{"error":{"message":"bad header Basic %s==","detail":"Authorization: Basic %s=="},"status":"failure"}`, basic, basic)
		server.Fail(servicenowtest.Fault{Call: 1, DropBefore: true}, servicenowtest.Fault{Call: 3, Status: 400, Body: echo})
		for range 2 {
			_, err := table.Get(t.Context(), "x", servicenow.Header("X-Secret", secret))
			var failure *servicenow.Error
			errors.As(err, &failure)
			dump(err, failure, errors.Unwrap(err), string(failure.Body), failure.Message, failure.Detail)
		}
		_, err = servicenow.TableOf[thingRow](client, "u_thing").List(t.Context(), servicenow.Query{Where: servicenow.Eq("u_name", secret), PageSize: -1})
		dump(err)
		for _, canary := range []string{secret, basic} {
			if i := strings.Index(printed.String(), canary); i >= 0 {
				t.Errorf("%q was printed: %s", canary, printed.String()[max(0, i-200):min(printed.Len(), i+100)])
			}
		}
		if printed.Len() < 500 {
			t.Error("nothing was printed at all")
		}
	})
}

func TestCallOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		server.Fail(servicenowtest.Fault{Call: 1, DropAfter: true}, servicenowtest.Fault{Call: 3, Delay: time.Minute})
		if _, err := table.Create(t.Context(), map[string]any{"u_name": "x", "u_rank": 1}, servicenow.Idempotent()); err != nil || server.Requests() != 2 {
			t.Errorf("Idempotent: %v after %d requests", err, server.Requests())
		}
		began := time.Now()
		if _, err := table.Count(t.Context(), servicenow.Query{}, servicenow.Timeout(time.Second), nil); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < time.Second || took > 20*time.Second {
			t.Errorf("Timeout: took %v", took)
		}
		var meta servicenow.Response
		if _, err := table.Get(t.Context(), strings.Repeat("0", 32), servicenow.Meta(&meta)); !errors.Is(err, servicenow.ErrNotFound) || meta.Status != http.StatusNotFound || meta.RequestID == "" {
			t.Errorf("Meta of a failure: %+v, %v", meta, err)
		}
		page, err := table.List(t.Context(), servicenow.Query{}, servicenow.Meta(&meta))
		if err != nil || meta.Visible != len(page.Items) || meta.Total != 2 {
			t.Errorf("Meta of a list: %+v, %v", meta, err)
		}
	})
}

func TestDo(t *testing.T) {
	_, client := start(t, servicenowtest.Options{})
	var created struct{ Result servicenow.Record }
	err := client.Do(t.Context(), "POST", "/api/now/v2/table/incident", nil, map[string]any{"short_description": "x"}, &created)
	if err != nil || created.Result.Get("short_description") != "x" {
		t.Fatal(created, err)
	}
	path := "/api/now/table/incident/" + created.Result.SysID()
	if err := client.Do(t.Context(), "DELETE", path, nil, nil, &created); err != nil {
		t.Error(err)
	}
	err = client.Do(t.Context(), "GET", path, nil, nil, &created)
	var failure *servicenow.Error
	if !errors.Is(err, servicenow.ErrNotFound) || !errors.As(err, &failure) || failure.Op != "GET "+path {
		t.Error(err)
	}
	if err := client.Do(t.Context(), "GET", "/api/now/table/incident", nil, nil, new(int)); !errors.Is(err, servicenow.ErrInvalid) {
		t.Error("a result that does not fit:", err)
	}
}
