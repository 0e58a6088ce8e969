package netbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// What NetBox only shows is read at the place that each release has it at.
func TestReadersFindTheirPlace(t *testing.T) {
	types := map[string]string{"3.7": "extras/content-types", "4.0": "extras/object-types", "4.2": "extras/object-types"}
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		site := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		srv.ResetJournal()
		page, err := c.Core.ObjectTypes.List(ctx, netbox.Query{Where: netbox.ObjectTypeFilter{AppLabel: []string{"dcim"}, Model: []string{"device"}}})
		if err != nil || len(page.Items) != 1 || page.Items[0].Name() != "dcim.device" {
			t.Fatalf("object types %+v, %v", page.Items, err)
		}
		if version >= "4.4" && (!slices.Contains(page.Items[0].Features, "custom_fields") || page.Items[0].Endpoint != "/api/dcim/devices/") {
			t.Errorf("a device is told as %+v", page.Items[0])
		}
		got, err := c.Core.ObjectTypes.Get(ctx, page.Items[0].ID)
		if err != nil || got.Display != page.Items[0].Display {
			t.Errorf("Get %+v, %v", got, err)
		}
		want := types[version]
		if want == "" {
			want = "core/object-types"
		}
		asked := requests(srv)
		if last := asked[len(asked)-1]; last != fmt.Sprintf("GET /api/%s/%d/", want, got.ID) {
			t.Errorf("asked %s", last)
		}
		n, err := c.Core.ObjectTypes.Count(ctx, netbox.Query{})
		seen := 0
		for _, err := range c.Core.ObjectTypes.All(ctx, netbox.Query{PageSize: 7}) {
			if err != nil {
				t.Fatal(err)
			}
			seen++
		}
		if err != nil || n < 40 || seen != n {
			t.Errorf("counted %d, read %d, %v", n, seen, err)
		}
		changes, err := c.Core.ObjectChanges.List(ctx, netbox.Query{Where: netbox.ObjectChangeFilter{ObjectType: []string{"dcim.site"}, Action: []string{"create"}}})
		if err != nil || len(changes.Items) != 1 || changes.Items[0].ObjectID != site {
			t.Errorf("change log %+v, %v", changes.Items, err)
		}
	})
	var none netbox.Reader[netbox.Job]
	if _, err := none.Get(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "netbox.New") {
		t.Errorf("a reader of no client: %v", err)
	}
	for _, err := range none.All(t.Context(), netbox.Query{}) {
		if err == nil {
			t.Error("a reader of no client reads")
		}
	}
}

func TestSyncDataSource(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, _ *netboxtest.Server, c *netbox.Client) {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			source, err := c.Core.DataSources.Create(ctx, netbox.DataSourceWrite{Name: netbox.Set("files"), Type: netbox.Set("local"), SourceURL: netbox.Set("/srv/files")})
			if err != nil || source.Status.Value != "new" {
				t.Fatalf("%+v, %v", source, err)
			}
			if source, err = c.SyncDataSource(ctx, source.ID); err != nil || source.Status.Value != "queued" {
				t.Fatalf("queued %+v, %v", source, err)
			}
			jobs, err := c.Core.Jobs.List(ctx, netbox.Query{Where: netbox.JobFilter{ObjectID: []int64{source.ID}}})
			if err != nil || len(jobs.Items) != 1 || jobs.Items[0].ObjectType != "core.datasource" {
				t.Fatalf("jobs %+v, %v", jobs.Items, err)
			}
			if job, err := c.WaitJob(ctx, jobs.Items[0].ID, netbox.Poll{}); err != nil || job.Completed == nil || !job.Done() {
				t.Errorf("job %+v, %v", job, err)
			}
			if source, err = c.Core.DataSources.Get(ctx, source.ID); err != nil || source.Status.Value != "completed" {
				t.Errorf("synced %+v, %v", source, err)
			}
		})
	})
	_, c := world(t, netboxtest.Options{}, netbox.Config{})
	if _, err := c.SyncDataSource(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "ids are positive") {
		t.Errorf("id 0: %v", err)
	}
}

