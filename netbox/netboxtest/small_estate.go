package netboxtest

// SmallEstate makes a NetBox 4.7 with a readable estate of 40 objects of the
// eight types that a CMDB takes over: 4 regions, 4 sites, 6 locations, 4
// manufacturers, 5 device types, 3 customers, 3 departments and 11 devices,
// all tagged ServiceNowSyncTo, with plain names. Beside them stand what they
// need: roles, tenant groups, racks, two primary addresses, the tag, the custom
// field servicenow_ci_class and its choices. See FillSmallEstate for a server
// with options.
func SmallEstate() (*Server, error) {
	s, err := New(Options{})
	if err != nil {
		return nil, err
	}
	return s, s.FillSmallEstate()
}

// FillSmallEstate puts the estate of SmallEstate into an empty server. Nothing
// of it stands in the change log. It returns an error when there are objects
// already.
func (s *Server) FillSmallEstate() error {
	return s.fill(func(b *builder) { b.small() })
}

func (b *builder) small() {
	b.basis()
	tag := b.tag[:1]
	for _, r := range []named{{"Europe", "", "europe"}, {"Switzerland", "europe", "switzerland"}, {"Germany", "europe", "germany"}, {"Americas", "", "americas"}} {
		b.keep("region", r.slug, b.add("dcim.region", "name", r.name, "slug", r.slug, "parent", b.ids["region"][r.under], "tags", tag))
	}
	for _, g := range []named{{"Customers", "", "customers"}, {"Departments", "", "departments"}} {
		b.keep("group", g.slug, b.add("tenancy.tenantgroup", "name", g.name, "slug", g.slug))
	}
	for _, t := range []named{{"Acme", "customers", "acme"}, {"Globex", "customers", "globex"}, {"Initech", "customers", "initech"},
		{"Finance", "departments", "finance"}, {"IT Operations", "departments", "it-operations"}, {"Research", "departments", "research"}} {
		b.keep("tenant", t.slug, b.add("tenancy.tenant", "name", t.name, "slug", t.slug, "group", b.ids["group"][t.under], "description", t.name+" tenant", "tags", tag))
	}
	b.smallPlaces(tag)
	b.smallHardware(tag)
	b.smallDevices(tag)
}

func (b *builder) smallPlaces(tag []int64) {
	for _, s := range []struct {
		named
		tenant, status, address, zone string
		latitude, longitude           float64
	}{
		{named{"Basel", "switzerland", "basel"}, "acme", "active", "Freie Strasse 1\n4001 Basel", "Europe/Zurich", 47.5576, 7.5886},
		{named{"Zurich", "switzerland", "zurich"}, "", "active", "Bahnhofstrasse 1\n8001 Zurich", "Europe/Zurich", 47.3769, 8.5417},
		{named{"Berlin", "germany", "berlin"}, "", "planned", "Unter den Linden 1\n10117 Berlin", "Europe/Berlin", 52.517, 13.3889},
		{named{"Boston", "americas", "boston"}, "globex", "active", "1 State Street\nBoston", "America/New_York", 42.3591, -71.0568},
	} {
		b.keep("site", s.slug, b.add("dcim.site", "name", s.name, "slug", s.slug, "region", b.ids["region"][s.under], "tenant", b.ids["tenant"][s.tenant],
			"status", s.status, "physical_address", s.address, "time_zone", s.zone, "latitude", s.latitude, "longitude", s.longitude, "tags", tag))
	}
	for _, l := range []struct{ name, slug, site, up string }{
		{"Building 1", "building-1", "basel", ""}, {"Floor 1", "floor-1", "basel", "building-1"}, {"Server Room", "server-room", "basel", "floor-1"},
		{"Building 2", "building-2", "zurich", ""}, {"Lab", "lab", "zurich", "building-2"}, {"Suite 500", "suite-500", "boston", ""},
	} {
		b.keep("location", l.slug, b.add("dcim.location", "name", l.name, "slug", l.slug, "site", b.ids["site"][l.site],
			"parent", b.ids["location"][l.up], "tags", tag))
	}
	b.keep("rack", "r1", b.add("dcim.rack", "name", "R1", "site", b.ids["site"]["basel"], "location", b.ids["location"]["server-room"]))
}

