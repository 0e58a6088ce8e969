package assets_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// flaggedMaker returns clients of a NetBox with a small estate and of a ServiceNow
// with one flagged record, and the record's sys_id.
func flaggedMaker() (nb *netbox.Client, sn *servicenow.Client, record string) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		panic(err)
	}
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		panic(err)
	}
	record, err = instance.Insert("core_company", servicenowtest.Row{"name": "Nokia", "manufacturer": "true"})
	if err != nil {
		panic(err)
	}
	if _, err := instance.Insert(cmdb.AttributesTable, servicenowtest.Row{
		cmdb.ColumnRecordTable: "core_company", cmdb.ColumnRecordID: record, cmdb.ColumnSync: "true",
	}); err != nil {
		panic(err)
	}
	nb, err = netbox.New(netbox.Config{BaseURL: "https://netbox.example.com", HTTPClient: estate.Client(), Auth: netbox.Token(netboxtest.AdminTokenV2)})
	if err != nil {
		panic(err)
	}
	sn, err = servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		panic(err)
	}
	return nb, sn, record
}

func ExampleExport() {
	ctx := context.Background()
	nb, sn, _ := flaggedMaker()
	role := int64(1)

	flow := assets.Export{CMDB: sn, NetBox: nb, Role: role, Linked: true}
	plan, err := flow.Plan(ctx) // flagged records, and what NetBox has of them
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(assets.Drift(plan))
	summary, err := flow.Apply(ctx, plan) // creates, adopts, updates, links
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(assets.Count(summary).Created, "created")

	again, err := flow.Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(assets.Drift(again))
	// Output:
	// 0.0 % accurate: 1 of 1 records have drifted
	// 1 created
	// 100.0 % accurate: 0 of 1 records have drifted
}

// A business rule, a queue or a poll says which record has changed.
func ExampleRealtimeExport_Handle() {
	ctx := context.Background()
	nb, sn, record := flaggedMaker()

	flow := &assets.RealtimeExport{
		Export: assets.Export{CMDB: sn, NetBox: nb, Role: 1},
		Actors: []string{"itsmkit"}, // the account with which our import writes
	}
	event := assets.RecordEvent{Kind: assets.RecordUpdated, Table: "core_company", ID: record, Actor: "ann"}
	for range 2 {
		result, err := flow.Handle(ctx, event)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Outcome, result.Object.Type)
	}
	// Output:
	// written manufacturer
	// unchanged manufacturer
}

// Two flows that run against one another need to be told which side is right about
// what. The rest is NetBox's.
func ExampleOwners() {
	nb, sn, _ := flaggedMaker()
	owners := assets.Owners{"device.serial_number": mapping.External, "device.asset_tag": mapping.External}
	in := assets.Import{NetBox: nb, CMDB: sn, Owners: owners}
	out := assets.Export{NetBox: nb, CMDB: sn, Owners: owners, Role: 1, Linked: true}
	for range 2 {
		for _, run := range []func() (assets.Counts, error){
			func() (assets.Counts, error) { s, err := in.Run(context.Background()); return assets.Count(s), err },
			func() (assets.Counts, error) { s, err := out.Run(context.Background()); return assets.Count(s), err },
		} {
			done, err := run()
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(done.Created, done.Updated)
		}
	}
	// Output:
	// 34 0
	// 1 34
	// 0 0
	// 0 0
}
