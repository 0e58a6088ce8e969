package netboxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// TestAgainstRealNetBox copies a real NetBox 4.7 that nobody is writing to into
// memory and asks both the same some 200 questions. It only reads. It runs when
// NETBOX_COMPARE_URL and NETBOX_TOKEN are set.
func TestAgainstRealNetBox(t *testing.T) {
	base, token := os.Getenv("NETBOX_COMPARE_URL"), os.Getenv("NETBOX_TOKEN")
	if base == "" || token == "" {
		t.Skip("needs a real NetBox 4.7: set NETBOX_COMPARE_URL and NETBOX_TOKEN")
	}
	keyword := "Token "
	if strings.HasPrefix(token, "nbt_") {
		keyword = "Bearer "
	}
	fetch := func(client *http.Client, auth, path string) (int, []byte) {
		t.Helper()
		escape := strings.NewReplacer(" ", "%20", "[", "%5B", "^", "%5E", "ü", "%C3%BC")
		req, err := http.NewRequest("GET", base+escape.Replace(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", auth)
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, body
	}
	s := fresh(t, "4.7")
	for _, kind := range s.Types() {
		for last := int64(0); ; {
			_, page := fetch(http.DefaultClient, keyword+token, fmt.Sprintf("/api/%s/?limit=500&ordering=id&id__gt=%d", kind, last))
			if err := s.Load(kind, page); err != nil {
				t.Fatal(err)
			}
			ids := s.IDs(kind)
			if len(ids) == 0 || ids[len(ids)-1] == last {
				break
			}
			last = ids[len(ids)-1]
		}
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "queries.txt"))
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, kind := range s.Types() {
		paths = append(paths, "/api/"+kind+"/?limit=300&ordering=id", "/api/"+kind+"/?limit=1000&fields=id,name,model,address", "/api/"+kind+"/?brief=1&limit=5&ordering=id")
	}
	for _, path := range paths {
		if strings.HasPrefix(path, "#") {
			continue
		}
		status, want := fetch(http.DefaultClient, keyword+token, path)
		ours, got := fetch(s.Client(), "Token "+netboxtest.AdminToken, path)
		if status != ours {
			t.Errorf("%s: real %d %.200s, in memory %d %.200s", path, status, want, ours, got)
			continue
		}
		var a, b any
		if json.Unmarshal(want, &a) != nil || json.Unmarshal(got, &b) != nil {
			t.Errorf("%s: not JSON", path)
			continue
		}
		// Virtual machines and further types are not modelled.
		a, b = settle(a, false), settle(b, false)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: in memory %s", path, difference("", b, a))
		}
	}
}
