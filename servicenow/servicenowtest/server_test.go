package servicenowtest_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestOptionsThatCannotWork(t *testing.T) {
	table := func(t servicenowtest.Table) servicenowtest.Options {
		return servicenowtest.Options{Tables: []servicenowtest.Table{t}}
	}
	for want, options := range map[string]servicenowtest.Options{
		`Options.Tables[`:   table(servicenowtest.Table{Name: "Bad Name"}),
		`column name "x.y"`: table(servicenowtest.Table{Name: "u_t", Columns: []servicenowtest.Column{{Name: "x.y"}}}),
		`extends u_none`:    table(servicenowtest.Table{Name: "u_t", Extends: "u_none"}),
		`extends u_t`:       table(servicenowtest.Table{Name: "u_t", Extends: "u_t"}),
		`no column z`:       table(servicenowtest.Table{Name: "u_t", Display: "z"}),
		`NumberPrefix`:      table(servicenowtest.Table{Name: "u_t", NumberPrefix: "T"}),
		`refers to "u_none"`: table(servicenowtest.Table{Name: "u_t", Columns: []servicenowtest.Column{
			{Name: "x", Type: servicenowtest.Reference, Reference: "u_none"},
		}}),
		`Options.Users[0]`: {Users: []servicenowtest.User{{}}},
		`Options.Users[1]`: {Users: []servicenowtest.User{{Name: "a"}, {Name: "a"}}},
		`no table "nope"`:  {ACLs: []servicenowtest.ACL{{Table: "nope"}}},
		`no user "nope"`:   {ACLs: []servicenowtest.ACL{{User: "nope"}}},
	} {
		if _, err := servicenowtest.New(options); err == nil || !strings.HasPrefix(err.Error(), "servicenowtest: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestOwnTables(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Tables: []servicenowtest.Table{
		{Name: "u_asset", Display: "u_code", NumberPrefix: "AST", NumberStart: 5, Columns: []servicenowtest.Column{
			{Name: "number"}, {Name: "u_code", MaxLength: 4, Unique: true}, {Name: "u_owner", Type: servicenowtest.Reference, Reference: "sys_user"},
		}},
		{Name: "cmdb_ci", Columns: []servicenowtest.Column{{Name: "u_cloud_provider", Default: "AWS"}, {Name: "u_asset", Type: servicenowtest.Reference, Reference: "u_asset"}}},
		{Name: "u_ci", Label: "Own CI", Extends: "cmdb_ci_server"},
	}})
	asset := i.insert("u_asset", servicenowtest.Row{"u_code": "ünïcödé"})
	i.insert("u_ci", servicenowtest.Row{"name": "x", "u_asset": asset})
	res := i.do("GET", "/api/now/table/cmdb_ci_server?sysparm_fields=name,u_cloud_provider,u_asset,sys_class_name,u_asset.number&sysparm_display_value=true&sysparm_exclude_reference_link=true", "")
	if want := `{"result":[{"name":"x","u_cloud_provider":"AWS","u_asset":"ünïc","sys_class_name":"Own CI","u_asset.number":"AST0000005"}]}`; res.body != want {
		t.Errorf("%s\nwant\n%s", res.body, want)
	}
	if res := i.do("POST", "/api/now/table/u_asset", `{"u_code":"ÜNÏC"}`); res.status != 403 || !strings.Contains(res.body, "Unique Key violation") {
		t.Errorf("a unique value again: %d %s", res.status, res.body)
	}
	if err := i.Update("u_asset", asset, servicenowtest.Row{"u_code": "ünïc"}); err != nil {
		t.Errorf("the record's own unique value: %v", err)
	}
	if tables := i.Tables(); len(tables) < 25 || tables[0] > tables[1] {
		t.Errorf("tables: %v", tables)
	}
}

