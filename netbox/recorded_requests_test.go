package netbox_test

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
)

// writeCalls are the writes that were recorded on a real NetBox 4.7.3, made by
// this client.
var writeCalls = map[string]func(ctx context.Context, c *netbox.Client) error{
	"bulk-background": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Manufacturers.InBackground().BulkCreate(ctx, makersOf("fx-d"))
		return err
	},
	"bulk-create": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Manufacturers.BulkCreate(ctx, makersOf("fx-c", "fx-a", "fx-b"))
		return err
	},
	"bulk-create-one-bad": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Manufacturers.BulkCreate(ctx, []any{makersOf("fx-d")[0],
			netbox.ManufacturerWrite{Name: netbox.Set("Cisco"), Slug: netbox.Set("cisco")}, netbox.ManufacturerWrite{Name: netbox.Set("fx-e")}})
		return err
	},
	"bulk-delete": func(ctx context.Context, c *netbox.Client) error {
		return c.DCIM.Manufacturers.BulkDelete(ctx, []int64{820, 821}, netbox.ChangelogMessage("not ours"))
	},
	"bulk-delete-protected": func(ctx context.Context, c *netbox.Client) error {
		return c.DCIM.Manufacturers.BulkDelete(ctx, []int64{820, 818})
	},
	"bulk-permission": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Sites.BulkCreate(ctx, []any{netbox.SiteWrite{Name: netbox.Set("x"), Slug: netbox.Set("x")},
			netbox.SiteWrite{Name: netbox.Set("Basel"), Slug: netbox.Set("basel")}})
		return err
	},
	"bulk-update": bulkUpdate(map[int64]netbox.ManufacturerWrite{820: {Description: netbox.Set("made by hand")},
		821: {Description: netbox.Set("made by hand")}, 822: {Description: netbox.Set("made by hand")}}, 820, 821, 822),
	"bulk-update-one-bad": bulkUpdate(map[int64]netbox.ManufacturerWrite{820: {Description: netbox.Set("x")},
		821: {Slug: netbox.Set("cisco")}}, 820, 821),
	"bulk-update-unknown-id": bulkUpdate(map[int64]netbox.ManufacturerWrite{820: {Description: netbox.Set("x")},
		999999: {Description: netbox.Set("x")}}, 820, 999999),
	"choice-set-create": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Extras.ChoiceSets.Create(ctx, netbox.ChoiceSetWrite{Name: netbox.Set("ServiceNow CI Classes"), ExtraChoices: netbox.Set(netbox.ChoicePairs{
			{Value: "cmdb_ci_ip_router", Label: "IP Router"}, {Value: "cmdb_ci_ip_switch", Label: "IP Switch"}, {Value: "cmdb_ci_server", Label: "Server"}})})
		return err
	},
	"choice-set-remove-used": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Extras.ChoiceSets.Update(ctx, 31, netbox.ChoiceSetWrite{ExtraChoices: netbox.Set(netbox.ChoicePairs{{Value: "cmdb_ci_server", Label: "Server"}})})
		return err
	},
	"choice-unknown": patchDevice(netbox.DeviceWrite{Status: netbox.Set("in repair")}),
	"cluster-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Virtualization.Clusters.Create(ctx, netbox.ClusterWrite{Name: netbox.Set("zrh"), Type: netbox.Set[int64](10),
			ScopeType: netbox.Set("dcim.site"), ScopeID: netbox.Set[int64](231)})
		return err
	},
	"custom-field-choice-unknown": patchDevice(netbox.DeviceWrite{CustomFields: map[string]any{"servicenow_ci_class": "cmdb_ci_printer"}}),
	"custom-field-create": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Extras.CustomFields.Create(ctx, netbox.CustomFieldWrite{Name: netbox.Set("servicenow_ci_class"), Label: netbox.Set("ServiceNow CI Class"),
			Type: netbox.Set("select"), ObjectTypes: netbox.Set([]string{"dcim.device"}), ChoiceSet: netbox.Set[int64](31)})
		return err
	},
	"custom-field-unknown": patchDevice(netbox.DeviceWrite{CustomFields: map[string]any{"nope": 1}}),
	"delete-protected":     func(ctx context.Context, c *netbox.Client) error { return c.DCIM.Sites.Delete(ctx, 231) },
	"device-create": func(ctx context.Context, c *netbox.Client) error {
		w := newDevice("zrh-rtr-1")
		w.Tenant, w.Platform, w.Rack, w.Position, w.Face = netbox.Set[int64](98), netbox.Set[int64](4), netbox.Set[int64](608), netbox.Set(12.0), netbox.Set("front")
		w.Serial, w.AssetTag, w.Tags = netbox.Set("FXS2101Q0AB"), netbox.Set("AT-000001"), netbox.Set([]netbox.TagRef{{Slug: "servicenowsyncto"}})
		w.CustomFields = map[string]any{"servicenow_ci_class": netbox.Choice{Value: "cmdb_ci_ip_router", Label: "IP Router"}, "zones": []string{"a", "b"},
			"backup_site": 232, "inventory_number": "INV-1"}
		w.ChangelogMessage = "first import"
		_, err := c.DCIM.Devices.Create(ctx, w)
		return err
	},
	"device-create-duplicate-asset-tag": func(ctx context.Context, c *netbox.Client) error {
		w := newDevice("other")
		w.AssetTag = netbox.Set("AT-000001")
		_, err := c.DCIM.Devices.Create(ctx, w)
		return err
	},
	"device-create-duplicate-name": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Devices.Create(ctx, newDevice("ZRH-rtr-2"))
		return err
	},
	"device-delete": func(ctx context.Context, c *netbox.Client) error {
		return c.DCIM.Devices.Delete(ctx, 6230, netbox.ChangelogMessage("gone"))
	},
	"device-patch": patchDevice(netbox.DeviceWrite{PrimaryIP4: netbox.Set[int64](898), Description: netbox.Set("uplink"), ChangelogMessage: "primary address"}),
	"device-type-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.DeviceTypes.Create(ctx, netbox.DeviceTypeWrite{Manufacturer: netbox.Set[int64](818), Model: netbox.Set("ASR 1001-X"), Slug: netbox.Set("other")})
		return err
	},
	"etag-match":    conditional("first"),
	"etag-mismatch": conditional("second"),
	"event-rule-create": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Extras.EventRules.Create(ctx, netbox.EventRuleWrite{Name: netbox.Set("ServiceNow devices"),
			EventTypes:  netbox.Set([]string{netbox.RuleObjectCreated, netbox.RuleObjectUpdated, netbox.RuleObjectDeleted}),
			ObjectTypes: netbox.Set([]string{"dcim.device", "dcim.site", "dcim.region", "dcim.location", "dcim.manufacturer", "dcim.devicetype", "tenancy.tenant"}),
			ActionType:  netbox.Set("webhook"), ActionObjectType: netbox.Set("extras.webhook"), ActionObjectID: netbox.Set[int64](16)})
		return err
	},
	"fields-missing": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Devices.Create(ctx, netbox.DeviceWrite{Name: netbox.Set("")})
		return err
	},
	"ip-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.IPAM.IPAddresses.Create(ctx, netbox.IPAddressWrite{Address: netbox.Set("192.0.2.10/24")})
		return err
	},
	"location-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Locations.Create(ctx, netbox.LocationWrite{Name: netbox.Set("Building A"), Slug: netbox.Set("building-a"), Site: netbox.Set[int64](231)})
		return err
	},
	"location-of-another-site": patchDevice(netbox.DeviceWrite{Site: netbox.Set[int64](232)}),
	"no-slash-post":            createSite("x", "x"),
	"permission-denied":        createSite("x", "x"),
	"primary-ip-moved": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.IPAM.IPAddresses.Update(ctx, 898, netbox.IPAddressWrite{AssignedObjectType: netbox.Null[string](), AssignedObjectID: netbox.Null[int64]()})
		return err
	},
	"primary-ip-not-assigned": patchDevice(netbox.DeviceWrite{PrimaryIP4: netbox.Set[int64](898)}),
	"rack-position-taken": func(ctx context.Context, c *netbox.Client) error {
		w := newDevice("other")
		w.Rack, w.Position, w.Face = netbox.Set[int64](608), netbox.Set(12.0), netbox.Set("front")
		_, err := c.DCIM.Devices.Create(ctx, w)
		return err
	},
	"region-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Regions.Create(ctx, netbox.RegionWrite{Name: netbox.Set("Europe"), Slug: netbox.Set("europe")})
		return err
	},
	"relation-id-unknown":   patchDevice(netbox.DeviceWrite{Site: netbox.Set[int64](999999)}),
	"site-create-duplicate": createSite("Zürich West", "zrich-west"),
	"tag-add":               patchDevice(netbox.DeviceWrite{AddTags: []netbox.TagRef{{Slug: "servicenowsyncfrom"}}}),
	"tag-create": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Extras.Tags.Create(ctx, netbox.TagWrite{Name: netbox.Set("ServiceNowSyncTo"), Slug: netbox.Set("servicenowsyncto"), Color: netbox.Set("00bcd4")})
		return err
	},
	"tenant-create-duplicate": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.Tenancy.Tenants.Create(ctx, netbox.TenantWrite{Name: netbox.Set("Müller & Söhne AG"), Slug: netbox.Set("other"), Group: netbox.Set[int64](42)})
		return err
	},
	// Attributes instead of an id, and tags by name, go in a map.
	"relation-ambiguous":          patchDevice(map[string]any{"tenant": map[string]any{"slug": "mller-shne-ag"}}),
	"relation-attributes-unknown": patchDevice(map[string]any{"site": map[string]any{"slug": "atlantis"}}),
	"relation-by-bare-name":       patchDevice(map[string]any{"site": "Basel"}),
	"tag-unknown":                 patchDevice(map[string]any{"tags": []any{map[string]any{"name": "nope"}}}),
	"token-provision": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.ProvisionToken(ctx, netbox.TokenRequest{Username: "fixture", Password: "A-long-pass-1"})
		return err
	},
	"token-provision-wrong-password": func(ctx context.Context, c *netbox.Client) error {
		_, err := c.ProvisionToken(ctx, netbox.TokenRequest{Username: "fixture", Password: "no"})
		return err
	},
}

