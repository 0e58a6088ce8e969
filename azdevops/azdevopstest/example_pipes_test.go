package azdevopstest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

// Builds move along their course as the clock does, or by hand.
func ExampleServer_StartBuild() {
	clock := azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	server, err := azdevopstest.New(azdevopstest.Options{Clock: clock, Definitions: []azdevopstest.Definition{{
		Name:   "shop",
		Stages: []azdevopstest.Stage{{Name: "Build", For: time.Minute}, {Name: "Deploy", Result: "failed"}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	id, err := server.StartBuild("Fabrikam", "shop")
	if err != nil {
		log.Fatal(err)
	}
	clock.Advance(time.Minute)
	build, _ := server.Build(id)
	fmt.Println(build.Number, build.Status, build.Stages[1].State)
	server.Step(id)
	build, _ = server.Build(id)
	fmt.Println(build.Status, build.Result)
	// Output:
	// 20260301.1 inProgress inProgress
	// completed failed
}

// Nothing is sent but by Deliver, so a test decides when events arrive.
func ExampleServer_Deliver() {
	server, err := azdevopstest.New(azdevopstest.Options{Definitions: []azdevopstest.Definition{{
		Name: "gated", Stages: []azdevopstest.Stage{{
			Name: "Deploy", Environment: "production", Checks: []azdevopstest.Check{{URL: "https://itsm.example.com/checks"}},
		}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := server.StartBuild("Fabrikam", "gated"); err != nil {
		log.Fatal(err)
	}
	receiver := &answers{statuses: []int{http.StatusAccepted}}
	sent, err := server.Deliver(context.Background(), &http.Client{Transport: receiver})
	fmt.Println(len(sent), sent[0].URL, sent[0].Status, err)
	fmt.Println(receiver.calls[0].Header.Get("HubName"), receiver.calls[0].Header.Get("PlanUrl"))
	// Output:
	// 1 https://itsm.example.com/checks 202 <nil>
	// checks https://dev.azure.com/acme/
}
