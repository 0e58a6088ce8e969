package netbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/internal/fault"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
)

// Webhooks go from a NetBox, set up by assets.Setup, into a CMDB.
func TestRealtimeInMemory(t *testing.T) {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &hookScript{inbox: newInbox(t), address: "http://receiver.example", client: client(t, netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminTokenV2), HTTPClient: server.Client(),
	})}
	s.deliver = func(t *testing.T) {
		if _, err := server.Deliver(t.Context(), &http.Client{Transport: fault.Transport(s.inbox)}); err != nil {
			t.Fatal(err)
		}
	}
	s.realtime(t)
}

func TestNetBoxRealtime(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox with its worker: eval "$(internal/conformance/netbox/up)"`)
	}
	s := &hookScript{inbox: newInbox(t), deliver: func(*testing.T) {}, client: client(t, netbox.Config{BaseURL: address, Auth: netbox.Token(token)})}
	receiver := httptest.NewServer(s.inbox)
	defer receiver.Close()
	s.address = receiver.URL
	s.realtime(t)
}

// realtime changes objects and hands every webhook that comes of it to the flow.
func (s *hookScript) realtime(t *testing.T) {
	t.Helper()
	s.sweep(t)
	t.Cleanup(func() { s.sweep(t) })
	instance, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", HTTPClient: instance.Client(),
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	flow := assets.Import{NetBox: s.client, CMDB: sn, Tenants: cmdb.Tenants{TenantFlags: cmdb.TenantFlags{ImportCustomers: true}}}
	report, err := assets.Setup{Import: flow, Webhook: netbox.WebhookWrite{
		Name: netbox.Set(hookPrefix + " ServiceNow"), PayloadURL: netbox.Set(s.address + "/netbox"), Secret: netbox.Set(hookSecret),
	}}.Run(t.Context())
	if err != nil || !report.Ready() {
		t.Fatalf("%v: %v", err, report.Findings)
	}
	r := &assets.Realtime{Import: flow, Verifier: s.inbox.secret}

	tags := []any{object{"slug": cmdb.SyncTagSlug}}
	create := func(path string, fields object) (int64, assets.RealtimeResult) {
		fields["tags"] = tags
		if name, ok := fields["name"].(string); ok && fields["slug"] == nil && path != "dcim/devices" {
			fields["slug"] = strings.ReplaceAll(strings.ToLower(name), " ", "-")
		}
		var done struct{ ID int64 }
		if err := s.send(t.Context(), "POST", path, fields, &done); err != nil {
			t.Fatalf("POST %s: %v", path, err)
		}
		return done.ID, s.next(t, r)
	}
	role := s.write(t, "POST", "dcim/device-roles", object{"name": "Hooked role", "slug": "hooked-role"}, 0)
	region, _ := create("dcim/regions", object{"name": "Hooked Europe"})
	tenant, _ := create("tenancy/tenants", object{"name": "Hooked Acme"})
	maker, _ := create("dcim/manufacturers", object{"name": "Hooked One"})
	model, _ := create("dcim/device-types", object{"model": "Hooked model", "slug": "hooked-model", "manufacturer": maker})
	site, _ := create("dcim/sites", object{"name": "Hooked Basel", "region": region, "tenant": tenant})
	device, made := create("dcim/devices", object{
		"name": "Hooked router", "site": site, "device_type": model, "role": role, "tenant": tenant, "serial": "HOOKED-1",
		"custom_fields": object{cmdb.ClassField: "cmdb_ci_ip_router"},
	})
	if made.Outcome != assets.RealtimeWritten || len(made.Fetched) > 0 {
		t.Errorf("got %+v", made)
	}
	ci := func() servicenowtest.Row {
		row, ok := instance.Row("cmdb_ci_ip_router", made.Target)
		if !ok {
			t.Fatalf("there is no CI %s", made.Target)
		}
		return row
	}
	if row := ci(); row["serial_number"] != "HOOKED-1" || row["location"] == "" || row["model_id"] == "" || row["company"] == "" {
		t.Errorf("got %v", row)
	}
	change := func(fields object) assets.RealtimeResult {
		if err := s.send(t.Context(), "PATCH", at2("dcim/devices", device), fields, nil); err != nil {
			t.Fatal(err)
		}
		return s.next(t, r)
	}
	if got := change(object{"serial": "HOOKED-2", "status": "failed"}); got.Outcome != assets.RealtimeWritten || ci()["serial_number"] != "HOOKED-2" || ci()["install_status"] != "5" {
		t.Errorf("got %+v: %v", got, ci())
	}
	if got := change(object{"comments": "nothing that travels"}); got.Outcome != assets.RealtimeUnchanged {
		t.Errorf("got %+v", got)
	}
	if got := change(object{"custom_fields": object{cmdb.ClassField: nil}}); got.Outcome != assets.RealtimeInvalid || got.Code != assets.CodeClassMissing {
		t.Errorf("got %+v", got)
	}
	if err := s.send(t.Context(), "DELETE", at2("dcim/devices", device), nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.next(t, r); got.State != cmdb.NoticeDeleted || got.Outcome != assets.RealtimeWritten || ci()["install_status"] != "7" {
		t.Errorf("got %+v: %v", got, ci())
	}
}

// next hands the next webhook to the flow.
func (s *hookScript) next(t *testing.T, r *assets.Realtime) assets.RealtimeResult {
	t.Helper()
	s.deliver(t)
	select {
	case w := <-s.inbox.arrived:
		got, err := r.Handle(t.Context(), w.body, w.header.Get)
		if err != nil {
			t.Fatalf("%v: %.300s", err, w.body)
		}
		return got
	case <-time.After(30 * time.Second):
		t.Fatal("no webhook came")
	case <-t.Context().Done():
		t.Fatal(context.Cause(t.Context()))
	}
	return assets.RealtimeResult{}
}
