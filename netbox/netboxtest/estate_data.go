package netboxtest

// The made-up estate as tables. Nothing in them depends on the number of devices.

// named is a name, the slug of what it belongs to, and its own slug.
type named struct{ name, under, slug string }

var estateRegions = []named{
	{"Europe", "", "europe"}, {"Americas", "", "americas"}, {"Asia-Pacific", "", "asia-pacific"},
	{"DACH", "europe", "dach"}, {"Nordics", "europe", "nordics"}, {"North America", "americas", "north-america"}, {"East Asia", "asia-pacific", "east-asia"},
	{"Switzerland", "dach", "switzerland"}, {"Germany", "dach", "germany"}, {"Österreich", "dach", "sterreich"}, {"Danmark", "nordics", "danmark"},
	{"United States", "north-america", "united-states"}, {"Québec", "north-america", "qubec"}, {"日本", "east-asia", "nihon"},
}

type estateSite struct {
	name, region, slug, status string
	latitude, longitude        float64 // both 0: none
	zone                       string
}

// neverSynced is the site without the tag.
const neverSynced = "lab-never-synced"

var estateSites = []estateSite{
	{"Zürich West", "switzerland", "zrich-west", "active", 47.3887, 8.5176, "Europe/Zurich"},
	{"Zürich Airport", "switzerland", "zrich-airport", "active", 47.458056, 8.548056, "Europe/Zurich"},
	{"Genève", "switzerland", "genve", "active", 46.204391, 6.143158, "Europe/Zurich"},
	{"Basel, Campus & Labs", "switzerland", "basel-campus-labs", "staging", 47.5596, 7.5886, "Europe/Zurich"},
	{"Frankfurt am Main", "germany", "frankfurt-am-main", "active", 50.110924, 8.682127, "Europe/Berlin"},
	{"München", "germany", "mnchen", "active", 48.137154, 11.576124, "Europe/Berlin"},
	{"Köln (Reserve)", "germany", "kln-reserve", "planned", 0, 0, "Europe/Berlin"},
	{"Wien", "sterreich", "wien", "active", 48.2082, 16.3738, "Europe/Vienna"},
	{"København", "danmark", "kbenhavn", "active", 55.6761, 12.5683, "Europe/Copenhagen"},
	{"New York - 60 Hudson", "united-states", "new-york-60-hudson", "active", 40.7176, -74.0083, "America/New_York"},
	{"Ashburn", "united-states", "ashburn", "active", 39.0438, -77.4874, "America/New_York"},
	{"St. Louis", "united-states", "st-louis", "decommissioning", 38.627, -90.1994, "America/Chicago"},
	{"Montréal", "qubec", "montral", "active", 45.5017, -73.5673, "America/Toronto"},
	{"東京 DC1", "nihon", "tokyo-dc1", "active", 35.6762, 139.6503, "Asia/Tokyo"},
	{"大阪", "nihon", "osaka", "staging", 34.6937, 135.5023, "Asia/Tokyo"},
	{"Old \"Annex\" ^2", "germany", "old-annex-2", "retired", 50.94, 6.96, "Europe/Berlin"},
	{"Lab (never synced)", "", neverSynced, "active", 0, 0, "UTC"},
}

// estateRooms are the locations of every site: three levels, the same names everywhere.
var estateRooms = []struct {
	name, slug string
	up         int // index of the parent, -1 at the root
}{
	{"Building A", "building-a", -1}, {"Building B", "building-b", -1},
	{"Floor 1", "floor-1", 0}, {"Floor 2", "floor-2", 0}, {"Floor 1", "floor-1", 1},
	{"Server Room, Süd", "server-room-sd", 2}, {"Meet-Me Room", "meet-me-room", 2},
}

const (
	roomServers = 5 // index of the room with the racks
	roomMeetMe  = 6
)

var estateGroups = []named{
	{"Customers", "", "customers"}, {"Departments", "", "departments"},
	{"Enterprise", "customers", "enterprise"}, {"Public Sector", "customers", "public-sector"},
}

var estateTenants = []named{
	{"Acme, Inc.", "enterprise", "acme-inc"}, {"Müller & Söhne AG", "enterprise", "mller-shne-ag"}, {"株式会社サンプル", "enterprise", "sample-kk"},
	{"A^B=C Holding", "enterprise", "abc-holding"}, {"Kanton Zürich", "public-sector", "kanton-zrich"}, {"City of St. Louis", "public-sector", "city-of-st-louis"},
	{"Globex", "customers", "globex"},
	{"Finance", "departments", "finance"}, {"R&D, Basel", "departments", "rd-basel"}, {"IT  Operations", "departments", "it-operations"},
	{"HR | People", "departments", "hr-people"}, {"Finance", "", "finance"}, {"O'Brien Estates", "", "obrien-estates"},
}

// untaggedTenant is a tenant without the tag: a dependency that is missing it.
const untaggedTenant = "obrien-estates"

// estateClasses are the nine CI classes and their labels.
var estateClasses = [][2]string{
	{"cmdb_ci_ip_router", "IP Router"}, {"cmdb_ci_ip_switch", "IP Switch"}, {"cmdb_ci_server", "Server"}, {"cmdb_ci_ip_firewall", "IP Firewall"},
	{"cmdb_ci_hardware", "Hardware"}, {"cmdb_ci_wap_network", "Wireless Access Point"}, {"cmdb_ci_virtualization_server", "Virtualization Server"},
	{"cmdb_ci_power_eq", "Power Equipment"}, {"cmdb_ci_facility_hardware", "Facility Hardware"},
}

