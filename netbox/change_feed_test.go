package netbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func ExampleClient_Changes() {
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
	site, err := client.DCIM.Sites.Create(ctx, netbox.SiteWrite{Name: netbox.Set("Basel"), Slug: netbox.Set("basel"), ChangelogMessage: "opened"})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func(feed *netbox.ChangeFeed) netbox.Watermark {
		for change, err := range feed.All(ctx) {
			if err != nil {
				fmt.Println(err)
				break
			}
			fmt.Println(change.Action, change.ObjectType, change.Repr, change.Message)
		}
		return feed.Watermark()
	}
	mark := show(client.Changes(netbox.Watermark{}, netbox.ChangeOptions{}))
	if err := client.DCIM.Sites.Delete(ctx, site.ID); err != nil {
		fmt.Println(err)
		return
	}
	show(client.Changes(mark, netbox.ChangeOptions{})) // another process, another day
	// Output:
	// create dcim.site Basel opened
	// delete dcim.site Basel
}

// drain reads a feed to its end.
func drain(t *testing.T, feed *netbox.ChangeFeed) []netbox.ObjectChange {
	t.Helper()
	var list []netbox.ObjectChange
	for change, err := range feed.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, change)
	}
	return list
}

func TestChangeFeedDeliversEachOnce(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ids := rows(t, srv, 5)
		feed := c.Changes(netbox.Watermark{}, netbox.ChangeOptions{})
		if got := drain(t, feed); len(got) != 5 || got[0].ObjectType != "dcim.manufacturer" || got[0].ObjectID != ids[0] || got[4].Action.Value != "create" ||
			got[0].Time.IsZero() || got[0].RequestID == "" || got[0].UserName == "" {
			t.Fatalf("%+v", got)
		}
		path := "/api/core/object-changes/"
		if version < "4.1" {
			path = "/api/extras/object-changes/"
		}
		if last := srv.Journal()[srv.Requests()-1]; last.Path != path {
			t.Errorf("read at %s", last.Path)
		}
		if got := drain(t, feed); got != nil {
			t.Errorf("the second time: %+v", got)
		}
		if err := srv.Update("dcim/manufacturers", ids[1], map[string]any{"description": "new"}); err != nil {
			t.Fatal(err)
		}
		if err := srv.Delete("dcim/manufacturers", ids[2]); err != nil {
			t.Fatal(err)
		}
		// Through JSON, in another process.
		data, err := json.Marshal(feed.Watermark())
		if err != nil {
			t.Fatal(err)
		}
		var mark netbox.Watermark
		if err := json.Unmarshal(data, &mark); err != nil {
			t.Fatal(err)
		}
		got := drain(t, c.Changes(mark, netbox.ChangeOptions{}))
		if len(got) != 2 || got[0].Action.Value != "update" || got[1].Action.Value != "delete" || got[1].ObjectID != ids[2] {
			t.Fatalf("%+v", got)
		}
		var before, after struct{ Description string }
		if err := errors.Join(json.Unmarshal(got[0].Before, &before), json.Unmarshal(got[0].After, &after)); err != nil || before.Description != "" || after.Description != "new" {
			t.Errorf("%s %s %v", got[0].Before, got[0].After, err)
		}
		deletes := drain(t, c.Changes(netbox.Watermark{}, netbox.ChangeOptions{Actions: []string{"delete"}, ObjectTypes: []string{"dcim.manufacturer", "dcim.site"}}))
		if len(deletes) != 1 {
			t.Errorf("%+v", deletes)
		}
	})
}

func TestChangeFeedLeftInTheMiddle(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	rows(t, srv, 6)
	feed := c.Changes(netbox.Watermark{}, netbox.ChangeOptions{})
	n := 0
	var at int64
	for change, err := range feed.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 {
			at = change.ID
			break
		}
	}
	if got := drain(t, c.Changes(feed.Watermark(), netbox.ChangeOptions{})); len(got) != 4 || got[0].ID != at {
		t.Errorf("%d changes from %d on, the loop was left at %d", len(got), got[0].ID, at)
	}
}

// changeServer answers the change log with what it is given.
func changeServer(t *testing.T, changes *[]netbox.ObjectChange) *netbox.Client {
	t.Helper()
	c, err := netbox.New(netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token("x"), HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		from := time.Time{}
		if s := r.URL.Query().Get("time_after"); s != "" {
			var err error
			if from, err = time.Parse(time.RFC3339, s); err != nil {
				return nil, err
			}
		}
		list := []map[string]any{}
		for _, change := range *changes {
			if !change.Time.Before(from) && fmt.Sprint(change.ID) > r.URL.Query().Get("id__gt") {
				list = append(list, map[string]any{"id": change.ID, "time": change.Time, "action": map[string]string{"value": "update", "label": "Updated"}})
			}
		}
		body, err := json.Marshal(map[string]any{"count": len(list), "next": nil, "previous": nil, "results": list})
		return &http.Response{StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
			Header: http.Header{"Api-Version": {"4.5"}, "Content-Type": {"application/json"}}}, err
	})}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A record that is numbered early and becomes visible late is not lost.
