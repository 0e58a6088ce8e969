package servicenowtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A rule that refuses to resolve an incident that nobody is assigned to.
func ExampleServer_SetBusinessRules() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = server.SetBusinessRules(servicenowtest.BusinessRule{
		Name: "Somebody must have done it", Table: "incident", On: []servicenowtest.Operation{servicenowtest.OpUpdate},
		Run: func(c *servicenowtest.RuleCall) error {
			if c.Changed("state") && c.Get("state") == "6" && c.Get("assigned_to") == "" {
				return errors.New("assign it first")
			}
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := server.Insert("incident", servicenowtest.Row{"short_description": "Printer on fire"})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = server.Update("incident", id, servicenowtest.Row{"state": "6"})
	fmt.Println(err != nil)
	row, _ := server.Row("incident", id)
	fmt.Println("state", row["state"])
	// Output:
	// true
	// state 1
}

// An update of an incident is an event, which is sent when the test says so.
func ExampleServer_Deliver() {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("X-ServiceNow-Signature") != "", len(body) > 100)
	}))
	defer receiver.Close()
	server, err := servicenowtest.New(servicenowtest.Options{Webhooks: []servicenowtest.Webhook{{
		Name: "incidents", Table: "incident", On: []servicenowtest.Operation{servicenowtest.OpUpdate},
		URL: receiver.URL, Secret: "shared secret", Timestamp: true,
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, err := server.Insert("incident", servicenowtest.Row{"short_description": "Printer on fire"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := server.Update("incident", id, servicenowtest.Row{"state": "2"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("waiting", len(server.Waiting()))
	sent, err := server.Deliver(context.Background(), receiver.Client())
	fmt.Println("sent", sent, err)
	// Output:
	// waiting 1
	// true true
	// sent 1 <nil>
}