func makersOf(names ...string) []any {
	var list []any
	for _, name := range names {
		list = append(list, netbox.ManufacturerWrite{Name: netbox.Set(name), Slug: netbox.Set(name)})
	}
	return list
}

func bulkUpdate(writes map[int64]netbox.ManufacturerWrite, ids ...int64) func(context.Context, *netbox.Client) error {
	return func(ctx context.Context, c *netbox.Client) error {
		var patches []netbox.Patch
		for _, id := range ids {
			patches = append(patches, netbox.Patch{ID: id, Body: writes[id]})
		}
		_, err := c.DCIM.Manufacturers.BulkUpdate(ctx, patches)
		return err
	}
}

func newDevice(name string) netbox.DeviceWrite {
	return netbox.DeviceWrite{Name: netbox.Set(name), Site: netbox.Set[int64](231), DeviceType: netbox.Set[int64](156), Role: netbox.Set[int64](87)}
}

func patchDevice(body any, opts ...netbox.CallOption) func(context.Context, *netbox.Client) error {
	return func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Devices.Update(ctx, 6230, body, opts...)
		return err
	}
}

func conditional(description string) func(context.Context, *netbox.Client) error {
	read := time.Date(2026, 11, 23, 0, 0, 21, 551351000, time.UTC)
	return patchDevice(netbox.DeviceWrite{Description: netbox.Set(description)}, netbox.IfUnchangedSince(read))
}

