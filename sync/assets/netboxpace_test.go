package assets_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// slow makes bulk writes of devices take a time for each object, whether or not the
// caller waits that long, and notes how many each holds.
type slow struct {
	base http.RoundTripper
	each time.Duration

	mu    sync.Mutex
	sizes []int
}

func (s *slow) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || !strings.HasSuffix(req.URL.Path, "/dcim/devices/") {
		return s.base.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.sizes = append(s.sizes, len(rows))
	s.mu.Unlock()
	req.Body = io.NopCloser(bytes.NewReader(body))
	select {
	case <-req.Context().Done():
		return nil, req.Context().Err()
	case <-time.After(time.Duration(len(rows)) * s.each):
		return s.base.RoundTrip(req)
	}
}

// A NetBox that takes a second for a device is sent no more at once than it writes
// within the client's timeout, with nothing set; one that is fast is sent full requests.
func TestExportKeepsPace(t *testing.T) {
	for _, c := range []struct {
		name        string
		each        time.Duration
		most, least int // objects in the largest request
		requests    int
	}{
		{"2 s each", 2 * time.Second, 10, 7, 60},
		{"200 ms each", 200 * time.Millisecond, 75, 60, 14},
		{"at once", 0, 100, 80, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newOutWorld(t)
				wire := &slow{base: w.netbox.Transport(), each: c.each}
				nb, err := netbox.New(netbox.Config{
					BaseURL: "http://netbox.example", Auth: netbox.Token(netboxtest.AdminToken), HTTPClient: &http.Client{Transport: wire},
				})
				if err != nil {
					t.Fatal(err)
				}
				w.flow.NetBox = nb
				e := w.fill(t)
				w.devices(t, e, 399)
				w.run(t)
				t.Log(wire.sizes)
				if n := w.netbox.Count("dcim/devices"); n != 400 {
					t.Errorf("%d devices, want 400", n)
				}
				if got := slices.Max(wire.sizes); got > c.most || got < c.least {
					t.Errorf("the largest request holds %d devices, want %d to %d", got, c.least, c.most)
				}
				if wire.sizes[0] != 10 || len(wire.sizes) > c.requests {
					t.Errorf("%d requests, the first with %d", len(wire.sizes), wire.sizes[0])
				}
			})
		})
	}
}

// A NetBox that does not answer any more is not sent the rest, and the next export
// makes up for it.
func TestExportStopsWhenNetBoxIsDown(t *testing.T) {
	w := newOutWorld(t)
	e := w.fill(t)
	w.devices(t, e, 399)
	w.netbox.Fail(netboxtest.On(netboxtest.Fault{Method: http.MethodPost, Call: 2, Times: 1000, Status: http.StatusServiceUnavailable}, "dcim/devices"))
	s, err := w.flow.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Fatalf("got %v", err)
	}
	total := s.Total()
	if total.Created != w.netbox.Count("dcim/devices")+5 || total.Created+total.Failed+total.NotTried != 405 || total.Failed == 0 {
		t.Errorf("got %+v, %d devices", total, w.netbox.Count("dcim/devices"))
	}
	sent := 0
	for _, call := range w.netbox.Journal() {
		if call.Method == http.MethodPost && strings.HasSuffix(call.Path, "/dcim/devices/") {
			sent++
		}
	}
	if sent > 1+4 {
		t.Errorf("%d requests, though four at once are refused", sent)
	}
	w.netbox.ClearFaults()
	w.run(t)
	if n := w.netbox.Count("dcim/devices"); n != 400 {
		t.Errorf("%d devices, want 400", n)
	}
}