func TestGoAccess(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	id := i.insert("cmdb_ci", servicenowtest.Row{"sys_class_name": "cmdb_ci_server", "name": "srv", "cpu_count": "4", "sys_updated_on": "2020-01-01 00:00:00", "monitor": "1"})
	row, ok := i.Row("cmdb_ci_server", id)
	if !ok || row["cpu_count"] != "4" || row["sys_updated_on"] != "2020-01-01 00:00:00" || row["monitor"] != "true" || row["install_status"] != "1" || row["sys_created_by"] != "system" {
		t.Fatalf("row: %v", row)
	}
	if err := i.Update("cmdb_ci", strings.ToUpper(id), servicenowtest.Row{"name": "srv"}); err != nil {
		t.Fatal(err)
	}
	if row, _ := i.Row("cmdb_ci", id); row["sys_mod_count"] != "0" {
		t.Errorf("an update without a change counts: %v", row)
	}
	if err := i.Update("cmdb_ci", id, servicenowtest.Row{"sys_class_name": "cmdb_ci_ip_router", "ports": "3"}); err != nil {
		t.Fatal(err)
	}
	row, _ = i.Row("cmdb_ci_ip_router", id)
	if _, has := row["cpu_count"]; has || row["name"] != "srv" || row["ports"] != "3" || row["sys_mod_count"] != "1" || row["sys_updated_on"] != "2026-01-15 08:30:15" {
		t.Errorf("after the change of class: %v", row)
	}
	if i.Count("cmdb_ci") != 1 || i.Count("cmdb_ci_server") != 0 || len(i.Rows("cmdb_ci_netgear")) != 1 {
		t.Errorf("counts: %d %d", i.Count("cmdb_ci"), i.Count("cmdb_ci_server"))
	}
	if err := i.Delete("cmdb_ci", id); err != nil || i.Count("cmdb_ci_ip_router") != 0 {
		t.Errorf("deleted: %v, %d", err, i.Count("cmdb_ci_ip_router"))
	}
	_, insertTable := i.Insert("nope", nil)
	_, insertColumn := i.Insert("incident", servicenowtest.Row{"nope": ""})
	_, insertID := i.Insert("incident", servicenowtest.Row{"sys_id": "short"})
	_, insertClass := i.Insert("cmdb_ci", servicenowtest.Row{"sys_class_name": "incident"})
	for want, err := range map[string]error{
		`no table "nope"`: insertTable, `no column "nope"`: insertColumn, "32 hex digits": insertID, "no class of this hierarchy": insertClass,
		"no record x": i.Update("incident", "x", nil), "no record y": i.Delete("incident", "y"),
		`no table "a"`: i.Update("a", "", nil), `no table "b"`: i.Delete("b", ""),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, ok := i.Row("nope", ""); ok || i.Count("nope") != 0 || i.Rows("nope") != nil {
		t.Error("an unknown table has records")
	}
}

// The same seed and the same calls give the same sys_ids and numbers, also
// after a snapshot was restored.
func TestDeterministicAndRestorable(t *testing.T) {
	fill := func(i *instance) []string {
		var ids []string
		for range 3 {
			ids = append(ids, i.insert("incident", servicenowtest.Row{"short_description": "x"}))
		}
		return ids
	}
	a := newInstance(t, servicenowtest.Options{Seed: 3, Clock: fixedClock})
	b := newInstance(t, servicenowtest.Options{Seed: 3, Clock: fixedClock})
	other := newInstance(t, servicenowtest.Options{Seed: 4, Clock: fixedClock})
	empty := a.Snapshot()
	first := fill(a)
	full := a.Snapshot()
	if got := fill(b); !reflect.DeepEqual(first, got) || reflect.DeepEqual(first, fill(other)) {
		t.Errorf("%v and %v", first, got)
	}
	rows := a.Rows("task")
	for range 2 {
		if err := a.Restore(empty); err != nil {
			t.Fatal(err)
		}
		if a.Count("incident") != 0 || a.Count("sys_user") != 1 {
			t.Errorf("restored: %d incidents", a.Count("incident"))
		}
		if got := fill(a); !reflect.DeepEqual(first, got) || !reflect.DeepEqual(rows, a.Rows("task")) {
			t.Errorf("after restoring: %v, want %v", got, first)
		}
	}
	if err := a.Delete("incident", first[0]); err != nil {
		t.Fatal(err)
	}
	if err := a.Restore(full); err != nil || !reflect.DeepEqual(rows, a.Rows("incident")) {
		t.Errorf("restored: %v", err)
	}
	for _, snapshot := range []*servicenowtest.Snapshot{nil, b.Snapshot()} {
		if a.Restore(snapshot) == nil {
			t.Error("restored a snapshot of another server")
		}
	}
}

// Rules about one user, about one class in a hierarchy, and about what a new
// record would be.
func TestACLs(t *testing.T) {
	users := []servicenowtest.User{{Name: "admin", Password: "admin"}, {Name: "ann", Password: "a"}}
	i := newInstance(t, servicenowtest.Options{Users: users})
	router := i.insert("cmdb_ci_ip_router", servicenowtest.Row{"name": "r"})
	i.insert("cmdb_ci_server", servicenowtest.Row{"name": "s"})
	if err := i.SetACLs(
		servicenowtest.ACL{User: "ann", Table: "cmdb_ci_netgear", Allow: func(servicenowtest.Operation, func(string) string) bool { return false }},
		servicenowtest.ACL{User: "ann", Table: "cmdb_ci_server", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
			return op != servicenowtest.OpInsert || get("name") != "forbidden" && get("nonsense") == "" && get("install_status") == "1"
		}},
		servicenowtest.ACL{User: "ann", Table: "core_company", Closed: true},
	); err != nil {
		t.Fatal(err)
	}
	ann := []string{"Authorization", "Basic YW5uOmE="}
	for _, tc := range []struct {
		method, target, body string
		admin, ann           int
	}{
		{"GET", "/api/now/table/cmdb_ci/" + router, "", 200, 404},
		{"PATCH", "/api/now/table/cmdb_ci/" + router, `{"name":"r2"}`, 200, 404},
		{"POST", "/api/now/table/cmdb_ci_server", `{"name":"allowed"}`, 201, 201},
		{"POST", "/api/now/table/cmdb_ci_server", `{"name":"forbidden"}`, 201, 403},
		{"POST", "/api/now/table/cmdb_ci", `{"name":"forbidden","sys_class_name":"cmdb_ci_server"}`, 201, 403},
		{"GET", "/api/now/table/core_company", "", 200, 403},
		{"GET", "/api/now/table/cmn_location", "", 200, 200},
	} {
		if res := i.do(tc.method, tc.target, tc.body, ann...); res.status != tc.ann {
			t.Errorf("ann: %s %s %s: %d, want %d", tc.method, tc.target, tc.body, res.status, tc.ann)
		}
		if res := i.do(tc.method, tc.target, tc.body); res.status != tc.admin {
			t.Errorf("admin: %s %s %s: %d, want %d", tc.method, tc.target, tc.body, res.status, tc.admin)
		}
	}
	if res := i.do("GET", "/api/now/table/cmdb_ci?sysparm_fields=name&sysparm_query=ORDERBYname", "", ann...); strings.Contains(res.body, `"r2"`) || res.header.Get("X-Total-Count") != fmt.Sprint(i.Count("cmdb_ci")) {
		t.Errorf("ann's list: %s of %s", res.body, res.header.Get("X-Total-Count"))
	}
}