func createSite(name, slug string) func(context.Context, *netbox.Client) error {
	return func(ctx context.Context, c *netbox.Client) error {
		_, err := c.DCIM.Sites.Create(ctx, netbox.SiteWrite{Name: netbox.Set(name), Slug: netbox.Set(slug)})
		return err
	}
}

// otherwise are differences from a recorded request that are meant: the part of
// it that is replaced before it is compared, and why.
var otherwise = map[string]struct{ from, to, why string }{
	"bulk-update":   {"?fields=id,name,description", "", "fields on a write makes NetBox drop what is not named"},
	"bulk-delete":   {`{"id":821}`, `{"changelog_message":"not ours","id":821}`, "a message is for all objects of a call"},
	"etag-match":    {"?fields=id,description,last_updated", "", "as in bulk-update"},
	"tag-add":       {"?fields=id,tags,add_tags,last_updated", "", "as in bulk-update"},
	"no-slash-post": {"/sites", "/sites/", "the slash is always sent"},
	"device-create": {`{"group":{"slug":"customers"},"slug":"mller-shne-ag"}`, "98", "write structs take relations as ids"},
}

// neverSent are recorded writes that this client does not send, and why.
var neverSent = map[string]string{
	"bulk-not-a-list":                 "a list is always sent",
	"bulk-update-id-twice":            "refused before it is sent",
	"bulk-update-id-unreadable":       "every patch has its id",
	"changelog-message-too-long":      "refused before it is sent",
	"choice-as-object":                "a Choice is written as its value",
	"custom-field-choice-as-object":   "a Choice is written as its value",
	"fields-on-write-drops-the-value": "fields on a write is refused before it is sent",
	"fields-refused":                  "null for facility is refused before it is sent",
	"json-broken":                     "a body is always marshalled",
	"language-german":                 "Accept-Language is never sent",
	"media-type":                      "JSON is always sent",
	"method-not-allowed":              "what is only shown has no Delete",
	"tag-add-by-bare-name":            "a TagRef is an object",
	"tag-by-bare-name":                "a TagRef is an object",
}

