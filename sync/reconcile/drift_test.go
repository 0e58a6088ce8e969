package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestDrift(t *testing.T) {
	for _, c := range []struct {
		name     string
		count    reconcile.Count
		want     reconcile.Drift
		accuracy float64
		words    string
	}{
		{"000-13 the documents' case", reconcile.Count{Update: 100, Unchanged: 49_900}, reconcile.Drift{Records: 50_000, Drifted: 100}, 0.998, "100 of 50000 records drifted, 99.80 % are accurate"},
		{"000-13 nothing was compared", reconcile.Count{Skip: 3}, reconcile.Drift{}, 1, "0 of 0 records drifted, 100.00 % are accurate"},
		{"000-13 every kind of drift", reconcile.Count{Create: 1, Update: 1, Delete: 1, Retire: 1, Blocked: 1, Skip: 7, Unchanged: 5}, reconcile.Drift{Records: 10, Drifted: 5}, 0.5, "5 of 10 records drifted, 50.00 % are accurate"},
		{"000-13 one of very many is not 100 %", reconcile.Count{Create: 1, Unchanged: 999_999}, reconcile.Drift{Records: 1_000_000, Drifted: 1}, 0.999999, "1 of 1000000 records drifted, 99.99 % are accurate"},
		{"000-13 nothing is as it should be", reconcile.Count{Create: 2}, reconcile.Drift{Records: 2, Drifted: 2}, 0, "2 of 2 records drifted, 0.00 % are accurate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.count.Drift()
			if d != c.want || d.Accuracy() != c.accuracy || d.String() != c.words {
				t.Errorf("got %+v, %v, %s", d, d.Accuracy(), d)
			}
		})
	}
	t.Run("000-13 over a plan", func(t *testing.T) {
		b := reconcile.NewBuilder("netbox", "acme")
		b.Add(create("device:1"))
		b.Add(update("site:1"))
		b.Unchanged("device", "cmdb_ci_server", 6)
		plan, err := b.Build()
		if err != nil || plan.Drift() != (reconcile.Drift{Records: 8, Drifted: 2}) {
			t.Errorf("got %+v, %v", plan.Drift(), err)
		}
	})
}

func ExamplePlan_Drift() {
	b := reconcile.NewBuilder("netbox.example.com", "acme.service-now.com")
	b.Unchanged("device", "cmdb_ci_server", 499)
	b.Add(reconcile.Operation{
		ID: "device:7", Kind: reconcile.Update, Type: "device", Class: "cmdb_ci_server", Target: "4f1c",
		Changes: []reconcile.Change{{Field: "name", From: reconcile.Text("web1"), To: reconcile.Text("web-1")}},
	})
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Drift())
	// Output: 1 of 500 records drifted, 99.80 % are accurate
}
