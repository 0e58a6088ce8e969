package netbox_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// round takes one object through every verb. body makes it, patch changes its
// description, and describe reads that.
func round[T any](t *testing.T, r *netbox.Resource[T], body any, id func(T) int64, describe func(T) string) T {
	t.Helper()
	ctx := t.Context()
	made, err := r.Create(ctx, body)
	if err != nil {
		t.Fatal("Create:", err)
	}
	got, err := r.Get(ctx, id(made))
	if err != nil {
		t.Fatal("Get:", err)
	}
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("Get and Create differ: %s", diff)
	}
	changed, err := r.Update(ctx, id(made), map[string]any{"description": "changed"})
	if err != nil {
		t.Fatal("Update:", err)
	}
	if describe(changed) != "changed" {
		t.Errorf("Update gave description %q", describe(changed))
	}
	replaced, err := r.Replace(ctx, id(made), body)
	if err != nil {
		t.Fatal("Replace:", err)
	}
	if id(replaced) != id(made) {
		t.Errorf("Replace gave id %d", id(replaced))
	}
	n, err := r.Count(ctx, netbox.Query{})
	if err != nil || n == 0 {
		t.Errorf("Count = %d, %v", n, err)
	}
	var seen int
	for row, err := range r.All(ctx, netbox.Query{PageSize: 1}) {
		if err != nil {
			t.Fatal("All:", err)
		}
		if id(row) == id(made) {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("All gave the object %d times", seen)
	}
	page, err := r.List(ctx, netbox.Query{})
	if err != nil || len(page.Items) != n || page.Total != n {
		t.Errorf("List gave %d items of %d, %v; counted %d", len(page.Items), page.Total, err, n)
	}
	if _, err := r.Create(ctx, body); !errors.Is(err, netbox.ErrDuplicate) || !errors.Is(err, netbox.ErrConflict) {
		t.Errorf("a second Create gave %v, want ErrDuplicate", err)
	}
	return got
}

// gone deletes an object and reads it in vain.
func gone[T any](t *testing.T, r *netbox.Resource[T], id int64) {
	t.Helper()
	if err := r.Delete(t.Context(), id); err != nil {
		t.Fatal("Delete:", err)
	}
	if _, err := r.Get(t.Context(), id); !errors.Is(err, netbox.ErrNotFound) {
		t.Errorf("Get after Delete gave %v", err)
	}
}

