package servicenowtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Statuses of rows that were transformed.
const (
	ImportInserted = "inserted"
	ImportUpdated  = "updated"
	ImportIgnored  = "ignored"
	ImportSkipped  = "skipped"
	ImportError    = "error"
)

// TransformMap tells how rows of a staging table become records of another
// table. A staging table is one in Options.Tables that extends
// sys_import_set_row.
type TransformMap struct {
	// Name is what results are reported under.
	Name string
	// Source is the staging table, Target the table that it is written to.
	Source, Target string
	// Order decides which map runs first where a staging table has several.
	Order int
	// Inactive keeps the map from running.
	Inactive bool
	// Fields are the columns that are copied.
	Fields []FieldMap
	// Before, when set, may change the target's values before they are
	// written, or end the row with a status. Where the row makes a record,
	// sys_id names it and sys_class_name the class below Target that it is made
	// in, as scripts of transform maps set them. It must be safe for concurrent
	// use and must not call the server.
	Before func(source, target Row) TransformVerdict
}

// FieldMap copies one column.
type FieldMap struct {
	Source, Target string
	// Coalesce makes the column one of those by which an existing record is
	// found. All of them must be equal; an empty value finds nothing.
	Coalesce bool
	// Display reads the value as a display value: the name of a referenced
	// record, the label of a choice, a time in the caller's zone.
	Display bool
}

// TransformVerdict is what a transform script says about a row. An empty Status
// goes on.
type TransformVerdict struct {
	Status                      string // ImportIgnored, ImportSkipped or ImportError
	StatusMessage, ErrorMessage string
}

// importJob is an import set whose transformation is due at a time.
type importJob struct {
	set, after string
	due        time.Time
	caller     *account
}

// SetTransformMaps replaces the transform maps, and with them the records of
// sys_transform_map. It returns an error that names the map for an unknown table
// or column, and then changes nothing.
func (s *Server) SetTransformMaps(maps ...TransformMap) error {
	rows := s.store.classes["sys_import_set_row"]
	for _, m := range maps {
		source, target := s.store.classes[m.Source], s.store.classes[m.Target]
		switch {
		case source == nil || !source.is(rows):
			return fmt.Errorf("servicenowtest: transform map %q: the source %q is no table that extends sys_import_set_row: add it in Options.Tables", m.Name, m.Source)
		case target == nil:
			return fmt.Errorf("servicenowtest: transform map %q: no table %q", m.Name, m.Target)
		}
		for _, f := range m.Fields {
			if source.column(f.Source) == nil || target.column(f.Target) == nil {
				return fmt.Errorf("servicenowtest: transform map %q: no column %s.%s or %s.%s", m.Name, m.Source, f.Source, m.Target, f.Target)
			}
		}
	}
	maps = slices.Clone(maps)
	slices.SortStableFunc(maps, func(a, b TransformMap) int { return cmp.Compare(a.Order, b.Order) })
	if err := s.recordTransformMaps(maps); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.imports.maps = slices.DeleteFunc(maps, func(m TransformMap) bool { return m.Inactive })
	return nil
}

// recordTransformMaps makes sys_transform_map tell what maps there are.
func (s *Server) recordTransformMaps(maps []TransformMap) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	c := s.store.classes["sys_transform_map"]
	for _, old := range s.store.export(c) {
		if failure := s.store.erase(old, s.system()); failure != nil {
			return failure
		}
	}
	for _, m := range maps {
		row := ireValues{
			"name": m.Name, "source_table": m.Source, "target_table": m.Target,
			"order": strconv.Itoa(m.Order), "active": strconv.FormatBool(!m.Inactive),
		}
		if _, failure := s.store.insert(c, settingsOf(c, row), s.system()); failure != nil {
			return failure
		}
	}
	return nil
}

// DelayImports sets how long asynchronous transformations take, by the server's
// clock. Without a delay one is done before the next request is answered.
func (s *Server) DelayImports(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.imports.delay = d
}

// imports is what the server remembers about import sets.
type imports struct {
	maps  []TransformMap
	delay time.Duration
	jobs  []importJob
}

