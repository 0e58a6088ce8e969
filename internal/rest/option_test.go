package rest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

func TestOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{serve: func(n int, req *http.Request) (*http.Response, error) {
			if n == 1 {
				return silent(req)
			}
			return answer(201, goodDoc, "ETag", `W/"1"`, "X-Request-Id", "r2", "X-RateLimit-Limit", "500", "Set-Cookie", "s=1"), nil
		}}
		call := &rest.Call{Method: "POST", Path: "/x", Kind: rest.Append, Body: []byte("{}"), Header: http.Header{"X-One": {"1"}}}
		header := call.Header
		var meta rest.Response
		rest.Apply(call, rest.AsIdempotent(), rest.Timeout(3*time.Second), rest.Header("x-two", "2"), rest.Meta(&meta), nil,
			rest.Option(func(c *rest.Call) { c.RawQuery = "api-version=7.1" }))
		start := time.Now()
		if _, err := newClient(t, w).Do(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 3*time.Second+firstWait {
			t.Errorf("took %v, want the call's own timeout and one backoff", took)
		}
		if e := w.entry(1); e.header.Get("X-One") != "1" || e.header.Get("X-Two") != "2" || e.url != base+"/x?api-version=7.1" {
			t.Errorf("sent %+v", e)
		}
		if len(header) != 1 {
			t.Error("an option wrote into the caller's header")
		}
		if meta.Status != 201 || meta.ETag != `W/"1"` || meta.RequestID != "r2" || meta.Attempts != 2 || meta.Total != -1 ||
			meta.Rate.Limit != 500 || meta.Rate.Remaining != -1 || meta.Header.Get("Set-Cookie") != "" {
			t.Errorf("meta %+v", meta)
		}
	})
}
