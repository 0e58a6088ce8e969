package servicenowtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Approve approves a change request for a user who is asked to, as that user
// would in the instance: when everybody who is asked has approved, the change
// moves to its next state. It returns an error when the user is not asked.
func (s *Server) Approve(change, user string) error { return s.decideAs(change, user, "approved", "") }

// Reject rejects a change request for a user who is asked to approve it, with
// the reason in comments. The change goes back to New.
func (s *Server) Reject(change, user, comments string) error {
	return s.decideAs(change, user, "rejected", comments)
}

func (s *Server) decideAs(change, user, state, comments string) error {
	caller := s.accounts[user]
	if caller == nil {
		return fmt.Errorf("servicenowtest: no user %q", user)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if failure := s.decide(change, caller, state, comments); failure != nil {
		return failure
	}
	return nil
}

// decide writes the decision of a user about a change. The text is not
// documented, only the status.
func (s *Server) decide(change string, caller *account, state, comments string) *apiError {
	_, rows := s.approvals(change)
	for _, r := range rows {
		c := changeRecord{r}
		if c.get("approver") != caller.id || c.get("state") != "requested" {
			continue
		}
		if state == "rejected" && strings.TrimSpace(comments) == "" {
			return &apiError{http.StatusBadRequest, "Comments are mandatory when an approval is rejected", ""}
		}
		by := actor{caller.Name, caller.id, s.Now()}
		s.followUp(r, s.set(r, by, Row{"state": state, "comments": comments}), by)
		return nil
	}
	return &apiError{http.StatusBadRequest, "The user does not have the authority to approve or reject the change request", ""}
}

// AddStandardTemplate adds a template of standard changes with the values that
// its changes start with, and returns its sys_id. It returns an error for an
// unknown column of change_request.
func (s *Server) AddStandardTemplate(name string, values Row) (sysID string, err error) {
	c, err := s.class("change_request")
	if err != nil {
		return "", err
	}
	terms := make([]string, 0, len(values))
	for column, value := range values {
		if c.column(column) == nil {
			return "", fmt.Errorf("servicenowtest: template %q: table change_request has no column %q", name, column)
		}
		terms = append(terms, column+"="+strings.ReplaceAll(value, "^", "^^"))
	}
	slices.Sort(terms)
	template, err := s.Insert("sys_template", Row{"name": name, "table": "change_request", "template": strings.Join(terms, "^")})
	if err != nil {
		return "", err
	}
	return s.Insert("std_change_record_producer", Row{"name": name, "short_description": name, "template": template})
}

// templateValues reads the values of a template.
func templateValues(encoded string) Row {
	values := Row{}
	const caret = "\x00"
	for term := range strings.SplitSeq(strings.ReplaceAll(encoded, "^^", caret), "^") {
		if column, value, ok := strings.Cut(term, "="); ok {
			values[column] = strings.ReplaceAll(value, caret, "^")
		}
	}
	return values
}
