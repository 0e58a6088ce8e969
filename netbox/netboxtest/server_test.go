package netboxtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// ask sends one request with the administrator's token and decodes the answer.
func ask(t *testing.T, s *netboxtest.Server, method, path, body string) (int, any, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, "http://netbox.example"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Token "+netboxtest.AdminToken)
	client := s.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) == 0 {
		return res.StatusCode, nil, res.Header
	}
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return res.StatusCode, string(raw), res.Header
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, raw)
	}
	return res.StatusCode, v, res.Header
}

func fresh(t *testing.T, version string) *netboxtest.Server {
	t.Helper()
	s, err := netboxtest.New(netboxtest.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFirstSteps(t *testing.T) {
	s := fresh(t, "")
	status, v, h := ask(t, s, "POST", "/api/dcim/sites/", `{"name":"Basel","slug":"basel"}`)
	if status != 201 || h.Get("ETag") == "" || h.Get("Location") != "http://netbox.example/api/dcim/sites/1/" {
		t.Fatalf("create: %d %v %v", status, v, h)
	}
	status, v, _ = ask(t, s, "GET", "/api/dcim/sites/?name=Basel", "")
	if status != 200 || v.(map[string]any)["count"] != 1.0 {
		t.Fatalf("list: %d %v", status, v)
	}
	status, v, _ = ask(t, s, "PATCH", "/api/dcim/sites/1/", `{"status":"planned"}`)
	if status != 200 || v.(map[string]any)["status"].(map[string]any)["label"] != "Planned" {
		t.Fatalf("patch: %d %v", status, v)
	}
	if status, v, _ = ask(t, s, "DELETE", "/api/dcim/sites/1/", ""); status != 204 || s.Count("dcim/sites") != 0 {
		t.Fatalf("delete: %d %v", status, v)
	}
}
