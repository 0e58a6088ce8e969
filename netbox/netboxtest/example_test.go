package netboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// get asks a server as any HTTP client would.
func get(client *http.Client, path string) (status int, body string) {
	req, err := http.NewRequest(http.MethodGet, "http://netbox.example"+path, nil)
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
	res, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(raw)
}

// A server without a socket: fill it directly, ask it over HTTP.
func ExampleNew() {
	srv, err := netboxtest.New(netboxtest.Options{Version: "4.7"})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := srv.Create("dcim/sites", map[string]any{"name": "Basel", "slug": "basel", "status": "planned"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(get(srv.Client(), fmt.Sprintf("/api/dcim/sites/%d/?fields=id,name,status", id)))
	_, err = srv.Create("dcim/sites", map[string]any{"name": "Basel", "slug": "basel-2"})
	fmt.Println(err)
	// Output:
	// 200 {"id":1,"name":"Basel","status":{"value":"planned","label":"Planned"}}
	// netboxtest: 400 {"name":["site with this name already exists."]}
}

// Quirks included: a misspelt filter gives the whole table.
func ExampleSmallEstate() {
	srv, err := netboxtest.SmallEstate()
	if err != nil {
		fmt.Println(err)
		return
	}
	count := func(query string) {
		_, body := get(srv.Client(), "/api/dcim/devices/?fields=id&"+query)
		var page struct{ Count int }
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			fmt.Println(err)
		}
		fmt.Println(query, page.Count)
	}
	count("site=basel")
	count("region_id=1")
	count("serial=S-0001")
	count("serail=S-0001")
	// Output:
	// site=basel 6
	// region_id=1 9
	// serial=S-0001 1
	// serail=S-0001 11
}

// The same field in two releases: a select custom field.
func ExampleOptions() {
	for _, version := range []string{"4.6", "4.7"} {
		srv, err := netboxtest.New(netboxtest.Options{Version: version})
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := srv.FillSmallEstate(); err != nil {
			fmt.Println(err)
			return
		}
		_, body := get(srv.Client(), "/api/dcim/devices/1/?fields=custom_fields")
		fmt.Println(version, body)
	}
	// Output:
	// 4.6 {"custom_fields":{"servicenow_ci_class":"cmdb_ci_ip_router"}}
	// 4.7 {"custom_fields":{"servicenow_ci_class":{"value":"cmdb_ci_ip_router","label":"IP Router"}}}
}

// Scripted faults and the journal.
func ExampleThrottled() {
	srv, err := netboxtest.SmallEstate()
	if err != nil {
		fmt.Println(err)
		return
	}
	fault := netboxtest.Throttled()
	fault.Call = 2 // the second request
	srv.Fail(fault)
	for range 3 {
		status, _ := get(srv.Client(), "/api/dcim/sites/?limit=1")
		fmt.Println(status)
	}
	for _, c := range srv.Journal() {
		fmt.Println(c.N, c.Method, c.Path, c.Query, c.Status, c.Fault)
	}
	// Output:
	// 200
	// 503
	// 200
	// 1 GET /api/dcim/sites/ limit=1 200 false
	// 2 GET /api/dcim/sites/ limit=1 503 true
	// 3 GET /api/dcim/sites/ limit=1 200 false
}

// A state that tests come back to.
func ExampleServer_Snapshot() {
	srv, err := netboxtest.SmallEstate()
	if err != nil {
		fmt.Println(err)
		return
	}
	before := srv.Snapshot()
	fmt.Println(srv.Delete("dcim/devices", 1), srv.Count("dcim/devices"))
	fmt.Println(srv.Restore(before), srv.Count("dcim/devices"))
	// Output:
	// <nil> 10
	// <nil> 11
}

// Objects as a real NetBox lists them keep their ids.
func ExampleServer_Load() {
	srv, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	list := `{"count":1,"next":null,"previous":null,"results":[{"id":231,"name":"Basel","slug":"basel","status":{"value":"active","label":"Active"}}]}`
	fmt.Println(srv.Load("dcim/sites", []byte(list)))
	_, body := get(srv.Client(), "/api/dcim/sites/231/?fields=id,slug")
	fmt.Println(body)
	// Output:
	// <nil>
	// {"id":231,"slug":"basel"}
}

// Bodies recorded from a real NetBox, for tests that stub HTTP.
func ExampleFixture() {
	var device struct {
		Name string
		Role struct{ Slug string }
	}
	if err := json.Unmarshal(netboxtest.Fixture("device"), &device); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(device.Name, device.Role.Slug)
	fmt.Println(strings.TrimSpace(string(netboxtest.Fixture("error-permission"))))
	// Output:
	// zrh-rtr-1 edge-router
	// {
	//   "detail": "You do not have permission to perform this action."
	// }
}
