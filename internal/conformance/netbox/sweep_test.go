package netbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// swept are the types that the contract makes, children first, each with the
// field that its prefix is in.
var swept = []struct{ path, field string }{
	{"tenancy/contacts", "name"}, {"tenancy/contact-groups", "slug"}, {"tenancy/contact-roles", "slug"},
	{"ipam/ip-addresses", "description"}, {"ipam/prefixes", "description"}, {"ipam/ip-ranges", "description"}, {"ipam/vlans", "name"},
	{"ipam/vlan-groups", "slug"}, {"ipam/vrfs", "name"}, {"dcim/devices", "description"},
	{"virtualization/virtual-machines", "name"}, {"virtualization/clusters", "name"}, {"virtualization/cluster-groups", "slug"}, {"virtualization/cluster-types", "slug"},
	{"dcim/racks", "name"}, {"dcim/locations", "slug"},
	{"dcim/sites", "slug"}, {"dcim/regions", "slug"}, {"dcim/site-groups", "slug"}, {"dcim/device-types", "slug"},
	{"dcim/device-roles", "slug"}, {"dcim/platforms", "slug"}, {"dcim/manufacturers", "slug"}, {"tenancy/tenants", "slug"},
	{"tenancy/tenant-groups", "slug"}, {"extras/custom-fields", "name"}, {"extras/custom-field-choice-sets", "name"}, {"extras/tags", "slug"},
	{"users/tokens", "description"}, {"users/permissions", "name"}, {"users/users", "username"},
}

// prefix is what the names of all that the contract makes begin with.
const prefix = "ctr"

// trees are the types whose rows go one by one, children first.
var trees = []string{"dcim/locations", "dcim/regions", "dcim/site-groups", "dcim/device-roles", "dcim/platforms", "tenancy/tenant-groups", "tenancy/contact-groups"}

// sweep deletes what the contract made of some types, also what an earlier run
// has left. Only what has the prefix by our own look goes, whatever a filter
// let through.
func (p *player) sweep(t *testing.T, which func(path string) bool) {
	t.Helper()
	// The context of a test is done when its cleanups run.
	ctx := context.WithoutCancel(t.Context())
	for _, kind := range swept {
		if !which(kind.path) {
			continue
		}
		query := "?limit=500&ordering=-id&fields=id," + kind.field + "&" + kind.field + "__isw=" + p.prefix
		if err := p.ask(ctx, "GET /api/"+kind.path+"/"+query, nil); err != nil {
			t.Fatal(err)
		}
		var page struct{ Results []map[string]any }
		if err := json.Unmarshal(p.answer.body, &page); err != nil || p.answer.status != http.StatusOK {
			t.Fatalf("cannot list %s: %d %v", kind.path, p.answer.status, err)
		}
		var ids []string
		for _, row := range page.Results {
			if name, _ := row[kind.field].(string); strings.HasPrefix(name, p.prefix) {
				ids = append(ids, fmt.Sprintf("%.0f", row["id"]))
			}
		}
		if err := p.remove(ctx, kind.path, ids); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *player) remove(ctx context.Context, path string, ids []string) error {
	var requests [][2]string // address and body
	switch {
	case slices.Contains(trees, path):
		for _, id := range ids {
			requests = append(requests, [2]string{path + "/" + id})
		}
	case len(ids) > 0:
		requests = [][2]string{{path, `[{"id":` + strings.Join(ids, `},{"id":`) + "}]"}}
	}
	for _, r := range requests {
		var body []string
		if r[1] != "" {
			body = []string{r[1]}
		}
		if err := p.ask(ctx, "DELETE /api/"+r[0]+"/", body); err != nil {
			return err
		}
		if s := p.answer.status; s != http.StatusNoContent && s != http.StatusNotFound {
			return fmt.Errorf("cannot delete %s %v: %d %s", path, ids, s, p.answer.body)
		}
	}
	return nil
}
