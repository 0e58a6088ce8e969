package codefresh_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

func TestNewRefusesBadConfig(t *testing.T) {
	for want, cfg := range map[string]codefresh.Config{
		"Config.Auth is not set": {},
		"the API key is empty":   {Auth: codefresh.APIKey("")},
		"leave out any scheme":   {Auth: codefresh.APIKey("Bearer abc")},
		"line break":             {Auth: codefresh.APIKey("abc\n")},
		"nil function":           {Auth: codefresh.APIKeyFunc(nil)},
		"must start with":        {Auth: codefresh.APIKey("abc"), BaseURL: "g.codefresh.io"},
	} {
		if _, err := codefresh.New(cfg); err == nil || !strings.HasPrefix(err.Error(), "codefresh: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var none *codefresh.Client
	if _, err := (&codefresh.Client{}).CurrentUser(t.Context()); err == nil {
		t.Error("a client without New works")
	}
	_ = fmt.Sprint(none)
}

func TestKeyIsSentAsItIs(t *testing.T) {
	var sent []string
	spy := roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header.Get("Authorization")+" "+r.URL.String())
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"userName":"u"}`)), Request: r}, nil
	})
	for _, base := range []string{"", "https://g.codefresh.io/api", "https://cf.example.com/"} {
		client := newClient(t, &http.Client{Transport: spy}, func(c *codefresh.Config) { c.BaseURL, c.Auth = base, codefresh.APIKey("raw.key") })
		if u, err := client.CurrentUser(t.Context()); err != nil || u.Name != "u" {
			t.Fatal(u, err)
		}
	}
	want := []string{"raw.key https://g.codefresh.io/api/user", "raw.key https://g.codefresh.io/api/user", "raw.key https://cf.example.com/api/user"}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKeysRotate(t *testing.T) {
	server, err := codefreshtest.New(codefreshtest.Options{Keys: []codefreshtest.Key{{Value: "new"}}})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	client := newClient(t, server.Client(), func(c *codefresh.Config) {
		c.Auth = codefresh.APIKeyFunc(func(context.Context) (string, time.Time, error) {
			asked++
			if asked == 1 {
				return "old", time.Now().Add(time.Hour), nil
			}
			return "new", time.Now().Add(time.Hour), nil
		})
	})
	for range 2 {
		if _, err := client.CurrentUser(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

func TestErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := codefreshtest.New(codefreshtest.Options{
			Keys: []codefreshtest.Key{{Value: "good"}, {Value: "restricted", Restricted: true}, {Value: "reader", ReadOnly: true}}, Pipelines: []codefreshtest.Pipeline{gated},
		})
		if err != nil {
			t.Fatal(err)
		}
		as := func(key string) *codefresh.Client {
			return newClient(t, server.Client(), func(c *codefresh.Config) { c.Auth, c.MaxRetries = codefresh.APIKey(key), -1 })
		}
		user := func(key string, faults ...codefreshtest.Fault) error {
			server.ClearFaults()
			server.Fail(faults...)
			_, err := as(key).CurrentUser(t.Context())
			return err
		}
		for _, tt := range []struct {
			err       error
			is, isNot error
			text      string
			retry     bool
		}{
			{user("wrong"), codefresh.ErrUnauthorized, codefresh.ErrForbidden, "Unauthorized", false},
			{user("restricted"), codefresh.ErrKeyRestricted, codefresh.ErrUnauthorized, "unusual activity", false},
			{user("restricted"), codefresh.ErrForbidden, codefresh.ErrNotFound, "", false},
			{start2(t, as("reader")), codefresh.ErrForbidden, codefresh.ErrKeyRestricted, "no scope", false},
			{user("good", codefreshtest.RateLimited(time.Second)), codefresh.ErrRateLimited, codefresh.ErrForbidden, "Too Many", true},
			{user("good", codefreshtest.Broken()), codefresh.ErrUnavailable, codefresh.ErrInvalid, "Internal server error", true},
			{user("good", codefreshtest.BadGateway()), codefresh.ErrUnavailable, codefresh.ErrInvalid, "502", true},
			{user("good", codefreshtest.Fault{Status: 400, Body: `plain words`}), codefresh.ErrInvalid, codefresh.ErrConflict, "plain words", false},
			{user("good", codefreshtest.Fault{Status: 409, Body: `{"status":"Error","message":"taken"}`}), codefresh.ErrConflict, codefresh.ErrInvalid, "taken", false},
			{user("good", codefreshtest.Fault{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: `<html><body>Log in</body></html>`}), codefresh.ErrSignIn, codefresh.ErrInvalid, "", false},
			{user("good", codefreshtest.Fault{CutAfter: 5}), codefresh.ErrTruncated, codefresh.ErrInvalid, "", true},
			{user("good", codefreshtest.Fault{Status: 200, Body: `[1]`}), nil, codefresh.ErrInvalid, "", false},
		} {
			if tt.err == nil || tt.is != nil && !errors.Is(tt.err, tt.is) || errors.Is(tt.err, tt.isNot) || !strings.Contains(tt.err.Error(), tt.text) {
				t.Errorf("%v, want %v and not %v", tt.err, tt.is, tt.isNot)
			}
			var failed *codefresh.Error
			if !errors.As(tt.err, &failed) || tt.is != nil && failed.Retryable() != tt.retry {
				t.Errorf("%v: retryable %v", tt.err, failed.Retryable())
			}
		}
		server.ClearFaults()
		var failed *codefresh.Error
		_, err = as("good").Builds.Get(t.Context(), strings.Repeat("0", 24))
		if !errors.As(err, &failed) || failed.Code != "1004" || failed.Name != "NOT_FOUND_ERROR" || failed.Status != 404 || failed.Op != "Builds.Get" || failed.RequestID == "" {
			t.Errorf("%#v", failed)
		}
	})
}

func start2(t *testing.T, client *codefresh.Client) error {
	_, err := client.Builds.Run(t.Context(), "shop/deploy", codefresh.Run{})
	return err
}

// TestSecretsStayInside looks for the key in everything that is printed.
func TestSecretsStayInside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const canary = "canary.4711deadbeef"
		server, err := codefreshtest.New(codefreshtest.Options{Keys: []codefreshtest.Key{{Value: canary}}, Pipelines: []codefreshtest.Pipeline{gated}})
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		cfg := codefresh.Config{
			BaseURL: "http://codefresh.test", Auth: codefresh.APIKey(canary), HTTPClient: server.Client(),
			Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}
		client, err := codefresh.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var printed strings.Builder
		show := func(v any) {
			_, _ = fmt.Fprintf(&printed, "%v %+v %#v %s %q\n", v, v, v, v, v)
		}
		show(cfg)
		show(client)
		show(cfg.Auth)
		server.Fail(codefreshtest.Fault{Status: 500, Body: "no"})
		_, err = client.Builds.Get(t.Context(), strings.Repeat("1", 24))
		show(err)
		if failed, ok := errors.AsType[*codefresh.Error](err); ok {
			slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "err", failed)
		}
		for _, call := range server.Journal() {
			show(call)
		}
		handle := codefresh.Callback{ChangeNumber: "CHG1", BuildID: "b", Token: canary}
		show(handle)
		show(&handle)
		for _, text := range []string{printed.String(), logged.String()} {
			if strings.Contains(text, "4711deadbeef") {
				t.Errorf("the key is in %s", text)
			}
		}
	})
}

func TestDoReachesAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		server.SetStatus(id, "pending-approval")
		var annotations []map[string]any
		if err := client.Do(t.Context(), "GET", "/api/annotations", nil, nil, &annotations); err != nil || annotations == nil {
			t.Error(annotations, err)
		}
		// Also by this way an approval is an act, not a reading.
		server.Fail(codefreshtest.Fault{DropAfter: true, Call: 1})
		err := client.Do(t.Context(), "GET", "/api/workflow/"+id+"/pending-approval/approve", nil, nil, nil)
		if !errors.Is(err, codefresh.ErrAmbiguous) || len(server.Decisions(id)) != 1 {
			t.Error(err)
		}
		for _, path := range []string{"api", "/api/x?y=1", "/api/x#y"} {
			if err := client.Do(t.Context(), "GET", path, nil, nil, nil); err == nil || !strings.HasPrefix(err.Error(), "codefresh: Do: ") {
				t.Errorf("%s: %v", path, err)
			}
		}
		if err := client.Do(t.Context(), "POST", "/api/x", nil, func() {}, nil); err == nil {
			t.Error("a function is marshalled")
		}
		var meta codefresh.Response
		if _, err := client.CurrentUser(t.Context(), codefresh.Meta(&meta), codefresh.Timeout(time.Second), codefresh.Header("X-A", "b"), codefresh.Idempotent()); err != nil || meta.Status != 200 {
			t.Error(meta, err)
		}
		if last := server.Journal(); last[len(last)-1].Header.Get("X-A") != "b" {
			t.Error("the header is missing")
		}
	})
}

func TestAnnotations(t *testing.T) {
	server, client := newWorld(t)
	ctx, id := t.Context(), start(t, server, "shop/deploy")
	set := func(value string) bool {
		t.Helper()
		wrote, err := client.Annotations.Set(ctx, codefresh.EntityBuild, id, "CR_LINK", value)
		if err != nil {
			t.Fatal(err)
		}
		return wrote
	}
	if !set("https://x/?a=b=c") || set("https://x/?a=b=c") || !set("second") {
		t.Error("written when nothing differs, or the other way round")
	}
	list, err := client.Annotations.List(ctx, codefresh.EntityBuild, id)
	if err != nil || len(list) != 1 || list[0].Value != "second" || list[0].Key != "CR_LINK" || list[0].EntityID != id || list[0].ID == "" {
		t.Errorf("%+v %v", list, err)
	}
	for range 2 {
		if err := client.Annotations.Delete(ctx, codefresh.EntityBuild, id, "CR_LINK"); err != nil {
			t.Error(err)
		}
	}
	if left := server.Annotations(id); len(left) != 0 {
		t.Error(left)
	}
	server.ResetJournal()
	for want, call := range map[string]func() error{
		"an annotation key": func() error { _, err := client.Annotations.Set(ctx, codefresh.EntityBuild, id, "a-b", ""); return err },
		"entity type":       func() error { _, err := client.Annotations.List(ctx, "", id); return err },
		"entity id":         func() error { return client.Annotations.Delete(ctx, codefresh.EntityBuild, "", "a") },
		"starts with":       func() error { return client.Annotations.Delete(ctx, codefresh.EntityBuild, id, "") },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Error(requests(server))
	}
}

// TestAnnotationsSurviveCrashes sets a new value and dies at any request; set
// again, the key has one value.
func TestAnnotationsSurviveCrashes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= 4; n++ {
			for _, fault := range []codefreshtest.Fault{{DropBefore: true}, {DropAfter: true}} {
				server, client := newWorld(t)
				id := start(t, server, "shop/deploy")
				once := newClient(t, server.Client(), func(c *codefresh.Config) { c.MaxRetries = -1 })
				if _, err := client.Annotations.Set(t.Context(), codefresh.EntityBuild, id, "K", "old"); err != nil {
					t.Fatal(err)
				}
				server.Fail(fault.OnCall(n))
				_, _ = once.Annotations.Set(t.Context(), codefresh.EntityBuild, id, "K", "new")
				if len(server.Annotations(id)) == 0 {
					t.Errorf("%d: no value", n)
				}
				if _, err := client.Annotations.Set(t.Context(), codefresh.EntityBuild, id, "K", "new"); err != nil {
					t.Fatal(err)
				}
				list, err := client.Annotations.List(t.Context(), codefresh.EntityBuild, id)
				for _, a := range list {
					if a.Value != "new" {
						t.Errorf("%d: %+v", n, list)
					}
				}
				if err != nil || len(list) == 0 {
					t.Errorf("%d: %+v %v", n, list, err)
				}
			}
		}
	})
}

func TestPipelines(t *testing.T) {
	server, client := newWorld(t)
	ctx := t.Context()
	for i := range 7 {
		if _, err := client.Pipelines.Create(ctx, codefresh.Pipeline{Metadata: codefresh.PipelineMetadata{Name: fmt.Sprintf("lib/p%d", i)}, Spec: json.RawMessage(`{"steps":{}}`)}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.Pipelines.Create(ctx, codefresh.Pipeline{Metadata: codefresh.PipelineMetadata{Name: "lib/p1"}})
	if !errors.Is(err, codefresh.ErrConflict) {
		t.Error(err)
	}
	var names []string
	for p, err := range client.Pipelines.All(ctx, codefresh.PipelineQuery{PageSize: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, p.Metadata.Name)
	}
	want := []string{"shop/deploy", "lib/p0", "lib/p1", "lib/p2", "lib/p3", "lib/p4", "lib/p5", "lib/p6"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if names, err := client.Pipelines.Names(ctx); err != nil || cmp.Diff(want, names) != "" {
		t.Error(names, err)
	}
	p, err := client.Pipelines.Get(ctx, "lib/p1")
	if err != nil || p.Metadata.Project != "lib" || p.Kind != "pipeline" {
		t.Fatal(p, err)
	}
	page, err := client.Pipelines.List(ctx, codefresh.PipelineQuery{ProjectID: p.Metadata.ProjectID, PageSize: 2, Labels: []string{"x"}})
	if err != nil || page.Total != 7 || page.Next == "" {
		t.Error(page, err)
	}
	// What this package does not know is written back.
	server.Fail(codefreshtest.Fault{Method: "GET", Path: "/api/pipelines/", Call: 1, Rewrite: func(body []byte) []byte {
		return bytes.Replace(body, []byte(`"metadata":{`), []byte(`"metadata":{"shared":true,"created_at":"2026-01-02T03:04:05Z",`), 1)
	}})
	if p, err = client.Pipelines.Get(ctx, "lib/p1"); err != nil || p.Metadata.Created.IsZero() {
		t.Fatal(p, err)
	}
	p.Metadata.Name = "lib/renamed"
	if p, err = client.Pipelines.Replace(ctx, "lib/p1", p); err != nil || p.Metadata.Name != "lib/renamed" {
		t.Fatal(p, err)
	}
	last := server.Journal()
	if body := string(last[len(last)-1].Body); !strings.Contains(body, `"shared":true`) || !strings.Contains(body, `"steps":{}`) {
		t.Error(body)
	}
	if err := client.Pipelines.Delete(ctx, p.Metadata.ID); err != nil {
		t.Error(err)
	}
	if err := client.Pipelines.Delete(ctx, "lib/renamed"); !errors.Is(err, codefresh.ErrNotFound) {
		t.Error(err)
	}
	var projects []string
	for p, err := range client.Projects.All(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		projects = append(projects, p.Name)
		if same, err := client.Projects.Get(ctx, p.ID); err != nil || same.Name != p.Name {
			t.Error(same, err)
		}
	}
	if diff := cmp.Diff([]string{"lib", "shop"}, projects); diff != "" {
		t.Error(diff)
	}
	if p, err := client.Projects.ByName(ctx, "lib"); err != nil || p.ID == "" {
		t.Error(p, err)
	}
	contexts, err := client.Contexts.List(ctx)
	if err != nil || len(contexts) != 2 || contexts[1] != (codefresh.SharedContext{Name: "vault", Type: "secret"}) {
		t.Error(contexts, err)
	}
	if c, err := client.Contexts.Get(ctx, "shared"); err != nil || c.Type != "config" {
		t.Error(c, err)
	}
	server.ResetJournal()
	for _, err := range []error{
		second(client.Pipelines.Get(ctx, "")), second(client.Pipelines.Create(ctx, codefresh.Pipeline{})),
		second(client.Pipelines.Replace(ctx, "a/b", codefresh.Pipeline{})), second(client.Pipelines.List(ctx, codefresh.PipelineQuery{PageSize: -1})),
		second(client.Pipelines.List(ctx, codefresh.PipelineQuery{After: "x"})), client.Pipelines.Delete(ctx, " a"),
		second(client.Projects.Get(ctx, "x")), second(client.Projects.ByName(ctx, "")), second(client.Contexts.Get(ctx, "")),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "codefresh: ") {
			t.Error(err)
		}
	}
	if server.Requests() != 0 {
		t.Error(requests(server))
	}
}

func second[T any](_ T, err error) error { return err }

func TestAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newWorld(t)
		id := start(t, server, "shop/deploy")
		if _, err := client.Builds.Approve(t.Context(), id, "go", codefresh.Approval{}); err != nil {
			t.Fatal(err)
		}
		day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
		log, err := client.Audit(t.Context(), day, day.AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(log)
		if cerr := log.Close(); err != nil || cerr != nil || !strings.Contains(string(text), "approved,"+id) {
			t.Error(string(text), err, cerr)
		}
		if last := server.Journal(); last[len(last)-1].Query != "from=2026-03-04&to=2026-03-05" {
			t.Error(last[len(last)-1].Query)
		}
		if _, err := client.Audit(t.Context(), day, day.AddDate(0, 0, -1)); err == nil {
			t.Error("an empty span is asked for")
		}
	})
}
