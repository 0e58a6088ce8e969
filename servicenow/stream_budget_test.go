package servicenow_test

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
)

// generated answers as a table of n rows would whose sys_ids are their numbers,
// without holding any of them.
type generated struct{ n int }

func (g generated) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	encoded, limit := query.Get("sysparm_query"), 10000
	if text := query.Get("sysparm_limit"); text != "" {
		limit, _ = strconv.Atoi(text)
	}
	first := 0
	for term := range strings.SplitSeq(encoded, "^") {
		if id, ok := strings.CutPrefix(term, "sys_id>"); ok {
			after, _ := strconv.Atoi(strings.TrimLeft(id, "0"))
			first = after + 1
		}
		if strings.HasSuffix(term, "ISEMPTY") {
			first = g.n
		}
	}
	total := g.n - first
	b := make([]byte, 0, 128*min(limit, total)+64)
	b = append(b, `{"result":[`...)
	for i := range min(limit, total) {
		if i > 0 {
			b = append(b, ',')
		}
		id := strconv.Itoa(first + i)
		b = append(b, `{"sys_id":"`...)
		b = append(b, "00000000000000000000000000000000"[len(id):]...)
		b = append(b, id...)
		b = append(b, `","number":"INC`...)
		b = append(b, id...)
		b = append(b, `","state":"2","sys_mod_count":"3"}`...)
	}
	b = append(b, `]}`...)
	return &http.Response{StatusCode: 200, Header: http.Header{"X-Total-Count": {strconv.Itoa(total)}}, ContentLength: int64(len(b)), Body: io.NopCloser(bytes.NewReader(b)), Request: r}, nil
}

func (g generated) client(t testing.TB) *servicenow.Client {
	t.Helper()
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", HTTPClient: &http.Client{Transport: g}})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func liveHeap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// highWater is the largest live heap above where it began, looked at every so many
// rows.
type highWater struct {
	base, most uint64
	rows       int
}

func (p *highWater) row() {
	if p.rows++; p.rows%50_500 == 0 { // in the middle of a page as well as at its ends
		if now := liveHeap(); now > p.base {
			p.most = max(p.most, now-p.base)
		}
	}
}

const megabyte = 1 << 20

// Reading a table of a million rows holds one page at a time.
func TestBudgetMillionRows(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
	const n = 1_000_000
	type row struct {
		ID     string `json:"sys_id"`
		Number string `json:"number"`
		State  string `json:"state"`
	}
	for _, q := range []servicenow.Query{{}, {Prefetch: true}} {
		table := servicenow.TableOf[row](generated{n}.client(t), "incident")
		p := highWater{base: liveHeap()}
		for row, err := range table.All(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if p.row(); row.ID == "" || row.Number == "" {
				t.Fatalf("%+v", row)
			}
		}
		t.Logf("%d rows, prefetch %v: %.1f MB of live heap", p.rows, q.Prefetch, float64(p.most)/megabyte)
		if p.rows != n || p.most > 32*megabyte {
			t.Errorf("%d rows, %d bytes of live heap; budget %d rows in 32 MB", p.rows, p.most, n)
		}
	}
}

// A write by condition keeps no rows either.
func TestBudgetWhereMemory(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates by itself")
	}
	const n = 200_000
	table := servicenow.TableOf[servicenow.Record](generated{n}.client(t), "incident")
	p := highWater{base: liveHeap()}
	guard := servicenow.Guard{MinRows: n, MaxRows: n, DryRun: true, OnRow: func(servicenow.WhereRow) { p.row() }}
	sum, err := table.UpdateWhere(t.Context(), servicenow.Eq("state", 2), map[string]any{"number": "x"}, guard)
	t.Logf("%d rows: %.1f MB of live heap", p.rows, float64(p.most)/megabyte)
	if err != nil || sum.Planned != n || p.most > 8*megabyte {
		t.Errorf("%+v %v, %d bytes of live heap, budget 8 MB", sum, err, p.most)
	}
}
