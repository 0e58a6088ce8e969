// Package pynetbox_test runs a script of ordinary use of pynetbox against the
// in-memory NetBox and against a real one, with the same output.
package pynetbox_test

import (
	"os"
	"testing"

	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
)

const output = "testdata/output.txt" // as the real NetBox 4.7.3 gave it

func TestClientPynetbox(t *testing.T) {
	client := foreign.Python(t, "pynetbox")
	server := netboxtest.NewServer(t, netboxtest.Options{})
	before := map[string]int{} // object types, the administrator and tokens
	for _, kind := range server.Types() {
		before[kind] = server.Count(kind)
	}
	out := client.Run("script.py", "NETBOX_URL="+server.URL, "NETBOX_TOKEN="+netboxtest.AdminTokenV2)
	foreign.Compare(t, output, out)
	for _, kind := range server.Types() {
		if n := server.Count(kind); n != before[kind] && kind != "core/object-changes" {
			t.Errorf("%d left in %s", n-before[kind], kind)
		}
	}
}

func TestNetBoxPynetbox(t *testing.T) {
	address, token := os.Getenv("NETBOX_URL"), os.Getenv("NETBOX_TOKEN")
	if address == "" || token == "" {
		t.Skip(`needs a real NetBox: eval "$(internal/conformance/netbox/up)"`)
	}
	client := foreign.Python(t, "pynetbox")
	foreign.Compare(t, output, client.Run("script.py", "NETBOX_URL="+address, "NETBOX_TOKEN="+token))
}
