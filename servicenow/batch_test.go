package servicenow_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func thingID(i int) string { return fmt.Sprintf("%032x", i+1) }

func creates(table *servicenow.Table[thingRow], n int) []servicenow.BatchItem {
	items := make([]servicenow.BatchItem, n)
	for i := range items {
		items[i] = table.BatchCreate(thingRow{ID: thingID(i), Name: fmt.Sprint(i), Rank: i % 5})
	}
	return items
}

func TestBatchMixesReadsAndWrites(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	ids := fill(t, server, 5, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	results, err := client.Batch(t.Context(), []servicenow.BatchItem{
		table.BatchGet(ids[0]),
		table.BatchCreate(map[string]any{"u_name": "new", "u_rank": 1}),
		table.BatchUpdate(ids[1], map[string]any{"u_name": "changed"}),
		table.BatchDelete(ids[2]),
		table.BatchGet(ids[2]),
		table.BatchList(servicenow.Query{PageSize: 2}),
		servicenow.BatchRequest("GET", "/api/now/table/nowhere", nil, nil),
		servicenow.BatchRequest("POST", "/api/now/table/u_thing", url.Values{"sysparm_fields": {"sys_id,u_name"}}, map[string]string{"u_name": "raw"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	var row thingRow
	if err := results[0].Decode(&row); err != nil || row.Name != "0" {
		t.Error("get", row, err)
	}
	if err := results[1].Decode(&row); err != nil || row.Name != "new" || results[1].Status != 201 {
		t.Error("create", row, err, results[1].Status)
	}
	if err := results[2].Decode(&row); err != nil || row.Name != "changed" || results[2].ExecutionTime != 50*time.Millisecond {
		t.Error("update", row, err, results[2].ExecutionTime)
	}
	if results[3].Err != nil || results[3].Status != 204 {
		t.Error("delete", results[3].Err, results[3].Status)
	}
	if !errors.Is(results[4].Err, servicenow.ErrNotFound) || !errors.Is(results[4].Decode(&row), servicenow.ErrNotFound) {
		t.Error("get of a deleted record", results[4].Err)
	}
	var rows []thingRow
	if err := results[5].Decode(&rows); err != nil || len(rows) != 2 || results[5].Total != 5 {
		t.Error("list", rows, err, results[5].Total)
	}
	var failure *servicenow.Error
	if !errors.Is(results[6].Err, servicenow.ErrInvalidTable) || !errors.As(results[6].Err, &failure) || failure.Status != 400 || failure.Message != "Invalid table nowhere" {
		t.Error("unknown table", results[6].Err)
	}
	if results[7].Err != nil {
		t.Error("raw request", results[7].Err)
	}
	if server.Requests() != 1 {
		t.Errorf("%d requests", server.Requests())
	}
}

func TestBatchWireBytes(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	table := servicenow.TableOf[thingRow](client, "u_thing")
	if _, err := client.Batch(t.Context(), []servicenow.BatchItem{
		table.BatchList(servicenow.Query{Where: servicenow.Eq("u_name", "a&b"), PageSize: 3}),
		table.BatchUpdate("abc", map[string]any{"u_name": "x"}, servicenow.Header("X-Trace", "1")),
	}); err != nil {
		t.Fatal(err)
	}
	call := server.Journal()[0]
	want := `{"batch_request_id":"1","rest_requests":[` +
		`{"id":"0","method":"GET","url":"/api/now/table/u_thing?sysparm_exclude_reference_link=true\u0026sysparm_fields=sys_id%2Cu_name%2Cu_rank\u0026sysparm_limit=3\u0026sysparm_query=u_name%3Da%26b%5EORDERBYsys_id","headers":[{"name":"Accept","value":"application/json"}]},` +
		`{"id":"1","method":"PATCH","url":"/api/now/table/u_thing/abc?sysparm_exclude_reference_link=true\u0026sysparm_fields=sys_id%2Cu_name%2Cu_rank","headers":[{"name":"Accept","value":"application/json"},{"name":"Content-Type","value":"application/json"},{"name":"X-Trace","value":"1"}],"body":"` +
		base64.StdEncoding.EncodeToString([]byte(`{"u_name":"x"}`)) + `","exclude_response_headers":true}]}`
	if call.Method != "POST" || call.Path != "/api/now/v1/batch" || string(call.Body) != want {
		t.Errorf("sent\n got %s %s %s\nwant %s", call.Method, call.Path, call.Body, want)
	}
}

func TestBatchIsSplit(t *testing.T) {
	t.Run("by the first guess of time", func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		checkCreated(t, server, client, creates(table, 500), 3)
	})
	t.Run("by learnt time", func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}, BatchItemTime: 400 * time.Millisecond})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		if _, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchCreate(map[string]any{"u_name": "first"})}); err != nil {
			t.Fatal(err)
		}
		server.ResetJournal()
		if results, err := client.Batch(t.Context(), creates(table, 90)); err != nil || len(results) != 90 {
			t.Fatal(err)
		}
		if got := server.Requests(); got != 2 { // 18 s of 400 ms are 45 items
			t.Errorf("%d requests", got)
		}
	})
	t.Run("by number", func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}, BatchItemTime: time.Millisecond})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		for range 30 { // learn how fast it is
			if _, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchCreate(map[string]any{"u_name": "x"})}); err != nil {
				t.Fatal(err)
			}
		}
		server.ResetJournal()
		if _, err := client.Batch(t.Context(), creates(table, 2001)); err != nil {
			t.Fatal(err)
		}
		if got := server.Requests(); got != 3 {
			t.Errorf("%d requests", got)
		}
	})
	t.Run("by bytes", func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		large := strings.Repeat("x", 1<<20)
		items, requests := make([]servicenow.BatchItem, 9), 3
		if raceEnabled { // a megabyte takes seconds then: as many as need a second request
			items, requests = items[:5], 2
		}
		for i := range items {
			items[i] = table.BatchCreate(map[string]any{"u_name": large})
		}
		checkCreated(t, server, client, items, requests)
		if server.Requests() < 2 {
			t.Error("everything went in one request")
		}
		for _, call := range server.Journal() {
			if call.Size > 5<<20 {
				t.Errorf("a batch of %d bytes", call.Size)
			}
		}
		_, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchCreate(map[string]any{"u_name": strings.Repeat(large, 6)})})
		if err == nil || !strings.Contains(err.Error(), "by itself") {
			t.Errorf("an item that is too large: %v", err)
		}
	})
}

