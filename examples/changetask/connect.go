package main

import (
	"cmp"
	"context"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// connect makes the client. In memory it also makes a configuration item, and
// inputs where there are none.
func connect(ctx context.Context, env func(string) string) (*servicenow.Client, func(string) string, error) {
	if env("SERVICENOW_URL") != "" {
		client, err := servicenow.New(servicenow.Config{
			BaseURL: env("SERVICENOW_URL"), Auth: servicenow.BasicAuth(env("SERVICENOW_USER"), env("SERVICENOW_PASSWORD")),
		})
		return client, env, err
	}
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		return nil, nil, err
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: server.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		return nil, nil, err
	}
	if _, err := servicenow.TableOf[servicenow.Record](client, "cmdb_ci").Create(ctx, map[string]string{"name": "web-01"}); err != nil {
		return nil, nil, err
	}
	sample := map[string]string{
		"INPUT_CHANGETYPE": "normal", "INPUT_CI": "web-01", "INPUT_TEMPLATE": servicenowtest.StandardTemplate,
		"BUILD_BUILDID": "9", "BUILD_BUILDNUMBER": "20260301.1", "SYSTEM_TEAMPROJECT": "Fabrikam", "SYSTEM_STAGEID": "production", "SYSTEM_STAGEATTEMPT": "1",
	}
	return client, func(name string) string { return cmp.Or(env(name), sample[name]) }, nil
}
