package servicenowtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// instance is a server with a way to talk to it in few words.
type instance struct {
	*servicenowtest.Server
	t testing.TB
}

func newInstance(t testing.TB, options servicenowtest.Options) *instance {
	t.Helper()
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return &instance{server, t}
}

type result struct {
	status int
	header http.Header
	body   string
}

// do sends one request as admin, unless the header says otherwise.
func (i *instance) do(method, target, body string, header ...string) result {
	i.t.Helper()
	req, err := http.NewRequest(method, "https://dev.example"+target, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	req.SetBasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	res, err := i.Client().Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return result{res.StatusCode, res.Header, string(data)}
}

// list returns the values of one field of the rows that a query finds, as
// "a b c".
func (i *instance) list(table, field, query string) string {
	i.t.Helper()
	res := i.do("GET", "/api/now/table/"+table+"?sysparm_fields="+field+"&sysparm_query="+url.QueryEscape(query), "")
	var page struct{ Result []map[string]string }
	if err := json.Unmarshal([]byte(res.body), &page); err != nil || res.status != 200 {
		i.t.Fatalf("query %s: %d %s", query, res.status, res.body)
	}
	values := make([]string, len(page.Result))
	for n, row := range page.Result {
		values[n] = row[field]
	}
	return strings.Join(values, " ")
}

func (i *instance) insert(table string, row servicenowtest.Row) string {
	i.t.Helper()
	id, err := i.Insert(table, row)
	if err != nil {
		i.t.Fatal(err)
	}
	return id
}

func TestCreateReadUpdateDelete(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	made := i.do("POST", "/api/now/table/incident?sysparm_fields=number,short_description,sys_id,sys_mod_count", `{"short_description":"Printer on fire","bogus":1}`)
	if made.status != 201 || !strings.HasPrefix(made.body, `{"result":{"number":"INC0010001","short_description":"Printer on fire","sys_id":"`) {
		t.Fatalf("created: %d %s", made.status, made.body)
	}
	location := made.header.Get("Location")
	id := location[strings.LastIndex(location, "/")+1:]
	if location != "https://dev.example/api/now/table/incident/"+id {
		t.Errorf("Location: %s", location)
	}
	if got := i.do("PATCH", "/api/now/table/task/"+id+"?sysparm_fields=short_description,sys_mod_count,sys_class_name", `{"short_description":"Put out"}`); got.body != `{"result":{"short_description":"Put out","sys_mod_count":"1","sys_class_name":"incident"}}` {
		t.Errorf("updated through the parent table: %d %s", got.status, got.body)
	}
	if got := i.do("DELETE", "/api/now/table/incident/"+id, ""); got.status != 204 || got.body != "" {
		t.Errorf("deleted: %d %q", got.status, got.body)
	}
	if got := i.do("GET", "/api/now/table/incident/"+id, ""); got.status != 404 {
		t.Errorf("read after delete: %d %s", got.status, got.body)
	}
}
