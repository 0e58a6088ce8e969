package servicenow_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// A client that signs in once and stays in its session, one request at a time.
func ExampleConfig_session() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", Auth: servicenow.BasicAuth("admin", "admin"),
		Session: true, HTTPClient: server.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	for range 3 {
		if _, err := incidents.Create(context.Background(), map[string]any{"short_description": "Printer on fire"}); err != nil {
			fmt.Println(err)
			return
		}
	}
	signedIn := 0
	for _, call := range server.Journal() {
		if call.Header.Get("Authorization") != "" {
			signedIn++
		}
	}
	fmt.Println(server.Count("incident"), "incidents, signed in", signedIn, "time")
	// Output:
	// 3 incidents, signed in 1 time
}
