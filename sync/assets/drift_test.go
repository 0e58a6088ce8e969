package assets_test

import (
	"fmt"
	"testing"

	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// 000-13: accuracy is 1 - drifted/total; of the documents' 50,000 CIs, 99.8 % leave
// 100 that have drifted.
func TestDrift(t *testing.T) {
	b := reconcile.NewBuilder("netbox", "cmdb")
	for i := range 100 {
		op := reconcile.Operation{ID: fmt.Sprint("device:", i), Kind: reconcile.Update, Type: "device", Class: "c", Target: fmt.Sprint(i)}
		op.Changes = []reconcile.Change{{Field: "name", From: reconcile.Text("a"), To: reconcile.Text("b")}}
		switch i {
		case 0:
			op.Kind, op.Target = reconcile.Create, ""
		case 1:
			op.Kind = reconcile.Retire
		case 2:
			op.Kind, op.Code = reconcile.Blocked, "x"
		}
		b.Add(op)
	}
	b.Add(reconcile.Operation{ID: "device:s", Kind: reconcile.Skip, Type: "device", Class: "c"})
	b.Unchanged("device", "c", 40_000)
	b.Unchanged("device", "d", 9_900)
	b.Unchanged("site", "e", 7)
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	r := assets.Drift(p)
	if r.Drifted != 100 || r.Total != 50_007 || len(r.Types) != 2 || r.Types[0].Total != 50_000 || r.Types[0].Accuracy != 1-100.0/50_000 || r.Types[1].Accuracy != 1 {
		t.Errorf("got %+v", r)
	}
	if got := r.String(); got != "99.8 % accurate: 100 of 50007 records have drifted" {
		t.Errorf("got %s", got)
	}
	empty, err := reconcile.NewBuilder("a", "b").Build()
	if err != nil {
		t.Fatal(err)
	}
	if r := assets.Drift(empty); r.Accuracy != 1 || r.Total != 0 {
		t.Errorf("got %+v", r)
	}
}
