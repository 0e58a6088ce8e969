package netbox_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// versions are the releases that every behaviour is tried against: all of them,
// and those whose shapes differ most where the race detector makes it slow.
var versions = func() []string {
	if raceEnabled {
		return []string{"3.7", "4.2", "4.7"}
	}
	return netboxtest.Versions()
}()

// onEach runs a test against an in-memory NetBox of each version.
func onEach(t *testing.T, f func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client)) {
	t.Helper()
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			srv, c := world(t, netboxtest.Options{Version: version}, netbox.Config{})
			f(t, version, srv, c)
		})
	}
}

// world makes an in-memory NetBox and a client of its administrator.
func world(t testing.TB, o netboxtest.Options, cfg netbox.Config) (*netboxtest.Server, *netbox.Client) {
	t.Helper()
	srv, err := netboxtest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	cfg.BaseURL = "https://netbox.example"
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = srv.Client()
	}
	cfg.Auth = netbox.Token(netboxtest.AdminToken)
	c, err := netbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return srv, c
}

// create makes an object in the server directly.
func create(t testing.TB, srv *netboxtest.Server, kind string, fields map[string]any) int64 {
	t.Helper()
	id, err := srv.Create(kind, fields)
	if err != nil {
		t.Fatalf("%s %v: %v", kind, fields, err)
	}
	return id
}

// ground makes what a device needs and returns the ids of site, role and type.
func ground(t testing.TB, srv *netboxtest.Server) (site, role, deviceType int64) {
	t.Helper()
	site = create(t, srv, "dcim/sites", map[string]any{"name": "Basel", "slug": "basel"})
	role = create(t, srv, "dcim/device-roles", map[string]any{"name": "Switch", "slug": "switch"})
	maker := create(t, srv, "dcim/manufacturers", map[string]any{"name": "Cisco", "slug": "cisco"})
	deviceType = create(t, srv, "dcim/device-types", map[string]any{"manufacturer": maker, "model": "C9300", "slug": "c9300"})
	return site, role, deviceType
}

// rows makes n manufacturers, the cheapest objects, and returns their ids.
func rows(t testing.TB, srv *netboxtest.Server, n int) []int64 {
	t.Helper()
	ids := make([]int64, n)
	for i := range ids {
		name := fmt.Sprintf("maker-%03d", i)
		ids[i] = create(t, srv, "dcim/manufacturers", map[string]any{"name": name, "slug": name})
	}
	return ids
}

// requests lists what the server was asked, as "METHOD path?query".
func requests(srv *netboxtest.Server) []string {
	var list []string
	for _, call := range srv.Journal() {
		line := call.Method + " " + call.Path
		if call.Query != "" {
			line += "?" + call.Query
		}
		list = append(list, line)
	}
	return list
}