// Answers are compressed when the client takes that, unless a fault counts
// their bytes.
func TestCompression(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	for range 50 {
		i.insert("incident", servicenowtest.Row{"short_description": "the same"})
	}
	const target = "/api/now/table/incident?sysparm_fields=short_description"
	plain := i.do("GET", target, "")
	packed := i.do("GET", target, "", "Accept-Encoding", "gzip")
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(plain.body) {
		t.Fatalf("%v, %d bytes", packed.header, len(packed.body))
	}
	z, err := gzip.NewReader(strings.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(z); err != nil || string(data) != plain.body {
		t.Errorf("%v, %d bytes of %d", err, len(data), len(plain.body))
	}
	i.Fail(servicenowtest.TruncatedAt(20))
	if cut := i.do("GET", target, "", "Accept-Encoding", "gzip"); !strings.HasPrefix(cut.body, plain.body[:20]+`,"error"`) {
		t.Errorf("truncated: %s", cut.body)
	}
}

func TestFaultsOfBatchItems(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	i.insert("core_company", servicenowtest.Row{"name": "Acme"})
	i.insert("core_company", servicenowtest.Row{"name": "Beta"})
	i.FailItems(
		servicenowtest.RateLimited(time.Minute).On("POST", "/api/now/table/").OnCall(2),
		servicenowtest.Fault{Method: "DELETE", Status: 503},
		servicenowtest.Terminated(1).On("GET", ""),
	)
	res := i.do("POST", "/api/now/batch", batch(t,
		item("a", "POST", "/api/now/table/incident?sysparm_fields=number", `{}`), item("b", "POST", "/api/now/table/incident", `{}`),
		item("c", "DELETE", "/api/now/table/incident/x", ""), item("d", "GET", "/api/now/table/core_company?sysparm_fields=name", ""),
		item("e", "GET", "https://elsewhere.example/api/now/table/incident", ""), item("f", "POST", "/api/now/batch", `{}`),
	))
	var answer struct {
		Serviced []struct {
			ID     string `json:"id"`
			Status int    `json:"status_code"`
			Body   []byte `json:"body"`
		} `json:"serviced_requests"`
	}
	if err := json.Unmarshal([]byte(res.body), &answer); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, one := range answer.Serviced {
		got += fmt.Sprintf("%s%d ", one.ID, one.Status)
	}
	if got != "a201 b429 c503 d200 e400 f400 " || i.Count("incident") != 1 {
		t.Errorf("%s, %d incidents", got, i.Count("incident"))
	}
	if body := string(answer.Serviced[3].Body); strings.Count(body, "name") != 1 || !strings.Contains(body, "Transaction cancelled") {
		t.Errorf("d: %s", body)
	}
	i.ClearFaults()
	if res := i.do("POST", "/api/now/batch", batch(t, item("a", "DELETE", "/api/now/table/incident/x", ""))); !strings.Contains(res.body, `"status_code":404`) {
		t.Errorf("after ClearFaults: %s", res.body)
	}
}

func TestBatchLimits(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{BatchItemInput: 100, BatchOutput: 1000, BatchItemTime: -1})
	for range 10 {
		i.insert("core_company", servicenowtest.Row{"name": strings.Repeat("x", 80)})
	}
	list := func(id string, limit int) map[string]any {
		return item(id, "GET", fmt.Sprintf("/api/now/table/core_company?sysparm_fields=name&sysparm_limit=%d", limit), "")
	}
	res := i.do("POST", "/api/now/v1/batch", batch(t,
		item("big", "POST", "/api/now/table/core_company", `{"name":"`+strings.Repeat("y", 100)+`"}`),
		list("fits", 5), list("over", 6), list("small", 1),
	))
	if !strings.Contains(res.body, `"unserviced_requests":["over","small"]`) || !strings.Contains(res.body, `"status_code":400`) || i.Count("core_company") != 10 {
		t.Errorf("%s", res.body)
	}
}

