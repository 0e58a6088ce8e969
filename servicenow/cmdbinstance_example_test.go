package servicenow_test

import (
	"context"
	"fmt"
	"log"

	"github.com/itsmkit/itsmkit/servicenow"
)

func ExampleCMDBService_Create() {
	ctx := context.Background()
	_, client := instance()
	write := servicenow.CIWrite{Source: "ServiceNow", Attributes: map[string]any{"name": "db-01"}}
	db, err := client.CMDB.Create(ctx, "cmdb_ci_linux_server", write)
	if err != nil {
		log.Fatal(err)
	}
	kind, err := client.CMDB.RelationType(ctx, "Depends on::Used by")
	if err != nil {
		log.Fatal(err)
	}
	web, err := client.CMDB.Create(ctx, "cmdb_ci_linux_server", servicenow.CIWrite{
		Source: "ServiceNow", Attributes: map[string]any{"name": "web-01"},
		Outbound: []servicenow.CILink{{Type: kind, Target: db.SysID()}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, relation := range web.Outbound {
		fmt.Println(web.Name(), relation.Type.Display, relation.Target.Display)
	}
	// Output: web-01 Depends on::Used by db-01
}

func ExampleCMDBService_Meta() {
	_, client := instance()
	class, err := client.CMDB.Meta(context.Background(), "cmdb_ci_linux_server")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(class.Label, "extends", class.Parent)
	for _, entry := range class.Rule.Entries {
		fmt.Println(entry.Order, entry.Table, entry.Attributes)
	}
	// Output:
	// Linux Server extends cmdb_ci_server
	// 100 cmdb_serial_number [serial_number serial_number_type]
	// 200  [serial_number]
	// 300  [name]
	// 400 cmdb_ci_network_adapter [ip_address mac_address]
}

func ExampleCMDBService_Relate() {
	ctx := context.Background()
	_, client := instance()
	var ids []string
	for _, name := range []string{"web-01", "db-01"} {
		ci, err := client.CMDB.Create(ctx, "cmdb_ci_server", servicenow.CIWrite{Source: "ServiceNow", Attributes: map[string]any{"name": name}})
		if err != nil {
			log.Fatal(err)
		}
		ids = append(ids, ci.SysID())
	}
	if _, created, err := client.CMDB.Relate(ctx, ids[0], "Depends on::Used by", ids[1]); err != nil || !created {
		log.Fatal(created, err)
	}
	for relation, err := range client.CMDB.Relations(ctx, ids[1]) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(relation.ParentName, relation.TypeName, relation.ChildName)
	}
	// Output: web-01 Depends on::Used by db-01
}
