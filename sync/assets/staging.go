package assets

import (
	"context"
	"errors"
	"fmt"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A staging is one call of CMDBSink.Write whose records are written by the transform
// maps of the instance.
type staging struct {
	sink    *CMDBSink
	link    Link
	sets    ImportSets
	ops     []reconcile.Operation
	results []reconcile.Result
	written []int // operations of which a row was staged, with a result that is not final
}

// readyToStage checks what staging needs beyond the rest.
func (s *CMDBSink) readyToStage(link Link) (ImportSets, error) {
	if s.Through != ThroughImportSets {
		return ImportSets{}, nil
	}
	if link.onRecord() {
		return ImportSets{}, errFieldStaged
	}
	return s.ImportSets.complete()
}

// stage has the transform maps of the instance carry operations out. Operations that
// change nothing but a link row are carried out as ever.
func (s *CMDBSink) stage(ctx context.Context, link Link, ops []reconcile.Operation) ([]reconcile.Result, error) {
	sets, err := s.readyToStage(link)
	if err != nil {
		return nil, err
	}
	w := &staging{sink: s, link: link, sets: sets, ops: ops, results: make([]reconcile.Result, len(ops))}
	loads, err := w.sort()
	if err != nil {
		return nil, err
	}
	for n := range stagedTables {
		t := &stagedTables[n]
		if err := w.load(ctx, t, loads[t]); err != nil {
			return w.results, err
		}
	}
	for _, step := range []func(context.Context) error{w.find, w.verify, w.settleLinks, w.loadAttributes} {
		if err := step(ctx); err != nil {
			return w.results, err
		}
	}
	return w.results, nil
}

// A load is what is staged in one table.
type load struct {
	at   []int // the operations that the rows are of
	rows []map[string]string
}

func (l *load) add(op int, row map[string]string) {
	l.at = append(l.at, op)
	l.rows = append(l.rows, row)
}

// sort makes the rows of the operations, by table.
func (w *staging) sort() (map[*stagedTable]*load, error) {
	loads := map[*stagedTable]*load{}
	for n, op := range w.ops {
		row, _, err := stagedRowOf(op)
		t := stagedTypeOf(op)
		switch {
		case err != nil:
			return nil, err
		case op.Kind == reconcile.Delete:
			w.results[n] = failed("a staging table cannot say that a record is to be deleted: plan again for ThroughImportSets")
		case !changesRecord(op):
			w.results[n] = reconcile.Result{Outcome: reconcile.Applied} // its link row alone changes
		case row == nil || t == nil:
			w.results[n] = failed("the plan holds no row for a staging table: it was made for another path, so plan again for ThroughImportSets")
		default:
			if loads[t] == nil {
				loads[t] = new(load)
			}
			loads[t].add(n, w.named(t, row))
		}
	}
	return loads, nil
}

func failed(words string, more ...any) reconcile.Result {
	return reconcile.Result{Outcome: reconcile.Failed, Err: fmt.Errorf(words, more...)}
}

// named gives the columns of a row the names that they have on the instance.
func (w *staging) named(t *stagedTable, row map[string]string) map[string]string {
	named := make(map[string]string, len(row))
	for column, value := range row {
		if name := w.sets.column(t.name, column); name != "" {
			named[name] = value
		}
	}
	return named
}

// send stages rows and waits for what becomes of them.
func (w *staging) send(ctx context.Context, t *stagedTable, rows []map[string]string) ([]servicenow.ImportedRow, error) {
	table, staged := w.sets.table(t), make([]any, len(rows))
	if err := w.sink.checkKeys(ctx, w.sets, table); err != nil {
		return nil, err
	}
	for n, row := range rows {
		staged[n] = row
	}
	done, err := w.sink.Client.ImportSets.Import(ctx, table, staged, servicenow.ImportOptions{
		ByName: !w.sets.Labels, ChunkSize: w.sets.ChunkSize, Poll: w.sets.Poll,
	})
	if err != nil {
		return done, fmt.Errorf("staging table %s: %w", table, err)
	}
	return done, w.readBack(ctx, t, rows[0], done[0])
}

// load stages the rows of a table and judges what became of each.
func (w *staging) load(ctx context.Context, t *stagedTable, l *load) error {
	if l == nil {
		return nil
	}
	done, err := w.send(ctx, t, l.rows)
	for i, row := range done {
		if n := l.at[i]; row.Status != "" {
			w.results[n] = w.judge(w.ops[n], t, row)
			if w.results[n].Outcome != reconcile.Failed {
				w.written = append(w.written, n)
			}
		}
	}
	return err
}

// judge says what became of a row. The platform keeps what the last transform map made
// of it: where that one writes link rows, it tells nothing of the record.
func (w *staging) judge(op reconcile.Operation, t *stagedTable, row servicenow.ImportedRow) reconcile.Result {
	if err := w.refused(t, row); err != nil {
		return reconcile.Result{Outcome: reconcile.Failed, Err: err}
	}
	result := reconcile.Result{Outcome: reconcile.Applied}
	if row.Table != op.Class && !(isCI(row.Table) && isCI(op.Class)) {
		return result
	}
	switch {
	case op.Kind == reconcile.Create && row.Target == "":
		return failed("no record came of its row in %s%s", w.sets.table(t), because(row.Comment))
	case op.Kind == reconcile.Create:
		result.Target = row.Target
		switch row.Status {
		case servicenow.ImportIgnored:
			result.Outcome = reconcile.Unchanged
		case servicenow.ImportUpdated:
			w.sink.found(op, row.Target)
		}
	case row.Target != "" && row.Target != op.Target:
		return failed("the transform map of %s %s record %s instead of writing %s: see by which columns it coalesces", w.sets.table(t), row.Status, row.Target, op.Target)
	}
	return result
}

// refused tells why nothing came of a row, nil when something did.
func (w *staging) refused(t *stagedTable, row servicenow.ImportedRow) error {
	table := w.sets.table(t)
	switch row.Status {
	case servicenow.ImportInserted, servicenow.ImportUpdated, servicenow.ImportIgnored:
		return nil
	case servicenow.ImportSkipped:
		return fmt.Errorf("the transform map of %s skipped its row%s", table, because(row.Comment))
	case servicenow.ImportFailed, servicenow.ImportPending:
		return fmt.Errorf("its row in %s: %w", table, row.Err())
	}
	return fmt.Errorf("its row in %s ended as %q%s", table, row.Status, because(row.Comment))
}

func because(comment string) string {
	if comment == "" {
		return ""
	}
	return ": " + comment
}

// verify looks what became of updates: a transform map that does not map a column, or
// a script that leaves it alone, does not say so.
func (w *staging) verify(ctx context.Context) error {
	var updated []reconcile.Operation
	var at []int
	for _, n := range w.written {
		if op := w.ops[n]; op.Kind != reconcile.Create {
			op.Changes = recordChanges(op)
			updated, at = append(updated, op), append(at, n)
		}
	}
	states := make([]reconcile.State, len(updated))
	for n := range states {
		states[n] = reconcile.State{Missing: true, Values: map[string]reconcile.Value{}}
	}
	tables := map[string][]int{}
	for n, op := range updated {
		tables[op.Class] = append(tables[op.Class], n) // where a reclassified CI is by now
	}
	for _, table := range keysOf(tables) {
		if err := w.sink.readRecords(ctx, table, tables[table], updated, states); err != nil {
			return err
		}
	}
	for n, op := range updated {
		kept := 0
		for _, c := range op.Changes {
			if !same(op, c.Field, states[n].Values[c.Field], c.To) {
				kept++
				w.sink.notKept(op, c.Field, c.To.Text(), states[n].Values[c.Field].Text())
			}
		}
		if kept == len(op.Changes) {
			w.results[at[n]] = failed("the transform map left the record as it is: it does not write what differs, or another source owns it")
		}
	}
	return nil
}

func recordChanges(op reconcile.Operation) []reconcile.Change {
	var changes []reconcile.Change
	for _, c := range op.Changes {
		if !isLink(c) && !isStaged(c) {
			changes = append(changes, c)
		}
	}
	return changes
}

// loadAttributes stages the custom fields of the devices that were written.
func (w *staging) loadAttributes(ctx context.Context) error {
	t := stagedTableNamed(StagingDeviceAttributes)
	l := new(load)
	var names []string
	for _, n := range w.written {
		_, attributes, err := stagedRowOf(w.ops[n])
		if err != nil {
			return err
		}
		if o := w.results[n].Outcome; o != reconcile.Applied && o != reconcile.Unchanged {
			continue
		}
		for _, a := range attributes {
			l.add(n, w.named(t, map[string]string{
				attributeDevice: w.ops[n].Key, "device_name": w.ops[n].Name, "name": a.Name, "value": a.Value, "type": a.Type,
			}))
			names = append(names, a.Name)
		}
	}
	if len(l.rows) == 0 {
		return nil
	}
	done, sent := w.send(ctx, t, l.rows)
	for i, n := range l.at {
		err := sent
		if i < len(done) && done[i].Status != "" {
			err = w.refused(t, done[i])
		}
		if err != nil {
			w.results[n].Outcome = reconcile.Failed
			w.results[n].Err = errors.Join(w.results[n].Err, fmt.Errorf("the CI was written, its attribute %q was not: %w", names[i], err))
		}
	}
	return sent
}
