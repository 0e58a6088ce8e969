package servicenowtest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// send makes one request and returns its status and body.
func send(t *testing.T, server *servicenowtest.Server, method, path, kind, body, user string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, "https://acme.service-now.com/api/now/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.SetBasicAuth(user, user)
	res, err := server.Client().Do(req)
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

// A file can be read by those who may read its record, and added by those who
// may write it.
func TestAttachmentsFollowTheirRecord(t *testing.T) {
	server, err := servicenowtest.New(servicenowtest.Options{
		Users: []servicenowtest.User{{Name: "admin", Password: "admin"}, {Name: "guest", Password: "guest"}, {Name: "reader", Password: "reader"}},
		ACLs: []servicenowtest.ACL{
			{Table: "incident", User: "guest", Allow: func(servicenowtest.Operation, func(string) string) bool { return false }},
			{Table: "incident", User: "reader", Allow: func(op servicenowtest.Operation, _ func(string) string) bool { return op == servicenowtest.OpRead }},
		},
		AttachmentLimit: 8,
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := server.Insert("incident", servicenowtest.Row{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := server.Attach("incident", id, "a.txt", "", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	target := "attachment/file?table_name=incident&file_name=b&table_sys_id=" + id
	for _, tt := range []struct {
		name, method, path, kind, body, user string
		status                               int
		says                                 string
	}{
		{"its reader", "GET", "attachment/" + file + "/file", "", "", "reader", 200, "hello"},
		{"hidden with its record", "GET", "attachment/" + file + "/file", "", "", "guest", 404, "No Record found"},
		{"short list", "GET", "attachment", "", "", "guest", 200, `{"result":[]}`},
		{"no adding without writing", "POST", target, "text/plain", "x", "reader", 403, "ACL Exception Insert"},
		{"at the limit", "POST", target, "text/plain", "12345678", "admin", 201, `"size_bytes":"8"`},
		{"beyond the limit", "POST", target, "text/plain", "123456789", "admin", 413, "max_size"},
		{"no content type", "POST", target, "", "x", "admin", 400, "Content-Type is required"},
		{"no boundary", "POST", "attachment/upload", "multipart/form-data", "x", "admin", 400, "uploadFile"},
		{"no file in the form", "POST", "attachment/upload", "multipart/form-data; boundary=B", "--B--", "admin", 400, "uploadFile"},
		{"unknown table", "POST", "attachment/file?table_name=no&file_name=b&table_sys_id=x", "text/plain", "x", "admin", 400, "Invalid table no"},
		{"wrong method", "PUT", "attachment", "application/json", "{}", "admin", 405, "not supported"},
		{"writing content", "DELETE", "attachment/" + file + "/file", "", "", "admin", 405, "not supported"},
		{"no such path", "GET", "attachment/a/b/c", "", "", "admin", 400, "does not represent"},
	} {
		status, body := send(t, server, tt.method, tt.path, tt.kind, tt.body, tt.user)
		if status != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d %s", tt.name, status, body)
		}
	}
}

func TestAttachmentsInSnapshots(t *testing.T) {
	server, err := servicenowtest.New(servicenowtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := server.Insert("incident", servicenowtest.Row{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := server.Attach("incident", id, "a.txt", "text/plain", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	before := server.Snapshot()
	if err := server.Delete("incident", id); err != nil {
		t.Fatal(err)
	}
	if _, ok := server.Attachment(file); ok || server.Count("sys_attachment") != 0 {
		t.Error("a file outlived its record")
	}
	if err := server.Restore(before); err != nil {
		t.Fatal(err)
	}
	if data, ok := server.Attachment(file); !ok || string(data) != "hello" {
		t.Errorf("restored %q", data)
	}
	for _, bad := range [][2]string{{"no_such", id}, {"incident", "x"}} {
		if _, err := server.Attach(bad[0], bad[1], "a", "", nil); err == nil {
			t.Errorf("attached to %v", bad)
		}
	}
}
