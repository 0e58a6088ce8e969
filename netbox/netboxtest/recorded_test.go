package netboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// exchange is one request to a real NetBox 4.7.3 and its answer.
type exchange struct {
	Request struct {
		Method, Path string
		Headers      map[string]string
		Body         json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func recorded(t *testing.T, name string) exchange {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var x exchange
	if err := json.Unmarshal(raw, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// recordedWorld is the NetBox in which the exchanges were recorded, loaded from
// the recordings themselves, ids included.
func recordedWorld(t *testing.T) *netboxtest.Server {
	t.Helper()
	s := fresh(t, "4.7")
	load := func(kind, body string) {
		t.Helper()
		if err := s.Load(kind, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	body := func(name string) string { return string(recorded(t, name).Response.Body) }
	load("extras/tags", body("tag"))
	load("extras/tags", `{"id":101,"name":"ServiceNowSyncFrom","slug":"servicenowsyncfrom","color":"9e9e9e"}`)
	load("extras/custom-field-choice-sets", body("choice-set-create"))
	load("extras/custom-field-choice-sets", `{"id":32,"name":"Zones","extra_choices":[["a","Zone A"],["b","Zone B"],["c","Zone C"]]}`)
	load("extras/custom-fields", body("custom-field-create"))
	load("extras/custom-fields", `[{"id":84,"name":"zones","type":"multiselect","object_types":["dcim.device"],"choice_set":32},
		{"id":85,"name":"backup_site","type":"object","related_object_type":"dcim.site","object_types":["dcim.device"]},
		{"id":86,"name":"inventory_number","type":"text","object_types":["dcim.device","dcim.site"]}]`)
	load("tenancy/tenant-groups", `[{"id":42,"name":"Customers","slug":"customers"},{"id":43,"name":"Others","slug":"others"}]`)
	load("tenancy/tenants", body("tenant"))
	load("tenancy/tenants", `{"id":99,"name":"Müller & Söhne AG","slug":"mller-shne-ag","group":43}`)
	load("dcim/regions", `{"id":144,"name":"Europe","slug":"europe"}`)
	load("dcim/regions", body("region-nested"))
	load("dcim/sites", body("site"))
	load("dcim/sites", `{"id":232,"name":"Basel","slug":"basel","status":{"value":"active","label":"Active"}}`)
	load("dcim/locations", `{"id":494,"name":"Building A","slug":"building-a","site":{"id":231}}`)
	load("dcim/locations", body("location-nested"))
	load("dcim/racks", body("rack"))
	load("dcim/manufacturers", body("manufacturer"))
	load("dcim/platforms", `{"id":4,"name":"IOS-XE","slug":"ios-xe","manufacturer":818}`)
	load("dcim/device-types", body("device-type"))
	load("dcim/device-roles", body("device-role"))
	load("dcim/devices", body("device-list-page"))
	load("dcim/devices", body("device"))
	load("dcim/devices", `{"id":6232,"name":"zrh-rtr-3","site":231,"role":87,"device_type":156,"status":"active"}`)
	load("dcim/interfaces", body("interface"))
	load("ipam/ip-addresses", body("ip-address"))
	return s
}

const limitedToken = "nbt_XXXXXXXXXXXX.XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"

// before brings the world into the state in which an exchange was recorded.
var before = map[string]func(s *netboxtest.Server) error{
	"auth-token-disabled": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Disabled: true})
	},
	"auth-token-expired": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Expires: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	},
	"auth-address-not-allowed": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Networks: []string{"192.0.2.0/24"}})
	},
	"permission-denied": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Permissions: []netboxtest.Permission{{Types: []string{"dcim.site"}, Actions: []string{"view"}}}})
	},
	"permission-object-hidden": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Permissions: []netboxtest.Permission{{Types: []string{"dcim.site"}, Where: "slug=basel"}}})
	},
	"bulk-permission": func(s *netboxtest.Server) error {
		return s.AddToken(netboxtest.Token{Key: limitedToken, Permissions: []netboxtest.Permission{{Types: []string{"dcim.site"}, Where: "slug=basel"}}})
	},
	"bulk-delete-protected":     makers,
	"bulk-delete":               makers,
	"bulk-update":               makers,
	"bulk-update-one-bad":       makers,
	"bulk-update-id-twice":      makers,
	"bulk-update-id-unreadable": makers,
	"bulk-update-unknown-id":    makers,
	"choice-set-create": func(s *netboxtest.Server) error {
		if err := s.Delete("extras/custom-fields", 83); err != nil {
			return err
		}
		return s.Delete("extras/custom-field-choice-sets", 31)
	},
	"custom-field-create": func(s *netboxtest.Server) error { return s.Delete("extras/custom-fields", 83) },
	"tag-create":          func(s *netboxtest.Server) error { return s.Delete("extras/tags", 100) },
	"device-create":       alone,
	"device-patch": func(s *netboxtest.Server) error {
		return s.Update("dcim/devices", 6230, map[string]any{"tags": []int{100}})
	},
	"tag-add": func(s *netboxtest.Server) error {
		return s.Update("dcim/devices", 6230, map[string]any{"tags": []int{100}})
	},
	"device-list-last-page": func(s *netboxtest.Server) error {
		return nil
	},
	"etag-mismatch": func(s *netboxtest.Server) error {
		return s.Update("dcim/devices", 6230, map[string]any{"description": "first"})
	},
	"primary-ip-not-assigned": func(s *netboxtest.Server) error {
		if err := s.Update("dcim/devices", 6230, map[string]any{"primary_ip4": nil}); err != nil {
			return err
		}
		return s.Update("ipam/ip-addresses", 898, map[string]any{"assigned_object_type": nil, "assigned_object_id": nil})
	},
}

