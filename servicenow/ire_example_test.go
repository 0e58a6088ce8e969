package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func ExampleIREService_Reconcile() {
	ctx := context.Background()
	_, client := instance()

	var p servicenow.IREPayload
	web := p.Add(servicenow.IREItem{
		Class:  "cmdb_ci_linux_server",
		Values: map[string]any{"name": "web-01", "serial_number": "CZ1234"},
		Source: servicenow.IRESource{Key: "4711"}, // NetBox's own id
	})
	db := p.Add(servicenow.IREItem{Class: "cmdb_ci_linux_server", Values: map[string]any{"name": "db-01"}})
	p.Relate(web, "Depends on::Used by", db)

	for range 2 {
		result, err := client.IRE.Reconcile(ctx, &p, servicenow.IREOptions{DataSource: "NetBox"})
		if err != nil {
			log.Fatal(err) // a request failed; result says which items it is about
		}
		for i, item := range result.Items {
			fmt.Print(p.Items[i].Class, " ", item.Outcome, ", ")
		}
		fmt.Println("relation", result.Relations[0].Outcome)
	}
	// Output:
	// cmdb_ci_linux_server inserted, cmdb_ci_linux_server inserted, relation inserted
	// cmdb_ci_linux_server unchanged, cmdb_ci_linux_server unchanged, relation unchanged
}

func ExampleIREService_Enhanced() {
	ctx := context.Background()
	_, client := instance()
	var p servicenow.IREPayload
	p.Add(servicenow.IREItem{Class: "cmdb_ci_linux_server", Values: map[string]any{"name": "web-01"}})
	// Neither name nor serial number: kept until a payload with the same key
	// brings one.
	p.Add(servicenow.IREItem{Class: "cmdb_ci_computer", Values: map[string]any{"ram": 8192}, Source: servicenow.IRESource{Key: "4712"}})

	result, err := client.IRE.Enhanced(ctx, &p, servicenow.IREOptions{DataSource: "NetBox"})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range result.Items {
		fmt.Println(item.Outcome, errors.Is(item.Err, servicenow.IREMissingMatchingAttributes))
	}
	// Output:
	// inserted false
	// partial true
}

func ExampleIREService_Query() {
	ctx := context.Background()
	server, client := instance()
	if _, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-01"}); err != nil {
		log.Fatal(err)
	}
	var p servicenow.IREPayload
	p.Add(servicenow.IREItem{Class: "cmdb_ci_linux_server", Values: map[string]any{"name": "web-01", "os": "Linux"}})
	plan, err := client.IRE.Query(ctx, &p, servicenow.IREOptions{DataSource: "NetBox"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Items[0].Operation) // nothing was written
	for _, attempt := range plan.Items[0].Attempts {
		fmt.Println(attempt.Result, attempt.Table, attempt.Attributes)
	}
	// Output:
	// UPDATE_WITH_UPGRADE
	// SKIPPED cmdb_serial_number [serial_number serial_number_type]
	// SKIPPED cmdb_ci_hardware [serial_number]
	// MATCHED cmdb_ci_hardware [name]
}
