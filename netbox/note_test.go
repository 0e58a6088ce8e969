package netbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// A deletion has no body to put a note in; the change log keeps it all the same.
func ExampleChangelogMessage() {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: server.Client()})
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
	if err := client.DCIM.Sites.Delete(ctx, site.ID, netbox.ChangelogMessage("closed, see CHG0030001")); err != nil {
		fmt.Println(err)
		return
	}
	for change, err := range client.Core.ObjectChanges.All(ctx, netbox.Query{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s %q\n", change.Action.Value, change.Repr, change.Message)
	}
	// Output:
	// create Basel ""
	// delete Basel "closed, see CHG0030001"
}

// The note reaches every entry of every kind of write, from the release on that
// keeps it.
func TestChangelogMessage(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx, note := t.Context(), netbox.ChangelogMessage("ticket 7")
		body := func(name string) netbox.ManufacturerWrite {
			return netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(name)}
		}
		a, err := c.DCIM.Manufacturers.Create(ctx, body("a"), note)
		if err != nil {
			t.Fatal(err)
		}
		own := body("b")
		own.ChangelogMessage = "its own"
		made, err := c.DCIM.Manufacturers.BulkCreate(ctx, []any{own, body("c"), body("d")}, note)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.DCIM.Manufacturers.UpdateDiff(ctx, a, netbox.ManufacturerWrite{Description: netbox.Set("x")}, note); err != nil {
			t.Error(err)
		}
		if err := c.DCIM.Manufacturers.Delete(ctx, a.ID, note); err != nil {
			t.Error(err)
		}
		if err := c.DCIM.Manufacturers.BulkDelete(ctx, []int64{made[0].ID, made[1].ID}, note); err != nil {
			t.Error(err)
		}
		if _, err := c.DCIM.Manufacturers.DeleteMany(ctx, []int64{made[2].ID}, netbox.BulkOptions{}, note); err != nil {
			t.Error(err)
		}
		for _, call := range srv.Journal() {
			for name := range call.Header {
				if strings.HasPrefix(name, "Itsmkit") {
					t.Errorf("%s %s was sent with %s", call.Method, call.Path, name)
				}
			}
		}
		var got []string
		for change, err := range c.Core.ObjectChanges.All(ctx, netbox.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, change.Action.Value+" "+change.Message)
		}
		want := "create ticket 7, create its own, create ticket 7, create ticket 7, update ticket 7, delete ticket 7, delete ticket 7, delete ticket 7, delete ticket 7"
		if version < "4.4" {
			want = strings.ReplaceAll(strings.ReplaceAll(want, "ticket 7", ""), "its own", "")
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("the change log has\n%s, want\n%s", text, want)
		}
	})
}

func TestChangelogMessageTooLong(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	id := rows(t, srv, 1)[0]
	if err := c.DCIM.Manufacturers.Delete(t.Context(), id, netbox.ChangelogMessage(strings.Repeat("é", 201))); err == nil || !strings.Contains(err.Error(), "201 characters") {
		t.Errorf("got %v", err)
	}
	if srv.Count("dcim/manufacturers") != 1 {
		t.Error("it is gone")
	}
	if _, err := c.DCIM.Manufacturers.Get(t.Context(), id, netbox.ChangelogMessage("ignored")); err != nil {
		t.Error(err)
	}
}
