package servicenowtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// receiver verifies webhooks as sync/webhook does and keeps their bodies.
type receiver struct {
	*httptest.Server
	bodies   []string
	verified []webhook.Result
	status   int
}

func newReceiver(t *testing.T, v webhook.HMAC, now time.Time) *receiver {
	verifier, err := v.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		result, err := verifier.Verify(req.Header.Get, body, now)
		if err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %v: %v", req.Method, req.Header, err)
		}
		r.bodies, r.verified = append(r.bodies, string(body)), append(r.verified, result)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

var webhookNow = time.Date(2026, 1, 15, 8, 30, 15, 0, time.UTC)

func webhookInstance(t *testing.T, hook servicenowtest.Webhook) *instance {
	return newInstance(t, servicenowtest.Options{Clock: servicenowtest.NewManualClock(webhookNow), Webhooks: []servicenowtest.Webhook{hook}})
}

// The delivered bytes verify, in every form of the signature, and hold the
// documented payload (002-03, 002-04).
func TestDeliveredEventsVerify(t *testing.T) {
	for name, form := range map[string]struct{ hex, timestamp bool }{
		"base64": {}, "hex": {hex: true}, "base64 with time": {timestamp: true}, "hex with time": {hex: true, timestamp: true},
	} {
		t.Run(name, func(t *testing.T) {
			settings := webhook.ServiceNow("s3cret")
			settings.RequireTimestamp = form.timestamp
			r := newReceiver(t, settings, webhookNow.Add(4*time.Minute))
			i := webhookInstance(t, servicenowtest.Webhook{
				Name: "outbound", Table: "incident", URL: r.URL + "/api/v1/webhooks/7", Secret: "s3cret", Hex: form.hex, Timestamp: form.timestamp,
			})
			joe := i.insert("sys_user", servicenowtest.Row{"user_name": "joe", "name": "Joe Employee"})
			id := i.insert("incident", servicenowtest.Row{"short_description": "Zürich \"down\"", "assigned_to": joe, "impact": "2", "urgency": "1"})
			i.do("PATCH", "/api/now/table/incident/"+id, `{"state":"2","short_description":""}`)
			if n, err := i.Deliver(t.Context(), r.Client()); n != 2 || err != nil {
				t.Fatalf("delivered %d, %v", n, err)
			}
			want := []string{
				`{"sys_id":"` + id + `","number":"INC0010001","short_description":"Zürich \"down\"","description":null,"state":"1","priority":"2","impact":"2","urgency":"1","assigned_to":"Joe Employee","updated_on":"2026-01-15 08:30:15","sys_mod_count":"0","sys_updated_by":"system"}`,
				`{"sys_id":"` + id + `","number":"INC0010001","short_description":null,"description":null,"state":"2","priority":"2","impact":"2","urgency":"1","assigned_to":"Joe Employee","updated_on":"2026-01-15 08:30:15","sys_mod_count":"1","sys_updated_by":"admin"}`,
			}
			if got := strings.Join(r.bodies, "\n"); got != strings.Join(want, "\n") {
				t.Errorf("bodies\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
			if r.verified[0].At.IsZero() == form.timestamp {
				t.Errorf("signed time %v", r.verified[0].At)
			}
		})
	}
}

// Nothing is sent before Deliver, each event once, in the order of the writes,
// and what is written meanwhile waits for the next call.
func TestDeliverIsDeterministic(t *testing.T) {
	i := webhookInstance(t, servicenowtest.Webhook{
		Name: "any", Table: "task", URL: "https://receiver.example/hook", On: []servicenowtest.Operation{servicenowtest.OpInsert, servicenowtest.OpUpdate, servicenowtest.OpDelete},
		Condition: func(c *servicenowtest.RuleCall) bool { return c.Table() == "incident" },
		Payload: func(c *servicenowtest.RuleCall) ([]byte, error) {
			if c.Get("short_description") == "unspeakable" {
				return nil, errors.New("no words")
			}
			return fmt.Appendf(nil, "%s %s", c.Operation(), c.Get("short_description")), nil
		},
	})
	var got []string
	client := &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, string(body))
		if string(body) == "Insert ping" {
			i.insert("incident", servicenowtest.Row{"short_description": "pong"}) // the receiver writes back
		}
		return &http.Response{StatusCode: 500, Body: http.NoBody}, nil
	})}
	first := i.insert("incident", servicenowtest.Row{"short_description": "ping"})
	i.insert("change_request", servicenowtest.Row{"short_description": "other"})
	i.insert("incident", servicenowtest.Row{"short_description": "unspeakable"})
	if err := i.Delete("incident", first); err != nil {
		t.Fatal(err)
	}
	if waiting := i.Waiting(); len(got) != 0 || len(waiting) != 2 || waiting[1].Operation != servicenowtest.OpDelete || waiting[1].SysID != first {
		t.Fatalf("sent %v, waiting %+v", got, waiting)
	}
	for _, want := range []int{2, 1, 0} {
		if n, err := i.Deliver(t.Context(), client); n != want || err != nil {
			t.Errorf("delivered %d, %v, want %d", n, err, want)
		}
	}
	if text := strings.Join(got, ", "); text != "Insert ping, Delete ping, Insert pong" {
		t.Errorf("received %s", text)
	}
	if sent := i.Deliveries(); len(sent) != 3 || sent[0].Status != 500 || sent[0].Sent != webhookNow || sent[0].Header.Get("X-ServiceNow-Signature") != "" {
		t.Errorf("sent %+v", sent)
	}
	if errs := i.RuleErrors(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "webhook any: no words") {
		t.Errorf("errors %v", errs)
	}
}

