package netbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// swept are the types that the contract makes, children first, each with the
// field that its prefix is in.
var swept = []struct{ path, field string }{
	{"ipam/ip-addresses", "description"}, {"ipam/prefixes", "description"}, {"ipam/ip-ranges", "description"}, {"ipam/vlans", "name"},
	{"ipam/vlan-groups", "slug"}, {"ipam/vrfs", "name"}, {"dcim/devices", "description"}, {"dcim/racks", "name"}, {"dcim/locations", "slug"},
	{"dcim/sites", "slug"}, {"dcim/regions", "slug"}, {"dcim/site-groups", "slug"}, {"dcim/device-types", "slug"},
	{"dcim/device-roles", "slug"}, {"dcim/platforms", "slug"}, {"dcim/manufacturers", "slug"}, {"tenancy/tenants", "slug"},
	{"tenancy/tenant-groups", "slug"}, {"extras/custom-fields", "name"}, {"extras/custom-field-choice-sets", "name"}, {"extras/tags", "slug"},
}

const prefix = "ctr"

// sweep deletes what the contract made, also what an earlier run has left. Only
// what has the prefix by our own look goes, whatever a filter let through.
func (p *player) sweep(t *testing.T) {
	t.Helper()
	// The context of a test is done when its cleanups run.
	ctx := context.WithoutCancel(t.Context())
	for _, kind := range swept {
		for range 10 { // parents take their children along, and pages end
			if err := p.ask(ctx, fmt.Sprintf("GET /api/%s/?limit=500&%s__isw=%s", kind.path, kind.field, prefix), nil); err != nil {
				t.Fatal(err)
			}
			var page struct{ Results []map[string]any }
			if err := json.Unmarshal(p.answer.body, &page); err != nil || p.answer.status != http.StatusOK {
				t.Fatalf("cannot list %s: %d %v", kind.path, p.answer.status, err)
			}
			left := 0
			for _, row := range page.Results {
				if name, _ := row[kind.field].(string); !strings.HasPrefix(name, prefix) {
					continue
				}
				left++
				if err := p.ask(ctx, fmt.Sprintf("DELETE /api/%s/%.0f/", kind.path, row["id"]), nil); err != nil {
					t.Fatal(err)
				}
				if s := p.answer.status; s != http.StatusNoContent && s != http.StatusNotFound {
					t.Fatalf("cannot delete %s %v: %d %s", kind.path, row["id"], s, p.answer.body)
				}
			}
			if left == 0 {
				break
			}
		}
	}
}
