package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

var releases = map[string]servicenowtest.Release{
	"2019": servicenowtest.Release2019, "2022": servicenowtest.Release2022, "2026": servicenowtest.Release2026,
}

func inEveryRelease(t *testing.T, test func(t *testing.T, options servicenowtest.Options)) {
	for name, release := range releases {
		t.Run(name, func(t *testing.T) {
			test(t, servicenowtest.Options{Release: release, Tables: []servicenowtest.Table{thing}, ACLs: []servicenowtest.ACL{hidden}})
		})
	}
}

func TestAllReadsEveryPage(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		for _, test := range []struct{ rows, size, requests int }{
			{0, 10, 1}, {1, 10, 1}, {10, 10, 1}, {11, 10, 2}, {30, 10, 3}, {35, 10, 4},
		} {
			for _, prefetch := range []bool{false, true} {
				server, client := start(t, options)
				fill(t, server, test.rows, nil)
				table := servicenow.TableOf[thingRow](client, "u_thing")
				var meta servicenow.Response
				rows := collect(t, table.All(t.Context(), servicenow.Query{PageSize: test.size, Prefetch: prefetch}, servicenow.Meta(&meta)))
				if len(rows) != test.rows || server.Requests() != test.requests || meta.Visible != test.rows || meta.Total != test.rows {
					t.Errorf("%d rows by %d: got %d in %d requests, visible %d of %d", test.rows, test.size, len(rows), server.Requests(), meta.Visible, meta.Total)
				}
			}
		}
	})
}

// Reference 1.5: pages come back short because access rules filter after the
// query, and the count is blind to them.
func TestHiddenRowsDoNotEndTheReading(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		for name, hide := range map[string]func(i int) bool{
			"none":           func(int) bool { return false },
			"all":            func(int) bool { return true },
			"first page":     func(i int) bool { return i < 10 },
			"a page between": func(i int) bool { return i >= 20 && i < 30 },
			"a long stretch": func(i int) bool { return i >= 13 && i < 77 },
			"last page":      func(i int) bool { return i >= 90 },
			"every other":    func(i int) bool { return i%2 == 0 },
			"all but one":    func(i int) bool { return i != 55 },
		} {
			for _, order := range [][]servicenow.Order{nil, {servicenow.Desc("sys_id")}, {servicenow.Asc("u_rank")}} {
				t.Run(fmt.Sprintf("%s %v", name, order), func(t *testing.T) {
					server, client := start(t, options)
					fill(t, server, 100, hide)
					want := 0
					for i := range 100 {
						if !hide(i) {
							want++
						}
					}
					var meta servicenow.Response
					seen := map[string]bool{}
					for row, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 10, OrderBy: order}, servicenow.Meta(&meta)) {
						if err != nil {
							t.Fatal(err)
						}
						if seen[row.ID] {
							t.Errorf("row %s twice", row.Name)
						}
						seen[row.ID] = true
					}
					if len(seen) != want || meta.Visible != want || meta.Total != 100 {
						t.Errorf("%d rows, want %d; visible %d of %d", len(seen), want, meta.Visible, meta.Total)
					}
				})
			}
		}
	})
}

func TestCallersOrderWithTies(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		server, client := start(t, options)
		fill(t, server, 20, nil)
		table := servicenow.TableOf[thingRow](client, "u_thing")
		rows := collect(t, table.All(t.Context(), servicenow.Query{PageSize: 3, OrderBy: []servicenow.Order{servicenow.Desc("u_rank")}}))
		if got, want := names(rows), "2 5 8 11 14 17 1 4 7 10 13 16 19 0 3 6 9 12 15 18"; got != want {
			t.Errorf("order\n got %s\nwant %s", got, want)
		}
		raw := collect(t, table.All(t.Context(), servicenow.Query{PageSize: 7, Where: servicenow.Raw("u_rank=1^ORDERBYDESCu_name^EQ")}))
		if got, want := names(raw), "7 4 19 16 13 10 1"; got != want {
			t.Errorf("raw order\n got %s\nwant %s", got, want)
		}
		down := collect(t, table.All(t.Context(), servicenow.Query{PageSize: 6, OrderBy: []servicenow.Order{servicenow.Desc("sys_id")}, Where: servicenow.Less("u_rank", 1)}))
		if got, want := names(down), "18 15 12 9 6 3 0"; got != want {
			t.Errorf("descending ids\n got %s\nwant %s", got, want)
		}
	})
}