// A bulk write in the background: the job's end tells what a call would have.
func TestBulkInBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c := world(t, netboxtest.Options{}, netbox.Config{})
		ctx := t.Context()
		makers := c.DCIM.Manufacturers.InBackground()
		bodies := netbox.Bodies([]netbox.ManufacturerWrite{
			{Name: netbox.Set("A"), Slug: netbox.Set("a")}, {Name: netbox.Set("B"), Slug: netbox.Set("b")},
		})
		job, err := makers.BulkCreate(ctx, bodies)
		if err != nil || job.ID == 0 || job.Status.Value != netbox.JobPending || job.Done() {
			t.Fatalf("started %+v, %v", job, err)
		}
		if _, err := makers.Rows(job); err == nil || !strings.Contains(err.Error(), "WaitJob") {
			t.Errorf("rows of a pending job: %v", err)
		}
		if n := srv.Count("dcim/manufacturers"); n != 0 {
			t.Errorf("%d manufacturers before the job ran", n)
		}
		began := time.Now()
		var polls []int
		job, err = c.WaitJob(ctx, job.ID, netbox.Poll{OnPoll: func(n int, _ error) { polls = append(polls, n) }})
		if err != nil || job.Name != "Bulk create manufacturers" || job.User.Username != "admin" || job.ExecutionTime == "" {
			t.Fatalf("waited for %+v, %v", job, err)
		}
		if !slices.Equal(polls, []int{1, 2}) || time.Since(began) != 2*time.Second {
			t.Errorf("asked %v in %v", polls, time.Since(began))
		}
		rows, err := makers.Rows(job)
		if err != nil || len(rows) != 2 || rows[1].Name != "B" || rows[1].ID == 0 {
			t.Fatalf("made %+v, %v", rows, err)
		}
		if job, err = makers.BulkUpdate(ctx, []netbox.Patch{{ID: rows[0].ID, Body: netbox.ManufacturerWrite{Description: netbox.Set("x")}}}); err != nil {
			t.Fatal(err)
		}
		if _, err = c.WaitJob(ctx, job.ID, netbox.Poll{Min: time.Second, Max: time.Second}); err != nil {
			t.Fatal(err)
		}
		// All or nothing: one bad item, and the job tells which.
		if job, err = makers.BulkCreate(ctx, netbox.Bodies([]netbox.ManufacturerWrite{{Name: netbox.Set("C"), Slug: netbox.Set("c")}, {Name: netbox.Set("A"), Slug: netbox.Set("a")}})); err != nil {
			t.Fatal(err)
		}
		job, err = c.WaitJob(ctx, job.ID, netbox.Poll{})
		var failed *netbox.JobError
		if !errors.As(err, &failed) || !errors.Is(err, netbox.ErrJobFailed) || !errors.Is(err, netbox.ErrInvalid) || job.Status.Value != netbox.JobFailed {
			t.Fatalf("failed as %v", err)
		}
		var refused *netbox.Error
		if !errors.As(err, &refused) || len(refused.Items) != 1 || refused.Items[0].Index != 1 || refused.Items[0].Kind != netbox.ErrDuplicate {
			t.Errorf("items %+v", refused)
		}
		if !strings.Contains(failed.Error(), "1 of 2 objects could not be created") {
			t.Errorf("told as %q", failed)
		}
		if _, err := makers.Rows(job); !errors.Is(err, netbox.ErrJobFailed) {
			t.Errorf("rows of a failed job: %v", err)
		}
		if job, err = makers.BulkDelete(ctx, []int64{rows[0].ID, rows[1].ID}); err != nil {
			t.Fatal(err)
		}
		if job, err = c.WaitJob(ctx, job.ID, netbox.Poll{}); err != nil || job.Name != "Bulk delete manufacturers" {
			t.Errorf("%+v, %v", job, err)
		}
		if rows, err := makers.Rows(job); rows != nil || err != nil {
			t.Errorf("a deletion gave %v, %v", rows, err)
		}
		if n := srv.Count("dcim/manufacturers"); n != 0 {
			t.Errorf("%d manufacturers are left", n)
		}
	})
}

