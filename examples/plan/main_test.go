package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func files(t *testing.T, dir string) (page, text []byte, plan *reconcile.Plan) {
	t.Helper()
	var data [3][]byte
	for i, name := range []string{"plan.html", "plan.txt", "plan.json"} {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := reconcile.ReadPlan(bytes.NewReader(data[2]))
	if err != nil {
		t.Fatal(err)
	}
	return data[0], data[1], plan
}

func TestInMemory(t *testing.T) {
	dir, again := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, again} {
		if err := run(t.Context(), "", "", d); err != nil {
			t.Fatal(err)
		}
	}
	page, text, plan := files(t, dir)
	if total := plan.Total(); total.Create != 1 || total.Update != 2 || total.Skip != 1 || total.Unchanged == 0 {
		t.Errorf("got %+v", total)
	}
	for _, file := range [][]byte{page, text} {
		if !bytes.Contains(file, []byte(plan.Digest)) || !bytes.Contains(file, []byte("S-7001")) {
			t.Errorf("got %s", file)
		}
	}
	if !bytes.Contains(page, []byte("&lt;new&gt; &amp; shiny")) {
		t.Error("the new device is not on the page")
	}
	if other, _, _ := files(t, again); !bytes.Equal(other, page) {
		t.Error("a second run gives another page")
	}
}

// Two real systems are read and neither is written to.
func TestReadsOnly(t *testing.T) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		t.Fatal(err)
	}
	address, stop, err := estate.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	instance := servicenowtest.NewServer(t, servicenowtest.Options{})
	t.Setenv("NETBOX_TOKEN", netboxtest.AdminTokenV2)
	t.Setenv("SERVICENOW_USER", servicenowtest.DefaultUser)
	t.Setenv("SERVICENOW_PASSWORD", servicenowtest.DefaultPassword)
	dir := t.TempDir()
	if err := run(t.Context(), address, instance.URL, dir); err != nil {
		t.Fatal(err)
	}
	if _, _, plan := files(t, dir); plan.Total().Create < 30 {
		t.Errorf("got %+v", plan.Total())
	}
	for _, c := range append(instance.Journal(), estate.Journal()...) {
		// A question to the identification rules is a POST that writes nothing.
		if c.Method != http.MethodGet && !strings.HasSuffix(c.Path, "/identifyreconcile/query") {
			t.Errorf("%s %s was sent", c.Method, c.Path)
		}
	}
	if instance.Requests() == 0 || estate.Requests() == 0 {
		t.Error("a system was not read")
	}
}

func TestRefuses(t *testing.T) {
	for name, address := range map[string][2]string{"one system only": {"https://netbox.example.com", ""}, "an address": {"netbox", "acme"}} {
		if err := run(t.Context(), address[0], address[1], t.TempDir()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := run(t.Context(), "", "", filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing folder: no error")
	}
}
