package netbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// estate stands for your NetBox in the examples.
func estate() *netbox.Client {
	server, err := netboxtest.SmallEstate()
	if err != nil {
		panic(err)
	}
	client, err := netbox.New(netbox.Config{
		BaseURL:    "https://netbox.example.com",
		Auth:       netbox.Token(netboxtest.AdminToken),
		HTTPClient: server.Client(),
	})
	if err != nil {
		panic(err)
	}
	return client
}

func Example() {
	ctx := context.Background()
	client := estate() // netbox.New(netbox.Config{BaseURL: ..., Auth: netbox.Token(...)})

	query := netbox.Query{
		Where:  netbox.DeviceFilter{Status: []string{netbox.DeviceActive}, Tag: []string{"servicenowsyncto"}},
		Fields: []string{"name", "site", "device_type", "custom_fields"},
	}
	n := 0
	for device, err := range client.DCIM.Devices.All(ctx, query) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if n++; n <= 2 {
			fmt.Println(device.Name, "is a", device.DeviceType.Model, "in", device.Site.Name)
		}
	}
	version, _ := client.APIVersion(ctx) // learnt from the answers
	fmt.Println("NetBox", version)
	// Output:
	// basel-router is a ISR 4331 in Basel
	// basel-switch-1 is a Catalyst 9300 in Basel
	// NetBox 4.7
}

func ExampleResource_Create() {
	ctx := context.Background()
	client := estate()

	maker, err := client.DCIM.Manufacturers.Create(ctx, netbox.ManufacturerWrite{
		Name: netbox.Set("Acme"),
		Slug: netbox.Set("acme"),
		Tags: netbox.Set(netbox.TagSlugs("servicenowsyncto")),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(maker.Name, maker.Tags.Slugs())

	_, err = client.DCIM.Manufacturers.Create(ctx, netbox.ManufacturerWrite{Name: netbox.Set("Acme"), Slug: netbox.Set("acme-2")})
	if failure, ok := errors.AsType[*netbox.Error](err); ok && errors.Is(err, netbox.ErrDuplicate) {
		fmt.Println(failure.Status, failure.Fields["name"])
	}
	// Output:
	// Acme [servicenowsyncto]
	// 400 [manufacturer with this name already exists.]
}

// What is not set is not sent; null, zero and a value are different things. The
// write is refused when someone else has changed the object since it was read.
func ExampleResource_Update() {
	ctx := context.Background()
	client := estate()

	page, err := client.DCIM.Devices.List(ctx, netbox.Query{PageSize: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	read := page.Items[0]
	patch := netbox.DeviceWrite{
		Description: netbox.Set("core of building 4"),
		AssetTag:    netbox.Null[string](),
		Serial:      netbox.Set(""),
	}
	changed, err := client.DCIM.Devices.Update(ctx, read.ID, patch, netbox.IfUnchangedSince(read.LastUpdated))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q %q %q\n", changed.Description, changed.AssetTag, changed.Serial)

	_, err = client.DCIM.Devices.Update(ctx, read.ID, patch, netbox.IfUnchangedSince(read.LastUpdated))
	fmt.Println(errors.Is(err, netbox.ErrPrecondition))
	// Output:
	// "core of building 4" "" ""
	// true
}

// A misspelt filter would make NetBox answer with the whole table; it is
// refused before anything is sent.
func ExampleRaw() {
	ctx := context.Background()
	client := estate()

	_, err := client.DCIM.Devices.List(ctx, netbox.Query{Where: netbox.Raw("serail", "FXS2101Q0AB")})
	fmt.Println(err)
	_, err = client.DCIM.Devices.List(ctx, netbox.Query{Where: netbox.DeviceFilter{Serial: []string{""}}})
	fmt.Println(err)
	// Output:
	// netbox: DCIM.Devices.List: DCIM.Devices has no filter "serail"; NetBox would ignore it and answer with everything
	// netbox: DCIM.Devices.List: serial: the value is empty; NetBox would ignore the filter and answer with everything
}

func ExampleResource_BulkCreate() {
	ctx := context.Background()
	client := estate()

	makers := []netbox.ManufacturerWrite{
		{Name: netbox.Set("Acme"), Slug: netbox.Set("acme")},
		{Name: netbox.Set("Cisco"), Slug: netbox.Set("cisco")},
	}
	_, err := client.DCIM.Manufacturers.BulkCreate(ctx, netbox.Bodies(makers))
	if failure, ok := errors.AsType[*netbox.Error](err); ok {
		for _, item := range failure.Items {
			fmt.Println(item.Index, errors.Is(item, netbox.ErrDuplicate))
		}
	}
	// Output:
	// 1 true
}

// A selection field is a text up to 4.6 and an object from 4.7 on.
func ExampleCustomFields_Text() {
	for _, answer := range []string{
		`{"servicenow_ci_class": "cmdb_ci_server"}`,
		`{"servicenow_ci_class": {"value": "cmdb_ci_server", "label": "Server"}}`,
	} {
		var fields netbox.CustomFields
		if err := json.Unmarshal([]byte(answer), &fields); err != nil {
			fmt.Println(err)
		}
		fmt.Println(fields.Text("servicenow_ci_class"), fields.Label("servicenow_ci_class"))
	}
	// Output:
	// cmdb_ci_server cmdb_ci_server
	// cmdb_ci_server Server
}

// ResourceOf reaches endpoints that have no service of their own.
func ExampleResourceOf() {
	ctx := context.Background()
	client := estate()

	type Address struct {
		ID      int64  `json:"id"`
		Address string `json:"address"`
	}
	addresses := netbox.ResourceOf[Address](client, "ipam/ip-addresses", "address", "status:choice")
	n := 0
	for address, err := range addresses.All(ctx, netbox.Query{Fields: []string{"address"}}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if address.Address != "" {
			n++
		}
	}
	fmt.Println(n, "addresses")
	// Output:
	// 2 addresses
}

// hostname is code of yours to be tested: it looks a device up by its id.
func hostname(ctx context.Context, client *netbox.Client, id int64) (string, error) {
	device, err := client.DCIM.Devices.Get(ctx, id, netbox.Only("name", "primary_ip"))
	if errors.Is(err, netbox.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return device.PrimaryIP.DNSName, nil
}

// A unit test of your own code with httpmock and recorded answers.
func Example_unitTest() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, "https://netbox.example.com/api/dcim/devices/6230/",
		httpmock.NewBytesResponder(http.StatusOK, netboxtest.Fixture("device")))
	mock.RegisterResponder(http.MethodGet, "https://netbox.example.com/api/dcim/devices/7/",
		httpmock.NewBytesResponder(http.StatusNotFound, netboxtest.Fixture("error-not-found")))

	client, err := netbox.New(netbox.Config{
		BaseURL:    "https://netbox.example.com",
		Auth:       netbox.Token("0123456789abcdef0123456789abcdef01234567"),
		HTTPClient: &http.Client{Transport: mock},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, err := hostname(context.Background(), client, 6230)
	fmt.Printf("%q %v\n", name, err)
	name, err = hostname(context.Background(), client, 7)
	fmt.Printf("%q %v\n", name, err)
	// Output:
	// "zrh-rtr-1.example.net" <nil>
	// "" <nil>
}
