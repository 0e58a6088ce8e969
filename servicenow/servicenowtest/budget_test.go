package servicenowtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// estate fills a server with n configuration items and a NetBox attributes row
// for each.
func estate(t testing.TB, n int) *instance {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	company := i.insert("core_company", servicenowtest.Row{"name": "Acme"})
	location := i.insert("cmn_location", servicenowtest.Row{"name": "Berlin"})
	model := i.insert("cmdb_hardware_product_model", servicenowtest.Row{"name": "R640", "manufacturer": company})
	for k := range n {
		id := i.insert("cmdb_ci_server", servicenowtest.Row{
			"name": fmt.Sprintf("server-%d", k), "asset_tag": fmt.Sprintf("A%d", k), "serial_number": fmt.Sprintf("S%d", k),
			"company": company, "location": location, "model_id": model, "manufacturer": company,
			"ip_address": fmt.Sprintf("10.%d.%d.%d", k>>16&255, k>>8&255, k&255), "short_description": "A server in a rack in a room",
		})
		i.insert("x_nbl_cmdb_netbox_attributes", servicenowtest.Row{
			"record_table": "cmdb_ci_server", "record_sys_id": id, "nb_id": fmt.Sprint(k), "nb_class": "device", "nb_sync": "true",
		})
	}
	return i
}

// keysetPage asks for a page after a key and reports how long it took.
func keysetPage(t testing.TB, i *instance, after string, limit int) (time.Duration, string) {
	start := time.Now()
	res := i.do("GET", fmt.Sprintf("/api/now/table/cmdb_ci?sysparm_fields=sys_id,name,asset_tag,serial_number,location&sysparm_exclude_reference_link=true&sysparm_limit=%d&sysparm_query=sys_id%%3E%s%%5EORDERBYsys_id", limit, after), "")
	took := time.Since(start)
	if res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	return took, res.body
}

func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector changes allocations and times")
	}
}

// A record takes at most three times the bytes of its JSON.
func TestBudgetMemoryOfARecord(t *testing.T) {
	skipUnderRace(t)
	const n = 5000
	before := heap()
	i := estate(t, n)
	used := heap() - before
	size := 0
	for _, table := range []string{"cmdb_ci_server", "x_nbl_cmdb_netbox_attributes"} {
		for _, row := range i.Rows(table) {
			data, _ := json.Marshal(row)
			size += len(data)
		}
	}
	t.Logf("%d bytes a pair of records, %d bytes of JSON", used/n, size/n)
	if used > 3*uint64(size) {
		t.Errorf("%d bytes for %d bytes of JSON", used, size)
	}
	runtime.KeepAlive(i)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// A page of 1,000 rows allocates a bounded number of times, not once per row.
func TestBudgetAllocationsOfAPage(t *testing.T) {
	skipUnderRace(t)
	i := estate(t, 2000)
	allocations := testing.AllocsPerRun(10, func() { keysetPage(t, i, "0", 1000) })
	t.Logf("%.0f allocations for a page of 1,000 rows", allocations)
	if allocations > 300 {
		t.Errorf("%.0f allocations", allocations)
	}
}

// BenchmarkKeysetPageGrowth reads the same page of a table of 10,000 and of one
// of 200,000 rows, and prints the larger time as a multiple of the smaller.
func BenchmarkKeysetPageGrowth(b *testing.B) {
	fill := func(n int) *instance {
		i := newInstance(b, servicenowtest.Options{Clock: fixedClock})
		for k := range n {
			i.insert("cmdb_ci", servicenowtest.Row{"name": fmt.Sprint(k), "serial_number": fmt.Sprint(k)})
		}
		return i
	}
	fastest := func(i *instance) time.Duration {
		best := time.Hour
		for range 50 {
			took, _ := keysetPage(b, i, "4", 1000)
			best = min(best, took)
		}
		return best
	}
	small, large := fill(10_000), fill(200_000)
	for b.Loop() {
		b.ReportMetric(float64(fastest(large))/float64(fastest(small)), "x-of-10000-rows")
	}
}

// BenchmarkKeysetPage reads pages of 1,000 of 50,000 records; ns/row is
// printed beside what encoding/json takes for the same rows.
func BenchmarkKeysetPage(b *testing.B) {
	i := estate(b, 50_000)
	_, body := keysetPage(b, i, "4", 1000)
	var page any
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for range 20 {
		_, _ = json.Marshal(page)
	}
	standard := time.Since(start) / 20
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		keysetPage(b, i, "4", 1000)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(standard), "x-encoding/json")
}

// BenchmarkInsert inserts through the Table API.
func BenchmarkInsert(b *testing.B) {
	i := newInstance(b, servicenowtest.Options{Clock: fixedClock})
	body := `{"name":"server","asset_tag":"A1","serial_number":"S1","ip_address":"10.0.0.1","short_description":"` + strings.Repeat("x", 40) + `"}`
	b.ReportAllocs()
	for b.Loop() {
		if res := i.do("POST", "/api/now/table/cmdb_ci_server?sysparm_fields=sys_id", body); res.status != 201 {
			b.Fatal(res.body)
		}
	}
}

// BenchmarkBatch creates 500 records in one batch; ns/op is for the batch.
func BenchmarkBatch(b *testing.B) {
	i := newInstance(b, servicenowtest.Options{Clock: fixedClock})
	items := make([]map[string]any, 500)
	for n := range items {
		items[n] = item(fmt.Sprint(n), "POST", "/api/now/table/cmdb_ci_server?sysparm_fields=sys_id", fmt.Sprintf(
			`{"name":"server-%d","asset_tag":"A%d","serial_number":"S%d","ip_address":"10.0.0.1","install_status":"1","short_description":"A server in a rack","discovery_source":"NetBox"}`, n, n, n))
	}
	body := batch(b, items...)
	b.ReportAllocs()
	for b.Loop() {
		if res := i.do("POST", "/api/now/v1/batch", body); res.status != 200 || !strings.Contains(res.body, `"unserviced_requests":[]`) {
			b.Fatal(res.body)
		}
	}
}
