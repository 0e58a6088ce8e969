package servicenowtest

import (
	"cmp"
	"slices"
	"strconv"
)

// importTables are the tables of import sets. Their names are documented, those
// of many columns and choices are common knowledge.
func importTables() []Table {
	return []Table{
		{Name: "sys_multi_import_set", Label: "Multi Import Set", Columns: []Column{{Name: "state", MaxLength: 40}}},
		{Name: "sys_import_set", Label: "Import Set", Display: "number", NumberPrefix: "ISET", NumberStart: 10001, Columns: []Column{
			{Name: "number", MaxLength: 40},
			{Name: "table_name", Label: "Table", MaxLength: 80},
			{Name: "mode", Choices: []Choice{{"synchronous", "Synchronous"}, {"asynchronous", "Asynchronous"}}},
			{Name: "state", Choices: []Choice{{"loading", "Loading"}, {"loaded", "Loaded"}, {"processed", "Processed"}, {"cancelled", "Cancelled"}}},
			{Name: "multi_import_set", Type: Reference, Reference: "sys_multi_import_set"},
		}},
		{Name: "sys_import_set_run", Label: "Transform History", Columns: []Column{
			{Name: "set", Type: Reference, Reference: "sys_import_set"},
			{Name: "state", MaxLength: 40},
			{Name: "total", Type: Integer},
			{Name: "inserts", Type: Integer},
			{Name: "updates", Type: Integer},
			{Name: "ignored", Type: Integer},
			{Name: "skipped", Type: Integer},
			{Name: "errors", Type: Integer},
			{Name: "completed", Type: DateTime},
		}},
		{Name: "sys_import_set_row", Label: "Import Set Row", Columns: []Column{
			{Name: "sys_import_set", Label: "Set", Type: Reference, Reference: "sys_import_set"},
			{Name: "sys_import_row", Label: "Row", Type: Integer},
			{Name: "sys_import_state", Label: "State", Choices: []Choice{
				{"pending", "Pending"}, {ImportInserted, "Inserted"}, {ImportUpdated, "Updated"}, {ImportIgnored, "Ignored"}, {ImportSkipped, "Skipped"}, {ImportError, "Error"},
			}},
			{Name: "sys_import_state_comment", Label: "Comment", MaxLength: 4000},
			{Name: "sys_target_table", Label: "Target table", MaxLength: 80},
			{Name: "sys_target_sys_id", Label: "Target record", MaxLength: 32},
			{Name: "sys_transform_map", Label: "Transform map", MaxLength: 100},
		}},
		{Name: "sys_transform_map", Label: "Table Transform Map", Columns: []Column{
			{Name: "name", MaxLength: 100},
			{Name: "source_table", MaxLength: 80},
			{Name: "target_table", MaxLength: 80},
			{Name: "order", Type: Integer},
			{Name: "active", Type: Boolean, Default: "true"},
		}},
		{Name: "sys_rest_insert_multiple", Label: "Rest Insert Multiple", Columns: []Column{
			{Name: "source_table", MaxLength: 80},
			{Name: "column_mapping", Choices: []Choice{{"label", "Label"}, {"column_name", "Column name"}}},
			{Name: "transformation", Choices: []Choice{{"asynchronous", "Asynchronous"}, {"synchronous", "Synchronous"}}},
		}},
	}
}

// runDueImports transforms the import sets whose time has come, in their order,
// each after the one that it names in run_after.
func (s *Server) runDueImports(origin string) {
	now := s.Now()
	for {
		s.mu.Lock()
		next := -1
		for i, job := range s.imports.jobs {
			if !job.due.After(now) && !s.waiting(job.after) {
				next = i
				break
			}
		}
		if next < 0 {
			s.mu.Unlock()
			return
		}
		job := s.imports.jobs[next]
		s.imports.jobs = append(s.imports.jobs[:next:next], s.imports.jobs[next+1:]...)
		s.mu.Unlock()
		s.store.mu.Lock()
		s.runImport(job, origin)
		s.store.mu.Unlock()
	}
}

// waiting reports whether an import set is still to be transformed. The caller
// holds the server's lock.
func (s *Server) waiting(set string) bool {
	for _, job := range s.imports.jobs {
		if job.set == set {
			return true
		}
	}
	return false
}

// runImport transforms the rows of a set. The caller holds the store's lock.
func (s *Server) runImport(job importJob, origin string) {
	set := s.store.find(s.store.classes["sys_import_set"], job.set)
	if set == nil {
		return // deleted meanwhile
	}
	by := actor{job.caller.Name, job.caller.id, s.Now()}
	staging := s.store.classes[set.get(set.class.column("table_name").at)]
	at := staging.column("sys_import_set").at
	s.store.makeIndex(staging, at)
	var rows []*row
	for r := range s.store.equal(staging, at, job.set) {
		rows = append(rows, r)
	}
	number := staging.column("sys_import_row").at
	slices.SortFunc(rows, func(a, b *row) int {
		m, _ := strconv.Atoi(a.get(number)) // written by stage
		n, _ := strconv.Atoi(b.get(number))
		return cmp.Compare(m, n)
	})
	for _, r := range rows {
		s.transform(job.caller, by, origin, r)
	}
	s.finishImport(by, set)
}