func (b *builder) smallHardware(tag []int64) {
	for _, m := range []named{{"Cisco", "", "cisco"}, {"Dell", "", "dell"}, {"Fortinet", "", "fortinet"}, {"APC", "", "apc"}} {
		b.keep("maker", m.slug, b.add("dcim.manufacturer", "name", m.name, "slug", m.slug, "tags", tag))
	}
	for _, t := range []struct {
		maker, model, slug string
		height             float64
	}{{"cisco", "ISR 4331", "isr-4331", 1}, {"cisco", "Catalyst 9300", "catalyst-9300", 1}, {"dell", "PowerEdge R650", "poweredge-r650", 1},
		{"fortinet", "FG-100F", "fg-100f", 1}, {"apc", "AP8853", "ap8853", 0}} {
		b.keep("type", t.slug, b.add("dcim.devicetype", "manufacturer", b.ids["maker"][t.maker], "model", t.model, "slug", t.slug,
			"u_height", t.height, "description", t.model, "tags", tag))
	}
	for _, r := range []named{{"Router", "", "router"}, {"Access Switch", "", "access-switch"}, {"Server", "", "server"}, {"Firewall", "", "firewall"},
		{"PDU", "", "pdu"}, {"Appliance", "", "appliance"}} {
		b.keep("role", r.slug, b.add("dcim.devicerole", "name", r.name, "slug", r.slug))
	}
}

func (b *builder) smallDevices(tag []int64) {
	for i, d := range []struct{ name, kind, role, site, location, tenant, serial, asset, status, class string }{
		{"basel-router", "isr-4331", "router", "basel", "server-room", "acme", "S-0001", "A-0001", "active", "cmdb_ci_ip_router"},
		{"basel-switch-1", "catalyst-9300", "access-switch", "basel", "server-room", "acme", "S-0002", "A-0002", "active", "cmdb_ci_ip_switch"},
		{"basel-switch-2", "catalyst-9300", "access-switch", "basel", "floor-1", "acme", "S-0003", "", "planned", ""},
		{"basel-server", "poweredge-r650", "server", "basel", "server-room", "it-operations", "S-0004", "A-0004", "active", "cmdb_ci_server"},
		{"basel-firewall", "fg-100f", "firewall", "basel", "server-room", "it-operations", "S-0005", "A-0005", "active", ""},
		{"basel-pdu", "ap8853", "pdu", "basel", "server-room", "", "S-0006", "", "active", ""},
		{"zurich-server", "poweredge-r650", "server", "zurich", "lab", "research", "S-0007", "A-0007", "staged", "cmdb_ci_virtualization_server"},
		{"zurich-appliance", "fg-100f", "appliance", "zurich", "", "finance", "S-0008", "", "active", ""},
		{"berlin-switch", "catalyst-9300", "access-switch", "berlin", "", "initech", "S-0009", "", "inventory", "cmdb_ci_ip_switch"},
		{"boston-router", "isr-4331", "router", "boston", "suite-500", "globex", "S-0010", "A-0010", "active", "cmdb_ci_ip_router"},
		{"boston-server", "poweredge-r650", "server", "boston", "suite-500", "globex", "S-0011", "A-0011", "offline", ""},
	} {
		fields := []any{"name", d.name, "device_type", b.ids["type"][d.kind], "role", b.ids["role"][d.role], "site", b.ids["site"][d.site],
			"location", b.ids["location"][d.location], "tenant", b.ids["tenant"][d.tenant], "serial", d.serial, "status", d.status,
			"description", d.name + " in " + d.site, "tags", tag}
		if d.asset != "" {
			fields = append(fields, "asset_tag", d.asset)
		}
		if d.class != "" {
			fields = append(fields, "custom_fields", object{{ClassField, d.class}})
		}
		if d.location == "server-room" && d.kind != "ap8853" {
			fields = append(fields, "rack", b.ids["rack"]["r1"], "position", 10+i, "face", "front")
		}
		b.keep("device", d.name, b.add("dcim.device", fields...))
	}
	for _, a := range []struct{ device, address, field string }{
		{"basel-router", "192.0.2.1/24", "primary_ip4"}, {"boston-router", "2001:db8::1/64", "primary_ip6"},
	} {
		device := b.ids["device"][a.device]
		port := b.add("dcim.interface", "device", device, "name", "mgmt0", "type", "1000base-t", "mgmt_only", true)
		b.change("dcim.device", device, a.field, b.add("ipam.ipaddress", "address", a.address,
			"assigned_object_type", "dcim.interface", "assigned_object_id", port))
	}
}
