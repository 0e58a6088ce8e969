package netbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
)

func ExampleDiff() {
	device := netbox.Device{
		Name: "sw1", Status: netbox.Choice{Value: "active"}, Site: &netbox.Nested{ID: 4},
		CustomFields: netbox.CustomFields{"servicenow_ci_class": json.RawMessage(`{"value":"cmdb_ci_ip_switch","label":"Switch"}`)},
	}
	changes, err := netbox.Diff(device, netbox.DeviceWrite{
		Name: netbox.Set("sw1"), Status: netbox.Set("staged"), Site: netbox.Set[int64](4), Serial: netbox.Set("FOC1"),
		CustomFields: map[string]any{"servicenow_ci_class": "cmdb_ci_ip_switch"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range changes {
		fmt.Printf("%s: %s becomes %s\n", c.Field, c.From, c.To)
	}
	// Output:
	// serial: "" becomes "FOC1"
	// status: "active" becomes "staged"
}

func TestDiffComparesAsNetBoxStores(t *testing.T) {
	read := `{"id":7,"name":"sw1","serial":"007","asset_tag":null,"comments":"a\nb","u_height":2.0,"latitude":47.370000,
		"status":{"value":"active","label":"Active"},"width":{"value":19,"label":"19 inches"},"face":null,"is_full_depth":true,
		"site":{"id":4,"url":"u","display":"Basel","name":"Basel","slug":"basel"},"tenant":null,
		"device_type":{"id":3,"manufacturer":{"id":1,"slug":"cisco"},"model":"C9300","slug":"c9300"},
		"asns":[{"id":1,"asn":65001},{"id":2,"asn":65002}],"tags":[{"id":1,"name":"A","slug":"a"},{"id":2,"name":"B","slug":"b"}],
		"address":"10.0.0.1/24","prefix":"10.0.0.0/24","mac_address":"AA:BB:CC:00:11:22","time":"2026-01-02T00:00:00Z",
		"object_types":["dcim.site","dcim.device"],"extra_choices":[["a","A"],["b","B"]],"local_context_data":{"a":[1,2.0]},"empty":[],
		"custom_fields":{"class4":"cmdb_ci","class7":{"value":"cmdb_ci","label":"CI"},"multi4":["a","b"],"multi7":[{"value":"a","label":"A"},{"value":"b","label":"B"}],
			"blank":{"value":"","label":""},"none":null,"n":3,"d":2.50,"yes":true,"who":{"id":9,"name":"x"},"many":[{"id":9},{"id":8}],
			"when":"2026-01-02T03:04:05+00:00","data":{"x":1}}}`
	same := []string{
		`{"name":"sw1"}`, `{"name":" sw1 "}`, `{"asset_tag":null}`, `{"asset_tag":""}`, `{"u_height":2}`, `{"u_height":"2.0"}`,
		`{"latitude":47.37}`, `{"status":"active"}`, `{"width":19}`, `{"width":"19"}`, `{"face":""}`, `{"face":null}`, `{"is_full_depth":true}`,
		`{"site":4}`, `{"site":"4"}`, `{"site":{"id":4}}`, `{"site":{"slug":"basel"}}`, `{"tenant":null}`,
		`{"device_type":{"manufacturer":{"slug":"cisco"},"model":"C9300"}}`, `{"asns":[2,1]}`, `{"tags":[{"slug":"b"},1]}`,
		`{"tags":[{"name":"B"},{"slug":"a"}]}`, `{"add_tags":[{"slug":"a"}]}`, `{"remove_tags":[{"slug":"c"}]}`, `{"address":"10.0.0.1/24"}`,
		`{"prefix":"10.0.0.7/24"}`, `{"mac_address":"aabb.cc00.1122"}`, `{"time":"2026-01-02T01:00:00+01:00"}`,
		`{"object_types":["dcim.device","dcim.site"]}`, `{"extra_choices":[["a","A"],["b","B"]]}`, `{"local_context_data":{"a":[1,2]}}`,
		`{"empty":[]}`, `{"empty":null}`, `{"changelog_message":"x"}`, `{"absent":null}`, `{"custom_fields":null}`,
		`{"custom_fields":{"class4":"cmdb_ci","class7":"cmdb_ci","multi4":["a","b"],"multi7":["b","a"],"blank":null,"none":null,"other":null}}`,
		`{"custom_fields":{"n":3,"d":2.5,"yes":true,"who":9,"many":[8,9],"when":"2026-01-02T03:04:05Z","data":{"x":1}}}`,
	}
	for _, want := range same {
		changes, err := netbox.Diff(json.RawMessage(read), json.RawMessage(want))
		if err != nil || len(changes) > 0 {
			t.Errorf("%s differs: %+v %v", want, changes.Fields(), err)
		}
	}
	for want, from := range map[string]string{
		`{"name":"SW1"}`: `"sw1"`, `{"serial":"7"}`: `"007"`, `{"serial":"7.0"}`: `"007"`, `{"asset_tag":"1"}`: `null`, `{"u_height":2.5}`: `2.0`,
		`{"status":"staged"}`: `"active"`, `{"width":23}`: `19`, `{"face":"front"}`: `null`, `{"is_full_depth":false}`: `true`,
		`{"site":5}`: `4`, `{"site":null}`: `4`, `{"site":{"slug":"x"}}`: `4`, `{"site":{"region":1}}`: `4`, `{"tenant":1}`: `null`,
		`{"asns":[1]}`: `[1,2]`, `{"asns":[1,3]}`: `[1,2]`, `{"tags":[]}`: `["a","b"]`, `{"tags":[{"slug":"a"},{"slug":"c"}]}`: `["a","b"]`,
		`{"add_tags":[{"slug":"c"}]}`: `["a","b"]`, `{"remove_tags":[{"slug":"b"}]}`: `["a","b"]`,
		`{"address":"10.0.0.1"}`: `"10.0.0.1/24"`, `{"address":"10.0.0.2/24"}`: `"10.0.0.1/24"`, `{"address":""}`: `"10.0.0.1/24"`,
		`{"extra_choices":[["b","B"],["a","A"]]}`: `[["a","A"],["b","B"]]`, `{"local_context_data":{"a":[1]}}`: `{"a":[1,2.0]}`,
		`{"custom_fields":{"class7":"x"}}`: `"cmdb_ci"`, `{"custom_fields":{"class7":null}}`: `"cmdb_ci"`, `{"custom_fields":{"multi4":["b","a"]}}`: `["a","b"]`,
		`{"custom_fields":{"none":0}}`: `null`, `{"custom_fields":{"none":false}}`: `null`, `{"custom_fields":{"yes":"true"}}`: `true`,
		`{"custom_fields":{"who":8}}`: `9`, `{"custom_fields":{"many":[9]}}`: `[9,8]`, `{"custom_fields":{"n":1e999999999}}`: `3`,
	} {
		changes, err := netbox.Diff(json.RawMessage(read), json.RawMessage(want))
		if err != nil || len(changes) != 1 || string(changes[0].From) != from {
			t.Errorf("%s: got %s %v, want one change from %s", want, changes, err, from)
		}
	}
}

func TestDiffOfAddressWithoutLength(t *testing.T) {
	for have, want := range map[string]string{"10.0.0.1/32": "10.0.0.1", "2001:db8::1/128": "2001:DB8:0::1"} {
		changes, err := netbox.Diff(map[string]any{"address": have}, map[string]any{"address": want})
		if err != nil || changes != nil {
			t.Errorf("%s and %s differ: %v %v", have, want, changes, err)
		}
	}
}

func TestDiffRefusesWhatIsNoObject(t *testing.T) {
	for _, pair := range [][2]any{{nil, map[string]any{}}, {map[string]any{}, nil}, {[]int{1}, map[string]any{}}, {map[string]any{}, "x"}, {map[string]any{}, func() {}}} {
		if _, err := netbox.Diff(pair[0], pair[1]); err == nil {
			t.Errorf("%v and %T are compared", pair[0], pair[1])
		}
	}
}

func TestChangesMakeThePatch(t *testing.T) {
	changes, err := netbox.Diff(netbox.Device{}, netbox.DeviceWrite{
		Name: netbox.Set("a"), Tenant: netbox.Null[int64](), Tags: netbox.Set(netbox.TagSlugs("x")), CustomFields: map[string]any{"b": 1, "c": nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := changes.Fields(); !slices.Equal(got, []string{"custom_fields.b", "name", "tags"}) {
		t.Errorf("changed: %q", got)
	}
	body, err := json.Marshal(changes.Patch())
	if err != nil || string(body) != `{"custom_fields":{"b":1},"name":"a","tags":[{"slug":"x"}]}` {
		t.Errorf("patch: %s %v", body, err)
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(`{"a":{"value":1,"label":"x"}}`, `{"a":1}`)
	f.Add(`{"tags":[{"id":1}]}`, `{"tags":[{"slug":{}}]}`)
	f.Add(`{"custom_fields":[1]}`, `{"custom_fields":{"a":[[1]]}}`)
	f.Add(`{"tags":1}`, `{"add_tags":{"a":1}}`)
	f.Fuzz(func(_ *testing.T, have, want string) {
		changes, err := netbox.Diff(json.RawMessage(have), json.RawMessage(want))
		if err == nil {
			_, _ = json.Marshal(changes.Patch())
		}
	})
}

// What was read is the same as itself, in the shapes of every release.
func TestDiffOfDeviceAsRead(t *testing.T) {
	device := netbox.Device{Name: "sw1", LastUpdated: time.Unix(5, 0), Position: new(float64), Rack: &netbox.Nested{ID: 3}}
	changes, err := netbox.Diff(device, netbox.DeviceWrite{Position: netbox.Set(0.0), Rack: netbox.Set[int64](3), Face: netbox.Null[string]()})
	if err != nil || changes != nil {
		t.Errorf("%v %v", changes, err)
	}
}
