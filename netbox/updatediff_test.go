package netbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func ExampleResource_UpdateDiff() {
	srv, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: srv.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	site, err := client.DCIM.Sites.Create(ctx, netbox.SiteWrite{Name: netbox.Set("Basel"), Slug: netbox.Set("basel")})
	if err != nil {
		fmt.Println(err)
		return
	}
	want := netbox.SiteWrite{Status: netbox.Set(netbox.SiteActive), Facility: netbox.Set("B2")}
	for range 2 {
		var changes netbox.Changes
		if site, changes, err = client.DCIM.Sites.UpdateDiff(ctx, site, want); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("changed:", changes.Fields())
	}
	// Output:
	// changed: [facility]
	// changed: []
}

func TestUpdateDiffSendsTheDifferenceOnly(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		site, role, kind := ground(t, srv)
		create(t, srv, "extras/tags", map[string]any{"name": "A", "slug": "a"})
		create(t, srv, "extras/tags", map[string]any{"name": "B", "slug": "b"})
		device, err := c.DCIM.Devices.Create(ctx, netbox.DeviceWrite{Name: netbox.Set("sw1"), Site: netbox.Set(site), Role: netbox.Set(role),
			DeviceType: netbox.Set(kind), Tags: netbox.Set(netbox.TagSlugs("a"))})
		if err != nil {
			t.Fatal(err)
		}
		want := netbox.DeviceWrite{Name: netbox.Set("sw1"), Site: netbox.Set(site), Role: netbox.Set(role), Status: netbox.Set("active"),
			Serial: netbox.Set("FOC1"), AddTags: netbox.TagSlugs("b"), RemoveTags: netbox.TagSlugs("a"), ChangelogMessage: "from the CMDB"}
		srv.ResetJournal()
		device, changes, err := c.DCIM.Devices.UpdateDiff(ctx, device, want)
		if err != nil || device.Serial != "FOC1" || !slices.Equal(device.Tags.Slugs(), []string{"b"}) {
			t.Fatalf("%+v %v", device.Tags, err)
		}
		wantChanges, wantBody := "add_tags remove_tags serial", `{"add_tags":[{"slug":"b"}],"changelog_message":"from the CMDB","remove_tags":[{"slug":"a"}],"serial":"FOC1"}`
		if version < "4.6" {
			wantChanges, wantBody = "serial tags", `{"changelog_message":"from the CMDB","serial":"FOC1","tags":[{"slug":"b"}]}`
		}
		if got := strings.Join(changes.Fields(), " "); got != wantChanges {
			t.Errorf("changed %q, want %q", got, wantChanges)
		}
		journal := srv.Journal()
		last := journal[len(journal)-1]
		if last.Method != http.MethodPatch || string(last.Body) != wantBody {
			t.Errorf("sent %s %s, want %s", last.Method, last.Body, wantBody)
		}
		srv.ResetJournal()
		if _, changes, err = c.DCIM.Devices.UpdateDiff(ctx, device, want); err != nil || changes != nil || srv.Requests() != 0 {
			t.Errorf("the second time: %v %v, %d requests", changes, err, srv.Requests())
		}
	})
}

func TestUpdateDiffAfterAnotherWrite(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		id := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		stale, err := c.DCIM.Sites.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.DCIM.Sites.Update(ctx, id, netbox.SiteWrite{Facility: netbox.Set("B2"), Comments: netbox.Set("theirs")}); err != nil {
			t.Fatal(err)
		}
		want := netbox.SiteWrite{Facility: netbox.Set("B2"), Description: netbox.Set("ours")}
		site, changes, err := c.DCIM.Sites.UpdateDiff(ctx, stale, want)
		if err != nil || site.Comments != "theirs" || site.Description != "ours" {
			t.Fatalf("%+v %v", site, err)
		}
		if got := changes.Fields(); !slices.Equal(got, []string{"description"}) {
			t.Errorf("changed %q: the second comparison was not with the object as it is", got)
		}
		// A precondition of the caller's is not worked around.
		_, _, err = c.DCIM.Sites.UpdateDiff(ctx, stale, netbox.SiteWrite{Facility: netbox.Set("B3")}, netbox.IfUnchangedSince(stale.LastUpdated))
		if !errors.Is(err, netbox.ErrPrecondition) {
			t.Errorf("with a precondition: %v", err)
		}
	})
}

func TestUpdateFuncIsAskedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		id := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
		rivals := 2
		asked := 0
		site, _, err := c.DCIM.Sites.UpdateFunc(ctx, id, func(have netbox.Site) (any, error) {
			asked++
			if rivals > 0 {
				rivals--
				if _, err := c.DCIM.Sites.Update(ctx, id, netbox.SiteWrite{Description: netbox.Set(have.Description + "t")}); err != nil {
					return nil, err
				}
			}
			return netbox.SiteWrite{Description: netbox.Set(have.Description + "o")}, nil
		})
		if err != nil || site.Description != "tto" || asked != 3 {
			t.Errorf("%q after %d questions: %v", site.Description, asked, err)
		}
		// Someone who always comes first ends it.
		asked = 0
		_, _, err = c.DCIM.Sites.UpdateFunc(ctx, id, func(have netbox.Site) (any, error) {
			asked++
			if _, err := c.DCIM.Sites.Update(ctx, id, netbox.SiteWrite{Comments: netbox.Set(have.Comments + "t")}); err != nil {
				return nil, err
			}
			return netbox.SiteWrite{Facility: netbox.Set("x")}, nil
		})
		if !errors.Is(err, netbox.ErrPrecondition) || asked != 4 {
			t.Errorf("%d questions: %v", asked, err)
		}
		stop := errors.New("stop")
		if _, _, err := c.DCIM.Sites.UpdateFunc(ctx, id, func(netbox.Site) (any, error) { return nil, stop }); !errors.Is(err, stop) {
			t.Errorf("the caller's error is %v", err)
		}
		srv.ResetJournal()
		var nothing any
		if _, changes, err := c.DCIM.Sites.UpdateFunc(ctx, id, func(netbox.Site) (any, error) { return nothing, nil }); err != nil || changes != nil || srv.Requests() != 1 {
			t.Errorf("nothing wanted: %v %v after %q", changes, err, requests(srv))
		}
	})
}

func TestUpdateDiffOfPartlyReadObject(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	id := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel", "facility": "B2"})
	srv.ResetJournal()
	_, changes, err := c.DCIM.Sites.UpdateDiff(t.Context(), netbox.Site{ID: id}, netbox.SiteWrite{Facility: netbox.Set("B2")})
	if err != nil || changes != nil {
		t.Errorf("%v %v", changes, err)
	}
	if got := requests(srv); len(got) != 1 || !strings.HasPrefix(got[0], "GET ") {
		t.Errorf("asked %q", got)
	}
}

func TestUpdateDiffBadInput(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ctx := t.Context()
	site, err := c.DCIM.Sites.Create(ctx, netbox.SiteWrite{Name: netbox.Set("Basel"), Slug: netbox.Set("basel")})
	if err != nil {
		t.Fatal(err)
	}
	srv.ResetJournal()
	for name, call := range map[string]func() error{
		"no id": func() error {
			_, _, err := c.DCIM.Sites.UpdateDiff(ctx, netbox.Site{}, netbox.SiteWrite{Name: netbox.Set("x")})
			return err
		},
		"read-only": func() error {
			_, _, err := c.DCIM.Sites.UpdateDiff(ctx, site, map[string]any{"last_updated": "x"})
			return err
		},
		"unknown": func() error {
			_, _, err := c.DCIM.Sites.UpdateDiff(ctx, site, map[string]any{"facilty": "x"})
			return err
		},
		"tags twice": func() error {
			_, _, err := c.DCIM.Sites.UpdateDiff(ctx, site, map[string]any{"tags": []any{}, "add_tags": []any{}})
			return err
		},
		"no object": func() error { _, _, err := c.DCIM.Sites.UpdateDiff(ctx, site, 5); return err },
		"no func":   func() error { _, _, err := c.DCIM.Sites.UpdateFunc(ctx, site.ID, nil); return err },
		"no client": func() error {
			_, _, err := new(netbox.Resource[netbox.Site]).UpdateDiff(ctx, site, map[string]any{"name": "x"})
			return err
		},
	} {
		if err := call(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if srv.Requests() != 0 {
		t.Errorf("asked %q", requests(srv))
	}
}
