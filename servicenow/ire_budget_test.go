package servicenow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// estate is a payload of n servers with a source key each.
func estate(n int) *servicenow.IREPayload {
	p := &servicenow.IREPayload{Items: make([]servicenow.IREItem, 0, n)}
	for i := range n {
		p.Add(servicenow.IREItem{
			Class:  "cmdb_ci_server",
			Values: map[string]any{"name": fmt.Sprintf("srv-%06d", i), "serial_number": fmt.Sprintf("S%06d", i), "ram": 8192, "os": "Linux"},
			Source: servicenow.IRESource{Key: fmt.Sprint(i)},
		})
	}
	return p
}

// A first load of 5,000 CIs takes 10 requests, so that one of 50,000 takes 100.
func TestBudgetIRERequests(t *testing.T) {
	if raceEnabled {
		t.Skip("the same requests go out without the race detector, in a tenth of the time")
	}
	server, client := start(t, servicenowtest.Options{})
	server.LimitBodies(0)
	r, err := client.IRE.Reconcile(context.Background(), estate(5000), netbox)
	if err != nil || r.Count(servicenow.IREInserted) != 5000 || server.Requests() > 10 {
		t.Errorf("%v, %d inserted in %d requests", err, r.Count(servicenow.IREInserted), server.Requests())
	}
}

// What the client allocates for an item, with a server that says little.
func TestBudgetIREAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
	const n = 500
	client := clientOf(t, []byte(`{"result":{"items":[]}}`))
	p := estate(n)
	allocations := testing.AllocsPerRun(10, func() {
		if _, err := client.IRE.Reconcile(context.Background(), p, netbox); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%.1f allocations an item", allocations/n)
	if allocations/n > 40 {
		t.Errorf("%.1f allocations an item, the budget is 40", allocations/n)
	}
}
