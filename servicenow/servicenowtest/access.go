package servicenowtest

import (
	"fmt"
	"slices"
)

// Row is a record: its values by column name, in the form in which records
// hold them (a sys_id for a reference, "true", "2026-01-02 03:04:05" in UTC).
type Row map[string]string

// Insert adds a record as the instance itself, without access rules and
// without dropping anything: read-only and sys_ columns are taken as given. It
// returns the record's sys_id, which is Row["sys_id"] when that is set. It
// returns an error for an unknown table or column, and for a sys_id or unique
// value that is taken.
func (s *Server) Insert(table string, values Row) (sysID string, err error) {
	c, settings, err := s.settings(table, values)
	if err != nil {
		return "", err
	}
	if id := values["sys_id"]; id != "" && !isID(id) {
		return "", fmt.Errorf("servicenowtest: insert into %s: sys_id %q must be 32 hex digits", table, id)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r, failure := s.store.insert(c, settings, s.system())
	if failure != nil {
		return "", failure
	}
	s.followUp(nil, r, s.system())
	return r.get(colID), nil
}

// Update changes a record as the instance itself, as Insert does. A change
// that changes nothing is not an update: sys_mod_count and sys_updated_on stay.
func (s *Server) Update(table, sysID string, values Row) error {
	c, settings, err := s.settings(table, values)
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r := s.store.find(s.store.classes[table], sysID)
	if r == nil {
		return fmt.Errorf("servicenowtest: update %s: no record %s", table, sysID)
	}
	to := r.class
	if name := values["sys_class_name"]; r.class.className >= 0 && name != "" {
		to = s.store.classes[name] // exists: settings has looked
	}
	changed, failure := s.store.update(r, to, inClass(settings, c, to), s.system())
	if failure != nil {
		return failure
	}
	s.followUp(r, changed, s.system())
	return nil
}

// Delete removes a record. It returns an error when there is none, and when
// a business rule aborts it.
func (s *Server) Delete(table, sysID string) error {
	c, err := s.class(table)
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	r := s.store.find(c, sysID)
	if r == nil {
		return fmt.Errorf("servicenowtest: delete from %s: no record %s", table, sysID)
	}
	if failure := s.store.erase(r, s.system()); failure != nil {
		return failure
	}
	return nil
}

// Row returns a record with every column of its own class, empty ones too, and
// whether it exists.
func (s *Server) Row(table, sysID string) (Row, bool) {
	c, err := s.class(table)
	if err != nil {
		return nil, false
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	r := s.store.find(c, sysID)
	if r == nil {
		return nil, false
	}
	return exported(r), true
}

// Rows returns the records of a table and of the tables that extend it, in the
// order of their sys_ids, each with every column of its own class. An unknown
// table has none.
func (s *Server) Rows(table string) []Row {
	c, err := s.class(table)
	if err != nil {
		return nil
	}
	s.store.mu.RLock()
	list := s.store.export(c)
	s.store.mu.RUnlock()
	rows := make([]Row, len(list))
	for i, r := range list {
		rows[i] = exported(r)
	}
	return rows
}

// Count returns how many records a table and the tables that extend it have.
func (s *Server) Count(table string) int {
	c, err := s.class(table)
	if err != nil {
		return 0
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return s.store.rows[c].size
}

// Tables returns the names of all tables, sorted.
func (s *Server) Tables() []string {
	names := make([]string, 0, len(s.store.classes))
	for name := range s.store.classes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Snapshot is the content of all tables at one moment.
type Snapshot struct {
	of       *store
	contents contents
}

// Snapshot keeps the content of all tables, the counters of numbers and the
// sequence of sys_ids. Records are shared, so it is cheap.
func (s *Server) Snapshot() *Snapshot {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return &Snapshot{s.store, s.store.contents.clone()}
}

// Restore puts the content of a snapshot back. A snapshot can be restored any
// number of times, by the server that it was taken from; for another one, and
// for nil, Restore returns an error. Script, journal and access rules stay.
func (s *Server) Restore(snapshot *Snapshot) error {
	if snapshot == nil || snapshot.of != s.store {
		return fmt.Errorf("servicenowtest: restore: the snapshot was not taken from this server")
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	described := s.store.described
	s.store.contents = snapshot.contents.clone()
	if described || s.store.described {
		s.store.readChoices()
	}
	return nil
}

func (s *Server) class(table string) (*class, error) {
	if c := s.store.classes[table]; c != nil {
		s.describe(c)
		return c, nil
	}
	return nil, fmt.Errorf("servicenowtest: no table %q: add it in Options.Tables", table)
}

// settings resolves the values of a Go call.
func (s *Server) settings(table string, values Row) (*class, []setting, error) {
	c, err := s.class(table)
	if err != nil {
		return nil, nil, err
	}
	if name := values["sys_class_name"]; c.className >= 0 && name != "" {
		to := s.store.classes[name]
		if to == nil || to.root != c.root {
			return nil, nil, fmt.Errorf("servicenowtest: %s: sys_class_name %q is no class of this hierarchy", table, name)
		}
		if to.is(c) {
			c = to // so that the class's own columns may be given
		}
	}
	settings := make([]setting, 0, len(values))
	for name, value := range values {
		col := c.column(name)
		if col == nil {
			return nil, nil, fmt.Errorf("servicenowtest: table %s has no column %q: add it in Options.Tables", c.name, name)
		}
		settings = append(settings, setting{col.at, normalise(col, value)})
	}
	slices.SortFunc(settings, func(a, b setting) int { return a.at - b.at })
	return c, settings, nil
}

// inClass moves settings to the places that the columns have in another class
// of the hierarchy.
func inClass(settings []setting, from, to *class) []setting {
	if from == to {
		return settings
	}
	moved := make([]setting, 0, len(settings))
	for _, set := range settings {
		if col := to.column(from.columns[set.at].Name); col != nil {
			moved = append(moved, setting{col.at, set.value})
		}
	}
	return moved
}

func exported(r *row) Row {
	values := make(Row, len(r.class.columns))
	for i := range r.class.columns {
		values[r.class.columns[i].Name] = r.get(i)
	}
	return values
}
