package servicenowtest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// States of change requests.
const (
	stateNew       = "-5"
	stateAssess    = "-4"
	stateAuthorize = "-3"
	stateScheduled = "-2"
	stateImplement = "-1"
	stateReview    = "0"
	stateClosed    = "3"
	stateCanceled  = "4"
)

// changeFlows are the state models of the three types.
var changeFlows = map[string][]string{
	"normal":    {stateNew, stateAssess, stateAuthorize, stateScheduled, stateImplement, stateReview, stateClosed},
	"standard":  {stateNew, stateScheduled, stateImplement, stateReview, stateClosed},
	"emergency": {stateNew, stateAuthorize, stateScheduled, stateImplement, stateReview, stateClosed},
}

// changeRecord is a change request with the columns by name.
type changeRecord struct{ row *row }

func (c changeRecord) get(name string) string {
	if col := c.row.class.column(name); col != nil {
		return c.row.get(col.at)
	}
	return ""
}

// flow is the name of the state model that moves a change: its model's name
// where that is one of the three, else its type.
func (s *store) flow(c changeRecord) string {
	if models := s.classes["chg_model"]; models != nil && c.get("chg_model") != "" {
		if model := s.find(models, c.get("chg_model")); model != nil {
			name := strings.ToLower(changeRecord{model}.get("name"))
			if changeFlows[name] != nil {
				return name
			}
		}
	}
	return c.get("type")
}

// isGate reports whether a change of a flow leaves a state by approval.
func isGate(flow, state string) bool {
	return state == stateAuthorize && flow != "standard" || state == stateAssess && flow == "normal"
}

// onward are the states that the model has behind a state: the next one,
// Canceled, and New where a change may go back.
func onward(flow, state string) []string {
	states := changeFlows[flow]
	at := slices.Index(states, state)
	if at < 0 || state == stateClosed {
		return nil
	}
	next := []string{states[at+1]}
	if state != stateReview {
		next = append(next, stateCanceled)
	}
	if flow == "normal" && state == stateAssess || flow == "emergency" && state == stateAuthorize {
		next = append(next, stateNew)
	}
	return next
}

// obstacles name what keeps a change from a state of its model.
func (s *store) obstacles(c changeRecord, to string) []string {
	if to == stateCanceled || to == stateNew {
		return nil
	}
	var unmet []string
	if truth(c.get("on_hold")) {
		unmet = append(unmet, "Not On hold")
	}
	if isGate(s.flow(c), c.get("state")) && c.get("approval") != "approved" {
		unmet = append(unmet, "Approved")
	}
	return unmet
}

// guardChange is what the platform's rules and data policies say about a write
// to a change request or an approval, or nil. The columns' labels are in the
// text, as for every data policy. The wording about transitions is not
// documented.
func (s *Server) guardChange(old *row, settings []setting) *apiError {
	if s.options.Changes.FreeStates || old == nil {
		return nil
	}
	switch old.class.name {
	case "change_request":
		return s.guardRequest(old, settings)
	case "sysapproval_approver":
		return guardApproval(old, settings)
	}
	return nil
}

// preview is the record as the settings would leave it.
func preview(old *row, settings []setting) changeRecord {
	v := make([]string, len(old.class.columns))
	copy(v, old.v)
	for _, set := range settings {
		v[set.at] = set.value
	}
	return changeRecord{&row{class: old.class, key: old.key, v: v}}
}

func (s *Server) guardRequest(old *row, settings []setting) *apiError {
	before, after := changeRecord{old}, preview(old, settings)
	from, to := before.get("state"), after.get("state")
	if from != stateNew && before.get("type") != after.get("type") {
		return aborted("Change type", "the type can be changed in New only")
	}
	if from != to {
		flow := s.store.flow(before)
		if changeFlows[flow] != nil && !slices.Contains(onward(flow, from), to) {
			return aborted("Change Model: Check State Transition", "Invalid state transition from "+stateName(old, from)+" to "+stateName(old, to))
		}
		if unmet := s.store.obstacles(before, to); unmet != nil {
			return aborted("Change Model: Check State Transition", "Invalid state transition from "+stateName(old, from)+" to "+stateName(old, to)+": conditions not met: "+strings.Join(unmet, ", "))
		}
	}
	var missing []string
	if to == stateClosed {
		if code := old.class.column("close_code"); code != nil && !slices.ContainsFunc(code.Choices, func(c Choice) bool { return c.Value == after.get("close_code") }) {
			missing = append(missing, code.Label)
		}
		if strings.TrimSpace(after.get("close_notes")) == "" {
			missing = append(missing, "Close notes")
		}
	}
	if truth(after.get("on_hold")) && after.get("on_hold_reason") == "" {
		missing = append(missing, "On hold reason")
	}
	return policy(missing)
}

// guardApproval wants a comment with a rejection.
func guardApproval(old *row, settings []setting) *apiError {
	after := preview(old, settings)
	if after.get("state") == "rejected" && (changeRecord{old}).get("state") != "rejected" && strings.TrimSpace(after.get("comments")) == "" {
		return policy([]string{"Comments"})
	}
	return nil
}

