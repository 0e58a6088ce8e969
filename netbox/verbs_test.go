package netbox_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// round takes one object through every verb; its type has a description.
func round[T any](t *testing.T, r *netbox.Resource[T], body any) T {
	t.Helper()
	made := verbs(t, r, body, map[string]any{"description": "changed"})
	if _, err := r.Create(t.Context(), body); !errors.Is(err, netbox.ErrDuplicate) || !errors.Is(err, netbox.ErrConflict) {
		t.Errorf("a second Create gave %v, want ErrDuplicate", err)
	}
	return made
}

// verbs makes an object of body, reads and finds it, changes it and writes it
// anew, and returns it as made.
func verbs[T any](t *testing.T, r *netbox.Resource[T], body any, change map[string]any) T {
	t.Helper()
	ctx := t.Context()
	made, err := r.Create(ctx, body)
	if err != nil {
		t.Fatalf("Create %T: %v", made, err)
	}
	got, err := r.Get(ctx, idOf(made))
	if err != nil {
		t.Fatalf("Get %T: %v", made, err)
	}
	if diff := cmp.Diff(made, got, onceShown); diff != "" {
		t.Errorf("Get and Create of a %T differ: %s", made, diff)
	}
	changed, err := r.Update(ctx, idOf(made), change)
	if err != nil {
		t.Fatalf("Update %T: %v", made, err)
	}
	if left, err := netbox.Diff(changed, change); err != nil || len(left) != 0 {
		t.Errorf("Update of a %T left %v, %v", made, left.Fields(), err)
	}
	replaced, err := r.Replace(ctx, idOf(made), body)
	if err != nil {
		t.Fatalf("Replace %T: %v", made, err)
	}
	if idOf(replaced) != idOf(made) {
		t.Errorf("Replace of a %T gave id %d", made, idOf(replaced))
	}
	n, err := r.Count(ctx, netbox.Query{})
	if err != nil || n == 0 {
		t.Errorf("Count of %T = %d, %v", made, n, err)
	}
	var seen int
	for row, err := range r.All(ctx, netbox.Query{PageSize: 1}) {
		if err != nil {
			t.Fatalf("All of %T: %v", made, err)
		}
		if idOf(row) == idOf(made) {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("All gave the %T %d times", made, seen)
	}
	page, err := r.List(ctx, netbox.Query{})
	if err != nil || len(page.Items) != n || page.Total != n {
		t.Errorf("List gave %d items of %d, %v; counted %d", len(page.Items), page.Total, err, n)
	}
	return got
}

// onceShown leaves out what NetBox shows in the answer to a create only.
var onceShown = cmpopts.IgnoreFields(netbox.APIToken{}, "Secret")

func idOf(row any) int64 { return reflect.ValueOf(row).FieldByName("ID").Int() }

// gone deletes an object and reads it in vain.
func gone[T any](t *testing.T, r *netbox.Resource[T], id int64) {
	t.Helper()
	if err := r.Delete(t.Context(), id); err != nil {
		t.Fatalf("Delete of %d: %v", id, err)
	}
	if _, err := r.Get(t.Context(), id); !errors.Is(err, netbox.ErrNotFound) {
		t.Errorf("Get after Delete gave %v", err)
	}
}

func TestDevicesAndTheirGroundThroughEveryVerb(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		set := netbox.Set[string]
		tag := round(t, c.Extras.Tags, netbox.TagWrite{Name: set("To CMDB"), Slug: set("to-cmdb"), Color: set("00bcd4")})
		choices := round(t, c.Extras.ChoiceSets, netbox.ChoiceSetWrite{Name: set("Classes"),
			ExtraChoices: netbox.Set(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}, {Value: "cmdb_ci_ip_switch"}})})
		if diff := cmp.Diff(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}, {Value: "cmdb_ci_ip_switch", Label: "cmdb_ci_ip_switch"}}, choices.ExtraChoices); diff != "" {
			t.Error("choices:", diff)
		}
		field := round(t, c.Extras.CustomFields, netbox.CustomFieldWrite{Name: set("ci_class"), Type: set("select"),
			ObjectTypes: netbox.Set([]string{"dcim.device"}), ChoiceSet: netbox.Set(choices.ID)})
		if diff := cmp.Diff([]string{"dcim.device"}, field.ObjectTypes); diff != "" {
			t.Error("object types:", diff)
		}
		region := round(t, c.DCIM.Regions, netbox.RegionWrite{Name: set("Europe"), Slug: set("europe"), Tags: netbox.Set(netbox.TagSlugs("to-cmdb"))})
		if !region.Tags.Has("to-cmdb") {
			t.Errorf("region has tags %v", region.Tags)
		}
		child, err := c.DCIM.Regions.Create(t.Context(), netbox.RegionWrite{Name: set("Schweiz"), Slug: set("ch"), Parent: netbox.Set(region.ID)})
		if err != nil || child.Parent == nil || child.Parent.Slug != "europe" || child.Depth != 1 {
			t.Errorf("nested region %+v, %v", child, err)
		}
		group := round(t, c.DCIM.SiteGroups, netbox.SiteGroupWrite{Name: set("Plants"), Slug: set("plants")})
		tenants := round(t, c.Tenancy.TenantGroups, netbox.TenantGroupWrite{Name: set("Customers"), Slug: set("customers")})
		tenant := round(t, c.Tenancy.Tenants, netbox.TenantWrite{Name: set("Müller & Söhne"), Slug: set("mueller"), Group: netbox.Set(tenants.ID)})
		site := round(t, c.DCIM.Sites, netbox.SiteWrite{Name: set("Basel"), Slug: set("basel"), Status: set(netbox.SiteActive),
			Region: netbox.Set(child.ID), Group: netbox.Set(group.ID), Tenant: netbox.Set(tenant.ID), Latitude: netbox.Set(47.5)})
		if site.Region.Name != "Schweiz" || site.Tenant.ID != tenant.ID || *site.Latitude != 47.5 || site.Longitude != nil {
			t.Errorf("site %+v", site)
		}
		location := round(t, c.DCIM.Locations, netbox.LocationWrite{Name: set("Room"), Slug: set("room"), Site: netbox.Set(site.ID)})
		rack := round(t, c.DCIM.Racks, netbox.RackWrite{Name: set("R1"), Site: netbox.Set(site.ID), Location: netbox.Set(location.ID), AssetTag: set("RK-1")})
		if rack.Width.Value != "19" {
			t.Errorf("rack has width %v", rack.Width)
		}
		maker := round(t, c.DCIM.Manufacturers, netbox.ManufacturerWrite{Name: set("Cisco"), Slug: set("cisco")})
		model := round(t, c.DCIM.DeviceTypes, netbox.DeviceTypeWrite{Manufacturer: netbox.Set(maker.ID), Model: set("C9300"), Slug: set("c9300"), UHeight: netbox.Set(1.0)})
		role := round(t, c.DCIM.DeviceRoles, netbox.DeviceRoleWrite{Name: set("Switch"), Slug: set("switch")})
		platform := round(t, c.DCIM.Platforms, netbox.PlatformWrite{Name: set("IOS-XE"), Slug: set("ios-xe")})
		device := round(t, c.DCIM.Devices, netbox.DeviceWrite{Name: set("sw-1"), Site: netbox.Set(site.ID), Location: netbox.Set(location.ID),
			Rack: netbox.Set(rack.ID), Position: netbox.Set(10.0), Face: set("front"), DeviceType: netbox.Set(model.ID), Role: netbox.Set(role.ID),
			Platform: netbox.Set(platform.ID), Tenant: netbox.Set(tenant.ID), Serial: set("S1"), AssetTag: set("A1"), Status: set(netbox.DeviceStaged),
			Tags: netbox.Set(netbox.TagIDs(tag.ID)), CustomFields: map[string]any{"ci_class": "cmdb_ci_ip_switch"}})
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
