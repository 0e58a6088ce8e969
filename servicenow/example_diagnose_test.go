package servicenow_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// The button "test connection" of an integration: the user is signed in, but an
// access rule hides a row and a field is misspelt.
func ExampleClient_Diagnose() {
	instance, _ := servicenowtest.New(servicenowtest.Options{ACLs: []servicenowtest.ACL{{
		Table: "core_company", Allow: func(_ servicenowtest.Operation, get func(string) string) bool { return get("name") != "Hidden" },
	}}})
	for _, name := range []string{"Acme", "Hidden"} {
		_, _ = instance.Insert("core_company", servicenowtest.Row{"name": name})
		_, _ = instance.Insert("incident", servicenowtest.Row{"short_description": name})
	}
	client, _ := servicenow.New(servicenow.Config{
		BaseURL: "acme", HTTPClient: instance.Client(), Auth: servicenow.BasicAuth("admin", "admin"),
	})
	d, err := client.Diagnose(context.Background(), []servicenow.TableCheck{
		{Table: "core_company", Fields: []string{"name"}},
		{Table: "incident", Fields: []string{"short_description", "urgencyy"}},
		{Table: "x_acme_ticket"},
	})
	fmt.Println(d.OK(), err)
	fmt.Println(d.User, d.ClockKnown)
	for _, table := range d.Tables {
		fmt.Printf("%s: %s, %d of %d visible, unknown %v\n", table.Table, table.Finding, table.Visible, table.Sampled, table.Unknown)
	}
	// Output:
	// false <nil>
	// admin true
	// core_company: rows hidden, 1 of 2 visible, unknown []
	// incident: fields missing, 2 of 2 visible, unknown [urgencyy]
	// x_acme_ticket: table missing, 0 of 0 visible, unknown []
}
