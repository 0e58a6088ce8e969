package servicenowtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// changeAPI is one request to the Change Management API, with the change that
// its path names.
type changeAPI struct {
	*request
	s      *Server
	kind   string // of a typed endpoint, or ""
	class  *class
	guard  guard
	change *row
}

// changeRoute answers /api/sn_chg_rest[/version]/change..., as the Change
// Management API documentation of the Australia release has it. path is what
// follows sn_chg_rest.
func (s *Server) changeRoute(r *request, path string) *answer {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 0 && (parts[0] == "v1" || parts[0] == "v2") {
		r.version, parts = "/"+parts[0], parts[1:]
	}
	if len(parts) == 0 || parts[0] != "change" || slices.Contains(parts, "") {
		return failed(errNoPath)
	}
	c, g, failure := s.open(r, "change_request")
	if failure != nil {
		return failed(failure)
	}
	s.work(r.actor())
	api := &changeAPI{request: r, s: s, class: c, guard: g}
	parts = parts[1:]
	if len(parts) > 0 {
		switch parts[0] {
		case "normal", "emergency", "standard":
			api.kind, parts = parts[0], parts[1:]
		case "model":
			return api.lookup("chg_model", parts[1:])
		case "worker":
			return api.worker(parts[1:])
		case "ci":
			return api.ciSchedule(parts[1:])
		}
	}
	if api.kind == "standard" && len(parts) > 0 && parts[0] == "template" {
		return api.lookup("std_change_record_producer", parts[1:])
	}
	return api.changes(parts)
}

// changes routes below the collection of changes.
func (a *changeAPI) changes(parts []string) *answer {
	switch {
	case len(parts) == 0 && a.reads():
		return a.list(a.class, a.guard, func(r *row) bool { return a.kind == "" || changeRecord{r}.get("type") == a.kind })
	case len(parts) == 0 && a.Method == http.MethodPost && a.kind != "standard":
		return a.create(nil)
	case len(parts) == 1 && a.Method == http.MethodPost && a.kind == "standard":
		return a.fromTemplate(parts[0])
	case len(parts) == 0 || len(parts) == 1 && a.Method == http.MethodPost:
		return failed(errMethod)
	}
	if failure := a.find(parts[0]); failure != nil {
		return failed(failure)
	}
	if len(parts) == 1 {
		return a.record()
	}
	switch {
	case a.kind == "standard" && parts[1] == "risk" && len(parts) == 2 && a.Method == http.MethodPatch:
		return a.answer(a.change) // no risk conditions are defined, so nothing changes
	case a.kind != "":
		return failed(errNoPath)
	}
	return a.below(parts[1], parts[2:])
}

// below routes what is below a change.
func (a *changeAPI) below(name string, rest []string) *answer {
	switch name {
	case "task":
		return a.tasks(rest)
	case "ci":
		return a.associations(rest)
	case "conflict":
		return a.conflict(rest)
	case "schedule":
		return a.schedule(rest)
	}
	if len(rest) > 0 {
		return failed(errNoPath)
	}
	switch {
	case name == "nextstates" && a.reads():
		return a.nextStates()
	case name == "approvals" && a.Method == http.MethodPatch:
		return a.approvals()
	case name == "refresh_impacted_services" && a.Method == http.MethodPost:
		return a.start(http.StatusOK, "impacted", map[string]any{"task": a.change.get(colID)})
	}
	return failed(errNoPath)
}

func (a *changeAPI) reads() bool { return a.Method == http.MethodGet || a.Method == http.MethodHead }

// find sets the change of a path. One of another type, and one that may not be
// read, does not exist.
func (a *changeAPI) find(id string) *apiError {
	a.s.store.mu.RLock()
	defer a.s.store.mu.RUnlock()
	a.change = a.s.readable(a.class, a.guard, id)
	if a.change == nil || a.kind != "" && (changeRecord{a.change}).get("type") != a.kind {
		return errNoRecord
	}
	return nil
}

// record answers the verbs on one change.
func (a *changeAPI) record() *answer {
	switch a.Method {
	case http.MethodGet, http.MethodHead:
		return a.answer(a.change)
	case http.MethodPatch:
		return a.patch(a.class, a.guard, a.change)
	case http.MethodDelete:
		return a.remove(a.class, a.guard, a.change)
	}
	return failed(errMethod)
}

