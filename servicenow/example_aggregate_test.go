package servicenow_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// How many incidents are open in each priority, the fullest first?
func ExampleClient_Aggregate() {
	instance, _ := servicenowtest.New(servicenowtest.Options{})
	for _, urgency := range []string{"1", "3", "3"} {
		_, _ = instance.Insert("incident", servicenowtest.Row{"impact": "3", "urgency": urgency})
	}
	client, _ := servicenow.New(servicenow.Config{
		BaseURL: "acme", HTTPClient: instance.Client(), Auth: servicenow.BasicAuth("admin", "admin"),
	})
	groups, err := client.Aggregate(context.Background(), "incident", servicenow.Aggregation{
		Where:   servicenow.Eq("active", true),
		Count:   true,
		GroupBy: []string{"priority"},
		OrderBy: []servicenow.AggregateOrder{{Func: servicenow.AggregateCount, Desc: true}},
	})
	for _, g := range groups {
		fmt.Println("priority", g.Value("priority"), "-", g.Count)
	}
	fmt.Println(err)
	// Output:
	// priority 5 - 2
	// priority 3 - 1
	// <nil>
}
