package mapping

var eventStatus = [...]Pair[string, string]{
	{"create", "Installed"},
	{"update", "In Use"},
	{"delete", "Retired"},
}

// EventUnknown is the label of an action that EventStatus does not know. It is for
// people: it is no choice of any status column and must not be written.
const EventUnknown = "Unknown"

// EventStatus maps the action of an infrastructure event to a status label (000-06):
// create Installed, update In Use, delete Retired, exactly so. Anything else is
// [EventUnknown] by default; the answer's Known is false.
func EventStatus() Map[string, string] { return of(eventStatus[:]).Otherwise(EventUnknown) }

var installStatus = [...]Pair[string, string]{
	{"Installed", "1"},
	{"On Order", "2"},
	{"In Maintenance", "3"},
	{"Pending Install", "4"},
	{"Pending Repair", "5"},
	{"In Stock", "6"},
	{"Retired", "7"},
	{"Stolen", "8"},
	{"Absent", "100"},
}

// InstallStatus maps the labels of cmdb_ci.install_status to its values. It has no
// "In Use", which is a label of assets, and no "Unknown": both are unmapped and leave
// the column as it is. Case and space around do not matter. Instances customise the
// list: change it with With.
func InstallStatus() Map[string, string] { return folded(installStatus[:]) }

var operationalStatus = [...]Pair[string, string]{
	{"Operational", "1"},
	{"Non-Operational", "2"},
	{"Repair in Progress", "3"},
	{"DR Standby", "4"},
	{"Ready", "5"},
	{"Retired", "6"},
	{"Pipeline", "7"},
	{"Catalog", "8"},
}

// OperationalStatus maps the labels of cmdb_ci.operational_status to its values.
// Case and space around do not matter.
func OperationalStatus() Map[string, string] { return folded(operationalStatus[:]) }

// CIStatus is a device's status as a CI says it: the values of install_status and
// operational_status, not their labels.
type CIStatus struct{ Install, Operational string }

// String returns both for people.
func (s CIStatus) String() string {
	return "install status " + s.Install + ", operational status " + s.Operational
}

// Several device statuses may have one install status; the first is the way back
// where the operational status says nothing.
var deviceStatus = [...]Pair[string, CIStatus]{
	{"active", CIStatus{"1", "1"}},
	{"planned", CIStatus{"2", "2"}},
	{"staged", CIStatus{"4", "2"}},
	{"offline", CIStatus{"1", "2"}},
	{"failed", CIStatus{"5", "3"}},
	{"inventory", CIStatus{"6", "2"}},
	{"decommissioning", CIStatus{"7", "6"}},
}

// DeviceStatus maps a NetBox device status to the two status columns of a CI, by
// the values of an out-of-the-box instance. A status that it lacks leaves both
// columns as they are. For the way back see [DeviceStatusOf].
func DeviceStatus() Map[string, CIStatus] { return of(deviceStatus[:]) }

// DeviceStatusOf is the way back from a CI to a NetBox device status: the present
// status (current, "" for none) is kept when it means the same; else the pair
// decides, else the install status alone. In maintenance (3), stolen (8) and absent
// (100) are unmapped, and so is whatever else the table lacks: nothing is written.
func DeviceStatusOf(m Map[string, CIStatus], ci CIStatus, current string) Answer[string] {
	if a := m.Keep(ci, current); a.OK() {
		return a
	}
	if now := m.Get(current); now.Known() && now.Value.Install == ci.Install {
		return Answer[string]{current, Kept, show(current) + " means install status " + show(ci.Install) + " already"}
	}
	for _, p := range m.pairs {
		if p.Value.Install == ci.Install {
			return Answer[string]{p.Key, ByTable, "install status " + show(ci.Install) + " alone is written as " + show(p.Key)}
		}
	}
	return Answer[string]{Reason: "no device status means " + ci.String()}
}