// input are the names and values of a write: those of the query, then those of
// the body, which win. names lists encrypted_fields, which are taken as display
// values.
func (a *changeAPI) input() (values []member, display map[string]bool, failure *apiError) {
	body, failure := a.values()
	if failure != nil {
		return nil, nil, failure
	}
	display = map[string]bool{}
	for _, one := range a.params {
		if !strings.HasPrefix(one.name, "sysparm_") && !slices.ContainsFunc(body, func(m member) bool { return m.name == one.name }) {
			values = append(values, member(one))
		}
	}
	values = append(values, body...)
	kept := values[:0]
	for _, one := range values {
		if one.name != "encrypted_fields" {
			kept = append(kept, one)
			continue
		}
		for name := range strings.SplitSeq(one.value, ",") {
			display[strings.TrimSpace(name)] = true
		}
	}
	return kept, display, nil
}

// fixed are the columns that a template decides alone.
var fixed = map[string]bool{"description": true, "backout_plan": true, "test_plan": true, "implementation_plan": true}

// resolve makes settings of input, and lists the names that are ignored: those
// of no column, of read-only columns, and those that skip names.
func (a *changeAPI) resolve(c *class, values []member, display, skip map[string]bool) (settings []setting, ignored []string) {
	for _, one := range values {
		col := c.column(one.name)
		if col == nil || col.ReadOnly || col.at < sysColumns || skip[one.name] {
			ignored = append(ignored, one.name)
			continue
		}
		value := one.value
		if display[one.name] || one.name == "type" || one.name == "chg_model" {
			value = a.s.store.input(col, value, a.caller)
		}
		settings = append(settings, setting{col.at, normalise(col, value)})
	}
	return settings, ignored
}

// create makes a change. base holds values of a template.
func (a *changeAPI) create(base Row) *answer {
	values, display, failure := a.input()
	if failure != nil {
		return failed(failure)
	}
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	var skip map[string]bool
	if base != nil {
		skip = fixed
	}
	settings, ignored := a.resolve(a.class, values, display, skip)
	settings, dropped := a.guard.writable(a.s.store, OpInsert, a.s.draft(a.class, settings), a.class, settings)
	ignored = append(ignored, dropped...)
	var first []setting
	for i := range a.class.columns {
		col := &a.class.columns[i]
		if value, ok := base[col.Name]; ok {
			first = append(first, setting{i, normalise(col, value)})
		}
	}
	if settings = append(first, settings...); a.kind != "" {
		settings = append(settings, setting{a.class.column("type").at, a.kind})
	}
	return a.insert(a.class, a.guard, settings, ignored)
}

// fromTemplate makes a standard change.
func (a *changeAPI) fromTemplate(id string) *answer {
	a.s.store.mu.RLock()
	var base Row
	if template := a.s.store.find(a.s.store.classes["std_change_record_producer"], id); template != nil && truth(changeRecord{template}.get("active")) {
		base = Row{}
		if values := a.s.store.find(a.s.store.classes["sys_template"], changeRecord{template}.get("template")); values != nil {
			base = templateValues(changeRecord{values}.get("template"))
		}
	}
	a.s.store.mu.RUnlock()
	if base == nil {
		return failed(errNoRecord)
	}
	return a.create(base)
}

// insert writes a new record and answers with it. The caller holds the lock.
func (a *changeAPI) insert(c *class, g guard, settings []setting, ignored []string) *answer {
	if len(g.rules) > 0 && !a.s.allows(g, OpInsert, a.s.draft(c, settings)) {
		return failed(errACL("Insert"))
	}
	if missing := mandatory(c, nil, settings); missing != nil {
		return failed(missing.as(http.StatusBadRequest))
	}
	made, failure := a.s.store.insert(c, settings, a.actor())
	if failure != nil {
		return failed(failure)
	}
	return a.result(a.s.followUp(nil, made, a.actor()), ignored, true)
}

