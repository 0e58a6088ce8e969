package netboxtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// The names that a synchronisation with ServiceNow looks for.
const (
	SyncTag      = "ServiceNowSyncTo"      // tag of what is to be imported
	SyncTagSlug  = "servicenowsyncto"      // its slug
	ClassField   = "servicenow_ci_class"   // custom field with a device's CI class
	ClassChoices = "ServiceNow CI Classes" // choice set of that field
)

// Estate makes a NetBox 4.7 with a varied made-up estate of n devices and all
// that they need: regions and locations in three levels, sites, racks, makers
// and types (one model of two makers), roles with and without a keyword for a
// CI class, tenants below "Customers" and "Departments" and without a group,
// primary addresses, and the custom field servicenow_ci_class, set on seven
// devices in ten. Nearly everything has the tag ServiceNowSyncTo; some devices,
// a site, a maker and a tenant have not. Serials are empty, placeholders or
// given twice here and there, names hold ^ , & | quotes, Unicode and more, some
// devices have no name but an asset tag.
//
// No chance is involved: device 17 is the same, id included, whatever n.
// A negative n counts as 0. See FillEstate for a server with options.
func Estate(n int) (*Server, error) {
	s, err := New(Options{})
	if err != nil {
		return nil, err
	}
	return s, s.FillEstate(n)
}

// FillEstate puts the estate of Estate into an empty server. Nothing of it
// stands in the change log. It returns an error when there are objects already.
func (s *Server) FillEstate(n int) error {
	return s.fill(func(b *builder) { b.estate(n) })
}

// fill runs a builder on an empty server, without change log and at times of
// its own.
func (s *Server) fill(build func(*builder)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		if len(t.ids) > 0 && !t.res.unlogged { // users, tokens and object types are there from the start
			return fmt.Errorf("netboxtest: the server already has %s: fill an empty one", t.res.path)
		}
	}
	last := s.lastStamp
	s.quiet, s.fixed = true, time.Date(2025, 3, 1, 8, 0, 0, 123456000, time.UTC).UnixMicro()
	b := &builder{s: s, ids: map[string]map[string]int64{}}
	build(b)
	s.quiet, s.fixed, s.lastStamp = false, 0, last
	return b.err
}

// builder makes objects one after another and keeps the first error.
type builder struct {
	s   *Server
	err error
	ids map[string]map[string]int64 // type -> slug -> id

	tag, rooms []int64
	sites      []int64
	tenants    []int64
	types      []int64
	roles      []int64
	racks      [][]rackSpace // by site
}

// rackSpace is a rack and its first free unit.
type rackSpace struct {
	id, room int64
	free     float64
}

// add makes one object; its fields are given as name, value, name, value.
func (b *builder) add(kind string, fields ...any) int64 {
	if b.err != nil {
		return 0
	}
	res, err := b.s.kinds(kind)
	if err != nil {
		b.err = err
		return 0
	}
	body := make(object, 0, len(fields)/2)
	for i := 0; i+1 < len(fields); i += 2 {
		name, _ := fields[i].(string)
		v, err := toValue(fields[i+1])
		if err != nil {
			b.err = fmt.Errorf("netboxtest: %s: %w", name, err)
			return 0
		}
		if v == number("0") && res.byName[name] != nil && res.byName[name].kind == kindRef {
			v = nil // no row
		}
		body = append(body, member{name, v})
	}
	id, err := b.s.createLocked(res, body)
	if err != nil {
		b.err = fmt.Errorf("netboxtest: %s %v: %w", kind, fields, err)
	}
	return id
}

// change sets fields of an object.
func (b *builder) change(kind string, id int64, field string, v any) {
	if b.err != nil {
		return
	}
	res, err := b.s.kinds(kind)
	if err != nil {
		b.err = err
		return
	}
	value, _ := toValue(v)
	err2 := b.s.transact(func() *apiError {
		_, err := b.s.update(b.s.table(res).rows[id], &input{body: object{{field, value}}}, actor{user: "admin"})
		return err
	})
	if err2 != nil {
		b.err = err2
	}
}

func (b *builder) keep(kind, slug string, id int64) {
	if b.ids[kind] == nil {
		b.ids[kind] = map[string]int64{}
	}
	b.ids[kind][slug] = id
}

// typesField is what the types of a custom field are called in the version.
func (b *builder) typesField() string {
	if b.s.schema.v < 400 {
		return "content_types"
	}
	return "object_types"
}