func makers(s *netboxtest.Server) error {
	return s.Load("dcim/manufacturers", []byte(`[{"id":820,"name":"fx-c","slug":"fx-c"},{"id":821,"name":"fx-a","slug":"fx-a"},{"id":822,"name":"fx-b","slug":"fx-b"}]`))
}

// alone leaves no device in the world.
func alone(s *netboxtest.Server) error {
	for _, id := range s.IDs("dcim/devices") {
		if err := s.Delete("dcim/devices", id); err != nil {
			return err
		}
	}
	return nil
}

// apart are exchanges that are compared in tests of their own.
var apart = []string{"object-change-create", "object-change-update", "object-change-delete", "delete-protected", "request-line-too-long"}

// TestRecorded plays every recorded request against the same world in memory
// and wants the recorded answer: recorded from NetBox 4.7.3.
func TestRecorded(t *testing.T) {
	world := recordedWorld(t)
	snap := world.Snapshot()
	files, err := filepath.Glob(filepath.Join("testdata", "recorded", "*.json"))
	if err != nil || len(files) < 90 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		if strings.Contains(strings.Join(apart, " "), name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := fresh(t, "4.7")
			if err := s.Restore(snap); err != nil {
				t.Fatal(err)
			}
			if prepare := before[name]; prepare != nil {
				if err := prepare(s); err != nil {
					t.Fatal(err)
				}
			}
			replay(t, s, recorded(t, name), name)
		})
	}
}

