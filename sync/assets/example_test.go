package assets_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// clients returns clients of a NetBox with a small estate and of an empty
// ServiceNow, both in memory.
func clients() (*netbox.Client, *servicenow.Client) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		panic(err)
	}
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		panic(err)
	}
	nb, err := netbox.New(netbox.Config{
		BaseURL: "https://netbox.example.com", HTTPClient: estate.Client(),
		Auth: netbox.Token(netboxtest.AdminTokenV2),
	})
	if err != nil {
		panic(err)
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		panic(err)
	}
	return nb, sn
}

func ExampleImport() {
	ctx := context.Background()
	nb, sn := clients()

	flow := assets.Import{NetBox: nb, CMDB: sn}
	plan, err := flow.Plan(ctx) // reads both, writes nothing
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := flow.Apply(ctx, plan)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(assets.Count(summary).Created, "records created")

	again, err := flow.Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("nothing left to write:", again.Empty())
	// Output:
	// 34 records created
	// nothing left to write: true
}

// A plan is reviewed as text, kept as JSON, and applied by another process.
func ExampleImport_Plan() {
	ctx := context.Background()
	nb, sn := clients()
	plan, err := assets.Import{NetBox: nb, CMDB: sn}.Plan(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	device, _ := plan.Operation("device:1")
	for _, change := range device.Changes[:3] {
		fmt.Println(change)
	}

	var file strings.Builder
	if err := plan.WriteJSON(&file); err != nil {
		fmt.Println(err)
		return
	}
	reviewed, err := reconcile.ReadPlan(strings.NewReader(file.String()))
	if err != nil {
		fmt.Println(err)
		return
	}
	summary, err := assets.Import{CMDB: sn}.Apply(ctx, reviewed)
	fmt.Println(assets.Count(summary).Created, err)
	// Output:
	// name: "basel-router"
	// asset_tag: "A-0001"
	// serial_number: "S-0001"
	// 34 <nil>
}

func ExampleImport_Run() {
	nb, sn := clients()
	summary, err := assets.Import{NetBox: nb, CMDB: sn}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := summary.WriteText(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// type          class                          created  updated  unchanged  skipped  blocked  failed
	// device        cmdb_ci_hardware               1        0        0          0        0        0
	// device        cmdb_ci_ip_firewall            1        0        0          0        0        0
	// device        cmdb_ci_ip_router              2        0        0          0        0        0
	// device        cmdb_ci_ip_switch              3        0        0          0        0        0
	// device        cmdb_ci_power_eq               1        0        0          0        0        0
	// device        cmdb_ci_server                 2        0        0          0        0        0
	// device        cmdb_ci_virtualization_server  1        0        0          0        0        0
	// devicetype    cmdb_hardware_product_model    5        0        0          0        0        0
	// location      cmn_location                   6        0        0          0        0        0
	// manufacturer  core_company                   4        0        0          0        0        0
	// region        cmn_location                   4        0        0          0        0        0
	// site          cmn_location                   4        0        0          0        0        0
	// total         -                              34       0        0          0        0        0
}

func ExampleEvents_Handle() {
	ctx := context.Background()
	_, sn := clients()
	signed := webhook.InfrastructureEvent("a shared secret")
	verifier, err := signed.Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	events := &assets.Events{
		CMDB: sn, Verifier: verifier,
		Options: cmdb.EventOptions{Classes: map[string]string{"ec2": "cmdb_ci_server"}},
	}

	// What a request brings: its body, and request.Header.Get.
	body := []byte(`{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "create", "resource_name": "web-1"}`)
	header := webhook.HeaderMap(signed.Sign(body, time.Now()))
	for range 2 {
		result, err := events.Handle(ctx, body, header)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Outcome, result.Class)
	}
	_, err = events.Handle(ctx, body, webhook.HeaderMap(nil))
	fmt.Println(err)
	// Output:
	// created cmdb_ci_server
	// unchanged cmdb_ci_server
	// webhook: not verified: a header is missing: X-Signature
}
