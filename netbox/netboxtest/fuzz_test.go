package netboxtest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// small is the small estate in one version.
func small(tb testing.TB, version string) *netboxtest.Server {
	tb.Helper()
	s, err := netboxtest.New(netboxtest.Options{Version: version})
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.FillSmallEstate(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// FuzzQuery: no query of a list makes the server fail in another way than
// NetBox does, and a page is never longer than the cap.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"", "limit=5&offset=2", "start=3&limit=2", "id=1&id=2&id__gt=0", "name__isw=b&status=active", "tag=null", "tag__n=servicenowsyncto",
		"cf_servicenow_ci_class__ic=server", "region_id=1&location_id=1", "parent_id=null&ancestor_id=1", "ordering=-site,name,id&brief=1", "fields=id,tags&omit=id",
		"name__regex=%5B", "last_updated__gte=2025-01-01", "site_id=&x__y__z=1", "u_height__lte=1e9&position__empty=true", "limit=-1&offset=99999999999999999999",
		"id__gte=9223372036854775807&id__gt=-1", "q=%00%ff", "ordering=-&fields=,", "limit=0&start=0"} {
		f.Add(uint8(14), q)
	}
	servers := map[string]*netboxtest.Server{}
	for _, v := range netboxtest.Versions() {
		servers[v] = small(f, v)
	}
	f.Fuzz(func(t *testing.T, kind uint8, query string) {
		if _, err := url.Parse("/?" + query); err != nil {
			t.Skip() // no client sends it
		}
		for v, s := range servers {
			kinds := s.Types()
			u := &url.URL{Scheme: "http", Host: "netbox.example", Path: "/api/" + kinds[int(kind)%len(kinds)] + "/", RawQuery: query}
			req := &http.Request{Method: "GET", URL: u, Host: u.Host, Header: http.Header{"Authorization": {"Token " + netboxtest.AdminToken}}}
			res, err := s.Client().Do(req)
			if err != nil {
				t.Fatalf("%s %s: %v", v, u, err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			switch res.StatusCode {
			case 200, 400:
			case 500:
				if !strings.Contains(string(body), `"exception"`) {
					t.Fatalf("%s %s: %d %s", v, u, res.StatusCode, body)
				}
			default:
				t.Fatalf("%s %s: %d %s", v, u, res.StatusCode, body)
			}
		}
	})
}

// FuzzBody: no body of a write makes the server panic or change more than it
// should: what is refused changes nothing.
func FuzzBody(f *testing.F) {
	for _, b := range []string{`{"name":"x","slug":"x"}`, `[{"id":1},{"id":2,"name":5}]`, `{"device_type":{"manufacturer":{"slug":"dell"}},"tags":[{"name":[]}]}`, `{"site":{"id":{}}}`,
		`{"custom_fields":{"servicenow_ci_class":[null,{}]}}`, `{"rack":1,"position":1e400,"face":"front"}`, `{"primary_ip4":1,"oob_ip":2}`, `[[],{},null]`, `"x"`, `{"a":{"b":[`, `{"latitude":"0x1p-2"}`,
		`{"extra_choices":[["a","b"],[[],{}]]}`, `{"object_types":["dcim.device",5],"type":"object"}`, `{"parent":1}`, `{"address":"::ffff:1.2.3.4/200"}`, `{"name":"\ud800","slug":"\u0000"}`} {
		f.Add(uint8(14), uint8(0), b)
	}
	base := small(f, "4.7")
	snap := base.Snapshot()
	f.Fuzz(func(t *testing.T, kind, verb uint8, body string) {
		if err := base.Restore(snap); err != nil {
			t.Fatal(err)
		}
		kinds := base.Types()
		path := "/api/" + kinds[int(kind)%len(kinds)] + "/"
		method := []string{"POST", "PATCH", "PUT", "DELETE"}[verb%4]
		if verb&4 != 0 {
			path += "1/"
			if method == "POST" {
				method = "PATCH"
			}
		}
		req, err := http.NewRequest(method, "http://netbox.example"+path, strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
		total := func() (n int) {
			for _, k := range kinds {
				n += base.Count(k)
			}
			return n
		}
		had := total()
		res, err := base.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode >= 400 && total() != had {
			t.Fatalf("%s %s %q: %d, and there are %d objects instead of %d", method, path, body, res.StatusCode, total(), had)
		}
	})
}
