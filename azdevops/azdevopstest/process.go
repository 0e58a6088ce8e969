package azdevopstest

import (
	"strings"
	"sync"
)

// kind is a work item type of a process.
type kind struct {
	name   string
	states []state
}

type state struct{ name, category, color string }

// course makes states of "Name:Category" pairs.
func course(pairs ...string) []state {
	colors := map[string]string{"Proposed": "b2b2b2", "InProgress": "007acc", "Resolved": "ff9d00", "Completed": "339933", "Removed": "ffffff"}
	states := make([]state, len(pairs))
	for i, pair := range pairs {
		name, category, _ := strings.Cut(pair, ":")
		states[i] = state{name, category, colors[category]}
	}
	return states
}

// processes are the stock processes (documentation, "Workflow states and state
// categories"). The states of some Tasks are from memory.
var processes = sync.OnceValue(func() map[string][]kind {
	return map[string][]kind{
		"Basic": {
			{"Epic", course("To Do:Proposed", "Doing:InProgress", "Done:Completed")},
			{"Issue", course("To Do:Proposed", "Doing:InProgress", "Done:Completed")},
			{"Task", course("To Do:Proposed", "Doing:InProgress", "Done:Completed")},
		},
		"Agile": {
			{"Epic", course("New:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed", "Removed:Removed")},
			{"Feature", course("New:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed", "Removed:Removed")},
			{"User Story", course("New:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed", "Removed:Removed")},
			{"Bug", course("New:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Task", course("New:Proposed", "Active:InProgress", "Closed:Completed", "Removed:Removed")},
			{"Issue", course("Active:InProgress", "Closed:Completed")},
		},
		"Scrum": {
			{"Epic", course("New:Proposed", "In Progress:InProgress", "Done:Completed", "Removed:Removed")},
			{"Feature", course("New:Proposed", "In Progress:InProgress", "Done:Completed", "Removed:Removed")},
			{"Product Backlog Item", course("New:Proposed", "Approved:Proposed", "Committed:InProgress", "Done:Completed", "Removed:Removed")},
			{"Bug", course("New:Proposed", "Approved:Proposed", "Committed:InProgress", "Done:Completed", "Removed:Removed")},
			{"Task", course("To Do:Proposed", "In Progress:InProgress", "Done:Completed", "Removed:Removed")},
			{"Impediment", course("Open:Proposed", "Closed:Completed")},
		},
		"CMMI": {
			{"Epic", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Feature", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Requirement", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Bug", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Task", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
			{"Issue", course("Proposed:Proposed", "Active:InProgress", "Resolved:Resolved", "Closed:Completed")},
		},
	}
})

// kindOf finds a work item type of a project.
func (p *project) kindOf(name string) (kind, bool) {
	for _, k := range processes()[p.Process] {
		if strings.EqualFold(k.name, name) {
			return k, true
		}
	}
	return kind{}, false
}