func TestRowsWithoutSysID(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		server, client := start(t, options)
		fill(t, server, 25, func(i int) bool { return i > 4 && i < 17 })
		type nameOnly struct {
			Name string `json:"u_name"`
		}
		rows := collect(t, servicenow.TableOf[nameOnly](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 4}))
		if len(rows) != 13 {
			t.Errorf("%d rows of a type without sys_id", len(rows))
		}
		for row, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 4, Fields: []string{"u_name", "u_rank"}}) {
			if err != nil || row.ID != "" || row.Name == "" {
				t.Fatalf("got %+v, %v; want the sys_id stripped", row, err)
			}
		}
		for row, err := range servicenow.TableOf[servicenow.Record](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 4, Fields: []string{"u_name"}, Display: servicenow.DisplayBoth}) {
			if err != nil || len(row) != 1 || row.Get("u_name") == "" {
				t.Fatalf("got %+v, %v; want u_name only", row, err)
			}
		}
	})
}

func TestAlternativesKeepTheirKeyWindow(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	fill(t, server, 30, nil)
	where := servicenow.AnyOf(servicenow.Eq("u_rank", 1), servicenow.And(servicenow.Eq("u_rank", 2), servicenow.GreaterEq("u_name", "2")))
	rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 4, Where: where}))
	if got, want := names(rows), "1 2 4 5 7 8 10 13 16 19 20 22 23 25 26 28 29"; got != want {
		t.Errorf("rows\n got %s\nwant %s", got, want)
	}
}

func TestListResumesInAnotherProcess(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		server, client := start(t, options)
		fill(t, server, 23, func(i int) bool { return i > 7 && i < 16 })
		for _, order := range [][]servicenow.Order{nil, {servicenow.Asc("u_name")}} {
			q := servicenow.Query{PageSize: 5, OrderBy: order}
			seen := map[string]bool{}
			for pages := 0; ; pages++ {
				page, err := servicenow.TableOf[thingRow](client, "u_thing").List(t.Context(), q)
				if err != nil || pages > 20 {
					t.Fatal(pages, err)
				}
				for _, row := range page.Items {
					seen[row.ID] = true
				}
				if page.Next == "" {
					break
				}
				q.After = page.Next
			}
			if len(seen) != 15 {
				t.Errorf("order %v: %d rows, want 15", order, len(seen))
			}
		}
		q := servicenow.Query{PageSize: 5}
		page, err := servicenow.TableOf[thingRow](client, "u_thing").List(t.Context(), q)
		if err != nil || page.Total != 23 {
			t.Fatal(page.Total, err)
		}
		rest := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 7, After: page.Next}))
		if len(rest) != 10 {
			t.Errorf("%d rows after the first page", len(rest))
		}
		byName := servicenow.Query{PageSize: 6, OrderBy: []servicenow.Order{servicenow.Asc("u_name")}}
		if page, err = servicenow.TableOf[thingRow](client, "u_thing").List(t.Context(), byName); err != nil {
			t.Fatal(err)
		}
		byName.After = page.Next
		all := slices.Concat(page.Items, collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), byName)))
		if got, want := names(all), "0 1 16 17 18 19 2 20 21 22 3 4 5 6 7"; got != want {
			t.Errorf("resumed by name\n got %s\nwant %s", got, want)
		}
		_, err = servicenow.TableOf[thingRow](client, "u_thing").List(t.Context(), servicenow.Query{After: byName.After, Where: servicenow.Eq("u_rank", 1)})
		if err == nil || !strings.Contains(err.Error(), "another table") {
			t.Errorf("a cursor of another query: %v", err)
		}
	})
}

func TestAllIsLazyRestartableAndBounded(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	fill(t, server, 30, nil)
	fields := []string{"sys_id", "u_name", "u_rank"}
	q := servicenow.Query{PageSize: 10, Fields: fields}
	seq := servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), q)
	fields[1] = "nonsense"
	if server.Requests() != 0 {
		t.Error("a request before the first step")
	}
	for range 2 {
		n := 0
		for row, err := range seq {
			if err != nil || row.Name == "" {
				t.Fatal(row, err)
			}
			if n++; n == 15 {
				break
			}
		}
	}
	if server.Requests() != 4 {
		t.Errorf("%d requests for two readings of 15 rows", server.Requests())
	}
	server.ResetJournal()
	rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 10, Max: 10}))
	if len(rows) != 10 || server.Requests() != 1 {
		t.Errorf("Max 10: %d rows, %d requests", len(rows), server.Requests())
	}
	server.ResetJournal()
	rows = collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{Max: 3}))
	if len(rows) != 3 || !strings.Contains(server.Journal()[0].Query, "sysparm_limit=3&") {
		t.Errorf("Max 3: %d rows by %s", len(rows), server.Journal()[0].Query)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n := 0
	for _, err := range servicenow.TableOf[thingRow](client, "u_thing").All(ctx, servicenow.Query{PageSize: 10}) {
		if last != nil {
			t.Error("a step after the error")
		}
		if last = err; err == nil {
			n++
		}
		if n == 10 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) || n != 10 {
		t.Errorf("after cancelling between pages: %d rows, %v", n, last)
	}
}