func replay(t *testing.T, s *netboxtest.Server, x exchange, name string) {
	t.Helper()
	server := httptest.NewServer(s) // plain net/http on both sides
	defer server.Close()
	body := string(x.Request.Body)
	if x.Request.Headers["Content-Type"] == "text/plain" || strings.HasPrefix(body, `"`) {
		if err := json.Unmarshal(x.Request.Body, &body); err != nil {
			t.Fatal(err)
		}
	}
	if body == "null" {
		body = ""
	}
	target, err := url.Parse(x.Request.Path)
	if err != nil {
		t.Fatal(err)
	}
	target.RawQuery = strings.ReplaceAll(target.RawQuery, "[", "%5B")
	req, err := http.NewRequest(x.Request.Method, server.URL+target.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "netbox.example"
	if name != "auth-missing" {
		req.Header.Set("Authorization", "Bearer "+netboxtest.AdminTokenV2)
	}
	for k, v := range x.Request.Headers {
		req.Header.Set(k, v)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != x.Response.Status {
		t.Fatalf("status %d, recorded %d: %s", res.StatusCode, x.Response.Status, raw)
	}
	written := x.Request.Method != "GET"
	for k, want := range x.Response.Headers {
		got := res.Header.Get(k)
		switch k {
		case "X-Request-ID":
			if len(got) != len(want) {
				t.Errorf("%s: %q, recorded %q", k, got, want)
			}
		case "ETag", "Location":
			if (got == "") != (want == "") || !written && got != want {
				t.Errorf("%s: %q, recorded %q", k, got, want)
			}
		default:
			if got != want {
				t.Errorf("%s: %q, recorded %q", k, got, want)
			}
		}
	}
	if res.Header.Get("ETag") != "" && x.Response.Headers["ETag"] == "" {
		t.Errorf("an ETag that the real one does not send")
	}
	compareBody(t, raw, x.Response.Body, written)
}

func compareBody(t *testing.T, got, want []byte, written bool) {
	t.Helper()
	var text string
	if json.Unmarshal(want, &text) == nil && text != "" { // a page: the recording has its beginning
		if !strings.HasPrefix(string(got), text[:min(len(text), 90)]) {
			t.Errorf("page:\n%s\nrecorded:\n%s", got, text)
		}
		return
	}
	var a, b any
	if len(got) > 0 {
		if err := json.Unmarshal(got, &a); err != nil {
			t.Fatalf("%v: %s", err, got)
		}
	}
	if len(want) > 0 {
		if err := json.Unmarshal(want, &b); err != nil {
			t.Fatal(err)
		}
	}
	if written && len(got) > 0 { // a new object has another id here
		if x, y := ids(a), ids(b); len(x) == len(y) {
			s := string(got)
			for i := range slices.Backward(x) { // from the end: the new ids may be among the old ones
				s = strings.ReplaceAll(s, fmt.Sprintf("/%s/", x[i]), fmt.Sprintf("/%s/", y[i]))
				s = strings.ReplaceAll(s, fmt.Sprintf(`"id":%s,`, x[i]), fmt.Sprintf(`"id":%s,`, y[i]))
			}
			if err := json.Unmarshal([]byte(s), &a); err != nil {
				t.Fatal(err)
			}
		}
	}
	a, b = settle(a, written), settle(b, written)
	if !reflect.DeepEqual(a, b) {
		x, _ := json.MarshalIndent(a, "", " ")
		y, _ := json.MarshalIndent(b, "", " ")
		t.Errorf("body differs from the recording at %s\ngot  %.2000s\nwant %.2000s", difference("", a, b), x, y)
	}
	if o, ok := b.(map[string]any); ok && len(o) > 3 {
		compareOrder(t, got, want)
	}
}

// compareOrder wants the keys of an object in NetBox's own order.
func compareOrder(t *testing.T, got, want []byte) {
	t.Helper()
	order := func(raw []byte) (keys []string) {
		d := json.NewDecoder(strings.NewReader(string(raw)))
		if _, err := d.Token(); err != nil {
			return nil
		}
		for d.More() {
			k, err := d.Token()
			if err != nil {
				return nil
			}
			keys = append(keys, fmt.Sprint(k))
			var skip json.RawMessage
			if err := d.Decode(&skip); err != nil {
				return nil
			}
		}
		return keys
	}
	if a, b := order(got), order(want); !reflect.DeepEqual(a, b) {
		t.Errorf("keys go\n%v\nrecorded\n%v", a, b)
	}
}

func ids(v any) (out []string) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			out = append(out, ids(x)...)
		}
	case map[string]any:
		if id, ok := v["id"].(float64); ok {
			out = append(out, strconv.Itoa(int(id)))
		}
	}
	return out
}

// settle leaves out what depends on time and on types that are not modelled.
func settle(v any, written bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			switch {
			case k == "virtualmachine_count", k == "tagged_items", k == "mac_address", k == "mac_addresses", k == "primary_mac_address",
				written && (k == "created" || k == "last_updated" || k == "device_count"):
				delete(v, k)
			default:
				v[k] = settle(v[k], written)
			}
		}
	case []any:
		for i := range v {
			v[i] = settle(v[i], written)
		}
	}
	return v
}

func difference(path string, a, b any) string {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if ok && ok2 {
		for k := range y {
			if _, in := x[k]; !in {
				return path + "." + k + " (missing)"
			}
			if !reflect.DeepEqual(x[k], y[k]) {
				return difference(path+"."+k, x[k], y[k])
			}
		}
		for k := range x {
			if _, in := y[k]; !in {
				return path + "." + k + " (too many)"
			}
		}
	}
	return fmt.Sprintf("%s: %v, want %v", path, a, b)
}

