package netbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// The estate has more devices than one page holds.
const wantDevices = 1000

// A plan that is made from a real NetBox is the plan that is made from an
// in-memory NetBox with the same objects, operation by operation; and once it
// is applied, the real one leaves nothing to do.
func TestNetBoxImport(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox: eval "$(internal/conformance/netbox/up)", then internal/conformance/netbox/populate`)
	}
	live := client(t, netbox.Config{BaseURL: address, Auth: netbox.Token(token)})
	copied, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	copyObjects(t, live, copied)
	memory := client(t, netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: copied.Client()})

	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	flow := assets.Import{NetBox: live, CMDB: sn, Tenants: tenants(t, live)}
	fromReal := plan(t, flow)
	flow.NetBox = memory
	fromMemory := plan(t, flow)
	compare(t, fromReal, fromMemory)
	if n := creates(fromReal, cmdb.TypeDevice); n < wantDevices*8/10 {
		t.Errorf("the plan creates %d devices only: fill the NetBox by populate --devices %d", n, wantDevices)
	}

	flow.NetBox = live
	summary, err := flow.Apply(t.Context(), fromReal)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("first pass: %+v", assets.Count(summary))
	if l := summary.Total(); l.Failed+l.Stale+l.NotTried > 0 {
		t.Errorf("not everything was written: %+v", l)
	}
	if again := plan(t, flow); !again.Empty() {
		t.Errorf("the second pass would write %+v", again.Total())
	}
}

func client(t *testing.T, config netbox.Config) *netbox.Client {
	t.Helper()
	c, err := netbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func plan(t *testing.T, flow assets.Import) *reconcile.Plan {
	t.Helper()
	p, err := flow.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// copyObjects reads what an import depends on, as it stands on the wire.
func copyObjects(t *testing.T, from *netbox.Client, to *netboxtest.Server) {
	t.Helper()
	for _, kind := range []string{
		"extras/tags", "extras/custom-field-choice-sets", "extras/custom-fields",
		"dcim/regions", "dcim/site-groups", "tenancy/tenant-groups", "tenancy/tenants", "dcim/sites", "dcim/locations",
		"dcim/manufacturers", "dcim/device-types", "dcim/device-roles", "dcim/platforms", "dcim/racks", "dcim/devices",
		"dcim/interfaces", "ipam/ip-addresses",
	} {
		for start := "0"; start != ""; {
			var page struct {
				Next    string            `json:"next"`
				Results []json.RawMessage `json:"results"`
			}
			query := url.Values{"start": {start}, "limit": {strconv.Itoa(netbox.DefaultPageSize)}}
			if err := from.Do(t.Context(), http.MethodGet, "/api/"+kind+"/", query, nil, &page); err != nil {
				t.Fatal(err)
			}
			list, err := json.Marshal(page.Results)
			if err != nil {
				t.Fatal(err)
			}
			if err := to.Load(kind, list); err != nil {
				t.Fatal(err)
			}
			next, err := url.Parse(page.Next)
			if err != nil {
				t.Fatal(err)
			}
			start = next.Query().Get("start")
		}
	}
}

// tenants tells customers from departments by the estate's own groups.
func tenants(t *testing.T, nb *netbox.Client) cmdb.Tenants {
	t.Helper()
	both := cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ImportCustomers: true, ImportDepartments: true}, Descendants: true}
	for g, err := range nb.Tenancy.TenantGroups.All(t.Context(), netbox.Query{}) {
		switch {
		case err != nil:
			t.Fatal(err)
		case g.Slug == "customers":
			both.CustomerGroup = g.ID
		case g.Slug == "departments":
			both.DepartmentGroup = g.ID
		}
	}
	return both
}

func compare(t *testing.T, a, b *reconcile.Plan) {
	t.Helper()
	if a.Digest == b.Digest {
		return
	}
	t.Errorf("the plans differ: %d and %d operations", len(a.Operations), len(b.Operations))
	shown := 0
	for _, op := range a.Operations {
		other, ok := b.Operation(op.ID)
		one, err := json.Marshal(op)
		if err != nil {
			t.Fatal(err)
		}
		two, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		if ok && bytes.Equal(one, two) {
			continue
		}
		if shown++; shown > 10 {
			return
		}
		t.Errorf("real:   %s\nmemory: %s", one, two)
	}
}

func creates(p *reconcile.Plan, typ cmdb.ObjectType) int {
	n := 0
	for _, op := range p.Operations {
		if op.Kind == reconcile.Create && op.Type == string(typ) {
			n++
		}
	}
	return n
}
