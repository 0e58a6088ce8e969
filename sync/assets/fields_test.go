package assets_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A link is a NetBox object and its record.
type link struct {
	id            int64
	table, record string
}

// linked returns the records of a type, in the order of their NetBox ids.
func (w *world) linked(class string) []link {
	var links []link
	for _, row := range w.cmdb.Rows("x_nbl_cmdb_netbox_attributes") {
		if row["nb_class"] == class {
			links = append(links, link{number(row["nb_id"]), row["record_table"], row["record_sys_id"]})
		}
	}
	slices.SortFunc(links, func(a, b link) int { return int(a.id - b.id) })
	return links
}

func number(s string) (n int64) {
	for _, digit := range s {
		n = n*10 + int64(digit-'0')
	}
	return n
}

// spare adds an object of every type, so that every reference can be changed.
type spare struct {
	region, site, location, manufacturer, deviceType, customer, department int64
}

func (w *world) addSpare(t *testing.T, site int64) spare {
	t.Helper()
	tags := []any{map[string]any{"slug": "servicenowsyncto"}}
	add := func(kind string, fields map[string]any) int64 {
		t.Helper()
		fields["tags"] = tags
		id, err := w.netbox.Create(kind, fields)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	var s spare
	// As deep as the site's own region, so that no level changes with it.
	root := w.one(t, "dcim/regions", "slug", "europe")
	s.region = add("dcim/regions", map[string]any{"name": "Spare region", "slug": "spare-region", "parent": root})
	s.site = add("dcim/sites", map[string]any{"name": "Spare site", "slug": "spare-site", "status": "active", "region": s.region})
	s.location = add("dcim/locations", map[string]any{"name": "Spare room", "slug": "spare-room", "status": "active", "site": site})
	s.manufacturer = add("dcim/manufacturers", map[string]any{"name": "Spare maker", "slug": "spare-maker"})
	s.deviceType = add("dcim/device-types", map[string]any{"model": "Spare model", "slug": "spare-model", "manufacturer": s.manufacturer, "u_height": 1})
	s.customer = add("tenancy/tenants", map[string]any{"name": "Spare customer", "slug": "spare-customer", "group": w.flow.Tenants.CustomerGroup})
	s.department = add("tenancy/tenants", map[string]any{"name": "Spare department", "slug": "spare-department", "group": w.flow.Tenants.DepartmentGroup})
	return s
}

// takeOutOfRacks leaves the devices in their racks, at no height.
func (w *world) takeOutOfRacks(t *testing.T) {
	t.Helper()
	for _, device := range w.netbox.Objects("dcim/devices") {
		if device["position"] == nil {
			continue
		}
		if err := w.netbox.Update("dcim/devices", reference(device, "id"), map[string]any{"position": nil}); err != nil {
			t.Fatal(err)
		}
	}
}

// subject returns the first object of a type with its record.
func (w *world) subject(t *testing.T, class string) link {
	t.Helper()
	links := w.linked(class)
	if len(links) == 0 {
		t.Fatalf("no %s has a record", class)
	}
	return links[0]
}

// Each mapped field of each type is changed, on either side: exactly that field
// is written, and nothing else.
func TestEachFieldByItself(t *testing.T) {
	w := smallWorld(t)
	device := w.netbox.Objects("dcim/devices")[0]
	spare := w.addSpare(t, reference(device, "site"))
	w.run(t)
	clean := w.netbox.Snapshot()

	for _, c := range []struct {
		class, kind, field string
		value              any
		columns            string // that are written
	}{
		{"manufacturer", "dcim/manufacturers", "name", "Renamed", "name"},
		{"devicetype", "dcim/device-types", "model", "Renamed", "model_number name"},
		{"devicetype", "dcim/device-types", "description", "Renamed", "short_description"},
		{"devicetype", "dcim/device-types", "u_height", 3, "rack_units"},
		{"customer", "tenancy/tenants", "name", "Renamed", "name"},
		{"department", "tenancy/tenants", "name", "Renamed", "name"},
		{"department", "tenancy/tenants", "description", "Renamed", "description"},
		{"region", "dcim/regions", "name", "Renamed", "name"},
		{"site", "dcim/sites", "name", "Renamed", "name"},
		{"site", "dcim/sites", "region", spare.region, "parent"},
		{"site", "dcim/sites", "tenant", spare.customer, "company"},
		{"site", "dcim/sites", "physical_address", "1 Other Street", "street"},
		{"site", "dcim/sites", "latitude", 12.25, "latitude"},
		{"site", "dcim/sites", "longitude", -3.5, "longitude"},
		{"site", "dcim/sites", "time_zone", "Asia/Tokyo", "time_zone"},
		{"location", "dcim/locations", "name", "Renamed", "name"},
		{"location", "dcim/locations", "tenant", spare.customer, "company"},
		{"device", "dcim/devices", "name", "renamed", "name"},
		{"device", "dcim/devices", "asset_tag", "AT-NEW", "asset_tag"},
		{"device", "dcim/devices", "serial", "SN-NEW", "serial_number"},
		{"device", "dcim/devices", "device_type", spare.deviceType, "manufacturer model_id"},
		{"device", "dcim/devices", "location", spare.location, "location"},
		{"device", "dcim/devices", "tenant", spare.customer, "company"},
		{"device", "dcim/devices", "tenant", spare.department, "department"},
		{"device", "dcim/devices", "description", "Renamed", "short_description"},
		{"device", "dcim/devices", "status", "planned", "install_status operational_status"},
	} {
		t.Run("NetBox: "+c.class+" "+c.field, func(t *testing.T) {
			defer func() {
				if err := w.netbox.Restore(clean); err != nil {
					t.Fatal(err)
				}
				w.run(t)
			}()
			l := w.subject(t, c.class)
			fields := map[string]any{c.field: c.value}
			if c.field == "location" { // a rack stands in its own location
				fields["rack"], fields["position"], fields["face"] = nil, nil, nil
			}
			if c.field == "u_height" { // its devices would not fit where they hang
				w.takeOutOfRacks(t)
			}
			if err := w.netbox.Update(c.kind, l.id, fields); err != nil {
				t.Fatal(err)
			}
			wantOneUpdate(t, w, l, c.columns)
		})
	}

	t.Run("NetBox: device primary address", func(t *testing.T) {
		defer func() {
			if err := w.netbox.Restore(clean); err != nil {
				t.Fatal(err)
			}
			w.run(t)
		}()
		l := w.withValue(t, "device", "ip_address")
		object, _ := w.netbox.Object("dcim/devices", l.id)
		if err := w.netbox.Update("ipam/ip-addresses", reference(object, "primary_ip"), map[string]any{"address": "192.0.2.77/24"}); err != nil {
			t.Fatal(err)
		}
		wantOneUpdate(t, w, l, "ip_address")
	})

	for _, c := range []struct{ class, column, value string }{
		{"manufacturer", "name", "by hand"},
		{"manufacturer", "manufacturer", "false"},
		{"customer", "name", "by hand"},
		{"customer", "customer", "false"},
		{"department", "name", "by hand"},
		{"department", "description", "by hand"},
		{"devicetype", "name", "by hand"},
		{"devicetype", "model_number", "by hand"},
		{"devicetype", "manufacturer", ""},
		{"devicetype", "short_description", "by hand"},
		{"devicetype", "rack_units", "9"},
		{"region", "name", "by hand"},
		{"site", "name", "by hand"},
		{"site", "parent", ""},
		{"site", "company", ""},
		{"site", "street", "by hand"},
		{"site", "latitude", "1.5"},
		{"site", "longitude", "1.5"},
		{"site", "time_zone", "UTC"},
		{"location", "name", "by hand"},
		{"location", "parent", ""},
		{"device", "name", "by hand"},
		{"device", "asset_tag", "by hand"},
		{"device", "serial_number", "by hand"},
		{"device", "model_id", ""},
		{"device", "manufacturer", ""},
		{"device", "location", ""},
		{"device", "ip_address", "192.0.2.99"},
		{"device", "short_description", "by hand"},
		{"device", "install_status", "6"},
		{"device", "operational_status", "6"},
	} {
		t.Run("001-36 CMDB: "+c.class+" "+c.column, func(t *testing.T) {
			l := w.withValue(t, c.class, c.column)
			before := w.export()
			if err := w.cmdb.Update(l.table, l.record, map[string]string{c.column: c.value}); err != nil {
				t.Fatal(err)
			}
			wantOneUpdate(t, w, l, c.column)
			if got := w.export(); got != before {
				t.Errorf("the CMDB is not as before: %s", difference(before, got))
			}
		})
	}

	t.Run("001-16 CMDB: the level of a location", func(t *testing.T) {
		l := w.subject(t, "location")
		for _, row := range w.cmdb.Rows("x_nbl_cmdb_netbox_attributes") {
			if row["record_sys_id"] == l.record {
				if err := w.cmdb.Update("x_nbl_cmdb_netbox_attributes", row["sys_id"], map[string]string{"sn_location_level": "9"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantOneUpdate(t, w, l, "link.level")
	})
}

// withValue returns an object of a type whose record has a value in the column.
func (w *world) withValue(t *testing.T, class, column string) link {
	t.Helper()
	for _, l := range w.linked(class) {
		if row, _ := w.cmdb.Row(l.table, l.record); row[column] != "" {
			return l
		}
	}
	t.Fatalf("no %s of the estate has a value in %s", class, column)
	return link{}
}

// wantOneUpdate runs the flow and wants it to write these columns of one record.
func wantOneUpdate(t *testing.T, w *world, l link, columns string) {
	t.Helper()
	p := w.plan(t)
	var writes []reconcile.Operation
	for _, op := range p.Operations {
		if op.Kind.Writes() {
			writes = append(writes, op)
		}
	}
	if len(writes) != 1 || writes[0].Kind != reconcile.Update || writes[0].Target != l.record {
		t.Fatalf("the plan writes %v, want one update of %s", writes, l.record)
	}
	var fields []string
	for _, c := range writes[0].Changes {
		fields = append(fields, c.Field)
	}
	slices.Sort(fields)
	if got := strings.Join(fields, " "); got != columns {
		t.Errorf("the plan writes %s, want %s", got, columns)
	}
	s, err := w.flow.Apply(t.Context(), p)
	if err != nil || !s.Clean() || s.Total().Updated != 1 {
		t.Fatalf("got %+v, %v", s, err)
	}
	if again := w.plan(t); !again.Empty() {
		t.Errorf("a second pass would write %v", again.Operations)
	}
}

// reference returns the id of a related object.
func reference(object map[string]any, field string) int64 {
	switch v := object[field].(type) {
	case map[string]any:
		return reference(v, "id")
	case int64:
		return v
	case int:
		return int64(v)
	case float64:
		return int64(v)
	}
	return 0
}
