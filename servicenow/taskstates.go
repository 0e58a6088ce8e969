package servicenow

import "strings"

// The choice values below are those that the product ships with. Choice lists
// belong to the instance: numbers collide between tables (3 closes a task and a
// change, and is On Hold for an incident), and releases differ where it is
// said. Columns hold them as text.

// States of incidents (column state, kept equal to incident_state). A Canceled
// incident is 8; the "Pending" of some integrations is not in the product.
const (
	IncidentNew        = "1"
	IncidentInProgress = "2"
	IncidentOnHold     = "3"
	IncidentResolved   = "6"
	IncidentClosed     = "7"
	IncidentCanceled   = "8"
)

// Reasons for an incident to be on hold (column hold_reason). Awaiting Caller
// needs a comment, and an update by the caller ends it (incident state model
// documentation).
const (
	HoldAwaitingCaller  = "1"
	HoldAwaitingProblem = "3"
	HoldAwaitingVendor  = "4"
	HoldAwaitingChange  = "5"
)

// Close codes of incidents (column close_code); resolving and closing need one
// together with close_notes, and a value that is not in the list counts as
// missing. The list is that of the Australia release (measured on a public
// developer instance); earlier releases had others, such as
// "Solved (Permanently)".
const (
	IncidentSolutionProvided  = "Solution provided"
	IncidentResolvedByCaller  = "Resolved by caller"
	IncidentWorkaround        = "Workaround provided"
	IncidentDuplicate         = "Duplicate"
	IncidentResolvedByChange  = "Resolved by change"
	IncidentUserError         = "User error"
	IncidentKnownError        = "Known error"
	IncidentResolvedByProblem = "Resolved by problem"
	IncidentResolvedByRequest = "Resolved by request"
	IncidentNoResolution      = "No resolution provided"
)

// States of problems (column state). Releases before New York had other
// values, which upgraded instances may have kept.
const (
	ProblemNew           = "101"
	ProblemAssess        = "102"
	ProblemRootCause     = "103"
	ProblemFixInProgress = "104"
	ProblemResolved      = "106"
	ProblemClosed        = "107"
)

// States of change tasks (table change_task).
const (
	ChangeTaskPending    = "-5"
	ChangeTaskOpen       = "1"
	ChangeTaskInProgress = "2"
	ChangeTaskClosed     = "3"
	ChangeTaskCanceled   = "4"
)

// Values of install_status of configuration items. The label of 0 is not
// certain. Instances with the Common Service Data Model may keep
// life_cycle_stage and life_cycle_stage_status beside it, the newer pair.
const (
	InstallUnknown       = "0"
	InstallInstalled     = "1"
	InstallOnOrder       = "2"
	InstallInMaintenance = "3"
	InstallPending       = "4"
	InstallPendingRepair = "5"
	InstallInStock       = "6"
	InstallRetired       = "7"
	InstallStolen        = "8"
	InstallAbsent        = "100"
)

// Values of operational_status of configuration items.
const (
	OperationalOK        = "1" // operational
	OperationalDown      = "2" // non-operational
	OperationalRepair    = "3" // repair in progress
	OperationalDRStandby = "4"
	OperationalReady     = "5"
	OperationalRetired   = "6"
	OperationalPipeline  = "7"
	OperationalCatalog   = "8"
)

// Level is an impact or an urgency.
type Level string

// The levels of impact and urgency.
const (
	LevelHigh   Level = "1"
	LevelMedium Level = "2"
	LevelLow    Level = "3"
)

// Priority is the priority of a task.
type Priority string

// The priorities.
const (
	PriorityCritical Priority = "1"
	PriorityHigh     Priority = "2"
	PriorityModerate Priority = "3"
	PriorityLow      Priority = "4"
	PriorityPlanning Priority = "5"
)

var priorityLookup = map[[2]Level]Priority{
	{LevelHigh, LevelHigh}: PriorityCritical, {LevelHigh, LevelMedium}: PriorityHigh, {LevelHigh, LevelLow}: PriorityModerate,
	{LevelMedium, LevelHigh}: PriorityHigh, {LevelMedium, LevelMedium}: PriorityModerate, {LevelMedium, LevelLow}: PriorityLow,
	{LevelLow, LevelHigh}: PriorityModerate, {LevelLow, LevelMedium}: PriorityLow, {LevelLow, LevelLow}: PriorityPlanning,
}

// PriorityOf is the product's priority lookup (default priority lookup rules).
// Priority is read-only on incidents by default: write impact and urgency, and
// expect this. ok is false for a level that does not exist. Instances may have
// other rules.
func PriorityOf(impact, urgency Level) (p Priority, ok bool) {
	p, ok = priorityLookup[[2]Level{impact, urgency}]
	return p, ok
}

// ParseLevel reads a level by value or label ("1", "high", "1 - High").
func ParseLevel(text string) (l Level, ok bool) {
	value, label, found := strings.Cut(strings.TrimSpace(text), " - ")
	if !found {
		label = value
	}
	for l, name := range map[Level]string{LevelHigh: "high", LevelMedium: "medium", LevelLow: "low"} {
		if value == string(l) || strings.EqualFold(label, name) {
			return l, true
		}
	}
	return Level(text), false
}
