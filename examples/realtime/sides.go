package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// sides are the two systems.
type sides struct {
	flow   assets.Import
	secret string // of the webhook
	// edit changes a NetBox in memory and has it send its webhooks; nil for a real
	// one, which people edit.
	edit func(context.Context, io.Writer) error
}

// connect reaches two systems; both must be real, or neither.
func connect(o options) (sides, error) {
	if o.netboxURL == "" && o.serviceNowURL == "" {
		return inMemory()
	}
	if o.netboxURL == "" || o.serviceNowURL == "" {
		return sides{}, errors.New("give both -netbox-url and -servicenow-url, or neither")
	}
	s := sides{secret: os.Getenv("NETBOX_WEBHOOK_SECRET")}
	if s.secret == "" {
		return s, errors.New("NETBOX_WEBHOOK_SECRET is empty: choose a secret that NetBox signs its webhooks with")
	}
	nb, err := netbox.New(netbox.Config{BaseURL: o.netboxURL, Auth: netbox.Token(os.Getenv("NETBOX_TOKEN"))})
	if err != nil {
		return s, err
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: o.serviceNowURL, Auth: servicenow.BasicAuth(os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")),
	})
	s.flow = assets.Import{NetBox: nb, CMDB: sn}
	return s, err
}

func inMemory() (sides, error) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		return sides{}, err
	}
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		return sides{}, err
	}
	nb, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example.com", HTTPClient: estate.Client(), Auth: netbox.Token(netboxtest.AdminTokenV2)})
	if err != nil {
		return sides{}, err
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		return sides{}, err
	}
	return sides{
		flow: assets.Import{NetBox: nb, CMDB: sn}, secret: "a shared secret",
		edit: func(ctx context.Context, out io.Writer) error { return edit(ctx, out, estate, nb, instance) },
	}, nil
}

// edit is what somebody does in NetBox: a device gets its class, is renamed, is
// written without a change, and is deleted.
func edit(ctx context.Context, out io.Writer, estate *netboxtest.Server, nb *netbox.Client, instance *servicenowtest.Server) error {
	device := estate.IDs("dcim/devices")[0]
	for _, write := range []netbox.DeviceWrite{
		{CustomFields: map[string]any{cmdb.ClassField: "cmdb_ci_ip_router"}},
		{Name: netbox.Set("basel-router-1")},
		{Name: netbox.Set("basel-router-1")},
	} {
		if _, err := nb.DCIM.Devices.Update(ctx, device, write); err != nil {
			return err
		}
		if err := deliver(ctx, estate); err != nil {
			return err
		}
	}
	if err := nb.DCIM.Devices.Delete(ctx, device); err != nil {
		return err
	}
	if err := deliver(ctx, estate); err != nil {
		return err
	}
	for _, ci := range instance.Rows("cmdb_ci_ip_router") {
		if _, err := fmt.Fprintf(out, "CMDB: %s, install_status %s\n", ci["name"], ci["install_status"]); err != nil {
			return err
		}
	}
	return nil
}

func deliver(ctx context.Context, estate *netboxtest.Server) error {
	deliveries, err := estate.Deliver(ctx, &http.Client{Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if !d.OK() {
			return fmt.Errorf("the webhook about %s %d was answered with %d: %w", d.ObjectType, d.ObjectID, d.Status, d.Err)
		}
	}
	return nil
}
