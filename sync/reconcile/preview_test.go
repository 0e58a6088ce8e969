package reconcile_test

import (
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestPreview(t *testing.T) {
	b := reconcile.NewBuilder("a", "b")
	b.Unchanged("site", "cmn_location", 3)
	b.Add(reconcile.Operation{ID: "site:1", Kind: reconcile.Create, Type: "site", Class: "cmn_location"})
	b.Add(reconcile.Operation{ID: "site:2", Kind: reconcile.Skip, Type: "site", Class: "cmn_location", Code: "not-tagged", Reason: "no tag"})
	b.Add(reconcile.Operation{ID: "site:3", Kind: reconcile.Delete, Target: "id3", Type: "site", Class: "cmn_location"})
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	got := p.Preview()
	want := reconcile.Line{Created: 1, Deleted: 1, Unchanged: 3, Skipped: 1}
	if got.Total() != want {
		t.Errorf("got %+v, want %+v", got.Total(), want)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Code != "not-tagged" || got.Reasons[0].Example != "no tag" {
		t.Errorf("got reasons %+v", got.Reasons)
	}
}
