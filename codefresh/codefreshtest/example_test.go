package codefreshtest_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

// ask sends a bare GET.
func ask(server *codefreshtest.Server, path string) string {
	r, err := http.NewRequest(http.MethodGet, "http://codefresh.example"+path, nil)
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Authorization", codefreshtest.DefaultKey)
	answer, err := server.Client().Do(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body)
	return strings.TrimSpace(fmt.Sprint(answer.StatusCode, " ", string(body)))
}

// A build moves along its course as the clock does.
func ExampleServer() {
	clock := codefreshtest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, err := codefreshtest.New(codefreshtest.Options{Clock: clock, Pipelines: []codefreshtest.Pipeline{{
		Name:   "shop/deploy",
		Stages: []codefreshtest.Stage{{Status: "running", For: time.Minute}, {Status: "pending-approval"}, {Status: "success"}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	id, err := server.Start("shop/deploy")
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		build, _ := server.Build(id)
		fmt.Println(build.Status)
		clock.Advance(time.Minute)
	}
	fmt.Println(ask(server, "/api/workflow/"+id+"/pending-approval/approve"))
	build, _ := server.Build(id)
	fmt.Println(build.Status, build.Decisions[0].Verdict)
	// Output:
	// running
	// pending-approval
	// 200
	// success approved
}

// A script of faults: the second request is refused.
func ExampleServer_Fail() {
	server, err := codefreshtest.New(codefreshtest.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server.Fail(codefreshtest.RateLimited(2 * time.Second).OnCall(2))
	fmt.Println(ask(server, "/api/user"))
	fmt.Println(ask(server, "/api/user"))
	fmt.Println(server.Requests(), "requests")
	// Output:
	// 200 {"account":[{"_id":"85b7120b64d5a809c39e9a04","name":"acme"}],"activeAccountName":"acme","userName":"integration"}
	// 429 {"status":429,"code":"429","name":"TOO_MANY_REQUESTS","message":"Too Many Requests"}
	// 2 requests
}

// Canned answers for tests that stub HTTP.
func ExampleFixture() {
	fmt.Print(string(codefreshtest.Fixture("build-started")))
	fmt.Println(codefreshtest.Fixture("no such") == nil)
	// Output:
	// "5f3e1c2b4a5968778695a4b3"
	// true
}
