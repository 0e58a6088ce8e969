package assets_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// linkTo adds a link row by hand.
func (w *world) linkTo(t *testing.T, record, table, class, id string) {
	t.Helper()
	w.insert(t, cmdb.AttributesTable, map[string]string{
		cmdb.ColumnRecordTable: table, cmdb.ColumnRecordID: record, cmdb.ColumnClass: class, cmdb.ColumnID: id,
	})
}

func wantTarget(t *testing.T, op reconcile.Operation, record string) {
	t.Helper()
	if op.Kind != reconcile.Update || op.Target != record {
		t.Errorf("%s %q: got %s of %s (%s), want an update of %s", op.ID, op.Name, op.Kind, op.Target, op.Reason, record)
	}
}

func TestMatchByName(t *testing.T) {
	t.Run("001-22 a record that is not linked is taken over", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "core_company", map[string]string{"name": "CISCO ", "phone": "123"})
		p := w.plan(t)
		wantTarget(t, find(t, p, "manufacturer", "Cisco"), record)
		w.run(t)
		if row, _ := w.cmdb.Row("core_company", record); row["phone"] != "123" || row["manufacturer"] != "true" {
			t.Errorf("got %v", row)
		}
		if again := w.plan(t); !again.Empty() {
			t.Errorf("a second pass would write %v", again.Operations)
		}
	})
	t.Run("001-22 a record that is linked to another id is not", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		w.linkTo(t, record, "core_company", "manufacturer", "4711")
		p := w.plan(t)
		wantOp(t, find(t, p, "manufacturer", "Cisco"), reconcile.Create, "")
	})
	t.Run("a reference to a record that is there is named", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.change(t, "dcim/devices", "basel-router", map[string]any{"tenant": w.one(t, "tenancy/tenants", "slug", "globex")})
		op := find(t, w.plan(t), "device", "basel-router")
		if len(op.Changes) != 1 || op.Changes[0].Field != "company" || op.Changes[0].Reason != `customer:2 "Globex"` {
			t.Errorf("got %+v", op)
		}
	})
	t.Run("001-22 two records of the name are ambiguous", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		p := w.plan(t)
		wantOp(t, find(t, p, "manufacturer", "Cisco"), reconcile.Blocked, assets.CodeAmbiguous)
		wantOp(t, find(t, p, "devicetype", "ISR 4331"), reconcile.Blocked, reconcile.CodeNeeds)
	})
	t.Run("001-02 a row without an id becomes the link, so that the record has one row", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "core_company", map[string]string{"name": "Cisco", "manufacturer": "true"})
		w.insert(t, cmdb.AttributesTable, map[string]string{cmdb.ColumnRecordTable: "core_company", cmdb.ColumnRecordID: record, cmdb.ColumnSync: "true"})
		w.run(t)
		rows := 0
		for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
			if row[cmdb.ColumnRecordID] == record {
				rows++
				if row[cmdb.ColumnID] == "" || row[cmdb.ColumnClass] != "manufacturer" {
					t.Errorf("got %v", row)
				}
			}
		}
		if rows != 1 {
			t.Errorf("the record has %d rows, want one", rows)
		}
	})
	t.Run("a location's name means something below its parent only", func(t *testing.T) {
		w := smallWorld(t)
		other := w.insert(t, "cmn_location", map[string]string{"name": "Campus"})
		w.insert(t, "cmn_location", map[string]string{"name": "Lab", "parent": other})
		p := w.plan(t)
		wantOp(t, find(t, p, "location", "Lab"), reconcile.Create, "")
	})
	t.Run("two objects that mean one record are ambiguous, both", func(t *testing.T) {
		w := smallWorld(t)
		w.change(t, "tenancy/tenants", "Acme", map[string]any{"name": "Cisco", "slug": "cisco-customer"})
		w.insert(t, "core_company", map[string]string{"name": "Cisco"})
		p := w.plan(t)
		wantOp(t, find(t, p, "manufacturer", "Cisco"), reconcile.Blocked, assets.CodeAmbiguous)
		wantOp(t, find(t, p, "customer", "Cisco"), reconcile.Blocked, assets.CodeAmbiguous)
		if reason := find(t, p, "customer", "Cisco").Reason; !strings.Contains(reason, "customer:1") || !strings.Contains(reason, "manufacturer:1") {
			t.Errorf("got %s", reason)
		}
	})
}

