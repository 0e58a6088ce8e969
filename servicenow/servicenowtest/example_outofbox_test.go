package servicenowtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// bodyOf returns an answer's body.
func bodyOf(client *http.Client, req *http.Request) string {
	res, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// An instance with demo data: the same request of a user with the role itil and
// of one without any.
func ExampleOutOfBox() {
	server, err := servicenowtest.New(servicenowtest.OutOfBox())
	if err != nil {
		log.Fatal(err)
	}
	for _, user := range []string{"itil", "reader"} {
		req, err := http.NewRequest(http.MethodGet, "https://dev.example/api/now/table/incident?sysparm_query=number=INC0000049&sysparm_fields=short_description", nil)
		if err != nil {
			log.Fatal(err)
		}
		req.SetBasicAuth(user, user)
		fmt.Println(user, bodyOf(server.Client(), req))
	}
	row, _ := server.Row("cmdb_ci", servicenowtest.DemoID("cmdb_ci_linux_server", "lnux100"))
	fmt.Println(row["name"], row["ip_address"])
	// Output:
	// itil {"result":[{"short_description":"Network storage unavailable"}]}
	// reader {"result":[]}
	// lnux100 10.1.1.10
}

// Rules as data: a role for a table's records, and another for one column.
func ExampleACL() {
	server, err := servicenowtest.New(servicenowtest.Options{
		Users: []servicenowtest.User{{Name: "ann", Password: "secret", Roles: []string{"itil"}}},
		Tables: []servicenowtest.Table{{Name: "u_asset", Columns: []servicenowtest.Column{
			{Name: "u_name"}, {Name: "u_price"}, {Name: "u_retired", Type: servicenowtest.Boolean},
		}}},
		Records: []servicenowtest.Record{
			{Table: "u_asset", Values: servicenowtest.Row{"u_name": "desk", "u_price": "100"}},
			{Table: "u_asset", Values: servicenowtest.Row{"u_name": "chair", "u_price": "50", "u_retired": "true"}},
		},
		ACLs: []servicenowtest.ACL{
			{Table: "u_asset", Operations: []servicenowtest.Operation{servicenowtest.OpInsert}, Roles: []string{"asset"}},
			{Table: "u_asset", Where: "u_retired=true", Roles: []string{"asset"}},
			{Table: "u_asset", Field: "u_price", Roles: []string{"asset"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, "https://dev.example/api/now/table/u_asset?sysparm_fields=u_name,u_price", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.SetBasicAuth("ann", "secret")
	fmt.Println(bodyOf(server.Client(), req))
	// Output: {"result":[{"u_name":"desk"}]}
}
