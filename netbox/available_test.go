package netbox_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// Fifty at once get fifty different addresses.
func TestNextAddressRace(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		prefix := create(t, srv, "ipam/prefixes", map[string]any{"prefix": "192.0.2.0/26"})
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]bool{}
		for range 50 {
			wg.Go(func() {
				ip, err := c.IPAM.NextAddress(t.Context(), prefix, nil)
				mu.Lock()
				defer mu.Unlock()
				if err != nil || seen[ip.Address] {
					t.Errorf("%q, %v", ip.Address, err)
				}
				seen[ip.Address] = true
			})
		}
		wg.Wait()
		if len(seen) != 50 {
			t.Errorf("%d addresses", len(seen))
		}
		for range 12 {
			if _, err := c.IPAM.NextAddress(t.Context(), prefix, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.IPAM.NextAddress(t.Context(), prefix, nil); !errors.Is(err, netbox.ErrNoSpace) || errors.Is(err, netbox.ErrProtected) {
			t.Errorf("a full prefix gave %v", err)
		}
	})
}

func TestNextPrefixAndVLAN(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		outer := create(t, srv, "ipam/prefixes", map[string]any{"prefix": "10.0.0.0/24", "status": "container"})
		for _, want := range []string{"10.0.0.0/26", "10.0.0.64/26"} {
			p, err := c.IPAM.NextPrefix(ctx, outer, 26, netbox.PrefixWrite{Description: netbox.Set("x")})
			if err != nil || p.CIDR != want || p.Depth != 1 || p.Family != 4 {
				t.Errorf("%+v, %v", p, err)
			}
		}
		free, err := c.IPAM.AvailablePrefixes(ctx, outer)
		if err != nil || len(free) != 1 || free[0].CIDR != "10.0.0.128/25" {
			t.Errorf("%v, %v", free, err)
		}
		if _, err := c.IPAM.NextPrefix(ctx, outer, 24, nil); !errors.Is(err, netbox.ErrNoSpace) {
			t.Errorf("no room gave %v", err)
		}
		group, err := c.IPAM.VLANGroups.Create(ctx, netbox.VLANGroupWrite{Name: netbox.Set("G"), Slug: netbox.Set("g"), VIDRanges: netbox.Set([]netbox.VIDRange{{From: 10, To: 11}})})
		if err != nil || len(group.VIDRanges) != 1 || group.VIDRanges[0].To != 11 {
			t.Fatalf("%s: %+v, %v", version, group, err)
		}
		for _, want := range []int64{10, 11} {
			v, err := c.IPAM.NextVLAN(ctx, group.ID, netbox.VLANWrite{Name: netbox.Set("v" + string(rune('a'+want)))})
			if err != nil || v.VID != want {
				t.Errorf("%+v, %v", v, err)
			}
		}
		if _, err := c.IPAM.NextVLAN(ctx, group.ID, netbox.VLANWrite{Name: netbox.Set("z")}); !errors.Is(err, netbox.ErrNoSpace) {
			t.Errorf("a full group gave %v", err)
		}
		srv.ResetJournal()
		for _, err := range []error{
			second(c.IPAM.NextAddress(ctx, 0, nil)), second(c.IPAM.NextPrefix(ctx, outer, 0, nil)), second(c.IPAM.NextVLAN(ctx, group.ID, nil)),
			second(c.IPAM.NextAddress(ctx, outer, netbox.IPAddressWrite{Address: netbox.Set("10.0.0.1/24")})),
		} {
			if err == nil {
				t.Error("bad input was taken")
			}
		}
		if n := len(srv.Journal()); n != 0 {
			t.Errorf("bad input sent %d requests", n)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// The three steps, whole, repeated, and after a failure in each.
func TestSetPrimaryIP(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		site, role, kind := ground(t, srv)
		device := create(t, srv, "dcim/devices", map[string]any{"name": "a", "site": site, "role": role, "device_type": kind})
		want := netbox.PrimaryIP{DeviceID: device, Interface: "mgmt0", Address: "192.0.2.10/24"}
		for call := 1; call <= 6; call++ {
			srv.Fail(netboxtest.Fault{Call: call, Status: 400, Body: `{"detail":"no"}`})
			_, err := c.SetPrimaryIP(t.Context(), want)
			srv.ClearFaults()
			if err == nil {
				break
			}
		}
		done, err := c.SetPrimaryIP(t.Context(), want)
		if err != nil || done.AddressID == 0 || done.InterfaceID == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		d, err := c.DCIM.Devices.Get(t.Context(), device)
		if err != nil || d.PrimaryIP4 == nil || d.PrimaryIP4.Address != "192.0.2.10/24" || srv.Count("dcim/interfaces") != 1 || srv.Count("ipam/ip-addresses") != 1 {
			t.Errorf("%+v, %v", d.PrimaryIP4, err)
		}
		again, err := c.SetPrimaryIP(t.Context(), want)
		if err != nil || again.MadeInterface || again.MadeAddress || again.Assigned || again.Changed {
			t.Errorf("again: %+v, %v", again, err)
		}
		other := create(t, srv, "dcim/devices", map[string]any{"name": "b", "site": site, "role": role, "device_type": kind})
		want.DeviceID = other
		if _, err := c.SetPrimaryIP(t.Context(), want); !errors.Is(err, netbox.ErrConflict) {
			t.Errorf("an address in use gave %v", err)
		}
		if _, err := c.SetPrimaryIP(t.Context(), netbox.PrimaryIP{DeviceID: other, Interface: "x", Address: "192.0.2.1"}); err == nil {
			t.Error("an address without a length was taken")
		}
	})
}