func TestEveryResourceThroughEveryVerb(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		set := netbox.Set[string]
		tag := round(t, c.Extras.Tags, netbox.TagWrite{Name: set("To CMDB"), Slug: set("to-cmdb"), Color: set("00bcd4")},
			func(v netbox.Tag) int64 { return v.ID }, func(v netbox.Tag) string { return v.Description })
		choices := round(t, c.Extras.ChoiceSets, netbox.ChoiceSetWrite{Name: set("Classes"),
			ExtraChoices: netbox.Set(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}, {Value: "cmdb_ci_ip_switch"}})},
			func(v netbox.ChoiceSet) int64 { return v.ID }, func(v netbox.ChoiceSet) string { return v.Description })
		if diff := cmp.Diff(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}, {Value: "cmdb_ci_ip_switch", Label: "cmdb_ci_ip_switch"}}, choices.ExtraChoices); diff != "" {
			t.Error("choices:", diff)
		}
		field := round(t, c.Extras.CustomFields, netbox.CustomFieldWrite{Name: set("ci_class"), Type: set("select"),
			ObjectTypes: netbox.Set([]string{"dcim.device"}), ChoiceSet: netbox.Set(choices.ID)},
			func(v netbox.CustomField) int64 { return v.ID }, func(v netbox.CustomField) string { return v.Description })
		if diff := cmp.Diff([]string{"dcim.device"}, field.ObjectTypes); diff != "" {
			t.Error("object types:", diff)
		}
		region := round(t, c.DCIM.Regions, netbox.RegionWrite{Name: set("Europe"), Slug: set("europe"), Tags: netbox.Set(netbox.TagSlugs("to-cmdb"))},
			func(v netbox.Region) int64 { return v.ID }, func(v netbox.Region) string { return v.Description })
		if !region.Tags.Has("to-cmdb") {
			t.Errorf("region has tags %v", region.Tags)
		}
		child, err := c.DCIM.Regions.Create(t.Context(), netbox.RegionWrite{Name: set("Schweiz"), Slug: set("ch"), Parent: netbox.Set(region.ID)})
		if err != nil || child.Parent == nil || child.Parent.Slug != "europe" || child.Depth != 1 {
			t.Errorf("nested region %+v, %v", child, err)
		}
		group := round(t, c.DCIM.SiteGroups, netbox.SiteGroupWrite{Name: set("Plants"), Slug: set("plants")},
			func(v netbox.SiteGroup) int64 { return v.ID }, func(v netbox.SiteGroup) string { return v.Description })
		tenants := round(t, c.Tenancy.TenantGroups, netbox.TenantGroupWrite{Name: set("Customers"), Slug: set("customers")},
			func(v netbox.TenantGroup) int64 { return v.ID }, func(v netbox.TenantGroup) string { return v.Description })
		tenant := round(t, c.Tenancy.Tenants, netbox.TenantWrite{Name: set("Müller & Söhne"), Slug: set("mueller"), Group: netbox.Set(tenants.ID)},
			func(v netbox.Tenant) int64 { return v.ID }, func(v netbox.Tenant) string { return v.Description })
		site := round(t, c.DCIM.Sites, netbox.SiteWrite{Name: set("Basel"), Slug: set("basel"), Status: set(netbox.SiteActive),
			Region: netbox.Set(child.ID), Group: netbox.Set(group.ID), Tenant: netbox.Set(tenant.ID), Latitude: netbox.Set(47.5)},
			func(v netbox.Site) int64 { return v.ID }, func(v netbox.Site) string { return v.Description })
		if site.Region.Name != "Schweiz" || site.Tenant.ID != tenant.ID || *site.Latitude != 47.5 || site.Longitude != nil {
			t.Errorf("site %+v", site)
		}
		location := round(t, c.DCIM.Locations, netbox.LocationWrite{Name: set("Room"), Slug: set("room"), Site: netbox.Set(site.ID)},
			func(v netbox.Location) int64 { return v.ID }, func(v netbox.Location) string { return v.Description })
		rack := round(t, c.DCIM.Racks, netbox.RackWrite{Name: set("R1"), Site: netbox.Set(site.ID), Location: netbox.Set(location.ID), AssetTag: set("RK-1")},
			func(v netbox.Rack) int64 { return v.ID }, func(v netbox.Rack) string { return v.Description })
		if rack.Width.Value != "19" {
			t.Errorf("rack has width %v", rack.Width)
		}
		maker := round(t, c.DCIM.Manufacturers, netbox.ManufacturerWrite{Name: set("Cisco"), Slug: set("cisco")},
			func(v netbox.Manufacturer) int64 { return v.ID }, func(v netbox.Manufacturer) string { return v.Description })
		model := round(t, c.DCIM.DeviceTypes, netbox.DeviceTypeWrite{Manufacturer: netbox.Set(maker.ID), Model: set("C9300"), Slug: set("c9300"), UHeight: netbox.Set(1.0)},
			func(v netbox.DeviceType) int64 { return v.ID }, func(v netbox.DeviceType) string { return v.Description })
		role := round(t, c.DCIM.DeviceRoles, netbox.DeviceRoleWrite{Name: set("Switch"), Slug: set("switch")},
			func(v netbox.DeviceRole) int64 { return v.ID }, func(v netbox.DeviceRole) string { return v.Description })
		platform := round(t, c.DCIM.Platforms, netbox.PlatformWrite{Name: set("IOS-XE"), Slug: set("ios-xe")},
			func(v netbox.Platform) int64 { return v.ID }, func(v netbox.Platform) string { return v.Description })
		device := round(t, c.DCIM.Devices, netbox.DeviceWrite{Name: set("sw-1"), Site: netbox.Set(site.ID), Location: netbox.Set(location.ID),
			Rack: netbox.Set(rack.ID), Position: netbox.Set(10.0), Face: set("front"), DeviceType: netbox.Set(model.ID), Role: netbox.Set(role.ID),
			Platform: netbox.Set(platform.ID), Tenant: netbox.Set(tenant.ID), Serial: set("S1"), AssetTag: set("A1"), Status: set(netbox.DeviceStaged),
			Tags: netbox.Set(netbox.TagIDs(tag.ID)), CustomFields: map[string]any{"ci_class": "cmdb_ci_ip_switch"}},
			func(v netbox.Device) int64 { return v.ID }, func(v netbox.Device) string { return v.Description })
		if device.CustomFields.Text("ci_class") != "cmdb_ci_ip_switch" || device.DeviceType.Manufacturer.Slug != "cisco" ||
			device.Role == nil || device.Role.Slug != "switch" || device.Status.Value != "staged" || *device.Position != 10 || !device.Tags.Has("to-cmdb") {
			t.Errorf("device %+v", device)
		}
		nameless, err := c.DCIM.Devices.Create(t.Context(), netbox.DeviceWrite{Site: netbox.Set(site.ID), DeviceType: netbox.Set(model.ID), Role: netbox.Set(role.ID)})
		if err != nil || nameless.Name != "" || nameless.AssetTag != "" || nameless.Rack != nil {
			t.Errorf("nameless device %+v, %v", nameless, err)
		}

		if err := c.DCIM.Sites.Delete(t.Context(), site.ID); !errors.Is(err, netbox.ErrProtected) || !errors.Is(err, netbox.ErrConflict) {
			t.Errorf("deleting a site in use gave %v", err)
		}
		gone(t, c.DCIM.Devices, nameless.ID)
		gone(t, c.DCIM.Devices, device.ID)
		gone(t, c.DCIM.Racks, rack.ID)
		gone(t, c.DCIM.Platforms, platform.ID)
		gone(t, c.Extras.Tags, tag.ID)
	})
}