// basis is the tags, the choice set and the custom field.
func (b *builder) basis() {
	to := b.add("extras.tag", "name", SyncTag, "slug", SyncTagSlug, "color", "00bcd4")
	from := b.add("extras.tag", "name", "ServiceNowSyncFrom", "slug", "servicenowsyncfrom", "color", "ff9800")
	b.tag = []int64{to, from}
	pairs := make([]any, 0, len(estateClasses))
	for _, c := range estateClasses {
		pairs = append(pairs, []any{c[0], c[1]})
	}
	set := b.add("extras.customfieldchoiceset", "name", ClassChoices, "extra_choices", pairs)
	b.add("extras.customfield", "name", ClassField, "label", "ServiceNow CI Class", "type", "select",
		b.typesField(), []string{"dcim.device"}, "choice_set", set, "group_name", "ServiceNow")
}

func (b *builder) estate(n int) {
	b.basis()
	sync := b.tag[:1]
	for _, r := range estateRegions {
		b.keep("region", r.slug, b.add("dcim.region", "name", r.name, "slug", r.slug, "parent", b.ids["region"][r.under], "tags", sync))
	}
	for _, g := range estateGroups {
		b.keep("group", g.slug, b.add("tenancy.tenantgroup", "name", g.name, "slug", g.slug, "parent", b.ids["group"][g.under]))
	}
	for _, t := range estateTenants {
		tags := sync
		if t.slug == untaggedTenant {
			tags = nil
		}
		b.tenants = append(b.tenants, b.add("tenancy.tenant", "name", t.name, "slug", t.slug, "group", b.ids["group"][t.under], "tags", tags))
	}
	for i := range estateSites {
		b.site(i, sync)
	}
	for _, m := range estateMakers {
		tags := sync
		if m.slug == untaggedMaker {
			tags = nil
		}
		b.keep("maker", m.slug, b.add("dcim.manufacturer", "name", m.name, "slug", m.slug, "tags", tags))
	}
	for _, t := range estateTypes {
		b.types = append(b.types, b.add("dcim.devicetype", "manufacturer", b.ids["maker"][t.maker], "model", t.model, "slug", t.slug,
			"u_height", t.height, "is_full_depth", t.height > 1, "part_number", strings.ToUpper(t.slug), "tags", sync))
	}
	for i, r := range estateRoles {
		b.roles = append(b.roles, b.add("dcim.devicerole", "name", r.name, "slug", r.slug, "color", fmt.Sprintf("%06x", i*654321%0xffffff),
			"vm_role", strings.Contains(r.slug, "server")))
	}
	for i := 0; i < n && b.err == nil; i++ {
		b.device(i)
	}
}

// site makes a site, its rooms and its racks.
func (b *builder) site(i int, sync []int64) {
	st := estateSites[i]
	if st.slug == neverSynced {
		sync = nil
	}
	fields := []any{"name", st.name, "slug", st.slug, "status", st.status, "region", b.ids["region"][st.region], "time_zone", st.zone,
		"physical_address", fmt.Sprintf("%d Example Street\n%s", i+1, st.name), "tags", sync}
	if st.latitude != 0 {
		fields = append(fields, "latitude", st.latitude, "longitude", st.longitude)
	}
	if i%6 == 5 {
		fields = append(fields, "tenant", b.tenants[4])
	}
	site := b.add("dcim.site", fields...)
	b.sites = append(b.sites, site)
	first := len(b.rooms)
	for j, room := range estateRooms {
		up := int64(0)
		if room.up >= 0 && b.err == nil {
			up = b.rooms[first+room.up]
		}
		status := []string{"active", "active", "planned", "staging"}[(i+j)%4]
		b.rooms = append(b.rooms, b.add("dcim.location", "name", room.name, "slug", room.slug, "site", site, "parent", up, "status", status, "tags", sync))
	}
	room := b.rooms[first+roomServers]
	var racks []rackSpace
	for n := 1; n <= 8; n++ {
		id := b.add("dcim.rack", "name", fmt.Sprintf("R%02d", n), "site", site, "location", room, "u_height", 42,
			"facility_id", fmt.Sprintf("%02d.%02d", i+1, n), "asset_tag", fmt.Sprintf("RK-%02d%02d", i, n),
			"status", []string{"active", "active", "active", "planned", "reserved", "deprecated"}[n%6])
		racks = append(racks, rackSpace{id, room, 1})
	}
	b.add("dcim.rack", "name", "Loose rack", "site", site, "u_height", 24, "status", "available")
	b.racks = append(b.racks, racks)
}

// pickRole chooses a role by its share.
func pickRole(dice *rand.Rand) int {
	total := 0
	for _, r := range estateRoles {
		total += r.share
	}
	n := dice.IntN(total)
	for i, r := range estateRoles {
		if n -= r.share; n < 0 {
			return i
		}
	}
	return 0
}

