package netbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func ExampleResource_Upsert() {
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
	for _, name := range []string{"A B", "A-B", "A B"} {
		maker, did, err := client.DCIM.Manufacturers.Upsert(context.Background(),
			netbox.ManufacturerWrite{Name: netbox.Set(name), Description: netbox.Set("from the CMDB")})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s has slug %s; created: %v\n", maker.Name, maker.Slug, did.Created)
	}
	// Output:
	// A B has slug a-b; created: true
	// A-B has slug a-b-77101a; created: true
	// A B has slug a-b; created: false
}

func TestUpsertAdoptsAndPatchesTheDifference(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		site, role, kind := ground(t, srv)
		tenant := create(t, srv, "tenancy/tenants", map[string]any{"name": "Acme", "slug": "acme"})
		other := create(t, srv, "dcim/devices", map[string]any{"name": "sw1", "site": site, "role": role, "device_type": kind, "tenant": tenant})
		mine := create(t, srv, "dcim/devices", map[string]any{"name": "SW1", "site": site, "role": role, "device_type": kind, "serial": "X"})
		device, did, err := c.DCIM.Devices.Upsert(ctx, netbox.DeviceWrite{Name: netbox.Set("sw1"), Site: netbox.Set(site), Role: netbox.Set(role),
			DeviceType: netbox.Set(kind), Serial: netbox.Set("Y")})
		if err != nil || did.Created || device.ID != mine || device.Serial != "Y" || device.Name != "sw1" {
			t.Fatalf("%d %q %+v %v; the other one is %d", device.ID, device.Name, did, err, other)
		}
		if got := did.Changes.Fields(); !slices.Equal(got, []string{"name", "serial"}) {
			t.Errorf("changed %q", got)
		}
	})
}

func TestUpsertTwiceIsOnce(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		create(t, srv, "extras/tags", map[string]any{"name": "A", "slug": "a"})
		var site, region, location, group, maker int64
		steps := map[string]func() (int64, netbox.Upserted, error){
			"1 region": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Regions.Upsert(ctx, netbox.RegionWrite{Name: netbox.Set("Europe"), Description: netbox.Set("d")})
				region = v.ID
				return v.ID, did, err
			},
			"2 child": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Regions.Upsert(ctx, netbox.RegionWrite{Name: netbox.Set("Swiss"), Parent: netbox.Set(region)})
				return v.ID, did, err
			},
			"3 site": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Sites.Upsert(ctx, netbox.SiteWrite{Name: netbox.Set("Basel"), Tags: netbox.Set(netbox.TagSlugs("a")), Latitude: netbox.Set(47.5)})
				site = v.ID
				return v.ID, did, err
			},
			"4 location": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Locations.Upsert(ctx, netbox.LocationWrite{Name: netbox.Set("F1"), Site: netbox.Set(site)})
				location = v.ID
				return v.ID, did, err
			},
			"5 rack": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Racks.Upsert(ctx, netbox.RackWrite{Name: netbox.Set("R1"), Site: netbox.Set(site), Location: netbox.Set(location), Width: netbox.Set[int64](19)})
				return v.ID, did, err
			},
			"5 rack without location": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Racks.Upsert(ctx, netbox.RackWrite{Name: netbox.Set("R1"), Site: netbox.Set(site)})
				return v.ID, did, err
			},
			"6 maker": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Manufacturers.Upsert(ctx, netbox.ManufacturerWrite{Name: netbox.Set("日本")})
				maker = v.ID
				return v.ID, did, err
			},
			"7 type": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.DeviceTypes.Upsert(ctx, netbox.DeviceTypeWrite{Model: netbox.Set("X 1"), Manufacturer: netbox.Set(maker)})
				return v.ID, did, err
			},
			"7 platform": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.Platforms.Upsert(ctx, netbox.PlatformWrite{Name: netbox.Set("IOS"), Manufacturer: netbox.Set(maker)})
				return v.ID, did, err
			},
			"8 role": func() (int64, netbox.Upserted, error) {
				v, did, err := c.DCIM.DeviceRoles.Upsert(ctx, netbox.DeviceRoleWrite{Name: netbox.Set("Switch"), Color: netbox.Set("ff0000")})
				return v.ID, did, err
			},
			"9 group": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Tenancy.TenantGroups.Upsert(ctx, netbox.TenantGroupWrite{Name: netbox.Set("Customers")})
				group = v.ID
				return v.ID, did, err
			},
			"91 tenant": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Tenancy.Tenants.Upsert(ctx, netbox.TenantWrite{Name: netbox.Set("Acme"), Group: netbox.Set(group)})
				return v.ID, did, err
			},
			"92 groupless tenant": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Tenancy.Tenants.Upsert(ctx, netbox.TenantWrite{Name: netbox.Set("Bcme")})
				return v.ID, did, err
			},
			"93 tag": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Extras.Tags.Upsert(ctx, netbox.TagWrite{Name: netbox.Set("ServiceNowSyncTo")})
				return v.ID, did, err
			},
			"94 choices": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Extras.ChoiceSets.Upsert(ctx, netbox.ChoiceSetWrite{Name: netbox.Set("classes"), ExtraChoices: netbox.Set(netbox.ChoicePairs{{Value: "a"}})})
				return v.ID, did, err
			},
			"95 field": func() (int64, netbox.Upserted, error) {
				v, did, err := c.Extras.CustomFields.Upsert(ctx, netbox.CustomFieldWrite{Name: netbox.Set("cost"), Type: netbox.Set("integer"), ObjectTypes: netbox.Set([]string{"dcim.device", "dcim.site"})})
				return v.ID, did, err
			},
		}
		names := make([]string, 0, len(steps))
		for name := range steps {
			names = append(names, name)
		}
		slices.Sort(names)
		ids := map[string]int64{}
		for _, name := range names {
			id, did, err := steps[name]()
			if err != nil || !did.Created || id == 0 {
				t.Fatalf("%s: %d %+v %v", name, id, did, err)
			}
			ids[name] = id
		}
		for _, name := range names {
			srv.ResetJournal()
			id, did, err := steps[name]()
			if err != nil || did.Created || did.Changes != nil || id != ids[name] {
				t.Errorf("%s again: %d after %d, %+v %v", name, id, ids[name], did.Changes.Fields(), err)
			}
			if n := srv.Requests(http.MethodPatch); n != 0 {
				t.Errorf("%s again: %d patches", name, n)
			}
		}
		if version >= "4.6" {
			return
		}
		if srv.Count("dcim/racks") != 2 {
			t.Errorf("%d racks", srv.Count("dcim/racks"))
		}
	})
}

