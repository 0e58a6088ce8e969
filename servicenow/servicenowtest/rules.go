package servicenowtest

import (
	"slices"
	"strconv"
)

// derive fills what the platform's own rules compute when a task is written:
// when and by whom it was opened, the state that is kept twice, the priority,
// and whether it is still active. old is nil for an insert.
func (s *store) derive(c *class, old *row, v []string, by actor) {
	task := s.classes["task"]
	if task == nil || !c.is(task) {
		return
	}
	at := func(name string) int {
		if col := c.column(name); col != nil {
			return col.at
		}
		return -1
	}
	if opened := at("opened_at"); old == nil && opened >= 0 && v[opened] == "" {
		v[opened] = wireTime(by.now)
	}
	if opener := at("opened_by"); old == nil && opener >= 0 && v[opener] == "" {
		v[opener] = by.id
	}
	var twin string
	var closed []string
	switch c.name {
	case "incident":
		twin, closed = "incident_state", []string{"7", "8"}
	case "problem":
		twin, closed = "problem_state", []string{"107"}
	default:
		return
	}
	syncStates(old, v, at("state"), at(twin))
	if state, reason := at("state"), at("hold_reason"); old != nil && state >= 0 && reason >= 0 && old.get(state) == incidentOnHold && v[state] != incidentOnHold {
		v[reason] = ""
	}
	derivePriority(v, at("impact"), at("urgency"), at("priority"))
	if state, active := at("state"), at("active"); state >= 0 && active >= 0 {
		v[active] = strconv.FormatBool(!slices.Contains(closed, v[state]))
	}
}

// syncStates keeps state and its twin, such as incident_state, equal; whichever changed wins, and
// state does when both changed.
func syncStates(old *row, v []string, state, twin int) {
	if state < 0 || twin < 0 || v[state] == v[twin] {
		return
	}
	if old == nil || v[state] != old.get(state) {
		v[twin] = v[state]
	} else {
		v[state] = v[twin]
	}
}

// priorityOf is the product's priority lookup: impact, urgency, priority.
var priorityOf = map[[2]string]string{
	{"1", "1"}: "1", {"1", "2"}: "2", {"1", "3"}: "3",
	{"2", "1"}: "2", {"2", "2"}: "3", {"2", "3"}: "4",
	{"3", "1"}: "3", {"3", "2"}: "4", {"3", "3"}: "5",
}

func derivePriority(v []string, impact, urgency, priority int) {
	if impact < 0 || urgency < 0 || priority < 0 {
		return
	}
	if p, ok := priorityOf[[2]string{v[impact], v[urgency]}]; ok {
		v[priority] = p
	}
}
