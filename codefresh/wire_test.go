package codefresh_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/itsmkit/itsmkit/codefresh/codefreshtest"
)

// get sends a bare GET with the default key.
func get(t testing.TB, server *codefreshtest.Server, path string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://codefresh.test"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", codefreshtest.DefaultKey)
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %s %v", path, answer.StatusCode, body, err)
	}
	return body
}
