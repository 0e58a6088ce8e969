package assets

import (
	"context"
	"fmt"
	"slices"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// The app's transform maps write link rows along with their records. Whether they did is
// looked at afterwards, and what is missing is written: maps that know nothing of links
// then do as well, and what a map leaves out of a link row is filled in.

// find looks by their links for created records that the rows do not tell.
func (w *staging) find(ctx context.Context) error {
	ids := map[string][]any{}
	at := map[string]int{}
	for _, n := range w.written {
		if op := w.ops[n]; op.Kind == reconcile.Create && w.results[n].Target == "" {
			ids[op.Type] = append(ids[op.Type], op.Key)
			at[op.ID] = n
		}
	}
	var asked []servicenow.Condition
	for _, t := range stagedTables {
		for some := range slices.Chunk(ids[string(t.typ)], idsPerRequest) {
			asked = append(asked, servicenow.And(servicenow.Eq(w.link.Columns.Class, string(t.typ)), servicenow.In(w.link.Columns.ID, some...)))
		}
	}
	err := w.linkRows(ctx, asked, func(row servicenow.Record) bool {
		n, ok := at[row.Get(w.link.Columns.Class)+":"+row.Get(w.link.Columns.ID)]
		if ok {
			w.results[n].Target = row.Get(w.link.Columns.Record)
		}
		return ok
	})
	if err != nil {
		return err
	}
	for _, n := range at {
		if w.results[n].Target == "" {
			w.results[n] = failed("its row was transformed, but no row of %s leads to the record: the next run finds it by what identifies it", w.link.Table)
		}
	}
	return nil
}

// settleLinks sees to it that every record that was written is linked as planned.
func (w *staging) settleLinks(ctx context.Context) error {
	left, rows := slices.Clone(w.ops), map[string]string{}
	at := map[string][]int{}
	for n, op := range left {
		if o := w.results[n].Outcome; o != reconcile.Applied && o != reconcile.Unchanged || !slices.ContainsFunc(op.Changes, isLink) {
			left[n].Changes = nil
			continue
		}
		record := op.Target
		if w.results[n].Target != "" {
			record = w.results[n].Target
		}
		at[record] = append(at[record], n)
	}
	var asked []servicenow.Condition
	for some := range slices.Chunk(keysOf(at), idsPerRequest) {
		records := make([]any, len(some))
		for i, id := range some {
			records[i] = id
		}
		asked = append(asked, servicenow.In(w.link.Columns.Record, records...))
	}
	err := w.linkRows(ctx, asked, func(row servicenow.Record) bool {
		record := row.Get(w.link.Columns.Record)
		rows[record] = row.SysID()
		for _, n := range at[record] {
			left[n].Changes = nil
			if id, class := row.Get(w.link.Columns.ID), row.Get(w.link.Columns.Class); id != "" && (id != left[n].Key || class != left[n].Type) {
				w.results[n] = failed("the transform maps wrote record %s, which is linked to %s:%s: see by which columns they coalesce", record, class, id)
			} else {
				left[n].Changes = w.unlike(w.ops[n], row)
			}
		}
		return len(at[record]) > 0
	})
	if err != nil {
		return err
	}
	return w.sink.linkIdentified(ctx, w.link, left, w.results, rows, make([]bool, len(left)))
}

// unlike returns the changes that a link row still lacks. The row itself is there.
func (w *staging) unlike(op reconcile.Operation, row servicenow.Record) []reconcile.Change {
	var changes []reconcile.Change
	for _, c := range op.Changes {
		column := w.link.column(c.Field)
		if isLink(c) && c.Field != linkRow && column != "" && !same(op, c.Field, reconcile.Text(row.Get(column)), c.To) {
			changes = append(changes, c)
		}
	}
	return changes
}

// linkRows reads link rows, in as few requests as may be. visit reports false for a row
// that was not asked for.
func (w *staging) linkRows(ctx context.Context, asked []servicenow.Condition, visit func(servicenow.Record) bool) error {
	if len(asked) == 0 {
		return nil
	}
	table := servicenow.TableOf[servicenow.Record](w.sink.Client, w.link.Table)
	items := make([]servicenow.BatchItem, len(asked))
	for n, where := range asked {
		items[n] = table.BatchList(servicenow.Query{Where: where, Fields: w.link.readColumns()})
	}
	answers, err := w.sink.Client.Batch(ctx, items)
	if err != nil {
		return explainTable(w.link.Table, err)
	}
	for _, answer := range answers {
		var rows []servicenow.Record
		if answer.Err == nil {
			answer.Err = answer.Decode(&rows)
		}
		if answer.Err != nil {
			return explainTable(w.link.Table, answer.Err)
		}
		for _, row := range rows {
			if !visit(row) {
				// The platform drops a term that it does not understand.
				return fmt.Errorf("table %s answered with a row that was not asked for: it does not know one of the columns %s, %s and %s",
					w.link.Table, w.link.Columns.Record, w.link.Columns.Class, w.link.Columns.ID)
			}
		}
	}
	return nil
}
