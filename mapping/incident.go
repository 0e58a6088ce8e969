package mapping

import "slices"

// The canonical way back is the first state of a status: 1, 3, 6 and 7. State 4 is
// a Pending of old releases, read but never chosen. 5 and 8 (Canceled) mean none of
// the four.
var incidentStatus = [...]Pair[string, string]{
	{"1", "open"},
	{"2", "open"},
	{"3", "mitigated"},
	{"4", "mitigated"},
	{"6", "resolved"},
	{"7", "closed"},
}

// IncidentStatus maps ServiceNow's incident.state to the platform's status (002-09).
// 1 New and 2 In Progress are open, 3 On Hold and the old 4 Pending are mitigated, 6
// is resolved, 7 closed. 5, 8 Canceled and anything else are unmapped: nothing is
// written.
func IncidentStatus() Map[string, string] { return of(incidentStatus[:]) }

var incidentRequires = map[string][]string{
	"3": {"hold_reason"},
	"6": {"close_code", "close_notes"},
	"7": {"close_code", "close_notes"},
}

// IncidentRequires returns the columns that must be filled when an incident is set
// to a state: On Hold needs its reason, Resolved and Closed need close code and
// notes, as an out-of-the-box instance demands. It is nil for other states.
func IncidentRequires(state string) []string { return slices.Clone(incidentRequires[state]) }

var holdReason = [...]Pair[string, string]{
	{"Awaiting Caller", "1"},
	{"Awaiting Problem", "3"},
	{"Awaiting Vendor", "4"},
	{"Awaiting Change", "5"},
}

// HoldReason maps the labels of incident.hold_reason to its values. Case and space
// around a label do not matter. Awaiting Caller also needs a comment.
func HoldReason() Map[string, string] { return folded(holdReason[:]) }

var incidentCloseCode = [...]Pair[string, string]{
	{"Solution provided", "Solution provided"},
	{"Resolved by caller", "Resolved by caller"},
	{"Workaround provided", "Workaround provided"},
	{"Duplicate", "Duplicate"},
	{"Resolved by change", "Resolved by change"},
	{"User error", "User error"},
	{"Known error", "Known error"},
	{"Resolved by problem", "Resolved by problem"},
	{"Resolved by request", "Resolved by request"},
	{"No resolution provided", "No resolution provided"},
}

// IncidentCloseCode maps the labels of incident.close_code, which are its values
// too. Case and space around do not matter: the answer is the exact value, for
// ServiceNow empties a value that is no choice and then demands one. The list
// differs between releases and instances.
func IncidentCloseCode() Map[string, string] { return folded(incidentCloseCode[:]) }

var severity = [...]Pair[string, string]{
	{"1", "sev1"},
	{"2", "sev2"},
	{"3", "sev3"},
	{"4", "sev4"},
	{"5", "sev5"},
}

// Severity maps ServiceNow's priority (1 critical to 5 planning) to the platform's
// severity (002-08). The documents name no severities; where yours are called
// otherwise, make a map of your own. Priority is read; what is written is impact and
// urgency (see [PriorityMatrix]), from which ServiceNow computes it.
func Severity() Map[string, string] { return of(severity[:]) }

// ImpactUrgency is what ServiceNow computes a priority from: each "1" high, "2"
// medium or "3" low.
type ImpactUrgency struct{ Impact, Urgency string }

// String returns both for people.
func (i ImpactUrgency) String() string { return "impact " + i.Impact + ", urgency " + i.Urgency }

// The first pair of a priority is the way back. Where impact and urgency could
// change places, urgency is the greater one: how fast to act is what the platform
// judges.
var priorityMatrix = [...]Pair[ImpactUrgency, string]{
	{ImpactUrgency{"1", "1"}, "1"},
	{ImpactUrgency{"2", "1"}, "2"},
	{ImpactUrgency{"1", "2"}, "2"},
	{ImpactUrgency{"2", "2"}, "3"},
	{ImpactUrgency{"1", "3"}, "3"},
	{ImpactUrgency{"3", "1"}, "3"},
	{ImpactUrgency{"3", "2"}, "4"},
	{ImpactUrgency{"2", "3"}, "4"},
	{ImpactUrgency{"3", "3"}, "5"},
}

// PriorityMatrix maps impact and urgency to the priority that ServiceNow's priority
// lookup rules compute out of the box, and back (002-08). Keep leaves a record's
// impact and urgency alone when they give the priority already. Instances change
// these rules: compare dl_u_priority.
func PriorityMatrix() Map[ImpactUrgency, string] { return of(priorityMatrix[:]) }