// The limit of URLs does not bind those inside a batch.
func TestLongURLInABatch(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	long := "/api/now/table/incident?sysparm_query=numberIN" + strings.Repeat("x,", 5000)
	if res := i.do("GET", long, ""); res.status != 414 || !strings.HasPrefix(res.body, "<html>") {
		t.Errorf("alone: %d %s", res.status, res.body)
	}
	if res := i.do("POST", "/api/now/batch", batch(t, item("1", "GET", long, ""))); !strings.Contains(res.body, `"status_code":200`) {
		t.Errorf("in a batch: %d %.300s", res.status, res.body)
	}
}

// 600 requests of 50 ms fill the 30 seconds of a batch, 10,000 rows of 1 ms
// those of a page, and nothing waits.
func TestDefaultQuotas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newInstance(t, servicenowtest.Options{})
		start := time.Now()
		var items []map[string]any
		for n := range 601 {
			items = append(items, item(fmt.Sprint(n), "POST", "/api/now/table/core_company?sysparm_fields=name", `{}`))
		}
		res := i.do("POST", "/api/now/v1/batch", batch(t, items...))
		if !strings.Contains(res.body, `"unserviced_requests":["600"]`) || i.Count("core_company") != 600 {
			t.Errorf("%d records", i.Count("core_company"))
		}
		for range 60_000 {
			i.insert("cmn_location", nil)
		}
		whole := i.do("GET", "/api/now/table/cmn_location?sysparm_fields=name&sysparm_limit=60000", "")
		i.insert("cmn_location", nil)
		cut := i.do("GET", "/api/now/table/cmn_location?sysparm_fields=name&sysparm_limit=100000", "")
		if strings.Contains(whole.body, "cancelled") || !strings.Contains(cut.body, "cancelled") || cut.header.Get("X-Total-Count") != "60001" {
			t.Errorf("60,000 rows: %s; 60,001 rows: %s", whole.body[len(whole.body)-60:], cut.body[len(cut.body)-60:])
		}
		if time.Since(start) != 0 {
			t.Errorf("%v passed", time.Since(start))
		}
	})
}