func TestNoCount(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		for _, order := range [][]servicenow.Order{nil, {servicenow.Asc("u_name")}} {
			server, client := start(t, options)
			fill(t, server, 40, func(i int) bool { return i >= 10 && i < 20 || i >= 35 })
			var meta servicenow.Response
			rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 5, NoCount: true, OrderBy: order}, servicenow.Meta(&meta)))
			if len(rows) != 25 || meta.Total != -1 {
				t.Errorf("%d rows, total %d", len(rows), meta.Total)
			}
		}
	})
}

// Reference 1.6: a transaction over its quota answers 200 with a cut result.
func TestCutPagesGoOnBehindTheirWholeRows(t *testing.T) {
	for name, fault := range map[string]servicenowtest.Fault{
		"valid JSON with an error":       servicenowtest.Terminated(7),
		"valid JSON without rows":        servicenowtest.Terminated(0),
		"cut in a row":                   servicenowtest.TruncatedAt(400),
		"cut at once":                    servicenowtest.TruncatedAt(3),
		"cut in a key":                   servicenowtest.TruncatedAt(334),
		"cut without a tail":             {Truncate: 500},
		"an empty text as a row":         {Truncate: 12, Tail: `""],"error":{"message":"Transaction cancelled: maximum execution time exceeded","detail":null},"status":"failure"}`},
		"an error swallowed by the row":  {Truncate: 200, Tail: `","error":{"message":"Transaction cancelled: maximum execution time exceeded"},"status":"failure"}`},
		"a connection cut while reading": {CutAfter: 300},
	} {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]servicenow.Order{nil, {servicenow.Asc("u_rank")}} {
				for call := 1; call <= 3; call++ {
					synctest.Test(t, func(t *testing.T) {
						server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
						fill(t, server, 50, nil)
						fault.Call = call
						server.Fail(fault)
						rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 20, OrderBy: order}))
						seen := map[string]bool{}
						for _, row := range rows {
							seen[row.ID] = true
						}
						if len(rows) != 50 || len(seen) != 50 {
							t.Errorf("fault in page %d, order %v: %d rows, %d different", call, order, len(rows), len(seen))
						}
					})
				}
			}
		})
	}
}

func TestListReportsACut(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	fill(t, server, 50, nil)
	server.Fail(servicenowtest.Terminated(7).OnCall(1))
	table := servicenow.TableOf[thingRow](client, "u_thing")
	page, err := table.List(t.Context(), servicenow.Query{PageSize: 20})
	var failure *servicenow.Error
	if !errors.Is(err, servicenow.ErrTruncated) || !errors.As(err, &failure) || !strings.Contains(failure.Detail, "maximum execution time") || !failure.Retryable() {
		t.Fatalf("error %v", err)
	}
	if names(page.Items) != "0 1 2 3 4 5 6" || page.Next == "" {
		t.Errorf("got %s, next %q", names(page.Items), page.Next)
	}
	next, err := table.List(t.Context(), servicenow.Query{PageSize: 20, After: page.Next})
	if err != nil || names(next.Items) != "7 8 9 10 11 12 13 14 15 16" {
		t.Errorf("next %s, %v", names(next.Items), err)
	}
}

func TestPageThatNeverComesWhole(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	fill(t, server, 50, nil)
	server.Fail(servicenowtest.TruncatedAt(3))
	var last error
	for _, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 20}) {
		last = err
	}
	if !errors.Is(last, servicenow.ErrTruncated) || server.Requests() > 8 {
		t.Errorf("error %v after %d requests", last, server.Requests())
	}
}

// The server's own quota: 60 s of virtual time.
func TestPagesBeyondTheQuotaShrink(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		options.RowTime = 1e9 // 60 rows fit
		server, client := start(t, options)
		fill(t, server, 500, func(i int) bool { return i >= 100 && i < 300 })
		rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 200}))
		if len(rows) != 300 {
			t.Errorf("%d rows", len(rows))
		}
	})
}

