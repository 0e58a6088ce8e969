package codefresh_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/codefresh"
	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

// demo is a Codefresh in memory with a pipeline that asks for an approval.
func demo() (*codefreshtest.Server, *codefresh.Client) {
	server, err := codefreshtest.New(codefreshtest.Options{Pipelines: []codefreshtest.Pipeline{{
		Name:   "shop/deploy",
		Stages: []codefreshtest.Stage{{Status: "pending-approval"}, {Status: "success"}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	client, err := codefresh.New(codefresh.Config{
		Auth:       codefresh.APIKey(codefreshtest.DefaultKey),
		HTTPClient: server.Client(), // leave this out to talk to the service
	})
	if err != nil {
		log.Fatal(err)
	}
	return server, client
}

func Example() {
	ctx := context.Background()
	_, client := demo()

	id, err := client.Builds.Run(ctx, "shop/deploy", codefresh.Run{
		Branch:    "main",
		Variables: []codefresh.Variable{{Key: "CHANGE", Value: "CHG0030001"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Builds.Approve(ctx, id, "CHG0030001 is in Implement", codefresh.Approval{}); err != nil {
		log.Fatal(err)
	}
	build, ending, err := client.Builds.Wait(ctx, id, codefresh.Wait{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(build.PipelineName, ending)
	// Output: shop/deploy success
}

// The second decision about a build changes nothing: the same one is a success,
// the opposite one an error.
func ExampleBuildService_Deny() {
	ctx := context.Background()
	server, client := demo()
	id, _ := server.Start("shop/deploy")

	for range 2 {
		d, err := client.Builds.Deny(ctx, id, "CHG0030001 was rejected", codefresh.Approval{})
		fmt.Println(d.Verdict, d.Build.Status, "already:", d.Already, err)
	}
	_, err := client.Builds.Approve(ctx, id, "it was not", codefresh.Approval{})
	fmt.Println(errors.Is(err, codefresh.ErrAlreadyDecided))
	// Output:
	// denied denied already: false <nil>
	// denied denied already: true <nil>
	// true
}

// A list is read page by page; break sends nothing more.
func ExampleBuildService_All() {
	ctx := context.Background()
	server, client := demo()
	for range 3 {
		if _, err := server.Start("shop/deploy"); err != nil {
			log.Fatal(err)
		}
	}
	waiting := 0
	for build, err := range client.Builds.All(ctx, codefresh.BuildQuery{
		Pipeline: "shop/deploy",
		Status:   []codefresh.Status{codefresh.StatusPendingApproval},
	}) {
		if err != nil {
			log.Fatal(err)
		}
		if build.Status == codefresh.StatusPendingApproval {
			waiting++
		}
	}
	fmt.Println(waiting, "wait for approval")
	// Output: 3 wait for approval
}

func ExampleAnnotationService_Set() {
	ctx := context.Background()
	server, client := demo()
	id, _ := server.Start("shop/deploy")

	for range 2 {
		wrote, err := client.Annotations.Set(ctx, codefresh.EntityBuild, id, "CR_NUMBER", "CHG0030001")
		fmt.Println(wrote, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}

// Clients that share a key share a limiter.
func ExampleNewRateLimiter() {
	limiter, err := codefresh.NewRateLimiter(codefresh.RateLimits{Start: 5, Max: 20})
	if err != nil {
		log.Fatal(err)
	}
	_, err = codefresh.New(codefresh.Config{Auth: codefresh.APIKey("key"), Limiter: limiter})
	limiter.Observe(http.StatusTooManyRequests, http.Header{"Retry-After": {"30"}})
	fmt.Println(limiter.Rate(), err)
	// Output: 2.5 <nil>
}

// A receiver in place of the ServiceNow plugin: the pipeline step stays as it
// is, and the API key never travels, since the step is given a handle.
func ExampleParseCallback() {
	secret := []byte("32 random bytes from your vault.")
	handle, err := codefresh.NewHandle(secret, "5f3e1c2b4a5968778695a4b3", "CHG0030001")
	if err != nil {
		log.Fatal(err)
	}
	step, err := codefresh.StepCallback("", codefresh.Callback{
		ChangeNumber: "CHG0030001", BuildID: "5f3e1c2b4a5968778695a4b3", Token: handle, URL: "https://g.codefresh.io",
	})
	if err != nil {
		log.Fatal(err)
	}

	callback, err := codefresh.ParseCallback(step.Body)
	fmt.Println(step.Path, callback.ChangeNumber, callback.Policy, err)
	fmt.Println("ours:", callback.CheckHandle(secret))

	_, err = codefresh.ParseCallback([]byte(`{"cf_build_id": "5f3e1c2b4a5968778695a4b3"}`))
	if refused, ok := errors.AsType[*codefresh.CallbackError](err); ok {
		fmt.Println(refused.Status, string(refused.Body))
	}
	// Output:
	// /api/409723/codefresh/callback CHG0030001 ignore <nil>
	// ours: true
	// 404 {"status":"Error","details":{"errors":[{"code":404,"message":"Missing cr_number"}]}}
}

// A unit test with httpmock and a canned answer.
func ExampleNew_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://g.codefresh.io/api/builds/5f3e1c2b4a5968778695a4b3",
		httpmock.NewBytesResponder(http.StatusOK, codefreshtest.Fixture("build-pending-approval")))

	client, err := codefresh.New(codefresh.Config{
		Auth:       codefresh.APIKey("key"),
		HTTPClient: &http.Client{Transport: mock, Timeout: time.Minute},
	})
	if err != nil {
		log.Fatal(err)
	}
	build, err := client.Builds.Get(context.Background(), "5f3e1c2b4a5968778695a4b3")
	fmt.Println(build.Status, build.Approvals(), err)
	// Output: pending-approval 1 <nil>
}