func TestUpsertKeepsTheSlugOfAnAdoptedObject(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		id := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "bsl"})
		site, did, err := c.DCIM.Sites.Upsert(t.Context(), netbox.SiteWrite{Name: netbox.Set("Basel"), Facility: netbox.Set("B2")})
		if err != nil || site.ID != id || site.Slug != "bsl" || site.Facility != "B2" || did.Created {
			t.Errorf("%+v %v", site, err)
		}
	})
}

func TestUpsertGivesTheRefusalBack(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		_, _, err := c.DCIM.Sites.Upsert(ctx, netbox.SiteWrite{Name: netbox.Set("Basel"), Status: netbox.Set("nonsense")})
		var e *netbox.Error
		if !errors.As(err, &e) || !errors.Is(err, netbox.ErrInvalid) || e.Fields["status"] == nil {
			t.Errorf("an invalid object: %v", err)
		}
		srv.Fail(netboxtest.Fault{Method: http.MethodGet, Path: "/api/dcim/sites/", Status: http.StatusForbidden, Body: `{"detail":"You do not have permission to perform this action."}`})
		create(t, srv, "dcim/sites", map[string]any{"name": "Bern", "slug": "bern"})
		_, _, err = c.DCIM.Sites.Upsert(ctx, netbox.SiteWrite{Name: netbox.Set("Bern")})
		if !errors.Is(err, netbox.ErrDuplicate) || !errors.Is(err, netbox.ErrForbidden) {
			t.Errorf("a look-up that fails: %v", err)
		}
	})
}

func TestUpsertOfSeveralNamesThem(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		site, role, kind := ground(t, srv)
		a := create(t, srv, "dcim/devices", map[string]any{"name": "sw1", "site": site, "role": role, "device_type": kind})
		b := create(t, srv, "dcim/devices", map[string]any{"name": "sw2", "asset_tag": "AT-2", "site": site, "role": role, "device_type": kind})
		_, _, err := c.DCIM.Devices.Upsert(ctx, netbox.DeviceWrite{Name: netbox.Set("sw1"), AssetTag: netbox.Set("AT-2"), Site: netbox.Set(site),
			Role: netbox.Set(role), DeviceType: netbox.Set(kind)})
		var several *netbox.SeveralError
		if !errors.As(err, &several) || !slices.Equal(several.IDs, []int64{a, b}) || !errors.Is(err, netbox.ErrConflict) {
			t.Fatalf("%v", err)
		}
		if text := err.Error(); !strings.Contains(text, fmt.Sprintf("ids %d, %d", a, b)) {
			t.Errorf("text: %s", text)
		}
		// NetBox has no rule for racks outside of locations.
		for range 2 {
			create(t, srv, "dcim/racks", map[string]any{"name": "R1", "site": site})
		}
		srv.ResetJournal()
		_, _, err = c.DCIM.Racks.Upsert(ctx, netbox.RackWrite{Name: netbox.Set("R1"), Site: netbox.Set(site)})
		if !errors.As(err, &several) || srv.Requests(http.MethodPost) != 0 {
			t.Errorf("racks: %v", err)
		}
	})
}