// checkCreated sends creates and checks requests, results and their order.
func checkCreated(t *testing.T, server *servicenowtest.Server, client *servicenow.Client, items []servicenow.BatchItem, most int) {
	t.Helper()
	before := server.Count("u_thing")
	results, err := client.Batch(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		if result.Err != nil {
			t.Fatalf("item %d: %v", i, result.Err)
		}
	}
	if got := server.Requests(); got > most {
		t.Errorf("%d requests, want %d at most", got, most)
	}
	if got := server.Count("u_thing") - before; got != len(items) {
		t.Errorf("%d records for %d items", got, len(items))
	}
}

func TestBatchSendsUnservicedItemsAgainInOrder(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}, BatchItemTime: time.Second})
	table := servicenow.TableOf[thingRow](client, "u_thing")
	results, err := client.Batch(t.Context(), creates(table, 100))
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		var row thingRow
		if err := result.Decode(&row); err != nil || row.ID != thingID(i) || row.Name != fmt.Sprint(i) {
			t.Fatalf("item %d: %+v, %v", i, row, err)
		}
	}
	last := time.Time{}
	for _, row := range server.Rows("u_thing") {
		at, _ := time.Parse("2006-01-02 15:04:05", row["sys_created_on"])
		if at.Before(last) {
			t.Error("records were made out of order")
		}
		last = at
	}
	if server.Requests() > 8 {
		t.Errorf("%d requests", server.Requests())
	}
}

