package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/itsmkit/itsmkit/servicenow"
)

// Tables that say how an instance takes staged rows. Their columns are common knowledge
// and not verified on a real instance: what cannot be read stands in nobody's way.
const (
	tableTransformMap   = "sys_transform_map"
	tableInsertMultiple = "sys_rest_insert_multiple"
)

// stagingChecks is what a sink has found out about the staging tables.
type stagingChecks struct {
	mu    sync.Mutex
	keys  bool            // how rows are keyed was looked at
	wrong []string        // tables that take keys of the other kind
	tried map[string]bool // tables of which a row was read back
}

// checkKeys refuses to stage rows whose keys the instance would drop.
func (s *CMDBSink) checkKeys(ctx context.Context, sets ImportSets, table string) error {
	s.staging.mu.Lock()
	defer s.staging.mu.Unlock()
	if !s.staging.keys {
		wrong, err := sets.keyedOtherwise(ctx, s.Client)
		if ctx.Err() != nil {
			return err
		}
		s.staging.keys, s.staging.wrong = true, wrong // an error: nothing is known of any
	}
	if slices.Contains(s.staging.wrong, table) {
		return fmt.Errorf("assets: staging table %s: %s", table, sets.keyAdvice())
	}
	return nil
}

// keyAdvice says what is wrong with tables that take keys of the other kind, and what
// to do.
func (s ImportSets) keyAdvice() string {
	if s.Labels {
		return "rows are taken by the names of columns, ImportSets.Labels says by their labels: leave it out, and give names in ImportSets.Columns"
	}
	return "rows are taken by the labels of columns, and every name would be dropped without a word: add a record of " + tableInsertMultiple + " with the column mapping \"Column name\" for each table, or set ImportSets.Labels and give labels in ImportSets.Columns"
}

// keyedOtherwise returns the staging tables that are known to take keys of the other
// kind. An error means that nothing is known.
func (s ImportSets) keyedOtherwise(ctx context.Context, c *servicenow.Client) ([]string, error) {
	mapping := map[string]string{}
	hidden, err := s.about(ctx, c, tableInsertMultiple, "source_table", []string{"column_mapping"}, func(row servicenow.Record) {
		mapping[row.Get("source_table")] = strings.ToLower(row.Get("column_mapping"))
	})
	if err != nil {
		return nil, err
	}
	var wrong []string
	for n := range stagedTables {
		table := s.table(&stagedTables[n])
		how, known := mapping[table]
		labels := strings.Contains(how, "label")
		if !known && hidden == 0 {
			known, labels = true, true // the platform's default
		}
		if known && labels != s.Labels && (labels || strings.Contains(how, "name")) {
			wrong = append(wrong, table)
		}
	}
	return wrong, nil
}

// about reads the rows of a table that are about staging tables.
func (s ImportSets) about(ctx context.Context, c *servicenow.Client, table, column string, more []string, visit func(servicenow.Record)) (hidden int, err error) {
	names := make([]any, len(stagedTables))
	ours := map[string]bool{}
	for n := range stagedTables {
		name := s.table(&stagedTables[n])
		names[n], ours[name] = name, true
	}
	var seen servicenow.Response
	q := servicenow.Query{Where: servicenow.In(column, names...), Fields: append([]string{"sys_id", column}, more...)}
	for row, err := range servicenow.TableOf[servicenow.Record](c, table).All(ctx, q, servicenow.Meta(&seen)) {
		if err != nil {
			return 0, explainTable(table, err)
		}
		if !ours[row.Get(column)] {
			return 0, fmt.Errorf("table %s answered with a row that was not asked for: it does not know the column %s", table, column)
		}
		visit(row)
	}
	return max(0, seen.Total-seen.Visible), nil
}

// readBack sees to it that a staged row, the first one of its table, holds what was sent.
func (w *staging) readBack(ctx context.Context, t *stagedTable, sent map[string]string, row servicenow.ImportedRow) error {
	table := w.sets.table(t)
	w.sink.staging.mu.Lock()
	defer w.sink.staging.mu.Unlock()
	if w.sink.staging.tried[table] {
		return nil
	}
	kept, err := servicenow.TableOf[servicenow.Record](w.sink.Client, table).Get(ctx, row.SysID)
	switch {
	case errors.Is(err, servicenow.ErrNotFound):
		return nil // cleaned up, or not to be read: the next row tells
	case err != nil:
		return fmt.Errorf("staging table %s: %w", table, err)
	}
	for _, column := range []string{stagedID, attributeDevice} {
		name := w.sets.column(t.name, column)
		if value, there := sent[name]; there && !holds(kept, name, value, w.sets.Labels) {
			return fmt.Errorf("assets: staging table %s has dropped %q without a word, and so probably the rest of each row: see which columns it has, and rename them in ImportSets.Columns; else %s", table, name, w.sets.keyAdvice())
		}
	}
	if w.sink.staging.tried == nil {
		w.sink.staging.tried = map[string]bool{}
	}
	w.sink.staging.tried[table] = true
	return nil
}

