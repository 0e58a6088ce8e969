package assets

// The components that log lines carry, after the markers of the NetBox Labs app's
// log, so that whoever knows one log finds the way in the other.
const (
	markerAPI          = "NetBox Notification API"              // webhooks received, loops avoided
	markerQueue        = "NetBox Notification Queue Processing" // what becomes of them
	markerDependencies = "NetBoxDependencyManager"              // what an object needs
	markerBase         = "NetBoxBaseNB"                         // what the CMDB has, or has on its way
	markerREST         = "NetBoxSetup.rest"                     // requests to NetBox
)
