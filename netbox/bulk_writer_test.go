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

func ExampleResource_CreateMany() {
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
	var makers []netbox.ManufacturerWrite
	for _, name := range []string{"Cisco", "Arista", "Cisco"} {
		makers = append(makers, netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(netbox.Slug(name))})
	}
	results, err := client.DCIM.Manufacturers.CreateMany(context.Background(), netbox.Bodies(makers), netbox.BulkOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Println(r.State, r.Row.Name, errors.Is(r.Err, netbox.ErrDuplicate))
	}
	// Output:
	// done Cisco false
	// done Arista false
	// refused  true
}

// deviceBodies makes bodies, those at the given places with a status that no NetBox has.
func deviceBodies(n int, site, role, kind int64, bad ...int) []any {
	list := make([]any, n)
	for i := range list {
		w := netbox.DeviceWrite{Name: netbox.Set(fmt.Sprintf("sw-%05d", i)), Site: netbox.Set(site), Role: netbox.Set(role), DeviceType: netbox.Set(kind)}
		if slices.Contains(bad, i) {
			w.Status = netbox.Set("nonsense")
		}
		list[i] = w
	}
	return list
}

func TestCreateManyWithBadOnes(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		site, role, kind := ground(t, srv)
		bad := []int{0, 1, 57, 99, 130, 249}
		results, err := c.DCIM.Devices.CreateMany(t.Context(), deviceBodies(250, site, role, kind, bad...), netbox.BulkOptions{ItemsPerRequest: 50})
		if err != nil || !slices.Equal(netbox.FailedItems(results), bad) || srv.Count("dcim/devices") != 244 {
			t.Fatalf("failed %v, %d devices: %v", netbox.FailedItems(results), srv.Count("dcim/devices"), err)
		}
		for i, r := range results {
			if slices.Contains(bad, i) {
				var item netbox.ItemError
				if r.State != netbox.ItemRefused || r.ID != 0 || !errors.Is(r.Err, netbox.ErrInvalid) || !errors.As(r.Err, &item) || item.Index != i || item.Fields["status"] == nil {
					t.Errorf("%d: %+v", i, r)
				}
				continue
			}
			if r.State != netbox.ItemDone || r.Err != nil || r.Row.Name != fmt.Sprintf("sw-%05d", i) || r.ID != r.Row.ID || r.ID == 0 {
				t.Errorf("%d: %+v", i, r)
			}
		}
	})
}

// Objects that clash with one another within one request: the first one lands.
func TestCreateManyClashingWithOneAnother(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		var list []any
		for _, name := range []string{"a", "b", "a", "c", "b", "d", "a"} {
			list = append(list, netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(name)})
		}
		results, err := c.DCIM.Manufacturers.CreateMany(t.Context(), list, netbox.BulkOptions{})
		if err != nil || !slices.Equal(netbox.FailedItems(results), []int{2, 4, 6}) {
			t.Errorf("failed %v: %v", netbox.FailedItems(results), err)
		}
		for _, i := range []int{2, 4, 6} {
			if !errors.Is(results[i].Err, netbox.ErrDuplicate) {
				t.Errorf("%d: %v", i, results[i].Err)
			}
		}
	})
}

func TestUpdateManyFindsWhatIsSkipped(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ids := rows(t, srv, 30)
		var patches []netbox.Patch
		for i, id := range ids {
			patches = append(patches, netbox.Patch{ID: id, Body: netbox.ManufacturerWrite{Description: netbox.Set(fmt.Sprint("d", i))}})
		}
		patches[3].ID = 99001
		patches[7].Body = netbox.ManufacturerWrite{Slug: netbox.Set("not a slug")}
		patches[20].ID = 99002
		patches[25].Body = netbox.ManufacturerWrite{Name: netbox.Set("")}
		patches[28].ID = patches[27].ID
		patches[29].Body = map[string]any{"nonsense": 1}
		results, err := c.DCIM.Manufacturers.UpdateMany(t.Context(), patches, netbox.BulkOptions{ItemsPerRequest: 9})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			want := netbox.ItemDone
			switch i {
			case 3, 20:
				want = netbox.ItemMissing
			case 7, 25, 28, 29:
				want = netbox.ItemRefused
			}
			if r.State != want || (r.Err == nil) != (want == netbox.ItemDone) || r.ID != patches[i].ID || errors.Is(r.Err, netbox.ErrNotFound) != (want == netbox.ItemMissing) {
				t.Errorf("%d: %+v", i, r)
			}
			if want == netbox.ItemDone && (r.Row.ID != ids[i] || r.Row.Description != fmt.Sprint("d", i)) {
				t.Errorf("%d: %+v", i, r.Row)
			}
		}
	})
}

func TestDeleteManyKeepsWhatIsInUse(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ids := rows(t, srv, 12)
		create(t, srv, "dcim/device-types", map[string]any{"manufacturer": ids[4], "model": "m", "slug": "m"})
		create(t, srv, "dcim/device-types", map[string]any{"manufacturer": ids[9], "model": "n", "slug": "n"})
		results, err := c.DCIM.Manufacturers.DeleteMany(t.Context(), append([]int64{99001, 0, ids[2]}, ids...), netbox.BulkOptions{})
		if err != nil || !slices.Equal(netbox.FailedItems(results), []int{0, 1, 5, 7, 12}) || srv.Count("dcim/manufacturers") != 2 {
			t.Fatalf("failed %v, %d left: %v", netbox.FailedItems(results), srv.Count("dcim/manufacturers"), err)
		}
		if results[0].State != netbox.ItemMissing || results[1].State != netbox.ItemRefused || !strings.Contains(results[5].Err.Error(), "twice") {
			t.Errorf("%+v", results[:6])
		}
		for _, i := range []int{7, 12} {
			if results[i].State != netbox.ItemRefused || !errors.Is(results[i].Err, netbox.ErrProtected) {
				t.Errorf("%d: %+v", i, results[i])
			}
		}
	})
}

