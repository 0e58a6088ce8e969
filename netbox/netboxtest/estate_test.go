package netboxtest_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func estate(t *testing.T, n int) *netboxtest.Server {
	t.Helper()
	s, err := netboxtest.Estate(n)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEstateDoesNotDependOnItsSize(t *testing.T) {
	small, large := estate(t, 200), estate(t, 1500)
	counts := map[string]bool{"device_count": true, "rack_count": true, "tagged_items": true}
	var strip func(v any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				if counts[k] {
					delete(v, k)
				} else {
					v[k] = strip(v[k])
				}
			}
		case []any:
			for i := range v {
				v[i] = strip(v[i])
			}
		}
		return v
	}
	for id := int64(1); id <= 200; id++ {
		a, _ := small.Object("dcim/devices", id)
		b, _ := large.Object("dcim/devices", id)
		if strip(a); !reflect.DeepEqual(a, strip(b)) {
			t.Fatalf("device %d differs:\n%v\n%v", id, a, b)
		}
	}
}

func TestEstateIsVaried(t *testing.T) {
	s := estate(t, 2000)
	seen := map[string]int{}
	names := map[string]bool{}
	serials := map[string]int{}
	for _, d := range s.Objects("dcim/devices") {
		seen["status "+d["status"].(map[string]any)["value"].(string)]++
		seen["role "+d["role"].(map[string]any)["slug"].(string)]++
		name, _ := d["name"].(string)
		names[name] = true
		serials[d["serial"].(string)]++
		for _, c := range []string{"^", ",", "&", `"`, "|", "'", "😀", "日", "\\"} {
			if strings.Contains(name, c) {
				seen["name with "+c]++
			}
		}
		if name == "" {
			seen["nameless"]++
			if d["asset_tag"] == nil {
				t.Errorf("device %v has neither name nor asset tag", d["id"])
			}
		}
		seen[fmt.Sprintf("tagged %v", strings.Contains(fmt.Sprint(d["tags"]), netboxtest.SyncTagSlug))]++
		seen[fmt.Sprintf("class set %v", d["custom_fields"].(map[string]any)[netboxtest.ClassField] != nil)]++
		seen[fmt.Sprintf("address %v", d["primary_ip"] != nil)]++
		seen[fmt.Sprintf("tenant %v", d["tenant"] != nil)]++
		seen[fmt.Sprintf("rack %v", d["rack"] != nil)]++
	}
	want := []string{"nameless", "tagged true", "tagged false", "class set true", "class set false", "address true", "address false",
		"tenant true", "tenant false", "rack true", "rack false",
		"name with ^", "name with ,", "name with &", `name with "`, "name with |", "name with '", "name with 😀", "name with 日", "name with \\"}
	for v := range strings.FieldsSeq("active planned staged offline failed inventory decommissioning") {
		want = append(want, "status "+v)
	}
	for k := range strings.FieldsSeq("router switch vsphere virtualization-server server wireless-access-point wap pdu firewall patch-panel") {
		n := 0
		for role, c := range seen {
			if strings.HasPrefix(role, "role ") && strings.Contains(role, k) {
				n += c
			}
		}
		if n == 0 {
			t.Errorf("no device whose role has %q", k)
		}
	}
	for _, w := range want {
		if seen[w] == 0 {
			t.Errorf("no device with: %s", w)
		}
	}
	if serials[""] == 0 || serials["N/A"] < 2 || serials["SN0000042"] != 2 {
		t.Errorf("serials: %d empty, %d N/A, %d SN0000042", serials[""], serials["N/A"], serials["SN0000042"])
	}
	if ids := s.Find("dcim/device-types", "model", "AP-535"); len(ids) != 2 {
		t.Errorf("a model of two makers: %v", ids)
	}
	if n := s.Count("dcim/devices"); n != 2000 {
		t.Errorf("%d devices", n)
	}
}

func TestEstateInEveryVersion(t *testing.T) {
	for _, v := range netboxtest.Versions() {
		s := fresh(t, v)
		if err := s.FillEstate(300); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		if err := s.FillEstate(1); err == nil {
			t.Errorf("%s: a second estate was accepted", v)
		}
		if err := fresh(t, v).FillSmallEstate(); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
}

func TestSmallEstateCounts(t *testing.T) {
	s, err := netboxtest.SmallEstate()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for kind, n := range map[string]int{"dcim/regions": 4, "dcim/sites": 4, "dcim/locations": 6, "dcim/manufacturers": 4, "dcim/device-types": 5,
		"tenancy/tenants": 6, "dcim/devices": 11} {
		if got := s.Count(kind); got != n {
			t.Errorf("%s: %d, want %d", kind, got, n)
		}
		total += s.Count(kind)
		for _, o := range s.Objects(kind) {
			if len(o["tags"].([]any)) != 1 {
				t.Errorf("%s %v has no tag", kind, o["display"])
			}
		}
	}
	if total != 40 {
		t.Errorf("%d objects", total)
	}
}

// TestSnapshotAndClock: a state comes back whole, and a clock that stands
// still gives no two equal stamps.
func TestSnapshotAndClock(t *testing.T) {
	clock := netboxtest.NewManualClock(time.Date(2026, 5, 1, 17, 42, 11, 123456000, time.UTC))
	s, err := netboxtest.New(netboxtest.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FillSmallEstate(); err != nil {
		t.Fatal(err)
	}
	before := s.Objects("dcim/devices")
	snap := s.Snapshot()
	if err := s.Update("dcim/devices", 1, map[string]any{"serial": "other"}); err != nil {
		t.Fatal(err)
	}
	first, _ := s.Object("dcim/devices", 1)
	if first["last_updated"] != "2026-05-01T17:42:11.123456Z" {
		t.Errorf("last_updated %v", first["last_updated"])
	}
	if err := s.Update("dcim/devices", 1, map[string]any{"serial": "third"}); err != nil {
		t.Fatal(err)
	}
	if second, _ := s.Object("dcim/devices", 1); second["last_updated"] == first["last_updated"] {
		t.Errorf("two writes with one stamp: %v", second["last_updated"])
	}
	if err := s.Delete("dcim/devices", 2); err != nil {
		t.Fatal(err)
	}
	if err := s.Restore(snap); err != nil {
		t.Fatal(err)
	}
	if after := s.Objects("dcim/devices"); !reflect.DeepEqual(before, after) {
		t.Error("the restored state differs")
	}
	other, err := netboxtest.New(netboxtest.Options{Version: "4.2"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Restore(snap); err == nil {
		t.Error("a snapshot of another version was restored")
	}
}
