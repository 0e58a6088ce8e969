package servicenowtest

import (
	"net/http"
	"strings"
)

// recordRoute answers the verbs on one record.
func (s *Server) recordRoute(r *request, table, id string) *answer {
	c, g, failure := s.open(r, table)
	if failure != nil {
		return failed(failure)
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.getRecord(r, c, g, id)
	case http.MethodPut, http.MethodPatch:
		return s.updateRecord(r, c, g, id)
	case http.MethodDelete:
		return s.deleteRecord(r, c, g, id)
	}
	return failed(errMethod)
}

// open finds the table of a request and the access rules for it.
func (s *Server) open(r *request, table string) (*class, guard, *apiError) {
	c := s.store.classes[table]
	if c == nil {
		return nil, guard{}, errInvalidTable(table)
	}
	g, open := s.guardOf(c, r.caller)
	if !open {
		return nil, guard{}, errDenied
	}
	s.describe(c)
	return c, g, nil
}

// readable returns a record that the caller may read, or nil.
func (s *Server) readable(c *class, g guard, id string) *row {
	r := s.store.find(c, id)
	if r == nil || !s.allows(g, OpRead, r) {
		return nil
	}
	return r
}

func (s *Server) getRecord(r *request, c *class, g guard, id string) *answer {
	how := r.rendering(c, g)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found := s.readable(c, g, id)
	if found == nil {
		return failed(errNoRecord)
	}
	return s.one(http.StatusOK, found, how)
}

func (s *Server) insertRecord(r *request, c *class, g guard) *answer {
	values, failure := r.values()
	if failure != nil {
		return failed(failure)
	}
	how := r.rendering(c, g)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	settings := s.written(r, c, values, true)
	if len(g.fields) > 0 {
		settings, _ = g.writable(s.store, OpInsert, s.draft(c, settings), c, settings)
	}
	if len(g.rules) > 0 && !s.allows(g, OpInsert, s.draft(c, settings)) {
		return failed(errACL("Insert"))
	}
	if missing := mandatory(c, nil, settings); missing != nil {
		return failed(missing)
	}
	if refused := s.guardIncident(c, nil, settings); refused != nil {
		return failed(refused)
	}
	made, failure := s.store.insert(c, settings, r.actor())
	if failure != nil {
		return failed(failure)
	}
	made = s.followUp(nil, made, r.actor())
	a := r.quiet(s.one(http.StatusCreated, made, how))
	a.header.Set("Location", r.tableBase()+c.name+"/"+made.get(colID))
	return a
}

func (s *Server) updateRecord(r *request, c *class, g guard, id string) *answer {
	values, failure := r.values()
	if failure != nil {
		return failed(failure)
	}
	how := r.rendering(c, g)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	old := s.readable(c, g, id)
	if old == nil {
		return failed(errNoRecord)
	}
	if !s.allows(g, OpUpdate, old) {
		return failed(errACL("Update"))
	}
	settings, _ := g.writable(s.store, OpUpdate, old, c, s.written(r, c, values, false))
	if missing := mandatory(c, old, settings); missing != nil {
		return failed(missing)
	}
	if refused := s.guardChange(old, settings); refused != nil {
		return failed(refused)
	}
	settings = s.answered(old, settings, r.caller)
	if refused := s.guardIncident(old.class, old, settings); refused != nil {
		return failed(refused)
	}
	moved, settings := s.store.placed(old.class, settings)
	changed, failure := s.store.update(old, moved, settings, r.actor())
	if failure != nil {
		return failed(failure)
	}
	return r.quiet(s.one(http.StatusOK, s.followUp(old, changed, r.actor()), how))
}

func (s *Server) deleteRecord(r *request, c *class, g guard, id string) *answer {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	old := s.readable(c, g, id)
	if old == nil {
		return failed(errNoRecord)
	}
	if !s.allows(g, OpDelete, old) {
		return failed(errACL("Delete"))
	}
	if failure := s.store.erase(old, r.actor()); failure != nil {
		return failed(failure)
	}
	return &answer{status: http.StatusNoContent, header: http.Header{}}
}

// one renders a record as the result of a call.
func (s *Server) one(status int, found *row, how *rendering) *answer {
	body := append(make([]byte, 0, 1024), `{"result":`...)
	body = s.store.appendRecord(body, found, how)
	return &answer{status: status, header: http.Header{}, body: append(body, '}')}
}

// draft is the record that an insert would make, for the access rules.
func (s *Server) draft(c *class, settings []setting) *row {
	c, settings = s.store.placed(c, settings)
	v := make([]string, len(c.columns))
	for i := range c.columns {
		v[i] = c.columns[i].Default
	}
	for _, set := range settings {
		v[set.at] = set.value
	}
	if c.className >= 0 {
		v[c.className] = c.name
	}
	return &row{class: c, key: fold(v[colID]), v: v}
}

// written resolves the members of a body. Unknown columns, read-only ones and
// those that the platform keeps itself are dropped without a word; the sys_id
// may be chosen on insert.
func (s *Server) written(r *request, c *class, values []member, insert bool) []setting {
	display := r.params.flag("sysparm_input_display_value")
	settings := make([]setting, 0, len(values))
	for _, one := range values {
		col := c.column(one.name)
		if col == nil || col.ReadOnly || col.at < sysColumns && !(insert && col.at == colID && isID(one.value)) {
			continue
		}
		value := one.value
		if display {
			value = s.store.input(col, value, r.caller)
		}
		settings = append(settings, setting{col.at, normalise(col, value)})
	}
	return settings
}

// input reads a display value: the label of a choice, the display value of a
// referenced record, a time in the caller's zone. What does not resolve stays.
func (s *store) input(col *column, value string, caller *account) string {
	switch {
	case value == "":
		return ""
	case col.Type == Reference:
		if s.find(col.target, value) != nil {
			return value
		}
		for r := range s.equal(col.target, col.target.display, value) {
			return r.get(colID)
		}
		return ""
	case col.Type == DateTime:
		if t, ok := parseTime(value, caller.zone); ok {
			return wireTime(t)
		}
	}
	for _, choice := range col.Choices {
		if strings.EqualFold(choice.Label, value) {
			return choice.Value
		}
	}
	return value
}

// mandatory refuses to leave a mandatory column empty.
func mandatory(c *class, old *row, settings []setting) *apiError {
	var labels []string
	for i := range c.columns {
		col := &c.columns[i]
		if !col.Mandatory {
			continue
		}
		value, given := col.Default, false
		if old != nil {
			value = old.get(i)
		}
		for _, set := range settings {
			if set.at == i {
				value, given = set.value, true
			}
		}
		if value == "" && (old == nil || given) {
			labels = append(labels, col.Label)
		}
	}
	if labels == nil {
		return nil
	}
	return &apiError{http.StatusForbidden, "Operation Failed",
		"Data Policy Exception: The following fields are mandatory: " + strings.Join(labels, ", ")}
}