// Each recorded write, when this client makes it, has the recorded method, path,
// query, condition and body.
func TestRecordedRequests(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		x := recorded(t, name)
		call := writeCalls[name]
		if x.Request.Method == "GET" || neverSent[name] != "" {
			if call != nil {
				t.Errorf("%s is listed for nothing", name)
			}
			continue
		}
		seen++
		t.Run(name, func(t *testing.T) {
			if call == nil {
				t.Fatal("no call is listed for this recording")
			}
			c, x, requests := replay(t, name)
			_ = c.Do(t.Context(), "GET", "/api/status/", nil, nil, nil) // tells the release
			before := len(*requests)
			_ = call(t.Context(), c) // how it ends is looked at elsewhere
			if len(*requests) != before+1 {
				t.Fatalf("%d requests were sent", len(*requests)-before)
			}
			got := (*requests)[before]
			differs := otherwise[name]
			target, err := url.Parse(strings.Replace(x.Request.Path, differs.from, differs.to, 1))
			if err != nil {
				t.Fatal(err)
			}
			if got.Method != x.Request.Method || got.Path != target.Path || got.Query.Encode() != target.Query().Encode() {
				t.Errorf("sent %s %s?%s, recorded %s %s", got.Method, got.Path, got.Query.Encode(), x.Request.Method, x.Request.Path)
			}
			if tag := x.Request.Headers["If-Match"]; got.Header.Get("If-Match") != tag {
				t.Errorf("If-Match %q, recorded %q", got.Header.Get("If-Match"), tag)
			}
			want := string(x.Request.Body)
			if want == "null" {
				want = ""
			}
			if want != "" {
				want = strings.Replace(sorted(t, want), differs.from, differs.to, 1)
			}
			if diff := cmp.Diff(want, sorted(t, got.Body)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if seen != len(writeCalls) {
		t.Errorf("%d recordings, %d calls", seen, len(writeCalls))
	}
	for name, differs := range otherwise {
		if x := recorded(t, name); !strings.Contains(x.Request.Path+sorted(t, string(x.Request.Body)), differs.from) {
			t.Errorf("%s: the recording has no %q any more (%s)", name, differs.from, differs.why)
		}
	}
	for name := range neverSent {
		if _, err := os.Stat("testdata/" + name + ".json"); err != nil {
			t.Error(err)
		}
	}
}

// sorted writes JSON with sorted keys.
func sorted(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	again, err := json.Marshal(decode[any](t, []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return string(again)
}
