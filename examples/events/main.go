// Events brings infrastructure events into a ServiceNow CMDB: each line of its input
// is one event as JSON. The function handle is all that a service needs: it takes
// bytes and headers and gives a status and a body, whatever serves it (see lambda for
// AWS Lambda). Without -servicenow-url the instance is in memory, and without -in
// the program sends itself a few events.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// samples are a server's life, and an event that is none.
const samples = `{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "create", "resource_name": "web-1", "environment": "production"}
{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "create", "resource_name": "web-1", "environment": "production"}
{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "update", "resource_name": "web-1b", "environment": "production"}
{"resource_name": "web-2"}
{"resource_id": "i-0a1b", "resource_type": "ec2", "action": "delete", "resource_name": "web-1b", "environment": "production"}
`

func main() {
	address := flag.String("servicenow-url", "", "address of a real `ServiceNow`, with SERVICENOW_USER and SERVICENOW_PASSWORD; default: one in memory")
	in := flag.String("in", "", "`file` with events, one a line; default: some of its own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *address, *in, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "events:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, in string, out io.Writer) (err error) {
	client, err := connect(address)
	if err != nil {
		return err
	}
	signing := webhook.InfrastructureEvent("a shared secret")
	verifier, err := signing.Verifier()
	if err != nil {
		return err
	}
	flow := &assets.Events{
		CMDB: client, Verifier: verifier,
		Options: cmdb.EventOptions{Classes: map[string]string{"ec2": "cmdb_ci_server", "vm": "cmdb_ci_server", "switch": "cmdb_ci_ip_switch"}},
		Audit: func(_ context.Context, r assets.EventResult) error {
			_, err := fmt.Fprintf(out, "audit: %s %s, %d columns\n", r.Outcome, r.Class, len(r.Changes))
			return err
		},
	}
	var events io.Reader = strings.NewReader(samples)
	if in != "" {
		f, err := os.Open(in)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // it was only read
		events = f
	}
	lines := bufio.NewScanner(events)
	for lines.Scan() {
		body := lines.Bytes()
		status, answer := handle(ctx, flow, body, webhook.HeaderMap(signing.Sign(body, time.Now())))
		if _, err := fmt.Fprintln(out, status, string(answer)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func connect(address string) (*servicenow.Client, error) {
	if address != "" {
		return servicenow.New(servicenow.Config{
			BaseURL: address, Auth: servicenow.BasicAuth(os.Getenv("SERVICENOW_USER"), os.Getenv("SERVICENOW_PASSWORD")),
		})
	}
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		return nil, err
	}
	return servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
}

// handle answers one request: 200 with the CI, 401 for a sender that is not proved,
// 400 for what can never be read, 503 for what may work later. What failed is to be
// kept as a dead letter: the *assets.EventFailure holds it whole.
func handle(ctx context.Context, flow *assets.Events, body []byte, header webhook.Header) (status int, answer []byte) {
	result, err := flow.Handle(ctx, body, header)
	failure, failed := errors.AsType[*assets.EventFailure](err)
	switch {
	case errors.Is(err, webhook.ErrUnverified):
		return http.StatusUnauthorized, []byte(`{"error":"Invalid signature"}`)
	case failed && !failure.Retryable:
		return http.StatusBadRequest, asJSON(map[string]string{"error": failure.Error()})
	case err != nil: // it may pass, or it was written and not audited
		return http.StatusServiceUnavailable, []byte(`{"error":"try again later"}`)
	}
	return http.StatusOK, asJSON(map[string]string{"outcome": string(result.Outcome), "class": result.Class, "sys_id": result.Target})
}

func asJSON(fields map[string]string) []byte {
	data, err := json.Marshal(fields)
	if err != nil { // texts can always be encoded
		return nil
	}
	return data
}