// foreign answers with pages that do not advance or point elsewhere.
func TestPagesThatDoNotAdvance(t *testing.T) {
	row := func(id string) string { return fmt.Sprintf(`{"sys_id":%q,"u_name":"x","u_rank":"1"}`, id) }
	a, b := strings.Repeat("a", 32), strings.Repeat("b", 32)
	for name, test := range map[string]struct {
		order []servicenow.Order
		pages []string
		total string
		link  string
		want  error
	}{
		"the same page again":       {nil, []string{row(b), row(b)}, "10", "", servicenow.ErrStuck},
		"a page backwards":          {nil, []string{row(b), row(a)}, "10", "", servicenow.ErrStuck},
		"no sys_id":                 {nil, []string{`{"u_name":"x","u_rank":"1"}`}, "10", "", nil},
		"empty for ever, uncounted": {nil, []string{""}, "", `<https://acme.service-now.com/x>;rel="next"`, servicenow.ErrStuck},
		"offset ignored":            {[]servicenow.Order{servicenow.Asc("u_rank")}, []string{row(b)}, "1000", "", servicenow.ErrStuck},
	} {
		t.Run(name, func(t *testing.T) {
			server, client := start(t, servicenowtest.Options{})
			for i, page := range test.pages {
				fault := servicenowtest.Fault{Status: http.StatusOK, Header: http.Header{}, Body: `{"result":[` + page + `]}`, Call: i + 1, Times: 1}
				if i == len(test.pages)-1 {
					fault.Call, fault.Times = 0, 0
				}
				if test.total != "" {
					fault.Header.Set("X-Total-Count", test.total)
				}
				if test.link != "" {
					fault.Header.Set("Link", test.link)
				}
				server.Fail(fault)
			}
			var last error
			for _, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 1, OrderBy: test.order}) {
				last = err
			}
			if last == nil || test.want != nil && !errors.Is(last, test.want) {
				t.Errorf("error %v, want %v", last, test.want)
			}
			if server.Requests() > 250 {
				t.Errorf("%d requests", server.Requests())
			}
		})
	}
}

func TestLinkToAnotherHostIsNotFollowed(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	fill(t, server, 3, nil)
	server.Fail(servicenowtest.Fault{Call: 1, Status: http.StatusOK,
		Header: http.Header{"Link": {`<https://evil.example/api/now/table/u_thing?sysparm_offset=1>;rel="next"`}},
		Body:   `{"result":[{"sys_id":"00000001000000000000000000000000","u_name":"0","u_rank":"0"}]}`})
	rows := collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{PageSize: 1}))
	for _, call := range server.Journal() {
		if !strings.Contains(call.Query, "ORDERBYsys_id") {
			t.Errorf("request %s?%s is not ours", call.Path, call.Query)
		}
	}
	if names(rows) != "0 1 2" {
		t.Errorf("rows %s", names(rows))
	}
}

// Whatever is hidden, inserted and deleted while reading: every visible row
// that was there all the time comes exactly once.
func TestAllIsCompleteUnderChange(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		for seed := range uint64(rounds(60)) {
			random := rand.New(rand.NewPCG(seed, 1))
			change := func() {}
			server, client := startBetween(t, options, func() { change() })
			denied := random.Float64()
			stay := map[string]bool{} // visible rows that are never deleted
			var ids []string
			id := func() string { return fmt.Sprintf("%08x%024x", random.Uint32(), random.Uint32()) }
			add := func(keep bool) {
				hide := random.Float64() < denied
				one := insertThing(t, server, id(), len(ids), hide)
				ids = append(ids, one)
				if keep && !hide {
					stay[one] = true
				}
			}
			for range random.IntN(120) {
				add(random.Float64() < 0.8)
			}
			deletable := func() (string, bool) {
				if len(ids) == 0 {
					return "", false
				}
				i := random.IntN(len(ids))
				one := ids[i]
				if stay[one] {
					return "", false
				}
				ids = append(ids[:i], ids[i+1:]...)
				return one, true
			}
			q := servicenow.Query{PageSize: 1 + random.IntN(20), NoCount: random.IntN(4) == 0, Prefetch: random.IntN(3) == 0}
			if random.IntN(4) == 0 {
				q.OrderBy = []servicenow.Order{servicenow.Desc("sys_id")}
			}
			change = func() {
				for range random.IntN(6) {
					if random.IntN(2) == 0 {
						add(false)
					} else if one, ok := deletable(); ok {
						if err := server.Delete("u_thing", one); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			seen := map[string]int{}
			for row, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), q) {
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				seen[row.ID]++
			}
			for one, n := range seen {
				if n != 1 {
					t.Errorf("seed %d, %+v: row %s came %d times", seed, q, one, n)
				}
			}
			for one := range stay {
				if seen[one] == 0 {
					t.Errorf("seed %d, %+v: row %s is missing", seed, q, one)
				}
			}
		}
	})
}

