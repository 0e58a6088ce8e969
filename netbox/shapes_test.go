package netbox_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
)

// One type reads what every release sends, and what the next one may.
func TestShapesByVersion(t *testing.T) {
	t.Run("device of 3.7", func(t *testing.T) {
		d := decode[netbox.Device](t, []byte(`{"id":1,"name":null,"asset_tag":null,"serial":"",
			"device_role":{"id":2,"url":"u","display":"Switch","name":"Switch","slug":"switch"},
			"role":{"id":2,"url":"u","display":"Switch","name":"Switch","slug":"switch"},
			"device_type":{"id":3,"display":"C9300","manufacturer":{"id":4,"display":"Cisco","name":"Cisco","slug":"cisco"},"model":"C9300","slug":"c9300"},
			"primary_ip":{"id":5,"display":"192.0.2.1/24","family":4,"address":"192.0.2.1/24"},
			"status":{"value":"active","label":"Aktiv"},"face":null,"airflow":"","position":null,
			"config_context":{"a":1},"custom_fields":{"class":"cmdb_ci_server","zones":["a","b"]},"created":"2026-01-02T03:04:05Z"}`))
		if d.Name != "" || d.AssetTag != "" || d.Role.ID != 2 || d.DeviceType.Manufacturer.ID != 4 || d.PrimaryIP.Family != 4 ||
			d.Status != (netbox.Choice{Value: "active", Label: "Aktiv"}) || !d.Face.IsZero() || !d.Airflow.IsZero() || d.Position != nil ||
			string(d.ConfigContext) != `{"a":1}` || d.InterfaceCount != 0 || d.Created.IsZero() || !d.LastUpdated.IsZero() {
			t.Errorf("%+v", d)
		}
	})
	t.Run("values and fields of a release to come", func(t *testing.T) {
		d := decode[netbox.Device](t, []byte(`{"id":9007199254740993,"status":{"value":"in-orbit","label":"In orbit","colour":"ff0000"},
			"face":{"value":null,"label":null},"interface_count":null,"orbit":{"km":[1,2]},"tags":[{"id":1,"slug":"a","name":"A","weight":5}],
			"site":{"id":3,"name":"LEO","altitude":{"km":400}},"vc_position":0,"description":null}`))
		if d.ID != 9007199254740993 || d.Status.Value != "in-orbit" || !d.Face.IsZero() || d.InterfaceCount != 0 || d.Site.Name != "LEO" || *d.VCPosition != 0 || !d.Tags.Has("a") {
			t.Errorf("%+v", d)
		}
	})
	t.Run("snapshots of webhooks", func(t *testing.T) {
		d := decode[netbox.Device](t, []byte(`{"site":3,"device_type":4,"primary_ip4":5,"status":"active","face":"","tags":["A","B"],"rack":null}`))
		if d.Site.ID != 3 || d.DeviceType.ID != 4 || d.PrimaryIP4.ID != 5 || d.Status.Value != "active" || !d.Face.IsZero() || d.Tags[1].Name != "B" || d.Rack != nil {
			t.Errorf("%+v", d)
		}
	})
	t.Run("racks", func(t *testing.T) {
		for text, want := range map[string]string{
			`{"id":1,"type":{"value":"4-post-cabinet","label":"x"},"u_height":42}`:         "4-post-cabinet",
			`{"id":1,"form_factor":{"value":"wall-frame","label":"x"},"u_height":42}`:      "wall-frame",
			`{"id":1,"form_factor":null,"rack_type":{"id":3,"model":"x"},"u_height":42.0}`: "",
		} {
			r := decode[netbox.Rack](t, []byte(text))
			if r.FormFactor.Value != want || r.UHeight != 42 {
				t.Errorf("%s: %+v", text, r)
			}
		}
	})
	t.Run("custom fields", func(t *testing.T) {
		old := decode[netbox.CustomField](t, []byte(`{"id":1,"content_types":["dcim.device"],"object_type":"dcim.site","type":{"value":"object"},"validation_minimum":5}`))
		now := decode[netbox.CustomField](t, []byte(`{"id":1,"object_types":["dcim.device"],"related_object_type":"dcim.site","type":{"value":"object"},"validation_minimum":5.0}`))
		if diff := cmp.Diff(now, old); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("choice sets", func(t *testing.T) {
		s := decode[netbox.ChoiceSet](t, []byte(`{"id":1,"base_choices":{"value":"IATA","label":"IATA (Airport codes)"},"extra_choices":null,"choice_colors":null}`))
		if s.BaseChoices.Value != "IATA" || s.ExtraChoices != nil || s.ChoiceColors != nil {
			t.Errorf("%+v", s)
		}
	})
}

func TestCustomFields(t *testing.T) {
	c := decode[netbox.CustomFields](t, []byte(`{"old":"cmdb_ci_server","new":{"value":"cmdb_ci_server","label":"Server"},
		"olds":["a","b"],"news":[{"value":"a","label":"A"},{"value":"b","label":"B"}],"site":{"id":7,"display":"Basel","name":"Basel"},
		"sites":[{"id":7},{"id":8}],"none":null,"text":"a\"b\u00fc\n","number":12.50,"yes":true,"json":{"deep":[1]},"empty":"","blank":{"value":"","label":""}}`))
	type row struct {
		Text, Label string
		Texts       []string
		ID          int64
		Null        bool
	}
	want := map[string]row{
		"old":    {"cmdb_ci_server", "cmdb_ci_server", []string{"cmdb_ci_server"}, 0, false},
		"new":    {"cmdb_ci_server", "Server", []string{"cmdb_ci_server"}, 0, false},
		"olds":   {"a,b", "a,b", []string{"a", "b"}, 0, false},
		"news":   {"a,b", "a,b", []string{"a", "b"}, 0, false},
		"site":   {"7", "Basel", []string{"7"}, 7, false},
		"sites":  {"7,8", "7,8", []string{"7", "8"}, 0, false},
		"none":   {"", "", nil, 0, true},
		"text":   {"a\"bü\n", "a\"bü\n", []string{"a\"bü\n"}, 0, false},
		"number": {"12.50", "12.50", []string{"12.50"}, 0, false},
		"yes":    {"true", "true", []string{"true"}, 0, false},
		"json":   {`{"deep":[1]}`, `{"deep":[1]}`, []string{`{"deep":[1]}`}, 0, false},
		"empty":  {"", "", []string{""}, 0, false},
		"blank":  {"", "", []string{""}, 0, false},
		"absent": {"", "", nil, 0, true},
	}
	for name, w := range want {
		got := row{c.Text(name), c.Label(name), c.Texts(name), c.ID(name), c.IsNull(name)}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if c.Has(name) != (name != "absent") {
			t.Errorf("Has(%s) = %v", name, c.Has(name))
		}
	}
	if len(c.Names()) != len(want)-1 {
		t.Errorf("names %v", c.Names())
	}
	var n float64
	if err := c.Decode("number", &n); err != nil || n != 12.5 {
		t.Errorf("decoded %v, %v", n, err)
	}
	if err := c.Decode("absent", &n); err != nil || n != 12.5 {
		t.Errorf("an absent field gave %v, %v", n, err)
	}
	if c := decode[netbox.CustomFields](t, []byte(`{}`)); c != nil {
		t.Errorf("none gave %v", c)
	}
	if c := decode[netbox.CustomFields](t, []byte(`null`)); c != nil || c.Text("x") != "" {
		t.Errorf("null gave %v", c)
	}
	again, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Names(), decode[netbox.CustomFields](t, again).Names()); diff != "" {
		t.Error(diff)
	}
}

func TestOpt(t *testing.T) {
	if v, ok := netbox.Set(0).Get(); v != 0 || !ok {
		t.Error("a set zero is not set")
	}
	if _, ok := netbox.Null[int]().Get(); ok || !netbox.Null[int]().IsNull() || netbox.Null[int]().IsZero() {
		t.Error("null is a value")
	}
	var unset netbox.Opt[int]
	if _, ok := unset.Get(); ok || unset.IsNull() || !unset.IsZero() {
		t.Error("unset is set")
	}
	for text, want := range map[string]netbox.Opt[int]{`null`: netbox.Null[int](), `0`: netbox.Set(0), `7`: netbox.Set(7)} {
		if got := decode[netbox.Opt[int]](t, []byte(text)); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	var bad netbox.Opt[int]
	if err := json.Unmarshal([]byte(`"x"`), &bad); err == nil || !bad.IsZero() {
		t.Errorf("a text was taken: %+v, %v", bad, err)
	}
}