func TestBackgroundRefusals(t *testing.T) {
	_, old := world(t, netboxtest.Options{Version: "4.6"}, netbox.Config{})
	ctx := t.Context()
	one := netbox.Bodies([]netbox.ManufacturerWrite{{Name: netbox.Set("A"), Slug: netbox.Set("a")}})
	if _, err := old.DCIM.Manufacturers.InBackground().BulkCreate(ctx, one); err == nil || !strings.Contains(err.Error(), "since NetBox 4.7") {
		t.Errorf("4.6: %v", err)
	}
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	makers := c.DCIM.Manufacturers.InBackground()
	for name, call := range map[string]func() error{
		"empty": func() error { _, err := makers.BulkCreate(ctx, nil); return err },
		"id 0":  func() error { _, err := makers.BulkDelete(ctx, []int64{0}); return err },
		"id twice": func() error {
			_, err := makers.BulkUpdate(ctx, []netbox.Patch{{ID: 1, Body: map[string]any{"name": "x"}}, {ID: 1, Body: map[string]any{"name": "y"}}})
			return err
		},
		"If-Match": func() error { _, err := makers.BulkCreate(ctx, one, netbox.IfMatch("x")); return err },
	} {
		if err := call(); err == nil || !strings.HasPrefix(err.Error(), "netbox: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, asked := range requests(srv) {
		if !strings.HasPrefix(asked, "GET /api/status/") {
			t.Errorf("sent %s", asked)
		}
	}
	_, idle := world(t, netboxtest.Options{NoWorker: true}, netbox.Config{MaxRetries: -1})
	if _, err := idle.DCIM.Manufacturers.InBackground().BulkCreate(ctx, one); !errors.Is(err, netbox.ErrUnavailable) {
		t.Errorf("without a worker: %v", err)
	}
}

// Waiting ends with the context, with the time, and for jobs that do not exist.
func TestWaitJobEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, c := world(t, netboxtest.Options{}, netbox.Config{MaxRetries: -1})
		if _, err := c.WaitJob(t.Context(), 7, netbox.Poll{}); !errors.Is(err, netbox.ErrNotFound) {
			t.Errorf("no such job: %v", err)
		}
		if _, err := c.WaitJob(t.Context(), 7, netbox.Poll{Min: -1}); err == nil || !strings.Contains(err.Error(), "WaitJob") {
			t.Errorf("a bad Poll: %v", err)
		}
		job, err := c.DCIM.Manufacturers.InBackground().BulkCreate(t.Context(), netbox.Bodies([]netbox.ManufacturerWrite{{Name: netbox.Set("A"), Slug: netbox.Set("a")}}))
		if err != nil {
			t.Fatal(err)
		}
		pending := fmt.Sprintf(`{"id":%d,"name":"n","status":{"value":"pending","label":"Pending"}}`, job.ID)
		srv.Fail(netboxtest.Fault{Path: "/api/core/jobs/", Times: -1, Status: 200, Body: pending, Header: map[string][]string{"Content-Type": {"application/json"}}})
		last, err := c.WaitJob(t.Context(), job.ID, netbox.Poll{Timeout: 10 * time.Minute})
		if !errors.Is(err, netbox.ErrStillWaiting) || last.ID != job.ID {
			t.Errorf("time over: %+v, %v", last, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := c.WaitJob(ctx, job.ID, netbox.Poll{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("context over: %v", err)
		}
	})
}

// Tokens come in two kinds since 4.5, are shown once, and never printed.
func TestTokensAndUsers(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		user, err := c.Users.Users.Create(ctx, netbox.UserWrite{Username: netbox.Set("sync"), Password: netbox.Set("A-long-pass-1"), FirstName: netbox.Set("Sync")})
		if err != nil || user.Username != "sync" || !user.IsActive || user.DateJoined.IsZero() || user.Display != "sync (Sync)" {
			t.Fatalf("user %+v, %v", user, err)
		}
		if _, err := c.Users.Users.Create(ctx, netbox.UserWrite{Username: netbox.Set("sync"), Password: netbox.Set("A-long-pass-1")}); !errors.Is(err, netbox.ErrDuplicate) {
			t.Errorf("a second one: %v", err)
		}
		made, err := c.Users.Tokens.Create(ctx, netbox.APITokenWrite{User: netbox.Set(user.ID), Description: netbox.Set("for the sync"), WriteEnabled: netbox.Set(false),
			AllowedIPs: netbox.Set([]string{"127.0.0.0/8"}), Expires: netbox.Set(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))})
		if err != nil || made.User.Username != "sync" || made.WriteEnabled || !made.Enabled || len(made.AllowedIPs) != 1 || made.Expires.Year() != 2099 {
			t.Fatalf("token %#v, %v", made, err)
		}
		plain := made.Plain()
		switch {
		case version == "4.4":
			if plain != "" { // neither shown nor to be had: it must be provisioned
				t.Errorf("4.4 shows %q", plain)
			}
		case version < "4.5" && len(plain) != 40, version >= "4.5" && (made.Version != 2 || !strings.HasPrefix(plain, "nbt_"+made.Key+".")):
			t.Errorf("token reads %q", plain)
		}
		if plain != "" {
			for _, text := range []string{fmt.Sprint(made), fmt.Sprintf("%#v", made), fmt.Sprintf("%+v", &made), logged(made)} {
				if strings.Contains(text, plain) || made.Secret != "" && strings.Contains(text, made.Secret) || !strings.Contains(text, "sync") {
					t.Errorf("printed as %q", text)
				}
			}
		}
		read, err := c.Users.Tokens.Get(ctx, made.ID)
		if err != nil || version >= "4.4" && read.Plain() != "" || read.Secret != "" {
			t.Errorf("read %q, %v", read.Plain(), err)
		}
		if version >= "4.5" {
			one, err := c.Users.Tokens.Create(ctx, netbox.APITokenWrite{User: netbox.Set(user.ID), Version: netbox.Set(1)})
			if err != nil || one.Version != 1 || one.Key != "" || len(one.Plain()) != 40 {
				t.Errorf("v1 %#v, %v", one, err)
			}
			me, err := c.CurrentUser(ctx)
			if err != nil || me.Username != "admin" {
				t.Errorf("current user %+v, %v", me, err)
			}
		} else if _, err := c.CurrentUser(ctx); err == nil || !strings.Contains(err.Error(), "since 4.5") {
			t.Errorf("current user: %v", err)
		}
		given, err := c.ProvisionToken(ctx, netbox.TokenRequest{Username: "sync", Password: "A-long-pass-1", Description: "provisioned", ReadOnly: true, Expires: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC), AllowedIPs: []string{"127.0.0.1/32"}})
		if err != nil || given.WriteEnabled || given.Description != "provisioned" {
			t.Fatalf("provisioned %#v, %v", given, err)
		}
		for _, call := range srv.Journal() {
			if call.Path == "/api/users/tokens/provision/" && !json.Valid(call.Body) {
				t.Errorf("sent %s", call.Body)
			}
		}
		if _, err := c.ProvisionToken(ctx, netbox.TokenRequest{Username: "sync", Password: "wrong"}); !errors.Is(err, netbox.ErrUnauthorized) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("a wrong password: %v", err)
		}
		if _, err := c.ProvisionToken(ctx, netbox.TokenRequest{Username: "sync"}); err == nil || !strings.Contains(err.Error(), "TokenRequest") {
			t.Errorf("no password: %v", err)
		}
		if plain := given.Plain(); plain != "" {
			other, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", HTTPClient: srv.Client(), Auth: netbox.Token(plain), MaxRetries: -1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.DCIM.Sites.List(ctx, netbox.Query{}); !errors.Is(err, netbox.ErrForbidden) { // a new user may do nothing
				t.Errorf("as the new user: %v", err)
			}
			if err := c.Users.Tokens.Delete(ctx, given.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := other.DCIM.Sites.List(ctx, netbox.Query{}); !errors.Is(err, netbox.ErrUnauthorized) {
				t.Errorf("with a deleted token: %v", err)
			}
		}
	})
	if text := fmt.Sprintf("%+v", netbox.TokenRequest{Username: "u", Password: "secret"}); strings.Contains(text, "secret") {
		t.Errorf("printed as %q", text)
	}
}

func logged(v any) string {
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("token", "token", v)
	return b.String()
}
