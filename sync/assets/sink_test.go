package assets_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestLinkOnTheRecord(t *testing.T) {
	w := smallWorld(t)
	w.flow.Link = assets.Link{Field: "correlation_id"}
	columns := []servicenowtest.Table{}
	for _, table := range []string{"core_company", "cmn_department", "cmdb_hardware_product_model", "cmn_location"} {
		columns = append(columns, servicenowtest.Table{Name: table, Columns: []servicenowtest.Column{{Name: "correlation_id"}}})
	}
	sn, err := servicenowtest.New(servicenowtest.Options{Tables: columns})
	if err != nil {
		t.Fatal(err)
	}
	w.cmdb = sn
	w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "basel-router"})
	w.run(t)
	if row, _ := sn.Row("cmdb_ci", record); row["correlation_id"] != "device:1" {
		t.Errorf("got %v", row)
	}
	if n := sn.Count(cmdb.AttributesTable); n > 0 {
		t.Errorf("%d link rows were written", n)
	}
	for _, row := range sn.Rows("cmn_location") {
		if row["correlation_id"] == "" {
			t.Errorf("not linked: %v", row)
		}
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a second pass would write %v", p.Operations)
	}
	w.change(t, "dcim/devices", "basel-router", map[string]any{"name": "renamed", "serial": "S-NEW"})
	if op := find(t, w.plan(t), "device", "renamed"); op.Target != record || len(op.Changes) != 2 {
		t.Errorf("got %+v", op)
	}
}

func TestLinkInAnotherTable(t *testing.T) {
	w := smallWorld(t)
	links := servicenowtest.Table{Name: "u_links", Columns: []servicenowtest.Column{
		{Name: "u_table"}, {Name: "u_record"}, {Name: "u_id"}, {Name: "u_type"},
	}}
	sn, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{links}})
	if err != nil {
		t.Fatal(err)
	}
	w.cmdb = sn
	w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	w.flow.Link = assets.Link{Table: "u_links", Columns: assets.LinkColumns{RecordTable: "u_table", Record: "u_record", ID: "u_id", Class: "u_type"}}
	w.run(t)
	if n := sn.Count("u_links"); n != 40 {
		t.Errorf("%d link rows, want 40", n)
	}
	if p := w.plan(t); !p.Empty() {
		t.Errorf("a second pass would write %v", p.Operations)
	}
}

// stubborn is an instance that chooses every sys_id itself, those of link rows
// excepted.
func stubborn(base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.Body == nil || !strings.HasSuffix(req.URL.Path, "/batch") {
			return base.RoundTrip(req)
		}
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		var batch map[string]any
		if err := json.Unmarshal(data, &batch); err != nil {
			return nil, err
		}
		for _, item := range batch["rest_requests"].([]any) {
			request := item.(map[string]any)
			if request["method"] != "POST" || strings.Contains(request["url"].(string), cmdb.AttributesTable) {
				continue
			}
			var row map[string]any
			body, err := base64.StdEncoding.DecodeString(request["body"].(string))
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(body, &row); err != nil {
				return nil, err
			}
			delete(row, "sys_id")
			if body, err = json.Marshal(row); err != nil {
				return nil, err
			}
			request["body"] = base64.StdEncoding.EncodeToString(body)
		}
		if data, err = json.Marshal(batch); err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
		return base.RoundTrip(req)
	})
}

func TestServerChoosesSysIDs(t *testing.T) {
	w := smallWorld(t)
	sn, err := servicenow.New(servicenow.Config{
		BaseURL: "http://acme.example", Auth: servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword),
		HTTPClient: &http.Client{Transport: stubborn(w.cmdb.Transport())},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.flow.CMDB = sn
	p := w.plan(t)
	w.run(t)
	for _, op := range p.Operations {
		if _, ok := w.cmdb.Row(op.Class, op.Target); ok {
			t.Fatalf("%s has the sys_id that was asked for", op.ID)
		}
	}
	for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
		if _, ok := w.cmdb.Row(row[cmdb.ColumnRecordTable], row[cmdb.ColumnRecordID]); !ok {
			t.Errorf("a link leads nowhere: %v", row)
		}
	}
	for _, row := range w.cmdb.Rows("cmdb_ci_hardware") {
		if _, ok := w.cmdb.Row("cmn_location", row["location"]); !ok {
			t.Errorf("a CI stands nowhere: %v", row)
		}
	}
	if again := w.plan(t); !again.Empty() {
		t.Errorf("a second pass would write %v", again.Operations)
	}
}

// An item of a batch that the instance refuses fails alone.
func TestRefusedRecord(t *testing.T) {
	w := smallWorld(t)
	err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "cmn_location", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op != servicenowtest.OpInsert || get("name") != "Switzerland"
	}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.flow.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]reconcile.Status{}
	for _, p := range s.Problems {
		status[p.Operation.Name] = p.Status
	}
	for name, want := range map[string]reconcile.Status{"Switzerland": reconcile.StatusFailed, "Basel": reconcile.StatusBlocked, "basel-router": reconcile.StatusBlocked, "Berlin": "", "Cisco": ""} {
		if status[name] != want {
			t.Errorf("%s ended as %q, want %q", name, status[name], want)
		}
	}
	if err := w.cmdb.SetACLs(); err != nil {
		t.Fatal(err)
	}
	w.run(t)
	if p := w.plan(t); !p.Empty() || p.Total().Blocked > 0 {
		t.Errorf("a third pass would write %v", p.Operations)
	}
}

func TestNotKept(t *testing.T) {
	w := smallWorld(t)
	short := servicenowtest.Table{Name: "core_company", Columns: []servicenowtest.Column{{Name: "name", MaxLength: 40}}}
	sn, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{short}})
	if err != nil {
		t.Fatal(err)
	}
	w.cmdb = sn
	long := strings.Repeat("long", 15)
	w.change(t, "dcim/manufacturers", "Cisco", map[string]any{"name": long})
	w.flow.CMDB = w.cmdbClient(t, servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	var told []string
	sink := &assets.CMDBSink{Client: w.flow.CMDB, NotKept: func(op reconcile.Operation, column, wrote, kept string) {
		told = append(told, strings.Join([]string{op.ID, column, wrote, kept}, " "))
	}}
	p := w.plan(t)
	if _, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: p.Target}); err != nil {
		t.Fatal(err)
	}
	if want := "manufacturer:1 name " + long + " " + long[:40]; len(told) != 1 || told[0] != want {
		t.Errorf("got %q, want %q", told, want)
	}
	if again := w.plan(t); !again.Empty() {
		t.Errorf("a second pass would write %v", again.Operations)
	}
}

// The sink removes a record together with its link row, when it is told to.
func TestSinkDeletes(t *testing.T) {
	w := smallWorld(t)
	w.run(t)
	l := w.subject(t, "device")
	b := reconcile.NewBuilder("netbox", "acme.example")
	b.Records("device", l.table, 100)
	b.Add(reconcile.Operation{ID: "device:1", Kind: reconcile.Delete, Type: "device", Class: l.table, Target: l.record})
	p, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	sink := &assets.CMDBSink{Client: w.flow.CMDB}
	for range 2 { // the second time there is nothing left to delete
		s, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: "acme.example", AllowDeletes: true})
		if err != nil || !s.Clean() {
			t.Fatalf("got %+v, %v", s, err)
		}
	}
	if _, ok := w.cmdb.Row(l.table, l.record); ok {
		t.Error("the record is still there")
	}
	for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
		if row[cmdb.ColumnRecordID] == l.record {
			t.Errorf("its link row is still there: %v", row)
		}
	}
}