// estateRoles has every keyword that decides a class, and roles without one.
var estateRoles = []struct {
	name, slug, class, short string
	share                    int // of the devices
}{
	{"Core Router", "core-router", "cmdb_ci_ip_router", "rtr", 6}, {"Edge Router", "edge-router", "cmdb_ci_ip_router", "edge", 6},
	{"Access Switch", "access-switch", "cmdb_ci_ip_switch", "sw", 22}, {"Core Switch", "core-switch", "cmdb_ci_ip_switch", "csw", 6},
	{"Server", "server", "cmdb_ci_server", "srv", 17}, {"Database Server", "database-server", "cmdb_ci_server", "db", 6},
	{"Virtualization Server", "virtualization-server", "cmdb_ci_virtualization_server", "kvm", 5}, {"vSphere Host", "vsphere-host", "cmdb_ci_virtualization_server", "esx", 4},
	{"Firewall", "firewall", "cmdb_ci_ip_firewall", "fw", 5}, {"WAP Indoor", "wap-indoor", "cmdb_ci_wap_network", "wap", 5},
	{"Wireless Access Point", "wireless-access-point", "cmdb_ci_wap_network", "ap", 4}, {"PDU", "pdu", "cmdb_ci_power_eq", "pdu", 5},
	{"Patch Panel", "patch-panel", "cmdb_ci_facility_hardware", "pp", 4}, {"Load Balancer", "load-balancer", "cmdb_ci_hardware", "lb", 3},
	{"Storage, SAN & NAS", "storage-san-nas", "cmdb_ci_hardware", "san", 2},
}

// coreSwitch is the role of the device that stands at every site.
const coreSwitch = 3

var estateMakers = []named{
	{"Cisco", "", "cisco"}, {"Juniper Networks", "", "juniper-networks"}, {"Arista", "", "arista"}, {"HPE Aruba", "", "hpe-aruba"}, {"Ubiquiti", "", "ubiquiti"},
	{"Dell", "", "dell"}, {"HPE", "", "hpe"}, {"Fortinet", "", "fortinet"}, {"Palo Alto Networks", "", "palo-alto-networks"}, {"APC", "", "apc"},
	{"Eaton", "", "eaton"}, {"Rittal & Söhne", "", "rittal-shne"}, {"F5, Inc.", "", "f5-inc"}, {"NetApp", "", "netapp"}, {"日立", "", "hitachi"},
}

// untaggedMaker is a manufacturer without the tag: all its types and devices hang on it.
const untaggedMaker = "eaton"

var estateTypes = []struct {
	maker, model, slug string
	height             float64
	port               bool   // has a management port
	roles              string // short names of the roles that it serves
}{
	{"cisco", "ASR 1001-X", "cisco-asr-1001-x", 1, true, "rtr edge"}, {"juniper-networks", "MX204", "juniper-networks-mx204", 1, true, "rtr edge"},
	{"cisco", "Catalyst 9300-48P", "cisco-catalyst-9300-48p", 1, true, "sw"}, {"arista", "DCS-7050SX3-48YC8", "arista-dcs-7050sx3-48yc8", 1, true, "csw sw"},
	{"hpe-aruba", "2930F 48G", "hpe-aruba-2930f-48g", 1, true, "sw"}, {"ubiquiti", "USW-Pro-48", "ubiquiti-usw-pro-48", 1, true, "sw"},
	{"dell", "PowerEdge R650", "dell-poweredge-r650", 1, true, "srv esx"}, {"dell", "PowerEdge R750", "dell-poweredge-r750", 2, true, "srv db kvm"},
	{"hpe", "ProLiant DL380 Gen10", "hpe-proliant-dl380-gen10", 2, true, "srv db esx kvm"}, {"fortinet", "FG-600F", "fortinet-fg-600f", 1, true, "fw"},
	{"palo-alto-networks", "PA-3410", "palo-alto-networks-pa-3410", 1, true, "fw"}, {"hpe-aruba", "AP-535", "hpe-aruba-ap-535", 0, true, "wap ap"},
	{"ubiquiti", "U6-Pro", "ubiquiti-u6-pro", 0, true, "wap ap"}, {"apc", "AP8853", "apc-ap8853", 0, false, "pdu"}, {"eaton", "ePDU G3", "eaton-epdu-g3", 0, false, "pdu"},
	{"rittal-shne", "Patch 24×LC", "rittal-shne-patch-24lc", 1, false, "pp"}, {"f5-inc", "BIG-IP i4600", "f5-inc-big-ip-i4600", 1, true, "lb"},
	{"netapp", "FAS2750", "netapp-fas2750", 2, true, "san"}, {"hitachi", "VSP E590", "hitachi-vsp-e590", 4, true, "san"},
	{"dell", "AP-535", "dell-ap-535", 1, true, "san"}, // a model name that two makers share
}

// estateNames are odd names of devices: %[1]s is the role, %[2]s the number.
var estateNames = []string{
	"%[1]s^%[2]s", "cage 4, %[1]s-%[2]s", "%[1]s & spare %[2]s", "  %[1]s-padded-%[2]s  ", "Zürich %[1]s %[2]s", "日本-%[1]s-%[2]s", "%[1]s=\"%[2]s\"",
	"%[1]s|%[2]s", "%[1]s  two  spaces %[2]s", "%[1]s-100%%-%[2]s", "%[1]s/%[2]s#a?b", "%[1]s's <%[2]s>", "%[1]s-%[2]s-😀", "%[1]s\\%[2]s", "=%[1]s+%[2]s",
}

var (
	estateStatuses     = []string{"active", "planned", "staged", "offline", "failed", "inventory", "decommissioning"}
	estatePlaceholders = []string{"N/A", "To be filled by O.E.M.", "0000000000"}
)
