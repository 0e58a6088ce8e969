package organization_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/internal/conformance/organization"
)

func TestEachRequestTakesASecond(t *testing.T) {
	o := organization.Start(t)
	if first, second := date(t, o), date(t, o); second.Sub(first) != time.Second {
		t.Errorf("one request at %v, the next at %v", first, second)
	}
}

func date(t *testing.T, o *organization.Organization) time.Time {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.URL+"/_apis/projects", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("", organization.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	at, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	return at
}
