package netbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// The exact bytes of writes: what is not set is not sent, null, zero and a
// value are told apart.
func TestWritesOnTheWire(t *testing.T) {
	object := `{"id":5,"name":"x","url":"u"}`
	for name, tc := range map[string]struct {
		version string
		call    func(c *netbox.Client) error
		want    string
	}{
		"nothing set but one": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Update(t.Context(), 5, netbox.DeviceWrite{Name: netbox.Set("x")})
			return err
		}, `PATCH /api/dcim/devices/5/ {"name":"x"}`},
		"null, zero and value": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Update(t.Context(), 5, netbox.DeviceWrite{AssetTag: netbox.Null[string](), Serial: netbox.Set(""),
				Position: netbox.Set(0.0), Rack: netbox.Null[int64](), Site: netbox.Set[int64](3), LocalContextData: netbox.Set[any](map[string]int{"a": 1})})
			return err
		}, `PATCH /api/dcim/devices/5/ {"serial":"","asset_tag":null,"site":3,"rack":null,"position":0,"local_context_data":{"a":1}}`},
		"tags and custom fields": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Create(t.Context(), netbox.DeviceWrite{Name: netbox.Set("<a&b>"),
				Tags: netbox.Set([]netbox.TagRef{{ID: 4}, {Slug: "to-cmdb"}}), CustomFields: map[string]any{"class": netbox.Choice{Value: "s", Label: "S"}, "gone": nil},
				ChangelogMessage: "run 7"})
			return err
		}, `POST /api/dcim/devices/ {"name":"\u003ca\u0026b\u003e","tags":[4,{"slug":"to-cmdb"}],"custom_fields":{"class":"s","gone":null},"changelog_message":"run 7"}`},
		"tags cleared": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Replace(t.Context(), 5, netbox.SiteWrite{Name: netbox.Set("x"), Tags: netbox.Set(netbox.TagSlugs())})
			return err
		}, `PUT /api/dcim/sites/5/ {"name":"x","tags":[]}`},
		"tags added": {"4.6", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Update(t.Context(), 5, netbox.DeviceWrite{AddTags: netbox.TagSlugs("a"), RemoveTags: netbox.TagIDs(3)})
			return err
		}, `PATCH /api/dcim/devices/5/ {"add_tags":[{"slug":"a"}],"remove_tags":[3]}`},
		"a map": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 5, map[string]any{"status": netbox.Choice{Value: "retired", Label: "Retired"}, "region": nil})
			return err
		}, `PATCH /api/dcim/sites/5/ {"region":null,"status":"retired"}`},
		"choices": {"4.7", func(c *netbox.Client) error {
			_, err := c.Extras.ChoiceSets.Create(t.Context(), netbox.ChoiceSetWrite{Name: netbox.Set("x"), ExtraChoices: netbox.Set(netbox.ChoicePairs{{"a", "A"}, {Value: "b"}})})
			return err
		}, `POST /api/extras/custom-field-choice-sets/ {"name":"x","extra_choices":[["a","A"],["b","b"]]}`},
		"custom field of 4.0 and later": {"4.0", func(c *netbox.Client) error {
			_, err := c.Extras.CustomFields.Create(t.Context(), netbox.CustomFieldWrite{Name: netbox.Set("x"), ObjectTypes: netbox.Set([]string{"dcim.device"})})
			return err
		}, `POST /api/extras/custom-fields/ {"object_types":["dcim.device"],"name":"x"}`},
		"custom field of 3.7": {"3.7", func(c *netbox.Client) error {
			_, err := c.Extras.CustomFields.Create(t.Context(), netbox.CustomFieldWrite{Name: netbox.Set("x"), ObjectTypes: netbox.Set([]string{"dcim.device"}), RelatedObjectType: netbox.Set("dcim.site")})
			return err
		}, `POST /api/extras/custom-fields/ {"content_types":["dcim.device"],"name":"x","object_type":"dcim.site"}`},
		"rack of 4.0": {"4.0", func(c *netbox.Client) error {
			_, err := c.DCIM.Racks.Update(t.Context(), 5, netbox.RackWrite{FormFactor: netbox.Set("wall-frame")})
			return err
		}, `PATCH /api/dcim/racks/5/ {"type":"wall-frame"}`},
		"delete": {"4.7", func(c *netbox.Client) error { return c.DCIM.Sites.Delete(t.Context(), 5) }, `DELETE /api/dcim/sites/5/ `},
		"anything else": {"4.7", func(c *netbox.Client) error {
			return c.Do(t.Context(), http.MethodPost, "/api/ipam/prefixes/5/available-ips", nil, map[string]int{"prefix_length": 32}, nil)
		}, `POST /api/ipam/prefixes/5/available-ips/ {"prefix_length":32}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := scripted(t, tc.version, func(r *http.Request, _ []byte) (int, string) {
				switch r.Method {
				case http.MethodPost:
					return 201, object
				case http.MethodDelete:
					return 204, ""
				}
				return 200, object
			})
			if err := tc.call(c); err != nil {
				t.Fatal(err)
			}
			last := s.requests[len(s.requests)-1]
			if got := last.Method + " " + last.Path + " " + last.Body; got != tc.want {
				t.Errorf("sent\n%s, want\n%s", got, tc.want)
			}
			if len(last.Query) > 0 {
				t.Errorf("a write with the query %v", last.Query)
			}
			if want := map[bool]string{true: "application/json"}[last.Body != ""]; last.Header.Get("Content-Type") != want {
				t.Errorf("Content-Type %q", last.Header.Get("Content-Type"))
			}
		})
	}
}

func TestWritesRefused(t *testing.T) {
	long := strings.Repeat("ä", 201)
	for name, tc := range map[string]struct {
		version string
		call    func(c *netbox.Client) error
		text    string
	}{
		"nil": {"4.7", func(c *netbox.Client) error { _, err := c.DCIM.Sites.Create(t.Context(), nil); return err }, "nil"},
		"an object as read": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Create(t.Context(), &netbox.Site{Name: "x"})
			return err
		}, "SiteWrite"},
		"a list":  {"4.7", func(c *netbox.Client) error { _, err := c.DCIM.Sites.Create(t.Context(), []int{1}); return err }, "JSON object"},
		"no JSON": {"4.7", func(c *netbox.Client) error { _, err := c.DCIM.Sites.Create(t.Context(), func() {}); return err }, "body"},
		"nothing": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, netbox.SiteWrite{})
			return err
		}, "no field"},
		"read-only": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, map[string]any{"id": 2})
			return err
		}, "id is set by NetBox"},
		"unknown field": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, map[string]any{"nickname": "x"})
			return err
		}, `"nickname"`},
		"empty slug": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Create(t.Context(), netbox.SiteWrite{Name: netbox.Set("x"), Slug: netbox.Set(" ")})
			return err
		}, "use Slug(name)"},
		"null in a bulk write": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.BulkUpdate(t.Context(), []netbox.Patch{{ID: 1, Body: netbox.DeviceWrite{Serial: netbox.Null[string]()}}})
			return err
		}, "serial cannot be null"},
		"zero id": {"4.7", func(c *netbox.Client) error { return c.DCIM.Sites.Delete(t.Context(), 0) }, "id 0"},
		"minus":   {"4.7", func(c *netbox.Client) error { _, err := c.DCIM.Sites.Get(t.Context(), -1); return err }, "id -1"},
		"no tag": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, netbox.SiteWrite{Tags: netbox.Set(netbox.TagSlugs(""))})
			return err
		}, "TagRef"},
		"two tags": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Update(t.Context(), 1, netbox.DeviceWrite{Tags: netbox.Set(netbox.TagIDs(1)), AddTags: netbox.TagIDs(2)})
			return err
		}, "add_tags"},
		"early tags": {"4.2", func(c *netbox.Client) error {
			_, err := c.DCIM.Devices.Update(t.Context(), 1, netbox.DeviceWrite{AddTags: netbox.TagIDs(2)})
			return err
		}, "since NetBox 4.6"},
		"long message": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, netbox.SiteWrite{Name: netbox.Set("x"), ChangelogMessage: long})
			return err
		}, "201 characters"},
		"fields on a write": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.Update(t.Context(), 1, map[string]any{"name": "x"}, netbox.Only("name"))
			return err
		}, "fields"},
		"another path":       {"4.7", func(c *netbox.Client) error { return c.Do(t.Context(), "GET", "/login/", nil, nil, nil) }, "/api/"},
		"a path that climbs": {"4.7", func(c *netbox.Client) error { return c.Do(t.Context(), "DELETE", "/api/dcim/../users/", nil, nil, nil) }, ".."},
		"a query in a path":  {"4.7", func(c *netbox.Client) error { return c.Do(t.Context(), "GET", "/api/status/?x=1", nil, nil, nil) }, "query"},
		"bulk of nothing":    {"4.7", func(c *netbox.Client) error { _, err := c.DCIM.Sites.BulkCreate(t.Context(), nil); return err }, "empty"},
		"bulk with a bad one": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.BulkCreate(t.Context(), []any{map[string]any{"name": "x"}, nil})
			return err
		}, "item 1"},
		"bulk without id": {"4.7", func(c *netbox.Client) error {
			_, err := c.DCIM.Sites.BulkUpdate(t.Context(), []netbox.Patch{{Body: map[string]any{"name": "x"}}})
			return err
		}, "id 0"},
		"bulk with an id twice": {"4.7", func(c *netbox.Client) error { return c.DCIM.Sites.BulkDelete(t.Context(), []int64{4, 4}) }, "twice"},
		"bulk delete of none":   {"4.7", func(c *netbox.Client) error { return c.DCIM.Sites.BulkDelete(t.Context(), nil) }, "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := scripted(t, tc.version, func(*http.Request, []byte) (int, string) { return 200, `{}` })
			err := tc.call(c)
			if err == nil || !strings.Contains(err.Error(), tc.text) || !strings.HasPrefix(err.Error(), "netbox: ") {
				t.Errorf("got %v, want %q in it", err, tc.text)
			}
			for _, r := range s.requests {
				if r.Path != "/api/status/" {
					t.Errorf("sent %s %s", r.Method, r.Path)
				}
			}
		})
	}
	var nobody *netbox.Client
	if err := nobody.Do(t.Context(), "GET", "/api/status/", nil, nil, nil); err == nil {
		t.Error("a nil client worked")
	}
	if _, err := new(netbox.Resource[netbox.Site]).Get(t.Context(), 1); err == nil {
		t.Error("a resource of no client worked")
	}
}

// A conditional write is refused when the object has changed, by NetBox since
// 4.6 and by a look before the write on older releases.
func TestConditionalWrites(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		id := rows(t, srv, 1)[0]
		var meta netbox.Response
		old, err := c.DCIM.Manufacturers.Get(t.Context(), id, netbox.Meta(&meta))
		if err != nil {
			t.Fatal(err)
		}
		if tag := meta.ETag; tag != "" && tag != etag(old.LastUpdated) {
			t.Errorf("ETag %s of an object updated at %s", tag, old.LastUpdated)
		}
		patch := map[string]any{"description": "first"}
		now, err := c.DCIM.Manufacturers.Update(t.Context(), id, patch, netbox.IfUnchangedSince(old.LastUpdated))
		if err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func(...netbox.CallOption) error{
			"Update": func(o ...netbox.CallOption) error {
				_, err := c.DCIM.Manufacturers.Update(t.Context(), id, map[string]any{"description": "second"}, o...)
				return err
			},
			"Delete": func(o ...netbox.CallOption) error { return c.DCIM.Manufacturers.Delete(t.Context(), id, o...) },
		} {
			err := call(netbox.IfUnchangedSince(old.LastUpdated))
			if !isAll(err, netbox.ErrPrecondition, netbox.ErrConflict) {
				t.Errorf("%s over a change gave %v", name, err)
			}
		}
		got, err := c.DCIM.Manufacturers.Get(t.Context(), id)
		if err != nil || got.Description != "first" {
			t.Errorf("stored %q, %v", got.Description, err)
		}
		if err := c.DCIM.Manufacturers.Delete(t.Context(), id, netbox.IfUnchangedSince(now.LastUpdated)); err != nil {
			t.Error(err)
		}
	})
}

// A conditional write whose answer is lost is refused when it is repeated, since
// it has changed the object itself; it has succeeded all the same.
func TestConditionalWriteWithALostAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		version string
		patch   func(site, tag int64) any
		between map[string]any // what someone else writes after ours
		fails   bool
	}{
		"texts, choices, relations": {version: "4.7", patch: func(site, tag int64) any {
			return netbox.DeviceWrite{Description: netbox.Set("ours"), Status: netbox.Set("offline"), Site: netbox.Set(site), Latitude: netbox.Set(47.5),
				Rack: netbox.Null[int64](), AssetTag: netbox.Null[string](), Tags: netbox.Set([]netbox.TagRef{{ID: tag}, {Slug: "b"}}), ChangelogMessage: "x",
				CustomFields: map[string]any{"class": "s"}, LocalContextData: netbox.Set[any](map[string]any{"a": 1})}
		}},
		"the same on 4.6": {version: "4.6", patch: func(site, _ int64) any {
			return map[string]any{"site": site, "custom_fields": map[string]any{"class": "s"}}
		}},
		"someone else wrote": {version: "4.7", patch: func(int64, int64) any { return map[string]any{"description": "ours"} },
			between: map[string]any{"description": "theirs"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			var during func()
			srv, err := netboxtest.New(netboxtest.Options{Version: tc.version})
			if err != nil {
				t.Fatal(err)
			}
			inner := srv.Transport()
			lose := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				resp, err := inner.RoundTrip(r)
				if r.Method == http.MethodPatch && during != nil {
					during()
					during = nil
					_ = resp.Body.Close()
					return nil, io.ErrUnexpectedEOF
				}
				return resp, err
			})}
			c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: lose, MaxBackoff: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			site, role, typ := ground(t, srv)
			tag := create(t, srv, "extras/tags", map[string]any{"name": "a", "slug": "a"})
			create(t, srv, "extras/tags", map[string]any{"name": "b", "slug": "b"})
			set := create(t, srv, "extras/custom-field-choice-sets", map[string]any{"name": "x", "extra_choices": [][]string{{"s", "S"}}})
			create(t, srv, "extras/custom-fields", map[string]any{"name": "class", "type": "select", "object_types": []string{"dcim.device"}, "choice_set": set})
			id := create(t, srv, "dcim/devices", map[string]any{"name": "d", "site": site, "role": role, "device_type": typ})
			old, err := c.DCIM.Devices.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			during = func() {
				if tc.between != nil {
					if err := srv.Update("dcim/devices", id, tc.between); err != nil {
						t.Error(err)
					}
				}
			}
			got, err := c.DCIM.Devices.Update(t.Context(), id, tc.patch(site, tag), netbox.IfUnchangedSince(old.LastUpdated))
			if tc.fails {
				if !errors.Is(err, netbox.ErrPrecondition) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || got.ID != id || got.CustomFields.Text("class") != "s" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func etag(at time.Time) string {
	text := at.UTC().Format("2006-01-02T15:04:05.999999")
	if i := strings.IndexByte(text, '.'); i >= 0 {
		text += strings.Repeat("0", 6-(len(text)-i-1))
	}
	return `W/"` + text + `+00:00"`
}

func TestDoDeletesOnceWhateverTheResult(t *testing.T) {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	client, err := netbox.New(netbox.Config{BaseURL: "http://netbox.test", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	var site netbox.Site
	if err := client.Do(t.Context(), http.MethodPost, "/api/dcim/sites/", nil, map[string]string{"name": "gone", "slug": "gone"}, &site); err != nil {
		t.Fatal(err)
	}
	var nothing any
	if err := client.Do(t.Context(), http.MethodDelete, fmt.Sprintf("/api/dcim/sites/%d/", site.ID), nil, nil, &nothing); err != nil || nothing != nil {
		t.Errorf("%v %v", nothing, err)
	}
	if n := server.Requests(http.MethodDelete); n != 1 {
		t.Errorf("sent %d times", n)
	}
}
