package netbox_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// The next free address of a prefix, which nobody else gets.
func ExampleIPAM_NextAddress() {
	srv, _ := netboxtest.New(netboxtest.Options{})
	c, _ := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: srv.Client()})
	ctx := context.Background()
	prefix, err := c.IPAM.Prefixes.Create(ctx, netbox.PrefixWrite{CIDR: netbox.Set("192.0.2.0/24")})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		ip, err := c.IPAM.NextAddress(ctx, prefix.ID, netbox.IPAddressWrite{DNSName: netbox.Set("host.example.net")})
		fmt.Println(ip.Address, err)
	}
	// Output:
	// 192.0.2.1/24 <nil>
	// 192.0.2.2/24 <nil>
}
