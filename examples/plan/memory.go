package main

import (
	"context"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// inMemory makes both systems, runs an import, and changes the NetBox so that there
// is something to plan: a device with another name and serial number, one that is out
// of service, one that is new, and one without a tag.
func inMemory(ctx context.Context) (flow assets.Import, err error) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		return flow, err
	}
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		return flow, err
	}
	nb, err := netbox.New(netbox.Config{
		BaseURL: "https://netbox.example.com", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: estate.Client(),
	})
	if err != nil {
		return flow, err
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		return flow, err
	}
	flow = assets.Import{NetBox: nb, CMDB: sn, Source: "netbox.example.com"}
	if _, err := flow.Run(ctx); err != nil {
		return flow, err
	}
	return flow, change(ctx, nb)
}

func change(ctx context.Context, nb *netbox.Client) error {
	page, err := nb.DCIM.Devices.List(ctx, netbox.Query{Where: netbox.DeviceFilter{Tag: []string{"servicenowsyncto"}}})
	if err != nil {
		return err
	}
	for i, edit := range []map[string]any{
		{"name": page.Items[0].Name + "-b", "serial": "S-7001"},
		{"status": netbox.DeviceDecommissioning},
		{"tags": []any{}},
		{"asset_tag": nil, "custom_fields": map[string]any{}},
	} {
		if _, err := nb.DCIM.Devices.Update(ctx, page.Items[i].ID, edit); err != nil {
			return err
		}
	}
	one := page.Items[0]
	_, err = nb.DCIM.Devices.Create(ctx, map[string]any{
		"name": "<new> & shiny", "serial": "S-7002", "status": netbox.DeviceActive, "site": one.Site.ID,
		"device_type": one.DeviceType.ID, "role": one.Role.ID, "tags": []map[string]any{{"slug": "servicenowsyncto"}},
	})
	return err
}
