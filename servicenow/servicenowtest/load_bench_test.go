package servicenowtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// BenchmarkKeysetPageOfAMillion reads the last full keyset page of 1,000 rows of
// a table of 10,000 rows and of one of 1,000,000, in turns, and prints the time of
// the larger as a multiple of the smaller (budget 1.5).
func BenchmarkKeysetPageOfAMillion(b *testing.B) {
	fill := func(n int) (*instance, string) {
		i := newInstance(b, servicenowtest.Options{Clock: fixedClock, Tables: []servicenowtest.Table{{Name: "u_row", Columns: []servicenowtest.Column{{Name: "u_name"}}}}})
		row := servicenowtest.Row{"u_name": "a row"}
		for k := range n {
			row["sys_id"] = fmt.Sprintf("%032x", k)
			i.insert("u_row", row)
		}
		return i, fmt.Sprintf("%032x", n-1001)
	}
	small, afterSmall := fill(10_000)
	large, afterLarge := fill(1_000_000)
	page := func(i *instance, after string) time.Duration {
		began := time.Now()
		res := i.do("GET", "/api/now/table/u_row?sysparm_fields=sys_id,u_name&sysparm_limit=1000&sysparm_query=sys_id%3E"+after+"%5EORDERBYsys_id", "")
		took := time.Since(began)
		if res.status != 200 || len(res.body) < 50_000 {
			b.Fatalf("%d, %d bytes", res.status, len(res.body))
		}
		return took
	}
	fastSmall, fastLarge := time.Hour, time.Hour
	for b.Loop() {
		for range 20 {
			fastSmall = min(fastSmall, page(small, afterSmall))
			fastLarge = min(fastLarge, page(large, afterLarge))
		}
	}
	b.ReportMetric(float64(fastLarge)/float64(fastSmall), "x-of-10000-rows")
}
