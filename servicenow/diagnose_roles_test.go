package servicenow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// What Diagnose tells accounts of an instance with the usual roles and rules.
func TestDiagnoseByRoles(t *testing.T) {
	tables := []servicenow.TableCheck{
		{Table: "incident", Fields: []string{"number", "work_notes", "caller_id.email"}},
		{Table: "cmdb_ci"},
		{Table: "sys_choice", Fields: []string{"label", "element"}},
		{Table: "sys_dictionary"},
		{Table: "sys_db_object"},
	}
	const (
		readable  = servicenow.FindingReadable
		nothing   = servicenow.FindingNothingVisible
		forbidden = servicenow.FindingTableForbidden
		fields    = servicenow.FindingFieldsMissing
	)
	for user, tt := range map[string]struct {
		findings   []servicenow.Finding
		unreadable []string
	}{
		"admin":      {[]servicenow.Finding{readable, readable, readable, readable, readable}, nil},
		"itil":       {[]servicenow.Finding{readable, readable, fields, nothing, readable}, []string{"element"}},
		"abel.tuter": {[]servicenow.Finding{fields, nothing, fields, nothing, forbidden}, []string{"work_notes", "element"}},
		"reader":     {[]servicenow.Finding{nothing, nothing, fields, nothing, forbidden}, []string{"work_notes", "element"}},
	} {
		server, client := startWith(t, servicenowtest.OutOfBox(), servicenow.Config{Auth: servicenow.BasicAuth(user, user)})
		d, err := client.Diagnose(t.Context(), tables)
		if err != nil || d.Finding != servicenow.FindingConnected || d.User != user {
			t.Fatalf("%s: %v, %v", user, d, err)
		}
		var unreadable []string
		for i, got := range d.Tables {
			if got.Finding != tt.findings[i] || len(got.Unknown) > 0 {
				t.Errorf("%s: %s, want %s", user, got, tt.findings[i])
			}
			unreadable = append(unreadable, got.Unreadable...)
		}
		if !slices.Equal(unreadable, tt.unreadable) {
			t.Errorf("%s: unreadable %q, want %q", user, unreadable, tt.unreadable)
		}
		for _, call := range server.Journal() {
			if call.Method != "GET" {
				t.Errorf("%s: %s %s", user, call.Method, call.Path)
			}
		}
	}
}

// The advice of a 403 names the role that the in-memory instance asks for.
func TestForbiddenByRole(t *testing.T) {
	_, client := startWith(t, servicenowtest.OutOfBox(), servicenow.Config{Auth: servicenow.BasicAuth("abel.tuter", "abel.tuter")})
	table := servicenow.TableOf[servicenow.Record](client, "incident")
	_, err := table.Create(t.Context(), servicenow.Record{"short_description": servicenow.Value{Value: "x"}})
	if err == nil || !strings.Contains(err.Error(), "itil") || !strings.Contains(err.Error(), "ACL Exception Insert Failed") {
		t.Errorf("create: %v", err)
	}
	_, err = servicenow.TableOf[servicenow.Record](client, "sys_choice").List(t.Context(), servicenow.Query{Where: servicenow.Eq("element", "state")})
	if err == nil || !strings.Contains(err.Error(), "field ACL (sys_choice.<field>, operation read)") {
		t.Errorf("query by a hidden column: %v", err)
	}
}
