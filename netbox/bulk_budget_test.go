package netbox_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// 10,000 devices, of which 10 are bad at places that the seed chooses: the
// others land within few requests.
func TestBudgetBulkCreate(t *testing.T) {
	if raceEnabled {
		t.Skip("10,000 devices take too long under the race detector; TestCreateManyWithBadOnes runs the same code")
	}
	for version, most := range map[string]int{"4.7": 130, "4.6": 400, "4.2": 400, "3.7": 400} {
		srv, c := world(t, netboxtest.Options{Version: version}, netbox.Config{})
		site, role, kind := ground(t, srv)
		bad := rand.New(rand.NewPCG(1, 2)).Perm(10_000)[:10]
		slices.Sort(bad)
		results, err := c.DCIM.Devices.CreateMany(t.Context(), deviceBodies(10_000, site, role, kind, bad...), netbox.BulkOptions{})
		if err != nil || !slices.Equal(netbox.FailedItems(results), bad) || srv.Count("dcim/devices") != 9_990 {
			t.Errorf("%s: failed %v, %d devices: %v", version, netbox.FailedItems(results), srv.Count("dcim/devices"), err)
		}
		t.Logf("%s: %d requests", version, srv.Requests())
		if n := srv.Requests(); n > most {
			t.Errorf("%s: %d requests, at most %d are allowed", version, n, most)
		}
	}
}
