package rest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/time/rate"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// maxAllocs is the budget of a successful GET, all in.
const maxAllocs = 90

// oneKB is a record of about a kilobyte.
var oneKB = `{"result":{"sys_id":"0123456789abcdef0123456789abcdef","name":"` + strings.Repeat("x", 920) + `"}}`

type record struct {
	Result struct {
		SysID string `json:"sys_id"`
		Name  string `json:"name"`
	} `json:"result"`
}

// memory answers without a network and with as little as it can.
type memory struct{ body string }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(m.body)), ContentLength: int64(len(m.body)), Request: req,
	}, nil
}

// everythingOn is a client with every feature but the logger.
func everythingOn(tb testing.TB) *rest.Client {
	return newClient(tb, memory{oneKB}, func(cfg *rest.Config) {
		cfg.Credential = staticToken("Bearer token")
		cfg.Limiter = rate.NewLimiter(rate.Inf, 1)
		cfg.Breaker = gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{})
		cfg.OnAttempt = func(context.Context, rest.Attempt) {}
	})
}

func getRecord(tb testing.TB, client *rest.Client) {
	path, err := rest.Path("api", "now", "table", "incident", "0123456789abcdef0123456789abcdef")
	if err != nil {
		tb.Fatal(err)
	}
	var doc record
	var meta rest.Response
	call := &rest.Call{
		Op: "Table.Get", Path: path, Query: map[string][]string{"sysparm_fields": {"sys_id,name"}},
		Decode: func(a *rest.Answer) error { return json.Unmarshal(a.Body, &doc) },
	}
	rest.Apply(call, rest.Meta(&meta))
	if _, err := client.Do(tb.Context(), call); err != nil || doc.Result.SysID == "" || meta.Status != 200 {
		tb.Fatal(err, doc.Result.SysID)
	}
}

func TestBudgetAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates on its own account")
	}
	client := everythingOn(t)
	got := testing.AllocsPerRun(500, func() { getRecord(t, client) })
	t.Logf("a GET of 1 KB: %.0f allocations, budget %d", got, maxAllocs)
	if got > maxAllocs {
		t.Errorf("%.0f allocations, want at most %d", got, maxAllocs)
	}
}

func BenchmarkGet(b *testing.B) {
	b.Run("rest", func(b *testing.B) {
		client := everythingOn(b)
		b.ReportAllocs()
		for b.Loop() {
			getRecord(b, client)
		}
	})
	b.Run("bare http.Client", func(b *testing.B) {
		client := &http.Client{Transport: memory{oneKB}}
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), "GET", base+"/api/now/table/incident/0123456789abcdef0123456789abcdef?sysparm_fields=sys_id%2Cname", nil)
			if err != nil {
				b.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			var doc record
			if err != nil || json.Unmarshal(body, &doc) != nil {
				b.Fatal(err)
			}
		}
	})
}