// finishImport marks a set as processed and counts its rows in sys_import_set_run.
func (s *Server) finishImport(by actor, set *row) {
	staging := s.store.classes[set.get(set.class.column("table_name").at)]
	counts := map[string]int{}
	total := 0
	for r := range s.store.equal(staging, staging.column("sys_import_set").at, set.get(colID)) {
		counts[r.get(staging.column("sys_import_state").at)]++
		total++
	}
	state := "complete"
	if counts[ImportError] > 0 {
		state = "complete_with_errors"
	}
	run := s.store.classes["sys_import_set_run"]
	_, _ = s.store.insert(run, settingsOf(run, ireValues{
		"set": set.get(colID), "state": state, "total": strconv.Itoa(total), "completed": wireTime(by.now),
		"inserts": strconv.Itoa(counts[ImportInserted]), "updates": strconv.Itoa(counts[ImportUpdated]), "ignored": strconv.Itoa(counts[ImportIgnored]),
		"skipped": strconv.Itoa(counts[ImportSkipped]), "errors": strconv.Itoa(counts[ImportError]),
	}), by) // nothing unique
	current := s.store.find(set.class, set.get(colID))
	_, _ = s.store.update(current, current.class, settingsOf(current.class, ireValues{"state": "processed"}), by)
}

// transform runs every map of a row's staging table and books the last result
// in the row.
func (s *Server) transform(caller *account, by actor, origin string, staged *row) []importResult {
	s.mu.Lock()
	maps := s.imports.maps
	s.mu.Unlock()
	var results []importResult
	for _, m := range maps {
		if m.Source == staged.class.name {
			results = append(results, s.transformBy(m, caller, by, origin, staged))
		}
	}
	if len(results) == 0 {
		return nil
	}
	last := results[len(results)-1]
	comment := last.ErrorMessage
	if comment == "" {
		comment = last.StatusMessage
	}
	_, _ = s.store.update(staged, staged.class, settingsOf(staged.class, ireValues{
		"sys_import_state": last.Status, "sys_import_state_comment": comment, "sys_target_table": last.Table,
		"sys_target_sys_id": last.SysID, "sys_transform_map": last.Map,
	}), by) // nothing unique
	return results
}

// transformBy runs one map. That several matches are an error, and the words of
// messages, are not verified on a real instance.
func (s *Server) transformBy(m TransformMap, caller *account, by actor, origin string, staged *row) importResult {
	one := importResult{Map: m.Name, Table: m.Target}
	target := s.store.classes[m.Target]
	values, coalesce := Row{}, []FieldMap{}
	for _, f := range m.Fields {
		col := target.column(f.Target)
		value := staged.get(staged.class.column(f.Source).at)
		if f.Display {
			value = s.store.input(col, value, caller)
		}
		values[f.Target] = normalise(col, value)
		if f.Coalesce {
			coalesce = append(coalesce, f)
		}
	}
	if m.Before != nil {
		verdict := m.Before(exported(staged), values)
		one.StatusMessage, one.ErrorMessage = verdict.StatusMessage, verdict.ErrorMessage
		if verdict.Status != "" {
			one.Status = verdict.Status
			return one
		}
	}
	found := s.coalesced(target, coalesce, values)
	if len(found) > 1 {
		one.Status, one.ErrorMessage = ImportError, "Row transform ignored: multiple target records found"
		return one
	}
	var record *row
	var failure *apiError
	settings := settingsOf(target, ireValues(values))
	if len(found) == 0 {
		one.Status = ImportInserted
		if failure = mandatory(target, nil, settings); failure == nil {
			record, failure = s.store.insert(target, append(settings, chosenBy(target, values)...), by)
		}
	} else {
		one.Status = ImportUpdated
		if record, failure = s.store.update(found[0], found[0].class, inClass(settings, target, found[0].class), by); failure == nil && record == found[0] {
			one.Status = ImportIgnored
		}
	}
	if failure != nil {
		one.Status, one.ErrorMessage = ImportError, failure.message+": "+failure.detail
		return one
	}
	s.show(&one, target, record, origin)
	return one
}

// chosenBy is what a map's script has chosen of a record that is made: its sys_id
// and its class.
func chosenBy(target *class, values Row) (settings []setting) {
	if id := values["sys_id"]; isID(id) {
		settings = append(settings, setting{colID, id})
	}
	if class := values["sys_class_name"]; class != "" && target.className >= 0 {
		settings = append(settings, setting{target.className, class})
	}
	return settings
}

// coalesced finds the records that a row means.
func (s *Server) coalesced(target *class, fields []FieldMap, values Row) []*row {
	if len(fields) == 0 {
		return nil
	}
	for _, f := range fields {
		if values[f.Target] == "" {
			return nil
		}
	}
	first := target.column(fields[0].Target)
	s.store.makeIndex(target, first.at)
	var found []*row
	for r := range s.store.equal(target, first.at, values[first.Name]) {
		same := true
		for _, f := range fields[1:] {
			same = same && fold(r.get(target.column(f.Target).at)) == fold(values[f.Target])
		}
		if same {
			found = append(found, r)
		}
	}
	return found
}
