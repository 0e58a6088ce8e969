package assets

import "maps"

// CIStatus is a device's status as a CI says it: the values of install_status
// and operational_status, not their labels.
type CIStatus struct{ Install, Operational string }

// The values are those of an out-of-the-box instance (install_status: 1
// installed, 2 on order, 4 pending install, 5 pending repair, 6 in stock, 7
// retired; operational_status: 1 operational, 2 non-operational, 3 repair in
// progress, 6 retired). Instances customise both lists, hence Import.Status.
var deviceStatus = map[string]CIStatus{
	"active":          {"1", "1"},
	"planned":         {"2", "2"},
	"staged":          {"4", "2"},
	"offline":         {"1", "2"},
	"failed":          {"5", "3"},
	"inventory":       {"6", "2"},
	"decommissioning": {"7", "6"},
}

// DeviceStatus returns the default map from NetBox device status to CI status.
// A status that it lacks leaves both columns as they are. The map is the
// caller's own.
func DeviceStatus() map[string]CIStatus { return maps.Clone(deviceStatus) }