// importRoute answers the Import Set API.
func (s *Server) importRoute(r *request, parts []string) *answer {
	c := s.store.classes[parts[1]]
	if c == nil || !c.is(s.store.classes["sys_import_set_row"]) {
		return failed(errInvalidTable(parts[1]))
	}
	g, open := s.guardOf(c, r.caller)
	if !open {
		return failed(errDenied)
	}
	switch {
	case len(parts) == 2 && r.Method == http.MethodPost:
		return s.importOne(r, c, g)
	case len(parts) == 3 && parts[2] == "insertMultiple" && r.Method == http.MethodPost:
		return s.importMany(r, c, g)
	case len(parts) == 3 && r.Method == http.MethodGet:
		return s.importedRow(r, c, g, parts[2])
	}
	return failed(errMethod)
}

// importResult is one entry of an answer. Texts of scripts come only where
// there are any.
type importResult struct {
	Map           string `json:"transform_map"`
	Table         string `json:"table"`
	DisplayName   string `json:"display_name,omitempty"`
	DisplayValue  string `json:"display_value,omitempty"`
	Link          string `json:"record_link,omitempty"`
	Status        string `json:"status"`
	StatusMessage string `json:"status_message,omitempty"`
	ErrorMessage  string `json:"error_message,omitempty"`
	SysID         string `json:"sys_id,omitempty"`
}

