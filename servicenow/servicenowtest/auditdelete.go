package servicenowtest

// auditDelete is the table that remembers deleted records.
const auditDelete = "sys_audit_delete"

// auditTables are the tables that keep the history of others. The columns of
// sys_audit_delete are those that integrations read deletions from; which tables
// are audited is the choice of an instance, here it is all of them.
func auditTables() []Table {
	return []Table{{Name: auditDelete, Label: "Deleted Record", Display: "display_value", Columns: []Column{
		{Name: "tablename", Label: "Table name", MaxLength: 80},
		{Name: "documentkey", Label: "Document key", MaxLength: 32},
		{Name: "display_value", Label: "Display value", MaxLength: 255},
	}}}
}

// erase deletes a record and remembers it in sys_audit_delete, by its own class,
// unless a business rule aborts it. The caller holds the lock.
func (s *store) erase(r *row, by actor) *apiError {
	if len(s.hooks.rules) > 0 {
		v := make([]string, len(r.class.columns))
		copy(v, r.v)
		if _, failure := s.before(OpDelete, r.class, r, v, nil, by); failure != nil {
			return failure
		}
	}
	s.displace(r)
	s.detach(r)
	s.remember(r, by)
	s.after(OpDelete, r, r, nil, by)
	return nil
}

// remember writes a deleted record into sys_audit_delete.
func (s *store) remember(r *row, by actor) {
	audit := s.classes[auditDelete]
	if audit == nil || r.class.root == audit {
		return
	}
	var settings []setting
	for _, one := range []struct{ name, value string }{
		{"tablename", r.class.name}, {"documentkey", r.get(colID)}, {"display_value", s.shown(r)},
	} {
		if col := audit.column(one.name); col != nil {
			settings = append(settings, setting{col.at, normalise(col, one.value)})
		}
	}
	_, _ = s.insert(audit, settings, by) // has a new sys_id and nothing unique
}

// shown is what stands for a record.
func (s *store) shown(r *row) string {
	col := &r.class.columns[r.class.display]
	if col.Type == Reference {
		return s.display(col.target, r.get(col.at))
	}
	return r.get(col.at)
}