// holds reports whether a row has a value in a column; where the column is known by its
// label only, in any column of its own.
func holds(row servicenow.Record, column, value string, label bool) bool {
	if !label {
		return row.Get(column) == value
	}
	for name := range row {
		if !strings.HasPrefix(name, "sys_") && row.Get(name) == value {
			return true
		}
	}
	return false
}

// usesStaging reports whether an import stages rows in a table.
func (i *Import) usesStaging(t *stagedTable) bool {
	if t.typ == "" {
		return len(i.ImportSets.Attributes) > 0
	}
	return i.imports(t.typ)
}

// stagingFindings are what the instance lacks for ThroughImportSets.
func stagingFindings(ctx context.Context, full Import) ([]SetupFinding, error) {
	if full.Through != ThroughImportSets {
		return nil, nil
	}
	checks := make([]servicenow.TableCheck, len(stagedTables))
	for n := range stagedTables {
		checks[n] = full.ImportSets.check(&stagedTables[n])
	}
	diagnosis, err := full.CMDB.Diagnose(ctx, checks)
	if err != nil {
		return nil, err
	}
	var found []SetupFinding
	var there []*stagedTable
	for n, d := range diagnosis.Tables {
		t := &stagedTables[n]
		if f := stagingTableFinding(d); f.Problem != "" {
			f.Needed = full.usesStaging(t)
			found = append(found, f)
		}
		if d.Finding != servicenow.FindingTableMissing {
			there = append(there, t)
		}
	}
	more, err := transformFindings(ctx, full, there)
	return append(found, more...), err
}

// check is what is looked for in a staging table.
func (s ImportSets) check(t *stagedTable) servicenow.TableCheck {
	check := servicenow.TableCheck{Table: s.table(t)}
	for _, c := range t.columns {
		if name := s.column(t.name, c.name); name != "" && !s.Labels {
			check.Fields = append(check.Fields, name)
		}
	}
	return check
}

// transformFindings are what the instance lacks to make something of staged rows.
func transformFindings(ctx context.Context, full Import, tables []*stagedTable) (found []SetupFinding, err error) {
	sets, mapped := full.ImportSets, map[string]bool{}
	hidden, err := sets.about(ctx, full.CMDB, tableTransformMap, "source_table", []string{"active"}, func(row servicenow.Record) {
		table := row.Get("source_table")
		mapped[table] = mapped[table] || row.Get("active") == "true"
	})
	wrong, unknown := sets.keyedOtherwise(ctx, full.CMDB)
	if ctx.Err() != nil {
		return nil, errors.Join(err, unknown)
	}
	if unseen := errors.Join(err, unknown); unseen != nil {
		found = append(found, SetupFinding{"staging tables", false, "it cannot be seen whether they are transformed, and by which keys: " + unseen.Error(),
			"grant the user read access to " + tableTransformMap + " and " + tableInsertMultiple + ", to have them checked"})
	}
	for _, t := range tables {
		table := sets.table(t)
		if err == nil && hidden == 0 && !mapped[table] {
			found = append(found, SetupFinding{"table " + table, full.usesStaging(t), "it has no active transform map, so that nothing would come of its rows",
				"activate the one of the NetBox Labs app, or add one"})
		}
		if slices.Contains(wrong, table) {
			found = append(found, SetupFinding{"table " + table, full.usesStaging(t), "it takes keys of the other kind", sets.keyAdvice()})
		}
	}
	return found, nil
}

// stagingTableFinding is what a staging table lacks; the zero finding is nothing.
func stagingTableFinding(t servicenow.TableDiagnosis) SetupFinding {
	f := SetupFinding{Subject: "table " + t.Table}
	switch t.Finding {
	case servicenow.FindingReadable, servicenow.FindingEmpty:
		return SetupFinding{}
	case servicenow.FindingTableMissing:
		f.Problem, f.Remedy = "there is no such staging table", "install the NetBox Labs app, name the prefix of your own tables in Import.ImportSets, or choose another Path"
	case servicenow.FindingFieldsMissing:
		f.Problem = "it lacks columns, or hides them: " + strings.Join(append(t.Unknown, t.Unreadable...), ", ")
		f.Remedy = "see what its columns are called, and rename them in ImportSets.Columns"
	case servicenow.FindingRowsHidden, servicenow.FindingNothingVisible:
		f.Problem, f.Remedy = "the user does not see all of its rows", "grant the user read access: what became of a row is read from the row"
	default:
		f.Problem, f.Remedy = string(t.Finding), t.Advice
	}
	return f
}
