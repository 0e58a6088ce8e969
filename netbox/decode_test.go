package netbox_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
)

// exchange is a recorded request and answer.
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

func recorded(t testing.TB, name string) exchange {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var x exchange
	if err := json.Unmarshal(data, &x); err != nil {
		t.Fatal(err)
	}
	return x
}

func decode[T any](t testing.TB, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDecodeRecordedDevice(t *testing.T) {
	d := decode[netbox.Device](t, recorded(t, "device").Response.Body)
	got := map[string]any{
		"id": d.ID, "name": d.Name, "display": d.Display, "model": d.DeviceType.Model,
		"maker": d.DeviceType.Manufacturer.Name, "role": d.Role.Slug, "tenant": d.Tenant.Name,
		"platform": d.Platform.Name, "site": d.Site.Slug, "location": d.Location.Name, "depth": d.Location.Depth,
		"rack": d.Rack.Display, "position": *d.Position, "face": d.Face.Value, "status": d.Status.Value,
		"latitude": d.Latitude, "parent": d.ParentDevice, "ip": d.PrimaryIP4.Address, "family": d.PrimaryIP.Family,
		"dns": d.PrimaryIP4.DNSName, "tags": d.Tags.Slugs(), "serial": d.Serial, "asset": d.AssetTag,
		"class": d.CustomFields.Text("servicenow_ci_class"), "label": d.CustomFields.Label("servicenow_ci_class"),
		"zones": d.CustomFields.Texts("zones"), "backup": d.CustomFields.ID("backup_site"),
		"inventory": d.CustomFields.Text("inventory_number"), "interfaces": d.InterfaceCount,
		"updated": d.LastUpdated.Format("2006-01-02T15:04:05.000000Z07:00"),
	}
	want := map[string]any{
		"id": int64(6230), "name": "zrh-rtr-1", "display": "zrh-rtr-1 (AT-000001)", "model": "ASR 1001-X",
		"maker": "Cisco", "role": "edge-router", "tenant": "Müller & Söhne AG",
		"platform": "IOS-XE", "site": "zrich-west", "location": "Server Room, Süd", "depth": 1,
		"rack": "R01 (01.01)", "position": 12.0, "face": "front", "status": "active",
		"latitude": (*float64)(nil), "parent": (*netbox.Nested)(nil), "ip": "192.0.2.10/24", "family": 4,
		"dns": "zrh-rtr-1.example.net", "tags": []string{"servicenowsyncfrom", "servicenowsyncto"},
		"serial": "FXS2101Q0AB", "asset": "AT-000001",
		"class": "cmdb_ci_ip_router", "label": "IP Router", "zones": []string{"a", "b"}, "backup": int64(232),
		"inventory": "INV-1", "interfaces": int64(1), "updated": "2026-11-23T00:00:21.551351Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
