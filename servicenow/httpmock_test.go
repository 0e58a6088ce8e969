package servicenow_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// openIncidents is code under test: it takes any client.
func openIncidents(ctx context.Context, client *servicenow.Client) ([]string, error) {
	var numbers []string
	for incident, err := range servicenow.TableOf[servicenow.Record](client, "incident").All(ctx, servicenow.Query{Where: servicenow.Eq("active", true)}) {
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, incident.Get("number"))
	}
	return numbers, nil
}

// A unit test that needs no behaviour, only a canned answer: httpmock in place of
// the network, and an answer of servicenowtest.
func Example_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://acme.service-now.com/api/now/table/incident",
		httpmock.NewBytesResponder(http.StatusOK, servicenowtest.Fixture("incident-list")).
			HeaderSet(http.Header{"X-Total-Count": {"2"}}))

	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: &http.Client{Transport: mock}})
	if err != nil {
		log.Fatal(err)
	}
	numbers, err := openIncidents(context.Background(), client)
	fmt.Println(numbers, err)
	// Output: [INC0010001 INC0010002] <nil>
}