func TestUpsertAfterLostAnswer(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 1, DropAfter: true})
		site, did, err := c.DCIM.Sites.Upsert(t.Context(), netbox.SiteWrite{Name: netbox.Set("Basel")})
		if err != nil || site.Name != "Basel" || did.Changes != nil || srv.Count("dcim/sites") != 1 {
			t.Errorf("%+v %+v %v", site, did, err)
		}
		srv.ClearFaults()
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 1, DropBefore: true})
		_, _, err = c.DCIM.Sites.Upsert(t.Context(), netbox.SiteWrite{Name: netbox.Set("Bern")})
		var e *netbox.Error
		if !errors.As(err, &e) || !e.MaybeApplied() {
			t.Errorf("an unknown outcome that stays unknown: %v", err)
		}
	})
}

func TestUpsertLateConstraint(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	id := create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
	srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 1, Status: http.StatusInternalServerError, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"error":"duplicate key value violates unique constraint \"dcim_site_name_key\"","exception":"IntegrityError","netbox_version":"4.7.3","python_version":"3.12"}`})
	site, did, err := c.DCIM.Sites.Upsert(t.Context(), netbox.SiteWrite{Name: netbox.Set("Basel")})
	if err != nil || site.ID != id || did.Created {
		t.Errorf("%+v %v", site, err)
	}
}

// An ignored filter must never make a stranger be adopted.
func TestUpsertComparesWhatIsFound(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ids := rows(t, srv, 3)
	stranger, _ := srv.Object("dcim/manufacturers", ids[0])
	list, err := json.Marshal(map[string]any{"count": 1, "next": nil, "previous": nil, "results": []any{stranger}})
	if err != nil {
		t.Fatal(err)
	}
	srv.Fail(netboxtest.Fault{Method: http.MethodGet, Status: http.StatusOK, Body: string(list), Header: http.Header{"Content-Type": {"application/json"}, "API-Version": {"4.7"}}},
		netboxtest.Fault{Method: http.MethodPost, Status: http.StatusBadRequest, Body: `{"name":["manufacturer with this name already exists."]}`})
	_, _, err = c.DCIM.Manufacturers.Upsert(t.Context(), netbox.ManufacturerWrite{Name: netbox.Set("Cisco")})
	if !errors.Is(err, netbox.ErrDuplicate) || srv.Requests(http.MethodPatch) != 0 {
		t.Errorf("%v after %q", err, requests(srv))
	}
}

func TestUpsertAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		var wg sync.WaitGroup
		ids := make([]int64, 12)
		for i := range ids {
			wg.Go(func() {
				maker, _, err := c.DCIM.Manufacturers.Upsert(t.Context(), netbox.ManufacturerWrite{Name: netbox.Set([]string{"A B", "A-B", "A.B"}[i%3])})
				if err != nil {
					t.Error(err)
				}
				ids[i] = maker.ID
			})
		}
		wg.Wait()
		if n := srv.Count("dcim/manufacturers"); n != 3 {
			t.Errorf("%d manufacturers: %v", n, ids)
		}
		for i := range ids {
			if ids[i] != ids[i%3] {
				t.Errorf("call %d got another one: %v", i, ids)
			}
		}
	})
}

func TestUpsertBadInput(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ctx := t.Context()
	if _, err := c.APIVersion(ctx); err != nil {
		t.Fatal(err)
	}
	srv.ResetJournal()
	for want, call := range map[string]func() error{
		"give its asset_tag or name": func() error {
			_, _, err := c.DCIM.Devices.Upsert(ctx, netbox.DeviceWrite{Site: netbox.Set[int64](1)})
			return err
		},
		"give its name": func() error {
			_, _, err := c.DCIM.Sites.Upsert(ctx, netbox.SiteWrite{Slug: netbox.Set("x"), Name: netbox.Set("  ")})
			return err
		},
		"give the id": func() error {
			_, _, err := c.DCIM.Regions.Upsert(ctx, map[string]any{"name": "x", "parent": map[string]any{"slug": "y"}})
			return err
		},
		"is not an id": func() error {
			_, _, err := c.DCIM.Regions.Upsert(ctx, map[string]any{"name": "x", "parent": -4})
			return err
		},
		"no natural key": func() error {
			_, _, err := netbox.ResourceOf[map[string]any](c, "dcim/cables").Upsert(ctx, map[string]any{"label": "x"})
			return err
		},
		"has no field": func() error {
			_, _, err := c.DCIM.Sites.Upsert(ctx, map[string]any{"name": "x", "facilty": "y"})
			return err
		},
		"IfMatch": func() error {
			_, _, err := c.DCIM.Sites.Upsert(ctx, map[string]any{"name": "x"}, netbox.IfMatch(`W/"1"`))
			return err
		},
		"JSON object": func() error { _, _, err := c.DCIM.Sites.Upsert(ctx, "x"); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if srv.Requests() != 0 {
		t.Errorf("asked %q", requests(srv))
	}
}
