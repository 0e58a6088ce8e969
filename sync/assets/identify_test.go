package assets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

func TestIdentification(t *testing.T) {
	const name = "basel-router"
	t.Run("000-10 CIs are written in the name of the data source, by its own keys", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		l := w.subject(t, "device")
		if row, _ := w.cmdb.Row("cmdb_ci", l.record); row["discovery_source"] != assets.DefaultDataSource {
			t.Errorf("got %v", row)
		}
		keys := map[string]string{}
		for _, row := range w.cmdb.Rows("sys_object_source") {
			keys[row["target_sys_id"]] = row["name"] + " " + row["id"]
		}
		if keys[l.record] != "NetBox 1" {
			t.Errorf("got %v", keys)
		}
	})
	t.Run("000-10 a data source that the instance does not know", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.DataSource = "Nobody"
		_, err := w.flow.Plan(t.Context())
		if err == nil || !strings.Contains(err.Error(), `does not know the data source "Nobody": add it to the choices of cmdb_ci.discovery_source`) {
			t.Errorf("got %v", err)
		}
		w.flow.Through = assets.ThroughTables
		w.plan(t)
	})
	t.Run("devices that share an identifying value are no two CIs to the engine", func(t *testing.T) {
		w := smallWorld(t)
		w.change(t, "dcim/devices", "basel-server", map[string]any{"serial": "S-0001"})
		p := w.plan(t)
		wantOp(t, find(t, p, "device", name), reconcile.Blocked, assets.CodeAmbiguous)
		wantOp(t, find(t, p, "device", "basel-server"), reconcile.Blocked, assets.CodeAmbiguous)
		w.flow.Through = assets.ThroughTables
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Create, "")
	})
	t.Run("a linked device stays when another one takes its serial number", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.change(t, "dcim/devices", "basel-server", map[string]any{"serial": "S-0001"})
		p := w.plan(t)
		wantOp(t, find(t, p, "device", "basel-server"), reconcile.Blocked, assets.CodeMismatch)
		if op, there := p.Operation("device:1"); there {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("a CI of the name that belongs to another device is not taken by the engine", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": name})
		w.linkTo(t, record, "cmdb_ci_ip_router", "device", "4711")
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Blocked, assets.CodeMismatch)
		w.flow.Through = assets.ThroughTables
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Create, "")
	})
	t.Run("001-36 a column that another source owns is told and not counted as written", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		rules := w.cmdb.IRERules()
		rules.Reconciliation = append(rules.Reconciliation, servicenowtest.ReconciliationRule{
			Class: "cmdb_ci", Source: "ServiceNow", Attributes: []string{"short_description"}, Order: 1, Effective: 24 * time.Hour,
		})
		if err := w.cmdb.SetIRERules(rules); err != nil {
			t.Fatal(err)
		}
		var theirs servicenow.IREPayload
		theirs.Add(servicenow.IREItem{Class: "cmdb_ci_ip_router", Values: map[string]string{"name": name, "serial_number": "S-0001", "short_description": "theirs"}})
		if _, err := w.flow.CMDB.IRE.Reconcile(t.Context(), &theirs, servicenow.IREOptions{DataSource: "ServiceNow"}); err != nil {
			t.Fatal(err)
		}
		w.change(t, "dcim/devices", name, map[string]any{"description": "ours"})
		s, err := w.flow.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if l := s.Total(); l.Failed != 1 || l.Updated != 0 || !strings.Contains(s.Problems[0].Reason, "reconciliation rule") {
			t.Errorf("got %+v: %+v", l, s.Problems)
		}
	})
	t.Run("a CI that the engine knows and the flow does not see is told", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "discovered", "serial_number": "S-0001"})
		err := w.cmdb.SetACLs(servicenowtest.ACL{Table: "cmdb_ci", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
			return op != servicenowtest.OpRead || get("sys_id") != record
		}})
		if err != nil {
			t.Fatal(err)
		}
		w.flow.AllowHidden = true
		p := w.plan(t)
		wantOp(t, find(t, p, "device", name), reconcile.Create, "")
		var found []string
		sink := &assets.CMDBSink{Client: w.flow.CMDB, Found: func(op reconcile.Operation, sysID string) { found = append(found, op.ID+" "+sysID) }}
		if _, err := reconcile.Apply(t.Context(), p, sink, reconcile.Options{Target: p.Target}); err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0] != "device:1 "+record {
			t.Errorf("got %v, want %s", found, record)
		}
	})
}
