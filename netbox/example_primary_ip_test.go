package netbox_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// A virtual machine gets its primary address; the second call finds all done.
func ExampleClient_SetPrimaryIP() {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netbox.New(netbox.Config{BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: server.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	kind, err := client.Virtualization.ClusterTypes.Create(ctx, netbox.ClusterTypeWrite{Name: netbox.Set("KVM"), Slug: netbox.Set("kvm")})
	if err != nil {
		fmt.Println(err)
		return
	}
	cluster, err := client.Virtualization.Clusters.Create(ctx, netbox.ClusterWrite{Name: netbox.Set("zrh-1"), Type: netbox.Set(kind.ID)})
	if err != nil {
		fmt.Println(err)
		return
	}
	vm, err := client.Virtualization.VirtualMachines.Create(ctx, netbox.VirtualMachineWrite{Name: netbox.Set("web-1"), Cluster: netbox.Set(cluster.ID)})
	if err != nil {
		fmt.Println(err)
		return
	}
	want := netbox.PrimaryIP{VirtualMachineID: vm.ID, Interface: "eth0", Address: "192.0.2.10/24"}
	for range 2 {
		done, err := client.SetPrimaryIP(ctx, want)
		fmt.Println(done.MadeInterface, done.MadeAddress, done.Changed, err)
	}
	// Output:
	// true true true <nil>
	// false false false <nil>
}
