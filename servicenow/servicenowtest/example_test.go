package servicenowtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// get reads a URL as the default account; the answer's status is 0 when that
// fails.
func get(client *http.Client, url string) (*http.Response, string) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return new(http.Response), err.Error()
	}
	req.SetBasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	res, err := client.Do(req)
	if err != nil {
		return new(http.Response), err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return new(http.Response), err.Error()
	}
	return res, string(body)
}

// An instance without sockets: insert records, query them through the Table
// API. The host of the URL does not matter.
func Example() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	acme, err := server.Insert("core_company", servicenowtest.Row{"name": "Acme"})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"core-rtr-01", "core-rtr-02", "edge-rtr-01"} {
		if _, err := server.Insert("cmdb_ci_ip_router", servicenowtest.Row{"name": name, "company": acme}); err != nil {
			log.Fatal(err)
		}
	}
	res, body := get(server.Client(), "https://dev.example/api/now/table/cmdb_ci?sysparm_query=nameSTARTSWITHcore%5EORDERBYname&sysparm_fields=name,sys_class_name,company.name")
	fmt.Println(res.StatusCode, res.Header.Get("X-Total-Count"))
	fmt.Println(body)
	// Output:
	// 200 2
	// {"result":[{"name":"core-rtr-01","sys_class_name":"cmdb_ci_ip_router","company.name":"Acme"},{"name":"core-rtr-02","sys_class_name":"cmdb_ci_ip_router","company.name":"Acme"}]}
}

// An instance that listens on TCP, for programs in any language.
func ExampleServer_Listen() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	baseURL, stop, err := server.Listen("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	_, body := get(http.DefaultClient, baseURL+"/api/now/table/incident")
	fmt.Println(body)
	// Output: {"result":[]}
}

// The second request is refused by an hourly rule, the third finds the instance
// asleep.
func ExampleServer_Fail() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server.Fail(
		servicenowtest.RateLimited(30*time.Second).OnCall(2),
		servicenowtest.Asleep().OnCall(3),
	)
	for range 3 {
		res, body := get(server.Client(), "https://dev.example/api/now/table/incident")
		fmt.Println(res.StatusCode, res.Header.Get("Retry-After"), strings.Contains(body, "hibernating"))
	}
	fmt.Println(server.Requests(), "requests")
	// Output:
	// 200  false
	// 429 30 false
	// 200  true
	// 3 requests
}

// A role that may not see network gear: the page is short, the count is not.
func ExampleServer_SetACLs() {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for table, name := range map[string]string{"cmdb_ci_ip_router": "router", "cmdb_ci_server": "server"} {
		if _, err := server.Insert(table, servicenowtest.Row{"name": name}); err != nil {
			log.Fatal(err)
		}
	}
	if err := server.SetACLs(servicenowtest.ACL{Table: "cmdb_ci_netgear", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op != servicenowtest.OpRead
	}}); err != nil {
		log.Fatal(err)
	}
	res, body := get(server.Client(), "https://dev.example/api/now/table/cmdb_ci?sysparm_fields=name")
	fmt.Println(body, "of", res.Header.Get("X-Total-Count"))
	// Output: {"result":[{"name":"server"}]} of 2
}

// Columns and tables of one's own instance.
func ExampleNew_tables() {
	server, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{
		{Name: "cmdb_ci", Columns: []servicenowtest.Column{{Name: "u_cloud_provider", Default: "AWS"}}},
		{Name: "u_cloud_account", Display: "u_number", Columns: []servicenowtest.Column{
			{Name: "u_number", Unique: true}, {Name: "u_owner", Type: servicenowtest.Reference, Reference: "sys_user"},
		}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	id, err := server.Insert("cmdb_ci_server", servicenowtest.Row{"name": "web-1"})
	if err != nil {
		log.Fatal(err)
	}
	row, _ := server.Row("cmdb_ci", id)
	fmt.Println(row["name"], row["u_cloud_provider"])
	// Output: web-1 AWS
}

// Bodies for tests that stub HTTP.
func ExampleFixture() {
	fmt.Printf("%s\n", servicenowtest.Fixture("error-not-found"))
	// Output: {"error":{"message":"No Record found","detail":"Record doesn't exist or ACL restricts the record retrieval"},"status":"failure"}
}

// How the server reads an encoded query.
func ExampleParseQuery() {
	for _, term := range servicenowtest.ParseQuery("name=a^^b^ORasset_tagISEMPTY^ORDERBYDESCname") {
		fmt.Printf("%q %q %q %q\n", term.Join, term.Field, term.Operator, term.Value)
	}
	// Output:
	// "" "name" "=" "a^b"
	// "^OR" "asset_tag" "ISEMPTY" ""
	// "^" "name" "ORDERBYDESC" ""
}
