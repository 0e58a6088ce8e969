package reconcile_test

import (
	"fmt"
	"strings"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// Whoever must approve a plan opens it in a browser.
func ExamplePlan_WriteHTML() {
	b := reconcile.NewBuilder("netbox", "acme")
	b.Add(reconcile.Operation{ID: "server:1", Kind: reconcile.Create, Type: "server", Name: "<core> & co"})
	plan, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	var page strings.Builder
	if err := plan.WriteHTML(&page); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Contains(page.String(), plan.Digest), strings.Contains(page.String(), "&lt;core&gt; &amp; co"))
	// Output: true true
}
