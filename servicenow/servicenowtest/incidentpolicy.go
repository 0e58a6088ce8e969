package servicenowtest

import (
	"slices"
	"strings"
)

// States and reasons of incidents.
const (
	incidentOnHold   = "3"
	incidentResolved = "6"
	incidentClosed   = "7"
	awaitingCaller   = "1"
)

// guardIncident is what the data policies of incidents say about a write through
// an API, or nil: a resolved or closed one needs a resolution code out of the
// list and close notes (measured, with the form's label; a code that is not in
// the list is emptied first), one on hold a reason, and one that waits for its
// caller a comment when it begins to (incident management documentation). old is
// nil for an insert.
func (s *Server) guardIncident(c *class, old *row, settings []setting) *apiError {
	if s.options.FreeIncidents || c.name != "incident" {
		return nil
	}
	after := changeRecord{s.draft(c, settings)}
	if old != nil {
		after = preview(old, settings)
	}
	var missing []string
	label := func(name string) {
		if col := c.column(name); col != nil {
			missing = append(missing, col.Label)
		}
	}
	switch state := incidentStateOf(old, after); state {
	case incidentResolved, incidentClosed:
		code := c.column("close_code")
		if code != nil && !slices.ContainsFunc(code.Choices, func(c Choice) bool { return c.Value == after.get("close_code") }) {
			label("close_code")
		}
		if strings.TrimSpace(after.get("close_notes")) == "" {
			label("close_notes")
		}
	case incidentOnHold:
		reason := after.get("hold_reason")
		if reason == "" {
			label("hold_reason")
		}
		begins := old == nil || incidentStateOf(nil, changeRecord{old}) != incidentOnHold || (changeRecord{old}).get("hold_reason") != reason
		if reason == awaitingCaller && begins && !commented(c, settings) {
			label("comments")
		}
	}
	return policy(missing)
}

// incidentStateOf is the state that state and incident_state will both have:
// whichever changes wins.
func incidentStateOf(old *row, after changeRecord) string {
	before := "1"
	if old != nil {
		before = (changeRecord{old}).get("state")
	}
	if state := after.get("state"); state != before {
		return state
	}
	return after.get("incident_state")
}

// commented reports whether a write adds a comment.
func commented(c *class, settings []setting) bool {
	comments := c.column("comments")
	return comments != nil && slices.ContainsFunc(settings, func(set setting) bool { return set.at == comments.at && set.value != "" })
}

// answered takes an incident that waits for its caller off hold when the caller
// comments (incident management documentation): the settings with that.
func (s *Server) answered(old *row, settings []setting, by *account) []setting {
	if s.options.FreeIncidents || old.class.name != "incident" || !commented(old.class, settings) {
		return settings
	}
	before, after := changeRecord{old}, preview(old, settings)
	if before.get("caller_id") != by.id || incidentStateOf(old, after) != incidentOnHold || after.get("hold_reason") != awaitingCaller {
		return settings
	}
	return append(slices.Clip(settings), setting{old.class.column("state").at, "2"})
}
