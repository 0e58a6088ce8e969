package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func quickstart(t *testing.T, args ...string) error {
	t.Helper()
	o, err := parseFlags("quickstart", args)
	if err != nil {
		return err
	}
	return run(t.Context(), o)
}

func TestInMemory(t *testing.T) {
	dir := t.TempDir()
	planFile, reportFile := filepath.Join(dir, "plan.json"), filepath.Join(dir, "report.json")
	if err := quickstart(t, "-devices", "150", "-plan", planFile, "-report", reportFile); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(reportFile)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if r.Devices != 150 || r.First.Created < 100 || r.First.Failed > 0 {
		t.Errorf("first pass: got %+v", r)
	}
	if r.Second.Written() > 0 || r.Second.Unchanged != r.First.Created || r.Second.Requests.ServiceNow == 0 || r.Second.Requests.NetBox == 0 {
		t.Errorf("second pass: got %+v", r.Second)
	}
	file, err := os.Open(planFile)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	p, err := reconcile.ReadPlan(file)
	if err != nil || p.Total().Create != r.First.Created {
		t.Errorf("got %+v, %v", p, err)
	}
}

// A ServiceNow that is not the program's own is only planned against.
func TestPlanOnly(t *testing.T) {
	instance := servicenowtest.NewServer(t, servicenowtest.Options{})
	t.Setenv("SERVICENOW_USER", servicenowtest.DefaultUser)
	t.Setenv("SERVICENOW_PASSWORD", servicenowtest.DefaultPassword)
	file := filepath.Join(t.TempDir(), "plan.txt")
	if err := quickstart(t, "-devices", "20", "-servicenow-url", instance.URL, "-plan", file); err != nil {
		t.Fatal(err)
	}
	for _, call := range instance.Journal() {
		asks := strings.HasSuffix(call.Path, "/identifyreconcile/query") // what would be done
		if call.Method != http.MethodGet && !asks {
			t.Errorf("%s %s was sent", call.Method, call.Path)
		}
	}
	for _, table := range []string{"cmn_location", "cmdb_ci"} {
		if n := instance.Count(table); n > 0 {
			t.Errorf("%d records of %s were made", n, table)
		}
	}
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "create region:1") {
		t.Errorf("got %.200s, %v", text, err)
	}
}

func TestApply(t *testing.T) {
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
	if err := quickstart(t, "-netbox-url", address, "-servicenow-url", instance.URL, "-apply"); err != nil {
		t.Fatal(err)
	}
	if n := instance.Count("cmdb_ci_hardware"); n != 11 {
		t.Errorf("%d CIs, want 11", n)
	}
}

// Whatever goes wrong is one line that says what to do.
func TestAdvice(t *testing.T) {
	estate, err := netboxtest.SmallEstate()
	if err != nil {
		t.Fatal(err)
	}
	if err := estate.AddToken(netboxtest.Token{Key: strings.Repeat("a", 40), User: "nobody", Permissions: []netboxtest.Permission{}}); err != nil {
		t.Fatal(err)
	}
	address, stop, err := estate.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Sign in</body></html>"))
	}))
	defer page.Close()
	instance := servicenowtest.NewServer(t, servicenowtest.Options{})
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()

	for _, c := range []struct {
		name  string
		token string
		args  []string
		want  string
	}{
		{"a wrong address", "x", []string{"-netbox-url", "netbox.example"}, "BaseURL must start with"},
		{"an unreachable host", "x", []string{"-netbox-url", closed.URL}, "NetBox cannot be reached: check the address"},
		{"a wrong token", "nbt_wrong.token", []string{"-netbox-url", address}, "NetBox refused the credentials: check NETBOX_TOKEN"},
		{"no token", "", []string{"-netbox-url", address}, "set NETBOX_TOKEN"},
		{"a missing permission", strings.Repeat("a", 40), []string{"-netbox-url", address}, "NetBox denied access: let the token's user view"},
		{"a sign-in page", "x", []string{"-netbox-url", page.URL}, "NetBox answered with a web page"},
		{"an unknown tag", netboxtest.AdminTokenV2, []string{"-netbox-url", address, "-tag", "nonsense"}, `no tag with the slug "nonsense"`},
		{"a wrong password", "", []string{"-servicenow-url", instance.URL}, "ServiceNow refused the credentials: check SERVICENOW_USER and SERVICENOW_PASSWORD"},
		{"a made-up NetBox for a real instance", "", []string{"-servicenow-url", instance.URL, "-apply"}, "never written to a real ServiceNow"},
		{"a plan of an unknown form", "", []string{"-plan", "plan.yaml"}, ".txt or .json"},
		{"no devices", "", []string{"-devices", "0"}, "give a positive number"},
		{"an argument", "", []string{"import"}, `unexpected argument "import"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("NETBOX_TOKEN", c.token)
			t.Setenv("SERVICENOW_USER", "somebody")
			t.Setenv("SERVICENOW_PASSWORD", "canary-password")
			err := quickstart(t, c.args...)
			if err == nil {
				t.Fatal("no error")
			}
			got := advise(err)
			if !strings.Contains(got, c.want) || strings.Contains(got, "\n") || strings.Contains(got, "canary") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
