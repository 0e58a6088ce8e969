package main

import (
	"context"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// inMemory makes both systems: a CMDB with two switches that are flagged, of which one
// says no place, and a NetBox with nothing but what an export needs.
func inMemory(ctx context.Context) (flow assets.Export, err error) {
	estate, err := netboxtest.New(netboxtest.Options{})
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
	if err := fill(instance); err != nil {
		return flow, err
	}
	role, err := prepare(ctx, nb)
	return assets.Export{
		NetBox: nb, CMDB: sn, Target: "netbox.example.com", Role: role, Linked: true,
		Tenants: cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ExportCustomers: true}},
	}, err
}

// prepare makes what an export needs in a NetBox: the tags, the custom field with the
// classes, and the role that devices get.
func prepare(ctx context.Context, nb *netbox.Client) (role int64, err error) {
	classes := make([]netbox.Choice, 0, len(cmdb.DefaultClasses()))
	for _, c := range cmdb.DefaultClasses() {
		classes = append(classes, netbox.Choice{Value: c.Table, Label: c.Label})
	}
	if _, err := nb.Provision(ctx, netbox.ServiceNowProvisioning(classes, netbox.WebhookWrite{})); err != nil {
		return 0, err
	}
	made, err := nb.DCIM.DeviceRoles.Create(ctx, map[string]any{"name": "From ServiceNow", "slug": "from-servicenow"})
	return made.ID, err
}

// fill makes records and flags them.
func fill(instance *servicenowtest.Server) error {
	ids := map[string]string{}
	for _, r := range []struct {
		table, class string
		values       servicenowtest.Row
		refs         map[string]string
	}{
		{"core_company", "", servicenowtest.Row{"name": "Acme", "customer": "true"}, nil},
		{"core_company", "", servicenowtest.Row{"name": "Cisco", "manufacturer": "true"}, nil},
		{"cmn_location", "region", servicenowtest.Row{"name": "Europe"}, nil},
		{"cmn_location", "site", servicenowtest.Row{"name": "Zürich 1", "street": "Hauptstr. 1"}, map[string]string{"parent": "Europe", "company": "Acme"}},
		{"cmn_location", "location", servicenowtest.Row{"name": "Room 7"}, map[string]string{"parent": "Zürich 1"}},
		{"cmdb_hardware_product_model", "", servicenowtest.Row{"name": "C9300", "rack_units": "1"}, map[string]string{"manufacturer": "Cisco"}},
		{"cmdb_ci_ip_switch", "", servicenowtest.Row{"name": "zrh-sw-1", "serial_number": "FOC1", "install_status": "1", "operational_status": "1"}, map[string]string{"model_id": "C9300", "location": "Room 7", "company": "Acme"}},
		{"cmdb_ci_ip_switch", "", servicenowtest.Row{"name": "zrh-sw-2"}, map[string]string{"model_id": "C9300"}},
	} {
		for column, name := range r.refs {
			r.values[column] = ids[name]
		}
		id, err := instance.Insert(r.table, r.values)
		if err != nil {
			return err
		}
		ids[r.values["name"]] = id
		if _, err := instance.Insert(cmdb.AttributesTable, servicenowtest.Row{
			cmdb.ColumnRecordTable: r.table, cmdb.ColumnRecordID: id, cmdb.ColumnClass: r.class, cmdb.ColumnSync: "true",
		}); err != nil {
			return err
		}
	}
	return nil
}
