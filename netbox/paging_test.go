package netbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

func collect(t testing.TB, c *netbox.Client, q netbox.Query, opts ...netbox.CallOption) []int64 {
	t.Helper()
	var ids []int64
	for m, err := range c.DCIM.Manufacturers.All(t.Context(), q, opts...) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

// Rows are created and deleted while the list is read, and the server delivers
// fewer rows than asked for. What is there all the time must come exactly once,
// nothing may come twice, and nothing may come that was deleted before its page
// was read.
func TestPagesLoseAndRepeatNothing(t *testing.T) {
	for _, version := range versions {
		for seed := range uint64(12) {
			t.Run(fmt.Sprintf("%s/%d", version, seed), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(seed, 1))
				maxPage, size := 1+rnd.IntN(9), 1+rnd.IntN(12)
				srv, c := world(t, netboxtest.Options{Version: version, MaxPageSize: maxPage}, netbox.Config{})
				there := rows(t, srv, rnd.IntN(60))
				stable := map[int64]bool{}
				for _, id := range there {
					stable[id] = true
				}
				deleted := map[int64]bool{}
				seen := map[int64]int{}
				q := netbox.Query{PageSize: size, Prefetch: seed%3 == 0, Fields: []string{"name"}}
				if seed%4 == 1 {
					q.Fields, q.Brief = nil, true
				}
				n := 0
				for m, err := range c.DCIM.Manufacturers.All(t.Context(), q) {
					if err != nil {
						t.Fatal(err)
					}
					seen[m.ID]++
					switch rnd.IntN(3) {
					case 0:
						n++
						name := fmt.Sprintf("between-%d", n)
						if n < 20 {
							create(t, srv, "dcim/manufacturers", map[string]any{"name": name, "slug": name})
						}
					case 1:
						if len(there) > 0 {
							i := rnd.IntN(len(there))
							if err := srv.Delete("dcim/manufacturers", there[i]); err != nil {
								t.Fatal(err)
							}
							delete(stable, there[i])
							deleted[there[i]] = true
							there = slices.Delete(there, i, i+1)
						}
					}
				}
				for id := range stable {
					if seen[id] != 1 {
						t.Errorf("row %d, there all the time, came %d times", id, seen[id])
					}
				}
				for id, n := range seen {
					if n > 1 {
						t.Errorf("row %d came %d times", id, n)
					}
				}
			})
		}
	}
}

func TestPageSizesAroundTheEnd(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		if got := collect(t, c, netbox.Query{}); got != nil {
			t.Errorf("an empty table gave %v", got)
		}
		ids := rows(t, srv, 6)
		for _, size := range []int{1, 2, 3, 5, 6, 7, 1000} {
			for _, ordering := range [][]string{nil, {"id"}, {"name"}, {"-name"}, {"description"}} {
				got := collect(t, c, netbox.Query{PageSize: size, Ordering: ordering})
				slices.Sort(got)
				if diff := cmp.Diff(ids, got); diff != "" {
					t.Errorf("page size %d, ordering %v: %s", size, ordering, diff)
				}
			}
		}
	})
}

func TestListAndResume(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ids := rows(t, srv, 5)
		for _, ordering := range [][]string{nil, {"name"}} {
			q := netbox.Query{PageSize: 2, Ordering: ordering}
			page, err := c.DCIM.Manufacturers.List(t.Context(), q)
			if err != nil || page.Total != 5 || len(page.Items) != 2 || page.Next == "" {
				t.Fatalf("first page %+v, %v", page, err)
			}
			q.After = page.Next
			if diff := cmp.Diff(ids[2:], collect(t, c, q)); diff != "" {
				t.Errorf("resumed with %v: %s", ordering, diff)
			}
		}
		_, err := c.DCIM.Manufacturers.List(t.Context(), netbox.Query{After: "offset:2"})
		if err == nil || !strings.Contains(err.Error(), "After") {
			t.Errorf("a cursor of another query gave %v", err)
		}
	})
}

func TestPagingOnTheWire(t *testing.T) {
	want := map[string][]string{
		"3.7": {
			"GET /api/dcim/manufacturers/?limit=2&ordering=id",
			"GET /api/dcim/manufacturers/?id__gt=2&limit=2&ordering=id",
			"GET /api/dcim/manufacturers/?id__gt=4&limit=2&ordering=id",
		},
		"4.7": {
			"GET /api/dcim/manufacturers/?limit=2&ordering=id",
			"GET /api/dcim/manufacturers/?limit=2&start=3",
			"GET /api/dcim/manufacturers/?limit=2&start=5",
		},
	}
	for _, keyset := range []string{"4.0", "4.2", "4.4", "4.5"} {
		want[keyset] = want["3.7"]
	}
	want["4.6"] = want["4.7"]
	onEach(t, func(t *testing.T, version string, srv *netboxtest.Server, c *netbox.Client) {
		rows(t, srv, 5)
		srv.ResetJournal()
		collect(t, c, netbox.Query{PageSize: 2})
		if diff := cmp.Diff(want[version], requests(srv)); diff != "" {
			t.Error(diff)
		}
	})
}

