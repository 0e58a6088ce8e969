package netbox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func ExampleClient_Provision() {
	srv, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: srv.Client()})
	if err != nil {
		fmt.Println(err)
		return
	}
	wanted := netbox.ServiceNowProvisioning(
		[]netbox.Choice{{Value: "cmdb_ci_server", Label: "Server"}, {Value: "cmdb_ci_ip_switch", Label: "IP Switch"}},
		netbox.WebhookWrite{Name: netbox.Set("ServiceNow"), PayloadURL: netbox.Set("https://hooks.example/netbox"), Secret: netbox.Set("shared secret")})
	for range 2 {
		done, err := client.Provision(context.Background(), wanted)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(strings.Join(append(done.Written, "done"), "\n"))
	}
	// Output:
	// tag ServiceNowSyncTo: created
	// tag ServiceNowSyncFrom: created
	// choice set ServiceNow CI Classes: created
	// custom field servicenow_ci_class: created
	// webhook ServiceNow: created
	// event rule ServiceNow: created
	// done
	// done
}

func serviceNow(n int) netbox.Provisioning {
	return netbox.ServiceNowProvisioning(classes(n), netbox.WebhookWrite{Name: netbox.Set("ServiceNow"),
		PayloadURL: netbox.Set("https://hooks.example/netbox"), Secret: netbox.Set("canary-secret")})
}

func TestProvisionTwiceIsOnce(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ctx := t.Context()
		done, err := c.Provision(ctx, serviceNow(8))
		if err != nil {
			t.Fatal(err)
		}
		if len(done.Tags) != 2 || len(done.ChoiceSet.ExtraChoices) != 8 || done.CustomField.ChoiceSet == nil || done.CustomField.ChoiceSet.ID != done.ChoiceSet.ID ||
			done.EventRule.ActionObjectID != done.Webhook.ID || len(done.EventRule.EventTypes) != 3 || len(done.EventRule.ObjectTypes) != 7 {
			t.Errorf("%+v", done)
		}
		if strings.Contains(fmt.Sprint(done.Written), "canary") {
			t.Errorf("a secret in %q", done.Written)
		}
		srv.ResetJournal()
		again, err := c.Provision(ctx, serviceNow(8))
		if err != nil || again.Written != nil || again.CustomField.ID != done.CustomField.ID || srv.Requests(http.MethodPatch, http.MethodPut) != 0 {
			t.Errorf("%q %v", again.Written, err)
		}
		// Drift is repaired, and what others added stays.
		if err := srv.Update("extras/webhooks", done.Webhook.ID, map[string]any{"secret": "other"}); err != nil {
			t.Fatal(err)
		}
		types := "object_types"
		if _, there := serverField(t, srv, "extras/custom-fields", done.CustomField.ID, types); !there {
			types = "content_types"
		}
		if err := srv.Update("extras/custom-fields", done.CustomField.ID, map[string]any{types: []string{"dcim.site"}}); err != nil {
			t.Fatal(err)
		}
		again, err = c.Provision(ctx, serviceNow(9))
		want := []string{"choice set ServiceNow CI Classes: added [cmdb_ci_08]", "custom field servicenow_ci_class: changed [object_types]", "webhook ServiceNow: changed [secret]"}
		if err != nil || !slices.Equal(again.Written, want) || len(again.CustomField.ObjectTypes) != 2 {
			t.Errorf("%q %v %v", again.Written, again.CustomField.ObjectTypes, err)
		}
	})
}

func serverField(t *testing.T, srv *netboxtest.Server, kind string, id int64, name string) (any, bool) {
	t.Helper()
	object, ok := srv.Object(kind, id)
	if !ok {
		t.Fatalf("no %s %d", kind, id)
	}
	v, ok := object[name]
	return v, ok
}

// A field that has a choice set of another name gets the choices there.
func TestProvisionUsesTheFieldsOwnSet(t *testing.T) {
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		set := choiceSet(t, srv)
		types := "object_types"
		if version == "3.7" {
			types = "content_types"
		}
		create(t, srv, "extras/custom-fields", map[string]any{"name": "servicenow_ci_class", "label": "ServiceNow CI Class", "type": "select", types: []string{"dcim.device"}, "choice_set": set})
		done, err := c.Provision(t.Context(), netbox.ServiceNowProvisioning(classes(2), netbox.WebhookWrite{}))
		if err != nil || done.ChoiceSet.ID != set || len(done.ChoiceSet.ExtraChoices) != 4 || srv.Count("extras/custom-field-choice-sets") != 1 {
			t.Errorf("%+v %v", done, err)
		}
		if done.Webhook.ID != 0 || done.EventRule.ID != 0 {
			t.Errorf("%+v", done)
		}
	})
}

func TestProvisionIsRepeatedAfterAFailure(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		srv.Fail(netboxtest.Fault{Method: http.MethodPost, Path: "/api/extras/event-rules/", Status: http.StatusForbidden, Body: `{"detail":"You do not have permission to perform this action."}`})
		done, err := c.Provision(t.Context(), serviceNow(1))
		if !errors.Is(err, netbox.ErrForbidden) || done.Webhook.ID == 0 || len(done.Written) != 5 {
			t.Errorf("%+v %v", done, err)
		}
		srv.ClearFaults()
		done, err = c.Provision(t.Context(), serviceNow(1))
		if err != nil || !slices.Equal(done.Written, []string{"event rule ServiceNow: created"}) {
			t.Errorf("%q %v", done.Written, err)
		}
	})
}

func TestProvisionBadInput(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	for want, change := range map[string]func(*netbox.Provisioning){
		"tag 1 has no Name":  func(p *netbox.Provisioning) { p.Tags[1].Name = netbox.Opt[string]{} },
		"belong together":    func(p *netbox.Provisioning) { p.ChoiceSet = "" },
		"leave it out":       func(p *netbox.Provisioning) { p.CustomField.ChoiceSet = netbox.Set[int64](4) },
		"no ObjectTypes":     func(p *netbox.Provisioning) { p.CustomField.ObjectTypes = netbox.Opt[[]string]{} },
		"CustomField has no": func(p *netbox.Provisioning) { p.CustomField.Name = netbox.Opt[string]{} },
		"without ChoiceSet":  func(p *netbox.Provisioning) { p.ChoiceSet, p.Choices = "", nil },
		"given twice":        func(p *netbox.Provisioning) { p.Choices[1] = p.Choices[0] },
		"both Name and":      func(p *netbox.Provisioning) { p.Webhook.PayloadURL = netbox.Opt[string]{} },
		"EventRule has no N": func(p *netbox.Provisioning) { p.EventRule.Name = netbox.Opt[string]{} },
		"EventRule has no O": func(p *netbox.Provisioning) { p.EventRule.ObjectTypes = netbox.Opt[[]string]{} },
		"EventRule calls":    func(p *netbox.Provisioning) { p.Webhook = netbox.WebhookWrite{} },
	} {
		p := serviceNow(2)
		change(&p)
		if _, err := c.Provision(t.Context(), p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if srv.Requests() != 0 {
		t.Errorf("asked %q", requests(srv))
	}
	create(t, srv, "extras/custom-fields", map[string]any{"name": "servicenow_ci_class", "type": "text", "object_types": []string{"dcim.device"}})
	if _, err := c.Provision(t.Context(), serviceNow(1)); err == nil || !strings.Contains(err.Error(), "cannot change") {
		t.Errorf("another type: %v", err)
	}
}