// importOne stages a row and transforms it at once. A caller who cannot read
// the target gets 201 with an empty body, as a support article describes.
func (s *Server) importOne(r *request, c *class, g guard) *answer {
	values, failure := r.values()
	if failure != nil {
		return failed(failure)
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	staged := settingsOfMembers(c, values)
	if !s.allows(g, OpInsert, s.draft(c, staged)) {
		return failed(errACL("Insert"))
	}
	set := s.newImportSet(r, c, "")
	row, failure := s.stage(r, c, set, staged, 0)
	if failure != nil {
		return failed(failure)
	}
	results := s.transform(r.caller, r.actor(), r.origin, row)
	s.finishImport(r.actor(), set)
	for _, one := range results {
		target := s.store.classes[one.Table]
		guard, open := s.guardOf(target, r.caller)
		if one.SysID != "" && (!open || s.readable(target, guard, one.SysID) == nil) {
			return &answer{status: http.StatusCreated, header: http.Header{}}
		}
	}
	return s.imported(http.StatusCreated, c, set, results)
}

func (s *Server) imported(status int, c *class, set *row, results []importResult) *answer {
	body := jsonOf(struct {
		Set     string         `json:"import_set"`
		Table   string         `json:"staging_table"`
		Results []importResult `json:"result"`
	}{set.get(set.class.column("number").at), c.name, append([]importResult{}, results...)})
	return &answer{status: status, header: http.Header{}, body: body}
}

// importedRow answers with what became of a staged row: the last map's result,
// as the row itself keeps it.
func (s *Server) importedRow(r *request, c *class, g guard, id string) *answer {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found := s.readable(c, g, id)
	if found == nil {
		return failed(errNoRecord)
	}
	get := func(name string) string { return found.get(c.column(name).at) }
	set := s.store.find(s.store.classes["sys_import_set"], get("sys_import_set"))
	if set == nil {
		return failed(errNoRecord)
	}
	var results []importResult
	if target := s.store.classes[get("sys_target_table")]; target != nil {
		one := importResult{Map: get("sys_transform_map"), Table: target.name, Status: get("sys_import_state")}
		if one.Status == ImportError {
			one.ErrorMessage = get("sys_import_state_comment")
		}
		s.show(&one, target, s.store.find(target, get("sys_target_sys_id")), r.origin)
		results = append(results, one)
	}
	return s.imported(http.StatusOK, c, set, results)
}

// show fills in what a result tells about the record.
func (s *Server) show(one *importResult, target *class, record *row, origin string) {
	if record == nil {
		return
	}
	one.SysID = record.get(colID)
	one.DisplayName = target.columns[target.display].Name
	one.DisplayValue = s.store.display(target, one.SysID)
	one.Link = origin + "/api/now/table/" + target.name + "/" + one.SysID
}

// newImportSet makes the record of an import set.
func (s *Server) newImportSet(r *request, c *class, multi string) *row {
	sets := s.store.classes["sys_import_set"]
	made, _ := s.store.insert(sets, settingsOf(sets, ireValues{
		"table_name": c.name, "mode": "synchronous", "state": "loading", "multi_import_set": multi,
	}), r.actor()) // has a new sys_id and nothing unique
	return made
}

// stage adds a row to a staging table.
func (s *Server) stage(r *request, c *class, set *row, settings []setting, number int) (*row, *apiError) {
	for name, value := range map[string]string{"sys_import_set": set.get(colID), "sys_import_row": strconv.Itoa(number), "sys_import_state": "pending"} {
		settings = append(settings, setting{c.column(name).at, value})
	}
	return s.store.insert(c, settings, r.actor())
}

// settingsOfMembers resolves the members of a row by column names.
func settingsOfMembers(c *class, values []member) []setting {
	row := ireValues{}
	for _, m := range values {
		row[m.name] = m.value
	}
	settings := settingsOf(c, row)
	own := c.root // the columns that the platform keeps
	return slices.DeleteFunc(settings, func(set setting) bool { return own.column(c.columns[set.at].Name) != nil })
}

// insertMultiple is how a staging table takes many rows: a record of
// sys_rest_insert_multiple, or the defaults.
type insertMultiple struct{ byName, synchronous bool }

func (s *Server) multipleOf(c *class) insertMultiple {
	t := s.store.classes["sys_rest_insert_multiple"]
	for r := range s.store.equal(t, t.column("source_table").at, c.name) {
		return insertMultiple{
			byName:      fold(r.get(t.column("column_mapping").at)) == "column_name",
			synchronous: fold(r.get(t.column("transformation").at)) == "synchronous",
		}
	}
	return insertMultiple{}
}

// importMany stages rows, whose keys are column labels unless the staging table
// is set otherwise. Keys that are none are dropped.
func (s *Server) importMany(r *request, c *class, g guard) *answer {
	var body struct{ Records []json.RawMessage }
	if json.Unmarshal(r.body, &body) != nil || body.Records == nil {
		return failed(&apiError{http.StatusBadRequest, "Exception while reading request", "The payload must be an object with a list of records"})
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	how := s.multipleOf(c)
	multi := r.params.get("multi_import_set_id")
	sets := s.store.classes["sys_multi_import_set"]
	if multi == "" {
		made, _ := s.store.insert(sets, []setting{{sets.column("state").at, "loading"}}, r.actor()) // nothing unique
		multi = made.get(colID)
	} else if s.store.find(sets, multi) == nil {
		return failed(errNoRecord)
	}
	set := s.newImportSet(r, c, multi)
	for i, raw := range body.Records {
		if raw[0] != '{' {
			return failed(errBody)
		}
		values := members(string(raw))
		if !how.byName {
			values = byLabel(c, values)
		}
		staged := settingsOfMembers(c, values)
		if !s.allows(g, OpInsert, s.draft(c, staged)) {
			return failed(errACL("Insert"))
		}
		if _, failure := s.stage(r, c, set, staged, i); failure != nil {
			return failed(failure)
		}
	}
	job := importJob{set: set.get(colID), after: r.params.get("run_after"), caller: r.caller}
	if how.synchronous {
		s.runImport(job, r.origin)
	} else {
		set, _ = s.store.update(set, set.class, settingsOf(set.class, ireValues{"state": "loaded", "mode": "asynchronous"}), r.actor())
		s.mu.Lock()
		job.due = s.Now().Add(s.imports.delay)
		s.imports.jobs = append(s.imports.jobs, job)
		s.mu.Unlock()
	}
	text := jsonOf(map[string]string{"import_set_id": set.get(colID), "multi_import_set_id": multi})
	return &answer{status: http.StatusCreated, header: http.Header{}, body: text}
}

func byLabel(c *class, values []member) []member {
	named := make([]member, 0, len(values))
	for _, m := range values {
		for i := range c.columns {
			if c.columns[i].Label == m.name {
				named = append(named, member{c.columns[i].Name, m.value})
				break
			}
		}
	}
	return named
}
