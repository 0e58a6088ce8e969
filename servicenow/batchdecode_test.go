package servicenow_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
)

func item(id int, status int, body string) string {
	return fmt.Sprintf(`{"id":"%d","status_code":%d,"body":%q,"execution_time":5}`, id, status, base64.StdEncoding.EncodeToString([]byte(body)))
}

// Answers that break off or hold nonsense: what is whole counts, what is missing
// is in doubt, and nothing panics.
func TestBatchAnswersThatAreNotWhole(t *testing.T) {
	good := `{"result":{"sys_id":"1"}}`
	both := item(0, 200, good) + "," + item(1, 201, good)
	tests := []struct {
		name   string
		answer string
		first  error // nil: good
		second error
		whole  bool // an error for the whole
	}{
		{"good", `{"batch_request_id":"1","serviced_requests":[` + both + `],"unserviced_requests":[]}`, nil, nil, false},
		{"ids as numbers", `{"serviced_requests":[` + strings.ReplaceAll(strings.ReplaceAll(both, `"id":"0"`, `"id":0`), `"id":"1"`, `"id":1`) + `]}`, nil, nil, false},
		{"cut after an item", `{"serviced_requests":[` + item(0, 200, good) + `,{"id":"1","status_co`, nil, servicenow.ErrAmbiguous, false},
		{"cut with an error", `{"serviced_requests":[` + item(0, 200, good) + `],"error":{"message":"Transaction cancelled: maximum execution time exceeded"},"status":"failure"}`, nil, servicenow.ErrAmbiguous, false},
		{"twice the same", `{"serviced_requests":[` + item(0, 200, good) + "," + item(0, 500, "") + "," + item(1, 201, good) + `]}`, nil, nil, false},
		{"strange items", `{"serviced_requests":[7,"x",null,{},` + both + `]}`, nil, nil, false},
		{"no base64", `{"serviced_requests":[` + item(0, 200, good) + `,{"id":"1","status_code":201,"body":"!"}]}`, nil, servicenow.ErrTruncated, false},
		{"no status", `{"serviced_requests":[` + item(0, 200, good) + `,{"id":"1","error_message":"boom"}]}`, nil, servicenow.ErrUnavailable, false},
		{"a page instead", `<html>sign in</html>`, servicenow.ErrSignIn, servicenow.ErrSignIn, true},
		{"other JSON", `{"result":[]}`, servicenow.ErrAmbiguous, servicenow.ErrAmbiguous, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := clientOf(t, []byte(test.answer))
			table := servicenow.TableOf[servicenow.Record](client, "incident")
			results, err := client.Batch(t.Context(), []servicenow.BatchItem{table.BatchUpdate("a", map[string]any{"state": 1}), table.BatchCreate(map[string]any{"state": 1})})
			if (err != nil) != test.whole {
				t.Errorf("error %v", err)
			}
			for i, want := range []error{test.first, test.second} {
				if got := results[i].Err; want == nil && got != nil || !errors.Is(got, want) {
					t.Errorf("item %d: %v, want %v", i, got, want)
				}
			}
		})
	}
}

func TestDecodeOfAResult(t *testing.T) {
	var row servicenow.Record
	for name, test := range map[string]struct {
		result servicenow.BatchResult
		kind   error
		says   string
	}{
		"failed":     {servicenow.BatchResult{Err: servicenow.ErrDropped}, servicenow.ErrDropped, ""},
		"empty":      {servicenow.BatchResult{Status: 204}, servicenow.ErrTruncated, ""},
		"cut":        {servicenow.BatchResult{Status: 200, Body: []byte(`{"result":[{"a":`)}, servicenow.ErrTruncated, ""},
		"cancelled":  {servicenow.BatchResult{Status: 200, Body: []byte(`{"result":[],"error":{"message":"Transaction cancelled","detail":"why"}}`)}, servicenow.ErrTruncated, "Transaction cancelled: why"},
		"no result":  {servicenow.BatchResult{Status: 200, Body: []byte(`{}`)}, nil, "no result"},
		"wrong type": {servicenow.BatchResult{Status: 200, Body: []byte(`{"result":[]}`)}, nil, "result"},
	} {
		err := test.result.Decode(&row)
		if err == nil || test.kind != nil && !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var text strings.Builder
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "r", servicenow.BatchResult{Status: 400, Body: []byte("secret"), Err: servicenow.ErrInvalid})
	if !strings.Contains(text.String(), "r.status=400") || strings.Contains(text.String(), "secret") {
		t.Errorf("log %s", text.String())
	}
}

func TestSmallThings(t *testing.T) {
	if servicenow.TableOf[thingRow](nil, "u_thing").Name() != "u_thing" {
		t.Error("Name")
	}
	if !(servicenow.Condition{}).IsZero() || servicenow.Eq("a", 1).IsZero() || servicenow.Or().IsZero() {
		t.Error("IsZero")
	}
	if got := servicenow.Eq("A", 1).String(); !strings.HasPrefix(got, "[servicenow: ") {
		t.Errorf("a condition with a mistake prints %q", got)
	}
	at, err := servicenow.Value{Value: "2026-03-12T08:30:00Z"}.DateTime()
	if err != nil {
		t.Fatal(err)
	}
	text, err := at.MarshalText()
	var back servicenow.DateTime
	if err != nil || back.UnmarshalText(text) != nil || back != at || string(text) != "2026-03-12 08:30:00" {
		t.Errorf("text form %s, %v", text, err)
	}
	if day := servicenow.DateOf(at.Time); day.Time() != at.Truncate(24*3600e9) || !servicenow.DateOf(servicenow.Date{}.Time()).IsZero() {
		t.Errorf("day %v", day)
	}
	pointer := "x"
	c := servicenow.And(servicenow.Eq("a", &pointer), servicenow.Eq("b", (*string)(nil)), servicenow.Eq("c", uint8(3)), servicenow.Eq("d", servicenow.ValuesOnly))
	if got := c.String(); got != "a=x^bISEMPTY^c=3^d=0" {
		t.Errorf("condition %s", got)
	}
	long := strings.Repeat("é", 100)
	if _, err := (servicenow.Value{Value: long}).DateTime(); err == nil || strings.Contains(err.Error(), long) {
		t.Errorf("a long text is cut in an error: %v", err)
	}
}
