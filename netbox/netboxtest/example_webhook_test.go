package netboxtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

// A receiver gets signed webhooks when the test says so, and in a bad network
// some of them twice.
func ExampleServer_Deliver() {
	verifier, err := webhook.NetBox("a secret").Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			fmt.Println(err)
			return
		}
		if _, err := verifier.Verify(r.Header.Get, body, time.Now()); err != nil {
			fmt.Println(err)
			return
		}
		event, err := netbox.ParseEvent(body)
		fmt.Println(event.Kind, event.ObjectType, event.ObjectID, event.Changed(), err)
	}))
	defer receiver.Close()

	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hook, err := server.Create("extras/webhooks", map[string]any{"name": "sync", "payload_url": receiver.URL, "secret": "a secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := server.Create("extras/event-rules", map[string]any{"name": "sync", "object_types": []string{"dcim.site"},
		"event_types": []string{"object_updated"}, "action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": hook}); err != nil {
		fmt.Println(err)
		return
	}
	site, err := server.Create("dcim/sites", map[string]any{"name": "Zürich", "slug": "zrh"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := server.Update("dcim/sites", site, map[string]any{"facility": "ZRH1"}); err != nil {
		fmt.Println(err)
		return
	}

	if err := server.SetUnreliable(netboxtest.Unreliable{Double: 1}); err != nil {
		fmt.Println(err)
		return
	}
	done, err := server.Deliver(context.Background(), receiver.Client())
	fmt.Println(len(done), done[1].Repeated, done[1].OK(), err)
	// Output:
	// updated dcim.site 1 [facility] <nil>
	// updated dcim.site 1 [facility] <nil>
	// 2 true true <nil>
}