func TestBulkWriterCutsByBytesAndTellsProgress(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	var list []any
	for i := range 10 {
		name := fmt.Sprintf("m%d", i)
		list = append(list, netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(name), Description: netbox.Set(strings.Repeat("x", 100))})
	}
	var told []int
	results, err := c.DCIM.Manufacturers.CreateMany(t.Context(), list, netbox.BulkOptions{BytesPerRequest: 500, Parallel: 1, Progress: func(done, total int) {
		if total != 10 {
			t.Errorf("of %d", total)
		}
		told = append(told, done)
	}})
	if err != nil || netbox.FailedItems(results) != nil || !slices.Equal(told, []int{3, 6, 9, 10}) {
		t.Errorf("%v: %v", told, err)
	}
	for _, call := range srv.Journal() {
		if len(call.Body) > 502 {
			t.Errorf("a body of %d bytes", len(call.Body))
		}
	}
}

func TestBulkWriterIsSerialOnTrees(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	var list []any
	for i := range 20 {
		name := fmt.Sprintf("r%02d", i)
		list = append(list, netbox.RegionWrite{Name: netbox.Set(name), Slug: netbox.Set(name)})
	}
	results, err := c.DCIM.Regions.CreateMany(t.Context(), list, netbox.BulkOptions{ItemsPerRequest: 2, Parallel: 8})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(results); i++ { // ids in input order: no two requests overtook one another
		if results[i].ID != results[i-1].ID+1 {
			t.Errorf("%d has id %d after %d", i, results[i].ID, results[i-1].ID)
		}
	}
	if srv.Count("dcim/regions") != 20 {
		t.Errorf("%d regions", srv.Count("dcim/regions"))
	}
}

func TestBulkWriterAfterFaults(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		site, role, kind := ground(t, srv)
		list := deviceBodies(40, site, role, kind)
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 2, DropAfter: true})
		results, err := c.DCIM.Devices.CreateMany(ctx, list, netbox.BulkOptions{ItemsPerRequest: 10, Parallel: 1})
		var e *netbox.Error
		if !errors.As(err, &e) || !e.MaybeApplied() || !strings.Contains(err.Error(), "30 are done") || !strings.Contains(err.Error(), "10 unknown") {
			t.Errorf("%v", err)
		}
		for i, r := range results {
			if (r.State == netbox.ItemUnknown) != (i >= 10 && i < 20) {
				t.Errorf("%d: %+v", i, r.State)
			}
		}
		srv.ClearFaults()
		// A token that ends stops everything.
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Status: http.StatusForbidden, Body: `{"detail":"Token expired"}`})
		srv.ResetJournal()
		results, err = c.DCIM.Devices.CreateMany(ctx, list, netbox.BulkOptions{ItemsPerRequest: 10, Parallel: 1})
		if !errors.Is(err, netbox.ErrUnauthorized) || results[39].State != netbox.ItemNotSent || srv.Requests(http.MethodPost) > 2 {
			t.Errorf("%v after %d requests", err, srv.Requests())
		}
		srv.ClearFaults()
		// So does a token without the permission, after a few objects.
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Status: http.StatusForbidden, Body: `{"detail":"You do not have permission to perform this action."}`})
		srv.ResetJournal()
		results, err = c.DCIM.Devices.CreateMany(ctx, list, netbox.BulkOptions{ItemsPerRequest: 10, Parallel: 1})
		if !errors.Is(err, netbox.ErrForbidden) || results[0].State != netbox.ItemRefused || results[39].State != netbox.ItemNotSent || srv.Requests() > 20 {
			t.Errorf("%v after %d requests", err, srv.Requests())
		}
		srv.ClearFaults()
		ended, end := context.WithCancel(ctx)
		end()
		results, err = c.DCIM.Devices.CreateMany(ended, list, netbox.BulkOptions{})
		if !errors.Is(err, context.Canceled) || results[0].State != netbox.ItemNotSent || !errors.Is(results[0].Err, context.Canceled) {
			t.Errorf("%v %+v", err, results[0])
		}
	})
}

func TestBulkWriterBadInput(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ctx := t.Context()
	var meta netbox.Response
	one := []any{netbox.SiteWrite{Name: netbox.Set("x")}}
	for want, call := range map[string]func() error{
		"empty": func() error { _, err := c.DCIM.Sites.CreateMany(ctx, nil, netbox.BulkOptions{}); return err },
		"negative": func() error {
			_, err := c.DCIM.Sites.CreateMany(ctx, one, netbox.BulkOptions{Parallel: -1})
			return err
		},
		"Meta": func() error {
			_, err := c.DCIM.Sites.CreateMany(ctx, one, netbox.BulkOptions{}, netbox.Meta(&meta))
			return err
		},
		"IfMatch": func() error {
			_, err := c.DCIM.Sites.DeleteMany(ctx, []int64{1}, netbox.BulkOptions{}, netbox.IfMatch("x"))
			return err
		},
		"no client": func() error {
			_, err := new(netbox.Resource[netbox.Site]).UpdateMany(ctx, []netbox.Patch{{ID: 1}}, netbox.BulkOptions{})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	results, err := c.DCIM.Sites.CreateMany(ctx, []any{5, nil, netbox.Site{}}, netbox.BulkOptions{})
	if err != nil || len(netbox.FailedItems(results)) != 3 || srv.Requests() != 0 {
		t.Errorf("%+v %v after %d requests", results, err, srv.Requests())
	}
}
