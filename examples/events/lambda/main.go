// Lambda serves infrastructure events as an AWS Lambda function behind a function URL
// or an HTTP API: one signed event a request, into the CMDB of a ServiceNow. It takes
// SERVICENOW_URL, SERVICENOW_USER, SERVICENOW_PASSWORD, EVENT_SECRET, and EVENT_CLASSES
// such as "ec2=cmdb_ci_server,rds=cmdb_ci_db_instance" from the environment. Where
// secrets are kept elsewhere, read them there instead.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

func main() {
	flow, err := newFlow(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lambda:", err)
		os.Exit(1)
	}
	lambda.Start(handler(flow))
}

// newFlow makes the flow once, for all requests that one instance of the function
// serves.
func newFlow(env func(string) string) (*assets.Events, error) {
	client, err := servicenow.New(servicenow.Config{
		BaseURL: env("SERVICENOW_URL"), Auth: servicenow.BasicAuth(env("SERVICENOW_USER"), env("SERVICENOW_PASSWORD")),
	})
	if err != nil {
		return nil, err
	}
	verifier, err := webhook.InfrastructureEvent(webhook.Secret(env("EVENT_SECRET"))).Verifier()
	if err != nil {
		return nil, err
	}
	classes := map[string]string{}
	for pair := range strings.SplitSeq(env("EVENT_CLASSES"), ",") {
		kind, class, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("EVENT_CLASSES holds %q: give pairs such as ec2=cmdb_ci_server", pair)
		}
		classes[strings.TrimSpace(kind)] = strings.TrimSpace(class)
	}
	return &assets.Events{
		CMDB: client, Verifier: verifier, Options: cmdb.EventOptions{Classes: classes},
		Logger: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}, nil
}

// handler answers a request. A failure that may pass is answered with 503, so that
// the sender, or the queue before the function, tries again.
func handler(flow *assets.Events) func(context.Context, events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	return func(ctx context.Context, req events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
		body := []byte(req.Body)
		if req.IsBase64Encoded {
			var err error
			if body, err = base64.StdEncoding.DecodeString(req.Body); err != nil {
				return answer(http.StatusBadRequest, map[string]string{"error": "the body is no base64"})
			}
		}
		result, err := flow.Handle(ctx, body, webhook.HeaderMap(req.Headers))
		failure, failed := errors.AsType[*assets.EventFailure](err)
		switch {
		case errors.Is(err, webhook.ErrUnverified):
			return answer(http.StatusUnauthorized, map[string]string{"error": "Invalid signature"})
		case failed && !failure.Retryable:
			return answer(http.StatusBadRequest, map[string]string{"error": failure.Error()})
		case err != nil: // it may pass, or it was written and not audited
			return answer(http.StatusServiceUnavailable, map[string]string{"error": "try again later"})
		}
		return answer(http.StatusOK, map[string]string{"outcome": string(result.Outcome), "class": result.Class, "sys_id": result.Target})
	}
}

func answer(status int, fields map[string]string) (events.LambdaFunctionURLResponse, error) {
	body, err := json.Marshal(fields)
	return events.LambdaFunctionURLResponse{StatusCode: status, Headers: map[string]string{"Content-Type": "application/json"}, Body: string(body)}, err
}
