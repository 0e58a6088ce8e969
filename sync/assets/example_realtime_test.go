package assets_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// A webhook of NetBox is verified, and what it tells of is brought into the CMDB.
func ExampleRealtime() {
	ctx := context.Background()
	nb, sn := clients()
	signed := webhook.NetBox("a shared secret")
	verifier, err := signed.Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	flow := &assets.Realtime{Import: assets.Import{NetBox: nb, CMDB: sn}, Verifier: verifier}

	// What a request brings: its body, and request.Header.Get.
	body := []byte(`{"event": "created", "timestamp": "2026-03-01T12:00:00Z", "object_type": "dcim.device",
		"data": {"id": 1}, "request": {"id": "6f1c", "user": "somebody"}}`)
	header := webhook.HeaderMap(signed.Sign(body, time.Now()))
	for range 2 {
		result, err := flow.Handle(ctx, body, header)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Object, result.Outcome, result.Summary.Total().Created)
	}
	_, err = flow.Handle(ctx, body, webhook.HeaderMap(nil))
	fmt.Println(err)
	// Output:
	// device:1 written 9
	// device:1 repeated 0
	// webhook: not verified: a header is missing: X-Hook-Signature
}

// NetBox is made ready, and what the instance lacks is told.
func ExampleSetup() {
	nb, sn := clients()
	report, err := assets.Setup{
		Import: assets.Import{NetBox: nb, CMDB: sn, DataSource: "Our NetBox"},
		Webhook: netbox.WebhookWrite{
			Name: netbox.Set("ServiceNow"), PayloadURL: netbox.Set("https://flows.example.com/netbox"), Secret: netbox.Set("a shared secret"),
		},
	}.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, made := range report.NetBox.Written {
		fmt.Println(made)
	}
	fmt.Println("ready:", report.Ready())
	fmt.Println(report.Findings[0].Subject+":", report.Findings[0].Remedy)
	// Output:
	// webhook ServiceNow: created
	// event rule ServiceNow: created
	// ready: false
	// identification: see the problem, or write CIs by ThroughTables
}

// What one's own export writes to NetBox comes back as a webhook, and is known.
func ExampleEchoes() {
	ctx := context.Background()
	nb, sn := clients()
	echoes := new(assets.Echoes)
	flow := &assets.Realtime{
		Import: assets.Import{NetBox: nb, CMDB: sn}, Verifier: webhook.Unsigned(),
		Actors: []string{"servicenow_integration"}, Echoes: echoes,
	}
	device, err := nb.DCIM.Devices.Update(ctx, 1, netbox.DeviceWrite{Description: netbox.Set("from the CMDB")})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := echoes.Wrote(device); err != nil {
		fmt.Println(err)
		return
	}
	told := func(user, serial string) []byte {
		return fmt.Appendf(nil, `{"event": "updated", "timestamp": "2026-03-01T12:00:00Z", "object_type": "dcim.device",
			"data": {"id": 1, "serial": %q}, "request": {"id": "6f1c", "user": %q}}`, serial, user)
	}
	for _, body := range [][]byte{told("servicenow_integration", "S-0042"), told("somebody", "S-0042")} {
		result, err := flow.Handle(ctx, body, nil)
		if err != nil {
			_, _ = fmt.Fprintln(os.Stdout, err)
			return
		}
		fmt.Println(result.Outcome)
	}
	flow.Echoes = nil // nobody knows what was written last
	result, err := flow.Handle(ctx, told("servicenow_integration", "S-0043"), nil)
	fmt.Println(result.Outcome, err)
	// Output:
	// written
	// unchanged
	// echo <nil>
}
