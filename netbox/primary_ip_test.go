package netbox_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// owner is what has a primary address: a device or a virtual machine.
type owner struct {
	name, ports, machines string
	make                  func(t *testing.T, srv *netboxtest.Server) netbox.PrimaryIP
}

var owners = []owner{
	{"device", "dcim/interfaces", "dcim/devices", func(t *testing.T, srv *netboxtest.Server) netbox.PrimaryIP {
		t.Helper()
		site, role, kind := ground(t, srv)
		return netbox.PrimaryIP{DeviceID: create(t, srv, "dcim/devices", map[string]any{"name": "a", "site": site, "role": role, "device_type": kind})}
	}},
	{"virtual machine", "virtualization/interfaces", "virtualization/virtual-machines", func(t *testing.T, srv *netboxtest.Server) netbox.PrimaryIP {
		t.Helper()
		kind := create(t, srv, "virtualization/cluster-types", map[string]any{"name": "K", "slug": "k"})
		cluster := create(t, srv, "virtualization/clusters", map[string]any{"name": "C", "type": kind})
		return netbox.PrimaryIP{VirtualMachineID: create(t, srv, "virtualization/virtual-machines", map[string]any{"name": "a", "cluster": cluster})}
	}},
}

// Whatever request of the three steps fails, before or after the server has
// acted, and however the answer is lost: the same call again ends with one
// interface, one address, and the address as the primary one.
func TestSetPrimaryIPAfterEveryFailure(t *testing.T) {
	const requests = 8 // there are fewer
	faults := []netboxtest.Fault{{DropBefore: true}, {DropAfter: true}, {CutAfter: 1}, {Status: 400, Body: `{"detail":"no"}`}, {Status: 503}}
	for _, o := range owners {
		for _, address := range []string{"192.0.2.10/24", "2001:db8::10/64"} {
			if raceEnabled && (o.name == "device") != (address == "192.0.2.10/24") {
				continue // each owner and each family once
			}
			bubble(t, o.name+" "+address, func(t *testing.T) {
				failed := map[int]bool{}
				for n := 1; n <= requests; n++ {
					for i, f := range faults {
						srv, c := world(t, netboxtest.Options{}, netbox.Config{})
						want := o.make(t, srv)
						want.Interface, want.Address = "eth0", address
						// More often than the client repeats a GET by itself.
						f.Times = 20
						srv.Fail(f.OnCall(n))
						_, err := c.SetPrimaryIP(t.Context(), want)
						srv.ClearFaults()
						if err != nil {
							failed[n] = true
						}
						done, err := c.SetPrimaryIP(t.Context(), want)
						if err != nil {
							t.Fatalf("fault %d on request %d, then: %v", i, n, err)
						}
						check(t, srv, o, want, done, fmt.Sprintf("fault %d on request %d", i, n))
					}
				}
				if !failed[1] || !failed[4] || failed[requests] {
					t.Errorf("the requests that failed: %v", failed)
				}
			})
		}
	}
}

// bubble runs a subtest in which the waits between attempts take no time.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// check looks at what the server holds, without the client.
func check(t *testing.T, srv *netboxtest.Server, o owner, want netbox.PrimaryIP, done netbox.PrimaryIPResult, what string) {
	t.Helper()
	machine, _ := srv.Object(o.machines, max(want.DeviceID, want.VirtualMachineID))
	name := "primary_ip4"
	if want.Address[0] == '2' {
		name = "primary_ip6"
	}
	primary, _ := machine[name].(map[string]any)
	ip, _ := srv.Object("ipam/ip-addresses", done.AddressID)
	switch {
	case srv.Count(o.ports) != 1 || srv.Count("ipam/ip-addresses") != 1:
		t.Errorf("%s: %d interfaces, %d addresses", what, srv.Count(o.ports), srv.Count("ipam/ip-addresses"))
	case primary["id"] != done.AddressID || ip["address"] != want.Address || ip["assigned_object_id"] != done.InterfaceID:
		t.Errorf("%s: primary %v, address %v on %v, result %+v", what, primary, ip["address"], ip["assigned_object_id"], done)
	}
}

// The second call finds all there and writes nothing, on every release.
func TestSetPrimaryIPOfVirtualMachine(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		o := owners[1]
		want := o.make(t, srv)
		want.Interface, want.Address = "eth0", "192.0.2.10/24"
		done, err := c.SetPrimaryIP(t.Context(), want)
		if err != nil || !done.MadeInterface || !done.MadeAddress || done.Assigned || !done.Changed {
			t.Fatalf("%s: %+v, %v", version, done, err)
		}
		check(t, srv, o, want, done, version)
		srv.ResetJournal()
		again, err := c.SetPrimaryIP(t.Context(), want)
		if err != nil || again != (netbox.PrimaryIPResult{InterfaceID: done.InterfaceID, AddressID: done.AddressID}) {
			t.Errorf("again: %+v, %v", again, err)
		}
		for _, call := range srv.Journal() {
			if !slices.Contains([]string{"GET", "HEAD"}, call.Method) {
				t.Errorf("again: %s %s", call.Method, call.Path)
			}
		}
		// An address that nothing has is taken; one of another machine is not.
		free := create(t, srv, "ipam/ip-addresses", map[string]any{"address": "192.0.2.11/24"})
		want.Address = "192.0.2.11/24"
		next, err := c.SetPrimaryIP(t.Context(), want)
		if err != nil || next.AddressID != free || !next.Assigned || next.MadeAddress || !next.Changed {
			t.Errorf("a free address: %+v, %v", next, err)
		}
		cluster := srv.IDs("virtualization/clusters")[0]
		want.VirtualMachineID = create(t, srv, "virtualization/virtual-machines", map[string]any{"name": "b", "cluster": cluster})
		if _, err := c.SetPrimaryIP(t.Context(), want); !errors.Is(err, netbox.ErrConflict) {
			t.Errorf("an address in use gave %v", err)
		}
	})
}
