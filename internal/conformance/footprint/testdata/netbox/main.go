// Command netbox reads devices, and changes one.
package main

import (
	"context"
	"os"

	"github.com/itsmkit/itsmkit/netbox"
)

func main() {
	client, err := netbox.New(netbox.Config{BaseURL: os.Args[1], Auth: netbox.Token(os.Args[2])})
	if err != nil {
		os.Exit(1)
	}
	query := netbox.Query{Where: netbox.DeviceFilter{Status: []string{netbox.DeviceActive}}}
	for device, err := range client.DCIM.Devices.All(context.Background(), query) {
		if err != nil {
			os.Exit(1)
		}
		patch := netbox.DeviceWrite{Comments: netbox.Set("seen")}
		if _, err := client.DCIM.Devices.Update(context.Background(), device.ID, patch); err != nil {
			os.Exit(1)
		}
		println(device.Name)
	}
}
