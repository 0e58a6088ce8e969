package netboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func TestOptions(t *testing.T) {
	for name, o := range map[string]netboxtest.Options{
		"version":            {Version: "4.3"},
		"Tokens[0].Key":      {Tokens: []netboxtest.Token{{Key: "short"}}},
		"Networks":           {Tokens: []netboxtest.Token{{Key: netboxtest.AdminToken, Networks: []string{"here"}}}},
		"Permission.Where":   {Tokens: []netboxtest.Token{{Key: netboxtest.AdminToken, Permissions: []netboxtest.Permission{{Where: "%zz"}}}}},
		"Actions":            {Tokens: []netboxtest.Token{{Key: netboxtest.AdminToken, Permissions: []netboxtest.Permission{{Actions: []string{"read"}}}}}},
		"Options.Choices":    {Choices: map[string][][2]string{"status": {{"x", "X"}}}},
		"has no choice":      {Choices: map[string][][2]string{"dcim.device.name": {{"x", "X"}}}},
		"Options.Version is": {Version: "5"},
	} {
		_, err := netboxtest.New(o)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := netboxtest.New(netboxtest.Options{Version: "4.6.8", PageSize: 3, MaxPageSize: 5, MaxRequestLine: 200, MaxBody: 100,
		Choices: map[string][][2]string{"dcim.device.status": {{"in-repair", "In repair"}}}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Version() != "4.6" {
		t.Errorf("version %s", s.Version())
	}
	if err := s.FillSmallEstate(); err != nil {
		t.Fatal(err)
	}
	for path, n := range map[string]int{"/api/dcim/devices/": 3, "/api/dcim/devices/?limit=100": 5, "/api/dcim/devices/?limit=0": 5} {
		if _, v, _ := ask(t, s, "GET", path, ""); len(v.(map[string]any)["results"].([]any)) != n {
			t.Errorf("%s: want %d rows", path, n)
		}
	}
	if status, page, _ := ask(t, s, "GET", "/api/dcim/devices/?name="+strings.Repeat("x", 200), ""); status != 400 || !strings.Contains(page.(string), "Request Line is too large") {
		t.Errorf("long line: %d", status)
	}
	if status, page, _ := ask(t, s, "POST", "/api/dcim/sites/", `{"name":"`+strings.Repeat("x", 200)+`"}`); status != 413 || !strings.Contains(page.(string), "413") {
		t.Errorf("large body: %d", status)
	}
	if err := s.Update("dcim/devices", 1, map[string]any{"status": "in-repair"}); err != nil {
		t.Error(err)
	}
	if o, _ := s.Object("dcim.device", 1); !reflect.DeepEqual(o["status"], map[string]any{"value": "in-repair", "label": "In repair"}) {
		t.Errorf("status %v", o["status"])
	}
}

func TestDirectCalls(t *testing.T) {
	s := fresh(t, "4.7")
	id, err := s.Create("dcim/sites", map[string]any{"name": "Basel", "slug": "basel", "latitude": 47.5})
	if err != nil || id != 1 {
		t.Fatal(id, err)
	}
	if _, err := s.Create("dcim.site", map[string]any{"name": "Basel", "slug": "x"}); err == nil || !strings.Contains(err.Error(), "site with this name already exists") {
		t.Errorf("duplicate: %v", err)
	}
	if _, err := s.Create("dcim/nothing", nil); err == nil || !strings.Contains(err.Error(), "dcim/devices") {
		t.Errorf("unknown type: %v", err)
	}
	if _, err := s.Create("dcim/sites", map[string]any{"name": make(chan int)}); err == nil || !strings.Contains(err.Error(), `"name"`) {
		t.Errorf("not JSON: %v", err)
	}
	if err := s.Update("dcim/sites", 1, map[string]any{"status": "planned"}); err != nil {
		t.Error(err)
	}
	if err := s.Update("dcim/sites", 1, map[string]any{"status": "nonsense"}); err == nil {
		t.Error("a wrong status was taken")
	}
	if err := s.Update("dcim/sites", 7, nil); err == nil {
		t.Error("an unknown id was updated")
	}
	if err := s.Update("x", 1, nil); err == nil {
		t.Error("an unknown type was updated")
	}
	if o, ok := s.Object("dcim/sites", 1); !ok || o["id"] != int64(1) || o["latitude"] != 47.5 || o["url"] != "/api/dcim/sites/1/" {
		t.Errorf("object %v", o)
	}
	if _, ok := s.Object("dcim/sites", 2); ok {
		t.Error("an unknown id was found")
	}
	if got := s.Find("dcim/sites", "slug", "basel"); !reflect.DeepEqual(got, []int64{1}) {
		t.Errorf("find %v", got)
	}
	if s.Find("dcim/sites", "nothing", 1) != nil || s.Objects("x") != nil || s.IDs("x") != nil || s.Count("x") != 0 {
		t.Error("unknown names gave something")
	}
	if err := s.Delete("dcim/sites", 1); err != nil || s.Count("dcim/sites") != 0 {
		t.Error(err)
	}
	if err := s.Delete("dcim/sites", 1); err == nil {
		t.Error("deleted twice")
	}
	_, v, _ := ask(t, s, "GET", "/api/core/object-changes/", "")
	if v.(map[string]any)["count"] != 3.0 {
		t.Errorf("change log: %v", v.(map[string]any)["count"])
	}
	if err := s.Restore(nil); err == nil {
		t.Error("nil was restored")
	}
}

// TestLoadTakesOverEverything: what one server lists, another one loads, and
// then answers the same bytes.
func TestLoadTakesOverEverything(t *testing.T) {
	versions, devices := netboxtest.Versions(), 150
	if raceEnabled { // shapes that differ most, and fewer rows of each kind
		versions, devices = []string{"3.7", "4.2", "4.7"}, 40
	}
	for _, version := range versions {
		from, to := fresh(t, version), fresh(t, version)
		if err := from.FillEstate(devices); err != nil {
			t.Fatal(err)
		}
		lists := func(s *netboxtest.Server, kind string) string {
			_, v, _ := ask(t, s, "GET", "/api/"+kind+"/?limit=1000&ordering=id", "")
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(raw)
		}
		for _, kind := range from.Types() {
			if err := to.Load(kind, []byte(lists(from, kind))); err != nil {
				t.Fatal(err)
			}
		}
		for _, kind := range from.Types() {
			if a, b := lists(from, kind), lists(to, kind); a != b {
				t.Errorf("%s: %s differs:\n%.500s\n%.500s", version, kind, a, b)
			}
		}
		id, err := to.Create("dcim/sites", map[string]any{"name": "new", "slug": "new"})
		if err != nil || id != int64(from.Count("dcim/sites"))+1 {
			t.Errorf("%s: the next id is %d, %v", version, id, err)
		}
	}
	s := fresh(t, "4.7")
	for _, bad := range []string{"", "5", `[5]`, `[{}]`, `[{"id":"x"}]`, `{"results":[{"id":1,"site":"x"}]}`} {
		if err := s.Load("dcim/devices", []byte(bad)); err == nil {
			t.Errorf("%q was loaded", bad)
		}
	}
	if err := s.Load("x", nil); err == nil {
		t.Error("an unknown type was loaded")
	}
}

// TestFaultsReachTheCaller: the ready-made faults look like the real ones.
func TestFaultsReachTheCaller(t *testing.T) {
	s := small(t, "4.7")
	for name, x := range map[string]struct {
		fault  netboxtest.Fault
		status int
		text   string
	}{
		"throttled":  {netboxtest.Throttled(), 503, "503 Service Temporarily Unavailable"},
		"gateway":    {netboxtest.BadGateway(), 502, "nginx"},
		"timeout":    {netboxtest.GatewayTimeout(), 504, "nginx"},
		"too large":  {netboxtest.RequestTooLarge(), 413, "nginx"},
		"rate limit": {netboxtest.RateLimited(1500 * time.Millisecond), 429, "nginx"},
		"sign in":    {netboxtest.SignIn(), 200, "Sign in"},
	} {
		s.ClearFaults()
		x.fault.Call = 1
		s.Fail(x.fault)
		status, page, h := ask(t, s, "GET", "/api/dcim/sites/", "")
		if status != x.status || !strings.Contains(fmt.Sprint(page), x.text) {
			t.Errorf("%s: %d %v", name, status, page)
		}
		if name == "rate limit" && h.Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", h.Get("Retry-After"))
		}
		if status, _, _ := ask(t, s, "GET", "/api/dcim/sites/", ""); status != 200 {
			t.Errorf("%s: the second request got %d", name, status)
		}
	}
	for name, f := range map[string]netboxtest.Fault{"deadlock": netboxtest.Deadlock(), "race": netboxtest.LostRace()} {
		s.ClearFaults()
		s.Fail(netboxtest.On(f, "dcim/sites"))
		status, v, _ := ask(t, s, "GET", "/api/dcim/sites/", "")
		if status != 500 || v.(map[string]any)["exception"] == "" {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	s.ClearFaults()
	for name, f := range map[string]netboxtest.Fault{"dropped": netboxtest.Dropped(), "lost": netboxtest.AnswerLost()} {
		s.ClearFaults()
		s.Fail(f)
		had := s.Count("dcim/sites")
		req, err := http.NewRequest("POST", "http://netbox.example/api/dcim/sites/", strings.NewReader(`{"name":"`+name+`","slug":"`+name+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
		req.Header.Set("Content-Type", "application/json")
		if res, err := s.Client().Do(req); err == nil {
			t.Errorf("%s: answered %d", name, res.StatusCode)
			_ = res.Body.Close()
		}
		if acted := s.Count("dcim/sites") > had; acted != (name == "lost") {
			t.Errorf("%s: acted %v", name, acted)
		}
	}
}

func TestFixtures(t *testing.T) {
	if len(netboxtest.Fixtures()) < 30 {
		t.Errorf("%v", netboxtest.Fixtures())
	}
	for _, name := range netboxtest.Fixtures() {
		if raw := netboxtest.Fixture(name); !json.Valid(raw) {
			t.Errorf("%s is not JSON", name)
		}
	}
	a := netboxtest.Fixture("device")
	a[0] = 'x'
	if !json.Valid(netboxtest.Fixture("device")) {
		t.Error("a caller changed the fixture")
	}
	if raw := netboxtest.Fixture("nothing"); !json.Valid(raw) || !strings.Contains(string(raw), "device-list") {
		t.Errorf("unknown fixture: %s", raw)
	}
}

// TestConcurrentUse reads and writes from many goroutines; bulk writes stay
// whole.
func TestConcurrentUse(t *testing.T) {
	s := small(t, "4.7")
	url, stop, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 10 {
				body := fmt.Sprintf(`[{"name":"c%[1]d-%[2]d","slug":"c%[1]d-%[2]d"},{"name":"d%[1]d-%[2]d","slug":"d%[1]d-%[2]d"}]`, i, j)
				for _, x := range []struct{ method, path, body string }{
					{"POST", "/api/dcim/manufacturers/", body},
					{"GET", "/api/dcim/manufacturers/?limit=1000", ""},
					{"PATCH", "/api/dcim/devices/1/", fmt.Sprintf(`{"description":"%d"}`, i)},
					{"GET", "/api/dcim/devices/?tag=servicenowsyncto", ""},
				} {
					req, err := http.NewRequest(x.method, url+x.path, strings.NewReader(x.body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
					req.Header.Set("Content-Type", "application/json")
					res, err := http.DefaultClient.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					if res.StatusCode >= 300 {
						t.Errorf("%s %s: %d", x.method, x.path, res.StatusCode)
					}
				}
				_ = s.Snapshot()
				_ = s.Objects("dcim/sites")
			}
		})
	}
	wait.Wait()
	if n := s.Count("dcim/manufacturers"); n != 4+160 {
		t.Errorf("%d manufacturers", n)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestPagesSeeEveryRowOnce in offset, keyset and cursor mode, and the rows come
// in NetBox's own order: digits as numbers.
func TestPagesSeeEveryRowOnce(t *testing.T) {
	s := fresh(t, "4.7")
	if err := s.FillEstate(700); err != nil {
		t.Fatal(err)
	}
	for _, first := range []string{"/api/dcim/devices/?limit=90&fields=id,name", "/api/dcim/devices/?limit=90&fields=id,name&ordering=-id",
		"/api/dcim/devices/?limit=90&fields=id,name&start=0", "/api/dcim/devices/?limit=90&fields=id,name&tag=servicenowsyncto&ordering=id"} {
		seen := map[float64]bool{}
		for next := first; next != ""; {
			status, v, _ := ask(t, s, "GET", next, "")
			if status != 200 {
				t.Fatal(status, v)
			}
			page := v.(map[string]any)
			for _, r := range page["results"].([]any) {
				id := r.(map[string]any)["id"].(float64)
				if seen[id] {
					t.Fatalf("%s: row %v twice", first, id)
				}
				seen[id] = true
			}
			next, _ = page["next"].(string)
			next = strings.TrimPrefix(next, "http://netbox.example")
		}
		if want := 700; !strings.Contains(first, "tag=") && len(seen) != want {
			t.Errorf("%s: %d rows", first, len(seen))
		}
	}
	for _, name := range []string{"sw10", "sw2", "Sw1", "ärger", "zebra"} {
		if _, err := s.Create("dcim/manufacturers", map[string]any{"name": "x" + name, "slug": "x-" + strings.ReplaceAll(name, "ä", "a")}); err != nil {
			t.Fatal(err)
		}
	}
	_, v, _ := ask(t, s, "GET", "/api/dcim/manufacturers/?name__isw=x&fields=name", "")
	var got []string
	for _, r := range v.(map[string]any)["results"].([]any) {
		got = append(got, r.(map[string]any)["name"].(string))
	}
	if want := []string{"xärger", "xSw1", "xsw2", "xsw10", "xzebra"}; !reflect.DeepEqual(got, want) {
		t.Errorf("order %v", got)
	}
}
