package netbox_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// A long list is handed to NetBox, which writes it in the background.
func ExampleClient_WaitJob() {
	server, _ := netboxtest.New(netboxtest.Options{})
	client, _ := netbox.New(netbox.Config{BaseURL: "https://netbox.example", HTTPClient: server.Client(), Auth: netbox.Token(netboxtest.AdminToken)})
	ctx := context.Background()

	makers := client.DCIM.Manufacturers.InBackground()
	job, err := makers.BulkCreate(ctx, netbox.Bodies([]netbox.ManufacturerWrite{
		{Name: netbox.Set("Cisco"), Slug: netbox.Set("cisco")},
		{Name: netbox.Set("Juniper"), Slug: netbox.Set("juniper")},
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err = client.WaitJob(ctx, job.ID, netbox.Poll{Min: 1e6, Max: 1e6}) // a millisecond, for the example
	if err != nil {
		fmt.Println(err) // a *netbox.JobError tells what was refused
		return
	}
	rows, err := makers.Rows(job)
	fmt.Println(job.Status.Value, len(rows), rows[1].Name, err)
	// Output: completed 2 Juniper <nil>
}