// A server that claims 4.6 and takes no notice of start, as behind a proxy that
// mixes versions, must neither be read in circles nor lose rows.
func TestIgnoredCursorIsFoundOut(t *testing.T) {
	srv, err := netboxtest.New(netboxtest.Options{Version: "4.2"})
	if err != nil {
		t.Fatal(err)
	}
	inner := srv.Transport()
	_, c := world(t, netboxtest.Options{}, netbox.Config{HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := inner.RoundTrip(r)
		if err == nil {
			resp.Header.Set("API-Version", "4.6")
		}
		return resp, err
	})}})
	ids := rows(t, srv, 7)
	for range 2 {
		if diff := cmp.Diff(ids, collect(t, c, netbox.Query{PageSize: 2})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPagesThatDoNotAdvance(t *testing.T) {
	for name, body := range map[string]string{
		"the same rows again": `{"count":9,"next":"x","results":[{"id":1},{"id":2}]}`,
		"rows out of order":   `{"count":2,"next":null,"results":[{"id":2},{"id":1}]}`,
		"rows without id":     `{"count":2,"next":null,"results":[{"name":"a"},{"name":"b"}]}`,
		"empty with more":     `{"count":9,"next":"x","results":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, s := scripted(t, "4.2", func(*http.Request, []byte) (int, string) { return 200, body })
			var last error
			for _, err := range c.DCIM.Sites.All(t.Context(), netbox.Query{}) {
				last = err
			}
			if last == nil || !strings.Contains(last.Error(), "advance") && !strings.Contains(last.Error(), "empty page") {
				t.Errorf("got %v", last)
			}
			if len(s.requests) > 2 {
				t.Errorf("%d requests", len(s.requests))
			}
		})
	}
	t.Run("no list at all", func(t *testing.T) {
		c, _ := scripted(t, "4.2", func(*http.Request, []byte) (int, string) { return 200, `{"id":1}` })
		if _, err := c.DCIM.Sites.List(t.Context(), netbox.Query{}); err == nil {
			t.Error("an object was taken for a list")
		}
	})
}

func TestAllIsLazyAndRestartable(t *testing.T) {
	srv, c := world(t, netboxtest.Options{}, netbox.Config{})
	ids := rows(t, srv, 5)
	srv.ResetJournal()
	q := netbox.Query{PageSize: 2, Fields: []string{"name"}}
	all := c.DCIM.Manufacturers.All(t.Context(), q)
	q.Fields[0] = "nonsense" // the caller's slice is not kept
	if n := srv.Requests(); n != 0 {
		t.Errorf("%d requests before the first step", n)
	}
	for range all {
		break
	}
	if n := srv.Requests(); n != 1 {
		t.Errorf("%d requests after breaking off", n)
	}
	for range 2 {
		var got []int64
		for m, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.ID)
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Error(diff)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range c.DCIM.Manufacturers.All(ctx, netbox.Query{PageSize: 2}) {
		if n++; n == 2 {
			cancel()
		}
		if n == 3 && !errors.Is(err, context.Canceled) || n > 3 {
			t.Errorf("step %d after cancelling: %v", n, err)
		}
	}
}

func TestLongIDListsAreSplit(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, srv *netboxtest.Server, c *netbox.Client) {
		ids := rows(t, srv, 30)
		wanted := []int64{ids[3], ids[3], ids[29], ids[0]}
		for i := range int64(2000) {
			wanted = append(wanted, 1_000_000+i) // not there
		}
		srv.ResetJournal()
		got := collect(t, c, netbox.Query{Where: netbox.ManufacturerFilter{ID: wanted}, PageSize: 2})
		if diff := cmp.Diff([]int64{ids[0], ids[3], ids[29]}, got); diff != "" {
			t.Error(diff)
		}
		if n := srv.Requests(); n < 5 || n > 9 {
			t.Errorf("%d requests", n)
		}
		for _, line := range requests(srv) {
			if len(line) > 4094-len(" HTTP/1.1") {
				t.Errorf("a request line of %d bytes", len(line))
			}
		}
		n, err := c.DCIM.Manufacturers.Count(t.Context(), netbox.Query{Where: netbox.ManufacturerFilter{ID: wanted}})
		if err != nil || n != 3 {
			t.Errorf("counted %d, %v", n, err)
		}
		if _, err := c.DCIM.Manufacturers.List(t.Context(), netbox.Query{Where: netbox.Raw("name", strings.Repeat("x", 5000))}); err == nil || !strings.Contains(err.Error(), "request line") {
			t.Errorf("a long name gave %v", err)
		}
	})
}

func TestMetaCountsAList(t *testing.T) {
	srv, c := world(t, netboxtest.Options{Version: "4.2"}, netbox.Config{})
	rows(t, srv, 5)
	var meta netbox.Response
	collect(t, c, netbox.Query{PageSize: 2}, netbox.Meta(&meta))
	if meta.Visible != 5 || meta.Total != 5 || meta.Status != 200 || meta.RequestID == "" {
		t.Errorf("meta %+v", meta)
	}
}
