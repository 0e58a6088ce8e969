package netbox_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
)

const devices = 10_000

// readAll reads every device of a farm and returns how many.
func readAll(t testing.TB, c *netbox.Client, fields []string) int {
	t.Helper()
	n := 0
	for d, err := range c.DCIM.Devices.All(t.Context(), netbox.Query{Fields: fields}) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Site == nil || d.Name == "" {
			t.Fatalf("device %d was not decoded", d.ID)
		}
		n++
	}
	return n
}

// allocsOf counts the allocations of f on this goroutine and all others.
func allocsOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

func TestBudgetDeviceAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates on its own account")
	}
	for _, tc := range []struct {
		name   string
		shape  func(int) []byte
		fields []string
		limit  float64
	}{
		{"in full", fullDevice(t), nil, 60},
		{"with the fields of a sync", syncDevice(t), syncFields, 30},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFarm(devices, netbox.DefaultPageSize, tc.shape)
			c := f.client(t)
			readAll(t, c, tc.fields)
			got := 0
			total := allocsOf(func() { got = readAll(t, c, tc.fields) })
			if got != devices {
				t.Fatalf("read %d devices", got)
			}
			each := float64(total) / devices
			t.Logf("%.1f allocations and %d bytes on the wire per device", each, f.bytes/devices)
			if each > tc.limit {
				t.Errorf("%.1f allocations per device, budget %.0f", each, tc.limit)
			}
		})
	}
}

func TestBudgetHeapIsOnePage(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates on its own account")
	}
	c := newFarm(devices, netbox.DefaultPageSize, syncDevice(t)).client(t)
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, most, n := live(), uint64(0), 0
	for _, err := range c.DCIM.Devices.All(t.Context(), netbox.Query{Fields: syncFields}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%2500 == 0 {
			most = max(most, live())
		}
	}
	grown := int64(most) - int64(before)
	t.Logf("%.1f MB live while reading", float64(grown)/1e6)
	if grown > 12e6 {
		t.Errorf("%.1f MB live, budget 12 MB for a page of %d rows", float64(grown)/1e6, netbox.DefaultPageSize)
	}
}

// BenchmarkDevices compares reading 10,000 devices through the client with
// decoding the same bytes into the same type by encoding/json alone, in
// alternation, and reports the ratio of the times; the budget is 1.1.
func BenchmarkDevices(b *testing.B) {
	for _, bc := range []struct {
		name   string
		shape  func(int) []byte
		fields []string
	}{
		{"full", fullDevice(b), nil},
		{"sync", syncDevice(b), syncFields},
	} {
		b.Run(bc.name, func(b *testing.B) {
			f := newFarm(devices, netbox.DefaultPageSize, bc.shape)
			c := f.client(b)
			bare := func() {
				for _, page := range f.pages {
					var v struct {
						Count   *int            `json:"count"`
						Next    *string         `json:"next"`
						Results []netbox.Device `json:"results"`
					}
					if err := json.Unmarshal(page, &v); err != nil {
						b.Fatal(err)
					}
				}
			}
			readAll(b, c, bc.fields)
			bare()
			var ours, theirs time.Duration
			b.ReportAllocs()
			for b.Loop() {
				start := time.Now()
				readAll(b, c, bc.fields)
				middle := time.Now()
				bare()
				ours += middle.Sub(start)
				theirs += time.Since(middle)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "ours/json")
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N)/devices, "ns/device")
			b.SetBytes(int64(f.bytes))
		})
	}
}