func TestMatchDevice(t *testing.T) {
	const name = "basel-router"
	t.Run("001-34 by serial number", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "discovered", "serial_number": "s-0001"})
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": name})
		wantTarget(t, find(t, w.plan(t), "device", name), record)
	})
	t.Run("001-34 by name where the serial number finds nothing", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": name, "serial_number": "unlike"})
		wantTarget(t, find(t, w.plan(t), "device", name), record)
	})
	t.Run("001-35 an empty serial number finds nothing", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "no serial"})
		w.change(t, "dcim/devices", name, map[string]any{"serial": ""})
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Create, "")
	})
	t.Run("a placeholder is no serial number", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "other", "serial_number": "N/A"})
		w.change(t, "dcim/devices", name, map[string]any{"serial": "N/A"})
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Create, "")
	})
	t.Run("001-34 two records of one serial number are ambiguous", func(t *testing.T) {
		w := smallWorld(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "a", "serial_number": "S-0001"})
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "b", "serial_number": "S-0001"})
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Blocked, assets.CodeAmbiguous)
	})
	t.Run("001-34 the serial number contradicts the link", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "twin", "serial_number": "S-9999"})
		w.change(t, "dcim/devices", name, map[string]any{"serial": "S-9999"})
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Blocked, assets.CodeMismatch)
		w.flow.Identifier.OnMismatch = cmdb.FollowLink
		wantTarget(t, find(t, w.plan(t), "device", name), w.subject(t, "device").record)
	})
	t.Run("001-34 a duplicated serial number leaves the link as it is", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		w.insert(t, "cmdb_ci_ip_router", map[string]string{"name": "twin", "serial_number": "S-0001"})
		if p := w.plan(t); !p.Empty() || p.Total().Blocked > 0 {
			t.Errorf("got %v", p.Operations)
		}
	})
	t.Run("a serial number that two devices share identifies neither", func(t *testing.T) {
		w := smallWorld(t)
		w.flow.Through = assets.ThroughTables
		w.change(t, "dcim/devices", "basel-server", map[string]any{"serial": "S-0001"})
		w.run(t)
		if p := w.plan(t); !p.Empty() || p.Total().Blocked > 0 {
			t.Errorf("the second pass would write %v", p.Operations)
		}
		// A run that was cut off between the two comes to the same end.
		server := w.one(t, "dcim/devices", "name", "basel-server")
		for _, l := range w.linked("device") {
			if l.id == server {
				if err := w.cmdb.Delete(l.table, l.record); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantOp(t, find(t, w.plan(t), "device", "basel-server"), reconcile.Create, "")
	})
	t.Run("a record that the flow made is known without its link row", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		want := w.export()
		for _, row := range w.cmdb.Rows(cmdb.AttributesTable) {
			if err := w.cmdb.Delete(cmdb.AttributesTable, row["sys_id"]); err != nil {
				t.Fatal(err)
			}
		}
		w.run(t)
		if got := w.export(); got != want {
			t.Error(difference(want, got))
		}
	})
	t.Run("a record that was deleted is made again, and its link row leads to it", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		want := w.export()
		l := w.subject(t, "device")
		if err := w.cmdb.Delete(l.table, l.record); err != nil {
			t.Fatal(err)
		}
		w.run(t)
		if got := w.export(); got != want {
			t.Error(difference(want, got))
		}
	})
	t.Run("a record that two objects are linked to is ambiguous", func(t *testing.T) {
		w := smallWorld(t)
		w.run(t)
		l := w.subject(t, "device")
		w.linkTo(t, l.record, l.table, "device", "2")
		p := w.plan(t)
		wantOp(t, find(t, p, "device", name), reconcile.Blocked, assets.CodeAmbiguous)
	})
	t.Run("a linked CI outside the table is neither lost nor doubled", func(t *testing.T) {
		w := smallWorld(t)
		record := w.insert(t, "cmdb_ci", map[string]string{"name": "elsewhere"})
		w.linkTo(t, record, "cmdb_ci", "device", "1")
		op := find(t, w.plan(t), "device", name)
		wantOp(t, op, reconcile.Blocked, assets.CodeElsewhere)
		w.flow.CITable = "cmdb_ci"
		if op := find(t, w.plan(t), "device", name); op.Target != record {
			t.Errorf("got %+v", op)
		}
	})
}

func TestClassOfRecord(t *testing.T) {
	const name = "basel-server"
	prepare := func(t *testing.T, table string) *world {
		w := smallWorld(t)
		w.insert(t, table, map[string]string{"name": "discovered", "serial_number": "S-0004"})
		return w
	}
	t.Run("a class below the device's stays", func(t *testing.T) {
		w := prepare(t, "cmdb_ci_linux_server")
		w.run(t)
		if p := w.plan(t); !p.Empty() || p.Total().Skip > 0 {
			t.Errorf("got %v", p.Operations)
		}
	})
	t.Run("another class is reported, and the rest is written", func(t *testing.T) {
		w := prepare(t, "cmdb_ci_ip_switch")
		op := find(t, w.plan(t), "device", name)
		if op.Kind != reconcile.Update || !strings.Contains(op.Reason, "the CI is a cmdb_ci_ip_switch, the device a cmdb_ci_server") {
			t.Errorf("got %+v", op)
		}
		w.run(t)
		wantOp(t, find(t, w.plan(t), "device", name), reconcile.Skip, assets.CodeClass)
	})
	t.Run("or changed, where that is allowed", func(t *testing.T) {
		w := prepare(t, "cmdb_ci_ip_switch")
		w.run(t)
		w.flow.Reclassify = true
		op := find(t, w.plan(t), "device", name)
		if len(op.Changes) != 2 || op.Changes[0].Field != "sys_class_name" || op.Changes[1].Field != "link.record_table" {
			t.Errorf("got %+v", op)
		}
		w.run(t)
		if row, _ := w.cmdb.Row("cmdb_ci", op.Target); row["sys_class_name"] != "cmdb_ci_server" {
			t.Errorf("got %v", row)
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("a second pass would write %v", p.Operations)
		}
	})
}

func TestEmptyValues(t *testing.T) {
	w := smallWorld(t)
	w.run(t)
	l := w.subject(t, "device")
	if err := w.netbox.Update("dcim/devices", l.id, map[string]any{"serial": ""}); err != nil {
		t.Fatal(err)
	}
	t.Run("a value that NetBox lacks is kept", func(t *testing.T) {
		if p := w.plan(t); !p.Empty() {
			t.Errorf("got %v", p.Operations)
		}
	})
	t.Run("unless it is to be cleared", func(t *testing.T) {
		w.flow.ClearEmpty = true
		w.run(t)
		if row, _ := w.cmdb.Row(l.table, l.record); row["serial_number"] != "" {
			t.Errorf("got %v", row)
		}
		if p := w.plan(t); !p.Empty() {
			t.Errorf("a second pass would write %v", p.Operations)
		}
	})
}
