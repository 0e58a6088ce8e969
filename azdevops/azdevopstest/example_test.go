package azdevopstest_test

import (
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// send sends a request as any client would and returns the answer's status.
func send(server *azdevopstest.Server, method, path, body string) string {
	r, err := http.NewRequest(method, "https://dev.azure.com/acme"+path, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	r.SetBasicAuth("", azdevopstest.DefaultToken)
	r.Header.Set("Content-Type", "application/json-patch+json")
	answer, err := server.Client().Do(r)
	if err != nil {
		log.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.Status
}

func Example() {
	server, err := azdevopstest.New(azdevopstest.Options{
		Projects: []azdevopstest.Project{{Name: "Fabrikam", Process: "Scrum"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(send(server, "POST", "/Fabrikam/_apis/wit/workitems/$Bug?api-version=7.1",
		`[{"op": "add", "path": "/fields/System.Title", "value": "Checkout is down"}]`))
	bug, _ := server.WorkItem(1)
	fmt.Println(bug.Rev, bug.Fields["System.Title"], bug.Fields["System.State"])
	// Output:
	// 200 OK
	// 1 Checkout is down New
}

// Work items are made and changed from Go as well, as somebody else would.
func ExampleServer_UpdateWorkItem() {
	server, err := azdevopstest.New(azdevopstest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	id, err := server.AddWorkItem("Fabrikam", "Task", map[string]any{"System.Title": "Restart the node"})
	if err != nil {
		log.Fatal(err)
	}
	if err := server.UpdateWorkItem(id, map[string]any{"System.State": "Closed"}); err != nil {
		log.Fatal(err)
	}
	err = server.UpdateWorkItem(id, map[string]any{"System.State": "Gone"})
	item, _ := server.WorkItem(id)
	fmt.Println(item.Rev, item.Fields["System.State"], err != nil)
	// Output: 2 Closed true
}

// Faults come when the script says so.
func ExampleServer_Fail() {
	server, err := azdevopstest.New(azdevopstest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server.Fail(
		azdevopstest.SignInPage().OnCall(1),
		azdevopstest.RateLimited(30*time.Second).OnCall(2),
	)
	for range 3 {
		fmt.Println(send(server, "GET", "/_apis/projects", ""))
	}
	fmt.Println(server.Requests(), "requests")
	// Output:
	// 203 Non-Authoritative Information
	// 429 Too Many Requests
	// 200 OK
	// 3 requests
}

// Use is counted by identity: beyond the budget answers say that they were held
// back, though they succeed.
func ExampleLoad() {
	server, err := azdevopstest.New(azdevopstest.Options{Load: azdevopstest.Load{Budget: 2}})
	if err != nil {
		log.Fatal(err)
	}
	for range 5 {
		fmt.Println(send(server, "GET", "/_apis/projects", ""))
	}
	// Output:
	// 200 OK
	// 200 OK
	// 200 OK
	// 200 OK
	// 429 Too Many Requests
}

func ExampleFixture() {
	fmt.Println(strings.Contains(string(azdevopstest.Fixture("error-revision")), "VS403351"))
	fmt.Println(slices.Contains(azdevopstest.Fixtures(), "workitem"))
	// Output:
	// true
	// true
}
