package netboxtest_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// TestFakeTime: a server works inside a synctest bubble, on its fake clock and
// without a goroutine or connection that stays behind.
func TestFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := netboxtest.SmallEstate()
		if err != nil {
			t.Fatal(err)
		}
		slow := netboxtest.Slow(30 * time.Second)
		slow.Call = 1
		s.Fail(slow)
		begun := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), "GET", "http://netbox.example/api/dcim/sites/?limit=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(begun); waited != 30*time.Second {
			t.Errorf("waited %v", waited)
		}
		if err := s.Update("dcim/sites", 1, map[string]any{"description": "x"}); err != nil {
			t.Fatal(err)
		}
		o, _ := s.Object("dcim/sites", 1)
		if want := time.Now().UTC().Format("2006-01-02T15:04:05Z"); o["last_updated"] != want {
			t.Errorf("last_updated %v, the time is %v", o["last_updated"], want)
		}
	})
}
