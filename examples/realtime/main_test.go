package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), options{listen: "127.0.0.1:0"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"NetBox: webhook ServiceNow: created",
		"device:1 updated: 9 records written",
		"device:1 updated: 1 records written",
		"device:1 deleted: 1 records written",
		"CMDB: basel-router-1, install_status 7",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), " records written"); n != 3 {
		t.Errorf("%d events led to a write, want 3:\n%s", n, out.String())
	}
}

// With real systems the program serves until it is told to stop.
func TestStops(t *testing.T) {
	nb, sn := netboxtest.NewServer(t, netboxtest.Options{}), servicenowtest.NewServer(t, servicenowtest.Options{})
	t.Setenv("NETBOX_TOKEN", netboxtest.AdminTokenV2)
	t.Setenv("NETBOX_WEBHOOK_SECRET", "secret")
	t.Setenv("SERVICENOW_USER", servicenowtest.DefaultUser)
	t.Setenv("SERVICENOW_PASSWORD", servicenowtest.DefaultPassword)
	ctx, cancel := context.WithCancel(t.Context())
	var out lines = make(chan string, 100)
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, options{netboxURL: nb.URL, serviceNowURL: sn.URL, listen: "127.0.0.1:0"}, out)
	}()
	for line := range out {
		if strings.HasPrefix(line, "listening at ") {
			break
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it does not stop")
	}
}

type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestAnswers(t *testing.T) {
	verifier, err := webhook.NetBox("secret").Verifier()
	if err != nil {
		t.Fatal(err)
	}
	s, err := inMemory()
	if err != nil {
		t.Fatal(err)
	}
	handler := routes(&assets.Realtime{Import: s.flow, Verifier: verifier})
	signed := func(body string) http.Header {
		header := http.Header{}
		for name, value := range webhook.NetBox("secret").Sign([]byte(body), time.Time{}) {
			header.Set(name, value)
		}
		return header
	}
	for _, c := range []struct {
		name, method, body string
		header             http.Header
		want               int
	}{
		{"nobody signed it", "POST", "{}", nil, http.StatusUnauthorized},
		{"it is no event", "POST", "{}", signed("{}"), http.StatusBadRequest},
		{"it is too large", "POST", strings.Repeat(" ", largest+1), nil, http.StatusRequestEntityTooLarge},
		{"another method", "GET", "", nil, http.StatusMethodNotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), c.method, "/netbox", strings.NewReader(c.body))
			if c.header != nil {
				req.Header = c.header
			}
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, req)
			if answer.Code != c.want {
				t.Errorf("got %d, want %d", answer.Code, c.want)
			}
		})
	}
}
