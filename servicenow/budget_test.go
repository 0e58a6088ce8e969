package servicenow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
)

// eight is what a reader of 20 columns keeps.
type eight struct {
	ID      string `json:"sys_id"`
	Number  string `json:"number"`
	Short   string `json:"short_description"`
	State   string `json:"state"`
	Group   string `json:"assignment_group"`
	User    string `json:"assigned_to"`
	Opened  string `json:"opened_at"`
	Updated string `json:"sys_updated_on"`
}

// page1000 is a page of 1,000 rows with 20 columns each.
func page1000() []byte {
	var b bytes.Buffer
	b.WriteString(`{"result":[`)
	for i := range 1000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sys_id":"%032x","number":"INC%07d","short_description":"Printer %d on floor %d does not print","state":"2",`+
			`"assignment_group":"%032x","assigned_to":"","opened_at":"2026-03-12 08:30:%02d","sys_updated_on":"2026-03-13 09:31:%02d",`+
			`"active":"true","priority":"3","impact":"2","urgency":"2","category":"hardware","subcategory":"","caller_id":"%032x",`+
			`"location":"","cmdb_ci":"%032x","sys_mod_count":"%d","sys_created_by":"integration","close_notes":""}`,
			i, i, i, i%9, i%7, i%60, i%60, i%50, i%90, i%12)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

func clientOf(t testing.TB, page []byte) *servicenow.Client {
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Concurrency: 1, MaxRetries: -1, HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"X-Total-Count": {"1000"}}, ContentLength: int64(len(page)), Body: io.NopCloser(bytes.NewReader(page)), Request: r}, nil
	})}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestBudgetListAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
	table := servicenow.TableOf[eight](clientOf(t, page1000()), "incident")
	perRow := testing.AllocsPerRun(5, func() {
		page, err := table.List(t.Context(), servicenow.Query{})
		if err != nil || len(page.Items) != 1000 {
			t.Fatal(len(page.Items), err)
		}
	}) / 1000
	t.Logf("%.2f allocations a row", perRow)
	if perRow > 12 {
		t.Errorf("%.2f allocations a row, budget 12", perRow)
	}
}

// BenchmarkList compares a whole List with encoding/json alone on the same bytes
// into the same type, in turns, and reports the ratio of the median times
// (budget 1.1).
func BenchmarkList(b *testing.B) {
	page := page1000()
	table := servicenow.TableOf[eight](clientOf(b, page), "incident")
	var ours, plain []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		got, err := table.List(b.Context(), servicenow.Query{})
		ours = append(ours, time.Since(began))
		if err != nil || len(got.Items) != 1000 {
			b.Fatal(err)
		}
		began = time.Now()
		var doc struct {
			Result []eight `json:"result"`
		}
		err = json.Unmarshal(page, &doc)
		plain = append(plain, time.Since(began))
		if err != nil || len(doc.Result) != 1000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(median(ours))/float64(median(plain)), "ratio")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkRecords is BenchmarkList for untyped rows of all 20 columns.
func BenchmarkRecords(b *testing.B) {
	page := page1000()
	table := servicenow.TableOf[servicenow.Record](clientOf(b, page), "incident")
	var ours, plain []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		began := time.Now()
		got, err := table.List(b.Context(), servicenow.Query{})
		ours = append(ours, time.Since(began))
		if err != nil || len(got.Items) != 1000 {
			b.Fatal(err)
		}
		began = time.Now()
		var doc struct {
			Result []map[string]string `json:"result"`
		}
		err = json.Unmarshal(page, &doc)
		plain = append(plain, time.Since(began))
		if err != nil || len(doc.Result) != 1000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(median(ours))/float64(median(plain)), "ratio")
}

func BenchmarkBatchDecode(b *testing.B) {
	var answer bytes.Buffer
	answer.WriteString(`{"batch_request_id":"1","serviced_requests":[`)
	for i := range 360 {
		if i > 0 {
			answer.WriteByte(',')
		}
		fmt.Fprintf(&answer, `{"id":"%d","body":"eyJyZXN1bHQiOnsic3lzX2lkIjoiYSJ9fQ==","status_code":201,"status_text":"Created","headers":[],"execution_time":50}`, i)
	}
	answer.WriteString(`],"unserviced_requests":[]}`)
	client := clientOf(b, answer.Bytes())
	table := servicenow.TableOf[eight](client, "incident")
	items := make([]servicenow.BatchItem, 360)
	for i := range items {
		items[i] = table.BatchCreate(map[string]any{"short_description": "x"})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Batch(b.Context(), items); err != nil {
			b.Fatal(err)
		}
	}
}
