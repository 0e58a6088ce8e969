package browser_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

const secret = "hunter2-canary"

// planOf makes a plan of n operations: of every ten, five updates, two creates, one
// retirement, one skip and one that is blocked; and a few with names that bite.
func planOf(t *testing.T, n int) *reconcile.Plan {
	t.Helper()
	b := reconcile.NewBuilder("netbox.example.com", "acme.service-now.com")
	b.Types("region", "site", "device")
	b.Unchanged("device", "cmdb_ci_server", 9*n)
	b.Records("device", "cmdb_ci_server", 10*n)
	site := func(i int) string { return fmt.Sprintf("%032x", 1000+i) }
	const sites = 5
	for i := range sites {
		b.Add(reconcile.Operation{
			ID: fmt.Sprint("site:", i), Kind: reconcile.Create, Type: "site", Class: "cmn_location", Key: fmt.Sprint(i), Target: site(i),
			Name:    []string{"Île-de-France", `<img src=x onerror="hit=1">`, "<script>hit=1</script>", "שלום עולם", "👩‍🔬 lab\u202e"}[i],
			Changes: []reconcile.Change{{Field: "name", To: reconcile.Text("x")}, {Field: "full_name", To: reconcile.Null()}},
		})
	}
	for i := range n - sites {
		b.Add(device(i, fmt.Sprint("site:", i%sites), site(i%sites)))
	}
	plan, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Operations) != n {
		t.Fatalf("%d operations, want %d", len(plan.Operations), n)
	}
	return plan
}

func device(i int, site, siteID string) reconcile.Operation {
	classes := []string{"cmdb_ci_server", "cmdb_ci_ip_switch", "cmdb_ci_netgear"}
	op := reconcile.Operation{
		ID: fmt.Sprint("device:", i), Type: "device", Class: classes[i%len(classes)], Key: fmt.Sprint(i),
		Target: fmt.Sprintf("%032x", 1_000_000+i), Name: fmt.Sprintf("rack%02d-node%05d.example.net", i%40, i),
	}
	text := reconcile.Text
	switch i % 10 {
	case 0, 1:
		op.Kind = reconcile.Create
		op.Changes = []reconcile.Change{
			{Field: "name", To: text(op.Name)}, {Field: "serial_number", To: text(fmt.Sprintf("SN%08d", i))},
			{Field: "location", To: text(siteID), Ref: site}, {Field: "install_status", To: text("1")},
			{Field: "model_id", To: text("PowerEdge R760")}, {Field: "short_description", To: text("")},
		}
	case 2:
		op.Kind, op.Reason = reconcile.Retire, "NetBox says decommissioning"
		op.Changes = []reconcile.Change{{Field: "install_status", From: text("1"), To: text("7")}, {Field: "operational_status", From: text("1"), To: text("6")}}
	case 3:
		op.Kind, op.Code, op.Reason = reconcile.Skip, "not-tagged", "has no tag ServiceNowSyncTo"
	case 4:
		op.Kind, op.Wanted, op.Code = reconcile.Blocked, reconcile.Update, "ambiguous"
		op.Reason = fmt.Sprintf("two records are named %s", op.Name)
	default:
		op.Kind = reconcile.Update
		op.Changes = []reconcile.Change{
			{Field: "serial_number", From: reconcile.Null(), To: text(fmt.Sprintf("SN%08d", i)), Base: text("n/a"), Reason: "NetBox owns it"},
			{Field: "location", From: text("old"), To: text(siteID), Ref: site},
			{Field: "ip_address", From: text("10.0.0.1"), To: text(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))},
			{Field: "snmp_community", From: text("old-" + secret), To: text(secret), Masked: true},
			{Field: "comments", From: text("moved from the old hall"), To: text(strings.Repeat("moved from the old hall to the new one; ", 1+i%3))},
		}
	}
	return op
}

func write(t *testing.T, p *reconcile.Plan) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "plan.html")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.WriteHTML(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// found gives the numbers of the operations that say every word, as the page counts.
func found(p *reconcile.Plan, words ...string) []string {
	var list []string
	names := map[string]string{}
	for _, op := range p.Operations {
		names[op.ID] = op.Name
	}
	for i, op := range p.Operations {
		texts := []string{string(op.Kind), op.ID, op.Type, op.Class, op.Key, op.Target, op.Name, op.Code, op.Reason}
		for _, c := range op.Changes {
			texts = append(texts, c.Field, c.Reason)
			if !c.Masked {
				texts = append(texts, c.From.Text(), c.To.Text(), c.Base.Text())
			}
			texts = append(texts, names[c.Ref])
		}
		for _, need := range op.Needs {
			texts = append(texts, names[need])
		}
		all, fits := strings.ToLower(strings.Join(texts, "\n")), true
		for _, w := range words {
			fits = fits && strings.Contains(all, w)
		}
		if fits {
			list = append(list, fmt.Sprint("o", i+1))
		}
	}
	return list
}