func TestBatchGivesUpOnAnItemThatIsNeverRun(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}, BatchOutput: 200})
	fill(t, server, 50, nil)
	table := servicenow.TableOf[thingRow](client, "u_thing")
	results, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchList(servicenow.Query{}), table.BatchDelete(server.Rows("u_thing")[0]["sys_id"])})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(results[0].Err, servicenow.ErrUnserviced) || results[1].Err != nil {
		t.Errorf("results %v, %v", results[0].Err, results[1].Err)
	}
}

func TestBatchOfNothing(t *testing.T) {
	server, client := start(t, servicenowtest.Options{})
	if results, err := client.Batch(t.Context(), nil); err != nil || len(results) != 0 || server.Requests() != 0 {
		t.Error(results, err, server.Requests())
	}
}

func TestBatchMistakes(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	table := servicenow.TableOf[thingRow](client, "u_thing")
	for name, item := range map[string]servicenow.BatchItem{
		"zero":             {},
		"no sys_id":        table.BatchGet(""),
		"nil row":          table.BatchCreate(nil),
		"empty patch":      table.BatchUpdate("x", map[string]any{}),
		"delete nothing":   table.BatchDelete(""),
		"bad query":        table.BatchList(servicenow.Query{PageSize: -1}),
		"bad method":       servicenow.BatchRequest("FETCH", "/x", nil, nil),
		"bad table":        servicenow.TableOf[thingRow](client, "").BatchGet("x"),
		"sys_id with dots": table.BatchGet(".."),
	} {
		t.Run(name, func(t *testing.T) {
			results, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchGet("x"), item})
			if err == nil || results != nil || !strings.HasPrefix(err.Error(), "servicenow: Batch: item 1: ") {
				t.Errorf("results %v, error %v", results, err)
			}
		})
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
}

// A batch whose answer is lost: what can be repeated is, what cannot is in doubt.
func TestBatchWithALostAnswer(t *testing.T) {
	for name, fault := range map[string]servicenowtest.Fault{
		"lost":    {Call: 1, DropAfter: true},
		"cut":     {Call: 1, CutAfter: 40},
		"at once": {Call: 1, DropBefore: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
				ids := fill(t, server, 5, nil)
				table := servicenow.TableOf[thingRow](client, "u_thing")
				server.Fail(fault)
				results, err := client.Batch(t.Context(), []servicenow.BatchItem{
					table.BatchCreate(map[string]any{"u_name": "unrepeatable"}),
					table.BatchCreate(thingRow{ID: thingID(900), Name: "chosen"}),
					table.BatchUpdate(ids[0], map[string]any{"u_name": "changed"}),
					table.BatchDelete(ids[1]),
					table.BatchGet(ids[2]),
				})
				if err == nil {
					t.Error("a batch was lost and no error")
				}
				var failure *servicenow.Error
				if !errors.As(results[0].Err, &failure) || !failure.MaybeApplied() {
					t.Errorf("plain create: %v", results[0].Err)
				}
				for i, result := range results[1:] {
					if result.Err != nil {
						t.Errorf("item %d: %v", i+1, result.Err)
					}
				}
				var row thingRow
				if err := results[1].Decode(&row); err != nil || row.Name != "chosen" {
					t.Error("create with a chosen sys_id", row, err)
				}
				if row, _ := server.Row("u_thing", ids[0]); row["u_name"] != "changed" {
					t.Error("update was not made", row)
				}
			})
		})
	}
}

// Deleted is deleted, and updated is updated, when the answer is lost and the
// repeat finds it done.
func TestBatchThatMayBeRepeatedAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
		ids := fill(t, server, 5, nil)
		table := servicenow.TableOf[thingRow](client, "u_thing")
		server.Fail(servicenowtest.Fault{Call: 1, DropAfter: true}, servicenowtest.Fault{Call: 3, DropAfter: true})
		for _, items := range [][]servicenow.BatchItem{
			{table.BatchDelete(ids[0]), table.BatchGet(ids[1])},
			{table.BatchUpdate(ids[1], map[string]any{"u_name": "x"}), table.BatchGet(ids[1])},
		} {
			results, err := client.Batch(t.Context(), items)
			if err != nil || results[0].Err != nil || results[1].Err != nil {
				t.Errorf("%v: %v, %v", err, results[0].Err, results[1].Err)
			}
		}
		if server.Requests() != 4 || server.Count("u_thing") != 4 {
			t.Errorf("%d requests, %d records", server.Requests(), server.Count("u_thing"))
		}
	})
}

func TestBatchKeepsTheResultsOfOtherBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
		table := servicenow.TableOf[thingRow](client, "u_thing")
		items := make([]servicenow.BatchItem, 1000) // 360 a batch
		for i := range items {
			items[i] = table.BatchCreate(map[string]any{"u_name": fmt.Sprint(i)})
		}
		server.Fail(servicenowtest.Fault{Call: 2, DropAfter: true})
		results, err := client.Batch(t.Context(), items)
		if !errors.Is(err, servicenow.ErrAmbiguous) {
			t.Errorf("error %v", err)
		}
		for i, result := range results {
			if lost := i >= 360 && i < 720; lost != (result.Err != nil) || lost && !errors.Is(result.Err, servicenow.ErrAmbiguous) {
				t.Fatalf("item %d: %v", i, result.Err)
			}
		}
		if server.Requests() != 3 {
			t.Errorf("%d requests", server.Requests())
		}
	})
}

func TestBatchStopsWhenItIsHopeless(t *testing.T) {
	for name, test := range map[string]struct {
		fault    servicenowtest.Fault
		kind     error
		requests int
	}{
		"wrong password": {servicenowtest.Unauthenticated().OnCall(2), servicenow.ErrUnauthorized, 2},
		"asleep":         {servicenowtest.Asleep().OnCall(2), servicenow.ErrAsleep, 2},
		"hourly limit":   {servicenowtest.RateLimited(time.Hour).OnCall(2), servicenow.ErrHourlyLimit, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
				table := servicenow.TableOf[thingRow](client, "u_thing")
				server.Fail(test.fault)
				results, err := client.Batch(t.Context(), creates(table, 1000))
				if !errors.Is(err, test.kind) || server.Requests() != test.requests {
					t.Errorf("error %v after %d requests", err, server.Requests())
				}
				for i, result := range results {
					var failure *servicenow.Error
					if failed := i >= 360; failed != (result.Err != nil) || failed && (!errors.Is(result.Err, test.kind) || !errors.As(result.Err, &failure) || failure.MaybeApplied()) {
						t.Fatalf("item %d: %v", i, result.Err)
					}
				}
			})
		})
	}
}

func TestBatchIsRepeatedWhenNotTaken(t *testing.T) {
	for name, fault := range map[string]servicenowtest.Fault{
		"dropped":    servicenowtest.Dropped().OnCall(1),
		"queue full": servicenowtest.SemaphoreFull().OnCall(1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
				table := servicenow.TableOf[thingRow](client, "u_thing")
				server.Fail(fault)
				results, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchCreate(map[string]any{"u_name": "x"})})
				if err != nil || results[0].Err != nil || server.Requests() != 2 || server.Count("u_thing") != 1 {
					t.Error(err, results, server.Requests(), server.Count("u_thing"))
				}
			})
		})
	}
}

// answerItems answers a batch by hand, item by item.
func answerItems(t *testing.T, answer func(batch int, id, method string) (status int, body string)) (*servicenow.Client, *[]string) {
	t.Helper()
	var mu sync.Mutex
	var sent []string
	batch := 0
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		batch++
		var request struct {
			Requests []struct{ ID, Method string } `json:"rest_requests"`
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			t.Error(err)
		}
		var answers, ids []string
		for _, one := range request.Requests {
			ids = append(ids, one.ID)
			status, body := answer(batch, one.ID, one.Method)
			if status == 0 {
				continue
			}
			answers = append(answers, fmt.Sprintf(`{"id":%q,"status_code":%d,"body":%q,"headers":[{"name":"Retry-After","value":"3"}]}`, one.ID, status, base64.StdEncoding.EncodeToString([]byte(body))))
		}
		sent = append(sent, strings.Join(ids, " "))
		recorder := `{"serviced_requests":[` + strings.Join(answers, ",") + `],"unserviced_requests":[]}`
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body(recorder), Request: r}, nil
	})}})
	if err != nil {
		t.Fatal(err)
	}
	return client, &sent
}