func pickType(dice *rand.Rand, role string) int {
	var fits []int
	for i, t := range estateTypes {
		if slices.Contains(strings.Fields(t.roles), role) {
			fits = append(fits, i)
		}
	}
	return fits[dice.IntN(len(fits))]
}

// device makes device i. What it is follows from i alone; only where there is
// room in a rack depends on the devices before it.
func (b *builder) device(i int) {
	dice := rand.New(rand.NewPCG(4711, uint64(i)))
	sites := len(estateSites)
	site := i % sites
	if i >= 2*sites {
		site = min(int(dice.Float64()*dice.Float64()*float64(sites)), sites-1)
	}
	role := pickRole(dice)
	if i < sites {
		role = coreSwitch
	}
	r := estateRoles[role]
	kind := pickType(dice, r.short)
	t := estateTypes[kind]
	status := "active"
	if dice.IntN(3) == 0 {
		status = estateStatuses[dice.IntN(len(estateStatuses))]
	}
	fields := []any{"name", estateName(i, site, r.short), "device_type", b.types[kind], "role", b.roles[role], "site", b.sites[site],
		"serial", estateSerial(i), "status", status}
	if i%4 != 0 || i%97 == 50 {
		fields = append(fields, "asset_tag", fmt.Sprintf("AT-%06d", i))
	}
	if i%3 != 0 {
		fields = append(fields, "tenant", b.tenants[dice.IntN(len(b.tenants))])
	}
	if i%2 == 1 {
		fields = append(fields, "description", fmt.Sprintf("%s number %d", r.name, i))
	}
	if dice.IntN(10) < 7 {
		fields = append(fields, "custom_fields", object{{ClassField, r.class}})
	}
	switch untagged := estateSites[site].slug == neverSynced; {
	case !untagged && i%14 != 5 && i%11 == 0:
		fields = append(fields, "tags", b.tag)
	case !untagged && i%14 != 5:
		fields = append(fields, "tags", b.tag[:1])
	case i%9 == 0:
		fields = append(fields, "tags", b.tag[1:])
	}
	fields = b.position(fields, dice, site, t.height)
	id := b.add("dcim.device", fields...)
	if t.port && (i%9 == 1 || i%9 == 5) {
		b.address(i, id)
	}
}

// position puts a device into a rack, into a room, or just at its site.
func (b *builder) position(fields []any, dice *rand.Rand, site int, height float64) []any {
	draw := dice.IntN(10)
	if height > 0 && draw < 8 {
		for n := range b.racks[site] {
			rack := &b.racks[site][n]
			if rack.free+height > 43 {
				continue
			}
			fields = append(fields, "rack", rack.id, "location", rack.room, "position", rack.free, "face", "front")
			rack.free += height
			return fields
		}
	}
	switch {
	case draw < 5:
		return append(fields, "location", b.rooms[site*len(estateRooms)+roomMeetMe])
	case draw < 7:
		return append(fields, "location", b.rooms[site*len(estateRooms)+1])
	}
	return fields
}

// address gives a device a management port and its primary address.
func (b *builder) address(i int, device int64) {
	port := b.add("dcim.interface", "device", device, "name", "mgmt0", "type", "1000base-t", "mgmt_only", true)
	address, field := fmt.Sprintf("10.%d.%d.%d/24", i/254>>8&255, i/254&255, i%254+1), "primary_ip4"
	if i%5 == 1 {
		address, field = fmt.Sprintf("2001:db8:%x::%x/64", i>>16, i&0xffff+1), "primary_ip6"
	}
	ip := b.add("ipam.ipaddress", "address", address, "assigned_object_type", "dcim.interface", "assigned_object_id", port,
		"dns_name", fmt.Sprintf("d%d.example.net", i))
	b.change("dcim.device", device, field, ip)
}

// estateName is a device's name, nil for the nameless ones.
func estateName(i, site int, short string) any {
	switch {
	case i < len(estateSites):
		return "core-sw1" // one name at every site
	case i%97 == 50:
		return nil
	case i%23 == 7:
		return fmt.Sprintf(estateNames[i/23%len(estateNames)], short, fmt.Sprintf("%05d", i))
	}
	return fmt.Sprintf("%s-%s-%05d", strings.Trim(estateSites[site].slug[:min(12, len(estateSites[site].slug))], "-"), short, i)
}

// estateSerial is empty, a placeholder, another device's, or its own.
func estateSerial(i int) string {
	switch {
	case i%10 == 3:
		return ""
	case i%41 == 0:
		return estatePlaceholders[i%3]
	case i%50 == 49:
		return fmt.Sprintf("SN%07d", i-7)
	}
	return fmt.Sprintf("SN%07d", i)
}
