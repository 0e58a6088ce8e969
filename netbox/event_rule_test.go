package netbox_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// The body of the same rule in the three shapes of the releases.
func TestEventRulesInAllShapes(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		hook, err := c.Extras.Webhooks.Create(ctx, netbox.WebhookWrite{Name: netbox.Set("ServiceNow"), PayloadURL: netbox.Set("https://receiver.example/"), Secret: netbox.Set("s")})
		if err != nil || hook.HTTPMethod.Value != "POST" || hook.Secret != "s" || !hook.SSLVerification {
			t.Fatalf("%+v %v", hook, err)
		}
		srv.ResetJournal()
		rule, err := c.Extras.EventRules.Create(ctx, netbox.EventRuleWrite{Name: netbox.Set("devices"), ObjectTypes: netbox.Set([]string{"dcim.device"}),
			EventTypes: netbox.Set([]string{netbox.RuleObjectCreated, netbox.RuleObjectDeleted}), ActionType: netbox.Set("webhook"),
			ActionObjectType: netbox.Set("extras.webhook"), ActionObjectID: netbox.Set(hook.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(rule.EventTypes, []string{"object_created", "object_deleted"}) || !slices.Equal(rule.ObjectTypes, []string{"dcim.device"}) ||
			rule.ActionObject == nil || rule.ActionObject.Name != "ServiceNow" || !rule.Enabled {
			t.Errorf("%+v", rule)
		}
		var body map[string]json.RawMessage
		if err := json.Unmarshal(srv.Journal()[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		types, events := "object_types", `["object_created","object_deleted"]`
		if version == "3.7" {
			types = "content_types"
		}
		if version < "4.1" {
			events = ""
			for name, want := range map[string]string{"type_create": "true", "type_update": "false", "type_delete": "true", "type_job_start": "false", "type_job_end": "false"} {
				if string(body[name]) != want {
					t.Errorf("%s is %s", name, body[name])
				}
			}
		}
		if string(body[types]) != `["dcim.device"]` || string(body["event_types"]) != events {
			t.Errorf("sent %s", body)
		}
		if _, err = c.Extras.EventRules.Update(ctx, rule.ID, netbox.EventRuleWrite{EventTypes: netbox.Set([]string{})}); version < "4.1" && err == nil {
			t.Error("a rule without events is written")
		}
		_, err = c.Extras.EventRules.Update(ctx, rule.ID, netbox.EventRuleWrite{ObjectTypes: netbox.Set([]string{"dcim.nonsense"})})
		if !errors.Is(err, netbox.ErrInvalid) {
			t.Errorf("an unknown type: %v", err)
		}
	})
}

func TestEventRuleReadsJobTriggers(t *testing.T) {
	var rule netbox.EventRule
	err := json.Unmarshal([]byte(`{"id":3,"content_types":["dcim.site"],"type_create":false,"type_job_start":true,"type_job_end":true}`), &rule)
	if err != nil || !slices.Equal(rule.EventTypes, []string{"job_started", "job_completed", "job_failed", "job_errored"}) || rule.ObjectTypes[0] != "dcim.site" {
		t.Errorf("%+v %v", rule, err)
	}
}
