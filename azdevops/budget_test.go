package azdevops_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/itsmkit/itsmkit/azdevops"
)

// fiveFields are what a caller reads of an item in the budgets.
var fiveFields = []string{azdevops.FieldTitle, azdevops.FieldState, azdevops.FieldAssignedTo, azdevops.FieldTags, azdevops.FieldChangedDate}

// canned answers requests that come in the same order each time with what was
// answered the first time, so that the server's own allocations do not count.
type canned struct {
	via     http.RoundTripper
	answers [][]byte
	next    int
}

func (c *canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.next == len(c.answers) {
		a, err := c.via.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(a.Body)
		if err != nil {
			return nil, err
		}
		c.answers = append(c.answers, body)
		_ = a.Body.Close()
	}
	body := c.answers[c.next]
	c.next++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

func TestBudgetOfManyItems(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	const items, requests, budget = 2000, 10, 20
	server, _ := newWorld(t)
	ids := make([]int, items)
	for i := range ids {
		id, err := server.AddWorkItem("Fabrikam", "Bug", map[string]any{azdevops.FieldTitle: fmt.Sprint(i), azdevops.FieldAssignedTo: "Integration", azdevops.FieldTags: "a; b"})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	replay := &canned{via: server.Transport()}
	client := newClient(t, &http.Client{Transport: replay}, nil)
	read := func() {
		replay.next = 0
		n := 0
		for item, err := range client.WorkItems.GetMany(t.Context(), ids, fiveFields) {
			if err != nil || item.ID == 0 {
				t.Fatal(err)
			}
			n++
		}
		if n != items {
			t.Fatalf("%d items", n)
		}
	}
	read()
	if got := server.Requests(); got != requests {
		t.Errorf("%d requests", got)
	}
	each := testing.AllocsPerRun(3, read) / items
	t.Logf("%d requests and %.1f allocations an item", len(replay.answers), each)
	if each > budget {
		t.Errorf("%.1f allocations an item, budget %d", each, budget)
	}
}

func BenchmarkGetMany(b *testing.B) {
	server, _ := newWorld(b)
	var ids []int
	for i := range 2000 {
		ids = append(ids, bug(b, server, fmt.Sprint(i)))
	}
	replay := &canned{via: server.Transport()}
	client := newClient(b, &http.Client{Transport: replay}, nil)
	for b.Loop() {
		replay.next = 0
		for _, err := range client.WorkItems.GetMany(b.Context(), ids, fiveFields) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