// A request of a batch is repeated under the rules of a single call only.
func TestBatchItemsAreRepeatedLikeSingleCalls(t *testing.T) {
	const good = `{"result":{"sys_id":"1"}}`
	tests := []struct {
		name   string
		status int // in the first batch, for every item; 0: not named in the answer
		again  string
	}{
		{"429", 429, "0 1 2 3 4"},
		{"202 and empty", 202, "0 1 2 3 4"},
		{"503", 503, "0 2 3"},
		{"500", 500, "0"},
		{"not named", 0, "0 2 3"},
		{"403", 403, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, sent := answerItems(t, func(batch int, _, method string) (int, string) {
					switch {
					case batch == 1:
						return test.status, ""
					case method == "DELETE":
						return 204, ""
					}
					return 200, good
				})
				table := servicenow.TableOf[thingRow](client, "u_thing")
				began := time.Now()
				results, err := client.Batch(t.Context(), []servicenow.BatchItem{
					table.BatchGet("a"), table.BatchCreate(map[string]any{"u_name": "x"}), table.BatchUpdate("b", map[string]any{"u_name": "x"}),
					table.BatchDelete("c"), table.BatchUpdate("d", map[string]any{"work_notes": "x"}),
				})
				if err != nil {
					t.Fatal(err)
				}
				again := strings.Join((*sent)[1:], "|")
				if again != test.again {
					t.Errorf("sent again %q, want %q", again, test.again)
				}
				for i, result := range results {
					repeated := strings.Contains(test.again, fmt.Sprint(i))
					if repeated != (result.Err == nil) {
						t.Errorf("item %d: %v", i, result.Err)
					}
					var failure *servicenow.Error
					if errors.As(result.Err, &failure) && failure.MaybeApplied() != (test.status != 403) {
						t.Errorf("item %d: maybe applied: %v", i, failure.MaybeApplied())
					}
				}
				if test.again != "" && test.status != 0 && time.Since(began) < 3*time.Second {
					t.Errorf("waited %v although the items asked for 3 s", time.Since(began))
				}
			})
		})
	}
}

func TestBatchObeysItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := answerItems(t, func(int, string, string) (int, string) { return 429, "" })
		table := servicenow.TableOf[thingRow](client, "u_thing")
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		results, err := client.Batch(ctx, []servicenow.BatchItem{table.BatchGet("a")})
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(results[0].Err, servicenow.ErrRateLimited) || time.Since(began) != 0 {
			t.Errorf("error %v, result %v after %v", err, results[0].Err, time.Since(began))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		results, err = client.Batch(ended, []servicenow.BatchItem{table.BatchGet("a"), table.BatchGet("b")})
		if !errors.Is(err, context.Canceled) || !errors.Is(results[1].Err, context.Canceled) {
			t.Errorf("ended context: %v, %v", err, results[1].Err)
		}
	})
}

func TestBatchIsSafeForConcurrentUse(t *testing.T) {
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	table := servicenow.TableOf[thingRow](client, "u_thing")
	var group sync.WaitGroup
	for g := range 20 {
		group.Go(func() {
			items := make([]servicenow.BatchItem, 10)
			for i := range items {
				items[i] = table.BatchCreate(thingRow{ID: thingID(g*10 + i), Name: "x"})
			}
			results, err := client.Batch(t.Context(), items)
			for i, result := range results {
				if result.Err != nil {
					t.Error(g, i, result.Err)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := server.Count("u_thing"); got != 200 {
		t.Errorf("%d records", got)
	}
}
