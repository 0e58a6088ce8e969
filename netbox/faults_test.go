package netbox_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// What the proxy, the database and the wire do to a call: what becomes of it,
// and after how many requests.
func TestFaults(t *testing.T) {
	type outcome struct {
		get, patch, post int // requests
		kind             error
	}
	html := func(title string) string {
		return "<html><head><title>" + title + "</title></head><body><center>nginx/1.25</center>" + strings.Repeat("x", 9000) + "</body></html>"
	}
	for name, tc := range map[string]struct {
		status int
		body   string
		want   outcome
	}{
		"nginx limits the rate": {503, html("503 Service Temporarily Unavailable"), outcome{3, 3, 3, netbox.ErrRateLimited}},
		"another 503":           {503, html("x")[:20] + "</html>", outcome{3, 3, 1, netbox.ErrUnavailable}},
		"bad gateway":           {502, html("502 Bad Gateway"), outcome{3, 3, 1, netbox.ErrUnavailable}},
		"too many requests":     {429, `{"detail":"slow down"}`, outcome{3, 3, 3, netbox.ErrRateLimited}},
		"deadlock":              {500, `{"error":"deadlock detected\nDETAIL: ...","exception":"OperationalError","netbox_version":"4.2.9"}`, outcome{3, 3, 3, netbox.ErrUnavailable}},
		"lock timeout":          {500, `{"error":"canceling statement due to lock timeout","exception":"OperationalError"}`, outcome{3, 3, 3, netbox.ErrUnavailable}},
		"a race for a name":     {500, `{"error":"duplicate key value violates unique constraint \"dcim_site_name_key\"","exception":"IntegrityError"}`, outcome{1, 1, 1, netbox.ErrDuplicate}},
		"a bad expression":      {500, `{"error":"invalid regular expression","exception":"DataError"}`, outcome{1, 1, 1, netbox.ErrInvalid}},
		"another exception":     {500, `{"error":"boom","exception":"RuntimeError"}`, outcome{3, 1, 1, netbox.ErrUnavailable}},
		"a page for an answer":  {200, html("Sign in"), outcome{1, 1, 1, netbox.ErrSignIn}},
		"a cut answer":          {200, `{"id":1,"name":"x`, outcome{3, 3, 1, netbox.ErrTruncated}},
		"body too large":        {413, html("413 Request Entity Too Large"), outcome{1, 1, 1, netbox.ErrInvalid}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for verb, want := range map[string]int{"get": tc.want.get, "patch": tc.want.patch, "post": tc.want.post} {
					var n atomic.Int32
					c, err := netbox.New(netbox.Config{BaseURL: "https://netbox.example", Auth: netbox.Token("x"), MaxRetries: 2,
						HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
							n.Add(1)
							return &http.Response{StatusCode: tc.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(tc.body)), Request: r}, nil
						})}})
					if err != nil {
						t.Fatal(err)
					}
					switch verb {
					case "get":
						_, err = c.DCIM.Sites.Get(t.Context(), 1)
					case "patch":
						_, err = c.DCIM.Sites.Update(t.Context(), 1, map[string]any{"name": "x"})
					case "post":
						_, err = c.DCIM.Sites.Create(t.Context(), map[string]any{"name": "x"})
					}
					if !errors.Is(err, tc.want.kind) || int(n.Load()) != want {
						t.Errorf("%s: %d requests, want %d; %v", verb, n.Load(), want, err)
					}
					var e *netbox.Error
					if !errors.As(err, &e) || len(e.Body) > 8<<10 || len(e.Error()) > 900 {
						t.Errorf("%s: error of %d bytes, body of %d", verb, len(err.Error()), len(e.Body))
					}
				}
			})
		})
	}
}

// A create whose answer is lost is not sent again, and says that it may have
// been applied; a delete whose answer is lost is, and has succeeded.
func TestLostAnswers(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{MaxBackoff: time.Millisecond})
	srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 1, DropAfter: true})
	_, err := c.DCIM.Manufacturers.Create(t.Context(), netbox.ManufacturerWrite{Name: netbox.Set("x"), Slug: netbox.Set("x")})
	var e *netbox.Error
	if !errors.As(err, &e) || !e.MaybeApplied() || !errors.Is(err, netbox.ErrAmbiguous) || e.Attempts != 1 {
		t.Errorf("a lost create gave %v", err)
	}
	srv.ClearFaults()
	srv.Fail(netboxtest.Fault{Method: http.MethodPost, Call: 1, DropBefore: true})
	if _, err := c.DCIM.Manufacturers.Create(t.Context(), netbox.ManufacturerWrite{Name: netbox.Set("y"), Slug: netbox.Set("y")}, netbox.Idempotent(), netbox.Timeout(time.Second)); err != nil {
		t.Errorf("a create that may be repeated gave %v", err)
	}
	if n := srv.Count("dcim/manufacturers"); n != 2 {
		t.Errorf("%d rows", n)
	}
	if err := srv.Delete("dcim/manufacturers", srv.IDs("dcim/manufacturers")[1]); err != nil {
		t.Fatal(err)
	}
	id := srv.IDs("dcim/manufacturers")[0]
	srv.ClearFaults()
	srv.Fail(netboxtest.Fault{Method: http.MethodDelete, Call: 1, DropAfter: true})
	if err := c.DCIM.Manufacturers.Delete(t.Context(), id); err != nil {
		t.Errorf("a lost delete gave %v", err)
	}
	if srv.Count("dcim/manufacturers") != 0 {
		t.Error("not deleted")
	}
}