// TestRecordedProtected: the real answer names a virtual machine too, a type
// that is not modelled here. Recorded from NetBox 4.7.3.
func TestRecordedProtected(t *testing.T) {
	s := recordedWorld(t)
	var want struct{ Detail string }
	if err := json.Unmarshal(recorded(t, "delete-protected").Response.Body, &want); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("5 dependent", "4 dependent", "vm-1 (205), ", "").Replace(want.Detail)
	status, v, _ := ask(t, s, "DELETE", "/api/dcim/sites/231/", "")
	if got := v.(map[string]any)["detail"]; status != 409 || got != text {
		t.Errorf("%d %q, want %q", status, got, text)
	}
}

// TestRecordedRequestLine: recorded from NetBox 4.7.3 behind gunicorn.
func TestRecordedRequestLine(t *testing.T) {
	s := fresh(t, "4.7")
	path := "/api/dcim/sites/?name=" + strings.Repeat("x", 4135-len("GET /api/dcim/sites/?name= HTTP/1.1"))
	status, page, h := ask(t, s, "GET", path, "")
	if status != 400 || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || !strings.Contains(page.(string), "Request Line is too large (4135 &gt; 4094)") {
		t.Errorf("%d %s", status, page)
	}
}

// TestRecordedChanges wants the recorded change log rows after the recorded
// writes: recorded from NetBox 4.7.3.
func TestRecordedChanges(t *testing.T) {
	s := recordedWorld(t)
	tell := func(method, path, body string) {
		t.Helper()
		if status, v, _ := ask(t, s, method, path, body); status >= 300 {
			t.Fatalf("%s %s: %d %v", method, path, status, v)
		}
	}
	tell("POST", "/api/dcim/devices/", `{"name":"zrh-日本-4","site":231,"role":87,"device_type":156,"tags":[{"slug":"servicenowsyncto"}],
		"custom_fields":{"zones":["c"],"servicenow_ci_class":"cmdb_ci_server"}}`)
	path := "/api/dcim/devices/6233/"
	tell("PATCH", path, `{"serial":"S-4","status":"failed","custom_fields":{"servicenow_ci_class":"cmdb_ci_ip_switch"},"changelog_message":"seen by nobody here"}`)
	tell("PATCH", path, `{"serial":"S-4"}`) // changes nothing: no record
	compare := func(id int, name string, live bool) {
		t.Helper()
		_, got, _ := ask(t, s, "GET", fmt.Sprintf("/api/core/object-changes/%d/", id), "")
		var want map[string]any
		if err := json.Unmarshal(recorded(t, name).Response.Body, &want); err != nil {
			t.Fatal(err)
		}
		a := got.(map[string]any)
		for _, k := range []string{"display", "user", "user_name", "action", "changed_object_type", "changed_object_id", "changed_object", "object_repr", "message"} {
			if k == "user" || !live && k == "changed_object" {
				continue
			}
			if !reflect.DeepEqual(a[k], want[k]) {
				t.Errorf("%s: %s is %v, recorded %v", name, k, a[k], want[k])
			}
		}
		for _, k := range []string{"prechange_data", "postchange_data"} {
			have, full := a[k].(map[string]any), want[k].(map[string]any)
			if (len(have) == 0) != (len(full) == 0) {
				t.Errorf("%s: %s has %d keys, recorded %d", name, k, len(have), len(full))
			}
			for field, v := range have { // the real one has fields that are not modelled
				if !reflect.DeepEqual(v, full[field]) {
					t.Errorf("%s: %s.%s is %v, recorded %v", name, k, field, v, full[field])
				}
			}
		}
	}
	compare(1, "object-change-create", true)
	compare(2, "object-change-update", true)
	tell("PATCH", path, `{"tags":[100,101]}`)
	tell("DELETE", path, `{"changelog_message":"retired"}`)
	compare(4, "object-change-delete", true)
	status, v, _ := ask(t, s, "GET", "/api/core/object-changes/?action=delete&changed_object_type=dcim.device&fields=id", "")
	if status != 200 || v.(map[string]any)["count"] != 1.0 {
		t.Errorf("%d %v", status, v)
	}
}
