package netbox_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// A field that a release does not have is refused before anything is sent, and
// one that it has is not: as the server itself lists them on OPTIONS.
func TestFieldsOfNewerReleases(t *testing.T) {
	// In older releases under another name, or in another form.
	elsewhere := map[string]bool{
		"dcim/racks.form_factor": true, "extras/custom-fields.object_types": true, "extras/custom-fields.related_object_type": true,
		"extras/event-rules.object_types": true, "extras/event-rules.event_types": true, "tenancy/contact-assignments.object_type": true,
		"tenancy/contacts.groups": true, "ipam/vlan-groups.vid_ranges": true, "ipam/prefixes.scope_type": true, "ipam/prefixes.scope_id": true,
		"virtualization/clusters.scope_type": true, "virtualization/clusters.scope_id": true,
		"ipam/services.parent_object_type": true, "ipam/services.parent_object_id": true, "ipam/services.port_mappings": true,
		"dcim/interfaces.mac_address": true, "virtualization/interfaces.mac_address": true, // read-only for a while
		"users/users.password": true, // never read
	}
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		for _, e := range netbox.Endpoints(c) {
			if e.ReadOnly {
				continue
			}
			var about struct {
				Actions map[string]map[string]any
			}
			if err := c.Do(t.Context(), "OPTIONS", "/api/"+e.Path+"/", nil, nil, &about); err != nil {
				if version < "4.2" && e.Path == "dcim/mac-addresses" {
					continue
				}
				t.Fatal(e.Path, err)
			}
			body := reflect.ValueOf(filled(t, writeOf(t, e)))
			for i, field := range reflect.VisibleFields(body.Type()) {
				name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
				if elsewhere[e.Path+"."+name] || slices.Contains([]string{"add_tags", "remove_tags", "changelog_message"}, name) {
					continue
				}
				_, has := about.Actions["POST"][name]
				before := len(srv.Journal())
				err := e.Create(t.Context(), map[string]any{name: body.Field(i).Interface()})
				refused := err != nil && strings.Contains(err.Error(), "body: "+name+" exists since NetBox ") && strings.Contains(err.Error(), "the server is "+version)
				if refused == has {
					t.Errorf("%s.%s: the release has it: %v, refused with %v", e.Path, name, has, err)
				}
				if refused && len(srv.Journal()) != before {
					t.Errorf("%s.%s was sent", e.Path, name)
				}
			}
		}
	})
}

// What loses nothing is let pass: that there is no value, and the note for the
// change log.
func TestNothingInNewerFields(t *testing.T) {
	srv, c := world(t, netboxtest.Options{Version: "3.7"}, netbox.Config{})
	region, err := c.DCIM.Regions.Create(t.Context(), netbox.RegionWrite{
		Name: netbox.Set("North"), Slug: netbox.Set("north"), Comments: netbox.Set(""), Owner: netbox.Null[int64](), ChangelogMessage: "first"})
	if err != nil {
		t.Fatal(err)
	}
	asked := len(srv.Journal())
	if _, changes, err := c.DCIM.Regions.UpdateDiff(t.Context(), region, netbox.RegionWrite{Comments: netbox.Set("")}); err != nil || len(changes) != 0 {
		t.Errorf("%v, %v", changes, err)
	}
	for name, call := range map[string]func(body any) error{
		"UpdateDiff": func(body any) error { _, _, err := c.DCIM.Regions.UpdateDiff(t.Context(), region, body); return err },
		"Upsert":     func(body any) error { _, _, err := c.DCIM.Regions.Upsert(t.Context(), body); return err },
		"Replace":    func(body any) error { _, err := c.DCIM.Regions.Replace(t.Context(), region.ID, body); return err },
		"BulkCreate": func(body any) error { _, err := c.DCIM.Regions.BulkCreate(t.Context(), []any{body}); return err },
	} {
		err := call(netbox.RegionWrite{Name: netbox.Set("North"), Slug: netbox.Set("north"), Comments: netbox.Set("cold")})
		if want := "comments exists since NetBox 4.3, and the server is 3.7, which would ignore it; leave it out"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if now := len(srv.Journal()); now != asked {
		t.Error(fmt.Sprintf("%d requests", now-asked), requests(srv)[asked:])
	}
}
