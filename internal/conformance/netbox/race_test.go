package netbox_test

import (
	"net/netip"
	"os"
	"sync"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// Fifty callers at the same time get fifty different addresses of one prefix.
func TestNextAddressInMemory(t *testing.T) {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	race(t, client(t, netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: server.Client()}))
}

func TestNetBoxNextAddress(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox: eval "$(internal/conformance/netbox/up)"`)
	}
	race(t, client(t, netbox.Config{BaseURL: address, Auth: netbox.Token(token)}))
}

func race(t *testing.T, nb *netbox.Client) {
	t.Helper()
	const callers = 50
	block := netip.MustParsePrefix("198.18.64.0/26")
	prefix, err := nb.IPAM.Prefixes.Create(t.Context(), map[string]any{"prefix": block.String(), "description": prefix})
	if err != nil {
		t.Fatal(err)
	}
	got, failed := make([]netbox.IPAddress, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			got[i], failed[i] = nb.IPAM.NextAddress(t.Context(), prefix.ID, map[string]any{"description": "ctr race"})
		})
	}
	all.Wait()
	taken, ids := map[netip.Addr]bool{}, []int64{}
	for i, a := range got {
		if failed[i] != nil {
			t.Errorf("caller %d: %v", i, failed[i])
			continue
		}
		ids = append(ids, a.ID)
		at, err := netip.ParsePrefix(a.Address)
		if err != nil || !block.Contains(at.Addr()) || taken[at.Addr()] {
			t.Errorf("caller %d got %s, which is taken or not of %s: %v", i, a.Address, block, err)
		}
		taken[at.Addr()] = true
	}
	if err := nb.IPAM.IPAddresses.BulkDelete(t.Context(), ids); err != nil {
		t.Error(err)
	}
	if err := nb.IPAM.Prefixes.Delete(t.Context(), prefix.ID); err != nil {
		t.Error(err)
	}
}
