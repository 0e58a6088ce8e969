package assets_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A world is a NetBox and a ServiceNow in memory, with the flow between them.
type world struct {
	netbox *netboxtest.Server
	cmdb   *servicenowtest.Server
	flow   assets.Import
	wire   *wire
}

// still is a clock that stands still, so that nothing depends on the day.
type still struct{}

func (still) Now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newWorld(t testing.TB) *world {
	t.Helper()
	nb, err := netboxtest.New(netboxtest.Options{Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	sn, err := servicenowtest.New(servicenowtest.Options{Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{netbox: nb, cmdb: sn, wire: new(wire)}
	w.flow = assets.Import{NetBox: w.netboxClient(t), CMDB: w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)}
	return w
}

// smallWorld has the small estate and imports its tenants too.
func smallWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	if err := w.netbox.FillSmallEstate(); err != nil {
		t.Fatal(err)
	}
	w.flow.Tenants = w.tenants(t)
	return w
}

// tenants are customers and departments by the estate's own groups.
func (w *world) tenants(t testing.TB) cmdb.Tenants {
	t.Helper()
	return cmdb.Tenants{
		TenantFlags:     cmdb.TenantFlags{ImportCustomers: true, ImportDepartments: true},
		CustomerGroup:   w.one(t, "tenancy/tenant-groups", "slug", "customers"),
		DepartmentGroup: w.one(t, "tenancy/tenant-groups", "slug", "departments"),
		Descendants:     true,
	}
}

// one returns the id of the only object with a value.
func (w *world) one(t testing.TB, kind, field string, value any) int64 {
	t.Helper()
	ids := w.netbox.Find(kind, field, value)
	if len(ids) != 1 {
		t.Fatalf("%d objects of %s have %s %v, want one", len(ids), kind, field, value)
	}
	return ids[0]
}

func (w *world) netboxClient(t testing.TB) *netbox.Client {
	t.Helper()
	c, err := netbox.New(netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: w.wire.to(w.netbox.Transport())},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) cmdbClient(t testing.TB, user, password string) *servicenow.Client {
	t.Helper()
	c, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", Auth: servicenow.BasicAuth(user, password), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: w.wire.to(w.cmdb.Transport())},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) plan(t testing.TB) *reconcile.Plan {
	t.Helper()
	p, err := w.flow.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run plans and applies, and wants everything that is planned to be written.
func (w *world) run(t testing.TB) reconcile.Summary {
	t.Helper()
	s, err := w.flow.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Total(); l.Failed+l.Stale+l.NotTried > 0 {
		t.Fatalf("not everything was written: %+v %+v", l, s.Problems)
	}
	return s
}

// cmdbTables are the tables that the flow writes.
var cmdbTables = []string{
	"core_company", "cmn_department", "cmdb_hardware_product_model", "cmn_location",
	"cmdb_ci_hardware", "x_nbl_cmdb_netbox_attributes",
}

// export returns every record of the tables, one on a line, without what the
// server stamps.
func (w *world) export() string {
	var b strings.Builder
	names := w.linkNames()
	for _, table := range cmdbTables {
		rows := w.cmdb.Rows(table)
		var lines []string
		for _, row := range rows {
			var parts []string
			for column, value := range row {
				if value != "" && value != "false" && !stamped(column) {
					parts = append(parts, fmt.Sprintf("%s=%q", column, value))
				}
			}
			slices.Sort(parts)
			lines = append(lines, names.Replace(row["sys_id"]+" "+strings.Join(parts, " ")))
		}
		slices.Sort(lines)
		fmt.Fprintf(&b, "%s: %d\n", table, len(lines))
		for _, line := range lines {
			b.WriteString("  " + line + "\n")
		}
	}
	return b.String()
}

// linkNames replaces the sys_ids of linked records by what they are linked to: an
// instance that chooses sys_ids itself chooses others each time.
func (w *world) linkNames() *strings.Replacer {
	var pairs []string
	for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
		object := row[cmdb.ColumnClass] + ":" + row[cmdb.ColumnID]
		pairs = append(pairs, row[cmdb.ColumnRecordID], "<"+object+">", row["sys_id"], "<link of "+object+">")
	}
	return strings.NewReplacer(pairs...)
}

func stamped(column string) bool {
	switch column {
	case "sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count":
		return true
	}
	return false
}

// wire carries the requests of both clients, until it is cut.
type wire struct {
	mu      sync.Mutex
	sent    int
	cutAt   int // the request that is the last one; 0 for none
	how     cut
	noWrite bool
}

// cut says when a process dies.
type cut int

const (
	before    cut = iota // the server never acts
	after                // the server acts, the answer is lost
	midAnswer            // the answer breaks off
)

var errDead = errors.New("the process is dead")

func (w *wire) to(base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		n, dead := w.count()
		switch {
		case w.noWrite && req.Method != http.MethodGet && !onlyAsks(req):
			return nil, fmt.Errorf("%s %s while planning", req.Method, req.URL.Path)
		case dead, n == w.cutAt && w.how == before:
			return nil, errDead
		}
		resp, err := base.RoundTrip(req)
		if err != nil || n != w.cutAt {
			return resp, err
		}
		defer func() { _ = resp.Body.Close() }()
		if w.how == after {
			return nil, errDead
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:len(body)/2]), broken{}))
		return resp, nil
	})
}

// onlyAsks reports whether a POST writes nothing: what identification would do.
func onlyAsks(req *http.Request) bool {
	return strings.HasSuffix(req.URL.Path, "/identifyreconcile/query")
}

func (w *wire) count() (n int, dead bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	return w.sent, w.cutAt > 0 && w.sent > w.cutAt
}

func (w *wire) kill(at int, how cut) { w.sent, w.cutAt, w.how = 0, at, how }

func (w *wire) heal() { w.kill(0, before) }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errDead }
