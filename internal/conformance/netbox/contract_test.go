package netbox_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

// The contract is what clients may rely on in NetBox 4.7, as requests and
// answers in testdata/contract. The same files are played against the in-memory
// NetBox and against a real one: where the two differ, the in-memory one is wrong.

func TestContractInMemory(t *testing.T) {
	server, err := netboxtest.New(netboxtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before := counts(server)
	play(t, &player{base: "http://netbox.example", token: netboxtest.AdminTokenV2, client: server.Client(), prefix: prefix})
	if after := counts(server); !maps.Equal(before, after) {
		t.Errorf("rows before and after: %v, %v", before, after)
	}
}

// counts is how many rows of each type there are. The change log and the list of jobs only grow.
func counts(server *netboxtest.Server) map[string]int {
	out := map[string]int{}
	for _, kind := range server.Types() {
		if kind != "core/object-changes" && kind != "core/jobs" {
			out[kind] = server.Count(kind)
		}
	}
	return out
}

func TestNetBoxContract(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox: eval "$(internal/conformance/netbox/up)"`)
	}
	play(t, &player{base: address, token: token, client: &http.Client{}, prefix: prefix})
}

func play(t *testing.T, p *player) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "contract", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no contract: %v", err)
	}
	// A redirect is an answer that is looked at, not followed.
	p.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.sweep(t, func(string) bool { return true }) // what a run that was cut short has left
	t.Run("contract", func(t *testing.T) {
		for _, file := range files {
			raw, err := os.ReadFile(filepath.Clean(file))
			if err != nil {
				t.Fatal(err)
			}
			name, text := filepath.Base(file), string(raw)
			t.Run(name, func(t *testing.T) {
				if !strings.Contains(text, "\n# Alone, ") {
					t.Parallel()
				}
				own := &player{base: p.base, token: p.token, client: p.client, prefix: prefix + name[:2]}
				begun := time.Now()
				t.Cleanup(func() {
					own.sweep(t, func(path string) bool { return own.made[path] })
					t.Logf("%d requests in %s", own.requests, time.Since(begun).Round(time.Millisecond))
				})
				own.file(t, text)
			})
		}
	})
}
