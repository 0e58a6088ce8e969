package azdevopsgo_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
	wit "github.com/microsoft/azure-devops-go-api/azuredevops/v7/workitemtracking"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const items, aRequest = 2000, 200

// fields are what both clients read of an item.
var fields = []string{azdevops.FieldTitle, azdevops.FieldState, azdevops.FieldAssignedTo, azdevops.FieldTags, azdevops.FieldChangedDate}

// seen are their values; only so much is compared that both must have read them.
type seen struct {
	title, state, person string
	tags                 int
	changed              time.Time
}

// tape answers a request with what was answered to the same one before, so that
// the server's own allocations do not count.
type tape struct {
	via     http.RoundTripper
	answers map[string][]byte
}

func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.Method + " " + r.URL.Path
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		key += string(body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	body, there := t.answers[key]
	if !there {
		answer, err := t.via.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			return nil, err
		}
		t.answers[key] = body
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// readers read all items by Microsoft's client and by the library's, and tell
// what they have seen of the last one.
func readers(tb testing.TB) (theirs, ours func() seen) {
	tb.Helper()
	server, err := azdevopstest.New(azdevopstest.Options{Clock: azdevopstest.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))})
	if err != nil {
		tb.Fatal(err)
	}
	ids := make([]int, items)
	for i := range ids {
		ids[i], err = server.AddWorkItem("Fabrikam", "Bug", map[string]any{"System.Title": fmt.Sprint("Bug ", i), "System.AssignedTo": "Integration", "System.Tags": "a; b"})
		if err != nil {
			tb.Fatal(err)
		}
	}
	const address = "https://dev.azure.com/acme"
	web := &http.Client{Transport: &tape{server.Transport(), map[string][]byte{}}}
	connection := azuredevops.NewPatConnection(address, azdevopstest.DefaultToken)
	microsofts := &wit.ClientImpl{Client: *azuredevops.NewClientWithOptions(connection, address, azuredevops.WithHTTPClient(web))}
	client, err := azdevops.New(azdevops.Config{BaseURL: address, Project: "Fabrikam", Auth: azdevops.PAT(azdevopstest.DefaultToken), HTTPClient: web})
	if err != nil {
		tb.Fatal(err)
	}
	theirs = func() seen { return readTheirs(tb, microsofts, ids) }
	ours = func() seen { return readOurs(tb, client, ids) }
	if a, b := theirs(), ours(); a != b || a.title != fmt.Sprint("Bug ", items-1) {
		tb.Fatalf("their client reads %+v, this one %+v", a, b)
	}
	return theirs, ours
}

func readTheirs(tb testing.TB, client *wit.ClientImpl, ids []int) (last seen) {
	tb.Helper()
	for from := 0; from < len(ids); from += aRequest {
		part := ids[from:min(from+aRequest, len(ids))]
		page, err := client.GetWorkItemsBatch(tb.Context(), wit.GetWorkItemsBatchArgs{
			Project: new("Fabrikam"), WorkItemGetRequest: &wit.WorkItemBatchGetRequest{Ids: &part, Fields: &fields},
		})
		if err != nil {
			tb.Fatal(err)
		}
		for _, item := range *page {
			f := *item.Fields
			person, _ := f["System.AssignedTo"].(map[string]any)
			last = seen{title: text(f["System.Title"]), state: text(f["System.State"]), person: text(person["displayName"])}
			last.tags = strings.Count(text(f["System.Tags"]), ";") + 1
			if last.changed, err = time.Parse(time.RFC3339, text(f["System.ChangedDate"])); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return last
}

func readOurs(tb testing.TB, client *azdevops.Client, ids []int) (last seen) {
	tb.Helper()
	for item, err := range client.WorkItems.GetMany(tb.Context(), ids, fields) {
		if err != nil {
			tb.Fatal(err)
		}
		f := item.Fields
		last = seen{f.Text(azdevops.FieldTitle), f.Text(azdevops.FieldState), f.Identity(azdevops.FieldAssignedTo).DisplayName, len(f.Tags()), f.Time(azdevops.FieldChangedDate)}
	}
	return last
}

func BenchmarkRead(b *testing.B) {
	theirs, ours := readers(b)
	for name, read := range map[string]func() seen{"microsoft": theirs, "itsmkit": ours} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/items, "ns/item")
		})
	}
}
