package servicenowtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// stagingTable is a table that rows of users are imported by.
func stagingTable() servicenowtest.Table {
	return servicenowtest.Table{Name: "imp_user", Extends: "sys_import_set_row", Columns: []servicenowtest.Column{
		{Name: "user_id", Label: "User ID"}, {Name: "full_name", Label: "Name"}, {Name: "zone", Label: "Time zone"},
	}}
}

func userMap() servicenowtest.TransformMap {
	return servicenowtest.TransformMap{Name: "User", Source: "imp_user", Target: "sys_user", Fields: []servicenowtest.FieldMap{
		{Source: "user_id", Target: "user_name", Coalesce: true}, {Source: "full_name", Target: "name"}, {Source: "zone", Target: "time_zone"},
	}}
}

func newImports(t *testing.T, maps ...servicenowtest.TransformMap) (*servicenowtest.Server, *servicenowtest.ManualClock) {
	t.Helper()
	clock := servicenowtest.NewManualClock(time.Date(2026, 1, 15, 8, 0, 0, 0, time.UTC))
	s, err := servicenowtest.New(servicenowtest.Options{Clock: clock, Tables: []servicenowtest.Table{stagingTable()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetTransformMaps(maps...); err != nil {
		t.Fatal(err)
	}
	return s, clock
}

func sendJSON(t *testing.T, s *servicenowtest.Server, method, target, body string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequest(method, "http://dev.example"+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("admin", "admin")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// The documented sample: Import Set API.
func TestImportSetWire(t *testing.T) {
	s, _ := newImports(t, userMap())
	status, body := sendJSON(t, s, "POST", "/api/now/import/imp_user", `{"full_name":"John Public","user_id":"john.public","sys_import_state":"error","other":"x"}`)
	users := s.Rows("sys_user")
	id := ""
	for _, user := range users {
		if user["user_name"] == "john.public" {
			id = user["sys_id"]
		}
	}
	want := `{"import_set":"ISET0010001","staging_table":"imp_user","result":[{"transform_map":"User","table":"sys_user","display_name":"name","display_value":"John Public","record_link":"http://dev.example/api/now/table/sys_user/` + id + `","status":"inserted","sys_id":"` + id + `"}]}`
	if status != 201 || body != want {
		t.Errorf("%d\n%s\nwant\n%s", status, body, want)
	}
	row := s.Rows("imp_user")[0]
	if status, body = sendJSON(t, s, "GET", "/api/now/v1/import/imp_user/"+row["sys_id"], ""); status != 200 || body != want {
		t.Errorf("%d %s", status, body)
	}
	if err := s.Delete("imp_user", row["sys_id"]); err != nil {
		t.Fatal(err)
	}
	if status, _ = sendJSON(t, s, "GET", "/api/now/import/imp_user/"+row["sys_id"], ""); status != 404 {
		t.Errorf("%d once the row was cleaned up", status)
	}
	if runs := s.Rows("sys_import_set_run"); len(runs) != 1 || runs[0]["inserts"] != "1" || s.Rows("sys_import_set")[0]["state"] != "processed" {
		t.Errorf("%v", runs)
	}
}

func TestImportSetStatuses(t *testing.T) {
	judged := userMap()
	judged.Name, judged.Order = "Judged", 2
	judged.Before = func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
		switch source["full_name"] {
		case "skip":
			return servicenowtest.TransformVerdict{Status: servicenowtest.ImportSkipped, StatusMessage: "not wanted"}
		case "fail":
			return servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "no good"}
		}
		target["name"] = strings.ToUpper(target["name"])
		return servicenowtest.TransformVerdict{}
	}
	s, _ := newImports(t, judged)
	for _, c := range []struct{ body, want string }{
		{`{"user_id":"a","full_name":"x"}`, `"status":"inserted"`},
		{`{"user_id":"A","full_name":"y"}`, `"status":"updated"`},
		{`{"user_id":"a","full_name":"y"}`, `"display_value":"Y","record_link":"http://dev.example/api/now/table/sys_user/`},
		{`{"user_id":"a","full_name":"Y"}`, `"status":"ignored"`},
		{`{"user_id":"","full_name":"z"}`, `"status":"inserted"`},
		{`{"user_id":"b","full_name":"skip"}`, `"status":"skipped","status_message":"not wanted"`},
		{`{"user_id":"b","full_name":"fail"}`, `"status":"error","error_message":"no good"`},
	} {
		if status, body := sendJSON(t, s, "POST", "/api/now/import/imp_user", c.body); status != 201 || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", c.body, status, body)
		}
	}
	byName := userMap()
	byName.Fields[0].Coalesce, byName.Fields[1].Coalesce = false, true
	if err := s.SetTransformMaps(byName); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		insertRow(t, s, "sys_user", servicenowtest.Row{"user_name": id, "name": "Two"})
	}
	if _, body := sendJSON(t, s, "POST", "/api/now/import/imp_user", `{"user_id":"3","full_name":"two"}`); !strings.Contains(body, `"status":"error","error_message":"Row transform ignored: multiple target records found"`) {
		t.Error(body)
	}
	// A caller who cannot read the target gets 201 and nothing else.
	if err := s.SetACLs(servicenowtest.ACL{Table: "sys_user", Allow: func(op servicenowtest.Operation, _ func(string) string) bool { return op != servicenowtest.OpRead }}); err != nil {
		t.Fatal(err)
	}
	if status, body := sendJSON(t, s, "POST", "/api/now/import/imp_user", `{"user_id":"c"}`); status != 201 || body != "" {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := sendJSON(t, s, "POST", "/api/now/import/incident", `{}`); status != 400 {
		t.Errorf("%d for a table that stages nothing", status)
	}
	if status, _ := sendJSON(t, s, "DELETE", "/api/now/import/imp_user", ``); status != 405 {
		t.Errorf("%d", status)
	}
}

// Keys are labels, or names where sys_rest_insert_multiple says so; the
// transformation comes later, or at once.
func TestImportSetMultiple(t *testing.T) {
	s, clock := newImports(t, userMap())
	s.DelayImports(time.Minute)
	states := func() string {
		_, body := sendJSON(t, s, "GET", "/api/now/table/imp_user?sysparm_fields=user_id,sys_import_state&sysparm_query=ORDERBYsys_import_row", "")
		return body
	}
	status, body := sendJSON(t, s, "POST", "/api/now/import/imp_user/insertMultiple", `{"records":[{"User ID":"a","Name":"A"},{"User ID":"b","user_id":"nothing"}]}`)
	if status != 201 || !strings.HasPrefix(body, `{"import_set_id":"`) || !strings.Contains(body, `","multi_import_set_id":"`) {
		t.Fatalf("%d %s", status, body)
	}
	if got := states(); got != `{"result":[{"user_id":"a","sys_import_state":"pending"},{"user_id":"b","sys_import_state":"pending"}]}` {
		t.Error(got)
	}
	set := s.Rows("sys_import_set")[0]
	clock.Advance(30 * time.Second)
	s.DelayImports(0)
	// It waits for the first set, though its own time has come.
	sendJSON(t, s, "POST", "/api/now/import/imp_user/insertMultiple?run_after="+set["sys_id"]+"&multi_import_set_id="+set["multi_import_set"], `{"records":[{"User ID":"a","Name":"B"}]}`)
	if got := states(); strings.Count(got, "pending") != 3 || s.Count("sys_multi_import_set") != 1 {
		t.Error(got)
	}
	clock.Advance(30 * time.Second)
	if got := states(); strings.Count(got, "inserted") != 2 || strings.Count(got, "updated") != 1 {
		t.Error(got)
	}
	insertRow(t, s, "sys_rest_insert_multiple", servicenowtest.Row{"source_table": "imp_user", "column_mapping": "column_name", "transformation": "synchronous"})
	s.DelayImports(time.Hour)
	sendJSON(t, s, "POST", "/api/now/import/imp_user/insertMultiple", `{"records":[{"user_id":"c","Name":"dropped"}]}`)
	if got := states(); !strings.Contains(got, `{"user_id":"c","sys_import_state":"inserted"}`) {
		t.Error(got)
	}
	for _, bad := range []string{`[]`, `{}`, `{"records":[1]}`} {
		if status, _ := sendJSON(t, s, "POST", "/api/now/import/imp_user/insertMultiple", bad); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

func TestSetTransformMapsChecks(t *testing.T) {
	s, _ := newImports(t)
	for want, change := range map[string]func(*servicenowtest.TransformMap){
		"extends sys_import_set_row": func(m *servicenowtest.TransformMap) { m.Source = "incident" },
		`no table "x"`:               func(m *servicenowtest.TransformMap) { m.Target = "x" },
		"imp_user.nope":              func(m *servicenowtest.TransformMap) { m.Fields[0].Source = "nope" },
	} {
		m := userMap()
		change(&m)
		if err := s.SetTransformMaps(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What a script of a transform map has chosen holds for the record that it makes.
func TestTransformChooses(t *testing.T) {
	const id = "00000000000000000000000000000abc"
	s, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{{
		Name: "imp_device", Extends: "sys_import_set_row", Columns: []servicenowtest.Column{{Name: "device"}, {Name: "kind"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	err = s.SetTransformMaps(servicenowtest.TransformMap{
		Name: "Device", Source: "imp_device", Target: "cmdb_ci_hardware",
		Fields: []servicenowtest.FieldMap{{Source: "device", Target: "sys_id", Coalesce: true}, {Source: "device", Target: "name"}},
		Before: func(source, target servicenowtest.Row) servicenowtest.TransformVerdict {
			target["sys_id"], target["sys_class_name"] = id, source["kind"]
			return servicenowtest.TransformVerdict{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []string{"inserted", "updated", "ignored"} {
		body := `{"device":"web-1","kind":"cmdb_ci_server"}`
		if n > 0 {
			body = `{"device":"web-2","kind":"cmdb_ci_server"}`
		}
		if status, text := sendJSON(t, s, "POST", "/api/now/import/imp_device", body); status != 201 || !strings.Contains(text, `"status":"`+want+`"`) {
			t.Errorf("%d %s, want %s", status, text, want)
		}
	}
	if row, ok := s.Row("cmdb_ci_server", id); !ok || row["name"] != "web-2" || s.Count("cmdb_ci_hardware") != 1 {
		t.Errorf("got %v, %d CIs", row, s.Count("cmdb_ci_hardware"))
	}
}

// The maps can be read, as on an instance; an inactive one does not run.
func TestTransformMapRecords(t *testing.T) {
	idle := userMap()
	idle.Name, idle.Inactive, idle.Order = "Idle", true, 200
	s, _ := newImports(t, userMap(), idle)
	found := map[string]string{}
	for _, row := range s.Rows("sys_transform_map") {
		found[row["name"]] = row["source_table"] + " " + row["target_table"] + " " + row["order"] + " " + row["active"]
	}
	if len(found) != 2 || found["User"] != "imp_user sys_user 0 true" || found["Idle"] != "imp_user sys_user 200 false" {
		t.Errorf("got %v", found)
	}
	if _, text := sendJSON(t, s, "POST", "/api/now/import/imp_user", `{"user_id":"jane","full_name":"Jane"}`); strings.Contains(text, "Idle") || !strings.Contains(text, "inserted") {
		t.Errorf("got %s", text)
	}
	if err := s.SetTransformMaps(idle); err != nil || s.Count("sys_transform_map") != 1 {
		t.Errorf("got %d, %v", s.Count("sys_transform_map"), err)
	}
}
