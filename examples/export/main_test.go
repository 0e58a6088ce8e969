package main

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// output returns what a function prints.
func output(t *testing.T, f func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	err = f()
	os.Stdout = stdout
	if closed := w.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestInMemory(t *testing.T) {
	got := output(t, func() error { return run(t.Context(), "", "", 0, false) })
	for _, want := range []string{
		"Drift: 0.0 % accurate: 7 of 7 records have drifted", "total         -                   7        0",
		`not exported: device "zrh-sw-2": location is empty, and NetBox demands a site`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	got = output(t, func() error { return run(t.Context(), "", "", 0, true) })
	if !strings.Contains(got, `"zrh-sw-1"`) || strings.Contains(got, "created") {
		t.Errorf("got\n%s", got)
	}
}

// A second run against real systems writes nothing.
func TestTwice(t *testing.T) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		t.Fatal(err)
	}
	instance := servicenowtest.NewServer(t, servicenowtest.Options{})
	if err := fill(instance); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NETBOX_TOKEN", netboxtest.AdminTokenV2)
	t.Setenv("SERVICENOW_USER", servicenowtest.DefaultUser)
	t.Setenv("SERVICENOW_PASSWORD", servicenowtest.DefaultPassword)
	address, stop, err := estate.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	role := estate.IDs("dcim/device-roles")[0]
	first := output(t, func() error { return run(t.Context(), address, instance.URL, role, false) })
	devices := estate.Count("dcim/devices")
	estate.ResetJournal()
	second := output(t, func() error { return run(t.Context(), address, instance.URL, role, false) })
	if !strings.Contains(first, "created") || !strings.Contains(second, "100.0 % accurate") || estate.Count("dcim/devices") != devices {
		t.Errorf("first:\n%s\nsecond:\n%s", first, second)
	}
	for _, c := range estate.Journal() {
		if c.Method != http.MethodGet {
			t.Errorf("%s %s was sent", c.Method, c.Path)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, address := range map[string][2]string{"one system only": {"https://netbox.example.com", ""}, "an address": {"netbox", "acme"}} {
		if err := run(t.Context(), address[0], address[1], 1, false); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
