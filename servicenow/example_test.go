package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// Server is the Go form of a row: its json tags are the columns that are read.
type Server struct {
	ID       string              `json:"sys_id"`
	Name     string              `json:"name"`
	Location servicenow.Ref      `json:"location"`
	City     string              `json:"location.name"` // dot-walked
	Updated  servicenow.DateTime `json:"sys_updated_on"`
}

// instance stands for a real instance in the examples.
func instance() (*servicenowtest.Server, *servicenow.Client) {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL:    "acme", // or a full URL
		Auth:       servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
		HTTPClient: server.Client(), // leave out for a real instance
	})
	if err != nil {
		log.Fatal(err)
	}
	return server, client
}

func Example() {
	ctx := context.Background()
	_, client := instance()
	locations := servicenow.TableOf[servicenow.Record](client, "cmn_location")
	servers := servicenow.TableOf[Server](client, "cmdb_ci_server")

	lab, err := locations.Create(ctx, map[string]any{"name": "Oslo"})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"web-01", "web-02", "db-01"} {
		if _, err := servers.Create(ctx, map[string]any{"name": name, "location": lab.SysID()}); err != nil {
			log.Fatal(err)
		}
	}
	query := servicenow.Query{
		Where:   servicenow.And(servicenow.StartsWith("name", "web"), servicenow.Eq("location.name", "Oslo")),
		OrderBy: []servicenow.Order{servicenow.Desc("name")},
	}
	for server, err := range servers.All(ctx, query) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(server.Name, server.City)
	}
	// Output:
	// web-02 Oslo
	// web-01 Oslo
}

func ExampleTable_Update() {
	ctx := context.Background()
	_, client := instance()
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")
	created, err := incidents.Create(ctx, map[string]any{"short_description": "Printer", "correlation_id": "monitor-7", "impact": 2})
	if err != nil {
		log.Fatal(err)
	}
	type patch struct {
		Short  servicenow.Opt[string] `json:"short_description,omitzero"`
		Source servicenow.Opt[string] `json:"correlation_id,omitzero"`
		Impact servicenow.Opt[int]    `json:"impact,omitzero"`
	}
	updated, err := incidents.Update(ctx, created.SysID(), patch{
		Source: servicenow.Null[string](), // cleared
		Impact: servicenow.Set(1),         // written; the description is left alone
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q %q %q\n", updated.Get("short_description"), updated.Get("correlation_id"), updated.Get("impact"))
	// Output: "Printer" "" "1"
}

func ExampleClient_Batch() {
	ctx := context.Background()
	server, client := instance()
	incidents := servicenow.TableOf[servicenow.Record](client, "incident")

	var items []servicenow.BatchItem
	for i := range 500 {
		items = append(items, incidents.BatchCreate(map[string]any{"short_description": fmt.Sprintf("Alert %d", i)}))
	}
	items = append(items, incidents.BatchGet("00000000000000000000000000000000"))
	results, err := client.Batch(ctx, items)
	if err != nil {
		log.Fatal(err) // a whole batch failed; the results still tell what happened
	}
	created := 0
	for i, result := range results {
		if result.Err != nil {
			fmt.Println("item", i, "not found:", errors.Is(result.Err, servicenow.ErrNotFound))
			continue
		}
		created++
	}
	fmt.Println(created, "created in", server.Requests(), "requests")
	// Output:
	// item 500 not found: true
	// 500 created in 2 requests
}

func ExampleTable_All_hiddenRows() {
	ctx := context.Background()
	server, client := instance()
	for i := range 10 {
		if _, err := server.Insert("incident", servicenowtest.Row{"short_description": fmt.Sprint(i)}); err != nil {
			log.Fatal(err)
		}
	}
	// The user may not read every incident.
	err := server.SetACLs(servicenowtest.ACL{Table: "incident", Allow: func(_ servicenowtest.Operation, get func(string) string) bool {
		return get("short_description") < "4"
	}})
	if err != nil {
		log.Fatal(err)
	}
	var meta servicenow.Response
	for _, err := range servicenow.TableOf[servicenow.Record](client, "incident").All(ctx, servicenow.Query{PageSize: 3}, servicenow.Meta(&meta)) {
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%d visible, %d hidden by access rules\n", meta.Visible, meta.Total-meta.Visible)
	// Output: 4 visible, 6 hidden by access rules
}

func ExampleError() {
	ctx := context.Background()
	server, client := instance()
	server.Fail(servicenowtest.Asleep())
	_, err := servicenow.TableOf[servicenow.Record](client, "incident").List(ctx, servicenow.Query{})
	var failure *servicenow.Error
	switch {
	case errors.Is(err, servicenow.ErrAsleep):
		fmt.Println("wake the instance up")
	case errors.As(err, &failure) && failure.Retryable():
		fmt.Println("try again in", failure.RetryAfter())
	}
	// Output: wake the instance up
}

func ExampleIn() {
	// Values are escaped; a comma, which the list language cannot escape, makes
	// a term of its own.
	fmt.Println(servicenow.In("name", "web-01", "Oslo, lab", "a^b"))
	// Output: nameINweb-01,a^^b^ORname=Oslo, lab
}

func ExampleRaw() {
	// A filter as copied from a list in the platform's own interface.
	fmt.Println(servicenow.And(servicenow.Raw("active=true^NQpriority=1^EQ"), servicenow.IsEmpty("assigned_to")))
	// Output: active=true^assigned_toISEMPTY^NQpriority=1^assigned_toISEMPTY
}