func TestJournal(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	i.LimitBodies(4)
	i.do("POST", "/api/now/table/incident", `{"short_description":"x"}`)
	i.do("GET", "/api/now/table/incident?sysparm_limit=1", "")
	calls := i.Journal()
	if len(calls) != 2 || string(calls[0].Body) != `{"sh` || calls[0].Status != 201 || calls[1].Query != "sysparm_limit=1" || calls[1].Header.Get("Authorization") != "Basic REDACTED" || !calls[0].Time.Equal(i.Now()) {
		t.Errorf("%+v", calls)
	}
	if i.Requests("POST") != 1 || i.Requests() != 2 {
		t.Errorf("requests: %d", i.Requests())
	}
	i.ResetJournal()
	if i.Requests() != 0 {
		t.Errorf("after ResetJournal: %d", i.Requests())
	}
	i.SetClock(nil)
	if i.Now().Equal(time.Time(fixedClock)) {
		t.Error("the clock was not replaced")
	}
}

// Readers, writers and snapshots together, over TCP, under the race detector.
func TestConcurrentUse(t *testing.T) {
	server := servicenowtest.NewServer(t, servicenowtest.Options{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer client.CloseIdleConnections()
	send := func(method, path, body string) error {
		req, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		req.SetBasicAuth("admin", "admin")
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		if err == nil && res.StatusCode >= 300 {
			err = fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, data)
		}
		return err
	}
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			for n := range 30 {
				id := fmt.Sprintf("%016x%016x", worker+1, n)
				for _, err := range []error{
					send("POST", "/api/now/table/incident", `{"sys_id":"`+id+`","category":"network"}`),
					send("PATCH", "/api/now/table/incident/"+id, `{"work_notes":"x","priority":"2"}`),
					send("GET", "/api/now/table/task?sysparm_query=category=network%5EORDERBYDESCnumber&sysparm_display_value=all&sysparm_limit=5", ""),
					send("GET", "/api/now/table/incident?sysparm_query=category=network%5Enumber=INC0010002", ""),
				} {
					if err != nil {
						t.Error(err)
					}
				}
				server.Snapshot()
				server.Rows("incident")
			}
		})
	}
	wg.Wait()
	if server.Count("incident") != 180 || server.Count("sys_journal_field") != 180 {
		t.Errorf("%d incidents, %d entries", server.Count("incident"), server.Count("sys_journal_field"))
	}
	numbers := map[string]bool{}
	for _, row := range server.Rows("incident") {
		numbers[row["number"]] = true
	}
	if len(numbers) != 180 {
		t.Errorf("%d different numbers", len(numbers))
	}
}
