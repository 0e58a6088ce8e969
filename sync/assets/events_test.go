package assets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// eventsWorld is a ServiceNow in memory with the columns that events fill.
func eventsWorld(t *testing.T) (*servicenowtest.Server, *assets.Events) {
	t.Helper()
	columns := servicenowtest.Table{Name: "cmdb_ci", Columns: []servicenowtest.Column{{Name: "u_cloud_provider"}, {Name: "metadata"}, {Name: "environment"}}}
	sn, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{columns}, Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{
		BaseURL: "https://acme.service-now.com", HTTPClient: sn.Client(), MaxRetries: -1,
		Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
	})
	if err != nil {
		t.Fatal(err)
	}
	return sn, &assets.Events{
		CMDB: client, Verifier: webhook.Unsigned(), Now: still{}.Now,
		Options: cmdb.EventOptions{Classes: map[string]string{"vm": "cmdb_ci_server"}},
	}
}

func event(changes ...string) []byte {
	members := map[string]string{"resource_id": "i-1", "resource_type": "vm", "action": "create", "resource_name": "web-1"}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	var parts []string
	for name, value := range members {
		parts = append(parts, fmt.Sprintf("%q:%q", name, value))
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func handle(t *testing.T, e *assets.Events, body []byte) assets.EventResult {
	t.Helper()
	r, err := e.Handle(t.Context(), body, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEvents(t *testing.T) {
	sn, e := eventsWorld(t)
	var audited []reconcile.Status
	e.Audit = func(_ context.Context, r assets.EventResult) error {
		audited = append(audited, r.Outcome)
		return nil
	}
	made := handle(t, e, event("environment", "prod"))
	row, ok := sn.Row("cmdb_ci_server", made.Target)
	t.Run("000-07 a resource without a CI gets one, in its class", func(t *testing.T) {
		if made.Outcome != reconcile.StatusCreated || made.Class != "cmdb_ci_server" || !ok {
			t.Fatalf("got %+v, %v", made, row)
		}
		want := map[string]string{
			"name": "web-1", "asset_tag": "i-1", "environment": "prod", "u_cloud_provider": "AWS", "metadata": "{}",
			"discovery_source": "Infrastructure Automation", "install_status": "1", "last_discovered": "2026-03-01 12:00:00",
		}
		for column, value := range want {
			if row[column] != value {
				t.Errorf("%s is %q, want %q", column, row[column], value)
			}
		}
	})
	t.Run("000-07 the same again writes nothing", func(t *testing.T) {
		before := sn.Requests(http.MethodPost, http.MethodPatch, http.MethodPut)
		if r := handle(t, e, event("environment", "prod")); r.Outcome != reconcile.StatusUnchanged || r.Target != made.Target || len(r.Changes) > 0 {
			t.Errorf("got %+v", r)
		}
		if n := sn.Requests(http.MethodPost, http.MethodPatch, http.MethodPut); n != before {
			t.Errorf("%d writes were sent", n-before)
		}
	})
	t.Run("000-07 what differs is written, and the time beside it", func(t *testing.T) {
		r := handle(t, e, event("environment", "test"))
		if r.Outcome != reconcile.StatusUpdated || len(r.Changes) != 2 || r.Changes[0].String() != `environment: "prod" -> "test"` || r.Changes[1].Field != "last_discovered" {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("000-06 delete retires", func(t *testing.T) {
		handle(t, e, event("action", "delete", "environment", "test"))
		if row, _ := sn.Row("cmdb_ci", made.Target); row["install_status"] != "7" {
			t.Errorf("got %v", row)
		}
	})
	t.Run("000-06 deleting what was never there creates nothing", func(t *testing.T) {
		r := handle(t, e, event("action", "delete", "resource_id", "i-2"))
		if r.Outcome != reconcile.StatusUnchanged || r.Target != "" || len(r.Notes) == 0 || sn.Count("cmdb_ci") != 1 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("000-15 every write is audited, and nothing else", func(t *testing.T) {
		want := []reconcile.Status{reconcile.StatusCreated, reconcile.StatusUpdated, reconcile.StatusUpdated}
		if fmt.Sprint(audited) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", audited, want)
		}
	})
	t.Run("000-11 an audit that fails is told, and the write stays", func(t *testing.T) {
		broken := errors.New("no audit")
		e.Audit = func(context.Context, assets.EventResult) error { return broken }
		r, err := e.Handle(t.Context(), event("resource_id", "i-3"), nil)
		var failure *assets.EventFailure
		if !errors.Is(err, broken) || errors.As(err, &failure) || r.Outcome != reconcile.StatusCreated {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestEventsFind(t *testing.T) {
	t.Run("000-07 two CIs with the asset tag", func(t *testing.T) {
		sn, e := eventsWorld(t)
		for range 2 {
			if _, err := sn.Insert("cmdb_ci_server", servicenowtest.Row{"asset_tag": "i-1"}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := e.Handle(t.Context(), event(), nil)
		var failure *assets.EventFailure
		if !errors.As(err, &failure) || failure.Retryable || !errors.Is(err, assets.ErrAmbiguous) || sn.Count("cmdb_ci") != 2 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("000-07 an asset tag cannot end its term", func(t *testing.T) {
		sn, e := eventsWorld(t)
		if _, err := sn.Insert("cmdb_ci_server", servicenowtest.Row{"asset_tag": "other"}); err != nil {
			t.Fatal(err)
		}
		if r := handle(t, e, event("resource_id", "x^ORasset_tag=other")); r.Outcome != reconcile.StatusCreated || sn.Count("cmdb_ci") != 2 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a CI of another class keeps it", func(t *testing.T) {
		sn, e := eventsWorld(t)
		id, err := sn.Insert("cmdb_ci_linux_server", servicenowtest.Row{"asset_tag": "i-1"})
		if err != nil {
			t.Fatal(err)
		}
		if r := handle(t, e, event()); r.Target != id || r.Class != "cmdb_ci_linux_server" || r.Outcome != reconcile.StatusUpdated {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("000-03 the company by its name, once", func(t *testing.T) {
		sn, e := eventsWorld(t)
		acme, err := sn.Insert("core_company", servicenowtest.Row{"name": "Acme"})
		if err != nil {
			t.Fatal(err)
		}
		r := handle(t, e, event("organization", "Acme"))
		if row, _ := sn.Row("cmdb_ci", r.Target); row["company"] != acme {
			t.Errorf("got %v", row)
		}
		r = handle(t, e, event("organization", "Nobody"))
		if r.Outcome != reconcile.StatusUnchanged || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], `no company "Nobody"`) {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a column that the instance lacks is told and not written each time", func(t *testing.T) {
		sn, err := servicenowtest.New(servicenowtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, e := eventsWorld(t)
		e.CMDB, err = servicenow.New(servicenow.Config{BaseURL: "https://acme.service-now.com", HTTPClient: sn.Client(),
			Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)})
		if err != nil {
			t.Fatal(err)
		}
		handle(t, e, event())
		r := handle(t, e, event())
		if r.Outcome != reconcile.StatusUnchanged || len(r.Notes) == 0 || !strings.Contains(strings.Join(r.Notes, "; "), "has no column u_cloud_provider") {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("last_discovered is refreshed when it is old", func(t *testing.T) {
		sn, e := eventsWorld(t)
		r := handle(t, e, event())
		e.Refresh, e.Now = time.Hour, func() time.Time { return still{}.Now().Add(59 * time.Minute) }
		if r := handle(t, e, event()); r.Outcome != reconcile.StatusUnchanged {
			t.Errorf("after 59 minutes: got %+v", r)
		}
		e.Now = func() time.Time { return still{}.Now().Add(time.Hour) }
		if r := handle(t, e, event()); r.Outcome != reconcile.StatusUpdated || len(r.Changes) != 1 {
			t.Errorf("after an hour: got %+v", r)
		}
		if row, _ := sn.Row("cmdb_ci", r.Target); row["last_discovered"] != "2026-03-01 13:00:00" {
			t.Errorf("got %v", row)
		}
	})
}

func TestEventsRefused(t *testing.T) {
	sn, e := eventsWorld(t)
	failure := func(t *testing.T, body []byte) *assets.EventFailure {
		t.Helper()
		_, err := e.Handle(t.Context(), body, nil)
		var f *assets.EventFailure
		if !errors.As(err, &f) || !bytes.Equal(f.Body, body) || !f.At.Equal(still{}.Now()) {
			t.Fatalf("got %v", err)
		}
		return f
	}
	t.Run("000-02 a sender that is not proved, before anything is read", func(t *testing.T) {
		signed := webhook.InfrastructureEvent("s3cret")
		verifier, err := signed.Verifier()
		if err != nil {
			t.Fatal(err)
		}
		e.Verifier = verifier
		if f := failure(t, []byte("no JSON")); f.Retryable || !errors.Is(f, webhook.ErrMissing) {
			t.Errorf("got %v", f)
		}
		e.Verifier = webhook.Verifier{}
		if f := failure(t, event()); f.Retryable || !errors.Is(f, webhook.ErrUnverified) {
			t.Errorf("got %v", f)
		}
		e.Verifier = verifier
		body := event("action", "delete")
		if r, err := e.Handle(t.Context(), body, webhook.HeaderMap(signed.Sign(body, e.Now()))); err != nil || r.Outcome != reconcile.StatusUnchanged {
			t.Errorf("a signed event: got %+v, %v", r, err)
		}
		e.Verifier = webhook.Unsigned()
	})
	t.Run("000-05 an event that is not one", func(t *testing.T) {
		var bad *cmdb.EventError
		if f := failure(t, []byte(`{"action":"create"}`)); f.Retryable || !errors.As(f, &bad) || len(bad.Problems) != 2 {
			t.Errorf("got %v", f)
		}
	})
	t.Run("000-09 a type without a class", func(t *testing.T) {
		if f := failure(t, event("resource_type", "bucket")); f.Retryable || f.ResourceID != "i-1" || !strings.Contains(f.Error(), `"bucket" has no class`) {
			t.Errorf("got %v", f)
		}
	})
	t.Run("a passing fault may be tried again", func(t *testing.T) {
		sn.Fail(servicenowtest.Unavailable())
		f := failure(t, event())
		sn.ClearFaults()
		if !f.Retryable || !errors.Is(f, servicenow.ErrUnavailable) {
			t.Errorf("got %v", f)
		}
	})
	t.Run("the body is in no text", func(t *testing.T) {
		sn.Fail(servicenowtest.Unauthenticated())
		f := failure(t, event("resource_name", "canary"))
		sn.ClearFaults()
		if f.Retryable || strings.Contains(f.Error()+f.LogValue().String(), "canary") {
			t.Errorf("got %v", f)
		}
	})
	if n := sn.Count("cmdb_ci"); n > 0 {
		t.Errorf("%d CIs were written", n)
	}
	t.Run("no client", func(t *testing.T) {
		if _, err := new(assets.Events).Handle(t.Context(), nil, nil); err == nil {
			t.Error("no error")
		}
	})
}

// Fifty deliveries at once, by two processes, make one CI.
func TestEventsAtOnce(t *testing.T) {
	sn, one := eventsWorld(t)
	two := &assets.Events{CMDB: one.CMDB, Verifier: webhook.Unsigned(), Now: one.Now, Options: one.Options}
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			if _, err := []*assets.Events{one, two}[n%2].Handle(t.Context(), event(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	t.Run("000-07 fifty at once, of two processes, make one CI", func(t *testing.T) {
		if n := sn.Count("cmdb_ci"); n != 1 {
			t.Errorf("%d CIs, want one", n)
		}
	})
}

// The document's own two unit tests: no match leads to one create with the data,
// a match to one update of it.
func TestEventsContract(t *testing.T) {
	setUp := func(t *testing.T, found string) (*assets.Events, *httpmock.MockTransport) {
		t.Helper()
		mock := httpmock.NewMockTransport()
		mock.RegisterResponder(http.MethodGet, `=~/api/now/table/cmdb_ci`, httpmock.NewStringResponder(200, found))
		client, err := servicenow.New(servicenow.Config{BaseURL: "test", Auth: servicenow.BasicAuth("test", "test"), HTTPClient: &http.Client{Transport: mock}})
		if err != nil {
			t.Fatal(err)
		}
		return &assets.Events{CMDB: client, Verifier: webhook.Unsigned(), Options: cmdb.EventOptions{Classes: map[string]string{"vm": "cmdb_ci_server"}}}, mock
	}
	body := event("resource_id", "AWS-123", "resource_name", "Test Server")
	t.Run("000-08 a new CI", func(t *testing.T) {
		e, mock := setUp(t, `{"result":[]}`)
		mock.RegisterResponder(http.MethodPost, "https://test.service-now.com/api/now/table/cmdb_ci_server", httpmock.NewStringResponder(201, `{"result":{"sys_id":"test123"}}`))
		r, err := e.Handle(t.Context(), body, nil)
		if err != nil || r.Target != "test123" {
			t.Errorf("got %+v, %v", r, err)
		}
		if n := mock.GetCallCountInfo()["POST https://test.service-now.com/api/now/table/cmdb_ci_server"]; n != 1 {
			t.Errorf("create was called %d times", n)
		}
	})
	t.Run("000-08 a CI that exists", func(t *testing.T) {
		const id = "0123456789abcdef0123456789abcdef"
		e, mock := setUp(t, `{"result":[{"sys_id":"`+id+`","sys_class_name":"cmdb_ci_server","asset_tag":"AWS-123","name":"Old name"}]}`)
		mock.RegisterResponder(http.MethodPatch, "https://test.service-now.com/api/now/table/cmdb_ci_server/"+id, httpmock.NewStringResponder(200, `{"result":{"sys_id":"`+id+`"}}`))
		r, err := e.Handle(t.Context(), body, nil)
		if err != nil || r.Target != id || len(r.Changes) != 1 || r.Changes[0].String() != `name: "Old name" -> "Test Server"` {
			t.Errorf("got %+v, %v", r, err)
		}
		if n := mock.GetCallCountInfo()["PATCH https://test.service-now.com/api/now/table/cmdb_ci_server/"+id]; n != 1 {
			t.Errorf("update was called %d times", n)
		}
	})
}