func policy(missing []string) *apiError {
	if missing == nil {
		return nil
	}
	return &apiError{http.StatusForbidden, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: " + strings.Join(missing, ", ")}
}

func aborted(rule, text string) *apiError {
	return &apiError{http.StatusForbidden, "Operation Failed",
		"Operation against file 'change_request' was aborted by Business Rule '" + rule + "'. Error: " + text}
}

func stateName(r *row, state string) string {
	if col := r.class.column("state"); col != nil {
		for _, choice := range col.Choices {
			if choice.Value == state {
				return choice.Label
			}
		}
	}
	return state
}

// followUp does what the platform's rules and workflows do after a change
// request or an approval was written. old is nil after an insert. It returns the
// record as it is then. The caller holds the lock.
func (s *Server) followUp(old, made *row, by actor) *row {
	if s.options.Changes.FreeStates || made == nil {
		return made
	}
	switch made.class.name {
	case "change_request":
		state := changeRecord{made}.get("state")
		if old == nil && state != stateNew || old != nil && (changeRecord{old}).get("state") != state {
			return s.entered(changeRecord{made}, by)
		}
	case "sysapproval_approver":
		if old != nil && (changeRecord{old}).get("state") != (changeRecord{made}).get("state") {
			s.rollUp(changeRecord{made}, by)
			return s.store.find(made.class, made.key)
		}
	}
	return made
}

// set writes columns as the platform itself.
func (s *Server) set(r *row, by actor, values Row) *row {
	var settings []setting
	for i := range r.class.columns {
		col := &r.class.columns[i]
		if value, ok := values[col.Name]; ok {
			settings = append(settings, setting{col.at, normalise(col, value)})
		}
	}
	changed, failure := s.store.update(r, r.class, settings, by)
	if failure != nil { // nothing unique is written
		return r
	}
	return changed
}

// entered does what follows from a change's new state.
func (s *Server) entered(c changeRecord, by actor) *row {
	values := Row{}
	now := wireTime(by.now)
	flow := s.store.flow(c)
	switch state := c.get("state"); {
	case isGate(flow, state):
		s.ask(c, by)
		values["approval"] = "requested"
	case state == stateNew: // sent back
		s.withdraw(c, by)
		if c.get("approval") != "rejected" {
			values["approval"] = "not requested"
		}
	case state == stateScheduled && flow == "standard": // approved by its template
		values["approval"] = "approved"
	case state == stateImplement && c.get("work_start") == "":
		values["work_start"] = now
	case state == stateReview && c.get("work_end") == "":
		values["work_end"] = now
	case state == stateClosed || state == stateCanceled:
		s.withdraw(c, by)
		values["active"], values["closed_at"], values["closed_by"] = "false", now, by.id
	}
	return s.set(c.row, by, values)
}

// approvals are the approvals of a change in its latest round.
func (s *Server) approvals(change string) (round int, rows []*row) {
	table := s.store.classes["sysapproval_approver"]
	for r := range s.store.equal(table, table.column("sysapproval").at, change) {
		n, _ := strconv.Atoi(changeRecord{r}.get("iteration"))
		if n > round {
			round, rows = n, nil
		}
		if n == round {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, compareRows)
	return round, rows
}

// ask requests approvals, in a new round.
func (s *Server) ask(c changeRecord, by actor) {
	table := s.store.classes["sysapproval_approver"]
	round, _ := s.approvals(c.get("sys_id"))
	for _, approver := range s.approvers {
		values := Row{
			"sysapproval": c.get("sys_id"), "document_id": c.get("sys_id"), "source_table": "change_request",
			"approver": approver.id, "state": "requested", "iteration": strconv.Itoa(round + 1),
		}
		var settings []setting
		for i := range table.columns {
			if value, ok := values[table.columns[i].Name]; ok {
				settings = append(settings, setting{i, value})
			}
		}
		_, _ = s.store.insert(table, settings, by) // has a new sys_id and nothing unique
	}
}

// withdraw cancels the approvals of a change that nobody has decided on.
func (s *Server) withdraw(c changeRecord, by actor) {
	_, rows := s.approvals(c.get("sys_id"))
	for _, r := range rows {
		if (changeRecord{r}).get("state") == "requested" {
			s.set(r, by, Row{"state": "cancelled"})
		}
	}
}

// rollUp brings a change to where its approvals leave it: any rejection sends it
// back to New; when all who count have approved, it moves on.
func (s *Server) rollUp(approval changeRecord, by actor) {
	requests := s.store.classes["change_request"]
	found := s.store.find(requests, approval.get("sysapproval"))
	if found == nil {
		return
	}
	change := changeRecord{found}
	flow, state := s.store.flow(change), change.get("state")
	_, rows := s.approvals(change.get("sys_id"))
	if !isGate(flow, state) || !slices.ContainsFunc(rows, func(r *row) bool { return r.key == approval.row.key }) {
		return
	}
	waiting, approved := 0, 0
	for _, r := range rows {
		switch (changeRecord{r}).get("state") {
		case "rejected":
			s.entered(changeRecord{s.set(found, by, Row{"approval": "rejected", "state": stateNew})}, by)
			return
		case "approved":
			approved++
		case "requested", "not requested", "more_info_required":
			waiting++
		}
	}
	if approved == 0 || waiting > 0 {
		return
	}
	states := changeFlows[flow]
	next := states[slices.Index(states, state)+1]
	s.entered(changeRecord{s.set(found, by, Row{"approval": "approved", "state": next})}, by)
}