// In a caller's order pages overlap, so that a few changes between two of them
// neither hide nor repeat a row.
func TestCallersOrderUnderChange(t *testing.T) {
	inEveryRelease(t, func(t *testing.T, options servicenowtest.Options) {
		for seed := range uint64(rounds(20)) {
			random := rand.New(rand.NewPCG(seed, 2))
			change := func() {}
			server, client := startBetween(t, options, func() { change() })
			stay, gone := map[string]bool{}, []string{}
			for i := range 60 + random.IntN(100) {
				hide := random.IntN(4) == 0
				id := insertThing(t, server, fmt.Sprintf("%08x%024x", random.Uint32(), i), i, hide)
				if random.IntN(5) == 0 {
					gone = append(gone, id)
				} else if !hide {
					stay[id] = true
				}
			}
			n := 1000
			change = func() {
				if random.IntN(2) == 0 && len(gone) > 0 {
					if err := server.Delete("u_thing", gone[0]); err != nil {
						t.Fatal(err)
					}
					gone = gone[1:]
				}
				if random.IntN(2) == 0 {
					n++
					insertThing(t, server, fmt.Sprintf("%08x%024x", random.Uint32(), n), n, random.IntN(4) == 0)
				}
			}
			seen := map[string]int{}
			q := servicenow.Query{PageSize: 5 + random.IntN(20), OrderBy: []servicenow.Order{servicenow.Desc("u_rank")}, NoCount: random.IntN(4) == 0}
			for row, err := range servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), q) {
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				seen[row.ID]++
			}
			for one, n := range seen {
				if n != 1 {
					t.Errorf("seed %d, page size %d: row %s came %d times", seed, q.PageSize, one, n)
				}
			}
			for one := range stay {
				if seen[one] == 0 {
					t.Errorf("seed %d, page size %d: row %s is missing", seed, q.PageSize, one)
				}
			}
		}
	})
}

// Reference 1.1: a URL beyond 8 KB is a 414, a batch item may be longer.
func TestLongConditionsTakeTheBatch(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	ids := fill(t, server, 700, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	where := servicenow.In("sys_id", ids[:600]...)
	var meta servicenow.Response
	rows := collect(t, table.All(t.Context(), servicenow.Query{Where: where, PageSize: 400}, servicenow.Meta(&meta)))
	if len(rows) != 600 || rows[599].ID != ids[599] || meta.Total != 600 || server.Requests("POST") != 2 || server.Requests() != 2 {
		t.Errorf("%d rows of %d in %d requests", len(rows), meta.Total, server.Requests())
	}
	if n, err := table.Count(t.Context(), servicenow.Query{Where: where}); n != 600 || err != nil {
		t.Errorf("count %d, %v", n, err)
	}
	_, err := servicenow.TableOf[thingRow](client, "u_other").List(t.Context(), servicenow.Query{Where: where})
	var failure *servicenow.Error
	if !errors.Is(err, servicenow.ErrInvalidTable) || !errors.As(err, &failure) || failure.Status != 400 || failure.Attempts != 1 {
		t.Errorf("error %v", err)
	}
}

func TestQueriesAreNotChanged(t *testing.T) {
	_, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	q := servicenow.Query{Where: servicenow.Raw("u_rank=1^ORDERBYu_name"), OrderBy: make([]servicenow.Order, 1, 8), Fields: make([]string, 1, 8)}
	q.OrderBy[0], q.Fields[0] = servicenow.Asc("u_rank"), "u_name"
	before := fmt.Sprintf("%#v", q)
	collect(t, servicenow.TableOf[thingRow](client, "u_thing").All(t.Context(), servicenow.Query{Where: q.Where, OrderBy: q.OrderBy, Fields: q.Fields}))
	if after := fmt.Sprintf("%#v", q); after != before || !reflect.DeepEqual(q.OrderBy[:2], []servicenow.Order{servicenow.Asc("u_rank"), {}}) {
		t.Errorf("query changed\nfrom %s\n  to %s", before, after)
	}
}
