package assets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

func ExampleImport_RunSince() {
	source, err := netboxtest.SmallEstate()
	if err != nil {
		fmt.Println(err)
		return
	}
	target, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	nb, err := netbox.New(netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: source.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", HTTPClient: target.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	flow := assets.Import{NetBox: nb, CMDB: sn}
	var kept []byte // in a file or a table, from one run to the next

	pass := func() error {
		var from assets.Checkpoint
		if len(kept) > 0 {
			if err := json.Unmarshal(kept, &from); err != nil {
				return err
			}
		}
		summary, next, err := flow.RunSince(context.Background(), from)
		if errors.Is(err, assets.ErrFullPass) {
			summary, next, err = flow.RunSince(context.Background(), assets.Checkpoint{})
		}
		if err != nil {
			return err
		}
		total := summary.Total()
		fmt.Println("created", total.Created, "updated", total.Updated)
		kept, err = json.Marshal(next)
		return err
	}
	if err := pass(); err != nil {
		fmt.Println(err)
	}
	if err := source.Update("dcim/devices", 1, map[string]any{"description": "moved"}); err != nil {
		fmt.Println(err)
	}
	if err := pass(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// created 34 updated 0
	// created 0 updated 1
}
