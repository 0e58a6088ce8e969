package netbox_test

import (
	"errors"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func isAll(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if !errors.Is(err, kind) {
			return false
		}
	}
	return err != nil
}

func makers(names ...string) []any {
	var list []netbox.ManufacturerWrite
	for _, name := range names {
		list = append(list, netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(name)})
	}
	return netbox.Bodies(list)
}

func TestBulk(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		r := c.DCIM.Manufacturers
		made, err := r.BulkCreate(ctx, makers("c", "a", "b"))
		if err != nil || len(made) != 3 || made[0].Name != "c" || made[2].Name != "b" {
			t.Fatalf("made %+v, %v", made, err)
		}

		// NetBox answers in the order of names; we in that of the patches.
		got, err := r.BulkUpdate(ctx, []netbox.Patch{
			{ID: made[2].ID, Body: map[string]any{"description": "b"}},
			{ID: made[0].ID, Body: netbox.ManufacturerWrite{Description: netbox.Set("c")}},
			{ID: made[1].ID, Body: map[string]any{"description": "a"}},
		})
		if err != nil || got[0].Name != "b" || got[1].Description != "c" || got[2].ID != made[1].ID {
			t.Fatalf("updated %+v, %v", got, err)
		}

		// One bad item: nothing is made, and the bad one is named.
		_, err = r.BulkCreate(ctx, makers("d", "a", "e"))
		var e *netbox.Error
		if !errors.As(err, &e) || len(e.Items) != 1 || e.Items[0].Index != 1 || !errors.Is(e.Items[0], netbox.ErrDuplicate) || e.Items[0].ID != -1 {
			t.Errorf("a duplicate gave %v", err)
		}
		if n := srv.Count("dcim/manufacturers"); n != 3 {
			t.Errorf("%d rows after a refused bulk create", n)
		}

		// One bad patch: its id is told from 4.7 on.
		_, err = r.BulkUpdate(ctx, []netbox.Patch{
			{ID: made[0].ID, Body: map[string]any{"description": "x"}}, {ID: made[1].ID, Body: map[string]any{"slug": "c"}}})
		e = nil
		if !errors.As(err, &e) || len(e.Items) != 1 || !errors.Is(e.Items[0], netbox.ErrDuplicate) {
			t.Fatalf("a bad patch gave %v", err)
		}
		wantIndex, wantID := 1, made[1].ID
		if version != "4.7" {
			wantIndex, wantID = -1, -1
		}
		if e.Items[0].Index != wantIndex || e.Items[0].ID != wantID {
			t.Errorf("item %+v", e.Items[0])
		}

		// An unknown id: refused as a whole on 4.7, skipped in silence before.
		got, err = r.BulkUpdate(ctx, []netbox.Patch{
			{ID: 9999, Body: map[string]any{"description": "x"}}, {ID: made[0].ID, Body: map[string]any{"description": "new"}}})
		e = nil
		if !errors.As(err, &e) || len(e.Items) != 1 || e.Items[0].Index != 0 || e.Items[0].ID != 9999 || !errors.Is(e.Items[0], netbox.ErrNotFound) {
			t.Fatalf("an unknown id gave %v", err)
		}
		if version != "4.7" && (!errors.Is(err, netbox.ErrNotFound) || got[0].ID != 0 || got[1].Description != "new") {
			t.Errorf("with a skipped id got %+v, %v", got, err)
		}

		// Deleting never skips: unknown ids are refused on every release.
		err = r.BulkDelete(ctx, []int64{made[0].ID, 9999})
		e = nil
		if !errors.As(err, &e) || len(e.Items) != 1 || e.Items[0].ID != 9999 || e.Items[0].Index != 1 {
			t.Errorf("deleting an unknown id gave %v", err)
		}
		if n := srv.Count("dcim/manufacturers"); n != 3 {
			t.Errorf("%d rows after a refused bulk delete", n)
		}
		if err := r.BulkDelete(ctx, []int64{made[0].ID, made[2].ID}); err != nil {
			t.Error(err)
		}
		if n := srv.Count("dcim/manufacturers"); n != 1 {
			t.Errorf("%d rows left", n)
		}
	})
}

// Devices are made one after the other up to 4.6, and only the first bad one
// is told of, without its index.
func TestBulkDevices(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		site, role, typ := ground(t, srv)
		device := func(name string) netbox.DeviceWrite {
			return netbox.DeviceWrite{Name: netbox.Set(name), Site: netbox.Set(site), Role: netbox.Set(role), DeviceType: netbox.Set(typ)}
		}
		made, err := c.DCIM.Devices.BulkCreate(t.Context(), netbox.Bodies([]netbox.DeviceWrite{device("b"), device("a")}))
		if err != nil || made[0].Name != "b" || made[1].Name != "a" {
			t.Fatalf("made %+v, %v", made, err)
		}
		_, err = c.DCIM.Devices.BulkCreate(t.Context(), netbox.Bodies([]netbox.DeviceWrite{device("c"), device("a")}))
		var e *netbox.Error
		if !errors.As(err, &e) || len(e.Items) != 1 || !errors.Is(e.Items[0], netbox.ErrDuplicate) {
			t.Fatalf("a duplicate gave %v", err)
		}
		want := -1
		if version == "4.7" {
			want = 1
		}
		if e.Items[0].Index != want {
			t.Errorf("index %d", e.Items[0].Index)
		}
		if err := c.DCIM.Sites.BulkDelete(t.Context(), []int64{site}); !isAll(err, netbox.ErrProtected, netbox.ErrConflict) {
			t.Errorf("deleting a site in use gave %v", err)
		}
		if n := srv.Count("dcim/devices"); n != 2 {
			t.Errorf("%d devices", n)
		}
	})
}
