package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

func TestHandler(t *testing.T) {
	instance := servicenowtest.NewServer(t, servicenowtest.Options{})
	env := map[string]string{
		"SERVICENOW_URL": instance.URL, "SERVICENOW_USER": servicenowtest.DefaultUser, "SERVICENOW_PASSWORD": servicenowtest.DefaultPassword,
		"EVENT_SECRET": "secret", "EVENT_CLASSES": "ec2=cmdb_ci_server, vm=cmdb_ci_server",
	}
	flow, err := newFlow(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	body := `{"resource_id": "i-1", "resource_type": "ec2", "action": "create"}`
	signed := webhook.InfrastructureEvent("secret").Sign([]byte(body), time.Time{})
	lower := map[string]string{} // as AWS hands headers on
	for name, value := range signed {
		lower[strings.ToLower(name)] = value
	}
	for _, c := range []struct {
		name string
		req  events.LambdaFunctionURLRequest
		want int
		body string
	}{
		{"as text", events.LambdaFunctionURLRequest{Body: body, Headers: lower}, http.StatusOK, `"outcome":"created"`},
		{"as base64, once more", events.LambdaFunctionURLRequest{Body: base64.StdEncoding.EncodeToString([]byte(body)), IsBase64Encoded: true, Headers: lower}, http.StatusOK, `"outcome":"unchanged"`},
		{"not signed", events.LambdaFunctionURLRequest{Body: body}, http.StatusUnauthorized, `{"error":"Invalid signature"}`},
		{"no base64", events.LambdaFunctionURLRequest{Body: "%", IsBase64Encoded: true, Headers: lower}, http.StatusBadRequest, "no base64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := handler(flow)(t.Context(), c.req)
			if err != nil || got.StatusCode != c.want || !strings.Contains(got.Body, c.body) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	t.Run("a class without a table", func(t *testing.T) {
		env["EVENT_CLASSES"] = "ec2"
		if _, err := newFlow(func(name string) string { return env[name] }); err == nil {
			t.Error("nobody minds")
		}
	})
}