// Loss, repetition and another order are plans; the same seed gives the same
// order.
func TestDeliveryPlans(t *testing.T) {
	run := func(plans ...servicenowtest.DeliveryPlan) string {
		i := webhookInstance(t, servicenowtest.Webhook{Name: "a", Table: "incident", URL: "https://receiver.example"})
		i.SetDeliveryPlan(plans...)
		for n := range 6 {
			i.insert("incident", servicenowtest.Row{"short_description": strconv.Itoa(n)})
		}
		ok := &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})}
		if _, err := i.Deliver(t.Context(), ok); err != nil {
			t.Fatal(err)
		}
		var events []string
		for _, d := range i.Deliveries() {
			events = append(events, strconv.Itoa(d.Event))
		}
		return strings.Join(events, "")
	}
	if got := run(); got != "123456" {
		t.Errorf("without a plan: %s", got)
	}
	if got := run(servicenowtest.LoseDeliveries(2, 6)); got != "1345" {
		t.Errorf("with loss: %s", got)
	}
	if got := run(servicenowtest.RepeatDeliveries(1), servicenowtest.LoseDeliveries(5)); got != "112346" {
		t.Errorf("repeated and lost: %s", got)
	}
	shuffled := run(servicenowtest.ShuffleDeliveries(1))
	if shuffled == "123456" || len(shuffled) != 6 || shuffled != run(servicenowtest.ShuffleDeliveries(1)) || shuffled == run(servicenowtest.ShuffleDeliveries(2)) {
		t.Errorf("shuffled: %s, then %s, by another seed %s", shuffled, run(servicenowtest.ShuffleDeliveries(1)), run(servicenowtest.ShuffleDeliveries(2)))
	}
}

// When the context ends, what was not sent waits on, in order.
func TestDeliverStopsWithItsContext(t *testing.T) {
	i := webhookInstance(t, servicenowtest.Webhook{Name: "a", Table: "incident", URL: "https://receiver.example"})
	for range 3 {
		i.insert("incident", nil)
	}
	ctx, cancel := context.WithCancel(t.Context())
	client := &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		cancel()
		return nil, errors.New("cable cut")
	})}
	if n, err := i.Deliver(ctx, client); n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("delivered %d, %v", n, err)
	}
	if sent := i.Deliveries(); len(sent) != 1 || sent[0].Err == nil || sent[0].Status != 0 {
		t.Errorf("sent %+v", sent)
	}
	if waiting := i.Waiting(); len(waiting) != 2 || waiting[0].Event != 2 || waiting[1].Event != 3 {
		t.Errorf("waiting %+v", waiting)
	}
	if _, err := i.Deliver(t.Context(), nil); err == nil || len(i.Waiting()) != 2 {
		t.Errorf("without a client: %v", err)
	}
}

func TestWebhooksThatCannotWork(t *testing.T) {
	for want, hook := range map[string]servicenowtest.Webhook{
		"Name is empty":   {Table: "incident", URL: "https://receiver.example"},
		`no table "nope"`: {Name: "x", Table: "nope", URL: "https://receiver.example"},
		"URL":             {Name: "x", Table: "incident", URL: "receiver.example"},
		`"Read"`:          {Name: "x", Table: "incident", URL: "https://receiver.example", On: []servicenowtest.Operation{servicenowtest.OpRead}},
	} {
		if _, err := servicenowtest.New(servicenowtest.Options{Webhooks: []servicenowtest.Webhook{hook}}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Webhooks[0]") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