// patch writes a record and answers with it.
func (a *changeAPI) patch(c *class, g guard, old *row) *answer {
	values, display, failure := a.input()
	if failure != nil {
		return failed(failure)
	}
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	if old = a.s.readable(c, g, old.key); old == nil { // deleted meanwhile
		return failed(errNoRecord)
	}
	if !a.s.allows(g, OpUpdate, old) {
		return failed(errACL("Update"))
	}
	settings, ignored := a.resolve(c, values, display, nil)
	settings, dropped := g.writable(a.s.store, OpUpdate, old, c, settings)
	ignored = append(ignored, dropped...)
	if failure := a.s.guardChange(old, settings); failure != nil {
		return failed(failure.as(http.StatusBadRequest))
	}
	changed, failure := a.s.store.update(old, old.class, settings, a.actor())
	if failure != nil {
		return failed(failure)
	}
	return a.result(a.s.followUp(old, changed, a.actor()), ignored, true)
}

// remove deletes a record and answers with what it was: status 200, not 204.
func (a *changeAPI) remove(c *class, g guard, old *row) *answer {
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	if old = a.s.readable(c, g, old.key); old == nil {
		return failed(errNoRecord)
	}
	if !a.s.allows(g, OpDelete, old) {
		return failed(errACL("Delete"))
	}
	was := a.result(old, nil, false)
	if failure := a.s.store.erase(old, a.actor()); failure != nil {
		return failed(failure)
	}
	return was
}

// as is the same error with another status: this API documents no 403 for
// writes.
func (e *apiError) as(status int) *apiError { return &apiError{status, e.message, e.detail} }

// tasks answers below a change's tasks.
func (a *changeAPI) tasks(rest []string) *answer {
	c, g, failure := a.s.open(a.request, "change_task")
	if failure != nil {
		return failed(failure)
	}
	of := c.column("change_request").at
	if len(rest) == 0 {
		switch a.Method {
		case http.MethodGet, http.MethodHead:
			return a.list(c, g, func(r *row) bool { return r.get(of) == a.change.get(colID) })
		case http.MethodPost:
			return a.createTask(c, g, of)
		}
		return failed(errMethod)
	}
	a.s.store.mu.RLock()
	task := a.s.readable(c, g, rest[0])
	a.s.store.mu.RUnlock()
	switch {
	case len(rest) > 1:
		return failed(errNoPath)
	case task == nil || task.get(of) != a.change.get(colID):
		return failed(errNoRecord)
	}
	switch a.Method {
	case http.MethodGet, http.MethodHead:
		return a.answer(task)
	case http.MethodPatch:
		return a.patch(c, g, task)
	case http.MethodDelete:
		return a.remove(c, g, task)
	}
	return failed(errMethod)
}

func (a *changeAPI) createTask(c *class, g guard, of int) *answer {
	values, display, failure := a.input()
	if failure != nil {
		return failed(failure)
	}
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	settings, ignored := a.resolve(c, values, display, nil)
	settings, dropped := g.writable(a.s.store, OpInsert, a.s.draft(c, settings), c, settings)
	ignored = append(ignored, dropped...)
	settings = append(settings, setting{of, a.change.get(colID)}, setting{c.column("parent").at, a.change.get(colID)})
	return a.insert(c, g, settings, ignored)
}

// lookup answers lists and records of a table that this API only reads.
func (a *changeAPI) lookup(table string, rest []string) *answer {
	c, g, failure := a.s.open(a.request, table)
	switch {
	case failure != nil:
		return failed(failure)
	case !a.reads():
		return failed(errMethod)
	case len(rest) == 0:
		return a.list(c, g, func(*row) bool { return true })
	case len(rest) > 1:
		return failed(errNoPath)
	}
	a.s.store.mu.RLock()
	found := a.s.readable(c, g, rest[0])
	a.s.store.mu.RUnlock()
	if found == nil {
		return failed(errNoRecord)
	}
	return a.answer(found)
}

// approvals writes the caller's decision.
func (a *changeAPI) approvals() *answer {
	var body struct {
		State    string `json:"state"`
		Comments string `json:"comments"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return failed(errBody)
	}
	if body.State != "approved" && body.State != "rejected" {
		return failed(&apiError{http.StatusBadRequest, "Invalid approval state", "state must be approved or rejected"})
	}
	a.s.store.mu.Lock()
	defer a.s.store.mu.Unlock()
	if failure := a.s.decide(a.change.get(colID), a.caller, body.State, body.Comments); failure != nil {
		return failed(failure)
	}
	return a.result(a.s.store.find(a.class, a.change.key), nil, false)
}
