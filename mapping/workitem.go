package mapping

// Two ServiceNow priorities are one bug priority; the first is the way back.
var bugPriority = [...]Pair[string, int]{
	{"1", 1},
	{"2", 1},
	{"3", 2},
	{"4", 3},
	{"5", 4},
}

const bugPriorityOtherwise = 2

// BugPriority maps ServiceNow's priority to Azure DevOps'
// Microsoft.VSTS.Common.Priority (003-09): 1 and 2 are 1, 3 is 2, 4 is 3, 5 is 4,
// and anything else 2. Back, 1 is 1, 2 is 3, 3 is 4 and 4 is 5; Keep leaves a
// priority 2 that means 1 alone.
func BugPriority() Map[string, int] {
	return of(bugPriority[:]).Otherwise(bugPriorityOtherwise)
}

var workItemState = [...]Pair[string, string]{
	{"Active", "2"},
	{"Resolved", "6"},
	{"Closed", "7"},
}

// WorkItemState maps the System.State of a bug to incident.state (003-10): Active 2,
// Resolved 6, Closed 7, exactly so; other states are unmapped and change nothing.
// Resolved and Closed need close fields: see [IncidentRequires]. Other process
// templates have other states, such as Done; add them with With.
func WorkItemState() Map[string, string] { return of(workItemState[:]) }
