package assets_test

import (
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
)

// 001-32: flagged records without an id are exported, what they need first, and are
// linked. 001-16: the link rows of locations get their class and level. 001-37: the class goes into the custom field. 001-38: new devices get the
// generic role.
func TestExport(t *testing.T) {
	w := newOutWorld(t)
	w.both(t)
	e := w.fill(t)
	w.wire.noWrite = true
	p := w.plan(t)
	w.wire.noWrite = false
	if got := p.Total(); got.Create != 8 || got.Blocked+got.Skip+got.Update != 0 {
		t.Fatalf("got %+v", got)
	}
	var order []string
	for _, op := range p.Operations {
		order = append(order, op.Type)
	}
	t.Log(order)
	s, err := w.flow.Apply(t.Context(), p)
	if err != nil || s.Total().Created != 8 {
		t.Fatal(err, s.Total(), s.Problems)
	}
	device, _ := w.netbox.Object("dcim/devices", w.linked(t, e.device))
	for field, want := range map[string]string{
		"name": "sw-1", "serial": "S1", "asset_tag": "A1", "status": "active", "role": "Generic", "site": "Zürich 1",
		"location": "Room 7", "tenant": "Acme", "device_type": "C9300", "description": "core",
	} {
		if got := strings.Contains(flat(map[string]any{field: device[field]}), `"`+want+`"`); !got {
			t.Errorf("%s is %v, want %s", field, device[field], want)
		}
	}
	if got := flat(device); !strings.Contains(got, "servicenowsyncfrom") || !strings.Contains(got, "cmdb_ci_ip_switch") {
		t.Errorf("tag or class is missing: %s", got)
	}
	for record, class := range map[string]cmdb.ObjectType{
		e.region: cmdb.TypeRegion, e.site: cmdb.TypeSite, e.room: cmdb.TypeLocation, e.maker: cmdb.TypeManufacturer,
		e.model: cmdb.TypeDeviceType, e.customer: cmdb.TypeCustomer, e.department: cmdb.TypeDepartment, e.device: cmdb.TypeDevice,
	} {
		if w.linked(t, record) == 0 || w.row(t, record)[cmdb.ColumnClass] != string(class) {
			t.Errorf("the link row says %v, want a %s", w.row(t, record), class)
		}
	}
	for record, level := range map[string]string{e.region: "0", e.site: "1", e.room: "2", e.maker: ""} {
		if got := w.row(t, record)[cmdb.ColumnLevel]; got != level {
			t.Errorf("the link row says level %q, want %q", got, level)
		}
	}
	if again := w.plan(t); !again.Empty() {
		t.Errorf("a second pass would write %+v", again.Operations)
	}
	w.flow.Linked = true
	if again := w.plan(t); !again.Empty() || again.Total().Unchanged != 8 {
		t.Errorf("a pass over linked records would write %+v", again.Operations)
	}
	// Applying the same plan once more makes nothing twice.
	before := w.objects()
	if s, err := w.flow.Apply(t.Context(), p); err != nil || s.Total().Written() != 0 {
		t.Errorf("the plan was applied twice: %+v %+v %v", s.Total(), s.Problems, err)
	}
	if after := w.objects(); after != before {
		t.Errorf("NetBox has changed: %s", difference(before, after))
	}
}