func TestChangeFeedOverlap(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(id int64, minutes int) netbox.ObjectChange {
		return netbox.ObjectChange{ID: id, Time: noon.Add(time.Duration(minutes) * time.Minute)}
	}
	log := []netbox.ObjectChange{at(10, 0), at(11, 1), at(13, 20), at(14, 21)}
	c := changeServer(t, &log)
	o := netbox.ChangeOptions{Retention: -1}
	feed := c.Changes(netbox.Watermark{}, o)
	if got := drain(t, feed); len(got) != 4 {
		t.Fatalf("%+v", got)
	}
	mark := feed.Watermark()
	if !mark.Time.Equal(noon.Add(21*time.Minute)) || !slices.Equal(mark.IDs, []int64{13, 14}) {
		t.Errorf("%+v", mark)
	}
	log = []netbox.ObjectChange{at(12, 19), at(13, 20), at(14, 21), at(15, 22)}
	got := drain(t, c.Changes(mark, o))
	if len(got) != 2 || got[0].ID != 12 || got[1].ID != 15 {
		t.Errorf("%+v", got)
	}
}

func TestChangeFeedPastTheRetention(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	log := []netbox.ObjectChange{{ID: 50, Time: noon}}
	c := changeServer(t, &log)
	now := func() time.Time { return noon }
	for name, mark := range map[string]netbox.Watermark{
		"by what is gone": {Time: noon.Add(-time.Hour), IDs: []int64{7, 8}},
		"by its age":      {Time: noon.Add(-91 * 24 * time.Hour)},
	} {
		var last error
		n := 0
		for _, err := range c.Changes(mark, netbox.ChangeOptions{Now: now}).All(t.Context()) {
			if last = err; err == nil {
				n++
			}
		}
		if !errors.Is(last, netbox.ErrChangesLost) || n != 0 {
			t.Errorf("%s: %d changes and %v", name, n, last)
		}
		var since time.Time
		got := drain(t, c.Changes(mark, netbox.ChangeOptions{Now: now, OnGap: func(at time.Time) { since = at }}))
		if len(got) != 1 || !since.Equal(mark.Time) {
			t.Errorf("%s: %+v since %s", name, got, since)
		}
	}
	if got := drain(t, c.Changes(netbox.Watermark{Time: noon.Add(-89 * 24 * time.Hour)}, netbox.ChangeOptions{Now: now})); len(got) != 1 {
		t.Errorf("a young mark: %+v", got)
	}
	log = nil
	for _, err := range c.Changes(netbox.Watermark{Time: noon, IDs: []int64{7}}, netbox.ChangeOptions{Now: now}).All(t.Context()) {
		if !errors.Is(err, netbox.ErrChangesLost) {
			t.Errorf("an empty log: %v", err)
		}
	}
}

func TestChangeFeedErrors(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	rows(t, srv, 1)
	read := func(feed *netbox.ChangeFeed) (errs []error) {
		for _, err := range feed.All(t.Context()) {
			if err != nil {
				errs = append(errs, err)
			}
		}
		return errs
	}
	if errs := read(c.Changes(netbox.Watermark{}, netbox.ChangeOptions{Overlap: -1})); len(errs) != 1 || !strings.Contains(errs[0].Error(), "Overlap") {
		t.Errorf("%v", errs)
	}
	if errs := read(c.Changes(netbox.Watermark{}, netbox.ChangeOptions{Actions: []string{}})); len(errs) != 1 {
		t.Errorf("no action selects %v", errs)
	}
	if errs := read(new(netbox.ChangeFeed)); len(errs) != 1 {
		t.Errorf("%v", errs)
	}
	if srv.Requests() > 1 {
		t.Errorf("asked %q", requests(srv))
	}
	srv.Fail(netboxtest.Fault{Status: http.StatusForbidden, Body: `{"detail":"You do not have permission to perform this action."}`})
	if errs := read(c.Changes(netbox.Watermark{}, netbox.ChangeOptions{})); len(errs) != 1 || !errors.Is(errs[0], netbox.ErrForbidden) {
		t.Errorf("%v", errs)
	}
}
