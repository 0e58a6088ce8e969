package assets_test

import (
	"context"
	"fmt"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// stagingClients returns clients of a NetBox with a small estate and of an instance with
// the app's staging table for manufacturers, which calls its columns by its own names.
func stagingClients() (*netbox.Client, *servicenow.Client) {
	nb, _ := clients()
	table := assets.StagingPrefix + assets.StagingManufacturers
	instance, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{{
		Name: table, Extends: "sys_import_set_row", Columns: []servicenowtest.Column{{Name: "nb_id"}, {Name: "nb_name"}},
	}}})
	if err != nil {
		panic(err)
	}
	err = instance.SetTransformMaps(servicenowtest.TransformMap{
		Name: "NetBox manufacturer", Source: table, Target: "core_company",
		Fields: []servicenowtest.FieldMap{{Source: "nb_name", Target: "name", Coalesce: true}},
		Before: func(source, target servicenowtest.Row) (verdict servicenowtest.TransformVerdict) {
			target["manufacturer"] = "true"
			if source["nb_name"] == "APC" {
				verdict = servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "APC is called Schneider here"}
			}
			return verdict
		},
	})
	if err != nil {
		panic(err)
	}
	if _, err := instance.Insert("sys_rest_insert_multiple", servicenowtest.Row{"source_table": table, "column_mapping": "column_name"}); err != nil {
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

// What is planned is staged, and the transform maps of the instance write it. What they
// refuse is in the summary.
func ExampleImportSets() {
	nb, sn := stagingClients()
	sets := assets.DefaultImportSets()
	sets.Columns = map[string]map[string]string{
		assets.StagingManufacturers: {"id": "nb_id", "name": "nb_name"}, // as the instance calls them
	}
	flow := assets.Import{
		NetBox: nb, CMDB: sn, Types: []cmdb.ObjectType{cmdb.TypeManufacturer},
		Through: assets.ThroughImportSets, ImportSets: sets,
	}
	summary, err := flow.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(summary.Total().Created, "created")
	for _, p := range summary.Problems {
		fmt.Println(p.Operation.Name+":", p.Reason)
	}
	// Output:
	// 3 created
	// APC: its row in x_nbl_cmdb_netbox_manufacturers_import: servicenow: import: APC is called Schneider here
}
